"""Demand that reacts to waiting: each campaign looks at the queue and is submitted or withdrawn.

The campaigns are those of `generate`, and whether one gives up depends on its own number and on the backlog alone: two
options that wait equally long lose the same campaigns. Withdrawn work is an outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple, Protocol

import numpy as np
from simpy import Environment, Event

from sim.queue.jobs import DEFAULTS, Integers, Jobs, Reals
from sim.queue.workload import kernel
from sim.queue.workload.counter import stream_key, uniforms_at
from sim.queue.workload.generator import distributions
from sim.queue.workload.kernel import Distributions
from sim.queue.workload.model import JobModel
from sim.queue.workload.rates import Demand
from sim.units import HOURS_PER_MONTH, SECONDS_PER_HOUR

ROWS = 2**12  # campaigns listed at once


def submitted_share(backlog_hours: float, half_hours: float, power: float = 1.0) -> float:
    """Part of the campaigns that are submitted when the queue holds so many hours of the whole machine's work.

    half_hours: backlog at which every other campaign is withdrawn. power: how sharply they are withdrawn around it.

    >>> submitted_share(0.0, 24.0), submitted_share(24.0, 24.0), submitted_share(48.0, 24.0, power=2.0)
    (1.0, 0.5, 0.2)
    """
    return float(1 / (1 + (backlog_hours / half_hours) ** power))


class Queue(Protocol):
    """What a queue must offer to be looked at before a campaign is submitted."""

    def backlog_gpu_seconds(self) -> float:
        """GPUs times seconds asked for, over the waiting jobs."""

    def submit(self, jobs: Jobs) -> range:
        """Announce jobs; returns their numbers."""


class Campaign(NamedTuple):
    """A campaign that is about to begin, with its jobs as rows of `kernel` columns [column, job]."""

    number: int
    start: float
    columns: Integers

    @property
    def gpu_seconds(self) -> int:
        """Work of all its jobs."""
        run, request = self.columns[kernel.RUN], self.columns[kernel.REQUEST]
        return int((self.columns[kernel.GPUS] * np.minimum(run, request)).sum())

    @property
    def asked_gpu_seconds(self) -> int:
        """What its jobs ask for."""
        return int((self.columns[kernel.GPUS] * self.columns[kernel.REQUEST]).sum())


def campaigns(source: Distributions) -> Iterator[Campaign]:
    """The campaigns of a horizon one by one."""
    counts, clocks = np.zeros(2, np.int64), np.array([kernel.start(source, 0, 0.0)])
    starts, scores = np.empty(ROWS), np.empty((ROWS, kernel.OPEN_SCORES))
    opened = np.zeros((ROWS, kernel.OPEN_COLUMNS), np.int64)
    while rows := kernel.listed(source, counts, clocks, starts, opened, scores):
        for row in range(rows):
            columns = np.empty((kernel.COLUMNS, opened[row, kernel.LENGTH]), np.int64)
            kernel.expanded(source, opened[row], starts[row], scores[row], columns)
            yield Campaign(int(opened[row, kernel.NUMBER]), float(starts[row]), columns)


@dataclass
class Outcome:
    """What became of the demand, by month in which a campaign begins [month]; work in GPU-seconds."""

    submitted_campaigns: Reals
    withdrawn_campaigns: Reals
    submitted_gpu_seconds: Reals
    withdrawn_gpu_seconds: Reals
    withdrawn: list[int] = field(default_factory=list)  # numbers of the campaigns

    @property
    def withdrawn_share(self) -> float:
        """Part of the offered work that was withdrawn; NaN where none was offered."""
        gone, kept = self.withdrawn_gpu_seconds.sum(), self.submitted_gpu_seconds.sum()
        return float(gone / (gone + kept)) if gone + kept else float("nan")


class ElasticDemand:
    """Campaigns that decide one by one, as a process on the clock of the queue that they look at."""

    def __init__(
        self, env: Environment, queue: Queue, demand: Demand, model: JobModel, seed: int, replication: int = 0, *,
        backlog_hours: float, backlog_power: float = 1.0, capacity_gpus: Callable[[], float] | None = None,
    ) -> None:  # fmt: skip
        """Start the process.

        backlog_hours, backlog_power: how campaigns react to the queue, see `submitted_share`.
        capacity_gpus: GPUs in service now, over which the backlog is spread; left out, the machine of `demand`.
        """
        self.env, self.queue, self.demand = env, queue, demand
        self._half_hours, self._power = backlog_hours, backlog_power
        self._capacity = capacity_gpus or (lambda: float(demand.gpus))
        self._patience = stream_key(seed, "jobs.patience", replication)
        self._campaigns = campaigns(distributions(demand, model, seed, replication))
        self._due: list[tuple[float, int, int, list[int]]] = []  # time, campaign, place, columns of a job
        self._work = self._asked = 0  # GPU-seconds submitted: users know that jobs end sooner than they ask
        months = max(int(np.ceil(demand.hours / HOURS_PER_MONTH)), 1)
        self.outcome = Outcome(np.zeros(months), np.zeros(months), np.zeros(months), np.zeros(months))
        self.submitted: list[Integers] = []  # chunks [column, job] in the order of the queue
        env.process(self._run())

    def _run(self) -> Generator[Event, None, None]:
        """Wake when a campaign begins, and submit what is due until the next one does."""
        coming = next(self._campaigns, None)
        while coming is not None:
            yield self.env.timeout(max(int(coming.start) - self.env.now, 0))
            self._decide(coming)
            coming = next(self._campaigns, None)
            self._submit_until(int(coming.start) if coming is not None else self.demand.hours * int(SECONDS_PER_HOUR))

    def backlog_hours(self) -> float:
        """Work that waits over GPUs; what jobs ask for is scaled by what they have used of it so far."""
        used = self._work / self._asked if self._asked else 1.0
        gpus = max(self._capacity(), 1.0)
        return float(self.queue.backlog_gpu_seconds() * used / (gpus * SECONDS_PER_HOUR))

    def _decide(self, campaign: Campaign) -> None:
        """Submit a campaign or withdraw it."""
        stays = uniforms_at(self._patience, np.array([campaign.number]))[0] < submitted_share(
            self.backlog_hours(), self._half_hours, self._power
        )
        month = min(
            int(campaign.start / (HOURS_PER_MONTH * SECONDS_PER_HOUR)), self.outcome.submitted_campaigns.size - 1
        )
        work = campaign.gpu_seconds
        if not stays:
            self.outcome.withdrawn.append(campaign.number)
            self.outcome.withdrawn_campaigns[month] += 1
            self.outcome.withdrawn_gpu_seconds[month] += work
            return
        self.outcome.submitted_campaigns[month] += 1
        self.outcome.submitted_gpu_seconds[month] += work
        self._work += work
        self._asked += campaign.asked_gpu_seconds
        for place, row in enumerate(campaign.columns.T.tolist()):
            if row[kernel.SUBMIT] < self.demand.hours * SECONDS_PER_HOUR:
                heappush(self._due, (row[kernel.SUBMIT], campaign.number, place, row))

    def _submit_until(self, until_seconds: int) -> None:
        """Hand the jobs that are due before `until_seconds` to the queue, in order of time."""
        rows = []
        while self._due and self._due[0][0] < until_seconds:
            rows.append(heappop(self._due)[-1])
        if rows:
            columns = np.ascontiguousarray(np.array(rows, np.int64).T)
            self.submitted.append(columns)
            self.queue.submit(sound(columns))


def sound(columns: Integers) -> Jobs:
    """Rows of the kernel as jobs. They are sound: checking a handful of jobs costs more than all the rest."""
    jobs = object.__new__(Jobs)
    columns.setflags(write=False)
    for number, name in enumerate(kernel.DRAWN):
        object.__setattr__(jobs, name, columns[number])
    for name, value in DEFAULTS.items():
        if name not in kernel.DRAWN:
            column = np.full(columns.shape[1], value, np.int64)
            column.setflags(write=False)
            object.__setattr__(jobs, name, column)
    return jobs
