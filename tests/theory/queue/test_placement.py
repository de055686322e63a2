"""Best fit: jobs are packed on nodes; reservations, failures and retirements look at nodes, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.queue.jobs import Failures, Jobs
from sim.queue.scheduler.placement import Nodes, Places
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate

property_of = settings(max_examples=200, deadline=None, derandomize=True)


def jobs_of(*rows: tuple[int, int, int, int]) -> Jobs:
    """Jobs from rows of (submit, run, request, gpus)."""
    return Jobs(*np.array(rows, np.int64).reshape(-1, 4).T)


def starts(schedule: Schedule) -> list[int]:
    """Start of the latest attempt of every job [seconds]."""
    return schedule.start_seconds.tolist()


def packed(jobs: Jobs, gpus: int, **options: Any) -> Schedule:
    """The schedule under best fit, nodes of four GPUs."""
    return simulate(jobs, gpus, placement="best_fit", node_gpus=4, **options)


# ------------------------------------------------------------------------------------------------------------- places


@pytest.mark.parametrize(
    ("taken", "gpus", "expected"),
    [
        pytest.param((), 4, ((0, 4),), id="a-whole-node-has-the-lowest-number"),
        pytest.param((), 3, ((0, 3),), id="a-free-node-if-there-is-no-other"),
        pytest.param(((1, 2),), 2, ((1, 2),), id="a-partly-used-node-before-a-free-one"),
        pytest.param(((1, 1), (2, 2)), 2, ((2, 2),), id="the-fewest-free-GPUs-that-hold-it"),
        pytest.param(((1, 1), (2, 1)), 2, ((1, 2),), id="the-lowest-number-on-ties"),
        pytest.param(((1, 3),), 6, ((0, 4), (2, 2)), id="whole-nodes-and-a-remainder"),
        pytest.param(((1, 1),), 7, ((0, 4), (1, 3)), id="the-remainder-fits-best-too"),
        pytest.param(((0, 1), (1, 1), (2, 1)), 4, None, id="nine-free-GPUs-but-no-node"),
        pytest.param(((0, 1), (1, 1)), 8, None, id="only-one-whole-node"),
    ],
)
def test_a_job_stands_where_it_fits_best(taken: Places, gpus: int, expected: Places | None):
    state = Nodes(12, node_gpus=4)
    state.take(taken)
    assert state.find(gpus) == expected


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.integers(1, 20))
def test_a_place_is_found_wherever_there_is_one(taken: list[int], gpus: int):
    """Whole nodes for the bulk, and another node for the remainder: no choice of nodes does better."""
    state = Nodes(4 * len(taken), node_gpus=4)
    state.take(tuple(enumerate(taken)))
    whole, rest = divmod(gpus, 4)
    fits = taken.count(0) >= whole and (not rest or taken.count(0) > whole or any(0 < t <= 4 - rest for t in taken))
    places = state.find(gpus)
    assert (places is not None) == fits
    if places:
        assert sum(held for _, held in places) == gpus
        assert len(dict(places)) == len(places) and all(held <= state.free[node] for node, held in places)


# ----------------------------------------------------------------------------------------------------------- the queue


def test_free_gpus_on_different_nodes_are_no_room_for_a_whole_node_job():
    """Two GPUs are free on either node; four together would do only where any GPU does."""
    jobs = jobs_of((0, 10, 10, 3), (0, 99, 99, 3), (0, 10, 10, 1), (5, 10, 10, 4))
    assert starts(packed(jobs, 8)) == [0, 0, 0, 10]
    assert starts(simulate(jobs_of((0, 10, 10, 2), (0, 99, 99, 2), (5, 10, 10, 4)), 8)) == [0, 0, 5]


@pytest.mark.parametrize(("length", "start"), [(15, 5), (16, 21)])
def test_the_reservation_looks_at_nodes(length, start):
    """The head needs the whole node that job 0 leaves at 20: job 3 may run on it until then, on the other for ever."""
    jobs = jobs_of((0, 20, 20, 3), (0, 99, 99, 4), (1, 1, 1, 4), (5, length, length, 1))
    assert starts(packed(jobs, 8)) == [0, 0, 20, start]


def test_a_candidate_that_leaves_the_head_room_may_outlast_the_shadow():
    jobs = jobs_of((0, 20, 20, 4), (0, 99, 99, 3), (1, 5, 5, 4), (5, 500, 500, 1))
    assert starts(packed(jobs, 8)) == [0, 0, 20, 5]


def test_a_failure_requeues_every_job_on_its_node_and_no_other():
    jobs = jobs_of((0, 99, 99, 2), (0, 99, 99, 2), (0, 99, 99, 3), (0, 99, 99, 5))
    failed = [packed(jobs, 16, failures=Failures([9], [uniform], [50])) for uniform in (0.0, 0.25, 0.5, 0.75)]
    assert [sorted(schedule.interrupted_job.tolist()) for schedule in failed] == [[0, 1], [2, 3], [3], []]


def test_a_node_in_repair_is_missed_and_comes_back():
    schedule = packed(jobs_of((0, 9, 9, 4), (1, 5, 5, 8)), 8, failures=Failures([2], [0.9], [50]))
    assert starts(schedule) == [0, 52]
    assert schedule.capacity_gpus.tolist() == [8, 4, 8]


def test_a_retirement_begins_at_the_last_node_and_drains():
    """Of three nodes one and a half retire: the free last one at once, two GPUs when job 1 ends."""
    jobs = jobs_of((0, 99, 99, 4), (0, 50, 50, 4), (60, 5, 5, 2), (61, 5, 5, 4))
    schedule = packed(jobs, 12, capacity_steps=[(10, -6)])
    assert starts(schedule) == [0, 0, 60, 99]


def test_fragmentation_is_the_share_of_free_gpus_on_partly_used_nodes_over_time():
    """Until second 10 three GPUs of one node are stranded and four of the other free; until 20 one and four."""
    schedule = packed(jobs_of((0, 20, 20, 1), (10, 10, 10, 2)), 8)
    assert schedule.stranded_gpu_seconds == 3 * 10 + 1 * 10
    assert schedule.free_gpu_seconds == 7 * 10 + 5 * 10
    assert schedule.fragmentation == pytest.approx(40 / 120)


def test_whole_nodes_strand_nothing():
    schedule = packed(jobs_of((0, 20, 20, 4), (10, 10, 10, 8)), 16)
    assert schedule.fragmentation == 0
    assert np.isnan(packed(jobs_of((0, 20, 20, 8)), 8).fragmentation)


@st.composite
def job_lists(draw: st.DrawFn, unit: int = 1) -> Jobs:
    """A few jobs of up to sixteen GPUs, in multiples of `unit`."""
    length = st.sampled_from([1, 2, 4, 6, 12, 13])
    row = st.tuples(st.sampled_from([0, 0, 1, 2]), length, length, st.integers(1, 16 // unit))
    wait, runs, requests, size = np.array(draw(st.lists(row, max_size=16)), np.int64).reshape(-1, 4).T
    return Jobs(np.cumsum(wait), runs, requests, unit * size)


rule_sets = st.fixed_dictionaries(
    {
        "discipline": st.sampled_from(["easy", "fcfs", "conservative", "multifactor", "sjf", "wfp3"]),
        "order": st.sampled_from(["per_instant", "per_event"]),
        "estimates": st.sampled_from(["requested", "actual"]),
        "checkpoint_seconds": st.sampled_from([0, 3]),
    }
)


@property_of
@given(jobs=job_lists(unit=4), rules=rule_sets)
def test_for_jobs_of_whole_nodes_best_fit_makes_no_difference(jobs: Jobs, rules: dict[str, Any]):
    assert starts(packed(jobs, 16, **rules)) == starts(simulate(jobs, 16, **rules))


@property_of
@given(jobs=job_lists(), rules=rule_sets)
def test_on_nodes_of_one_gpu_best_fit_is_any_gpu(jobs: Jobs, rules: dict[str, Any]):
    single = simulate(jobs, 16, placement="best_fit", node_gpus=1, **rules)
    assert starts(single) == starts(simulate(jobs, 16, **rules))


@property_of
@given(jobs=job_lists(), rules=rule_sets)
def test_on_one_large_node_best_fit_is_any_gpu(jobs: Jobs, rules: dict[str, Any]):
    single = simulate(jobs, 16, placement="best_fit", node_gpus=16, **rules)
    assert starts(single) == starts(simulate(jobs, 16, **rules))
