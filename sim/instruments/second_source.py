"""A machine of two vendors: codes ported month by month, the price of the mix, and what it delivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.calendar.records import overlap, placed
from sim.mechanisms.vendors import Vendors, performance_retained, portable_share, price_ratio
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class SecondSource:
    """A cluster's levers on its vendors."""

    alternative_share: float
    porting_usd: float
    porting_months: float

    def portable(self, month: Array, vendors: Vendors) -> Array:
        """Part of the load that runs on either vendor at the moments `month`, [..., month]."""
        spent = self.porting_usd * np.clip(month / self.porting_months, 0, 1)
        return portable_share(spent, vendors)

    def price_ratio(self, ordered: Array, vendors: Vendors) -> Array | float:
        """Price of each cohort over the incumbent's, by what was portable at its order, [draw, cohort]."""
        if self.alternative_share == 0:
            return 1.0
        month = np.where(np.isfinite(ordered), ordered, 0.0)
        return price_ratio(self.alternative_share, self.portable(month, vendors), vendors)

    def cash(self, ordered: Array, months: int, vendors: Vendors) -> dict[str, Array]:
        """Porting and lawyers, which cost the same whatever the size: USD by account, [draw, month].

        `ordered` is [draw, cohort], infinite where nothing was ordered.
        """
        found: dict[str, Array] = {}
        draws = len(ordered)
        if self.porting_usd > 0:
            begun, ended = np.zeros(1), np.full(1, float(self.porting_months))
            monthly = self.porting_usd / self.porting_months * overlap(begun, ended, months)
            found["porting"] = np.broadcast_to(monthly, (draws, months))
        if self.alternative_share > 0 and vendors.legal_usd > 0:
            first = ordered.min(axis=-1, keepdims=True)
            found["legal"] = placed(np.full((draws, 1), float(vendors.legal_usd)), first, months)
        return found

    def mix(self, t_years: Array, vendors: Vendors) -> Mix:
        """The mix of vendors month by month; `t_years` [month]."""
        portable = np.atleast_2d(self.portable(t_years * MONTHS_PER_YEAR, vendors))
        return Mix(self.alternative_share, portable, np.atleast_2d(performance_retained(t_years, vendors)))


@dataclass(frozen=True)
class Mix:
    """A machine of two vendors over time."""

    alternative_share: float
    portable: Array  # part of the load that runs on either vendor, [draw or 1, month]
    retained: Array  # performance of ported code on the alternative, of that on its peer, [draw or 1, month]

    @property
    def busy(self) -> Array:
        """Hours that find work over those of a machine of one vendor: code that was not ported leaves machines idle."""
        return (1 - self.alternative_share) + self.alternative_share * self.portable

    @property
    def alternative_work(self) -> Array:
        """Work of the alternative's part over that of the whole machine, were it the incumbent's."""
        return self.alternative_share * self.retained * self.portable

    @property
    def work(self) -> Array:
        """Work of the machine over what it were if all of it came from the incumbent."""
        return (1 - self.alternative_share) + self.alternative_work
