"""Who gets what: public hours shared out over the groups, own hours crowded out, need met.

`allocate` uses the compiled loop where numba is there; `allocate_plainly` is the same in
NumPy, with arrays [draw, month, group], and what the compiled loop is checked against.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.instruments.base import Supply
from sim.mechanisms.access import RULES, Access, merit, waterfill
from sim.mechanisms.demand import QUANTILES, TIERS, Demand, by_tier, group_counts, tier_sizes
from sim.mechanisms.market import crowded_out
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


def _compiled() -> Callable[..., None] | None:
    try:
        from sim.costs.allocation_kernel import share_rows
    except ImportError:  # a platform without numba: slower, the same numbers
        return None
    return share_rows


share_rows = _compiled()
# (rule, small jobs only) of the pots, in the order in which they are shared out
POTS = (("request", False), ("odds", True), ("odds", False))
LOWER = ("regional", "startups")  # tiers that a floor is for


@dataclass(frozen=True)
class Groups:
    """Representative groups of a block of draws; shared by all options."""

    need_at_start: Array  # hours a month, [draw, group]
    own_at_start: Array
    need_growth: Array  # factors, [draw, month]
    own_growth: Array
    count: Array  # groups behind each entry, [draw, group]
    apply: Array
    odds: Array
    large: Array
    crowd_out: Array
    reserve: Array  # [draw, 1]
    rule: str  # what requests weigh, see `Access.rule`
    ask: Array  # apply rate times merit, [draw, group]
    aside: Array  # part of the competed hours that a floor keeps for the tiers it is for, 0 in the others

    @staticmethod
    def of(demand: Demand, access: Access, t_years: Array) -> Groups:
        """Groups at the middle of each month."""
        size = tier_sizes(demand)

        def start(stem: str) -> Array:
            return np.asarray((by_tier(demand, stem)[..., None] * size) / MONTHS_PER_YEAR)

        def level(tiers: Array) -> Array:
            return np.repeat(tiers, QUANTILES, axis=-1)

        need, own = start("need"), start("own")
        draws = max(len(need), len(own), *(len(by_tier(g, s)) for g, s in ((access, "apply"), (access, "crowd_out"))))

        def every(array: Array) -> Array:
            flat = array.reshape(len(array), -1)
            return np.ascontiguousarray(np.broadcast_to(flat, (draws, flat.shape[1])))

        count, apply = every(level(group_counts(demand) / QUANTILES)), every(level(by_tier(access, "apply")))
        ask = apply
        if access.rule == "merit":
            ask = every(apply * merit(every(own), count, np.reshape(access.merit_exponent, (-1, 1))))
        lower = np.repeat([float(tier in LOWER) for tier in TIERS], QUANTILES)
        return Groups(
            rule=access.rule,
            ask=ask,
            aside=every(np.reshape(access.lower_tier_share, (-1, 1)) * lower),
            need_at_start=every(need),
            own_at_start=every(own),
            need_growth=every(np.atleast_2d((1 + np.asarray(demand.growth_per_year)) ** t_years)),
            own_growth=every(np.atleast_2d((1 + np.asarray(demand.own_growth_per_year)) ** t_years)),
            count=count,
            apply=apply,
            odds=every(level(by_tier(access, "odds"))),
            large=every(level(by_tier(demand, "large"))),
            crowd_out=every(level(by_tier(access, "crowd_out"))),
            reserve=every(np.asarray(access.reserve_share, dtype=np.float64).reshape(-1, 1)),
        )

    @property
    def need(self) -> Array:
        """Hours needed, [draw, month, group]."""
        return self.need_at_start[:, None, :] * self.need_growth[..., None]

    @property
    def own(self) -> Array:
        """Own hours that are used, never more than needed, [draw, month, group]."""
        return np.minimum(self.own_at_start[:, None, :] * self.own_growth[..., None], self.need)

    def by_tier(self, hours: Array) -> Array:
        """Hours of all groups of each tier, [draw, month, group] -> [draw, month, tier]."""
        total = hours * self.count[:, None, :]
        return np.asarray(total.reshape(*total.shape[:-1], len(TIERS), QUANTILES).sum(axis=-1))

    @cached_property
    def traits(self) -> Array:
        """What the compiled loop knows of each group, [draw, trait, group]."""
        reserve = np.broadcast_to(self.reserve, self.count.shape)
        every = (self.count, self.apply, self.odds, self.large, self.crowd_out, reserve, self.ask, self.aside)
        return np.stack(every, axis=1)

    def levels(self) -> tuple[Array, Array]:
        """Hours needed and own hours used of each tier, [draw, month, tier].

        Within a tier need and own compute are proportional to a group's size, so a tier as a
        whole is where its groups are: no group axis is needed.
        """

        def tiers(start: Array, growth: Array) -> Array:
            total = (start * self.count).reshape(len(start), len(TIERS), QUANTILES).sum(axis=-1)
            return tiers_last(np.multiply(total.T[..., None], growth, order="C"))

        need = tiers(self.need_at_start, self.need_growth)
        return need, np.minimum(tiers(self.own_at_start, self.own_growth), need)

    @cached_property
    def own_by_group(self) -> Array:
        """Hours that one group of each kind uses in a year where no public hours come, [draw, year, group].

        Those of the tier's mean group, by a group's size, as in `levels`.
        """
        need, own = (
            start.reshape(len(start), 1, len(TIERS), QUANTILES).mean(axis=-1)
            for start in (self.need_at_start, self.own_at_start)
        )
        used = in_years(np.minimum(own * self.own_growth[..., None], need * self.need_growth[..., None]))
        mean = np.repeat(need[:, 0], QUANTILES, axis=-1)
        size = np.divide(self.need_at_start, mean, out=np.zeros_like(mean), where=mean > 0)
        return np.asarray(np.repeat(used, QUANTILES, axis=-1) * size[:, None, :])

    def weight(self, gap: Array, rule: str) -> Array:
        """Weights of one sharing-out: requests by rule, and the reserve per head, [draw, month, group].

        One water-filling with the mixed weight: where no cap binds this is the reserve shared
        per head plus the rest by request; where caps bind, what they cut off is shared the same way.
        """
        count, reserve = self.count[:, None, :], self.reserve[:, None, :]
        if rule == "odds":
            return np.asarray(gap * self.apply[:, None, :] * self.odds[:, None, :])
        # lots fall on applicants, whatever they lack; what a winner cannot use goes to the others
        asked = (np.ones_like(gap) if self.rule == "lottery" else gap) * self.ask[:, None, :]
        total = (asked * count).sum(axis=-1, keepdims=True)
        competed = asked / np.maximum(total, np.finfo(float).tiny)
        if self.rule == "tier_floor":
            aside = self.aside[:, None, :]
            kept = np.where(aside > 0, asked, 0.0)
            total = (kept * count).sum(axis=-1, keepdims=True)
            # with nobody to keep it for, all is shared
            part = np.where(total > 0, aside.max(axis=-1, keepdims=True), 0.0)
            competed = (1 - part) * competed + part * kept / np.maximum(total, np.finfo(float).tiny)
        return np.asarray(reserve / count.sum(axis=-1, keepdims=True) + (1 - reserve) * competed)


@dataclass(frozen=True)
class Allocation:
    """Hours by tier after an option's compute was shared out, H100e-hours, [draw, month, tier]."""

    public: Array
    displaced: Array  # own hours crowded out
    used: dict[str, Array]  # hours that found a user by provider, [draw, month]
    by_group: Array  # hours that one group uses in a year, own and public, [draw, year, group]


