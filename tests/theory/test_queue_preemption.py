"""Preemption: who is stopped for whom, and what it costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.queue.disciplines.priority import Priority
from sim.queue.jobs import Jobs
from sim.queue.pools import Pool
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate

property_of = settings(max_examples=200, deadline=None, derandomize=True)
GPUS = 8


def jobs_of(*rows: tuple[int, int, int, int, int], **columns: Any) -> Jobs:
    """Jobs from rows of (submit, run, request, gpus, urgency)."""
    submit, run, request, gpus, urgency = np.array(rows, np.int64).reshape(-1, 5).T
    return Jobs(submit, run, request, gpus, urgency=urgency, **columns)


def starts(schedule: Schedule) -> list[int]:
    """Start of the latest attempt of every job [seconds]."""
    return schedule.start_seconds.tolist()


@st.composite
def job_lists(draw: st.DrawFn) -> Jobs:
    """A few jobs of three urgencies."""
    length = st.sampled_from([1, 2, 4, 6, 12, 13])
    row = st.tuples(st.sampled_from([0, 0, 1, 2]), length, st.integers(1, GPUS), st.integers(0, 2))
    wait, runs, gpus, urgency = np.array(draw(st.lists(row, max_size=14)), np.int64).reshape(-1, 4).T
    return Jobs(np.cumsum(wait), runs, 2 * runs, gpus, urgency=urgency)


# Job 0 holds the machine; job 1, which is urgent, comes at second 30.
URGENT = ((0, 100, 200, 8, 0), (30, 10, 20, 8, 1))


@pytest.mark.parametrize(
    ("preemption", "checkpoint_seconds", "expected", "lost", "end"),
    [
        pytest.param("never", 0, [0, 100], 0, 100, id="nobody-is-stopped"),
        pytest.param("requeue", 0, [40, 30], 30, 140, id="all-is-lost"),
        pytest.param("requeue", 20, [40, 30], 10, 120, id="back-to-the-last-checkpoint"),
        pytest.param("checkpoint", 0, [40, 30], 0, 110, id="nothing-is-lost"),
    ],
)
def test_an_urgent_job_stops_one_that_is_not(preemption, checkpoint_seconds, expected, lost, end):
    schedule = simulate(jobs_of(*URGENT), 8, preemption=preemption, checkpoint_seconds=checkpoint_seconds)
    assert starts(schedule) == expected
    assert schedule.lost_seconds[0] == lost
    assert schedule.end_seconds[0] == end


@pytest.mark.parametrize("urgency", [0, 1])
def test_nobody_stops_an_equal(urgency):
    jobs = jobs_of((0, 100, 200, 8, urgency), (30, 10, 20, 8, urgency))
    assert starts(simulate(jobs, 8, preemption="checkpoint")) == [0, 100]


def test_the_least_urgent_are_stopped_first_and_of_these_the_last_to_have_started():
    """Jobs 0 to 3 hold two GPUs each. Job 4 needs four: job 2 is the least urgent, then job 3 is the latest."""
    jobs = jobs_of((0, 99, 99, 2, 1), (1, 99, 99, 2, 1), (2, 99, 99, 2, 0), (3, 99, 99, 2, 1), (9, 5, 5, 4, 2))
    assert simulate(jobs, 8, preemption="requeue").interrupted_job.tolist() == [2, 3]


def test_of_those_that_started_together_the_last_in_number_is_stopped():
    jobs = jobs_of((0, 99, 99, 4, 0), (0, 99, 99, 4, 0), (9, 5, 5, 4, 1))
    assert simulate(jobs, 8, preemption="requeue").interrupted_job.tolist() == [1]


def test_no_more_jobs_are_stopped_than_it_takes_with_what_is_free():
    jobs = jobs_of((0, 99, 99, 3, 0), (1, 99, 99, 3, 0), (9, 5, 5, 5, 1))
    assert simulate(jobs, 8, preemption="requeue").interrupted_job.tolist() == [1]


def test_nobody_is_stopped_in_vain():
    """All that is less urgent than job 2 would not make room for it."""
    jobs = jobs_of((0, 50, 99, 3, 0), (0, 60, 99, 4, 1), (9, 5, 5, 8, 1))
    schedule = simulate(jobs, 8, preemption="requeue")
    assert schedule.interrupted_job.tolist() == []
    assert starts(schedule) == [0, 0, 60]


def test_only_the_head_may_stop_others():
    """Job 2 is urgent, but job 1 is before it in line and stops nobody; then job 2 is the head and stops job 1."""
    jobs = jobs_of((0, 100, 100, 8, 0), (1, 10, 10, 8, 0), (2, 10, 10, 8, 1))
    assert starts(simulate(jobs, 8, preemption="requeue")) == [0, 110, 100]


def test_priority_by_urgency_brings_the_urgent_to_the_head():
    jobs = jobs_of((0, 100, 100, 8, 0), (1, 10, 10, 8, 0), (2, 10, 10, 8, 1))
    by_urgency = Priority(age_weight=0, fair_share_weight=0, urgency_weight=1)
    schedule = simulate(jobs, 8, discipline="multifactor", priority=by_urgency, preemption="checkpoint")
    assert starts(schedule) == [12, 110, 2]
    assert schedule.end_seconds.tolist() == [110, 120, 12]


def test_a_victim_may_overtake_in_the_very_pass_that_stopped_it():
    """Both are stopped for job 2, as the last to have started goes first; job 1 fits beside it and goes on at once."""
    jobs = jobs_of((0, 99, 99, 6, 0), (1, 99, 99, 2, 0), (9, 5, 5, 6, 1))
    schedule = simulate(jobs, 8, preemption="checkpoint")
    assert schedule.interrupted_job.tolist() == [1, 0]
    assert starts(schedule) == [14, 9, 9]


def test_work_done_on_a_fast_pool_is_kept():
    """Stopped after 30 s at double speed, 60 s of work are done: 40 are left, 20 s on this pool."""
    schedule = simulate(jobs_of(*URGENT), pools=[Pool(8, 2000)], preemption="checkpoint")
    assert schedule.end_seconds.tolist() == [30 + 5 + 20, 35]
    assert schedule.lost_seconds.tolist() == [0, 0]


def test_victims_are_sought_in_the_last_pool_first_and_only_where_the_job_may_run():
    rows = ((0, 99, 99, 4, 0), (0, 99, 99, 4, 0), (9, 5, 5, 4, 1))
    found = [
        simulate(jobs_of(*rows, pools=[2, 1, mask]), pools=[Pool(4), Pool(4)], preemption="requeue").interrupted_job
        for mask in (0b11, 0b01)
    ]
    assert [hit.tolist() for hit in found] == [[0], [1]]


@pytest.mark.parametrize("discipline", ["easy", "conservative", "fcfs", "sjf"])
def test_every_discipline_lets_its_head_stop_others(discipline):
    schedule = simulate(jobs_of(*URGENT), 8, discipline=discipline, preemption="checkpoint")
    assert starts(schedule) == [40, 30]


disciplines = st.sampled_from(["easy", "fcfs", "conservative", "sjf", "multifactor"])


@property_of
@given(jobs=job_lists(), discipline=disciplines, order=st.sampled_from(["per_instant", "per_event"]))
def test_a_victim_loses_nothing_with_a_checkpoint(jobs: Jobs, discipline: Any, order: Any):
    schedule = simulate(jobs, GPUS, discipline=discipline, order=order, preemption="checkpoint")
    job, start, end = schedule.attempts
    held = np.bincount(job, end - start, minlength=len(jobs)).astype(np.int64)
    at_the_very_end = schedule.lost_seconds > 0  # stopped in its last second, a job comes back for one more
    assert schedule.ended.all()
    assert (held == jobs.run_seconds + schedule.lost_seconds).all()
    assert (schedule.lost_seconds[at_the_very_end] <= schedule.restarts[at_the_very_end]).all()


@property_of
@given(jobs=job_lists(), discipline=disciplines)
def test_without_differences_of_urgency_preemption_changes_nothing(jobs: Jobs, discipline: Any):
    jobs = Jobs(jobs.submit_seconds, jobs.run_seconds, jobs.request_seconds, jobs.gpus)
    never, always = (simulate(jobs, GPUS, discipline=discipline, preemption=p) for p in ("never", "requeue"))
    assert starts(never) == starts(always)


@property_of
@given(jobs=job_lists())
def test_under_priority_by_urgency_the_urgent_see_nobody_else(jobs: Jobs):
    """The most urgent jobs run as if they had the machine to themselves, provided that nobody overtakes."""
    by_urgency = Priority(age_weight=0, fair_share_weight=0, urgency_weight=1, most_urgent=1)
    jobs = Jobs(jobs.submit_seconds, jobs.run_seconds, jobs.request_seconds, jobs.gpus, urgency=jobs.urgency // 2)
    rules: dict[str, Any] = {"discipline": "multifactor", "priority": by_urgency, "backfill_depth": 0}
    found = simulate(jobs, GPUS, preemption="checkpoint", **rules)
    urgent = jobs.urgency == 1
    columns = (jobs.submit_seconds, jobs.run_seconds, jobs.request_seconds, jobs.gpus)
    alone = simulate(Jobs(*(column[urgent] for column in columns)), GPUS, discipline="fcfs")
    assert found.start_seconds[urgent].tolist() == alone.start_seconds.tolist()
    assert found.restarts[urgent].sum() == 0
