"""Outcomes of compute: how many hours, of what quality, for whom and when; of the queue in the central case only."""

from __future__ import annotations

import numpy as np

from sim.mechanisms.access import days_of
from sim.outcomes.measures import COMPUTE, WAITING, Measure, Measures, Outcome, flow, in_frontier, quotient, ratio
from sim.parameters import Array
from sim.units import HOURS_PER_DAY


def months_to(share: float) -> Measure:
    """Months until `share` of all frontier-equivalent hours have been delivered; NaN if none ever are."""

    def months(measures: Measures) -> Array:
        hours = in_frontier(lambda m: m.supplied)(measures)
        reached = hours > 0
        some = reached.any(axis=-1)
        if share > 0:
            done = np.cumsum(hours, axis=-1)
            reached = done >= share * done[:, -1:]
        return np.where(some, reached.argmax(axis=-1) + 1.0, np.nan)

    return months


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
        "gpu_hours", "Public GPU-hours", "GPU_hour", "higher", "physical accelerator-hours allocated to research",
        COMPUTE, *flow(lambda measures: measures.result.supplied_gpu),
    ),
    Outcome(
        "h100e_hours", "Public H100e-hours", "H100e_hour", "higher",
        "useful hours in constant quality: GPU-hours * 2^(vintage / tau) * jobs that fit * goodput", COMPUTE,
        *flow(lambda measures: measures.result.supplied), headline=True,
    ),
    Outcome(
        "fe_hours", "Public FE-hours", "FE_hour", "higher", "H100e-hours / 2^(t / tau) at the moment of use", COMPUTE,
        *flow(in_frontier(lambda m: m.supplied)), headline=True,
    ),
    Outcome(
        "research_fe_hours", "FE-hours that groups use", "FE_hour", "higher",
        "own hours kept and public hours used, / 2^(t / tau)", COMPUTE, *flow(in_frontier(lambda m: m.research_hours)),
    ),
    Outcome(
        "additional_fe_hours", "Additional FE-hours", "FE_hour", "higher",
        "public FE-hours used less own FE-hours crowded out", COMPUTE,
        *flow(in_frontier(lambda m: m.additional_hours)), headline=True,
    ),
    Outcome(
        "leased_fe_hours", "FE-hours leased to firms", "FE_hour", "neither",
        "leased share of H100e-hours / 2^(t / tau)", COMPUTE, *flow(in_frontier(lambda m: m.leased)),
    ),
    Outcome(
        "runoff_h100e_hours", "Run-off H100e-hours", "H100e_hour", "higher",
        "hours after the horizon out of vouchers and awards charged by then, at central rents, not among public hours; "
        "what is in service at the horizon, a public or a laboratory's machine, has a residual value instead",
        COMPUTE, lambda measures: measures.result.runoff.h100e_hours,
    ),
    Outcome(
        "runoff_fe_hours", "Run-off FE-hours", "FE_hour", "higher",
        "run-off H100e-hours / 2^(t / tau) at the moment of use", COMPUTE,
        lambda measures: measures.result.runoff.fe_hours,
    ),
    Outcome(
        "first_month", "Months to first compute", "month", "lower", "first month with FE-hours", COMPUTE,
        months_to(0), headline=True,
    ),
    Outcome(
        "half_month", "Months to half of all compute", "month", "lower",
        "first month by which half of all FE-hours were delivered", COMPUTE, months_to(0.5),
    ),
    Outcome(
        "need_met", "Need met", "fraction", "higher", "sum of hours used / sum of hours needed", COMPUTE,
        *ratio(lambda measures: measures.result.research_hours, lambda measures: measures.context.total_need),
        headline=True,
    ),
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
