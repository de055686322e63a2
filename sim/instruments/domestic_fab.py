"""A domestic fab: a public stake, a long build, a ramp, and no free accelerators.

Someone still buys what the fab makes. Its effects reach researchers through the price of accelerators and, while an
embargo keeps others out, through orders that the fab must fill first. A stake below scale joins a plant of others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.calendar.calendar import Calendar, Process
from sim.calendar.records import Kind, Ledger, placed, settled
from sim.instruments.base import Flows, Grid, Instrument, PrivateCosts, Trade
from sim.mechanisms.fab import (
    full_output_per_month,
    full_stake_usd,
    kept_output_share,
    months_to_output,
    ramp_share,
    stake_output_share,
    worth_share,
)
from sim.mechanisms.world import World
from sim.parameters import Array, param, series, switch

STAGES = ("studies", "ground", "shell", "tools", "first wafers")


@dataclass(frozen=True, kw_only=True)
class DomesticFab(Instrument):
    """A stake in a fab, paid by stages of the build."""

    name: ClassVar[str] = "domestic_fab"
    label: ClassVar[str] = "Domestic fab"
    size_unit: ClassVar[str] = "USD of stake"

    stage_shares: tuple[float, ...] = series(
        (0.05, 0.25, 0.20, 0.40, 0.10), "fraction", low=0, high=1, floor=0, ceiling=1,
        source="assumption: payment by milestones; schedules of real stakes are not published",
        help="Parts of the stake paid at studies, ground-breaking, shell, tools and first wafers.",
    )
    stage_times: tuple[float, ...] = series(
        (0.0, 0.15, 0.45, 0.70, 1.0), "fraction", low=0, high=1, floor=0, ceiling=1,
        source="assumption: milestones spread over the build",
        help="When these stages come, as parts of the time from decision to first output.",
    )
    minimum_scale: bool = switch(
        True, source="assumption: no maker builds a fraction of a fab",
        help="Let a stake below `fab.minimum_stake_share` join a plant that others fund, and bring little beyond its "
        "own part of the capital.",
    )

    reserved_share: float = param(
        0.0, "fraction", low=0, high=0.5, floor=0, ceiling=1, grade="-",
        source="assumption: off; no public fab stake is known to reserve output for research",
        help="Part of the output that the public cluster of the same portfolio may have at cost plus the premium.",
    )
    priority_share: float = param(
        0.02, "fraction", low=0, high=0.2, floor=0, ceiling=1, grade="-", source="programmes:P423",
        help="Part of the output that the country's research may order first while an embargo lasts. In Europe such "
        "orders have a basis in law; their size, about research's part of the demand, is assumed.",
    )
    stake_usd: float = param(
        500e6, "USD", low=50e6, high=10e9, floor=0, ceiling=1e12, grade="-",
        source="assumption: used only where `money.normalisation` is as_entered",
        help="Public stake where options are taken as entered.",
    )

    def entered_size(self) -> float:
        """The stake as entered, USD."""
        return self.stake_usd

    def schedule(self, calendar: Calendar, part: int) -> None:
        """Stages of the build, then first output."""
        calendar.env.process(self._build(calendar, part))

    def _build(self, calendar: Calendar, part: int) -> Process:
        wait = float(months_to_output(calendar.world.fab))
        for item, (share, time) in enumerate(zip(self.stage_shares, self.stage_times, strict=True)):
            yield calendar.until(time * wait)
            calendar.record(Kind.FAB_STAGE, part, item, share)
        calendar.record(Kind.FAB_OUTPUT, part)

    def flows(self, ledger: Ledger, part: int, world: World, grid: Grid) -> Flows:
        """The stake by stages, at the latest at the horizon; more than the whole public share is not spent."""
        items = ledger.items(Kind.FAB_STAGE, part)
        month = ledger.months_of(Kind.FAB_STAGE, part, items)
        paid = ledger.values_of(Kind.FAB_STAGE, part, items)
        output = ledger.months_of(Kind.FAB_OUTPUT, part, 1)
        middle: Array = np.arange(grid.months, dtype=np.float64) + 0.5
        since = middle - output  # months; minus infinity where there is no output
        ramp = ramp_share(np.asarray(since), world.fab.ramp_months)
        stake = np.broadcast_to(full_stake_usd(world.fab).reshape(-1), (ledger.draws,))
        paid_stake = settled(placed(paid, month, grid.months), np.ones(ledger.draws))
        return Flows(
            unit_cash={"stake": paid_stake},
            largest_size=stake,
            least_size=stake * np.reshape(world.fab.minimum_stake_share, -1) * self.minimum_scale,
            trade=Trade(tools=paid_stake),
            whole_output=ramp * full_output_per_month(world.fab),
        )

    def private_costs(self, flows: Flows, size: Array, world: World, grid: Grid) -> PrivateCosts:
        """Accelerators made a month, those reserved for a public machine, and under an embargo those for research."""
        assert flows.whole_output is not None
        fab, embargo = world.fab, grid.embargo
        least = fab.minimum_stake_share if self.minimum_scale else 0.0
        made = flows.whole_output * stake_output_share(size / full_stake_usd(fab), least, fab.public_share)
        worth = worth_share(fab, world.hardware.doubling_years)
        priority: Array | float = 0.0
        if embargo is not None:
            inside = embargo.inside_share(grid.months)
            made = made * (1 - inside * (1 - kept_output_share(fab, embargo.cut_share)))
            priority = max(self.priority_share, self.reserved_share) * made * worth * inside
        reserved = self.reserved_share * made * worth if self.reserved_share > 0 else 0.0
        return PrivateCosts(fab_output=made, accelerators_reserved=reserved, accelerators_first=priority)

    def faults(self, horizon_months: int) -> Iterable[tuple[str, str]]:
        """Shares must sum to one and pair with rising times."""
        if len(self.stage_shares) != len(STAGES) or len(self.stage_times) != len(STAGES):
            yield "stage_shares", f"{len(STAGES)} stages need {len(STAGES)} shares and times"
        if abs(sum(self.stage_shares) - 1) > 1e-9:
            yield "stage_shares", f"sum to {sum(self.stage_shares):g}, must sum to 1"
        if list(self.stage_times) != sorted(self.stage_times):
            yield "stage_times", "must not fall"
