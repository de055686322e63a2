"""Columns of delimited text as Arrow strings: a chunk at once where it is clean, else line by line."""

from __future__ import annotations

import csv as plain_csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.queue.logs.forms import day_first
from sim.queue.logs.problems import Faults
from sim.queue.logs.records import MISSING
from sim.queue.logs.source import BYTE_ORDER_MARK, Source
from sim.queue.logs.values import NOTHING, Moments, Numbers, gathered, known_zone, located, moment, sound

T = TypeVar("T")
_SPELLINGS = ("", "Unknown", "None", "NONE", "N/A")  # of no value at all, in times
_ZONELESS = "timestamp[s]"
_OFFSET = re.compile(r":\d\d(?:\.\d+)?\s*([+-]\d\d):?(\d\d)?\s*$")
_TIME_OF_DAY = re.compile(r"\d[-/. ].*\d:\d\d|\dT\d\d:?\d\d")
_SAYS_ZONE = re.compile(r"(?:Z|UTC|GMT|:\d\d(?:\.\d+)?\s*[+-]\d\d(?::?\d\d)?)\s*$", re.IGNORECASE)
_SHOWN = 1_000  # first records, by which the offset of a file is known


class Layout(NamedTuple):
    """How lines of text are divided."""

    names: tuple[str, ...]  # of the columns
    at: dict[str, str]  # of the columns that are read: the name by which we know it -> its name here
    delimiter: str
    quoted: bool  # a field may stand in quotation marks

    @property
    def wanted(self) -> list[str]:
        """Names of the columns that are read, each once."""
        return list(dict.fromkeys(self.at.values()))


def text_tables(
    source: Source, under: Callable[[str], Layout], faults: Faults
) -> Iterator[tuple[Layout, Any, NDArray[np.int64]]]:
    """(layout, Arrow table of strings, line numbers) chunk by chunk; `under` makes the layout of the header line.

    Lines of another shape are counted and left out.
    """
    layout: Layout | None = None
    for line, content in source.chunks():
        chunk = content
        if layout is None:
            first, _, chunk = content.lstrip(b"\r\n").partition(b"\n")
            line += content.count(b"\n") - chunk.count(b"\n")
            layout = under(first.removeprefix(BYTE_ORDER_MARK).decode("utf8", "replace").rstrip("\r"))
        table = _fast(chunk, layout)
        if table is None:
            table, lines = _slow(chunk, line, layout, faults)
        else:
            lines = np.arange(line, line + table.num_rows)
        if len(lines):
            yield layout, table, lines


def _fast(chunk: bytes, layout: Layout) -> Any:
    """The table of clean lines, or None where any line is not."""
    import pyarrow as pa
    from pyarrow import csv

    # Arrow finds columns by name: of equal ones the first keeps it
    names = [name if layout.names.index(name) == n else f"{name} ({n})" for n, name in enumerate(layout.names)]
    try:
        table = csv.read_csv(
            pa.BufferReader(chunk),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=len(chunk) + 1),
            csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char='"' if layout.quoted else False,
                double_quote=layout.quoted,
                ignore_empty_lines=True,  # a number of rows below that of lines shows that there were some
            ),
            csv.ConvertOptions(
                include_columns=layout.wanted,
                column_types=dict.fromkeys(layout.wanted, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, ValueError):
        return None
    return table if table.num_rows == chunk.count(b"\n") and b"\0" not in chunk else None


def _slow(chunk: bytes, first_line: int, layout: Layout, faults: Faults) -> tuple[Any, NDArray[np.int64]]:
    """Line by line."""
    import pyarrow as pa

    places = [layout.names.index(name) for name in layout.wanted]
    lines, rows = [], []
    for line, content in enumerate(chunk.split(b"\n")[:-1], first_line):
        if not content.strip():
            continue
        fields = _fields(content.removesuffix(b"\r"), layout)
        if isinstance(fields, str):
            faults.add(fields, [line])
        else:
            lines.append(line)
            rows.append([fields[place] for place in places])
    columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(len(places))]
    return pa.table(columns, names=layout.wanted), np.array(lines, np.int64)


def _fields(content: bytes, layout: Layout) -> list[str] | str:
    """The fields of a line, or the kind of its fault."""
    try:
        text = content.decode("utf8")
    except UnicodeDecodeError:
        return "text"
    if "\0" in text:
        return "text"
    if layout.quoted and '"' in text:
        try:
            [fields] = plain_csv.reader([text], delimiter=layout.delimiter, strict=True)
        except (plain_csv.Error, ValueError):
            return "quote"
    else:
        fields = text.split(layout.delimiter)
    return fields if len(fields) == len(layout.names) else "columns"


# --- what a column of strings means ---


def by_text(column: Any, read: Callable[[str], T]) -> tuple[list[T], NDArray[np.int64]]:
    """What `read` makes of each different text, and the position of each record's text among them [record]."""
    import pyarrow as pa

    encoded = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = encoded.cast(pa.string()).fill_null("").dictionary_encode()
    return [read(text) for text in encoded.dictionary.to_pylist()], encoded.indices.to_numpy().astype(np.int64)


