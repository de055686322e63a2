"""Jobs for one window of the queue: Poisson arrivals from the groups' allocations.

Random numbers are drawn by name and in order of the job, so job number i has the same
size, run time and luck under every option; a larger allocation only brings it sooner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.engine.jobs import Failures, Jobs
from sim.engine.streams import stream
from sim.mechanisms.workload import (
    JOB_SIZES,
    Workload,
    mean_run_hours,
    requested_seconds,
    run_seconds,
    size_probabilities,
)
from sim.parameters import Array
from sim.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class Offer:
    """What the groups bring to the machine in one window."""

    gpu_hours_per_hour: float  # mean GPUs kept busy
    tier_share: Array  # of those hours, [tier]
    jobs: int  # submitted after the start of the window


def arrivals_per_hour(offer: Offer, workload: Workload) -> float:
    """Jobs an hour that make up the offered GPU-hours."""
    sizes = size_probabilities(workload.mean_gpus)
    return offer.gpu_hours_per_hour / float((sizes * JOB_SIZES).sum()) / mean_run_hours(workload)


def window_jobs(offer: Offer, workload: Workload, seed: int, window: int) -> tuple[Jobs, int]:
    """The window's jobs, and how many of them were already running when it begins.

    Jobs submitted in the wall limit before the window and still running at its start come
    first, at second 0 with what is left of them: the equilibrium of a machine without a queue.
    """
    rate = arrivals_per_hour(offer, workload) / SECONDS_PER_HOUR
    before = int(np.ceil(rate * workload.wall_limit_hours * SECONDS_PER_HOUR))
    total = before + offer.jobs
    gap = stream(seed, 0, "arrivals", window).standard_exponential(total) / rate
    submit = np.cumsum(gap) - gap[:before].sum()
    run = np.maximum(run_seconds(workload, stream(seed, 0, "run times", window).random(total)), 1.0)
    score = stream(seed, 0, "requests", window).standard_normal(total)
    request = np.maximum(requested_seconds(workload, run, score), 1.0)
    size = stream(seed, 0, "sizes", window).random(total)
    gpus = JOB_SIZES[np.searchsorted(np.cumsum(size_probabilities(workload.mean_gpus))[:-1], size, side="right")]
    user = stream(seed, 0, "tiers", window).random(total)
    tier = np.searchsorted(np.cumsum(offer.tier_share)[:-1], user, side="right")
    passed = np.maximum(-submit, 0.0)
    kept = (submit >= 0) | (run > passed + 1)
    jobs = Jobs(
        np.floor(np.maximum(submit, 0.0))[kept],
        np.ceil(np.maximum(run - passed, 1.0))[kept],
        np.ceil(np.maximum(np.maximum(request, run) - passed, 1.0))[kept],
        gpus[kept],
        tier[kept],
    )
    return jobs, int(np.count_nonzero(submit[kept] < 0))


def window_failures(
    gpus: int, hours: float, rate_per_gpu_hour: float, repair_hours: float, seed: int, window: int
) -> Failures:
    """Node failures of a machine of `gpus` over the window: Poisson in time, anywhere on the machine."""
    chance = stream(seed, 0, "node failures", window)
    mean = gpus * hours * rate_per_gpu_hour
    gaps = chance.standard_exponential(int(mean + 10 * np.sqrt(mean) + 10))
    at = np.cumsum(gaps) * (hours / mean) if mean > 0 else gaps[:0]
    at_seconds = np.floor(at[at < hours] * SECONDS_PER_HOUR).astype(np.int64)
    where = stream(seed, 0, "failed nodes", window).random(at_seconds.size)
    return Failures(at_seconds, where, np.full(at_seconds.size, round(repair_hours * SECONDS_PER_HOUR)))
