"""What stands along an axis of a sweep: numbers with their unit, or words in the order of the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, isfinite, log10
from typing import Any

import numpy as np

from sim.charts.sheet import clip
from sim.comparison.hinge import noun_words
from sim.formatting import format_tick, format_value, join_words, lower_first, plural_unit, upper_first
from sim.instruments.portfolio import Portfolio
from sim.labels import choice_label, name_words, parameter_label
from sim.parameters import Array, Spec
from sim.scenario import Scenario
from sim.scenario.storylines import storylines
from sim.sweeps.axes import DESIGNS, STORYLINE, Axis, spec_of
from sim.sweeps.plan import Plan

_NAMES = {"budget.total": "Budget", "budget.years": "Years of the budget", STORYLINE: "Storyline"}
_PER_CENT = {"fraction": "%", "1/year": "% a year", "percent": "%"}
_IN_FULL = ("ratio", "")  # units that no label shows
_CALENDAR = (1900, 2200)  # years, which have neither commas nor letters
_MOST_DIGITS = 12
_LONGEST = 60  # letters of a label
_DECADE = 10.0  # times as high as the lowest: from here on values that grow by factors have a scale of factors
_EVEN = 1e-6  # of the scale: values so near to even steps are in even steps


@dataclass(frozen=True)
class Coordinate:
    """One of the things that a sweep varies. at: numbers by point of its axis, as they are shown; None for words."""

    axis: int  # of the plan
    path: str
    label: str
    unit: str
    texts: tuple[str, ...]  # by point of its axis, without the unit
    at: Array | None
    log: bool = False
    own: float = float("nan")  # the scenario's own value, as it is shown
    beside: str = ""  # what moves together with it

    @property
    def noun(self) -> str:
        """What one of its points is."""
        return "storyline" if self.path == STORYLINE else "value"

    @property
    def title(self) -> str:
        """Label and unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label

    @property
    def even(self) -> bool:
        """Whether the points are in even steps, or in even factors where the scale is one of factors."""
        places = np.sort(self.places)
        return bool(_unevenness(places) < _EVEN)

    @property
    def places(self) -> Array:
        """Where each point is, on a scale of which equal lengths are equal steps."""
        at = np.arange(len(self.texts), dtype=np.float64) if self.at is None else self.at
        return np.log(at) if self.log else at

    @property
    def order(self) -> list[int]:
        """The points from low to high; words in the order of the plan."""
        return [int(n) for n in np.argsort(self.places, kind="stable")]

    def text(self, point: int) -> str:
        """A point with its unit, for a sentence."""
        if not self.unit:
            return self.texts[point]
        return f"{self.texts[point]} {self.unit}"


def coordinates(plan: Plan) -> tuple[Coordinate, ...]:
    """One for each axis: of values that move together the first number in different values, else all in words."""
    return tuple(_of_axis(plan, number) for number in range(len(plan.axes)))


def every_coordinate(plan: Plan) -> tuple[Coordinate, ...]:
    """One for each path."""
    return tuple(
        _of_path(plan, number, column) for number, axis in enumerate(plan.axes) for column in range(len(axis.paths))
    )


def _of_axis(plan: Plan, number: int) -> Coordinate:
    """The coordinate of an axis."""
    paths = plan.axes[number].paths
    found = [_of_path(plan, number, column) for column in range(len(paths))]
    if len(found) == 1:
        return found[0]
    lead = next((each for each in found if each.at is not None and len(set(each.at.tolist())) == each.at.size), None)
    if lead is None:
        texts = tuple(", ".join(each.text(n) for each in found) for n in range(len(found[0].texts)))
        label = join_words([found[0].label, *(lower_first(each.label) for each in found[1:])])
        return Coordinate(number, paths[0], label, "", texts, None)
    if plan.axes[number].kind in DESIGNS:
        return lead
    others = (each for each in found if each is not lead)
    moves = "; ".join(f"{lower_first(each.title)}: {', '.join(each.texts[n] for n in lead.order)}" for each in others)
    return replace(lead, beside=f"{lead.title}: {', '.join(lead.texts[n] for n in lead.order)}; {moves}")


def _of_path(plan: Plan, number: int, column: int) -> Coordinate:
    """The coordinate of one path of an axis."""
    axis, base = plan.axes[number], plan.base
    path = axis.paths[column]
    values = [point[column] for point in axis.points]
    label, spec = labels(plan)[path], spec_of(path, base)
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return Coordinate(number, path, label, "", tuple(_word(path, value, spec) for value in values), None)
    unit, factor = _unit(path, spec, base)
    at = np.array(values, dtype=np.float64) * factor
    texts = tuple(number_texts(at))
    return Coordinate(number, path, label, unit, texts, at, grows_by_factors(at), factor * _own(path, base))


