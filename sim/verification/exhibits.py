"""What is found in files: figures with their words, pictures without, tables, packs, records; each with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sim.charts.carriers import CARRIERS, DRAWN, FIGURE, RECORD, SEAL, DamagedError
from sim.formatting import lower_first
from sim.packs.archive import ArchiveError, read_archive
from sim.reports.carried import record_in
from sim.scenario.records import FORM
from sim.verification import documents
from sim.verification.runs import Runs

MOST_BYTES = 256_000_000  # of a file, and of all that the archives in it hold
MOST_DEEP = 3  # archives in each other
NOTHING = "It holds no figure and no table."
# by which a file of ours that is damaged is known
_MARKS = (b"heavypress", b"heavy press", b"datapackage.json", b"run,table,")
_NAMED = re.compile(r"\brun ([0-9a-f]{12}(?:-[a-z0-9_]+)?)\b")
_DRAWING = re.compile(rb"<(\w+:)?svg\b")  # some programs write the name of the format before each element
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")


class UnreadableError(ValueError):
    """A file that cannot be read at all; the message is one sentence with its name."""


@dataclass(frozen=True)
class Exhibit:
    """One thing to be judged. `form`: of CARRIERS for a figure with words, else picture, pages, table, book, pack,
    report, record, damaged or foreign."""

    where: str
    form: str
    content: bytes = b""
    words: dict[str, str] = field(default_factory=dict)
    named: str = ""  # the id in the text beside it
    why: str = ""  # of what is damaged or foreign
    files: dict[str, bytes] = field(default_factory=dict)  # of a pack
    kind: str = ""  # of a report: its suffix
    parts: tuple[Exhibit, ...] = ()  # the figures in a report, judged one by one where the whole is another


@dataclass
class Room:
    """What the archives in one file may yet hold, bytes; and how deep in each other the open ones are."""

    left: int = MOST_BYTES
    deep: int = 0

    def unpacked(self, content: bytes, where: str) -> dict[str, bytes]:
        """The files of an archive; ArchiveError where they are too many, too large or too deep."""
        if self.deep >= MOST_DEEP:
            raise ArchiveError(f"{where}: lies deeper than {MOST_DEEP} archives in each other")
        files = read_archive(content, self.left, name=where)
        self.left -= sum(len(part) for part in files.values())
        return files


def read(path: Path, runs: Runs) -> list[Exhibit]:
    """Everything in a file; the records in it are learned. Raises UnreadableError."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {lower_first(error.strerror or 'unknown reason')}") from None
    if len(content) > MOST_BYTES:
        raise UnreadableError(f"{path}: is larger than {MOST_BYTES / 1e6:g} MB, too much to be checked")
    found = list(exhibits(str(path), content, runs))
    return found or [Exhibit(str(path), "foreign", why=NOTHING)]


def exhibits(where: str, content: bytes, runs: Runs, named: str = "", room: Room | None = None) -> Iterator[Exhibit]:
    """What a file holds, by what it begins with and not by its name."""
    try:
        for begins, look in _LOOKS:
            if begins(content):
                yield from look(where, content, runs, named, room or Room())
                return
        if named:
            yield Exhibit(where, "picture", content, named=named)
            return
        raise DamagedError("is of no kind that carries figures or tables of ours, or damaged")
    except (DamagedError, ArchiveError) as error:
        form = "damaged" if any(mark in content.lower() for mark in _MARKS) else "foreign"
        yield Exhibit(where, form, content, why=f"It {str(error).removeprefix(f'{where}: ')}.")


Look = Callable[[str, bytes, Runs, str, Room], Iterator[Exhibit]]


def _figure(suffix: str) -> Look:
    """A look for the words of a figure."""

    def look(where: str, content: bytes, runs: Runs, named: str, room: Room) -> Iterator[Exhibit]:
        words = CARRIERS[suffix].words(content)
        if RECORD in words:
            runs.learn(words[RECORD])
        if {FIGURE, DRAWN, SEAL} & words.keys():  # whoever takes one of them away has the others left
            yield Exhibit(where, suffix, content, words, named)
        elif suffix == "svg":
            yield Exhibit(where, "foreign", why="It is a drawing without the words that ours have.")
        elif suffix == "pdf":
            yield from _whole(where, content, ".pdf", runs, [Exhibit(where, "pages", content, words, named)])
        else:
            yield Exhibit(where, "picture", content, words, named)

    return look


