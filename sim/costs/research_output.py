"""Research output of an option: groups' hours and people of each year, put to the production function."""

from __future__ import annotations

import numpy as np

from sim.costs.groups import Groups
from sim.mechanisms.demand import QUANTILES, TIERS, by_tier
from sim.mechanisms.hardware import performance
from sim.mechanisms.research import people_with_grants, produced, with_spillover
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


def year_parts(months: int) -> tuple[Array, Array]:
    """Length of each year in years (the last may be short) and its middle, [year]."""
    start = np.arange(0, months, MONTHS_PER_YEAR)
    length = np.minimum(MONTHS_PER_YEAR, months - start) / MONTHS_PER_YEAR
    return length, start / MONTHS_PER_YEAR + length / 2


def own_people(world: World, groups: Groups) -> Array:
    """Researchers that a group has without any grant of the option, [draw, group]."""
    tiers = np.repeat(by_tier(world.output, "people"), QUANTILES, axis=-1)
    return np.broadcast_to(tiers, groups.count.shape)


def tier_output(world: World, groups: Groups, hours: Array, grant_years: Array | None, months: int) -> Array:
    """Output of all groups of each tier in each year, [draw, year, tier].

    `hours` [draw, year, group] are H100e-hours that one group of each kind uses in a year,
    `grant_years` [draw, year] person-years that grants pay for, none for no grant.
    """
    length, middle = year_parts(months)
    people = own_people(world, groups)
    if grant_years is None or not grant_years.any():
        hired = people[:, None, :]
    else:
        hired = people_with_grants(people, groups.apply * groups.odds, groups.count, grant_years / length)
    frontier = np.atleast_2d(performance(middle, world.hardware.doubling_years))
    productivity = np.ones_like(groups.count)
    productivity[:, :QUANTILES] = np.reshape(np.asarray(world.output.productivity_elite), (-1, 1))  # tiers in order
    rate = produced(hours / length[:, None], hired, frontier, productivity, world.output)
    rates, counts = (array.reshape(*array.shape[:-1], len(TIERS), QUANTILES) for array in (rate, groups.count))
    by_tiers = np.einsum("dytq,dtq->dyt", rates, counts) * length[:, None]
    return with_spillover(by_tiers, world.output)
