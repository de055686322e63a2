"""CSV and Parquet: a table with one job a row; its columns have our names, usual ones, or names that the user maps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.formatting import escape, join_words, short_repr, unknown_name
from sim.queue.jobs import Flags, Integers
from sim.queue.logs import proposals, records, sizes, values
from sim.queue.logs.foreign import MARKS, NO_HEADER, TAB, is_record, table_width
from sim.queue.logs.mapping import (
    DURATIONS,
    MINUTES_OF_LIMITS,
    SLURM_LIMITS,
    TIMES,
    Term,
    folded,
    is_slurm,
    scaled,
    terms,
)
from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.records import CODE, MISSING, Header, Reading, Records, first_fault, plausible
from sim.queue.logs.resources import gpus_of, size
from sim.queue.logs.runs import runs_of
from sim.queue.logs.samples import with_samples
from sim.queue.logs.source import Source
from sim.queue.logs.spreadsheets import are_compact, spreadsheet_counts
from sim.queue.logs.states import numbered_state, state
from sim.queue.logs.texts import Dates, Layout, Names, by_text, elsewhere, job_names, moments, numbers, text_tables
from sim.queue.logs.values import NOTHING, Moments, Numbers, from_floats, located, number, sound

# Our name of a column -> what it is often called; capitals and hyphens do not matter.
ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("job_id", "jobid", "jobidraw", "job", "job_number", "id_job"),
    "submit": ("submit_time", "time_submit", "submitted", "submission_time", "submit_seconds", "submitted_time"),
    "eligible": ("eligible_time", "time_eligible"),
    "start": ("start_time", "time_start", "started", "start_seconds"),
    "end": ("end_time", "time_end", "ended", "end_seconds", "finish_time", "finished_time"),
    "run": ("run_time", "runtime", "run_seconds", "duration", "elapsed", "elapsedraw", "elapsed_raw"),
    "gpus": sizes.NAMES,
    "request": (
        *("requested_time", "request_seconds", "time_limit", "timelimit"),
        *("walltime", "wall_time", "walltime_req", *MINUTES_OF_LIMITS),
    ),
    "user": ("user_id", "username", "user_name", "id_user"),
    "group": ("account", "tier", "project", "vc", "team"),
    "partition": ("queue",),
    "state": ("job_state", "status", "job_status"),
    "cluster": ("cluster_name",),
    "suspended": ("time_suspended",),
}
_BATCH_ROWS = 1 << 17
_NO_LIMITS = (2**32 - 1, 2**32 - 2)  # as Slurm's database writes that there is none
_SLURM_IDS = ("jobid", "jobidraw", "job_id")
_NAMED_STEP, _STEP = r"\d\]?\.(batch|extern|interactive)$", r"\d\]?\.(batch|extern|interactive|\d+)$"
_MILLION = 1_000_000
# Not of one to three digits with three behind it, which may be thousands.
_DECIMAL_COMMA = r"^\s*([+-]?(?:\d+:)*\d+),(\d{1,2}|\d{4,})\s*$|^\s*([+-]?(?:(?:\d+:)+\d+|\d{4,}|0)),(\d{3})\s*$"
_NUMERIC = re.compile(r"[\d.eE+-]+")


def columns_of(
    origin: str, names: Sequence[str], mapped: Mapping[str, str], cells: proposals.Cells = proposals.no_cells
) -> dict[str, str]:
    """Our name of a column -> the file's, of a product the first; LogError with every name that is not there."""
    faults = [f"--column {ours}: {_no_column(ours)}" for ours in mapped if ours not in ALIASES]
    mapped = sizes.completed(origin, names, mapped)
    known, wrong = terms(names, mapped)
    if faults or wrong:
        raise LogError(origin, faults + wrong)
    if fault := sizes.processors_beside_gpus(names, mapped, cells()):
        raise LogError(origin, [fault])
    there = {folded(name): name for name in reversed(names)}
    at = {}
    for ours, others in ALIASES.items():
        found = [there[name] for name in (ours, *others) if name in there]
        if ours in mapped or found:
            at[ours] = known[ours].columns[0] if ours in mapped else found[0]
    lacking = [ours for ours in ("submit", "gpus") if ours not in at]
    if "run" not in at:
        lacking += [ours for ours in ("start", "end") if ours not in at][: 2 if "end" in at or "start" in at else 0]
        lacking += [] if "end" in at or "start" in at else ["run"]
    if lacking:
        first = cells()
        raise LogError(origin, [proposals.lacking(ours, names, set(at.values()), first) for ours in lacking])
    return at


