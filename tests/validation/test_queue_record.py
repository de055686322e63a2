"""The queue beside the record: directions on small machines, live, and the stored table where its logs are at hand."""

from __future__ import annotations

import csv
from itertools import pairwise
from math import isnan

import numpy as np
import pytest

from sim.costs.fullness import Fullness
from sim.costs.surfaces import surface
from sim.mechanisms.workload import Workload, job_model
from sim.queue.calibration.goodness import generated
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Jobs
from sim.queue.simulate import simulate
from sim.queue.surface import AXES, SETTINGS
from sim.validation import chosen, validate
from tests.validation import queue_record
from tests.validation.directions import PATIENT
from tests.validation.machine_runs import pending_share, window
from tests.validation.queue_record import EARTH, TABLE, crossing, declared

WINDOWS = range(3)


def stored():
    """Rows of the table by id."""
    with TABLE.open(encoding="utf8", newline="") as file:
        return {each["id"]: each for each in csv.DictReader(file)}


def test_jobs_that_share_no_nodes_take_more_time():
    jobs = generated(job_model(PATIENT), 64, 64, 24 * 5, 0)
    shared, whole = (simulate(jobs, 64, placement=how).end_seconds.max() for how in ("any_gpu", "whole_nodes"))
    assert whole > 1.2 * shared


def test_jobs_of_whole_nodes_do_not_notice():
    jobs = generated(job_model(PATIENT), 64, 40, 24 * 5, 0)
    nodes = Jobs(jobs.submit_seconds, jobs.run_seconds, jobs.request_seconds, (jobs.gpus + 7) // 8 * 8)
    shared, whole = (simulate(nodes, 64, placement=how).start_seconds for how in ("any_gpu", "whole_nodes"))
    assert (shared == whole).all()


def test_backfilling_beats_serving_in_order():
    means = [np.mean([window(PATIENT, 64, 0.6, n, Rules(how)).mean for n in WINDOWS]) for how in ("easy", "fcfs")]
    assert means[0] < means[1]


def test_a_larger_machine_at_equal_load_waits_less():
    means = [np.mean([window(Workload(), gpus, 0.8, n).mean for n in range(6)]) for gpus in (64, 256, 1024)]
    assert means[0] > means[1] > means[2]


def test_a_fuller_machine_never_waits_less():
    """The mean over windows of the same campaigns, which come sooner under a larger load."""
    ladder = [[window(Workload(), 512, load, n) for n in WINDOWS] for load in np.arange(0.5, 1.11, 0.1)]
    for less, more in pairwise(ladder):
        assert sum(one.used for one in less) < sum(one.used for one in more)
        assert sum(one.mean for one in less) <= sum(one.mean for one in more)


@pytest.mark.slow
def test_a_higher_target_never_waits_less_by_the_surface():
    """Targets of the operator, as the cost core reads them; a target that cannot be attained changes nothing."""
    rng = np.random.default_rng(2)
    curves = surface("easy").curves({n: np.array([AXES[n].value(part) for part in rng.random(50)]) for n in SETTINGS})
    attained, waits = [], []
    for target in np.arange(0.3, 1.0, 0.05):
        full = Fullness(float(target), curves, np.ones((50, 1)), "")
        attained.append(full.attained)
        waits.append(full.monthly("mean", full.attained))
    assert (np.diff(attained, axis=0) >= 0).all() and (np.diff(waits, axis=0) >= 0).all()


def test_pending_time_is_that_in_which_any_job_waits():
    waits = np.array([[0, 5, 30, 80, 90], [10, 20, 35, 80, 200]])
    assert pending_share(waits, 0, 100) == pytest.approx(0.35)
    assert pending_share(waits, 15, 65) == pytest.approx(0.2)
    assert pending_share(np.zeros((2, 0), np.int64), 0, 10) == 0


def test_a_load_is_found_between_two():
    loads = np.array([0.5, 0.7, 0.9])
    assert crossing(loads, np.array([0.0, 0.2, 0.4]), 0.3) == pytest.approx(0.8)
    assert isnan(crossing(loads, np.array([0.0, 0.1, 0.2]), 0.3))


def test_what_is_not_modelled_is_a_miss_and_says_so():
    (verdict,) = validate(chosen(["directions.malleable"]))
    assert isnan(verdict.ours) and not verdict.passed and "not modelled" in verdict.target.row["note"]


def test_verdicts_are_those_of_the_table():
    for verdict in validate(chosen(["helios_earth", "clusters", "directions"])):
        row = stored()[verdict.target.source.partition(":")[2]]
        if row["ours"]:
            ours = float(row["ours"])
            assert verdict.ours == ours
            assert verdict.passed is (float(row["low"]) <= ours <= float(row["high"]))


@pytest.mark.slow
def test_the_stored_table_is_what_the_queue_gives():
    """Made anew by `python -m tests.validation.queue_record`; clusters of millions of jobs are left to that."""
    if not EARTH.is_file():
        pytest.skip(f"no {EARTH.name} in {EARTH.parent.resolve()}: set HEAVYPRESS_TRACES to the folder of the logs")
    known = stored()
    every = {row[0]: row for row in declared()}
    assert set(every) == set(known)
    for key, row in every.items():
        if not key.startswith(("pai", "helios.")):
            made = queue_record.cells(row)
            assert {name: made[name] for name in ("value", "low", "high", "unit", "source")} == {
                name: known[key][name] for name in ("value", "low", "high", "unit", "source")
            }
            assert made["ours"] == known[key]["ours"] or float(made["ours"]) == pytest.approx(
                float(known[key]["ours"]), rel=0.02, abs=0.002
            )
