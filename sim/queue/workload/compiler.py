"""How the generator's functions are compiled: cached on disk, without the interpreter's lock, and without counting
references: with it, every look into one of the many tables costs two atomic operations, and a job four times as much.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
UNCOUNTED: dict[str, Any] = {**OPTIONS, "_nrt": False}


def compiled(function: Function) -> Function:
    """A function that makes no arrays."""
    return cast(Function, njit(**UNCOUNTED)(function))


def inlined(function: Function) -> Function:
    """A small function that makes no arrays, copied into each of its callers."""
    return cast(Function, njit(**UNCOUNTED, inline="always")(function))


def allocating(function: Function) -> Function:
    """A function that makes arrays."""
    return cast(Function, njit(**OPTIONS)(function))
