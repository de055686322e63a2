"""What overrides a file: the scenario that extends it, and values from outside, as `--set cloud.price_usd=3`.

`extends = "other.toml"` names a file in the same folder, or a shipped scenario. The extending file may

- replace any entry at the top, and set any parameter of the world;
- name `budget.total`, `budget.years` or `budget.path`: a total drops a path and a path drops a total;
- change the levers and the label of an option, found by its key; its instrument stays;
- add options under new keys, after the others, but take none away. A scenario that names none has every instrument; a
  file that is no scenario by itself, such as a fitted workload, has none, and the options are those of the other file;
- sign further waivers: those of the other file stay in force;
- give a range to a number that the other file takes as known, or take one as known that has a range there.

Values from outside are put where the file has its own. Whatever is named must exist: it goes through the same checks
as any scenario, after all was filled in.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

from sim.formatting import entry_path, nearest_name, short_repr, unknown_name
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.scenario import budget
from sim.scenario.entries import not_a_sentence
from sim.scenario.files import find_beside, names, parse, stems_beside
from sim.scenario.fitted import FITTED
from sim.scenario.groups import filled
from sim.scenario.options import default_rows, row_key
from sim.scenario.problems import Problems, ScenarioError, elsewhere
from sim.scenario.ranges import RANGES
from sim.sources import share

DEEPEST = 5  # files behind one another
# What one value can change; the rest belongs to the file.
SINGLE = (
    "title", "question", "yardstick", "between", "start", "country", "horizon_years", "currency", "price_year",
    "usd_per_currency",
)  # fmt: skip
WHOLE = ("title", "question", "start", "budget")
"""What no scenario can do without: a file that lacks one of them is a part to be extended."""

_FILE_ONLY = ("instrument", "key")
FIXED = "fixed"  # a list that grows: what is set from outside adds to what the file has
LONGEST_REASON = 200
WRITE_DAY = "write it as 2026-11-29"
HOW = "write group.name=value or option.lever=value"


class Settings(dict[str, Any]):
    """Values from outside by path, and who sets them."""

    def __init__(
        self, values: Mapping[str, Any], by: str, pinned_by: str | None = None, ranged_by: str | None = None, *,
        who: str = "", why: str = "", date: str | datetime.date = "",
    ) -> None:  # fmt: skip
        """`by` stands beside each change where results are read; `pinned_by` where it is taken as known; `ranged_by`
        where a range is given.

        `who`, `why` and `date` stand behind it: the person who signs, the reason, the day. No day is put where none is
        given. Raises ScenarioError for what is no sentence or no day.
        """
        super().__init__(values)
        self.by, self.pinned_by, self.ranged_by = by, pinned_by or by, ranged_by or by
        day = date.isoformat() if isinstance(date, datetime.date) else date
        self.signature = {"who": who, "why": why, "date": day}
        if faults := signature_faults(self.signature):
            raise ScenarioError("settings", faults)

    @property
    def signed(self) -> bool:
        """Whether somebody signs these values, or gives a reason or a day."""
        return any(self.signature.values())


def signature_faults(signature: Mapping[str, Any]) -> list[str]:
    """What is wrong with who, why and date, each of which may be empty; a sentence a fault.

    >>> signature_faults({"who": "", "why": "A tender.", "date": "2026-11-31"})
    ["date: '2026-11-31' is not a day; write it as 2026-11-29"]
    """
    texts = {name: not_a_sentence(signature[name], LONGEST_REASON) for name in ("who", "why") if signature[name] != ""}
    faults = [f"{name}: {wrong}" for name, wrong in texts.items() if wrong]
    day = signature["date"]
    return faults if day == "" or _is_day(day) else [*faults, f"date: {short_repr(day)} is not a day; {WRITE_DAY}"]


def _is_day(text: Any) -> bool:
    """Whether a text is a day of the calendar, year first."""
    try:
        return isinstance(text, str) and datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


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
    base = released(base, over)
    merged = base | over
    if isinstance(base.get(RANGES), dict) and isinstance(over.get(RANGES), dict):
        merged[RANGES] = base[RANGES] | over[RANGES]
    if isinstance(base.get(FITTED), dict) and isinstance(over.get(FITTED), dict):
        merged[FITTED] = base[FITTED] | over[FITTED]
    if "budget" in over and isinstance(base.get("budget"), dict) and isinstance(over["budget"], dict):
        merged["budget"] = budget.joined(base["budget"], over["budget"])
    if "world" in over:
        merged["world"] = _tables(base.get("world"), over["world"])
    if "option" in over:
        merged["option"] = _options(base.get("option", _unnamed_options(base)), over["option"], problems)
    if isinstance(base.get("waiver"), list) and isinstance(over.get("waiver"), list):
        merged["waiver"] = _waivers(base["waiver"], over["waiver"])
    return merged


def _unnamed_options(base: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The options of a file that names none: every instrument in a scenario, nothing in a part of one.

    >>> _unnamed_options({"world": {"workload": {}}})
    []
    """
    return default_rows() if all(name in base for name in WHOLE) else []


