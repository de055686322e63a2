"""Slurm's accounting as `sacct --parsable2` prints it: a header, then fields between upright strokes, in any order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.formatting import join_words
from sim.queue.jobs import Integers
from sim.queue.logs import records
from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.records import CODE, MISSING, Header, Reading, Records, first_fault, plausible
from sim.queue.logs.source import Source
from sim.queue.logs.texts import Layout, Names, by_text, job_names, moments, numbers, text_tables
from sim.queue.logs.values import NOTHING, Moments, Numbers, clock_changes, duration, in_order, number, sound, zone

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
    *("JobID", "JobIDRaw", "User", "UID", "Account", "Group", "Partition", "State", "Submit", "Start", "End"),
    *("Elapsed", "ElapsedRaw", "Timelimit", "TimelimitRaw", *_HELD["gpus"], *_HELD["nodes"], *_HELD["cpus"]),
)
_SECONDS_PER_MINUTE = 60
_GPU = re.compile(r"(?:gres[/:])?gpu(?::[^:=,()]+)?", re.IGNORECASE)
_UNTYPED = re.compile(r"(?:gres[/:])?gpu", re.IGNORECASE)
_COUNT = re.compile(r"\d{1,12}")
_INDEX = re.compile(r"\([^)]*\)")  # which of a node's GPUs, as in gpu:tesla:2(S:0-1)
_UNFINISHED = {
    *("PENDING", "RUNNING", "SUSPENDED", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESIZING", "CONFIGURING"),
    *("COMPLETING", "STAGE_OUT", "SIGNALING", "SPECIAL_EXIT", "STOPPED", "RESV_DEL_HOLD"),
    *("PD", "R", "S", "RQ", "CF", "CG", "RS", "RH", "SE", "SI", "SO", "ST"),
}
_CANCELLED = {"CANCELLED", "CA"}


def looks_like_sacct(line: bytes) -> bool:
    """True for a header of sacct."""
    names = {name.strip().lower() for name in line.split(SEPARATOR.encode())}
    return bool(names & {b"jobid", b"jobidraw"}) and len(names) > 1


def read_sacct(source: Source, chosen: Reading, header: Header, faults: Faults) -> Iterator[Records]:
    """The records of a sacct log chunk by chunk; fills the names in `header` on the way."""
    users, groups = Names(header.user_names), Names(header.group_names)
    for layout, columns, lines in text_tables(source, lambda line: _under(line, source.origin, chosen), faults):
        header.has_request = "Timelimit" in layout.at or "TimelimitRaw" in layout.at
        yield _Table(layout.at).records(columns, lines, chosen, users, groups)


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

    def column(self, columns: Any, *names: str) -> Any:
        """The first of these columns that there is, or None."""
        return next((columns[self.at[name]] for name in names if name in self.at), None)

    def records(self, columns: Any, lines: Integers, chosen: Reading, users: Names, groups: Names) -> Records:
        """A chunk of the log by its meaning."""
        ids = self.column(columns, "JobID", "JobIDRaw")
        dated, where = [name for name in ("Submit", "Start", "End") if name in self.at], zone(chosen.time_zone)
        times = in_order({name: moments(columns[self.at[name]], where) for name in dated})
        request = self._duration(columns, len(lines), "Timelimit", "TimelimitRaw", _SECONDS_PER_MINUTE)
        run, run_fault, run_rounded = self._run(columns, times)
        held, held_fault = self._held(columns, len(lines), chosen.count)
        states = self._states(columns, ids, times, held, chosen.count)
        fault = first_fault(*(t.fault for t in times.values()), request[1], run_fault, held_fault)
        fault[states == records.STEP] = 0  # a step need not be sound
        owners = self.column(columns, "User", "UID"), self.column(columns, "Account", "Group")
        user, group = (
            each.numbers(column) if column is not None else np.full(len(lines), -1)
            for each, column in zip((users, groups), owners, strict=True)
        )
        rounded = [*(t.rounded for t in times.values()), request[2], run_rounded]
        return Records(
            line=lines,
            id=job_names(ids),
            submit=plausible(times["Submit"].seconds, records.LATEST_SECONDS, fault),
            run=plausible(run, records.LONGEST_SECONDS, fault),
            request=plausible(request[0], records.LONGEST_SECONDS, fault),
            gpus=plausible(held, records.MOST_GPUS, fault),
            user=user,
            group=group,
            start=times["Start"].seconds if "Start" in times else np.full(len(lines), MISSING),
            state=states,
            fault=fault,
            elsewhere=self._elsewhere(columns, len(lines), chosen.partitions),
            notes={**clock_changes(times.values()), "rounded": np.any(rounded, axis=0)},
        )

    def _duration(self, columns: Any, n: int, name: str, raw: str, raw_seconds: int) -> Numbers:
        """A duration, in text or in plain units of `raw_seconds`."""
        for column, seconds in ((self.column(columns, name), 1), (self.column(columns, raw), raw_seconds)):
            if column is not None:
                value, fault, rounded = numbers(column, duration)
                return np.where(value > 0, value * seconds, value), fault, rounded
        return sound(np.full(n, MISSING))

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
        """What each job holds: of the columns that may give it, the first that does."""
        held, fault = np.full(n, MISSING), np.zeros(n, np.int8)
        for name in _HELD[count]:
            if name not in self.at:
                continue
            kind = {"nodes": "node", "cpus": "cpu"}.get(count, "gpus")
            read = partial(resource, name=kind) if name in _HELD["gpus"] else _plain_number
            value, wrong, _ = numbers(columns[self.at[name]], read)
            if name == "ReqGRES":
                nodes = np.maximum(self._held(columns, n, "nodes")[0], 1)  # it counts by the node
                value = np.where(value > 0, value * nodes, value)
            fault = np.where((held <= 0) & (fault == 0), wrong, fault).astype(np.int8)
            held = np.where((held <= 0) & (value != MISSING), value, held)
        return held, fault

    def _states(
        self, columns: Any, ids: Any, times: dict[str, Moments], held: Integers, count: str
    ) -> NDArray[np.int8]:
        """State of each record; a step is a step whatever its state."""
        states = np.full(len(held), records.ENDED, np.int8)
        if "State" in self.at:
            each, position = by_text(columns[self.at["State"]], state)
            states = np.array(each, np.int8)[position]
        if "End" in times:
            states[(states == records.ENDED) & (times["End"].seconds == MISSING) & (times["End"].fault == 0)] = (
                records.UNFINISHED
            )
        if count == "gpus":
            states[(states == records.ENDED) & ((held == 0) | (held == MISSING))] = records.NO_GPUS
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
        each, position = by_text(column, lambda text: not set(text.split(",")) & set(partitions))
        return np.array(each, np.bool_)[position]


def _plain_number(text: str) -> tuple[int, int, bool]:
    """A count that stands alone, or nothing."""
    return number(text.strip().encode()) if text.strip() else (MISSING, 0, False)


# --- how Slurm writes states, job numbers and resources ---


def state(text: str) -> int:
    """What a state means for a replay; all that ended somehow, and states that are not known, count as ended.

    >>> from sim.queue.logs.records import CANCELLED, ENDED, UNFINISHED
    >>> state("CANCELLED by 1000") == CANCELLED, state("RUNNING") == UNFINISHED, state("TIMEOUT") == ENDED
    (True, True, True)
    """
    first = text.upper().split()[:1]
    word = first[0].rstrip("+") if first else ""
    return records.UNFINISHED if word in _UNFINISHED else records.CANCELLED if word in _CANCELLED else records.ENDED


def is_step(job: str) -> bool:
    """True for a step of a job.

    >>> [is_step(job) for job in ("123", "123_4", "123_[0-5]", "123+1", "123.batch", "123_4.0", "123.extern")]
    [False, False, False, False, True, True, True]
    """
    return "." in job


def resource(text: str, name: str) -> tuple[int, int, bool]:
    """(how much, fault, False) of `node`, `cpu` or `gpus` in a list of resources; MISSING where there is no list.

    Trackable resources as in AllocTRES, generic ones as in AllocGRES. Where GPUs are listed with and without a type,
    the line without one is their sum.

    >>> [resource(text, "gpus")[0] for text in ("billing=8,cpu=4,gres/gpu:a100=4,gres/gpu=4,node=1", "gres:gpu:a100:2",
    ...     "gres/gpu:a100=1,gres/gpu:h100=2", "gpu:2(S:0-1)", "cpu=4,gres/gpumem=80G", "gpu")]
    [4, 2, 3, 2, 0, 1]
    >>> resource("billing=8,cpu=4,node=2", "node"), resource("", "gpus")[0] == MISSING, resource("hello", "gpus")[1] > 0
    ((2, 0, False), True, True)
    """
    if text.strip().casefold() in NOTHING:
        return MISSING, 0, False
    total, untyped, sound = 0, -1, True
    for item in _INDEX.sub("", text).split(","):
        key, count = _split(item.strip())
        if key is None:
            sound = False
        elif name != "gpus":
            total += count if key == name else 0
        elif _UNTYPED.fullmatch(key):
            untyped = max(untyped, 0) + count
        elif _GPU.fullmatch(key):
            total += count
    if not sound:
        return MISSING, CODE["resources"], False
    return (untyped if untyped >= 0 else total), 0, False


def _split(item: str) -> tuple[str | None, int]:
    """(name, count) of one resource; None for what is none, and a count of 0 for what is not counted in ones."""
    key, equals, value = item.partition("=")
    if not equals:
        # generic resources: name[:type][:count]
        if not _GPU.match(item) and ":" not in item and not item.isidentifier():
            return None, 0
        head, _, last = item.rpartition(":")
        known = _COUNT.fullmatch(last) and head
        key, value = (head, last) if known else (item, "1")
        if not _GPU.fullmatch(key):
            return (key, 0) if known or ":" in item else (None, 0)
    if not key or not value:
        return None, 0
    if _COUNT.fullmatch(value):
        return key, int(value)
    return (None, 0) if _GPU.fullmatch(key) or key in {"node", "cpu"} else (key, 0)
