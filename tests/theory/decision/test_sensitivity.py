"""Sensitivity: the analysers against functions whose effects and indices are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from sim.decision.sensitivity import Indices, NotConverged, morris_effects, morris_points, sobol_indices, sobol_points
from sim.parameters import HIGH_SHARE, LOW_SHARE, Array

ISHIGAMI_FIRST, ISHIGAMI_TOTAL = np.array([0.3139, 0.4424, 0]), np.array([0.5576, 0.4424, 0.2437])  # a = 7, b = 0.1
ROUNDING = 5e-5  # of these
COEFFICIENTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])


def ishigami(u: Array) -> Array:
    """Ishigami and Homma's function of three uniform angles."""
    x = np.pi * (2 * u - 1)
    return np.asarray(np.sin(x[:, 0]) * (1 + 0.1 * x[:, 2] ** 4) + 7 * np.sin(x[:, 1]) ** 2)


def sobol_g(u: Array) -> Array:
    """Sobol's G: a product of |4 u - 2| + a over 1 + a."""
    return np.asarray(np.prod((np.abs(4 * u - 2) + COEFFICIENTS) / (1 + COEFFICIENTS), axis=1))


def g_indices() -> tuple[Array, Array]:
    """First and total indices of G: parts of variance V = 1 / (3 (1 + a)^2) multiply."""
    part = 1 / (3 * (1 + COEFFICIENTS) ** 2)
    whole = np.prod(1 + part) - 1
    return part / whole, part * np.prod(1 + part) / (1 + part) / whole


@pytest.mark.parametrize(
    ("function", "first", "total", "base"),
    [(ishigami, ISHIGAMI_FIRST, ISHIGAMI_TOTAL, 4096), (sobol_g, *g_indices(), 4096)],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_indices_of_known_functions_lie_in_their_own_intervals(function, first, total, base, seed) -> None:
    points = sobol_points(first.size, base, seed)
    found = sobol_indices(function(points), first.size, seed)
    assert isinstance(found, Indices) and found.widest < found.limit
    assert (np.abs(found.first - first) <= found.first_half_width + ROUNDING).all()
    assert (np.abs(found.total - total) <= found.total_half_width + ROUNDING).all()


def test_indices_are_not_shown_before_they_have_converged() -> None:
    points = sobol_points(3, 64, 1)
    found = sobol_indices(ishigami(points), 3, 1)
    assert isinstance(found, NotConverged) and found.widest >= found.limit
    assert str(found).startswith("not converged: after 320 points the widest 95 % interval of a total index is ")
    assert isinstance(sobol_indices(ishigami(points), 3, 1, widest=2), Indices)


def test_the_interval_narrows_with_the_root_of_the_points() -> None:
    widths = [
        sobol_indices(ishigami(sobol_points(3, base, 1)), 3, 1, widest=2).widest for base in (256, 4096)
    ]  # sixteen times as many
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.4)


def test_effects_of_a_linear_function_are_its_slopes_over_the_range() -> None:
    points = morris_points(3, 10, 1)
    assert points.shape == (40, 3) and points.min() >= LOW_SHARE and points.max() <= HIGH_SHARE
    effects = morris_effects(points, points @ np.array([2.0, -1.0, 0.0]), 1)
    reach = HIGH_SHARE - LOW_SHARE
    np.testing.assert_allclose(effects.mean, [2 * reach, -reach, 0], atol=1e-12)
    np.testing.assert_allclose(effects.mean_absolute, [2 * reach, reach, 0], atol=1e-12)
    np.testing.assert_allclose([effects.spread, effects.half_width], 0, atol=1e-12)


def test_an_interaction_shows_as_spread() -> None:
    points = morris_points(3, 40, 2)
    effects = morris_effects(points, points[:, 0] * points[:, 1] + points[:, 2], 2)
    assert (effects.spread[:2] > 0.1).all() and effects.spread[2] < 1e-12
    reach = HIGH_SHARE - LOW_SHARE  # the mean effect of a product is half of the reach, by symmetry of the grid
    assert (np.abs(effects.mean_absolute[:2] - reach / 2) <= effects.half_width[:2]).all()


def test_points_repeat_with_their_seed() -> None:
    for points in (sobol_points, morris_points):
        np.testing.assert_array_equal(points(4, 8, 3), points(4, 8, 3))
        assert not np.array_equal(points(4, 8, 3), points(4, 8, 4))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: sobol_points(3, 1000, 1), "base = 1000: must be a power of two, the nearest is 1024"),
        (lambda: sobol_points(0, 8, 1), "parameters = 0: must be between 0 and inf, ends left out"),
        (lambda: sobol_indices(np.arange(9.0), 3, 1), "9 values: must be a multiple of 5, the parameters and two"),
        (lambda: sobol_indices(np.ones(10), 3, 1), "values do not differ: nothing can be attributed to a parameter"),
        (lambda: sobol_indices(np.full(10, np.nan), 3, 1), r"values[0] = nan: must be a finite number"),
        (lambda: morris_points(3, 1, 1), "trajectories = 1: must be between 1 and inf, ends left out"),
        (
            lambda: morris_effects(np.ones((8, 3)), np.ones(7), 1),
            "7 values for 8 points of Morris' trajectories: must be as many",
        ),
    ],
)
def test_what_cannot_be_analysed_is_refused_in_a_sentence(call, says) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        call()
    assert str(error.value) == says
