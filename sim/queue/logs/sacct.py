"""Slurm's accounting as `sacct --parsable2` prints it: a header, then fields between upright strokes, in any order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.formatting import join_words
from sim.queue.jobs import Integers
from sim.queue.logs import records
from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.records import MISSING, Header, Reading, Records, first_fault, plausible
from sim.queue.logs.resources import resource, size
from sim.queue.logs.runs import Runs, runs_of
from sim.queue.logs.samples import with_samples
from sim.queue.logs.source import Source
from sim.queue.logs.states import state
from sim.queue.logs.texts import Dates, Layout, Names, by_text, elsewhere, job_names, moments, numbers, text_tables
from sim.queue.logs.values import Moments, Numbers, clock_changes, duration, in_order, sound, zone

SEPARATOR = "|"
EXAMPLE = (
    "sacct --allusers --parsable2 "
    "--format=JobID,User,Account,Partition,State,Submit,Start,End,Elapsed,Timelimit,AllocTRES"
)
# What a job holds may stand in several columns; the first that gives it counts.
_HELD = {
    "gpus": ("AllocTRES", "AllocGRES", "ReqTRES", "ReqGRES"),
    "nodes": ("AllocNodes", "NNodes", "AllocTRES", "ReqNodes", "ReqTRES"),
    "cpus": ("AllocCPUS", "NCPUS", "AllocTRES", "ReqCPUS", "ReqTRES"),
}
_READ = (
    *("JobID", "JobIDRaw", "Cluster", "User", "UID", "Account", "Group", "Partition", "State"),
    *("Submit", "Eligible", "Start", "End", "Elapsed", "ElapsedRaw", "Suspended", "Timelimit", "TimelimitRaw"),
    *(*_HELD["gpus"], *_HELD["nodes"], *_HELD["cpus"]),
)
_SECONDS_PER_MINUTE = 60


def looks_like_sacct(line: bytes) -> bool:
    """True for a header of sacct."""
    names = {name.strip().lower() for name in line.split(SEPARATOR.encode())}
    return bool(names & {b"jobid", b"jobidraw"}) and len(names) > 1


def read_sacct(source: Source, chosen: Reading, header: Header, faults: Faults) -> Iterator[Records]:
    """The records of a sacct log chunk by chunk; fills the names in `header` on the way."""
    names = tuple(Names(each) for each in (header.user_names, header.group_names, header.cluster_names))
    dates = Dates()
    for layout, columns, lines in text_tables(source, lambda line: _under(line, source.origin, chosen), faults):
        header.has_request, header.at = "Timelimit" in layout.at or "TimelimitRaw" in layout.at, layout.at
        found = _Table(layout.at, dates, header.partitions).records(columns, lines, chosen, *names)
        header.time_zone, header.local = header.time_zone or dates.offset, dates.local
        yield with_samples(found, columns, layout.at, faults)


def _under(line: str, origin: str, chosen: Reading) -> Layout:
    """The layout of the lines below a header; LogError where it lacks what a replay needs."""
    names = tuple(name.strip() for name in line.split(SEPARATOR))
    folded = {name.lower(): name for name in reversed(names)}
    at = {name: folded[name.lower()] for name in _READ if name.lower() in folded}
    lacking = [*(["JobID"] if not {"JobID", "JobIDRaw"} & set(at) else []), *({"Submit"} - set(at))]
    if not {"Elapsed", "ElapsedRaw"} & set(at):
        lacking += sorted({"Start", "End"} - set(at))
    if not set(_HELD[chosen.count]) & set(at):
        lacking.append(" or ".join(_HELD[chosen.count]))
    if lacking:
        raise LogError(origin, [f"line 1 names no column {join_words(lacking)}; make the log with {EXAMPLE}"])
    return Layout(names, at, SEPARATOR, quoted=False)


@dataclass(frozen=True)
class _Table:
    """The columns of a sacct log."""

    at: dict[str, str]  # Slurm's name -> the name in the header
    dates: Dates = field(default_factory=Dates)
    partitions: set[str] = field(default_factory=set)  # those that the records name

    def column(self, columns: Any, *names: str) -> Any:
        """The first of these columns that there is, or None."""
        return next((columns[self.at[name]] for name in names if name in self.at), None)

    def records(
        self, columns: Any, lines: Integers, chosen: Reading, users: Names, groups: Names, clusters: Names
    ) -> Records:
        """A chunk of the log by its meaning."""
        ids = self.column(columns, "JobID", "JobIDRaw")
        times = self._times(columns, chosen)
        request, in_minutes = self._limit(columns, len(lines))
        found = self._runs(columns, {name: times[name] for name in ("submit", "start", "end") if name in times})
        held, held_fault = self._held(columns, len(lines), chosen.count)
        states = self._states(columns, ids, found, times, held, chosen.count)
        fault = first_fault(*(t.fault for t in times.values()), request[1], found.fault, held_fault)
        fault[states == records.STEP] = 0  # a step need not be sound
        owners = ((users, "User", "UID"), (groups, "Account", "Group"), (clusters, "Cluster"))
        user, group, cluster = (
            each.numbers(column) if (column := self.column(columns, *of)) is not None else np.full(len(lines), -1)
            for each, *of in owners
        )
        rounded = [*(t.rounded for t in times.values()), request[2], found.rounded]
        return Records(
            line=lines,
            id=job_names(ids),
            submit=plausible(found.submit, records.LATEST_SECONDS, fault),
            run=plausible(found.run, records.LONGEST_SECONDS, fault),
            request=plausible(request[0], records.LONGEST_SECONDS, fault),
            gpus=plausible(held, records.MOST_GPUS, fault),
            user=user,
            group=group,
            start=plausible(found.start, records.LATEST_SECONDS, fault),
            state=states,
            fault=fault,
            elsewhere=self._elsewhere(columns, len(lines), chosen.partitions),
            notes={
                **clock_changes(times.values()),
                **found.notes,
                "minutes": in_minutes,
                "rounded": np.any(rounded, axis=0),
            },
            apart=found.apart,
            eligible=times["eligible"].seconds if "eligible" in times else None,
            cluster=cluster if "Cluster" in self.at else None,
            counts=found.counts,
        )

    def _times(self, columns: Any, chosen: Reading) -> dict[str, Moments]:
        """The columns of times that there are, by our names."""
        where = zone(chosen.time_zone or "UTC")
        names = ("Submit", "Eligible", "Start", "End") if chosen.eligible == "use" else ("Submit", "Start", "End")
        dated = {name.casefold(): columns[self.at[name]] for name in names if name in self.at}
        self.dates.learn(dated.values())
        return in_order({name: moments(column, where, self.dates) for name, column in dated.items()})

    def _limit(self, columns: Any, n: int) -> tuple[Numbers, NDArray[np.bool_]]:
        """The time limit, and where it is a whole number: of minutes, as everywhere in Slurm."""
        limit = self._duration(columns, n, "Timelimit", "TimelimitRaw", _SECONDS_PER_MINUTE)
        if "Timelimit" not in self.at:
            return limit, np.zeros(n, np.bool_)
        plain, position = by_text(columns[self.at["Timelimit"]], lambda text: text.strip().isdecimal())
        minutes = np.array(plain, np.bool_)[position]
        value = np.where(minutes & (limit[0] > 0), limit[0] * _SECONDS_PER_MINUTE, limit[0])
        return (value, limit[1], limit[2]), minutes

    def _duration(self, columns: Any, n: int, name: str, raw: str, raw_seconds: int) -> Numbers:
        """A duration, in text or in plain units of `raw_seconds`."""
        for column, seconds in ((self.column(columns, name), 1), (self.column(columns, raw), raw_seconds)):
            if column is not None:
                value, fault, rounded = numbers(column, duration)
                return np.where(value > 0, value * seconds, value), fault, rounded
        return sound(np.full(n, MISSING))

    def _runs(self, columns: Any, times: dict[str, Moments]) -> Runs:
        """Run times and starts, with what Slurm says has elapsed."""
        n = len(times["submit"].seconds)
        elapsed = self._duration(columns, n, "Elapsed", "ElapsedRaw", 1)
        suspended = self._duration(columns, n, "Suspended", "", 1) if "Suspended" in self.at else None
        return runs_of(times, elapsed, suspended)

    def _held(self, columns: Any, n: int, count: str) -> tuple[Integers, NDArray[np.int8]]:
        """What each job holds: of the columns that may give it, the first that does."""
        held, fault = np.full(n, MISSING), np.zeros(n, np.int8)
        for name in _HELD[count]:
            if name not in self.at:
                continue
            kind = {"nodes": "node", "cpus": "cpu"}.get(count, "gpus")
            read = partial(resource, name=kind) if name in _HELD["gpus"] else size
            value, wrong, _ = numbers(columns[self.at[name]], read)
            if name == "ReqGRES":
                nodes = np.maximum(self._held(columns, n, "nodes")[0], 1)  # it counts by the node
                value = np.where(value > 0, value * nodes, value)
            fault = np.where((held <= 0) & (fault == 0), wrong, fault).astype(np.int8)
            held = np.where((held <= 0) & (value != MISSING), value, held)
        return held, fault

    def _states(
        self, columns: Any, ids: Any, found: Runs, times: dict[str, Moments], held: Integers, count: str
    ) -> NDArray[np.int8]:
        """State of each record; a step is a step whatever its state."""
        states = np.full(len(held), records.ENDED, np.int8)
        if "State" in self.at:
            each, position = by_text(columns[self.at["State"]], state)
            states = np.array(each, np.int8)[position]
        if "end" in times:
            endless = (times["end"].seconds == MISSING) & (times["end"].fault == 0)
            states[np.isin(states, (records.ENDED, records.PAUSED)) & endless] = records.UNFINISHED
        ran = found.run != MISSING
        states[states == records.PAUSED] = np.where(ran, records.ENDED, records.UNFINISHED)[states == records.PAUSED]
        if count == "gpus":
            ended = (states == records.ENDED) | ((states == records.CANCELLED) & (found.run > 0))
            states[ended & ((held == 0) | (held == MISSING))] = records.NO_GPUS
        steps, position = by_text(ids, is_step)
        states[np.array(steps, np.bool_)[position]] = records.STEP
        return states

    def _elsewhere(self, columns: Any, n: int, partitions: Sequence[str]) -> NDArray[np.bool_]:
        """Records of other partitions than those wanted."""
        column = self.column(columns, "Partition")
        if not partitions:
            return np.zeros(n, np.bool_)
        if column is None:
            raise LogError("--partition", ["the log has no column Partition"])
        return elsewhere(column, partitions, self.partitions, ",")


# --- how Slurm writes job numbers ---


def is_step(job: str) -> bool:
    """True for a step of a job.

    >>> [is_step(job) for job in ("123", "123_4", "123_[0-5]", "123+1", "123.batch", "123_4.0", "123.extern")]
    [False, False, False, False, True, True, True]
    """
    return "." in job
