"""How many units of an instrument a share of the budget pays for, and what it leaves to another purse."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.costs.context import Context
from sim.costs.sums import total_of
from sim.instruments.base import Flows, Instrument
from sim.mechanisms.coverage import Coverage
from sim.mechanisms.finance import affordable_size, present_value
from sim.parameters import Array

INCOME = ("residual", "lease fees")
"""Accounts that bring money, years after it was spent: they lower the cost of an option and buy nothing."""


def affordable_units(member: Instrument, flows: Flows, share: float, context: Context) -> Array:
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
