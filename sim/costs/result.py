"""The result of one option over time, for a block of draws: money, hours, people, prices and emissions by month."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.costs.affordable import INCOME
from sim.costs.allocation import Allocation
from sim.costs.awards import Awards
from sim.costs.context import Context
from sim.costs.fullness import Fullness
from sim.costs.groups import over_tiers
from sim.costs.markets import Markets, Quota, moved
from sim.costs.sums import total_of
from sim.instruments.base import Grid, Runoff, Trade
from sim.instruments.second_source import Mix
from sim.mechanisms.finance import present_value
from sim.parameters import Array


@dataclass(frozen=True)
class OptionResult:
    """One option over time; arrays [draw, month], USD and hours."""

    context: Context
    grid: Grid  # of the context, with prices as the option moves them
    cash: dict[str, Array]  # public money by account
    private: dict[str, Array]  # others' money by account
    gpu_hours: dict[str, Array]  # by provider, useful to research
    h100e_hours: dict[str, Array]
    allocation: Allocation
    awards: Awards
    size: dict[str, Array]  # by instrument, [draw]
    size_unit: dict[str, str]
    researcher_days: Array
    applications: Array
    decision_delay: Array  # months that the applications of each month wait for their answers
    labour: Array  # person-years paid for
    added_labour: Array  # those of them that others would not have paid for
    fab_output: Array  # accelerators made by a fab
    first_orders: Array  # of it, those that research orders first under an embargo, in the newest ones' worth
    trade: Trade
    afforded: dict[str, Array]  # units that the money would pay for, by instrument, [draw]
    least_size: dict[str, Array]  # units below which an instrument with a threshold does nothing, [draw]
    quota: Quota | None  # reserved output of a fab
    leased: Array  # H100e-hours let to firms
    runoff: Runoff  # hours after the horizon out of money paid by then
    kwh: dict[str, Array]  # electricity by provider
    embodied: dict[str, Array]  # accelerators whose making falls to the month, by provider
    peer_hours: Array  # H100e-hours of an alternative vendor's machines, were they the incumbent's
    vendors: Mix | None = None  # of the public machine
    fullness: Fullness | None = None  # how full the public machine gets
    in_service: Array | None = None  # accelerators, [draw, cohort, month]
    vintage_years: Array | None = None

    def in_context(self, context: Context) -> OptionResult:
        """The same option where only the counting and discounting of money differ."""
        again = copy(self)
        vars(again).update(context=context, grid=replace(self.grid, discount=context.grid.discount))
        vars(again).pop("cost_pv", None)
        return again

    @cached_property
    def markets(self) -> Markets:
        """Prices under what this option buys and makes."""
        return moved(self.context.world, self.trade, self.fab_output)

    @cached_property
    def outlay(self) -> Array:
        """Public money spent; what comes back, as fees and residual values, aside."""
        return self._sum({name: flow for name, flow in self.cash.items() if name not in INCOME})

    @cached_property
    def cost(self) -> Array:
        """Public money, fees and residual values taken off."""
        return self._sum(self.cash)

    @cached_property
    def cost_pv(self) -> Array:
        """Present value of that cost, USD, [draw]."""
        return present_value(self.cost, self.context.grid.discount)

    @property
    def private_cost(self) -> Array:
        """Money that others than the treasury spend."""
        return self._sum(self.private)

    @cached_property
    def supplied(self) -> Array:
        """Useful H100e-hours supplied to research."""
        return self._sum(self.h100e_hours)

    @cached_property
    def supplied_gpu(self) -> Array:
        """Physical GPU-hours supplied to research."""
        return self._sum(self.gpu_hours)

    @cached_property
    def tier_hours(self) -> Array:
        """Hours that groups use, own and public, [draw, month, tier]."""
        return np.asarray(self.context.own - self.allocation.displaced + self.allocation.public)

    @cached_property
    def public_hours(self) -> Array:
        """Public hours that found a user."""
        return over_tiers(self.allocation.public)

    @cached_property
    def own_hours(self) -> Array:
        """Own hours that groups keep using."""
        return self.context.total_own - self._displaced_hours

    @cached_property
    def research_hours(self) -> Array:
        """Hours that all groups use."""
        return self.own_hours + self.public_hours

    @cached_property
    def additional_hours(self) -> Array:
        """Public hours used less own hours crowded out."""
        return self.public_hours - self._displaced_hours

    @cached_property
    def _displaced_hours(self) -> Array:
        return over_tiers(self.allocation.displaced)

    def _sum(self, parts: dict[str, Array]) -> Array:
        return total_of(list(parts.values()), self.context.budget.shape)
