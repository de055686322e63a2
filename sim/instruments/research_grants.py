"""Research grants: awards that pay people, indirect costs, laboratory machines and rented hours."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import ClassVar

import numpy as np

from sim.calendar.calendar import Calendar, Process
from sim.calendar.records import Kind, Ledger, placed, settled, spread
from sim.instruments.base import Flows, Grid, Instrument, PrivateCosts, Supply, Trade
from sim.instruments.cloud_credits import rented_footprint, useful_hours
from sim.instruments.runoff import months_after, runoff
from sim.mechanisms.demand import runnable_share
from sim.mechanisms.grants import applications, direct_share
from sim.mechanisms.hardware import power_per_h100e_kw, resale_share, speed_on_sale
from sim.mechanisms.operations import energy_kwh
from sim.mechanisms.world import World
from sim.parameters import Array, param
from sim.units import HOURS_PER_MONTH, MONTHS_PER_YEAR


@dataclass(frozen=True, kw_only=True)
class ResearchGrants(Instrument):
    """A grant programme; how much of it becomes compute is the programme's choice."""

    name: ClassVar[str] = "research_grants"
    label: ClassVar[str] = "Research grants"
    size_unit: ClassVar[str] = "appropriation"
    buys_compute: ClassVar[bool] = True

    award_usd: float = param(
        400_000, "USD/award", low=50_000, high=2e6, floor=1_000, ceiling=1e9, grade="B", source="programmes:P238",
        help="Total of one award, indirect costs included.",
    )
    round_months: float = param(
        6, "month", low=3, high=12, floor=1, ceiling=120, grade="-",
        source="assumption: two calls a year", help="Months between calls.",
    )
    decision_months: float = param(
        6, "month", low=4, high=10, floor=0, ceiling=60, grade="-",
        source="assumption: NSF aims at 70 % of decisions within six months (recalled)",
        help="Months from the call to the award.",
    )
    duration_months: float = param(
        36, "month", low=12, high=60, floor=1, ceiling=240, grade="-",
        source="assumption: the usual three years", help="Months over which an award is spent.",
    )
    compute_share: float = param(
        0.15, "fraction", low=0.05, high=0.90, floor=0, ceiling=1, grade="D", main=True,
        source="assumption: 8 % recalled for general grants; 0.85 would be a grant earmarked for compute",
        label="Part of a grant that buys compute",
        help="Part of direct costs that buys compute; the rest pays people.",
    )
    workstation_share: float = param(
        0.5, "fraction", low=0, high=1, floor=0, ceiling=1, grade="D",
        source="assumption: what laboratories do with compute money is not surveyed",
        help="Part of the compute money that buys the laboratory's own machines; the rest rents.",
    )

    def schedule(self, calendar: Calendar, part: int) -> None:
        """Calls for as long as money is appropriated."""
        calendar.env.process(self._calls(calendar, part))

    def _calls(self, calendar: Calendar, part: int) -> Process:
        item, last = 0, calendar.budget_usd.size * MONTHS_PER_YEAR
        while calendar.month < last:
            length = min(self.round_months, last - calendar.month)
            offered = calendar.appropriated_usd(calendar.month, calendar.month + length)
            calendar.record(Kind.GRANT_ROUND, part, item, offered)
            calendar.env.process(self._award(calendar, part, item, offered))
            item += 1
            yield calendar.wait(length)

    def _award(self, calendar: Calendar, part: int, item: int, offered: float) -> Process:
        yield calendar.wait(self.decision_months)
        calendar.record(Kind.AWARD, part, item, offered, until=calendar.month + self.duration_months)

    def flows(self, ledger: Ledger, part: int, world: World, grid: Grid) -> Flows:
        """Awards paid as they are spent, or at the horizon; direct costs split into people, machines and rent.

        Laboratories' machines have a residual value like a public machine, which is public money as well: their title
        is the institution's, most of which are public or funded by the public, as is the host of a public machine.
        What awards buy after the horizon, of rounds decided after it too, is run-off. People, hours and electricity
        are all that the money pays for, as of every instrument; what of them other funders would have paid for is
        `displaced_share`. Purchases and hosting are those on top of that.
        """
        items = ledger.items(Kind.GRANT_ROUND, part)
        month = ledger.months_of(Kind.GRANT_ROUND, part, items) + self.decision_months
        offered = ledger.values_of(Kind.GRANT_ROUND, part, items)
        life = np.asarray(world.grants.workstation_life_years) * MONTHS_PER_YEAR
        last_paid = ceil(self.decision_months + self.duration_months) + 1
        after = months_after(grid, world, last_paid + ceil(life.max()) + 1)
        spent = spread(offered, month, month + self.duration_months, grid.months + after.months)
        paid = spent[:, : grid.months]
        kept = 1 - np.asarray(world.grants.displaced_share)  # the rest would have been there without
        bought, then = (self._bought(usd, world, on) for usd, on in ((paid, grid), (spent[:, grid.months :], after)))
        alive, supplies = _supplies(bought, world, grid)
        rented_drawn, rented_worn = rented_footprint(bought.rent, 0.0, world, grid)
        return Flows(
            unit_cash={
                "transfers": settled(paid, offered.sum(axis=-1)),
                "residual": -_resale_usd(bought.machines, life, world, grid.months),
            },
            supplies=supplies,
            awards_usd=placed(offered, month, grid.months),
            labour=bought.wages / world.grants.researcher_usd_per_year,
            displaced_share=world.grants.displaced_share,
            in_service=(alive * kept)[:, None, :],
            kwh={"workstation": alive * _workstation_kwh(world), "cloud": rented_drawn},
            embodied={"workstation": bought.machines, "cloud": rented_worn},
            trade=Trade(bought.machines_usd, bought.rent, wages=bought.wages).times(kept),
            runoff=runoff(_supplies(then, world, after)[1], after),
        )

    def _bought(self, paid: Array, world: World, grid: Grid) -> _Bought:
        """People, machines and rent out of what is paid in each month."""
        direct = paid * direct_share(world.grants.indirect_ratio)
        compute = direct * self.compute_share
        rent, boxes = compute * (1 - self.workstation_share), compute * self.workstation_share
        machines = boxes / world.grants.workstation_price_usd
        if grid.accelerator_index is not None:
            machines = machines / grid.accelerator_index
        return _Bought(direct - compute, boxes, machines, rent)

    def months_to_answer(self, world: World) -> Array | float:
        """From the call to the award."""
        return self.decision_months

    def private_costs(self, flows: Flows, size: Array, world: World, grid: Grid) -> PrivateCosts:
        """Applicants' days, losers included, hosting by institutions, and what other funders no longer pay winners."""
        assert flows.awards_usd is not None and flows.in_service is not None
        yearly = flows.awards_usd * size * MONTHS_PER_YEAR / self.round_months
        calls = applications(yearly, self.award_usd, world.grants) * self.round_months / MONTHS_PER_YEAR
        days = calls * world.grants.effort_days
        machines = flows.in_service[:, 0] * size
        care = world.grants.hosting_usd_per_year / MONTHS_PER_YEAR
        hosting = care + _workstation_kwh(world) * world.operations.electricity_usd_per_kwh
        private = {"applicants": days * world.grants.day_usd, "hosting": machines * hosting}
        if np.any(displaced := np.asarray(world.grants.displaced_share)):
            private["other funders"] = -displaced * sum(flows.unit_cash.values()) * size
        return PrivateCosts(private, days, calls)


