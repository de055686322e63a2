"""Combinations of values, each possible alone, that leave nothing to compute or nothing to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import ceil, erfc, floor, inf, log, sqrt

import numpy as np

from sim.formatting import format_bound, format_range, join_words
from sim.instruments import Instrument
from sim.instruments.domestic_fab import DomesticFab
from sim.instruments.public_cluster import PublicCluster
from sim.instruments.research_grants import ResearchGrants
from sim.mechanisms import forfeiture
from sim.mechanisms.carbon import GIVEN
from sim.mechanisms.demand import TIERS
from sim.mechanisms.fab import full_output_per_month, months_to_output
from sim.mechanisms.licences import LicenceError, shipped
from sim.mechanisms.market import price_index
from sim.mechanisms.openness import CLASSES, DEMANDED
from sim.mechanisms.operations import running_cost_per_year
from sim.mechanisms.procurement import months_to_service, system_price_usd
from sim.mechanisms.workload import Workload
from sim.mechanisms.world import World
from sim.parameters import Array, Parameters
from sim.scenario.model import HORIZON_YEARS, Option
from sim.scenario.problems import Problems
from sim.scenario.values import BY_WAIVER
from sim.scenario.waivers import HORIZON_PATH, Waivers
from sim.units import (
    DAYS_PER_WEEK,
    GPUS_PER_NODE,
    HOURS_PER_DAY,
    HOURS_PER_MONTH,
    MONTHS_PER_YEAR,
    REFERENCE_ORDER_USD,
    SECONDS_PER_HOUR,
)

ROUNDING = 1e-9  # what a sum of shares may be off by
FULLEST = 0.99  # a machine that its operator may want
LEAST_FITTING_SHARE = 1e-3  # of runs that end within the wall limit
MOST_WEEKS = 10_000  # in all windows of one option
# where a market's parameters stand: what is sold, sales a year, elasticities of supply and of demand
MARKETS = (
    ("", "accelerators_usd_per_year", "supply_elasticity", "demand_elasticity"),
    ("rental ", "rental_usd_per_year", "rental_supply_elasticity", "rental_demand_elasticity"),
)


def check_world(world: World, named: frozenset[str], budget_usd: float | None, problems: Problems) -> None:
    """Parameters of the world that are each possible, but not together. `named` are the paths that the file sets."""
    _tiers(world, named, problems)
    _jobs(world, problems)
    _nodes(world, problems)
    _applicants(world, named, problems)
    _releases(world, named, problems)
    buying = world.procurement
    if (paid := buying.paid_at_order_share + buying.paid_at_acceptance_share) > 1 + ROUNDING:
        both = "paid_at_order_share and paid_at_acceptance_share"
        problems.fault("world.procurement", f"{both} sum to {paid:g}, must sum to at most 1")
    if world.carbon.grid != GIVEN and "carbon.grid_kg_per_kwh" in named:
        problems.warn("world.carbon", f"grid_kg_per_kwh is idle, since the grid is that of {world.carbon.grid!r}")
    later, last = world.money.later_from_years, world.money.last_from_years
    if last < later:
        before = f"{format_bound(last)} is before the year from which the later rate holds"
        problems.fault("world.money.last_from_years", f"{before}; allowed: {format_range(later, inf, 'year')}")
    if world.cloud.floor_usd > world.cloud.price_usd:
        price = f"the price it limits, {world.cloud.price_usd:g} (USD per H100e-hour)"
        problems.warn("world.cloud", f"floor_usd, {world.cloud.floor_usd:g}, is above {price}, so rent never falls")
    _markets(world, budget_usd, problems)


def _tiers(world: World, named: frozenset[str], problems: Problems) -> None:
    """Tiers must hold groups, and some tier must be able to win."""
    nobody = "the shares of all tiers are 0, so there is no research group"
    _shares(world.demand, TIERS, "the four tiers", nobody, named, problems)
    for tier in TIERS:
        if (sizes := getattr(world.demand, f"size_{tier}")) and not any(sizes):
            problems.fault(f"world.demand.size_{tier}", "all sizes are 0; allowed: one of them above 0 (ratio)")
    if not any(getattr(world.access, f"odds_{tier}") for tier in TIERS):
        nobody = "the odds of all tiers are 0, so nobody wins a grant"
        problems.fault("world.access", f"{nobody}; allowed: one of them above 0 (ratio)")


def _applicants(world: World, named: frozenset[str], problems: Problems) -> None:
    """Somebody must be able to get public hours, and what a file sets should change something."""
    access, demand = world.access, world.demand
    if not (access.reserve_share or access.open_rest or any(getattr(access, f"apply_{tier}") for tier in TIERS)):
        nobody = "nobody applies, nothing is reserved for all and what is left stays idle, so nobody gets public hours"
        problems.fault("world.access", f"{nobody}; allowed: an apply rate or a reserve above 0, or open_rest = true")
    if access.rule == "lottery" and "access.cut_exponent" in named:
        problems.warn("world.access", "cut_exponent is idle, since a lottery does not look at the size of requests")
    if access.unused_share == 0 and access.forfeiture != forfeiture.NOBODY:
        problems.warn("world.access", "forfeiture is idle, since unused_share is 0 and nothing is left to take back")
    if demand.saturation_ratio == 1 and demand.growth_per_year and "demand.growth_per_year" in named:
        problems.warn("world.demand", "growth_per_year is idle, since need is saturated at the start")


def _shares(
    group: Parameters, kinds: Iterable[str], of: str, nothing: str, named: frozenset[str], problems: Problems
) -> None:
    """The group's shares by kind must sum to one where the file sets all of them; others are scaled."""
    path, names = f"world.{group.group}", [f"share_{kind}" for kind in kinds]
    total = sum(getattr(group, name) for name in names)
    sums = f"the shares of {of} sum to {total:.6g}"
    if total == 0:
        problems.fault(path, f"{nothing}; allowed: a sum of 1")
    elif abs(total - 1) > ROUNDING and named.issuperset(f"{group.group}.{name}" for name in names):
        problems.fault(path, f"{sums}, off by {total - 1:+.2g}; allowed: a sum of 1")
    elif abs(total - 1) > ROUNDING:
        problems.warn(path, f"{sums}, the defaults included; they are scaled to 1")