def _no_column(name: str) -> str:
    """Sentence for a column that we do not have, with ours where it is known by another name.

    >>> _no_column("account"), _no_column("gpu_s")
    ("no column 'account'; did you mean 'group'?", "no column 'gpu_s'; did you mean 'gpus'?")
    """
    ours = next((ours for ours, others in ALIASES.items() if folded(name) in others), None)
    return f"no column {short_repr(name)}; did you mean {ours!r}?" if ours else unknown_name("column", name, ALIASES)


def read_csv(source: Source, chosen: Reading, header: Header, faults: Faults) -> Iterator[Records]:
    """The records of a CSV file with a header line, chunk by chunk."""
    table: _Table | None = None
    for layout, columns, lines in text_tables(source, lambda line: _under(line, source, chosen), faults):
        table = table or _Table(layout.at, layout.names, chosen, header)
        yield with_samples(table.records(columns, lines), columns, layout.at, faults)


def _under(text: str, source: Source, chosen: Reading) -> Layout:
    """The layout of the lines below a header."""
    origin, mark = source.origin, chosen.delimiter
    if len(mark) != 1 or not mark.isascii() or mark in '"\r\n':
        raise LogError(origin, [f"--delimiter {short_repr(mark)}: must be a single character, or tab"])
    if mark not in text:
        other = next((other for other in MARKS if other in text), None)
        hint = f"; did you mean --delimiter {'tab' if other == TAB else short_repr(other)}?" if other else ""
        raise LogError(origin, [f"line 1 has no {short_repr(mark)} between names of columns{hint}"])
    names = tuple(name.strip().strip('"') for name in text.split(mark))
    try:
        at = columns_of(origin, names, chosen.columns, lambda: proposals.text_cells(source.head, names, mark))
    except LogError:
        if is_record(names) or not table_width(source.head, mark):  # nothing of it is shown
            raise LogError(origin, [NO_HEADER]) from None
        raise
    mapped = terms(names, sizes.completed(origin, names, chosen.columns))[0]
    factors = {column: column for term in mapped.values() for column in term.columns[1:]}
    return Layout(names, {**factors, **at}, mark, quoted=True)


