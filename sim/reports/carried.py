"""The record that a report carries, read out again: how a report of ours is recognised among other files."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from zlib import error as broken

from sim.charts.carriers import DamagedError
from sim.charts.carriers.pdf import words
from sim.reports.word import NAMESPACE

LARGEST_BYTES = 200_000_000  # of a report, packed or not
LARGEST_PART = 10_000_000  # of the part of a document that is a record
_IN_HTML = re.compile(r'<pre id="heavypress-record">(.*?)</pre>', re.DOTALL)


def carried(path: Path) -> str | None:
    """The content of run.json in a report; None where a file is none of ours, or cannot be read."""
    try:
        return None if path.stat().st_size > LARGEST_BYTES else record_in(path.read_bytes(), path.suffix)
    except OSError:
        return None


def record_in(content: bytes, suffix: str) -> str | None:
    """The content of run.json in a report that ends in `suffix`; None where there is none."""
    read = _READERS.get(suffix.lower())
    return read(content) if read else None


def _of_html(content: bytes) -> str | None:
    """The record below the page."""
    found = _IN_HTML.search(content.decode("utf8", "replace"))
    return unescape(found.group(1)) if found else None


def _of_docx(content: bytes) -> str | None:
    """The record in its part."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    for part in _parts(content, "customXml/item"):
        try:
            root = fromstring(part)
        except (DefusedXmlException, ParseError, ValueError):
            continue
        if root.tag == f"{{{NAMESPACE}}}run":
            return root.text or ""
    return None


def _parts(content: bytes, start: str) -> Iterator[bytes]:
    """The parts of an office file whose names begin so, one at a time, none larger than a record is."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            for part in package.infolist():
                if part.filename.startswith(start) and part.file_size <= LARGEST_PART:
                    yield package.read(part)
    except (zipfile.BadZipFile, broken, NotImplementedError, RuntimeError, EOFError):
        return


def _of_xlsx(content: bytes) -> str | None:
    """The record in the cells of its sheet."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            if sum(part.file_size for part in package.infolist()) > LARGEST_BYTES:
                return None
        book = load_workbook(BytesIO(content), read_only=True)
        if "Record" not in book.sheetnames:
            return None
        cells = [str(row[0]) for row in book["Record"].iter_rows(min_row=2, max_col=1, values_only=True)]
        return "".join(cells)
    except Exception:  # whatever the library stumbles over in a file that is none of ours
        return None


def _of_pdf(content: bytes) -> str | None:
    """The record attached to the pages."""
    try:
        return words(content).get("Record")
    except DamagedError:
        return None


_READERS: dict[str, Callable[[bytes], str | None]] = {
    ".html": _of_html, ".docx": _of_docx, ".xlsx": _of_xlsx, ".pdf": _of_pdf,
}  # fmt: skip
