"""CSV and Parquet: a table with one job a row; its columns have our names, usual ones, or names that the user maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.formatting import escape, nearest_name, short_repr, unknown_name
from sim.queue.jobs import Integers
from sim.queue.logs import records, values
from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.records import CODE, MISSING, Header, Reading, Records, first_fault, plausible
from sim.queue.logs.source import Source
from sim.queue.logs.texts import Layout, Names, by_text, job_names, moments, numbers, text_tables
from sim.queue.logs.values import NOTHING, Moments, Numbers, from_floats, located, number, sound

# Our name of a column -> what it is often called; capitals and hyphens do not matter.
ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("job_id", "jobid", "job", "job_number", "id_job"),
    "submit": ("submit_time", "time_submit", "submitted", "submission_time", "submit_seconds", "submitted_time"),
    "start": ("start_time", "time_start", "started", "start_seconds"),
    "end": ("end_time", "time_end", "ended", "end_seconds", "finish_time", "finished_time"),
    "run": ("run_time", "runtime", "run_seconds", "duration", "elapsed"),
    "gpus": (
        *("gpu", "num_gpus", "gpu_num", "n_gpus", "gpu_count", "gpus_requested"),
        # logs of machines without GPUs: what the queue allocates is then a processor
        *("procs", "processors", "num_procs", "n_procs", "cpus", "cores", "requested_procs", "size"),
    ),
    "request": (
        *("requested_time", "request_seconds", "time_limit", "timelimit"),
        *("walltime", "wall_time", "walltime_req"),
    ),
    "user": ("user_id", "username", "user_name", "id_user"),
    "group": ("account", "tier", "project", "vc", "team"),
    "partition": ("queue",),
}
_BATCH_ROWS = 1 << 17


def columns_of(origin: str, names: Sequence[str], mapped: Mapping[str, str]) -> dict[str, str]:
    """Our name of a column -> the file's; LogError with every name that is not there."""
    faults = [f"--column {ours}: {unknown_name('column', ours, ALIASES)}" for ours in mapped if ours not in ALIASES]
    faults += [
        f"--column {o}={escape(t)}: {unknown_name('column', t, names)}" for o, t in mapped.items() if t not in names
    ]
    if faults:
        raise LogError(origin, faults)
    folded = {name.strip().casefold().replace("-", "_").replace(" ", "_"): name for name in reversed(names)}
    at = {}
    for ours, others in ALIASES.items():
        found = [folded[name] for name in (ours, *others) if name in folded]
        if ours in mapped or found:
            at[ours] = mapped.get(ours) or found[0]
    lacking = [ours for ours in ("submit", "gpus") if ours not in at]
    if "run" not in at:
        lacking += [ours for ours in ("start", "end") if ours not in at][: 2 if "end" in at or "start" in at else 0]
        lacking += [] if "end" in at or "start" in at else ["run"]
    if lacking:
        raise LogError(origin, [_lacking(ours, names, set(at.values())) for ours in lacking])
    return at


def _lacking(ours: str, names: Sequence[str], taken: set[str]) -> str:
    """Sentence for a column that is needed and not there."""
    free = [name for name in names if name not in taken]
    near = nearest_name(ours, free) or next((name for name in free if ours.rstrip("s") in name.casefold()), None)
    there = ", ".join(escape(name) for name in names[:16]) + (", ..." if len(names) > 16 else "")
    also = " (or start and end)" if ours == "run" else ""
    hint = (
        f"did you mean --column {ours}={escape(near)}?"
        if near
        else f"name it: --column {ours}=NAME; there are: {there}"
    )
    return f"no column {short_repr(ours)}{also}; {hint}"


def read_csv(source: Source, chosen: Reading, header: Header, faults: Faults) -> Iterator[Records]:
    """The records of a CSV file with a header line, chunk by chunk."""
    names = Names(header.user_names), Names(header.group_names)
    for layout, columns, lines in text_tables(source, lambda line: _under(line, source.origin, chosen), faults):
        header.has_request = "request" in layout.at
        yield _records(columns, lines, layout.at, chosen, *names)


def _under(text: str, origin: str, chosen: Reading) -> Layout:
    """The layout of the lines below a header."""
    if len(chosen.delimiter) != 1 or not chosen.delimiter.isascii() or chosen.delimiter in '"\r\n':
        raise LogError(origin, [f"--delimiter {short_repr(chosen.delimiter)}: must be a single character"])
    if chosen.delimiter not in text:
        other = next((mark for mark in (";", "\t", "|", ",") if mark in text), None)
        hint = f"; did you mean --delimiter {short_repr(other)}?" if other else ""
        raise LogError(origin, [f"line 1 has no {short_repr(chosen.delimiter)} between names of columns{hint}"])
    names = tuple(name.strip().strip('"') for name in text.split(chosen.delimiter))
    return Layout(names, columns_of(origin, names, chosen.columns), chosen.delimiter, quoted=True)


def read_parquet(source: Source, chosen: Reading, header: Header, faults: Faults) -> Iterator[Records]:
    """The records of a Parquet file, batch by batch."""
    import pyarrow as pa
    from pyarrow import parquet

    names = Names(header.user_names), Names(header.group_names)
    try:
        with parquet.ParquetFile(source.path) as file:
            at = columns_of(source.origin, file.schema_arrow.names, chosen.columns)
            header.has_request = "request" in at
            wanted, row = list(dict.fromkeys(at.values())), 1
            for batch in file.iter_batches(_BATCH_ROWS, columns=wanted, use_threads=False):
                columns = pa.Table.from_batches([batch])
                yield _records(columns, np.arange(row, row + batch.num_rows), at, chosen, *names)
                row += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise LogError(source.origin, [f"is no sound Parquet file: {escape(str(error))}"]) from None


