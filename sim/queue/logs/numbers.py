"""Whole numbers out of what stands in a field, one by one or a column at a time."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.queue.logs.records import CODE, MISSING

EXACT = 2.0**53  # from here on a float64 has no fractions, and no longer every whole number
MOST_DIGITS = 18  # of a whole number that surely fits into int64
INTEGER = re.compile(rb"[+-]?\d+")


def number(field: bytes) -> tuple[int, int, bool]:
    """(value, fault, had a fraction) of one field; a fraction is rounded, but never down to nothing.

    >>> number(b"12"), number(b"0.2"), number(b"1.50"), number(b"2.0"), number(b"-1.0")
    ((12, 0, False), (1, 0, True), (2, 0, True), (2, 0, False), (-1, 0, False))
    >>> number(b"nan")[1] == CODE["not_finite"], number(b"1e30")[1] == CODE["huge"], number(b"1_0")[1] > 0
    (True, True, True)
    """
    if len(field) <= MOST_DIGITS and INTEGER.fullmatch(field):
        return int(field), 0, False
    try:
        value = float(field) if b"_" not in field else None
    except ValueError:
        value = None
    if value is None:
        return MISSING, CODE["number"], False
    if not math.isfinite(value):
        return MISSING, CODE["not_finite"], False
    if abs(value) >= EXACT:
        return MISSING, CODE["huge"], False
    return nearest_integer(value), 0, not value.is_integer()


def nearest_integer(value: float) -> int:
    """The nearest whole number, halves upwards; what is more than nothing stays at least 1.

    >>> nearest_integer(0.4), nearest_integer(1.5), nearest_integer(2.5), nearest_integer(-0.4)
    (1, 2, 3, 0)
    """
    nearest = math.floor(value + 0.5)
    return max(nearest, 1) if value > 0 else nearest


def nearest_integers(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """`nearest_integer` of finite numbers [any shape].

    >>> nearest_integers(np.array([0.4, 1.5, 2.5, -0.4]))
    array([1, 2, 3, 0])
    """
    nearest = np.floor(values + 0.5)
    return np.where((values > 0) & (nearest < 1), 1, nearest).astype(np.int64)


Numbers = tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.bool_]]
"""Values, index of the fault in CODES, whether a fraction was rounded; each [record]."""


def from_floats(values: NDArray[Any]) -> Numbers:
    """Numbers out of floating ones, of which NaN is taken for no value.

    >>> from_floats(np.array([1.5, np.nan, np.inf]))[0].tolist() == [2, MISSING, MISSING]
    True
    """
    values = values.astype(np.float64)
    fault = np.zeros(len(values), np.int8)
    fault[np.isinf(values)] = CODE["not_finite"]
    fault[(np.abs(values) >= EXACT) & (fault == 0)] = CODE["huge"]
    good = (fault == 0) & ~np.isnan(values)
    clean = np.where(good, values, 0.0)
    found = np.where(good, nearest_integers(clean), MISSING)
    return found, fault, good & (clean != np.floor(clean))
