"""From a file to a Scenario: every name, value and sum checked, all faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from sim.formatting import entry_path, short_repr, unknown_name
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.months import Month
from sim.parameters import Spec
from sim.scenario import budget
from sim.scenario.appraisal import with_profile
from sim.scenario.budget import read_budget, read_rate
from sim.scenario.changes import NOTHING_TO_SIGN, changes_between
from sim.scenario.combinations import check_options, check_world
from sim.scenario.dated import RENT, read_country, with_prices
from sim.scenario.entries import cited, sentence, sentences, whole_number
from sim.scenario.files import find
from sim.scenario.fitted import FITTED, Ends, read_fitted, widened
from sim.scenario.groups import KEY
from sim.scenario.machines import with_machine
from sim.scenario.model import HORIZON_YEARS, Budget, Scenario
from sim.scenario.options import lever_paths, read_options
from sim.scenario.overrides import Settings, applied, read_extended
from sim.scenario.problems import Problems, ScenarioError, no_entry, no_group
from sim.scenario.question import read_between, read_yardstick
from sim.scenario.ranges import RANGES, read_ranges
from sim.scenario.records import SUFFIX, read_record, recorded_changes, scenario_table
from sim.scenario.values import read_group, two_numbers
from sim.scenario.waivers import Waivers, read_waivers
from sim.units import MONTHS_PER_YEAR

USUAL_HORIZON_YEARS = 10
EARLIEST, LATEST = Month(1940, 1), Month(2100, 12)
LONG_GONE = "start_year"  # how a start was named once
USUAL_START_YEAR = 2026  # of an example in a message
LONGEST_TITLE = 200
FOLLOWS = (
    "rents follow their record from the start of this scenario, and no range of the rent at the start moves them; set "
    f"it as well (--set {RENT}=...), or give a range to cloud.long_run_usd"
)
TOP = (
    "extends", "groups", "title", "question", "yardstick", "between", "start", "country", "horizon_years", "currency",
    "price_year", "usd_per_currency", "budget", "world", "fixed", "ranges", "fitted", "option", "waiver", "modelled",
    "not_modelled", "sources",
)  # fmt: skip


def load(scenario: str | Path | Scenario, settings: Mapping[str, Any] | None = None) -> Scenario:
    """Read and check a scenario by path or name, or out of the record of a run; one that is loaded is taken as it is.

    `settings` maps paths such as 'cloud.price_usd' or 'public_cluster.life_years' to
    values that override those of the scenario. Raises ScenarioError with every fault at once.
    """
    if isinstance(settings, Settings) and settings.signed and not settings:
        raise ScenarioError("settings", [NOTHING_TO_SIGN])
    if isinstance(scenario, Scenario):
        return with_settings(scenario, settings) if settings else scenario
    path = find(scenario)
    if path.suffix == SUFFIX:
        return load_record(read_record(path), str(path), settings)
    problems = Problems(str(path))
    table = read_extended(path, problems)
    if "axis" in table and "option" not in table:
        raise ScenarioError(str(path), ["is a sweep, not a scenario; heavypress sweep takes it"])
    if FITTED in table and not {"title", "question", "start", "budget"} & table.keys():
        whole = f'one with a title, question, start and budget takes it over with extends = "{path.name}"'
        raise ScenarioError(str(path), [f"is a part of a scenario, as heavypress calibrate writes it; {whole}"])
    # without the file it extends, a scenario lacks more than can usefully be reported; without its groups it does not
    if any(not fault.startswith(f"{KEY}: ") for fault in problems.faults):
        problems.settle()
    found = read(table, path.stem, settings or {}, problems)
    return _with_changes(table, found, settings) if settings else found


def load_record(kept: dict[str, Any], origin: str, settings: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario in the record of a run, with what was changed in it then; ScenarioError with every fault at once."""
    table = scenario_table(kept)
    found = read(table, str(kept.get("key") or Path(origin).stem), {}, Problems(origin))
    found = replace(found, changes=recorded_changes(kept, origin))
    return with_settings(found, settings) if settings else found


