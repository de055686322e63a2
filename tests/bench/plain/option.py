"""One option in one draw: each part at its size, the accounts, the hours and who gets them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field

from sim.calendar.records import Record
from sim.instruments.base import Instrument
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.domestic_fab import DomesticFab
from sim.instruments.public_cluster import PublicCluster
from sim.instruments.research_grants import ResearchGrants
from sim.mechanisms.demand import TIERS
from sim.units import HOURS_PER_MONTH, MONTHS_PER_YEAR
from tests.bench.plain.awards import award, busy_part
from tests.bench.plain.draw import Draw, Series
from tests.bench.plain.environment import emissions
from tests.bench.plain.machines import cluster
from tests.bench.plain.market import cheaper, dearer, reserve, wage_part
from tests.bench.plain.reproduction import left_for_research
from tests.bench.plain.schemes import credits_, fab, full_stake_usd, grants, scarcest
from tests.bench.plain.sharing import allocate
from tests.bench.plain.unit import Supply, Unit
from tests.bench.plain.vendors import fill_second, paying

POTS = 4


@dataclass
class Months:
    """One option over time: accounts, hours and burdens by month."""

    cash: dict[str, Series] = field(default_factory=dict)  # public money by account
    private: dict[str, Series] = field(default_factory=dict)  # others' money by account
    gpu_hours: dict[str, Series] = field(default_factory=dict)  # by provider
    h100e_hours: dict[str, Series] = field(default_factory=dict)
    used: dict[str, Series] = field(default_factory=dict)  # hours that found a user
    size: dict[str, float] = field(default_factory=dict)  # by instrument
    public: list[list[float]] = field(default_factory=list)  # hours, [month][tier]
    displaced: list[list[float]] = field(default_factory=list)  # own hours crowded out
    by_group: list[list[float]] = field(default_factory=list)  # hours of one group, own and public, [year][group]
    own_hired: list[list[float]] = field(default_factory=list)  # person-years of freed own money, [year][tier]
    days: Series = field(default_factory=list)  # of researchers, spent applying
    applications: Series = field(default_factory=list)
    labour: Series = field(default_factory=list)
    added_labour: Series = field(default_factory=list)
    leased: Series = field(default_factory=list)
    fab_output: Series = field(default_factory=list)  # accelerators
    first_orders: Series = field(default_factory=list)  # of them, those that research gets first under an embargo
    trade: dict[str, Series] = field(default_factory=dict)  # what is bought on markets, by kind
    taken: Series = field(default_factory=list)  # reserved accelerators
    afforded: float = 0.0  # stake that the money would pay for
    least: float = 0.0  # stake that decides on a fab
    kwh: dict[str, Series] = field(default_factory=dict)  # electricity by provider
    worn: dict[str, Series] = field(default_factory=dict)  # accelerators whose making falls to the month
    later: dict[int, float] = field(default_factory=dict)  # useful H100e-hours in months after the horizon
    awarded: Series = field(default_factory=list)  # hours awarded in competition
    unused_awards: Series = field(default_factory=list)
    peers: Series = field(default_factory=list)  # hours of a second vendor's machines, were they the first's
    second_work: Series = field(default_factory=list)  # of a second vendor's machines, over that of the first's
    cluster: PublicCluster | None = None  # levers of the public machine
    prices: tuple[Series, Series] = ((), ())  # rent and index of accelerators that all this was reckoned at


def compute_option(parts: Iterable[tuple[Instrument, float]], records: Sequence[Record], draw: Draw) -> Months:
    """One option; again at the prices that its fab makes and, where markets feed back, its purchases as well."""
    every = list(parts)
    months = reckon_at(every, records, draw)
    if draw.world.market.feedback:
        months = reckon_at(every, records, dearer(draw, months))
    elif any(months.fab_output):
        months = reckon_at(every, records, cheaper(draw, months))
    respend(months, draw)
    return months


def struck(
    parts: Iterable[tuple[Instrument, float]], records: Sequence[Record], draw: Draw, usual: Months, before: Draw
) -> Months:
    """The option under an embargo, told by `records` and `draw`; size, prices and what it crowded out stay."""
    here = copy(draw)
    here.rent_usd, here.accelerator_index = usual.prices
    months = reckon_at(list(parts), records, here, usual.size)
    for month in range(draw.months):
        on = draw.siege.start < month + 1 and month < draw.siege.stop
        for tier, left in enumerate(draw.tier_own[month]):
            given_up = usual.displaced[month][tier]
            months.displaced[month][tier] = min(given_up, left)
            kept_before, kept = before.tier_own[month][tier] - given_up, max(left - given_up, 0.0)
            if on:
                used_before = kept_before + usual.public[month][tier]
                months.public[month][tier] = min(months.public[month][tier], used_before - kept)
    if any(months.first_orders):
        fill_gaps(months, draw, usual, before)
    return months


def fill_gaps(months: Months, draw: Draw, usual: Months, before: Draw) -> None:
    """Hours that are missing against the usual, as far as machines that research ordered first make up for them."""
    at_work = 0.0  # H100e of these machines
    for month, number in enumerate(months.first_orders):
        at_work += number * draw.frontier[month] * draw.world.hardware.h100e_ratio
        hours = at_work * HOURS_PER_MONTH * draw.world.grants.workstation_use_share
        gaps = []
        for tier, own in enumerate(draw.tier_own[month]):
            used_before = before.tier_own[month][tier] - usual.displaced[month][tier] + usual.public[month][tier]
            used = own - months.displaced[month][tier] + months.public[month][tier]
            gaps.append(max(used_before - used, 0.0))
        part = 1.0 if hours >= sum(gaps) else hours / sum(gaps)
        for tier, gap in enumerate(gaps):
            months.public[month][tier] += gap * part


def reckon_at(
    parts: Sequence[tuple[Instrument, float]],
    records: Sequence[Record],
    draw: Draw,
    sizes: dict[str, float] | None = None,
) -> Months:
    """Size each instrument to its share of the money, unless that is known, add up, share out."""
    months = Months(days=draw.nothing(), labour=draw.nothing(), leased=draw.nothing(), fab_output=draw.nothing())
    months.applications, months.added_labour = draw.nothing(), draw.nothing()
    months.prices = draw.rent_usd, draw.accelerator_index
    reserved = 0.0  # part of a fab's output
    pots = [[0.0] * POTS for _ in range(draw.months)]
    fits = [[1.0] * POTS for _ in range(draw.months)]
    filled = busy_part(draw)
    months.awarded, months.unused_awards = draw.nothing(), draw.nothing()
    supplies: list[tuple[Supply, float]] = []
    left = left_for_research(draw.world)
    for number, (levers, share) in enumerate(parts):
        unit = unit_of(levers, records, number, draw, share)
        wanted = affordable(levers, unit, share, draw) if sizes is None else sizes[levers.name]
        size = min(wanted, unit.largest)
        if isinstance(levers, DomesticFab):
            least = draw.world.fab.minimum_stake_share if levers.minimum_scale else 0.0
            months.afforded, months.least, reserved = wanted, least * unit.largest, levers.reserved_share
        months.size[levers.name] = size
        if isinstance(levers, PublicCluster):
            months.cluster = paying(levers, share * sum(draw.budget), draw)
            months.peers = [hours * size for hours in unit.peers]
            fill_second(months, months.cluster, unit, size, draw)
        book(months, unit, size)
        private_cost(months, levers, unit, size, draw)
        for supply in unit.supplies:
            new = size * left * (1 - unit.displaced)
            supplies.append((supply, new))
            add(months.gpu_hours, supply.provider, supply.gpu_hours, size)
            add(months.h100e_hours, supply.provider, supply.h100e_hours, size * left)
            award(months, supply, new, draw)
            busy = filled if supply.provider == "cluster" else 1.0
            for month, hours in enumerate(supply.h100e_hours):
                pots[month][supply.pot] += hours * new * busy
                if supply.fits:
                    fits[month][supply.pot] = supply.fits[month]
        for month, hours in unit.later.items():
            months.later[month] = months.later.get(month, 0.0) + hours * size * left
        for table, flows in ((months.kwh, unit.kwh), (months.worn, unit.worn)):
            for provider, flow in flows.items():
                add(table, provider, flow, size)
    if draw.world.carbon.price_usd_per_t > 0 and months.kwh:
        running, making = emissions(months, draw)
        tonnes = [a + b for a, b in zip(running, making, strict=True)]
        add(months.private, "carbon", tonnes, draw.world.carbon.price_usd_per_t)
    reserve(months, reserved, draw)
    months.labour = [years * (1 - wage_part(draw)) for years in months.labour]
    months.added_labour = [years * (1 - wage_part(draw)) for years in months.added_labour]
    allocate_months(months, supplies, pots, fits, draw)
    return months


def respend(months: Months, draw: Draw) -> None:
    """Own money that public hours free and that buys no hours again: part of it pays people, the rest is kept."""
    part = draw.world.output.rehired_share
    freed = [[lost * rent for lost in tiers] for tiers, rent in zip(months.displaced, draw.rent_usd, strict=True)]
    months.own_hired = [[0.0] * len(TIERS) for _ in range(0, draw.months, MONTHS_PER_YEAR)]
    for month, tiers in enumerate(freed):
        for tier, usd in enumerate(tiers):
            years = usd * part / draw.world.grants.researcher_usd_per_year
            months.own_hired[month // MONTHS_PER_YEAR][tier] += years
    if any(map(any, freed)):
        total = [sum(tiers) for tiers in freed]
        add(months.private, "own compute saved", total, -1.0)
        add(months.private, "own money on people", total, part)


def unit_of(levers: Instrument, records: Sequence[Record], part: int, draw: Draw, share: float) -> Unit:
    """One unit of size of an instrument that has this share of the money."""
    if isinstance(levers, PublicCluster):
        return cluster(levers, records, part, draw, share * sum(draw.budget))
    if isinstance(levers, CloudCredits):
        return credits_(levers, records, part, draw)
    if isinstance(levers, ResearchGrants):
        return grants(levers, records, part, draw)
    if isinstance(levers, DomesticFab):
        return fab(levers, records, part, draw)
    return Unit()


def affordable(levers: Instrument, unit: Unit, share: float, draw: Draw) -> float:
    """Units that the part's share of the budget pays for; none where it does not reach the fixed costs."""
    rule = draw.world.money.normalisation
    if rule == "as_entered":
        entered = 1.0
        if isinstance(levers, PublicCluster):
            entered = levers.accelerators
        if isinstance(levers, DomesticFab):
            entered = levers.stake_usd
        return entered * share if unit.cash else 0.0
    worth = sum if rule == "equal_cash" else draw.present_value
    per_unit = 0.0
    for account, flow in (unit.planned_cash or unit.cash).items():
        if rule == "equal_pv" or account not in ("residual", "lease fees"):
            per_unit += worth(covered(account, flow, unit, draw))
    money = worth(draw.budget)
    if unit.begun is None:
        money += worth(draw.outside)
    left = share * money - sum(worth(covered(account, flow, unit, draw)) for account, flow in unit.fixed_cash.items())
    return max(left / per_unit, 0.0) if per_unit > 0 else 0.0