def _releases(world: World, named: frozenset[str], problems: Problems) -> None:
    """Projects must end in some class, and demand be for no more than all uses, of licences that are known."""
    openness, path = world.openness, "world.openness"
    nowhere = "the shares of all classes are 0, so no project ends anywhere"
    _shares(openness, CLASSES, "the six classes", nowhere, named, problems)
    if (wanted := sum(getattr(openness, f"demand_{use}") for use in DEMANDED)) > 1 + ROUNDING:
        over = f"the shares of demand for uses sum to {wanted:.6g}"
        given = [f"demand_{use}" for use in DEMANDED if f"openness.demand_{use}" in named]
        at = max(given, key=lambda name: float(getattr(openness, name)), default="demand_fine_tune")
        problems.fault(f"{path}.{at}", f"{over}; allowed: a sum of at most 1, the rest being to run models as they are")
    try:
        shipped()
    except LicenceError as error:
        problems.fault(f"{path}.licence", str(error))


def _jobs(world: World, problems: Problems) -> None:
    """Jobs must fit their wall limit, and the queue must come to an end."""
    workload, path = world.workload, "world.workload.wall_limit_hours"
    limit = format_bound(workload.wall_limit_hours)
    if (fitting := runs_within_limit(workload)) < LEAST_FITTING_SHARE:
        runs = f"runs (log mean {workload.run_log_mean:g}, spread {workload.run_log_spread:g}) end within it"
        enough = f"a limit that {LEAST_FITTING_SHARE:g} of them keep (hour)"
        problems.fault(path, f"{limit} is too short: only {fitting:.1g} of all {runs}; allowed: {enough}")
    menu = workload.request_menu_hours
    if any(later <= earlier for earlier, later in pairwise(menu)):
        must = "must rise from one wall time to the next (hour)"
        problems.fault(
            "world.workload.request_menu_hours", f"[{', '.join(map(format_bound, menu))}] does not rise; it {must}"
        )
    elif menu and menu[0] > workload.wall_limit_hours:
        least = f"the shortest wall time that users type is {menu[0]:g} hours"
        problems.fault(path, f"{limit} is shorter than any job: {least}; allowed: {format_range(menu[0], inf, 'hour')}")
    queue = world.queue
    weeks = queue.windows * (queue.window_weeks + queue.warm_up_weeks)
    if weeks > MOST_WEEKS:
        made_of = f"{queue.windows:g} windows of {queue.window_weeks:g} and a warm-up of {queue.warm_up_weeks:g}"
        problems.fault("world.queue.window_weeks", f"{made_of} make {weeks:,.0f}; allowed: up to {MOST_WEEKS:,} (week)")


