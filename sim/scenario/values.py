"""One value against its declaration: its kind, its possible and its plausible range.

Outside the possible range a value is refused, outside the plausible one it is taken with
a warning; a waiver moves both bounds (see `waivers`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from numbers import Real
from typing import Any

from sim.formatting import entry_path, format_number, format_range, join_words, nearest_name, short_repr
from sim.parameters import Parameters, Spec
from sim.scenario.problems import Problems, no_parameter
from sim.scenario.waivers import Waiver, Waivers, reach

LONGEST_SERIES = 100
PERCENT = 100
BY_WAIVER = "or a [[waiver]] with path, who, why and date"


def read_group(
    path: str, kind: type[Parameters], values: dict[str, Any], waivers: Waivers, problems: Problems,
    here: Callable[[str], Spec] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The usable values of one group of the world or one instrument, as its fields take them.

    here: the declaration of a name in this scenario, where it is not that of the kind.
    """
    good, spec_of = {}, here or kind.spec
    for name, value in values.items():
        if name not in kind.names():
            problems.fault(entry_path(path, name), no_parameter(name, kind))
        elif (taken := read_value(f"{path}.{name}", value, spec_of(name), waivers, problems)) is not None:
            good[name] = taken
    return good


def read_value(path: str, value: Any, spec: Spec, waivers: Waivers, problems: Problems) -> Any:
    """The value as the model takes it; None after a fault."""
    if spec.kind == "switch":
        return _switch(path, value, problems)
    if spec.kind == "choice":
        return _choice(path, value, spec, problems)
    if spec.kind == "series":
        return _series(path, value, spec, waivers, problems)
    return _number(path, path, value, spec, waivers, problems)


def _switch(path: str, value: Any, problems: Problems) -> bool | None:
    """On or off."""
    if isinstance(value, bool):
        return value
    problems.fault(path, f"{short_repr(value)} is not a switch; allowed: true or false")
    return None


def _choice(path: str, value: Any, spec: Spec, problems: Problems) -> str | None:
    """One of a few words."""
    if isinstance(value, str) and value in spec.choices:
        return value
    allowed = f"allowed: {join_words([repr(word) for word in spec.choices], 'or')}"
    if isinstance(value, str) and (near := nearest_name(value, spec.choices)):
        problems.fault(path, f"no choice {short_repr(value)}; did you mean {near!r}? ({allowed})")
    else:
        problems.fault(path, f"{short_repr(value)} is not a choice; {allowed}")
    return None


def _series(path: str, value: Any, spec: Spec, waivers: Waivers, problems: Problems) -> tuple[float, ...] | None:
    """A short list of numbers."""
    allowed = f"allowed for each: {format_range(spec.floor, spec.ceiling, spec.unit)}"
    if not isinstance(value, list | tuple):
        problems.fault(path, f"{short_repr(value)} is not a list of numbers; {allowed}")
    elif not value and not spec.may_be_empty:
        problems.fault(path, f"is an empty list; {allowed}")
    elif len(value) > LONGEST_SERIES:
        problems.fault(path, f"has {format_number(len(value))} numbers; at most {LONGEST_SERIES}")
    else:
        good = [_number(entry_path(path, n), path, v, spec, waivers, problems) for n, v in enumerate(value, 1)]
        return None if None in good else tuple(number for number in good if number is not None)
    return None


def finite(value: Any) -> float | None:
    """A finite number, or None; truth values are no numbers.

    >>> finite(3), finite(True), finite("3"), finite(float("nan")), finite(10**400)
    (3.0, None, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def two_numbers(value: Any) -> tuple[float, float] | None:
    """Two finite numbers in a list, or None.

    >>> two_numbers([1, 2.5]), two_numbers([1]), two_numbers("12")
    ((1.0, 2.5), None, None)
    """
    low, high = (
        (finite(each) for each in value) if isinstance(value, list | tuple) and len(value) == 2 else (None, None)
    )
    return None if low is None or high is None else (low, high)


def _number(here: str, path: str, value: Any, spec: Spec, waivers: Waivers, problems: Problems) -> float | None:
    """A number in its ranges. `here` is where it stands, `path` what a waiver calls it."""
    number = finite(value)
    low, high = waivers.plausible(path, (spec.low, spec.high))
    allowed = f"allowed: {format_range(spec.floor, spec.ceiling, spec.unit)}"
    if number is None:
        problems.fault(here, f"{short_repr(value)} {_what(value)}; {allowed}")
    elif not spec.floor <= number <= spec.ceiling:
        return _beyond(here, value, number, spec, waivers.of(path), problems)
    elif not low <= number <= high and not waivers.of(path) and not waivers.has_range(path):
        plausible = format_range(low, high, spec.unit)
        problems.warn(here, f"{short_repr(value)} is outside the plausible range, {plausible}; taken as it is")
    return number


def _what(value: Any) -> str:
    """Reason why a value is no finite number."""
    if isinstance(value, bool):
        return "is not a number"
    if isinstance(value, int):
        return "is too large a number"
    return "is not a finite number" if isinstance(value, Real) else "is not a number"


def _percent(number: float, spec: Spec) -> str:
    """Hint at a share that was probably meant in per cent; empty where it cannot be one."""
    meant = number / PERCENT
    in_percent = spec.unit == "fraction" and spec.ceiling < number and spec.floor <= meant <= spec.ceiling
    return f"; {number:g} % is {meant:g}" if in_percent else ""


def _beyond(
    here: str, value: Any, number: float, spec: Spec, waiver: Waiver | None, problems: Problems
) -> float | None:
    """A number outside the possible range: refused, unless somebody signed for it and it can be computed with."""
    possible, (low, high) = format_range(spec.floor, spec.ceiling, spec.unit), reach(spec)
    if not low <= number <= high:
        more = f"; even a waiver allows only {format_range(low, high, spec.unit)}" if waiver else _percent(number, spec)
        problems.fault(here, f"{short_repr(value)} is not possible; allowed: {possible}{more}")
    elif waiver is None:
        problems.fault(here, f"{short_repr(value)} is not possible; allowed: {possible}, {BY_WAIVER}")
    else:
        problems.warn(here, f"{short_repr(value)} is outside the possible range, {possible}; {waiver}")
        return number
    return None
