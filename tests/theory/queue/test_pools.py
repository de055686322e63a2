"""Pools: generations of different speeds, masks, retirement, and troubles that hit one pool."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Failures, Jobs
from sim.queue.pools import ANY, Admission, Pool, allowed_pools
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate
from tests.oracles.use import utilisation


def jobs_of(*rows: tuple[int, int, int, int], **columns: Any) -> Jobs:
    """Jobs from rows of (submit, run, request, gpus)."""
    return Jobs(*np.array(rows, np.int64).reshape(-1, 4).T, **columns)


def starts(schedule: Schedule) -> list[int]:
    """Start of the latest attempt of every job [seconds]."""
    return schedule.start_seconds.tolist()


# ------------------------------------------------------------------------------------------------------------- speed


@pytest.mark.parametrize(("speed", "end"), [(1000, 100), (2000, 50), (500, 200), (3000, 34), (1, 240)])
def test_a_faster_pool_shortens_the_run_and_a_slow_one_meets_the_wall_limit(speed, end):
    schedule = simulate(jobs_of((0, 100, 240, 1)), pools=[Pool(1, speed)])
    assert schedule.end_seconds.tolist() == [end]


def test_a_job_is_killed_at_its_wall_limit_in_every_pool():
    jobs = jobs_of((0, 100, 60, 1), (0, 100, 60, 1))
    assert simulate(jobs, pools=[Pool(1), Pool(1, 1500)]).end_seconds.tolist() == [60, 60]


def test_gpus_is_short_for_one_pool_of_the_base_generation():
    jobs = jobs_of((0, 10, 20, 4), (1, 10, 20, 8), (2, 5, 20, 2))
    short, long = (vars(simulate(jobs, **machine)) for machine in ({"gpus": 8}, {"pools": [Pool(8)]}))
    assert all(np.array_equal(short[name], long[name]) for name in short)


def test_only_a_clairvoyant_scheduler_knows_how_fast_a_pool_is():
    """On the fast pool job 2 would end at second 61, one after the head could start; it asks for much more."""
    jobs = jobs_of((0, 120, 120, 3), (1, 10, 10, 4), (2, 116, 200, 1), (2, 118, 200, 1))
    assert starts(simulate(jobs, pools=[Pool(4, 2000)], estimates="actual")) == [0, 60, 2, 65]
    assert starts(simulate(jobs, pools=[Pool(4, 2000)], estimates="requested")) == [0, 60, 65, 65]


def test_a_victim_keeps_the_work_done_at_the_speed_of_its_pool():
    """Hit after 30 s at double speed, 60 s of 100 are done, 50 saved; 25 s were needed for them, 5 are lost."""
    failure = Failures(np.array([30]), np.array([0.5]), np.array([0]))
    schedule = simulate(
        jobs_of((0, 100, 200, 8)), pools=[Pool(8, 2000)], checkpoint_seconds=50, failures=failure, estimates="actual"
    )
    assert schedule.lost_seconds.tolist() == [5]
    assert schedule.end_seconds.tolist() == [30 + 25]


# ------------------------------------------------------------------------------------------------- which pool is used


def test_the_last_pool_is_tried_first():
    schedule = simulate(jobs_of(*[(0, 10, 10, 4)] * 3), pools=[Pool(4), Pool(4), Pool(4)])
    assert schedule.pool.tolist() == [2, 1, 0]


def test_a_job_uses_only_the_pools_of_its_mask():
    jobs = jobs_of(*[(0, 10, 10, 4)] * 3, pools=[0b01, 0b10, 0b01])
    schedule = simulate(jobs, pools=[Pool(4), Pool(4)])
    assert schedule.pool.tolist() == [0, 1, 0]
    assert starts(schedule) == [0, 0, 10]


@pytest.mark.parametrize(("mask", "gpus"), [(0, 1), (0b01, 5), (0b10, 9), (-1, 9), (0b100, 1)])
def test_a_job_that_no_allowed_pool_can_ever_hold_is_refused(mask, gpus):
    jobs = jobs_of((0, 10, 10, gpus), (0, 10, 10, 1), pools=[mask, -1])
    assert simulate(jobs, pools=[Pool(4), Pool(8)]).rejected.tolist() == [True, False]


def test_no_job_is_spread_over_two_pools():
    schedule = simulate(jobs_of((0, 10, 10, 6)), pools=[Pool(4), Pool(4)])
    assert schedule.rejected.all()


def test_a_pool_that_is_still_to_grow_refuses_nobody():
    schedule = simulate(jobs_of((0, 10, 10, 6)), pools=[Pool(4), Pool(4)], capacity_steps=[(7, 2, 1)])
    assert starts(schedule) == [7]
    assert schedule.pool.tolist() == [1]


def test_the_head_reserves_the_pool_where_it_fits_first_and_the_other_is_open_to_all():
    """Pool 1 is held until 50, pool 0 until 100. The head waits for pool 1; job 3 may outlast it in pool 0 only."""
    jobs = jobs_of((0, 100, 100, 3), (0, 50, 50, 3), (1, 10, 10, 4), (2, 900, 900, 1), (2, 900, 900, 1))
    jobs = Jobs(
        *(getattr(jobs, n) for n in ("submit_seconds", "run_seconds", "request_seconds", "gpus")), pools=[1, 2, 3, 3, 3]
    )
    schedule = simulate(jobs, pools=[Pool(4), Pool(4)])
    assert starts(schedule) == [0, 0, 50, 2, 60]
    assert schedule.pool.tolist() == [0, 1, 1, 0, 1]


# --------------------------------------------------------------------------------------------------------- retirement


def test_a_job_starts_only_where_it_would_end_before_the_pool_retires():
    pools = [Pool(8), Pool(8, retires_seconds=100)]
    schedule = simulate(jobs_of((0, 100, 100, 4), (0, 50, 101, 4), (60, 40, 40, 4), (61, 40, 40, 4)), pools=pools)
    assert schedule.pool.tolist() == [1, 0, 1, 0]
    assert starts(schedule) == [0, 0, 60, 61]


def test_a_head_that_no_pool_will_take_before_it_retires_restricts_nobody():
    """The pool retires at second 100; a request of 200 cannot be kept, so that all others go on."""
    schedule = simulate(jobs_of((0, 20, 200, 8), (1, 60, 60, 8), (2, 30, 30, 1)), pools=[Pool(8, retires_seconds=100)])
    assert starts(schedule) == [-1, 1, 61]
    assert schedule.started.tolist() == [False, True, True]


# ------------------------------------------------------------------------------------------- troubles of a single pool


def test_a_failure_hits_the_pool_that_it_names():
    jobs = jobs_of((0, 100, 100, 8), (0, 100, 100, 8))
    hit = [
        simulate(jobs, pools=[Pool(8), Pool(8)], failures=Failures([10], [0.5], [5], [pool])).interrupted_job.tolist()
        for pool in (0, 1)
    ]
    assert hit == [[1], [0]]


def test_a_failure_without_repair_only_interrupts_the_job():
    schedule = simulate(jobs_of((0, 100, 100, 8)), 8, failures=Failures([10], [0.5], [0]))
    assert starts(schedule) == [10]
    assert schedule.end_seconds.tolist() == [110]


def test_capacity_is_booked_pool_by_pool():
    schedule = simulate(jobs_of((0, 10, 10, 4)), pools=[Pool(4), Pool(8)], capacity_steps=[(5, -4, 1), (6, 2)])
    assert schedule.capacity_pool.tolist() == [0, 1, 1, 0]
    assert schedule.capacity_gpus.tolist() == [4, 8, 4, 6]
    assert utilisation(schedule, 10) == 40 / (4 * 6 + 6 * 4 + 8 * 5 + 4 * 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pools": [Pool(4)], "gpus": 4}, "exactly one of them"),
        ({}, "exactly one of them"),
        ({"gpus": 4, "capacity_steps": [(1, 2, 1)]}, r"pool = 1: must be in 0\.\.0"),
        ({"gpus": 4, "failures": Failures([1], [0.5], [1], [1])}, r"pool = 1: must be in 0\.\.0"),
    ],
)
def test_impossible_machines_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        simulate(jobs_of((0, 1, 1, 1)), **change)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"gpus": -1}, "gpus = -1"), ({"speed": 0}, "speed = 0"), ({"retires_seconds": -1}, "retires_seconds = -1")],
)
def test_impossible_pools_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Pool(**wrong)


# ---------------------------------------------------------------------------------------------------------- admission


def test_admission_expresses_generations_partitions_and_a_reserve():
    admissions = [
        Admission(),
        Admission(capability=2),
        Admission(partition=7),
        Admission(longest_seconds=60, largest_gpus=2),
    ]
    gpus, request = np.array([1, 1, 1, 4, 1]), np.array([60, 60, 60, 60, 61])
    least, partition = np.array([0, 2, 0, 0, 0]), np.array([ANY, ANY, 7, 7, 8])
    masks = allowed_pools(gpus, request, least, partition, admissions)
    assert [f"{mask:04b}" for mask in masks] == ["1011", "0010", "1111", "0111", "0011"]


def test_rules_may_be_given_whole():
    jobs = jobs_of((0, 10, 10, 3), (1, 10, 10, 4), (2, 5, 5, 1))
    assert starts(simulate(jobs, 4, rules=Rules("fcfs"))) == starts(simulate(jobs, 4, discipline="fcfs")) == [0, 10, 20]