PAID_AS = {
    "hardware": ("hardware", "porting", "legal"),
    "building": ("facility",),
    "operations": ("energy", "maintenance", "staff", "lease fees"),
}


def covered(account: str, flow: Series, unit: Unit, draw: Draw) -> Series:
    """What of an account of a public machine the budget pays for."""
    part = next((part for part, accounts in PAID_AS.items() if account in accounts), None)
    if unit.begun is None or part is None:
        return flow
    if part not in draw.coverage.parts:
        return draw.nothing()
    years = draw.coverage.operations_years
    if part != "operations" or years is None:
        return flow
    end = unit.begun + years * MONTHS_PER_YEAR
    return [amount * min(max(end - month, 0.0), 1.0) for month, amount in enumerate(flow)]


def outside(levers: PublicCluster, records: Sequence[Record], draw: Draw) -> Series:
    """What another purse pays for a machine that gets all the money."""
    unit = unit_of(levers, records, 0, draw, 1.0)
    size = affordable(levers, unit, 1.0, draw)
    total = draw.nothing()
    for table, factor in ((unit.cash, size), (unit.fixed_cash, 1.0 if size > 0 else 0.0)):
        for account, flow in table.items():
            paid = covered(account, flow, unit, draw)
            for month in range(draw.months):
                total[month] += (flow[month] - paid[month]) * factor
    return total


