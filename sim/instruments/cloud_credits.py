"""Cloud credits: vouchers spent at market prices; new hardware at once, nothing left afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.engine.calendar import Calendar, Process
from sim.engine.records import Kind, Ledger, placed, settled, spread
from sim.instruments.base import Burdens, Flows, Grid, Instrument, Supply, application_burden
from sim.mechanisms.cloud import committed_price_ratio
from sim.mechanisms.world import World
from sim.parameters import Array, param
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True, kw_only=True)
class CloudCredits(Instrument):
    """Vouchers for research groups, issued in rounds."""

    name: ClassVar[str] = "cloud_credits"
    label: ClassVar[str] = "Cloud credits"
    size_unit: ClassVar[str] = "appropriation"
    buys_compute: ClassVar[bool] = True

    round_months: float = param(
        3, "month", low=1, high=12, floor=1, ceiling=120, grade="-",
        source="assumption: quarterly calls", help="Months between rounds.",
    )
    validity_months: float = param(
        12, "month", low=3, high=36, floor=1, ceiling=240, grade="-", source="programmes:P219",
        help="Months until unspent vouchers expire.",
    )
    prepaid_share: float = param(
        1.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="D",
        source="assumption: vouchers are bought from providers in advance, the cautious case; 0 pays only what is used",
        help="Part of the vouchers paid for when issued, so that what expires is the provider's gain.",
    )
    committed_share: float = param(
        0.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="-", source="p5_comment",
        help="Part of the spending committed in advance at the commitment discount.",
    )

    def schedule(self, calendar: Calendar, part: int) -> None:
        """Rounds for as long as money is appropriated."""
        calendar.env.process(self._rounds(calendar, part))

    def _rounds(self, calendar: Calendar, part: int) -> Process:
        item, last = 0, calendar.budget_usd.size * MONTHS_PER_YEAR
        while calendar.month < last:
            length = min(self.round_months, last - calendar.month)
            issued = calendar.appropriated_usd(calendar.month, calendar.month + length)
            calendar.record(Kind.CREDIT_ROUND, part, item, issued, until=calendar.month + self.validity_months)
            calendar.env.process(self._expire(calendar, part, item, issued))
            item += 1
            yield calendar.wait(length)

    def _expire(self, calendar: Calendar, part: int, item: int, issued: float) -> Process:
        yield calendar.wait(self.validity_months)
        calendar.record(Kind.CREDIT_EXPIRY, part, item, issued)

    def flows(self, ledger: Ledger, part: int, world: World, grid: Grid) -> Flows:
        """Overhead and prepaid vouchers when issued, the rest as redeemed; hours at that month's rent."""
        items = ledger.items(Kind.CREDIT_ROUND, part)
        month = ledger.months_of(Kind.CREDIT_ROUND, part, items)
        issued = ledger.values_of(Kind.CREDIT_ROUND, part, items)
        vouchers = issued * (1 - np.asarray(world.cloud.overhead_share))
        used = vouchers * world.cloud.spent_share
        redeemed = spread(used, month, month + self.validity_months, grid.months)
        bought = placed(vouchers, month, grid.months)
        cash = {
            "overhead": placed(issued - vouchers, month, grid.months),
            "transfers": self.prepaid_share * bought + (1 - self.prepaid_share) * settled(redeemed, used.sum(axis=-1)),
        }
        hours = useful_hours(redeemed, self.committed_share, world, grid)
        return Flows(unit_cash=cash, supplies=(Supply("cloud", hours / grid.frontier, hours),))

    def burdens(self, flows: Flows, size: Array, world: World, grid: Grid) -> Burdens:
        """Groups apply for vouchers as they would for hours."""
        days = application_burden(flows.supplies[0].h100e_hours * size, world)
        return Burdens({"applicants": days * world.grants.day_usd}, days)


def useful_hours(spent_usd: Array, committed_share: float, world: World, grid: Grid) -> Array:
    """H100e-hours of work that money spent on rent buys: egress and idling taken off, [draw, month]."""
    kept = (1 - np.asarray(world.cloud.egress_share)) * (1 - np.asarray(world.cloud.idle_share))
    return np.asarray(spent_usd / grid.rent_usd * kept * committed_price_ratio(world.cloud, committed_share))
