"""Outcomes of money: what the treasury and others pay, and what an hour costs."""

from __future__ import annotations

import numpy as np

from sim.mechanisms.finance import cash_peak, levelised_cost, present_value
from sim.outcomes.advance import advance_authority, advance_interest
from sim.outcomes.measures import MONEY, Measure, Measures, Outcome, flow, in_frontier
from sim.parameters import Array


def public_cost(measures: Measures) -> Array:
    """Present value of public money, residual values taken off, [draw]."""
    return measures.result.cost_pv


def social_cost(measures: Measures) -> Array:
    """Public cost with its excess burden, and what others spend."""
    excess_ratio = np.reshape(measures.world.money.excess_burden_ratio, -1)
    return np.asarray(public_cost(measures) * (1 + excess_ratio) + private_cost(measures))


def private_cost(measures: Measures) -> Array:
    """Present value of what others than the treasury spend, [draw]."""
    return present_value(measures.result.private_cost, measures.context.grid.discount)


def excess_burden(measures: Measures) -> Array:
    """What raising the public money costs beyond itself, [draw]."""
    return np.asarray(public_cost(measures) * np.reshape(measures.world.money.excess_burden_ratio, -1))


def cost_per_hour(hours: Measure) -> Measure:
    """Levelised public cost of an hour: hours are discounted like money."""
    return lambda measures: levelised_cost(measures.result.cost, hours(measures), measures.context.grid.discount)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "public_cost", "Public cost, present value, less residual value", "USD", "lower",
        "sum over months of D(m) * (all public accounts, fees and residual values taken off)", MONEY, public_cost,
        headline=True, discounted=True,
    ),
    Outcome(
        "beyond_budget", "Public cost beyond the budget", "USD", "neither",
        "public cost - D * appropriations: what another purse pays where the budget covers a machine only in part",
        MONEY, lambda measures: public_cost(measures) - measures.context.budget_pv, discounted=True,
    ),
    Outcome(
        "outlay", "Public outlay", "USD", "neither", "sum of public accounts, fees and residual values aside", MONEY,
        *flow(lambda measures: measures.result.outlay),
    ),
    Outcome(
        "cash_peak", "Largest outlay in 12 months", "USD", "lower", "max over m of outlay in months m .. m + 11", MONEY,
        lambda measures: cash_peak(measures.result.outlay), headline=True,
    ),
    Outcome(
        "advance_authority", "Most money spent ahead of appropriations", "USD", "lower",
        "max over m of (outlay to the end of m - appropriations of the years begun by m): what must be borrowed or "
        "promised ahead; who pays late spends more for the same present value, and needs it at the end", MONEY,
        advance_authority, headline=True,
    ),
    Outcome(
        "advance_interest", "Interest on the advance, present value", "USD", "lower",
        "sum over m of advance(m) * (D(m) - D(m + 1)): interest at the real discount rate, which the present value of "
        "public cost holds already; not to be added to it", MONEY, advance_interest,
        discounted=True,
    ),
    Outcome(
        "social_cost", "Social cost, present value", "USD", "lower",
        "public cost * (1 + excess burden) + D * (applicants' time + hosting by institutions)", MONEY, social_cost,
        discounted=True,
    ),
    Outcome(
        "private_cost", "Private cost, present value", "USD", "lower",
        "D * (applicants' time + hosting by institutions + other accounts of others than the treasury: time lost while "
        "applications, or with access.queue_idle_share the jobs of campaigns, wait)", MONEY,
        private_cost, discounted=True,
    ),
    Outcome(
        "excess_burden", "Loss to the economy from the taxes (excess burden)", "USD", "lower",
        "excess burden ratio * public cost", MONEY,
        excess_burden, discounted=True,
    ),
    Outcome(
        "cost_per_gpu_hour", "Cost per GPU-hour", "USD/GPU_hour", "lower",
        "public cost / sum D * GPU-hours", MONEY, cost_per_hour(lambda measures: measures.result.supplied_gpu),
        discounted=True,
    ),
    Outcome(
        "cost_per_h100e_hour", "Cost per H100e-hour", "USD/H100e_hour", "lower",
        "public cost / sum D * H100e-hours (LCOC)", MONEY, cost_per_hour(lambda measures: measures.result.supplied),
        headline=True, discounted=True,
    ),
    Outcome(
        "cost_per_fe_hour", "Cost per FE-hour", "USD/FE_hour", "lower", "public cost / sum D * FE-hours", MONEY,
        cost_per_hour(in_frontier(lambda m: m.supplied)), headline=True, discounted=True,
    ),
)  # fmt: skip
