"""The log of a machine: the jobs that can be replayed, and what becomes of a record on the way there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.queue.jobs import Integers, Jobs
from sim.queue.logs.problems import Faults
from sim.queue.logs.records import CANCELLED, CODES, MISSING, NO_GPUS, PART, STEP, UNFINISHED, Header, Reading, Records

UNKNOWN = -1
"""In `start_seconds`, `user` and `group`: the log does not say."""

_BLOCK_ROWS = 1 << 21
_KEPT = ("submit", "run", "request", "gpus", "user", "group", "start", "line")
OUTSIDE = ("columns", "text", "quote", "cut_short")  # faults of lines that are not even records
_SECONDS_AND_GPUS = ("submit", "run", "request", "gpus", "start")  # are multiplied and added up: no narrow numbers
_SMALLER = (np.int8, np.int16, np.int32)


@dataclass(frozen=True, eq=False)
class Log:
    """The accepted jobs of a log; every array is [job], by submission, equal submissions as they stand in the log.

    Seconds and GPUs are int64; numbers that only name something (id, user, group, line) are in the narrowest type that
    holds them, for a log may be large.

    id: the job's name in the log: whole numbers where all are, else NumPy strings.
    submit_seconds: on the log's own clock, never shifted; at least 0. Times with a date count from 1970-01-01 UTC.
    run_seconds: how long the job ran, at least 1 (cut to the request where over_request is `kill`).
    request_seconds: its wall limit, at least 1.
    gpus: GPUs it holds (processors or nodes, where these are counted), at least 1.
    user, group: number of the user, and of the account or group, -1 where the log does not say. An SWF log has these
        numbers; elsewhere they are positions in `user_names` and `group_names`, as the names first appear.
    start_seconds: when it started in reality, -1 where the log does not say.
    line: line of the file (of a Parquet file: row) on which it stands, from 1.

    source, format: where it came from, and `swf`, `sacct`, `csv` or `parquet`.
    machine_gpus: size of the machine, as given or as the log's header says; 0 where neither does.
    records: records met, accepted or not.
    start_epoch: second of 1970's clock at which the log's clock stands at 0, where the header says so, else None;
        0 where the times are dates.
    faults: what was left out or changed, with line numbers.
    """

    id: NDArray[Any]
    submit_seconds: Integers
    run_seconds: Integers
    request_seconds: Integers
    gpus: Integers
    user: NDArray[Any]
    group: NDArray[Any]
    start_seconds: Integers
    line: NDArray[Any]
    source: str = ""
    format: str = ""
    machine_gpus: int = 0
    records: int = 0
    start_epoch: int | None = None
    user_names: tuple[str, ...] = ()
    group_names: tuple[str, ...] = ()
    faults: Faults = field(default_factory=Faults)

    def __len__(self) -> int:
        """Number of accepted jobs."""
        return len(self.submit_seconds)

    @property
    def wait_seconds(self) -> Integers:
        """Seconds [job] that the job waited in reality, -1 where the log does not say."""
        return np.where(self.start_seconds < 0, UNKNOWN, self.start_seconds - self.submit_seconds)

    @property
    def span_seconds(self) -> int:
        """Seconds between the first and the last submission."""
        return int(self.submit_seconds[-1] - self.submit_seconds[0]) if len(self) else 0

    def offered_load(self, gpus: int) -> float:
        """GPU-seconds of all jobs over those that `gpus` GPUs have in `span_seconds`; NaN without a span."""
        work = float(np.dot(self.run_seconds.astype(np.float64), self.gpus))
        return work / (gpus * self.span_seconds) if gpus and self.span_seconds else float("nan")

    def jobs(self) -> Jobs:
        """The jobs as the queue takes them; `users` says how the users are numbered."""
        return Jobs(self.submit_seconds, self.run_seconds, self.request_seconds, self.gpus, user=self.users()[0])

    def users(self) -> tuple[Integers, Integers]:
        """User [job] and account [user], from 0 without gaps; the account is the group of a user's first job."""
        _, first, user = np.unique(self.user, return_index=True, return_inverse=True)
        _, account = np.unique(self.group[first], return_inverse=True)
        return user.astype(np.int64), account.astype(np.int64)


def narrow(values: Integers) -> NDArray[Any]:
    """The same whole numbers in as few bytes as hold them all.

    >>> narrow(np.array([1, 300])).dtype
    dtype('int16')
    """
    if not len(values):
        return values.astype(np.int8)
    low, high = int(values.min()), int(values.max())
    for kind in _SMALLER:
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind)
    return values


def _joined(chunks: list[NDArray[Any]]) -> NDArray[Any]:
    """Chunks of one column as one; names that are numbers here and texts there become texts."""
    if len({chunk.dtype.kind for chunk in chunks}) > 1:
        chunks = [chunk.astype(np.dtypes.StringDType()) for chunk in chunks]
    return np.concatenate(chunks)


