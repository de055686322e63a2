"""Why a job waited: known answers, and the compiled sweep against plain loops over every second."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.queue.analysis.causes import CAUSES, wait_causes
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Failures, Jobs
from sim.queue.pools import Pool
from sim.queue.simulate import simulate
from tests.oracles import waiting as oracle
from tests.theory.queue.test_every_rule import PRIORITY, job_lists, machines, rule_sets

Case = tuple[Jobs, dict[str, Any], dict[str, Any]]

property_of = settings(max_examples=400, deadline=None, derandomize=True)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Jobs, a machine and rules."""
    machine = draw(machines())
    return draw(job_lists(len(machine["pools"]))), machine, draw(rule_sets)


def crowd(seed: int, count: int = 400) -> Case:
    """More jobs than a page of numbers holds, on three pools of which one retires, with failures and deliveries."""
    draw = np.random.default_rng(seed)
    run = draw.integers(1, 60, count)
    jobs = Jobs(
        np.sort(draw.integers(0, 1500, count)), run, draw.integers(1, 90, count), draw.integers(1, 9, count),
        user=draw.integers(0, 3, count), pools=draw.choice([-1, -1, 1, 3, 5, 6], count),
    )  # fmt: skip
    at = np.sort(draw.integers(0, 1500, 20))
    machine = {
        "pools": [Pool(12), Pool(8, 1700, 1200), Pool(16, 500)],
        "capacity_steps": [(300, 8, 0), (700, -6, 2), (900, 8, 1), (1200, -16, 1)],
        "failures": Failures(at, draw.random(20), draw.integers(0, 200, 20), draw.integers(0, 3, 20)),
    }
    disciplines = ("easy", "fcfs", "conservative", "multifactor", "sjf", "wfp3", "unicef", "f1")
    return jobs, machine, {
        "discipline": disciplines[seed % len(disciplines)],
        "estimates": ("requested", "actual")[seed % 2],
        "order": ("per_instant", "per_event")[seed // 2 % 2],
        "placement": ("any_gpu", "whole_nodes")[seed // 4 % 2],
        "node_gpus": 2,
        "priority": PRIORITY,
    }  # fmt: skip


def closing(seed: int, count: int = 60) -> Case:
    """Jobs of two sizes, for each of which a pool closes at another second: they change their class out of order."""
    draw = np.random.default_rng(seed)
    run = draw.integers(1, 200, count)
    jobs = Jobs(np.sort(draw.integers(0, 100, count)), run, run, draw.choice([2, 4], count), pools=np.full(count, 3))
    machine = {
        "pools": [Pool(12), Pool(6, retires_seconds=300)],
        "capacity_steps": [(300, -6, 1)],
        "failures": Failures([], [], []),
    }
    return jobs, machine, {"discipline": ("sjf", "unicef", "easy")[seed % 3], "backfill_scan": "sjbf"}


def seconds_by_cause(jobs: Jobs, machine: dict[str, Any], options: dict[str, Any]) -> list[dict[str, int]]:
    """Seconds by cause [job] of the jobs on the machine, without causes of 0 seconds."""
    schedule = simulate(jobs, **machine, **options)
    table = wait_causes(jobs, schedule, machine["pools"], Rules(**options), machine.get("capacity_steps", ()))
    return [{cause: s for cause, s in zip(CAUSES, row, strict=True) if s} for row in table.tolist()]


def agrees_with_plain_loops(case: Case) -> bool:
    """Whether the sweep finds for every job what the loops find."""
    jobs, machine, options = case
    schedule = simulate(jobs, **machine, **options)
    plain = oracle.wait_causes(jobs, schedule, machine["pools"], Rules(**options), machine["capacity_steps"])
    assert seconds_by_cause(*case) == plain
    return True


@property_of
@given(cases())
def test_the_sweep_finds_what_a_look_at_every_second_finds(case):
    assert agrees_with_plain_loops(case)


@pytest.mark.parametrize("seed", range(16))
def test_the_sweep_finds_the_same_for_many_jobs(seed):
    assert agrees_with_plain_loops(crowd(seed))


@pytest.mark.parametrize("seed", range(9))
def test_the_sweep_finds_the_same_where_a_pool_closes_to_one_job_after_the_other(seed):
    assert agrees_with_plain_loops(closing(seed))


@property_of
@given(cases())
def test_the_causes_of_a_wait_add_up_to_it(case):
    jobs, machine, options = case
    schedule = simulate(jobs, **machine, **options)
    causes = wait_causes(jobs, schedule, machine["pools"], Rules(**options), machine["capacity_steps"])
    counted = schedule.started & ~schedule.rejected
    assert (causes >= 0).all()
    assert (causes.sum(axis=1) == np.where(counted, schedule.wait_seconds, 0)).all()


# ----------------------------------------------------------------------------------------------------- known answers


def test_nobody_waits_for_anything_on_a_machine_that_is_large_enough():
    jobs = Jobs([0, 0, 5], [10, 20, 30], [10, 20, 30], [8, 8, 8])
    assert seconds_by_cause(jobs, {"pools": [Pool(24)]}, {}) == [{}, {}, {}]


def test_a_job_behind_a_blocked_head_waits_for_the_order_without_backfilling():
    """Job 0 leaves four GPUs free, on which job 2 would fit; the head needs all eight."""
    jobs = Jobs([0, 1, 2], [10, 10, 50], [10, 10, 50], [4, 8, 4])
    blocked = {"capacity": 9}
    assert seconds_by_cause(jobs, {"pools": [Pool(8)]}, {"discipline": "fcfs"})[1:] == [
        blocked, {"order": 8, "capacity": 10},
    ]  # fmt: skip
    assert seconds_by_cause(jobs, {"pools": [Pool(8)]}, {})[1:] == [blocked, {"reservation": 8, "capacity": 10}]


def test_a_job_that_backfilling_does_not_look_at_waits_for_a_reservation():
    jobs = Jobs([0, 1, 2, 2], [10, 10, 5, 5], [10, 10, 5, 5], [4, 8, 9, 4])
    found = seconds_by_cause(jobs, {"pools": [Pool(8)], "capacity_steps": [(30, 8, 0)]}, {"backfill_depth": 1})
    assert found[3] == {"reservation": 8, "capacity": 10}


def test_free_gpus_of_two_pools_have_the_wrong_shape():
    jobs = Jobs([0, 0, 1], [10, 10, 10], [10, 10, 10], [4, 4, 8], pools=[1, 2, 3])
    machine = {"pools": [Pool(8), Pool(8)]}
    assert seconds_by_cause(jobs, machine, {})[2] == {"shape": 9}


def test_free_gpus_on_different_nodes_have_the_wrong_shape():
    """Jobs of three GPUs leave one free on each of two nodes of four; the fourth asks for two on one."""
    jobs = Jobs([0, 0, 1], [10, 10, 10], [10, 10, 10], [3, 3, 2])
    assert seconds_by_cause(jobs, {"pools": [Pool(8)]}, {"placement": "best_fit", "node_gpus": 4})[2] == {"shape": 9}


def test_behind_earlier_jobs_that_hold_everything_a_job_waits_for_capacity():
    jobs = Jobs([0, 0, 3], [10, 12, 10], [10, 12, 10], [4, 4, 4])
    assert seconds_by_cause(jobs, {"pools": [Pool(8)]}, {})[2] == {"capacity": 7}


def test_a_job_that_is_passed_by_a_later_one_waits_for_the_order():
    """Shortest first: job 2 takes the place of job 1 from second 10 to 15."""
    jobs = Jobs([0, 1, 2], [10, 20, 5], [10, 20, 5], [8, 8, 8])
    found = seconds_by_cause(jobs, {"pools": [Pool(8)]}, {"discipline": "sjf"})
    assert found[1:] == [{"capacity": 9, "order": 5}, {"capacity": 8}]


def test_a_failed_node_is_an_outage_until_it_is_repaired():
    """Of two nodes the free one fails at second 5 and is back at 45; the job of second 10 could have had it."""
    jobs = Jobs([0, 10], [100, 20], [100, 20], [8, 8])
    machine = {"pools": [Pool(16)], "failures": Failures([5], [0.0], [40])}
    assert seconds_by_cause(jobs, machine, {}) == [{}, {"outage": 35}]


def test_a_failed_node_holds_up_none_but_the_first_to_whom_it_would_come():
    """A node is away from 5 to 45, the other is taken up to 30: of two jobs that wait it would be the first one's."""
    jobs = Jobs([0, 10, 10], [30, 20, 20], [30, 20, 20], [8, 8, 8])
    machine = {"pools": [Pool(16)], "failures": Failures([5], [0.0], [40])}
    found = seconds_by_cause(jobs, machine, {})
    assert found[1:] == [{"outage": 20}, {"capacity": 20, "outage": 15}]


def test_a_later_job_holds_up_none_but_the_first_to_whom_its_gpus_would_come():
    """Shortest first: job 3 takes the place of jobs 1 and 2 from second 10 to 15, of which job 1 would be next."""
    jobs = Jobs([0, 1, 1, 2], [10, 20, 20, 5], [10, 20, 20, 5], [8, 8, 8, 8])
    found = seconds_by_cause(jobs, {"pools": [Pool(8)]}, {"discipline": "sjf"})
    assert found[1:] == [{"capacity": 9, "order": 5}, {"capacity": 34}, {"capacity": 8}]


def test_jobs_that_may_use_other_pools_do_not_stand_in_the_same_line():
    """The node that is away would be the third job's if the second, which may use both pools, were not counted."""
    jobs = Jobs([0, 0, 1, 2], [50, 50, 9, 9], [50, 50, 9, 9], [8, 8, 8, 8], pools=[1, 2, 3, 2])
    machine = {"pools": [Pool(8), Pool(16)], "failures": Failures([0], [0.9], [30], [1])}
    found = seconds_by_cause(jobs, machine, {})
    assert found[2:] == [{"outage": 29}, {"outage": 28, "capacity": 9}]


def test_a_job_hit_in_the_second_of_its_start_holds_its_gpus_once():
    """Both nodes that fail at second 5 are under job 0, which starts again on the last one: 16 of 24 GPUs are away."""
    jobs = Jobs([0, 6], [100, 20], [100, 20], [8, 16])
    machine = {"pools": [Pool(24)], "failures": Failures([5, 5], [0.9, 0.9], [25, 25])}
    assert simulate(jobs, **machine, order="per_event").interrupted_start_seconds.tolist() == [0, 5]
    assert seconds_by_cause(jobs, machine, {"order": "per_event"})[1] == {"outage": 24}


def test_a_pool_that_is_about_to_retire_is_an_outage():
    """Half of the machine retires at second 20, too soon for a job of 30 s, which takes the other half at 40."""
    jobs = Jobs([0, 1], [40, 30], [40, 30], [8, 8], pools=[1, 3])
    machine = {"pools": [Pool(8), Pool(8, retires_seconds=20)], "capacity_steps": [(20, -8, 1)]}
    assert seconds_by_cause(jobs, machine, {})[1] == {"outage": 19, "capacity": 20}


def test_a_pool_closes_to_a_job_in_the_second_in_which_it_would_outlast_it():
    """Job 1 is the head until the other pool comes at 50. A job of 20 s that starts by 40 is over when one retires."""
    jobs = Jobs([0, 1, 2], [60, 5, 20], [60, 5, 20], [4, 8, 4], pools=[1, 2, 3])
    machine = {"pools": [Pool(8, retires_seconds=60), Pool(0)], "capacity_steps": [(50, 8, 1), (60, -8, 0)]}
    found = seconds_by_cause(jobs, machine, {"discipline": "fcfs"})
    assert found[1:] == [{"capacity": 49}, {"order": 39, "outage": 14}]


def test_jobs_that_never_start_have_no_causes():
    jobs = Jobs([0, 1, 2], [10, 10, 10], [10, 10, 10], [8, 9, 8])
    found = seconds_by_cause(jobs, {"pools": [Pool(8)], "capacity_steps": [(9, -8, 0)]}, {})
    assert found == [{}, {}, {}]


def test_capacity_steps_that_were_left_out_are_refused():
    jobs, pools = Jobs([0, 0], [10, 10], [10, 10], [8, 8]), [Pool(8)]
    schedule = simulate(jobs, pools=pools, capacity_steps=[(5, 8)])
    with pytest.raises(ValueError, match="16 GPUs in service at second 5, but 8 installed"):
        wait_causes(jobs, schedule, pools, Rules())


def test_both_engines_have_the_same_causes():
    jobs, machine, options = crowd(3)
    steps, rules = machine["capacity_steps"], Rules(**options)
    plain, compiled = (
        wait_causes(jobs, simulate(jobs, **machine, **options, engine=engine), machine["pools"], rules, steps)
        for engine in ("plain", "compiled")
    )
    assert (plain == compiled).all()


def test_every_cause_is_met_in_the_crowds():
    met = {cause for seed in range(8) for job in seconds_by_cause(*crowd(seed)) for cause in job}
    assert met == set(CAUSES)
