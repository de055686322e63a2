"""Outcomes of the queue, in the central case only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.mechanisms.access import days_of
from sim.outcomes.base import WAITING, Outcome
from sim.outcomes.measures import Measure, Measures, quotient
from sim.parameters import Array
from sim.units import HOURS_PER_DAY
from sim.waits.estimates.option import Estimate
from sim.waits.statistics import Waits


def queue_statistic(pick: Callable[[Waits | Estimate], float]) -> Measure:
    """A queue statistic of the central case; NaN for every other draw and for options without a queue."""

    def central(measures: Measures) -> Array:
        values = np.full(measures.result.context.budget.shape[0], np.nan)
        if measures.waits is not None:
            values[0] = pick(measures.waits)
        return values

    return central


def access_days(measures: Measures) -> Array:
    """From an application to the start of a job: the answer, and in the central case the queue; NaN without either."""
    result, safety = measures.result, measures.result.context.world.safety
    days = days_of(quotient(result.decision_delay.sum(axis=-1), result.applications.sum(axis=-1)))
    if safety.screening:
        days = days + np.reshape(safety.screening_delay, -1)
    if measures.waits is not None and np.isfinite(median := measures.waits.median_hours):
        days = days + np.where(np.arange(len(days)) == 0, median / HOURS_PER_DAY, 0.0)
    return np.asarray(days)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "access_days", "Time to access", "day", "lower",
        "mean decision time of applications (with screening) + median wait in the queue, where it is known", WAITING,
        access_days,
    ),
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
