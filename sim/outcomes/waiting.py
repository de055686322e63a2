"""Outcomes of waiting: for an answer, and in the queue, which is known in the central case only."""

from __future__ import annotations

import numpy as np

from sim.mechanisms.access import days_of
from sim.outcomes.measures import WAITING, Measure, Measures, Outcome, quotient
from sim.parameters import Array
from sim.units import HOURS_PER_DAY


def queue_statistic(name: str) -> Measure:
    """A statistic of the queue in the central case; NaN for every other draw and for options without a queue."""

    def central(measures: Measures) -> Array:
        values = np.full(measures.context.budget.shape[0], np.nan)
        if measures.waits is not None:
            values[0] = measures.waits.mean_of(name)
        return values

    return central


def access_days(measures: Measures) -> Array:
    """From an application to the start of a job: the answer, and in the central case the queue; NaN without either."""
    result, safety = measures.result, measures.world.safety
    days = days_of(quotient(result.decision_delay.sum(axis=-1), result.applications.sum(axis=-1)))
    if safety.screening:
        days = days + np.reshape(safety.screening_delay, -1)
    if measures.waits is not None and np.isfinite(median := measures.waits.mean_of("median")):
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
        queue_statistic("median"), headline=True,
    ),
    Outcome(
        "wait_p95", "95th percentile wait", "hour", "lower", "95th percentile of start - submission", WAITING,
        queue_statistic("p95"), headline=True,
    ),
    Outcome(
        "wait_mean", "Mean wait", "hour", "lower", "mean of start - submission", WAITING, queue_statistic("mean"),
    ),
    Outcome(
        "bounded_slowdown", "Bounded slowdown", "ratio", "lower", "mean of max(1, (wait + run) / max(run, 10 minutes))",
        WAITING, queue_statistic("slowdown"), headline=True,
    ),
    Outcome(
        "utilisation", "Utilisation in the windows", "fraction", "higher", "GPU-hours held by jobs / GPU-hours up",
        WAITING, queue_statistic("used"),
    ),
    Outcome(
        "goodput", "Goodput in the windows", "fraction", "higher", "GPU-hours of work kept / GPU-hours held by jobs",
        WAITING, queue_statistic("kept"),
    ),
)  # fmt: skip
