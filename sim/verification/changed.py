"""What was changed by hand in a record: entries that are not those of its run, changes that led to no such scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from sim.comparison.identity import canonical
from sim.mechanisms.sampling import uncertain
from sim.scenario import Scenario, ScenarioError, load, names
from sim.scenario.changes import settings_from, value_at

SAID = "Who changed a setting, how, why and when is as the record says; nothing here shows it."
SAID_OF_OWN = "So is what it was before: the scenario is none that ships."


def apart(then: Mapping[str, Any], now: Mapping[str, Any], free: set[str]) -> set[str]:
    """Entries that are not the same on both sides."""
    return {name for name in {*then, *now} - free if then.get(name) != now.get(name)}


def other_changes(scenario: Scenario) -> Iterator[str]:
    """Changes that a record names and that did not lead to its scenario."""
    before = _shipped(scenario)
    drawn = uncertain()
    for change in scenario.changes:
        right = _is_at(scenario, change.path, change.new) and (not before or _is_at(before, change.path, change.old))
        if not right or change.known is not (change.path in scenario.fixed if change.path in drawn else None):
            yield f"the change of {change.path}"


def _is_at(scenario: Scenario, path: str, value: Any) -> bool:
    """Whether a scenario has a value at a path."""
    with suppress(AttributeError, KeyError, TypeError, ValueError):
        return canonical(value_at(scenario, path)) == canonical(value)
    return False


def _shipped(scenario: Scenario) -> Scenario | None:
    """The scenario that ships, where one with these changes is the one that was run."""
    settings = settings_from(scenario.changes)
    if scenario.key in names():
        with suppress(ScenarioError):
            if canonical(load(scenario.key, settings).text) == canonical(scenario.text):
                return load(scenario.key)
    return None


def said(scenario: Scenario) -> list[str]:
    """What of the changes is known from the record alone."""
    if not scenario.changes:
        return []
    return [SAID] if _shipped(scenario) else [SAID, SAID_OF_OWN]
