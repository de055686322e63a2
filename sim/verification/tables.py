"""The verdict on a table: its cells held against those that its run gives."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from io import StringIO
from itertools import islice
from math import isclose, isfinite

from sim import charts
from sim.charts.differences import subject_named
from sim.comparison.record import SAME
from sim.comparison.results import Comparison
from sim.comparison.spreadsheets import RUN, TABLE, TABLES, csv_of
from sim.scenario import ScenarioError
from sim.verification import analyses, numbers
from sim.verification.analyses import Analysed
from sim.verification.exhibits import Exhibit
from sim.verification.findings import ALTERED, FOREIGN, UNCHECKED, VERIFIED, Finding
from sim.verification.runs import Runs, why_not

MOST_SHOWN = 5
MOST_BYTES = 20_000_000  # of a table, whose cells take many times as many; ours have 500,000
MOST_ADJUSTED = 400  # powers of ten, beyond which no number of ours lies
FEWEST_DIGITS = 6  # of a number that another program has rounded: a spreadsheet keeps so many of the largest
_FIRST_BYTES = 1 << 16  # in which the head and the first row of a table of ours lie
_LARGEST = f" (more than {MOST_BYTES / 1e6:g} MB)"
_HEAD = f"{RUN}{{0}}{TABLE}{{0}}"
_SEPARATORS = ",;\t"
Cells = list[list[str]]


def judge(exhibit: Exhibit, runs: Runs) -> Finding:
    """The verdict on a CSV file, which names its run and its table in its first columns."""
    cells = begun(exhibit.content)
    if not cells:
        return Finding(exhibit.where, FOREIGN, reasons=("It is a text that names no run of ours in its columns.",))
    run, name = [*cells[1], "", ""][:2] if len(cells) > 1 else ("", "")
    if not run:
        return Finding(exhibit.where, UNCHECKED, "table", reasons=("It has no rows, and so names no run.",))

    def found(verdict: str, *reasons: str) -> Finding:
        return Finding(exhibit.where, verdict, f"table {name}", run, reasons)

    try:
        ran = runs.analysis_of(run, "its record") or runs.of_id(run, "its record")
    except ScenarioError as error:
        return found(UNCHECKED, f"Its record cannot be run: {why_not(error)}.")
    if ran is None:
        return found(UNCHECKED, unknown(run))
    verdict, reasons = analyses.held(ran) if isinstance(ran, Analysed) else numbers.held(ran)
    if verdict != VERIFIED:
        return found(verdict, *reasons)
    ours = ran.files.get(f"{name}.csv") if isinstance(ran, Analysed) else _table(ran.now, name)
    if ours is None:
        return found(ALTERED, f"Row 2, {TABLE}: {name!r}, and the run gives no table of that name.")
    again = None if isinstance(ran, Analysed) else ran.again
    verdict, *about = held(exhibit.content, ours, again is None or again.same_bits)
    if verdict == ALTERED and again and again.causes and cells[0] != begun(ours)[0]:
        return found(UNCHECKED, "Its columns are not those of today, and its record is of another version.", *reasons)
    return found(verdict, *about, *(reasons if verdict != ALTERED else ()))


def held(content: bytes, ours: bytes, exact: bool) -> tuple[str, ...]:
    """The verdict on a table beside ours, with its reasons; `exact`: see `same`."""
    if ours == content:
        return VERIFIED, "The same to the last byte."
    if max(len(content), len(ours)) > MOST_BYTES:
        return UNCHECKED, f"It is not the same to the last byte, and too large to compare cell by cell{_LARGEST}."
    if faults := list(islice(differences(read(content), read(ours), exact), MOST_SHOWN)):
        return ALTERED, *faults
    return VERIFIED, "Its numbers are the same, its bytes are not: another program has saved it anew."


def _table(comparison: Comparison, name: str) -> bytes | None:
    """A table of a run as a file; None for a name that there is not."""
    if name in TABLES:
        return csv_of(comparison, name)
    if name in charts.CHARTS:
        return csv_of(comparison, name, charts.data(comparison, name))
    with suppress(ValueError):  # of options and outcomes that there are not
        if chosen := subject_named(name):
            return csv_of(comparison, name, chosen.numbers(comparison))
    return None


def unknown(run: str) -> str:
    """The sentence for a run whose record is not here."""
    return f"It is of run {run}, whose record is not here: give run.json, or a figure of that run, with --record."


def differences(cells: Cells, ours: Cells, exact: bool) -> Iterator[str]:
    """A sentence for each cell that is another, the shape of the table first; `exact`: see `same`."""
    if [len(row) for row in cells] != [len(row) for row in ours]:
        yield f"It has {len(cells)} rows of {_widths(cells)} cells, the run gives {len(ours)} of {_widths(ours)}."
        pairs = zip(cells, ours, strict=False)
        at = next((at for at, (row, right) in enumerate(pairs, 1) if not _same_row(row, right, exact)), 0)
        yield f"The first row that is another is {at or min(len(cells), len(ours)) + 1}."
        return
    for number, (row, right) in enumerate(zip(cells, ours, strict=True), 1):
        for column, (cell, wanted) in enumerate(zip(row, right, strict=True)):
            if not same(cell, wanted, exact):
                head = ours[0][column] if number > 1 else f"head of column {column + 1}"
                yield f"Row {number}, {head}: {cell!r}, where the run gives {wanted!r}."


def _widths(cells: Cells) -> str:
    """How many cells rows have."""
    return " or ".join(str(each) for each in sorted({len(row) for row in cells})) or "no"


def _same_row(row: list[str], right: list[str], exact: bool) -> bool:
    """Whether two rows hold the same."""
    return len(row) == len(right) and all(same(*pair, exact) for pair in zip(row, right, strict=True))


def same(cell: str, wanted: str, exact: bool = True) -> bool:
    """Whether two cells hold the same: the same letters, or the same number as other programs write and round it.

    exact: whether the run is the same to the last bit; else its numbers may be others by SAME of themselves.

    >>> same("0.3333333333", "0.3333333333333333"), same("0.3333333334", "0.3333333333333333"), same("TRUE", "True")
    (True, False, True)
    """
    if cell == wanted or (wanted in ("True", "False") and cell.lower() == wanted.lower()):
        return True
    try:
        number, ours = Decimal(cell), Decimal(wanted)
    except InvalidOperation:
        return False
    if not (number.is_finite() and ours.is_finite()):
        return False
    if abs(number.adjusted()) > MOST_ADJUSTED:
        return False
    if (float(number) == float(ours) and isfinite(float(ours))) or (not exact and isclose(number, ours, rel_tol=SAME)):
        return True
    digits = max(FEWEST_DIGITS, len(number.normalize().as_tuple().digits))  # zeros at the end are not written
    unit = Decimal(1).scaleb(min(number.adjusted(), ours.adjusted()) - digits + 1)
    return bool(ours) and 2 * abs(number - ours) <= unit


def begun(content: bytes) -> Cells:
    """The head of a table of ours and its first row; none where it is no such table."""
    return read(content[:_FIRST_BYTES], 2)


def read(content: bytes, most: int | None = None) -> Cells:
    """The rows of a table of ours in CSV, whatever separates its cells, or its first ones; none where it is none.

    All rows of what would fill the memory are none either.
    """
    if most is None and len(content) > MOST_BYTES:
        return []
    text = content.decode("utf-8-sig", "replace")
    first = text[:100].replace('"', "")
    separator = next((each for each in _SEPARATORS if first.startswith(_HEAD.format(each))), "")
    if not separator:
        return []
    try:
        rows = list(islice(filter(None, csv.reader(StringIO(text, newline=""), delimiter=separator)), most))
    except csv.Error:
        return []
    return [[_point(cell) for cell in row] for row in rows] if separator == ";" else rows


def _point(cell: str) -> str:
    """A number with a decimal comma, as some countries write it, with a point."""
    return cell.replace(",", ".") if re.fullmatch(r"-?\d+,\d+(E[+-]?\d+)?", cell) else cell