def _nodes(world: World, problems: Problems) -> None:
    """More nodes must be in service than under repair, or no queue is left to be simulated."""
    reliability = world.reliability
    broken = GPUS_PER_NODE * reliability.interruptions_per_gpu_hour * reliability.repair_hours
    if broken > 1:
        wrong = f"with {reliability.repair_hours:g} hours of repair, {broken:.3g} nodes are broken for each in service"
        most = format_range(0, 1 / (GPUS_PER_NODE * reliability.repair_hours), "1/GPU_hour")
        problems.fault("world.reliability.interruptions_per_gpu_hour", f"{wrong}; allowed: {most}")


def runs_within_limit(workload: Workload) -> float:
    """Share of the runs that end within the wall limit.

    >>> round(runs_within_limit(Workload()), 3)
    0.99
    """
    spare = log(workload.wall_limit_hours * SECONDS_PER_HOUR) - workload.run_log_mean
    if workload.run_log_spread == 0:
        return float(spare >= 0)
    return float(_share_below(np.array([spare / workload.run_log_spread]))[0])


def _share_below(scores: Array) -> Array:
    """Probability of each standard normal value, to a last digit that does not matter here; SciPy loads slowly."""
    return np.array([erfc(-score / sqrt(2)) / 2 for score in scores])


# --- options in their world, before their horizon ---


def check_options(
    options: tuple[Option, ...], world: World, months: int, budget_usd: float | None, waivers: Waivers,
    problems: Problems,
) -> None:  # fmt: skip
    """Options must be able to run in this world, and a public machine to serve before the horizon."""
    late: dict[float, list[str]] = {}
    for option in options:
        for member in _members(option):
            if isinstance(member, PublicCluster):
                _fullness(option.key, member, world, problems)
                _economic_life(option.key, member, world, problems)
                _tranches(option.key, member, months, problems)
                if (first := first_service_month(member, world)) >= months:
                    late.setdefault(first, []).append(option.key)
            elif isinstance(member, DomesticFab):
                _advise(option.key, "output of the fab", float(months_to_output(world.fab)), months, problems)
            elif isinstance(member, ResearchGrants):
                _advise(option.key, "award", member.decision_months, months, problems)
    for first, keys in late.items():
        _horizon(first, keys, world, months, waivers, problems)
    _window(world, months, problems)
    _sizes(options, world, budget_usd, problems)
    _embargo(world, months, problems)
    _vendors(options, world, months, budget_usd, problems)
    _quota(options, problems)


def _members(option: Option) -> Iterator[Instrument]:
    """The instruments that an option runs."""
    return (member for member, _ in option.instrument.parts())


def first_service_month(cluster: PublicCluster, world: World) -> float:
    """When the first machine serves, slip included."""
    pairs = zip(cluster.tranche_months, cluster.tranche_shares, strict=True)
    tendered = next(month for month, share in pairs if share > 0)
    wait = float(months_to_service(world.procurement))
    return tendered + cluster.tender_months + wait


def _horizon(first: float, keys: list[str], world: World, months: int, waivers: Waivers, problems: Problems) -> None:
    """A public machine that serves nobody before the horizon makes no comparison, unless that is the point."""
    buying = world.procurement
    when = f"in month {first:g} (lead time {buying.lead_months:g} months, slip {buying.slip_months:g} months)"
    served = f"the first service of {join_words(keys)} comes {when}"
    wrong = f"{months // MONTHS_PER_YEAR} (to month {months}) is too short, since {served}"
    if waiver := waivers.of(HORIZON_PATH):
        problems.warn(HORIZON_PATH, f"{wrong}; {waiver}")
        return
    least, most = ceil((first + ROUNDING) / MONTHS_PER_YEAR), HORIZON_YEARS[1]
    allowed = format_range(least, most, "year") if least <= most else f"none, since the longest is {most} (year)"
    problems.fault(HORIZON_PATH, f"{wrong}; allowed: {allowed}, {BY_WAIVER}")


def _fullness(key: str, cluster: PublicCluster, world: World, problems: Problems) -> None:
    """No queue keeps a machine busy all of the time; published cost tables may say so."""
    target = cluster.target_utilisation
    if target > FULLEST and world.queue.attained == "by_queue":
        wrong = f"{target:g} cannot be attained by a queue, in which jobs come and go"
        allowed = format_range(0.01, FULLEST, "fraction")
        problems.fault(f"{key}.target_utilisation", f"{wrong}; allowed: {allowed}, or queue.attained = as_wanted")


def _window(world: World, months: int, problems: Problems) -> None:
    """A window has the machine of one month of the horizon, and cannot be longer than all of them."""
    weeks, longest = world.queue.window_weeks, months * HOURS_PER_MONTH / HOURS_PER_DAY / DAYS_PER_WEEK
    if weeks > longest:
        wrong = f"{format_bound(weeks)} is longer than the {months} months of the horizon"
        allowed = format_range(world.queue.spec("window_weeks").floor, floor(longest), "week")
        problems.fault("world.queue.window_weeks", f"{wrong}; allowed: {allowed}")


