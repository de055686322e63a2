"""The log of a machine: the jobs that can be replayed, and what becomes of a record on the way there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.formatting import escape, format_amount, format_number, join_words, nearest_name, short_repr, unknown_name
from sim.queue.jobs import Integers, Jobs
from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.records import (
    CANCELLED,
    CODES,
    LATEST_SECONDS,
    MISSING,
    NO_GPUS,
    PART,
    STEP,
    UNFINISHED,
    Header,
    Reading,
    Records,
)
from sim.queue.logs.runs import LAST_SECONDS

UNKNOWN = -1
"""In `start_seconds`, `user` and `group`: the log does not say."""

_BLOCK_ROWS = 1 << 21
_KEPT = ("submit", "run", "request", "gpus", "user", "group", "start", "line", "cluster", "later")
EVERY_CLUSTER = "all"
_MOST_PARTITIONS = 10  # in a sentence
MOST_SHOWN = 60  # signs of a name
_MOST_SHOWN = 6  # clusters in a sentence
OUTSIDE = ("columns", "text", "quote", "cut_short")  # faults of lines that are not even records
_SECONDS_AND_GPUS = ("submit", "run", "request", "gpus", "start")  # are multiplied and added up: no narrow numbers
BEYOND = {"beyond": 1, "beyond in minutes": 60, "beyond in hours": 3_600}
TWICE = 2.0
LATE_SHARE, LATE_SECONDS = 1.05, 300  # by which a job may be stopped later than at its limit
_SMALLER = (np.int8, np.int16, np.int32)


@dataclass(frozen=True, eq=False, repr=False)
class Log:
    """The accepted jobs of a log; every array is [job], by submission, equal submissions as they stand in the log.

    Seconds and GPUs are int64; numbers that only name something (id, user, group, line) are in the narrowest type that
    holds them, for a log may be large.

    id: the job's name in the log: whole numbers where all are, else NumPy strings.
    submit_seconds: on the log's own clock, never shifted; at least 0. Times with a date count from 1970-01-01 UTC.
        Of a job that could not start at once, for it had to await another or a date, when it could (`eligible`).
    run_seconds: how long the job ran, at least 1 (cut to the request where over_request is `kill`).
    request_seconds: its wall limit, at least 1.
    gpus: GPUs it holds (processors or nodes, where these are counted), at least 1.
    user, group: number of the user, and of the account or group, -1 where the log does not say. An SWF log has these
        numbers; elsewhere they are positions in `user_names` and `group_names`, as the names first appear.
    start_seconds: when it started in reality, -1 where the log does not say.
    line: line of the file (of a Parquet file: row) on which it stands, from 1.

    source, format: where it came from, and `swf`, `sacct`, `sacct-json`, `csv` or `parquet`.
    machine_gpus: size of the machine, as given or as the log's header says; 0 where neither does.
    header_gpus: the size that the log's header says, whatever is given; 0 where it says none.
    records: records met, accepted or not.
    start_epoch: second of 1970's clock at which the log's clock stands at 0, where the header says so, else None;
        0 where the times are dates.
    time_zone: in which the machine stands, as chosen or as the log says, else UTC.
    zoneless: some times name no zone, and none was chosen: they were read as UTC.
    columns: our name of a column -> the table's, as --column writes it, where they differ; of CSV and Parquet.
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
    header_gpus: int = 0
    records: int = 0
    start_epoch: int | None = None
    user_names: tuple[str, ...] = ()
    group_names: tuple[str, ...] = ()
    time_zone: str = "UTC"
    zoneless: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    def __len__(self) -> int:
        """Number of accepted jobs."""
        return len(self.submit_seconds)

    def __repr__(self) -> str:
        """The log in a short line, without the names of its users."""
        return f"<Log {escape(self.name, MOST_SHOWN)}: {self.format or 'made'}, {format_amount(len(self), 'job')}>"

    @property
    def name(self) -> str:
        """The name of its file."""
        return Path(self.source).name or "a log"

    @property
    def wait_seconds(self) -> Integers:
        """Seconds [job] that the job waited in reality, -1 where the log does not say."""
        return np.where(self.start_seconds < 0, UNKNOWN, self.start_seconds - self.submit_seconds)

    @property
    def span_seconds(self) -> int:
        """Seconds between the first and the last submission."""
        return int(self.submit_seconds[-1] - self.submit_seconds[0]) if len(self) else 0

    def offered_load(self, gpus: int, largest: int | None = None) -> float:
        """GPU-seconds of all jobs over those that `gpus` GPUs have in `span_seconds`; NaN without a span.

        largest: jobs of more GPUs count as none.
        """
        work = 0.0
        for begin in range(0, len(self), _BLOCK_ROWS):  # in floats, without a copy of all of them
            rows = slice(begin, begin + _BLOCK_ROWS)
            held = self.gpus[rows] if largest is None else np.where(self.gpus[rows] > largest, 0, self.gpus[rows])
            work += float(np.dot(self.run_seconds[rows].astype(np.float64), held))
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
        self.submitted: tuple[int, ...] = ()  # the first and the last second of a submission in the dates or outside
        self.counts: Counter[str] = Counter()  # answers to questions about the whole log, see `plausibility`
        self._chunks: dict[str, list[NDArray[Any]]] = {name: [] for name in ("id", *_KEPT)}
        self._small, self._small_rows = 0, 0  # the last chunks that are not yet one

    @property
    def machine_gpus(self) -> int:
        """Size of the machine as chosen, else as the log says, else 0."""
        return self.chosen.gpus or self.header.machine_gpus

    def add(self, records: Records) -> None:
        """Judge a chunk of records and keep the accepted ones."""
        self.records += len(records)
        self.counts.update(records.counts)
        kept = np.ones(len(records), np.bool_)

        def drop(kind: str, which: NDArray[np.bool_]) -> None:
            self.faults.add(kind, records.line[which & kept])
            kept[which] = False

        drop("step", records.state == STEP)
        drop("partition", records.elsewhere)
        drop("cluster", self._other_cluster(records))
        for code, kind in enumerate(CODES):
            if kind:
                drop(kind, records.fault == code)
        submit, run, gpus = records.submit, records.run, records.gpus
        first, end = self.window
        if self.window != (None, None):
            self._span(submit[kept & (submit >= 0)])
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
        if self.header.machine_gpus:  # a smaller machine is a what-if, and no record is wrong for it: see `fitting`
            drop("too_large", gpus > max(self.header.machine_gpus, self.chosen.gpus or 0))
        for kind, which in records.apart.items():
            drop(kind, which)
        drop("no_run", run == MISSING)
        drop("backwards", run < 0)
        drop("zero_run", run == 0)
        self._settle_request(records, kept, drop)
        self._keep(records, kept)

    def _span(self, submit: Integers) -> None:
        """The first and the last submission so far, whether it is wanted or not."""
        if len(submit):
            ends = (*self.submitted, int(submit.min()), int(submit.max()))
            self.submitted = (min(ends), max(ends))

    def _keep(self, records: Records, kept: NDArray[np.bool_]) -> None:
        """Put the accepted records of a chunk with the others."""
        later = self._await(records)
        self._note(records, kept)
        nothing: NDArray[Any] = np.zeros(len(records), np.int8)
        added: dict[str, NDArray[Any] | None] = {"later": later, "cluster": records.cluster}
        for name in ("id", *_KEPT):
            column = added[name] if name in added else getattr(records, name)
            values = (nothing if column is None else column)[kept]
            self._chunks[name].append(narrow(values) if values.dtype == np.int64 else values)
        self._small += 1
        self._small_rows += int(kept.sum())
        if self._small_rows >= _BLOCK_ROWS:
            # one block of the last chunks: of many small pieces the memory is not given back in the end
            for chunks in self._chunks.values():
                chunks[-self._small :] = [_joined(chunks[-self._small :])]
            self._small = self._small_rows = 0

    def _other_cluster(self, records: Records) -> NDArray[np.bool_]:
        """Records of other clusters than the one that is wanted."""
        wanted, names = self.chosen.cluster, self.header.cluster_names
        if wanted in (None, EVERY_CLUSTER):
            return np.zeros(len(records), np.bool_)
        if records.cluster is None:
            raise LogError("--cluster", ["the log has no column of clusters"])
        number = names.index(wanted) if wanted in names else len(names)
        return np.asarray(records.cluster != number, np.bool_)

    def _await(self, records: Records) -> Integers | None:
        """Submit jobs when they could start at first; by how many seconds that is later, [record], if at all."""
        eligible, submit = records.eligible, records.submit
        if eligible is None:
            return None
        # what started before it could has an eligible time of another kind
        sound = (records.start == MISSING) | (eligible <= records.start)
        sound &= (submit >= 0) & (eligible <= LATEST_SECONDS) & ~np.isin(eligible, LAST_SECONDS)
        later = np.where(sound & (eligible > submit), eligible - submit, 0)
        records.notes["eligible"] = later > 0
        records.submit = submit + later
        return later

    def _settle_request(self, records: Records, kept: NDArray[np.bool_], drop: Any) -> None:
        """A time limit for every record that is kept, no shorter than its run time."""
        lacking = records.request <= 0
        if self.chosen.no_request == "reject" and self.header.has_request:
            drop("no_request", lacking)
        else:
            records.notes["request_from_run"] = lacking
            records.request = np.where(lacking, records.run, records.request)
        over = records.run > records.request
        self._count_limits(records, kept & ~lacking, over)
        if self.chosen.over_request == "kill":
            records.notes["killed"] = over
            records.run = np.minimum(records.run, records.request)
        else:
            records.notes["extended"] = over
            records.request = np.maximum(records.run, records.request)

    def _count_limits(self, records: Records, asked: NDArray[np.bool_], over: NDArray[np.bool_]) -> None:
        """How many of the jobs that have a limit run well beyond it, and would if it were in another unit."""
        self.counts["limited"] += int(asked.sum())
        beyond = asked & over
        run, request = records.run[beyond], records.request[beyond]
        for unit, factor in BEYOND.items():
            # a job is stopped a little late, and by the machine's own clock
            self.counts[unit] += int((run > request * factor * LATE_SHARE + LATE_SECONDS).sum())
        self.counts["twice"] += int((run > request * TWICE + LATE_SECONDS).sum())

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
        self._refuse_unknown_partitions()
        self._refuse_mixed(source, columns["cluster"])
        # SWF numbers the jobs of a log; elsewhere numbers begin anew, and a requeued job keeps its own
        unique = () if file_format == "swf" else tuple(columns[name] for name in ("submit", "start", "cluster"))
        again, runs = repeated(columns["id"], *unique)
        self.faults.add("again", columns["line"][runs])
        if len(again):
            self.faults.add("duplicate", columns["line"][again])
            columns = {name: np.delete(values, again) for name, values in columns.items()}
        submit, later = columns["submit"], columns.pop("later")
        self.faults.add("unsorted", columns["line"][behind(submit - later if later.any() else submit)])
        if len(behind(submit)):
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
            header_gpus=self.header.machine_gpus,
            records=self.records + sum(self.faults.found[kind].count for kind in OUTSIDE if kind in self.faults.found),
            start_epoch=self.header.start_epoch,
            user_names=tuple(self.header.user_names),
            group_names=tuple(self.header.group_names),
            time_zone=self.header.zone_name(self.chosen),
            zoneless=self.header.local and self.chosen.time_zone is None,
            columns=dict(self.header.columns),
            faults=self.faults,
        )

    def _refuse_unknown_partitions(self) -> None:
        """LogError for partitions that are wanted and not there, with those that are."""
        there = self.header.partitions
        named = [escape(name) for name in sorted(there - {"", "-1"})]
        all_of = ", ".join(named[:_MOST_PARTITIONS]) + (", ..." if named[_MOST_PARTITIONS:] else "")
        faults = []
        for name in self.chosen.partitions:
            if name not in there:
                near = nearest_name(name, named)
                hint = f"did you mean {near!r}? There are: " if near else "there are: "
                faults.append(f"no partition {short_repr(name)}; {hint}{all_of or 'none'}")
        if faults:
            raise LogError("--partition", faults)

    def _refuse_mixed(self, source: str, cluster: NDArray[Any]) -> None:
        """LogError where jobs of several clusters would be replayed as those of one machine."""
        wanted, known = self.chosen.cluster, self.header.cluster_names
        if wanted not in (None, EVERY_CLUSTER, *known):
            raise LogError("--cluster", [unknown_name("cluster", wanted, [escape(name) for name in known])])
        number, count = np.unique(cluster, return_counts=True)
        if len(number) < 2 or wanted == EVERY_CLUSTER:
            return
        order = np.argsort(-count, kind="stable")
        names = [known[n] if n >= 0 else "" for n in number[order]]
        each = [f"{short_repr(name)} ({format_number(int(n))})" for name, n in zip(names, count[order], strict=True)]
        held = join_words(each) if len(each) <= _MOST_SHOWN else ", ".join([*each[:_MOST_SHOWN], "..."])
        first = next(filter(None, names))
        raise LogError(
            source,
            [
                f"holds the jobs of {len(number)} clusters, {held}, which are machines of their own: "
                f"choose one as --cluster {escape(first)}, or --cluster {EVERY_CLUSTER} for one machine of them all"
            ],
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


def behind(submit: Integers) -> Integers:
    """Positions of the jobs that were submitted before one further up.

    >>> behind(np.array([3, 5, 4, 6]))
    array([2])
    """
    if (submit[1:] >= submit[:-1]).all():  # the usual case, which needs no memory
        return np.zeros(0, np.int64)
    return np.flatnonzero(submit[1:] < np.maximum.accumulate(submit)[:-1]) + 1


def repeated(names: NDArray[Any], *others: Integers) -> tuple[Integers, Integers]:
    """Positions, ascending, of the names that stand further up already: with the same `others`, and with new ones.

    >>> repeated(np.array([5, 7, 5, 9, 5, 7]))
    (array([2, 4, 5]), array([], dtype=int64))
    >>> repeated(np.array([5, 7, 5, 9, 5, 7]), np.array([0, 0, 1, 1, 1, 0]))
    (array([4, 5]), array([2]))
    """
    nothing = np.zeros(0, np.int64)
    if names.dtype.kind == "i" and (names[1:] > names[:-1]).all():
        return nothing, nothing
    order = np.argsort(names, kind="stable")
    ordered = names[order]
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        return nothing, nothing
    # few names stand there twice: only those are compared by everything else
    several = np.append(same, False) | np.append(False, same)
    places, number = order[several], np.cumsum(np.append(True, ~same))[several]
    finer = np.lexsort((places, *(other[places] for other in others), number))
    places, keys = places[finer], [number[finer], *(other[places[finer]] for other in others)]
    first = np.append(True, keys[0][1:] != keys[0][:-1])
    new = first | np.any([np.append(True, key[1:] != key[:-1]) for key in keys], axis=0)
    at_first = np.zeros(len(names), np.bool_)
    at_first[order[np.append(True, ~same)]] = True
    return np.sort(places[~new]), np.sort(places[new & ~at_first[places]])
