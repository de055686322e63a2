"""Pairs of machines of which one is known to wait less, or to take less time; no test in here."""

from __future__ import annotations

import numpy as np

from sim.costs.surfaces import surface
from sim.mechanisms.workload import Workload, job_model
from sim.queue.calibration.goodness import generated
from sim.queue.disciplines.rules import Rules
from sim.queue.simulate import simulate
from sim.queue.surface import AXES, SETTINGS
from sim.queue.workload.patience import NOBODY_HOURS
from tests.validation.machine_runs import WINDOWS, Found, over_windows, spread, window

PATIENT = Workload(backlog_hours=NOBODY_HOURS)
SMALL, LARGE = 128, 512  # GPUs
WEEKS = 2


def shared_nodes() -> Found:
    """Time for a workload where jobs share nodes over the time where each holds whole nodes."""
    found = []
    for number in range(WINDOWS):
        jobs = generated(job_model(PATIENT), SMALL, SMALL, WEEKS * 7 * 24, number)
        ends = [simulate(jobs, SMALL, placement=how).end_seconds.max() for how in ("any_gpu", "whole_nodes")]
        found.append((ends[0] - jobs.submit_seconds[0]) / (ends[1] - jobs.submit_seconds[0]))
    return over_windows(np.array(found), f"{SMALL} GPUs; the default workload has many jobs of one GPU")


def backfilled() -> Found:
    """Mean wait with EASY backfilling over that without, the jobs being the same."""
    pairs = [[window(PATIENT, SMALL, 0.7, n, Rules(how)).mean for how in ("easy", "fcfs")] for n in range(WINDOWS)]  # type: ignore[arg-type]
    return over_windows(np.array([easy / fcfs for easy, fcfs in pairs]), f"{SMALL} GPUs, load 0.7")


def larger() -> Found:
    """Mean wait on a machine four times as large over that on the smaller one, at equal load."""
    means = np.array([[window(Workload(), gpus, 0.8, n).mean for n in range(2 * WINDOWS)] for gpus in (LARGE, SMALL)])
    whole = means.mean(axis=1)
    return Found(float(whole[0] / whole[1]), *spread(means[0] / means[1]), f"{LARGE} over {SMALL} GPUs, load 0.8")


def fuller() -> Found:
    """Mean wait over windows under a lower load over that under the next higher, the largest over a ladder of loads.

    In one window it may be above 1: a larger load brings the same campaigns sooner, and others end up in the weeks that
    are measured.
    """
    loads = np.arange(0.4, 1.21, 0.1)
    means = np.array([[window(Workload(), LARGE, load, n).mean for n in range(WINDOWS)] for load in loads])
    largest = (means[:-1] / means[1:]).max(axis=0)
    whole = means.mean(axis=1)
    note = f"{LARGE} GPUs, loads 0.4 to 1.2, the same campaigns; in one of {WINDOWS} windows up to {largest.max():.3f}"
    return Found(float((whole[:-1] / whole[1:]).max()), *spread(largest), note)


def fuller_by_surface() -> Found:
    """The same of targets by the response surface, the largest over machines all over its axes."""
    rng = np.random.default_rng(1)
    axes = {name: np.array([AXES[name].value(part) for part in rng.random(200)]) for name in SETTINGS}
    curves = surface("easy").curves(axes)
    targets = np.minimum(np.arange(0.4, 0.99, 0.05), curves.most[:, None])
    means = curves.answer("mean", targets)
    largest = (means[:, :-1] / np.where(means[:, 1:] > 0, means[:, 1:], 1.0)).max(axis=1)
    return Found(float(largest.max()), *spread(largest), "the largest of 200 machines, targets of 0.4 to 0.95")
