"""Published schedules of real logs: EASY backfilling on KTH-SP2 and CTC-SP2, six variants each.

The published numbers are the mean bounded slowdowns (tau = 10 s) of the artefact of "Improving Backfilling by using
Machine Learning to Predict Running Times" (SC'15; dinesh121991/predictsim@2e5e2d1), made with one scheduling pass per
event. Three of its six schedules are published job by job. The logs do not belong to this project: the tests look for
the folder named by HEAVYPRESS_TRACES, else beside the checkout.

A mean agrees with a published one when it rounds to its four printed decimals.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.queue.jobs import Jobs
from sim.queue.schedules import Schedule, bounded_slowdown
from sim.queue.simulate import simulate

TRACES = Path(os.environ.get("HEAVYPRESS_TRACES", Path(__file__).parents[2] / ".." / "shared" / "traces"))
GPUS = {"kth": 100, "ctc": 338}
JOBS = {"kth": 28_481, "ctc": 77_199}

# log, backfill scan, estimates, multiple of the request: mean bounded slowdown per event and per instant. The first is
# published; the second was measured with a scheduler written apart from this one.
ROWS = [
    ("kth", "fcfs", "requested", 1, "92.5765", "92.6877"),
    ("kth", "sjbf", "actual", 1, "49.8477", "49.8472"),
    ("kth", "sjbf", "requested", 2, "58.9125", "59.4433"),
    ("kth", "fcfs", "actual", 1, "71.7224", "71.7224"),
    ("kth", "fcfs", "requested", 2, "79.9303", "79.6745"),
    ("kth", "sjbf", "requested", 1, "69.4054", "69.3936"),
    ("ctc", "fcfs", "requested", 1, "49.5713", "48.8370"),
    ("ctc", "sjbf", "actual", 1, "17.5717", "17.5717"),
    ("ctc", "sjbf", "requested", 2, "30.3974", "28.5931"),
    ("ctc", "fcfs", "actual", 1, "37.1654", "37.1654"),
    ("ctc", "fcfs", "requested", 2, "44.1687", "41.8181"),
    ("ctc", "sjbf", "requested", 1, "30.0411", "30.1047"),
]
SCHEDULES = [
    ("fcfs", "requested", "wait_easy"),
    ("fcfs", "actual", "wait_easy_clairvoyant"),
    ("sjbf", "actual", "wait_easy_sjbf_clairvoyant"),
]
ORDERS = ["per_event", "per_instant"]


def patient(log: str, *values: object) -> Any:
    """A row of the table; the larger log is left to the slow tests."""
    return pytest.param(log, *values, marks=[pytest.mark.slow] if log == "ctc" else [])


@cache
def columns(log: str) -> dict[str, NDArray[np.int64]]:
    """The columns of a log [job], seconds; skips the test where the log is not at hand."""
    path = TRACES / f"sc15_{log}_sp2.parquet"
    if not path.is_file():
        pytest.skip(f"no {path.name} in {TRACES.resolve()}: set HEAVYPRESS_TRACES to the folder of the logs")
    table = pytest.importorskip("pyarrow.parquet").read_table(path)
    return {name: table[name].to_numpy().astype(np.int64) for name in table.column_names}


def jobs_of(log: str, request_multiple: int = 1) -> Jobs:
    """The jobs of a log, with its requests multiplied."""
    log_columns = columns(log)
    request_seconds = request_multiple * log_columns["requested_time"]
    return Jobs(log_columns["submit"], log_columns["runtime"], request_seconds, log_columns["procs"])


def mean_slowdown(schedule: Schedule, jobs: Jobs) -> float:
    """Mean bounded slowdown as published, tau = 10 s."""
    return float(bounded_slowdown(schedule.wait_seconds, jobs.run_seconds, tau_seconds=10).mean())


@pytest.mark.parametrize("log", ["kth", "ctc"])
def test_the_logs_are_the_published_ones(log):
    assert len(jobs_of(log)) == JOBS[log]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("log", "scan", "estimates", "multiple", "per_event", "per_instant"), [patient(*r) for r in ROWS]
)
def test_the_mean_slowdown_is_the_published_one_to_the_last_digit(
    log, scan, estimates, multiple, per_event, per_instant, order
):
    jobs = jobs_of(log, multiple)
    schedule = simulate(jobs, GPUS[log], backfill_scan=scan, estimates=estimates, order=order)
    expected = per_event if order == "per_event" else per_instant
    assert f"{mean_slowdown(schedule, jobs):.4f}" == expected


@pytest.mark.parametrize(
    ("log", "scan", "estimates", "published"), [patient(log, *s) for log in GPUS for s in SCHEDULES]
)
def test_every_job_waits_as_long_as_published(log, scan, estimates, published):
    schedule = simulate(jobs_of(log), GPUS[log], backfill_scan=scan, estimates=estimates, order="per_event")
    assert np.flatnonzero(schedule.wait_seconds != columns(log)[published]).tolist() == []


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("log", ["kth", pytest.param("ctc", marks=pytest.mark.slow)])
def test_exact_run_times_give_the_published_schedule_in_either_order_of_events(log, order):
    """The sharpest row: no surprise is left that the order of events could turn into a difference."""
    jobs = jobs_of(log)
    schedule = simulate(jobs, GPUS[log], estimates="actual", order=order)
    assert schedule.wait_seconds.tolist() == columns(log)["wait_easy_clairvoyant"].tolist()


@pytest.mark.parametrize("order", ORDERS)
def test_the_clairvoyant_mean_of_kth_agrees_to_a_millionth(order):
    jobs = jobs_of("kth")
    mean = mean_slowdown(simulate(jobs, GPUS["kth"], estimates="actual", order=order), jobs)
    assert mean == pytest.approx(71.7224, rel=1e-6)


def test_without_backfilling_kth_waits_longer():
    """A check that can fail: the published numbers are not those of any scheduler whatever."""
    jobs = jobs_of("kth")
    plain = mean_slowdown(simulate(jobs, GPUS["kth"], discipline="fcfs"), jobs)
    assert plain > 2 * 92.5765
