"""Independence: who provides the hours, how concentrated that is, and what an embargo leaves.

The shock is a standard stress, not a forecast: what comes from abroad, new machines, spare parts and rented hours, is
cut for some months. Clouds of the country's own (`domestic_cloud_share`) run on, with the same imported chips: they
neither grow nor renew themselves, they wear, and their rents rise until demand fits. It is off unless asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Array, Parameters, param, switch
from sim.units import MONTHS_PER_YEAR

LEAST_ELASTICITY = 1e-6  # below it a sum buys next to nothing as soon as hours are short
LARGEST = ("first", "second", "third")  # providers of rented hours that are known by name


@dataclass(frozen=True, kw_only=True)
class Independence(Parameters):
    """Providers of compute, and the standard supply shock."""

    group: ClassVar[str] = "independence"
    about: ClassVar[str] = "Independence"

    first_share: float = param(
        0.28, "fraction", low=0.20, high=0.40, floor=0.001, ceiling=1, grade="B", source="synergy_q4_2025",
        help="Part of the rental market of its largest provider; the three are scaled to `cloud.hyperscaler_share`.",
    )
    second_share: float = param(
        0.21, "fraction", low=0.15, high=0.30, floor=0, ceiling=1, grade="B", source="synergy_q4_2025",
        help="The same for the second largest provider.",
    )
    third_share: float = param(
        0.15, "fraction", low=0.10, high=0.20, floor=0, ceiling=1, grade="B", source="synergy_q4_2025",
        help="The same for the third largest provider.",
    )
    own_cloud_share: float = param(
        0.0, "fraction", low=0, high=0.5, floor=0, ceiling=1, grade="D", role="setting", source="programmes:P316",
        help="Part of the groups' own compute that they rent (85 % of some fifty researchers asked have no budget).",
    )
    domestic_cloud_share: float = param(
        0.15, "fraction", low=0.05, high=0.30, floor=0, ceiling=1, grade="C", source="programmes:P930; programmes:P931",
        help="Part of rented hours that firms of the country provide, under its control; an embargo stops their growth "
        "and parts, not their hours (European firms have 15 % of the European market; far more in the United States).",
    )
    cloud_growth_per_year: float = param(
        0.3, "1/year", low=0.05, high=0.75, floor=0, ceiling=10, grade="D", source="hardware:HW306; programmes:P428",
        help="Growth of the number of accelerators in clouds, beside the progress of each; an embargo stops both (some "
        "0.7 from 2019 to 2024, when the stock of compute grew 2.3 times a year).",
    )
    institutions: float = param(
        172, "institution", low=30, high=300, floor=1, ceiling=1e6, grade="C", source="programmes:P426",
        help="Institutions of equal size that would be as concentrated as those which own the groups' machines (from "
        "the spending of universities in the United States; fewer in a small country).",
    )
    other_vendors: float = param(
        4, "vendor", low=2, high=8, floor=1, ceiling=1000, grade="D", source="programmes:P427",
        help="Vendors of equal size that make the accelerators which the largest vendor does not.",
    )
    shock: bool = switch(
        False, main=True, role="setting", source="assumption: a stress test, not a forecast",
        label="Try an embargo",
        help="Run every option once more under an embargo on machines, spare parts and rented hours from abroad.",
    )
    shock_start_months: float = param(
        48, "month", low=24, high=84, floor=0, ceiling=359, grade="D",
        source="assumption: the date of an embargo is not known; the middle is year 5, in a first machine's life",
        help="Month in which the embargo begins. A start that is drawn too late to end within the horizon is mirrored "
        "at the last that does.",
    )
    shock_months: float = param(
        12, "month", low=1, high=24, floor=0.1, ceiling=120, grade="-", role="setting",
        source="assumption: the standard shock of the model lasts a year", help="Months that the embargo lasts.",
    )
    cut_share: float = param(
        1.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="-", role="setting",
        source="assumption: the standard shock is total", help="Part of what comes from abroad that the embargo stops.",
    )
    parts_share_per_year: float = param(
        0.06, "1/year", low=0.02, high=0.15, floor=0, ceiling=1, grade="D",
        source="assumption: a machine without spare parts; the share that fails for good is not published",
        help="Part of installed machines that a year without spare parts takes out of service.",
    )
    chance_per_year: float = param(
        0.0, "1/year", low=0, high=0.2, floor=0, ceiling=1, grade="D", role="setting",
        source="assumption: the chance of an embargo is not known, so none is assumed",
        help="Chance a year that such an embargo begins; the hours lost are weighed with it.",
    )


def provider_shares(hyperscaler_share: Array | float, independence: Independence) -> Array:
    """Shares of rented hours of the three largest providers, [draw, provider], a sum of `hyperscaler_share`.

    >>> [round(float(share), 6) for share in provider_shares(0.64, Independence())[0]]
    [0.28, 0.21, 0.15]
    """
    known = [np.reshape(np.asarray(getattr(independence, f"{place}_share")), -1) for place in LARGEST]
    sizes = np.stack(np.broadcast_arrays(*known), axis=-1)
    return np.asarray(sizes / sizes.sum(axis=-1, keepdims=True) * np.reshape(hyperscaler_share, (-1, 1)))


def concentration(shares: Array) -> Array:
    """Herfindahl-Hirschman index, [..., provider] -> [...]: squares of the shares of providers known by name.

    What is left to a sum of one is atomistic: many small providers, whose squares are nothing.

    >>> round(float(concentration(np.array([0.28, 0.21, 0.15]))), 6), float(concentration(np.full(4, 0.25)))
    (0.145, 0.25)
    """
    return np.asarray((shares**2).sum(axis=-1))


def counted_concentration(shares: Array, spread: Array, many: Array | float) -> Array:
    """The same index where a share `spread` [...] is divided among `many` equal providers beside those of `shares`.

    >>> round(float(counted_concentration(np.array([0.5]), np.array(0.5), 25.0)), 6)
    0.26
    """
    return np.asarray(concentration(shares) + spread**2 / many)


@dataclass(frozen=True)
class Clouds:
    """Clouds of the country's own, and how far demand falls when they are short."""

    domestic_share: Array | float = 0.0  # of rented hours
    growth_per_year: Array | float = 0.0  # of what their machines do in all, new ones and better ones
    demand_elasticity: Array | float = 1.0  # fall of hours rented per growth of rent


