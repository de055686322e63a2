"""The axes of a sweep: what each of their points sets.

An axis is a list of points, whatever it was written as: a list, a range, zipped lists, storylines, or a design that
spreads points over the ranges of several numbers. A sweep takes every combination of the points of its axes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, prod
from typing import Any, TypeGuard

import numpy as np

from sim.formatting import entry_path, format_count, format_number, format_range, join_words, short_repr, unknown_name
from sim.mechanisms.sampling import spread
from sim.parameters import Spec
from sim.scenario import Scenario, ScenarioError, with_settings
from sim.scenario.overrides import FIXED
from sim.scenario.problems import Problems
from sim.scenario.ranges import spec_in
from sim.scenario.storylines import laid_over, storylines

STORYLINE = "storyline"  # in the place of a path: the storyline that is laid over the scenario
MOST_POINTS = 1_000_000
DESIGNS = ("sobol", "latin")
SCALES = ("linear", "log")
_KINDS = {
    "path": ("path", "values", "range", "drawn", "label"),
    "storylines": ("storylines",),
    "zip": ("zip", "drawn"),
    "design": ("design", "points", "over", "drawn"),
}
_ZIPPED = ("path", "values", "range", "label")
_RANGE = ("from", "to", "steps", "by", "scale")
_OVER = ("path", "low", "high", "scale", "label")
LARGEST_WHOLE = 2**53  # which a column of numbers can hold
_TRIED = 200  # points of an axis whose first is refused
_DIGITS = 12  # of a step of a range: 0.1 + 2 * 0.05 is written 0.2


@dataclass(frozen=True)
class Axis:
    """Points along one axis: what each sets, by path."""

    kind: str  # one of _KINDS, or the name of a design
    paths: tuple[str, ...]
    points: tuple[tuple[Any, ...], ...]
    drawn: bool = False  # whether draws vary what is set, around its new value
    labels: tuple[tuple[str, str], ...] = ()  # what people read in the place of a path

    def settings(self, point: int) -> dict[str, Any]:
        """What a point sets, by path."""
        return dict(zip(self.paths, self.points[point], strict=True))


def read_axes(rows: Any, base: Scenario, seed: int, problems: Problems) -> tuple[Axis, ...]:
    """The axes of a file; what is wrong with them is reported."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        problems.fault("axis", "a sweep needs one or more; write [[axis]] with a path and values")
        return ()
    before = len(problems.faults)
    found = [_read(row, entry_path("axis", number), base, seed, problems) for number, row in enumerate(rows, 1)]
    axes = tuple(axis for axis in found if axis is not None)
    _try(found, base, problems, alone=len(problems.faults) > before)
    taken: set[str] = set()
    for number, axis in enumerate(found, 1):
        for path in axis.paths if axis else ():
            if path in taken:
                problems.fault(entry_path("axis", number), f"{path} is on an axis before; an axis each")
            taken.add(path)
    if (points := prod(len(axis.points) for axis in axes)) > MOST_POINTS**2:
        problems.fault("axis", f"{format_number(points)} combinations are more than any machine can count")
    return axes


def _read(row: dict[str, Any], where: str, base: Scenario, seed: int, problems: Problems) -> Axis | None:
    """One axis; None after a fault."""
    kinds = [kind for kind in _KINDS if kind in row]
    if len(kinds) != 1:
        has = f", and has {join_words(kinds)}; an axis each" if kinds else ""
        problems.fault(where, f"needs one of {join_words(list(_KINDS), 'or')}{has}")
        return None
    _check_entries(row, _KINDS[kinds[0]], where, problems)
    if not isinstance(drawn := row.get("drawn", False), bool):
        problems.fault(f"{where}.drawn", f"{short_repr(drawn)} is not a switch; write true or false")
        return None
    before = len(problems.faults)
    axis: Axis | None
    if kinds[0] == "storylines":
        axis = _of_storylines(row["storylines"], f"{where}.storylines", problems)
    elif kinds[0] == "zip":
        axis = _zipped(row["zip"], f"{where}.zip", base, drawn, problems)
    elif kinds[0] == "design":
        axis = _designed(row, where, base, seed, drawn, problems)
    else:
        points = tuple((value,) for value in _values(row, where, base, problems))
        _refuse_repeated(points, where, problems)
        axis = Axis("path", (_path(row),), points, drawn, _labels([row], where, problems))
    return axis if len(problems.faults) == before else None


