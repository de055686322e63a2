"""What a scheduler sees of a machine: its rules, its pools, its jobs, and what an interrupted attempt is worth.

A scheduling pass looks at a `Machine` and names one start after the other; whoever asks carries each out at once, so
that the next is decided on what the machine has become.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from sim.queue.disciplines.priority import Priority, qos_points
from sim.queue.disciplines.rules import Rules, fixed_parts, score
from sim.queue.jobs import Integers, Jobs
from sim.queue.pools import BASE_SPEED, NEVER, Pool
from sim.queue.scheduler.placement import AnyGpu, Nodes, NodeState, Places, Running
from sim.queue.schedules import JobRecords


def attempt_seconds(remaining_seconds: int, request_seconds: int, speed: int) -> int:
    """Seconds for which a job holds its GPUs if nothing happens: until its work is done or its wall limit is reached.

    remaining_seconds: work still to do, in seconds of the base generation.

    >>> attempt_seconds(100, 300, 1000), attempt_seconds(100, 300, 3000), attempt_seconds(100, 60, 1000)
    (100, 34, 60)
    """
    return min(-(-remaining_seconds * BASE_SPEED // speed), request_seconds)


def done_seconds(elapsed_seconds: int, speed: int) -> int:
    """Work done in an attempt, whole seconds of the base generation.

    >>> done_seconds(33, 1500)
    49
    """
    return elapsed_seconds * speed // BASE_SPEED


def saved_seconds(done_seconds: int, remaining_seconds: int, checkpoint_seconds: int) -> int:
    """Work that survives an interruption: up to the last checkpoint of this attempt, nothing without checkpoints.

    A job hit in the very second of its end still has to come back for the last second of its work.

    >>> saved_seconds(250, remaining_seconds=300, checkpoint_seconds=100)
    200
    >>> saved_seconds(300, remaining_seconds=300, checkpoint_seconds=100)
    299
    """
    if not checkpoint_seconds:
        return 0
    return min(done_seconds // checkpoint_seconds * checkpoint_seconds, remaining_seconds - 1)


def lost_seconds(elapsed_seconds: int, saved_seconds: int, speed: int) -> int:
    """Time of an attempt that has to be repeated: what was not needed for the work that was saved.

    >>> lost_seconds(33, 49, 1500), lost_seconds(33, 0, 1500)
    (0, 33)
    """
    return elapsed_seconds - -(-saved_seconds * BASE_SPEED // speed)


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
    qos_points: list[float] = field(default_factory=list)
    campaign: list[int] = field(default_factory=list)
    tolerance: list[int] = field(default_factory=list)  # of a backlog, seconds; see `Jobs`
    fixed_part: list[float] = field(default_factory=list)  # of the score

    def announce(self, jobs: Jobs) -> None:
        """Open the book for more jobs."""
        held: Integers = self.rules.held_gpus(jobs.gpus)
        self.records.announce(jobs, held)
        estimate = jobs.work_seconds if self.rules.estimates == "actual" else jobs.request_seconds
        self.request += jobs.request_seconds.tolist()
        self.remaining += jobs.run_seconds.tolist()
        self.estimate += estimate.tolist()
        self.pools += jobs.pools.tolist()
        self.user += jobs.user.tolist()
        self.qos_points += qos_points(self.rules.priority or Priority(), jobs.tier).tolist()
        self.campaign += jobs.campaign.tolist()
        self.tolerance += jobs.tolerance_seconds.tolist()
        self.fixed_part += fixed_parts(self.rules.discipline, jobs.submit_seconds, estimate, held).tolist()

    def attempt_seconds(self, job: int, speed: int) -> int:
        """Length of the next attempt at `speed` if nothing happens."""
        return attempt_seconds(self.remaining[job], self.request[job], speed)

    def estimate_seconds(self, job: int, speed: int) -> int:
        """Length of the next attempt as the scheduler expects it."""
        return self.attempt_seconds(job, speed) if self.rules.estimates == "actual" else self.request[job]

    def keep(self, job: int, saved_seconds: int) -> None:
        """Book work that is done for good.

        A request is the wall limit of every attempt; only a clairvoyant scheduler knows that less is left to do.
        """
        self.remaining[job] -= saved_seconds
        if self.rules.estimates == "actual":
            self.estimate[job] = self.attempt_seconds(job, BASE_SPEED)

    def score(self, job: int, now: int) -> float:
        """Score of a waiting job whose discipline is a formula."""
        records = self.records
        return score(self.rules.discipline, self.fixed_part[job], now - records.submit[job], records.held[job])


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
