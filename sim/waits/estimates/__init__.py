"""Waits read from a table that the queue itself has filled: a preview until it has run."""
