"""The numbers of a run as a workbook: what they are, the summary, years, draws, assumptions, dictionary and record."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from math import isfinite
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sim.charts.sheet import printable
from sim.formatting import format_count, format_number
from sim.reports.assumptions import OWN_SOURCES
from sim.reports.blocks import Block, Brief, Bullets, Heading, Paragraph, Table
from sim.reports.columns import Sheet
from sim.reports.problems import ReportError

MOST_ROWS = 1_048_575  # of a sheet, below its heads
LONGEST = 32_767  # letters of a cell
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a program may take for the beginning of one
RUN = "Heavy Press run"  # the property that names it
# A title is a title, whatever it begins with; what does not exist is an empty cell.
_PLAIN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_NUMBERS = {"number": "[>=1000]#,##0;[<=-1000]-#,##0;General", "share": "0.0 %", "whole": "0", "text": "@", "raw": "@"}
_READ_ME = {"Answer", "Assumptions that differ from the defaults", "Limits", "How to check and to cite", OWN_SOURCES}


class Book:
    """A workbook as it is written; every text goes through `text`, which no program takes for a formula."""

    def __init__(self, title: str, run: str) -> None:
        """An empty book with fixed dates and no author of this machine."""
        self.buffer = BytesIO()
        self.book = xlsxwriter.Workbook(self.buffer, _PLAIN)
        self.book.set_properties({"title": title, "author": "Heavy Press", "created": datetime(2000, 1, 1)})
        self.book.set_custom_property(RUN, run)
        self._formats: dict[tuple[str, bool, bool], Format] = {}

    def look(self, kind: str = "text", head: bool = False, quoted: bool = False) -> Format:
        """A format of cells, made once."""
        if (kind, head, quoted) not in self._formats:
            made = self.book.add_format({"num_format": _NUMBERS[kind], "valign": "top", "text_wrap": kind == "text"})
            if head:
                made.set_bold()
                made.set_bottom(1)
            if quoted:
                made.set_quote_prefix()
            self._formats[kind, head, quoted] = made
        return self._formats[kind, head, quoted]

    def text(self, sheet: Worksheet, row: int, column: int, text: str, head: bool = False) -> None:
        """Write a text as text; the quote mark before what looks like a formula keeps it one when it is edited."""
        sheet.write_string(row, column, text[:LONGEST], self.look("text", head, text.startswith(FORMULA)))

    def cell(self, sheet: Worksheet, row: int, column: int, value: Any, kind: str) -> None:
        """Write a value: a number as a number, nothing where there is none, all else as text."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            if isfinite(value):
                sheet.write_number(row, column, value + 0.0, self.look("whole" if kind == "text" else kind))
        elif value != "":
            self.text(sheet, row, column, str(value) if kind == "raw" else printable(str(value)))

    def content(self) -> bytes:
        """The file."""
        self.book.close()
        return self.buffer.getvalue()


def workbook(brief: Brief, sheets: list[Sheet]) -> bytes:
    """The file; raises ReportError for more rows than a sheet holds."""
    book = Book(printable(brief.title)[:255], brief.run)
    _read_me(book, brief, sheets)
    for sheet in sheets:
        _write(book, sheet)
    return book.content()


def _write(book: Book, sheet: Sheet) -> None:
    """Write a sheet: heads that stay in sight, then its rows."""
    made = book.book.add_worksheet(sheet.name)
    made.freeze_panes(1, 0)
    for n, column in enumerate(sheet.columns):
        made.set_column(n, n, column.width)
        book.text(made, 0, n, column.head, head=True)
    last = 0
    for last, row in enumerate(sheet.rows, 1):
        if last > MOST_ROWS:
            most = format_number(MOST_ROWS)
            raise ReportError(
                f"{sheet.name}: more than {most} rows, which no sheet holds; write a report of fewer draws"
            )
        for n, (value, column) in enumerate(zip(row, sheet.columns, strict=True)):
            book.cell(made, last, n, value, column.kind)
    if last and len(sheet.columns) > 1:
        made.autofilter(0, 0, last, len(sheet.columns) - 1)


# --- the first sheet ---


def _read_me(book: Book, brief: Brief, sheets: list[Sheet]) -> None:
    """Question, answer, run, what to know, and what the sheets are."""
    made = book.book.add_worksheet("Read me")
    made.set_column(0, 0, 30)
    made.set_column(1, 1, 110)
    made.freeze_panes(1, 0)
    rows = [("Title", brief.title), ("Question", brief.question), ("Run", brief.about), *_sections(brief.blocks)]
    rows += [("Sheet", f"{each.name}: {format_count(len(each.columns), 'column')}, see Dictionary") for each in sheets]
    for n, (what, text) in enumerate(rows):
        book.text(made, n, 0, what, head=True)
        book.text(made, n, 1, printable(text))


def _sections(blocks: tuple[Block, ...]) -> list[tuple[str, str]]:
    """The paragraphs and lists of the sections that a reader of numbers must know, each with the title of its part."""
    found, part, wanted = [], "", False
    for block in blocks:
        if isinstance(block, Heading):
            part, wanted = block.text, block.text in _READ_ME or (wanted and block.level > 1)
        elif wanted:
            found += [(part, line) for line in _lines(block)]
    return found


def _lines(block: Block) -> list[str]:
    """A block as lines of text; each row of a table is one."""
    if isinstance(block, Table):
        return ["; ".join(f"{head}: {cell}" for head, cell in zip(block.heads, row, strict=True)) for row in block.rows]
    return list(block.items) if isinstance(block, Bullets) else [block.text] if isinstance(block, Paragraph) else []
