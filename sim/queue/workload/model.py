"""The job model: the numbers that describe the jobs of a shared machine, and the distributions they stand for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim.queue.jobs import Reals
from sim.units import JOB_SIZES_GPUS, SECONDS_PER_HOUR

JOB_SIZES = np.array(JOB_SIZES_GPUS, dtype=np.float64)
"""Sizes in GPUs of a distribution by doublings."""


@dataclass(frozen=True, kw_only=True)
class JobModel:
    """What the generator needs to know of the jobs; equal models give the same jobs.

    A campaign is a sequence of jobs of one user and one size with short gaps between them. Logs are of seconds,
    correlations are of normal scores, and a spread is a standard deviation.
    """

    pattern: str  # "poisson": jobs one by one at a steady rate; "campaigns": by the hour and the weekday
    # When campaigns begin.
    hour_profile: tuple[float, ...]  # in each hour of the day from midnight, over their mean
    weekday_profile: tuple[float, ...]  # on each day of the week from Monday, over their mean
    hourly_spread: float  # of the log of the rate from hour to hour
    hourly_persistence: float  # autocorrelation of that log at one hour
    deadline_days: tuple[float, ...]  # of the year, before which the rate rises
    deadline_rise: float  # of the rate on the eve of a deadline, over the usual rate
    deadline_ramp_days: float  # before a deadline at which the rise is down to 1/e
    # How many jobs they have, and when these follow.
    batch_single_share: float  # campaigns of a single job
    batch_tail: float  # exponent of the discrete Pareto distribution of the jobs in longer ones
    batch_longest: float  # most jobs in one campaign
    batch_size_correlation: float  # of a campaign's length and the size of its jobs
    batch_machine_days: float  # expected work of one campaign at most, in days of the whole machine
    daily_spread: float  # of the log of campaigns from day to day
    daily_persistence: float  # autocorrelation of that log at one day
    gap_zero_share: float  # jobs submitted in the second of the one before
    gap_log_mean: float  # of the gaps above zero
    gap_log_spread: float
    gap_minutes: float  # longest gap inside a campaign
    within_share: float  # part of the variance of log run time that lies inside campaigns
    size_run_correlation: float
    hit_limit_share: float  # jobs that run into the wall time they asked for
    # Whose they are.
    users: float  # in each tier
    user_spread: float  # of the log of campaigns by user
    accounts: float  # among which the users of a tier are spread evenly
    # Run times.
    run_law: str  # "lognormal", or "mixture" of several lognormal distributions
    run_log_mean: float
    run_log_spread: float
    mixture_shares: tuple[float, ...]  # [component]
    mixture_log_means: tuple[float, ...]  # [component]
    mixture_log_spreads: tuple[float, ...]  # [component]
    # Sizes.
    size_law: str  # "doublings", a "table" of sizes, or "fractions" of the machine
    mean_gpus: float  # of the doublings
    size_gpus: tuple[float, ...]  # of the table [size]
    size_shares: tuple[float, ...]  # of the campaigns [size]
    fraction_quantiles: tuple[float, ...]  # part of the campaigns no larger than each of the next [point]
    machine_fractions: tuple[float, ...]  # sizes as parts of the machine [point]
    doubling_share: float  # of the jobs whose part of the machine is rounded to a power of two
    # What is asked for.
    wall_limit_hours: float
    request_log_mean: float  # intercept of the log of requested time on the log of run time
    request_log_slope: float
    request_log_spread: float
    request_menu_hours: tuple[float, ...]  # wall times that users type


def size_probabilities(mean_gpus: ArrayLike) -> Reals:
    """Probability of each of JOB_SIZES, geometric in the doublings, with the given mean.

    The ratio of successive probabilities is found by bisection; [size] or [draw, size].
    """
    mean = np.asarray(mean_gpus, dtype=np.float64)[..., None]
    low, high = np.zeros_like(mean), np.full_like(mean, 100.0)
    doublings = np.log2(JOB_SIZES)
    for _ in range(100):
        ratio = (low + high) / 2
        share = ratio**doublings
        share = share / share.sum(axis=-1, keepdims=True)
        below = (share * JOB_SIZES).sum(axis=-1, keepdims=True) < mean
        low, high = np.where(below, ratio, low), np.where(below, high, ratio)
    return np.asarray(share)


def run_distributions(model: JobModel) -> tuple[Reals, Reals, Reals]:
    """Shares, means and standard deviations of the lognormal distributions of run time [component], log of seconds."""
    if model.run_law == "lognormal":
        return np.ones(1), np.array([model.run_log_mean]), np.array([model.run_log_spread])
    columns = (model.mixture_shares, model.mixture_log_means, model.mixture_log_spreads)
    if len({len(column) for column in columns}) > 1:
        names = "mixture_shares, mixture_log_means and mixture_log_spreads"
        raise ValueError(f"{names} must have one number for each distribution")
    share, mean, spread = (np.array(column, dtype=np.float64) for column in columns)
    if not share.sum() > 0:
        raise ValueError("mixture_shares are 0 throughout: must have a number above 0")
    return share / share.sum(), mean, spread


def limit_seconds(model: JobModel) -> float:
    """The wall limit, seconds."""
    return model.wall_limit_hours * SECONDS_PER_HOUR


def mean_run_hours(model: JobModel, share_below: Callable[[Reals], Reals] | None = None) -> float:
    """Mean of the run time cut off at the wall limit, hours; `share_below` is a normal distribution function."""
    if share_below is None:
        # Here, not above: SciPy takes longer to load than a scenario to check.
        from scipy.special import ndtr

        share_below = ndtr
    share, mean, spread = run_distributions(model)
    cut = (np.log(limit_seconds(model)) - mean) / np.maximum(spread, np.finfo(float).eps)
    kept = share * np.exp(mean + spread**2 / 2) * share_below(cut - spread)
    return float(kept.sum() / (share * share_below(cut)).sum() / SECONDS_PER_HOUR)


def run_seconds(model: JobModel, share: Reals) -> Reals:
    """Run time below which `share` of the jobs stay, seconds: the quantile of one truncated lognormal distribution."""
    from scipy.special import ndtr, ndtri

    cut = (np.log(limit_seconds(model)) - model.run_log_mean) / max(model.run_log_spread, np.finfo(float).eps)
    score = ndtri(np.clip(share, np.finfo(float).eps, 1) * ndtr(float(cut)))
    return np.asarray(np.exp(model.run_log_mean + model.run_log_spread * score))


def requested_seconds(model: JobModel, run: Reals, score: Reals) -> Reals:
    """Wall time that a user asks for: never less than the run, rounded up to what users type, at most the limit."""
    typical = model.request_log_mean + model.request_log_slope * np.log(run)
    asked = np.exp(typical + model.request_log_spread * score)
    menu = np.append(np.array(model.request_menu_hours) * SECONDS_PER_HOUR, np.inf)
    typed = menu[np.searchsorted(menu, np.maximum(asked, run))]
    return np.asarray(np.minimum(typed, max(limit_seconds(model), 1.0)))
