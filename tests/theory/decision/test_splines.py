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


@pytest.mark.parametrize(("slope", "curve", "freedom"), [(0, 0, 10), (1, 0, 20), (1, 1, 60)])
def test_the_error_out_of_fold_is_little_more_than_the_noise(slope: int, curve: int, freedom: int) -> None:
    """Noise of variance 1 and n draws: d degrees of freedom add d / n, and only what bends needs most of 38 functions."""
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(1000, 2)), rng.normal(size=1000)
    planted = slope * x[:, 0] + curve * np.sin(2 * x[:, 1])
    fitted = fitted_out_of_fold(basis(x), (planted + noise)[:, None], np.arange(1000) % 5)[:, 0]
    assert np.mean((fitted - planted) ** 2) <= freedom / 1000
