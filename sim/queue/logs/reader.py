"""A log file of any of the known formats, read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from sim.queue.disciplines.rules import choice_faults
from sim.queue.logs.effects import refuse_idle_zone, refuse_unread
from sim.queue.logs.foreign import TAB, foreign, table_mark
from sim.queue.logs.log import Log, LogBuilder
from sim.queue.logs.plausibility import check, refuse_spreadsheet, units_hint
from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.records import Header, Reading, Records
from sim.queue.logs.runs import DATED_SECONDS
from sim.queue.logs.sacct import looks_like_sacct, read_sacct
from sim.queue.logs.sacct_json import looks_like_sacct_json, read_sacct_json
from sim.queue.logs.source import BYTE_ORDER_MARK, Progress, Source
from sim.queue.logs.swf import looks_like_swf, read_swf
from sim.queue.logs.tables import read_csv, read_parquet
from sim.queue.logs.values import clock_seconds, dated, zone

Reader = Callable[[Source, Reading, Header, Faults], Iterator[Records]]
READERS: dict[str, Reader] = {
    "swf": read_swf,
    "sacct": read_sacct,
    "sacct-json": read_sacct_json,
    "csv": read_csv,
    "parquet": read_parquet,
}
CHOICES: dict[str, tuple[str, ...]] = {
    "format": ("auto", *READERS),
    "count": ("gpus", "nodes", "cpus"),
    "over_request": ("kill", "extend"),
    "no_request": ("reject", "run"),
    "eligible": ("use", "ignore"),
    "on_error": ("report", "refuse"),
}
COMMA = ","  # the delimiter that says nothing about the format
_UNREADABLE = ("columns", "text", "quote", "number", "not_finite", "huge", "time", "ambiguous", "duration", "resources")


def read_log(
    path: str | Path,
    *,
    format: str = "auto",
    gpus: int | None = None,
    count: str = "gpus",
    over_request: str = "kill",
    no_request: str = "reject",
    on_error: str = "report",
    partitions: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
    time_zone: str | None = None,
    columns: Mapping[str, str] | None = None,
    delimiter: str = COMMA,
    cluster: str | None = None,
    eligible: str = "use",
    zone_must_matter: bool = False,
    progress: Progress | None = None,
) -> Log:
    """The jobs of a log; LogError where it cannot be read, or has a fault and `on_error` is `refuse`.

    format: `swf`, `sacct` (--parsable2), `sacct-json`, `csv`, `parquet`, or `auto`, which looks into the file.
    gpus: size of the machine; a replay leaves larger jobs out, and counts them with their work. None takes an SWF
        header's MaxProcs. A job that is larger than both is a fault.
    count: what a job of a sacct log holds: `gpus`, `nodes` or `cpus`.
    over_request: a job that ran longer than its time limit is killed there (`kill`), or its limit is extended.
    no_request: a job without a time limit is left out (`reject`), or its run time stands in (`run`).
    partitions: only these. since, until: only jobs submitted from `since` to before `until`, seconds of the log's
        clock or dates. time_zone: of dates that do not say, an IANA name or +02:00; None takes that of an SWF header,
        else UTC.
    columns: for CSV and Parquet, our name of a column -> the file's, perhaps with a unit (`limit:minutes`), for `gpus`
        also a product (`nodes*4`). delimiter: of CSV, `tab` for the tabulator; any but the comma makes a text CSV.
    cluster: of a log of several, or `all` to take them for one machine.
    eligible: a job that had to await another or a date is submitted when it could start (`use`), or when it was
        submitted in fact (`ignore`).
    zone_must_matter: refuse a time zone that no time of the log and no date needs.

    A choice that says nothing about a log of the format is refused, unless it is the default.
    """
    if not str(path).strip():
        raise LogError("log", ["no file is named"])
    chosen = Reading(
        format, gpus, count, over_request, no_request, on_error, tuple(partitions), since, until, time_zone,
        columns or {}, TAB if delimiter in ("\\t", "tab") else delimiter, cluster, eligible,
    )  # fmt: skip
    _refuse_unknown(str(path), chosen)
    return _read(Path(path), chosen, progress, zone_must_matter)


def _refuse_unknown(origin: str, chosen: Reading) -> None:
    """LogError for choices that there are not."""
    faults = [f for name, known in CHOICES.items() for f in choice_faults(name, getattr(chosen, name), known)]
    if chosen.gpus is not None and chosen.gpus < 1:
        faults.append(f"gpus = {chosen.gpus}: must be at least 1 GPU")
    if faults:
        raise LogError(origin, faults)
    zone(chosen.time_zone or "UTC")


def _read(path: Path, chosen: Reading, progress: Progress | None, zone_must_matter: bool) -> Log:
    """Read with choices that are known to make sense."""
    found = Faults()
    source = Source(path, found, progress)
    try:
        file_format = chosen.format if chosen.format != "auto" else _recognised(source, chosen.delimiter)
        refuse_unread(source.origin, file_format, chosen)
        header = Header()
        builder: LogBuilder | None = None
        for records in READERS[file_format](source, chosen, header, found):
            if file_format != "swf" and (records.submit >= DATED_SECONDS).any():
                header.start_epoch = 0
            # only now, for the header of an SWF file may date its second 0
            builder = builder or LogBuilder(chosen, header, found, _window(source.origin, chosen, header))
            builder.add(records)
    finally:
        source.close()
    if builder is None or not builder.records:
        raise LogError(source.origin, [f"holds no record ({file_format})", *found.sentences("fault")])
    refuse_spreadsheet(source.origin, chosen, header, builder.counts)
    log = builder.log(source.origin, file_format)
    _refuse_if_bad(log, chosen, builder.submitted)
    check(log, chosen, header, builder.counts)
    if zone_must_matter:
        refuse_idle_zone(source.origin, file_format, chosen, partial(_again, path, file_format))
    return log


def _again(path: Path, file_format: str, chosen: Reading) -> Iterator[Records]:
    """The records of the log once more, under another choice."""
    source = Source(path, Faults())
    try:
        yield from READERS[file_format](source, chosen, Header(), source.faults)
    finally:
        source.close()


def _recognised(source: Source, delimiter: str) -> str:
    """The format that the file begins like; LogError with the way out where it is another."""
    if source.is_parquet:
        return "parquet"
    if looks_like_sacct_json(source.head):
        return "sacct-json"
    name = source.path.name.casefold().removesuffix(".gz")
    if (fault := foreign(source.head, name)) is not None:
        raise LogError(source.origin, [fault])
    lines = source.head.removeprefix(BYTE_ORDER_MARK).splitlines()
    first = next((line for line in lines if line.strip()), b"")
    if looks_like_sacct(first) and (delimiter == COMMA or b"TRES" in first or b"GRES" in first):
        return "sacct"
    # a column without a name before a semicolon begins as a comment does
    if looks_like_swf(first) and (delimiter == COMMA or first.count(delimiter.encode()) < 2):
        return "swf"
    if delimiter != COMMA:
        return "csv"
    if name.endswith((".csv", ".tsv")) or table_mark(source.head):
        return "csv"
    known = ", ".join(READERS)
    raise LogError(source.origin, [f"line 1 begins like no format that is known; --format names it: {known}"])


def _window(origin: str, chosen: Reading, header: Header) -> tuple[int | None, int | None]:
    """First second wanted and first second no longer wanted, on the log's clock."""
    first, end = (
        None if text is None else clock_seconds(origin, option, text, header.start_epoch, header.zone_name(chosen))
        for option, text in (("since", chosen.since), ("until", chosen.until))
    )
    return first, end


def _refuse_if_bad(log: Log, chosen: Reading, submitted: Sequence[int]) -> None:
    """LogError where nothing is left to replay, most is unreadable, or the user wants no fault at all.

    submitted: the first and the last second of a submission, in the dates that are wanted or outside.
    """
    unreadable = sum(f.count for kind, f in log.faults.of("fault").items() if kind in _UNREADABLE)
    faults = log.faults.sentences("fault")
    if chosen.on_error == "refuse" and faults:
        raise LogError(log.source, faults)
    if not len(log):
        left_out = [*log.faults.sentences("left_out"), *_span(log, submitted), *units_hint(log)]
        raise LogError(log.source, ["no job is left to replay", *faults, *left_out])
    if unreadable > log.records - unreadable:
        raise LogError(log.source, [f"more lines are broken than good: is it {log.format}?", *faults])


def _span(log: Log, submitted: Sequence[int]) -> list[str]:
    """What the log spans, where nothing is left of it that was submitted in the dates."""
    if "outside" not in log.faults.found or not submitted:
        return []
    first, last = dated(np.array(submitted), log.start_epoch, log.time_zone)
    return [f"the log spans {first} to {last}" + (f" {log.time_zone}" if log.start_epoch is not None else "")]
