"""What compiled code may do beyond what numba knows: reach into memory by address. `build` says how."""

from __future__ import annotations

from typing import Any

CACHE_LINE = 64  # bytes that a processor brings into its cache at once
_COMPILED_ONLY = "only compiled code can call this"


def rows(array: Any) -> Any:
    """The records of an array, for quick access by a number from 0 on."""
    raise TypeError(_COMPILED_ONLY)


def numbers(array: Any) -> Any:
    """The numbers of an array, for quick access by a number from 0 on."""
    raise TypeError(_COMPILED_ONLY)


def move(store: Any, to: Any, start: Any, count: Any) -> None:
    """Move `count` int64 numbers in `store` from place `start` to place `to`; the two may overlap (memmove)."""
    raise TypeError(_COMPILED_ONLY)


def fetch(rows: Any, index: Any) -> None:
    """Have the processor bring a record into its cache, which will be needed soon; the index may be out of bounds."""
    raise TypeError(_COMPILED_ONLY)


def matrix(address: Any, rows: Any, columns: Any) -> Any:
    """The matrix of float64 [row, column] whose address is the first number of an array: the caller's memory."""
    raise TypeError(_COMPILED_ONLY)
