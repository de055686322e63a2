"""What a scheduler sees of a machine: its rules, its pools, and its jobs, waiting and running.

A scheduling pass looks at a `Machine` and names one start after the other; whoever asks carries each out at once, so
that the next is decided on what the machine has become.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from sim.queue.disciplines.ordering import fixed_parts, score
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Integers, Jobs
from sim.queue.pools import BASE_SPEED, NEVER, Pool
from sim.queue.scheduler.interruptions import attempt_seconds
from sim.queue.scheduler.placement import AnyGpu, Nodes, NodeState, Places, Running
from sim.queue.schedules import JobRecords


class Start(NamedTuple):
    """A decision: this job starts here and now."""

    job: int
    pool: int
    places: Places


class Reservation(NamedTuple):
    """A start in the future that a job can rely on."""

    pool: int
    start_seconds: int
    end_seconds: int  # by the estimate
    places: Places


class ServingPool:
    """One pool in service."""

    def __init__(self, number: int, pool: Pool, rules: Rules, now: int) -> None:
        """All GPUs are free."""
        self.number = number
        self.pool = pool
        self.largest_gpus: int | None = None  # the most that it will ever have; None where nobody knows
        self.installed_gpus = self.capacity_gpus = pool.gpus
        nodes = rules.placement == "best_fit"
        self.room: NodeState = Nodes(pool.gpus, rules.node_gpus) if nodes else AnyGpu(pool.gpus, rules.node_gpus)
        self.running: list[Running] = []  # ascending by estimated end
        self.free_gpu_seconds = self.stranded_gpu_seconds = 0  # up to the last change of the room
        self._changed_seconds = now

    def changing_room(self, now: int) -> NodeState:
        """The room, which is about to change: what of it has been free since the last change is booked."""
        self.free_gpu_seconds += max(self.room.free_gpus, 0) * (now - self._changed_seconds)
        self.stranded_gpu_seconds += self.room.stranded_gpus * (now - self._changed_seconds)
        self._changed_seconds = now
        return self.room

    def room_at(self, second: int) -> NodeState:
        """The room once the jobs that are to end by `second` have left.

        Between the events of one instant that may be more than is free now: a job that ends at its estimate is counted
        before its end is processed.
        """
        room = self.room.copy()
        for one in self.running:
            if one.end_seconds > second:
                break
            room.release(one.places)
        return room

    def first_room_for(self, gpus: int, now: int) -> tuple[int, NodeState | None]:
        """The earliest second, by the estimates, at which so many GPUs fit, and the room of that second.

        All jobs that end in that second have left, not only those that happen to be listed first. (NEVER, None) where
        the GPUs would not fit even if every running job had ended.
        """
        room = self.room.copy()
        if room.find(gpus) is not None:
            return now, room
        for end_seconds, leaving in groupby(self.running, key=lambda one: one.end_seconds):
            for one in leaving:
                room.release(one.places)
            if room.find(gpus) is not None:
                return end_seconds, room
        return NEVER, None


@dataclass
class JobBook:
    """What the scheduler knows of the jobs; every list is [job]."""

    rules: Rules
    records: JobRecords
    request: list[int] = field(default_factory=list)  # wall limit of every attempt, seconds
    remaining: list[int] = field(default_factory=list)  # work still to do, seconds of the base generation
    estimate: list[int] = field(default_factory=list)  # for the order of the scan, seconds
    pools: list[int] = field(default_factory=list)  # bit mask of those allowed
    user: list[int] = field(default_factory=list)
    fixed_part: list[float] = field(default_factory=list)  # of the score

    def announce(self, jobs: Jobs) -> None:
        """Open the book for more jobs."""
        unit = self.rules.node_gpus if self.rules.placement == "whole_nodes" else 1
        held: Integers = -(-jobs.gpus // unit) * unit
        self.records.announce(jobs, held)
        estimate = jobs.work_seconds if self.rules.estimates == "actual" else jobs.request_seconds
        self.request += jobs.request_seconds.tolist()
        self.remaining += jobs.run_seconds.tolist()
        self.estimate += estimate.tolist()
        self.pools += jobs.pools.tolist()
        self.user += jobs.user.tolist()
        self.fixed_part += fixed_parts(self.rules.discipline, jobs.submit_seconds, estimate, held).tolist()

    def attempt_seconds(self, job: int, speed: int) -> int:
        """How long the next attempt takes at `speed` if nothing happens."""
        return attempt_seconds(self.remaining[job], self.request[job], speed)

    def estimate_seconds(self, job: int, speed: int) -> int:
        """What the scheduler takes it for."""
        return self.attempt_seconds(job, speed) if self.rules.estimates == "actual" else self.request[job]

    def keep(self, job: int, saved_seconds: int) -> None:
        """So much work is done for good. A request is the wall limit of every attempt; only a clairvoyant scheduler
        knows that less is left to do.
        """
        self.remaining[job] -= saved_seconds
        if self.rules.estimates == "actual":
            self.estimate[job] = self.attempt_seconds(job, BASE_SPEED)

    def score(self, job: int, now: int) -> float:
        """Score of a waiting job whose discipline is a formula."""
        records = self.records
        return score(self.rules.discipline, self.fixed_part[job], now - records.submit[job], records.held[job])


@dataclass
class Machine:
    """Rules, pools and jobs; `waiting` stands in the order of the queue."""

    rules: Rules
    book: JobBook
    pools: list[ServingPool]
    waiting: list[int] = field(default_factory=list)
    reservations: dict[int, Reservation] = field(
        default_factory=dict
    )  # of waiting jobs, under conservative backfilling

    @property
    def backlog_gpu_seconds(self) -> int:
        """What the waiting jobs have asked for."""
        return sum(self.book.records.held[job] * self.book.request[job] for job in self.waiting)

    def pool(self, number: int) -> ServingPool:
        """A pool by its number."""
        if not 0 <= number < len(self.pools):
            raise ValueError(f"pool = {number}: must be in 0..{len(self.pools) - 1}")
        return self.pools[number]

    def bound(self, largest_gpus: Sequence[int] | int | None) -> None:
        """Note the most that each pool will have from now on."""
        bounds = largest_gpus if isinstance(largest_gpus, Sequence) else [largest_gpus] * len(self.pools)
        for serving, bound in zip(self.pools, bounds, strict=True):
            serving.largest_gpus = bound

    def allowed(self, job: int) -> Iterator[ServingPool]:
        """Pools that a job may use, in the order in which they are tried: the last first."""
        for serving in reversed(self.pools):
            if self.book.pools[job] >> serving.number & 1:
                yield serving

    def open_at(self, job: int, second: int) -> Iterator[tuple[ServingPool, int]]:
        """(pool, estimate) of the pools that would not retire under a job that starts at `second`."""
        for serving in self.allowed(job):
            estimate_seconds = self.book.estimate_seconds(job, serving.pool.speed)
            if second + estimate_seconds <= serving.pool.retires_seconds:
                yield serving, estimate_seconds

    def rooms_at(self, now: int) -> list[NodeState]:
        """The rooms [pool] once the jobs that are to end by now have left."""
        return [serving.room_at(now) for serving in self.pools]

    def start_now(self, job: int, now: int) -> Start | None:
        """The start of a job on GPUs that are free, or None."""
        for serving, _ in self.open_at(job, now):
            places = serving.room_at(now).find(self.book.records.held[job])
            if places is not None:
                return Start(job, serving.number, places)
        return None

    def too_large(self, job: int) -> bool:
        """Whether no pool that the job may use will ever be large enough for it."""
        held = self.book.records.held[job]
        bounds = [serving.largest_gpus for serving in self.allowed(job)]
        return all(largest is not None and held > largest for largest in bounds)
