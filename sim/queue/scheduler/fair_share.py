"""Multifactor priority on a running machine: what users have used, and the points of the waiting jobs."""

from __future__ import annotations

from collections.abc import Iterable

from sim.queue.disciplines.priority import Priority, Usage, refuse_unknown_users
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Jobs
from sim.queue.scheduler.machine import JobBook


class FairShare:
    """Points of the waiting jobs and usage of the users; idle unless the discipline is `multifactor`.

    A job gets its points on joining the queue and at every tick; between them its priority stands still.
    """

    def __init__(self, rules: Rules, book: JobBook, now: int) -> None:
        """Nobody has used anything; ticks come at the multiples of the period after `now`."""
        self.active = rules.discipline == "multifactor"
        self.points: dict[int, float] = {}  # of waiting jobs
        self._settings = rules.priority or Priority()
        self._book = book
        self._usage = Usage(self._settings)
        self._accrued = [0] * len(self._settings.accounts)  # GPU-seconds since the last tick [user]
        self._last_tick = now
        self.next_tick = (now // self._settings.period_seconds + 1) * self._settings.period_seconds

    def admit(self, jobs: Jobs) -> None:
        """ValueError for jobs of users that have no account."""
        if self.active and len(jobs):
            refuse_unknown_users(int(jobs.user.max()), len(self._settings.accounts))

    def rank(self, job: int, now: int) -> None:
        """Give a waiting job its points."""
        if self.active:
            book = self._book
            age_seconds = now - book.records.submit[job]
            own = self._usage.priority_of(book.user[job], age_seconds, book.records.held[job])
            self.points[job] = own + book.qos_points[job]

    def charge(self, job: int, until_seconds: int) -> None:
        """Charge a user for what a running job has held since its start or the last tick."""
        if self.active:
            since = max(self._book.records.start[job], self._last_tick)
            self._accrued[self._book.user[job]] += self._book.records.held[job] * (until_seconds - since)

    def tick(self, at_seconds: int, running: Iterable[int], waiting: Iterable[int]) -> None:
        """Bring the usage up to date, and give every waiting job new points."""
        for job in running:
            self.charge(job, at_seconds)
        self._usage.tick(self._accrued)
        self._accrued = [0] * len(self._accrued)
        self._last_tick = at_seconds
        self.next_tick = at_seconds + self._settings.period_seconds
        for job in waiting:
            self.rank(job, at_seconds)
