"""Outcomes of industry: what a fab makes, at what premium."""

from __future__ import annotations

import numpy as np

from sim.mechanisms.fab import packaged_share, premium_after, worth_share
from sim.mechanisms.market import price_index
from sim.outcomes.base import INDUSTRY, Outcome
from sim.outcomes.measures import View, flow, quotient
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR

FAB = "domestic_fab"


def fab_price_percent(view: View) -> Array:
    """Change of the accelerator price that the fab's output in the last year brings about."""
    market, fab = view.monthly.scene.world.market, view.monthly.scene.world.fab
    made: Array = view.monthly.made[:, -MONTHS_PER_YEAR:].sum(axis=-1)
    if not made.any():
        return made
    worth = worth_share(fab, view.monthly.scene.world.hardware.doubling_years).reshape(-1)
    supply = made * np.reshape(fab.accelerator_price_usd, -1) * worth / np.reshape(market.accelerators_usd_per_year, -1)
    elasticities = np.reshape(market.supply_elasticity, -1), np.reshape(market.demand_elasticity, -1)
    return np.asarray(100 * (price_index(0.0, supply, *elasticities) - 1))


def fab_premium_percent(view: View) -> Array:
    """Extra unit cost of the fab's output at the horizon, learned down from its first year; NaN without output."""
    made, fab = view.monthly.made, view.monthly.scene.world.fab
    total: Array = made.sum(axis=-1)
    return np.where(total > 0, 100 * premium_after(total[:, None], made, fab)[:, 0], np.nan)


def of_a_fab(view: View, values: Array) -> Array:
    """`values` [draw or 1] where the option pays for a fab, NaN elsewhere, [draw]."""
    stake = view.monthly.size.get(FAB)
    if stake is None:
        return np.full(view.monthly.scene.budget.shape[0], np.nan)
    return np.where(stake > 0, values, np.nan)


def packaged(view: View) -> Array:
    """Part of a fab's good dies that packaging lets through, [draw]."""
    return of_a_fab(view, packaged_share(view.monthly.scene.world.fab).reshape(-1))


def budget_needed(view: View) -> Array:
    """Total appropriation with which this option's stake would bring a fab, USD, [draw]; NaN without a fab.

    The stake is linear in the money. Where options are taken as entered no budget decides: the stake itself.
    """
    monthly = view.monthly
    if FAB not in monthly.size:
        return of_a_fab(view, np.zeros(1))
    least, afforded = monthly.least_size[FAB], monthly.afforded[FAB]
    if monthly.scene.world.money.normalisation == "as_entered":
        return of_a_fab(view, least)
    return np.asarray(least * quotient(monthly.scene.budget.sum(axis=-1), afforded))


def quota_taken(view: View) -> Array:
    """Reserved output that the public machine takes, accelerators, [draw, month]."""
    bargain = view.monthly.quota
    return np.zeros_like(view.monthly.made) if bargain is None else bargain.taken


def quota_usd(view: View) -> Array:
    """What the reserved output costs the public machine more than the market, [draw, month]."""
    bargain = view.monthly.quota
    return np.zeros_like(view.monthly.made) if bargain is None else bargain.extra_usd


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "accelerators_made", "Accelerators made at home", "accelerator", "higher",
        "stake share * volume of the whole fab * ramp", INDUSTRY, *flow(lambda view: view.monthly.made),
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