def released(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` where `over` has the last word: what gets a range is known no longer, and what is known has no range.

    >>> released({"fixed": ["a.b", "c.d"], "ranges": {"e.f": [1, 2]}}, {"fixed": ["e.f"], "ranges": {"a.b": [1, 2]}})
    {'fixed': ['c.d'], 'ranges': {}}
    """
    found, ranges, fixed = dict(base), over.get(RANGES), over.get(FIXED)
    if isinstance(ranges, dict) and isinstance(base.get(FIXED), list):
        found[FIXED] = [path for path in base[FIXED] if not isinstance(path, str) or path not in ranges]
    if isinstance(fixed, list) and isinstance(base.get(RANGES), dict):
        found[RANGES] = {path: ends for path, ends in base[RANGES].items() if path not in fixed}
    return found


def ranged(settings: Mapping[str, Any] | None, ranges: Mapping[str, Any] | None) -> dict[str, Any]:
    """These settings, and ranges of one's own for uncertain numbers by path; who sets them stays.

    >>> ranged({"cloud.price_usd": 3.0}, {"cloud.price_usd": (2.0, 4.0)})
    {'cloud.price_usd': 3.0, 'ranges': {'cloud.price_usd': (2.0, 4.0)}}
    """
    found: dict[str, Any] = copy(settings) if isinstance(settings, dict) else dict(settings or {})
    if ranges:
        found[RANGES] = {**found.get(RANGES, {}), **ranges}
    return found


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
    merged = released(table, settings)
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
    elif path == RANGES:
        old, new = table.get(RANGES, {}), _listed(value)
        table[RANGES] = {**old, **new} if isinstance(old, dict) and isinstance(new, dict) else new
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


def _listed(ranges: Any) -> Any:
    """Ranges as a file has them: both ends in a list."""
    if not isinstance(ranges, Mapping):
        return ranges
    return {path: list(ends) if isinstance(ends, tuple) else ends for path, ends in ranges.items()}


def _world_group(table: dict[str, Any], group: str) -> dict[str, Any]:
    """A group's table, made where the file has none; what is wrong in the file stays, to be reported with the rest."""
    world = table.setdefault("world", {})
    values = world.setdefault(group, {}) if isinstance(world, dict) else {}
    return values if isinstance(values, dict) else {}


def _lost(path: str, group: str, keys: list[str]) -> str:
    """Sentence for a path that leads nowhere."""
    if path in ("option", "waiver", "extends", "groups", "world", FITTED, "sources", "modelled", "not_modelled"):
        return f"belongs to the file and cannot be set from outside; {HOW}"
    places = {*World.kinds(), *keys, "budget"}
    if group in places:
        return f"names no value of {short_repr(group)}; {HOW}"
    if "." not in path:
        hint = elsewhere(path)
        return f"no value {short_repr(path)}; {hint}" if hint else unknown_name("value", path, {*SINGLE, *places})
    return f"{unknown_name('group or option', group, places)} ({HOW})"
