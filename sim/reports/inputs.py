"""The parameters of a scenario one by one: each with its value, who set it, its evidence and its source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.formatting import format_rounded, format_value, unit_text
from sim.labels import choice_label, parameter_label
from sim.parameters import Parameters, Spec
from sim.reports.blocks import divided
from sim.scenario import Scenario
from sim.scenario.ranges import spec_in
from sim.sources import is_assumption, resolve, screening

_ROW = re.compile(r" \[([^\],]+), ([^\]]+)\]$")  # which row of data, and what was read of it
_KEYS = re.compile(r"\w+:\w+(; ?\w+:\w+)*").fullmatch  # a text that is nothing but names of rows
SetBy = Literal["default", "date", "scenario", "outside"]
"""A default, a value that follows the month in which the scenario starts, one of the scenario, one from outside."""


@dataclass(frozen=True)
class Input:
    """One parameter. source: of its value; empty where the scenario or somebody from outside gives it another."""

    path: str
    holder: str  # what it is a number of
    value: Any
    default: Any
    spec: Spec
    set_by: SetBy
    source: str
    drawn: bool
    ends: tuple[float, float]  # of its plausible range in the scenario; of what is no number those declared

    @property
    def label(self) -> str:
        """What people read in the place of its name."""
        return parameter_label(self.path.partition(".")[2], self.spec)

    @property
    def unit(self) -> str:
        """Its unit; empty for what is chosen or switched."""
        return unit_text(self.spec.unit) if self.spec.kind in ("number", "series") else ""

    @property
    def grade(self) -> str:
        """The grade of its evidence; empty where the value is not the one that was graded."""
        return self.spec.grade if self.set_by in ("default", "date") else ""

    @property
    def citations(self) -> tuple[str, ...]:
        """Where its value comes from, as a reader would print it."""
        return cited(self.source) if self.source else ()

    @property
    def url(self) -> str:
        """The first address of its source; empty where there is none."""
        return next((url for citation in self.citations if (url := divided(citation)[1])), "")

    def words(self, value: Any) -> str:
        """A value of it as people read it."""
        if isinstance(value, str):
            return choice_label(value, self.spec)
        whole = isinstance(value, bool | tuple | list)
        return format_value(value) if whole else format_rounded(float(value))


def cited(source: str) -> tuple[str, ...]:
    """Citations of a source text; of a part of it that names none, the part itself."""
    parts = [source] if is_assumption(source) else [part.strip() for part in source.split(";")]
    return tuple(citation for part in parts for citation in _cited(part))


def _cited(part: str) -> tuple[str, ...]:
    """The citation of one key, row or remark; of a row that was derived from other rows, theirs."""
    try:
        found = resolve(part)
    except KeyError:
        return (part,)
    rows = [_ROW.sub("", each) for each in found]
    return tuple(text for row, each in zip(rows, found, strict=True) for text in (cited(row) if _KEYS(row) else [each]))


def inputs(scenario: Scenario) -> list[Input]:
    """Every parameter of the world, then the levers of every option, in the order of their declarations."""
    found = [one for name, group in scenario.world.groups().items() for one in _of(scenario, name, group.about, group)]
    for option in scenario.options:
        found += _of(scenario, option.key, option.label, option.instrument)
    return found


def _of(scenario: Scenario, holder: str, label: str, group: Parameters) -> list[Input]:
    """The parameters of one group or option."""
    found = []
    for name, default, spec in group.described():
        path, value = f"{holder}.{name}", getattr(group, name)
        value = float(value) if isinstance(value, np.number | np.ndarray) else value
        by = _set_by(scenario, path, value == default)
        source = scenario.dated.get(path, spec.source) if by == "date" else spec.source if by == "default" else ""
        free = spec.role == "uncertainty" and path not in scenario.fixed and path in screening()
        here = spec_in(scenario, path) if holder in scenario.world.groups() else spec
        found.append(Input(path, label, value, default, spec, by, source, free, (here.low, here.high)))
    return found


def _set_by(scenario: Scenario, path: str, same: bool) -> SetBy:
    """Who set a value."""
    if path in scenario.changed:
        return "outside"
    if path in scenario.own:
        return "scenario"
    if same:
        return "default"
    return "date" if path in scenario.dated else "scenario"


def citations_of(found: Iterable[tuple[str, ...]]) -> list[str]:
    """Citations in alphabetical order, assumptions left out; those that differ in their row of data alone are one.

    >>> citations_of([("A. [P001, read] https://a.org", "A. [P002, read] https://a.org"), ("assumption: x",)])
    ['A. [P001, P002; read] https://a.org']
    """
    rows: dict[tuple[str, str, str], list[str]] = {}
    for citation in sorted({each for citations in found for each in citations if not is_assumption(each)}):
        text, url = divided(citation)
        if place := _ROW.search(text):
            rows.setdefault((text[: place.start()], place.group(2), url), []).append(place.group(1))
        else:
            rows[text, "", url] = []
    listed = [
        " ".join(filter(None, [text, f"[{', '.join(names)}; {basis}]" if names else "", url]))
        for (text, basis, url), names in rows.items()
    ]
    return sorted(listed, key=str.casefold)
