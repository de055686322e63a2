"""The compiled look at finished jobs against a plain one, job by job and second by second where they are few."""

from __future__ import annotations

import numpy as np
import pytest

from sim.mechanisms.demand import TIERS
from sim.queue.kernel.layout import FINISHED, TOO_LARGE, WITHDRAWN
from sim.queue.schedules import bounded_slowdown
from sim.waits.statistics import SIZE_CLASSES, SLOWDOWN_BOUND_SECONDS
from sim.waits.tally import Tally, bin_of

ENDS = np.array([40, 100, 101, 5000])
PARTS = 7


def random_records(rng, jobs=300):
    """Jobs before, across and after the ends of periods, some of them rejected, withdrawn or begun anew."""
    rows = np.zeros(jobs, FINISHED)
    rows["rank"] = rng.permutation(jobs)
    rows["submit"] = rng.choice([rng.integers(0, 110, jobs), rng.integers(0, 6000, jobs), np.full(jobs, 100)])
    rows["first_start"] = rows["submit"] + rng.integers(0, 3, jobs) * rng.integers(0, 3000, jobs)
    rows["start"] = rows["first_start"] + rng.integers(0, 2, jobs) * 50
    rows["end"] = rows["start"] + rng.integers(0, 2000, jobs)
    rows["held"] = rng.choice([1, 2, 8, 9, 64, 65, 512], jobs)
    rows["lost"], rows["restarts"] = rng.integers(0, 9, jobs), rng.integers(0, 2, jobs)
    rows["tier"] = rng.integers(0, len(TIERS), jobs)
    rows["rejected"] = rng.choice([0, 0, 0, TOO_LARGE, WITHDRAWN], jobs)
    return rows


def period(second):
    """The first period that has not ended at a second, or the last."""
    return min(sum(int(end) <= second for end in ENDS), len(ENDS) - 1)


def passing(total, start, end, weight):
    """Second by second; seconds after the last period are not counted."""
    for second in range(start, min(end, int(ENDS[-1]))):
        total[period(second)] += weight


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("parts", [0, PARTS])
def test_a_tally_is_what_a_plain_loop_adds_up(seed, parts):
    rng = np.random.default_rng(seed)
    rows = random_records(rng)
    attempts = [(int(job["rank"]), 30, 130) for job in rows if job["restarts"]]
    tally = Tally(ENDS, parts)
    tally.interrupted(attempts)
    for batch in np.array_split(rows, 3):
        tally.take(batch)
    waited, slowdown, held, refused = (np.zeros(len(ENDS)) for _ in range(4))
    counts, course = np.zeros_like(tally.counts), np.zeros((2, parts))
    for job in rows:
        submit, wait, came = job["submit"], job["first_start"] - job["submit"], period(job["submit"])
        refused[came] += job["rejected"] == TOO_LARGE
        if job["rejected"]:
            continue
        size = sum(least <= job["held"] for least, _ in SIZE_CLASSES) - 1
        counts[came, job["tier"], size, bin_of(np.array([wait]))[0]] += 1
        waited[came] += wait
        run = np.array([job["end"] - job["start"]])
        slowdown[came] += bounded_slowdown(np.array([wait]), run, SLOWDOWN_BOUND_SECONDS)[0]
        passing(held, int(job["start"]), int(job["end"]), int(job["held"]))
        if job["restarts"]:
            passing(held, 30, 130, int(job["held"]))
        if parts:
            place = min(submit * parts // ENDS[-1], parts - 1)
            course[:, place] += 1, wait
    for name, expected in (("counts", counts), ("waited", waited), ("held", held), ("refused", refused)):
        assert np.array_equal(getattr(tally, name), expected), name
    assert np.array_equal(tally.course, course)
    assert tally.slowdown == pytest.approx(slowdown)
    check_sums(tally, rows)


def check_sums(tally, rows):
    """The numbers that Little's law needs, and the work to be repeated."""
    absent, done = rows[rows["rejected"] != 0], rows[rows["rejected"] == 0]
    assert (tally.absent, tally.absent_seconds) == (len(absent), absent["submit"].sum())
    assert (tally.ended, tally.ended_seconds) == (len(done), done["end"].sum())
    assert tally.stayed_seconds == (done["end"] - done["submit"]).sum()
    assert tally.lost == (done["held"] * done["lost"]).sum()


def test_gpus_in_service_are_counted_by_the_period_in_which_time_passes():
    tally = Tally(ENDS)
    tally.capacity([(10, 5, 0), (50, -3, 0), (60, 4, 0), (20, 1, 1)])
    tally.close(7000, 0, 0, 0)
    expected = np.zeros(len(ENDS))
    for start, end, gpus in ((10, 50, 5), (60, 7000, 4), (20, 7000, 1)):
        passing(expected, start, end, gpus)
    assert np.array_equal(tally.up, expected)


def test_a_tally_of_no_jobs_stays_empty():
    tally = Tally(ENDS, PARTS)
    tally.take(np.zeros(0, FINISHED))
    assert not tally.counts.any() and not tally.held.any() and not tally.course.any() and tally.ended == 0
