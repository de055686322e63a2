"""What every analysis asks of its arrays, and the normal score of its intervals."""

from __future__ import annotations

from collections.abc import Sized

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from sim.parameters import Array

CONFIDENCE = 0.95
NORMAL_SCORE = float(ndtri((1 + CONFIDENCE) / 2))


def finite(name: str, array: ArrayLike, dimensions: int, least: int = 2) -> Array:
    """The array as floats; refused where its shape is another, it has fewer than `least` draws, or holds no number.

    >>> finite("values", [[1, 2], [3, 4]], 2).shape
    (2, 2)
    """
    found = np.asarray(array, dtype=np.float64)
    if found.ndim != dimensions:
        raise ValueError(f"{name} has {found.ndim} dimensions: must have {dimensions}")
    if len(found) < least:
        raise ValueError(f"{name} has {len(found)} rows: must have at least {least}")
    if not np.isfinite(found).all():
        where = np.argwhere(~np.isfinite(found))[0].tolist()
        raise ValueError(f"{name}{where} = {found[tuple(where)]}: must be a finite number")
    return found


def same_draws(first: Sized, second: Sized) -> None:
    """Refused where two arrays have not the same number of draws."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} rows: must be the same draws on both sides")


def within(name: str, value: float, low: float, high: float) -> None:
    """Refused where a number is outside its range, `low < value < high`."""
    if not low < value < high:
        raise ValueError(f"{name} = {value:g}: must be between {low:g} and {high:g}, ends left out")