def _sizes(options: tuple[Option, ...], world: World, budget_usd: float | None, problems: Problems) -> None:
    """Some job of a table of sizes must fit a machine, which has no more GPUs than the whole budget buys."""
    workload = world.workload
    machines = [member for option in options for member in _members(option) if isinstance(member, PublicCluster)]
    sizes = [size for size, share in zip(workload.size_gpus, workload.size_shares, strict=False) if share > 0]
    if workload.preset != "own" or workload.size_law != "table" or not machines or not sizes:
        return
    if world.money.normalisation == "as_entered":
        most, has = max(machine.accelerators for machine in machines), "the largest machine has"
    elif budget_usd is not None:
        most = budget_usd / float(system_price_usd(world.hardware, world.procurement, budget_usd))
        has = "the whole budget buys"
    else:
        return
    if min(sizes) > most:
        wrong = f"the smallest job takes {format_bound(min(sizes))} GPUs, more than the {most:,.0f} that {has}"
        problems.fault(
            "world.workload.size_gpus", f"{wrong}; allowed: {format_range(1, floor(most), 'GPU')} for one of them"
        )


def _economic_life(key: str, cluster: PublicCluster, world: World, problems: Problems) -> None:
    """An economic life weighs running the old machine against owning a new one; both must cost something."""
    if cluster.retirement != "economic":
        return
    path, price = f"{key}.retirement", float(system_price_usd(world.hardware, world.procurement, REFERENCE_ORDER_USD))
    if running_cost_per_year(world.hardware.power_kw, price, np.inf, world.operations, 1.0) <= 0:
        free = "'economic' needs running costs, and energy, maintenance and staff all cost 0"
        problems.fault(path, f"{free}; allowed: 'fixed_life' or 'run_to_fail'")
    if cluster.refresh and months_to_service(world.procurement) <= 0:
        problems.fault(path, "'economic' with refresh and a lead time of 0 months never ends; allowed: 'fixed_life'")


def _tranches(key: str, cluster: PublicCluster, months: int, problems: Problems) -> None:
    """Warn of money that is never spent."""
    for month, share in zip(cluster.tranche_months, cluster.tranche_shares, strict=True):
        if share > 0 and (order := month + cluster.tender_months) >= months:
            late = f"an order in month {order:g} comes after the {months} months of the horizon"
            problems.warn(f"{key}.tranche_months", f"{late}; {share:g} of the machine is never bought")


def _advise(key: str, what: str, first: float, months: int, problems: Problems) -> None:
    """Warn where an option delivers nothing before the horizon."""
    if first >= months:
        problems.warn(key, f"the first {what} comes in month {first:g}, after the {months} months of the horizon")


# --- supply from elsewhere: an embargo beyond the horizon, a second vendor that nothing runs on ---


def _embargo(world: World, months: int, problems: Problems) -> None:
    """The embargo must begin and end within the horizon, or what it costs would not be seen."""
    terms, whole = world.independence, f"the {months} months of the horizon"
    if not terms.shock:
        return
    start, length = terms.shock_start_months, terms.shock_months
    usual = length == terms.spec("shock_months").median  # whoever left the length as it is has set the start
    if start >= months or (usual and 0 <= months - length < start):
        late = f"{format_bound(start)} is after {whole}, so the embargo never comes"
        if start < months:
            late = f"{format_bound(start)} is too late for an embargo of {length:g} months to end within {whole}"
        allowed = format_range(0, max(months - length, 0), "month")
        problems.fault("world.independence.shock_start_months", f"{late}; allowed: {allowed}")
    elif start + length > months:
        begins = f"that begins in month {start:g}, before the end of {whole}"
        long = f"{format_bound(length)} is too long for an embargo {begins}"
        floor = world.independence.spec("shock_months").floor
        problems.fault(
            "world.independence.shock_months", f"{long}; allowed: {format_range(floor, months - start, 'month')}"
        )


