"""Representative groups of a block of draws: what they need, own and apply for, and what they make of hours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.mechanisms.access import Access, apply_shares, merit
from sim.mechanisms.demand import (
    QUANTILES,
    TIERS,
    Demand,
    by_tier,
    group_counts,
    need_growth,
    runnable_share,
    tier_sizes,
)
from sim.mechanisms.hardware import performance
from sim.mechanisms.research import LEAST_WORK, Observed, people_with_grants, produced, with_spillover, work_done
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR

LOWER = ("regional", "startups")  # tiers that a floor is for


@dataclass(frozen=True)
class Groups:
    """Representative groups of a block of draws, the same for all options."""

    need_at_start: Array  # hours a month, [draw, group]
    own_at_start: Array
    need_growth: Array  # factors, [draw, month]
    own_growth: Array
    count: Array  # groups behind each entry, [draw, group]
    apply: Array
    odds: Array
    large: Array
    crowd_out: Array  # net of what is bought again
    reserve: Array  # [draw, 1]
    rule: str  # what requests weigh, see `Access.rule`
    open_rest: bool  # whether what applicants cannot use is open to all
    exponent: Array  # power of a request that an award follows, [draw, 1]
    own_runs: Array  # share of need that own machines can run, [draw, 1]
    request: Array  # apply rate times merit, [draw, group]
    floor: Array  # part of the competed hours that is kept for the lower tiers, 0 in the others

    @staticmethod
    def of(
        demand: Demand,
        access: Access,
        t_years: Array,
        rent_ratio: Array | float = 1.0,
        own_age_years: Array | float = 0.0,
        rebought_share: Array | float = 0.0,
    ) -> Groups:
        """Groups at the middle of each month.

        `rent_ratio`: rents over those at the start, [draw, month]; `own_age_years`: mean age of groups' own machines;
        `rebought_share`: part of own money that public hours free which buys own hours again.
        """
        size = tier_sizes(demand)

        def start(stem: str) -> Array:
            return np.asarray((by_tier(demand, stem)[..., None] * size) / MONTHS_PER_YEAR)

        def level(tiers: Array) -> Array:
            return np.repeat(tiers, QUANTILES, axis=-1)

        need, own, growth = start("need"), start("own"), need_growth(demand, t_years, rent_ratio)
        tiers = (apply_shares(access), by_tier(access, "crowd_out"))
        given_up = 1 - _column(rebought_share)
        draws = max(map(len, (need, own, growth, given_up, *tiers)))

        def every(array: Array) -> Array:
            flat = array.reshape(len(array), -1)
            return np.ascontiguousarray(np.broadcast_to(flat, (draws, flat.shape[1])))

        count, apply = every(level(group_counts(demand) / QUANTILES)), every(level(apply_shares(access)))
        request = every(_requested(access, apply, every(own), count))
        return Groups(
            rule=access.rule,
            open_rest=access.open_rest,
            exponent=every(_column(access.cut_exponent)),
            own_runs=every(_column(runnable_share(own_age_years, demand.new_only_share_per_year))),
            request=request,
            floor=every(_column(access.lower_tier_share) * np.repeat([float(t in LOWER) for t in TIERS], QUANTILES)),
            need_at_start=every(need),
            own_at_start=every(own),
            need_growth=every(growth),
            own_growth=every(np.atleast_2d((1 + np.asarray(demand.own_growth_per_year)) ** t_years)),
            count=count,
            apply=apply,
            odds=every(level(by_tier(access, "odds"))),
            large=every(level(by_tier(demand, "large"))),
            crowd_out=every(level(by_tier(access, "crowd_out")) * given_up),
            reserve=every(_column(access.reserve_share)),
        )

    @cached_property
    def traits(self) -> Array:
        """What the compiled loop needs of each group, [draw, trait, group]; named in `allocation`."""
        of_all = (np.broadcast_to(each, self.count.shape) for each in (self.reserve, self.own_runs))
        return np.stack((self.count, self.apply, self.odds, self.large, self.crowd_out, *of_all), axis=1)

    @cached_property
    def rounds(self) -> Array:
        """Weights of what is competed for in the round of each year, [draw, year, group].

        Requests are what groups lack in the year's first month. A lottery does not weigh them, and a floor keeps a part
        for the lower tiers, or for all where these ask for nothing.
        """
        first = slice(None, None, MONTHS_PER_YEAR)
        need = self.need_at_start[:, None, :] * self.need_growth[:, first, None]
        most = self.own_at_start[:, None, :] * self.own_growth[:, first, None]
        lacking = need - np.minimum(most, need * self.own_runs[..., None])
        asked = np.where(lacking > 0, self.request[:, None, :], 0.0)
        if self.rule != "lottery":
            asked = asked * lacking ** self.exponent[..., None]
        if self.rule == "tier_floor":
            kept = np.where(self.floor > 0, self.count, 0.0)[:, None, :] * asked
            of_lower = kept.sum(axis=-1, keepdims=True)
            of_all = (asked * self.count[:, None, :]).sum(axis=-1, keepdims=True)
            floor = np.where(of_lower > 0, self.floor.max(axis=-1)[:, None, None], 0.0)
            more = np.divide(floor * of_all, of_lower, out=np.zeros_like(of_lower), where=of_lower > 0)
            asked = asked * (1 - floor + np.where(self.floor[:, None, :] > 0, more, 0.0))
        return np.ascontiguousarray(asked)

    def levels(self) -> tuple[Array, Array]:
        """Hours needed and own hours used of each tier, [draw, month, tier].

        Within a tier need and own compute are proportional to a group's size, so a tier as a
        whole is where its groups are: no group axis is needed.
        """

        def tiers(start: Array, growth: Array) -> Array:
            total = (start * self.count).reshape(len(start), len(TIERS), QUANTILES).sum(axis=-1)
            return tiers_last(np.multiply(total.T[..., None], growth, order="C"))

        need = tiers(self.need_at_start, self.need_growth)
        return need, np.minimum(tiers(self.own_at_start, self.own_growth), need * self.own_runs[..., None])

    @cached_property
    def own_part(self) -> Array:
        """Own compute of one group over that of its tier, [draw, group]."""
        tiers = (self.own_at_start * self.count).reshape(len(self.count), len(TIERS), QUANTILES).sum(axis=-1)
        whole = np.repeat(tiers, QUANTILES, axis=-1)
        return np.asarray(np.divide(self.own_at_start, whole, out=np.zeros_like(whole), where=whole > 0))

    @cached_property
    def own_by_group(self) -> Array:
        """Hours that one group of each kind uses in a year where no public hours come, [draw, year, group].

        Those of the tier's mean group, by a group's size, as in `levels`.
        """
        need, own = (
            start.reshape(len(start), 1, len(TIERS), QUANTILES).mean(axis=-1)
            for start in (self.need_at_start, self.own_at_start)
        )
        runs = self.need_growth * self.own_runs
        used = in_years(np.minimum(own * self.own_growth[..., None], need * runs[..., None]))
        mean = np.repeat(need[:, 0], QUANTILES, axis=-1)
        size = np.divide(self.need_at_start, mean, out=np.zeros_like(mean), where=mean > 0)
        return np.asarray(np.repeat(used, QUANTILES, axis=-1) * size[:, None, :])


def _requested(access: Access, apply: Array, own: Array, count: Array) -> Array:
    """What requests weigh before their size, [draw, group]: the part that applies, times merit where that counts."""
    return apply * merit(own, count, _column(access.merit_exponent)) if access.rule == "merit" else apply


def _column(value: Array | float) -> Array:
    """A parameter, scalar or [draw, 1], as [draw or 1, 1]."""
    return np.reshape(np.asarray(value, dtype=np.float64), (-1, 1))


def tiers_last(hours: Array) -> Array:
    """A view [draw, month, tier] of [tier, draw, month]: a tier stays in one piece of memory, which is fast to sum."""
    return np.moveaxis(hours, 0, -1)


def over_tiers(hours: Array) -> Array:
    """Sum over tiers, [draw, month, tier] -> [draw, month]; NumPy's own sum is slow over a short last axis."""
    first, *rest = np.moveaxis(hours, -1, 0)
    return np.asarray(sum(rest, start=first))