def _try(axes: Sequence[Axis | None], base: Scenario, problems: Problems, alone: bool) -> None:
    """Report the axes of which the scenario takes no point: a name that does not exist, or nothing but faults.

    Points that fail are no fault of the file while others do not: they become failures of the sweep. What an axis
    cannot do alone it may do with others, such as shares that sum to one, so combinations are tried too, unless the
    axes are to be tried `alone` since others have faults.
    """
    suspects: dict[str, ScenarioError] = {}
    for number, axis in enumerate(axes, 1):
        if axis and (error := _first_error((base, [axis], [n]) for n in _spread(len(axis.points)))):
            suspects[entry_path("axis", number)] = error
    whole = [axis for axis in axes if axis]
    sides = [len(axis.points) for axis in whole]
    if suspects and not alone:
        together = (list(map(int, np.unravel_index(n, sides))) for n in _spread(prod(sides)))
        if _first_error((base, whole, point) for point in together) is None:
            return
    for where, error in suspects.items():
        for fault in error.faults:
            problems.fault(where, fault)


def _first_error(tried: Iterable[tuple[Scenario, Sequence[Axis], Sequence[int]]]) -> ScenarioError | None:
    """The first error of these points; None where the scenario takes one of them."""
    first: ScenarioError | None = None
    for base, axes, point in tried:
        try:
            over(base, axes, point)
            return None
        except ScenarioError as error:
            first = first or error
    return first


def _spread(count: int) -> list[int]:
    """Numbers from 0 to below a count, from the first to the last, at most _TRIED of them."""
    return sorted({round(n) for n in np.linspace(0, count - 1, min(count, _TRIED)).tolist()})


def over(base: Scenario, axes: Sequence[Axis], point: Sequence[int], fixed: Collection[str] = ()) -> Scenario:
    """The scenario at a point of these axes: a storyline first, then all else; ScenarioError where it cannot be.

    `fixed`: paths that are known at the values of their axes.
    """
    settings: dict[str, Any] = {}
    for axis, at in zip(axes, point, strict=True):
        if axis.paths == (STORYLINE,):
            base = laid_over(base, axis.points[at][0])
        else:
            settings |= axis.settings(at)
    if known := [path for path in settings if path in fixed]:
        settings[FIXED] = known
    return with_settings(base, settings) if settings else base


def _check_entries(row: Mapping[str, Any], known: Sequence[str], where: str, problems: Problems) -> None:
    """Report entries of a table that do not exist."""
    for name in row:
        if name not in known:
            problems.fault(where, unknown_name("entry", name, known))


def _path(row: Mapping[str, Any]) -> str:
    """The path of a table, as results name it: a number of the world without 'world.' before it."""
    return str(row.get("path")).removeprefix("world.")


def _labels(rows: Sequence[Mapping[str, Any]], where: str, problems: Problems) -> tuple[tuple[str, str], ...]:
    """The labels that a file gives to paths."""
    found = [(_path(row), row["label"]) for row in rows if "label" in row]
    for path, label in found:
        if not isinstance(label, str) or not label.strip():
            problems.fault(where, f"the label of {path}, {short_repr(label)}, is no text")
    return tuple(found)


