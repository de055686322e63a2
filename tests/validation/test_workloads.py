"""The generator against real logs: in the sample it was fitted to, and predicting a log from the others.

Tolerances: what a fit must reproduce is within the spread of its own seeds; waits of a log that the generator has not
seen are predicted within a factor of two, which is all that is claimed.
"""

from __future__ import annotations

import csv

import numpy as np
import pytest

from sim.scenario.calibration import calibrate
from sim.waits.foretold import TABLE, model_error_factor
from tests.validation.foretold import LEVEL, MEASURES, left_out, ratio, row
from tests.validation.logs import PLACES, QUEUED, ROOT, TRACES, at_hand, log_of, real_waits
from tests.validation.workloads import in_sample


def here(name):
    """Skip where a log is absent."""
    needed = dict.fromkeys((*QUEUED, name))
    absent = [PLACES[n].file for n in needed if not at_hand(n)]
    if absent:
        pytest.skip(f"no {', '.join(absent)} in {TRACES.resolve()}: set HEAVYPRESS_TRACES to the folder of the logs")


def test_parameters_fitted_to_kth_are_the_known_ones():
    """Lengths, gaps and requests of KTH-SP2 as measured apart from this program."""
    here("kth")
    workload, _ = calibrate(log_of("kth"), 100)
    assert workload.batch_single_share == pytest.approx(0.747, abs=0.002)
    assert workload.batch_tail == pytest.approx(2.587, abs=0.01)
    assert workload.gap_log_mean == pytest.approx(4.55, abs=0.05)
    assert workload.request_log_slope == pytest.approx(0.51, abs=0.02)
    assert workload.request_log_mean == pytest.approx(4.8, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("name", QUEUED)
def test_a_fit_keeps_sizes_counts_and_waits(name):
    here(name)
    ratio = in_sample(name, seeds=4)
    assert 0.75 < ratio["size mean, GPUs"] < 1.25
    assert 0.7 < ratio["interarrival CV"] < 1.3
    assert 0.7 < ratio["daily count CV"] < 1.5
    assert 0.8 < ratio["work of top tenth of jobs"] < 1.2


@pytest.mark.slow
@pytest.mark.parametrize("name", QUEUED)
def test_waits_are_predicted_within_a_factor_of_two(name):
    """Parameters pooled from the other logs; size and load of this one; the median over seeds."""
    here(name)
    found = left_out(name)
    ours = np.median([one.waits.mean() for one in found])
    off = ours / real_waits(name).mean()
    assert 0.5 < off < 2, f"{PLACES[name].label}: {ours:,.0f} s, {off:.2f} of the replay"
    assert 0 < np.median([one.withdrawn for one in found]) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_the_stored_waits_are_those_that_are_foretold(name):
    """Made anew by `python -m tests.validation.workloads`, misses included."""
    here(name)
    for title, value in row(name).items():
        known = stored()[name][title]
        if title in ("id", "log", "source", "basis", "note"):
            assert known == value
        else:
            assert float(known) == pytest.approx(float(value), rel=0.02, abs=1e-3), title


def stored():
    """Rows of the table by log."""
    with (ROOT / "data" / TABLE).open(encoding="utf8", newline="") as file:
        return {each["id"]: each for each in csv.DictReader(file)}


@pytest.mark.parametrize("name", PLACES)
def test_a_stored_ratio_is_foretold_over_real(name):
    known = stored()[name]
    for measure in MEASURES:
        ours, real = (3600 * float(known[f"{side}_{measure}"]) for side in ("foretold", "real"))
        assert ratio(ours, real) == pytest.approx(float(known[f"{measure}_ratio"]), rel=0.01)
    assert ratio(LEVEL, 0) == 2


def test_the_error_of_the_model_covers_four_logs_in_five():
    off = [max(float(each["mean_ratio"]), 1 / float(each["mean_ratio"])) for each in stored().values()]
    factor = model_error_factor()
    assert sum(each <= factor * (1 + 1e-9) for each in off) / len(off) >= 0.8
    assert any(each == pytest.approx(factor) for each in off)