def _records(
    columns: Any, lines: Integers, at: dict[str, str], chosen: Reading, users: Names, groups: Names
) -> Records:
    """A chunk of the table by its meaning."""
    n, where = len(lines), values.zone(chosen.time_zone)
    times = values.in_order(
        {name: _moments(columns[at[name]], where) for name in ("submit", "start", "end") if name in at}
    )
    counted: dict[str, Numbers] = {
        name: _numbers(columns[at[name]], values.duration) for name in ("run", "request") if name in at
    }
    # A fraction of a GPU is a fault: the queue has no halves, and a rounded one would be another machine.
    gpus, gpus_fault, part = _numbers(columns[at["gpus"]], _count)
    counted["gpus"] = gpus, np.where(part, CODE["part_gpu"], gpus_fault).astype(np.int8), np.zeros(n, np.bool_)
    fault = first_fault(*(t.fault for t in times.values()), *(values[1] for values in counted.values()))
    nothing = np.full(n, MISSING)
    run = counted["run"][0] if "run" in counted else _between(times["start"].seconds, times["end"].seconds)
    start = times["start"].seconds if "start" in times else nothing
    if "start" not in times and "end" in times:
        start = np.where(
            (times["end"].seconds != MISSING) & (run > 0), times["end"].seconds - np.maximum(run, 0), MISSING
        )
    rounded = [*(t.rounded for t in times.values()), *(values[2] for values in counted.values())]
    return Records(
        line=lines,
        id=job_names(_strings(columns[at["id"]])) if "id" in at else lines,
        submit=plausible(times["submit"].seconds, records.LATEST_SECONDS, fault),
        run=plausible(run, records.LONGEST_SECONDS, fault),
        request=plausible(counted["request"][0], records.LONGEST_SECONDS, fault) if "request" in counted else nothing,
        gpus=plausible(counted["gpus"][0], records.MOST_GPUS, fault),
        user=users.numbers(_strings(columns[at["user"]])) if "user" in at else np.full(n, -1),
        group=groups.numbers(_strings(columns[at["group"]])) if "group" in at else np.full(n, -1),
        start=plausible(start, records.LATEST_SECONDS, fault),
        state=np.full(n, records.ENDED, np.int8),
        fault=fault,
        elsewhere=_elsewhere(columns, at, n, chosen.partitions),
        notes={**values.clock_changes(times.values()), "rounded": np.any(rounded, axis=0)},
    )


def _between(start: Integers, end: Integers) -> Integers:
    """Seconds from start to end where both are known."""
    known = (start != MISSING) & (end != MISSING)
    return np.where(known, np.where(known, end, 0) - np.where(known, start, 0), MISSING)


def _elsewhere(columns: Any, at: dict[str, str], n: int, partitions: Sequence[str]) -> NDArray[np.bool_]:
    """Records of other partitions than those wanted."""
    if not partitions:
        return np.zeros(n, np.bool_)
    if "partition" not in at:
        raise LogError("--partition", ["the log has no column of partitions; name it: --column partition=NAME"])
    each, position = by_text(_strings(columns[at["partition"]]), lambda text: text not in partitions)
    return np.array(each, np.bool_)[position]


# --- columns of whatever type ---


def _count(text: str) -> tuple[int, int, bool]:
    """A number in text."""
    text = text.strip()
    return (MISSING, 0, False) if text.casefold() in NOTHING - {"nan"} else number(text.encode())


def _strings(column: Any) -> Any:
    """A column as Arrow strings."""
    import pyarrow as pa

    return column.combine_chunks().cast(pa.string())


def _numbers(column: Any, read: Callable[[str], tuple[int, int, bool]]) -> Numbers:
    """A column of numbers or durations, whatever its type."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_duration(kind):
        column = column.cast(pa.duration("ns")).cast(pa.int64()).cast(pa.float64(), safe=False)
        return from_floats(column.to_numpy(zero_copy_only=False) / 1e9)
    if pa.types.is_integer(kind) and column.null_count == 0:
        return sound(column.cast(pa.int64()).to_numpy())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return from_floats(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    integers = _integers(column)
    return integers if integers is not None else numbers(_strings(column), read)


def _integers(column: Any) -> Numbers | None:
    """A column of strings that are all whole numbers, at once."""
    import pyarrow as pa

    try:
        values = _strings(column).cast(pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return sound(values) if values.dtype == np.int64 else None


def _moments(column: Any, where: tzinfo) -> Moments:
    """A column of times, whatever its type."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_date(kind):
        column = column.cast(pa.timestamp("s"))
        kind = column.type
    if pa.types.is_timestamp(kind):
        seconds, fault, rounded = _seconds_of(column)
        if kind.tz is None:
            seconds, fold, gap = located(seconds, where)
            return Moments(seconds, fault, rounded, fold, gap)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        integers = _integers(column)
        if integers is None:
            return moments(_strings(column), where)
        seconds, fault, rounded = integers
    else:
        seconds, fault, rounded = _numbers(column, _count)
    n = len(seconds)
    return Moments(seconds, fault, rounded, np.zeros(n, np.int64), np.zeros(n, np.bool_))


def _seconds_of(column: Any) -> Numbers:
    """Whole seconds of a column of timestamps."""
    import pyarrow as pa

    units = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}
    known = column.combine_chunks().is_valid().to_numpy(zero_copy_only=False)
    ticks = column.cast(pa.timestamp(column.type.unit)).cast(pa.int64()).combine_chunks().fill_null(0)
    exact = ticks.to_numpy(zero_copy_only=False)
    per = int(units[column.type.unit])
    seconds = (exact + per // 2) // per
    return np.where(known, seconds, MISSING), np.zeros(len(exact), np.int8), known & (exact % per != 0)
