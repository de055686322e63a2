"""The smooth regression: its functions against SciPy's natural cubic spline, and its fits against what was planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from sim.decision.splines import KNOTS, _natural, basis, fitted_out_of_fold

RNG = np.random.default_rng(0)


def test_a_natural_spline_is_that_of_scipy() -> None:
    knots, values = np.sort(RNG.random(7)), np.concatenate([[0.0], RNG.normal(size=6)])
    x = np.sort(np.concatenate([knots, RNG.uniform(knots[0], knots[-1], 50)]))
    functions, penalty = _natural(x, knots)
    theirs = CubicSpline(knots, values, bc_type="natural")
    np.testing.assert_allclose(functions @ values[1:], theirs(x), atol=1e-10)
    # the penalty is the integral of the squared second derivative, which is a straight line between knots
    bend = theirs(knots, 2)
    whole = np.sum(np.diff(knots) * (bend[1:] ** 2 + bend[1:] * bend[:-1] + bend[:-1] ** 2) / 3)
    assert values[1:] @ penalty @ values[1:] == pytest.approx(whole)


def test_functions_are_orthonormal_the_straight_line_first() -> None:
    x = RNG.exponential(size=500)
    functions, roughness = basis(x[:, None])
    np.testing.assert_allclose(functions.T @ functions / 500, np.eye(KNOTS - 1), atol=1e-8)
    assert abs(np.corrcoef(functions[:, 0], x)[0, 1]) == pytest.approx(1)
    assert (np.diff(roughness) > 0).all()


@pytest.mark.parametrize(("levels", "functions"), [(1, 0), (2, 1), (3, 2)])
def test_a_parameter_of_few_values_has_as_many_functions_as_it_needs(levels: int, functions: int) -> None:
    column = np.arange(90.0) % levels
    assert basis(column[:, None]).roughness.size == functions


def losses(slope: int, curve: int, seed: int) -> tuple[float, float]:
    """Mean squared error out of fold, of the smooth regression and of least squares on the same functions."""
    rng, draws = np.random.default_rng(seed), 1000
    x, noise = rng.normal(size=(draws, 2)), rng.normal(size=draws)
    planted, folds = slope * x[:, 0] + curve * np.sin(2 * x[:, 1]), np.arange(draws) % 5
    smooth = fitted_out_of_fold(basis(x), (planted + noise)[:, None], folds)[:, 0]
    design, plain = np.column_stack([np.ones(draws), basis(x).functions]), np.empty(draws)
    for fold in range(5):
        rest = folds != fold
        own = design[rest]
        plain[~rest] = design[~rest] @ np.linalg.solve(own.T @ own, own.T @ (planted + noise)[rest])
    return float(np.mean((smooth - planted) ** 2)), float(np.mean((plain - planted) ** 2))


@pytest.mark.parametrize(("slope", "curve", "freedom"), [(0, 0, 5), (1, 0, 10), (1, 1, np.inf)])
def test_shrinkage_loses_less_than_least_squares(slope: int, curve: int, freedom: float) -> None:
    """Noise of variance 1 and n draws: d free coefficients lose d / n; what is straight needs few of the 38."""
    smooth, plain = np.array([losses(slope, curve, seed) for seed in range(10)]).T
    saved = plain - smooth
    assert saved.mean() > 3 * saved.std(ddof=1) / np.sqrt(saved.size)
    assert smooth.mean() - 3 * smooth.std(ddof=1) / np.sqrt(smooth.size) <= freedom / 1000


def test_values_that_differ_by_rounding_alone_are_one_knot() -> None:
    """A use that a cap holds at 0.8 in most draws; a rent that is 1.7 in all."""
    rng = np.random.default_rng(2)
    capped = np.minimum(rng.uniform(0.6, 1, 200), 0.8) * (1 + 1e-16 * rng.integers(-2, 3, 200))
    assert len(np.unique(capped[capped > 0.79999])) > 1
    found = basis(np.stack([capped, 1.7 * (1 + 1e-16 * rng.integers(-2, 3, 200))], axis=-1))
    assert np.isfinite(found.functions).all() and np.abs(found.functions).max() < 100
    assert found.roughness.size == basis(np.minimum(capped, 0.8)[:, None]).roughness.size
