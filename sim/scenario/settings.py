"""Values from outside the file, as `--set cloud.price_usd=3`: put where the file has its own, checked with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.formatting import entry_path, short_repr, unknown_name
from sim.mechanisms.world import World
from sim.scenario import budget
from sim.scenario.hints import elsewhere
from sim.scenario.options import default_rows, row_key
from sim.scenario.problems import Problems

# What one value can change; the rest belongs to the file.
SINGLE = ("title", "question", "start_year", "horizon_years", "currency", "price_year", "usd_per_currency")
_FILE_ONLY = ("instrument", "key")
HOW = "write group.name=value or option.lever=value"


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
        _put(merged, str(path), value, problems)
    return merged


def _put(table: dict[str, Any], path: str, value: Any, problems: Problems) -> None:
    """Place one value."""
    group, _, name = path.removeprefix("world.").partition(".")
    rows = [row for row in table["option"] if isinstance(row, dict)] if isinstance(table["option"], list) else []
    row = next((row for row in rows if row_key(row) == group), None)
    if path in SINGLE:
        table[path] = value
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
        _fix(table, f"{group}.{name}")
    else:
        problems.fault(entry_path(path), _lost(path, group, [row_key(row) for row in rows]))


def _fix(table: dict[str, Any], path: str) -> None:
    """Fix a value that is set by hand, since the question is about that value: draws leave it alone."""
    fixed = table.get("fixed", [])
    if isinstance(fixed, list) and path not in fixed:
        table["fixed"] = [*fixed, path]


def _world_group(table: dict[str, Any], group: str) -> dict[str, Any]:
    """A group's table, made where the file has none; what is wrong in the file stays, to be reported with the rest."""
    world = table.setdefault("world", {})
    values = world.setdefault(group, {}) if isinstance(world, dict) else {}
    return values if isinstance(values, dict) else {}


def _lost(path: str, group: str, keys: list[str]) -> str:
    """Sentence for a path that leads nowhere."""
    if path in ("option", "waiver", "extends", "groups", "world", "fixed", "sources", "modelled", "not_modelled"):
        return f"belongs to the file and cannot be set from outside; {HOW}"
    places = {*World.kinds(), *keys, "budget"}
    if group in places:
        return f"names no value of {short_repr(group)}; {HOW}"
    if "." not in path:
        hint = elsewhere(path)
        return f"no value {short_repr(path)}; {hint}" if hint else unknown_name("value", path, {*SINGLE, *places})
    return f"{unknown_name('group or option', group, places)} ({HOW})"