def _vendors(
    options: tuple[Option, ...], world: World, months: int, budget_usd: float | None, problems: Problems
) -> None:
    """Something must run on machines of a second vendor, and porting must leave money for machines."""
    for option in options:
        member = option.instrument
        if not isinstance(member, PublicCluster):
            continue
        share = member.alternative_share
        kept_up = member.upkeep_usd_per_year * max(months - member.porting_months, 0) / MONTHS_PER_YEAR
        porting, pays = member.porting_usd + kept_up, member.porting_rule == "where_it_pays"
        spent = ("porting_usd", "upkeep_usd_per_year")
        for name in spent if pays else ():
            if (given := getattr(member, name)) > 0:
                twice = f"{format_bound(given)} would not be spent, since porting_rule = where_it_pays sets what is"
                problems.fault(f"{option.key}.{name}", f"{twice}; allowed: 0, or porting_rule = as_paid")
        runs = porting > 0 or pays or member.compatibility_layer or world.vendors.portable_at_start_share > 0
        if share > 0 and not runs:
            idle = f"0 leaves {format_bound(share)} of the machine (alternative_share) idle, since no code runs on it"
            other = "or vendors.portable_at_start_share above 0, compatibility_layer = true or alternative_share = 0"
            problems.fault(f"{option.key}.porting_usd", f"{idle}; allowed: above 0 (USD), {other}")
        what = next((name for name in spent if getattr(member, name) > 0), "alternative_share")
        legal = world.vendors.legal_usd if share > 0 else 0.0
        if budget_usd is not None and porting + legal >= budget_usd:
            whole = f"porting and lawyers cost {porting + legal:,.0f} USD of a budget of {budget_usd:,.0f} USD"
            problems.fault(f"{option.key}.{what}", f"{whole}, which leaves nothing for a machine; allowed: less")


def _markets(world: World, budget_usd: float | None, problems: Problems) -> None:
    """Some price must clear every market, even if all of `budget_usd` were spent on it in one year."""
    market = world.market
    for what, sales, supply, demand in MARKETS:
        if getattr(market, supply) + getattr(market, demand) <= 0:
            both = f"the {what}supply elasticity and the {what}demand elasticity are both 0"
            problems.fault(
                "world.market", f"{both}, so no price clears the market; allowed: one of them above 0 (ratio)"
            )
        elif market.feedback and world.money.normalisation == "as_entered" and getattr(market, supply) == 0:
            entered = "0 may leave no price that options taken as entered could pay under `market.feedback`"
            problems.fault(f"world.market.{supply}", f"{entered}; allowed: above 0 (ratio)")
        elif budget_usd is not None and not _clears(budget_usd, *(getattr(market, n) for n in (sales, supply, demand))):
            bought = f"a programme of {budget_usd:,.0f} USD is bought in a market of"
            value = format_bound(getattr(market, supply))
            size = f"{format_bound(getattr(market, sales))} (USD per year)"
            problems.fault(
                f"world.market.{supply}", f"{value} leaves no price at which {bought} {size}; allowed: above {value}"
            )
    _fab(world, problems)
    if market.wage_incidence and market.labour_supply_elasticity + market.labour_demand_elasticity <= 0:
        both = "the labour supply elasticity and the labour demand elasticity are both 0"
        problems.fault("world.market", f"{both}, so no wage clears the market; allowed: one of them above 0 (ratio)")


def _clears(usd: float, sales: float, supply: float, demand: float) -> bool:
    """True where a finite price clears the market with that much more bought in a year."""
    if supply == 0:
        return usd < sales
    return bool(np.isfinite(price_index(usd / sales, 0.0, supply, demand)))


def _fab(world: World, problems: Problems) -> None:
    """The output of a whole fab must find buyers at some price."""
    market, fab = world.market, world.fab
    output = float(full_output_per_month(fab)) * MONTHS_PER_YEAR * fab.accelerator_price_usd
    if market.supply_elasticity > 0 and market.demand_elasticity == 0 and output >= market.accelerators_usd_per_year:
        sold = f"a fab's yearly output of {output:,.0f} USD is sold in a market of"
        size = f"{format_bound(market.accelerators_usd_per_year)} (USD per year)"
        problems.fault("world.market.demand_elasticity", f"0 leaves no price at which {sold} {size}; allowed: above 0")


def _quota(options: tuple[Option, ...], problems: Problems) -> None:
    """Warn of output that is reserved for a public machine where no option has both."""
    members = {option.key: list(_members(option)) for option in options}
    fabs = [(key, fab) for key, every in members.items() for fab in every if isinstance(fab, DomesticFab)]
    reserved = [(key, fab) for key, fab in fabs if fab.reserved_share]
    if reserved and not any(isinstance(member, PublicCluster) for key, _ in reserved for member in members[key]):
        key, fab = reserved[0]
        nobody = f"{fab.reserved_share:g} of the output is reserved for a public cluster in the same portfolio"
        problems.warn(key, f"{nobody}, and no option has both, so nobody takes it")
