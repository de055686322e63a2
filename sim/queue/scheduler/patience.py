"""Users whom a long queue puts off: the first job of a campaign looks at the backlog, and the others do as it did.

The backlog is the work that waited before the submissions of a second over all GPUs in service. What jobs ask for
counts by what those submitted so far have used of it, for users know that jobs end sooner than they ask.

A machine of 8 GPUs; job 0 runs for 100 s, job 1 waits behind it and asks for 100 s more of the whole machine, so a
campaign that puts up with 60 s of work is withdrawn, and so is the job that follows in it:

>>> from sim.queue.jobs import Jobs
>>> from sim.queue.simulate import simulate
>>> campaigns = {"campaign": [0, 1, 2, 2], "tolerance_seconds": [0, 0, 60, -1]}
>>> jobs = Jobs([0, 1, 2, 3], [100] * 4, [100] * 4, [8, 8, 1, 1], **campaigns)
>>> simulate(jobs, gpus=8).withdrawn
array([False, False,  True,  True])
"""

from __future__ import annotations

from sim.queue.jobs import ANY_BACKLOG, AS_FIRST
from sim.queue.pools import BASE_SPEED
from sim.queue.scheduler.machine import JobBook, Machine


class Patience:
    """Which jobs are submitted, and which are withdrawn."""

    def __init__(self, book: JobBook) -> None:
        """Nobody has looked yet."""
        self._book = book
        self._withdrawn: set[int] = set()  # campaigns
        self._looked_at, self._backlog = -1, 0
        self._work = self._asked = 0  # GPU-seconds of the jobs submitted

    def stays(self, job: int, now: int, machine: Machine) -> bool:
        """Whether a job is submitted at `now`."""
        book, held = self._book, self._book.records.held[job]
        stays = self._decide(book.tolerance[job], book.campaign[job], now, machine)
        if stays:
            self._work += held * min(_usual_seconds(machine, book.remaining[job]), book.request[job])
            self._asked += held * book.request[job]
        return stays

    def _decide(self, tolerance: int, campaign: int, now: int, machine: Machine) -> bool:
        """The first job of a campaign decides for all."""
        if tolerance >= ANY_BACKLOG:
            return True
        if tolerance == AS_FIRST:
            return campaign not in self._withdrawn
        if self._looked_at != now:
            self._looked_at, self._backlog = now, machine.backlog_gpu_seconds
        gpus = sum(max(pool.capacity_gpus, 0) for pool in machine.pools)
        used = float(self._work) / float(self._asked) if self._asked else 1.0
        # the numbers in the order of the compiled queue, so that both round alike
        if float(self._backlog) * used <= float(tolerance) * max(gpus, 1):
            return True
        self._withdrawn.add(campaign)
        return False


def _usual_seconds(machine: Machine, work: int) -> int:
    """Seconds that work takes at the mean speed of the GPUs in service: requests are in seconds, whatever the speed."""
    here = [(max(pool.capacity_gpus, 0), pool.pool.speed) for pool in machine.pools]
    serving = sum(gpus * speed for gpus, speed in here)
    return work * sum(gpus for gpus, _ in here) * BASE_SPEED // serving if serving else work
