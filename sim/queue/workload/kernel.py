"""The compiled part: what campaigns and their jobs are like, and the jobs of all of them in one ascending stream.

Campaigns overlap, so the open ones wait in a heap by the time of their next job. Every draw is a function of the
campaign's number and of the job's place in it: a larger load brings the same campaigns sooner.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.queue.workload.compiler import entry, inlined
from sim.queue.workload.counter import BITS, GOLDEN, branch, normal, uniform

NOT_YET = np.inf
OWN_RUN, PAUSES, PAUSE, HITS = (0, 1, 2, 2 + 1)  # draws of one job
STRIDE = np.uint64(int(GOLDEN) * (HITS + 1) % 2**BITS)

# Columns of a chunk, and of an open campaign.
COLUMNS = len(("submit", "run", "request", "gpus", "tier", "user", "campaign", "place", "need"))
SUBMIT, RUN, REQUEST, GPUS, TIER, USER, CAMPAIGN, PLACE, NEED = range(COLUMNS)
OPEN_COLUMNS = len(("number", "next", "length", "gpus", "tier", "user", "need", "next run", "next request"))
NUMBER, NEXT, LENGTH, OPEN_GPUS, OPEN_TIER, OPEN_USER, OPEN_NEED, NEXT_RUN, NEXT_REQUEST = range(OPEN_COLUMNS)
OPEN_SCORES = len(("run", "request"))
RUN_SCORE, REQUEST_SCORE = range(OPEN_SCORES)
DRAWN = ("submit_seconds", "run_seconds", "request_seconds", "gpus", "tier", "user")
"""Columns of `Jobs`, in the order of those of a chunk."""
COMING, OPEN = range(2)  # of the counts: number of the campaign that begins next, campaigns that are open
START = 0  # of the clocks: when it begins


class Steps(NamedTuple):
    """Ascending bounds [place] with a guide [cell]: how many bounds lie below each cell. Built by `tables.steps`."""

    bounds: NDArray[Any]
    guide: NDArray[Any]
    low: float  # where the first cell begins
    cells_each: float  # cells in a unit of the value


class Distributions(NamedTuple):
    """What the kernels look up; scores are standard normal values. Built by `generator.distributions`."""

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
        # nobody types less than the shortest of the menu
        return run, distributions.menu[shorter] if shorter >= 0 else max(distributions.menu[0], run), gap
    asked = (
        distributions.request_mean
        + distributions.request_slope * log_run
        + distributions.request_spread * request_score
    )
    longer = min(places_below(distributions.menu_bounds, max(asked, log_run)), distributions.menu.size - 1)
    return run, max(distributions.menu[longer], run), gap


@inlined
def sift_down(times: NDArray[Any], slots: NDArray[Any], size: int, time: float, slot: int) -> None:
    """Put a campaign at the root of the heap and let it sink to its place; equal times keep the order of campaigns."""
    here = 0
    while True:
        child = 2 * here + 1
        if child >= size:
            break
        if child + 1 < size and times[child + 1] < times[child]:
            child += 1
        if time <= times[child]:
            break
        times[here], slots[here] = times[child], slots[child]
        here = child
    times[here], slots[here] = time, slot


@inlined
def sift_up(times: NDArray[Any], slots: NDArray[Any], here: int, time: float, slot: int) -> None:
    """Put a campaign at the end of the heap and let it rise to its place."""
    while here > 0:
        parent = (here - 1) // 2
        if times[parent] <= time:
            break
        times[here], slots[here] = times[parent], slots[parent]
        here = parent
    times[here], slots[here] = time, slot


@inlined
def write(out: NDArray[Any], at: int, time: float, run: int, request: int, campaign: NDArray[Any], place: int) -> None:
    """One row of the chunk."""
    out[SUBMIT, at], out[RUN, at], out[REQUEST, at] = int(time), run, request
    out[GPUS, at], out[TIER, at], out[USER, at] = campaign[OPEN_GPUS], campaign[OPEN_TIER], campaign[OPEN_USER]
    out[CAMPAIGN, at], out[PLACE, at], out[NEED, at] = campaign[NUMBER], place, campaign[OPEN_NEED]


@inlined
def describe(
    distributions: Distributions, number: int, time: float, campaign: NDArray[Any], scores: NDArray[Any]
) -> None:
    """Write the columns and the scores of a campaign that begins at `time` [seconds]."""
    gpus, length, tier, user, need, run_score, request_score = nature(distributions, number, time)
    campaign[NUMBER], campaign[LENGTH], campaign[OPEN_GPUS] = number, length, gpus
    campaign[OPEN_TIER], campaign[OPEN_USER], campaign[OPEN_NEED] = tier, user, need
    scores[RUN_SCORE], scores[REQUEST_SCORE] = run_score, request_score


@entry
def merged(
    distributions: Distributions, horizon: float, counts: NDArray[Any], clocks: NDArray[Any],
    times: NDArray[Any], slots: NDArray[Any], opened: NDArray[Any], scores: NDArray[Any],
    out: NDArray[Any], first: int, rows: int,
) -> int:  # fmt: skip
    """Fill `out` [column, row] from row `first` to `rows` and return the end; counts and clocks go on from there.

    Stops early when the horizon is reached, or when no slot is left for another open campaign.
    """
    row = first
    while row < rows:
        waiting = counts[OPEN] > 0
        if waiting and times[0] <= clocks[START]:
            row = _go_on(distributions, horizon, counts, times, slots, opened, scores, out, row)
        elif clocks[START] == NOT_YET or counts[OPEN] == slots.size:
            break
        else:
            row = _begin(distributions, horizon, counts, clocks, times, slots, opened, scores, out, row)
    return row


@inlined
def _begin(
    distributions: Distributions, horizon: float, counts: NDArray[Any], clocks: NDArray[Any],
    times: NDArray[Any], slots: NDArray[Any], opened: NDArray[Any], scores: NDArray[Any], out: NDArray[Any], row: int,
) -> int:  # fmt: skip
    """The next campaign begins with its first job; the campaign stays open when it has more."""
    number, time, size = counts[COMING], clocks[START], counts[OPEN]
    slot = slots[size]  # beyond the heap stand the free slots
    campaign = opened[slot]
    describe(distributions, number, time, campaign, scores[slot])
    run_score, request_score = scores[slot, RUN_SCORE], scores[slot, REQUEST_SCORE]
    run, request, _ = job(distributions, number, 0, run_score, request_score)
    write(out, row, time, run, request, campaign, 0)
    counts[COMING] = number + 1
    clocks[START] = next_start(distributions, number + 1, time)
    if campaign[LENGTH] > 1:
        run, request, gap = job(distributions, number, 1, run_score, request_score)
        if time + gap < horizon:
            campaign[NEXT], campaign[NEXT_RUN], campaign[NEXT_REQUEST] = 1, run, request
            sift_up(times, slots, size, time + gap, slot)
            counts[OPEN] = size + 1
    return row + 1


@inlined
def _go_on(
    distributions: Distributions, horizon: float, counts: NDArray[Any], times: NDArray[Any],
    slots: NDArray[Any], opened: NDArray[Any],
    scores: NDArray[Any], out: NDArray[Any], row: int,
) -> int:  # fmt: skip
    """The open campaign whose next job is due first submits it, and closes with its last one."""
    time, slot = times[0], slots[0]
    campaign = opened[slot]
    place = campaign[NEXT]
    write(out, row, time, campaign[NEXT_RUN], campaign[NEXT_REQUEST], campaign, place)
    if place + 1 < campaign[LENGTH]:
        run, request, gap = job(
            distributions, campaign[NUMBER], place + 1, scores[slot, RUN_SCORE], scores[slot, REQUEST_SCORE]
        )
        if time + gap < horizon:
            campaign[NEXT], campaign[NEXT_RUN], campaign[NEXT_REQUEST] = place + 1, run, request
            sift_down(times, slots, counts[OPEN], time + gap, slot)
            return row + 1
    counts[OPEN] -= 1
    size = counts[OPEN]
    if size:
        sift_down(times, slots, size, times[size], slots[size])
    slots[size] = slot
    return row + 1


@entry
def alone(
    distributions: Distributions, counts: NDArray[Any], clocks: NDArray[Any], out: NDArray[Any], rows: int
) -> int:
    """Fill `rows` rows of `out` with jobs that come one by one, and return where they end: no campaigns, no heap."""
    number, time, row = counts[COMING], clocks[START], 0
    while row < rows and time != NOT_YET:
        gpus, _, tier, user, need, run_score, request_score = nature(distributions, number, time)
        run, request, _ = job(distributions, number, 0, run_score, request_score)
        out[SUBMIT, row], out[RUN, row], out[REQUEST, row] = int(time), run, request
        out[GPUS, row], out[TIER, row], out[USER, row] = gpus, tier, user
        out[CAMPAIGN, row], out[PLACE, row], out[NEED, row] = number, 0, need
        row += 1
        number += 1
        time = next_start(distributions, number, time)
    counts[COMING], clocks[START] = number, time
    return row


@entry
def start(distributions: Distributions, campaign: int, at: float) -> float:
    """`next_start` for callers outside the compiled part."""
    return next_start(distributions, campaign, at)
