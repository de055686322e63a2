"""Storylines: fixed sets of values that are laid over any scenario, one file each in scenarios/storylines/.

A value is set, added (`plus`) or multiplied (`times`) to what the scenario has at its start; a lever is that of every
option with the instrument. What is uncertain stays so, around its new value, unless the file says that it is `fixed`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from sim.formatting import unknown_name
from sim.scenario.changes import NOTHING_TO_SIGN, changes_between
from sim.scenario.model import Scenario
from sim.scenario.overrides import FIXED, Settings, applied, released
from sim.scenario.problems import Problems, ScenarioError
from sim.scenario.reader import LONGEST_TITLE, load, read, with_settings
from sim.sources import share

BUDGET = "budget.total_usd"
"""Not a value of any file: base-year dollars in all, whatever the currency of the scenario and its years."""
WAYS = ("set", "plus", "times")


@dataclass(frozen=True)
class Value:
    """One value of a storyline, and how it is laid over that of the scenario."""

    path: str  # of a parameter of the world, `instrument.lever`, or BUDGET
    way: str  # one of WAYS
    amount: Any
    source: str
    fixed: bool = False  # draws leave it alone

    def over(self, old: Any) -> Any:
        """The value in place of an old one; to four digits where it is computed from it.

        >>> Value("cloud.price_usd", "times", 1.71, "assumption: dear").over(3.5)
        5.985
        """
        if self.way == "set":
            return self.amount
        return float(f"{old + self.amount if self.way == 'plus' else old * self.amount:.4g}")


@dataclass(frozen=True)
class Storyline:
    """A state of the world, or of the state, that any scenario can be put into."""

    name: str
    number: int
    title: str
    about: str
    values: tuple[Value, ...]
    path: Path


@cache
def storylines() -> dict[str, Storyline]:
    """Every storyline by name, in the order of their numbers."""
    found = [_read(path) for path in share("scenarios").glob("storylines/*.toml")]
    return {each.name: each for each in sorted(found, key=lambda each: each.number)}


def _read(path: Path) -> Storyline:
    """One file that ships; tests hold it to what this takes for granted."""
    table = tomllib.loads(path.read_text(encoding="utf8"))
    values = []
    for row in table.pop("value", []):
        (way,) = set(WAYS) & set(row)
        values.append(Value(way=way, amount=row.pop(way), **row))
    return Storyline(name=path.stem, values=tuple(values), path=path, **table)


def storyline(name: str) -> Storyline:
    """The storyline of a name; KeyError with one sentence and the nearest name where there is none."""
    if name not in storylines():
        raise KeyError(unknown_name("storyline", name, storylines()))
    return storylines()[name]


def laid_over(scenario: Scenario, name: str, signature: Mapping[str, str] | None = None) -> Scenario:
    """The scenario under a storyline, whose title follows its own; one without values leaves it as it is.

    `signature`: who, why and date of laying it over, as `Settings` takes them.

    Raises KeyError for a name that does not exist, ScenarioError, in the name of the storyline's file, where the
    scenario cannot take a value.
    """
    story = storyline(name)
    if not story.values:
        if any((signature or {}).values()):
            raise ScenarioError(f"storyline {name}", [NOTHING_TO_SIGN])
        return scenario
    problems = Problems(str(story.path))
    settings = Settings(settings_for(scenario, story), f"storyline {name}", **(signature or {}))
    # a number that it sets moves with the range that is declared, whatever range of its own the scenario had
    table = applied(released(scenario.text, {FIXED: list(settings)}), settings, problems)
    fixed = [*scenario.text.get("fixed", []), *(value.path for value in story.values if value.fixed)]
    table |= {"title": _title(scenario.title, story), "fixed": list(dict.fromkeys(fixed))}  # whatever `applied` fixes
    found = read(table, scenario.key, {}, problems)
    return replace(found, changes=changes_between(scenario, found, settings))


def settings_for(scenario: Scenario, story: Storyline) -> dict[str, Any]:
    """What a storyline sets in a scenario, as `--set` would name it: its values over those that the scenario has."""
    found: dict[str, Any] = {}
    for value in story.values:
        group, name = value.path.split(".")
        if value.path == BUDGET:
            found |= _budget(scenario, value.amount)
        elif group in scenario.world.groups():
            found[value.path] = value.over(scenario.world.value(value.path))
        else:
            alike = [option for option in scenario.options if option.instrument.name == group]
            found |= {f"{each.key}.{name}": value.over(getattr(each.instrument, name)) for each in alike}
    return found


def _budget(scenario: Scenario, usd: float) -> dict[str, Any]:
    """The appropriations, scaled to so many base-year dollars in all; their years and proportions stay."""
    given, ratio = scenario.text["budget"], usd / float(scenario.budget_usd.sum())
    if "path" in given:
        return {"budget.path": [amount * ratio for amount in given["path"]]}
    return {"budget.total": scenario.budget.total * ratio}


def _title(title: str, story: Storyline) -> str:
    """The title of a scenario under a storyline, cut where both are too long for one."""
    after = f" ({story.title.lower()})"
    return title[: LONGEST_TITLE - len(after)] + after


def load_under(scenario: str | Path | Scenario, settings: Mapping[str, Any], name: str | None) -> Scenario:
    """A scenario as `load` takes it, under a storyline where one is named, with values that have the last word."""
    if name is None:
        return load(scenario, settings)
    signature = settings.signature if isinstance(settings, Settings) else {}
    found = laid_over(load(scenario, settings or None), name, signature)
    return with_settings(found, settings) if settings else found
