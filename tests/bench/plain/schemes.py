"""Credits, grants and a fab month by month: what one unit of size costs and yields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import ceil

from sim.calendar.records import Kind, Record
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.domestic_fab import DomesticFab
from sim.instruments.research_grants import ResearchGrants
from sim.mechanisms.world import World
from sim.units import HOURS_PER_MONTH, MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, Series, month_of, runnable
from tests.bench.plain.environment import rented_kwh, rented_worn
from tests.bench.plain.unit import BY_ODDS, REQUEST, SMALL_BY_ODDS, Supply, Unit, overlap, pay, pay_evenly, settled


def credits_(levers: CloudCredits, records: Sequence[Record], part: int, draw: Draw) -> Unit:
    """Vouchers for the whole appropriation: a part buys hours ahead, a part is committed, the rest is spent."""
    cloud = draw.world.cloud
    overhead, bought, redeemed, used_up, on_loan = (draw.nothing() for _ in range(5))
    later: dict[int, float] = defaultdict(float)
    at_issue = 0.0  # spent vouchers that are paid for when they are issued
    ahead, committed = levers.ahead_share, levers.committed_share
    cheaper = 1 - ahead - committed + committed / (1 - cloud.commit_discount_share)  # hours per hour's price, not ahead
    for record in records:
        if record.part == part and record.kind == Kind.CREDIT_ROUND:
            month = record.hour / HOURS_PER_MONTH
            vouchers = record.value * (1 - cloud.overhead_share)
            pay(overhead, month, record.value * cloud.overhead_share)
            pay(bought, month, vouchers)
            used = vouchers * cloud.spent_share
            end = month + levers.validity_months
            pay_evenly(redeemed, month + levers.kept_months, end, used * (1 - ahead))
            pay_evenly(used_up, month, end, used * ahead)
            at_issue += used * ahead
            price = draw.rent_usd[month_of(record.hour)]  # of hours ahead
            for now in range(int(month), int(end) + 1):
                dated = overlap(month, end, now) * used * ahead / levers.validity_months / price
                spent = overlap(month + levers.kept_months, end, now) / (levers.validity_months - levers.kept_months)
                hours = (dated + spent * used * cheaper / draw.rent_in(now)) * (1 - cloud.egress_share)
                if now < draw.months:
                    on_loan[now] += hours
                else:
                    later[now] += hours * (1 - cloud.idle_share)
    prepaid = levers.prepaid_share
    late = settled(redeemed, sum(bought) * cloud.spent_share - at_issue)
    transfers = [ahead * b + (1 - ahead) * prepaid * b + (1 - prepaid) * r for b, r in zip(bought, late, strict=True)]
    expired = draw.nothing()
    for record in records:
        if record.part == part and record.kind == Kind.CREDIT_EXPIRY:
            unspent = record.value * (1 - cloud.overhead_share) * (1 - cloud.spent_share)
            pay(expired, record.hour / HOURS_PER_MONTH, unspent)
    expired = settled(expired, sum(bought) * (1 - cloud.spent_share))
    lost = 1 - (1 - ahead) * (1 - prepaid)  # part of what expires that is the provider's
    hours = [h * (1 - cloud.idle_share) * draw.siege.rented(month) for month, h in enumerate(on_loan)]
    ratio = draw.world.hardware.h100e_ratio  # of an H100 in what is for rent
    gpu_hours = [h / new / ratio for h, new in zip(on_loan, draw.frontier, strict=True)]
    return Unit(
        cash={"overhead": overhead, "transfers": transfers},
        supplies=[
            Supply("cloud", REQUEST, [h / new / ratio for h, new in zip(hours, draw.frontier, strict=True)], hours)
        ],
        trade={
            "rent": [a + b for a, b in zip(redeemed, used_up, strict=True)],
            "breakage": [usd * lost for usd in expired],
            "returned": [usd * (1 - lost) for usd in expired],
        },
        kwh={"cloud": rented_kwh(gpu_hours, draw)},
        worn={"cloud": rented_worn(gpu_hours, draw)},
        later=later,
    )


def rented_gpu_hours(spent_usd: Series, draw: Draw) -> Series:
    """Hours of accelerators that money rents, whether or not they then do any work."""
    hours = []
    for usd, rent, new in zip(spent_usd, draw.rent_usd, draw.frontier, strict=True):
        hours.append(usd * (1 - draw.world.cloud.egress_share) / rent / new / draw.world.hardware.h100e_ratio)
    return hours


def rented(provider: str, pot: int, spent_usd: Series, draw: Draw) -> Supply:
    """Hours of work that money buys at the rent of the month."""
    cloud = draw.world.cloud
    used = (1 - cloud.egress_share) * (1 - cloud.idle_share)
    hours = [usd / rent * used for usd, rent in zip(spent_usd, draw.rent_usd, strict=True)]
    hours = [h * draw.siege.rented(month) for month, h in enumerate(hours)]
    ratio = draw.world.hardware.h100e_ratio
    return Supply(provider, pot, [h / new / ratio for h, new in zip(hours, draw.frontier, strict=True)], hours)


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
    h100_kw = draw.world.hardware.power_kw / draw.world.hardware.h100e_ratio
    month_kwh = h100_kw * care * draw.world.operations.pue_ratio * HOURS_PER_MONTH
    on_loan = rented_gpu_hours(rents, draw)
    bought_at = in_use([w * t for w, t in zip(work_bought, draw.t_years, strict=True)], life_months)
    designs = [
        when / w if w > 0 else t
        for when, w, t in zip(bought_at, in_use(work_bought, life_months), draw.t_years, strict=True)
    ]
    fits = [runnable(t - design, draw.world) for t, design in zip(draw.t_years, designs, strict=True)]
    new, spent = 1 - terms.displaced_share, {"accelerators": boxes, "rent": rents, "wages": wages}
    workstation = Supply("workstation", SMALL_BY_ODDS, [a * hours for a in alive], [w * hours for w in work], fits)
    return Unit(
        cash={"transfers": settled(paid, offered), "residual": resold(machines, draw)},
        supplies=[workstation, rented("cloud", BY_ODDS, rents, draw)],
        awards_usd=awarded,
        labour=labour,
        displaced=terms.displaced_share,
        workstations=[n * new for n in alive],
        trade={kind: [usd * new for usd in flow] for kind, flow in spent.items()},
        kwh={"workstation": [number * month_kwh for number in alive], "cloud": rented_kwh(on_loan, draw)},
        worn={"workstation": machines, "cloud": rented_worn(on_loan, draw)},
        later=after_the_horizon(levers, records, part, draw),
    )


def resold(machines: Series, draw: Draw) -> Series:
    """What laboratories' machines fetch when they retire or are worth at the horizon, negative."""
    terms, account = draw.world.grants, draw.nothing()
    for month, number in enumerate(machines):
        sold = min(month + 1 + terms.workstation_life_years * MONTHS_PER_YEAR, draw.months)
        years = (sold - month - 0.5) / MONTHS_PER_YEAR
        left = (1 - draw.world.hardware.resale_decay_per_year) ** years
        pay(account, min(sold, draw.months - 1), -number * terms.workstation_price_usd * left)
    return account


