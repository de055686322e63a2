"""Node failures come at their rate, in order, and the same ones under every option."""

from __future__ import annotations

import numpy as np

from sim.waits.machine import pool_failures, window_failures

HOUR = 3_600


def test_failures_come_at_their_rate() -> None:
    """87.6 a year on average, within three standard errors over replications."""
    for draw in (
        lambda r: pool_failures(1000, 8760, 1e-5, 72, 0, 1, r),
        lambda r: window_failures(1000, 8760, 1e-5, 72, 1, r),
    ):
        counts = np.array([len(draw(r)) for r in range(30)], dtype=float)
        assert abs(counts.mean() - 87.6) < 3 * counts.std(ddof=1) / np.sqrt(30)


def test_failures_are_in_order_and_last_for_their_repair() -> None:
    for found in (pool_failures(1000, 8760, 2e-5, 72, 3, 1), window_failures(1000, 8760, 2e-5, 72, 1, 0)):
        assert (np.diff(found.at_seconds) >= 0).all() and found.at_seconds[-1] < 8760 * HOUR
        assert set(found.repair_seconds) == {72 * HOUR}
        assert 0.4 < found.uniform.mean() < 0.6
    assert set(pool_failures(1000, 8760, 2e-5, 72, 3, 1).pool) == {3}


def test_a_machine_without_failures_has_none() -> None:
    assert len(pool_failures(1000, 8760, 0.0, 72, 0, 1)) == len(window_failures(1000, 8760, 0.0, 72, 1, 0)) == 0


def test_a_larger_pool_meets_the_same_failures_sooner() -> None:
    small, large = (pool_failures(gpus, 8760, 2e-5, 72, 0, 1) for gpus in (500, 1000))
    assert (large.uniform[: len(small)] == small.uniform).all()
    assert (large.at_seconds[: len(small)] <= small.at_seconds).all()


def test_pools_fail_apart() -> None:
    one, other = (pool_failures(1000, 8760, 2e-5, 72, pool, 1) for pool in (0, 1))
    assert len(np.intersect1d(one.at_seconds, other.at_seconds)) < 3
