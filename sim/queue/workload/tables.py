"""The distributions of a job model as tables that the kernels look up by normal score: run times, sizes, lengths."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from sim.queue.jobs import Integers, Reals
from sim.queue.workload.kernel import Steps
from sim.queue.workload.model import (
    JOB_SIZES,
    MOST,
    JobModel,
    day_spread,
    limit_seconds,
    log_piece,
    run_distributions,
    size_probabilities,
)
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR

REACH = 10.0  # standard deviations that tables cover on either side
CELLS = 2**12  # of a table of run times
COARSE = 2**10  # points of quadratures in size and run time
NODES = 100  # of Gauss-Hermite quadrature inside campaigns
MIDPOINTS = 10  # of each size in the quadrature of work
HALF = 2 - 0.5  # of the discrete Pareto distribution: lengths above one begin at 2 - 1/2


def scores(cells: int = CELLS) -> Reals:
    """The normal scores at which tables are kept."""
    return np.linspace(-REACH, REACH, cells + 1)


def steps(bounds: Reals, low: float, high: float) -> Steps:
    """Ascending bounds with a guide of equal cells from `low` to `high`."""
    edges = np.linspace(low, high, CELLS + 1)[:-1]
    guide = np.searchsorted(bounds, edges, side="left").astype(np.int64)
    return Steps(np.ascontiguousarray(bounds, dtype=np.float64), guide, float(low), float(CELLS / (high - low)))


@lru_cache(maxsize=MOST)
def log_run_table(model: JobModel) -> Reals:
    """Log of run time in seconds by normal score [cell], none beyond the wall limit or below one second."""
    limit = np.log(limit_seconds(model))
    share = ndtr(scores())
    if model.beyond_limit == "pieces":
        table = log_piece(model, share)
    elif model.run_law == "lognormal":
        spread = max(model.run_log_spread, np.finfo(float).eps)
        below = ndtr((limit - model.run_log_mean) / spread)
        table = model.run_log_mean + spread * ndtri(share * below)
    else:
        table = _mixture_quantiles(model, limit, share)
    return np.asarray(np.clip(table, 0.0, max(limit, 0.0)), dtype=np.float64)


def _mixture_quantiles(model: JobModel, limit: float, share: Reals) -> Reals:
    """Log of run time below which `share` of the campaigns stay."""
    log_seconds = np.linspace(0.0, max(limit, np.finfo(float).eps), CELLS * 10)
    below = sum(
        w * ndtr((log_seconds - mean) / max(spread, np.finfo(float).eps))
        for w, mean, spread in zip(*run_distributions(model), strict=True)
    )
    below = np.asarray(below)
    total = max(float(below[-1] - below[0]), np.finfo(float).tiny)
    return np.interp(share, (below - below[0]) / total, log_seconds)


@lru_cache(maxsize=MOST)
def size_table(model: JobModel, gpus: int) -> tuple[Integers, Reals]:
    """Sizes in GPUs, ascending, and the part of the campaigns of each [size]; none is larger than the machine."""
    if model.size_law == "doublings":
        sizes, share = JOB_SIZES, size_probabilities(model.mean_gpus)
    elif model.size_law == "table":
        sizes, share = np.array(model.size_gpus), np.array(model.size_shares)
        if sizes.size != share.size:
            raise ValueError(f"size_shares has {share.size} numbers: must have {sizes.size}, one for each of size_gpus")
        if not share.sum() > 0:
            raise ValueError("size_shares are 0 throughout: must have a number above 0")
    else:
        sizes, share = _parts_of_machine(model, gpus)
    unique, place = np.unique(np.minimum(np.round(sizes), gpus).astype(np.int64), return_inverse=True)
    return unique, np.bincount(place, share, unique.size) / share.sum()


def _parts_of_machine(model: JobModel, gpus: int) -> tuple[Reals, Reals]:
    """Sizes as parts of a machine: most rounded to a power of two, the others to whole GPUs."""
    below, parts = np.array(model.fraction_quantiles), np.array(model.machine_fractions)
    if below.size != parts.size or (np.diff(below) < 0).any() or (np.diff(parts) < 0).any():
        raise ValueError("fraction_quantiles and machine_fractions must have as many numbers as one another, ascending")
    middle = (np.arange(CELLS) + 0.5) / CELLS
    log_part = np.interp(middle, below, np.log(np.maximum(parts, 1e-9)))
    exact = np.clip(np.exp(log_part) * gpus, 1, gpus)
    doubled = np.exp2(np.round(np.log2(exact)))
    doubled = np.where(doubled > gpus, gpus, doubled)
    share = np.full(CELLS, model.doubling_share)
    return np.concatenate([doubled, np.round(exact)]), np.concatenate([share, 1 - share])


def score_bounds(share: Reals) -> Reals:
    """Normal scores that divide the line into parts of these probabilities [part - 1]."""
    return np.asarray(ndtri(np.clip(np.cumsum(share)[:-1], 0, 1)), dtype=np.float64)


@lru_cache(maxsize=MOST)
def length_bounds(model: JobModel) -> Reals:
    """Normal scores above which a campaign has at least 2, 3, ... jobs; empty where jobs come one by one."""
    several = (1 - model.batch_single_share) * min(model.burstiness_ratio, 1.0)
    if model.pattern != "campaigns" or not model.burstiness_ratio:
        return np.zeros(0)
    length = np.arange(2, int(model.batch_longest) + 1)
    longer = several * ((length - 0.5) / HALF) ** (1 - model.batch_tail)
    return np.asarray(-ndtri(longer), dtype=np.float64)


def menu_seconds(model: JobModel) -> Integers:
    """Wall times that users type, seconds, ascending; the last is the limit."""
    limit = max(limit_seconds(model), 1.0)
    typed = np.round(np.array(model.request_menu_hours) * SECONDS_PER_HOUR)
    return np.append(np.unique(typed[(typed >= 1) & (typed < limit)]), np.floor(limit)).astype(np.int64)


def within_share(model: JobModel) -> float:
    """Part of the variance of log run time inside campaigns; jobs that come alone have nothing inside."""
    return model.within_share if model.pattern == "campaigns" else 0.0


def kept_seconds(model: JobModel) -> Reals:
    """Mean seconds that a job runs before it ends or is killed, by normal score of its run time [cell]."""
    run = np.maximum(np.round(np.exp(log_run_table(model))), 1.0)
    menu = menu_seconds(model)
    below = np.searchsorted(menu, run, side="left") - 1
    killed = np.where(below >= 0, menu[np.maximum(below, 0)], run)
    return run - model.hit_limit_share * (run - killed)


@lru_cache(maxsize=MOST)
def mean_run_table(model: JobModel) -> Reals:
    """Mean seconds held by a job of a campaign, by the campaign's own part of the score, unit variance [cell]."""
    inside = within_share(model)
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    at = np.sqrt(1 - inside) * scores(COARSE)[:, None] + np.sqrt(inside) * node
    mean = np.interp(at, scores(), kept_seconds(model)) @ (weight / weight.sum())
    return np.asarray(np.interp(scores(), scores(COARSE), mean))


