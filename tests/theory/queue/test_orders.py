"""Who is first in line: sorted disciplines, the depth of backfilling, and multifactor priority."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from simpy import Environment

from sim.queue.disciplines.priority import Priority, Usage, fair_share, halved
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Jobs
from sim.queue.pools import NEVER, Pool
from sim.queue.scheduler.events import schedule_action
from sim.queue.scheduler.plain import JobQueue
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate

property_of = settings(max_examples=200, deadline=None, derandomize=True)
GPUS = 8
SORTED = ("sjf", "wfp3", "unicef", "f1")


def jobs_of(*rows: tuple[int, int, int, int], **columns: Any) -> Jobs:
    """Jobs from rows of (submit, run, request, gpus)."""
    return Jobs(*np.array(rows, np.int64).reshape(-1, 4).T, **columns)


def starts(schedule: Schedule) -> list[int]:
    """Start of the latest attempt of every job [seconds]."""
    return schedule.start_seconds.tolist()


@st.composite
def job_lists(draw: st.DrawFn, users: int = 1) -> Jobs:
    """A few jobs, often of the same second."""
    length = st.sampled_from([1, 2, 4, 6, 12, 13])
    row = st.tuples(st.sampled_from([0, 0, 1, 2]), length, length, st.integers(1, GPUS), st.integers(0, users - 1))
    wait, runs, requests, gpus, user = np.array(draw(st.lists(row, max_size=16)), np.int64).reshape(-1, 5).T
    return Jobs(np.cumsum(wait), runs, requests, gpus, user=user)


orders = st.sampled_from(["per_instant", "per_event"])
estimates = st.sampled_from(["requested", "actual"])


def same(one: Schedule, two: Schedule) -> bool:
    """Whether all jobs met the same fate."""
    return bool((one.start_seconds == two.start_seconds).all() and (one.end_seconds == two.end_seconds).all())


# -------------------------------------------------------------------------------------------------------------- depth


@property_of
@given(jobs=job_lists(), order=orders, estimates=estimates, discipline=st.sampled_from(["easy", "conservative"]))
def test_a_depth_of_nothing_is_no_backfilling(jobs: Jobs, order: Any, estimates: Any, discipline: Any):
    plain = simulate(jobs, GPUS, discipline="fcfs", order=order, estimates=estimates)
    none = simulate(jobs, GPUS, discipline=discipline, backfill_depth=0, order=order, estimates=estimates)
    assert same(plain, none)


@property_of
@given(jobs=job_lists(), order=orders, scan=st.sampled_from(["queue", "sjbf"]))
def test_a_depth_beyond_the_queue_is_no_limit(jobs: Jobs, order: Any, scan: Any):
    deep, all_jobs = (simulate(jobs, GPUS, backfill_depth=d, order=order, backfill_scan=scan) for d in (16, NEVER))
    assert same(deep, all_jobs)


@pytest.mark.parametrize(
    ("depth", "expected"), [(0, [150, 150, 150]), (1, [150, 150, 150]), (2, [150, 2, 3]), (3, [150, 2, 3])]
)
def test_backfilling_looks_as_far_behind_the_head_as_its_depth(depth, expected):
    """Job 2 is too large to backfill. A depth of two reaches job 3, and job 4 once job 3 has left the queue."""
    jobs = jobs_of((0, 100, 100, 3), (1, 50, 50, 4), (1, 9, 9, 2), (2, 1, 1, 1), (3, 5, 5, 1))
    assert starts(simulate(jobs, 4, backfill_depth=depth))[2:] == expected


@pytest.mark.parametrize(("depth", "expected"), [(2, [10, 60]), (3, [15, 10])])
def test_the_depth_is_counted_in_the_order_of_the_queue_whatever_the_scan(depth, expected):
    """Shortest first among those looked at: job 4 is the shortest but third in line."""
    jobs = jobs_of((0, 100, 100, 3), (1, 50, 50, 4), (2, 500, 500, 2), (10, 50, 50, 1), (10, 5, 5, 1))
    assert starts(simulate(jobs, 4, backfill_scan="sjbf", backfill_depth=depth))[3:] == expected


@property_of
@given(jobs=job_lists(), order=orders)
def test_by_number_is_the_order_of_a_queue_that_is_served_by_number(jobs: Jobs, order: Any):
    assert same(*(simulate(jobs, GPUS, backfill_scan=scan, order=order) for scan in ("queue", "fcfs")))


# ------------------------------------------------------------------------------------------------------------- orders


# wait, request, GPUs, submission: as the papers print them
SCORES: dict[str, Callable[[int, int, int, int], float]] = {
    "sjf": lambda w, e, n, s: e,
    "f1": lambda w, e, n, s: np.log10(e) * n + 870 * np.log10(s or 0.1),
    "wfp3": lambda w, e, n, s: -((w / e) ** 3) * n,
    "unicef": lambda w, e, n, s: -w / (np.log2(n) * e),
}


def starts_one_by_one(jobs: Jobs, discipline: str) -> list[int]:
    """Start of each job [seconds] on a machine that serves one at a time, by scores that it works out when free."""
    submit, run, request = (a.tolist() for a in (jobs.submit_seconds, jobs.run_seconds, jobs.request_seconds))
    start, now, left = [-1] * len(jobs), 0, set(range(len(jobs)))
    while left:
        now = max(now, min(submit[j] for j in left))
        here = [j for j in sorted(left) if submit[j] <= now]
        score = {j: SCORES[discipline](now - submit[j], request[j], int(jobs.gpus[j]), submit[j]) for j in here}
        chosen = min((score[j], j) for j in here)[1]
        start[chosen], now = now, now + run[chosen]
        left.remove(chosen)
    return start


@pytest.mark.parametrize("discipline", SORTED)
def test_jobs_that_take_the_whole_machine_are_served_by_their_score(discipline):
    """Any two of these jobs are more than the machine has, so no job backfills and the formulas alone decide."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        run = rng.integers(1, 50, 30)
        jobs = Jobs(np.sort(rng.integers(0, 500, 30)), run, run + rng.integers(0, 50, 30), rng.integers(9, 17, 30))
        assert starts(simulate(jobs, 16, discipline=discipline)) == starts_one_by_one(jobs, discipline)


