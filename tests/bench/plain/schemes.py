"""Credits, grants and a fab month by month: what one unit of size costs and yields."""

from __future__ import annotations

from collections.abc import Sequence

from sim.calendar.records import Kind, Record
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.domestic_fab import DomesticFab
from sim.instruments.research_grants import ResearchGrants
from sim.mechanisms.world import World
from sim.units import HOURS_PER_MONTH, MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, Series, runnable
from tests.bench.plain.environment import rented_kwh, rented_worn
from tests.bench.plain.unit import BY_ODDS, REQUEST, SMALL_BY_ODDS, Supply, Unit, pay, pay_evenly, settled


def credits_(levers: CloudCredits, records: Sequence[Record], part: int, draw: Draw) -> Unit:
    """Vouchers for the whole appropriation."""
    cloud = draw.world.cloud
    overhead, bought, redeemed = draw.nothing(), draw.nothing(), draw.nothing()
    for record in records:
        if record.part == part and record.kind == Kind.CREDIT_ROUND:
            month = record.hour / HOURS_PER_MONTH
            vouchers = record.value * (1 - cloud.overhead_share)
            pay(overhead, month, record.value * cloud.overhead_share)
            pay(bought, month, vouchers)
            pay_evenly(redeemed, month, month + levers.validity_months, vouchers * cloud.spent_share)
    prepaid = levers.prepaid_share
    later = settled(redeemed, sum(bought) * cloud.spent_share)
    transfers = [prepaid * b + (1 - prepaid) * r for b, r in zip(bought, later, strict=True)]
    expired = draw.nothing()
    for record in records:
        if record.part == part and record.kind == Kind.CREDIT_EXPIRY:
            unspent = record.value * (1 - cloud.overhead_share) * (1 - cloud.spent_share)
            pay(expired, record.hour / HOURS_PER_MONTH, unspent)
    expired = settled(expired, sum(bought) * (1 - cloud.spent_share))
    on_loan = rented_gpu_hours(redeemed, levers.committed_share, draw)
    return Unit(
        cash={"overhead": overhead, "transfers": transfers},
        supplies=[rented("cloud", REQUEST, redeemed, levers.committed_share, draw)],
        trade={
            "rent": redeemed,
            "breakage": [usd * prepaid for usd in expired],
            "returned": [usd * (1 - prepaid) for usd in expired],
        },
        kwh={"cloud": rented_kwh(on_loan, draw)},
        worn={"cloud": rented_worn(on_loan, draw)},
    )


def rented_gpu_hours(spent_usd: Series, committed_share: float, draw: Draw) -> Series:
    """Hours of accelerators that money rents, whether or not they then do any work."""
    cloud = draw.world.cloud
    cheaper = 1 - committed_share + committed_share / (1 - cloud.commit_discount_share)
    hours = []
    for usd, rent, new in zip(spent_usd, draw.rent_usd, draw.frontier, strict=True):
        hours.append(usd * (1 - cloud.egress_share) * cheaper / rent / new)
    return hours


def rented(provider: str, pot: int, spent_usd: Series, committed_share: float, draw: Draw) -> Supply:
    """Hours of work that money buys at the rent of the month."""
    cloud = draw.world.cloud
    used = (1 - cloud.egress_share) * (1 - cloud.idle_share)
    used *= 1 - committed_share + committed_share / (1 - cloud.commit_discount_share)
    hours = [usd / rent * used for usd, rent in zip(spent_usd, draw.rent_usd, strict=True)]
    hours = [h * draw.siege.rented(month) for month, h in enumerate(hours)]
    return Supply(provider, pot, [h / new for h, new in zip(hours, draw.frontier, strict=True)], hours)


