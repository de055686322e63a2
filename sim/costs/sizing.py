"""The instruments of an option, each at the size that its share of the money pays for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.calendar.records import Ledger
from sim.costs.context import Context
from sim.instruments.base import Flows, Grid, Instrument, PrivateCosts
from sim.mechanisms.coverage import Coverage
from sim.mechanisms.finance import affordable_size, present_value
from sim.mechanisms.world import World
from sim.parameters import Array

INCOME = ("residual", "lease fees")
"""Accounts that bring money, years after it was spent: they lower the cost of an option and buy nothing."""


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
    """Units that the instrument's share of the money pays for, [draw].

    A budget that covers only a part of a machine sizes it by that part. What another purse then pays for the machine
    is public money too, so that what is no machine gets as much on top.
    """
    rule, budget, discount = context.world.money.normalisation, context.budget, context.grid.discount
    if rule == "as_entered":
        return np.full(budget.shape[0], member.entered_size() * share if flows.unit_cash else 0.0)
    if rule == "equal_cash":
        discount = np.ones_like(discount)
    unit = dict(flows.planned_unit_cash or flows.unit_cash)
    if rule != "equal_pv":  # what a machine will earn and fetch cannot be spent on it
        unit = {account: flow for account, flow in unit.items() if account not in INCOME}
    fixed, total = dict(flows.fixed_cash), context.budget
    if flows.in_service is not None and flows.vintage_years is not None:
        for cash in (unit, fixed):
            for account, flow in uncovered(cash, flows, context.coverage).items():
                cash[account] = cash[account] - flow
    elif context.outside is not None:
        total = total + context.outside
    unit_pv = present_value(total_of(list(unit.values()), budget.shape), discount)
    fixed_pv = present_value(total_of(list(fixed.values()), budget.shape), discount)
    return affordable_size(share * present_value(total, discount), unit_pv, fixed_pv)


def uncovered(cash: Mapping[str, Array], flows: Flows, coverage: Coverage) -> dict[str, Array]:
    """What another purse pays of a machine's accounts, [draw, month]."""
    assert flows.in_service is not None
    serving = flows.in_service.sum(axis=1)
    shares = {account: coverage.uncovered_share(account, serving) for account in cash}
    return {account: cash[account] * part for account, part in shares.items() if np.any(part)}


def outside_usd(member: Instrument, number: int, ledger: Ledger, context: Context) -> Array:
    """What another purse pays for a machine that gets all the money, [draw, month]."""
    sized = SizedInstrument.of(member, 1.0, number, ledger, context, context.grid)
    unit, fixed = (
        uncovered(cash, sized.flows, context.coverage) for cash in (sized.flows.unit_cash, sized.flows.fixed_cash)
    )
    paid = [flow * sized.size for flow in unit.values()] + [flow * (sized.size > 0) for flow in fixed.values()]
    return total_of(paid, context.budget.shape)


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