def _with_changes(table: dict[str, Any], found: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """A scenario with what settings changed in its file; of a file with faults that they correct nothing is known."""
    try:
        before = read(table, found.key, {}, Problems(found.key))
    except ScenarioError:
        return found
    return replace(found, changes=changes_between(before, found, settings))


def with_settings(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """A loaded scenario with further values by path, checked as `load` checks them; ScenarioError with every fault."""
    found = read(scenario.text, scenario.key, settings, Problems(scenario.key))
    return replace(found, changes=changes_between(scenario, found, settings))


def _in_ranges(waivers: Waivers, own: Any, had: Any) -> Waivers:
    """The waivers with the scenario's `own` ranges, and with those that it `had` before values were fixed."""
    left = had if isinstance(had, dict) else {}
    ends = {path: pair for path, value in left.items() if (pair := two_numbers(value)) is not None}
    return replace(waivers, ranged=frozenset(own) if isinstance(own, dict) else frozenset(), left=ends)


def read(table: dict[str, Any], key: str, settings: Mapping[str, Any], problems: Problems) -> Scenario:
    """Build the scenario `key` from a table in which nothing is left to extend; ScenarioError with every fault."""
    had, table = table.get(RANGES, {}), applied(table, settings, problems)
    for name in table:
        if name not in (*TOP, LONG_GONE):
            problems.fault(entry_path(name), no_entry(name, TOP))
    title = sentence(table, "title", "title", problems, longest=LONGEST_TITLE)
    question = sentence(table, "question", "question", problems)
    yardstick = read_yardstick(table, problems)
    start = read_start(table, problems)
    country = read_country(table, problems)
    horizon = whole_number(table, "horizon_years", *HORIZON_YEARS, problems, default=USUAL_HORIZON_YEARS)
    money, rate = _money(table, horizon, problems)
    in_all = None if money is None or rate is None else sum(money.yearly) * rate[2]  # base-year dollars
    waivers = _in_ranges(read_waivers(table.get("waiver", []), problems), table.get(RANGES, {}), had)
    before = len(problems.faults)
    world = read_world(table.get("world", {}), waivers, problems, read_fitted(table, problems))
    fixed = read_fixed(table, world, problems)
    sound = len(problems.faults) == before
    dated: dict[str, str] = {}
    if sound:
        named = frozenset(f"{group}.{name}" for group, values in table.get("world", {}).items() for name in values)
        world = with_profile(world, named, problems)
        if start is not None:
            world, dated = with_prices(world, named, start, country, problems)
            world = with_machine(world, named, start, dated, problems)
        check_world(world, named, in_all, problems)
    ranges = read_ranges(table, fixed, world if sound else None, problems)
    if RENT in ranges.keys() & dated.keys():
        problems.fault(entry_path(RANGES, RENT), FOLLOWS)
    months = horizon * MONTHS_PER_YEAR if horizon is not None else None
    before = len(problems.faults)
    options = read_options(table.get("option"), months, waivers, problems)
    between = read_between(table, options, problems) if len(problems.faults) == before else ()
    if len(problems.faults) == before:
        if sound and months is not None:
            check_options(options, world, months, in_all, waivers, problems)
        waivers.settle([*world_paths(), *lever_paths(options)], problems)
    lists = {name: sentences(table, name, problems) for name in ("modelled", "not_modelled")}
    sources = cited(table, problems)
    problems.settle()
    assert start is not None and horizon is not None and money is not None and rate is not None
    currency, price_year, usd = rate
    return Scenario(
        key=key, title=title, question=question, yardstick=yardstick, between=between, start=start,
        horizon_years=horizon, currency=currency, price_year=price_year, usd_per_currency=usd, budget=money,
        world=world, options=options, dated=dated, fixed=fixed | ({RENT} & dated.keys()), ranges=ranges,
        sources=sources, warnings=tuple(problems.warnings), waivers=tuple(table.get("waiver", ())), text=table,
        modelled=lists["modelled"], not_modelled=lists["not_modelled"],
    )  # fmt: skip


def read_start(table: dict[str, Any], problems: Problems) -> Month | None:
    """The month of month 0; None after a fault."""
    value = table.get("start", table.get(LONG_GONE))
    year = value if isinstance(value, int) and EARLIEST.year <= value <= LATEST.year else None
    write = f'write start = "{Month(year or USUAL_START_YEAR, 1)}"'
    month = Month.read(value) if isinstance(value, str) else None
    if LONG_GONE in table:
        problems.fault(LONG_GONE, f"a scenario starts in a month, not in a year; {write}")
    elif value is None:
        problems.fault("start", f"is missing; {write}, the year and month of month 0")
    elif month is None:
        problems.fault("start", f"{short_repr(value)} is not a month; {write}")
    elif not EARLIEST <= month <= LATEST:
        problems.fault("start", f"{short_repr(value)} is not possible; allowed: {EARLIEST} to {LATEST}")
    else:
        return month
    return None


def _money(
    table: dict[str, Any], horizon: int | None, problems: Problems
) -> tuple[Budget | None, tuple[str, int, float] | None]:
    """Amounts, and what they are worth."""
    rate = read_rate(table, problems)
    money = read_budget(table.get("budget"), horizon, problems)
    if money is not None and rate is not None:
        budget.advise(money, rate[2], problems)
    return money, rate


def read_world(table: Any, waivers: Waivers, problems: Problems, fitted: Mapping[str, Ends]) -> World:
    """The world with the scenario's own values; draws spread around them as around the defaults.

    fitted: plausible ranges by path that go beyond the declared ones, see `fitted`.
    """
    groups: dict[str, Any] = {}
    if not isinstance(table, dict):
        problems.fault("world", f"{short_repr(table)} is not a table; write [world.cloud] and so on")
        return World()
    kinds = World.kinds()
    for name, values in table.items():
        if name not in kinds:
            problems.fault(entry_path("world", name), no_group(name))
        elif not isinstance(values, dict):
            problems.fault(f"world.{name}", f"{short_repr(values)} is not a table; write [world.{name}]")
        else:
            good = read_group(f"world.{name}", kinds[name], values, waivers, problems, partial(_here, name, fitted))
            groups[name] = kinds[name](**good)
    return World(**groups)


def _here(group: str, fitted: Mapping[str, Ends], name: str) -> Spec:
    """The declaration of a parameter with the range of a fit."""
    return widened(World.kinds()[group].spec(name), fitted.get(f"{group}.{name}"))


def read_fixed(table: dict[str, Any], world: World, problems: Problems) -> frozenset[str]:
    """Paths that draws leave alone: those that the file lists as `fixed`, and those that were fixed from outside."""
    paths = table.get("fixed", [])
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        problems.fault("fixed", f'{short_repr(paths)} is not a list of parameters; write ["cloud.price_usd"]')
        return frozenset()
    known = world_paths()
    for number, path in enumerate(paths, 1):
        if path not in known:
            problems.fault(f"fixed[{number}]", unknown_name("parameter", path, known))
    return frozenset(paths) & set(uncertain())


@cache
def world_paths() -> tuple[str, ...]:
    """Every parameter as `--set` and waivers name it."""
    return tuple(f"{group}.{name}" for group, kind in World.kinds().items() for name in kind.names())