def add(accounts: dict[str, Series], name: str, flow: Series, factor: float) -> None:
    """Add `factor` times a flow to an account."""
    account = accounts.setdefault(name, [0.0] * len(flow))
    for month, amount in enumerate(flow):
        account[month] += amount * factor


def book(months: Months, unit: Unit, size: float) -> None:
    """Public money, labour and leased hours at this size."""
    for account, flow in unit.cash.items():
        add(months.cash, account, flow, size)
    for kind, flow in unit.trade.items():
        add(months.trade, kind, flow, size)
    for account, flow in unit.fixed_cash.items():
        add(months.cash, account, flow, 1.0 if size > 0 else 0.0)
    new = size * (1 - unit.displaced)
    for total, flow, by in (
        (months.labour, unit.labour, size), (months.added_labour, unit.labour, new), (months.leased, unit.leased, size)
    ):  # fmt: skip
        for month, amount in enumerate(flow):
            total[month] += amount * by


def private_cost(months: Months, levers: Instrument, unit: Unit, size: float, draw: Draw) -> None:
    """What an instrument of this size asks of others, and what a fab of this size makes."""
    days: Series = []
    if isinstance(levers, PublicCluster | CloudCredits):
        effort = draw.applicants * draw.world.access.effort_days / MONTHS_PER_YEAR
        days = [effort if hours * size > 0 else 0.0 for hours in unit.supplies[0].h100e_hours]
        asked = draw.applicants / MONTHS_PER_YEAR
        sent = [asked if hours * size > 0 else 0.0 for hours in unit.supplies[0].h100e_hours]
        screen(months, sent, draw)
        if draw.world.access.help_share > 0:
            open_months = [1.0 if hours * size > 0 else 0.0 for hours in unit.supplies[0].h100e_hours]
            price = draw.reached * draw.world.access.help_usd / MONTHS_PER_YEAR
            add(months.private, "help desks", open_months, price)
        wait(months, sent, draw.world.access.decision_months, draw)
    elif isinstance(levers, ResearchGrants):
        sent = proposals(levers, unit.awards_usd, size, draw)
        days = [number * draw.world.grants.effort_days for number in sent]
        screen(months, sent, draw)
        wait(months, sent, levers.decision_months, draw)
        add(months.private, "hosting", unit.workstations, size * hosting_usd(draw))
        for flow in unit.cash.values() if draw.world.grants.displaced_share > 0 else ():
            add(months.private, "other funders", flow, -size * draw.world.grants.displaced_share)
    elif isinstance(levers, DomesticFab):
        made_by_fab(months, levers, unit, size / full_stake_usd(draw.world), draw)
    if days:
        add(months.private, "applicants", days, draw.world.grants.day_usd)
        for month, spent in enumerate(days):
            months.days[month] += spent


