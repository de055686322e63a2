"""The pieces that outcomes are made of: functions of one option's monthly results.

A measure gives one number a draw, [draw], or one a draw and year, [draw, year]; money
is in base-year dollars.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sim.comparison.instant_option import Estimate
from sim.comparison.reckon import Monthly, over_tiers
from sim.comparison.waits import Waits
from sim.mechanisms.demand import TIERS, by_tier
from sim.mechanisms.fab import unit_premium
from sim.mechanisms.finance import levelised_cost, present_value
from sim.mechanisms.market import price_index
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class View:
    """What an outcome may look at: a block of draws of one option."""

    monthly: Monthly
    waits: Waits | Estimate | None = None  # of the central case, where the option has a queue
    _years: dict[Measure, Array] = field(default_factory=dict)

    def years(self, pick: Measure) -> Array:
        """Sums over years of what `pick` finds by month, [draw, year]; worked out once, totals are sums of them."""
        if pick not in self._years:
            self._years[pick] = by_year(pick(self))
        return self._years[pick]


Measure = Callable[[View], Array]


def by_year(flow: Array) -> Array:
    """Sums over years, [draw, month] -> [draw, year]; the last year may be short."""
    missing = -flow.shape[-1] % MONTHS_PER_YEAR
    whole = np.pad(flow, ((0, 0), (0, missing))) if missing else flow
    return np.asarray(np.einsum("dym->dy", whole.reshape(len(whole), -1, MONTHS_PER_YEAR)))


def flow(pick: Measure) -> tuple[Measure, Measure]:
    """Total and yearly measures of something that adds up over time."""
    return (lambda view: np.asarray(view.years(pick).sum(axis=-1))), (lambda view: view.years(pick))


def ratio(above: Measure, below: Measure) -> tuple[Measure, Measure]:
    """Total and yearly measures of a share whose parts add up over time."""

    def total(view: View) -> Array:
        return quotient(view.years(above).sum(axis=-1), view.years(below).sum(axis=-1))

    def yearly(view: View) -> Array:
        return quotient(view.years(above), view.years(below))

    return total, yearly


def quotient(above: Array, below: Array) -> Array:
    """Quotient of sums; NaN where there is nothing to divide by."""
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))


def supplied(view: View) -> Array:
    """Useful H100e-hours that public money supplies, [draw, month]."""
    return view.monthly.supplied


def in_frontier(hours: Callable[[Monthly], Array]) -> Measure:
    """Hours in frontier-equivalents: divided by the frontier index of their month."""
    return lambda view: hours(view.monthly) / view.monthly.scene.grid.frontier


def need_hours(view: View) -> Array:
    """Hours that all groups need, [draw, month]."""
    return view.monthly.scene.total_need


def public_cost(view: View) -> Array:
    """Present value of public money, residual values taken off, [draw]."""
    return view.monthly.cost_pv


def social_cost(view: View) -> Array:
    """Public cost with its excess burden, and what others spend."""
    money = view.monthly.scene.world.money
    burden = present_value(view.monthly.burden, view.monthly.scene.grid.discount)
    return np.asarray(public_cost(view) * (1 + np.reshape(money.excess_burden_ratio, -1)) + burden)


def cost_per_hour(hours: Measure) -> Measure:
    """Levelised public cost of an hour: hours are discounted like money."""
    return lambda view: levelised_cost(view.monthly.cost, hours(view), view.monthly.scene.grid.discount)


def months_to(share: float) -> Measure:
    """Months until `share` of all frontier-equivalent hours have been delivered; NaN if none ever are."""

    def months(view: View) -> Array:
        hours = in_frontier(lambda m: m.supplied)(view)
        reached = hours > 0
        some = reached.any(axis=-1)
        if share > 0:
            done = np.cumsum(hours, axis=-1)
            reached = done >= share * done[:, -1:]
        return np.where(some, reached.argmax(axis=-1) + 1.0, np.nan)

    return months


def domestic_hours(view: View) -> Array:
    """Hours under domestic control: own, on the public cluster, in laboratories."""
    used = view.monthly.shared.used
    return view.monthly.own_hours + sum(used[p] for p in ("cluster", "workstation") if p in used)


def hyperscaler_hours(view: View) -> Array:
    """Rented hours on the three largest providers."""
    rented = view.monthly.shared.used.get("cloud", np.zeros(view.monthly.scene.budget.shape))
    return rented * view.monthly.scene.world.cloud.hyperscaler_share


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


def requested_hours(view: View) -> Array:
    """Hours that groups ask for while there are public ones: what they lack, padded, where they apply."""
    scene = view.monthly.scene
    apply, asking = by_tier(scene.world.access, "apply"), np.asarray(scene.world.access.asking_ratio)
    lacking = (scene.need - scene.own) * apply[:, None, :]
    return np.asarray(over_tiers(lacking) * asking * (view.monthly.supplied > 0))


def queue_statistic(pick: Callable[[Waits | Estimate], float]) -> Measure:
    """A queue statistic of the central case; NaN for every other draw and for options without a queue."""

    def central(view: View) -> Array:
        values = np.full(view.monthly.scene.budget.shape[0], np.nan)
        if view.waits is not None:
            values[0] = pick(view.waits)
        return values

    return central


def need_met_in(index: int) -> tuple[Measure, Measure]:
    """Need met in one tier."""

    def used(view: View) -> Array:
        return np.asarray(view.monthly.tier_hours[..., index])

    return ratio(used, lambda view: view.monthly.scene.need[..., index])


def lower_tier_hours(view: View) -> Array:
    """Additional hours of regional groups and start-ups, [draw, month]."""
    public, displaced = view.monthly.shared.public, view.monthly.shared.displaced
    lower = (TIERS.index("regional"), TIERS.index("startups"))
    return np.asarray(sum(public[..., tier] - displaced[..., tier] for tier in lower))
