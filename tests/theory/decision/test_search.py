"""The least contrived world: planted claims, whose nearest points are known, are found; none is found that is not."""

from __future__ import annotations

import numpy as np
import pytest

from sim.decision.search import SPARE_SHARE, least_contrived, nearest_above
from sim.parameters import Array

EDGE = 1.645
SIZE = 12
STARTS = np.random.default_rng(0).uniform(-EDGE, EDGE, (64, SIZE))
STEEP = np.linspace(2, 0.01, SIZE) * np.where(np.arange(SIZE) % 2, 1, -1)  # the first moves do nearly all
PEAK = np.array([1.0, -0.7, 0.4])


def boxed(scores: Array) -> Array:
    """A cube of plausible worlds."""
    return np.clip(scores, -EDGE, EDGE)


def test_what_holds_at_the_medians_moves_nothing() -> None:
    found = least_contrived(lambda u: u @ STEEP + 0.1, STARTS, boxed)
    assert found.holds and found.distance == 0 and found.worlds == 1 + len(STARTS)


def test_one_parameter_that_decides_alone_moves_alone_and_no_farther_than_it_must() -> None:
    found = least_contrived(lambda u: u[:, 3] - 1.2, STARTS, boxed)
    assert found.holds and np.flatnonzero(found.scores).tolist() == [3]
    assert found.scores[3] == pytest.approx(1.2, abs=0.02) and found.scores[3] >= 1.2


def test_a_plane_is_met_near_its_nearest_point_by_the_steepest_moves() -> None:
    """The nearest point of a @ u >= b is at b / |a|; the world with fewer moves may lie a little farther."""
    nearest = 1.5 / np.linalg.norm(STEEP)
    found = least_contrived(lambda u: u @ STEEP - 1.5, STARTS, boxed)
    moved = np.flatnonzero(found.scores)
    assert found.holds and nearest * 0.999 <= found.distance <= nearest * (1 + SPARE_SHARE) * 1.01
    assert len(moved) < SIZE / 2 and moved.tolist() == list(range(len(moved)))
    alone = np.repeat(found.scores[None], len(moved), axis=0)
    alone[np.arange(len(moved)), moved] = 0
    assert (alone @ STEEP < 1.5).all()  # no move is idle


@pytest.mark.parametrize("seed", range(6))
def test_no_point_of_a_fine_grid_is_much_nearer_where_the_claim_is_curved(seed: int) -> None:
    """Two parameters, two rivals, leads with curvature: every point of the box can be tried."""
    rng = np.random.default_rng(seed)
    slope, bend = rng.normal(size=(2, 2)), 0.2 * rng.normal(size=(2, 2))
    level = rng.uniform(0.3, 1, size=2)
    axis = np.linspace(-EDGE, EDGE, 301)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)

    def leads(u: Array) -> Array:
        return np.asarray(u @ slope + u**2 @ bend - level)

    winning = grid[(leads(grid) >= 0).all(axis=1)]
    found = least_contrived(leads, STARTS[:, :2], boxed)
    assert found.holds == bool(len(winning))
    if len(winning):
        nearest = float(np.linalg.norm(winning, axis=1).min())
        assert found.distance <= nearest * (1 + SPARE_SHARE) * 1.05 + axis[1] - axis[0]
        assert (leads(found.scores[None]) >= 0).all() and (np.abs(found.scores) <= EDGE).all()


def test_a_corner_that_no_slope_points_to_is_reached_by_way_of_the_starts() -> None:
    found = least_contrived(lambda u: np.where((u[:, 0] > 0.8) & (u[:, 1] < -0.8), 0.1, -0.1), STARTS, boxed)
    assert found.holds and found.won_share > 0
    assert set(np.flatnonzero(found.scores)) == {0, 1} and found.distance < 1.3 * 0.8 * np.sqrt(2)


def test_where_it_holds_nowhere_the_world_that_comes_closest_is_told() -> None:
    """A peak below zero: the closest world is near it, and what does not matter has not moved."""
    found = least_contrived(lambda u: -0.2 - ((u[:, :3] - PEAK) ** 2).sum(axis=1), STARTS, boxed)
    assert not found.holds and found.won_share == 0 and -0.22 < found.lead <= -0.2
    np.testing.assert_allclose(found.scores[:3], PEAK, atol=0.2)
    assert not found.scores[3:].any()


def test_a_small_peak_that_no_start_hits_is_climbed() -> None:
    """It holds within 0.14 of a point of six parameters only: a share of 1e-7 of the box."""
    peak = np.concatenate([PEAK, PEAK])
    found = least_contrived(lambda u: 0.02 - ((u[:, :6] - peak) ** 2).sum(axis=1), STARTS, boxed)
    assert found.holds and found.won_share == 0 and not found.scores[6:].any()
    assert np.linalg.norm(found.scores) == pytest.approx(np.linalg.norm(peak) - np.sqrt(0.02), abs=0.15)


def test_all_rivals_must_be_beaten_at_once() -> None:
    """u0 >= 1 beats one rival, u1 >= 1 the other: the nearest point that beats both is (1, 1)."""
    found = least_contrived(lambda u: u[:, :2] - 1.0, STARTS, boxed)
    assert found.holds
    np.testing.assert_allclose(found.scores[:2], 1.0, atol=0.05)
    assert not found.scores[2:].any()


def test_the_nearest_point_beyond_planes_is_none_where_there_is_none() -> None:
    """No u has both u0 >= 1 and -u0 >= 1; nor does any where a lead does not depend on u and is short."""
    assert nearest_above(np.array([[1.0, 0.0], [-1.0, 0.0]]), np.ones(2)) is None
    assert nearest_above(np.zeros((1, 2)), np.ones(1)) is None
    np.testing.assert_allclose(nearest_above(np.eye(2), np.array([1.0, -5.0])), [1.0, 0.0], atol=1e-12)
