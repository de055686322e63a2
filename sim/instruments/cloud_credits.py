"""Cloud credits: vouchers spent at market prices; new hardware at once, nothing left afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.calendar.calendar import Calendar, Process
from sim.calendar.records import Kind, Ledger, placed, settled, spread
from sim.instruments.base import Flows, Grid, Instrument, PrivateCosts, Supply, Trade, applying_for_hours
from sim.mechanisms.carbon import rented_accelerators, rented_kwh
from sim.mechanisms.cloud import committed_price_ratio
from sim.mechanisms.hardware import unit_power_kw
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
        unspent = vouchers - used
        expired = settled(placed(unspent, month + self.validity_months, grid.months), unspent.sum(axis=-1))
        # prepaid, what nobody redeems is the provider's; paid as it is used, it stays with the treasury
        left = {"breakage": self.prepaid_share * expired, "returned": (1 - self.prepaid_share) * expired}
        kwh, accelerators = rented_footprint(redeemed, self.committed_share, world, grid)
        return Flows(
            unit_cash=cash,
            supplies=(Supply("cloud", hours / grid.frontier, hours),),
            kwh={"cloud": kwh},
            embodied={"cloud": accelerators},
            trade=Trade(rent=redeemed, **left),
        )

    def private_costs(self, flows: Flows, size: Array, world: World, grid: Grid) -> PrivateCosts:
        """Groups apply for vouchers as they would for hours."""
        return applying_for_hours(flows.supplies[0].h100e_hours * size, world)


def useful_hours(spent_usd: Array, committed_share: float, world: World, grid: Grid) -> Array:
    """H100e-hours of work that money spent on rent buys: egress and idling taken off, [draw, month].

    What an embargo cuts off is lost with the vouchers that would have paid for it.
    """
    if grid.embargo is not None:
        spent_usd = spent_usd * grid.embargo.rented_share(grid.months)
    kept = (1 - np.asarray(world.cloud.egress_share)) * (1 - np.asarray(world.cloud.idle_share))
    return np.asarray(spent_usd / grid.rent_usd * kept * committed_price_ratio(world.cloud, committed_share))


def rented_footprint(spent_usd: Array, committed_share: float, world: World, grid: Grid) -> tuple[Array, Array]:
    """Electricity of all hours that the money rents, idle ones too, kWh, and accelerators worn out, [draw, month]."""
    if grid.embargo is not None:
        spent_usd = spent_usd * grid.embargo.rented_share(grid.months)
    kept = committed_price_ratio(world.cloud, committed_share) * (1 - world.cloud.egress_share)
    rented = spent_usd / grid.rent_usd * kept / grid.frontier
    hardware, busy = world.hardware, 1 - np.asarray(world.cloud.idle_share)
    kw = unit_power_kw(grid.t_years, hardware.power_kw, hardware.power_growth_per_year)
    kwh = rented_kwh(rented, busy, kw, world.carbon, np.asarray(world.operations.idle_power_share))
    return kwh, rented_accelerators(rented, world.carbon)