def labels(plan: Plan) -> dict[str, str]:
    """What people read in the place of each path; those of two options that share one, and shares, name the option."""
    found = {path: _label(axis, path, plan.base) for axis in plan.axes for path in axis.paths}
    given = {path for axis in plan.axes for path, _ in axis.labels}
    seen = Counter(found.values())
    options = {option.key: option for option in plan.base.options}
    owners = {path: options.get(path.partition(".")[0]) for path in found}
    mixed = {path for path, owner in owners.items() if owner and isinstance(owner.instrument, Portfolio)} - given
    return {
        path: f"{label} ({owner.label if (owner := owners[path]) else path})"
        if seen[label] > 1 or path in mixed
        else label
        for path, label in found.items()
    }


def _label(axis: Axis, path: str, base: Scenario) -> str:
    """The label that the file gives, else the one declared."""
    given, name = dict(axis.labels), path.rpartition(".")[2]
    spec = spec_of(path, base)
    if path in given or path in _NAMES:
        return clip(given.get(path, _NAMES.get(path, "")), _LONGEST)
    if spec is None:
        return name_words(name)
    words = noun_words(path, spec).removeprefix("the ") if spec.kind == "number" else parameter_label(name, spec)
    return upper_first(words)


def _unit(path: str, spec: Spec | None, base: Scenario) -> tuple[str, float]:
    """The unit beside the label, and by what a value is multiplied to be in it."""
    if spec is None:
        unit = {"budget.total": base.currency, "horizon_years": "years", "budget.years": "years"}.get(path, "")
        return unit, 1.0
    if spec.unit in _PER_CENT:
        return _PER_CENT[spec.unit], 1.0 if spec.unit == "percent" else 100.0
    return ("" if spec.unit in _IN_FULL else plural_unit(spec.unit)), 1.0


def _own(path: str, base: Scenario) -> float:
    """The scenario's own value of a number; NaN where it has none."""
    if path in ("budget.total", "horizon_years"):
        return float(base.budget.total if path == "budget.total" else base.horizon_years)
    group, _, name = path.removeprefix("world.").partition(".")
    option = next((each for each in base.options if each.key == group), None)
    value = getattr(option.instrument if option else base.world.groups().get(group), name, None)
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and value is not None else float("nan")


def _word(path: str, value: Any, spec: Spec | None) -> str:
    """A word or a switch on an axis."""
    if path == STORYLINE:
        return storylines()[value].title if value in storylines() else str(value)
    text = choice_label(value, spec) if isinstance(value, str) and spec else format_value(value)
    return clip(text, _LONGEST)


# --- numbers ---


def tick_text(low: float, high: float) -> Callable[..., str]:
    """How numbers between two are written on an axis: with as many digits as keep them apart."""
    if _CALENDAR[0] <= low and high <= _CALENDAR[1]:
        return lambda value, _=None: f"{value:g}"
    most = max(abs(low), abs(high))
    digits = 3 + (max(0, ceil(log10(most / (high - low)))) if high > low else 0)
    return partial(format_tick, digits=min(digits, _MOST_DIGITS))


def number_texts(values: Sequence[float] | Array) -> list[str]:
    """Numbers with as many digits as keep those apart that differ, and years in full.

    >>> number_texts([5.0, 5.25]), number_texts([1e9, 1.0001e9]), number_texts([2026, 2027])
    (['5', '5.25'], ['1bn', '1.0001bn'], ['2026', '2027'])
    """
    whole = all(isfinite(value) and float(value).is_integer() for value in values)
    if whole and all(_CALENDAR[0] <= value <= _CALENDAR[1] for value in values):
        return [f"{value:.0f}" for value in values]
    texts: list[str] = []
    for digits in range(3, _MOST_DIGITS + 1):
        texts = [format_tick(float(value), digits=digits) for value in values]
        if len(set(texts)) == len(set(map(float, values))):
            break
    return texts


def grows_by_factors(at: Array) -> bool:
    """Whether values are spread more evenly by factors than by differences."""
    if len(set(at.tolist())) < 3 or at.min() <= 0:
        return False
    by_factors, by_steps = _unevenness(np.sort(np.log(at))), _unevenness(np.sort(at))
    return bool(by_factors < by_steps and (by_factors < _EVEN or at.max() >= _DECADE * at.min()))


def _unevenness(values: Array) -> float:
    """The furthest that sorted values are from even steps, as a share of their span."""
    if len(values) < 3 or values[-1] == values[0]:
        return 0.0
    shares = (values - values[0]) / (values[-1] - values[0])
    return float(np.abs(shares - np.linspace(0, 1, len(values))).max())
