"""The verdict on a report: the whole of it written again, and where that is another, its text and each figure in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from html.parser import HTMLParser
from os.path import commonprefix

from sim.charts.carriers import RECORD
from sim.reports import render
from sim.scenario import ScenarioError
from sim.verification import documents, numbers
from sim.verification.exhibits import Exhibit
from sim.verification.findings import ALTERED, UNCHECKED, VERIFIED, Finding
from sim.verification.runs import Runs, why_not

MOST_SHOWN, LONGEST = 5, 160  # passages of another text, and letters of each
BEFORE = 60  # letters that are shown before the first that is another
_UNREAD = {"style", "script", "title", "pre"}  # elements whose text nobody reads; the record is one


def judge(exhibit: Exhibit, runs: Runs, each: Callable[[Exhibit, Runs], list[Finding]]) -> list[Finding]:
    """One verdict where it is what `report` writes; else one on its text, and one on each figure, by `each`."""
    text = exhibit.words[RECORD]
    run = runs.learn(text)

    def whole(verdict: str, *reasons: str) -> list[Finding]:
        parts = (finding for part in exhibit.parts for finding in each(part, runs))
        return [Finding(exhibit.where, verdict, "report", run, reasons), *parts]

    try:
        ran = runs.of_record(text, "its record")
    except ScenarioError as error:
        return whole(UNCHECKED, f"Its record cannot be run: {why_not(error)}.")
    verdict, reasons = numbers.held(ran)
    if verdict != VERIFIED:
        return whole(verdict, *reasons)
    ours = render(ran.now, exhibit.kind[1:])
    if ours == exhibit.content:
        return [Finding(exhibit.where, VERIFIED, "report", run, ("The same to the last byte, its text included.",))]
    found, wanted = passages(exhibit.content, exhibit.kind), passages(ours, exhibit.kind)
    if not wanted:
        return whole(UNCHECKED, "It was saved anew, or has a template of its own; its text is not compared.")
    if found == wanted:
        return whole(VERIFIED, "Its text is that of the report; it was saved anew, or has a template of its own.")
    return whole(ALTERED, *different(found, wanted))


def different(found: list[str], wanted: list[str]) -> list[str]:
    """A sentence for each passage that is another, was added or is missing; the first few."""
    lines = []
    for kind, start, end, first, last in SequenceMatcher(None, found, wanted, autojunk=False).get_opcodes():
        whole = (" / ".join(found[start:end]), " / ".join(wanted[first:last]))
        alike = len(commonprefix(whole)) if all(whole) else 0  # noqa: RUF071 (letters are meant)
        theirs, ours = (_quoted(text, max(alike - BEFORE, 0)) for text in whole)
        if kind == "replace":
            lines.append(f"Its text says {theirs}, where the report says {ours}.")
        elif kind != "equal":
            lines.append(f"Its text says {theirs} besides." if kind == "delete" else f"Its text lacks {ours}.")
    more = [f"{len(lines) - MOST_SHOWN} further passages are others."] if len(lines) > MOST_SHOWN else []
    return [*lines[:MOST_SHOWN], *more]


def passages(content: bytes, kind: str) -> list[str]:
    """The paragraphs and cells of a document in their order; none of a format whose text is not read."""
    lines = {".docx": documents.paragraphs, ".html": _of_page}.get(kind, lambda _: iter(()))(content)
    return [line for line in (" ".join(line.split()) for line in lines) if line]


def _of_page(content: bytes) -> Iterator[str]:
    """The pieces of text of a page of the web."""
    reader = _Reader()
    reader.feed(content.decode("utf8", "replace"))
    yield from reader.pieces


class _Reader(HTMLParser):
    """Collects the text between tags."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin what nobody reads."""
        self._unread += tag in _UNREAD

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        self._unread -= tag in _UNREAD and self._unread > 0

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        if not self._unread:
            self.pieces.append(data)


def _quoted(text: str, start: int) -> str:
    """A passage in quotation marks from some letter on, cut short."""
    shown = text[start : start + LONGEST]
    return repr(f"{'...' * bool(start)}{shown}{'...' * (start + LONGEST < len(text))}")
