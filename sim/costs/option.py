"""The cost core: from the records of an option to its monthly results, for a block of draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from sim.calendar.calendar import EVERYBODY
from sim.calendar.records import Kind, Ledger
from sim.costs.allocation import Allocation, Groups, allocate
from sim.costs.markets import Markets, moved, priced
from sim.costs.quota import Quota, quota
from sim.costs.research_output import tier_output
from sim.costs.sizing import SizedInstrument, accounts, by_name, by_provider, of_all, total_of
from sim.instruments.base import Grid, Instrument, Trade
from sim.instruments.second_source import Mix
from sim.mechanisms.access import waiting_cost_usd
from sim.mechanisms.carbon import carbon_cost_usd
from sim.mechanisms.cloud import price_path_usd
from sim.mechanisms.finance import discount_factor, month_middles_years, present_value
from sim.mechanisms.hardware import performance
from sim.mechanisms.market import wage_share
from sim.mechanisms.openness import useful_share
from sim.mechanisms.safety import screening_cost_usd
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class Context:
    """What all options of a block of draws share: the grid, the groups, the money."""

    world: World
    grid: Grid
    groups: Groups
    budget: Array  # appropriated, USD, [draw, month]
    need: Array  # H100e-hours, [draw, month, tier]
    own: Array
    _found: dict[Callable[[Context], Array], Array] = field(default_factory=dict)

    def cached(self, pick: Callable[[Context], Array]) -> Array:
        """What `pick` finds, worked out once for all options."""
        if pick not in self._found:
            self._found[pick] = pick(self)
        return self._found[pick]

    def __getstate__(self) -> dict[str, object]:
        """All but what was found: functions made on the spot cannot go to another process, and it is found again."""
        return {**self.__dict__, "_found": {}}

    @cached_property
    def total_need(self) -> Array:
        """Hours that all groups need, [draw, month]."""
        return over_tiers(self.need)

    @cached_property
    def total_own(self) -> Array:
        """Own hours that all groups use where no public hours come, [draw, month]."""
        return over_tiers(self.own)

    @cached_property
    def own_by_group(self) -> Array:
        """Hours that one group of each kind uses in a year where no public hours come, [draw, year, group]."""
        return self.groups.own_by_group

    @cached_property
    def own_output(self) -> Array:
        """Research output of each tier where no public hours come, [draw, year, tier]."""
        return tier_output(self.world, self.groups, self.own_by_group, None, self.grid.months)

    @cached_property
    def budget_pv(self) -> Array:
        """Present value of what is appropriated, USD, [draw]."""
        return present_value(self.budget, self.grid.discount)


@dataclass(frozen=True)
class OptionResult:
    """One option over time; arrays [draw, month], USD and hours."""

    context: Context
    grid: Grid  # of the scene, with prices as the option moves them
    cash: dict[str, Array]  # public money by account
    private: dict[str, Array]  # others' money by account
    gpu_hours: dict[str, Array]  # by provider, useful to research
    h100e_hours: dict[str, Array]
    allocation: Allocation
    size: dict[str, Array]  # by instrument, [draw]
    size_unit: dict[str, str]
    researcher_days: Array
    applications: Array
    decision_delay: Array  # months that the applications of each month wait for their answers
    labour: Array  # person-years
    fab_output: Array  # accelerators made by a fab
    trade: Trade
    afforded: dict[str, Array]  # units that the money would pay for, by instrument, [draw]
    least_size: dict[str, Array]  # units below which an instrument with a threshold does nothing, [draw]
    quota: Quota | None  # reserved output of a fab
    leased: Array  # H100e-hours let to firms
    kwh: dict[str, Array]  # electricity by provider
    embodied: dict[str, Array]  # accelerators whose making falls to the month, by provider
    peer_hours: Array  # H100e-hours of an alternative vendor's machines, were they the incumbent's
    vendors: Mix | None = None  # of the public machine
    in_service: Array | None = None  # accelerators, [draw, cohort, month]
    vintage_years: Array | None = None

    @cached_property
    def markets(self) -> Markets:
        """Prices under what this option buys and makes."""
        return moved(self.context.world, self.trade, self.fab_output)

    @cached_property
    def outlay(self) -> Array:
        """Public money spent, residual values aside."""
        return self._sum({name: flow for name, flow in self.cash.items() if name != "residual"})

    @cached_property
    def cost(self) -> Array:
        """Public money, residual values taken off."""
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


def over_tiers(hours: Array) -> Array:
    """Sum over tiers, [draw, month, tier] -> [draw, month]; NumPy's own sum is slow over a short last axis."""
    first, *rest = np.moveaxis(hours, -1, 0)
    return np.asarray(sum(rest, start=first))


