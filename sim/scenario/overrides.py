"""What overrides a file: the scenario that extends it, and values from outside, as `--set cloud.price_usd=3`.

`extends = "other.toml"` names a file in the same folder, or a shipped scenario. The extending file may

- replace any entry at the top, and set any parameter of the world;
- name `budget.total`, `budget.years` or `budget.path`: a total drops a path and a path drops a total;
- change the levers and the label of an option, found by its key; its instrument stays;
- add options under new keys, after the others, but take none away;
- sign further waivers: those of the other file stay in force.

Values from outside are put where the file has its own. Whatever is named must exist: it goes through the same checks
as any scenario, after all was filled in.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sim.formatting import entry_path, nearest_name, short_repr, unknown_name
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.scenario import budget
from sim.scenario.files import find_beside, names, parse, stems_beside
from sim.scenario.groups import filled
from sim.scenario.options import default_rows, row_key
from sim.scenario.problems import Problems, ScenarioError, elsewhere
from sim.sources import share

DEEPEST = 5  # files behind one another
# What one value can change; the rest belongs to the file.
SINGLE = (
    "title", "question", "yardstick", "between", "start", "country", "horizon_years", "currency", "price_year",
    "usd_per_currency",
)  # fmt: skip
_FILE_ONLY = ("instrument", "key")
FIXED = "fixed"  # a list that grows: what is set from outside adds to what the file has
HOW = "write group.name=value or option.lever=value"


class Settings(dict[str, Any]):
    """Values from outside by path, and who sets them."""

    def __init__(self, values: Mapping[str, Any], by: str, pinned_by: str | None = None) -> None:
        """`by` stands beside each change where results are read; `pinned_by` where it is taken as known."""
        super().__init__(values)
        self.by, self.pinned_by = by, pinned_by or by


def read_extended(path: Path, problems: Problems, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    """The file with what it extends filled in."""
    table = filled(parse(path), path, problems)
    if "extends" not in table:
        return table
    named = table.pop("extends")
    chain = (*seen, os.path.realpath(path))
    where = "a file in the same folder or a shipped scenario"
    folders = (path.parent, share("scenarios"))
    try:
        base = find_beside(
            path, named, ".toml", where, lambda name: [folder / name for folder in folders], partial(_nearest, path)
        )
    except ScenarioError as error:
        problems.fault("extends", error.faults[0])
        return table
    if os.path.realpath(base) in chain:
        problems.fault("extends", f"{short_repr(named)} leads back to a file that extends it, in a circle")
        return table
    if len(chain) > DEEPEST:
        problems.fault("extends", f"{short_repr(named)} is one file too many: at most {DEEPEST} behind one another")
        return table
    return overlay(read_extended(base, problems, chain), table, problems)


def _nearest(path: Path, named: str) -> str:
    """'; did you mean ...?' where a file of a like name could be extended."""
    near = nearest_name(Path(named.replace("\\", "/")).stem, {*stems_beside(path, ".toml"), *names()})
    return f"; did you mean '{near}.toml'?" if near else ""


def overlay(base: dict[str, Any], over: dict[str, Any], problems: Problems) -> dict[str, Any]:
    """`base` with the values of `over`.

    >>> overlay({"world": {"cloud": {"a": 1, "b": 2}}}, {"world": {"cloud": {"b": 3}}}, Problems())
    {'world': {'cloud': {'a': 1, 'b': 3}}}
    """
    merged = base | over
    if "budget" in over and isinstance(base.get("budget"), dict) and isinstance(over["budget"], dict):
        merged["budget"] = budget.joined(base["budget"], over["budget"])
    if "world" in over:
        merged["world"] = _tables(base.get("world"), over["world"])
    if "option" in over:
        merged["option"] = _options(base.get("option", default_rows()), over["option"], problems)
    if isinstance(base.get("waiver"), list) and isinstance(over.get("waiver"), list):
        merged["waiver"] = _waivers(base["waiver"], over["waiver"])
    return merged


def _tables(base: Any, over: Any) -> Any:
    """Groups of values joined; what is no table is taken as it is, to be refused later."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    joined = dict(base)
    for name, values in over.items():
        both = isinstance(base.get(name), dict) and isinstance(values, dict)
        joined[name] = base[name] | values if both else values
    return joined


def _waivers(base: list[Any], over: list[Any]) -> list[Any]:
    """The waivers of both; a new one replaces an old one of the same path."""
    again = [row.get("path") for row in over if isinstance(row, dict)]
    return [row for row in base if not (isinstance(row, dict) and row.get("path") in again)] + over


