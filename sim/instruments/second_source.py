"""A machine of two vendors: codes ported month by month, the price of the mix, and what it delivers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.calendar.records import overlap, placed
from sim.mechanisms.vendors import (
    Vendors,
    effort_share,
    layer_share,
    mean_retained,
    performance_retained,
    portable_share,
    porting_usd,
    price_ratio,
    unported_usd,
    worth_porting,
)
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class SecondSource:
    """A cluster's levers on its vendors, and the money and time it has."""

    alternative_share: float
    porting_usd: float
    porting_months: float
    upkeep_usd_per_year: float
    layer: bool
    where_it_pays: bool  # port what is worth it, whatever that takes
    machine_usd: Array | float  # that the cluster may spend in all, [draw, 1]
    months: int

    @property
    def ports(self) -> bool:
        """Whether anything may be ported at all."""
        paid = self.porting_usd > 0 or self.upkeep_usd_per_year > 0
        return paid or (self.where_it_pays and self.alternative_share > 0)

    def runs(self, month: Array, vendors: Vendors) -> tuple[Array, Array]:
        """Part of the load that runs on either vendor at the moments `month`, and how fast, [..., month] each."""
        t_years = month / MONTHS_PER_YEAR
        portable = portable_share(self._effort(t_years, vendors), vendors)
        retained = performance_retained(t_years, vendors)
        if not self.layer:
            return portable, retained
        layered = layer_share(t_years, portable, vendors)
        return portable + layered, mean_retained(retained, portable, layered, vendors)

    def spending(self, vendors: Vendors) -> tuple[Array | float, Array | float]:
        """Money for porting, USD, and for upkeep afterwards, USD a year: as given, or what pays, [draw, 1]."""
        if not self.where_it_pays:
            return self.porting_usd, self.upkeep_usd_per_year
        years, over = self.months / MONTHS_PER_YEAR, self.porting_months / MONTHS_PER_YEAR
        value = unported_usd(self.machine_usd, self.alternative_share, years, self.layer, vendors)
        return porting_usd(worth_porting(value, over, years, vendors), over, vendors)

    def _effort(self, t_years: Array, vendors: Vendors) -> Array:
        """Effort of porting that was made and kept up by then."""
        if not self.ports:
            return np.zeros_like(t_years)
        spent, upkeep = self.spending(vendors)
        return effort_share(t_years, spent, self.porting_months / MONTHS_PER_YEAR, upkeep, vendors)

    def price_ratio(self, ordered: Array, vendors: Vendors) -> Array | float:
        """Price of each cohort over the incumbent's, by what could move at its order, [draw, cohort]."""
        if self.alternative_share == 0 and not self.ports and not self.layer:
            return 1.0
        runs, retained = self.runs(np.where(np.isfinite(ordered), ordered, 0.0), vendors)
        return price_ratio(self.alternative_share, runs - vendors.portable_at_start_share, retained, vendors)

    def cash(self, ordered: Array, months: int, vendors: Vendors) -> dict[str, Array]:
        """Porting, upkeep and lawyers, which cost the same whatever the size: USD by account, [draw, month].

        `ordered` is [draw, cohort], infinite where nothing was ordered.
        """
        found: dict[str, Array] = {}
        draws = len(ordered)
        if self.ports:
            spent, upkeep = self.spending(vendors)
            begun, ended = np.zeros(1), np.full(1, float(self.porting_months))
            monthly = spent / self.porting_months * overlap(begun, ended, months)
            monthly = monthly + upkeep / MONTHS_PER_YEAR * overlap(ended, np.full(1, np.inf), months)
            found["porting"] = np.broadcast_to(monthly, (draws, months))
        if self.alternative_share > 0 and vendors.legal_usd > 0:
            first = ordered.min(axis=-1, keepdims=True)
            found["legal"] = placed(np.full((draws, 1), float(vendors.legal_usd)), first, months)
        return found

    def mix(self, t_years: Array, vendors: Vendors) -> Mix:
        """The mix of vendors month by month; `t_years` [month]."""
        portable = np.atleast_2d(portable_share(self._effort(t_years, vendors), vendors))
        retained = np.atleast_2d(performance_retained(t_years, vendors))
        if not self.layer:
            return Mix(self.alternative_share, portable, retained)
        layered = layer_share(t_years, portable, vendors)
        through = np.asarray(vendors.layer_retained_share)
        return Mix(self.alternative_share, portable + layered, retained, layered, through)


@dataclass(frozen=True)
class Mix:
    """A machine of two vendors over time."""

    alternative_share: float
    portable: Array  # part of the load that runs on either vendor, ported or by way of a layer, [draw or 1, month]
    retained: Array  # performance of ported code on the alternative, of that on its peer, [draw or 1, month]
    layered: Array | float = 0.0  # of the portable part, what runs by way of a layer alone, [draw or 1, month]
    layer_retained: Array | float = 1.0  # performance through the layer over that of ported code, [draw or 1, 1]
    pressure: Array | float = 1.0  # work that waits over what one vendor's machine would do, at least 1, [draw, month]

    def under(self, waiting: Array, whole: Array) -> Mix:
        """The mix where this work waits for what the machine would do, were it the incumbent's, both [draw, month].

        As of a machine of one vendor, hours beyond all need count as supplied: it never has less than its own load.
        """
        pressure = np.divide(waiting, whole, out=np.ones(np.broadcast(waiting, whole).shape), where=whole > 0)
        return replace(self, pressure=np.maximum(pressure, 1.0))

    @cached_property
    def _filled(self) -> tuple[Array, Array]:
        """Parts of the alternative's machines that ported code and then, of the rest, code in the layer keep busy."""
        ported = self._part((self.portable - self.layered) * self.pressure, self.alternative_share * self.retained)
        through = self._part(
            self.layered * self.pressure, self.alternative_share * self.retained * self.layer_retained
        )
        return ported, np.minimum(through, 1 - ported)

    @staticmethod
    def _part(wanted: Array | float, possible: Array | float) -> Array:
        """Part of what is possible that is wanted, at most all of it; all of it where next to nothing is possible."""
        full = np.where(wanted > 0, 1.0, 0.0 * possible)
        with np.errstate(over="ignore"):
            return np.minimum(np.divide(wanted, possible, out=full, where=possible > 0), 1.0)

    @property
    def occupancy(self) -> Array:
        """Part of the alternative's machines that find work: min(1, portable work that waits / what they can do).

        What cannot move waits for the incumbent's part; what can is first given to the alternative's.
        """
        ported, through = self._filled
        return ported + through

    @property
    def done(self) -> Array:
        """Work of the alternative's machines over what they would do if they were the incumbent's."""
        ported, through = self._filled
        return np.asarray(self.retained * (ported + self.layer_retained * through))

    @property
    def busy(self) -> Array:
        """Hours that find work over those of a machine of one vendor: where too little is portable, machines idle."""
        return (1 - self.alternative_share) + self.alternative_share * self.occupancy

    @property
    def alternative_work(self) -> Array:
        """Work of the alternative's part over that of the whole machine, were it the incumbent's."""
        return self.alternative_share * self.done

    @property
    def work(self) -> Array:
        """Work of the machine over what it were if all of it came from the incumbent."""
        return (1 - self.alternative_share) + self.alternative_work