def in_years(hours: Array) -> Array:
    """Sums over years, [draw, month, any] -> [draw, year, any]; the last year may be short."""
    return np.asarray(np.add.reduceat(hours, np.arange(0, hours.shape[1], MONTHS_PER_YEAR), axis=1))


def year_parts(months: int) -> tuple[Array, Array]:
    """Length of each year in years (the last may be short) and its middle, [year]."""
    start = np.arange(0, months, MONTHS_PER_YEAR)
    length = np.minimum(MONTHS_PER_YEAR, months - start) / MONTHS_PER_YEAR
    return length, start / MONTHS_PER_YEAR + length / 2


def own_people(world: World, groups: Groups) -> Array:
    """Researchers that a group has without any grant of the option, [draw, group]."""
    tiers = np.repeat(by_tier(world.output, "people"), QUANTILES, axis=-1)
    return np.broadcast_to(tiers, groups.count.shape)


def inputs_to_output(
    world: World, groups: Groups, hours: Array, grant_years: Array | None, months: int, own_hired: Array | None = None
) -> tuple[Array, Array, Array, Array]:
    """Hours a year and people of one group of each kind, the frontier and productivity, as `produced` takes them.

    `own_hired` [draw, year, tier] are person-years that groups pay for themselves, each by its own compute, which is
    what public hours freed them from.
    """
    length, middle = year_parts(months)
    people = own_people(world, groups)
    if grant_years is None or not grant_years.any():
        hired = people[:, None, :]
    else:
        hired = people_with_grants(people, groups.odds, groups.count, grant_years / length)
    if own_hired is not None and own_hired.any():
        hired = hired + np.repeat(own_hired / length[:, None], QUANTILES, axis=-1) * groups.own_part[:, None, :]
    frontier = np.atleast_2d(performance(middle, world.hardware.doubling_years))
    productivity = np.ones_like(groups.count)
    productivity[:, :QUANTILES] = np.reshape(np.asarray(world.output.productivity_elite), (-1, 1))  # tiers in order
    return hours / length[:, None], hired, frontier, productivity


