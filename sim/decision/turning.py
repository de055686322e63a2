"""Turning values: the nearest value of each of many numbers, moved alone, at which a difference changes sign.

All numbers are searched at once, over all that is possible: a grid between floor and ceiling finds where the sign
changes, further grids within that place where exactly. `switching` finds every change along one number, with its
interval over draws; this finds the nearest for a hundred numbers in the time that it takes for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Array

Gaps = Callable[[NDArray[np.int64], Array], Array]  # which number moves in a row, and its value -> difference [row]
STEPS = 4  # of a grid from floor to low, low to centre, centre to high and high to ceiling
ROUNDS, POINTS = 2, 7  # of finer grids, each with so many points between two neighbours of the last
MOST_ROUNDS = 5  # where two neighbours are still far apart beside their way to the centre: at a jump no line helps
NEAR_SHARE = 0.01  # of that way
WIDE = 8.0  # factor between two positive ends from which on steps are factors


@dataclass(frozen=True)
class Turns:
    """One number: where the sign changes below and above the centre, and whether the difference moves at all."""

    values: tuple[float, ...]
    moves: bool


@dataclass(frozen=True)
class _Bracket:
    """Two values of a number between which the sign changes: `near` is on the side of the centre."""

    number: int
    near: float
    far: float
    near_gap: float
    far_gap: float

    def is_wide(self, centre: float) -> bool:
        """Whether a jump between both might lie elsewhere by more than a trifle of its distance from the centre."""
        return abs(self.far - self.near) > NEAR_SHARE * abs(self.far - centre)

    @property
    def value(self) -> float:
        """Where a straight line between both is zero; the far end where there is no line."""
        if not np.isfinite(self.near_gap):
            return self.far
        return self.near + (self.far - self.near) * self.near_gap / (self.near_gap - self.far_gap)


def search_grid(floor: float, low: float, centre: float, high: float, ceiling: float) -> Array:
    """Values from floor to ceiling, ascending, the centre among them and most of them between low and high.

    >>> search_grid(0, 1, 2, 3, 11).tolist()[-5:]
    [3.0, 5.0, 7.0, 9.0, 11.0]
    """
    ends = np.unique(np.clip([floor, low, centre, high, ceiling], floor, ceiling))
    parts = [_steps(start, end) for start, end in pairwise(ends.tolist())]
    return np.unique(np.concatenate([*parts, ends]))


def _steps(start: float, end: float) -> Array:
    """Values from start to end, in equal steps or by equal factors."""
    if start > 0 and end >= WIDE * start:
        return np.asarray(np.geomspace(start, end, STEPS + 1))
    return np.linspace(start, end, STEPS + 1)


def turning_values(gaps: Gaps, grids: Sequence[Array], centres: Sequence[float], sign: int) -> list[Turns]:
    """Values at which the difference, of this sign at the centre, first has the other one: at most one on each side.

    `grids`: the values looked at, ascending, one array a number, as of `search_grid`. A change and back again between
    two neighbours is not seen. Where there is no difference, or none has a value, the sign has not changed.
    """
    numbers = np.repeat(np.arange(len(grids)), [grid.size for grid in grids])
    found = np.split(gaps(numbers, np.concatenate(grids)), np.cumsum([grid.size for grid in grids])[:-1])
    brackets = []
    for number, (grid, gap, centre) in enumerate(zip(grids, found, centres, strict=True)):
        below, above = grid <= centre, grid >= centre
        for values, their in ((grid[below][::-1], gap[below][::-1]), (grid[above], gap[above])):
            brackets += _first(number, values, their, sign)
    for turn in range(MOST_ROUNDS):
        wide = [each for each in brackets if turn < ROUNDS or each.is_wide(centres[each.number])]
        fine = [each for each in brackets if each not in wide]
        brackets = [*fine, *_narrowed(gaps, wide, sign)] if wide else brackets
    return [
        Turns(tuple(each.value for each in brackets if each.number == number), bool(np.ptp(gap[np.isfinite(gap)]) > 0))
        for number, gap in enumerate(found)
    ]


def _first(number: int, values: Array, gaps: Array, sign: int) -> list[_Bracket]:
    """The first two neighbours, outwards, between which the sign changes; none where it does not."""
    turned = np.flatnonzero(sign * gaps < 0)
    if not turned.size or not turned[0]:
        return []
    far = int(turned[0])
    return [_Bracket(number, *(float(each) for each in (*values[far - 1 : far + 1], *gaps[far - 1 : far + 1])))]


def _narrowed(gaps: Gaps, brackets: Sequence[_Bracket], sign: int) -> list[_Bracket]:
    """The brackets after a finer grid within each."""
    inner = np.array([np.linspace(each.near, each.far, POINTS + 2) for each in brackets])
    numbers = np.repeat([each.number for each in brackets], POINTS)
    found = gaps(numbers, inner[:, 1:-1].ravel()).reshape(-1, POINTS)
    narrowed = []
    for each, values, their in zip(brackets, inner, found, strict=True):
        whole = np.array([each.near_gap, *their, each.far_gap])
        narrowed += _first(each.number, values, whole, sign) or [each]
    return narrowed