def _of_storylines(names: Any, where: str, problems: Problems) -> Axis:
    """An axis of storylines: those named, or "all"."""
    chosen = list(storylines()) if names == "all" else names
    if not isinstance(chosen, list) or not chosen:
        problems.fault(where, f'{short_repr(names)} is not a list of storylines; write "all" or ["scarcity", ...]')
        chosen = []
    for name in chosen:
        if not isinstance(name, str) or name not in storylines():
            problems.fault(where, unknown_name("storyline", name, storylines()))
    _refuse_repeated([(name,) for name in chosen], where, problems)
    return Axis("storylines", (STORYLINE,), tuple((name,) for name in chosen))


def _zipped(rows: Any, where: str, base: Scenario, drawn: bool, problems: Problems) -> Axis | None:
    """An axis of several paths whose values go together, the first with the first."""
    if not isinstance(rows, list) or len(rows) < 2 or not all(isinstance(row, dict) for row in rows):
        problems.fault(where, "needs two or more tables, each with a path and values")
        return None
    columns = []
    for number, row in enumerate(rows, 1):
        _check_entries(row, _ZIPPED, f"{where}[{number}]", problems)
        columns.append(_values(row, f"{where}[{number}]", base, problems))
    paths = tuple(map(_path, rows))
    if len(set(paths)) < len(paths):
        problems.fault(where, "a path is named twice")
    lengths = {path: len(column) for path, column in zip(paths, columns, strict=True)}
    if len(set(lengths.values())) > 1:
        counts = join_words([f"{path} has {format_count(count, 'value')}" for path, count in lengths.items()])
        problems.fault(where, f"{counts}; zipped axes need the same number")
        return None
    points = tuple(zip(*columns, strict=True))
    _refuse_repeated(points, where, problems)
    return Axis("zip", paths, points, drawn, _labels(rows, where, problems))


# --- values of a path ---


def _values(row: Mapping[str, Any], where: str, base: Scenario, problems: Problems) -> list[Any]:
    """The values that a path takes: as listed, or in steps; none after a fault."""
    path = row.get("path")
    if not isinstance(path, str) or not path.strip():
        what = "is missing" if path is None else f"{short_repr(path)} is not a path"
        problems.fault(f"{where}.path", f'{what}; write path = "cloud.price_usd"')
        return []
    path = _path(row)
    if path == FIXED:
        problems.fault(f"{where}.path", "what is known is no value; write [fix], or drawn = true on an axis")
        return []
    spec = spec_of(path, base)
    if ("values" in row) == ("range" in row):
        problems.fault(where, f"{path} needs values or a range, one of the two")
        return []
    values = row["values"] if "values" in row else _steps(row["range"], f"{where}.range", problems)
    if not isinstance(values, list) or not values:
        if "values" in row:
            problems.fault(f"{where}.values", f"{short_repr(values)} holds no value; write a list such as [0.1, 0.2]")
        return []
    for value in values:
        _check(path, value, spec, where, problems)
    return values


def _check(path: str, value: Any, spec: Spec | None, where: str, problems: Problems) -> None:
    """Report what is no number where one is wanted, and a number that is not possible; the rest the scenario does."""
    if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        problems.fault(where, f"{path} = {short_repr(value)} is too large for a whole number; write it as 1e16")
        return
    if spec is None or spec.kind != "number":
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not spec.floor <= value <= spec.ceiling:
        what = "possible" if number else "a number"
        bounds = format_range(spec.floor, spec.ceiling, spec.unit)
        problems.fault(where, f"{path} = {short_repr(value)} is not {what}; allowed: {bounds}")


def _refuse_repeated(points: Sequence[tuple[Any, ...]], where: str, problems: Problems) -> None:
    """Report a point that comes twice: its runs would count twice in every mean."""
    seen: set[tuple[Any, ...]] = set()
    for point in points:
        # 2 and 2.0 are the same, 1 and true are not
        kept = tuple(value if _is_number(value) else repr(value) for value in point)
        if kept in seen:
            problems.fault(where, f"{', '.join(map(short_repr, point))} comes twice")
            return
        seen.add(kept)


