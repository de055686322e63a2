"""The laws of a workload as tables that the kernels look up by normal score: run times, sizes, lengths, requests."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from sim.mechanisms.presets import resolved
from sim.mechanisms.workload import JOB_SIZES, Workload, run_distributions, size_probabilities
from sim.queue.jobs import Integers, Reals
from sim.queue.workload.campaign_kernel import Steps
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

REACH = 10.0  # standard deviations that tables cover on either side
CELLS = 2**12  # of a table of run times
COARSE = 2**10  # points of quadratures in size and run time
NODES = 100  # of Gauss-Hermite quadrature inside campaigns
MOST = 100  # workloads whose tables are kept
MIDPOINTS = 10  # of each size in the quadrature of work
HALF = 2 - 0.5  # the discrete Pareto law: lengths above one begin at 2 - 1/2


def scores(cells: int = CELLS) -> Reals:
    """The normal scores at which tables are kept."""
    return np.linspace(-REACH, REACH, cells + 1)


def steps(bounds: Reals, low: float, high: float) -> Steps:
    """Ascending bounds with a guide of equal cells from `low` to `high`."""
    edges = np.linspace(low, high, CELLS + 1)[:-1]
    guide = np.searchsorted(bounds, edges, side="left").astype(np.int64)
    return Steps(np.ascontiguousarray(bounds, dtype=np.float64), guide, float(low), float(CELLS / (high - low)))


@lru_cache(maxsize=MOST)
def log_run_table(workload: Workload) -> Reals:
    """Log of run time in seconds by normal score [cell], cut off at the wall limit and at one second."""
    limit = np.log(workload.wall_limit_hours * SECONDS_PER_HOUR)
    share = ndtr(scores())
    if workload.run_law == "lognormal":
        spread = max(workload.run_log_spread, np.finfo(float).eps)
        below = ndtr((limit - workload.run_log_mean) / spread)
        table = workload.run_log_mean + spread * ndtri(share * below)
    else:
        table = _mixture_quantiles(workload, limit, share)
    return np.asarray(np.clip(table, 0.0, max(limit, 0.0)), dtype=np.float64)


def _mixture_quantiles(workload: Workload, limit: float, share: Reals) -> Reals:
    """Log of run time below which `share` of the campaigns stay."""
    log_seconds = np.linspace(0.0, max(limit, np.finfo(float).eps), CELLS * 10)
    below = sum(
        w * ndtr((log_seconds - mean) / max(spread, np.finfo(float).eps))
        for w, mean, spread in zip(*run_distributions(workload), strict=True)
    )
    below = np.asarray(below)
    whole = max(float(below[-1] - below[0]), np.finfo(float).tiny)
    return np.interp(share, (below - below[0]) / whole, log_seconds)


@lru_cache(maxsize=MOST)
def size_table(workload: Workload, gpus: int) -> tuple[Integers, Reals]:
    """Sizes in GPUs, ascending, and the part of the campaigns of each [size]; none is larger than the machine."""
    if workload.size_law == "doublings":
        sizes, share = JOB_SIZES, size_probabilities(workload.mean_gpus)
    elif workload.size_law == "table":
        sizes, share = np.array(workload.size_gpus), np.array(workload.size_shares)
        if sizes.size != share.size:
            raise ValueError(f"size_shares has {share.size} numbers: must have {sizes.size}, one for each of size_gpus")
        if not share.sum() > 0:
            raise ValueError("size_shares are 0 throughout: must have a number above 0")
    else:
        sizes, share = _parts_of_machine(workload, gpus)
    whole, place = np.unique(np.minimum(np.round(sizes), gpus).astype(np.int64), return_inverse=True)
    return whole, np.bincount(place, share, whole.size) / share.sum()


def _parts_of_machine(workload: Workload, gpus: int) -> tuple[Reals, Reals]:
    """Sizes as parts of a machine: most rounded to a power of two, the others to whole GPUs."""
    below, parts = np.array(workload.fraction_quantiles), np.array(workload.machine_fractions)
    if below.size != parts.size or (np.diff(below) < 0).any() or (np.diff(parts) < 0).any():
        raise ValueError("fraction_quantiles and machine_fractions must have as many numbers as one another, ascending")
    middle = (np.arange(CELLS) + 0.5) / CELLS
    log_part = np.interp(middle, below, np.log(np.maximum(parts, 1e-9)))
    exact = np.clip(np.exp(log_part) * gpus, 1, gpus)
    doubled = np.exp2(np.round(np.log2(exact)))
    doubled = np.where(doubled > gpus, gpus, doubled)
    share = np.full(CELLS, workload.doubling_share)
    return np.concatenate([doubled, np.round(exact)]), np.concatenate([share, 1 - share])


def score_bounds(share: Reals) -> Reals:
    """Normal scores that divide the line into parts of these probabilities [part - 1]."""
    return np.asarray(ndtri(np.clip(np.cumsum(share)[:-1], 0, 1)), dtype=np.float64)


@lru_cache(maxsize=MOST)
def length_bounds(workload: Workload) -> Reals:
    """Normal scores above which a campaign has at least 2, 3, ... jobs; empty where jobs come one by one."""
    if workload.pattern != "campaigns":
        return np.zeros(0)
    length = np.arange(2, int(workload.batch_longest) + 1)
    longer = (1 - workload.batch_single_share) * ((length - 0.5) / HALF) ** (1 - workload.batch_tail)
    return np.asarray(-ndtri(longer), dtype=np.float64)


def menu_seconds(workload: Workload) -> Integers:
    """Wall times that users type, seconds, ascending; the last is the limit."""
    limit = max(workload.wall_limit_hours * SECONDS_PER_HOUR, 1.0)
    typed = np.round(np.array(workload.request_menu_hours) * SECONDS_PER_HOUR)
    return np.append(np.unique(typed[(typed >= 1) & (typed < limit)]), np.floor(limit)).astype(np.int64)


def within_share(workload: Workload) -> float:
    """Part of the variance of log run time inside campaigns; jobs that come alone have nothing inside."""
    return workload.within_share if workload.pattern == "campaigns" else 0.0


def kept_seconds(workload: Workload) -> Reals:
    """Mean seconds that a job runs before it ends or is killed, by normal score of its run time [cell]."""
    run = np.maximum(np.round(np.exp(log_run_table(workload))), 1.0)
    menu = menu_seconds(workload)
    below = np.searchsorted(menu, run, side="left") - 1
    killed = np.where(below >= 0, menu[np.maximum(below, 0)], run)
    return run - workload.hit_limit_share * (run - killed)


@lru_cache(maxsize=MOST)
def mean_run_table(workload: Workload) -> Reals:
    """Mean seconds held by a job of a campaign, by the campaign's own part of the score, unit variance [cell]."""
    inside = within_share(workload)
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    at = np.sqrt(1 - inside) * scores(COARSE)[:, None] + np.sqrt(inside) * node
    mean = np.interp(at, scores(), kept_seconds(workload)) @ (weight / weight.sum())
    return np.asarray(np.interp(scores(), scores(COARSE), mean))


