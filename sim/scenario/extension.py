"""`extends = "other.toml"`: a scenario that differs from another one in a few values.

The other file lies in the same folder, or is a shipped scenario. The extending file may

- replace any entry at the top, and set any parameter of the world;
- name `budget.total`, `budget.years` or `budget.path`: a total drops a path and a path drops a total;
- change the levers and the label of an option, found by its key; its instrument stays;
- add options under new keys, after the others, but take none away;
- sign further waivers: those of the other file stay in force.

Whatever it names must exist: it goes through the same checks as any scenario, after it was filled in.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sim.formatting import entry_path, nearest_name, short_repr, unknown_name
from sim.scenario import budget
from sim.scenario.files import is_file, names, parse
from sim.scenario.group_files import filled
from sim.scenario.options import default_rows, row_key
from sim.scenario.problems import Problems, ScenarioError
from sim.sources import share

DEEPEST = 5  # files behind one another


def read_extended(path: Path, problems: Problems, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    """The file with what it extends filled in."""
    table = filled(parse(path), path, problems)
    if "extends" not in table:
        return table
    named = table.pop("extends")
    base = _base(path, named, problems)
    chain = (*seen, os.path.realpath(path))
    if base is None:
        return table
    if os.path.realpath(base) in chain:
        problems.fault("extends", f"{short_repr(named)} leads back to a file that extends it, in a circle")
        return table
    if len(chain) > DEEPEST:
        problems.fault("extends", f"{short_repr(named)} is one file too many: at most {DEEPEST} behind one another")
        return table
    return overlay(read_extended(base, problems, chain), table, problems)


def _base(path: Path, named: Any, problems: Problems) -> Path | None:
    """The file that is extended; None after a fault."""
    where = "a file in the same folder or a shipped scenario"
    if not isinstance(named, str) or not named.strip():
        problems.fault("extends", f"{short_repr(named)} is not the name of {where}")
        return None
    # no folders: a file from elsewhere must not make the program open what its reader did not mean to show
    if not named.endswith(".toml") or Path(named).name != named or "\\" in named:
        problems.fault("extends", f"{short_repr(named)} is not the bare name of {where}{_nearest(path, named)}")
        return None
    for folder in (path.parent, share("scenarios")):
        try:
            if is_file(folder / named, str(path)):
                return folder / named
        except ScenarioError as error:
            problems.fault("extends", f"{short_repr(named)} {error.faults[0]}")
            return None
    problems.fault(
        "extends", f"no file {short_repr(named)}, neither in the same folder nor shipped{_nearest(path, named)}"
    )
    return None


def _nearest(path: Path, named: str) -> str:
    """'; did you mean ...?' where a file of a like name could be extended."""
    try:
        beside = [other.stem for other in path.parent.glob("*.toml") if other != path]
    except OSError:
        beside = []
    near = nearest_name(Path(named.replace("\\", "/")).stem, {*beside, *names()})
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
