"""What the charts of a sweep are drawn from: one outcome, a row a point and option, replications put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.charts.numbers import distinct
from sim.charts.sweeps.coordinates import Coordinate, coordinates, tick_text
from sim.comparison.results import row_label, unit_of
from sim.formatting import format_typeset, unknown_name
from sim.outcomes import BY_NAME, Outcome
from sim.parameters import Array
from sim.sweeps.plan import Plan
from sim.sweeps.results import SweepResults

_COLUMNS = ("value", "low", "high", "least", "most", "first_share", "versus", "close", "runs")
Index = NDArray[np.int64]


class Judged(NamedTuple):
    """Who is the best at one point; no key where nothing is known."""

    key: str | None
    close: bool


NOBODY = Judged(None, False)


@dataclass(frozen=True)
class View:
    """One outcome of a sweep."""

    results: SweepResults
    outcome: Outcome

    @classmethod
    def of(cls, results: SweepResults, outcome: str | None = None) -> View:
        """The outcome asked for, by default the scenario's yardstick, else the first that the sweep keeps.

        ValueError with one sentence for an outcome that the sweep did not keep.
        """
        kept = results.plan.outcomes
        usual = results.plan.base.yardstick if results.plan.base.yardstick in kept else kept[0]
        name = usual if outcome is None else outcome
        if name not in kept:
            raise ValueError(unknown_name("outcome of this sweep", name, kept))
        units = results.frame.loc[results.frame["outcome"] == name, "unit"].unique()
        if len(units) > 1:  # a currency on an axis
            raise ValueError(f"{name} is in several units along the axes ({', '.join(units)}); one chart has one")
        return cls(results, BY_NAME[name])

    @property
    def plan(self) -> Plan:
        """The sweep."""
        return self.results.plan

    @cached_property
    def coordinates(self) -> tuple[Coordinate, ...]:
        """What the axes vary, one each; an axis of one point varies nothing."""
        return tuple(each for each in coordinates(self.plan) if len(each.texts) > 1)

    @cached_property
    def single(self) -> tuple[Coordinate, ...]:
        """What is the same in every run."""
        return tuple(each for each in coordinates(self.plan) if len(each.texts) == 1)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Label of each option by key."""
        return distinct({option.key: option.label for option in self.plan.base.options})

    @property
    def pair(self) -> tuple[str, ...]:
        """The two options of the scenario's question; empty where it has none."""
        return self.plan.base.between

    # --- the measure ---

    @property
    def measure(self) -> str:
        """The outcome with its unit."""
        return f"{self.outcome.label} (%)" if self.in_per_cent else row_label(self.outcome, self.plan.base)

    @property
    def unit(self) -> str:
        """The unit of the outcome in the scenario's money."""
        return unit_of(self.outcome, self.plan.base)

    @property
    def in_per_cent(self) -> bool:
        """Whether values are shown times a hundred."""
        return self.outcome.unit == "fraction"

    def ticks(self, low: float, high: float) -> Callable[..., str]:
        """How values between two are written on an axis."""
        if not self.in_per_cent:
            return tick_text(low, high)
        return partial(_in_per_cent, tick_text(100 * low, 100 * high))

    def text(self, value: float) -> str:
        """A value in a sentence, in the unit of the axis."""
        return f"{100 * value:.1f}" if self.in_per_cent else format_typeset(value)

    # --- numbers ---

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a point and option that has results, in the order of both.

        value: the mean of its replications' medians, which lie between `least` and `most`; low, high: the mean of
        their 10th and 90th percentiles; close: whether one of them does not distinguish the best two.
        """
        done = self.results.done
        rows = done[done["outcome"] == self.outcome.name]
        flags = rows["close"].map({True: 1.0, False: 0.0}).astype(float)
        point = rows["number"].astype(np.int64) // self.plan.replications
        rows = rows.assign(point=point, close=flags, least=rows["median"], most=rows["median"], value=rows["median"])
        ways = dict.fromkeys(_COLUMNS, "mean") | {"least": "min", "most": "max", "close": "max", "runs": "count"}
        found = rows.assign(runs=rows["number"]).groupby(["point", "option"]).agg(ways).reset_index()
        place = found["option"].map({key: n for n, key in enumerate(self.labels)})
        return found.assign(place=place).sort_values(["point", "place"]).drop(columns="place").reset_index(drop=True)

    @cached_property
    def points(self) -> list[int]:
        """Numbers of the points that have results."""
        return [int(point) for point in self.table["point"].unique()]

    @cached_property
    def judged(self) -> dict[int, Judged]:
        """Who is the best at each point that has results.

        Replications that name different winners are too close to call, as are options that share the first place.
        """
        shares = self.wide("first_share").to_numpy(dtype=np.float64)
        known, worth = np.isfinite(shares).any(axis=1), np.nan_to_num(shares)
        alike = (worth == worth.max(axis=1, keepdims=True)).sum(axis=1) > 1
        close = alike | (self.table.groupby("point")["close"].max() == 1) | (self._winners > 1)
        keys = np.array(list(self.labels))[worth.argmax(axis=1)]
        return {
            point: Judged(str(key), bool(near)) if sure else NOBODY
            for point, key, near, sure in zip(self.points, keys, close, known, strict=True)
        }

    @property
    def _winners(self) -> pd.Series:
        """How many options are the best in one or another replication of each point."""
        done = self.results.done
        rows = done[(done["outcome"] == self.outcome.name) & done["best"].eq(True)]
        found = rows.groupby(rows["number"] // self.plan.replications)["option"].nunique()
        return found.reindex(self.points, fill_value=0)

    def at(self, point: int) -> Judged:
        """Who is the best at a point."""
        return self.judged.get(point, NOBODY)

    def wide(self, column: str) -> pd.DataFrame:
        """A column of the table, a row a point and a column an option."""
        if column not in self._wides:
            found = self.table.pivot(index="point", columns="option", values=column)
            self._wides[column] = found.reindex(columns=list(self.labels))
        return self._wides[column]

    @cached_property
    def _wides(self) -> dict[str, pd.DataFrame]:
        """Columns that were asked for before."""
        return {}

    def series(self, column: str, key: str, points: list[int]) -> Array:
        """A column of the table for one option at these points, NaN where nothing is known."""
        found = self.wide(column)[key].reindex(points)
        return found.to_numpy(dtype=np.float64)

    def indices(self, points: list[int]) -> Index:
        """Point of each axis, [point, axis of the plan]."""
        shape = [len(axis.points) for axis in self.plan.axes]
        return np.array(np.unravel_index(np.asarray(points, dtype=np.int64), shape), dtype=np.int64).T

    def point_at(self, chosen: dict[int, int]) -> int:
        """The number of the point with these points of the axes, by number of the axis; 0 of all others."""
        shape = tuple(len(axis.points) for axis in self.plan.axes)
        place = tuple(chosen.get(number, 0) for number in range(len(shape)))
        return int(np.ravel_multi_index(place, shape))

    def lead(self, points: list[int]) -> Array:
        """By how much the first option of the question is better than the second [point]; its unit is the outcome's.

        The paired difference within each world, its median.
        """
        if not self.pair:
            return np.full(len(points), np.nan)
        return -self.outcome.sign * self.series("versus", self.pair[1], points)

    def with_axes(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame with a column `point`, behind what the axes set at each."""
        columns = {}
        at = self.indices(list(frame["point"]))
        for number, axis in enumerate(self.plan.axes):
            for column, path in enumerate(axis.paths):
                columns[path] = [axis.points[n][column] for n in at[:, number]]
        return pd.concat([pd.DataFrame(columns, index=frame.index), frame], axis=1)


def _in_per_cent(text: Callable[[float], str], share: float, _: object = None) -> str:
    """A share on an axis in per cent."""
    return text(100 * share)
