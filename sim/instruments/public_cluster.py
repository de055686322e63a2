"""A public cluster: tenders, tranches, late deliveries, failures, retirement and refresh."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import ceil, inf
from typing import ClassVar

import numpy as np

from sim.calendar.calendar import Calendar, Process
from sim.calendar.records import Kind, Ledger, lifted, overlap, placed
from sim.instruments.base import Flows, Grid, Instrument, PrivateCosts, Supply, Trade, applying_for_hours
from sim.instruments.machines import Cohorts, years_of
from sim.instruments.prices import Prices, capital_usd
from sim.instruments.second_source import SecondSource
from sim.mechanisms.demand import runnable_share
from sim.mechanisms.hardware import economic_life_years, performance, resale_share, unit_power_kw
from sim.mechanisms.operations import Ownership, energy_kwh, owner_cost_per_year, running_cost_per_year
from sim.mechanisms.procurement import (
    delivered_ratio,
    facility_cost_usd,
    hardware_overrun,
    months_to_service,
    system_price_usd,
)
from sim.mechanisms.reliability import availability_share, goodput_share, support_share
from sim.mechanisms.workload import gpu_hours_by_size
from sim.mechanisms.world import World
from sim.parameters import Array, choice, param, series, switch
from sim.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, REFERENCE_ORDER_USD

_ROUNDING = 1e-9  # what a sum of shares may be off by


@dataclass(frozen=True, kw_only=True)
class PublicCluster(Instrument):
    """A national machine bought in tranches and allocated by a queue."""

    name: ClassVar[str] = "public_cluster"
    label: ClassVar[str] = "Public cluster"
    size_unit: ClassVar[str] = "accelerators"
    buys_compute: ClassVar[bool] = True

    tranche_months: tuple[float, ...] = series(
        (0.0, 30.0), "month", low=0, high=120, floor=0, ceiling=600, source="nairr_press",
        help="Months at which tranches are tendered (NAIRR planned one every two years).",
    )
    tranche_shares: tuple[float, ...] = series(
        (0.6, 0.4), "fraction", low=0, high=1, floor=0, ceiling=1, source="nairr_press",
        help="Share of the machine that each tranche brings; they sum to one.",
    )
    tender_months: float = param(
        0, "month", low=0, high=12, floor=0, ceiling=60, grade="-",
        source="assumption: the planned lead time already counts from the decision",
        help="Months from the opening of a tender to the order.",
    )
    life_years: float = param(
        5, "year", low=3, high=7, floor=0.1, ceiling=100, grade="B", main=True,
        source="programmes:P004; programmes:P054",
        label="Service life of a machine",
        help="Years a machine serves under a fixed life (NAIRR plans 6, LUMI about 5).",
    )
    target_utilisation: float = param(
        0.80, "fraction", low=0.71, high=0.87, floor=0.01, ceiling=1, grade="B", main=True,
        source="programmes:P198; programmes:P151; magellan_2011; kokolis_2024",
        label="Hours that the operator wants busy",
        help="Part of the hours in service that the operator wants busy; what the queue cannot attain is not delivered "
        "(e-FISCAL 71 %, Hopper 85 %, Summit 87 %, Meta RSC above 80 %).",
    )
    retirement: str = choice(
        "fixed_life", ("fixed_life", "run_to_fail", "economic"), source="assumption: a choice",
        help="Retire at a fixed age, never, or when running the old costs more per hour than owning the new.",
    )
    refresh: bool = switch(
        False, source="assumption: a choice",
        help="Replace each machine when it retires; the money comes from the same budget, so the machine is smaller.",
    )
    spec_freeze: bool = switch(
        True, source="assumption: tenders name a product",
        help="Freeze the design at the order; off, a late machine is of the generation of its delivery.",
    )
    overrun_treatment: str = choice(
        "fewer_gpus", ("fewer_gpus", "top_up"), source="assumption: a choice",
        help="Pay for overruns with a smaller machine, or with more money.",
    )
    accelerators: float = param(
        5_000, "accelerator", low=100, high=50_000, floor=0, ceiling=1e7, grade="-",
        source="assumption: used only where `money.normalisation` is as_entered",
        help="Size of the whole machine where options are taken as entered.",
    )
    leased_share: float = param(
        0.0, "fraction", low=0, high=0.5, floor=0, ceiling=1, grade="D", main=True, source="heavy_press_wiki",
        label="Hours let to firms",
        help="Part of the hours let to firms, as the presses were (off by default).",
    )
    lease_usd: float = param(
        2.0, "USD/GPU_hour", low=0, high=6, floor=0, ceiling=1000, grade="D",
        source="assumption: below the market, or firms would rent there", help="Fee that firms pay for a leased hour.",
    )
    alternative_share: float = param(
        0.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="-",
        source="assumption: a choice; 0 buys everything from the incumbent",
        help="Part of the machine bought from an alternative vendor; only ported code runs there.",
    )
    porting_usd: float = param(
        0.0, "USD", low=0, high=50e6, floor=0, ceiling=1e11, grade="-",
        source="assumption: a choice; nothing is ported unless it is paid for",
        help="Money out of the same budget for porting research codes to run on either vendor.",
    )
    porting_rule: str = choice(
        "as_paid", ("as_paid", "where_it_pays"), source="assumption: a choice",
        help="Port what the money given pays for, or those codes whose port and upkeep cost less than the idle "
        "machines that they would fill.",
    )
    porting_months: float = param(
        24, "month", low=6, high=60, floor=0.1, ceiling=600, grade="-",
        source="assumption: two years, from the start of the programme",
        help="Months over which that money is spent, evenly.",
    )
    upkeep_usd_per_year: float = param(
        0.0, "USD/year", low=0, high=3e6, floor=0, ceiling=1e10, grade="-",
        source="assumption: a choice; ported code rots unless its upkeep is paid for",
        help="Money out of the same budget, a year, from the end of porting on, that keeps ported code working.",
    )
    compatibility_layer: bool = switch(
        False, source="assumption: a choice",
        help="Run code that was not ported on the alternative by way of a compatibility layer, while there is one.",
    )

    attainable: float = field(default=inf)  # no lever: what a simulated queue attained, see `comparison.attained`

    def entered_size(self) -> float:
        """The machine as entered, accelerators."""
        return self.accelerators

    def faults(self, horizon_months: int) -> Iterable[tuple[str, str]]:
        """Tranches pair up, rise in time, sum to one."""
        if len(self.tranche_months) != len(self.tranche_shares):
            counts = f"{len(self.tranche_months)} months and {len(self.tranche_shares)} shares"
            yield "tranche_shares", f"{counts} given, each tranche needs both"
        if abs(sum(self.tranche_shares) - 1) > _ROUNDING:
            yield "tranche_shares", f"sum to {sum(self.tranche_shares):g}, must sum to 1"
        if any(later <= earlier for earlier, later in pairwise(self.tranche_months)):
            yield "tranche_months", "must rise from tranche to tranche"

    # --- what happens ---

    def schedule(self, calendar: Calendar, part: int) -> None:
        """One process a tranche."""
        for item, (month, share) in enumerate(zip(self.tranche_months, self.tranche_shares, strict=True)):
            calendar.env.process(self._tranche(calendar, part, item, month, share))

    def _tranche(self, calendar: Calendar, part: int, item: int, month: float, share: float) -> Process:
        """Tender, then a machine's life."""
        yield calendar.until(month)
        calendar.record(Kind.TENDER, part, item, share)
        yield calendar.wait(self.tender_months)
        yield from self._machine(calendar, part, item, share)

    def _machine(self, calendar: Calendar, part: int, item: int, share: float) -> Process:
        """Order, delivery, acceptance, service and retirement of one machine."""
        ordered = calendar.month
        calendar.record(Kind.ORDER, part, item, share)
        buying = calendar.world.procurement
        wait = float(months_to_service(buying))
        yield calendar.wait(wait * (1 - buying.acceptance_share))
        if (late := calendar.late_months) > 0:
            yield calendar.wait(late)
        calendar.record(Kind.DELIVERY, part, item, share)
        yield calendar.wait(wait * buying.acceptance_share)
        calendar.record(Kind.ACCEPTANCE, part, item, share)
        end = self._retirement_month(calendar, ordered)
        if self.refresh:
            calendar.env.process(self._refresh(calendar, part, item, share, end - wait))
        yield from self._serve(calendar, part, item, end)
        calendar.record(Kind.RETIREMENT, part, item, share)

    def _retirement_month(self, calendar: Calendar, ordered: float) -> float:
        """When the machine accepted now will retire; infinite under run-to-fail."""
        if self.retirement == "run_to_fail":
            return inf
        if self.retirement == "fixed_life":
            return calendar.month + self.life_years * MONTHS_PER_YEAR
        world = calendar.world
        price = float(system_price_usd(world.hardware, world.procurement, REFERENCE_ORDER_USD))
        kw = float(unit_power_kw(ordered / MONTHS_PER_YEAR, world.hardware.power_kw, 0.0))
        new = Ownership(
            gpus=inf, price_usd=price, life_years=self.life_years, rate=world.money.discount_rate,
            resale_share=float(resale_share(self.life_years, world.hardware.resale_decay_per_year)),
            facility_usd=float(facility_cost_usd(world.hardware, world.procurement, np.zeros(()), 0.0)),
            facility_life_years=world.hardware.facility_life_years, kw=kw, busy_share=self.target_utilisation,
        )  # fmt: skip
        old = running_cost_per_year(kw, price, inf, world.operations, self.target_utilisation)
        age = economic_life_years(owner_cost_per_year(new, world.operations), old, world.hardware.doubling_years)
        return max(ordered + age * MONTHS_PER_YEAR, calendar.month)

    def _serve(self, calendar: Calendar, part: int, item: int, end: float) -> Process:
        """Failures and repairs change what is up, month by month, until retirement."""
        rate = calendar.world.reliability.interruptions_per_gpu_hour
        repair, planned = calendar.world.reliability.repair_hours, calendar.world.reliability.planned_outage_share
        hits = rate * calendar.shocks.failure_ratio[: calendar.months]
        up = availability_share(hits, repair, planned) * calendar.serving_share
        end = min(end, calendar.months)
        if calendar.month >= end - _ROUNDING:
            return
        first, last = int(calendar.month + _ROUNDING), ceil(end - _ROUNDING)
        calendar.record(Kind.CAPACITY, part, item, up[first])
        hours = np.arange(first + 1, last, dtype=np.float64) * HOURS_PER_MONTH
        calendar.foretell(Kind.CAPACITY, hours, item, up[first + 1 : last], part)
        yield calendar.until(last - 1)  # a whole hour: from there to the end no digit is lost
        yield calendar.until(min(last, end))

    def _refresh(self, calendar: Calendar, part: int, item: int, share: float, month: float) -> Process:
        """Order a replacement so that it is ready when the old machine retires, if the horizon lets it serve."""
        if month == inf or month >= calendar.months:
            return
        yield calendar.until(month)
        following = item + len(self.tranche_months)
        calendar.record(Kind.REFRESH, part, following, item)
        yield from self._machine(calendar, part, following, share)

    # --- what it costs and yields ---

    def flows(self, ledger: Ledger, part: int, world: World, grid: Grid) -> Flows:
        """Capital at order and delivery, running costs in service, residual values at the end."""
        cohorts = Cohorts.read(ledger, part)
        service = overlap(cohorts.accepted, cohorts.retired, grid.months)
        serving = cohorts.share[..., None] * service
        vintage = cohorts.ordered if self.spec_freeze else np.maximum(cohorts.delivered, cohorts.ordered)
        vintage_years = np.where(np.isfinite(vintage), vintage, 0.0) / MONTHS_PER_YEAR
        source = SecondSource(
            self.alternative_share, self.porting_usd, self.porting_months, self.upkeep_usd_per_year,
            self.compatibility_layer, self.porting_rule == "where_it_pays",
            REFERENCE_ORDER_USD if grid.money_usd is None else grid.money_usd, grid.months,
        )  # fmt: skip
        mix = source.mix(grid.t_years, world.vendors)
        prices = Prices.of(cohorts, world, grid, source.price_ratio(cohorts.ordered, world.vendors))
        gpu_hours, h100e_hours, runnable = self._hours(cohorts, serving, vintage_years, world, grid)
        peer_hours = self.alternative_share * h100e_hours
        gpu_hours, h100e_hours = gpu_hours * mix.busy, h100e_hours * mix.work
        kwh = _drawn_kwh(cohorts, serving, world, self.target_utilisation)
        cash = _running_usd(kwh, serving, world, prices)
        overruns = (hardware_overrun(world.procurement), world.procurement.facility_overrun_ratio)
        cash |= capital_usd(cohorts, prices, world, grid.months, overruns, grid.accelerator_index)
        if self.leased_share > 0:
            cash["lease fees"] = -self.lease_usd * self.leased_share * gpu_hours
        topped_up = self.overrun_treatment == "top_up"
        planned = capital_usd(cohorts, prices, world, grid.months, (0.0, 0.0)) if topped_up else None
        staff = np.asarray(world.operations.staff_fixed) * world.operations.wage_usd_per_year / MONTHS_PER_YEAR
        kept = 1 - self.leased_share
        return Flows(
            unit_cash=cash,
            fixed_cash={"staff": staff * service.max(axis=1)}
            | source.cash(cohorts.ordered, grid.months, world.vendors),
            supplies=(Supply("cluster", kept * gpu_hours, kept * h100e_hours, runnable=runnable),),
            planned_unit_cash=None if planned is None else cash | planned,
            in_service=serving,
            vintage_years=vintage_years,
            leased_h100e_hours=self.leased_share * h100e_hours,
            peer_h100e_hours=kept * peer_hours,
            vendors=mix,
            trade=Trade(accelerators=cash["hardware"], ordered=placed(cohorts.share, cohorts.ordered, grid.months)),
            kwh={"cluster": kwh},
            embodied={"cluster": placed(cohorts.share, cohorts.delivered, grid.months)},
        )

    def _hours(
        self, cohorts: Cohorts, serving: Array, vintage_years: Array, world: World, grid: Grid
    ) -> tuple[Array, Array, Array | None]:
        """GPU-hours and H100e-hours of one accelerator at the target, and the share of need it can run, [draw, month].

        The share is the mean of its designs by the work that they do; None where old designs run everything.
        """
        operations, reliability = world.operations, world.reliability
        hours = serving * cohorts.up * self.target_utilisation * HOURS_PER_MONTH
        better = performance(vintage_years, world.hardware.doubling_years)
        speed = (np.asarray(world.hardware.h100e_ratio) * delivered_ratio(world.procurement) * better)[..., None]
        good = goodput_share(*gpu_hours_by_size(world.workload), reliability)
        good = good * support_share(operations.staff_per_1000_gpus, reliability)
        work, per_year = hours * speed, np.asarray(world.demand.new_only_share_per_year)
        done = work.sum(axis=1)
        if not per_year.any():
            return hours.sum(axis=1), done * good, None
        fits = runnable_share(grid.t_years - vintage_years[..., None], lifted(per_year))
        runnable = np.divide((work * fits).sum(axis=1), done, out=np.ones_like(done), where=done > 0)
        return hours.sum(axis=1), done * good, runnable

    def filled(self, flows: Flows, size: Array, waiting: Array) -> Flows:
        """The second vendor's part takes what is portable of all the work that waits; firms bring as much as they rent.

        What is leased, and its fees, stay as where no more work waits than one vendor's machine would do.
        """
        mix, peers = flows.vendors, flows.peer_h100e_hours
        if mix is None or peers is None or self.alternative_share == 0:
            return flows
        found = mix.under(waiting, peers / self.alternative_share * size)

        def more(now: Array, before: Array) -> Array:
            return np.divide(now, before, out=np.ones(np.broadcast(now, before).shape), where=before > 0)

        supplies = tuple(
            replace(
                each,
                gpu_hours=each.gpu_hours * more(found.busy, mix.busy),
                h100e_hours=each.h100e_hours * more(found.work, mix.work),
            )
            for each in flows.supplies
        )
        return replace(flows, vendors=found, supplies=supplies)

    def private_costs(self, flows: Flows, size: Array, world: World, grid: Grid) -> PrivateCosts:
        """Groups apply for hours while there are any."""
        return applying_for_hours(flows.supplies[0].h100e_hours * size, world)


def _drawn_kwh(cohorts: Cohorts, serving: Array, world: World, busy_share: float) -> Array:
    """Electricity of one accelerator, facility included, kWh, [draw, month]."""
    kw = unit_power_kw(years_of(cohorts.ordered), world.hardware.power_kw, world.hardware.power_growth_per_year)
    return energy_kwh((kw[..., None] * serving).sum(axis=1), HOURS_PER_MONTH, world.operations, busy_share)


def _running_usd(kwh: Array, serving: Array, world: World, prices: Prices) -> dict[str, Array]:
    """Energy, maintenance and the staff that grows with the machine, USD of one accelerator, [draw, month]."""
    operations = world.operations
    # upkeep is a part of the price, so machines that cost less cost less to maintain
    yearly_upkeep = np.asarray(operations.maintenance_share_per_year) * (serving * prices.system[..., None]).sum(axis=1)
    yearly_staff = np.asarray(operations.staff_per_1000_gpus) / 1000 * operations.wage_usd_per_year
    return {
        "energy": kwh * operations.electricity_usd_per_kwh,
        "maintenance": yearly_upkeep / MONTHS_PER_YEAR,
        "staff": serving.sum(axis=1) * yearly_staff / MONTHS_PER_YEAR,
    }
