"""The context of a block of draws: what all options share, which is the grid, the groups and the money."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from sim.calendar.calendar import EVERYBODY
from sim.calendar.records import Kind, Ledger
from sim.costs.groups import Groups, over_tiers, tier_output
from sim.costs.models import choice_of, of_models
from sim.instruments.base import Grid
from sim.mechanisms.cloud import price_path_usd
from sim.mechanisms.complement import Choice
from sim.mechanisms.coverage import COMPLETE, Coverage
from sim.mechanisms.demand import QUANTILES
from sim.mechanisms.finance import Money, discount_factor, month_middles_years, present_value
from sim.mechanisms.hardware import performance
from sim.mechanisms.reproduction import useful_share
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR

Value = TypeVar("Value")
RENT_DIGITS = 12
LEAST_RENT = 10.0**-RENT_DIGITS  # of the rent at the start: below it need no longer grows


@dataclass(frozen=True)
class Context:
    """What all options of a block of draws share: the grid, the groups, the money."""

    world: World
    grid: Grid
    groups: Groups
    budget: Array  # appropriated, USD, [draw, month]
    need: Array  # H100e-hours, [draw, month, tier]
    own: Array
    coverage: Coverage = COMPLETE  # what of a machine the budget pays for
    outside: Array | None = None  # what another purse pays for a machine of all the money, USD, [draw, month]
    _cached: dict[Callable[[Context], Any], Any] = field(default_factory=dict)

    def cached(self, pick: Callable[[Context], Value]) -> Value:
        """The value of `pick`, computed once for all options."""
        if pick not in self._cached:
            self._cached[pick] = pick(self)
        value: Value = self._cached[pick]
        return value

    def __getstate__(self) -> dict[str, object]:
        """All but the cached values: lambdas cannot go to another process, and the values can be computed again."""
        return {**self.__dict__, "_cached": {}}

    def appraised(self, money: Money) -> Context:
        """The same block with money counted and discounted otherwise; what that does not move stays as computed."""
        again, discount = copy(self), np.atleast_2d(discount_factor(self.grid.t_years, money))
        grid, world = replace(self.grid, discount=discount), self.world.having({"money": money})
        vars(again).update(world=world, grid=grid, _cached={})
        vars(again).pop("budget_pv", None)
        return again

    @cached_property
    def total_need(self) -> Array:
        """Hours that all groups need, [draw, month]."""
        return over_tiers(self.need)

    @cached_property
    def total_own(self) -> Array:
        """Own hours that all groups use where no public hours come, [draw, month]."""
        return over_tiers(self.own)

    @cached_property
    def useful_share(self) -> Array:
        """Part of public hours left for research by what releasing, determinism and seeds take, [draw or 1, 1]."""
        return useful_share(self.world.openness, self.world.reproduction)[:, None]

    @cached_property
    def waiting(self) -> Array:
        """Hours that groups which apply need beyond their own, [draw, month]."""
        return over_tiers((self.need - self.own) * self.groups.apply[:, None, ::QUANTILES])

    @cached_property
    def own_output(self) -> Array:
        """Research output of each tier where no public hours come, [draw, year, tier]."""
        models = of_models(self.world.complement, self.models)
        return tier_output(self.world, self.groups, self.groups.own_by_group, None, self.grid.months, models)

    @cached_property
    def models(self) -> Choice | None:
        """The market for models without public help; None where it is not counted."""
        return choice_of(self.world.complement, np.zeros(self.budget.shape))

    @cached_property
    def budget_pv(self) -> Array:
        """Present value of what is appropriated, USD, [draw]."""
        return present_value(self.budget, self.grid.discount)


def build_context(world: World, ledger: Ledger, coverage: Coverage = COMPLETE) -> Context:
    """The block's grid from the calendar's own records of money and prices."""
    months = ledger.months
    t_years = month_middles_years(months)
    shock = ledger.values_of(Kind.PRICE, EVERYBODY, months)
    years = -(-months // MONTHS_PER_YEAR)
    granted = ledger.values_of(Kind.APPROPRIATION, EVERYBODY, years)
    budget = np.repeat(granted, MONTHS_PER_YEAR, axis=1)[:, :months] / MONTHS_PER_YEAR
    frontier = np.atleast_2d(performance(t_years, world.hardware.doubling_years))
    rent = price_path_usd(world.cloud, t_years, shock)
    grid = Grid(months, t_years, frontier, rent, np.atleast_2d(discount_factor(t_years, world.money)))
    # rounded, so that rents at another level, which are the same path, give the same need to the last bit
    rent_ratio = np.maximum(np.round(rent / rent[:, :1], RENT_DIGITS), LEAST_RENT)
    groups = Groups.of(
        world.demand, world.access, t_years, rent_ratio, world.carbon.own_age_years, world.output.rebought_share
    )
    return Context(world, grid, groups, budget, *groups.levels(), coverage)
