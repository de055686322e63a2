"""Compiled code: numba makes it once, and later processes load it in milliseconds, without numba."""
