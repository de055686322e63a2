"""How little the parts of a mix fare alike: limits, signs, and sums that close."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.decision.diversification import assured, spread_ratio, spread_shares

property_of = settings(max_examples=80, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)


def parts(seed: int, number: int = 3, draws: int = 60) -> np.ndarray:
    """What parts add in each draw, with some common cause."""
    rng = np.random.default_rng(seed)
    return rng.normal(5, 2, (draws, number)) + rng.normal(0, 1, (draws, 1)) * rng.uniform(-1, 1, number)


@property_of
@given(seeds, st.floats(0.1, 5))
def test_parts_that_fare_alike_gain_nothing_from_one_another(seed, times):
    """The limit: perfect correlation, where a mix is the weighted sum of its parts."""
    one = parts(seed, 1)
    alike = np.concatenate([one, one * times], axis=1)
    assert spread_ratio(alike.sum(axis=1), alike) == pytest.approx(1, rel=1e-9)
    assert assured(alike.sum(axis=1), alike, 0.1) == pytest.approx(0, abs=1e-9)


@property_of
@given(seeds)
def test_parts_that_add_up_never_spread_more_than_all_of_them(seed):
    alone = parts(seed)
    assert 0 <= spread_ratio(alone.sum(axis=1), alone) <= 1 + 1e-12


def test_independent_parts_of_one_size_spread_by_the_root_of_their_number():
    alone = np.random.default_rng(1).normal(size=(200_000, 4))
    assert spread_ratio(alone.sum(axis=1), alone) == pytest.approx(0.5, rel=0.01)
    assert assured(alone.sum(axis=1), alone, 0.1) == pytest.approx(1.2816 * (4 - 2), rel=0.02)


def test_parts_that_offset_one_another_leave_no_spread_at_all():
    alone = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]])
    assert spread_ratio(alone.sum(axis=1), alone) == 0


@property_of
@given(seeds)
def test_shares_of_the_spread_sum_to_all_of_it(seed):
    each = parts(seed)
    assert spread_shares(each).sum() == pytest.approx(1, rel=1e-9)


@property_of
@given(seeds, st.floats(1.1, 5))
def test_who_varies_more_carries_more_where_parts_are_alike(seed, times):
    one = parts(seed, 1)
    small, large = spread_shares(np.concatenate([one, one * times], axis=1))
    assert large == pytest.approx(times * small, rel=1e-9)


def test_a_hedge_carries_less_than_nothing():
    assert spread_shares(np.array([[1.0, 1.0], [3.0, 0.0]])).tolist() == [2.0, -1.0]


def test_where_no_world_differs_there_is_no_spread():
    same = np.ones((5, 2))
    assert np.isnan(spread_ratio(same.sum(axis=1), same)) and np.isnan(spread_shares(same)).all()
    assert assured(same.sum(axis=1), same, 0.1) == 0
