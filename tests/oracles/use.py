"""GPU-seconds that jobs held and that were in service, and their ratio, from the records of a schedule."""

from __future__ import annotations

import numpy as np

from sim.queue.jobs import Integers
from sim.queue.schedules import Schedule


def used_gpu_seconds(schedule: Schedule, until_seconds: int) -> int:
    """GPU-seconds that jobs held before `until_seconds`, in every attempt, work that was lost included."""
    job, start, end = schedule.attempts
    stop = np.minimum(np.where(end < 0, until_seconds, end), until_seconds)
    return int(np.sum(schedule.held_gpus[job] * np.maximum(stop - start, 0)))


def available_gpu_seconds(capacity_seconds: Integers, capacity_gpus: Integers, until_seconds: int) -> int:
    """GPU-seconds of one pool in service from its first capacity record to `until_seconds`.

    >>> available_gpu_seconds(np.array([0, 10]), np.array([8, 16]), until_seconds=15)
    160
    """
    edges = np.minimum(np.append(capacity_seconds, until_seconds), until_seconds)
    return int(np.sum(np.maximum(capacity_gpus, 0) * np.diff(edges)))


def utilisation(schedule: Schedule, until_seconds: int) -> float:
    """Share of the GPU-seconds in service before `until_seconds` that jobs held; NaN when there were none.

    Above 1 only where jobs outlive the GPUs they hold, while a retirement drains.
    """
    available = 0
    for pool in np.unique(schedule.capacity_pool):
        own = schedule.capacity_pool == pool
        available += available_gpu_seconds(schedule.capacity_seconds[own], schedule.capacity_gpus[own], until_seconds)
    return used_gpu_seconds(schedule, until_seconds) / available if available else float("nan")
