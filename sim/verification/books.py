"""The verdict on a workbook: the cells of each sheet held against those that its run gives."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

from sim.charts.carriers import DamagedError
from sim.comparison.results import Comparison
from sim.scenario import ScenarioError
from sim.verification import numbers
from sim.verification.damage import damage
from sim.verification.exhibits import Exhibit
from sim.verification.findings import ALTERED, UNCHECKED, VERIFIED, Finding
from sim.verification.runs import Runs, why_not
from sim.verification.tables import MOST_SHOWN, Cells, differences

MOST_ROWS, MOST_COLUMNS = 100_000, 500  # of a sheet; ours have some thousands and some dozens


def judge(exhibit: Exhibit, runs: Runs) -> Finding:
    """The verdict on a workbook that `report` wrote."""
    from sim.reports.carried import record_in

    text = record_in(exhibit.content, ".xlsx")
    run = runs.learn(text or "")
    if not text or not run:
        return Finding(exhibit.where, ALTERED, "workbook", reasons=("Its sheet Record holds no record of a run.",))

    def found(verdict: str, *reasons: str) -> Finding:
        return Finding(exhibit.where, verdict, "workbook", run, reasons)

    try:
        ran = runs.of_record(text, "its record")
    except ScenarioError as error:
        return found(UNCHECKED, f"Its record cannot be run: {why_not(error)}.")
    verdict, reasons = numbers.held(ran)
    if verdict != VERIFIED:
        return found(verdict, *reasons)
    ours = ran.now.cached(_workbook)
    if ours == exhibit.content:
        return found(VERIFIED, "The same to the last byte.", *reasons)
    if damaged := damage(exhibit.content, ours):
        return found(ALTERED, damaged)
    exact = ran.again is None or ran.again.same_bits
    try:
        faults = list(islice(_sheets(_book(exhibit.content), _book(ours), exact), MOST_SHOWN))
    except DamagedError as error:
        return found(ALTERED, f"It {error}.")
    again = "Its cells are the same, its bytes are not: another program has saved it anew. Only its cells were read."
    return found(ALTERED, *faults) if faults else found(VERIFIED, again, *reasons)


def _workbook(comparison: Comparison) -> bytes:
    """The workbook of a run."""
    from sim.reports import render

    return render(comparison, "xlsx")


def _book(content: bytes) -> dict[str, Cells]:
    """The cells of each sheet, as texts; DamagedError where it cannot be read, or has more than any of ours."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=False)
        return {name: [] for name in book.sheetnames} | {sheet.title: _cells(sheet) for sheet in book.worksheets}
    except DamagedError:
        raise
    except Exception as error:  # a broken workbook breaks its reader in any way
        why = " ".join(str(error).split())[:200]
        raise DamagedError(f"is no workbook that can be read: {why}") from None


def _cells(sheet: Any) -> Cells:
    """The cells of a sheet, as texts."""
    rows = []
    sheet.reset_dimensions()  # what the file says of its size may be less than what it shows
    for row in sheet.iter_rows(values_only=True):
        if len(row) > MOST_COLUMNS:
            raise DamagedError(f"has more than {MOST_COLUMNS} columns in the sheet {sheet.title!r}")
        rows.append(["" if cell is None else str(cell) for cell in row])
        if len(rows) > MOST_ROWS:
            raise DamagedError(f"has more than {MOST_ROWS:,} rows in the sheet {sheet.title!r}")
    return _trimmed(rows)


def _trimmed(cells: Cells) -> Cells:
    """Rows without what is empty at their ends, which programs add as they like."""
    rows = [row[: max((at + 1 for at, cell in enumerate(row) if cell), default=0)] for row in cells]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _sheets(found: dict[str, Cells], ours: dict[str, Cells], exact: bool) -> Iterator[str]:
    """A sentence for each sheet that is missing or was added, and for each cell that is another."""
    for name in sorted(found.keys() ^ ours.keys()):
        yield f"Sheet {name!r} {'is not one of the run' if name in found else 'is missing'}."
    for name in sorted(found.keys() & ours.keys()):
        lines = differences(found[name], ours[name], exact)
        yield from (f"Sheet {name}: {line[0].lower()}{line[1:]}" for line in lines)
