"""Rows of a table of groups: what people get wrong in a spreadsheet, reported with file, line and column."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from sim.formatting import (
    escape,
    folded_name,
    format_number,
    format_range,
    join_words,
    nearest_name,
    short_repr,
    unknown_name,
)
from sim.mechanisms.demand import TIERS
from sim.parameters import Spec
from sim.scenario.problems import Problems
from sim.scenario.values import PERCENT, finite

PATH = "groups"
TEXTS = ("name", "source", "basis")  # columns for readers, not for the model
MOST_ROWS = 10_000
_MARK = "\ufeff"  # what spreadsheets put before a text in UTF-8


@dataclass(frozen=True)
class Row:
    """Groups of one kind: their tier, and a number for each column that the table has."""

    line: int
    tier: str
    values: dict[str, float]

    def __getitem__(self, column: str) -> float:
        """The number in a column."""
        return self.values[column]


@dataclass(frozen=True)
class _Reporter:
    """Reports where in the table something is wrong."""

    name: str
    problems: Problems

    def fault(self, text: str, line: int | None = None, column: str = "") -> None:
        """One sentence."""
        where = escape(self.name, 60) + (f", line {line}" if line else "") + (f", {column}" if column else "")
        self.problems.fault(PATH, f"{where}: {text}")

    def warn(self, text: str, line: int) -> None:
        """One sentence."""
        self.problems.warn(PATH, f"{escape(self.name, 60)}, line {line}: {text}")


def read_rows(text: str, name: str, specs: Mapping[str, Spec], needed: Sequence[str], problems: Problems) -> list[Row]:
    """Every row of the table; after faults, those that can be used.

    `specs`: the numbers it may hold, by column, with their possible ranges; `needed`: columns it must have.
    """
    reporter = _Reporter(name, problems)
    before = len(problems.faults)
    lines = _lines(text.removeprefix(_MARK), reporter)
    if not lines:
        if len(problems.faults) == before:
            reporter.fault(
                f"is empty; write a line with the columns {join_words(list(needed))}, then a row for every tier"
            )
        return []
    header = _header(*lines[0], specs, needed, reporter)
    if header is None:
        return []
    rows = [row for line, cells in lines[1:] if (row := _row(line, cells, header, specs, reporter)) is not None]
    if len(problems.faults) == before:
        _whole(rows, specs, reporter)
    return rows


def _lines(text: str, reporter: _Reporter) -> list[tuple[int, list[str]]]:
    """Cells of each line with its number; empty lines and those that begin with # are left out."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed) and not trimmed[0].startswith("#"):
                found.append((reader.line_num, trimmed))
    except csv.Error as error:
        what = "a quotation mark is left open" if "end of data" in str(error) else escape(str(error))
        reporter.fault(f"is not CSV: {what}", reader.line_num)
        return []
    if len(found) > MOST_ROWS + 1:
        rows = f"has {format_number(len(found) - 1)} rows; at most {format_number(MOST_ROWS)}"
        reporter.fault(f"{rows}, so join institutions of like size")
        return []
    return found


def _header(
    line: int, cells: list[str], specs: Mapping[str, Spec], needed: Sequence[str], reporter: _Reporter
) -> list[str] | None:
    """Names of the columns as the model knows them; None after a fault."""
    if len(cells) == 1 and any(mark in cells[0] for mark in ";\t"):
        mark = "semicolons" if ";" in cells[0] else "tabs"
        reporter.fault(f"the columns are separated by {mark}; write commas, and decimal points in numbers", line)
        return None
    known = {folded_name(name): name for name in ("tier", *specs, *TEXTS)}
    good = True
    for cell in cells:
        if folded_name(cell) not in known:
            reporter.fault(unknown_name("column", cell, known.values()), line)
            good = False
    header = [known.get(folded_name(cell), "") for cell in cells]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    missing = [name for name in needed if name not in header]
    if twice:
        reporter.fault(f"the column {join_words([repr(n) for n in twice])} appears twice", line)
    if missing and good:
        what = "column" if len(missing) == 1 else "columns"
        reporter.fault(
            f"the {what} {join_words([repr(n) for n in missing])} {'is' if len(missing) == 1 else 'are'} missing", line
        )
    return header if good and not twice and not missing else None