@property_of
@given(jobs=job_lists(), order=orders, discipline=st.sampled_from(SORTED))
def test_equal_jobs_are_served_in_the_order_of_their_submission(jobs: Jobs, order: Any, discipline: Any):
    n = len(jobs)
    jobs = Jobs(jobs.submit_seconds, np.full(n, 4), np.full(n, 4), np.full(n, 3))
    assert same(
        simulate(jobs, GPUS, discipline=discipline, order=order), simulate(jobs, GPUS, discipline="fcfs", order=order)
    )


def test_sorted_queues_backfill_round_their_own_head():
    """The shortest request is the head; the older, longer job may start before it only if it ends by second 100."""
    jobs = jobs_of((0, 100, 100, 6), (1, 95, 95, 4), (2, 20, 20, 8), (3, 90, 90, 4))
    assert starts(simulate(jobs, 10, discipline="sjf")) == [0, 1, 100, 120]
    assert starts(simulate(jobs, 10, discipline="sjf", backfill_depth=0)) == [0, 1, 100, 120]
    jobs = jobs_of((0, 100, 100, 6), (1, 20, 20, 8), (2, 99, 99, 4), (3, 90, 90, 4))
    assert starts(simulate(jobs, 10, discipline="sjf")) == [0, 100, 120, 3]


def test_the_shortest_job_first_keeps_the_mean_wait_shortest():
    """Jobs of one size, all there at once: no order has a smaller mean wait than the shortest first (Smith 1956)."""
    rng = np.random.default_rng(3)
    run = rng.integers(1, 1000, 200)
    jobs = Jobs(np.zeros(200, int), run, run, np.ones(200, int))
    mean = {d: simulate(jobs, 1, discipline=d).wait_seconds.mean() for d in ("fcfs", "sjf", "wfp3", "unicef", "f1")}
    assert mean["sjf"] == (np.cumsum(np.sort(run)) - np.sort(run)).mean() == min(mean.values())
    assert mean["fcfs"] > 1.3 * mean["sjf"]


# -------------------------------------------------------------------------------------------------------- multifactor


@property_of
@given(jobs=job_lists(), order=orders, estimates=estimates, period=st.sampled_from([1, 3, 100]))
def test_one_user_and_nothing_but_age_is_the_order_of_submission(jobs: Jobs, order: Any, estimates: Any, period: int):
    age_only = Priority(age_weight=1000, fair_share_weight=0, longest_age_seconds=10_000, period_seconds=period)
    aged = simulate(jobs, GPUS, discipline="multifactor", priority=age_only, order=order, estimates=estimates)
    # Whole points may tie, and between ticks a newcomer may have as few as those who came before it: ties go by number.
    assert same(aged, simulate(jobs, GPUS, order=order, estimates=estimates))


