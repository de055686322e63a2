"""Compiled code: numba makes it once, and later processes load it in milliseconds, without numba."""

from __future__ import annotations

from sim.queue.compiler.library import Library

__all__ = ["Library"]
