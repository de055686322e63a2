"""The instruments of an option, each at the size that its share of the money pays for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.calendar.records import Ledger
from sim.costs.affordable import affordable_units, uncovered
from sim.costs.context import Context
from sim.costs.sums import total_of
from sim.instruments.base import Flows, Grid, Instrument, PrivateCosts, Runoff
from sim.mechanisms.world import World
from sim.parameters import Array


@dataclass(frozen=True)
class SizedInstrument:
    """One instrument of an option at its size."""

    member: Instrument
    flows: Flows
    afforded: Array  # units that the money pays for, whether or not so many can be had, [draw]
    size: Array  # [draw, 1]
    private_costs: PrivateCosts

    @staticmethod
    def of(
        member: Instrument,
        share: float,
        number: int,
        ledger: Ledger,
        context: Context,
        grid: Grid,
        sized: Array | None = None,
    ) -> SizedInstrument:
        """An instrument sized at the prices of `grid` to its share of the budget, with its private costs.

        `number` is its part number in the records; `sized` [draw] is a size that was decided before.
        """
        money = share * context.budget.sum(axis=-1, keepdims=True)
        flows = member.flows(ledger, number, context.world, replace(grid, money_usd=money))
        afforded = affordable_units(member, flows, share, context) if sized is None else sized
        size = np.minimum(afforded, flows.largest_size)[:, None]
        flows = member.filled(flows, size * context.useful_share, context.waiting)
        return SizedInstrument(member, flows, afforded, size, member.private_costs(flows, size, context.world, grid))

    def cash(self) -> dict[str, Array]:
        """Public money by account at this size; an option of no size has no fixed costs either."""
        total = self.times_size(self.flows.unit_cash)
        for account, flow in self.flows.fixed_cash.items():
            total[account] = total.get(account, 0.0) + flow * (self.size > 0)
        return total

    def decision_delay(self, world: World) -> Array:
        """Months that the applications of each month wait for their answers, [draw, month]."""
        return np.asarray(self.private_costs.applications * self.member.months_to_answer(world))

    @property
    def added_share(self) -> Array:
        """Part of its hours and people that would not be there without it, scalar or [draw, 1]."""
        return np.asarray(1 - np.asarray(self.flows.displaced_share))

    def times_size(self, unit: Mapping[Any, Array]) -> dict[str, Array]:
        """Flows of a unit of size by name, at this size."""
        return {name: flow * self.size for name, flow in unit.items()}


def outside_usd(member: Instrument, number: int, ledger: Ledger, context: Context) -> Array:
    """What another purse pays for a machine that gets all the money, [draw, month]."""
    sized = SizedInstrument.of(member, 1.0, number, ledger, context, context.grid)
    unit, fixed = (
        uncovered(cash, sized.flows, context.coverage) for cash in (sized.flows.unit_cash, sized.flows.fixed_cash)
    )
    paid = [flow * sized.size for flow in unit.values()] + [flow * (sized.size > 0) for flow in fixed.values()]
    return total_of(paid, context.budget.shape)


def of_all(sized: Iterable[SizedInstrument], pick: str, shape: tuple[int, ...], added: bool = False) -> Array:
    """A flow of all instruments at their sizes, [draw, month], or what is `added` of it; zeros where none has it."""
    flows = ((getattr(each.flows, pick), each.size * (each.added_share if added else 1.0)) for each in sized)
    return total_of([flow * size for flow, size in flows if flow is not None], shape)


def runoff_of_all(sized: Iterable[SizedInstrument], context: Context, shape: tuple[int, ...]) -> Runoff:
    """Hours that research has after the horizon out of money paid by then, of all at their sizes, [draw]."""
    found = [(s.flows.runoff, (s.size * context.useful_share)[:, 0]) for s in sized]
    return Runoff(
        h100e_hours=total_of([after.h100e_hours * size for after, size in found if after is not None], shape[:1]),
        fe_hours=total_of([after.fe_hours * size for after, size in found if after is not None], shape[:1]),
    )
