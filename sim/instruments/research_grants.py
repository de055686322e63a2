"""Research grants: awards that pay people, indirect costs, laboratory machines and rented hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.engine.calendar import Calendar, Process
from sim.engine.records import Kind, Ledger, placed, settled, spread
from sim.instruments.base import Burdens, Flows, Grid, Instrument, Supply
from sim.instruments.cloud_credits import useful_hours
from sim.mechanisms.grants import applications, direct_share
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
        """Awards paid as they are spent, or at the horizon; direct costs split into people, machines and rent."""
        items = ledger.items(Kind.AWARD, part)
        month = ledger.months_of(Kind.AWARD, part, items)
        awarded = ledger.values_of(Kind.AWARD, part, items)
        paid = spread(awarded, month, month + self.duration_months, grid.months)
        offered = ledger.values_of(Kind.GRANT_ROUND, part, ledger.items(Kind.GRANT_ROUND, part)).sum(axis=-1)
        direct = paid * direct_share(world.grants.indirect_ratio)
        compute = direct * self.compute_share
        rented = useful_hours(compute * (1 - self.workstation_share), 0.0, world, grid)
        machines = compute * self.workstation_share / world.grants.workstation_price_usd
        alive = _in_use(machines, world.grants.workstation_life_years)
        work = _in_use(machines * grid.frontier, world.grants.workstation_life_years)
        use = np.asarray(world.grants.workstation_use_share) * HOURS_PER_MONTH
        return Flows(
            unit_cash={"transfers": settled(paid, offered)},
            supplies=(
                Supply("workstation", alive * use, work * use, "odds", small_jobs_only=True),
                Supply("cloud", rented / grid.frontier, rented, "odds"),
            ),
            awards_usd=placed(awarded, month, grid.months),
            labour=(direct - compute) / world.grants.researcher_usd_per_year,
            in_service=alive[:, None, :],
        )

    def burdens(self, flows: Flows, size: Array, world: World, grid: Grid) -> Burdens:
        """Applicants' days, losers included, and what institutions pay to host the machines."""
        assert flows.awards_usd is not None and flows.in_service is not None
        yearly = flows.awards_usd * size * MONTHS_PER_YEAR / self.round_months
        calls = applications(yearly, self.award_usd, world.grants) * self.round_months / MONTHS_PER_YEAR
        days = calls * world.grants.effort_days
        machines = flows.in_service[:, 0] * size
        busy = world.grants.workstation_use_share
        power = energy_kwh(world.hardware.power_kw, HOURS_PER_MONTH, world.operations, busy)
        care = world.grants.hosting_usd_per_year / MONTHS_PER_YEAR
        hosting = care + power * world.operations.electricity_usd_per_kwh
        return Burdens({"applicants": days * world.grants.day_usd, "hosting": machines * hosting}, days)


def _in_use(bought: Array, life_years: Array | float) -> Array:
    """What was bought in the last `life_years` before each month, [draw, month].

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
