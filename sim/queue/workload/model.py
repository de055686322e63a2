"""The job model: the numbers that describe the jobs of a shared machine, and the distributions they stand for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from sim.queue.jobs import Reals
from sim.units import HOURS_PER_DAY, JOB_SIZES_GPUS, SECONDS_PER_HOUR

JOB_SIZES = np.array(JOB_SIZES_GPUS, dtype=np.float64)
"""Sizes in GPUs of a distribution by doublings."""

LONGEST_DAYS = 365.0
"""Longest run that users cut into pieces: the law has the published mean only with nearly all of its tail."""

MOST = 100  # workloads whose tables are kept
POINTS = 2**12  # of the distribution function of pieces
BLOCK = 2**8  # pieces summed at once: larger arrays leave the cache
BEND = np.linspace(-6, 6, 2**6)  # scores round which a narrow distribution bends between two points
TIGHT = 1e-9  # least standard deviation: no function is steeper than its points can show


@dataclass(frozen=True, kw_only=True)
class JobModel:
    """What the generator needs to know of the jobs; equal models give the same jobs.

    A campaign is a sequence of jobs of one user and one size with short gaps between them. Logs are of seconds,
    correlations are of normal scores, and a spread is a standard deviation.
    """

    pattern: str  # "poisson": jobs one by one at a steady rate; "campaigns": by the hour and the weekday
    burstiness_ratio: float  # 0: steady arrivals of single jobs; 1: as the numbers below say
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
    # How they look at the queue.
    backlog_hours: float  # of the whole machine's work, at which every other campaign is withdrawn
    backlog_power: float  # how sharply they are withdrawn around it
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
    beyond_limit: str  # longer runs come in "pieces" of the limit and a remainder; "none": there are no such runs
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


def day_spread(model: JobModel) -> float:
    """Standard deviation of the log of campaigns from day to day."""
    return model.daily_spread * model.burstiness_ratio


def limit_seconds(model: JobModel) -> float:
    """The wall limit, seconds."""
    return model.wall_limit_hours * SECONDS_PER_HOUR


def longest_seconds(model: JobModel) -> float:
    """Where runs are cut off before they are cut into pieces, seconds: never below the limit of the machine itself."""
    return max(LONGEST_DAYS * HOURS_PER_DAY * SECONDS_PER_HOUR, limit_seconds(model))


def _most_pieces(model: JobModel) -> int:
    """Pieces of the whole wall limit in the longest run."""
    return int(longest_seconds(model) / limit_seconds(model) + TIGHT)


def whole_pieces(model: JobModel, share_below: Callable[[Reals], Reals]) -> float:
    """Mean number of pieces of the whole wall limit in a run: the sum over k of the share of runs of k limits or more.

    Every run has one piece more, its remainder; `share_below` is a normal distribution function.
    """
    ends = np.log(np.arange(1, _most_pieces(model) + 1) * limit_seconds(model))
    return float(
        sum(
            part * share_below((mean - ends) / max(spread, TIGHT)).sum()
            for part, mean, spread in zip(*run_distributions(model), strict=True)
        )
    )


@lru_cache(maxsize=MOST)
def _pieces(model: JobModel) -> tuple[Reals, Reals]:
    """Part of the jobs that run no longer than so many seconds, and the logs of these, both ascending [point].

    P(remainder <= r) is the sum over k of P(k limits <= run <= k limits + r), divided by the jobs of a run. The jobs
    above the last point are pieces of the whole limit.
    """
    from scipy.special import ndtr

    limit, most = limit_seconds(model), _most_pieces(model)
    seconds = _points(model)
    below = np.zeros(seconds.size)
    for first in range(0, most + 1, BLOCK):
        start = np.arange(first, min(first + BLOCK, most + 1))[:, None] * limit
        end = np.where(start + seconds < longest_seconds(model), start + seconds, np.inf)  # cut off there
        for part, mean, spread in zip(*run_distributions(model), strict=True):
            with np.errstate(divide="ignore"):
                scores = [(np.log(at) - mean) / max(spread, TIGHT) for at in (start, end)]
            below += part * (ndtr(scores[1]) - ndtr(scores[0])).sum(axis=0)
    share = np.maximum.accumulate(below) / (1 + whole_pieces(model, ndtr))
    return share, np.log(seconds)


def _points(model: JobModel) -> Reals:
    """Seconds, ascending from one to the wall limit [point]: evenly by their log, and where the function bends."""
    limit = limit_seconds(model)
    even = np.exp(np.linspace(0.0, np.log(limit), POINTS + 1))
    bends = [
        np.fmod(np.minimum(np.exp(mean + max(spread, TIGHT) * BEND), longest_seconds(model)), limit)
        for _, mean, spread in zip(*run_distributions(model), strict=True)
    ]
    return np.unique(np.clip(np.concatenate([even[:-1], *bends, [limit]]), 1.0, limit))


def log_piece(model: JobModel, share: Reals) -> Reals:
    """Log of the seconds below which `share` of the jobs stay when longer runs come in pieces, of either law."""
    return np.asarray(np.interp(share, *_pieces(model)))