def test_equal_usage_is_equal_priority():
    usage = Usage(Priority(accounts=(0, 1, 2, 2)))
    for _ in range(50):
        usage.tick([70, 70, 35, 35])
    assert usage.priority_of(0, 0, 1) == usage.priority_of(1, 0, 1) > 0
    assert usage.priority_of(2, 0, 1) == usage.priority_of(3, 0, 1)


def test_who_has_used_just_its_share_has_half_of_the_points_of_fair_share():
    usage = Usage(Priority(age_weight=0, fair_share_weight=10_000, accounts=(0, 1, 2, 3)))
    usage.tick([10, 10, 10, 10])
    assert [usage.priority_of(user, 0, 1) for user in range(4)] == [5000] * 4


@given(st.floats(0, 60))
def test_halving_is_within_two_parts_in_a_hundred_thousand(x):
    assert halved(x) == pytest.approx(2**-x, rel=4e-5)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 9), st.integers(1, 9))
def test_who_has_used_more_has_no_more_of_a_fair_share(used, more, others, users, accounts):
    fair = [fair_share(u, u + others, u + 2 * others, users, accounts) for u in (used, used + more)]
    assert 0 <= fair[1] <= fair[0] + 1e-4 and fair[0] <= 1


def usage_by_hand(attempts: list[tuple[int, int, int]], at: int, half_life: float, period: int) -> float:
    """Decayed usage at a tick: (start, end, GPUs) held in each period, halved once a half-life."""
    total = 0.0
    for tick in range(period, at + 1, period):
        held = sum(g * max(0, min(e, tick) - max(s, tick - period)) for s, e, g in attempts)
        total += held * 0.5 ** ((at - tick) / half_life)
    return total


def test_usage_decays_by_half_in_every_half_life():
    usage = Usage(Priority(half_life_seconds=40, period_seconds=10, accounts=(0, 1)))
    attempts = [[(0, 25, 4), (60, 75, 1)], [(13, 90, 2)]]
    for tick in range(10, 101, 10):
        usage.tick([sum(g * max(0, min(e, tick) - max(s, tick - 10)) for s, e, g in mine) for mine in attempts])
    expected = [usage_by_hand(mine, 100, 40, 10) for mine in attempts]
    assert usage.of_user[0] / usage.of_user[1] == pytest.approx(expected[0] / expected[1], rel=1e-12)


def test_usage_never_overflows():
    usage = Usage(Priority(half_life_seconds=1, period_seconds=100, accounts=(0, 1)))
    for _ in range(1000):
        usage.tick([1, 3])
    assert usage.of_user[1] / usage.total == pytest.approx(0.75)


def test_who_has_used_less_goes_first_from_the_next_tick_on():
    """User 0 holds the machine until second 20 and has more jobs in the queue; user 1 comes last and is served next."""
    jobs = jobs_of((0, 20, 20, 8), (1, 5, 5, 8), (2, 5, 5, 8), (3, 5, 5, 8), user=[0, 0, 0, 1])
    fair = Priority(age_weight=0, period_seconds=10, accounts=(0, 1))
    assert starts(simulate(jobs, 8, discipline="multifactor", priority=fair)) == [0, 25, 30, 20]
    late = Priority(age_weight=0, period_seconds=21, accounts=(0, 1))
    assert starts(simulate(jobs, 8, discipline="multifactor", priority=late)) == [0, 20, 30, 25]


def test_a_tick_is_served_after_the_ends_and_before_the_submissions_of_its_second():
    """Job 0 of user 0 ends at the tick of second 10, when job 1 of user 0 and job 2 of user 1 come: that goes first."""
    jobs = jobs_of((0, 10, 10, 8), (10, 5, 5, 8), (10, 5, 5, 8), user=[0, 0, 1])
    fair = Priority(age_weight=0, period_seconds=10, accounts=(0, 1))
    assert starts(simulate(jobs, 8, discipline="multifactor", priority=fair)) == [0, 15, 10]


def test_users_of_an_account_that_has_used_much_wait_for_those_of_another():
    """User 1 has used nothing, but shares an account with user 0; user 2 has an account of its own."""
    jobs = jobs_of((0, 20, 20, 8), (1, 5, 5, 8), (2, 5, 5, 8), user=[0, 1, 2])
    fair = Priority(age_weight=0, period_seconds=10, accounts=(0, 0, 1))
    assert starts(simulate(jobs, 8, discipline="multifactor", priority=fair)) == [0, 25, 20]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"size_weight": 100, "largest_gpus": 8}, [30, 25, 20]),
        ({"size_weight": 100, "largest_gpus": 6}, [20, 25, 30]),
    ],
)
def test_size_counts_by_its_weight_up_to_the_largest(weights, expected):
    jobs = jobs_of((0, 20, 20, 8), (1, 5, 5, 6), (1, 5, 5, 7), (1, 5, 5, 8))
    only = Priority(age_weight=0, fair_share_weight=0, **weights)
    assert starts(simulate(jobs, 8, discipline="multifactor", priority=only))[1:] == expected


