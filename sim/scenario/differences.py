"""What differs between two scenarios: every path with both values, and what only one of them has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sim.parameters import Parameters, Spec
from sim.scenario.model import Option, Scenario

ABSENT: Final = type("Absent", (), {"__repr__": lambda self: "ABSENT", "__bool__": lambda self: False})()
"""In the place of a value that a scenario does not have."""
TEXTS = ("title", "question", "yardstick", "horizon_years", "currency", "price_year", "usd_per_currency")
LISTS = ("modelled", "not_modelled", "sources")


@dataclass(frozen=True)
class Difference:
    """A path, as `--set` and waivers name it, and what two scenarios have there: a value, or ABSENT.

    `spec` is the declaration of a parameter or lever, None of all else; `known` says of each scenario whether draws
    leave the number alone.
    """

    path: str
    first: Any
    second: Any
    spec: Spec | None = None
    known: tuple[bool, bool] = (False, False)


def differences(first: Scenario, second: Scenario) -> list[Difference]:
    """Everything that differs between two scenarios, in the order of a scenario file; empty where they say the same.

    Of an entry of a list, as of what is not modelled, there is a row for each that only one of them has.
    """
    return [*_entries(first, second), *_world(first, second), *_options(first, second), *_lists(first, second)]


def _entries(first: Scenario, second: Scenario) -> Iterator[Difference]:
    """The entries at the top, and the money."""
    one, two = _top(first), _top(second)
    for path in one:
        if one[path] != two[path]:
            yield Difference(path, one[path], two[path])


def _top(scenario: Scenario) -> dict[str, Any]:
    """Entries at the top of a file by path, filled in where the file leaves them out."""
    budget = scenario.budget
    return {
        **{name: getattr(scenario, name) for name in TEXTS},
        "start": str(scenario.start), "between": scenario.between or ABSENT,
        "country": scenario.text.get("country", ABSENT), "budget.total": budget.total, "budget.path": budget.yearly,
        "budget.covers": budget.coverage.parts,
        "budget.operations_years": ABSENT if (years := budget.coverage.operations_years) is None else years,
    }  # fmt: skip


def _world(first: Scenario, second: Scenario) -> Iterator[Difference]:
    """The numbers of the world, and which of them draws leave alone."""
    others = second.world.groups()
    for group, kind in first.world.groups().items():
        for name, _, spec in kind.described():
            path = f"{group}.{name}"
            values, known = (getattr(kind, name), getattr(others[group], name)), _known(path, first, second)
            if values[0] != values[1] or known[0] != known[1]:
                yield Difference(path, *values, spec, known)


def _known(path: str, *scenarios: Scenario) -> tuple[bool, bool]:
    """Of two scenarios, whether draws leave a path alone."""
    first, second = (path in scenario.fixed for scenario in scenarios)
    return first, second


def _options(first: Scenario, second: Scenario) -> Iterator[Difference]:
    """The options: those that only one has, and in both their labels, instruments and levers."""
    one, two = ({option.key: option for option in scenario.options} for scenario in (first, second))
    for key in dict.fromkeys([*one, *two]):
        if key in one and key in two:
            yield from _option(one[key], two[key])
        else:
            first_label, second_label = (side[key].label if key in side else ABSENT for side in (one, two))
            yield Difference(key, first_label, second_label)


def _option(first: Option, second: Option) -> Iterator[Difference]:
    """One option that both have."""
    for name, one, two in (
        ("label", first.label, second.label),
        ("instrument", first.instrument.name, second.instrument.name),
    ):
        if one != two:
            yield Difference(f"{first.key}.{name}", one, two)
    one_lever, two_lever = _levers(first.instrument), _levers(second.instrument)
    for name, spec in {**_specs(first.instrument), **_specs(second.instrument)}.items():
        values = one_lever.get(name, ABSENT), two_lever.get(name, ABSENT)
        if values[0] != values[1]:
            yield Difference(f"{first.key}.{name}", *values, spec)


def _levers(holder: Parameters) -> Mapping[str, Any]:
    return {name: getattr(holder, name) for name in holder.names()}


def _specs(holder: Parameters) -> Mapping[str, Spec]:
    return {name: spec for name, _, spec in holder.described()}


def _lists(first: Scenario, second: Scenario) -> Iterator[Difference]:
    """Sentences, sources and waivers that only one of them has."""
    for name in LISTS:
        one, two = getattr(first, name), getattr(second, name)
        yield from (Difference(name, each, ABSENT) for each in one if each not in two)
        yield from (Difference(name, ABSENT, each) for each in two if each not in one)
    signed, other = ({str(row["path"]): row for row in each.waivers} for each in (first, second))
    for path in dict.fromkeys([*signed, *other]):
        if signed.get(path) != other.get(path):
            why, why_not = (side[path].get("reason", "") if path in side else ABSENT for side in (signed, other))
            yield Difference(f"waiver {path}", why, why_not)