@dataclass(frozen=True)
class Embargo:
    """An interruption of supply from abroad, the same for every option; months since the start."""

    start: Array | float  # scalar in one run of the calendar, else [draw, 1]; so are `stop` and what wears
    stop: Array | float
    cut_share: float
    parts_share_per_year: Array | float = 0.0
    clouds: Clouds = Clouds()

    @staticmethod
    def of(independence: Independence, months: int) -> Embargo:
        """The standard shock, which ends within a horizon of `months`: later starts are mirrored at the last one.

        >>> Embargo.of(Independence(), 120).start, Embargo.of(Independence(shock_start_months=110), 120).start
        (np.float64(48.0), np.float64(106.0))
        """
        drawn, last = np.asarray(independence.shock_start_months, dtype=np.float64), months - independence.shock_months
        start = np.maximum(np.minimum(drawn, 2 * last - drawn), 0.0)[()]
        stop = start + independence.shock_months
        return Embargo(start, stop, independence.cut_share, independence.parts_share_per_year)

    def counted(self, months: int) -> NDArray[np.bool_]:
        """Months in which what is left is counted, [draw or 1, month]: all of the embargo, and at least a year.

        >>> Embargo(3, 9, 1.0).counted(24).sum(), Embargo(3, 21, 1.0).counted(24).sum()
        (np.int64(12), np.int64(18))
        """
        month, first = np.arange(months), np.floor(self.start)
        return np.atleast_2d((month >= first) & (month < np.maximum(np.ceil(self.stop), first + MONTHS_PER_YEAR)))

    def lasts(self, months: int) -> NDArray[np.bool_]:
        """Months in which it is on at any moment, [draw or 1, month]."""
        month = np.arange(months)
        return np.atleast_2d((month + 1 > self.start) & (month < self.stop))

    def late_months(self, month: float) -> float:
        """Months by which a delivery due at `month` is late: the same part of its wait for the end as is cut.

        >>> Embargo(48, 60, 1.0).late_months(50), Embargo(48, 60, 0.5).late_months(50)
        (10.0, 5.0)
        """
        return float(self.arrival(np.asarray(month)) - month)

    def arrival(self, month: Array) -> Array:
        """When deliveries due at `month` arrive, [...] months; with a start a draw, months are the last axis."""
        inside = (month >= self.start) & (month < self.stop)
        return np.asarray(np.where(inside, month + self.cut_share * (self.stop - month), month))

    def arrived(self, month: Array) -> Array:
        """The month up to whose due deliveries all have come by `month`; inverse of `arrival`, [...] months."""
        inside = (month >= self.start) & (month < self.stop)
        kept = max(1 - self.cut_share, 1e-12)  # a whole cut lets nothing through: what is due by the start has come
        came = np.maximum((np.minimum(month, self.stop) - self.cut_share * self.stop) / kept, self.start)
        return np.asarray(np.where(inside, came, month))

    def inside_share(self, months: int) -> Array:
        """Part of each month in which the embargo is on, [draw or 1, month]."""
        month = np.arange(months)
        return np.atleast_2d(np.clip(np.minimum(self.stop, month + 1) - np.maximum(self.start, month), 0, 1))

    def cloud_capacity_share(self, months: int) -> Array:
        """Capacity that can be rented over what it would be, [draw or 1, month].

        Foreign clouds are cut off; those of the country stand still where others would have grown, and lose parts.
        """
        middle: Array = np.arange(months, dtype=np.float64) + 0.5
        late_years = (middle - self.arrived(middle)) / MONTHS_PER_YEAR
        home = self.serving_share(middle) * (1 + np.asarray(self.clouds.growth_per_year)) ** -late_years
        share = np.asarray(self.clouds.domestic_share)
        return np.atleast_2d(share * home + (1 - share) * (1 - self.cut_share * self.inside_share(months)))

    def rent_ratio(self, months: int) -> Array:
        """Rent at which demand fits that capacity, over the usual, [draw or 1, month]; infinite where there is none."""
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(self.cloud_capacity_share(months) ** (-1 / self._elasticity()))

    def rented_share(self, months: int) -> Array:
        """Part of its rented hours that a buyer with a given sum keeps, [draw or 1, month]: what the rent leaves."""
        return np.asarray(self.cloud_capacity_share(months) ** (1 / self._elasticity()))

    def _elasticity(self) -> Array:
        return np.maximum(np.asarray(self.clouds.demand_elasticity, dtype=np.float64), LEAST_ELASTICITY)

    def serving_share(self, month: Array | float) -> Array:
        """Part of installed machines that still runs without spare parts at the moment `month`; parts then come."""
        month = np.asarray(month, dtype=np.float64)
        inside = (month >= self.start) & (month < self.stop)
        lost = self.cut_share * np.asarray(self.parts_share_per_year) * (month - self.start) / MONTHS_PER_YEAR
        return np.asarray(np.where(inside, np.maximum(1 - lost, 0.0), 1.0))
