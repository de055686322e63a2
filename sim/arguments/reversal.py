"""What would have to be true for the other side: where the first reading of an argument changes its sign.

Each number that the argument rests on is moved alone over all its possible values, in the central case; the nearest
value at which the sign turns is held against the range that today's evidence leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arguments.base import Argument, Settings
from sim.comparison.evaluation import numbers_of, world_with
from sim.decision.turning import Gaps, search_grid, turning_values
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.parameters import Array, Spec
from sim.scenario import Scenario, ScenarioError, pinned, with_settings
from sim.scenario.overrides import FIXED
from sim.scenario.ranges import range_of


@dataclass(frozen=True)
class Reversal:
    """One number: its value in the scenario, its plausible range, and the nearest value that turns the sign."""

    path: str
    spec: Spec
    centre: float
    low: float
    high: float
    value: float | None  # None: no possible value turns it
    moves: bool  # whether the difference depends on it at all in this scenario

    @property
    def distance(self) -> float:
        """From the scenario's value to `value`, in units of the way to the end of the plausible range on that side."""
        return _distance(self.value, self.centre, self.low, self.high)

    @property
    def plausible(self) -> bool:
        """Whether it lies within the plausible range."""
        return self.distance <= 1

    @property
    def factor(self) -> float:
        """`value` over the scenario's value; NaN where that is nothing, or nothing turns the sign."""
        return self.value / self.centre if self.value is not None and self.centre else np.nan


def _distance(value: float | None, centre: float, low: float, high: float) -> float:
    """See `Reversal.distance`; infinite where there is no value, or no way.

    >>> _distance(3.0, 2.0, 1.0, 4.0), _distance(-1.0, 2.0, 1.0, 4.0), _distance(None, 2.0, 1.0, 4.0)
    (0.5, 3.0, inf)
    """
    if value is None:
        return np.inf
    way = abs((high if value > centre else low) - centre)
    return abs(value - centre) / way if way else np.inf


def _nearest(values: Sequence[float], centre: float, low: float, high: float) -> float | None:
    """The value of the least distance; None of none."""
    return min(values, key=lambda value: _distance(value, centre, low, high), default=None)


def searched(argument: Argument, switches: tuple[Settings, Settings]) -> tuple[str, ...]:
    """Paths of the numbers to search: what it rests on, without what is a choice or taken as known on both sides."""
    off, on = (argument.known(settings).get(FIXED, ()) for settings in switches)
    return tuple(path for path in argument.rests_on if path in uncertain() and not (path in off and path in on))


class Reader:
    """A scenario read again with one value changed, as if it were typed; each value is read once."""

    def __init__(self, scenario: Scenario) -> None:
        """Nothing is read yet."""
        self.scenario = scenario
        self._worlds: dict[tuple[str, float], World | None] = {}
        self._following: dict[str, tuple[str, ...]] = {}

    def world(self, path: str, value: float) -> World | None:
        """The world with this value; None where the scenario refuses it."""
        if (path, value) not in self._worlds:
            try:
                self._worlds[path, value] = with_settings(self.scenario, pinned({path: value})).world
            except ScenarioError:
                self._worlds[path, value] = None
        return self._worlds[path, value]

    def following(self, path: str) -> tuple[str, ...]:
        """Numbers that follow from this one where a scenario is read: prices of its date, from a trend."""
        if path not in self._following:
            low, high = range_of(self.scenario, path)
            own = self.scenario.world
            probe = self.world(path, low if low < float(own.value(path)) else high) or own
            names = (each for each in numbers_of(own) if each != path)
            self._following[path] = tuple(each for each in names if own.value(each) != probe.value(each))
        return self._following[path]


class Rows:
    """Worlds of a side in which one number moves in each row, with what follows from it."""

    def __init__(self, reader: Reader, paths: Sequence[str], following: Mapping[str, tuple[str, ...]]) -> None:
        """`paths`: the numbers that move; `following`: what follows from each of them that this side does not set."""
        self.reader, self.paths, self.following = reader, paths, following

    def accept(self, path: str, value: float) -> bool:
        """Whether the scenario takes the value on this side."""
        return path not in self.following or self.reader.world(path, value) is not None

    def worlds(self, numbers: NDArray[np.int64], values: Array) -> World:
        """The worlds [row, 1] in which number `numbers` has the value `values`, and the others theirs of the side."""
        own = self.reader.scenario.world
        columns: dict[str, Array] = {}

        def column(path: str) -> Array:
            return columns.setdefault(path, np.full(values.size, float(own.value(path))))

        for at, path in enumerate(self.paths):
            if path not in self.following:
                continue
            rows = np.flatnonzero(numbers == at)
            column(path)[rows] = values[rows]
            for row in rows if self.following[path] else ():
                if (world := self.reader.world(path, float(values[row]))) is not None:
                    for name in self.following[path]:
                        column(name)[row] = float(world.value(name))
        return world_with(own, columns)


def reversals(
    scenario: Scenario, paths: Sequence[str], sides: Sequence[Rows], sign: int, gaps: Gaps
) -> tuple[Reversal, ...]:
    """The nearest turning value of each of these numbers, those that turn the sign first, the nearest of them ahead.

    `sign`: of the difference in the central case, 1 or -1. `gaps`: that difference where one number has another value.
    A value that the scenario refuses does not count.
    """
    centres = [float(scenario.world.value(path)) for path in paths]
    ranges = [range_of(scenario, path) for path in paths]
    grids = [
        search_grid(uncertain()[path].floor, low, centre, high, uncertain()[path].ceiling)
        for path, centre, (low, high) in zip(paths, centres, ranges, strict=True)
    ]
    found = []
    for path, centre, (low, high), turns in zip(
        paths, centres, ranges, turning_values(gaps, grids, centres, sign), strict=True
    ):
        possible = [value for value in turns.values if all(side.accept(path, value) for side in sides)]
        nearest = _nearest(possible, centre, low, high)
        found.append(Reversal(path, uncertain()[path], centre, low, high, nearest, turns.moves))
    return tuple(sorted(found, key=lambda each: each.distance))