def length_scale(workload: Workload) -> float:
    """Standard deviation of the score of a campaign's length before it is brought back to one."""
    return float(np.sqrt(1 + workload.daily_spread**2 * workload.daily_spread**2))


def most_gpu_seconds(workload: Workload, gpus: int) -> float:
    """Expected work that one campaign may not pass, GPU-seconds."""
    return workload.batch_machine_days * gpus * HOURS_PER_DAY * SECONDS_PER_HOUR


def gap_limit_seconds(workload: Workload) -> float:
    """Longest gap inside a campaign."""
    return workload.gap_minutes * SECONDS_PER_MINUTE


@lru_cache(maxsize=MOST)
def campaign_gpu_hours(workload: Workload, gpus: int) -> float:
    """Mean work of a campaign, GPU-hours: the integral over size, run time and length of what the kernels draw.

    One job on one GPU for the mean of the truncated lognormal law, when nobody hits the limit:

    >>> plain = Workload(size_law="table", size_gpus=(1,), size_shares=(1,), hit_limit_share=0.0)
    >>> round(campaign_gpu_hours(plain, 8), 2)
    0.68
    """
    workload = resolved(workload)
    sizes, share = size_table(workload, gpus)
    edges = np.concatenate([[0.0], np.cumsum(share)])
    other = np.linspace(-REACH, REACH, COARSE)[:, None]
    weight = np.exp(-(other**2) / 2)
    rho = workload.size_run_correlation
    total = 0.0
    for size, part, low, high in zip(sizes, share, edges[:-1], edges[1:], strict=True):
        inside = (np.arange(MIDPOINTS) + 0.5) / MIDPOINTS
        score = ndtri(np.clip(low + inside * (high - low), np.finfo(float).tiny, 1 - np.finfo(float).epsneg))
        run_score = rho * score + np.sqrt(1 - rho**2) * other
        seconds = np.interp(run_score, scores(), mean_run_table(workload))
        work = size * seconds * _mean_length(workload, score, most_gpu_seconds(workload, gpus) / (size * seconds))
        total += part * float((work * weight).sum() / (weight.sum() * MIDPOINTS))
    return float(total / SECONDS_PER_HOUR)


def _mean_length(workload: Workload, score: Reals, most: Reals) -> Reals:
    """Mean jobs of a campaign whose size has the normal score `score` [point], at most `most` [y, point]."""
    bounds = length_bounds(workload)
    if not bounds.size:
        return np.ones_like(most)
    kappa, day = workload.batch_size_correlation, workload.daily_spread**2
    spread = np.sqrt(max(1 - kappa**2 + day**2, np.finfo(float).tiny))
    above = ndtr((kappa * score[:, None] - length_scale(workload) * bounds) / spread)
    mean = np.concatenate([np.ones((score.size, 1)), 1 + np.cumsum(above, axis=1)], axis=1)
    place = np.clip(np.floor(most), 1, bounds.size + 1).astype(np.int64) - 1
    return np.asarray(mean[np.arange(score.size), place])
