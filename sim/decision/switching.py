"""Switching values: where, along one parameter, the better of two options becomes the worse.

The difference of the two is taken on the same draws at every value, so that its median (or mean) is a continuous
function of the value wherever the model is. A grid finds where it changes sign, a root search where exactly. The
interval of a switching value holds every value beside it at which a difference of zero cannot be rejected: it inverts
the order statistics around the median (or Student's interval of the mean), and needs no resampling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from sim.decision.arrays import CONFIDENCE, finite
from sim.parameters import Array

Statistic = Literal["median", "mean"]
Differences = Callable[[float], Array]  # value of the parameter -> paired differences [draw]
Bound = Callable[[float], float]
GRID = 17
PRECISION_SHARE = 1e-6  # of the range


@dataclass(frozen=True)
class Crossing:
    """A value at which the difference changes sign; None where its interval reaches beyond the range."""

    value: float
    low: float | None
    high: float | None
    rising: bool  # whether the difference is positive above it


@dataclass(frozen=True)
class Switching:
    """All crossings within a range, in order, and the sign of the difference where there is none."""

    crossings: tuple[Crossing, ...]
    sign: int | None  # of the difference throughout: 1, -1, or 0 for none at all; None where it changes
    at_low: float  # the difference at either end of the range
    at_high: float


def bounds(differences: Array, statistic: Statistic = "median") -> tuple[float, float, float]:
    """(estimate, low, high): the median or mean of the draws and its 95 % interval; infinite where they are too few.

    >>> bounds(np.arange(1.0, 10.0))
    (5.0, 2.0, 8.0)
    """
    # Here, not above: it takes a third of a second to load.
    from scipy.stats import t

    found = finite("differences", differences, 1)
    if statistic == "mean":
        half = t.ppf((1 + CONFIDENCE) / 2, found.size - 1) * found.std(ddof=1) / np.sqrt(found.size)
        return float(found.mean()), float(found.mean() - half), float(found.mean() + half)
    ordered = np.sort(found)
    rank = _rank(found.size)
    low, high = (float(ordered[rank - 1]), float(ordered[-rank])) if rank else (-np.inf, np.inf)
    return float(np.median(ordered)), low, high


@lru_cache
def _rank(draws: int) -> int:
    """The highest order statistic that lies above the median in at most half of 1 - CONFIDENCE of samples; 0: none."""
    # Here, not above: it takes a third of a second to load.
    from scipy.stats import binom

    return int(binom.ppf((1 - CONFIDENCE) / 2, draws, 0.5))


def switching(
    differences: Differences,
    low: float,
    high: float,
    statistic: Statistic = "median",
    grid: int = GRID,
    precision_share: float = PRECISION_SHARE,
) -> Switching:
    """Where the median or mean of `differences(value)` crosses zero in [low, high], to a share of that range.

    Two crossings between the same neighbours of the grid are not seen, nor is a touch without a change of sign.
    """
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ValueError(f"low = {low:g} and high = {high:g}: must be finite, and low below high")
    if grid < 2:
        raise ValueError(f"grid = {grid}: must be at least 2 values")
    at = lru_cache(maxsize=None)(lambda value: bounds(differences(value), statistic))
    values = np.linspace(low, high, grid).tolist()
    estimates = [at(value)[0] for value in values]
    known = [(value, estimate) for value, estimate in zip(values, estimates, strict=True) if estimate]
    crossings = tuple(
        _crossing(at, values, left, right, precision_share * (high - low), rising=before < 0)
        for (left, before), (right, after) in pairwise(known)
        if before * after < 0
    )
    sign = None if crossings else int(np.sign(known[0][1])) if known else 0
    return Switching(crossings, sign, estimates[0], estimates[-1])


def _crossing(
    at: Callable[[float], tuple[float, float, float]],
    grid: Sequence[float],
    left: float,
    right: float,
    precision: float,
    rising: bool,
) -> Crossing:
    """The root between two values, and where the bounds of the difference leave zero on either side of it."""
    root = float(brentq(lambda value: at(value)[0], left, right, xtol=precision))

    def positive(value: float) -> float:
        """The bound that has to be positive on the positive side."""
        return at(value)[1]

    def negative(value: float) -> float:
        """And the one, with its sign changed, that has to be negative on the other."""
        return -at(value)[2]

    below, above = (negative, positive) if rising else (positive, negative)
    return Crossing(
        root,
        _beyond(below, root, [value for value in reversed(grid) if value < root], precision),
        _beyond(above, root, [value for value in grid if value > root], precision),
        rising,
    )


def _beyond(bound: Bound, root: float, outwards: Sequence[float], precision: float) -> float | None:
    """Where a bound that is not positive at the root first becomes so on the way outwards; None where it never does."""
    inner = root
    for outer in outwards:
        if bound(outer) > 0:
            return float(brentq(bound, inner, outer, xtol=precision)) if bound(inner) < 0 else inner
        inner = outer
    return None
