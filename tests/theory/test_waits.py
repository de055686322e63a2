"""The windows of the queue: the load they offer is the load that the money layer allocated."""

from dataclasses import replace

import numpy as np
import pytest

from sim.comparison.waits import simulate_waits
from sim.instruments.public_cluster import PublicCluster

FEW_JOBS = {"queue.window_jobs": 400.0, "demand.groups": 20_000.0}


def test_the_queue_is_offered_what_was_allocated(reckoned):
    """M7: the load is set by allocation: the target utilisation of what is up, planned outages apart."""
    waits = simulate_waits(reckoned(PublicCluster(), FEW_JOBS), seed=1)
    up = 1 / (1 + 8 * 1.97e-5 * 72)  # nodes under repair are taken out by the window's own failures
    assert waits.offered_share == pytest.approx(np.full(4, 0.8 * up), rel=0.01)


def test_letting_hours_to_firms_does_not_empty_the_machine(reckoned):
    """M9: leased hours stand in the same queue, so the offered load stays what it was."""
    own, let = (
        simulate_waits(reckoned(replace(PublicCluster(), leased_share=share), FEW_JOBS), seed=1) for share in (0.0, 0.3)
    )
    assert let.offered_share == pytest.approx(own.offered_share, rel=0.01)


def test_an_option_without_a_machine_has_no_waits(reckoned):
    from sim.instruments.cloud_credits import CloudCredits

    assert simulate_waits(reckoned(CloudCredits(), FEW_JOBS), seed=1) is None
