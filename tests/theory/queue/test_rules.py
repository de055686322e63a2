"""The queue, one rule at a time: small machines whose schedule can be worked out on paper."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest
from simpy import Environment, Event

from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Failures, Jobs
from sim.queue.scheduler.plain import JobQueue, schedule_action
from sim.queue.schedules import Schedule, bounded_slowdown
from sim.queue.simulate import simulate
from tests.oracles.use import available_gpu_seconds, used_gpu_seconds, utilisation


def jobs_of(*rows: tuple[int, int, int, int]) -> Jobs:
    """Jobs from rows of (submit, run, request, gpus)."""
    return Jobs(*np.array(rows, np.int64).reshape(-1, 4).T)


def failure(at: int, uniform: float, repair: int) -> Failures:
    """One node failure."""
    return Failures(np.array([at]), np.array([uniform]), np.array([repair]))


def gpus_of(queue: JobQueue) -> tuple[int, int, int]:
    """GPUs that are free, in service and installed; free ones are negative while a retirement drains."""
    pools = queue._machine.pools
    return tuple(map(sum, zip(*((p.state.free_gpus, p.capacity_gpus, p.installed_gpus) for p in pools), strict=True)))


def starts(schedule: Schedule) -> list[int]:
    """Start of the latest attempt of every job [seconds]."""
    return list(schedule.start_seconds)


# ------------------------------------------------------------------------------------------------------ backfilling

# Ten GPUs; job 0 holds six until second 100 and job 1, the head, needs eight. Four GPUs are free, two are extra.
BLOCKED = ((0, 100, 100, 6), (1, 50, 50, 8))


@pytest.mark.parametrize(
    ("candidate", "start"),
    [
        pytest.param((10, 90, 90, 4), 10, id="ends-exactly-at-the-shadow"),
        pytest.param((10, 91, 91, 4), 150, id="one-second-too-long"),
        pytest.param((10, 500, 500, 2), 10, id="long-but-on-the-extra-gpus"),
        pytest.param((10, 500, 500, 3), 150, id="one-gpu-more-than-extra"),
        pytest.param((10, 20, 20, 5), 150, id="does-not-fit"),
        pytest.param((10, 20, 91, 4), 150, id="would-be-short-enough-but-nobody-knows"),
    ],
)
def test_a_later_job_backfills_only_where_the_reservation_stands(candidate, start):
    assert starts(simulate(jobs_of(*BLOCKED, candidate), 10)) == [0, 100, start]


def test_without_backfilling_no_job_starts_before_an_older_one():
    assert starts(simulate(jobs_of(*BLOCKED, (10, 5, 5, 1)), 10, discipline="fcfs")) == [0, 100, 100]


def test_extra_gpus_are_spent_only_once_and_only_by_jobs_that_outlast_the_shadow():
    long, short = (10, 500, 500, 1), (10, 60, 60, 1)
    assert starts(simulate(jobs_of(*BLOCKED, short, long, long, long), 10)) == [0, 100, 10, 10, 10, 150]


def test_a_clairvoyant_scheduler_sees_through_a_long_request():
    jobs = jobs_of(*BLOCKED, (10, 20, 91, 4))
    assert starts(simulate(jobs, 10, estimates="actual")) == [0, 100, 10]


def test_shortest_first_looks_at_the_whole_second_or_at_one_submission_after_the_other():
    """One GPU is left for backfilling; the shorter of two jobs of the same second comes second."""
    jobs = jobs_of((0, 100, 100, 3), (1, 50, 50, 4), (10, 50, 50, 1), (10, 30, 30, 1))
    assert starts(simulate(jobs, 4, backfill_scan="fcfs")) == [0, 100, 10, 60]
    assert starts(simulate(jobs, 4, backfill_scan="sjbf")) == [0, 100, 40, 10]
    assert starts(simulate(jobs, 4, backfill_scan="sjbf", order="per_event")) == [0, 100, 10, 60]


def test_an_end_that_was_expected_counts_as_free_before_it_is_processed():
    """Job 0 ends as expected in the second of a submission; per event the submission comes first, and starts."""
    jobs = jobs_of((0, 10, 10, 2), (10, 5, 5, 2), (10, 5, 5, 2))
    assert starts(simulate(jobs, 2, order="per_event")) == [0, 10, 15]


def test_an_end_before_its_time_is_a_surprise_per_event_but_not_per_instant():
    """Job 0 ends at second 10, unexpectedly. Seen one by one, job 2 gets the free GPU; seen at once, the head fits."""
    jobs = jobs_of((0, 10, 99, 3), (10, 9, 9, 4), (10, 20, 20, 1))
    assert starts(simulate(jobs, 4)) == [0, 10, 19]
    assert starts(simulate(jobs, 4, order="per_event")) == [0, 30, 10]


def test_a_job_is_killed_at_its_wall_limit():
    assert simulate(jobs_of((0, 100, 60, 1)), 1).end_seconds.tolist() == [60]


def test_a_head_for_which_the_machine_is_too_small_at_present_blocks_nobody():
    jobs = jobs_of((0, 10, 10, 12), (1, 5000, 5000, 8))
    schedule = simulate(jobs, 8, capacity_steps=[(100, 12)])
    assert starts(schedule) == [100, 1]


# --------------------------------------------------------------------------------------------------------- capacity


def test_a_delivery_serves_the_jobs_of_its_own_second():
    assert starts(simulate(jobs_of((5, 1, 1, 4)), 0, capacity_steps=[(5, 4)])) == [5]


def test_a_delivery_wakes_the_waiting_jobs():
    assert starts(simulate(jobs_of((0, 100, 100, 4), (1, 10, 10, 4)), 4, capacity_steps=[(7, 4)])) == [0, 7]


def test_retirement_takes_free_gpus_at_once_and_busy_ones_when_their_job_ends():
    """Of eight GPUs six retire at second 10: two idle ones leave, the rest when job 0 ends; two remain."""
    jobs = jobs_of((0, 100, 100, 6), (20, 10, 10, 2), (21, 10, 10, 1))
    schedule = simulate(jobs, 8, capacity_steps=[(10, -6)])
    assert starts(schedule) == [0, 100, 110]
    assert schedule.end_seconds.tolist() == [100, 110, 120]


def test_a_delivery_first_replaces_what_is_still_draining():
    jobs = jobs_of((0, 100, 100, 8), (20, 10, 10, 1))
    assert starts(simulate(jobs, 8, capacity_steps=[(10, -8), (30, 8)])) == [0, 100]
    assert starts(simulate(jobs, 8, capacity_steps=[(10, -8), (30, 9)])) == [0, 30]


def test_capacity_steps_may_be_listed_in_any_order():
    jobs = jobs_of((0, 100, 100, 8), (20, 10, 10, 1))
    assert starts(simulate(jobs, 8, capacity_steps=[(30, 9), (10, -8)])) == [0, 30]


def test_jobs_that_the_machine_can_never_hold_are_refused_and_block_nobody():
    jobs = jobs_of((0, 10, 10, 9), (0, 10, 10, 8))
    schedule = simulate(jobs, 8)
    assert schedule.rejected.tolist() == [True, False]
    assert starts(schedule) == [-1, 0]
    assert schedule.wait_seconds.tolist() == [-1, 0]


def test_a_waiting_job_is_refused_when_the_machine_shrinks_for_good():
    jobs = jobs_of((0, 100, 100, 8), (1, 10, 10, 8), (2, 10, 10, 2))
    schedule = simulate(jobs, 8, discipline="fcfs", capacity_steps=[(50, -4)])
    assert schedule.rejected.tolist() == [False, True, False]
    assert starts(schedule) == [0, -1, 100]


def test_a_machine_that_will_grow_again_refuses_nobody():
    schedule = simulate(jobs_of((20, 10, 10, 8)), 8, capacity_steps=[(10, -4), (50, 4)])
    assert starts(schedule) == [50]
    assert not schedule.rejected.any()


def test_no_gpus_start_nothing_and_raise_nothing():
    schedule = simulate(jobs_of((0, 1, 1, 1), (5, 1, 1, 1)), 0)
    assert schedule.rejected.all()
    assert not schedule.started.any()


def test_jobs_left_over_on_an_idle_clock_have_neither_started_nor_been_rejected():
    env = Environment()
    queue = JobQueue(env, 4)
    queue.submit(jobs_of((0, 1, 1, 8)))
    env.run()
    schedule = queue.schedule()
    assert schedule.started.tolist() == schedule.rejected.tolist() == [False]


def test_no_jobs_are_no_error():
    schedule = simulate(jobs_of(), 8, capacity_steps=[(10, 8)], failures=failure(20, 0.0, 5))
    assert len(schedule.start_seconds) == len(schedule.interrupted_job) == 0
    assert schedule.capacity_gpus.tolist() == [8, 16, 8, 16]
    assert schedule.capacity_seconds.tolist() == [0, 10, 20, 25]


# ------------------------------------------------------------------------------------------------------ whole nodes


def test_small_jobs_share_a_node_only_when_they_are_packed():
    jobs = jobs_of((0, 10, 10, 1), (0, 10, 10, 1), (0, 10, 10, 9))
    assert starts(simulate(jobs, 16)) == [0, 0, 0]
    schedule = simulate(jobs, 16, placement="whole_nodes")
    assert starts(schedule) == [0, 0, 10]
    assert schedule.held_gpus.tolist() == [8, 8, 16]


def test_a_broken_node_is_no_room_for_a_whole_node_job():
    """Twelve GPUs are one node and a half."""
    assert starts(simulate(jobs_of((0, 10, 10, 1), (0, 10, 10, 1)), 12, placement="whole_nodes")) == [0, 10]


# --------------------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("checkpoint_seconds", "lost", "end"),
    [
        pytest.param(0, 70, 180, id="without-checkpoints-all-is-lost"),
        pytest.param(30, 10, 120, id="back-to-the-last-checkpoint"),
        pytest.param(70, 0, 110, id="saved-in-the-last-second"),
        pytest.param(71, 70, 180, id="saved-one-second-too-late"),
    ],
)
def test_a_failure_costs_the_work_since_the_last_checkpoint(checkpoint_seconds, lost, end):
    """A node fails at second 70 and is back at second 80."""
    schedule = simulate(
        jobs_of((0, 100, 200, 8)), 8, checkpoint_seconds=checkpoint_seconds, failures=failure(70, 0.5, 10)
    )
    assert schedule.lost_seconds.tolist() == [lost]
    assert schedule.first_start_seconds.tolist() == [0]
    assert starts(schedule) == [80]
    assert schedule.end_seconds.tolist() == [end]
    assert schedule.restarts.tolist() == [1]


def test_a_job_hit_in_the_second_of_its_end_comes_back_for_its_last_second():
    """Failures come before completions; the other node is idle, so the job goes on at once."""
    schedule = simulate(jobs_of((0, 100, 200, 8)), 16, checkpoint_seconds=50, failures=failure(100, 0.9, 10))
    assert starts(schedule) == [100]
    assert schedule.end_seconds.tolist() == [101]
    assert schedule.lost_seconds.tolist() == [1]


def test_the_number_picks_idle_gpus_first_then_jobs_in_order_of_estimated_end():
    """Twenty GPUs: four idle, eight of job 1, which is to end first, eight of job 0."""
    jobs = jobs_of((0, 1000, 1000, 8), (0, 500, 500, 8))
    for uniform, hit in ((0.19, []), (0.20, [1]), (0.59, [1]), (0.60, [0]), (0.99, [0])):
        assert simulate(jobs, 20, failures=failure(10, uniform, 5)).interrupted_job.tolist() == hit


def test_jobs_are_hit_in_proportion_to_their_gpus():
    jobs = jobs_of((0, 10, 10, 1), (0, 10, 10, 3), (0, 10, 10, 12))
    hits = [
        simulate(jobs, 16, node_gpus=1, failures=failure(5, u, 1)).interrupted_job[0]
        for u in (np.arange(160) + 0.5) / 160
    ]
    assert np.bincount(hits).tolist() == [10, 30, 120]


def test_a_node_in_repair_is_missed_and_comes_back():
    """Sixteen GPUs, of which eight are away from second 5 to 105."""
    jobs = jobs_of((0, 1, 1, 16), (10, 5, 5, 16), (11, 5, 5, 8))
    schedule = simulate(jobs, 16, failures=failure(5, 0.0, 100))
    assert starts(schedule) == [0, 105, 11]
    assert schedule.capacity_gpus.tolist() == [16, 8, 16]


def test_neighbours_on_a_failing_node_run_on_and_the_node_drains():
    """One node with two jobs: one is hit, and neither the victim nor a newcomer starts before the repair."""
    jobs = jobs_of((0, 100, 100, 4), (0, 90, 90, 4), (20, 5, 5, 1))
    schedule = simulate(jobs, 8, failures=failure(10, 0.0, 200))
    assert schedule.end_seconds.tolist() == [100, 300, 215]
    assert schedule.interrupted_job.tolist() == [1]


@pytest.mark.parametrize(("estimates", "expected"), [("actual", [50, 100, 110]), ("requested", [50, 120, 60])])
def test_only_a_clairvoyant_scheduler_knows_what_a_victim_has_still_to_do(estimates: Any, expected: list[int]):
    """Job 0 is hit at half-time and goes on at once; job 2 would end after it, but within another 100 seconds."""
    jobs = jobs_of((0, 100, 100, 4), (1, 10, 10, 8), (60, 60, 60, 4))
    schedule = simulate(jobs, 8, checkpoint_seconds=50, estimates=estimates, failures=failure(50, 0.9, 0))
    assert starts(schedule) == expected


def test_a_victim_returns_to_its_rank():
    """Job 0 is hit while job 1 waits; both fit one at a time, and job 0 goes first again."""
    jobs = jobs_of((0, 100, 100, 8), (1, 10, 10, 8))
    assert starts(simulate(jobs, 8, failures=failure(50, 0.0, 10))) == [60, 160]


def test_a_retired_machine_loses_nothing_more_to_failures():
    """The last node is retired and still drains when it fails: its job has nowhere to return to."""
    schedule = simulate(jobs_of((0, 100, 100, 8)), 8, capacity_steps=[(10, -8)], failures=failure(50, 0.0, 5))
    assert schedule.capacity_gpus.tolist() == [8, 0, 0, 0]
    assert schedule.rejected.tolist() == [True]
    assert schedule.end_seconds.tolist() == [-1]
    assert used_gpu_seconds(schedule, 1000) == 8 * 50


def test_capacity_may_be_owed_to_a_repair():
    """Everything retires while one of two nodes is in repair: what comes back from repair is retired, too."""
    env = Environment()
    queue = JobQueue(env, 16)
    queue.fail_node(0.0, 100)
    queue.change_capacity(-16)
    assert gpus_of(queue)[0] == -8
    queue.fail_node(0.0, 10)  # nothing is left that could fail
    assert gpus_of(queue)[0] == -8
    env.run()
    assert gpus_of(queue) == (0, 0, 0)


# ------------------------------------------------------------------------------------------- a calendar that owns it


def test_a_calendar_owns_the_queue():
    """Deliveries of an ordinary SimPy process come before the jobs of their second."""
    env = Environment(initial_time=1000)
    queue = JobQueue(env)

    def deliver() -> Generator[Event, Any, None]:
        for gpus in (4, 4):
            yield env.timeout(10)
            queue.change_capacity(gpus)

    env.process(deliver())
    assert queue.submit(jobs_of((1000, 50, 50, 4), (1010, 50, 50, 4))) == range(2)
    queue.advance(1020)
    assert starts(queue.schedule()) == [1010, -1]
    queue.advance(1021)
    assert starts(queue.schedule()) == [1010, 1020]
    assert queue.schedule().end_seconds.tolist() == [-1, -1]


def test_advance_stops_before_the_events_of_its_second():
    queue = JobQueue(Environment(), 1)
    queue.submit(jobs_of((5, 10, 10, 1)))
    queue.advance(5)
    queue.advance(5)
    assert starts(queue.schedule()) == [-1]
    queue.advance(15)
    assert queue.schedule().end_seconds.tolist() == [-1]
    queue.advance(16)
    assert queue.schedule().end_seconds.tolist() == [15]


def test_policy_decides_who_can_never_run():
    env = Environment()
    queue = JobQueue(env, 8)
    schedule_action(env, 20, lambda: queue.change_capacity(0, largest_gpus=8))
    queue.submit(jobs_of((0, 5, 5, 9), (1, 5, 5, 9), (30, 5, 5, 9), (31, 5, 5, 8)))
    env.run()
    assert queue.schedule().rejected.tolist() == [True, True, True, False]
    assert starts(queue.schedule()) == [-1, -1, -1, 31]


def test_a_calendar_may_count_in_floats_of_whole_seconds():
    env = Environment(initial_time=0.0)
    queue = JobQueue(env, 1)
    queue.submit(jobs_of((3, 4, 5, 1)))
    env.run(until=10.0)
    assert queue.schedule().end_seconds.tolist() == [7]


# ------------------------------------------------------------------------------------------------------- statistics


def test_bounded_slowdown_by_hand():
    waits, runs = np.array([0, 5, 90]), np.array([100, 5, 10])
    assert bounded_slowdown(waits, runs, tau_seconds=10).tolist() == [1.0, 1.0, 10.0]
    assert bounded_slowdown(waits, runs, tau_seconds=600).tolist() == [1.0, 1.0, 1.0]


def test_a_slowdown_of_a_job_that_never_started_is_refused():
    schedule = simulate(jobs_of((0, 1, 1, 9)), 8)
    with pytest.raises(ValueError, match=r"wait_seconds\[0\] = -1"):
        bounded_slowdown(schedule.wait_seconds, np.array([1]), tau_seconds=10)


def test_utilisation_counts_every_attempt_and_the_capacity_of_its_time():
    """Eight GPUs until a failure at 60, and eight again from 100; the job holds them from 0 to 60 and 100 to 180."""
    schedule = simulate(jobs_of((0, 80, 80, 8)), 8, capacity_steps=[(100, 8)], failures=failure(60, 0.0, 1000))
    assert starts(schedule) == [100]
    assert schedule.capacity_gpus.tolist() == [8, 0, 8, 16]
    assert available_gpu_seconds(schedule.capacity_seconds, schedule.capacity_gpus, 200) == 8 * 60 + 8 * 100
    assert used_gpu_seconds(schedule, 200) == 8 * (60 + 80)
    assert utilisation(schedule, 200) == pytest.approx(1120 / 1280)
    assert utilisation(schedule, 150) == 1.0


def test_utilisation_of_nothing_is_not_a_number():
    assert np.isnan(utilisation(simulate(jobs_of(), 0), 100))


def test_jobs_under_way_count_for_the_time_they_have_run():
    queue = JobQueue(Environment(), 10)
    queue.submit(jobs_of((0, 100, 100, 5)))
    queue.advance(50)
    assert utilisation(queue.schedule(), 50) == 0.5


# ---------------------------------------------------------------------------------------------------------- refusals

GOOD: dict[str, Any] = {"submit_seconds": [0, 5], "run_seconds": [1, 2], "request_seconds": [3, 4], "gpus": [1, 8]}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"submit_seconds": [-1, 5]}, r"submit_seconds\[0\] = -1: must be at least 0 seconds"),
        ({"submit_seconds": [6, 5]}, r"submit_seconds\[1\] = 5: must not be less than submit_seconds\[0\] = 6"),
        ({"run_seconds": [1, 0]}, r"run_seconds\[1\] = 0: must be at least 1 second"),
        ({"request_seconds": [3, 0]}, r"request_seconds\[1\] = 0: must be at least 1 second"),
        ({"gpus": [0, 8]}, r"gpus\[0\] = 0: must be at least 1 GPU"),
        ({"tier": [0, -2]}, r"tier\[1\] = -2"),
        ({"gpus": [1, 2, 3]}, r"gpus has 3 entries: must have 2"),
        ({"gpus": [[1, 2]]}, r"gpus has 2 dimensions"),
        ({"run_seconds": [1, 1.5]}, r"run_seconds\[1\] = 1.5: must be a whole number"),
        ({"run_seconds": [float("nan"), 1]}, r"run_seconds\[0\] = nan: must be a whole number"),
        ({"run_seconds": [0, 1], "gpus": [0, 1]}, r"run_seconds\[0\] = 0.*; gpus\[0\] = 0"),
    ],
)
def test_impossible_jobs_are_refused_with_value_and_place(wrong, message):
    with pytest.raises(ValueError, match=message):
        Jobs(**{**GOOD, **wrong})


def test_jobs_keep_their_own_read_only_copy():
    gpus = np.array([1, 8])
    jobs = Jobs(**{**GOOD, "gpus": gpus})
    gpus[0] = 0
    assert jobs.gpus.tolist() == [1, 8]
    assert jobs.tier.tolist() == [0, 0]
    with pytest.raises(ValueError, match="read-only"):
        jobs.gpus[0] = 5


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([5, 4], [0.5, 0.5], [1, 1]), r"at_seconds\[1\] = 4"),
        (([-5], [0.5], [1]), r"at_seconds\[0\] = -5"),
        (([5], [1.0], [1]), r"uniform\[0\] = 1.0: must be in \[0, 1\)"),
        (([5], [float("nan")], [1]), r"uniform\[0\] = nan"),
        (([5], [0.5], [-1]), r"repair_seconds\[0\] = -1"),
        (([5], [0.5, 0.6], [1]), r"uniform has 2 entries: must have 1"),
    ],
)
def test_impossible_failures_are_refused(columns, message):
    with pytest.raises(ValueError, match=message):
        Failures(*columns)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"discipline": "esay"}, r"discipline = 'esay': must be one of 'easy', 'fcfs', .*; did you mean 'easy'\?"),
        ({"backfill_scan": "sjf"}, r"did you mean 'sjbf'\?"),
        ({"order": "per_second"}, r"order = 'per_second'"),
        ({"estimates": "exact"}, r"estimates = 'exact'"),
        ({"node_gpus": 0}, r"node_gpus = 0"),
        ({"checkpoint_seconds": -1}, r"checkpoint_seconds = -1"),
        ({"order": "x", "node_gpus": 0}, r"order = 'x'.*; node_gpus = 0"),
    ],
)
def test_unknown_rules_are_refused_with_the_nearest_name(options, message):
    with pytest.raises(ValueError, match=message):
        Rules(**options)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda env, queue: queue.change_capacity(-9), "change_gpus = -9: there are only 8"),
        (lambda env, queue: queue.fail_node(1.0, 5), r"uniform = 1.0: must be in \[0, 1\)"),
        (lambda env, queue: queue.fail_node(0.5, -5), "repair_seconds = -5: must be at least 0"),
        (lambda env, queue: queue.submit(jobs_of((99, 1, 1, 1))), r"submit_seconds\[0\] = 99: must be at least 100"),
        (lambda env, queue: [queue.submit(jobs_of((s, 1, 1, 1))) for s in (120, 110)], "110: must be at least 120"),
        (lambda env, queue: schedule_action(env, 50, lambda: None), "at_seconds = 50"),
        (lambda env, queue: JobQueue(env, -1), "gpus = -1"),
        (lambda env, queue: JobQueue(Environment(0.5)), "the clock stands at 0.5: the queue needs whole seconds"),
    ],
)
def test_impossible_acts_are_refused(act: Callable[[Environment, JobQueue], object], message: str):
    env = Environment(initial_time=100)
    queue = JobQueue(env, 8)
    with pytest.raises(ValueError, match=message):
        act(env, queue)
    assert gpus_of(queue) == (8, 8, 8)