def after_the_horizon(levers: ResearchGrants, records: Sequence[Record], part: int, draw: Draw) -> dict[int, float]:
    """Useful hours by month that awards buy after the horizon: rented at once, or by machines while they last."""
    terms, cloud = draw.world.grants, draw.world.cloud
    hours: dict[int, float] = defaultdict(float)
    life = terms.workstation_life_years * MONTHS_PER_YEAR
    for record in records:
        if record.part != part or record.kind != Kind.GRANT_ROUND:
            continue
        start = record.hour / HOURS_PER_MONTH + levers.decision_months
        stop = start + levers.duration_months
        for month in range(draw.months, int(stop) + 1):
            usd = record.value * overlap(start, stop, month) / levers.duration_months
            compute = usd / (1 + terms.indirect_ratio) * levers.compute_share
            rent = compute * (1 - levers.workstation_share) * (1 - cloud.egress_share) * (1 - cloud.idle_share)
            hours[month] += rent / draw.rent_in(month)
            machines = compute * levers.workstation_share / terms.workstation_price_usd
            work = machines * draw.frontier_in(month) * terms.workstation_use_share * HOURS_PER_MONTH
            for then in range(month + 1, month + 1 + ceil(life)):
                hours[then] += work * min(month + 1 + life - then, 1.0)
    return hours


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
    full_output = scarcest(draw.world)
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


def scarcest(world: World, cut: float = 0.0) -> float:
    """Accelerators a month of a whole fab: of dies, packaging and memory the one that is short; a cut hits two."""
    fab = world.fab
    dies = fab.wafers_per_month * fab.dies_per_wafer * fab.accelerator_share / fab.dies_per_accelerator
    at_home = fab.inputs_at_home_share
    still = at_home + (1 - at_home) * (1 - cut)
    packaged, equipped = fab.packaging_per_month * fab.packaging_share, fab.memory_per_month * fab.memory_share
    return min(dies, still * packaged, still * equipped)


def full_stake_usd(world: World) -> float:
    """Public money for the whole fab."""
    return world.fab.public_share * world.fab.capex_usd * (1 + world.fab.overrun_ratio)
