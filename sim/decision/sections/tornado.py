"""The tornado: what each drawn number alone does to the difference of the two options, from its low to its high end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.comparison.evaluation import world_with
from sim.decision.case import Case
from sim.decision.sections.section import Section, Table, signed, unit
from sim.formatting import format_count
from sim.parameters import HIGH_SHARE, LOW_SHARE, Array

SHOWN = 12
_ROUNDING = 1e-12  # of the difference at centre


@dataclass(frozen=True)
class Bar:
    """The difference, first less second, with one number at an end of its range and all others at centre."""

    path: str
    low: float  # values of the number
    high: float
    at_low: float  # differences
    at_high: float

    @property
    def width(self) -> float:
        """How far apart the two differences are."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Tornado:
    """The difference at centre, and the bars of the numbers that move it, the widest first."""

    centre: float
    bars: tuple[Bar, ...]


def tornado(case: Case) -> Tornado:
    """One evaluation of two rows for each drawn number, in the central case."""
    ends = np.array([case.ends(path) for path in case.names])
    count = len(case.names)
    values: dict[str, Array] = {}
    for n, path in enumerate(case.names):
        values[path] = np.full(1 + 2 * count, case.centre(path))
        values[path][[1 + n, 1 + count + n]] = ends[n]
    rows = np.zeros(1 + 2 * count, dtype=np.int64)
    found = case.advantages(world_with(case.scenario.world, values), rows)
    low, high = found[1 : 1 + count], found[1 + count :]
    bars = [Bar(path, *case.ends(path), float(low[n]), float(high[n])) for n, path in enumerate(case.names)]
    moving = [bar for bar in bars if bar.width > _ROUNDING * max(abs(found).max(), 1e-300)]
    return Tornado(float(found[0]), tuple(sorted(moving, key=lambda bar: -bar.width)))


def section(case: Case, found: Tornado) -> Section:
    """Sentence and table of the widest bars."""
    first, second = map(case.label, case.pair)
    shown = found.bars[:SHOWN]
    turning = [bar for bar in found.bars if min(bar.at_low, bar.at_high) < 0 < max(bar.at_low, bar.at_high)]
    lines = [
        f"Each number alone at its {LOW_SHARE:.0%} and {HIGH_SHARE:.0%} value, all others as in the scenario: "
        f"{format_count(len(found.bars), 'number')} of {len(case.names)} drawn move the difference, and "
        f"{len(turning)} alone can turn it; {case.winner(found.centre)} is ahead at centre.".replace("%", " %", 2)
    ]
    rows = tuple(
        (
            case.words(bar.path),
            case.value_words(bar.path, bar.low),
            case.value_words(bar.path, bar.high),
            signed(case, bar.at_low),
            signed(case, bar.at_high),
            case.spec(bar.path).grade,
        )
        for bar in shown
    )
    heads = (
        "Number", "Low", "High", f"{first} less {second} at low ({unit(case)}, more is better)", "At high", "Grade",
    )  # fmt: skip
    data = {"centre": found.centre, "bars": [{**vars(bar), "grade": case.spec(bar.path).grade} for bar in found.bars]}
    return Section("tornado", "What moves the difference: tornado", tuple(lines), (Table(heads, rows),), data)
