"""Generated jobs and failures stay what they were: a stream that is renamed by mistake gives other jobs."""

from __future__ import annotations

import numpy as np
import pytest

from sim.mechanisms.workload import Workload, job_model
from sim.queue.workload.generator import generate
from sim.queue.workload.rates import Demand
from sim.waits.machine import pool_failures, window_failures

# Sums over 60 days on 64 GPUs, seed 1: jobs, seconds of submission, run and request, GPUs, users, tiers, campaigns.
# A processor that rounds otherwise may move a job by a second, another stream moves all of them.
GOLDEN = {
    ("campaigns", "none"): [41613, 101008870049, 83662524, 456520500, 104480, 16497288, 32686, 336231344],
    ("campaigns", "pieces"): [17034, 40617553003, 79582222, 226206900, 41756, 6279589, 11913, 57348729],
    ("poisson", "none"): [22592, 58791604816, 54266723, 264588000, 78637, 9041779, 17850, 255187936],
    ("poisson", "pieces"): [8729, 22599576007, 53609603, 132045900, 29887, 3537817, 7054, 38093356],
}


@pytest.mark.parametrize(("pattern", "beyond"), GOLDEN)
def test_generated_jobs_have_not_moved(pattern, beyond):
    demand = Demand(64, 24 * 60, np.array([48.0]), np.array([0.5, 0.3, 0.1, 0.1]))
    chunks = list(generate(demand, job_model(Workload(pattern=pattern, beyond_limit=beyond)), 1))
    names = ("submit_seconds", "run_seconds", "request_seconds", "gpus", "user", "tier")
    sums = [sum(int(getattr(chunk.jobs, name).sum()) for chunk in chunks) for name in names]
    found = [sum(map(len, chunks)), *sums, sum(int(chunk.jobs.campaign.sum()) for chunk in chunks)]
    assert found == pytest.approx(GOLDEN[pattern, beyond], rel=1e-4)


def test_failures_have_not_moved():
    for found, golden in (
        (pool_failures(64, 24 * 300, 1e-3, 72, 1, 1), [443, 5964461921, 227.89796521554698, 114825600]),
        (window_failures(64, 24 * 300, 1e-3, 72, 1, 0), [464, 5755660611, 234.12948762202114, 120268800]),
    ):
        sums = [len(found.at_seconds), found.at_seconds.sum(), found.uniform.sum(), found.repair_seconds.sum()]
        assert sums == pytest.approx(golden, rel=1e-9)
