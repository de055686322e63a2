"""The declaration of an outcome, and the measures that compute it: functions of one option's result.

A measure gives one number a draw over the whole horizon, [draw], or one a draw and year, [draw, year]. Money is in
base-year dollars here and turned into the scenario's own money by the results of a comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np

from sim.costs.context import Context
from sim.costs.result import OptionResult
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR
from sim.waits.estimate import Estimate
from sim.waits.statistics import Waits

MONEY, COMPUTE, WAITING, ACCESS, EQUITY, OUTPUT = "Money", "Compute", "Waiting", "Access", "Equity", "Research output"
MARKET, INDEPENDENCE, VENDORS, INDUSTRY = "Market", "Independence", "Vendors", "Industry"
OPENNESS, SAFETY, MODELS, ENVIRONMENT = "Openness", "Safety", "Free models", "Environment"
Value = TypeVar("Value")


@dataclass(frozen=True)
class Measures:
    """What an outcome may look at: a block of draws of one option."""

    result: OptionResult
    waits: Waits | Estimate | None = None  # of the central case, where the option has a queue
    disrupted: OptionResult | None = None  # the same option under the embargo, where there is one
    _years: dict[Measure, Array] = field(default_factory=dict)
    _cached: dict[Callable[[Measures], Any], Any] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        """What all options of the block share."""
        return self.result.context

    @property
    def world(self) -> World:
        """The parameters of the block's draws."""
        return self.context.world

    def years(self, pick: Measure) -> Array:
        """Sums over years of `pick`, [draw, month] -> [draw, year]; computed once, and totals are sums of them."""
        if pick not in self._years:
            self._years[pick] = by_year(pick(self))
        return self._years[pick]

    def cached(self, pick: Callable[[Measures], Value]) -> Value:
        """The value of `pick`, computed once for all outcomes that ask for it."""
        if pick not in self._cached:
            self._cached[pick] = pick(self)
        value: Value = self._cached[pick]
        return value


Measure = Callable[[Measures], Array]


@dataclass(frozen=True)
class Outcome:
    """One thing that options are compared on."""

    name: str
    label: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    formula: str
    section: str
    total: Measure  # [draw]
    yearly: Measure | None = None  # [draw, year]
    headline: bool = False
    discounted: bool = False  # its total moves with the rates of discounting or with the excess burden

    @property
    def sign(self) -> float:
        """What its values are multiplied by so that more of them is better; 1 where neither is."""
        return -1.0 if self.better == "lower" else 1.0


def by_year(flow: Array) -> Array:
    """Sums over years, [draw, month] -> [draw, year]; the last year may be short."""
    missing = -flow.shape[-1] % MONTHS_PER_YEAR
    whole = np.pad(flow, ((0, 0), (0, missing))) if missing else flow
    return np.asarray(np.einsum("dym->dy", whole.reshape(len(whole), -1, MONTHS_PER_YEAR)))


def flow(pick: Measure) -> tuple[Measure, Measure]:
    """Total and yearly measures of something that adds up over time."""
    return (lambda measures: np.asarray(measures.years(pick).sum(axis=-1))), (lambda measures: measures.years(pick))


def ratio(above: Measure, below: Measure) -> tuple[Measure, Measure]:
    """Total and yearly measures of a share whose parts add up over time."""
    return (
        lambda measures: quotient(measures.years(above).sum(axis=-1), measures.years(below).sum(axis=-1)),
        lambda measures: quotient(measures.years(above), measures.years(below)),
    )


def quotient(above: Array, below: Array) -> Array:
    """Quotient of sums; NaN where the divisor is zero."""
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))


def in_frontier(hours: Callable[[OptionResult], Array]) -> Measure:
    """Hours in frontier-equivalents: divided by the frontier index of their month."""
    return lambda measures: hours(measures.result) / measures.context.grid.frontier
