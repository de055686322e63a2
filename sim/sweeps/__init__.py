"""Sweeps: many runs of one scenario along axes, kept in a ledger that survives whatever stops them.

    a file -> Plan -> parts of runs, computed anywhere -> Ledger -> tables, queries and charts

A part is a fixed piece of the plan, so its bytes are the same whoever computes it, and when.
"""
