"""Outcomes of compute: how many hours, of what quality, for whom and when."""

from __future__ import annotations

import numpy as np

from sim.outcomes.measures import COMPUTE, Measure, Measures, Outcome, flow, in_frontier, ratio
from sim.parameters import Array


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


MET = ratio(lambda measures: measures.result.research_hours, lambda measures: measures.context.total_need)

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
        "fe_hours", "Public FE-hours", "FE_hour", "higher",
        "H100e-hours that the public money pays for, / 2^(t / tau) at the moment of use", COMPUTE,
        *flow(in_frontier(lambda m: m.supplied)), headline=True,
    ),
    Outcome(
        "research_fe_hours", "FE-hours that groups use", "FE_hour", "higher",
        "own hours kept and public hours used, / 2^(t / tau)", COMPUTE, *flow(in_frontier(lambda m: m.research_hours)),
    ),
    Outcome(
        "additional_fe_hours", "Additional FE-hours", "FE_hour", "higher",
        "public FE-hours used, without those that others would have paid for, less own FE-hours crowded out", COMPUTE,
        *flow(in_frontier(lambda m: m.additional_hours)), headline=True,
    ),
    Outcome(
        "leased_fe_hours", "FE-hours leased to firms", "FE_hour", "neither",
        "leased share of H100e-hours / 2^(t / tau)", COMPUTE, *flow(in_frontier(lambda m: m.leased)),
    ),
    Outcome(
        "runoff_h100e_hours", "H100e-hours still to come after the horizon", "H100e_hour", "higher",
        "hours after the horizon out of vouchers and awards charged by then, at central rents, not among public hours; "
        "what is in service at the horizon, a public or a laboratory's machine, has a residual value instead",
        COMPUTE, lambda measures: measures.result.runoff.h100e_hours,
    ),
    Outcome(
        "runoff_fe_hours", "FE-hours still to come after the horizon", "FE_hour", "higher",
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
        *MET,
        headline=True,
    ),
    Outcome(
        "least_need_met", "Least part of need met in a year", "fraction", "higher",
        "min over years of hours used / hours needed: what a part that is early does while another is late", COMPUTE,
        lambda measures: np.asarray(MET[1](measures).min(axis=-1)),
    ),
)  # fmt: skip
