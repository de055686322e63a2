"""What the scheduler knows of each job: its request, the work still to do, and what an interrupted attempt is worth."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.queue.disciplines.ordering import fixed_parts, score
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Integers, Jobs
from sim.queue.pools import BASE_SPEED
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
