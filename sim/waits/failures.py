"""Node failures of a machine: Poisson in time and anywhere on it, each node away until it is repaired.

All failures are known before the queue runs, so that they are the same under every option.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from sim.queue.jobs import Failures, Integers, Reals
from sim.streams import stream
from sim.units import SECONDS_PER_HOUR


def window_failures(
    gpus: int, hours: float, rate_per_gpu_hour: float, repair_hours: float, seed: int, window: int
) -> Failures:
    """Node failures of a machine of `gpus` over a window, in order of time."""
    mean = gpus * hours * rate_per_gpu_hour
    gaps = _exponentials(stream(seed, 0, "node failures", window), mean)
    at_seconds = _within(np.cumsum(gaps) * (hours / mean) if mean > 0 else gaps[:0], hours)
    uniform = stream(seed, 0, "failed nodes", window).random(at_seconds.size)
    return Failures(at_seconds, uniform, np.full(at_seconds.size, round(repair_hours * SECONDS_PER_HOUR)))


def pool_failures(
    gpus: int, hours: float, rate_per_gpu_hour: float, repair_hours: float, pool: int, seed: int, replication: int = 0
) -> Failures:
    """Node failures of pool number `pool` over `hours`, in order of time.

    The n-th failure hits the same place under every option; a larger pool or rate brings it sooner.
    """
    # The compiler takes longer to load than most commands take to run: it is loaded by those who need it.
    from sim.queue.workload.counter import stream_key, uniforms_at

    per_hour = gpus * rate_per_gpu_hour
    gaps = _exponentials(stream(seed, 0, f"pool {pool}.replacements", replication), per_hour * hours)
    at_seconds = _within(np.cumsum(gaps) / per_hour if per_hour > 0 else gaps[:0], hours)
    number = np.arange(at_seconds.size)
    uniform = uniforms_at(stream_key(seed, f"pool {pool}.broken", replication), number)
    repair_seconds = max(round(repair_hours * SECONDS_PER_HOUR), 1)
    return Failures(at_seconds, uniform, np.full(number.size, repair_seconds), np.full(number.size, pool))


def _exponentials(generator: Generator, mean: float) -> Reals:
    """Exponential variates of mean 1, enough of them for a Poisson process with so many events on average."""
    return generator.standard_exponential(int(mean + 10 * np.sqrt(mean) + 10))


def _within(at_hours: Reals, hours: float) -> Integers:
    """The whole seconds of the times before the end."""
    return np.floor(at_hours[at_hours < hours] * SECONDS_PER_HOUR).astype(np.int64)
