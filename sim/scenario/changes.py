"""What was changed in a scenario from outside: from what to what, by whom, and whether draws still vary it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.formatting import format_count, format_short, short_repr
from sim.mechanisms.sampling import uncertain
from sim.scenario.model import Change, Scenario
from sim.scenario.overrides import FIXED, Settings

MOST_SHOWN = 6  # in a sentence; the document lists all
THOUSANDS = 10_000  # from here on letters stand for zeros
SOMEBODY = "settings"  # who sets values from Python without a name


def who_of(settings: Mapping[str, Any], pinned: bool) -> str:
    """Who sets these values, or pins them."""
    if not isinstance(settings, Settings):
        return SOMEBODY
    return settings.pinned_by if pinned else settings.by


def changes_between(before: Scenario, after: Scenario, settings: Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes that settings made to a scenario, after those that it had: of each path the last, from the first."""
    pinned = settings.get(FIXED, [])
    known = set(pinned) if isinstance(pinned, list) else set()
    drawn, found = uncertain(), {change.path: change for change in before.changes}
    for path in dict.fromkeys([*(path for path in settings if path != FIXED), *sorted(known)]):
        short = path.removeprefix("world.")
        first = found.pop(short, None)
        old, new = first.old if first else value_at(before, short), value_at(after, short)
        how = short in after.fixed if short in drawn else None
        if old != new or (short in known and short not in before.fixed):
            found[short] = Change(short, old, new, who_of(settings, short in known), how)
    return tuple(found.values())


def value_at(scenario: Scenario, path: str) -> Any:
    """The value at a path as settings name it; None where the scenario has none of its own."""
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


def change_words(change: Change) -> str:
    """A change as people read it.

    >>> change_words(Change("cloud.decline_per_year", 0.18, 0.1, "--set", False))
    'cloud.decline_per_year 0.18 → 0.1 (--set; its range moves with it)'
    """
    how = {True: "; taken as known", False: "; its range moves with it", None: ""}[change.known]
    if change.old == change.new:
        return f"{change.path} at {_short(change.new)} ({change.by}{how})"
    return f"{change.path} {_short(change.old)} → {_short(change.new)} ({change.by}{how})"


def changes_note(scenario: Scenario) -> list[str]:
    """The sentence on what was changed in a scenario; none where nothing was."""
    changes = scenario.changes
    if not changes:
        return []
    shown = [change_words(change) for change in changes[:MOST_SHOWN]]
    more = [f"and {format_count(len(changes) - MOST_SHOWN, 'further change')}"] if len(changes) > MOST_SHOWN else []
    return [f"Changed from the scenario: {'; '.join([*shown, *more])}."]


def _short(value: Any) -> str:
    """A value in few letters; what a scenario leaves to its default is none."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:.4g}" if abs(value) < THOUSANDS else format_short(float(value), 4)
    return "unset" if value is None else value if isinstance(value, str) else short_repr(value)
