"""Cloud credits: vouchers spent at market prices; new hardware at once, nothing left afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

import numpy as np

from sim.calendar.calendar import Calendar, Process
from sim.calendar.records import Kind, Ledger, at_month, placed, settled, spread
from sim.instruments.base import Flows, Grid, Instrument, PrivateCosts, Supply, Trade, applying_for_hours
from sim.instruments.runoff import months_after, runoff
from sim.mechanisms.carbon import rented_accelerators, rented_kwh
from sim.mechanisms.cloud import committed_price_ratio
from sim.mechanisms.hardware import speed_on_sale, unit_power_kw
from sim.mechanisms.procurement import months_to_service
from sim.mechanisms.world import World
from sim.parameters import Array, param, switch
from sim.units import MONTHS_PER_YEAR

_ROUNDING = 1e-9  # what a sum of shares may be off by


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

    ahead_share: float = param(
        0.0, "fraction", low=0, high=0.5, floor=0, ceiling=1, grade="-",
        source="assumption: off; only where a programme may buy hours before they are used",
        help="Part of the vouchers that buys hours at the rent of the month of issue, used evenly until they expire.",
    )
    kept_months: float = param(
        0.0, "month", low=0, high=9, floor=0, ceiling=240, grade="-",
        source="assumption: off; only where a programme lets vouchers be saved",
        help="Months for which other vouchers are kept before they are spent, since rents fall.",
    )
    from_month: float = param(
        0.0, "month", low=0, high=60, floor=0, ceiling=600, grade="-", source="assumption: a choice; from the start",
        help="Month of the first round; what is appropriated before it is kept for the rounds that follow.",
    )
    until_month: float = param(
        600.0, "month", low=6, high=600, floor=0, ceiling=600, grade="-",
        source="assumption: a choice; as long as money is appropriated",
        help="Month from which there are no more rounds: those before it issue all of the money.",
    )
    until_delivery: bool = switch(
        False, source="assumption: a choice",
        help="Go on after until_month until a machine ordered then is in service, delays included: a bridge.",
    )

    def faults(self, horizon_months: int) -> Iterable[tuple[str, str]]:
        """Vouchers are spent while they are valid, and only once."""
        if self.kept_months >= self.validity_months:
            yield "kept_months", f"must be less than the {self.validity_months:g} months for which vouchers are valid"
        if (both := self.ahead_share + self.committed_share) > 1 + _ROUNDING:
            yield "ahead_share", f"with committed_share it comes to {both:g}, together they are at most 1"
        elif self.ahead_share == 1 and self.kept_months > 0:
            yield "kept_months", "no voucher is left to be kept where all of them buy hours ahead"
        if self.from_month >= horizon_months:
            yield "from_month", f"must be before the end of the horizon, month {horizon_months}"
        if self.until_month <= self.from_month and not self.until_delivery:
            yield "until_month", f"must be later than from_month, which is {self.from_month:g}"

    def schedule(self, calendar: Calendar, part: int) -> None:
        """Rounds for as long as money is appropriated and the levers say."""
        calendar.env.process(self._rounds(calendar, part))

    def _rounds(self, calendar: Calendar, part: int) -> Process:
        item, last = 0, self._last_month(calendar)
        if self.from_month > 0:  # an event of no length would change the order of those at the start
            yield calendar.until(self.from_month)
        kept = calendar.appropriated_usd(0, self.from_month)
        while calendar.month < last - _ROUNDING:
            length = min(self.round_months, last - calendar.month)
            issued = calendar.appropriated_usd(calendar.month, calendar.month + length)
            issued += kept * length / (last - self.from_month)
            calendar.record(Kind.CREDIT_ROUND, part, item, issued, until=calendar.month + self.validity_months)
            calendar.env.process(self._expire(calendar, part, item, issued))
            item += 1
            yield calendar.wait(length)

    def _last_month(self, calendar: Calendar) -> float:
        """When rounds end: with the appropriations, unless levers end them; money kept beyond these is one round."""
        granted: float = calendar.budget_usd.size * MONTHS_PER_YEAR
        if self.from_month >= granted:
            granted = self.from_month + self.round_months
        bridged = float(months_to_service(calendar.world.procurement)) if self.until_delivery else 0.0
        return min(granted, self.until_month + bridged)

    def _expire(self, calendar: Calendar, part: int, item: int, issued: float) -> Process:
        yield calendar.wait(self.validity_months)
        calendar.record(Kind.CREDIT_EXPIRY, part, item, issued)

    def flows(self, ledger: Ledger, part: int, world: World, grid: Grid) -> Flows:
        """Overhead and prepaid vouchers when issued, the rest as redeemed; hours at that month's rent.

        Hours bought ahead are prepaid, at the rent of the month of issue; what the vouchers bring after the horizon is
        run-off.
        """
        items = ledger.items(Kind.CREDIT_ROUND, part)
        month = ledger.months_of(Kind.CREDIT_ROUND, part, items)
        issued = ledger.values_of(Kind.CREDIT_ROUND, part, items)
        vouchers = issued * (1 - np.asarray(world.cloud.overhead_share))
        used, expiry = vouchers * world.cloud.spent_share, month + self.validity_months
        after = months_after(grid, world, ceil(self.validity_months) + 1)
        later = (1 - self.ahead_share) * spread(used, month + self.kept_months, expiry, grid.months + after.months)
        redeemed, last = later[:, : grid.months], later[:, grid.months :]
        rented, rented_after = self._rented(redeemed, world, grid), self._rented(last, world, after)
        rent_paid = redeemed
        if self.ahead_share > 0:
            rent_paid = redeemed + self.ahead_share * spread(used, month, expiry, grid.months)
            priced = self.ahead_share * used / at_month(grid.rent_usd, month) * _left_for_rent(world)
            ahead = spread(priced, month, expiry, grid.months + after.months)
            rented, rented_after = rented + ahead[:, : grid.months], rented_after + ahead[:, grid.months :]
        prepaid = self.ahead_share + (1 - self.ahead_share) * self.prepaid_share
        on_use = settled(redeemed, (1 - self.ahead_share) * used.sum(axis=-1))
        cash = {
            "overhead": placed(issued - vouchers, month, grid.months),
            "transfers": prepaid * placed(vouchers, month, grid.months) + (1 - self.prepaid_share) * on_use,
        }
        unspent = vouchers - used
        expired = settled(placed(unspent, expiry, grid.months), unspent.sum(axis=-1))
        hours, hours_after = _worked(rented, world, grid), _worked(rented_after, world, after)
        kwh, accelerators = _footprint(rented, world, grid)
        return Flows(
            unit_cash=cash,
            supplies=(_supply(hours, world, grid),),
            kwh={"cloud": kwh},
            embodied={"cloud": accelerators},
            # prepaid, what nobody redeems is the provider's; paid as it is used, it stays with the treasury
            trade=Trade(rent=rent_paid, breakage=prepaid * expired, returned=(1 - prepaid) * expired),
            runoff=runoff((_supply(hours_after, world, after),), after),
        )

    def _rented(self, spent_usd: Array, world: World, grid: Grid) -> Array:
        """H100e-hours that vouchers not used ahead rent, those committed in advance at their discount."""
        rest = 1 - self.ahead_share
        return _rented_hours(spent_usd, self.committed_share / rest if rest > 0 else 0.0, world, grid)

    def private_costs(self, flows: Flows, size: Array, world: World, grid: Grid) -> PrivateCosts:
        """Groups apply for vouchers as they would for hours."""
        return applying_for_hours(flows.supplies[0].h100e_hours * size, world)


def _supply(hours: Array, world: World, grid: Grid) -> Supply:
    """Useful hours on the newest rented accelerators of each month."""
    return Supply("cloud", hours / speed_on_sale(grid.frontier, world.hardware), hours)


def useful_hours(spent_usd: Array, committed_share: float, world: World, grid: Grid) -> Array:
    """H100e-hours of work that money spent on rent buys: egress and idling taken off, [draw, month].

    What an embargo cuts off is lost with the vouchers that would have paid for it.
    """
    return _worked(_rented_hours(spent_usd, committed_share, world, grid), world, grid)


def rented_footprint(spent_usd: Array, committed_share: float, world: World, grid: Grid) -> tuple[Array, Array]:
    """Electricity of all hours that the money rents, idle ones too, kWh, and accelerators worn out, [draw, month]."""
    return _footprint(_rented_hours(spent_usd, committed_share, world, grid), world, grid)


def _rented_hours(spent_usd: Array, committed_share: float, world: World, grid: Grid) -> Array:
    """H100e-hours that money pays for at the rent of each month, idle ones too, [draw, month]."""
    bought = spent_usd / grid.rent_usd * committed_price_ratio(world.cloud, committed_share)
    return np.asarray(bought * _left_for_rent(world))


def _left_for_rent(world: World) -> Array:
    """Part of the money that is not spent on moving data out."""
    return 1 - np.asarray(world.cloud.egress_share)


def _worked(rented: Array, world: World, grid: Grid) -> Array:
    """Hours of work out of those that are rented, [draw, month]."""
    return np.asarray(_reached(rented, grid) * (1 - np.asarray(world.cloud.idle_share)))


def _footprint(rented: Array, world: World, grid: Grid) -> tuple[Array, Array]:
    """Electricity of rented H100e-hours, kWh, and accelerators that they wear out, [draw, month]."""
    gpu_hours = _reached(rented, grid) / speed_on_sale(grid.frontier, world.hardware)
    hardware, busy = world.hardware, 1 - np.asarray(world.cloud.idle_share)
    kw = unit_power_kw(grid.t_years, hardware.power_kw, hardware.power_growth_per_year)
    kwh = rented_kwh(gpu_hours, busy, kw, world.carbon, np.asarray(world.operations.idle_power_share))
    return kwh, rented_accelerators(gpu_hours, world.carbon)


def _reached(rented: Array, grid: Grid) -> Array:
    """Rented hours that an embargo leaves, [draw, month]."""
    return rented if grid.embargo is None else rented * grid.embargo.rented_share(grid.months)
