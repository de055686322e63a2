"""Who gets what: public hours shared out over the groups, own hours crowded out, need met.

The only place where arrays have a group axis, [draw, month, group]. They are built for
a block of draws, reduced to tiers and dropped, so memory does not grow with the draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.instruments.base import Supply
from sim.mechanisms.access import Access, waterfill
from sim.mechanisms.demand import QUANTILES, TIERS, Demand, by_tier, group_counts, within_tier
from sim.mechanisms.market import crowded_out
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class Groups:
    """Representative groups of a block of draws, hours a month; shared by all options."""

    count: Array  # groups behind each entry, [draw or 1, 1, group]
    need: Array  # [draw, month, group]
    own: Array  # own hours that are used, never more than needed, [draw, month, group]
    apply: Array  # [draw or 1, 1, group]
    odds: Array
    large: Array
    crowd_out: Array
    reserve: Array  # [draw or 1, 1, 1]

    @staticmethod
    def of(demand: Demand, access: Access, t_years: Array) -> Groups:
        """Groups at the middle of each month."""
        size = within_tier(demand.spread)[:, None, :]
        count = group_counts(demand) / QUANTILES

        def level(group: Demand | Access, stem: str) -> Array:
            return np.asarray(np.repeat(by_tier(group, stem), QUANTILES, axis=-1)[:, None, :])

        def grown(stem: str, growth: Array | float) -> Array:
            tiers = by_tier(demand, stem)
            start = (tiers[..., None] * size).reshape(max(len(tiers), len(size)), 1, -1) / MONTHS_PER_YEAR
            factor = (1 + np.asarray(growth)) ** t_years
            return np.asarray(start * np.atleast_2d(factor)[..., None])

        need = grown("need", demand.growth_per_year)
        return Groups(
            count=np.repeat(count, QUANTILES, axis=-1)[:, None, :],
            need=need,
            own=np.minimum(grown("own", demand.own_growth_per_year), need),
            apply=level(access, "apply"),
            odds=level(access, "odds"),
            large=level(demand, "large"),
            crowd_out=level(access, "crowd_out"),
            reserve=np.asarray(access.reserve_share).reshape(-1, 1, 1),
        )

    def by_tier(self, hours: Array) -> Array:
        """Hours of all groups of each tier, [draw, month, group] -> [draw, month, tier]."""
        total = hours * self.count
        return np.asarray(total.reshape(*total.shape[:-1], len(TIERS), QUANTILES).sum(axis=-1))

    def weight(self, gap: Array, rule: str) -> Array:
        """Weights of one sharing-out: requests by rule, and the reserve per head.

        One water-filling with the mixed weight: where no cap binds this is the reserve shared
        per head plus the rest by request; where caps bind, what they cut off is shared the same way.
        """
        asked = gap * self.apply * self.odds if rule == "odds" else gap * self.apply
        total = (asked * self.count).sum(axis=-1, keepdims=True)
        merit = asked / np.maximum(total, np.finfo(float).tiny)
        if rule == "odds":
            return np.asarray(merit)
        return np.asarray(self.reserve / self.count.sum(axis=-1, keepdims=True) + (1 - self.reserve) * merit)


@dataclass(frozen=True)
class Shared:
    """Hours by tier after an option's compute was shared out, H100e-hours, [draw, month, tier]."""

    public: Array
    displaced: Array  # own hours crowded out
    used: dict[str, Array]  # hours that found a user by provider, [draw, month]


def share_out(groups: Groups, supplies: list[tuple[Supply, Array]]) -> Shared:
    """Share the H100e-hours [draw, month] of each supply, one after the other, under common caps.

    Supplies with one rule and one kind of job are one pot: filling them in turn or together
    gives the same hours. Laboratory machines come last among equals, since they fit fewer jobs.
    """
    gap = groups.need - groups.own
    taken = np.zeros_like(gap)
    used: dict[str, Array] = {}
    for rule, small in (("request", False), ("odds", True), ("odds", False)):
        pot = [(s, hours) for s, hours in supplies if (s.rule, s.small_jobs_only) == (rule, small)]
        if not pot:
            continue
        left = gap - taken
        cap = np.minimum(left, np.maximum((1 - groups.large) * groups.need - groups.own - taken, 0)) if small else left
        total = sum((hours for _, hours in pot), start=np.zeros(gap.shape[:-1]))
        got = waterfill(total, groups.weight(left, rule), cap, groups.count)
        taken = taken + got
        share = np.divide((got * groups.count).sum(-1), total, out=np.zeros_like(total), where=total > 0)
        for supply, hours in pot:
            used[supply.provider] = used.get(supply.provider, 0.0) + hours * share
    displaced = crowded_out(taken, groups.own, groups.crowd_out)
    return Shared(groups.by_tier(taken), groups.by_tier(displaced), used)
