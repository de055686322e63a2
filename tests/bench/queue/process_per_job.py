"""The queue as one would first write it in SimPy: a process for every job, and one for the scheduler, with plain lists.

EASY over several pools, as in `sim.queue.scheduler.backfill`, and node failures; the yardstick of how much there is
to gain. Within one second: policy and failures, ends of jobs, submissions, and then one scheduling pass.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Generator, Iterator
from typing import Any

from simpy import Environment, Event, Interrupt, Process
from simpy.events import EventPriority

from tests.bench.queue.problem_r import CHECKPOINT_SECONDS, Problem

END, SUBMISSION, PASS = EventPriority(2), EventPriority(4), EventPriority(5)
BASE_SPEED = 1_000
NODE_GPUS = 8

Steps = Generator[Event, Any, None]


class Later(Event):
    """A timeout that lets others of the same second go first."""

    def __init__(self, env: Environment, delay: int, priority: EventPriority) -> None:
        """Put it on the clock."""
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority, delay)


class Machine:
    """One machine and its queue; `start`, `end` and `pool` [job] are the schedule."""

    def __init__(self, problem: Problem) -> None:
        """Put everything on the clock that is known beforehand."""
        jobs = problem.jobs
        self.env = env = Environment()
        self.submit, self.run = jobs.submit_seconds.tolist(), jobs.run_seconds.tolist()
        self.request, self.gpus = jobs.request_seconds.tolist(), jobs.gpus.tolist()
        self.start, self.end, self.pool = ([-1] * len(jobs) for _ in range(3))
        self.speed = [pool.speed for pool in problem.pools]
        self.retires = [pool.retires_seconds for pool in problem.pools]
        self.free = [pool.gpus for pool in problem.pools]
        self.capacity = list(self.free)
        self.newest_first = range(len(problem.pools) - 1, -1, -1)
        self.waiting: list[int] = []
        self.turns: dict[int, Event] = {}  # of the waiting jobs
        self.running: list[list[tuple[int, int]]] = [[] for _ in problem.pools]  # by estimated end, then number
        self.processes: dict[int, Process] = {}
        self.bell = env.event()
        for at, change, number in problem.steps:
            env.process(self.step(at, change, number))
        for at, uniform, repair, number in problem.failures:
            env.process(self.failure(at, uniform, repair, number))
        env.process(self.scheduler())
        env.process(self.source())

    # What happens to the machine.

    def step(self, at: int, change: int, pool: int) -> Steps:
        """A tranche is delivered (+) or retired (-)."""
        yield self.env.timeout(at)
        self.resize(pool, change)

    def failure(self, at: int, uniform: float, repair: int, pool: int) -> Steps:
        """A node fails, and comes back."""
        yield self.env.timeout(at)
        idle = max(self.free[pool], 0)
        place = int(uniform * (idle + sum(self.gpus[job] for _, job in self.running[pool]))) - idle
        for _, job in self.running[pool] if place >= 0 else []:
            place -= self.gpus[job]
            if place < 0:
                self.processes[job].interrupt()
                break
        lost = min(NODE_GPUS, max(self.capacity[pool], 0))
        self.resize(pool, -lost)
        yield self.env.timeout(repair)
        self.resize(pool, lost)

    def resize(self, pool: int, change: int) -> None:
        """GPUs come or go."""
        self.capacity[pool] += change
        self.free[pool] += change
        self.ring()

    def source(self) -> Steps:
        """Jobs come."""
        for job, at in enumerate(self.submit):
            yield Later(self.env, at - int(self.env.now), SUBMISSION)
            self.processes[job] = self.env.process(self.job(job))

    def job(self, job: int) -> Steps:
        """The life of a job."""
        remaining = self.run[job]
        while remaining:
            insort(self.waiting, job)
            self.turns[job] = self.env.event()
            self.ring()
            pool = yield self.turns[job]
            speed, begun = self.speed[pool], int(self.env.now)
            try:
                yield Later(self.env, min(-(-remaining * BASE_SPEED // speed), self.request[job]), END)
                remaining = 0
            except Interrupt:
                done = (int(self.env.now) - begun) * speed // BASE_SPEED
                remaining -= min(done // CHECKPOINT_SECONDS * CHECKPOINT_SECONDS, remaining - 1)
            self.running[pool].remove((begun + self.request[job], job))
            self.free[pool] += self.gpus[job]
            self.ring()
        self.end[job] = int(self.env.now)
        del self.processes[job]

    # The scheduler.

    def ring(self) -> None:
        """Something may let a job start."""
        if not self.bell.triggered:
            self.bell.succeed()

    def scheduler(self) -> Steps:
        """One pass at the end of every second in which the bell has been rung."""
        while True:
            yield self.bell
            yield Later(self.env, 0, PASS)
            self.bell = self.env.event()
            self.schedule(int(self.env.now))

    def schedule(self, now: int) -> None:
        """Start heads while they fit, then others that do not delay the head."""
        while self.waiting:
            pool = next(self.open_pools(self.waiting[0], now), None)
            if pool is None:
                break
            self.begin(self.waiting.pop(0), pool, now)
        if len(self.waiting) > 1 and max(self.free) > 0:
            self.backfill(now)

    def open_pools(self, job: int, now: int) -> Iterator[int]:
        """The pools that have room for a job and will not retire under it."""
        for pool in self.newest_first:
            if self.free[pool] >= self.gpus[job] and now + self.request[job] <= self.retires[pool]:
                yield pool

    def begin(self, job: int, pool: int, now: int) -> None:
        """Give a job its GPUs, and tell it."""
        self.free[pool] -= self.gpus[job]
        insort(self.running[pool], (now + self.request[job], job))
        self.start[job], self.pool[job] = now, pool
        self.turns.pop(job).succeed(pool)

    def backfill(self, now: int) -> None:
        """Start those behind the head that leave its reservation standing."""
        reserved, shadow, extra = self.reservation(self.waiting[0], now)
        started = set()
        most = max(self.free)
        for job in self.waiting[1:]:
            gpus = self.gpus[job]
            if gpus > most:
                continue
            for pool in self.open_pools(job, now):
                if pool == reserved and now + self.request[job] > shadow:
                    if gpus > extra:
                        continue
                    extra -= gpus
                self.begin(job, pool, now)
                started.add(job)
                most = max(self.free)
                break
            if most <= 0:
                break
        if started:
            self.waiting = [job for job in self.waiting if job not in started]

    def reservation(self, head: int, now: int) -> tuple[int, float, int]:
        """Pool and time at which the head fits first, by the requests, and the GPUs left over then."""
        best = (-1, float("inf"), 0)
        for pool in self.newest_first:
            free, shadow = self.free[pool], now
            for end, job in self.running[pool]:
                if free >= self.gpus[head] and end > shadow:
                    break
                free, shadow = free + self.gpus[job], end
            fits = free >= self.gpus[head] and shadow + self.request[head] <= self.retires[pool]
            if fits and shadow < best[1]:
                best = (pool, shadow, free - self.gpus[head])
        return best


def serve(problem: Problem) -> Machine:
    """The machine after everything has happened."""
    machine = Machine(problem)
    machine.env.run()
    return machine
