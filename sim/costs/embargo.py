"""The context under an embargo, and the result of an option in it: what groups keep, and what public hours replace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.calendar.records import Ledger
from sim.costs.context import Context
from sim.costs.groups import over_tiers
from sim.costs.option import recompute
from sim.costs.result import OptionResult
from sim.instruments.base import Instrument
from sim.mechanisms.hardware import performance, speed_on_sale
from sim.mechanisms.independence import Clouds, Embargo
from sim.parameters import Array
from sim.units import HOURS_PER_MONTH, MONTHS_PER_YEAR


def with_embargo(context: Context, embargo: Embargo) -> Context:
    """The context with the embargo: groups lose what they rent, their machines wear, new ones come late."""
    embargo = replace(embargo, clouds=_clouds(context))
    own_growth = context.groups.own_growth * _kept_share(context, embargo)
    groups = replace(context.groups, own_growth=np.ascontiguousarray(own_growth))
    grid = replace(context.grid, embargo=embargo)
    need, own = groups.levels()
    return Context(context.world, grid, groups, context.budget, need, own)


def compute_disrupted(instrument: Instrument, ledger: Ledger, context: Context, usual: OptionResult) -> OptionResult:
    """The result of an option under the embargo of `context`, from the records of its calendar under it.

    Its size is that of `usual`, since the embargo is not foreseen. Own hours that groups gave up for public ones stay
    given up: machines that were never bought do not come back when the public ones fail. What groups lose they may
    take from public hours that were left over, and no more: with an embargo a group uses no more hours than before.
    Accelerators that a fab at home must sell to research first make up for hours that are missing.
    Hours by tier are so corrected, [draw, month, tier]; those of single groups (`by_group`) are not.
    """
    disrupted, before = recompute(instrument, ledger, context, usual), usual.allocation
    displaced = np.minimum(before.displaced, context.own)
    most = before.public + ((usual.context.own - before.displaced) - (context.own - displaced))
    public = disrupted.allocation.public
    embargo = context.grid.embargo
    if embargo is not None:
        public = np.where(embargo.lasts(context.grid.months)[..., None], np.minimum(public, most), public)
    if disrupted.first_orders.any():
        missing = np.maximum(usual.tier_hours - (context.own - displaced + public), 0.0)
        public = public + missing * _filled_share(disrupted, missing)
    return replace(disrupted, allocation=replace(disrupted.allocation, public=public, displaced=displaced))


def _filled_share(disrupted: OptionResult, missing: Array) -> Array:
    """Part of the hours that are missing, [draw, month, tier], that machines from a fab at home make up for.

    Orders filled first since the embargo began are at work in laboratories, and only as far as hours are missing.
    """
    world, grid = disrupted.context.world, disrupted.context.grid
    speed = speed_on_sale(grid.frontier, world.hardware) * world.grants.workstation_use_share
    offered = np.cumsum(disrupted.first_orders * speed, axis=-1) * HOURS_PER_MONTH
    wanted = over_tiers(missing)
    share = np.divide(offered, wanted, out=np.ones_like(wanted), where=wanted > offered)
    return np.asarray(share[..., None])


def _clouds(context: Context) -> Clouds:
    """Clouds of the country's own: each year they would have more machines, and the newest do more."""
    world = context.world
    growth = (1 + np.asarray(world.independence.cloud_growth_per_year)) * performance(
        1.0, world.hardware.doubling_years
    )
    return Clouds(world.independence.domestic_cloud_share, growth - 1, world.market.rental_demand_elasticity)


def _kept_share(context: Context, embargo: Embargo) -> Array:
    """Own compute over what it would be without the embargo, [draw, month]."""
    months, middle = context.grid.months, context.grid.t_years * MONTHS_PER_YEAR
    rented = np.asarray(context.world.independence.own_cloud_share)
    late_years = (middle - embargo.arrived(middle)) / MONTHS_PER_YEAR
    grown = (1 + np.asarray(context.world.demand.own_growth_per_year)) ** -late_years
    return rented * embargo.rented_share(months) + (1 - rented) * embargo.serving_share(middle) * grown
