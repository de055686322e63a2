"""Outcomes of industry: what a fab makes, at what premium."""

from __future__ import annotations

import numpy as np

from sim.mechanisms.fab import packaged_share, premium_after, worth_share
from sim.mechanisms.market import price_index
from sim.outcomes.measures import INDUSTRY, Measures, Outcome, flow, quotient
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR

FAB = "domestic_fab"


def fab_price_percent(measures: Measures) -> Array:
    """Change of the accelerator price that the fab's output in the last year brings about."""
    market, fab = measures.world.market, measures.world.fab
    fab_output: Array = measures.result.fab_output[:, -MONTHS_PER_YEAR:].sum(axis=-1)
    if not fab_output.any():
        return fab_output
    worth = worth_share(fab, measures.world.hardware.doubling_years).reshape(-1)
    sales = np.reshape(market.accelerators_usd_per_year, -1)
    supply = fab_output * np.reshape(fab.accelerator_price_usd, -1) * worth / sales
    elasticities = np.reshape(market.supply_elasticity, -1), np.reshape(market.demand_elasticity, -1)
    return np.asarray(100 * (price_index(0.0, supply, *elasticities) - 1))


def fab_premium_percent(measures: Measures) -> Array:
    """Extra unit cost of the fab's output at the horizon, learned down from its first year; NaN without output."""
    fab_output, fab = measures.result.fab_output, measures.world.fab
    total: Array = fab_output.sum(axis=-1)
    return np.where(total > 0, 100 * premium_after(total[:, None], fab_output, fab)[:, 0], np.nan)


def of_a_fab(measures: Measures, values: Array) -> Array:
    """`values` [draw or 1] where the option pays for a fab, NaN elsewhere, [draw]."""
    stake = measures.result.size.get(FAB)
    if stake is None:
        return np.full(measures.context.budget.shape[0], np.nan)
    return np.where(stake > 0, values, np.nan)


def packaged(measures: Measures) -> Array:
    """Part of a fab's good dies that packaging lets through, [draw]."""
    return of_a_fab(measures, packaged_share(measures.world.fab).reshape(-1))


def budget_needed(measures: Measures) -> Array:
    """Total appropriation with which this option's stake would bring a fab, USD, [draw]; NaN without a fab.

    The stake is linear in the money. Where options are taken as entered no budget decides: the stake itself.
    """
    result = measures.result
    if FAB not in result.size:
        return of_a_fab(measures, np.zeros(1))
    least, afforded = result.least_size[FAB], result.afforded[FAB]
    if result.context.world.money.normalisation == "as_entered":
        return of_a_fab(measures, least)
    return np.asarray(least * quotient(result.context.budget.sum(axis=-1), afforded))


def quota_taken(measures: Measures) -> Array:
    """Reserved output that the public machine takes, accelerators, [draw, month]."""
    bargain = measures.result.quota
    return np.zeros_like(measures.result.fab_output) if bargain is None else bargain.taken


def quota_usd(measures: Measures) -> Array:
    """What the reserved output costs the public machine more than the market, [draw, month]."""
    bargain = measures.result.quota
    return np.zeros_like(measures.result.fab_output) if bargain is None else bargain.extra_usd


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "accelerators_made", "Accelerators made at home", "accelerator", "higher",
        "stake share * volume of the whole fab * ramp", INDUSTRY, *flow(lambda measures: measures.result.fab_output),
    ),
    Outcome(
        "accelerator_price_percent", "Change of the accelerator price", "percent", "neither",
        "100 * (root of P^es = P^-ed - S/Q - 1), S = output of the last year * 2^(-lag / tau), es of the short run",
        INDUSTRY, fab_price_percent,
    ),
    Outcome(
        "fab_premium_percent", "Extra unit cost of domestic output", "percent", "lower",
        "100 * phi0 * (output to the horizon / output of the first year)^log2(1 - LR)", INDUSTRY, fab_premium_percent,
    ),
    Outcome(
        "packaged_share", "Good dies that packaging lets through", "fraction", "higher",
        "min(1, packages / (wafers * good dies * accelerator share)); below 1 packaging binds", INDUSTRY, packaged,
    ),
    Outcome(
        "fab_budget_needed", "Budget with which a fab comes", "USD", "lower",
        "smallest useful stake * appropriation / stake that it pays for; 0 where there is no minimum", INDUSTRY,
        budget_needed,
    ),
    Outcome(
        "reserved_accelerators", "Reserved output taken by the cluster", "accelerator", "neither",
        "min(accelerators ordered, reserved share * output of 12 months, in the worth of the newest)", INDUSTRY,
        *flow(quota_taken),
    ),
    Outcome(
        "reserved_extra_cost", "Extra cost of the reserved output", "USD", "lower",
        "taken * world price * ((1 - margin given up) * (1 + premium) - 1)", INDUSTRY, *flow(quota_usd),
    ),
)  # fmt: skip
