"""Conservative backfilling: reservations are kept, and a queue that plans second by second makes the same ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from simpy import Environment

from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Failures, Jobs
from sim.queue.pools import NEVER, Pool
from sim.queue.scheduler.plain import JobQueue
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate

property_of = settings(max_examples=200, deadline=None, derandomize=True)
GPUS = 8
HORIZON = 600  # seconds that the plan of the other queue reaches


def jobs_of(*rows: tuple[int, int, int, int], **columns: Any) -> Jobs:
    """Jobs from rows of (submit, run, request, gpus)."""
    return Jobs(*np.array(rows, np.int64).reshape(-1, 4).T, **columns)


def starts(schedule: Schedule) -> list[int]:
    """Start of the latest attempt of every job [seconds]."""
    return schedule.start_seconds.tolist()


@st.composite
def job_lists(draw: st.DrawFn) -> Jobs:
    """A few jobs whose requests cover their run times."""
    length = st.sampled_from([1, 2, 4, 6, 12, 13])
    row = st.tuples(st.sampled_from([0, 0, 1, 2]), length, length, st.one_of(st.integers(1, 3), st.integers(1, GPUS)))
    wait, one, two, gpus = np.array(draw(st.lists(row, max_size=16)), np.int64).reshape(-1, 4).T
    return Jobs(np.cumsum(wait), np.minimum(one, two), np.maximum(one, two), gpus)


class Plan:
    """A machine of one pool whose future is an array of free GPUs [second], per instant and without troubles."""

    def __init__(self, jobs: Jobs, depth: int) -> None:
        """All is still to come."""
        self.jobs, self.depth = jobs, depth
        self.start = np.full(len(jobs), -1)
        self.reserved: dict[int, int] = {}
        self.first_reservation: dict[int, int] = {}

    def free(self, now: int, besides: int) -> NDArray[np.int64]:
        """Free GPUs [second] as planned, without one job's own reservation."""
        free = np.full(HORIZON, GPUS)
        end = self.start + self.jobs.run_seconds
        for j in range(len(self.jobs)):
            if self.start[j] >= 0 and now < end[j]:
                free[now : self.start[j] + self.jobs.request_seconds[j]] -= self.jobs.gpus[j]
            elif j in self.reserved and j != besides:
                free[self.reserved[j] : self.reserved[j] + self.jobs.request_seconds[j]] -= self.jobs.gpus[j]
        return free

    def run(self) -> list[int]:
        """Start of every job [seconds]."""
        for now in range(HORIZON // 2):
            events = (self.jobs.submit_seconds == now).any()
            if events or (self.start + self.jobs.run_seconds == now)[self.start >= 0].any():
                self.plan(now)
        return self.start.tolist()

    def plan(self, now: int) -> None:
        """Renew the reservations in order, as far behind the first that stays as the depth allows."""
        behind = -1
        for j in np.flatnonzero((self.start < 0) & (self.jobs.submit_seconds <= now)).tolist():
            if behind == self.depth:
                return
            need, length = self.jobs.gpus[j], self.jobs.request_seconds[j]
            free = self.free(now, besides=j)
            at = next(t for t in range(now, HORIZON) if (free[t : t + length] >= need).all())
            self.reserved[j] = at
            self.first_reservation.setdefault(j, at)
            if at == now:
                self.start[j] = now
                del self.reserved[j]
            behind += at > now or behind >= 0


@property_of
@given(jobs=job_lists(), depth=st.sampled_from([0, 1, 3, NEVER]))
def test_a_queue_that_plans_second_by_second_gives_the_same_schedule(jobs: Jobs, depth: int):
    found = simulate(jobs, GPUS, discipline="conservative", backfill_depth=depth)
    assert starts(found) == Plan(jobs, depth).run()


@property_of
@given(jobs=job_lists())
def test_no_reservation_is_ever_delayed_when_jobs_end_before_their_request(jobs: Jobs):
    """No job starts later than its first reservation."""
    plan = Plan(jobs, NEVER)
    plan.run()
    found = simulate(jobs, GPUS, discipline="conservative").start_seconds
    assert all(found[j] <= reserved for j, reserved in plan.first_reservation.items())


@property_of
@given(jobs=job_lists())
def test_with_exact_requests_every_job_starts_at_its_reservation(jobs: Jobs):
    """Then no plan is ever improved: the first reservation is the start."""
    jobs = Jobs(jobs.submit_seconds, jobs.request_seconds, jobs.request_seconds, jobs.gpus)
    plan = Plan(jobs, NEVER)
    plan.run()
    found = simulate(jobs, GPUS, discipline="conservative").start_seconds
    assert found.tolist() == [plan.first_reservation[j] for j in range(len(jobs))]


@property_of
@given(jobs=job_lists(), order=st.sampled_from(["per_instant", "per_event"]))
def test_with_two_jobs_waiting_conservative_and_easy_are_one(jobs: Jobs, order: Any):
    """Both protect the head alone where nobody else waits: at most one job is behind the head in these three."""
    few = Jobs(*(getattr(jobs, n)[:3] for n in ("submit_seconds", "run_seconds", "request_seconds", "gpus")))
    assert starts(simulate(few, GPUS, discipline="conservative", order=order)) == starts(
        simulate(few, GPUS, order=order)
    )


def test_a_surprise_lets_reservations_move_forward_in_the_order_of_the_queue():
    """Job 0 ends at 20 instead of 100. Job 1 moves to the front; job 2, which had reserved 150, follows at 70."""
    jobs = jobs_of((0, 20, 100, 6), (1, 50, 50, 8), (2, 50, 50, 8))
    assert starts(simulate(jobs, 10, discipline="conservative")) == [0, 20, 70]


def test_a_job_may_not_take_what_is_reserved_for_one_behind_it():
    """At second 10 four GPUs come free early. Job 3 needs five and has to wait; job 4 reserved this second."""
    jobs = jobs_of((0, 10, 10, 4), (0, 40, 40, 4), (1, 30, 30, 8), (2, 30, 30, 5), (3, 20, 20, 3))
    schedule = simulate(jobs, 8, discipline="conservative")
    assert starts(schedule) == [0, 0, 40, 70, 10]


def test_a_change_of_capacity_makes_all_reservations_void():
    """A delivery lets the large job go first, though the small one behind it had an earlier start reserved."""
    jobs = jobs_of((0, 100, 100, 8), (1, 50, 50, 12), (2, 10, 10, 8))
    assert starts(simulate(jobs, 8, discipline="conservative", capacity_steps=[(60, 4)])) == [0, 100, 150]
    assert starts(simulate(jobs, 12, discipline="conservative")) == [0, 100, 150]


def test_a_job_for_which_no_pool_is_large_enough_at_present_has_no_reservation_and_blocks_nobody():
    jobs = jobs_of((0, 10, 10, 12), (1, 500, 500, 8))
    assert starts(simulate(jobs, 8, discipline="conservative", capacity_steps=[(100, 12)])) == [100, 1]


def test_a_later_pool_is_reserved_only_for_an_earlier_start():
    """Pool 1 is tried first. It is free at 50 and pool 0 at 40 for job 2, and both at 90 for job 3."""
    jobs = jobs_of((0, 50, 50, 4), (0, 40, 40, 4), (1, 50, 50, 4), (2, 40, 40, 4), (3, 10, 10, 4))
    schedule = simulate(jobs, pools=[Pool(4), Pool(4)], discipline="conservative")
    assert schedule.pool.tolist() == [1, 0, 0, 1, 1]
    assert starts(schedule) == [0, 0, 40, 50, 90]


def test_no_reservation_reaches_past_a_retirement():
    """Pool 1 could take job 1 at second 30 but retires at 60; pool 0 has it at 50, and job 2 fits before."""
    jobs = jobs_of((0, 50, 50, 4), (0, 30, 30, 4), (1, 40, 40, 4), (2, 30, 30, 4), pools=[1, 2, 3, 3])
    pools = [Pool(4), Pool(4, retires_seconds=60)]
    schedule = simulate(jobs, pools=pools, discipline="conservative")
    assert starts(schedule) == [0, 0, 50, 30]
    assert schedule.pool.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("order", ["per_instant", "per_event"])
def test_a_requeued_job_gets_a_new_reservation_in_its_old_place(order):
    """Job 0 fails at second 5 and is still first in line: it goes on at once, and job 1 waits for it as before."""
    jobs = jobs_of((0, 20, 20, 8), (1, 10, 10, 8), (2, 10, 10, 8))
    failures = Failures(np.array([5]), np.array([0.0]), np.array([0]))
    assert starts(simulate(jobs, 8, discipline="conservative", failures=failures, order=order)) == [5, 25, 35]


@property_of
@given(jobs=job_lists(), strides=st.lists(st.integers(1, 30), max_size=6))
def test_halts_of_the_clock_make_no_difference(jobs: Jobs, strides: list[int]):
    env = Environment()
    queue = JobQueue(env, GPUS, Rules("conservative"))
    queue.submit(jobs)
    for stop in np.cumsum(strides).tolist():
        queue.advance(stop)
    env.run()
    assert starts(queue.schedule()) == starts(simulate(jobs, GPUS, discipline="conservative"))