def test_the_clock_stops_although_a_job_waits_for_ever():
    """The head asks for more time than its pool has left: nothing else is to come, so priorities need no more ticks."""
    schedule = simulate(jobs_of((0, 9, 99, 1)), pools=[Pool(1, retires_seconds=50)], discipline="multifactor")
    assert schedule.started.tolist() == schedule.rejected.tolist() == [False]


def test_an_idle_machine_makes_up_for_the_ticks_that_it_missed():
    """Two batches with silence between them give what one batch gives."""
    fair = Priority(half_life_seconds=50, period_seconds=10, accounts=(0, 1))
    first, second = [(0, 20, 20, 8), (1, 30, 30, 8)], [(200, 9, 9, 8), (201, 5, 5, 8), (202, 5, 5, 8)]
    whole = simulate(jobs_of(*first, *second, user=[0, 1, 0, 0, 1]), 8, discipline="multifactor", priority=fair)
    env = Environment()
    queue = JobQueue(env, 8, Rules("multifactor", priority=fair))
    queue.submit(jobs_of(*first, user=[0, 1]))

    def announce() -> None:
        queue.submit(jobs_of(*second, user=[0, 0, 1]))

    schedule_action(env, 200, announce)
    env.run()
    assert starts(queue.schedule()) == starts(whole)
    assert starts(whole) == [0, 20, 200, 209, 214]


def test_a_user_without_an_account_is_refused():
    with pytest.raises(ValueError, match="user = 3: must be less than 2"):
        simulate(jobs_of((0, 1, 1, 1), user=[3]), 8, discipline="multifactor", priority=Priority(accounts=(0, 1)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"age_weight": -1}, "age_weight = -1"),
        ({"period_seconds": 0}, "period_seconds = 0"),
        ({"accounts": (0, 2)}, "without a gap"),
        ({"accounts": ()}, "without a gap"),
    ],
)
def test_impossible_priorities_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Priority(**wrong)


class FairBySecond:
    """Multifactor for jobs that take the whole machine, second by second and with decay as it is defined."""

    @staticmethod
    def starts(jobs: Jobs, priority: Priority) -> NDArray[np.int64]:
        """Start of each job [seconds]."""
        n, users = len(jobs), len(priority.accounts)
        start, points, waiting, running = np.full(n, -1), np.zeros(n, int), set[int](), -1
        usage, held = np.zeros(users), np.zeros(users)
        keep = 0.5 ** (priority.period_seconds / priority.half_life_seconds)
        for now in range(2000):
            if running >= 0 and start[running] + jobs.run_seconds[running] == now:
                running = -1
            tick = now > 0 and now % priority.period_seconds == 0
            if tick:
                usage, held = usage * keep + held, np.zeros(users)
            new = set(np.flatnonzero(jobs.submit_seconds == now).tolist())
            waiting |= new
            for j in waiting if tick else new:
                user = jobs.user[j]
                total = usage.sum()
                own = usage[user] / total * users if total else 0.0
                age = min(now - jobs.submit_seconds[j], priority.longest_age_seconds) / priority.longest_age_seconds
                points[j] = int(priority.age_weight * age + priority.fair_share_weight * 2**-own)
            if running < 0 and waiting:
                running = min(waiting, key=lambda j: (-points[j], j))
                waiting.remove(running)
                start[running] = now
            if running >= 0:
                held[jobs.user[running]] += jobs.gpus[running]
        return start


def test_a_queue_that_looks_every_second_shares_as_fairly():
    """Each user an account of its own. Weights are coarse, so that the series for halving rounds to the same points."""
    priority = Priority(
        age_weight=10,
        fair_share_weight=20,
        longest_age_seconds=60,
        half_life_seconds=40,
        period_seconds=10,
        accounts=(0, 1, 2),
    )
    for seed in range(20):
        rng = np.random.default_rng(seed)
        run = rng.integers(1, 20, 40)
        jobs = Jobs(
            np.sort(rng.integers(0, 400, 40)), run, run, np.full(40, 8), user=rng.choice(3, 40, p=[0.6, 0.3, 0.1])
        )
        found = simulate(jobs, 8, discipline="multifactor", priority=priority).start_seconds
        assert found.tolist() == FairBySecond.starts(jobs, priority).tolist()
        assert (np.diff(found) < 0).any()
