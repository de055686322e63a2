"""The pieces that outcomes are made of: functions of one option's monthly results.

A measure gives one number a draw, [draw], or one a draw and year, [draw, year]; money
is in base-year dollars.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.comparison.reckon import Monthly, over_tiers
from sim.comparison.waits import Waits
from sim.mechanisms.demand import TIERS
from sim.mechanisms.finance import levelised_cost, present_value
from sim.mechanisms.market import price_index
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class View:
    """What an outcome may look at: a block of draws of one option."""

    monthly: Monthly
    waits: Waits | None = None  # of the central case, where the option has a queue


Measure = Callable[[View], Array]


def by_year(flow: Array) -> Array:
    """Sums over years, [draw, month] -> [draw, year]; the last year may be short."""
    months = flow.shape[-1]
    starts = np.arange(0, months, MONTHS_PER_YEAR)
    return np.asarray(np.add.reduceat(flow, starts, axis=-1))


def flow(pick: Measure) -> tuple[Measure, Measure]:
    """Total and yearly measures of something that adds up over time."""
    return (lambda view: np.asarray(pick(view).sum(axis=-1))), (lambda view: by_year(pick(view)))


def ratio(above: Measure, below: Measure) -> tuple[Measure, Measure]:
    """Total and yearly measures of a share whose parts add up over time."""

    def share(top: Array, bottom: Array) -> Array:
        return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0))

    def total(view: View) -> Array:
        return share(above(view).sum(axis=-1), below(view).sum(axis=-1))

    def yearly(view: View) -> Array:
        return share(by_year(above(view)), by_year(below(view)))

    return total, yearly


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
    return present_value(view.monthly.cost, view.monthly.scene.grid.discount)


def social_cost(view: View) -> Array:
    """Public cost with its excess burden, and what others spend."""
    money = view.monthly.scene.world.money
    burden = present_value(view.monthly.burden, view.monthly.scene.grid.discount)
    return np.asarray(public_cost(view) * (1 + np.reshape(money.excess_burden_ratio, -1)) + burden)


def cost_per_hour(hours: Measure) -> Measure:
    """Levelised public cost of an hour."""
    return lambda view: levelised_cost(view.monthly.cost, hours(view), view.monthly.scene.grid.discount)


def months_to(share: float) -> Measure:
    """Months until `share` of all frontier-equivalent hours have been delivered; NaN if none ever are."""

    def months(view: View) -> Array:
        done = np.cumsum(in_frontier(lambda m: m.supplied)(view), axis=-1)
        reached = (done > 0) if share == 0 else (done >= share * done[:, -1:])
        return np.where(done[:, -1] > 0, reached.argmax(axis=-1) + 1.0, np.nan)

    return months


def own_hours(monthly: Monthly) -> Array:
    """Own hours that groups keep using, [draw, month]."""
    return over_tiers(monthly.scene.own - monthly.shared.displaced)


def domestic_hours(view: View) -> Array:
    """Hours under domestic control: own, on the public cluster, in laboratories."""
    used = view.monthly.shared.used
    return own_hours(view.monthly) + sum(used[p] for p in ("cluster", "workstation") if p in used)


def hyperscaler_hours(view: View) -> Array:
    """Rented hours on the three largest providers."""
    rented = view.monthly.shared.used.get("cloud", np.zeros(view.monthly.scene.budget.shape))
    return rented * view.monthly.scene.world.cloud.hyperscaler_share


def fab_price_percent(view: View) -> Array:
    """Change of the accelerator price that the fab's output in the last year brings about."""
    monthly, market, fab = view.monthly, view.monthly.scene.world.market, view.monthly.scene.world.fab
    made = monthly.made[:, -MONTHS_PER_YEAR:].sum(axis=-1)
    supply = made * np.reshape(fab.accelerator_price_usd, -1) / np.reshape(market.accelerators_usd_per_year, -1)
    elasticities = np.reshape(market.supply_elasticity, -1), np.reshape(market.demand_elasticity, -1)
    return np.asarray(100 * (price_index(0.0, supply, *elasticities) - 1))


def queue_statistic(pick: Callable[[Waits], float]) -> Measure:
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
    added = view.monthly.shared.public - view.monthly.shared.displaced
    return np.asarray(added[..., TIERS.index("regional")] + added[..., TIERS.index("startups")])
