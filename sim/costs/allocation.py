"""Allocation of an option's compute: public hours to groups, own hours crowded out.

Hours are allocated from pools, one after the other. Each pool has a rule, that of the access policy for public hours
and the odds of winning a grant or credits for the others, and no group gets more than it lacks. The rule itself stands
once, in the compiled loop of `allocation_kernel`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.costs.allocation_kernel import allocate_rows
from sim.costs.groups import Groups, tiers_last
from sim.instruments.base import Supply
from sim.mechanisms.access import RULES
from sim.mechanisms.demand import TIERS
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR

POOLS = (("request", False), ("odds", True), ("odds", False))
"""(rule, small jobs only) of each pool, in the order in which they are allocated."""


@dataclass(frozen=True)
class Allocation:
    """Hours by tier once an option's compute is allocated, H100e-hours, [draw, month, tier]."""

    public: Array
    displaced: Array  # own hours crowded out
    used: dict[str, Array]  # hours that found a user by provider, [draw, month]
    by_group: Array  # hours that one group uses in a year, own and public, [draw, year, group]


def allocate(groups: Groups, supplies: list[tuple[Supply, Array]]) -> Allocation:
    """The H100e-hours [draw, month] of each supply allocated to the groups under common caps.

    Supplies with one rule and one kind of job are one pool: allocating them in turn or together gives the same hours.
    """
    shape = (len(groups.count), groups.need_growth.shape[1])
    pools = pool_hours(supplies, shape)
    public, displaced = np.empty((len(TIERS), *shape)), np.empty((len(TIERS), *shape))
    used = np.empty_like(pools)
    by_group = np.empty((shape[0], -(-shape[1] // MONTHS_PER_YEAR), groups.count.shape[1]))
    allocate_rows(
        groups.need_at_start, groups.own_at_start, groups.need_growth, groups.own_growth,
        groups.traits, RULES.index(groups.rule), pools, public, displaced, used, by_group,
    )  # fmt: skip
    by_group += groups.own_by_group
    return Allocation(tiers_last(public), tiers_last(displaced), used_by_provider(supplies, pools, used), by_group)


def pool_hours(supplies: list[tuple[Supply, Array]], shape: tuple[int, ...]) -> Array:
    """Hours in each pool, [pool, draw, month]."""
    pools = np.zeros((len(POOLS), *shape))
    for supply, hours in supplies:
        pools[_pool_of(supply)] += hours
    return pools


def used_by_provider(supplies: list[tuple[Supply, Array]], pools: Array, used: Array) -> dict[str, Array]:
    """Hours used of each provider, [draw, month]: what is left over in a pool falls on its suppliers in proportion."""
    found: dict[str, Array] = {}
    for supply, hours in supplies:
        pool = _pool_of(supply)
        part = hours * (used[pool] / np.maximum(pools[pool], np.finfo(float).tiny))
        found[supply.provider] = found[supply.provider] + part if supply.provider in found else part
    return found


def _pool_of(supply: Supply) -> int:
    """Place in POOLS of the pool that a supply belongs to."""
    return POOLS.index((supply.rule, supply.small_jobs_only))
