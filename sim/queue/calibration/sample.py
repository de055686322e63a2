"""The part of a log that a job model is fitted to, with its jobs grouped in campaigns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.queue.jobs import Integers, Jobs

DAY = 86_400
GAP_SECONDS = 1_200  # longest gap inside a campaign
TRIMMED = 0.002  # of the jobs at either end: logs begin and end with stragglers


@dataclass
class Sample:
    """The trimmed log: columns [job] and the first job of each campaign [campaign]."""

    submit: Integers
    run: Integers
    request: Integers
    gpus: Integers
    user: Integers
    campaign: Integers
    first: Integers  # position of each campaign's first job
    one: Integers  # position of one job of each campaign, drawn at random
    known_users: bool
    machine: int
    day: int  # in which the log begins, from 1970-01-01

    @property
    def days(self) -> float:
        """Days from the first to the last submission."""
        return float(self.submit[-1] - self.submit[0]) / DAY

    @property
    def lengths(self) -> Integers:
        """Number of jobs [campaign]."""
        return np.bincount(self.campaign)


def core(jobs: Jobs) -> Jobs:
    """The jobs between the stragglers at either end."""
    low, high = np.quantile(jobs.submit_seconds, [TRIMMED, 1 - TRIMMED])
    kept = (jobs.submit_seconds >= low) & (jobs.submit_seconds <= high)
    submit, run, request, gpus, user = (
        column[kept] for column in (jobs.submit_seconds, jobs.work_seconds, jobs.request_seconds, jobs.gpus, jobs.user)
    )
    return Jobs(submit, run, request, gpus, user=user)


def campaign_of(jobs: Jobs, gap_seconds: float) -> Integers:
    """Number of the campaign [job]: jobs of one user and size with gaps of at most `gap_seconds`, by their beginning.

    >>> campaign_of(Jobs([0, 10, 20, 5000], [1] * 4, [1] * 4, [1, 2, 1, 1], user=[0, 1, 0, 0]), 1200)
    array([0, 1, 0, 2])
    """
    order = np.lexsort((jobs.submit_seconds, jobs.user))
    user, gpus, submit = jobs.user[order], jobs.gpus[order], jobs.submit_seconds[order]
    begins = (np.diff(user) != 0) | (np.diff(gpus) != 0) | (np.diff(submit) > gap_seconds)
    number = np.empty(len(jobs), np.int64)
    number[order] = np.concatenate([[0], np.cumsum(begins)])[: len(jobs)]
    _, first, number = np.unique(number, return_index=True, return_inverse=True)
    rank = np.empty(first.size, np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    return np.asarray(rank[number])


def sample_of(jobs: Jobs, machine: int, clock: int, known_users: bool) -> Sample:
    """The core of a log from the midnight before it; `clock` is what the log's second 0 is on 1970's clock."""
    part = core(jobs)
    begin = int(part.submit_seconds[0])
    day, second = divmod(begin + clock, DAY)
    submit = part.submit_seconds - begin + second
    part = Jobs(submit, part.run_seconds, part.request_seconds, part.gpus, user=part.user)
    campaign = campaign_of(part, GAP_SECONDS) if known_users else np.arange(len(part))
    _, first = np.unique(campaign, return_index=True)
    shuffled = np.random.default_rng(1).permutation(len(part))
    _, place = np.unique(campaign[shuffled], return_index=True)
    one = shuffled[place]
    return Sample(
        part.submit_seconds, part.run_seconds, part.request_seconds, part.gpus, part.user, campaign, first, one,
        known_users, machine, day,
    )  # fmt: skip
