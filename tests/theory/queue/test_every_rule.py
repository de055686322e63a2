"""What must hold of every schedule under every rule: pools, orders, reservations, placement and failures."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.queue.disciplines.priority import Priority
from sim.queue.jobs import Failures, Jobs
from sim.queue.pools import BASE_SPEED, NEVER, Pool
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate
from tests.oracles.use import used_gpu_seconds

property_of = settings(max_examples=200, deadline=None, derandomize=True)

LAST_SECOND = 5000
USERS = (0, 0, 1)
DISCIPLINES = ("easy", "fcfs", "conservative", "multifactor", "sjf", "wfp3", "unicef", "f1")
PRIORITY = Priority(
    size_weight=500,
    longest_age_seconds=20,
    half_life_seconds=10,
    period_seconds=5,
    largest_gpus=8,
    accounts=USERS,
)


@st.composite
def job_lists(draw: st.DrawFn, pools: int) -> Jobs:
    """A few jobs of three users, often of the same second, sometimes with a request below the run time."""
    length = st.sampled_from([1, 2, 4, 6, 12, 13])
    row = st.tuples(st.sampled_from([0, 0, 1, 2]), length, length, st.integers(1, 9), st.integers(0, 2))
    rows = draw(st.lists(st.tuples(row, st.sampled_from([-1, -1, *range(2**pools)])), max_size=16))
    table = np.array([(*row, mask) for row, mask in rows], np.int64).reshape(-1, 6).T
    wait, runs, requests, gpus, user, mask = table
    return Jobs(np.cumsum(wait), runs, requests, gpus, user=user, pools=mask)


@st.composite
def machines(draw: st.DrawFn) -> dict[str, Any]:
    """One to three pools, and what happens to them."""
    speeds, ends = st.sampled_from([500, 1000, 1000, 1700, 3000]), st.sampled_from([NEVER, NEVER, 20, 40])
    pools = draw(st.lists(st.builds(Pool, st.integers(0, 8), speeds, ends), min_size=1, max_size=3))
    installed = [pool.gpus for pool in pools]
    steps = []
    for at, number in sorted(
        draw(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(range(len(pools)))), max_size=3))
    ):
        change = draw(st.integers(-installed[number], 6))
        installed[number] += change
        steps.append((at, change, number))
    row = st.tuples(
        st.integers(0, 40), st.integers(0, 99), st.sampled_from([0, 0, 3, 9]), st.integers(0, len(pools) - 1)
    )
    at, percent, repair, number = np.array(sorted(draw(st.lists(row, max_size=4))), np.int64).reshape(-1, 4).T
    return {"pools": pools, "capacity_steps": steps, "failures": Failures(at, percent / 100, repair, number)}


rule_sets = st.fixed_dictionaries(
    {
        "discipline": st.sampled_from(DISCIPLINES),
        "backfill_scan": st.sampled_from(["queue", "fcfs", "sjbf"]),
        "backfill_depth": st.sampled_from([0, 1, 2, 5, NEVER]),
        "estimates": st.sampled_from(["requested", "actual"]),
        "order": st.sampled_from(["per_instant", "per_event"]),
        "placement": st.sampled_from(["any_gpu", "whole_nodes", "best_fit"]),
        "node_gpus": st.integers(1, 4),
        "checkpoint_seconds": st.sampled_from([0, 1, 3, 7]),
        "priority": st.just(PRIORITY),
    }
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Jobs, dict[str, Any], dict[str, Any]]:
    """Jobs, a machine and rules."""
    machine = draw(machines())
    return draw(job_lists(len(machine["pools"]))), machine, draw(rule_sets)


def attempts_with_pools(schedule: Schedule) -> tuple[NDArray[np.int64], ...]:
    """Job, start, end and pool of every attempt."""
    job, start, end = schedule.attempts
    return job, start, end, np.concatenate([schedule.interrupted_pool, schedule.pool[schedule.start_seconds >= 0]])


@property_of
@given(cases())
def test_no_pool_is_ever_overfull(case):
    """While a retirement drains more may be in use than in service, but then nothing starts there."""
    jobs, machine, rules = case
    schedule = simulate(jobs, **machine, **rules)
    job, start, end, pool = attempts_with_pools(schedule)
    for j, at, until, p in zip(job, start, end, pool, strict=True):
        own = schedule.capacity_pool == p
        place = np.searchsorted(schedule.capacity_seconds[own], at, side="right") - 1
        beside = (pool == p) & (start <= at) & (at < end)
        assert until == at or schedule.held_gpus[job[beside]].sum() <= schedule.capacity_gpus[own][place], j


@property_of
@given(cases())
def test_nobody_starts_before_submission_or_where_it_may_not(case):
    jobs, machine, rules = case
    schedule = simulate(jobs, **machine, **rules)
    job, start, _, pool = attempts_with_pools(schedule)
    assert (start >= jobs.submit_seconds[job]).all()
    assert (jobs.pools[job] >> pool & 1 == 1).all()


@property_of
@given(cases())
def test_no_attempt_outlasts_its_wall_limit_or_its_pool(case):
    jobs, machine, rules = case
    job, start, end, pool = attempts_with_pools(simulate(jobs, **machine, **rules))
    assert (end - start <= jobs.request_seconds[job]).all()
    assert (end <= np.array([p.retires_seconds for p in machine["pools"]])[pool]).all()


@property_of
@given(cases())
def test_gpu_seconds_allocated_are_useful_or_lost(case):
    """A job that ended has done its work, or its last attempt ran into the wall limit; what was lost counts apart."""
    jobs, machine, rules = case
    schedule = simulate(jobs, **machine, **rules)
    job, start, end, pool = attempts_with_pools(schedule)
    speed = np.array([p.speed for p in machine["pools"]])
    held = np.bincount(job, end - start, minlength=len(jobs)).astype(np.int64)
    useful = held - schedule.lost_seconds
    assert (schedule.lost_seconds >= 0).all() and (useful >= 0).all()
    assert used_gpu_seconds(schedule, LAST_SECOND) == int((schedule.held_gpus * (useful + schedule.lost_seconds)).sum())
    for j in np.flatnonzero(schedule.ended):
        mine = job == j
        work = (end - start)[mine] * speed[pool[mine]] / BASE_SPEED
        killed = schedule.end_seconds[j] - schedule.start_seconds[j] == jobs.request_seconds[j]
        lost = schedule.lost_seconds[j] * speed.max() / BASE_SPEED
        assert killed or work.sum() >= jobs.run_seconds[j]
        assert work.sum() - lost < jobs.run_seconds[j] + mine.sum() * speed.max() / BASE_SPEED


@property_of
@given(cases())
def test_every_job_ends_is_refused_or_waits_and_the_clock_stops(case):
    jobs, machine, rules = case
    schedule = simulate(jobs, **machine, **rules)
    assert not (schedule.ended & schedule.rejected).any()
    assert (schedule.restarts == np.bincount(schedule.interrupted_job, minlength=len(jobs))).all()
    waits = ~schedule.ended & ~schedule.rejected
    retires = any(pool.retires_seconds < NEVER for pool in machine["pools"])
    assert not waits.any() or retires or rules["placement"] == "best_fit"


@property_of
@given(cases())
def test_the_same_inputs_give_the_same_schedule(case):
    jobs, machine, rules = case
    one, two = (vars(simulate(jobs, **machine, **rules)) for _ in range(2))
    assert all(np.array_equal(one[name], two[name], equal_nan=np.asarray(one[name]).dtype.kind == "f") for name in one)