def grants(levers: ResearchGrants, records: Sequence[Record], part: int, draw: Draw) -> Unit:
    """Awards of the whole appropriation: people, laboratory machines, rented hours."""
    terms = draw.world.grants
    paid, awarded = draw.nothing(), draw.nothing()
    offered = 0.0
    for record in records:
        if record.part == part and record.kind == Kind.GRANT_ROUND:
            offered += record.value
        if record.part == part and record.kind == Kind.AWARD:
            month = record.hour / HOURS_PER_MONTH
            pay(awarded, month, record.value)
            pay_evenly(paid, month, month + levers.duration_months, record.value)
    labour, machines, work_bought, rents, wages, boxes = [], [], [], [], [], []
    for usd, new, index in zip(paid, draw.frontier, draw.accelerator_index, strict=True):
        direct = usd / (1 + terms.indirect_ratio)
        compute = direct * levers.compute_share
        labour.append((direct - compute) / terms.researcher_usd_per_year)
        wages.append(direct - compute)
        boxes.append(compute * levers.workstation_share)
        machines.append(boxes[-1] / (terms.workstation_price_usd * index))
        work_bought.append(machines[-1] * new)
        rents.append(compute * (1 - levers.workstation_share))
    life_months = terms.workstation_life_years * MONTHS_PER_YEAR
    alive, work = (in_use(draw.siege.delayed(bought), life_months) for bought in (machines, work_bought))
    running = [draw.siege.running(month + 0.5) for month in range(draw.months)]
    alive, work = ([n * run for n, run in zip(there, running, strict=True)] for there in (alive, work))
    hours = terms.workstation_use_share * HOURS_PER_MONTH
    care = terms.workstation_use_share + draw.world.operations.idle_power_share * (1 - terms.workstation_use_share)
    month_kwh = draw.world.hardware.power_kw * care * draw.world.operations.pue_ratio * HOURS_PER_MONTH
    on_loan = rented_gpu_hours(rents, 0.0, draw)
    bought_at = in_use([w * t for w, t in zip(work_bought, draw.t_years, strict=True)], life_months)
    designs = [
        when / w if w > 0 else t
        for when, w, t in zip(bought_at, in_use(work_bought, life_months), draw.t_years, strict=True)
    ]
    fits = [runnable(t - design, draw.world) for t, design in zip(draw.t_years, designs, strict=True)]
    workstation = Supply("workstation", SMALL_BY_ODDS, [a * hours for a in alive], [w * hours for w in work], fits)
    return Unit(
        cash={"transfers": settled(paid, offered)},
        supplies=[workstation, rented("cloud", BY_ODDS, rents, 0.0, draw)],
        awards_usd=awarded,
        labour=labour,
        workstations=alive,
        trade={"accelerators": boxes, "rent": rents, "wages": wages},
        kwh={"workstation": [number * month_kwh for number in alive], "cloud": rented_kwh(on_loan, draw)},
        worn={"workstation": machines, "cloud": rented_worn(on_loan, draw)},
    )


def in_use(bought: Series, life_months: float) -> Series:
    """What was bought before each month and has not yet reached the end of its life."""
    so_far = [0.0]  # bought before each month
    for amount in bought:
        so_far.append(so_far[-1] + amount)
    alive = []
    for month in range(len(bought)):
        retired = max(month - life_months, 0.0)  # what was bought before then is gone
        whole = int(retired)
        gone = so_far[whole] + (retired - whole) * bought[whole]
        alive.append(so_far[month] - gone)
    return alive


def fab(levers: DomesticFab, records: Sequence[Record], part: int, draw: Draw) -> Unit:
    """A dollar of stake, and the output of the fab as a whole."""
    terms = draw.world.fab
    stake, output = draw.nothing(), draw.nothing()
    dies = terms.wafers_per_month * terms.dies_per_wafer * terms.accelerator_share
    full_output = min(dies, terms.packages_per_month)
    for record in records:
        if record.part == part and record.kind == Kind.FAB_STAGE:
            pay(stake, record.hour / HOURS_PER_MONTH, record.value)
        if record.part == part and record.kind == Kind.FAB_OUTPUT:
            for month in range(draw.months):
                since = month + 0.5 - record.hour / HOURS_PER_MONTH
                output[month] = full_output * min(max(since / terms.ramp_months, 0.0), 1.0)
    paid = settled(stake, 1.0)
    largest = full_stake_usd(draw.world)
    return Unit(cash={"stake": paid}, largest=largest, fab_output=output, trade={"tools": paid})


def full_stake_usd(world: World) -> float:
    """Public money for the whole fab."""
    return world.fab.public_share * world.fab.capex_usd * (1 + world.fab.overrun_ratio)
