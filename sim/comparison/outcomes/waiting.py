"""Outcomes of the queue, in the central case only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.comparison.instant_option import Estimate
from sim.comparison.measures import Measure, View
from sim.comparison.outcomes.declaring import WAITING, Outcome
from sim.comparison.waits import Waits
from sim.parameters import Array


def queue_statistic(pick: Callable[[Waits | Estimate], float]) -> Measure:
    """A queue statistic of the central case; NaN for every other draw and for options without a queue."""

    def central(view: View) -> Array:
        values = np.full(view.monthly.scene.budget.shape[0], np.nan)
        if view.waits is not None:
            values[0] = pick(view.waits)
        return values

    return central


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "wait_p50", "Median wait", "hour", "lower", "median of start - submission over the windows' jobs", WAITING,
        queue_statistic(lambda waits: waits.median_hours), headline=True,
    ),
    Outcome(
        "wait_p95", "95th percentile wait", "hour", "lower", "95th percentile of start - submission", WAITING,
        queue_statistic(lambda waits: waits.p95_hours), headline=True,
    ),
    Outcome(
        "wait_mean", "Mean wait", "hour", "lower", "mean of start - submission", WAITING,
        queue_statistic(lambda waits: waits.mean_hours),
    ),
    Outcome(
        "bounded_slowdown", "Bounded slowdown", "ratio", "lower", "mean of max(1, (wait + run) / max(run, 10 minutes))",
        WAITING, queue_statistic(lambda waits: waits.bounded_slowdown), headline=True,
    ),
    Outcome(
        "utilisation", "Utilisation in the windows", "fraction", "higher", "GPU-hours held by jobs / GPU-hours up",
        WAITING, queue_statistic(lambda waits: waits.utilisation),
    ),
    Outcome(
        "goodput", "Goodput in the windows", "fraction", "higher", "GPU-hours of work kept / GPU-hours held by jobs",
        WAITING, queue_statistic(lambda waits: waits.goodput),
    ),
)  # fmt: skip
