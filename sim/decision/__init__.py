"""Analyses of a decision as pure functions of arrays: draws down, parameters, options or outcomes across."""
