"""A public cluster month by month: capital, running costs and hours of one accelerator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from math import inf, log2, sqrt

from sim.calendar.records import Kind, Record
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.world import World
from sim.units import HOURS_PER_MONTH, JOB_SIZES_GPUS, MINUTES_PER_HOUR, MONTHS_PER_YEAR, SECONDS_PER_HOUR
from tests.bench.plain.draw import ROUNDING_MONTHS, Draw, Series, month_of, runnable
from tests.bench.plain.unit import OLD_REQUEST, REQUEST, Supply, Unit, overlap, pay
from tests.bench.plain.vendors import mix_price, paying, second, whole_costs


@dataclass
class Machine:
    """One tranche, or what replaced it; months."""

    share: float = 0.0  # of the whole cluster
    ordered: float = inf
    delivered: float = inf
    accepted: float = inf
    retired: float = inf
    replaces: int = -1
    up: dict[int, float] = field(default_factory=dict)  # share in service, by month


def read(records: Sequence[Record], part: int) -> dict[int, Machine]:
    """The machines that were ordered, by number."""
    machines: dict[int, Machine] = {}
    for record in records:
        if record.part != part:
            continue
        machine = machines.setdefault(record.item, Machine())
        month = record.hour / HOURS_PER_MONTH
        if record.kind == Kind.ORDER:
            machine.share, machine.ordered = record.value, month
        elif record.kind == Kind.REFRESH:
            machine.replaces = int(record.value)
        elif record.kind == Kind.DELIVERY:
            machine.delivered = month
        elif record.kind == Kind.ACCEPTANCE:
            machine.accepted = month
        elif record.kind == Kind.RETIREMENT:
            machine.retired = month
        elif record.kind == Kind.CAPACITY:
            machine.up[month_of(record.hour)] = record.value
    return {number: machine for number, machine in machines.items() if machine.ordered < inf}


def cluster(levers: PublicCluster, records: Sequence[Record], part: int, draw: Draw, money_usd: float) -> Unit:
    """One accelerator, spread over the tranches; `money_usd` is what the option may spend in all."""
    world, months = draw.world, draw.months
    levers = paying(levers, money_usd, draw)
    operations, hardware = world.operations, world.hardware
    machines = read(records, part)
    good = goodput(world)
    load = levers.target_utilisation + operations.idle_power_share * (1 - levers.target_utilisation)
    kwh_per_kw = load * operations.pue_ratio * HOURS_PER_MONTH
    bill_per_kw = kwh_per_kw * operations.electricity_usd_per_kwh
    prices = system_prices(levers, machines, money_usd, world)
    fixed_price = world.procurement.contract == "fixed_price"
    kept_promise = world.procurement.capability_ratio if fixed_price else 1.0
    team = operations.staff_per_1000_gpus / 1000 * operations.wage_usd_per_year / MONTHS_PER_YEAR
    least_team = operations.staff_fixed * operations.wage_usd_per_year / MONTHS_PER_YEAR
    energy, maintenance, staff, fixed_staff = (draw.nothing() for _ in range(4))
    kwh, delivered, served = draw.nothing(), draw.nothing(), draw.nothing()
    gpu_hours, h100e_hours, peers = draw.nothing(), draw.nothing(), draw.nothing()
    fitting, whole = draw.nothing(), draw.nothing()  # work of all designs, and as far as need fits them
    other = levers.alternative_share
    for number, machine in machines.items():
        bill = kw_of_one(machine.ordered, world) * bill_per_kw
        pay(delivered, machine.delivered, machine.share)
        design = machine.ordered if levers.spec_freeze else max(machine.delivered, machine.ordered)
        design_years = design / MONTHS_PER_YEAR
        for month in range(months):
            inside = overlap(machine.accepted, machine.retired, month)
            if inside <= 0:
                continue
            serving = machine.share * inside
            served[month] += serving
            energy[month] += serving * bill
            kwh[month] += serving * kw_of_one(machine.ordered, world) * kwh_per_kw
            maintenance[month] += serving * prices[number] * operations.maintenance_share_per_year / MONTHS_PER_YEAR
            staff[month] += serving * team
            fixed_staff[month] = max(fixed_staff[month], inside * least_team)
            hours = serving * machine.up.get(month, 0.0) * levers.target_utilisation * HOURS_PER_MONTH
            speed_up = 2 ** (design_years / hardware.doubling_years)
            work = hours * hardware.h100e_ratio * kept_promise * speed_up * good
            hours, work = hours * draw.filled, work * draw.filled
            fitting[month] += work * runnable(draw.t_years[month] - design_years, world)
            whole[month] += work
            moment = draw.t_years[month] * MONTHS_PER_YEAR
            busy, theirs = second(levers, moment, world)
            peers[month] += other * work
            gpu_hours[month] += hours * (1 - other + other * busy)
            h100e_hours[month] += work * (1 - other + other * theirs)
    cash = {"energy": energy, "maintenance": maintenance, "staff": staff}
    buying = world.procurement
    if levers.leased_share > 0:
        fee = levers.lease_usd * levers.leased_share
        cash["lease fees"] = [-fee * hours for hours in gpu_hours]
    kept = 1 - levers.leased_share
    plan = capital(machines, prices, draw, 0.0, 0.0, planned=True) if levers.overrun_treatment == "top_up" else None
    first_order = min((machine.ordered for machine in machines.values()), default=inf)
    ordered = draw.nothing()
    for machine in machines.values():
        pay(ordered, machine.ordered, machine.share)
    dearer = 0.0 if fixed_price else buying.overrun_ratio
    bought = capital(machines, prices, draw, dearer, buying.facility_overrun_ratio)
    return Unit(
        cash=cash | bought,
        trade={"accelerators": bought["hardware"], "ordered": ordered},
        planned_cash=None if plan is None else cash | plan,
        fixed_cash={"staff": fixed_staff} | whole_costs(levers, first_order, draw),
        supplies=[
            Supply(
                "cluster",
                OLD_REQUEST if world.demand.new_only_share_per_year > 0 else REQUEST,
                [kept * hours for hours in gpu_hours],
                [kept * hours for hours in h100e_hours],
                [some / every if every > 0 else 1.0 for some, every in zip(fitting, whole, strict=True)],
            )
        ],
        leased=[levers.leased_share * hours for hours in h100e_hours],
        peers=[kept * hours for hours in peers],
        kwh={"cluster": kwh},
        worn={"cluster": delivered},
        begun=next((month for month, up in enumerate(served) if up > 0), 0),
    )


def system_prices(
    levers: PublicCluster, machines: dict[int, Machine], money_usd: float, world: World
) -> dict[int, float]:
    """Server, network and storage of one accelerator of each machine: more than the part, less in a large order."""
    shares = sum(machine.share for machine in machines.values())
    found = {}
    for number, machine in machines.items():
        order = max(money_usd * machine.share / shares, 1.0) if shares > 0 else 1.0
        size = (order / 100e6) ** world.procurement.order_exponent
        price = world.hardware.price_usd * world.procurement.system_ratio * size
        found[number] = price * mix_price(levers, machine.ordered, world)
    return found


def capital(
    machines: dict[int, Machine],
    prices: dict[int, float],
    draw: Draw,
    overrun: float,
    facility_overrun: float,
    *,
    planned: bool = False,
) -> dict[str, Series]:
    """Purchase of machines and buildings with these overruns, in three stages, and what is left of them."""
    world, months = draw.world, draw.months
    hardware, buying = world.hardware, world.procurement
    first, last = buying.paid_at_order_share, buying.paid_at_acceptance_share
    ready = 1.0 if buying.build == "new_hall" else buying.fit_out_share
    bought, built, residual = [0.0] * months, [0.0] * months, [0.0] * months
    for number, machine in machines.items():
        list_price = machine.share * prices[number]
        room = hardware.facility_usd_per_kw * hardware.facility_headroom_ratio * kw_of_one(machine.ordered, world)
        building = machine.share * room * ready
        if machine.replaces >= 0:  # there is a building, for the power of the machine that was replaced
            years = (machine.ordered - machines[machine.replaces].ordered) / MONTHS_PER_YEAR
            building *= max(1 - (1 + hardware.power_growth_per_year) ** -years, 0.0)
        asked = list_price  # what the market asks when the machine is ordered; plans do not know
        if not planned and machine.ordered < months:
            felt = min(int(machine.ordered + ROUNDING_MONTHS) + 1, months - 1)  # a month after the order
            asked *= draw.accelerator_index[felt]
        for flow, price in ((bought, asked * (1 + overrun)), (built, building * (1 + facility_overrun))):
            pay(flow, machine.ordered, first * price)
            pay(flow, machine.delivered, (1 - first - last) * price)
            pay(flow, machine.accepted, last * price)
        arrived = machine.delivered < inf  # otherwise only the first stage was paid, and no more is ours to sell
        owned = first
        if arrived:
            owned += 1 - first - last
        if machine.accepted < inf:
            owned += last
        since = machine.delivered if arrived else machine.ordered
        sold = min(machine.retired, months)
        resale = owned * list_price * (1 - hardware.resale_decay_per_year) ** ((sold - since) / MONTHS_PER_YEAR)
        pay(residual, min(sold, months - 1), -resale)
        age_years = (months - since) / MONTHS_PER_YEAR
        standing = min(max(1 - age_years / hardware.facility_life_years, 0.0), 1.0)
        residual[-1] -= owned * building * standing
    return {"hardware": bought, "facility": built, "residual": residual}


def kw_of_one(ordered: float, world: World) -> float:
    """IT power of one accelerator ordered in that month."""
    return world.hardware.power_kw * (1 + world.hardware.power_growth_per_year) ** (ordered / MONTHS_PER_YEAR)


def goodput(world: World) -> float:
    """Useful part of allocated hours: checkpoints, redone work, restarts and thin support taken off."""
    reliability, operations = world.reliability, world.operations
    checkpoint_hours = reliability.checkpoint_seconds / SECONDS_PER_HOUR
    restart_hours = reliability.restart_minutes / MINUTES_PER_HOUR
    useful = 0.0
    for gpus, weight in zip(JOB_SIZES_GPUS, gpu_hour_weights(world.workload.mean_gpus), strict=True):
        per_hour = gpus * reliability.interruptions_per_gpu_hour
        waste = sqrt(2 * checkpoint_hours * per_hour) + restart_hours * per_hour
        useful += weight / (1 + waste)
    if not reliability.user_support:
        return useful
    enough = min(operations.staff_per_1000_gpus / reliability.support_needed_per_1000_gpus, 1.0)
    return useful * enough**reliability.support_exponent


@cache
def gpu_hour_weights(mean_gpus: float) -> tuple[float, ...]:
    """Share of GPU-hours of jobs of each size, when each doubling of size is rarer by one and the same ratio."""
    low, high = 0.0, 100.0
    for _ in range(200):
        ratio = (low + high) / 2
        chances = [ratio ** log2(gpus) for gpus in JOB_SIZES_GPUS]
        mean = sum(c * gpus for c, gpus in zip(chances, JOB_SIZES_GPUS, strict=True)) / sum(chances)
        low, high = (ratio, high) if mean < mean_gpus else (low, ratio)
    hours = [c * gpus for c, gpus in zip(chances, JOB_SIZES_GPUS, strict=True)]
    return tuple(each / sum(hours) for each in hours)
