"""How users react to a long queue, read off a log with starts: fewer campaigns begin while much work waits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.queue.logs.log import UNKNOWN, Log
from sim.queue.workload.resample import campaign_of

HOUR, DAY_HOURS, WEEK_HOURS = 3_600, 24, 168
GAP_SECONDS = 1_200
CANDIDATES = np.geomspace(1, 1_000, 61)  # hours
GAIN = 3.84 / 2  # of log-likelihood that a fitted number must bring: the 95 % point of chi-squared, one degree
LONGEST_HOURS = 2_000_000


def backlog_hours_by_hour(log: Log, machine: int) -> NDArray[np.float64]:
    """Work submitted and not yet started over GPUs, hours, at the start of each hour of the log."""
    known = log.start_seconds != UNKNOWN
    begin = int(log.submit_seconds[0])
    work = (log.gpus * log.run_seconds)[known].astype(np.float64)
    hours = log.span_seconds // HOUR + 1
    change = np.zeros(hours + 1)
    for at, sign in ((log.submit_seconds[known], 1.0), (log.start_seconds[known], -1.0)):
        place = np.clip((at - begin) // HOUR + 1, 0, hours)
        np.add.at(change, place, sign * work)
    return np.maximum(np.cumsum(change)[:hours], 0) / (machine * HOUR)


def fitted_backlog_hours(log: Log, machine: int) -> tuple[float | None, str]:
    """The backlog at which every other campaign is withdrawn, by maximum likelihood, and how it was got.

    Counts of campaigns by hour are Poisson with a rate that follows the hour of the week and 1 / (1 + B / B0). Bursts
    fill the queue, so high counts and long queues come together and hide part of the effect: B0 is biased upwards.
    """
    if not (log.user != UNKNOWN).any():
        return None, "the log has no users: how they react to the queue is left at the default"
    hours = log.span_seconds // HOUR + 1
    if not 2 * WEEK_HOURS <= hours <= LONGEST_HOURS:
        return None, "the log is too short to see how users react to the queue: left at the default"
    campaign = campaign_of(log.jobs(), GAP_SECONDS)
    _, first = np.unique(campaign, return_index=True)
    count = np.bincount((log.submit_seconds[first] - log.submit_seconds[0]) // HOUR, minlength=hours)
    week = np.arange(hours) % WEEK_HOURS
    profile = np.bincount(week, count) / np.maximum(np.bincount(week), 1)
    rate = profile[week]
    backlog = backlog_hours_by_hour(log, machine)

    def gain(candidate: float) -> float:
        kept = 1 / (1 + backlog / candidate)
        return float((count * np.log(kept)).sum() - count.sum() * np.log((rate * kept).sum() / rate.sum()))

    gains = np.array([gain(candidate) for candidate in CANDIDATES])
    best = int(np.argmax(gains))
    if gains[best] < GAIN or best == CANDIDATES.size - 1:
        return None, "users of this log do not visibly react to the queue: backlog_hours is left at the default"
    how = f"by the likelihood of hourly counts on the backlog (gain {gains[best]:.1f}; biased upwards by bursts)"
    return float(CANDIDATES[best]), how