def _steps(table: Any, where: str, problems: Problems) -> list[Any]:
    """The values of a range; none after a fault."""
    if not isinstance(table, dict):
        problems.fault(where, f"{short_repr(table)} is not a table; write {{ from = 0.1, to = 0.3, steps = 5 }}")
        return []
    if table.keys() - set(_RANGE):
        _check_entries(table, _RANGE, where, problems)
        return []
    start, end = (_number(table, name, where, problems) for name in ("from", "to"))
    scale = table.get("scale", SCALES[0])
    if scale not in SCALES:
        problems.fault(f"{where}.scale", f"{short_repr(scale)} must be one of {', '.join(SCALES)}")
    if ("steps" in table) == ("by" in table):
        problems.fault(where, "needs steps or by, one of the two")
    if start is not None and start == end:
        problems.fault(where, f"ends where it begins, at {start:g}; write values = [{start:g}]")
        return []
    if start is None or end is None or scale not in SCALES or ("steps" in table) == ("by" in table):
        return []
    if scale == "log" and ("by" in table or min(start, end) <= 0):
        problems.fault(where, 'a range in factors (scale = "log") needs ends above 0, and steps')
        return []
    count = _count(table, start, end, where, problems)
    if not count:
        return []
    exact = np.geomspace(start, end, count) if scale == "log" else np.linspace(start, end, count)
    if "by" in table:
        exact = start + np.arange(count) * table["by"]
    return [_tidy(value, table) for value in exact.tolist()]


def _count(table: Mapping[str, Any], start: float, end: float, where: str, problems: Problems) -> int:
    """How many values a range has; 0 after a fault."""
    if "steps" in table:
        steps = table["steps"]
        if not isinstance(steps, int) or isinstance(steps, bool) or not 2 <= steps <= MOST_POINTS:
            most = format_number(MOST_POINTS)
            problems.fault(f"{where}.steps", f"{short_repr(steps)} is not a whole number from 2 to {most}")
            return 0
        return steps
    by = _number(table, "by", where, problems)
    if by is None:
        return 0
    if by == 0 or (end - start) / by < 0:
        problems.fault(f"{where}.by", f"{short_repr(by)} does not lead from {start:g} to {end:g}")
        return 0
    if (end - start) / by >= MOST_POINTS:
        problems.fault(f"{where}.by", f"{short_repr(by)} makes more than {format_number(MOST_POINTS)} values")
        return 0
    return int((end - start) / by + 1e-9) + 1


def _number(table: Mapping[str, Any], name: str, where: str, problems: Problems) -> float | None:
    """A finite number of a table; None after a fault."""
    value = table.get(name)
    if _is_number(value):
        return value
    problems.fault(f"{where}.{name}", "is missing" if value is None else f"{short_repr(value)} is not a number")
    return None


def _tidy(value: float, table: Mapping[str, Any]) -> float | int:
    """A step without the last digits of binary sums; whole where all that the range names is whole."""
    value = float(f"{value:.{_DIGITS}g}")
    named = [table[name] for name in ("from", "to", "by") if name in table]
    return int(value) if value.is_integer() and all(isinstance(each, int) for each in named) else value


# --- designs ---