@dataclass(frozen=True)
class _Bought:
    """What awards buy in each month, [draw, month]."""

    wages: Array  # USD
    machines_usd: Array
    machines: Array
    rent: Array  # USD


def _supplies(bought: _Bought, world: World, grid: Grid) -> tuple[Array, tuple[Supply, ...]]:
    """Laboratory machines in use, and the hours of these and of rented ones."""
    life, per_year = world.grants.workstation_life_years, np.asarray(world.demand.new_only_share_per_year)
    alive, work = _at_work(bought.machines, life, grid)
    old = runnable_share(_mean_age_years(bought.machines, life, grid), per_year) if per_year.any() else None
    use = np.asarray(world.grants.workstation_use_share) * HOURS_PER_MONTH
    hours = useful_hours(bought.rent, 0.0, world, grid)
    return alive, (
        Supply("workstation", alive * use, work * use, "odds", small_jobs_only=True, runnable=old),
        Supply("cloud", hours / speed_on_sale(grid.frontier, world.hardware), hours, "odds"),
    )


def _resale_usd(machines: Array, life_months: Array, world: World, months: int) -> Array:
    """Resale when a laboratory's machine retires or at the horizon, at list price as of a public one, [draw, month].

    Machines come in the middle of the month in which they are bought, and work from the next one on.
    """
    month = np.arange(months)
    end = np.minimum(np.broadcast_to(month + 1 + life_months, machines.shape), float(months))
    years = (end - (month + 0.5)) / MONTHS_PER_YEAR
    listed = machines * world.grants.workstation_price_usd
    resale = listed * resale_share(years, world.hardware.resale_decay_per_year)
    return placed(resale, np.minimum(end, months - 1), months)


