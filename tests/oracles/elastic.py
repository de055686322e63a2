"""Users whom a queue puts off, as a plain process on its clock: each campaign asks for the backlog before it is sent.

The queue itself knows nothing of it: what it is handed comes whatever waits. That is how `sim.queue.scheduler.patience`
and its compiled counterpart are checked, which decide inside the queue by a tolerance that each campaign carries.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import groupby

import numpy as np
from simpy import Environment, Event

from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Jobs
from sim.queue.scheduler.plain import JobQueue
from sim.queue.workload.counter import stream_key, uniforms_at
from sim.queue.workload.generator import Arrivals
from sim.queue.workload.model import JobModel

HOUR = 3_600


def submitted_share(backlog_hours: float, half_hours: float, power: float = 1.0) -> float:
    """Part of the campaigns that are submitted when the queue holds so many hours of the whole machine's work.

    half_hours: backlog at which every other campaign is withdrawn. power: how sharply they are withdrawn around it.
    """
    return float(1 / (1 + (backlog_hours / half_hours) ** power))


class AskingUsers:
    """Campaigns that decide one by one before a queue of `gpus` GPUs which takes all that it is given."""

    def __init__(self, arrivals: Arrivals, gpus: int, rules: Rules, model: JobModel, seed: int) -> None:
        """Let all of them decide, and all jobs end. seed: that of the arrivals, of replication 0."""
        self.jobs, self.place, self.gpus, self.model = arrivals.jobs, arrivals.place.tolist(), gpus, model
        self.luck = uniforms_at(stream_key(seed, "jobs.patience", 0), arrivals.jobs.campaign).tolist()
        self.env = Environment()
        self.queue = JobQueue(self.env, gpus, rules)
        self.kept: list[int] = []  # jobs submitted
        self.gone: set[int] = set()  # campaigns withdrawn
        self.work = self.asked = 0  # GPU-seconds of the jobs submitted
        self.env.process(self._run())
        self.queue.finish()

    def start_seconds(self) -> np.ndarray:
        """Starts [job], -1 for those that were withdrawn."""
        starts = np.full(len(self.jobs), -1)
        starts[self.kept] = self.queue.schedule().start_seconds
        return starts

    def _run(self) -> Generator[Event, None, None]:
        """Wake in every second that brings jobs, before anything else in it."""
        for second, here in self._by_second():
            yield self.env.timeout(second - self.env.now)
            waiting = self.queue.backlog_gpu_seconds()
            staying = [job for job in here if self._stays(job, waiting)]
            self.kept += staying
            self.queue.submit(self._plain(staying))

    def _by_second(self) -> Iterator[tuple[int, list[int]]]:
        """Seconds and their jobs."""
        submit = self.jobs.submit_seconds.tolist()
        for second, here in groupby(range(len(submit)), key=submit.__getitem__):
            yield second, list(here)

    def _stays(self, job: int, waiting_gpu_seconds: int) -> bool:
        """The first job of a campaign draws a lot; the others follow it."""
        campaign, jobs = int(self.jobs.campaign[job]), self.jobs
        if self.place[job] == 0:
            used = self.work / self.asked if self.asked else 1.0
            hours = waiting_gpu_seconds * used / (self.gpus * HOUR)
            if self.luck[job] >= submitted_share(hours, self.model.backlog_hours, self.model.backlog_power):
                self.gone.add(campaign)
        if campaign in self.gone:
            return False
        self.work += int(jobs.gpus[job] * jobs.work_seconds[job])
        self.asked += int(jobs.gpus[job] * jobs.request_seconds[job])
        return True

    def _plain(self, rows: list[int]) -> Jobs:
        """Jobs that come whatever waits."""
        names = ("submit_seconds", "run_seconds", "request_seconds", "gpus", "tier", "user")
        return Jobs(**{name: getattr(self.jobs, name)[rows] for name in names})
