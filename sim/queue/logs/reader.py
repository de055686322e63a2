"""A log file of any of the known formats, read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from sim.queue.disciplines.rules import choice_faults
from sim.queue.logs.log import Log, LogBuilder
from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.records import Header, Reading, Records
from sim.queue.logs.sacct import looks_like_sacct, read_sacct
from sim.queue.logs.source import Progress, Source
from sim.queue.logs.swf import looks_like_swf, read_swf
from sim.queue.logs.tables import read_csv, read_parquet
from sim.queue.logs.values import clock_seconds, zone

Reader = Callable[[Source, Reading, Header, Faults], Iterator[Records]]
READERS: dict[str, Reader] = {"swf": read_swf, "sacct": read_sacct, "csv": read_csv, "parquet": read_parquet}
CHOICES: dict[str, tuple[str, ...]] = {
    "format": ("auto", *READERS),
    "count": ("gpus", "nodes", "cpus"),
    "over_request": ("kill", "extend"),
    "no_request": ("reject", "run"),
    "on_error": ("report", "refuse"),
}
DATED_SECONDS = 315_532_800  # 1980 on the clock that counts from 1970: smaller numbers count from a second of their own
_UNREADABLE = ("columns", "text", "quote", "number", "not_finite", "huge", "time", "duration", "resources")


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
    time_zone: str = "UTC",
    columns: Mapping[str, str] | None = None,
    delimiter: str = ",",
    progress: Progress | None = None,
) -> Log:
    """The jobs of a log; LogError where it cannot be read, or has a fault and `on_error` is `refuse`.

    format: `swf`, `sacct` (--parsable2), `csv`, `parquet`, or `auto`, which looks into the file.
    gpus: size of the machine; larger jobs are left out. None takes an SWF header's MaxProcs.
    count: what a job of a sacct log holds: `gpus`, `nodes` or `cpus`.
    over_request: a job that ran longer than its time limit is killed there (`kill`), or its limit is extended.
    no_request: a job without a time limit is left out (`reject`), or its run time stands in (`run`).
    partitions: only these. since, until: only jobs submitted from `since` to before `until`, seconds of the log's
        clock or dates. time_zone: of dates that do not say, an IANA name.
    columns: for CSV and Parquet, our name of a column -> the file's. delimiter: of a CSV file.
    """
    if not str(path).strip():
        raise LogError("log", ["no file is named"])
    chosen = Reading(
        format, gpus, count, over_request, no_request, on_error, tuple(partitions), since, until, time_zone,
        columns or {}, delimiter,
    )  # fmt: skip
    faults = [f for name, known in CHOICES.items() for f in choice_faults(name, getattr(chosen, name), known)]
    if gpus is not None and gpus < 1:
        faults.append(f"gpus = {gpus}: must be at least 1 GPU")
    if faults:
        raise LogError(str(path), faults)
    zone(time_zone)
    return _read(Path(path), chosen, progress)


def _read(path: Path, chosen: Reading, progress: Progress | None) -> Log:
    """Read with choices that are known to make sense."""
    found = Faults()
    source = Source(path, found, progress)
    try:
        file_format = chosen.format if chosen.format != "auto" else _recognised(source)
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
    log = builder.log(source.origin, file_format)
    _refuse_if_bad(log, chosen)
    return log


def _recognised(source: Source) -> str:
    """The format that the file begins like."""
    if source.is_parquet:
        return "parquet"
    lines = source.head.removeprefix(b"\xef\xbb\xbf").splitlines()
    first = next((line for line in lines if line.strip()), b"")
    if looks_like_swf(first):
        return "swf"
    if looks_like_sacct(first):
        return "sacct"
    if b"," in first or source.path.name.removesuffix(".gz").endswith(".csv"):
        return "csv"
    known = ", ".join(READERS)
    raise LogError(source.origin, [f"line 1 begins like no format that is known; --format names it: {known}"])


def _window(origin: str, chosen: Reading, header: Header) -> tuple[int | None, int | None]:
    """First second wanted and first second no longer wanted, on the log's clock."""
    first, end = (
        None if text is None else clock_seconds(origin, option, text, header.start_epoch, chosen.time_zone)
        for option, text in (("since", chosen.since), ("until", chosen.until))
    )
    return first, end


def _refuse_if_bad(log: Log, chosen: Reading) -> None:
    """LogError where nothing is left to replay, most is unreadable, or the user wants no fault at all."""
    unreadable = sum(f.count for kind, f in log.faults.of("fault").items() if kind in _UNREADABLE)
    faults = log.faults.sentences("fault")
    if chosen.on_error == "refuse" and faults:
        raise LogError(log.source, faults)
    if not len(log):
        raise LogError(log.source, ["no job is left to replay", *faults, *log.faults.sentences("left_out")])
    if unreadable > log.records - unreadable:
        raise LogError(log.source, [f"more lines are broken than good: is it {log.format}?", *faults])
