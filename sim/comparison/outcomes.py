"""Outcomes: each declared once, with its label, unit, direction and formula.

A total is one number a draw over the whole horizon, a yearly series one a draw and year.
Money is in base-year dollars here and turned into the scenario's own money at the door.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.comparison.measures import (
    Measure,
    View,
    cost_per_hour,
    domestic_hours,
    fab_premium_percent,
    fab_price_percent,
    flow,
    hyperscaler_hours,
    in_frontier,
    lower_tier_hours,
    months_to,
    need_hours,
    need_met_in,
    public_cost,
    queue_statistic,
    ratio,
    requested_hours,
    social_cost,
    supplied,
)
from sim.mechanisms.demand import TIER_LABELS, TIERS
from sim.mechanisms.finance import cash_peak

__all__ = ["BY_NAME", "HEADLINE", "OF_THE_QUEUE", "OUTCOMES", "Outcome", "View"]


@dataclass(frozen=True)
class Outcome:
    """One thing that options are compared on."""

    name: str
    label: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    formula: str
    section: str
    total: Measure  # [draw]
    yearly: Measure | None = None  # [draw, year]
    headline: bool = False


# --- the declarations ---

MONEY, COMPUTE, WAITING, ACCESS, INDEPENDENCE, INDUSTRY = (
    "Money", "Compute", "Waiting", "Access", "Independence", "Industry",
)  # fmt: skip

OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "public_cost", "Public cost, present value", "USD", "lower",
        "sum over months of D(m) * (all public accounts, residual values taken off)", MONEY,
        public_cost, headline=True,
    ),
    Outcome(
        "outlay", "Public outlay", "USD", "neither", "sum of public accounts, residual values aside", MONEY,
        *flow(lambda view: view.monthly.outlay),
    ),
    Outcome(
        "cash_peak", "Largest outlay in 12 months", "USD", "lower", "max over m of outlay in months m .. m + 11", MONEY,
        lambda view: cash_peak(view.monthly.outlay), headline=True,
    ),
    Outcome(
        "social_cost", "Social cost, present value", "USD", "lower",
        "public cost * (1 + excess burden) + D * (applicants' time + hosting by institutions)", MONEY, social_cost,
    ),
    Outcome(
        "cost_per_gpu_hour", "Cost per GPU-hour", "USD/GPU_hour", "lower",
        "public cost / sum D * GPU-hours", MONEY, cost_per_hour(lambda view: view.monthly.supplied_gpu),
    ),
    Outcome(
        "cost_per_h100e_hour", "Cost per H100e-hour", "USD/H100e_hour", "lower",
        "public cost / sum D * H100e-hours (LCOC)", MONEY, cost_per_hour(supplied), headline=True,
    ),
    Outcome(
        "cost_per_fe_hour", "Cost per FE-hour", "USD/FE_hour", "lower", "public cost / sum D * FE-hours", MONEY,
        cost_per_hour(in_frontier(lambda m: m.supplied)), headline=True,
    ),
    Outcome(
        "gpu_hours", "Public GPU-hours", "GPU_hour", "higher", "physical accelerator-hours allocated to research",
        COMPUTE, *flow(lambda view: view.monthly.supplied_gpu),
    ),
    Outcome(
        "h100e_hours", "Public H100e-hours", "H100e_hour", "higher",
        "useful hours in constant quality: GPU-hours * 2^(vintage / tau) * jobs that fit * goodput", COMPUTE,
        *flow(supplied), headline=True,
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
        "leased share of H100e-hours / 2^(t / tau)",
        COMPUTE, *flow(in_frontier(lambda m: m.leased)),
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
        *ratio(lambda view: view.monthly.research_hours, need_hours), headline=True,
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
    *(
        Outcome(
            f"need_met_{tier}", f"Need met: {TIER_LABELS[tier].lower()}", "fraction", "higher",
            "hours used / hours needed in the tier", ACCESS, *need_met_in(index),
        )
        for index, tier in enumerate(TIERS)
    ),
    Outcome(
        "lower_tiers_share", "Additional compute to lower tiers", "fraction", "higher",
        "additional H100e-hours of regional groups and start-ups / all additional H100e-hours", ACCESS,
        *ratio(lower_tier_hours, lambda view: view.monthly.additional_hours), headline=True,
    ),
    Outcome(
        "award_share", "Hours awarded of those asked for", "fraction", "higher",
        "public hours used / (asking ratio * sum over tiers of apply rate * hours lacking), months with supply", ACCESS,
        *ratio(lambda view: view.monthly.public_hours, requested_hours),
    ),
    Outcome(
        "applicant_days", "Researcher-days spent applying", "researcher_day", "lower",
        "applications * days each (grants); applying groups * days a year (hours, vouchers)", ACCESS,
        *flow(lambda view: view.monthly.researcher_days),
    ),
    Outcome(
        "labour", "Research labour paid for", "person*year", "higher",
        "(1 - compute share) * direct costs / wage", ACCESS,
        *flow(lambda view: view.monthly.labour),
    ),
    Outcome(
        "domestic_share", "Compute under domestic control", "fraction", "higher",
        "(own + cluster + laboratory hours) / all hours that groups use", INDEPENDENCE,
        *ratio(domestic_hours, lambda view: view.monthly.research_hours), headline=True,
    ),
    Outcome(
        "hyperscaler_share", "Compute from the three largest clouds", "fraction", "lower",
        "rented hours * their market share / all hours that groups use", INDEPENDENCE,
        *ratio(hyperscaler_hours, lambda view: view.monthly.research_hours),
    ),
    Outcome(
        "accelerators_made", "Accelerators made at home", "accelerator", "higher",
        "stake share * volume of the whole fab * ramp", INDUSTRY, *flow(lambda view: view.monthly.made),
    ),
    Outcome(
        "accelerator_price_percent", "Change of the accelerator price", "percent", "neither",
        "100 * (root of P^es = P^-ed - S/Q - 1), S = output of the last year", INDUSTRY, fab_price_percent,
    ),
    Outcome(
        "fab_premium_percent", "Extra unit cost of domestic output", "percent", "lower",
        "100 * phi0 * (output to the horizon / output of the first year)^log2(1 - LR)", INDUSTRY, fab_premium_percent,
    ),
)  # fmt: skip
BY_NAME = {outcome.name: outcome for outcome in OUTCOMES}
OF_THE_QUEUE = tuple(outcome for outcome in OUTCOMES if outcome.section == WAITING)
HEADLINE = tuple(outcome.name for outcome in OUTCOMES if outcome.headline)
