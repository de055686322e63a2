"""What a fit says of its own numbers: ranges that go with values read off a log, beside the declared ones.

    [fitted]
    "workload.users" = [412, 412]

`heavypress calibrate` writes the table. A value is plausible where its declaration or the fit says so, so that what was
measured warns of nothing, and what is set on top of it is still looked at. No draw reads it: what is uncertain in draws
has its range in `[ranges]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sim.formatting import entry_path, format_bound, format_range, short_repr, unknown_name
from sim.mechanisms.workload import Workload
from sim.parameters import Spec
from sim.scenario.problems import Problems
from sim.scenario.values import two_numbers

FITTED = "fitted"  # a table that grows: an extending file adds to it
WRITE = 'write [fitted] and "workload.users" = [400, 420], in quotation marks'

Ends = tuple[float, float]


def read_fitted(table: Mapping[str, Any], problems: Problems) -> dict[str, Ends]:
    """Low and high of fitted numbers by path; of a list they hold for each of its numbers."""
    given = table.get(FITTED, {})
    if not isinstance(given, dict):
        problems.fault(FITTED, f"{short_repr(given)} is not a table of ranges; {WRITE}")
        return {}
    known, found = fitted_numbers(), {}
    for path, ends in given.items():
        if path not in known:
            wrong = (
                f"is a table; {WRITE}" if isinstance(ends, dict) else unknown_name("number of the jobs", path, known)
            )
            problems.fault(entry_path(FITTED, path), wrong)
        elif wrong := _no_range(known[path], ends):
            problems.fault(entry_path(FITTED, path), wrong)
        else:
            found[path] = (float(ends[0]), float(ends[1]))
    return found


def fitted_numbers() -> dict[str, Spec]:
    """What a log can be read for, numbers and lists of numbers of the jobs: the declaration by path."""
    specs = {f"{Workload.group}.{name}": Workload.spec(name) for name in Workload.names()}
    return {path: spec for path, spec in specs.items() if spec.kind in ("number", "series")}


def _no_range(spec: Spec, ends: Any) -> str:
    """Why a value is no range of a number; empty where it is one."""
    allowed = f"allowed: {format_range(spec.floor, spec.ceiling, spec.unit)}"
    if (numbers := two_numbers(ends)) is None:
        return f"{short_repr(ends)} is not a low and a high number, as [400, 420]; {allowed}"
    low, high = numbers
    shown = f"{format_bound(low)} to {format_bound(high)}"
    if low > high:
        return f"{shown} falls from low to high; {allowed}"
    return "" if spec.floor <= low and high <= spec.ceiling else f"{shown} is not possible; {allowed}"


def widened(spec: Spec, ends: Ends | None) -> Spec:
    """A declaration whose plausible range also holds what a fit says; as it is where none does.

    >>> widened(Spec("person", 100, 700, "B", "", ""), (1_200.0, 1_200.0)).high
    1200.0
    """
    return spec if ends is None else replace(spec, low=min(spec.low, ends[0]), high=max(spec.high, ends[1]))
