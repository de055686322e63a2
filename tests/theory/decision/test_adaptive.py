"""Rules that choose by what is seen: their value against closed forms, none where nothing is seen, no foresight."""

from __future__ import annotations

import numpy as np
import pytest

from sim.decision.adaptive import adaptive_value, applied, best_split

DRAWS = 2048


@pytest.fixture(scope="module")
def normals():
    return np.random.default_rng(4).standard_normal((DRAWS, 3))


def test_the_value_of_a_signal_is_its_closed_form(normals) -> None:
    """Plans are worth 0 and s + e, s is seen: E max(0, s) - max(0, E s) = 1 / sqrt(2 pi)."""
    signal, noise = normals[:, 0], normals[:, 1]
    values = np.stack([np.zeros(DRAWS), signal + noise - noise.mean() - signal.mean()], axis=-1)
    found = adaptive_value(values, signal)
    expected = 1 / np.sqrt(2 * np.pi)
    for rule in (found.smooth, found.simple):
        # what the noise of the plan not chosen adds is in the error of the gain
        assert abs(rule.gain.mean - expected) < 3 * rule.gain.error and rule.gain.sign == 1
    assert found.split.observable == 0 and abs(found.split.threshold - signal.mean()) < 0.3
    assert (found.split.below, found.split.above) == (0, 1)
    assert found.foresight == pytest.approx(np.sqrt(2) * expected, rel=0.1)  # of s + e, variance 2


def test_what_says_nothing_is_worth_nothing_and_no_draw_chooses_with_its_own_outcome(normals) -> None:
    """With seen values that are pure noise a fit to all draws would gain; out of fold the mean is not above zero."""
    values = np.stack([np.zeros(DRAWS), normals[:, 0] - normals[:, 0].mean()], axis=-1)
    found = adaptive_value(values, normals[:, 1:])
    assert found.smooth.gain.sign <= 0 and found.simple.gain.sign <= 0
    assert found.smooth.gain.mean < 3 * found.smooth.gain.error


def test_gains_that_are_not_there_are_found_in_no_more_than_a_twentieth_of_samples() -> None:
    """Of two things seen none says anything. A draw that chose with its own outcome would gain in the mean."""
    rng, samples = np.random.default_rng(5), 25
    gains = []
    for _ in range(samples):
        values = np.stack([np.zeros(100), rng.standard_normal(100)], axis=-1)
        found = adaptive_value(values, rng.standard_normal((100, 2)))
        gains.append((found.smooth.gain, found.simple.gain))
    for rule in zip(*gains, strict=True):
        means = np.array([gain.mean for gain in rule])
        assert means.mean() < 3 * means.std(ddof=1) / np.sqrt(samples)
        assert np.mean([gain.sign > 0 for gain in rule]) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / samples)


def test_a_plan_that_is_fixed_before_may_be_better_than_any_rule(normals) -> None:
    """Deciding later costs: the early plan is worth 1 for certain, the best rule of the later plans E max(0, s)."""
    values = np.stack([np.zeros(DRAWS), normals[:, 0]], axis=-1)
    found = adaptive_value(values, normals[:, 0], np.ones((DRAWS, 1)))
    assert found.fixed == 2 and found.fixed_value == 1
    assert found.smooth.gain.sign == -1 and found.smooth.own_gain.sign == 1
    assert found.smooth.gain.mean == pytest.approx(found.smooth.value - 1)


def test_the_same_plan_twice_is_worth_exactly_nothing_more(normals) -> None:
    values = np.repeat(normals[:, :1], 2, axis=1)
    found = adaptive_value(values, normals[:, 1])
    assert found.smooth.gain == found.simple.gain == (0.0, 0.0) and found.foresight == 0
    assert found.split.observable == -1 and not found.smooth.gain.sign


def test_what_is_seen_without_variation_is_left_out(normals) -> None:
    """A rent that is the same in every draw but for rounding would else be blown up into noise."""
    values = np.stack([np.zeros(DRAWS), normals[:, 0]], axis=-1)
    flat = 2.1 * (1 + 1e-15 * normals[:, 1])
    with_it = adaptive_value(values, np.stack([normals[:, 0], flat], axis=-1))
    assert with_it.smooth.gain == adaptive_value(values, normals[:, 0]).smooth.gain


def test_a_split_of_three_plans_takes_the_best_on_either_side() -> None:
    seen = np.linspace(0, 1, 200)[:, None]
    low = (seen[:, 0] < 0.3).astype(float)
    values = np.stack([np.full(200, 0.4), low, 1 - low], axis=-1)
    split = best_split(values, seen)
    assert (split.below, split.above) == (1, 2) and split.threshold == pytest.approx(0.3, abs=0.01)
    np.testing.assert_array_equal(applied(split, seen), np.where(seen[:, 0] >= split.threshold, 2, 1))


def test_the_gain_of_a_step_is_exact_and_the_shares_are_those_of_the_draws() -> None:
    """Where the better plan is known from what is seen, the rule has all that foresight has."""
    seen = np.repeat([0.0, 1.0], 200)
    values = np.stack([1 - seen, seen], axis=-1)
    found = adaptive_value(values, seen)
    assert found.simple.value == found.smooth.value == 1 and found.foresight == 0.5
    np.testing.assert_allclose(found.simple.shares, 0.5)


def test_too_few_draws_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="50"):
        adaptive_value(np.zeros((20, 2)), np.zeros(20))
