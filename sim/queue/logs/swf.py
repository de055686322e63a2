"""The Standard Workload Format of the Parallel Workloads Archive: 18 numbers a line, -1 where nothing is known.

https://www.cs.huji.ac.il/labs/parallel/workload/swf.html. A chunk whose lines are all whole numbers is parsed at once;
where it is not, its parts are, and only the lines about the odd one are taken one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.queue.logs import records
from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.records import MISSING, Header, Reading, Records, plausible
from sim.queue.logs.source import Source
from sim.queue.logs.values import EXACT, INTEGER, MOST_DIGITS, known_zone, nearest_integers, number

FIELDS = 18
# Columns that are read, by their number in the format, from 1.
_ID, _SUBMIT, _WAIT, _RUN, _USED, _ASKED, _REQUEST, _STATUS, _USER, _GROUP, _QUEUE, _PARTITION = COLUMNS = (
    *(1, 2, 3, 4, 5, 8, 9),
    *(11, 12, 13, 15, 16),
)
_READ = itemgetter(*(column - 1 for column in COLUMNS))
_PARTS, _CANCELLED = (2, 3, 4), 5  # values of the status
_COMMENT = b";"
_HEADER = re.compile(rb";\s*(MaxProcs|UnixStartTime)\s*:\s*(-?\d{1,15})\b")
_ZONE = re.compile(rb";\s*TimeZoneString\s*:\s*([\w+/-]{1,64})\s")
_OFFSET = re.compile(rb";\s*TimeZone\s*:\s*(-?\d{1,5})\b")
_SPACES = bytes.maketrans(b"\t\r\v\f", b"    ")
_SPACE, _END = ord(" "), ord("\n")
_POINT = ord(".")
_DECIMAL = np.isin(np.arange(256), np.frombuffer(b"0123456789-.", np.uint8))  # [byte]

Values = dict[int, NDArray[Any]]
"""Number of a column -> its values [line]."""


def looks_like_swf(line: bytes) -> bool:
    """True for a comment, and for 18 fields the first of which is a number."""
    fields = line.split()
    return line.lstrip().startswith(_COMMENT) or (len(fields) == FIELDS and bool(INTEGER.fullmatch(fields[0])))


def read_swf(source: Source, chosen: Reading, header: Header, faults: Faults) -> Iterator[Records]:
    """The records of an SWF file chunk by chunk; fills `header` on the way."""
    for first_line, chunk in source.chunks():
        if _COMMENT in chunk:
            _read_header(chunk, header)
        yield _records(*_parsed(chunk, first_line, faults), chosen, header.partitions)


def _read_header(chunk: bytes, header: Header) -> None:
    """What the comments say about the machine and the clock."""
    found = {name: int(value) for name, value in _HEADER.findall(chunk)}
    if found.get(b"MaxProcs", -1) > 0 and not header.machine_gpus:
        header.machine_gpus = found[b"MaxProcs"]
    if found.get(b"UnixStartTime", -1) > 0 and header.start_epoch is None:
        header.start_epoch = found[b"UnixStartTime"]
    if header.time_zone is None:
        header.time_zone = _zone_name(chunk)


def _zone_name(chunk: bytes) -> str | None:
    """The zone that the comments name, or the seconds by which it is before UTC; None where nothing of it is known."""
    if (named := _ZONE.search(chunk)) and known_zone(named[1].decode()):
        return named[1].decode()
    if not (offset := _OFFSET.search(chunk)):
        return None
    hours, minutes = divmod(abs(int(offset[1])) // 60, 60)
    name = f"{'-' if int(offset[1]) < 0 else '+'}{hours:02}:{minutes:02}"
    return name if known_zone(name) else None


Parsed = tuple[NDArray[np.int64], Values, dict[str, Any]]


def _parsed(chunk: bytes, first_line: int, faults: Faults) -> Parsed:
    """(line numbers, values, what is odd about them): all lines at once if they are clean, else the odd ones apart."""
    text = _squeezed(chunk)
    count = int(np.count_nonzero(text == _END))
    if (clean := _fast(text, count)) is not None:
        return np.arange(first_line, first_line + count), *clean
    odd, lengths = _odd_lines(text)
    good = _fast(text[np.repeat(~odd, lengths)], int(count - odd.sum())) if not odd.all() else None
    if good is None:
        odd[:] = True
    lines = chunk.split(b"\n")
    slow = _slow([(first_line + int(place), lines[place]) for place in np.flatnonzero(odd)], faults)
    if good is None:
        return slow
    return _merged((first_line + np.flatnonzero(~odd), *good), slow)


def _odd_lines(text: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Lines that are no 18 short decimal numbers, and the length of each line in bytes; [line]."""
    ends = np.flatnonzero(text == _END)
    begins = np.append(0, ends[:-1] + 1)
    between = (text == _SPACE) | (text == _END)
    odd = np.add.reduceat(between, begins, dtype=np.int64) != FIELDS
    odd |= np.logical_or.reduceat(~(between | _DECIMAL[text]), begins)
    marks = np.flatnonzero(between)
    long = marks[np.diff(marks, prepend=-1) > MOST_DIGITS]
    odd[np.searchsorted(ends, long)] = True
    return odd, ends + 1 - begins


