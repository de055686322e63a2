"""A calendar of one draw: a SimPy environment, in hours, that owns every event on which another may follow.

Instruments add processes; the calendar adds what happens whoever governs: appropriations, cuts, prices and month ends.
It writes records and computes nothing else. What each month brings whatever else happens is foretold: written down at
once, without an event for each month. Instruments know nothing of each other, so an option has one calendar of what
happens anyway, and one for each of its instruments, in which nothing is written but what that does.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from math import inf, prod

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.calendar.records import ROW, Kind, Rows, joined
from sim.mechanisms.cloud import deviations, first_month
from sim.mechanisms.independence import Embargo
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.streams import stream
from sim.units import HOURS_PER_MONTH, HOURS_PER_YEAR, MONTHS_PER_YEAR

Process = Generator[simpy.Event, None, None]
EVERYBODY = -1  # part number of events that belong to no instrument


@dataclass(frozen=True)
class Shocks:
    """What chance brings in one draw, the same for every option: arrays [month] or [year]."""

    price_shock: Array  # log distance of the rental price of each month from its trend
    failure_ratio: Array  # failure rate of the month over its mean
    cut_ratio: Array  # part of the remaining appropriation that each year keeps


def draw_shocks(world: World, seed: int, draw: int, months: int) -> Shocks:
    """Chance of one draw; draw 0 is the central case, in which every month is average."""
    years = -(-months // MONTHS_PER_YEAR)
    if draw == 0:
        return Shocks(deviations(world.cloud, months), np.ones(months), np.ones(years))
    priced = months - first_month(world.cloud)
    normal = stream(seed, draw, "prices").standard_normal(priced)
    shock = deviations(world.cloud, months, normal, stream(seed, draw, "prices.scarcity").random(priced))
    shape = 1 / max(world.reliability.overdispersion, np.finfo(float).eps)
    failures = stream(seed, draw, "failures").gamma(shape, 1 / shape, months)
    cut = stream(seed, draw, "politics").random(years) < world.money.cut_per_year
    return Shocks(shock, failures, np.where(cut, 1 - world.money.cut_share, 1.0))


class Calendar:
    """One run. Time is in hours inside SimPy, in months in the methods of this class."""

    def __init__(
        self,
        world: World,
        shocks: Shocks,
        budget_usd: Array,
        months: int,
        embargo: Embargo | None = None,
        *,
        common: bool = True,
    ) -> None:
        """`budget_usd` [year] is appropriated at the start of each year; `world` holds scalars.

        common: whether what happens anyway is written down.
        """
        self.env = simpy.Environment()
        self.world = world
        self.shocks = shocks
        self.months = months
        self.budget_usd = budget_usd
        self.embargo = embargo
        self._happened: list[tuple[float, ...]] = []  # rows to be
        self._foretold: list[Rows] = []
        # what falls on the horizon itself, but for rounding, is too late to happen
        self._horizon_hours = months * HOURS_PER_MONTH - 1e-6
        if common:
            self._close_months()
            self.env.process(self._appropriate())
            if embargo is not None:
                self.env.process(self._cut_off(embargo))

    @property
    def month(self) -> float:
        """Now, in months since the start."""
        return float(self.env.now / HOURS_PER_MONTH)

    @property
    def late_months(self) -> float:
        """Months by which an embargo delays a delivery that is due now."""
        return 0.0 if self.embargo is None else self.embargo.late_months(self.month)

    @cached_property
    def serving_share(self) -> Array:
        """Part of installed machines for which there are spare parts in the middle of each month, [month]."""
        middle: Array = np.arange(self.months, dtype=np.float64) + 0.5
        return np.ones(self.months) if self.embargo is None else self.embargo.serving_share(middle).reshape(-1)

    def record(self, kind: Kind, part: int = EVERYBODY, item: int = 0, value: float = 0.0, until: float = inf) -> None:
        """Write down that something happened now; `until` is in months."""
        self._happened.append((self.env.now, kind, item, value, until * HOURS_PER_MONTH, part))

    def foretell(
        self, kind: Kind, hours: Array, items: NDArray[np.int64] | int = 0, values: Array | float = 0.0,
        part: int = EVERYBODY,
    ) -> None:  # fmt: skip
        """Write down what will happen at each of these hours, all within the horizon: nothing has to wake for it."""
        rows = np.empty(len(hours), dtype=ROW)
        for name, value in zip(rows.dtype.names or (), (hours, kind, items, values, inf, part), strict=True):
            rows[name] = value
        self._foretold.append(rows)

    def wait(self, months: float) -> simpy.Timeout:
        """An event `months` from now."""
        return self.env.timeout(months * HOURS_PER_MONTH)

    def until(self, month: float) -> simpy.Timeout:
        """An event at `month`, or now if that has passed."""
        return self.env.timeout(max(month * HOURS_PER_MONTH - self.env.now, 0.0))

    def appropriated_usd(self, start: float, stop: float) -> float:
        """Money appropriated from month `start` to `stop`, less the cuts made so far."""
        year = np.arange(self.budget_usd.size) * MONTHS_PER_YEAR
        months = np.clip(np.minimum(stop, year + MONTHS_PER_YEAR) - np.maximum(start, year), 0, None)
        return float((self.budget_usd * months).sum()) * self._kept() / MONTHS_PER_YEAR

    def run(self) -> Rows:
        """Records of all that happens before the horizon, which passes."""
        self.env.run(until=self._horizon_hours)
        rows = joined([np.array(self._happened, dtype=ROW), *self._foretold])
        return rows.take(np.argsort(rows["hour"], kind="stable"))

    def _kept(self) -> float:
        """Part of the appropriations, this and later, that cuts have left by now, one that is made now included."""
        begun = min(int(self.env.now // HOURS_PER_YEAR) + 1, self.budget_usd.size)
        return float(prod(self.shocks.cut_ratio[:begun].tolist()))

    def _appropriate(self) -> Process:
        """Each year's money, less what cuts have taken from all the years still to come."""
        before = 1.0
        for year, amount in enumerate(self.budget_usd):
            kept = self._kept()
            if kept < before and amount > 0:
                self.record(Kind.CUT, item=year, value=float(amount) * (before - kept))
            if amount * kept > 0:
                self.record(Kind.APPROPRIATION, item=year, value=float(amount) * kept)
            before = kept
            yield self.wait(MONTHS_PER_YEAR)

    def _cut_off(self, embargo: Embargo) -> Process:
        """Supply from abroad is cut for a time."""
        start, stop = float(embargo.start), float(embargo.stop)
        yield self.until(start)
        self.record(Kind.EMBARGO, value=embargo.cut_share, until=stop)
        yield self.until(stop)
        self.record(Kind.EMBARGO_END)

    def _close_months(self) -> None:
        """Month ends: the books are closed, and the rental price of the next month is set."""
        months = np.arange(self.months)
        closing = np.asarray(HOURS_PER_MONTH * (months + 1) - 1, dtype=np.float64)  # the last hour of the month
        self.foretell(Kind.CLOSE, closing, months)
        self.foretell(Kind.PRICE, np.append(0.0, closing[:-1]), months, self.shocks.price_shock)