def allocate(groups: Groups, supplies: list[tuple[Supply, Array]]) -> Allocation:
    """Share out the H100e-hours [draw, month] of each supply under common caps.

    Supplies with one rule and one kind of job are one pot: filling them in turn or together
    gives the same hours. Pots follow each other in the order of POTS.
    """
    if share_rows is None:
        return allocate_plainly(groups, supplies)
    shape = (len(groups.count), groups.need_growth.shape[1])
    pots = _pots(supplies, shape)
    public, displaced = np.empty((len(TIERS), *shape)), np.empty((len(TIERS), *shape))
    used = np.empty_like(pots)
    by_group = np.empty((shape[0], -(-shape[1] // MONTHS_PER_YEAR), groups.count.shape[1]))
    share_rows(
        groups.need_at_start, groups.own_at_start, groups.need_growth, groups.own_growth,
        groups.traits, RULES.index(groups.rule), pots, public, displaced, used, by_group,
    )  # fmt: skip
    by_group += groups.own_by_group
    return Allocation(tiers_last(public), tiers_last(displaced), _by_provider(supplies, pots, used), by_group)


def tiers_last(hours: Array) -> Array:
    """A view [draw, month, tier] of [tier, draw, month]: a tier stays in one piece of memory, which is fast to sum."""
    return np.moveaxis(hours, 0, -1)


def allocate_plainly(groups: Groups, supplies: list[tuple[Supply, Array]]) -> Allocation:
    """`allocate` in NumPy."""
    need, own, count = groups.need, groups.own, groups.count[:, None, :]
    gap = need - own
    taken = np.zeros_like(gap)
    pots = _pots(supplies, gap.shape[:-1])
    used = np.zeros_like(pots)
    for pool, (rule, small) in enumerate(POTS):
        left = np.maximum(gap - taken, 0.0)  # rounding would make a debt of it
        fitting = (1 - groups.large[:, None, :]) * need - own - taken
        cap = np.minimum(left, np.maximum(fitting, 0)) if small else left
        got = waterfill(pots[pool], groups.weight(left, rule), cap, count)
        taken = taken + got
        used[pool] = (got * count).sum(axis=-1)
    displaced = crowded_out(taken, own, groups.crowd_out[:, None, :])
    used_by_provider = _by_provider(supplies, pots, used)
    return Allocation(
        groups.by_tier(taken), groups.by_tier(displaced), used_by_provider, in_years(own + taken - displaced)
    )


def in_years(hours: Array) -> Array:
    """Sums over years, [draw, month, any] -> [draw, year, any]; the last year may be short."""
    return np.asarray(np.add.reduceat(hours, np.arange(0, hours.shape[1], MONTHS_PER_YEAR), axis=1))


def _pots(supplies: list[tuple[Supply, Array]], shape: tuple[int, ...]) -> Array:
    """Hours in each pot, [pot, draw, month]."""
    pots = np.zeros((len(POTS), *shape))
    for supply, hours in supplies:
        pots[_pot_of(supply)] += hours
    return pots


def _by_provider(supplies: list[tuple[Supply, Array]], pots: Array, used: Array) -> dict[str, Array]:
    """Hours used of each provider: a pot's suppliers share what was left over alike."""
    found: dict[str, Array] = {}
    for supply, hours in supplies:
        pool = _pot_of(supply)
        part = hours * (used[pool] / np.maximum(pots[pool], np.finfo(float).tiny))
        found[supply.provider] = found[supply.provider] + part if supply.provider in found else part
    return found


def _pot_of(supply: Supply) -> int:
    """Place in POTS of the pot that a supply goes into."""
    return POTS.index((supply.rule, supply.small_jobs_only))
