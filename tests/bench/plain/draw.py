"""What all options of one draw share: the months, the worth of money, prices, and the groups."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, floor, log1p
from statistics import NormalDist

from sim.calendar.records import Kind, Record
from sim.mechanisms.cloud import Cloud
from sim.mechanisms.coverage import Coverage
from sim.mechanisms.demand import TIERS, Demand
from sim.mechanisms.finance import Money
from sim.mechanisms.world import World
from sim.units import GROUP_QUANTILES, HOURS_PER_MONTH, MONTHS_PER_YEAR
from tests.bench.plain.embargo import siege

Series = list[float]  # one number a month

SCORES = [NormalDist().inv_cdf((quantile + 0.5) / GROUP_QUANTILES) for quantile in range(GROUP_QUANTILES)]
ROUNDING_MONTHS = 1e-9  # an hour that rounding has put just before a month belongs to the month


def month_of(hour: float) -> int:
    """Number of the month that an hour lies in."""
    return floor(hour / HOURS_PER_MONTH + ROUNDING_MONTHS)


class Draw:
    """One state of the world over time."""

    def __init__(self, world: World, records: Sequence[Record], months: int) -> None:
        """`world` holds the scalars of the draw; `records` are those of any of its options."""
        self.world = world
        self.months = months
        self.t_years = [(month + 0.5) / MONTHS_PER_YEAR for month in range(months)]
        self.discount = [discount_factor(t, world.money) for t in self.t_years]
        self.frontier = [2 ** (t / world.hardware.doubling_years) for t in self.t_years]
        self.accelerator_index = [1.0] * months  # price of accelerators over what it would be
        self.coverage = Coverage()  # what of a machine the budget pays for
        self.filled = 1.0  # part of the hours that the operator wants busy which the queue lets it attain
        self.outside = [0.0] * months  # what another purse pays for a machine that gets all the money
        self.siege = siege(records, world)
        self._read(records)
        self._found_groups()
        self._grow_groups()

    def present_value(self, flow: Series) -> float:
        """Worth today of a monthly flow."""
        return sum(amount * factor for amount, factor in zip(flow, self.discount, strict=True))

    def rent_in(self, month: int) -> float:
        """Rent of an H100e-hour, after the horizon too, where the price is on its smooth path."""
        if month < self.months:
            return self.rent_usd[month]
        cloud = self.world.cloud
        return max(rent_level(cloud, (month + 0.5) / MONTHS_PER_YEAR), cloud.floor_usd)

    def frontier_in(self, month: int) -> float:
        """What new hardware does in a month, after the horizon too."""
        return 2 ** ((month + 0.5) / MONTHS_PER_YEAR / self.world.hardware.doubling_years)

    def nothing(self) -> Series:
        """A flow that has not begun."""
        return [0.0] * self.months

    def _read(self, records: Sequence[Record]) -> None:
        """Budget and rental price of each month, as the calendar set them."""
        shock, granted = self.nothing(), [0.0] * (self.months // MONTHS_PER_YEAR + 1)
        for record in records:
            if record.kind == Kind.APPROPRIATION:
                granted[record.item] = record.value
            elif record.kind == Kind.PRICE:
                shock[record.item] = record.value
        self.budget = [granted[month // MONTHS_PER_YEAR] / MONTHS_PER_YEAR for month in range(self.months)]
        cloud = self.world.cloud
        self.rent_usd = []
        for t, deviation in zip(self.t_years, shock, strict=True):
            self.rent_usd.append(max(rent_level(cloud, t) * exp(deviation), cloud.floor_usd))

    def _found_groups(self) -> None:
        """The representative groups: twenty sizes in each tier."""
        demand, access = self.world.demand, self.world.access
        lognormal = [exp(demand.spread * score) for score in SCORES]
        all_shares = sum(getattr(demand, f"share_{tier}") for tier in TIERS)
        self.count, self.apply, self.odds, self.large, self.crowd_out = [], [], [], [], []
        self.first_need, self.first_own = [], []  # hours a month at the start
        self.applicants = 0.0  # groups that apply for hours
        self.reached = 0.0  # groups that help desks reach
        for tier in TIERS:
            groups = demand.groups * getattr(demand, f"share_{tier}") / all_shares
            apply = self.apply_share(tier)
            self.applicants += groups * apply
            self.reached += groups * (1 - getattr(access, f"apply_{tier}")) * access.help_share
            given = getattr(demand, f"size_{tier}")
            sizes = twentieths(given) if given else lognormal
            mean = sum(sizes) / len(sizes)
            for size in sizes:
                self.first_need.append(getattr(demand, f"need_{tier}") * size / mean / MONTHS_PER_YEAR)
                self.first_own.append(getattr(demand, f"own_{tier}") * size / mean / MONTHS_PER_YEAR)
                self.count.append(groups / GROUP_QUANTILES)
                self.apply.append(apply)
                self.odds.append(getattr(access, f"odds_{tier}"))
                self.large.append(getattr(demand, f"large_{tier}"))
                again = self.world.output.rebought_share  # of hours given up, bought with the money of these
                self.crowd_out.append(getattr(access, f"crowd_out_{tier}") * (1 - again))
        self.everyone = sum(self.count)

    def apply_share(self, tier: str) -> float:
        """Part of the groups of a tier that apply: those that do by themselves, and those whom help brings in."""
        access = self.world.access
        alone = getattr(access, f"apply_{tier}")
        told = access.uninformed_share + (1 - access.uninformed_share) * access.saved_share
        return float(alone + (1 - alone) * access.help_share * (1 - access.ineligible_share) * told)

    def _grow_groups(self) -> None:
        """What each group needs and has itself in each month, and the sums of the tiers."""
        demand = self.world.demand
        self.need, self.own, self.tier_need, self.tier_own = [], [], [], []  # [month][group], [month][tier]
        rents = self.world.independence.own_cloud_share
        for month, t in enumerate(self.t_years):
            growth = grown(demand, t) * (self.rent_usd[month] / self.rent_usd[0]) ** -demand.rent_elasticity
            bought = (1 + demand.own_growth_per_year) ** (self.siege.come_by(month + 0.5) / MONTHS_PER_YEAR)
            own_growth = rents * self.siege.rented(month) * (1 + demand.own_growth_per_year) ** t
            own_growth += (1 - rents) * self.siege.running(month + 0.5) * bought
            need = [hours * growth for hours in self.first_need]
            fits = runnable(self.world.carbon.own_age_years, self.world)
            own = [min(hours * own_growth, fits * most) for hours, most in zip(self.first_own, need, strict=True)]
            self.need.append(need)
            self.own.append(own)
            self.tier_need.append(self.by_tier(need))
            self.tier_own.append(self.by_tier(own))

    def by_tier(self, hours: Sequence[float]) -> list[float]:
        """Hours of all groups of each tier."""
        total = [0.0] * len(TIERS)
        for group, (each, count) in enumerate(zip(hours, self.count, strict=True)):
            total[group // GROUP_QUANTILES] += each * count
        return total


def rent_level(cloud: Cloud, t: float) -> float:
    """Level of rents `t` years from the start: the scenario's own, that of the last list price, or that of the fit."""
    if cloud.record is None:
        level, since = cloud.price_usd, t
    elif cloud.segment == "list":
        known = len(cloud.record.usd)
        level, since = cloud.record.usd[known - 1], t - (cloud.record.first + known - 0.5) / MONTHS_PER_YEAR
    else:
        level, since = cloud.long_run_usd, t + cloud.record.years
    return level * (1 - cloud.decline_per_year) ** since


