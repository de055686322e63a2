"""What stands in a report, read by other libraries than those that wrote it, or by the standard library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import docx
import openpyxl
import pypdf
from docx.oxml.ns import qn


class Page(HTMLParser):
    """A page of HTML: its elements with their attributes, and its text."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(content.decode("utf8"))

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data) -> None:
        self.words.append(data)

    def of(self, tag: str) -> list[dict[str, str]]:
        """Attributes of every element of a kind."""
        return [about for name, about in self.elements if name == tag]


@cache
def words_of(form: str, content: bytes) -> str:
    """The text of a report, every run of spaces one space."""
    found = {"html": _of_html, "docx": _of_docx, "pdf": _of_pdf, "xlsx": _of_xlsx}[form](content)
    return " ".join(found.split())


def _of_html(content: bytes) -> str:
    return "".join(Page(content).words)


def _of_docx(content: bytes) -> str:
    return "\n".join(each.text for each in docx.Document(BytesIO(content)).element.body.iter(qn("w:p")))


def _of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages)


def _of_xlsx(content: bytes) -> str:
    return "\n".join(str(cell.value) for sheet in book(content) for row in sheet.iter_rows() for cell in row)


@cache
def book(content: bytes) -> Any:
    """A workbook."""
    return openpyxl.load_workbook(BytesIO(content))


def records(content: bytes, sheet: str) -> list[dict[str, Any]]:
    """The rows of a sheet by the heads of its columns."""
    heads, *rows = book(content)[sheet].iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def alts_of_pdf(content: bytes) -> list[str]:
    """Every alternative text of the structure of a PDF."""
    reader = pypdf.PdfReader(BytesIO(content))

    def walk(node: Any) -> Iterator[str]:
        node = node.get_object()
        if isinstance(node, list):
            for each in node:
                yield from walk(each)
        elif isinstance(node, dict):
            yield from [str(node["/Alt"])] if "/Alt" in node else []
            yield from walk(node["/K"]) if "/K" in node else []

    return list(dict.fromkeys(walk(reader.trailer["/Root"]["/StructTreeRoot"])))


def numbers_in(text: str) -> list[float]:
    """The plain numbers in a text."""
    return [float(each) for each in re.findall(r"-?\d+\.\d+|-?\d+", text)]
