"""What a scheduler sees of a machine: its rules, its pools, and its jobs, waiting and running.

A scheduling pass looks at a `Machine` and names one start after the other; whoever asks carries each out at once, so
that the next is decided on what the machine has become.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from sim.queue.disciplines.rules import Rules
from sim.queue.pools import NEVER, Pool
from sim.queue.scheduler.book import JobBook
from sim.queue.scheduler.placement import AnyGpu, Nodes, NodeState, Places, Running


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
        self.state: NodeState = Nodes(pool.gpus, rules.node_gpus) if nodes else AnyGpu(pool.gpus, rules.node_gpus)
        self.running: list[Running] = []  # ascending by estimated end
        self.free_gpu_seconds = self.stranded_gpu_seconds = 0  # up to the last change of the state
        self._changed_seconds = now

    def changing_state(self, now: int) -> NodeState:
        """The state, which is about to change: what of it has been free since the last change is booked."""
        self.free_gpu_seconds += max(self.state.free_gpus, 0) * (now - self._changed_seconds)
        self.stranded_gpu_seconds += self.state.stranded_gpus * (now - self._changed_seconds)
        self._changed_seconds = now
        return self.state

    def state_at(self, second: int) -> NodeState:
        """The pool once the jobs that are to end by `second` have left.

        Between the events of one instant that may be more than is free now: a job that ends at its estimate is counted
        before its end is processed.
        """
        state = self.state.copy()
        for one in self.running:
            if one.end_seconds > second:
                break
            state.release(one.places)
        return state

    def earliest_fit(self, gpus: int, now: int) -> tuple[int, NodeState | None]:
        """The earliest second, by the estimates, at which so many GPUs fit, and the pool at that second.

        All jobs that end in that second have left, not only those that happen to be listed first. (NEVER, None) where
        the GPUs would not fit even if every running job had ended.
        """
        state = self.state.copy()
        if state.find(gpus) is not None:
            return now, state
        for end_seconds, leaving in groupby(self.running, key=lambda one: one.end_seconds):
            for one in leaving:
                state.release(one.places)
            if state.find(gpus) is not None:
                return end_seconds, state
        return NEVER, None


@dataclass
class Machine:
    """Rules, pools and jobs; `waiting` stands in the order of the queue."""

    rules: Rules
    book: JobBook
    pools: list[ServingPool]
    waiting: list[int] = field(default_factory=list)
    # of waiting jobs, under conservative backfilling
    reservations: dict[int, Reservation] = field(default_factory=dict)

    @property
    def backlog_gpu_seconds(self) -> int:
        """GPU-seconds that the waiting jobs have asked for."""
        return sum(self.book.records.held[job] * self.book.request[job] for job in self.waiting)

    def pool(self, number: int) -> ServingPool:
        """The pool of a number; ValueError where there is none."""
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
        """Pools, with the estimate of the job there, that would not retire under a job that starts at `second`."""
        for serving in self.allowed(job):
            estimate_seconds = self.book.estimate_seconds(job, serving.pool.speed)
            if second + estimate_seconds <= serving.pool.retires_seconds:
                yield serving, estimate_seconds

    def states_at(self, now: int) -> list[NodeState]:
        """States [pool] once the jobs that are to end by now have left."""
        return [serving.state_at(now) for serving in self.pools]

    def start_now(self, job: int, now: int) -> Start | None:
        """The start of a job on GPUs that are free, or None."""
        for serving, _ in self.open_at(job, now):
            places = serving.state_at(now).find(self.book.records.held[job])
            if places is not None:
                return Start(job, serving.number, places)
        return None

    def too_large(self, job: int) -> bool:
        """Whether no pool that the job may use will ever be large enough for it."""
        held = self.book.records.held[job]
        bounds = [serving.largest_gpus for serving in self.allowed(job)]
        return all(largest is not None and held > largest for largest in bounds)
