"""Rank regression: exact on monotone functions, fair to what does nothing, and complete in what it attributes."""

from __future__ import annotations

import numpy as np
import pytest

from sim.decision.ranking import drivers, share_error

DRAWS = 1000


def test_a_monotone_function_of_one_parameter_is_explained_by_it_alone() -> None:
    x = np.random.default_rng(0).random((DRAWS, 3))
    found = drivers(x, np.exp(5 * x[:, 1]))
    np.testing.assert_allclose(found.coefficient, [0, 1, 0], atol=1e-12)
    assert found.r2 == pytest.approx(1) and found.holding() == (1,)


def test_any_growing_transformation_leaves_it_as_it_is() -> None:
    rng = np.random.default_rng(1)
    x, noise = rng.random((DRAWS, 3)), rng.normal(size=DRAWS)
    value = x @ [3.0, -2.0, 0.0] + noise
    plain, bent = drivers(x, value), drivers(np.column_stack([np.exp(x[:, 0]), x[:, 1] ** 3, x[:, 2]]), np.sinh(value))
    np.testing.assert_allclose(plain.coefficient, bent.coefficient, atol=1e-12)


def test_shares_are_the_squares_of_weights_of_independent_parameters() -> None:
    """For normal ranks Spearman's correlation is 6 / pi asin(r / 2)."""
    weights = np.array([0.8, -0.5, np.sqrt(0.11), 0.0])
    x = np.random.default_rng(2).normal(size=(20_000, 4))
    found = drivers(x, x @ weights)
    spearman = 6 / np.pi * np.arcsin(weights / 2)
    np.testing.assert_allclose(found.coefficient, spearman, atol=4 / np.sqrt(len(x)))
    assert found.holding() == (0, 1, 2) and found.holding(0.6) == (0,)


def test_shares_sum_to_the_adjusted_r2_also_of_correlated_parameters() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5))
    found = drivers(x, x @ rng.normal(size=5) + 5 * rng.normal(size=200))
    assert found.share.sum() == pytest.approx(found.adjusted_r2)
    assert 0 < found.adjusted_r2 < found.r2 < 1


def test_what_does_nothing_has_a_share_of_zero_in_the_mean_and_an_honest_error() -> None:
    """Forty parameters of which none matters, in few draws: plain R2 finds a fifth of the variance."""
    rng = np.random.default_rng(4)
    found = [drivers(rng.random((200, 40)), rng.random(200)) for _ in range(40)]
    shares, r2 = np.array([f.share for f in found]), np.array([f.r2 for f in found])
    assert r2.mean() == pytest.approx(40 / 199, abs=4 * r2.std() / np.sqrt(40))
    assert shares.mean() == pytest.approx(0, abs=4 * shares.std() / np.sqrt(shares.size))
    beyond = np.mean([np.abs(f.coefficient) > 1.96 * f.standard_error for f in found])
    assert beyond == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / shares.size))


def test_nothing_holds_what_is_not_there() -> None:
    x = np.random.default_rng(5).random((50, 2))
    found = drivers(x, np.ones(50))
    assert found.r2 == 0 and found.holding() == () and (found.coefficient == 0).all()


def test_a_constant_parameter_has_no_coefficient() -> None:
    x = np.random.default_rng(6).random((50, 2))
    x[:, 1] = 7
    assert drivers(x, x[:, 0]).coefficient.tolist() == pytest.approx([1, 0])


@pytest.mark.parametrize(
    ("shape", "draws", "says"),
    [
        ((5, 4), 5, "5 draws for 4 parameters: must be at least 6"),
        ((9, 2), 8, "9 and 8 rows: must be the same draws on both sides"),
    ],
)
def test_too_little_to_rank_is_refused(shape, draws, says) -> None:
    with pytest.raises(ValueError, match=says):
        drivers(np.random.default_rng(7).random(shape), np.arange(float(draws)))


def test_the_error_of_a_part_is_the_spread_of_that_part_over_samples() -> None:
    """Of many samples of a linear model, the part that half of the parameters hold spreads by about its error."""
    rng, chosen = np.random.default_rng(5), np.array([True, True, False, False])
    parts, errors = [], []
    for seed in range(60):
        x = rng.normal(size=(300, 4))
        values = x @ [1.0, 0.5, 1.0, 0.0] + rng.normal(size=300)
        found = drivers(x, values)
        parts.append(found.share[chosen].sum() / found.share.sum())
        errors.append(share_error(x, values, chosen, seed))
    spread = np.std(parts, ddof=1)
    assert abs(np.mean(errors) - spread) <= 3 * spread / np.sqrt(2 * len(parts))
