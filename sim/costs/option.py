"""One option: from the records of its calendar to its result, for a block of draws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sim.calendar.records import Ledger
from sim.costs.allocation import Allocation, allocate, less, out_of_reach
from sim.costs.awards import Awards
from sim.costs.context import Context
from sim.costs.fullness import MACHINE, Fullness, fullness_of
from sim.costs.markets import priced, quota, with_fab_prices
from sim.costs.queueing import with_queueing
from sim.costs.respending import accounts, freed_usd
from sim.costs.result import OptionResult
from sim.costs.sizing import SizedInstrument, of_all, runoff_of_all
from sim.costs.sums import sums_by_name, total_of
from sim.instruments.base import Grid, Instrument, Supply, Trade
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.access import waiting_cost_usd
from sim.mechanisms.carbon import carbon_cost_usd
from sim.mechanisms.market import wage_share
from sim.mechanisms.safety import screening_cost_usd
from sim.mechanisms.world import World
from sim.parameters import Array


def compute_option(instrument: Instrument, ledger: Ledger, context: Context) -> OptionResult:
    """The result of one option at the prices that a fab of its own makes; where markets feed back, at all its prices.

    A fab lowers the price for every buyer, and so for the machines of the same option. Their size moves no output.
    """
    result = _computed(instrument, ledger, context, context.grid)
    if context.world.market.feedback:
        return _computed(instrument, ledger, context, priced(context.grid, result.markets))
    if result.fab_output.any() and result.trade.accelerators.any():  # type: ignore[union-attr]
        cheaper = with_fab_prices(context.grid, context.world, result.fab_output)
        return _computed(instrument, ledger, context, cheaper)
    return result


def recompute(instrument: Instrument, ledger: Ledger, context: Context, before: OptionResult) -> OptionResult:
    """The result of an option in a context that it did not foresee: at the sizes and prices of `before`."""
    grid = replace(before.grid, embargo=context.grid.embargo)
    return _computed(instrument, ledger, context, grid, before.size)


def _computed(
    instrument: Instrument, ledger: Ledger, context: Context, grid: Grid, sizes: dict[str, Array] | None = None
) -> OptionResult:
    """The result at the prices of `grid`: each instrument sized to its share of the money, its compute allocated."""
    before, shape = sizes or {}, context.budget.shape
    sized = [
        SizedInstrument.of(member, share, n, ledger, context, grid, before.get(member.name))
        for n, (member, share) in enumerate(instrument.parts())
    ]
    cash = sums_by_name([s.cash() for s in sized], shape)
    if reserved := quota(sized, context.world, shape):
        cash["reserved quota"] = reserved.extra_usd
    applications = total_of([s.private_costs.applications for s in sized], shape)
    decision_delay = total_of([s.decision_delay(context.world) for s in sized], shape)
    kwh = sums_by_name([s.times_size(s.flows.kwh) for s in sized], shape)
    embodied = sums_by_name([s.times_size(s.flows.embodied) for s in sized], shape)
    machine = next((s for s in sized if s.flows.vintage_years is not None), None)
    fullness, filled = _fullness(machine, context.world)
    given = _allocated(sized, context, shape, filled)
    private = sums_by_name([s.private_costs.private_cash for s in sized], shape)
    private |= _waiting_and_screening(applications, decision_delay, context.world)
    private |= _carbon_and_own_money(kwh, embodied, given["allocation"], context)
    result = OptionResult(
        **given,
        context=context,
        grid=grid,
        cash=cash,
        private=private,
        fullness=fullness,
        size={s.member.name: s.size[:, 0] for s in sized},
        size_unit={s.member.name: s.member.size_unit for s in sized},
        researcher_days=total_of([s.private_costs.researcher_days for s in sized], shape),
        applications=applications,
        decision_delay=decision_delay,
        **_labour(sized, context, shape),
        trade=Trade.total([s.flows.trade.times(s.size) for s in sized], shape),
        afforded={s.member.name: s.afforded for s in sized},
        least_size={s.member.name: s.flows.least_size for s in sized if s.flows.least_size is not None},
        fab_output=total_of([s.private_costs.fab_output for s in sized], shape),
        first_orders=total_of([s.private_costs.accelerators_first for s in sized], shape),
        leased=of_all(sized, "leased_h100e_hours", shape) * filled,
        quota=reserved,
        runoff=runoff_of_all(sized, context, shape),
        kwh=kwh,
        embodied=embodied,
        peer_hours=of_all(sized, "peer_h100e_hours", shape) * filled,
        **_of_machine(machine),
    )
    return with_queueing(result)


def _of_machine(machine: SizedInstrument | None) -> dict[str, Any]:
    """What is known of a public machine at its size, by field of the result; nothing where there is none."""
    if machine is None or machine.flows.in_service is None:
        return {}
    flows, in_service = machine.flows, machine.flows.in_service * machine.size[..., None]
    return {"vendors": flows.vendors, "in_service": in_service, "vintage_years": flows.vintage_years}


def _labour(sized: list[SizedInstrument], context: Context, shape: tuple[int, ...]) -> dict[str, Any]:
    """Person-years paid for and those added, by field of the result."""
    kept = 1 - wage_share(context.world.market)
    return {
        "labour": of_all(sized, "labour", shape) * kept,
        "added_labour": of_all(sized, "labour", shape, added=True) * kept,
    }


def _carbon_and_own_money(
    kwh: dict[str, Array], embodied: dict[str, Array], allocation: Allocation, context: Context
) -> dict[str, Array]:
    """What emissions cost, where they have a price, and own money that public hours free, USD by account."""
    emitted = carbon_cost_usd(kwh, embodied, context.world.carbon, context.grid.t_years)
    return emitted | accounts(freed_usd(allocation, context.grid.rent_usd), context.world.output)


def _fullness(machine: SizedInstrument | None, world: World) -> tuple[Fullness | None, Array | float]:
    """The queue of the machine at its size, and what it attains over what is wanted; None and 1 where there is none."""
    if machine is None or not isinstance(machine.member, PublicCluster):
        return None, 1.0
    in_service, vintage = machine.flows.in_service, machine.flows.vintage_years
    assert in_service is not None and vintage is not None
    found = fullness_of(machine.member, in_service * machine.size[..., None], vintage, world)
    return found, found.attained / found.target


def _allocated(
    sized: list[SizedInstrument], context: Context, shape: tuple[int, ...], filled: Array | float
) -> dict[str, Any]:
    """Hours by provider that are within reach, their allocation and the awards, by field of the result.

    Hours that displace others are among the former and not allocated, for groups would have had as many without them.
    filled: what a public machine attains over what its operator wants, [draw, 1].
    """

    def part(supply: Supply) -> Array | float:
        return filled if supply.provider == MACHINE else 1.0

    supplies = [
        (supply, supply.h100e_hours * s.size * context.useful_share * part(supply))
        for s in sized
        for supply in s.flows.supplies
    ]
    shares = [s.added_share for s in sized for _ in s.flows.supplies]
    added = [(supply, hours * share) for (supply, hours), share in zip(supplies, shares, strict=True)]
    awards = Awards.of(added, context.world.access, shape)
    allocation = allocate(context.groups, awards.busy)
    beyond = out_of_reach(context.groups, awards.busy, allocation)
    gpu_hours = sums_by_name(
        ({u.provider: u.gpu_hours * s.size * part(u)} for s in sized for u in s.flows.supplies), shape
    )
    h100e_hours, kept = (
        sums_by_name(({supply.provider: hours} for supply, hours in each), shape) for each in (supplies, added)
    )
    return {
        "gpu_hours": less(gpu_hours, beyond, kept),
        "h100e_hours": less(h100e_hours, beyond, kept),
        "allocation": allocation,
        "awards": awards,
    }


def _waiting_and_screening(applications: Array, decision_delay: Array, world: World) -> dict[str, Array]:
    """Time that applicants and reviewers lose, where it is counted, USD by account, [draw, month]."""
    found: dict[str, Array] = {}
    if world.access.idle_share:
        found["waiting"] = waiting_cost_usd(decision_delay, world.access.idle_share, world.grants.day_usd)
    if world.safety.screening:
        found["screening"] = screening_cost_usd(applications, world.safety)
    return found