def _merged(one: Parsed, other: Parsed) -> Parsed:
    """The lines of both, in order."""
    lines = np.concatenate([one[0], other[0]])
    order = np.argsort(lines)
    values = {column: np.concatenate([one[1][column], other[1][column]])[order] for column in COLUMNS}
    odd = {}
    for name, kind in (("fault", np.int8), ("rounded", np.bool_)):
        parts = [part[2].get(name, np.zeros(len(part[0]), kind)) for part in (one, other)]
        odd[name] = np.concatenate(parts)[order]
    return lines[order], values, odd


def _fast(text: NDArray[np.uint8], lines: int) -> tuple[Values, dict[str, Any]] | None:
    """The columns of clean lines and what is odd about them, or None where a line needs a closer look."""
    values = _columns(text, lines, "int64")
    if values is not None:
        return values, {}
    values = _columns(text, lines, "float64") if (text == _POINT).any() else None
    if values is None or not all((np.abs(column) < EXACT).all() for column in values.values()):
        return None
    integers = {name: nearest_integers(column) for name, column in values.items()}
    return integers, {"rounded": np.any([integers[name] != values[name] for name in COLUMNS], axis=0)}


def _columns(text: NDArray[np.uint8], lines: int, kind: str) -> Values | None:
    """The columns as numbers of one kind; None where a field is no such number or a line no record."""
    import pyarrow as pa
    from pyarrow import csv

    names = [str(name) for name in range(1, FIELDS + 1)]
    wanted = [str(name) for name in COLUMNS]
    types = dict.fromkeys(wanted, pa.type_for_alias(kind))
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(text)),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=len(text) + 1),
            csv.ParseOptions(delimiter=" ", quote_char=False, escape_char=False, ignore_empty_lines=False),
            csv.ConvertOptions(include_columns=wanted, column_types=types, null_values=[]),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != lines:
        return None
    # not by `to_numpy`, which imports pandas
    return {name: np.from_dlpack(table[str(name)].combine_chunks()) for name in COLUMNS}


def _squeezed(chunk: bytes) -> NDArray[np.uint8]:
    """The text with one space between fields, and none at either end of a line."""
    text = np.frombuffer(chunk.translate(_SPACES), np.uint8)
    space = text == _SPACE
    kept = np.empty(len(text), np.bool_)
    kept[:1] = ~space[:1]
    kept[1:] = ~(space[1:] & (space[:-1] | (text[:-1] == _END)))
    text = text[kept]
    trailing = (text[:-1] == _SPACE) & (text[1:] == _END)
    return text[np.append(~trailing, True)] if trailing.any() else text


