"""What became of every job: noted under way, then flat arrays of integer seconds, and statistics of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.queue.jobs import Flags, Integers, Jobs, Reals, below, refuse
from sim.queue.kernel import layout

Finished = NDArray[np.void]
"""Records of `kernel.layout.FINISHED` [job]: jobs that have ended or been rejected, in the order in which they did."""

COLUMNS = ("submit", "held", "first_start", "start", "end", "pool", "restarts", "lost", "rejected")


@dataclass(frozen=True, eq=False)
class Schedule:
    """What became of every job, as flat records; -1 stands for `has not happened`.

    submit_seconds, held_gpus [job]: as submitted; GPUs held while running (whole nodes, if the rules say so).
    first_start_seconds, start_seconds, end_seconds [job]: start of the first and of the latest attempt, and the end.
    pool [job]: where the latest attempt runs or ran.
    restarts, lost_seconds [job]: attempts cut short by failures, and the run time to be repeated.
    interrupted_job, interrupted_start_seconds, interrupted_end_seconds, interrupted_pool [interruption]: of these.
    capacity_seconds, capacity_gpus, capacity_pool [change]: from when on how many GPUs of a pool were in service.
    rejected [job]: larger than every pool that it may use can ever be, or can ever be again.
    withdrawn [job]: of a campaign that a backlog put off; it never joined the queue.
    free_gpu_seconds, stranded_gpu_seconds: GPU-seconds in service that nobody held, and how many of them stood on nodes
        that were partly in use (known under `best_fit` only), up to the last start, end or change of capacity.
    """

    submit_seconds: Integers
    held_gpus: Integers
    first_start_seconds: Integers
    start_seconds: Integers
    end_seconds: Integers
    pool: Integers
    restarts: Integers
    lost_seconds: Integers
    interrupted_job: Integers
    interrupted_start_seconds: Integers
    interrupted_end_seconds: Integers
    interrupted_pool: Integers
    capacity_seconds: Integers
    capacity_gpus: Integers
    capacity_pool: Integers
    rejected: Flags
    withdrawn: Flags
    free_gpu_seconds: int = 0
    stranded_gpu_seconds: int = 0

    @property
    def started(self) -> Flags:
        """Jobs that have started at least once [job]."""
        return self.first_start_seconds >= 0

    @property
    def ended(self) -> Flags:
        """Jobs that have ended, by themselves or at their wall limit [job]."""
        return self.end_seconds >= 0

    @property
    def wait_seconds(self) -> Integers:
        """Seconds from submission to the first start [job]; -1 without a start."""
        return wait_seconds(self.submit_seconds, self.first_start_seconds)

    @property
    def fragmentation(self) -> float:
        """Share of the free GPUs, over time, that stood on partly used nodes; NaN where nothing was ever free."""
        return self.stranded_gpu_seconds / self.free_gpu_seconds if self.free_gpu_seconds else float("nan")

    @property
    def attempts(self) -> tuple[Integers, Integers, Integers]:
        """Job, start and end [seconds] of every attempt, the interrupted ones first [attempt]; under way: end -1."""
        jobs = np.flatnonzero(self.start_seconds >= 0)
        return (
            np.concatenate([self.interrupted_job, jobs]),
            np.concatenate([self.interrupted_start_seconds, self.start_seconds[jobs]]),
            np.concatenate([self.interrupted_end_seconds, self.end_seconds[jobs]]),
        )


def wait_seconds(submit_seconds: Integers, start_seconds: Integers) -> Integers:
    """Seconds [job] between submission and start; -1 where there is no start.

    >>> wait_seconds(np.array([5, 6]), np.array([9, -1]))
    array([ 4, -1])
    """
    return np.where(start_seconds < 0, np.int64(-1), start_seconds - submit_seconds)


def bounded_slowdown(wait_seconds: Integers, run_seconds: Integers, tau_seconds: int) -> Reals:
    """Response time over run time [job], where a run shorter than `tau_seconds` counts as that long; at least 1.

    Feitelson and Rudolph (1998, JSSPP), whose 10 s the published tables keep; this model takes 600 s. Every job must
    have started: waits of -1 are refused.

    >>> bounded_slowdown(np.array([30, 30, 0]), np.array([60, 1, 1]), tau_seconds=10)
    array([1.5, 3.1, 1. ])
    """
    refuse("bounded slowdown", below("wait_seconds", wait_seconds, 0, "seconds (has every job started?)"))
    if tau_seconds < 1:
        raise ValueError(f"tau_seconds = {tau_seconds}: must be at least 1 second")
    return np.maximum(1.0, (wait_seconds + run_seconds) / np.maximum(run_seconds, tau_seconds))


def as_schedule(
    columns: Mapping[str, Integers], interruptions: Sequence[Sequence[int]], changes: Sequence[Sequence[int]],
    free_gpu_seconds: int = 0, stranded_gpu_seconds: int = 0,
) -> Schedule:  # fmt: skip
    """A schedule from `COLUMNS` by name, each [job].

    interruptions: job, start, end and pool of every attempt cut short. changes: second, GPUs in service and pool.
    free_gpu_seconds, stranded_gpu_seconds: as of the schedule, where they are known.
    """
    interrupted = np.array(interruptions, np.int64).reshape(-1, 4).T
    capacity = np.array(changes, np.int64).reshape(-1, 3).T
    *others, rejected = (columns[name] for name in COLUMNS)
    known = (rejected == layout.TOO_LARGE, rejected == layout.WITHDRAWN, free_gpu_seconds, stranded_gpu_seconds)
    fields: list[Any] = [*others, *interrupted, *capacity, *known]  # in the order of the class
    return Schedule(*fields)


@dataclass
class JobRecords:
    """A schedule under way as plain lists, for a scheduler touches single entries; -1 stands for `has not happened`."""

    submit: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    first_start: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    pool: list[int] = field(default_factory=list)
    restarts: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)
    interruptions: list[tuple[int, int, int, int]] = field(default_factory=list)  # job, start, end, pool
    capacity: list[tuple[int, int, int]] = field(default_factory=list)  # second, GPUs, pool

    def announce(self, jobs: Jobs, held_gpus: Integers) -> None:
        """Open the records of jobs that will hold `held_gpus` [job]."""
        self.submit += jobs.submit_seconds.tolist()
        self.held += held_gpus.tolist()
        for unknown in (self.first_start, self.start, self.end, self.pool):
            unknown += [-1] * len(jobs)
        for count in (self.restarts, self.lost, self.rejected):
            count += [0] * len(jobs)

    def schedule(self, free_gpu_seconds: int, stranded_gpu_seconds: int) -> Schedule:
        """The records so far as arrays."""
        columns = {name: np.array(getattr(self, name), np.int64) for name in COLUMNS}
        return as_schedule(columns, self.interruptions, self.capacity, free_gpu_seconds, stranded_gpu_seconds)


class Collector:
    """A sink of the compiled queue that keeps everything: the columns of a schedule, filled in as jobs finish."""

    def __init__(self) -> None:
        """Begin with no jobs."""
        self._columns = {name: np.zeros(0, np.int64) for name in COLUMNS}

    def __call__(self, finished: Finished) -> None:
        """Take over jobs that have finished."""
        if not finished.size:
            return
        self._extend(int(finished["rank"].max()) + 1)
        for name, column in self._columns.items():
            column[finished["rank"]] = finished[name]

    def _extend(self, jobs: int) -> None:
        """Have columns of at least so many jobs."""
        before = len(self._columns["submit"])
        if before < jobs:
            more = np.zeros(max(jobs, 2 * before) - before, np.int64)
            self._columns = {name: np.concatenate([column, more]) for name, column in self._columns.items()}

    def columns(self, jobs: int) -> dict[str, Integers]:
        """The columns of the first `jobs` jobs, by name."""
        self._extend(jobs)
        return {name: column[:jobs].copy() for name, column in self._columns.items()}


def add_unfinished(
    columns: Mapping[str, Integers], alive: NDArray[np.void], submitted: int, to_come: list[tuple[Integers, Integers]]
) -> None:
    """Write into the columns what is known of jobs that wait, run or have yet to be submitted.

    alive: records of `kernel.layout.SLOT` of jobs that wait or run. submitted: how many jobs have joined the queue.
    to_come: submission in seconds and GPUs held [job] of the others, batch after batch.
    """
    for name in ("submit", "held", "first_start", "restarts", "lost", "start", "pool"):
        columns[name][alive["rank"]] = alive[name]
    columns["end"][alive["rank"]] = -1
    for name in ("first_start", "start", "end", "pool"):
        columns[name][submitted:] = -1
    columns["submit"][submitted:] = np.concatenate([submit for submit, _ in to_come])
    columns["held"][submitted:] = np.concatenate([held for _, held in to_come])
