"""The generator against real logs: in the sample it was fitted to, and predicting a log from the others.

Tolerances: what a fit must reproduce is within the spread of its own seeds; waits of a log that the generator has not
seen are predicted within a factor of two, which is all that is claimed.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.scenario.calibration import calibrate
from tests.validation.workloads import PLACES, QUEUED, TRACES, at_hand, in_sample, left_out, log_of, real_waits


def here(name):
    """Skip where a log is absent."""
    needed = QUEUED if name in QUEUED else (name,)
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
    """Parameters pooled from the other logs; P and load of this one; six seeds, the median."""
    here(name)
    waits, withdrawn = left_out(name, 24.0)
    ratio = np.median(waits) / real_waits(name).mean()
    assert 0.5 < ratio < 2, f"{PLACES[name].label}: {np.median(waits):,.0f} s, {ratio:.2f} of the replay"
    assert 0 < np.median(withdrawn) < 0.5