def made_by_fab(months: Months, levers: DomesticFab, unit: Unit, stake: float, draw: Draw) -> None:
    """What this part of the public share makes; while supply is cut less of it, and research first in the queue."""
    fab, siege = draw.world.fab, draw.siege
    least = fab.minimum_stake_share if levers.minimum_scale else 0.0
    follows = 1.0 if stake >= least else stake / least  # private money that comes because of the stake
    part = stake * fab.public_share + stake * follows * (1 - fab.public_share)
    usual = scarcest(draw.world)
    lost = usual - scarcest(draw.world, siege.cut)
    worth = 2 ** (-fab.node_lag_years / draw.world.hardware.doubling_years)
    first = max(levers.priority_share, levers.reserved_share)
    months.first_orders = draw.nothing()
    for month, output in enumerate(unit.fab_output):
        on = max(min(month + 1, siege.stop) - max(month, siege.start), 0.0)
        made = output * part * (1 - on * (lost / usual if usual > 0 else 0.0))
        months.fab_output[month] += made
        months.first_orders[month] = made * first * worth * on


def wait(months: Months, sent: Series, until_answered: float, draw: Draw) -> None:
    """What applying groups lose while they wait: a part of one person's working days, five of a week."""
    share = draw.world.access.idle_share
    if share > 0:
        working_days = until_answered * HOURS_PER_MONTH / 24 * 5 / 7
        add(months.private, "waiting", sent, working_days * share * draw.world.grants.day_usd)