def observed_of(world: World, groups: Groups, months: int) -> Observed:
    """Where one group of each kind is without public hours: its own compute and its own people in each year."""
    length, _ = year_parts(months)
    ranks = np.tile((np.arange(QUANTILES) + 1 / 2) / QUANTILES, len(TIERS))
    hours = groups.own_by_group / length[:, None]
    now = work_done(hours[:, :1], np.ones((1, 1)), world.output)[:, 0]
    mean = (now * groups.count).sum(axis=-1, keepdims=True) / groups.count.sum(axis=-1, keepdims=True)
    unit = np.maximum(mean, LEAST_WORK)[..., None]
    return Observed.at(hours, own_people(world, groups), world.output, ranks, unit)


def tier_output(
    world: World, groups: Groups, hours: Array, grant_years: Array | None, months: int,
    models: tuple[Array, Array] | None = None, own_hired: Array | None = None,
) -> Array:  # fmt: skip
    """Output of all groups of each tier in each year, [draw, year, tier].

    `hours` [draw, year, group] are H100e-hours that one group of each kind uses in a year,
    `grant_years` [draw, year] person-years that grants pay for, none for no grant; `models` what free models do to
    work, see `work_done`; `own_hired` person-years that groups pay for themselves, see `inputs_to_output`.
    """
    length, _ = year_parts(months)
    inputs = inputs_to_output(world, groups, hours, grant_years, months, own_hired)
    rate = produced(*inputs, world.output, models, observed_of(world, groups, months))
    rates, counts = (array.reshape(*array.shape[:-1], len(TIERS), QUANTILES) for array in (rate, groups.count))
    by_tiers = np.einsum("dytq,dtq->dyt", rates, counts) * length[:, None]
    return with_spillover(by_tiers, world.output)