def build_context(world: World, ledger: Ledger) -> Context:
    """The block's grid from the calendar's own records of money and prices."""
    months = ledger.months
    t_years = month_middles_years(months)
    set_in = ledger.monthly(Kind.PRICE, EVERYBODY)
    # a price set at the end of one month holds in the next
    shock = np.concatenate([np.zeros((ledger.draws, 1)), set_in[:, :-1]], axis=1)
    years = -(-months // MONTHS_PER_YEAR)
    granted = ledger.values_of(Kind.APPROPRIATION, EVERYBODY, years)
    budget = np.repeat(granted, MONTHS_PER_YEAR, axis=1)[:, :months] / MONTHS_PER_YEAR
    frontier = np.atleast_2d(performance(t_years, world.hardware.doubling_years))
    rent = price_path_usd(world.cloud, t_years, shock)
    grid = Grid(months, t_years, frontier, rent, np.atleast_2d(discount_factor(t_years, world.money)))
    groups = Groups.of(world.demand, world.access, t_years)
    return Context(world, grid, groups, budget, *groups.levels())


def compute_option(instrument: Instrument, ledger: Ledger, context: Context) -> OptionResult:
    """One option; where markets feed back, once more at the prices that its own purchases lead to."""
    monthly = _computed(instrument, ledger, context, context.grid)
    if context.world.market.feedback:
        return _computed(instrument, ledger, context, priced(context.grid, monthly.markets))
    return monthly


def recompute(instrument: Instrument, ledger: Ledger, context: Context, before: OptionResult) -> OptionResult:
    """The same option in another scene, that it did not foresee: at the sizes and prices that it had before."""
    grid = replace(before.grid, embargo=context.grid.embargo)
    return _computed(instrument, ledger, context, grid, before.size)


def _computed(
    instrument: Instrument, ledger: Ledger, context: Context, grid: Grid, sizes: dict[str, Array] | None = None
) -> OptionResult:
    """Size each part to its share of the money at the prices of `grid`, share out the compute, add up."""
    sized = sizes or {}
    parts = [
        SizedInstrument.of(member, share, n, ledger, context.world, grid, context.budget, sized.get(member.name))
        for n, (member, share) in enumerate(instrument.parts())
    ]
    useful = useful_share(context.world.openness)[:, None]
    supplies = [(supply, supply.h100e_hours * part.size * useful) for part in parts for supply in part.flows.supplies]
    shape = context.budget.shape
    cash = accounts([part.cash() for part in parts], shape)
    if bargain := quota(parts, context.world, shape):
        cash["reserved quota"] = bargain.extra_usd
    applications = total_of([p.private_costs.applications for p in parts], shape)
    delays = [p.private_costs.applications * p.member.months_to_answer(context.world) for p in parts]
    decision_delay = total_of(delays, shape)
    kwh, embodied = (by_name(parts, pick) for pick in ("kwh", "embodied"))
    private = accounts([part.private_costs.private_cash for part in parts], shape)
    private |= _borne_by_others(applications, decision_delay, context.world)
    private |= carbon_cost_usd(kwh, embodied, context.world.carbon, context.grid.t_years)
    machine = next((part for part in parts if part.flows.vintage_years is not None), None)
    return OptionResult(
        context=context,
        grid=grid,
        cash=cash,
        private=private,
        gpu_hours=by_provider([(s, s.gpu_hours * p.size) for p in parts for s in p.flows.supplies]),
        h100e_hours=by_provider(supplies),
        allocation=allocate(context.groups, supplies),
        size={part.member.name: part.size[:, 0] for part in parts},
        size_unit={part.member.name: part.member.size_unit for part in parts},
        researcher_days=total_of([p.private_costs.researcher_days for p in parts], shape),
        applications=applications,
        decision_delay=decision_delay,
        labour=of_all(parts, "labour", shape) * (1 - wage_share(context.world.market)),
        trade=Trade.total([p.flows.trade.times(p.size) for p in parts], shape),
        afforded={part.member.name: part.afforded for part in parts},
        least_size={p.member.name: p.flows.least_size for p in parts if p.flows.least_size is not None},
        fab_output=total_of([p.private_costs.fab_output for p in parts], shape),
        leased=of_all(parts, "leased_h100e_hours", shape),
        quota=bargain,
        kwh=kwh,
        embodied=embodied,
        peer_hours=of_all(parts, "peer_h100e_hours", shape),
        vendors=None if machine is None else machine.flows.vendors,
        in_service=None if machine is None else machine.flows.in_service * machine.size[..., None],  # type: ignore[operator]
        vintage_years=None if machine is None else machine.flows.vintage_years,
    )


def _borne_by_others(applications: Array, decision_delay: Array, world: World) -> dict[str, Array]:
    """What applicants and reviewers lose where that is counted, USD by account, [draw, month]."""
    found: dict[str, Array] = {}
    if world.access.idle_share:
        found["waiting"] = waiting_cost_usd(decision_delay, world.access.idle_share, world.grants.day_usd)
    if world.safety.screening:
        found["screening"] = screening_cost_usd(applications, world.safety)
    return found
