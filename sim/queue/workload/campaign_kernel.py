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


class Laws(NamedTuple):
    """What the kernels look up; scores are standard normal values. Built by `sources.laws`."""

    arrivals: np.uint64  # keys of streams
    nature: np.uint64
    manner: np.uint64
    luck: np.uint64
    owner: np.uint64
    need: np.uint64
    urgency: np.uint64
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
    urgent_share: NDArray[Any]  # of the campaigns [tier]
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
def looked_up(table: NDArray[np.float64], reach: float, score: float) -> float:
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
def next_start(laws: Laws, campaign: int, at: float) -> float:
    """When campaign number `campaign` begins if the one before began at `at` [seconds]; infinite after the horizon."""
    work = -np.log(uniform(laws.arrivals, campaign))  # expected campaigns until then
    hour = int(at / laws.hour_seconds)
    while hour < laws.rate.size:
        end = (hour + 1) * laws.hour_seconds
        rate = laws.rate[hour] / laws.hour_seconds
        here = rate * (end - at)
        if work < here:
            return float(at + work / rate)
        work -= here
        at = end
        hour += 1
    return NOT_YET


@inlined
def nature(laws: Laws, campaign: int, at: float) -> tuple[int, int, int, int, int, int, float, float]:
    """What a campaign that begins at `at` is like: GPUs, jobs, tier, user, urgency, least capability, run score and
    request score.
    """
    run_score = normal(laws.nature, 2 * campaign)
    size_score = laws.rho * run_score + np.sqrt(1 - laws.rho * laws.rho) * normal(laws.nature, 2 * campaign + 1)
    gpus = laws.sizes[places_below(laws.size_bounds, size_score)]
    request_score = normal(laws.manner, 2 * campaign)
    length = 1
    if laws.length_bounds.bounds.size:
        shift = laws.day_shift[int(at / laws.day_seconds)]
        own = normal(laws.manner, 2 * campaign + 1)
        score = laws.kappa * size_score + np.sqrt(1 - laws.kappa * laws.kappa) * own + shift
        length += places_below(laws.length_bounds, score / laws.length_scale)
        if length > 1:
            most = laws.most_gpu_seconds / (gpus * looked_up(laws.mean_run, laws.reach, run_score))
            length = max(1, min(length, int(most)))
    tier = 0
    if laws.tier_bounds.shape[1] > 1:
        month, luck = (
            min(int(at / laws.month_seconds), laws.tier_bounds.shape[0] - 1),
            uniform(laws.owner, 2 * campaign),
        )
        while tier < laws.tier_bounds.shape[1] - 1 and laws.tier_bounds[month, tier] <= luck:
            tier += 1
    users = laws.user_bounds.bounds.size
    user = min(places_below(laws.user_bounds, uniform(laws.owner, 2 * campaign + 1)), users - 1) + tier * users
    urgent = laws.urgent_share[tier]
    urgency = int(urgent > 0 and uniform(laws.urgency, campaign) < urgent)
    need = 0
    if laws.age_gate_per_month > 0:
        oldest = (1 - uniform(laws.need, campaign)) / laws.age_gate_per_month
        need = max(0, int(np.ceil(at / laws.month_seconds - oldest)))
    return gpus, length, tier, user, urgency, need, run_score, request_score


@inlined
def job(laws: Laws, campaign: int, place: int, run_score: float, request_score: float) -> tuple[int, int, float]:
    """Seconds to run, seconds asked for, and the gap [seconds] after the job before, of one job of a campaign."""
    key = branch(laws.luck, campaign) + np.uint64(place) * STRIDE
    score, gap = laws.between * run_score, 0.0
    if laws.inside > 0:
        score += laws.inside * normal(key, OWN_RUN)
        if place and uniform(key, PAUSES) >= laws.gap_zero_share:
            gap = min(np.exp(laws.gap_log_mean + laws.gap_log_spread * normal(key, PAUSE)), laws.gap_limit)
    log_run = looked_up(laws.log_run, laws.reach, score)
    run = max(1, int(np.exp(log_run) + 0.5))
    if laws.hit_share > 0 and uniform(key, HITS) < laws.hit_share:
        shorter = places_below(laws.menu_bounds, log_run) - 1
        return run, laws.menu[shorter] if shorter >= 0 and laws.menu[shorter] < run else run, gap
    asked = laws.request_mean + laws.request_slope * log_run + laws.request_spread * request_score
    longer = min(places_below(laws.menu_bounds, max(asked, log_run)), laws.menu.size - 1)
    return run, max(laws.menu[longer], run), gap