def proposals(levers: ResearchGrants, awards_usd: Series, size: float, draw: Draw) -> Series:
    """Proposals behind each month's awards, losers included."""
    terms = draw.world.grants
    calls_per_year = MONTHS_PER_YEAR / levers.round_months
    usual = terms.reference_usd_per_year / levers.award_usd / terms.success_share
    sent = draw.nothing()
    for month, awarded in enumerate(awards_usd):
        yearly = awarded * size * calls_per_year
        if yearly > 0:
            growth = (yearly / terms.reference_usd_per_year) ** terms.crowding_elasticity
            sent[month] = max(usual * growth, yearly / levers.award_usd) / calls_per_year
    return sent


def screen(months: Months, sent: Series, draw: Draw) -> None:
    """Applications, and what the host pays where they are screened."""
    for month, number in enumerate(sent):
        months.applications[month] += number
    if draw.world.safety.screening:
        add(months.private, "screening", sent, draw.world.safety.screening_usd)


def hosting_usd(draw: Draw) -> float:
    """What an institution pays in a month for one accelerator in a laboratory."""
    operations, terms = draw.world.operations, draw.world.grants
    load = terms.workstation_use_share + operations.idle_power_share * (1 - terms.workstation_use_share)
    kwh = draw.world.hardware.power_kw / draw.world.hardware.h100e_ratio * load * operations.pue_ratio * HOURS_PER_MONTH
    return terms.hosting_usd_per_year / MONTHS_PER_YEAR + kwh * operations.electricity_usd_per_kwh


def allocate_months(
    months: Months,
    supplies: Sequence[tuple[Supply, float]],
    pots: Sequence[Sequence[float]],
    fits: Sequence[Sequence[float]],
    draw: Draw,
) -> None:
    """Share out the hours of every month; own hours are crowded out where public ones come."""
    ages, filled = draw.world.demand.new_only_share_per_year > 0, busy_part(draw)
    for supply, _ in supplies:
        months.used.setdefault(supply.provider, draw.nothing())
    months.by_group = [[0.0] * len(draw.count) for _ in range(0, draw.months, MONTHS_PER_YEAR)]
    for month, supplied in enumerate(pots):
        year = months.by_group[month // MONTHS_PER_YEAR]
        if max(supplied) <= 0:
            months.public.append([0.0] * len(TIERS))
            months.displaced.append([0.0] * len(TIERS))
            year[:] = [so_far + had for so_far, had in zip(year, draw.own[month], strict=True)]
            continue
        taken, found = allocate(supplied, fits[month], month, draw)
        if ages:
            _, were_all_new = allocate(supplied, [1.0] * POTS, month, draw)
            out_of_reach(months, supplies, supplied, found, were_all_new, month, filled)
        lost = [share * min(got, had) for share, got, had in zip(draw.crowd_out, taken, draw.own[month], strict=True)]
        for group, (had, got, gone) in enumerate(zip(draw.own[month], taken, lost, strict=True)):
            year[group] += had + got - gone
        months.public.append(draw.by_tier(taken))
        months.displaced.append(draw.by_tier(lost))
        for supply, size in supplies:
            if supplied[supply.pot] > 0:
                hours = supply.h100e_hours[month] * size * (filled if supply.provider == "cluster" else 1.0)
                months.used[supply.provider][month] += hours * found[supply.pot] / supplied[supply.pot]


def out_of_reach(
    months: Months,
    supplies: Sequence[tuple[Supply, float]],
    supplied: Sequence[float],
    found: Sequence[float],
    were_all_new: Sequence[float],
    month: int,
    filled: float,
) -> None:
    """Take off the hours of each provider that nobody can use because its designs are too old."""
    lost: dict[str, float] = {}
    for supply, size in supplies:
        if supplied[supply.pot] > 0:
            busy = filled if supply.provider == "cluster" else 1.0
            hours = supply.h100e_hours[month] * size * busy
            part = (were_all_new[supply.pot] - found[supply.pot]) / supplied[supply.pot]
            lost[supply.provider] = lost.get(supply.provider, 0.0) + hours * part
    for provider, hours in lost.items():
        every = sum(each.h100e_hours[month] * size for each, size in supplies if each.provider == provider)
        if every > 0 and hours > 0:
            for table in (months.gpu_hours, months.h100e_hours):
                table[provider][month] *= 1 - hours / every
