"""What the compiled queue hands on when jobs finish, and the sink that keeps all of it for a schedule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.queue.jobs import Integers
from sim.queue.schedules import Schedule

Finished = NDArray[np.void]
"""Records of `kernel.layout.FINISHED` [job]: jobs that have ended or been refused, in the order in which they did."""


class Collector:
    """Keeps everything: the columns of a Schedule, filled in as jobs finish."""

    COLUMNS = ("submit", "held", "first_start", "start", "end", "restarts", "lost", "pool", "refused")

    def __init__(self) -> None:
        """Begin with no jobs."""
        self._columns = {name: np.zeros(0, np.int64) for name in self.COLUMNS}

    def __call__(self, finished: Finished) -> None:
        """Take over jobs that have finished."""
        rank = finished["rank"]
        if not rank.size:
            return
        self._make_room(int(rank.max()) + 1)
        for name, column in self._columns.items():
            column[rank] = finished[name]

    def _make_room(self, jobs: int) -> None:
        """Hold columns of at least so many jobs."""
        if len(self._columns["submit"]) < jobs:
            for name, column in self._columns.items():
                self._columns[name] = np.concatenate(
                    [column, np.zeros(max(jobs, 2 * len(column)) - len(column), np.int64)]
                )

    def columns(self, jobs: int) -> dict[str, Integers]:
        """The columns of the first `jobs` jobs."""
        self._make_room(jobs)
        return {name: column[:jobs].copy() for name, column in self._columns.items()}


def as_schedule(
    columns: dict[str, Integers], interrupted: list[tuple[int, ...]], changes: list[tuple[int, int, int]]
) -> Schedule:
    """The columns of a collector, interruptions (job, start, end, pool), changes of capacity (second, GPUs, pool)."""
    interruptions = np.array(interrupted, np.int64).reshape(-1, 4).T
    capacity = np.array(changes, np.int64).reshape(-1, 3).T
    return Schedule(
        submit_seconds=columns["submit"], held_gpus=columns["held"],
        first_start_seconds=columns["first_start"], start_seconds=columns["start"], end_seconds=columns["end"],
        pool=columns["pool"], restarts=columns["restarts"], lost_seconds=columns["lost"],
        interrupted_job=interruptions[0], interrupted_start_seconds=interruptions[1],
        interrupted_end_seconds=interruptions[2], interrupted_pool=interruptions[3],
        capacity_seconds=capacity[0], capacity_gpus=capacity[1], capacity_pool=capacity[2],
        refused=columns["refused"].astype(np.bool_),
    )  # fmt: skip


def add_unfinished(
    columns: dict[str, Integers], alive: NDArray[np.void], submitted: int, to_come: list[tuple[Integers, Integers]]
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
