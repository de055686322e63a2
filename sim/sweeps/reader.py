"""From a sweep file to a Plan: every name and value checked, all faults at once."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from sim.comparison.run import MOST_DRAWS
from sim.formatting import nearest_name, short_repr, unknown_name
from sim.mechanisms.sampling import KINDS
from sim.mechanisms.sampling import Sequence as Spreading
from sim.outcomes import BY_NAME, HEADLINE, SECTIONS
from sim.scenario import Scenario, ScenarioError, load, names, pinned, with_settings
from sim.scenario.entries import sentence, whole_number
from sim.scenario.files import find_beside, is_file, parse, stems_beside
from sim.scenario.overrides import Settings, ranged
from sim.scenario.problems import Problems
from sim.scenario.ranges import RANGES
from sim.scenario.reader import read
from sim.sources import share
from sim.sweeps.axes import Axis, read_axes
from sim.sweeps.plan import MOST_RUNS_PER_PART, WAITS, Plan

TOP = (
    "title", "question", "scenario", "set", "fix", "ranges", "draws", "draw", "sequence", "seed", "replications",
    "waits", "outcomes", "axis", "runs_per_part",
)  # fmt: skip
MOST_REPLICATIONS, MOST_SEED = 1_000, 2**62


def shipped() -> list[str]:
    """Names of the sweeps that ship with the package."""
    return sorted(path.stem for path in share("scenarios").glob("sweeps/*.toml"))


def find_sweep(sweep: Any) -> Path:
    """The file behind a path or the name of a shipped sweep; ScenarioError where there is none."""
    if not isinstance(sweep, str | Path):
        what = f"{short_repr(sweep)} is no sweep; give the path of a file, or the name of a shipped one"
        raise ScenarioError("sweep", [what])
    origin, path = str(sweep), Path(sweep)
    found = share("scenarios") / "sweeps" / f"{path.stem}.toml"
    if origin in shipped() and path.is_dir():  # where its results are
        return found
    if origin.strip() and is_file(path, origin, "a sweep file (.toml)"):
        return path
    if path.suffix in ("", ".toml") and path.parent.name in ("", "sweeps") and path.stem in shipped():
        return found
    near = nearest_name(path.stem, shipped())
    hint = f"did you mean {near!r}?" if near else f"shipped are: {', '.join(shipped())}"
    raise ScenarioError(origin or "sweep", [f"no such file or shipped sweep; {hint}"])


def read_sweep(sweep: str | Path, settings: Mapping[str, Any] | None = None) -> Plan:
    """Read and check a sweep by path or name; `settings` override values of its scenario, by path.

    Raises ScenarioError with every fault at once.
    """
    path = find_sweep(sweep)
    table, problems = parse(path), Problems(str(path))
    if "axis" not in table and "option" in table:
        raise ScenarioError(str(path), ["is a scenario, not a sweep; heavypress compare takes it"])
    base = _base(table, path, settings or {}, problems)
    plan = read_plan(table, base, path.stem, problems)
    for name in plan.paths:
        if name in _bare(settings or {}):
            problems.fault("--set", f"{name} is on an axis, which sets it in every run")
    problems.settle()
    return plan


def _base(table: Mapping[str, Any], path: Path, settings: Mapping[str, Any], problems: Problems) -> Scenario | None:
    """The scenario that all runs have in common; None after a fault."""
    named = table.get("scenario")
    if not isinstance(named, str) or not named.strip():
        what = "is missing" if named is None else f"{short_repr(named)} is not the name of a scenario"
        problems.fault("scenario", f'{what}; write scenario = "nairr_us"')
        return None
    folders = (path.parent, share("scenarios"))
    file = named if named.endswith(".toml") else f"{named}.toml"
    known = {*stems_beside(path, ".toml"), *names()}

    def nearest(name: str) -> str:
        near = nearest_name(Path(name).stem, known)
        return f"; did you mean {near!r}?" if near else ""

    where = "a scenario file in the same folder or a shipped scenario"
    given = {name: _given(table, name, problems) for name in ("set", "fix", RANGES)}
    for twice in _bare(given["set"]) & _bare(given["fix"]):
        problems.fault("set", f"{twice} is in [set] and in [fix]; [fix] does both")
    for twice in given[RANGES].keys() & _bare(given["fix"]):
        problems.fault(RANGES, f"{twice} is in [ranges] and in [fix]; what is taken as known has no range")
    layers = {
        "set": Settings(ranged(given["set"], given[RANGES]), "[set]", ranged_by="[ranges]"),
        "fix": Settings(pinned(given["fix"]), "[set]", "[fix]"),
        "--set": settings,
    }  # fmt: skip
    base: Scenario | None = None
    with _reported("scenario", problems):
        base = load(find_beside(path, file, ".toml", where, lambda name: [each / name for each in folders], nearest))
    for what, values in layers.items():
        with _reported(what, problems):
            base = with_settings(base, values) if base and values else base
    return base


@contextmanager
def _reported(what: str, problems: Problems) -> Iterator[None]:
    """Let the faults of a scenario be those of an entry of the sweep."""
    try:
        yield
    except ScenarioError as error:
        for fault in error.faults:
            problems.fault(what, fault)


def _bare(paths: Iterable[str]) -> set[str]:
    """Paths as results name them."""
    return {path.removeprefix("world.") for path in paths}


def _given(table: Mapping[str, Any], name: str, problems: Problems) -> dict[str, Any]:
    """The values that a file sets for all runs."""
    values = table.get(name, {})
    if not isinstance(values, dict) or any(isinstance(value, dict) for value in values.values()):
        example = f'[{name}] and "cloud.price_usd" = {"[2.0, 4.0]" if name == RANGES else 2.5}'
        problems.fault(name, f"is not a table of values; write {example}, in quotation marks")
        return {}
    return values


def read_plan(table: dict[str, Any], base: Scenario | None, key: str, problems: Problems) -> Plan:
    """The plan of a table on a scenario; ScenarioError with every fault. None: its scenario has faults of its own."""
    for name in table:
        if name not in TOP:
            problems.fault(name, unknown_name("entry", name, TOP))
    title = sentence(table, "title", "title", problems)
    question = sentence(table, "question", "question", problems)
    sizes = {
        name: whole_number(table, name, low, high, problems, default=default)
        for name, low, high, default in (
            ("draws", 0, MOST_DRAWS, Plan.draws),
            ("seed", 0, MOST_SEED, Plan.seed),
            ("replications", 1, MOST_REPLICATIONS, Plan.replications),
            ("runs_per_part", 1, MOST_RUNS_PER_PART, 1),
        )
    }
    words = {
        name: _word(table, name, allowed, default, problems)
        for name, allowed, default in (
            ("draw", KINDS, Plan.draw), ("sequence", get_args(Spreading), Plan.sequence), ("waits", WAITS, Plan.waits),
        )
    }  # fmt: skip
    outcomes = _outcomes(table.get("outcomes", "headline"), problems)
    axes = read_axes(table.get("axis"), base, sizes["seed"] or 0, problems) if base else ()
    _refuse_overridden(table, axes, problems)
    problems.settle()
    assert base is not None
    size = sizes.pop("runs_per_part") if "runs_per_part" in table else None
    more: dict[str, Any] = {**{name: value for name, value in sizes.items() if name != "runs_per_part"}, **words}
    return Plan(key, title, question, base, axes, outcomes, size=size, table=table, **more)


def _refuse_overridden(table: Mapping[str, Any], axes: Sequence[Axis], problems: Problems) -> None:
    """Report a value for all runs that an axis sets in every one."""
    for name in ("set", "fix"):
        given = table.get(name)
        for number, axis in enumerate(axes, 1):
            for path in set(axis.paths) & _bare(given if isinstance(given, dict) else ()):
                problems.fault(f"axis[{number}]", f"{path} is in [{name}] as well, and the axis sets it in every run")


def packed(plan: Plan) -> bytes:
    """A plan for another process, which needs none of its files."""
    return pickle.dumps((plan.table, plan.base.text, plan.base.key, plan.key))


@lru_cache(maxsize=4)
def unpacked(content: bytes) -> Plan:
    """The plan that was packed."""
    table, text, scenario, key = pickle.loads(content)
    return read_plan(table, read(text, scenario, {}, Problems(scenario)), key, Problems(key))


def _word(table: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str, problems: Problems) -> str:
    """One of a few words."""
    value = table.get(name, default)
    if value not in allowed:
        problems.fault(name, f"{unknown_name('value', value, allowed)} (one of {', '.join(allowed)})")
    return str(value)


def _outcomes(given: Any, problems: Problems) -> tuple[str, ...]:
    """The outcomes to keep: names, or names of parts of them; 'headline' and 'all' too."""
    known = {"headline": HEADLINE, "all": tuple(BY_NAME), **{part.casefold(): each for part, each in SECTIONS.items()}}
    rows = [given] if isinstance(given, str) else given
    if not isinstance(rows, list) or not rows or not all(isinstance(row, str) for row in rows):
        problems.fault("outcomes", f'{short_repr(given)} is not a list of outcomes; write ["additional_fe_hours"]')
        return ()
    found: dict[str, None] = {}
    for row in rows:
        if row not in BY_NAME and row.casefold() not in known:
            problems.fault("outcomes", unknown_name("outcome", row, [*BY_NAME, *known]))
        found |= dict.fromkeys([row] if row in BY_NAME else known.get(row.casefold(), ()))
    return tuple(name for name in BY_NAME if name in found)
