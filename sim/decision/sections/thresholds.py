"""Switching values of the numbers that move most: found by root search on paired draws, each then run on both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.comparison.evaluation import world_with
from sim.decision.case import Case
from sim.decision.sections.section import Section, Table
from sim.decision.switching import Crossing, Differences, switching
from sim.formatting import format_count, upper_first

SEARCHED = 10  # numbers
DRAWS = 256
GRID = 9
PRECISION_SHARE = 1e-4  # of the range
ASIDE_SHARE = 0.005  # of the range, at which both sides are run


@dataclass(frozen=True)
class Threshold:
    """One value of a number at which the median difference changes sign. below, above: that median on either side."""

    path: str
    crossing: Crossing
    below: float
    above: float

    @property
    def verified(self) -> bool:
        """Whether the two sides, when run, have opposite signs in the order that was found."""
        return self.below < 0 < self.above if self.crossing.rising else self.above < 0 < self.below


@dataclass(frozen=True)
class Search:
    """One number: its range, where the difference turns, and its sign throughout where it does not."""

    path: str
    low: float
    high: float
    thresholds: tuple[Threshold, ...]
    sign: int | None


def thresholds(case: Case) -> tuple[Search, ...]:
    """The search along each of the numbers that move the advantage most."""
    return tuple(search(case, path) for path in case.ranked[:SEARCHED])


def search(case: Case, path: str) -> Search:
    """Where the median difference of the first draws turns along one number, within its plausible range."""
    rows = np.arange(min(DRAWS, case.comparison.draws))
    world, draws = case.drawn.rows(rows), case.numbers[rows]
    return searched(path, *case.ends(path), lambda value: case.advantages(world_with(world, {path: value}), draws))


def searched(path: str, low: float, high: float, differences: Differences) -> Search:
    """The same of any paired differences [draw] by the value of a number."""
    found = switching(differences, low, high, grid=GRID, precision_share=PRECISION_SHARE)
    aside = ASIDE_SHARE * (high - low)

    def run(value: float) -> float:
        """The median difference at a value."""
        return float(np.median(differences(min(max(value, low), high))))

    run_both = tuple(
        Threshold(path, crossing, run(crossing.value - aside), run(crossing.value + aside))
        for crossing in found.crossings
    )
    return Search(path, low, high, run_both, found.sign)


RUN = (
    " Every switching value was run just below and just above. Here one number moves alone; the answer's is where the "
    "odds are even among worlds as drawn, in which some numbers move together."
)


def section(case: Case, found: tuple[Search, ...]) -> Section:
    """A sentence for each value that was verified, and a table of all numbers searched."""
    rows = [row for each in found for row in _rows(case, each)]
    lines = [_sentence(case, each) for one in found for each in one.thresholds if each.verified]
    none = sum(not each.thresholds for each in found)
    lines.append(
        f"Searched: the {format_count(len(found), 'number')} that move the difference most, each over its plausible "
        f"range in {min(DRAWS, case.comparison.draws)} worlds drawn, all else as drawn; no value of {none} of them "
        f"turns the median difference.{RUN if lines else ''}"
    )
    heads = ("Number", "Searched from", "To", "Switching value", "95 % interval", "Better below", "Better above", "Run")
    data = [_data(each) for each in found]
    return Section("switching", "Where the verdict turns", tuple(lines), (Table(heads, tuple(rows)),), data)


def _rows(case: Case, found: Search) -> list[tuple[str, ...]]:
    """A row a switching value, or one that says who is ahead throughout."""
    name = (case.words(found.path), *(case.value_words(found.path, end) for end in (found.low, found.high)))
    if not found.thresholds:
        winner = case.winner(found.sign or 0)
        return [(*name, "none", "–", winner, winner, "–")]
    return [
        (
            *name,
            case.value_words(each.path, each.crossing.value),
            _interval(case, each),
            case.winner(each.below),
            case.winner(each.above),
            "both sides agree" if each.verified else "not verified",
        )
        for each in found.thresholds
    ]


def _interval(case: Case, each: Threshold) -> str:
    """The 95 % interval, open where it reaches beyond the range."""
    low, high = (
        word if end is None else case.value_words(each.path, end)
        for end, word in ((each.crossing.low, "below the range"), (each.crossing.high, "above the range"))
    )
    return f"{low} to {high}"


def _sentence(case: Case, each: Threshold) -> str:
    """Who is better on either side."""
    at = case.value_words(each.path, each.crossing.value)
    return upper_first(
        f"{case.words(each.path)}: below {at} {case.winner(each.below)} would be better in the median world, above it "
        f"{case.winner(each.above)} (95 % interval of that value: {_interval(case, each)})."
    )


def _data(found: Search) -> dict[str, object]:
    """The search as data."""
    values = [
        {**vars(each.crossing), "below": each.below, "above": each.above, "verified": each.verified}
        for each in found.thresholds
    ]
    return {"path": found.path, "low": found.low, "high": found.high, "sign": found.sign, "values": values}
