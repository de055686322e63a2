"""The cost core: from the records of an option to its monthly results, for a block of draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from sim.calendar.calendar import EVERYBODY
from sim.calendar.records import Kind, Ledger
from sim.costs.allocation import Groups, Shared, share_out
from sim.costs.markets import Markets, moved, priced
from sim.costs.quota import Quota, quota
from sim.costs.research_output import tier_output
from sim.costs.sizing import Part, accounts, by_name, by_provider, of_all, total_of
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
class Scene:
    """What all options of a block of draws share: the grid, the groups, the money."""

    world: World
    grid: Grid
    groups: Groups
    budget: Array  # appropriated, USD, [draw, month]
    need: Array  # H100e-hours, [draw, month, tier]
    own: Array
    _found: dict[Callable[[Scene], Array], Array] = field(default_factory=dict)

    def once(self, pick: Callable[[Scene], Array]) -> Array:
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
class Monthly:
    """One option over time; arrays [draw, month], USD and hours."""

    scene: Scene
    grid: Grid  # of the scene, with prices as the option moves them
    cash: dict[str, Array]  # public money by account
    private: dict[str, Array]  # others' money by account
    gpu_hours: dict[str, Array]  # by provider, useful to research
    h100e_hours: dict[str, Array]
    shared: Shared
    size: dict[str, Array]  # by instrument, [draw]
    size_unit: dict[str, str]
    researcher_days: Array
    applications: Array
    awaited: Array  # months that the applications of each month wait for their answers
    labour: Array  # person-years
    made: Array  # accelerators made by a fab
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
        return moved(self.scene.world, self.trade, self.made)

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
        return present_value(self.cost, self.scene.grid.discount)

    @property
    def burden(self) -> Array:
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
        return np.asarray(self.scene.own - self.shared.displaced + self.shared.public)

    @cached_property
    def public_hours(self) -> Array:
        """Public hours that found a user."""
        return over_tiers(self.shared.public)

    @cached_property
    def own_hours(self) -> Array:
        """Own hours that groups keep using."""
        return self.scene.total_own - self._displaced_hours

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
        return over_tiers(self.shared.displaced)

    def _sum(self, parts: dict[str, Array]) -> Array:
        return total_of(list(parts.values()), self.scene.budget.shape)


def over_tiers(hours: Array) -> Array:
    """Sum over tiers, [draw, month, tier] -> [draw, month]; NumPy's own sum is slow over a short last axis."""
    first, *rest = np.moveaxis(hours, -1, 0)
    return np.asarray(sum(rest, start=first))


def set_scene(world: World, ledger: Ledger) -> Scene:
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
    return Scene(world, grid, groups, budget, *groups.levels())


def reckon(instrument: Instrument, ledger: Ledger, scene: Scene) -> Monthly:
    """One option; where markets feed back, once more at the prices that its own purchases lead to."""
    monthly = _reckoned(instrument, ledger, scene, scene.grid)
    if scene.world.market.feedback:
        return _reckoned(instrument, ledger, scene, priced(scene.grid, monthly.markets))
    return monthly


def reckon_again(instrument: Instrument, ledger: Ledger, scene: Scene, before: Monthly) -> Monthly:
    """The same option in another scene, that it did not foresee: at the sizes and prices that it had before."""
    grid = replace(before.grid, embargo=scene.grid.embargo)
    return _reckoned(instrument, ledger, scene, grid, before.size)


def _reckoned(
    instrument: Instrument, ledger: Ledger, scene: Scene, grid: Grid, sizes: dict[str, Array] | None = None
) -> Monthly:
    """Size each part to its share of the money at the prices of `grid`, share out the compute, add up."""
    sized = sizes or {}
    parts = [
        Part.of(member, share, n, ledger, scene.world, grid, scene.budget, sized.get(member.name))
        for n, (member, share) in enumerate(instrument.parts())
    ]
    useful = useful_share(scene.world.openness)[:, None]
    supplies = [(supply, supply.h100e_hours * part.size * useful) for part in parts for supply in part.flows.supplies]
    shape = scene.budget.shape
    cash = accounts([part.cash() for part in parts], shape)
    if bargain := quota(parts, scene.world, shape):
        cash["reserved quota"] = bargain.extra_usd
    applications = total_of([p.burdens.applications for p in parts], shape)
    awaited = total_of([p.burdens.applications * p.member.months_to_answer(scene.world) for p in parts], shape)
    kwh, embodied = (by_name(parts, pick) for pick in ("kwh", "embodied"))
    private = accounts([part.burdens.private_cash for part in parts], shape)
    private |= _borne_by_others(applications, awaited, scene.world)
    private |= carbon_cost_usd(kwh, embodied, scene.world.carbon, scene.grid.t_years)
    machine = next((part for part in parts if part.flows.vintage_years is not None), None)
    return Monthly(
        scene=scene,
        grid=grid,
        cash=cash,
        private=private,
        gpu_hours=by_provider([(s, s.gpu_hours * p.size) for p in parts for s in p.flows.supplies]),
        h100e_hours=by_provider(supplies),
        shared=share_out(scene.groups, supplies),
        size={part.member.name: part.size[:, 0] for part in parts},
        size_unit={part.member.name: part.member.size_unit for part in parts},
        researcher_days=total_of([p.burdens.researcher_days for p in parts], shape),
        applications=applications,
        awaited=awaited,
        labour=of_all(parts, "labour", shape) * (1 - wage_share(scene.world.market)),
        trade=Trade.total([p.flows.trade.times(p.size) for p in parts], shape),
        afforded={part.member.name: part.afforded for part in parts},
        least_size={p.member.name: p.flows.least_size for p in parts if p.flows.least_size is not None},
        made=total_of([p.burdens.accelerators_made for p in parts], shape),
        leased=of_all(parts, "leased_h100e_hours", shape),
        quota=bargain,
        kwh=kwh,
        embodied=embodied,
        peer_hours=of_all(parts, "peer_h100e_hours", shape),
        vendors=None if machine is None else machine.flows.vendors,
        in_service=None if machine is None else machine.flows.in_service * machine.size[..., None],  # type: ignore[operator]
        vintage_years=None if machine is None else machine.flows.vintage_years,
    )


def _borne_by_others(applications: Array, awaited: Array, world: World) -> dict[str, Array]:
    """What applicants and reviewers lose where that is counted, USD by account, [draw, month]."""
    found: dict[str, Array] = {}
    if world.access.idle_share:
        found["waiting"] = waiting_cost_usd(awaited, world.access.idle_share, world.grants.day_usd)
    if world.safety.screening:
        found["screening"] = screening_cost_usd(applications, world.safety)
    return found
