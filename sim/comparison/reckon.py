"""The cost core: from the records of an option to its monthly results, for a block of draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.comparison.sharing import Groups, Shared, share_out
from sim.engine.calendar import EVERYBODY
from sim.engine.records import Kind, Ledger
from sim.instruments.base import Burdens, Flows, Grid, Instrument, Supply
from sim.mechanisms.cloud import price_path_usd
from sim.mechanisms.finance import affordable_size, discount_factor, month_middles_years, present_value
from sim.mechanisms.hardware import performance
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
        return share_out(self.groups, []).by_group

    @cached_property
    def budget_pv(self) -> Array:
        """Present value of what is appropriated, USD, [draw]."""
        return present_value(self.budget, self.grid.discount)


@dataclass(frozen=True)
class Monthly:
    """One option over time; arrays [draw, month], USD and hours."""

    scene: Scene
    cash: dict[str, Array]  # public money by account
    private: dict[str, Array]  # others' money by account
    gpu_hours: dict[str, Array]  # by provider, useful to research
    h100e_hours: dict[str, Array]
    shared: Shared
    size: dict[str, Array]  # by instrument, [draw]
    size_unit: dict[str, str]
    researcher_days: Array
    labour: Array  # person-years
    made: Array  # accelerators made by a fab
    leased: Array  # H100e-hours let to firms
    in_service: Array | None = None  # accelerators, [draw, cohort, month]
    vintage_years: Array | None = None

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
        return _total(list(parts.values()), self.scene.budget.shape)


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
    """One option: size each part to its share of the money, share out the compute, add up."""
    parts = [_Part.of(member, share, n, ledger, scene) for n, (member, share) in enumerate(instrument.parts())]
    supplies = [(supply, supply.h100e_hours * part.size) for part in parts for supply in part.flows.supplies]
    shape = scene.budget.shape
    cash: dict[str, Array] = {}
    private: dict[str, Array] = {}
    for part in parts:
        for account, flow in part.cash().items():
            cash[account] = cash.get(account, np.zeros(shape)) + flow
        for account, flow in part.burdens.private_cash.items():
            private[account] = private.get(account, np.zeros(shape)) + flow
    machine = next((part for part in parts if part.flows.vintage_years is not None), None)
    return Monthly(
        scene=scene,
        cash=cash,
        private=private,
        gpu_hours=_by_provider([(s, s.gpu_hours * p.size) for p in parts for s in p.flows.supplies]),
        h100e_hours=_by_provider(supplies),
        shared=share_out(scene.groups, supplies),
        size={part.member.name: part.size[:, 0] for part in parts},
        size_unit={part.member.name: part.member.size_unit for part in parts},
        researcher_days=_total([p.burdens.researcher_days for p in parts], shape),
        labour=_total([p.flows.labour * p.size for p in parts if p.flows.labour is not None], shape),
        made=_total([p.burdens.accelerators_made for p in parts], shape),
        leased=_total(
            [p.flows.leased_h100e_hours * p.size for p in parts if p.flows.leased_h100e_hours is not None], shape
        ),
        in_service=None if machine is None else machine.flows.in_service * machine.size[..., None],  # type: ignore[operator]
        vintage_years=None if machine is None else machine.flows.vintage_years,
    )


@dataclass(frozen=True)
class _Part:
    """One instrument of an option at its size."""

    member: Instrument
    flows: Flows
    size: Array  # [draw, 1]
    burdens: Burdens

    @staticmethod
    def of(member: Instrument, share: float, number: int, ledger: Ledger, scene: Scene) -> _Part:
        """Reckon one unit, size it, and ask what it then demands of others."""
        flows = member.flows(ledger, number, scene.world, scene.grid)
        size = np.minimum(_size(member, flows, share, scene), flows.largest_size)[:, None]
        return _Part(member, flows, size, member.burdens(flows, size, scene.world, scene.grid))

    def cash(self) -> dict[str, Array]:
        """Public money by account at this size; an option of no size has no fixed costs either."""
        total = {account: flow * self.size for account, flow in self.flows.unit_cash.items()}
        for account, flow in self.flows.fixed_cash.items():
            total[account] = total.get(account, 0.0) + flow * (self.size > 0)
        return total


def _size(member: Instrument, flows: Flows, share: float, scene: Scene) -> Array:
    """Units that the part's share of the money pays for, [draw]."""
    rule = scene.world.money.normalisation
    draws = scene.budget.shape[0]
    if rule == "as_entered":
        return np.full(draws, member.entered_size() * share if flows.unit_cash else 0.0)
    discounted = rule == "equal_pv"
    discount = scene.grid.discount if discounted else np.ones_like(scene.grid.discount)
    unit = flows.planned_unit_cash or flows.unit_cash
    spent = {name: flow for name, flow in unit.items() if discounted or name != "residual"}
    unit_pv = present_value(_total(list(spent.values()), scene.budget.shape), discount)
    fixed_pv = present_value(_total(list(flows.fixed_cash.values()), scene.budget.shape), discount)
    budget_pv = scene.budget_pv if discounted else scene.budget.sum(axis=-1)
    return affordable_size(share * budget_pv, unit_pv, fixed_pv)


def _by_provider(supplies: list[tuple[Supply, Array]]) -> dict[str, Array]:
    """Hours by provider."""
    total: dict[str, Array] = {}
    for supply, hours in supplies:
        total[supply.provider] = total[supply.provider] + hours if supply.provider in total else hours
    return total


def _total(flows: list[Array | float], shape: tuple[int, ...]) -> Array:
    """Sum of flows, zeros where there are none."""
    return np.asarray(sum(flows, start=np.zeros(shape)))