def _row(line: int, cells: list[str], header: list[str], specs: Mapping[str, Spec], reporter: _Reporter) -> Row | None:
    """One row; None after a fault."""
    if len(cells) != len(header):
        reporter.fault(f"has {len(cells)} cells, and the header {len(header)}; a number must have no comma", line)
        return None
    by_name = dict(zip(header, cells, strict=True))
    tier = nearest_tier(by_name["tier"])
    if tier is None:
        reporter.fault(_no_tier(by_name["tier"]), line, "tier")
    numbers = {
        column: _number(line, column, by_name[column], specs[column], reporter) for column in by_name if column in specs
    }
    good = {column: number for column, number in numbers.items() if number is not None}
    return Row(line, tier, good) if tier is not None and len(good) == len(numbers) else None


def nearest_tier(cell: str) -> str | None:
    """The tier of this name, whatever its capitals; None where there is none.

    >>> nearest_tier("Start-ups") is None, nearest_tier("Elite")
    (True, 'elite')
    """
    return folded_name(cell) if folded_name(cell) in TIERS else None


def _no_tier(cell: str) -> str:
    """Sentence for a tier that does not exist."""
    near = nearest_name(cell.replace("-", ""), TIERS)
    allowed = f"allowed: {join_words(list(TIERS), 'or')}"
    return (
        f"no tier {short_repr(cell)}; did you mean {near!r}? ({allowed})"
        if near
        else f"no tier {short_repr(cell)}; {allowed}"
    )


def _number(line: int, column: str, cell: str, spec: Spec, reporter: _Reporter) -> float | None:
    """A number of the table in its possible range; None after a fault. A class may hold no group at all."""
    floor = 0.0 if column == "groups" else spec.floor
    allowed = f"allowed: {format_range(floor, spec.ceiling, spec.unit)}"
    try:
        number = finite(float(cell)) if "_" not in cell else None
    except ValueError:
        number = None
    if number is None:
        hint = f" (write {meant})" if (meant := _meant(cell)) else ""
        reporter.fault(
            f"{short_repr(cell)} is not a number{hint}; {allowed}" if cell else f"is empty; {allowed}", line, column
        )
        return None
    if not floor <= number <= spec.ceiling:
        reporter.fault(f"{cell} is not possible; {allowed}", line, column)
        return None
    return number


def _meant(cell: str) -> str:
    """The number that a cell with separators, a decimal comma or a per cent sign stands for, if it stands for one.

    >>> [_meant(cell) for cell in ("60,000", "1,5", "30 %", "60 000", "1'000.5", "many")]
    ['60000', '1.5', '0.3', '60000', '1000.5', '']
    """
    bare = re.sub(r"[\s']", "", cell)
    if re.fullmatch(r"\d+([.,]\d+)?%", bare):
        return f"{float(bare[:-1].replace(',', '.')) / PERCENT:g}"
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", bare):
        return bare.replace(",", "")
    if re.fullmatch(r"\d+,\d+", bare):
        return bare.replace(",", ".")
    return bare if bare != cell and re.fullmatch(r"\d+(\.\d+)?", bare) else ""


def _whole(rows: list[Row], specs: Mapping[str, Spec], reporter: _Reporter) -> None:
    """The table as a whole: every tier is there, somebody is counted, and needs are not mistaken for own hours."""
    missing = [tier for tier in TIERS if all(row.tier != tier for row in rows)]
    for tier in missing:
        reporter.fault(f"has no row for the tier {tier!r}; where a country has none, write it with 0 groups")
    every, spec = sum(row["groups"] for row in rows), specs["groups"]
    if not missing and not spec.floor <= every <= spec.ceiling:
        reporter.fault(
            f"the groups of all rows sum to {every:,g}; allowed: {format_range(spec.floor, spec.ceiling, spec.unit)}"
        )
    for row in _idle(rows):
        more = f"own, {row['own']:,g}, is above need, {row['need']:,g}"
        reporter.warn(f"{more}; hours beyond need count as idle", row.line)


def _idle(rows: list[Row]) -> Iterator[Row]:
    """The first row of those whose groups have more than they need."""
    yield from [row for row in rows if row["own"] > row["need"]][:1]
