"""One's own uncertainty: a range that a scenario gives to an uncertain number, in the place of the declared one.

    [ranges]
    "cloud.price_usd" = [2.0, 4.0]

It means what `low` to `high` means in a declaration: the 5 % and 95 % quantiles of what is drawn, around the value of
the scenario, which stays the median. The kind of distribution and what the number moves with stay as declared. A number
with a range of its own is drawn, whatever a screening says of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sim.formatting import entry_path, format_bound, format_range, short_repr, unknown_name
from sim.instruments import INSTRUMENTS
from sim.mechanisms.sampling import Drawn, held, uncertain
from sim.mechanisms.world import World
from sim.parameters import ROLES, Spec
from sim.scenario.fitted import widened
from sim.scenario.model import Scenario
from sim.scenario.problems import Problems
from sim.scenario.values import two_numbers

RANGES = "ranges"  # a table that grows: what is set from outside adds to what the file has
WRITE = 'write [ranges] and "cloud.price_usd" = [2.0, 4.0], in quotation marks'

Ends = tuple[float, float]


# --- what is read of it ---


def left_alone(scenario: Scenario, draw: Drawn) -> frozenset[str]:
    """The uncertain numbers that draws of this kind leave at their value in a scenario."""
    return scenario.fixed | (held(draw) - scenario.ranges.keys())


def range_of(scenario: Scenario, path: str) -> Ends:
    """The 5 % and 95 % quantiles of an uncertain number in a scenario, within what is possible."""
    spec = uncertain()[path]
    low, high = scenario.ranges.get(path) or spec.interval(float(scenario.world.value(path)))
    return max(low, spec.floor), min(high, spec.ceiling)


def spec_in(scenario: Scenario, path: str) -> Spec:
    """The declaration of a parameter of the world with its range in a scenario: its own, or that around its value."""
    group, _, name = path.partition(".")
    spec = World.kinds()[group].spec(name)
    if own := scenario.ranges.get(path):
        return replace(spec, low=own[0], high=own[1])
    spec = widened(spec, scenario.fitted.get(path))
    return spec.around(float(scenario.world.value(path))) if spec.kind == "number" else spec


def ranges_words(ranges: Mapping[str, Ends], most: int) -> str:
    """Ranges of their own as people read them, at most so many.

    >>> ranges_words({"cloud.price_usd": (2.0, 4.0), "a.b": (0.0, 1.0)}, 1)
    'cloud.price_usd 2 to 4 and 1 more'
    """
    shown = [f"{path} {ends_words(ends)}" for path, ends in list(ranges.items())[:most]]
    return ", ".join(shown) + (f" and {len(ranges) - most} more" if len(ranges) > most else "")


def ends_words(ends: Any) -> str:
    """Both ends of a range."""
    low, high = ends
    return f"{format_bound(low)} to {format_bound(high)}"


# --- how it is read from a file ---


def read_ranges(
    table: Mapping[str, Any], fixed: frozenset[str], world: World | None, problems: Problems
) -> dict[str, Ends]:
    """The ranges of their own, low and high by path; each must hold the value that `world` has, None after faults."""
    given = table.get(RANGES, {})
    if not isinstance(given, dict):
        problems.fault(RANGES, f"{short_repr(given)} is not a table of ranges; {WRITE}")
        return {}
    found = {}
    for path, ends in given.items():
        if wrong := _not_drawn(path, ends) or _no_range(uncertain()[path], ends) or _at_odds(path, ends, fixed, world):
            problems.fault(entry_path(RANGES, path), wrong)
        else:
            found[path] = (float(ends[0]), float(ends[1]))
    return dict(sorted(found.items()))


def _not_drawn(path: Any, ends: Any) -> str:
    """Why a path has no range; empty where it is an uncertain number."""
    if path in uncertain():
        return ""
    if isinstance(ends, dict):
        return f"is a table; {WRITE}"
    group, _, name = str(path).partition(".")
    holder = World.kinds().get(group) or INSTRUMENTS.get(group)
    if holder is not None and name in holder.names():
        role = ROLES[holder.spec(name).role or holder.role].partition(":")[0]
        return f"is {role}, which no draw varies; a range is for what is uncertain"
    return unknown_name("uncertain number", path, uncertain())


def _no_range(spec: Spec, ends: Any) -> str:
    """Why a value is no range of a number; empty where it is one."""
    allowed = f"allowed: {format_range(spec.floor, spec.ceiling, spec.unit)}"
    if (numbers := two_numbers(ends)) is None:
        return f"{short_repr(ends)} is not a low and a high number, as [2.0, 4.0]; {allowed}"
    low, high = numbers
    if low >= high:
        return f"{ends_words((low, high))} does not rise from low to high; what is known is no range, but fixed (--fix)"
    if low < spec.floor or high > spec.ceiling:
        return f"{ends_words((low, high))} is not possible; {allowed}"
    if spec.multiplies and low <= 0:
        return f"{ends_words((low, high))} begins at nothing, and this number is drawn by factors; write a low above 0"
    return ""


def _at_odds(path: str, ends: Any, fixed: frozenset[str], world: World | None) -> str:
    """Why a range does not go with the rest of the scenario; empty where it does."""
    if path in fixed:
        return "is also fixed, and what is taken as known has no range; leave out one of the two"
    value = ends[0] if world is None else float(world.value(path))
    if ends[0] <= value <= ends[1]:
        return ""
    return (
        f"{ends_words(ends)} does not hold the value of the scenario, {format_bound(value)}, the median of the draws; "
        f"widen the range, or set the value too (--set {path}=...)"
    )
