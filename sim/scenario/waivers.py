"""Waivers: somebody takes a value out of its range on purpose, and signs for it.

    [[waiver]]
    path = "cloud.price_usd"
    who = "A. Person, Ministry of Research"
    why = "Price quoted in a tender of this year."
    date = 2026-11-24

Below a plausible range or above it a waiver silences the warning. Outside a possible range it turns the fault into a
warning that names who signed, but only as far as `reach` goes: beyond that no signature makes the arithmetic work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sim.formatting import entry_path, join_words, short_repr, unknown_name
from sim.parameters import Spec
from sim.scenario.entries import sentence
from sim.scenario.problems import Problems

HORIZON_PATH = "horizon_years"  # waives that an option delivers nothing before the horizon
WORDS = ("path", "who", "why", "date")
_FAR, _NEAR = 10.0, 2.0
_IN_EXPONENTS = ("ratio", "fraction", "1/year", "year")  # units of rates, spreads and half-lives


def reach(spec: Spec) -> tuple[float, float]:
    """The range that a waiver opens: ten times further, twice for what may stand in an exponent.

    It never crosses zero, nor grows a share beyond the whole.

    >>> reach(Spec("USD", 2, 7, "C", "", "", floor=0.01, ceiling=1000))
    (0.001, 10000.0)
    >>> reach(Spec("fraction", 0, 1, "C", "", "", floor=0, ceiling=1))
    (0, 1)
    """
    factor = _NEAR if spec.unit in _IN_EXPONENTS else _FAR
    low = spec.floor / factor if spec.floor > 0 else spec.floor
    whole = spec.unit == "fraction" and spec.ceiling <= 1
    return low, spec.ceiling if whole or spec.ceiling < 0 else spec.ceiling * factor


@dataclass(frozen=True, slots=True)
class Waiver:
    """One signature."""

    who: str
    why: str
    day: str

    def __str__(self) -> str:
        """As a warning ends with it."""
        return f"waived by {self.who} on {self.day}: {self.why}"


@dataclass
class Waivers:
    """All signatures of a scenario by path, and which of them were needed."""

    by_path: dict[str, Waiver] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    ranged: frozenset[str] = frozenset()  # paths with a range of the scenario's own, in the place of the declared one
    left: dict[str, tuple[float, float]] = field(default_factory=dict)  # ranges of its own for what is now fixed

    def of(self, path: str) -> Waiver | None:
        """The waiver of a path, which then counts as needed."""
        key = path.removeprefix("world.")
        if key in self.by_path:
            self.used.add(key)
        return self.by_path.get(key)

    def has_range(self, path: str) -> bool:
        """Whether the scenario has a range of its own for a path: that is then what is plausible."""
        return path.removeprefix("world.") in self.ranged

    def plausible(self, path: str, declared: tuple[float, float]) -> tuple[float, float]:
        """The ends of what is plausible: the scenario's own where a value that had such a range has been fixed."""
        return self.left.get(path.removeprefix("world."), declared)

    def settle(self, known: Iterable[str], problems: Problems) -> None:
        """Once everything was read: a waiver must lead somewhere, and should be needed."""
        paths = {*known, HORIZON_PATH}
        for path in self.by_path:
            if path not in paths:
                problems.fault("waiver.path", unknown_name("value to waive", path, paths))
            elif path not in self.used:
                problems.warn("waiver.path", f"{path} is within its plausible range; the waiver is not needed")


def read_waivers(rows: Any, problems: Problems) -> Waivers:
    """The waivers of a file."""
    found = Waivers()
    if not isinstance(rows, list):
        problems.fault("waiver", f"{short_repr(rows)} is not a list; write each as [[waiver]] with {join_words(WORDS)}")
        return found
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            problems.fault(entry_path("waiver", number), f"{short_repr(row)} is not a table with {join_words(WORDS)}")
            continue
        place = entry_path("waiver", number, "path")
        named = sentence(row, "path", place, problems, like="the path of a value, as cloud.price_usd")
        path = (named or "").removeprefix("world.")
        waiver = _waiver(row, number, problems)
        if path and path in found.by_path:
            problems.fault(place, f"{path} is waived twice")
        elif path:
            # one fault is enough: a waiver with something missing is reported, the value that it was meant for is not
            found.by_path[path] = waiver or Waiver("nobody", "nothing", "no day")
    return found


def _waiver(row: dict[str, Any], number: int, problems: Problems) -> Waiver | None:
    """The signature: who, why and when; None after a fault."""
    for name in row:
        if name not in WORDS:
            problems.fault(entry_path("waiver", number, name), unknown_name("entry", name, WORDS))
    who = sentence(row, "who", entry_path("waiver", number, "who"), problems, like="the name of whoever answers for it")
    why = sentence(row, "why", entry_path("waiver", number, "why"), problems, like="the reason")
    day = row.get("date")
    if not isinstance(day, date) or isinstance(day, datetime):
        wrong = "is missing" if day is None else f"{short_repr(day)} is not a date"
        problems.fault(entry_path("waiver", number, "date"), f"{wrong}; write the day without quotes, as 2026-11-24")
        return None
    return Waiver(who, why, day.isoformat()) if who and why else None
