"""Headline numbers by option, outcome and column: as a table, and whether two are the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from math import isfinite, nan
from typing import NamedTuple

from sim.comparison.record import NUMBERS, SAME

COLUMNS = ("scenario", "option", "outcome", *NUMBERS)
Nested = Mapping[str, Mapping[str, Mapping[str, float | None]]]  # as `sim.comparison.record.headline` has them


class Place(NamedTuple):
    """Where a headline number stands in a comparison."""

    option: str
    outcome: str
    column: str  # one of NUMBERS


Numbers = Mapping[Place, float]  # not a number: there is none


def flat(results: Nested) -> dict[Place, float]:
    """The headline of a comparison or of a record by place."""
    return {
        Place(option, outcome, column): nan if value is None else float(value)
        for option, outcomes in results.items()
        for outcome, columns in outcomes.items()
        for column, value in columns.items()
    }


def is_moved(then: float, now: float, scale: float = 0.0) -> bool:
    """Whether two numbers differ by more than another processor may make of them, of the largest or of `scale`."""
    if not (isfinite(then) and isfinite(now)):
        return isfinite(then) != isfinite(now)
    return abs(then - now) > SAME * max(abs(then), abs(now), scale)


def moved(then: Numbers, now: Numbers) -> list[Place]:
    """The places in which two sets of numbers differ; a place that one side lacks holds no number there."""
    return [place for place in dict.fromkeys([*then, *now]) if is_moved(then.get(place, nan), now.get(place, nan))]


def write_table(results: Mapping[str, Numbers]) -> bytes:
    """The headline of several scenarios as CSV, a row an option and outcome, every number to its last digit."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([COLUMNS, *_rows(results)])
    return out.getvalue().encode("utf8")


def _rows(results: Mapping[str, Numbers]) -> Iterator[list[str]]:
    """The rows of the table."""
    for scenario, numbers in results.items():
        for option, outcome in dict.fromkeys((place.option, place.outcome) for place in numbers):
            values = (numbers.get(Place(option, outcome, column), nan) for column in NUMBERS)
            cells = ["" if value != value else repr(value) for value in values]
            yield [scenario, option, outcome, *cells]


def read_table(content: bytes) -> dict[str, Numbers]:
    """The headline by scenario, as `write_table` wrote it."""
    found: dict[str, dict[Place, float]] = {}
    for row in csv.DictReader(io.StringIO(content.decode("utf8"), newline="")):
        numbers = found.setdefault(row["scenario"], {})
        for column in NUMBERS:
            value = float(row[column]) if row[column] else nan
            numbers[Place(row["option"], row["outcome"], column)] = value
    return dict(found)
