"""Formulas that the model does not need and its tests do: results of theory in closed form."""

from __future__ import annotations

from dataclasses import replace
from math import log, log1p, log2

import numpy as np
from scipy.optimize import brentq

from sim.mechanisms.inequality import gini_under, lorenz
from sim.mechanisms.operations import Operations, Ownership, owner_cost_per_year
from sim.parameters import Array
from sim.units import HOURS_PER_YEAR

LEAST_USE, MOST_USE = 1e-6, 1e6


def buyer_share(supply_elasticity: float, demand_elasticity: float) -> float:
    """Part of a marginal subsidy that stays with buyers; sellers keep the rest.

    >>> round(buyer_share(0.3, 0.5), 3)
    0.375
    """
    return supply_elasticity / (supply_elasticity + demand_elasticity)


def learning_exponent(learning_share: float) -> float:
    """Wright's exponent from the fall per doubling [wright_1936].

    >>> round(learning_exponent(0.2), 6)
    0.321928
    """
    return -log2(1 - learning_share)


def break_even_price_ratio(decline_per_year: float, life_years: float) -> float:
    """Today's rental price over the owner's levelised cost at which renting and owning tie.

    An owner compares against all the falling prices of its machine's life, not against today's (rate 0).

    >>> round(break_even_price_ratio(0.2, 5), 6)
    1.659504
    """
    fall = -log1p(-decline_per_year) * life_years
    return 1.0 if fall == 0 else float(-fall / np.expm1(-fall))


def owner_cost_per_hour(own: Ownership, availability_share: float, operations: Operations) -> float:
    """Levelised cost of one delivered hour, USD: the yardstick of identities and published totals."""
    hours = HOURS_PER_YEAR * own.busy_share * availability_share
    return owner_cost_per_year(own, operations) / hours


def break_even_utilisation(own: Ownership, availability_share: float, operations: Operations, rent_usd: float) -> float:
    """Utilisation at which owning costs as much per hour as renting at `rent_usd`; above 1 owning never pays."""
    return float(
        brentq(
            lambda busy: owner_cost_per_hour(replace(own, busy_share=busy), availability_share, operations) - rent_usd,
            LEAST_USE,
            MOST_USE,
        )
    )


def best_single_purchase_years(horizon_years: float, doubling_years: float) -> float:
    """When to buy once to collect the most undiscounted H100e-hours before the horizon.

    >>> round(best_single_purchase_years(10, 2.5), 3)
    6.393
    """
    return max(0.0, horizon_years - doubling_years / log(2))


def retained_share(external_share: float, cut_share: float, cut_months: float, months: float) -> float:
    """Part of the hours of `months` that is left where `external_share` of them is cut for `cut_months`.

    >>> round(retained_share(0.64, 1.0, 6, 12), 6), retained_share(0.64, 0.0, 6, 12)
    (0.68, 1.0)
    """
    return 1 - external_share * cut_share * cut_months / months


def gini(amount: Array, count: Array) -> Array:
    """Gini coefficient: twice the area between the Lorenz curve and the diagonal.

    >>> round(float(gini(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4))), 12)
    0.25
    """
    return gini_under(*lorenz(amount, count))


def frontier_weight(life_years: float, doubling_years: float) -> float:
    """Mean worth, in frontier-equivalents, of a machine over its life (new = 1).

    >>> round(frontier_weight(5, 2.5), 6)
    0.541011
    """
    fall = life_years * log(2) / doubling_years
    return 1.0 if fall == 0 else float(-np.expm1(-fall) / fall)