def _picture(where: str, content: bytes, runs: Runs, named: str, room: Room) -> Iterator[Exhibit]:
    """A picture of another format."""
    yield Exhibit(where, "picture", content, named=named)


def _archive(where: str, content: bytes, runs: Runs, named: str, room: Room) -> Iterator[Exhibit]:
    """A pack, an office document, a workbook, or a zip of any files."""
    files = room.unpacked(content, where)
    room.deep += 1
    yield from _unpacked(where, content, runs, room, files)
    room.deep -= 1


def _unpacked(where: str, content: bytes, runs: Runs, room: Room, files: dict[str, bytes]) -> Iterator[Exhibit]:
    """What the files of an archive are."""
    if "run.json" in files and "datapackage.json" in files:
        runs.learn(files["run.json"].decode("utf8", "replace"))
        yield Exhibit(where, "pack", content, files=files)
    elif "[Content_Types].xml" in files or "mimetype" in files:
        if "xl/workbook.xml" in files and (text := record_in(content, ".xlsx")):
            runs.learn(text)
            yield Exhibit(where, "book", content)
        found = [
            exhibit
            for place, part, beside in documents.pictures(files)
            for exhibit in exhibits(f"{where}: {place}", part, runs, named_in(beside), room)
        ]
        if not found and documents.elsewhere(files):
            found = [Exhibit(where, "foreign", why="It holds no picture, only links to some, which are not fetched.")]
        yield from _whole(where, content, ".docx", runs, found)
    else:
        for name, part in files.items():
            yield from exhibits(f"{where}: {name}", part, runs, room=room)


def _text(where: str, content: bytes, runs: Runs, named: str, room: Room) -> Iterator[Exhibit]:
    """A record, a page of the web, or a table."""
    text = content.decode("utf8", "replace")
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError) as error:
        kept = None
        if FORM in text[:100]:
            yield Exhibit(where, "damaged", why=f"It is the record of a run, and cannot be read: {error}.")
            return
    if isinstance(kept, dict) and str(kept.get("schema", "")).startswith(FORM):
        runs.learn(text)
        yield Exhibit(where, "record", content)
        return
    if _is_web(content):
        drawings = documents.drawings(text)
        found = [each for place, part in drawings for each in exhibits(f"{where}: {place}", part, runs, room=room)]
        yield from _whole(where, content, ".html", runs, found)
        return
    yield Exhibit(where, "table", content)


def _whole(where: str, content: bytes, suffix: str, runs: Runs, found: Sequence[Exhibit]) -> Iterator[Exhibit]:
    """A document as one, where it has the record of a report; else what is in it."""
    text = record_in(content, suffix)
    if text and runs.learn(text):
        yield Exhibit(where, "report", content, {RECORD: text}, kind=suffix, parts=tuple(found))
    else:
        yield from found


def named_in(text: str) -> str:
    """The id of a run that a text names first; empty where it names none."""
    found = _NAMED.search(text)
    return found[1] if found else ""


def _is_text(content: bytes) -> bool:
    """Whether a file holds letters alone."""
    with suppress(UnicodeDecodeError):
        return "\0" not in content.decode("utf8")
    return False


def _is_web(content: bytes) -> bool:
    """Whether a file is a page of the web."""
    return content[:1024].lstrip().lower().startswith((b"<!doctype html", b"<html"))


_LOOKS: tuple[tuple[Callable[[bytes], bool], Look], ...] = (
    (lambda content: content.startswith(b"\x89PNG"), _figure("png")),
    (lambda content: content[:1024].lstrip().startswith(b"%PDF-"), _figure("pdf")),
    (lambda content: content.startswith((b"PK\x03\x04", b"PK\x05\x06")), _archive),
    (
        lambda content: bool(_DRAWING.search(content[:4096])) and not _is_web(content) and _is_text(content),
        _figure("svg"),
    ),
    (lambda content: content.startswith(_PICTURES), _picture),
    (_is_text, _text),
)
