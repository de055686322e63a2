"""What was changed in a scenario from outside: from what to what, by whom, and whether draws still vary it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sim.formatting import format_count, format_short, short_repr
from sim.mechanisms.sampling import uncertain
from sim.scenario.dated import RENT
from sim.scenario.model import Change, Scenario
from sim.scenario.overrides import FIXED, Settings
from sim.scenario.problems import ScenarioError
from sim.scenario.ranges import RANGES, ends_words, spec_in

MOST_SHOWN = 6  # in a sentence; the document lists all
THOUSANDS = 10_000  # from here on letters stand for zeros
NOTHING_TO_SIGN = "a reason, a name or a day is given, and nothing is changed"
_OWN = f"{RANGES}."  # before the path of a number, whose range is changed
SOMEBODY = "settings"  # who sets values from Python without a name


def who_of(settings: Mapping[str, Any], pinned: bool, ranged: bool = False) -> str:
    """Who sets these values, or pins them, or gives them a range."""
    if not isinstance(settings, Settings):
        return SOMEBODY
    return settings.ranged_by if ranged else settings.pinned_by if pinned else settings.by


def changes_between(before: Scenario, after: Scenario, settings: Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes that settings made to a scenario, after those that it had: of each path the last, from the first.

    Raises ScenarioError where settings that somebody signs change nothing.
    """
    signature = settings.signature if isinstance(settings, Settings) else {}
    pinned = settings.get(FIXED, [])
    known = set(pinned) if isinstance(pinned, list) else set()
    changed, drawn, found = False, uncertain(), _still(before, after, known)
    places = [*(path for path in settings if path not in (FIXED, RANGES)), *sorted(known)]
    leaves = before.dated.keys() - after.dated.keys()  # a rent that is set follows no record, whatever it is
    gone = before.ranges.keys() - after.ranges.keys() - known  # a storyline took them
    for path in dict.fromkeys([*places, *(_OWN + path for path in sorted({*settings.get(RANGES, {}), *gone}))]):
        short = path.removeprefix("world.")
        first = found.pop(short, None)
        old, new = first.old if first else value_at(before, short), value_at(after, short)
        how = short in after.fixed if short in drawn else None
        if first and new == value_at(before, short):  # it was set before; here it is taken as known at most
            found[short] = replace(first, known=how)
        elif old != new or (short in known and short not in before.fixed) or (short == RENT and RENT in leaves):
            found[short] = Change(
                short, old, new, who_of(settings, short in known, short.startswith(_OWN)), how, **signature
            )
        else:
            continue
        changed = True
    if any(signature.values()) and not changed:
        raise ScenarioError(after.key, [NOTHING_TO_SIGN])
    return tuple(found.values())


def _still(before: Scenario, after: Scenario, known: set[Any]) -> dict[str, Change]:
    """The changes by path that a scenario had, as they are after it: what is known has no range, and the reverse."""
    ranges = {_OWN + path for path in known}
    found = {change.path: change for change in before.changes if change.path not in ranges}
    for path in after.ranges:
        if path in found and found[path].known:
            found[path] = replace(found[path], known=False)
    return {
        path: each
        for path, each in found.items()
        if each.known is not False or each.old != each.new or (path == RENT and RENT not in after.dated)
    }


def settings_from(changes: Iterable[Change]) -> dict[str, Any]:
    """The settings that make these changes; whatever they take as known is drawn."""
    ranges = {change.path.removeprefix(_OWN): change.new for change in changes if change.path.startswith(_OWN)}
    values = {change.path: change.new for change in changes if not change.path.startswith(_OWN)}
    return values | ({RANGES: ranges} if ranges else {})


def value_at(scenario: Scenario, path: str) -> Any:
    """The value at a path as settings name it; None where the scenario has none of its own.

    Behind 'ranges.' stands the range of an uncertain number, of its own or as declared; None where it is known.
    """
    if path.startswith(_OWN):
        short = path.removeprefix(_OWN)
        spec = spec_in(scenario, short)
        return None if short in scenario.fixed else [spec.low, spec.high]
    group, _, name = path.partition(".")
    if group in scenario.world.groups():
        return scenario.world.value(path)
    for option in scenario.options:
        if option.key == group:
            return option.label if name == "label" else getattr(option.instrument, name)
    if path == "budget.total":
        return scenario.budget.total
    if group == "budget":
        return scenario.text["budget"].get(name)
    return scenario.text.get(path, getattr(scenario, path, None))


def change_words(change: Change, ranges: Container[str] = ()) -> str:
    """A change as people read it; `ranges`: what has a range of its own, which stays.

    >>> change_words(Change("cloud.decline_per_year", 0.18, 0.1, "--set", False))
    'cloud.decline_per_year 0.18 → 0.1 (--set; its range moves with it)'
    >>> change_words(Change("budget.total", 2, 3, "--set", None, "A. Analyst", "As voted.", "2026-11-29"))
    'budget.total 2 → 3 (--set, A. Analyst: As voted, 2026-11-29)'
    """
    moves = "; its range stays" if change.path in ranges else "; its range moves with it"
    said = f"({signed(change)}{ {True: '; taken as known', False: moves, None: ''}[change.known] })"
    what, old, new = change_cells(change)
    return f"{what} at {new} {said}" if change.old == change.new else f"{what} {old} → {new} {said}"


def change_cells(change: Change) -> tuple[str, str, str]:
    """What was changed, from what, to what.

    >>> change_cells(Change("ranges.cloud.price_usd", [2.0, 7.0], [2.0, 4.0], "--range", None))
    ('range of cloud.price_usd', '2 to 7', '2 to 4')
    """
    if not change.path.startswith(_OWN):
        return change.path, value_words(change.old), value_words(change.new)
    old, new = (ends_words(ends) if ends else "none, taken as known" for ends in (change.old, change.new))
    return f"range of {change.path.removeprefix(_OWN)}", old, new


def signed(change: Change) -> str:
    """How a value was changed, by whom, why and when, as far as it is known."""
    by = f"{change.by}{f', {change.who}' * bool(change.who)}{f': {change.why}'.rstrip('.') * bool(change.why)}"
    return f"{by}{f', {change.date}' * bool(change.date)}"


def changes_note(scenario: Scenario) -> list[str]:
    """The sentence on what was changed in a scenario; none where nothing was."""
    return [f"Changed from the scenario: {_listed(scenario)}."] if scenario.changes else []


def changes_cell(scenario: Scenario) -> str:
    """The same for a cell of a table, in letters that every program reads; empty where nothing was changed."""
    return _listed(scenario).replace("→", "->")


def _listed(scenario: Scenario) -> str:
    """The first changes, and how many more there are."""
    shown = [change_words(change, scenario.ranges) for change in scenario.changes[:MOST_SHOWN]]
    left = len(scenario.changes) - len(shown)
    return "; ".join([*shown, *([f"and {format_count(left, 'further change')}"] if left else [])])


def value_words(value: Any) -> str:
    """A value in few letters; what a scenario leaves to its default is none."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:.4g}" if abs(value) < THOUSANDS else format_short(float(value), 4)
    if value is None or isinstance(value, str):
        return value or "unset"
    return short_repr(list(value) if isinstance(value, tuple) else value)  # as it is read back from a record
