"""Regret, the worst draws, thresholds and dominance: what holds for all values, and small cases by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.decision.robustness import dominance, first_share, regret, robustness, satisficing_share, worst_mean

WHOLE = st.integers(-1000, 1000).map(float)  # whole numbers, so that sums are exact
VALUES = arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=WHOLE)


@given(VALUES, st.integers(-1000, 1000))
def test_regret_is_relative_to_the_best_of_the_draw(values, shift) -> None:
    lost = regret(values)
    assert (lost >= 0).all() and (lost.min(axis=1) == 0).all()
    moved = values + shift * np.arange(len(values))[:, None]  # another amount in each draw, the same for all options
    np.testing.assert_array_equal(regret(moved), lost)
    np.testing.assert_array_equal(values + lost, np.broadcast_to(values.max(axis=1, keepdims=True), values.shape))


@given(VALUES)
def test_summaries_keep_their_order(values) -> None:
    found = robustness(values, threshold=0.0)
    assert (found.p90_regret <= found.largest_regret).all()
    assert (values.min(axis=0) - 1e-9 <= found.worst_decile_mean).all()
    assert (found.worst_decile_mean <= values.mean(axis=0) + 1e-9).all()
    assert found.first_share.sum() == pytest.approx(1)
    np.testing.assert_array_equal(found.satisficing_share, (values >= 0).mean(axis=0))
    assert np.isnan(robustness(values).satisficing_share).all()


def test_the_worst_decile_of_known_draws() -> None:
    values = np.random.default_rng(0).permutation(np.arange(1.0, 26.0))[:, None]
    assert worst_mean(values)[0] == pytest.approx((1 + 2 + 0.5 * 3) / 2.5)  # two and a half draws of 25
    assert worst_mean(values[:3])[0] == values[:3].min()


def test_the_worst_decile_of_a_normal_distribution() -> None:
    draws = np.random.default_rng(1).normal(size=(200_000, 1))
    expected = -np.exp(-(1.2815515655446004**2) / 2) / np.sqrt(2 * np.pi) / 0.1  # phi(z) / 0.1 below its decile z
    error = 1.5 / np.sqrt(0.1 * len(draws))  # the spread within the tail, and of its edge
    assert worst_mean(draws)[0] == pytest.approx(expected, abs=4 * error)


def test_a_threshold_that_is_met_exactly_is_met() -> None:
    assert satisficing_share(np.array([[1.0, 2.0], [3.0, 0.0]]), 1.0).tolist() == [1.0, 0.5]


def test_equal_options_divide_a_draw() -> None:
    assert first_share(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]])).tolist() == [0.25, 0.25, 0.5]


@given(arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(1, 3)), elements=WHOLE))
def test_dominance_is_a_strict_order_of_each_draw(values) -> None:
    share = dominance(values)
    assert (np.diag(share) == 0).all()  # nothing dominates itself
    assert (share + share.T <= 1).all()  # nor do two dominate each other in one draw
    better = np.copy(values)
    better[:, 0, 0] = values.max() + 1  # better than all in one outcome: whoever dominated it does no longer
    assert (dominance(better)[1:, 0] == 0).all()


def test_dominance_by_hand() -> None:
    a, b, c = [2.0, 1.0], [1.0, 1.0], [0.0, 3.0]
    np.testing.assert_array_equal(dominance(np.array([[a, b, c]])), [[0, 1, 0], [0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: regret(np.ones(3)), "values has 1 dimensions: must have 2"),
        (lambda: regret(np.ones((0, 3))), "values has 0 rows: must have at least 1"),
        (lambda: regret(np.array([[1.0, np.inf]])), "values[0, 1] = inf: must be a finite number"),
        (lambda: worst_mean(np.ones((3, 1)), 1.0), "share = 1: must be between 0 and 1, ends left out"),
    ],
)
def test_what_has_no_standing_is_refused_in_a_sentence(call, says) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value) == says