def read_parquet(source: Source, chosen: Reading, header: Header, faults: Faults) -> Iterator[Records]:
    """The records of a Parquet file, batch by batch."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(source.path) as file:
            schema = file.schema_arrow
            at = columns_of(source.origin, schema.names, chosen.columns, partial(_first_rows, file))
            table, row = _Table(at, schema.names, chosen, header), 1
            wanted = list(dict.fromkeys(name for term in table.terms.values() for name in term.columns))
            if twice := [short_repr(name) for name in wanted if schema.names.count(name) > 1]:
                raise LogError(source.origin, [f"has several columns of the name {join_words(twice)}"])
            if nested := [short_repr(theirs) for ours, theirs in at.items() if _is_nested(schema.field(theirs), ours)]:
                raise LogError(source.origin, [f"column {join_words(nested)}: a cell must hold one value, not several"])
            named = getattr(schema.field(at["submit"]).type, "tz", None)
            header.time_zone = named if named and values.known_zone(named) else None
            for batch in file.iter_batches(_BATCH_ROWS, columns=wanted, use_threads=False):
                columns = pa.Table.from_batches([batch])
                found = table.records(columns, np.arange(row, row + batch.num_rows))
                yield with_samples(found, columns, at, faults)
                row += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise LogError(source.origin, [f"is no sound Parquet file: {escape(str(error))}"]) from None


def _is_nested(field: Any, ours: str) -> bool:
    """True for a column of lists or records, but for lists of states, which are read."""
    import pyarrow as pa

    lists = pa.types.is_list(field.type) or pa.types.is_large_list(field.type)
    return bool(pa.types.is_nested(field.type) and not (ours == "state" and lists))


def _first_rows(file: Any) -> dict[str, list[str]]:
    """The first values of each column of a Parquet file, as texts."""
    batch = next(file.iter_batches(proposals.FIRST_ROWS, use_threads=False), None)
    rows = {} if batch is None else batch.to_pydict()
    return {name: ["" if value is None else str(value) for value in column] for name, column in rows.items()}


class _Table:
    """A table of jobs, to be read chunk by chunk."""

    def __init__(self, at: Mapping[str, str], names: Sequence[str], chosen: Reading, header: Header) -> None:
        """`at` is our name of a column -> the file's, `names` all that the file has; fills `header` on the way."""
        import pyarrow as pa

        mapped = terms(names, sizes.completed("", names, chosen.columns))[0]
        self.terms = {ours: mapped.get(ours, Term((theirs,))) for ours, theirs in at.items() if ours in ALIASES}
        if chosen.eligible == "ignore":
            self.terms.pop("eligible", None)
        self.chosen, self.header, self.slurm = chosen, header, is_slurm(names)
        header.has_request, header.at = (
            "request" in at,
            {ours: theirs for ours, theirs in at.items() if ours in ALIASES},
        )
        header.columns = {
            ours: chosen.columns.get(ours, term.columns[0])
            for ours, term in self.terms.items()
            if term.columns != (ours,) or ours in chosen.columns
        }
        self.names = {
            ours: Names(texts)
            for ours, texts in (
                *(("user", header.user_names), ("group", header.group_names)),
                ("cluster", header.cluster_names),
            )
        }
        self.has_steps, self.last_job = False, pa.array([], pa.string())
        self.dates = Dates()
        orders = (term.day_first for term in self.terms.values())
        self.dates.day_first = next((order for order in orders if order is not None), None)

    def column(self, columns: Any, ours: str) -> Any:
        """A column of ours, or None."""
        return columns[self.terms[ours].columns[0]] if ours in self.terms else None

    def records(self, columns: Any, lines: Integers) -> Records:
        """A chunk of the table by its meaning."""
        columns, n = self._with_points(columns), len(lines)
        times = self._times(columns)
        run, suspended = (self._duration(columns, name) for name in ("run", "suspended"))
        request, in_minutes = self._limit(columns, n)
        gpus, gpus_fault = self._gpus(columns, n)
        kept: dict[str, Moments] = {name: times[name] for name in ("submit", "start", "end") if name in times}
        found = runs_of(kept, run, suspended, own_first=True)
        fault = first_fault(*(t.fault for t in times.values()), found.fault, request[1], gpus_fault)
        if "start" in times and self.terms["start"].columns == self.terms["submit"].columns:
            found.start = np.full(n, MISSING)  # submissions are not known, hence no wait is
        if "run" in self.chosen.columns and run is not None:
            fault = first_fault(fault, run[1])  # whoever names a column wants it read
        rounded = [*(t.rounded for t in times.values()), found.rounded, request[2]]
        states = self._states(columns, gpus, found.run)
        fault[states == records.STEP] = 0  # a step need not be sound
        return Records(
            line=lines,
            id=job_names(_strings(self.column(columns, "id"))) if "id" in self.terms else lines,
            submit=plausible(found.submit, records.LATEST_SECONDS, fault),
            run=plausible(found.run, records.LONGEST_SECONDS, fault),
            request=plausible(request[0], records.LONGEST_SECONDS, fault),
            gpus=plausible(gpus, records.MOST_GPUS, fault),
            user=self._numbers_of(columns, "user", n),
            group=self._numbers_of(columns, "group", n),
            start=plausible(found.start, records.LATEST_SECONDS, fault),
            state=states,
            fault=fault,
            elsewhere=self._elsewhere(columns, n),
            notes={
                **values.clock_changes(times.values()),
                **found.notes,
                "minutes": in_minutes,
                "rounded": np.any(rounded, axis=0),
            },
            apart=found.apart,
            eligible=times["eligible"].seconds if "eligible" in times else None,
            cluster=self._numbers_of(columns, "cluster", n) if "cluster" in self.terms else None,
            counts={**found.counts, **spreadsheet_counts(times["submit"], run, self.column(columns, "submit"))},
        )

    def _with_points(self, columns: Any) -> Any:
        """The same columns; where no comma divides them, that of 12,5 is a decimal one. 1,024 is no fraction."""
        import pyarrow.compute as pc

        measured = {
            name for ours in (*TIMES, *DURATIONS, "gpus") if ours in self.terms for name in self.terms[ours].columns
        }
        for name in measured if self.chosen.delimiter != "," else ():
            if pc.any(pc.match_substring(columns[name], ",")).as_py():
                points = pc.replace_substring_regex(columns[name], _DECIMAL_COMMA, r"\1\3.\2\4")
                columns = columns.set_column(columns.column_names.index(name), name, points)
        return columns

    def _times(self, columns: Any) -> dict[str, Moments]:
        """The columns of times that there are."""
        where, read = values.zone(self.chosen.time_zone or "UTC"), {}
        there = {name: self.column(columns, name) for name in TIMES if name in self.terms}
        self.dates.learn(there.values())
        self.header.time_zone = self.header.time_zone or self.dates.offset
        self.header.zones |= self.dates.zones
        for name, column in there.items():
            read[name] = _moments(column, where, self.dates, self.terms[name].factor)
        self.header.local |= self.dates.local
        return values.in_order(read)

    def _duration(self, columns: Any, name: str) -> Numbers | None:
        """A column of durations, or None where there is none."""
        column = self.column(columns, name)
        return None if column is None else _numbers(column, values.duration, self.terms[name].factor)

    def _limit(self, columns: Any, n: int) -> tuple[Numbers, Flags]:
        """The time limit, and where it was taken for minutes: a whole number beside the names of Slurm's database."""
        none = np.zeros(n, np.bool_)
        if "request" not in self.terms:
            return sound(np.full(n, MISSING)), none
        term, column = self.terms["request"], self.column(columns, "request")
        name = folded(term.columns[0])
        if term.given or not ((self.slurm and name in SLURM_LIMITS) or name in MINUTES_OF_LIMITS):
            return _numbers(column, values.duration, term.factor), none
        plain = _numbers(column, size)
        if (plain[1] > 0).any():
            return _numbers(column, values.duration, term.factor), none  # texts such as 02:00:00
        limit = np.where(np.isin(plain[0], _NO_LIMITS), MISSING, plain[0])
        minutes = limit > 0
        return (np.where(minutes & (limit < records.LATEST_SECONDS), limit * 60, limit), plain[1], plain[2]), minutes

    def _gpus(self, columns: Any, n: int) -> tuple[Integers, NDArray[np.int8]]:
        """The sizes of the jobs. A fraction of a GPU is a fault: a rounded one would be another machine."""
        term = self.terms["gpus"]
        if len(term.columns) == 1:
            gpus, fault, part = _numbers(columns[term.columns[0]], gpus_of, term.factor)
            return gpus, np.where(part & (fault == 0), CODE["part_gpu"], fault).astype(np.int8)
        fault, total, lacking = np.zeros(n, np.int8), np.full(n, float(term.factor)), np.zeros(n, np.bool_)
        for name in term.columns:
            # in millionths, for a factor of a product may be a fraction
            value, wrong, _ = _numbers(columns[name], _millionths, Fraction(_MILLION))
            fault, lacking = first_fault(fault, wrong), lacking | (value == MISSING)
            total = total * (np.where(value == MISSING, 0, value) / _MILLION)
        product, beyond, _ = from_floats(np.round(total, 6))
        part = (np.abs(total - np.round(total)) > 1e-6) & (beyond == 0)
        fault = first_fault(fault, beyond, np.where(part, CODE["part_gpu"], 0).astype(np.int8))
        return np.where(lacking, MISSING, product), fault

    def _states(self, columns: Any, gpus: Integers, run: Integers) -> NDArray[np.int8]:
        """State of each record; a job that holds no GPU in a table of GPUs is sound, and none for this queue."""
        states = np.full(len(gpus), records.ENDED, np.int8)
        if "state" in self.terms:
            each, position = by_text(_words(self.column(columns, "state")), numbered_state if self.slurm else state)
            states = np.array(each, np.int8)[position]
        paused = states == records.PAUSED
        states[paused] = np.where(run != MISSING, records.ENDED, records.UNFINISHED)[paused]
        if folded(self.terms["gpus"].columns[0]) not in sizes.PROCESSORS:
            ran = (states == records.ENDED) | ((states == records.CANCELLED) & (run > 0))
            states[ran & (gpus == 0)] = records.NO_GPUS
        states[self._steps(columns, len(gpus))] = records.STEP
        return states

    def _steps(self, columns: Any, n: int) -> Flags:
        """Steps of jobs, in what sacct printed and another program made a table of."""
        import pyarrow as pa
        import pyarrow.compute as pc

        none = np.zeros(n, np.bool_)
        if "id" not in self.terms or folded(self.terms["id"].columns[0]) not in _SLURM_IDS:
            return none
        text = _strings(self.column(columns, "id"))
        numbered = pc.match_substring_regex(text, _STEP).fill_null(False)
        if not pc.any(numbered).as_py():
            self.last_job = text[-1:]
            return none
        named = pc.match_substring_regex(text, _NAMED_STEP).fill_null(False)
        jobs = text.filter(pc.invert(numbered))
        of = pc.replace_substring_regex(text, r"\.[^.]*$", "")
        known = pc.is_in(of, value_set=pa.concat_arrays([jobs, self.last_job]))
        # 12.0 alone is a number that went through a float
        self.has_steps |= bool(pc.any(named).as_py() or pc.any(pc.and_(numbered, known)).as_py())
        self.last_job = jobs[-1:] if len(jobs) else self.last_job
        return np.asarray(numbered.to_numpy(zero_copy_only=False), np.bool_) if self.has_steps else none

    def _numbers_of(self, columns: Any, ours: str, n: int) -> Integers:
        """Numbers of the names in a column."""
        if ours not in self.terms:
            return np.full(n, -1)
        return self.names[ours].numbers(_strings(self.column(columns, ours)))

    def _elsewhere(self, columns: Any, n: int) -> Flags:
        """Records of other partitions than those wanted."""
        if not self.chosen.partitions:
            return np.zeros(n, np.bool_)
        if "partition" not in self.terms:
            raise LogError("--partition", ["the log has no column of partitions; name it: --column partition=NAME"])
        return elsewhere(_strings(self.column(columns, "partition")), self.chosen.partitions, self.header.partitions)