def length_scale(model: JobModel) -> float:
    """Standard deviation of the score of a campaign's length before it is brought back to one."""
    return float(np.sqrt(1 + day_spread(model) ** 2 * day_spread(model) ** 2))


def most_gpu_seconds(model: JobModel, gpus: int) -> float:
    """Expected work that one campaign may not pass, GPU-seconds."""
    return model.batch_machine_days * gpus * HOURS_PER_DAY * SECONDS_PER_HOUR


def campaign_gpu_hours(model: JobModel, gpus: int) -> float:
    """Mean work of a campaign, GPU-hours: the integral over size, run time and length of what the kernels draw."""
    return _campaign_means(model, gpus)[0]


def job_gpu_hours(model: JobModel, gpus: int) -> float:
    """Mean work of a job, GPU-hours: that of a campaign over its jobs, since long campaigns are of smaller jobs."""
    work, jobs = _campaign_means(model, gpus)
    return work / jobs


@lru_cache(maxsize=MOST)
def _campaign_means(model: JobModel, gpus: int) -> tuple[float, float]:
    """Mean work of a campaign in GPU-hours, and its mean number of jobs."""
    sizes, share = size_table(model, gpus)
    edges = np.concatenate([[0.0], np.cumsum(share)])
    other = np.linspace(-REACH, REACH, COARSE)[:, None]
    weight = np.exp(-(other**2) / 2)
    rho = model.size_run_correlation
    work, jobs = 0.0, 0.0
    for size, part, low, high in zip(sizes, share, edges[:-1], edges[1:], strict=True):
        inside = (np.arange(MIDPOINTS) + 0.5) / MIDPOINTS
        score = ndtri(np.clip(low + inside * (high - low), np.finfo(float).tiny, 1 - np.finfo(float).epsneg))
        run_score = rho * score + np.sqrt(1 - rho**2) * other
        seconds = np.interp(run_score, scores(), mean_run_table(model))
        length = _mean_length(model, score, most_gpu_seconds(model, gpus) / (size * seconds))
        work += part * float((size * seconds * length * weight).sum() / (weight.sum() * MIDPOINTS))
        jobs += part * float((length * weight).sum() / (weight.sum() * MIDPOINTS))
    return float(work / SECONDS_PER_HOUR), float(jobs)


def _mean_length(model: JobModel, score: Reals, most: Reals) -> Reals:
    """Mean jobs of a campaign whose size has the normal score `score` [point], at most `most` [y, point]."""
    bounds = length_bounds(model)
    if not bounds.size:
        return np.ones_like(most)
    kappa, day = model.batch_size_correlation, day_spread(model) ** 2
    spread = np.sqrt(max(1 - kappa**2 + day**2, np.finfo(float).tiny))
    above = ndtr((kappa * score[:, None] - length_scale(model) * bounds) / spread)
    mean = np.concatenate([np.ones((score.size, 1)), 1 + np.cumsum(above, axis=1)], axis=1)
    place = np.clip(np.floor(most), 1, bounds.size + 1).astype(np.int64) - 1
    return np.asarray(mean[np.arange(score.size), place])
