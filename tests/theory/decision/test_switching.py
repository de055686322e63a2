"""Switching values: planted crossings are found, none is invented, and their intervals cover."""

from __future__ import annotations

import numpy as np
import pytest

from sim.decision.switching import GRID, bounds, switching

NOISE = np.random.default_rng(0).normal(size=201)
REPLICATIONS = 400


def test_a_linear_difference_changes_sign_at_the_median_of_its_own_crossings() -> None:
    """Draw i changes sign at theta_i: the switching value is their median, its interval their order statistics."""
    theta = np.sort(0.5 + 0.2 * NOISE)
    found = switching(lambda x: x - theta, 0, 1)
    (crossing,) = found.crossings
    assert crossing.rising and found.sign is None and found.at_low < 0 < found.at_high
    _, low, high = bounds(theta)
    assert crossing.value == pytest.approx(np.median(theta), abs=1e-5)
    assert (crossing.low, crossing.high) == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))


def test_a_falling_difference_has_the_same_switching_value() -> None:
    theta = 0.5 + 0.2 * NOISE
    (up,), (down,) = (switching(lambda x, s=s: s * (x - theta), 0, 1).crossings for s in (1, -1))
    assert up.rising and not down.rising
    np.testing.assert_allclose([up.value, up.low, up.high], [down.value, down.low, down.high], atol=1e-6)


@pytest.mark.parametrize("statistic", ["median", "mean"])
def test_the_interval_covers_the_true_value(statistic) -> None:
    """By inversion of a test it holds the truth in at least 95 % of samples; order statistics come in steps."""
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(REPLICATIONS):
        theta = rng.normal(0.5, 0.2, size=60)
        (crossing,) = switching(lambda x, theta=theta: x - theta, 0, 1, statistic, grid=5).crossings
        covered.append(crossing.low <= 0.5 <= crossing.high)
    error = np.sqrt(0.05 * 0.95 / REPLICATIONS)
    assert 0.95 - 3 * error <= np.mean(covered) <= 0.975 + 3 * error


@pytest.mark.parametrize("draws", [6, 20, 101, 1024])
def test_order_statistics_hold_the_median_as_surely_as_they_say_and_no_narrower_pair_does(draws: int) -> None:
    from scipy.stats import binom

    low = int(bounds(np.arange(1.0, draws + 1))[1])  # its rank
    assert 2 * binom.cdf(low - 1, draws, 0.5) <= 0.05 < 2 * binom.cdf(low, draws, 0.5)


def test_too_few_draws_bound_no_median() -> None:
    assert bounds(np.arange(5.0)) == (2.0, -np.inf, np.inf)


def test_several_crossings_are_all_found() -> None:
    """sin(x) from 1 to 10 crosses at pi, 2 pi and 3 pi; its noise is small."""
    found = switching(lambda x: np.sin(x) + 0.05 * (NOISE - np.median(NOISE)), 1, 10)
    np.testing.assert_allclose([c.value for c in found.crossings], np.pi * np.arange(1, 4), atol=1e-4)
    assert [c.rising for c in found.crossings] == [False, True, False]
    assert all(c.low < c.value < c.high for c in found.crossings)


@pytest.mark.parametrize(("shift", "sign"), [(2, 1), (-2, -1)])
def test_none_is_reported_where_there_is_none(shift: float, sign: int) -> None:
    found = switching(lambda x: shift + 0.1 * NOISE + x, -1, 1)
    assert found.crossings == () and found.sign == sign


def test_no_difference_at_all_is_no_crossing() -> None:
    found = switching(lambda x: np.zeros(10), 0, 1)
    assert found.crossings == () and found.sign == 0


def test_a_touch_is_no_crossing() -> None:
    assert switching(lambda x: np.full(9, (x - 0.5) ** 2), 0, 1).sign == 1


def test_a_crossing_on_the_grid_is_found_once() -> None:
    (crossing,) = switching(lambda x: np.full(9, x - 0.5), 0, 1, grid=5).crossings
    assert crossing.value == pytest.approx(0.5, abs=1e-6)


def test_a_jump_is_located() -> None:
    (crossing,) = switching(lambda x: np.full(9, 1.0 if x > 0.3 else -1.0), 0, 1).crossings
    assert crossing.value == pytest.approx(0.3, abs=1e-5)
    assert crossing.low == pytest.approx(0.3, abs=1e-5) == crossing.high


def test_an_interval_that_leaves_the_range_is_open() -> None:
    wide = 5 * NOISE
    (crossing,) = switching(lambda x: x - 0.5 + wide - np.median(wide), 0, 1).crossings
    assert crossing.low is None and crossing.high is None


def test_every_value_is_evaluated_once() -> None:
    seen: list[float] = []
    switching(lambda x: seen.append(x) or x - 0.4 - 0.1 * NOISE, 0, 1)
    assert len(seen) == len(set(seen)) < GRID + 40


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ((1, 1), "low = 1 and high = 1: must be finite, and low below high"),
        ((0, np.inf), "low = 0 and high = inf: must be finite, and low below high"),
        ((0, 1, "median", 1), "grid = 1: must be at least 2 values"),
    ],
)
def test_a_range_that_is_none_is_refused(settings, says) -> None:
    with pytest.raises(ValueError, match=says):
        switching(lambda x: NOISE, *settings)


def test_a_difference_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"differences\[1\] = nan: must be a finite number"):
        switching(lambda x: np.array([1.0, np.nan]), 0, 1)
