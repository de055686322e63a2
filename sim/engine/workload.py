"""Jobs for one window of the queue: from the groups' allocations, one by one or in campaigns.

Random numbers are drawn by name and in order of the job, so job number i has the same
size, run time and luck under every option; a larger allocation only brings it sooner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.jobs import Failures, Jobs
from sim.engine.streams import stream
from sim.mechanisms.presets import resolved
from sim.mechanisms.workload import (
    JOB_SIZES,
    Workload,
    mean_run_hours,
    requested_seconds,
    run_seconds,
    size_probabilities,
)
from sim.parameters import Array
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from sim.engine.generator.generate import Arrivals

COLUMNS = ("submit_seconds", "run_seconds", "request_seconds", "gpus", "tier", "user")


@dataclass(frozen=True)
class Offer:
    """What the groups bring to the machine in one window."""

    gpu_hours_per_hour: float  # mean GPUs kept busy
    tier_share: Array  # of those hours, [tier]
    jobs: int  # submitted after the start of the window
    gpus: int = 0  # of the machine, for sizes and campaigns that are parts of it; 0: as many as the load keeps busy


def arrivals_per_hour(offer: Offer, workload: Workload) -> float:
    """Jobs an hour that make up the offered GPU-hours."""
    sizes = size_probabilities(workload.mean_gpus)
    return offer.gpu_hours_per_hour / float((sizes * JOB_SIZES).sum()) / mean_run_hours(workload)


def window_jobs(offer: Offer, workload: Workload, seed: int, window: int) -> tuple[Jobs, int]:
    """The window's jobs, and how many of them were already running when it begins.

    Jobs submitted in the wall limit before the window and still running at its start come
    first, at second 0 with what is left of them: the equilibrium of a machine without a queue.
    """
    workload = resolved(workload)
    if workload.pattern == "campaigns" or workload.run_law != "lognormal" or workload.size_law != "doublings":
        return _window_campaigns(offer, workload, seed, window)
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


def _window_campaigns(offer: Offer, workload: Workload, seed: int, window: int) -> tuple[Jobs, int]:
    """The same from the generator of whole horizons; the window begins at the midnight after the wall limit.

    Windows begin on different weekdays, so that together they see the whole week.
    """
    # The compiler takes longer to load than most commands take to run: it is loaded by those who need it.
    from sim.engine.generator.generate import generate
    from sim.engine.generator.rates import Demand

    days = int(np.ceil(workload.wall_limit_hours / HOURS_PER_DAY))
    opens = int(days * HOURS_PER_DAY * SECONDS_PER_HOUR)
    gpus = offer.gpus or max(int(np.ceil(offer.gpu_hours_per_hour)), 1)
    hours = int(np.ceil(np.float64(offer.jobs) / arrivals_per_hour(offer, workload))) if offer.gpu_hours_per_hour else 0
    while True:
        hours = 2 * hours + opens // int(SECONDS_PER_HOUR)
        demand = Demand(gpus, hours, np.array([offer.gpu_hours_per_hour]), offer.tier_share, first_day=2 * window)
        chunks = _until(generate(demand, workload, seed, window), opens, offer.jobs)
        columns = [np.concatenate([getattr(c.jobs, name) for c in chunks]) for name in COLUMNS] if chunks else []
        if not offer.gpu_hours_per_hour or np.count_nonzero(columns[0] >= opens) >= offer.jobs:
            break
    if not columns:
        none = np.zeros(0, np.int64)
        return Jobs(none, none, none, none), 0
    submit, run, request, size, tier, user = columns
    last = np.count_nonzero(submit < opens) + offer.jobs
    passed = np.maximum(opens - submit, 0)
    kept = np.flatnonzero((passed == 0) | (np.minimum(run, request) > passed + 1))
    kept = kept[kept < last]
    jobs = Jobs(
        np.maximum(submit - opens, 0)[kept],
        np.maximum(run - passed, 1)[kept],
        np.maximum(request - passed, 1)[kept],
        size[kept],
        tier[kept],
        user[kept],
    )
    return jobs, int(np.count_nonzero(submit[kept] < opens))


def _until(chunks: Iterator[Arrivals], opens: int, jobs: int) -> list[Arrivals]:
    """Chunks until `jobs` jobs have been submitted from second `opens` on."""
    taken, count = [], 0
    for chunk in chunks:
        taken.append(chunk)
        count += int(np.count_nonzero(chunk.jobs.submit_seconds >= opens))
        if count >= jobs:
            break
    return taken


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
