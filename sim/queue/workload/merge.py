"""The jobs of overlapping campaigns in one ascending stream, chunk by chunk, in memory that the open campaigns need."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from sim.queue.workload.campaign_kernel import NOT_YET, Distributions, job, nature, next_start
from sim.queue.workload.compiler import entry, inlined, part

# Columns of a chunk, and of an open campaign.
COLUMNS = len(("submit", "run", "request", "gpus", "tier", "user", "campaign", "place", "need"))
SUBMIT, RUN, REQUEST, GPUS, TIER, USER, CAMPAIGN, PLACE, NEED = range(COLUMNS)
OPEN_COLUMNS = len(("number", "next", "length", "gpus", "tier", "user", "need", "next run", "next request"))
NUMBER, NEXT, LENGTH, OPEN_GPUS, OPEN_TIER, OPEN_USER, OPEN_NEED, NEXT_RUN, NEXT_REQUEST = range(OPEN_COLUMNS)
OPEN_SCORES = len(("run", "request"))
RUN_SCORE, REQUEST_SCORE = range(OPEN_SCORES)
COMING, OPEN = range(2)  # of the counts: number of the campaign that begins next, campaigns that are open
START = 0  # of the clocks: when it begins


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


@part
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


@part
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
def listed(
    distributions: Distributions,
    counts: NDArray[Any],
    clocks: NDArray[Any],
    starts: NDArray[Any],
    opened: NDArray[Any],
    scores: NDArray[Any],
) -> int:
    """Write the next campaigns, start [seconds], columns and scores, one a row, and return how many there were."""
    row, time = 0, clocks[START]
    while row < starts.size and time != NOT_YET:
        number = counts[COMING]
        describe(distributions, number, time, opened[row], scores[row])
        starts[row] = time
        counts[COMING] = number + 1
        time = next_start(distributions, number + 1, time)
        row += 1
    clocks[START] = time
    return row


@entry
def expanded(
    distributions: Distributions, campaign: NDArray[Any], start: float, scores: NDArray[Any], out: NDArray[Any]
) -> None:
    """All jobs of one campaign that begins at `start`, one a row of `out` [column, row]."""
    time = start
    for place in range(campaign[LENGTH]):
        run, request, gap = job(distributions, campaign[NUMBER], place, scores[RUN_SCORE], scores[REQUEST_SCORE])
        time += gap
        write(out, place, time, run, request, campaign, place)


@entry
def start(distributions: Distributions, campaign: int, at: float) -> float:
    """`next_start` for callers outside the compiled part."""
    return next_start(distributions, campaign, at)