def _workstation_kwh(world: World) -> Array:
    """Electricity of one accelerator in a laboratory in a month, kWh, scalar or [draw, 1]."""
    kw = power_per_h100e_kw(world.hardware)
    return energy_kwh(kw, HOURS_PER_MONTH, world.operations, world.grants.workstation_use_share)


def _at_work(bought: Array, life_years: Array | float, grid: Grid) -> tuple[Array, Array]:
    """Machines in use and the H100 that they stand for, [draw, month]; an embargo delays and wears them."""
    fast = bought * grid.frontier
    if grid.embargo is None:
        return _in_use(bought, life_years), _in_use(fast, life_years)
    middle: Array = np.arange(grid.months, dtype=np.float64) + 0.5
    come = np.broadcast_to(grid.embargo.arrival(middle), bought.shape)
    serving = grid.embargo.serving_share(middle)
    return (
        _in_use(placed(bought, come, grid.months), life_years) * serving,
        _in_use(placed(fast, come, grid.months), life_years) * serving,
    )


def _mean_age_years(bought: Array, life_years: Array | float, grid: Grid) -> Array:
    """Mean age of the designs at work, by what they do, [draw, month]; a laboratory buys what is new.

    An embargo, in which machines come late, makes them no older here than others bought in the same month.
    """
    fast = bought * grid.frontier
    work, dated = _in_use(fast, life_years), _in_use(fast * grid.t_years, life_years)
    design = np.divide(dated, work, out=np.zeros_like(work), where=work > 0)
    return np.where(work > 0, grid.t_years - design, 0.0)


def _in_use(bought: Array, life_years: Array | float) -> Array:
    """Purchases of the last `life_years` before each month, [draw, month].

    Machines work from the month after they are bought; a life that ends inside a
    month counts for the part of the month it covers.
    """
    months = bought.shape[-1]
    life = np.broadcast_to(np.asarray(life_years, dtype=np.float64) * MONTHS_PER_YEAR, (bought.shape[0], 1))
    total = np.concatenate([np.zeros((bought.shape[0], 1)), np.cumsum(bought, axis=-1)], axis=-1)
    month = np.arange(months)
    retired = np.clip(month - life, 0, months)
    whole = np.floor(retired).astype(np.int64)
    part = retired - whole
    draw = np.arange(bought.shape[0])[:, None]
    gone = total[draw, whole] * (1 - part) + total[draw, np.minimum(whole + 1, months)] * part
    return np.asarray(total[:, :-1] - gone)
