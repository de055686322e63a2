"""Outcomes of industry: what a fab makes, at what premium."""

from __future__ import annotations

import numpy as np

from sim.costs.markets import accelerators_path
from sim.mechanisms.fab import added_output, packaged_share, premium_after
from sim.outcomes.measures import INDUSTRY, Measures, Outcome, flow, quotient
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR

FAB = "domestic_fab"


def fab_price_percent(measures: Measures) -> Array:
    """Change of the accelerator price that the fab's output brings about by the horizon, percent, [draw]."""
    return np.asarray(100 * np.expm1(fab_log_price(measures)[:, -1]))


def fab_log_price(measures: Measures) -> Array:
    """Logarithm of the accelerator price under what the fab adds and nothing else, [draw, month]."""
    made = measures.result.fab_output
    return accelerators_path(measures.world, np.zeros_like(made), made).log_price


def price_gain_hours(measures: Measures) -> Array:
    """H100e-hours that groups' own money buys more at the prices that the fab makes, [draw, month].

    The machines that they own are of a mean age, and so were bought at the price of then; rents do not move.
    """
    log_price, world = fab_log_price(measures), measures.world
    bought = np.arange(log_price.shape[-1]) - np.round(np.asarray(world.carbon.own_age_years) * MONTHS_PER_YEAR)
    then = np.broadcast_to(np.clip(bought, 0, None).astype(int), log_price.shape)
    paid = np.where(bought >= 0, np.take_along_axis(log_price, then, axis=-1), 0.0)
    owned = measures.result.own_hours * (1 - measures.world.independence.own_cloud_share)
    return np.asarray(owned * np.expm1(-paid))


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
    """Part of a fab's good dies that packaging and memory let through, [draw]."""
    return of_a_fab(measures, packaged_share(measures.world.fab).reshape(-1))


def budget_needed(measures: Measures) -> Array:
    """Total appropriation with which this option's stake would decide on a fab, USD, [draw]; NaN without one.

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
        "x * (theta + (1 - theta) * min(1, x / least stake)) * volume of the whole fab * ramp, x = stake / public "
        "share; volume = min(dies, packaging, memory)", INDUSTRY, *flow(lambda measures: measures.result.fab_output),
    ),
    Outcome(
        "accelerators_added", "Accelerators that the world has more", "accelerator", "higher",
        "accelerators made at home * (1 - part that would have been made elsewhere)", INDUSTRY,
        *flow(lambda measures: added_output(measures.world.fab, measures.result.fab_output)),
    ),
    Outcome(
        "accelerator_price_percent", "Change of the accelerator price", "percent", "neither",
        "100 * (root of P^es = P^-ed - S/Q - 1) at the horizon, S = output that is new to the world in the last year "
        "* 2^(-lag / tau); es grows from the first output", INDUSTRY, fab_price_percent,
    ),
    Outcome(
        "price_gain_fe_hours", "FE-hours that own money buys more", "FE_hour", "higher",
        "groups' own hours on machines of their own * (1 / P - 1) / frontier, P as the fab makes it when those "
        "machines were bought", INDUSTRY,
        lambda measures: np.asarray((price_gain_hours(measures) / measures.context.grid.frontier).sum(axis=-1)),
    ),
    Outcome(
        "fab_premium_percent", "Extra unit cost of domestic output", "percent", "lower",
        "100 * phi0 * (output to the horizon / output of the first year)^log2(1 - LR)", INDUSTRY, fab_premium_percent,
    ),
    Outcome(
        "packaged_share", "Good dies that packaging and memory let through", "fraction", "higher",
        "min(1, packaging / dies, memory / dies), each in accelerators a month; below 1 wafers are not what binds",
        INDUSTRY, packaged,
    ),
    Outcome(
        "fab_budget_needed", "Budget that decides on a fab", "USD", "lower",
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