class LogBuilder:
    """A `Log` under construction, to which records are added chunk by chunk."""

    def __init__(self, chosen: Reading, header: Header, faults: Faults, window: tuple[int | None, int | None]) -> None:
        """`window` are the first second of submission wanted and the first one no longer wanted."""
        self.chosen, self.header, self.faults, self.window = chosen, header, faults, window
        self.records = 0
        self._chunks: dict[str, list[NDArray[Any]]] = {name: [] for name in ("id", *_KEPT)}
        self._small, self._small_rows = 0, 0  # the last chunks that are not yet one

    @property
    def machine_gpus(self) -> int:
        """Size of the machine as chosen, else as the log says, else 0."""
        return self.chosen.gpus or self.header.machine_gpus

    def add(self, records: Records) -> None:
        """Judge a chunk of records and keep the accepted ones."""
        self.records += len(records)
        kept = np.ones(len(records), np.bool_)

        def drop(kind: str, which: NDArray[np.bool_]) -> None:
            self.faults.add(kind, records.line[which & kept])
            kept[which] = False

        drop("step", records.state == STEP)
        drop("partition", records.elsewhere)
        for code, kind in enumerate(CODES):
            if kind:
                drop(kind, records.fault == code)
        submit, run, gpus = records.submit, records.run, records.gpus
        first, end = self.window
        if first is not None:
            drop("outside", (submit != MISSING) & (submit < first))
        if end is not None:
            drop("outside", (submit != MISSING) & (submit >= end))
        drop("part", records.state == PART)
        drop("unfinished", records.state == UNFINISHED)
        drop("cancelled", (records.state == CANCELLED) & (run <= 0) & (submit >= 0))
        drop("no_gpus", records.state == NO_GPUS)
        drop("zero_gpus", (gpus == 0) | (gpus == MISSING))
        drop("negative_gpus", gpus < 0)
        drop("no_submit", submit == MISSING)
        drop("negative_submit", submit < 0)
        if self.machine_gpus:
            drop("too_large", gpus > self.machine_gpus)
        drop("no_run", run == MISSING)
        drop("backwards", run < 0)
        drop("zero_run", run == 0)
        self._settle_request(records, kept, drop)
        self._note(records, kept)
        for name in ("id", *_KEPT):
            values = getattr(records, name)[kept]
            self._chunks[name].append(narrow(values) if values.dtype == np.int64 else values)
        self._small += 1
        self._small_rows += int(kept.sum())
        if self._small_rows >= _BLOCK_ROWS:
            # one block of the last chunks: of many small pieces the memory is not given back in the end
            for chunks in self._chunks.values():
                chunks[-self._small :] = [_joined(chunks[-self._small :])]
            self._small = self._small_rows = 0

    def _settle_request(self, records: Records, kept: NDArray[np.bool_], drop: Any) -> None:
        """A time limit for every record that is kept, no shorter than its run time."""
        lacking = records.request <= 0
        if self.chosen.no_request == "reject" and self.header.has_request:
            drop("no_request", lacking)
        else:
            records.notes["request_from_run"] = lacking
            records.request = np.where(lacking, records.run, records.request)
        over = records.run > records.request
        if self.chosen.over_request == "kill":
            records.notes["killed"] = over
            records.run = np.minimum(records.run, records.request)
        else:
            records.notes["extended"] = over
            records.request = np.maximum(records.run, records.request)

    def _note(self, records: Records, kept: NDArray[np.bool_]) -> None:
        """Count what was changed in the records that are kept, and take unknown values for unknown."""
        early = (records.start != MISSING) & (records.start < records.submit)
        records.notes["early_start"] = early
        records.start = np.where(early | (records.start == MISSING), UNKNOWN, records.start)
        records.user, records.group = np.maximum(records.user, UNKNOWN), np.maximum(records.group, UNKNOWN)
        for kind, which in records.notes.items():
            self.faults.add(kind, records.line[which & kept])

    # The end: one array a column, every number once, by submission.

    def log(self, source: str, file_format: str) -> Log:
        """Everything that was accepted."""
        columns = {name: self._column(name) for name in _KEPT}
        numbered = all(chunk.dtype.kind == "i" for chunk in self._chunks["id"])
        columns["id"] = self._column("id") if numbered else _joined(self._chunks.pop("id"))
        again = repeated(columns["id"])
        if len(again):
            self.faults.add("duplicate", columns["line"][again])
            columns = {name: np.delete(values, again) for name, values in columns.items()}
        submit = columns["submit"]
        behind = np.flatnonzero(submit[1:] < np.maximum.accumulate(submit)[:-1]) + 1
        if len(behind):
            self.faults.add("unsorted", columns["line"][behind])
            order = np.argsort(submit, kind="stable")
            for name in columns:
                columns[name] = columns[name][order]
        for values in columns.values():
            values.setflags(write=False)
        return Log(
            id=columns["id"],
            submit_seconds=columns["submit"],
            run_seconds=columns["run"],
            request_seconds=columns["request"],
            gpus=columns["gpus"],
            user=columns["user"],
            group=columns["group"],
            start_seconds=columns["start"],
            line=columns["line"],
            source=source,
            format=file_format,
            machine_gpus=self.machine_gpus,
            records=self.records + sum(self.faults.found[kind].count for kind in OUTSIDE if kind in self.faults.found),
            start_epoch=self.header.start_epoch,
            user_names=tuple(self.header.user_names),
            group_names=tuple(self.header.group_names),
            faults=self.faults,
        )

    def _column(self, name: str) -> NDArray[Any]:
        """The chunks of a column as one; they are given up on the way, for a log may be large."""
        chunks = self._chunks.pop(name)
        kind = np.int64 if name in _SECONDS_AND_GPUS else np.result_type(*{chunk.dtype for chunk in chunks})
        column = np.empty(sum(map(len, chunks)), kind)
        begin = len(column)
        while chunks:
            chunk = chunks.pop()
            begin -= len(chunk)
            column[begin : begin + len(chunk)] = chunk
        return column


def repeated(names: NDArray[Any]) -> Integers:
    """Positions of the names that stand further up already, ascending.

    >>> repeated(np.array([5, 7, 5, 9, 5, 7]))
    array([2, 4, 5])
    """
    if names.dtype.kind == "i" and (names[1:] > names[:-1]).all():
        return np.zeros(0, np.int64)
    order = np.argsort(names, kind="stable")
    ordered = names[order]
    return np.sort(order[1:][ordered[1:] == ordered[:-1]])
