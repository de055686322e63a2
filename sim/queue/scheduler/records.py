"""What became of the jobs, noted under way: by the plain queue entry by entry, by the compiled one as jobs finish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.queue.jobs import Integers, Jobs
from sim.queue.schedules import Schedule

Finished = NDArray[np.void]
"""Records of `kernel.layout.FINISHED` [job]: jobs that have ended or been rejected, in the order in which they did."""

COLUMNS = ("submit", "held", "first_start", "start", "end", "pool", "restarts", "lost", "rejected")


def as_schedule(
    columns: Mapping[str, Integers],
    interruptions: Sequence[Sequence[int]],
    changes: Sequence[Sequence[int]],
    free_gpu_seconds: int = 0,
    stranded_gpu_seconds: int = 0,
) -> Schedule:
    """A schedule from `COLUMNS` by name, each [job].

    interruptions: job, start, end and pool of every attempt cut short. changes: second, GPUs in service and pool.
    free_gpu_seconds, stranded_gpu_seconds: as of the schedule, where they are known.
    """
    interrupted = np.array(interruptions, np.int64).reshape(-1, 4).T
    capacity = np.array(changes, np.int64).reshape(-1, 3).T
    *others, rejected = (columns[name] for name in COLUMNS)
    known = (rejected.astype(np.bool_), free_gpu_seconds, stranded_gpu_seconds)
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
