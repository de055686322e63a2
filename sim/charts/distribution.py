"""The bars of a distribution of differences: round widths, zero between two of them, far draws in the outermost."""

from __future__ import annotations

from math import floor, log10

import numpy as np

from sim.comparison.verdict import HIGH, LOW
from sim.parameters import Array

FIRST, SECOND, ALIKE = "first", "second", "alike"  # who is ahead in the draws of a bar
_ROUNDING = 1e-9  # of a value
_BARS, _MOST_BARS = 24, 90  # over what is common, and over the whole axis
_FAR = 1.5  # of the span of 80 % of the draws: what lies farther out is put into the outermost bar
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
Row = tuple[str, float, float, int, bool]
"""Side, from, to, draws, and whether all that is farther out is among them."""


def bars_of(gain: Array) -> list[Row]:
    """Each bar that holds a draw, from the left, of the gain of the first option over the second [draw].

    No bar reaches over zero, and draws alike have one of their own, without width.
    """
    zero = int((gain == 0).sum())
    rest = gain[gain != 0]
    if not rest.size:
        return [(ALIKE, 0.0, 0.0, zero, False)] * bool(zero)
    low, high = _common_ends(rest)
    width = _width(low, high)
    at = np.clip(np.floor(rest / width), floor(low / width), floor(high / width)).astype(np.int64)
    at = np.where(rest < 0, np.minimum(at, -1), np.maximum(at, 0))  # neither far draws nor roundings go over zero
    found = [(ALIKE, 0.0, 0.0, zero, False)] * bool(zero)
    for place, count in zip(*np.unique(at, return_counts=True), strict=True):
        inside, side = rest[at == place] / width - place, FIRST if place >= 0 else SECOND
        beyond = bool(inside.min() < -_ROUNDING * abs(place) or inside.max() > 1 + _ROUNDING * abs(place))
        found.append((side, float(place * width), float((place + 1) * width), int(count), beyond))
    return sorted(found, key=lambda row: (row[1], row[2]))


def _common_ends(rest: Array) -> tuple[float, float]:
    """From where to where bars go: all differences, unless some lie far beyond most."""
    near, far = np.quantile(rest, (LOW, HIGH))
    room = _FAR * (far - near) or np.inf
    return float(max(rest.min(), near - room)), float(min(rest.max(), far + room))


def _width(low: float, high: float) -> float:
    """A round width of bars: some over what is common, and not too many from zero on."""
    span, axis = high - low, max(high, 0.0) - min(low, 0.0)
    least = max(span / _BARS, axis / _MOST_BARS)
    size = 10.0 ** floor(log10(least))
    return next(step * size for step in _STEPS if step * size >= least * (1 - _ROUNDING))
