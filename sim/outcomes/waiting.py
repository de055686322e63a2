"""Outcomes of waiting: for an answer, and in the queue, which is simulated in the central case.

In the other draws waits are those of the response surface, moved by what separates the surface from the queue in the
central case.
"""

from __future__ import annotations

import numpy as np

from sim.costs.fullness import weighted_mean
from sim.costs.queueing import used_share
from sim.mechanisms.access import days_of
from sim.outcomes.measures import WAITING, Measure, Measures, Outcome, quotient
from sim.parameters import Array
from sim.queue.surface import ANSWERS
from sim.units import HOURS_PER_DAY
from sim.waits.machine import PROVIDER


def queue_statistic(name: str) -> Measure:
    """A statistic of the queue: simulated in the central case, else of the surface; NaN where there is none."""

    def measure(measures: Measures) -> Array:
        values = of_surface(measures, name)
        if measures.waits is not None:
            values[0] = measures.waits.mean_of(name)
        return values

    return measure


def of_surface(measures: Measures, name: str) -> Array:
    """What the surface holds of a statistic, [draw]; NaN where it is silent, and for options without a queue."""
    fullness, result = measures.result.fullness, measures.result
    if fullness is None or name not in ANSWERS or PROVIDER not in result.allocation.used:
        return np.full(measures.context.budget.shape[0], np.nan)
    return fullness.mean(name, measures.cached(_used), result.allocation.used[PROVIDER])


def _used(measures: Measures) -> Array:
    """Part of the hours in service that people keep busy, [draw, month]."""
    return used_share(measures.result)


def utilisation(measures: Measures) -> Array:
    """Mean of that over the GPUs in service, [draw]; NaN without a machine."""
    result = measures.result
    if result.fullness is None or result.in_service is None or PROVIDER not in result.allocation.used:
        return np.full(measures.context.budget.shape[0], np.nan)
    return weighted_mean(measures.cached(_used), result.in_service.sum(axis=1))


def access_days(measures: Measures) -> Array:
    """From an application to the start of a job: the answer, and the queue where it is known; NaN without either."""
    result, safety = measures.result, measures.world.safety
    days = days_of(quotient(result.decision_delay.sum(axis=-1), result.applications.sum(axis=-1)))
    if safety.screening:
        days = days + np.reshape(safety.screening_delay, -1)
    return np.asarray(days + np.nan_to_num(queue_statistic("median")(measures)) / HOURS_PER_DAY)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "access_days", "Time to access", "day", "lower",
        "mean decision time of applications (with screening) + median wait in the queue, where it is known", WAITING,
        access_days,
    ),
    Outcome(
        "utilisation", "Utilisation", "fraction", "higher",
        "GPU-hours that people keep busy / GPU-hours in service: what is wanted, attained and needed", WAITING,
        utilisation, headline=True,
    ),
    Outcome(
        "wait_p50", "Median wait", "hour", "lower",
        "median of start - submission over the jobs of a window; other draws by the response surface", WAITING,
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
        "bounded_slowdown", "Time in the queue and running over time running (bounded slowdown)", "ratio", "lower",
        "mean of max(1, (wait + run) / max(run, 10 minutes))",
        WAITING, queue_statistic("slowdown"),
    ),
    Outcome(
        "withdrawn", "Work that users withdraw because of the queue", "fraction", "lower",
        "GPU-hours that users withdrew because of the backlog / GPU-hours that they would have brought", WAITING,
        queue_statistic("withdrawn"), headline=True,
    ),
    Outcome(
        "goodput", "Held GPU-hours that do lasting work (goodput)", "fraction", "higher",
        "GPU-hours of work kept / GPU-hours held by jobs",
        WAITING, queue_statistic("kept"),
    ),
)  # fmt: skip