def elsewhere(column: Any, wanted: Sequence[str], seen: set[str], mark: str | None = None) -> NDArray[np.bool_]:
    """Records [record] of other partitions than those wanted; `seen` gets all. `mark`: between several of one."""

    def other(text: str) -> bool:
        """Whether none of them is wanted."""
        names = text.split(mark) if mark else [text]
        seen.update(names)
        return not set(names) & set(wanted)

    each, position = by_text(column, other)
    return np.array(each, np.bool_)[position]


def numbers(column: Any, read: Callable[[str], tuple[int, int, bool]]) -> Numbers:
    """A column of numbers: (value, fault, rounded) of `read`, each [record]."""
    each, position = by_text(column, read)
    table = np.array(each, np.int64).reshape(-1, 3)[position]
    return table[:, 0], table[:, 1].astype(np.int8), table[:, 2].astype(np.bool_)


def moments(column: Any, where: tzinfo, order: Dates | None = None) -> Moments:
    """A column of times. Most logs write all of them alike, in a way that Arrow knows; `order` knows of the others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    nothing = pc.is_in(text, value_set=pa.array(_SPELLINGS))
    if len(text) and not pc.all(nothing).as_py():
        try:
            dates = pc.if_else(nothing, None, text).cast(_ZONELESS)
        except pa.ArrowInvalid:
            dates = None
        if dates is not None:
            if order:
                order.local = True
            return _all_local(dates, where)
    each, position = by_text(text, partial(moment, day_first=order.day_first if order else None))
    if order:
        order.local |= any(one.local for one in each)
    return gathered(each, position, where)


class Dates:
    """What the dates of a file show: the order of those between strokes, and the offset from UTC that most have.

    day_first: they begin with the day; the first date that shows it decides. offset: as +02:00. local: some name no
    zone. zones: True where some of the first times say their zone, False where some do not.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.day_first: bool | None = None
        self.offset: str | None = None
        self.local = False
        self.zones: set[bool] = set()
        self._looked = False

    def learn(self, columns: Iterable[Any]) -> None:
        """Look at columns of times, those that are strings; the first one is that of the submissions."""
        import pyarrow as pa
        import pyarrow.compute as pc

        first, self._looked = not self._looked, True
        for place, column in enumerate(columns):
            if first and len(column):
                self.zones |= _zones(column)
            text = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
            if not len(text) or not (pa.types.is_string(text.type) or pa.types.is_large_string(text.type)):
                continue
            if place == 0 and self.offset is None:
                self.offset = _usual_offset(text[:_SHOWN].to_pylist())
            if self.day_first is not None:
                continue
            # a column that has none on its first row has none on the others, in all but the oddest logs
            strokes = text.filter(pc.match_substring(text, "/")) if "/" in str(text[:64]) else None
            if strokes is not None:
                self.day_first = day_first(strokes.unique().to_pylist())


def _zones(column: Any) -> set[bool]:
    """Whether the first times of a column, with a time of day, say their zone: True, False, both, or nothing known."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_timestamp(kind):
        return {kind.tz is not None}
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return set()
    return {bool(_SAYS_ZONE.search(text)) for text in column[:_SHOWN].to_pylist() if text and _TIME_OF_DAY.search(text)}


def _usual_offset(texts: Iterable[str | None]) -> str | None:
    """The offset from UTC that most of these times name; None where they name none, or only that of UTC itself.

    >>> _usual_offset(["2024-05-01T08:00:00+0200", "2024-05-01 08:00:00+02", None, "2024-05-01"])
    '+02:00'
    """
    found = Counter(":".join(m.groups("00")) for text in texts if text and (m := _OFFSET.search(text)))
    offset = found.most_common(1)[0][0] if found else "+00:00"
    return offset if not offset.endswith("00:00") and known_zone(offset) else None


def _all_local(dates: Any, where: tzinfo) -> Moments:
    """Times without a zone, null where there is none."""
    import pyarrow as pa

    known = dates.is_valid().to_numpy(zero_copy_only=False)
    seconds, fold, gap = located(dates.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), where)
    return Moments(*sound(np.where(known, seconds, MISSING)), np.where(known, fold, 0), gap & known)


class Names:
    """Numbers for names, in order of their first appearance; `names` is filled on the way."""

    def __init__(self, names: list[str]) -> None:
        """`names` starts empty."""
        self.names = names
        self._number: dict[str, int] = {}

    def numbers(self, column: Any) -> NDArray[np.int64]:
        """Number of the name [record]; -1 where there is none."""
        each, position = by_text(column, self._of)
        return np.array(each, np.int64)[position]

    def _of(self, name: str) -> int:
        """The number of one name."""
        if name.strip().casefold() in NOTHING:
            return -1
        if name not in self._number:
            self._number[name] = len(self.names)
            self.names.append(name)
        return self._number[name]


def job_names(column: Any) -> NDArray[Any]:
    """The names of jobs: int64 where all are whole numbers as a computer writes them, else NumPy strings."""
    import pyarrow as pa

    text = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    try:
        integers = text.cast(pa.int64())
        if integers.cast(text.type).equals(text):
            return np.asarray(integers.to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        pass
    return np.array(text.fill_null("").to_pylist(), dtype=np.dtypes.StringDType())