def _designed(
    row: dict[str, Any], where: str, base: Scenario, seed: int, drawn: bool, problems: Problems
) -> Axis | None:
    """An axis whose points a design spreads over the ranges of several numbers."""
    kind, points, over = row["design"], row.get("points"), row.get("over")
    if kind not in DESIGNS:
        problems.fault(f"{where}.design", unknown_name("design", kind, DESIGNS))
    if not isinstance(points, int) or isinstance(points, bool) or not 2 <= points <= MOST_POINTS:
        what = "is missing" if points is None else f"{short_repr(points)} is not possible"
        problems.fault(f"{where}.points", f"{what}; allowed: a whole number from 2 to {format_number(MOST_POINTS)}")
    if not isinstance(over, list) or not over:
        problems.fault(f"{where}.over", 'is missing; write over = ["cloud.decline_per_year", ...]')
        return None
    before = len(problems.faults)
    ranges = [_range_of(each, f"{where}.over[{n}]", base, problems) for n, each in enumerate(over, 1)]
    paths = [path for path, *_ in ranges]
    if len(set(paths)) < len(paths):
        problems.fault(f"{where}.over", "a path is named twice")
    if kind not in DESIGNS or not isinstance(points, int) or len(problems.faults) > before:
        return None
    shares = spread(seed, points, paths, kind)
    columns = [_between(shares[path], low, high, scale) for path, low, high, scale in ranges]
    labels = _labels([each for each in over if isinstance(each, dict)], f"{where}.over", problems)
    return Axis(kind, tuple(paths), tuple(zip(*columns, strict=True)), drawn, labels)


def _between(shares: Any, low: float, high: float, scale: str) -> list[float]:
    """Values at these shares of a range, in differences or in factors."""
    exact = low * (high / low) ** shares if scale == "log" else low + (high - low) * shares
    return [float(f"{value:.{_DIGITS}g}") for value in exact.tolist()]


def _range_of(each: Any, where: str, base: Scenario, problems: Problems) -> tuple[str, float, float, str]:
    """Path, ends and scale of what a design varies; by default the plausible range around the scenario's value."""
    row = {"path": each} if isinstance(each, str) else each
    if not isinstance(row, dict) or not isinstance(row.get("path"), str):
        problems.fault(where, f"{short_repr(each)} is neither a path nor a table with one")
        return "", 0.0, 0.0, SCALES[0]
    _check_entries(row, _OVER, where, problems)
    path, scale = _path(row), row.get("scale", SCALES[0])
    spec = spec_of(path, base)
    low, high = (row.get(end, getattr(spec, end, None)) for end in ("low", "high"))
    if why := _no_range(path, spec, row, base):
        problems.fault(where, why)
    elif not (_is_number(low) and _is_number(high) and low < high):
        problems.fault(where, f"{path} needs low below high, and has {short_repr(low)} and {short_repr(high)}")
    elif scale not in SCALES:
        problems.fault(f"{where}.scale", f"{short_repr(scale)} must be one of {', '.join(SCALES)}")
    elif scale == "log" and low <= 0:
        problems.fault(where, f'a range in factors (scale = "log") needs low above 0, and {path} has {low:g}')
    else:
        for end in (low, high):
            _check(path, end, spec, where, problems)
        return path, float(low), float(high), scale
    return path, 0.0, 0.0, SCALES[0]


def _no_range(path: str, spec: Spec | None, row: Mapping[str, Any], base: Scenario) -> str:
    """Why a design cannot vary a path: there is none, it is no number, or nothing says how far; empty where it can."""
    if spec is not None and spec.kind != "number":
        return f"{path} is a {spec.kind}, and a design varies numbers; give it an axis with values"
    if spec is not None or {"low", "high"} <= row.keys():
        return ""
    try:
        with_settings(base, {path: 1.0})
    except ScenarioError as error:
        return error.faults[0]
    return f"{path} has no plausible range of its own; write low and high"


def _is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a finite number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= LARGEST_WHOLE
    return isinstance(value, float) and isfinite(value)


def spec_of(path: str, base: Scenario, around: bool = True) -> Spec | None:
    """The declaration behind a path of the world or a lever of an option; its range is that around the scenario's.

    Without `around` it is as declared.

    None for what has none, such as 'budget.total' or a path that does not exist.
    """
    group, _, name = path.removeprefix("world.").partition(".")
    option = next((each for each in base.options if each.key == group), None)
    holder = option.instrument if option else base.world.groups().get(group)
    if holder is None or name not in type(holder).names():
        return None
    return spec_in(base, f"{group}.{name}") if around and not option else type(holder).spec(name)