def _options(base: Any, over: Any, problems: Problems) -> Any:
    """Options of `base`, overlaid by those of `over` with the same key; new ones follow."""
    rows = [*base, *over] if isinstance(base, list) and isinstance(over, list) else []
    if not rows or not all(isinstance(row, dict) for row in rows):
        return over
    named = {row_key(row): row for row in base}
    if len(named) < len(base):
        return rows  # two options of one key: refused later
    taken = set()
    for number, row in enumerate(over, 1):
        key = row_key(row)
        old = named.get(key, {})
        if key in taken:
            problems.fault(entry_path("option", number), f"the option {short_repr(key)} is named twice")
        taken.add(key)
        if "instrument" not in row and key not in named:
            lost = f"{unknown_name('option', key, named)} (a new option needs an instrument)"
            problems.fault(entry_path("option", number), lost)
        if "instrument" in row and "instrument" in old and row["instrument"] != old["instrument"]:
            was = f"{short_repr(key)} is {short_repr(old['instrument'])} in the file it extends"
            problems.fault(entry_path("option", number, "instrument"), f"{was}; its instrument stays, choose a new key")
        named[key] = old | row
    return list(named.values())


def pinned(settings: Mapping[str, Any]) -> dict[str, Any]:
    """These settings with what they say of the world as known: draws leave it alone.

    >>> pinned({"cloud.price_usd": 3.0, "public_cluster.life_years": 6})
    {'cloud.price_usd': 3.0, 'public_cluster.life_years': 6, 'fixed': ['cloud.price_usd']}
    """
    known = [path for path in settings if path in uncertain()]
    return {**settings, FIXED: known} if known else dict(settings)


def applied(table: dict[str, Any], settings: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """The table with these values; the table itself stays as it was."""
    merged = dict(table)
    if isinstance(world := table.get("world", {}), dict):
        merged["world"] = {name: dict(group) if isinstance(group, dict) else group for name, group in world.items()}
    if isinstance(table.get("budget"), dict):
        merged["budget"] = dict(table["budget"])
    rows = table.get("option", default_rows())
    merged["option"] = [dict(row) if isinstance(row, dict) else row for row in rows] if isinstance(rows, list) else rows
    for path, value in settings.items():
        _put(merged, str(path), _of_the_world(value, settings) if path == FIXED else value, problems)
    return merged


def _of_the_world(paths: Any, settings: Mapping[str, Any]) -> Any:
    """What is to be fixed, without the levers that are set as well: they are never drawn."""
    if not isinstance(paths, list):
        return paths
    return [
        path
        for path in paths
        if not isinstance(path, str) or path not in settings or path.partition(".")[0] in World.kinds()
    ]


def _put(table: dict[str, Any], path: str, value: Any, problems: Problems) -> None:
    """Place one value."""
    group, _, name = path.removeprefix("world.").partition(".")
    rows = [row for row in table["option"] if isinstance(row, dict)] if isinstance(table["option"], list) else []
    row = next((row for row in rows if row_key(row) == group), None)
    if path in SINGLE:
        table[path] = value
    elif path == FIXED:
        old = table.get(FIXED, [])
        table[FIXED] = [*old, *value] if isinstance(old, list) and isinstance(value, list) else value
    elif group == "budget" and name:
        old = table.get("budget", {})
        table["budget"] = budget.joined(old, {name: value}) if isinstance(old, dict) else old
    elif row is not None and name in _FILE_ONLY:
        problems.fault(
            entry_path(path), "belongs to the file: an option's instrument and key cannot be set from outside"
        )
    elif row is not None and name:
        row[name] = value
    elif group in World.kinds() and name:
        _world_group(table, group)[name] = value
    else:
        problems.fault(entry_path(path), _lost(path, group, [row_key(row) for row in rows]))


def _world_group(table: dict[str, Any], group: str) -> dict[str, Any]:
    """A group's table, made where the file has none; what is wrong in the file stays, to be reported with the rest."""
    world = table.setdefault("world", {})
    values = world.setdefault(group, {}) if isinstance(world, dict) else {}
    return values if isinstance(values, dict) else {}


def _lost(path: str, group: str, keys: list[str]) -> str:
    """Sentence for a path that leads nowhere."""
    if path in ("option", "waiver", "extends", "groups", "world", "sources", "modelled", "not_modelled"):
        return f"belongs to the file and cannot be set from outside; {HOW}"
    places = {*World.kinds(), *keys, "budget"}
    if group in places:
        return f"names no value of {short_repr(group)}; {HOW}"
    if "." not in path:
        hint = elsewhere(path)
        return f"no value {short_repr(path)}; {hint}" if hint else unknown_name("value", path, {*SINGLE, *places})
    return f"{unknown_name('group or option', group, places)} ({HOW})"
