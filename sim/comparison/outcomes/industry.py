"""Outcomes of industry: what a fab makes, at what premium."""

from __future__ import annotations

import numpy as np

from sim.comparison.measures import View, flow
from sim.comparison.outcomes.declaring import INDUSTRY, Outcome
from sim.mechanisms.fab import unit_premium
from sim.mechanisms.market import price_index
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


def fab_price_percent(view: View) -> Array:
    """Change of the accelerator price that the fab's output in the last year brings about."""
    market, fab = view.monthly.scene.world.market, view.monthly.scene.world.fab
    made: Array = view.monthly.made[:, -MONTHS_PER_YEAR:].sum(axis=-1)
    if not made.any():
        return made
    supply = made * np.reshape(fab.accelerator_price_usd, -1) / np.reshape(market.accelerators_usd_per_year, -1)
    elasticities = np.reshape(market.supply_elasticity, -1), np.reshape(market.demand_elasticity, -1)
    return np.asarray(100 * (price_index(0.0, supply, *elasticities) - 1))


def fab_premium_percent(view: View) -> Array:
    """Extra unit cost of the fab's output at the horizon, learned down from its first year; NaN without output."""
    made, fab = view.monthly.made, view.monthly.scene.world.fab
    total: Array = made.sum(axis=-1)
    begun = (made > 0).argmax(axis=-1)
    months = np.arange(made.shape[-1])
    first: Array = np.where(months < begun[:, None] + MONTHS_PER_YEAR, made, 0.0).sum(axis=-1)
    premium = unit_premium(total[:, None], np.maximum(first, 1.0)[:, None], fab)[:, 0]
    return np.where(total > 0, 100 * premium, np.nan)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "accelerators_made", "Accelerators made at home", "accelerator", "higher",
        "stake share * volume of the whole fab * ramp", INDUSTRY, *flow(lambda view: view.monthly.made),
    ),
    Outcome(
        "accelerator_price_percent", "Change of the accelerator price", "percent", "neither",
        "100 * (root of P^es = P^-ed - S/Q - 1), S = output of the last year", INDUSTRY, fab_price_percent,
    ),
    Outcome(
        "fab_premium_percent", "Extra unit cost of domestic output", "percent", "lower",
        "100 * phi0 * (output to the horizon / output of the first year)^log2(1 - LR)", INDUSTRY, fab_premium_percent,
    ),
)  # fmt: skip