# --- columns of whatever type ---


def _strings(column: Any) -> Any:
    """A column as Arrow strings."""
    import pyarrow as pa

    return column.combine_chunks().cast(pa.string())


def _words(column: Any) -> Any:
    """A column of states as Arrow strings; Slurm's REST service makes a list of the words of each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        return _strings(column)
    return pc.binary_join(column.combine_chunks().cast(pa.list_(pa.string())), " ")


def _numbers(column: Any, read: Callable[[str], tuple[int, int, bool]], factor: Fraction = Fraction(1)) -> Numbers:
    """A column of numbers or durations, whatever its type; `factor` is what one of a plain number is."""
    import pyarrow as pa

    kind = column.type
    if factor != 1 and (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return from_floats(
            column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False) * factor.numerator / factor.denominator
        )
    if factor != 1 and not pa.types.is_duration(kind):
        return numbers(_strings(column), scaled(read, factor))
    if pa.types.is_duration(kind):
        column = column.cast(pa.duration("ns")).cast(pa.int64()).cast(pa.float64(), safe=False)
        return from_floats(column.to_numpy(zero_copy_only=False) / 1e9)
    if pa.types.is_integer(kind) and column.null_count == 0 and kind != pa.uint64():
        return sound(column.cast(pa.int64()).to_numpy())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return from_floats(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    integers = _integers(column)
    return integers if integers is not None else numbers(_strings(column), read)


def _millionths(text: str) -> tuple[int, int, bool]:
    """Millionths of what a list of resources names; plain numbers come here in millionths."""
    if _NUMERIC.fullmatch(text.strip()):
        return number(text.strip().encode())
    value, fault, part = gpus_of(text)
    return (value if value == MISSING else value * _MILLION), fault, part


def _plain(text: str) -> tuple[int, int, bool]:
    """A number in text."""
    text = text.strip()
    return (MISSING, 0, False) if text.casefold() in NOTHING - {"nan"} else number(text.encode())


def _integers(column: Any) -> Numbers | None:
    """A column of strings that are all whole numbers, at once."""
    import pyarrow as pa

    try:
        values = _strings(column).cast(pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return sound(values) if values.dtype == np.int64 else None


def _moments(column: Any, where: tzinfo, dates: Dates, factor: Fraction) -> Moments:
    """A column of times, whatever its type; `factor` is what one of a plain number is in seconds."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_date(kind):
        column = column.cast(pa.timestamp("s"))
        kind = column.type
    if pa.types.is_timestamp(kind):
        seconds, fault, rounded = _seconds_of(column)
        if kind.tz is None:
            dates.local = True
            seconds, fold, gap = located(seconds, where)
            return Moments(seconds, fault, rounded, fold, gap)
    elif pa.types.is_dictionary(kind) or str(kind) in ("string", "large_string", "string_view"):
        integers = _integers(column) if factor == 1 else None
        if factor == 1 and (integers is None or are_compact(integers[0])):
            return moments(_strings(column), where, dates)
        seconds, fault, rounded = integers or _numbers(column, _plain, factor)
    else:
        seconds, fault, rounded = _numbers(column, _plain, factor)
        if factor == 1 and pa.types.is_integer(kind) and are_compact(seconds):
            return moments(_strings(column), where, dates)
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
