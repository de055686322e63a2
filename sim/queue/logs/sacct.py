"""Slurm's accounting as `sacct --parsable2` prints it: a header, then fields between upright strokes, in any order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.formatting import join_words
from sim.queue.logs.numbers import Numbers, number
from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.records import (
    ENDED,
    LATEST_SECONDS,
    LONGEST_SECONDS,
    MISSING,
    MOST_GPUS,
    NO_GPUS,
    STEP,
    UNFINISHED,
    Header,
    Integers,
    Reading,
    Records,
    first_fault,
    plausible,
)
from sim.queue.logs.slurm import is_step, resource, state
from sim.queue.logs.source import BYTE_ORDER_MARK, Source
from sim.queue.logs.texts import Layout, Names, by_text, job_names, moments, numbers, text_columns
from sim.queue.logs.times import Moments, duration, in_order, zone

SEPARATOR = "|"
EXAMPLE = (
    "sacct --allusers --parsable2 "
    "--format=JobID,User,Account,Partition,State,Submit,Start,End,Elapsed,Timelimit,AllocTRES"
)
# What a job holds may stand in several columns; the first that tells it counts.
_HELD = {
    "gpus": ("AllocTRES", "AllocGRES", "ReqTRES", "ReqGRES"),
    "nodes": ("AllocNodes", "NNodes", "AllocTRES", "ReqNodes", "ReqTRES"),
    "cpus": ("AllocCPUS", "NCPUS", "AllocTRES", "ReqCPUS", "ReqTRES"),
}
_READ = (
    *("JobID", "JobIDRaw", "User", "UID", "Account", "Group", "Partition", "State", "Submit", "Start", "End"),
    *("Elapsed", "ElapsedRaw", "Timelimit", "TimelimitRaw", *_HELD["gpus"], *_HELD["nodes"], *_HELD["cpus"]),
)
_SECONDS_PER_MINUTE = 60


def looks_like_sacct(line: bytes) -> bool:
    """True for a header of sacct."""
    names = {name.strip().lower() for name in line.split(SEPARATOR.encode())}
    return bool(names & {b"jobid", b"jobidraw"}) and len(names) > 1


def read_sacct(source: Source, chosen: Reading, header: Header, faults: Faults) -> Iterator[Records]:
    """The records of a sacct log chunk by chunk; fills the names in `header` on the way."""
    table: _Table | None = None
    users, groups = Names(header.user_names), Names(header.group_names)
    for line, content in source.chunks():
        chunk = content
        if table is None:
            first, _, chunk = content.lstrip(b"\r\n").partition(b"\n")
            line += content.count(b"\n") - chunk.count(b"\n")
            table = _Table.under(first.removeprefix(BYTE_ORDER_MARK), source.origin, chosen)
            header.has_request = "Timelimit" in table.at or "TimelimitRaw" in table.at
        if chunk:
            columns, lines = text_columns(chunk, line, table.layout, faults)
            if len(lines):
                yield table.records(columns, lines, chosen, users, groups)


@dataclass(frozen=True)
class _Table:
    """The columns of a sacct log: where each of Slurm's names stands in this file."""

    layout: Layout
    at: dict[str, str]  # Slurm's name -> the name in the header

    @classmethod
    def under(cls, line: bytes, origin: str, chosen: Reading) -> _Table:
        """The table under a header; LogError where it lacks what a replay needs."""
        names = tuple(name.strip() for name in line.decode("utf8", "replace").rstrip("\r").split(SEPARATOR))
        folded = {name.lower(): name for name in reversed(names)}
        at = {name: folded[name.lower()] for name in _READ if name.lower() in folded}
        lacking = [*(["JobID"] if not {"JobID", "JobIDRaw"} & set(at) else []), *({"Submit"} - set(at))]
        if not {"Elapsed", "ElapsedRaw"} & set(at):
            lacking += sorted({"Start", "End"} - set(at))
        if not set(_HELD[chosen.count]) & set(at):
            lacking.append(" or ".join(_HELD[chosen.count]))
        if lacking:
            raise LogError(origin, [f"line 1 names no column {join_words(lacking)}; make the log with {EXAMPLE}"])
        wanted = tuple(dict.fromkeys(at.values()))
        return cls(Layout(names, wanted, SEPARATOR, quoted=False), at)

    def column(self, columns: Any, *names: str) -> Any:
        """The first of these columns that there is, or None."""
        return next((columns[self.at[name]] for name in names if name in self.at), None)

    def records(self, columns: Any, lines: Integers, chosen: Reading, users: Names, groups: Names) -> Records:
        """A chunk of the log by its meaning."""
        ids = self.column(columns, "JobID", "JobIDRaw")
        times = self._times(columns, len(lines), chosen)
        request = self._duration(columns, len(lines), "Timelimit", "TimelimitRaw", _SECONDS_PER_MINUTE)
        run, run_fault, run_rounded = self._run(columns, times)
        held, held_fault = self._held(columns, len(lines), chosen.count)
        states = self._states(columns, ids, times, held, chosen.count)
        fault = first_fault(*(t.fault for t in times.values()), request[1], run_fault, held_fault)
        fault[states == STEP] = 0  # a step need not be sound
        names = users.numbers, groups.numbers
        user, group = (
            take(column) if column is not None else np.full(len(lines), -1)
            for take, column in zip(
                names, (self.column(columns, "User", "UID"), self.column(columns, "Account", "Group")), strict=True
            )
        )
        notes = {
            "fold": np.any([t.fold > 0 for t in times.values()], axis=0),
            "gap": np.any([t.gap for t in times.values()], axis=0),
        }
        rounded = [t.rounded for t in times.values()]
        return Records(
            line=lines,
            id=job_names(ids),
            submit=plausible(times["Submit"].seconds, LATEST_SECONDS, fault),
            run=plausible(run, LONGEST_SECONDS, fault),
            request=plausible(request[0], LONGEST_SECONDS, fault),
            gpus=plausible(held, MOST_GPUS, fault),
            user=user,
            group=group,
            start=times["Start"].seconds if "Start" in times else np.full(len(lines), MISSING),
            state=states,
            fault=fault,
            elsewhere=self._elsewhere(columns, len(lines), chosen.partitions),
            notes={**notes, "rounded": np.any([*rounded, request[2], run_rounded], axis=0)},
        )

    def _times(self, columns: Any, n: int, chosen: Reading) -> dict[str, Moments]:
        """Submission, and start and end where they are told, in UTC."""
        where = zone(chosen.time_zone)
        names = [name for name in ("Submit", "Start", "End") if name in self.at]
        return in_order({name: moments(columns[self.at[name]], where) for name in names})

    def _duration(self, columns: Any, n: int, name: str, raw: str, raw_seconds: int) -> Numbers:
        """A duration, in text or in plain units of `raw_seconds`."""
        column = self.column(columns, name)
        if column is not None:
            return numbers(column, duration)
        column = self.column(columns, raw)
        if column is None:
            return np.full(n, MISSING), np.zeros(n, np.int8), np.zeros(n, np.bool_)
        value, fault, rounded = numbers(column, duration)
        return np.where(value > 0, value * raw_seconds, value), fault, rounded

    def _run(self, columns: Any, times: dict[str, Moments]) -> Numbers:
        """End less start; what Slurm says has elapsed where one of them is not known or summer time blurs it."""
        n = len(times["Submit"].seconds)
        elapsed, fault, rounded = self._duration(columns, n, "Elapsed", "ElapsedRaw", 1)
        if "Start" not in times or "End" not in times:
            return elapsed, fault, rounded
        start, end = times["Start"], times["End"]
        blurred = ((start.fold > 0) | start.gap | (end.fold > 0) | end.gap) & (elapsed != MISSING)
        known = (start.seconds != MISSING) & (end.seconds != MISSING) & ~blurred
        run = np.where(known, end.seconds - np.where(known, start.seconds, 0), elapsed)
        return run, np.where(known, 0, fault).astype(np.int8), rounded & ~known

    def _held(self, columns: Any, n: int, count: str) -> tuple[Integers, NDArray[np.int8]]:
        """What each job holds: of the columns that may tell it, the first that does."""
        held, fault = np.full(n, MISSING), np.zeros(n, np.int8)
        for name in _HELD[count]:
            if name not in self.at:
                continue
            read = number if name not in _HELD["gpus"] else None
            kind = {"nodes": "node", "cpus": "cpu"}.get(count, "gpus")
            take = partial(resource, name=kind) if read is None else _plain_number
            value, wrong, _ = numbers(columns[self.at[name]], take)
            if name == "ReqGRES":
                value = np.where(value > 0, value * self._nodes(columns, n), value)
            fault = np.where((held <= 0) & (fault == 0), wrong, fault).astype(np.int8)
            held = np.where((held <= 0) & (value != MISSING), value, held)
        return held, fault

    def _nodes(self, columns: Any, n: int) -> Integers:
        """Nodes of each job, for resources that are told by the node; 1 where nothing is known."""
        nodes, _ = self._held(columns, n, "nodes")
        return np.maximum(nodes, 1)

    def _states(
        self, columns: Any, ids: Any, times: dict[str, Moments], held: Integers, count: str
    ) -> NDArray[np.int8]:
        """State of each record; a step is a step whatever its state."""
        states = np.full(len(held), ENDED, np.int8)
        if "State" in self.at:
            each, position = by_text(columns[self.at["State"]], state)
            states = np.array(each, np.int8)[position]
        if "End" in times:
            states[(states == ENDED) & (times["End"].seconds == MISSING) & (times["End"].fault == 0)] = UNFINISHED
        if count == "gpus":
            states[(states == ENDED) & ((held == 0) | (held == MISSING))] = NO_GPUS
        steps, position = by_text(ids, is_step)
        states[np.array(steps, np.bool_)[position]] = STEP
        return states

    def _elsewhere(self, columns: Any, n: int, partitions: Sequence[str]) -> NDArray[np.bool_]:
        """Records of other partitions than those wanted."""
        column = self.column(columns, "Partition")
        if not partitions:
            return np.zeros(n, np.bool_)
        if column is None:
            raise LogError("--partition", ["the log has no column Partition"])
        each, position = by_text(column, lambda text: not set(text.split(",")) & set(partitions))
        return np.array(each, np.bool_)[position]


def _plain_number(text: str) -> tuple[int, int, bool]:
    """A count that stands alone, or nothing."""
    return number(text.strip().encode()) if text.strip() else (MISSING, 0, False)