def _slow(lines: Sequence[tuple[int, bytes]], faults: Faults) -> Parsed:
    """Line by line: comments and empty lines are none, lines of another shape faults; values may have fractions."""
    numbers, rows, codes, rounded = [], [], [], []
    for place, line in lines:
        fields = line.split()
        if not fields or fields[0].startswith(_COMMENT):
            continue
        if len(fields) != FIELDS:
            faults.add("columns", [place])
            continue
        values = _integer_fields(fields) or [number(field) for field in _READ(fields)]
        numbers.append(place)
        rows.append([value for value, _, _ in values])
        codes.append(next((code for _, code, _ in values if code), 0))
        rounded.append(any(fraction for _, _, fraction in values))
    table = np.array(rows, np.int64).reshape(-1, len(COLUMNS))
    odd = {"fault": np.array(codes, np.int8), "rounded": np.array(rounded, np.bool_)}
    return np.array(numbers, np.int64), {column: table[:, n] for n, column in enumerate(COLUMNS)}, odd


def _integer_fields(fields: list[bytes]) -> list[tuple[int, int, bool]] | None:
    """The fields of a line as `number` gives them if all are whole numbers, the usual case; else None."""
    read = _READ(fields)
    try:
        integers = [int(field) for field in read]
    except ValueError:
        return None
    # int() takes 1_000 for a number, and numbers of any length
    if any(len(field) > MOST_DIGITS or b"_" in field for field in read):
        return None
    return [(value, 0, False) for value in integers]


def _records(
    lines: NDArray[np.int64], values: Values, odd: dict[str, Any], chosen: Reading, partitions: set[str]
) -> Records:
    """The columns by their meaning; -1 means that nothing is known. `partitions` gets those there are."""
    n = len(lines)
    fault = odd.get("fault", np.zeros(n, np.int8))
    known = {column: np.where(values[column] == -1, MISSING, values[column]) for column in (_WAIT, _RUN, _REQUEST)}
    asked, used, status = values[_ASKED], values[_USED], values[_STATUS]
    submit = plausible(values[_SUBMIT], records.LATEST_SECONDS, fault)
    wait = plausible(known[_WAIT], records.LATEST_SECONDS, fault)
    gpus = plausible(np.where(asked > 0, asked, used), records.MOST_GPUS, fault)
    state = np.full(n, records.ENDED, np.int8)
    state[status == _CANCELLED] = records.CANCELLED
    state[np.isin(status, _PARTS)] = records.PART
    notes = {"gpus_from_used": (asked <= 0) & (used > 0)}
    if "rounded" in odd:
        notes["rounded"] = odd["rounded"]
    return Records(
        line=lines,
        id=values[_ID],
        submit=submit,
        run=plausible(known[_RUN], records.LONGEST_SECONDS, fault),
        request=plausible(known[_REQUEST], records.LONGEST_SECONDS, fault),
        gpus=np.where(gpus == -1, MISSING, gpus),
        user=values[_USER],
        group=values[_GROUP],
        start=np.where((wait >= 0) & (submit >= 0), submit + np.maximum(wait, 0), MISSING),
        state=state,
        fault=fault,
        elsewhere=_elsewhere(values, chosen.partitions, partitions),
        notes=notes,
    )


def _elsewhere(values: Values, partitions: Sequence[str], seen: set[str]) -> NDArray[np.bool_]:
    """Records whose queue and partition numbers are both none of those wanted; `seen` gets all numbers."""
    if not partitions:
        return np.zeros(len(values[_ID]), np.bool_)
    wanted = [int(name) for name in partitions if name.lstrip("-").isdecimal()]
    if len(wanted) < len(partitions):
        raise LogError("--partition", ["an SWF log numbers its partitions and queues; write a whole number"])
    numbers = set(np.unique([values[_PARTITION], values[_QUEUE]]).tolist())
    seen.update(map(str, numbers))
    seen.update(name for name in partitions if int(name) in numbers)  # 02 is 2
    return ~(np.isin(values[_PARTITION], wanted) | np.isin(values[_QUEUE], wanted))
