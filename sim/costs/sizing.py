"""The instruments of an option, each at the size that its share of the money pays for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.calendar.records import Ledger
from sim.costs.context import Context
from sim.instruments.base import Flows, Grid, Instrument, PrivateCosts
from sim.mechanisms.finance import affordable_size, present_value
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
        flows = member.flows(ledger, number, context.world, grid)
        afforded = _affordable(member, flows, share, context) if sized is None else sized
        size = np.minimum(afforded, flows.largest_size)[:, None]
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

    def times_size(self, unit: Mapping[Any, Array]) -> dict[str, Array]:
        """Flows of a unit of size by name, at this size."""
        return {name: flow * self.size for name, flow in unit.items()}


def _affordable(member: Instrument, flows: Flows, share: float, context: Context) -> Array:
    """Units that the instrument's share of the money pays for, [draw]."""
    rule, budget, discount = context.world.money.normalisation, context.budget, context.grid.discount
    if rule == "as_entered":
        return np.full(budget.shape[0], member.entered_size() * share if flows.unit_cash else 0.0)
    discounted = rule == "equal_pv"
    if not discounted:
        discount = np.ones_like(discount)
    unit = flows.planned_unit_cash or flows.unit_cash
    spent = {name: flow for name, flow in unit.items() if discounted or name != "residual"}
    unit_pv = present_value(total_of(list(spent.values()), budget.shape), discount)
    fixed_pv = present_value(total_of(list(flows.fixed_cash.values()), budget.shape), discount)
    total = context.budget_pv if discounted else budget.sum(axis=-1)
    return affordable_size(share * total, unit_pv, fixed_pv)


def of_all(sized: Iterable[SizedInstrument], pick: str, shape: tuple[int, ...]) -> Array:
    """A flow of all instruments at their sizes, [draw, month]; zeros where none has it."""
    flows = ((getattr(each.flows, pick), each.size) for each in sized)
    return total_of([flow * size for flow, size in flows if flow is not None], shape)


def sums_by_name(tables: Iterable[dict[str, Array]], shape: tuple[int, ...]) -> dict[str, Array]:
    """Accounts, or hours by provider, of several instruments; those of one name added up, [draw, month]."""
    total: dict[str, Array] = {}
    for table in tables:
        for name, flow in table.items():
            total[name] = total.get(name, np.zeros(shape)) + flow
    return total


def total_of(flows: Iterable[Array | float], shape: tuple[int, ...]) -> Array:
    """Sum of flows, zeros where there are none."""
    return np.asarray(sum(flows, start=np.zeros(shape)))
