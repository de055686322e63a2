"""What a brief is made of, whatever it is written as: headings, paragraphs, lists, tables and figures, of plain text.

No text holds markup: the writers of formats take every letter as a letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.charts.sheet import printable

_ADDRESS = re.compile(r"\s(https?://[^\s<>\"'`\\^{}|]+)$")
Style = Literal["body", "answer", "note"]
Draw = Callable[[str], bytes]  # the file of a figure by the suffix of its format


@dataclass(frozen=True)
class Heading:
    """The title of a part; level 1 is that of a section."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; the answer stands out, notes are small."""

    text: str
    style: Style = "body"


@dataclass(frozen=True)
class Bullets:
    """A list, or small notes; of each text the address at its end, if it has one, is a link."""

    items: Sequence[str]
    style: Style = "body"


@dataclass(frozen=True)
class Table:
    """A table with a caption. widths: of its columns, to each other; columns in `right` hold numbers."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    right: Sequence[int] = ()


@dataclass(frozen=True)
class Figure:
    """A chart by its name, with what is read out where it cannot be seen."""

    name: str
    caption: str
    alt: str
    draw: Draw = field(repr=False, compare=False)


Block = Heading | Paragraph | Bullets | Table | Figure


@dataclass(frozen=True)
class Brief:
    """A brief of a comparison. record: the content of run.json, which travels with it."""

    title: str
    question: str
    about: str  # the run in a line
    run: str
    version: str
    blocks: tuple[Block, ...]
    record: str = field(repr=False)


def divided(text: str) -> tuple[str, str]:
    """A text and the address at its end; an empty one where it has none.

    >>> divided("A report. https://example.org/a"), divided("No address")
    (('A report.', 'https://example.org/a'), ('No address', ''))
    """
    found = _ADDRESS.search(text)
    return (text[: found.start()], found.group(1)) if found else (text, "")


def plain(brief: Brief, picture: str) -> dict[str, Any]:
    """The brief as mappings, lists and texts, for templates; `picture` is the suffix of its figures.

    A block has its `kind`, the name of its class in small letters; a figure has its file as `picture`, in bytes. Texts
    are of one line each, but for cells of tables, which may have several.
    """
    about = {name: line(getattr(brief, name)) for name in ("title", "question", "about", "run", "version")}
    return {**about, "blocks": [_plain(block, picture) for block in brief.blocks], "record": brief.record}


def line(text: str) -> str:
    """A text without what no file can hold, in which a % stays with its number."""
    return printable(text).replace(" %", "\u00a0%")


def _plain(block: Block, picture: str) -> dict[str, Any]:
    """One block."""
    found: dict[str, Any] = {"kind": type(block).__name__.lower()}
    if isinstance(block, Heading | Paragraph):
        return found | vars(block) | {"text": line(block.text)}
    if isinstance(block, Bullets):
        items = [dict(zip(("text", "url"), divided(line(item)), strict=True)) for item in block.items]
        return found | {"style": block.style, "items": items}
    if isinstance(block, Figure):
        words = {"name": block.name, "caption": line(block.caption), "alt": line(block.alt)}
        return found | words | {"picture": block.draw(picture)}
    rows = [["\n".join(map(line, cell.split("\n"))) for cell in row] for row in block.rows]
    heads, caption = [line(head) for head in block.heads], line(block.caption)
    widths, right = list(block.widths), list(block.right)
    return found | {"caption": caption, "heads": heads, "rows": rows, "widths": widths, "right": right}
