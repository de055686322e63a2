"""The compiled part: when a campaign begins, what it is like, and its jobs in order of submission.

Campaigns overlap, so the open ones wait in a heap by the time of their next job. Every draw is a function of the
campaign's number and of the job's place in it: a larger load brings the same campaigns sooner.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.queue.workload.compiler import inlined
from sim.queue.workload.counter import BITS, GOLDEN, branch, normal, uniform

NOT_YET = np.inf
OWN_RUN, PAUSES, PAUSE, HITS = (0, 1, 2, 2 + 1)  # draws of one job
STRIDE = np.uint64(int(GOLDEN) * (HITS + 1) % 2**BITS)


class Steps(NamedTuple):
    """Ascending bounds [place] with a guide [cell]: how many bounds lie below each cell. Built by `tables.steps`."""

    bounds: NDArray[Any]
    guide: NDArray[Any]
    low: float  # where the first cell begins
    cells_each: float  # cells in a unit of the value


class Distributions(NamedTuple):
    """What the kernels look up; scores are standard normal values. Built by `sources.distributions`."""

    arrivals: np.uint64  # keys of streams
    nature: np.uint64
    manner: np.uint64
    uniform: np.uint64
    owner: np.uint64
    need: np.uint64
    rate: NDArray[Any]  # campaigns an hour [hour]
    day_shift: NDArray[Any]  # of the score of a length [day]
    log_run: NDArray[Any]  # log of seconds [cell] by score
    mean_run: NDArray[Any]  # seconds [cell] by the campaign's score
    size_bounds: Steps  # scores [size - 1]
    sizes: NDArray[Any]  # GPUs [size]
    length_bounds: Steps  # scores from which a campaign has 2, 3, ... jobs
    menu: NDArray[Any]  # wall times that users ask for, seconds
    menu_bounds: Steps  # their logs
    tier_bounds: NDArray[Any]  # cumulative shares [month, tier]
    user_bounds: Steps  # cumulative weights [user]
    reach: float  # score of the last cell
    rho: float  # correlation of size and run time
    kappa: float  # of size and length
    length_scale: float
    inside: float  # square roots of the parts of variance inside campaigns and between them
    between: float
    most_gpu_seconds: float  # expected work of one campaign
    gap_zero_share: float
    gap_log_mean: float
    gap_log_spread: float
    gap_limit: float
    request_mean: float
    request_slope: float
    request_spread: float
    hit_share: float
    age_gate_per_month: float
    month_seconds: float
    hour_seconds: float
    day_seconds: float


@inlined
def lookup(table: NDArray[np.float64], reach: float, score: float) -> float:
    """Linear interpolation in a table over scores from -reach to reach."""
    cells = table.size - 1
    at = (score + reach) * (cells / (2 * reach))
    if at <= 0:
        return float(table[0])
    if at >= cells:
        return float(table[cells])
    cell = int(at)
    return float(table[cell]) + (at - cell) * float(table[cell + 1] - table[cell])


@inlined
def places_below(steps: Steps, value: float) -> int:
    """How many of the bounds are at most `value`: found at once or nearly so, by the cell that the value lies in."""
    cell = min(max(int((value - steps.low) * steps.cells_each), 0), steps.guide.size - 1)
    place = int(steps.guide[cell])
    while place < steps.bounds.size and steps.bounds[place] <= value:
        place += 1
    return place


@inlined
def next_start(distributions: Distributions, campaign: int, at: float) -> float:
    """When campaign number `campaign` begins if the one before began at `at` [seconds]; infinite after the horizon."""
    work = -np.log(uniform(distributions.arrivals, campaign))  # expected campaigns until then
    hour = int(at / distributions.hour_seconds)
    while hour < distributions.rate.size:
        end = (hour + 1) * distributions.hour_seconds
        rate = distributions.rate[hour] / distributions.hour_seconds
        here = rate * (end - at)
        if work < here:
            return float(at + work / rate)
        work -= here
        at = end
        hour += 1
    return NOT_YET


@inlined
def nature(distributions: Distributions, campaign: int, at: float) -> tuple[int, int, int, int, int, float, float]:
    """What a campaign that begins at `at` is like: GPUs, jobs, tier, user, least capability, run and request score."""
    run_score = normal(distributions.nature, 2 * campaign)
    size_score = distributions.rho * run_score + np.sqrt(1 - distributions.rho * distributions.rho) * normal(
        distributions.nature, 2 * campaign + 1
    )
    gpus = distributions.sizes[places_below(distributions.size_bounds, size_score)]
    request_score = normal(distributions.manner, 2 * campaign)
    length = 1
    if distributions.length_bounds.bounds.size:
        shift = distributions.day_shift[int(at / distributions.day_seconds)]
        own = normal(distributions.manner, 2 * campaign + 1)
        score = distributions.kappa * size_score + np.sqrt(1 - distributions.kappa * distributions.kappa) * own + shift
        length += places_below(distributions.length_bounds, score / distributions.length_scale)
        if length > 1:
            most = distributions.most_gpu_seconds / (
                gpus * lookup(distributions.mean_run, distributions.reach, run_score)
            )
            length = max(1, min(length, int(most)))
    tier = 0
    if distributions.tier_bounds.shape[1] > 1:
        month = min(int(at / distributions.month_seconds), distributions.tier_bounds.shape[0] - 1)
        share = uniform(distributions.owner, 2 * campaign)
        while tier < distributions.tier_bounds.shape[1] - 1 and distributions.tier_bounds[month, tier] <= share:
            tier += 1
    users = distributions.user_bounds.bounds.size
    user = (
        min(places_below(distributions.user_bounds, uniform(distributions.owner, 2 * campaign + 1)), users - 1)
        + tier * users
    )
    need = 0
    if distributions.age_gate_per_month > 0:
        oldest = (1 - uniform(distributions.need, campaign)) / distributions.age_gate_per_month
        need = max(0, int(np.ceil(at / distributions.month_seconds - oldest)))
    return gpus, length, tier, user, need, run_score, request_score


@inlined
def job(
    distributions: Distributions, campaign: int, place: int, run_score: float, request_score: float
) -> tuple[int, int, float]:
    """Seconds to run, seconds asked for, and the gap [seconds] after the job before, of one job of a campaign."""
    key = branch(distributions.uniform, campaign) + np.uint64(place) * STRIDE
    score, gap = distributions.between * run_score, 0.0
    if distributions.inside > 0:
        score += distributions.inside * normal(key, OWN_RUN)
        if place and uniform(key, PAUSES) >= distributions.gap_zero_share:
            gap = min(
                np.exp(distributions.gap_log_mean + distributions.gap_log_spread * normal(key, PAUSE)),
                distributions.gap_limit,
            )
    log_run = lookup(distributions.log_run, distributions.reach, score)
    run = max(1, int(np.exp(log_run) + 0.5))
    if distributions.hit_share > 0 and uniform(key, HITS) < distributions.hit_share:
        shorter = places_below(distributions.menu_bounds, log_run) - 1
        return run, distributions.menu[shorter] if shorter >= 0 and distributions.menu[shorter] < run else run, gap
    asked = (
        distributions.request_mean
        + distributions.request_slope * log_run
        + distributions.request_spread * request_score
    )
    longer = min(places_below(distributions.menu_bounds, max(asked, log_run)), distributions.menu.size - 1)
    return run, max(distributions.menu[longer], run), gap