def grown(demand: Demand, t: float) -> float:
    """Need at constant rents over that at the start: a logistic curve, in terms of what is left to grow."""
    if demand.saturation_ratio <= 1:
        return 1.0
    left = demand.saturation_ratio - 1  # odds of not being saturated: they shrink by one and the same part a year
    left *= (1 + demand.growth_per_year) ** (-t * demand.saturation_ratio / (demand.saturation_ratio - 1))
    return demand.saturation_ratio / (1 + left)


def runnable(age_years: float, world: World) -> float:
    """Part of need that a design of this age can run."""
    return min(max(1 - world.demand.new_only_share_per_year * max(age_years, 0.0), 0.0), 1.0)


def twentieths(sizes: Sequence[float]) -> Series:
    """Means of twenty equal parts of the groups, smallest first: each size written out twenty times."""
    every = sorted(size for size in sizes for _ in range(GROUP_QUANTILES))
    part = len(sizes)
    return [sum(every[start : start + part]) / part for start in range(0, len(every), part)]


def discount_factor(t_years: float, money: Money) -> float:
    """Worth today of a dollar at `t_years`: the rate falls at two dates, if it falls at all."""
    if not money.declining:
        return exp(-log1p(money.discount_rate) * t_years)
    first, second = money.later_from_years, money.last_from_years
    exponent = log1p(money.discount_rate) * min(t_years, first)
    if t_years > first:
        exponent += log1p(money.later_rate) * (min(t_years, second) - first)
    if t_years > second:
        exponent += log1p(money.last_rate) * (t_years - second)
    return exp(-exponent)
