"""The value of information: closed forms, bounds, and errors that cover by replication."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from sim.decision.information import information_of_each, knowing, partial_information, perfect_information
from sim.parameters import Array

EVPI, EVPPI_OF_X = 0.4698, 0.3069  # net benefit {0, x + y}, x ~ N(0, 1), y ~ N(0.2, 1)
ROUNDING = 5e-5  # of these


def linear(draws: int, seed: int) -> tuple[Array, Array]:
    """Parameters x, y and one that does nothing; values of the two options."""
    x = np.random.default_rng(seed).normal([0, 0.2, 0], size=(draws, 3))
    return x, np.column_stack([np.zeros(draws), x[:, 0] + x[:, 1]])


def unit_loss(gap: float, spread: float) -> float:
    """E max(0, z) of z ~ N(-gap, spread): what it is worth to know a normal difference."""
    return float(spread * norm.pdf(gap / spread) - gap * norm.sf(gap / spread))


def test_the_closed_forms_are_those_of_the_normal_loss() -> None:
    assert pytest.approx((EVPI, EVPPI_OF_X), abs=ROUNDING) == (unit_loss(0.2, np.sqrt(2)), unit_loss(0.2, 1))


def test_knowing_everything_in_the_linear_case() -> None:
    found = perfect_information(linear(100_000, 0)[1])
    assert abs(found.value - EVPI) <= 2.6 * found.standard_error and found.different_from_zero
    gap = np.random.default_rng(0).normal(1, 2, 100_000)
    known = perfect_information(np.column_stack([gap, np.zeros_like(gap)]))
    assert abs(known.value - 0.395593) <= 2.6 * known.standard_error


def test_errors_cover_and_what_does_nothing_is_worth_nothing() -> None:
    """x, and nothing: 95 % intervals hold the closed form, and the idle parameter is seen as such."""
    replications = 200
    found = [information_of_each(values, x[:, [0, 2]]) for x, values in (linear(512, n) for n in range(replications))]
    covered = np.mean([abs(x.value - EVPPI_OF_X) <= 1.96 * x.standard_error for x, _ in found])
    error = np.sqrt(0.05 * 0.95 / replications)
    assert 0.95 - 3 * error <= covered
    assert np.mean([idle.different_from_zero for _, idle in found]) <= 0.05 + 3 * error
    assert all(x.different_from_zero for x, _ in found)
    spread = np.std([x.value for x, _ in found])  # the stated errors are as large as the values scatter
    assert np.mean([x.standard_error for x, _ in found]) == pytest.approx(spread, rel=4 / np.sqrt(2 * replications))


def test_knowing_a_number_changes_the_choice_as_often_as_it_crosses_the_point_of_indifference() -> None:
    """Without knowledge the second option is chosen; with x known the first where x < -0.2: in 42.07 % of worlds."""
    shares = np.array([knowing(values, x[:, 0]).changed_share for x, values in (linear(512, n) for n in range(60))])
    assert abs(shares.mean() - norm.cdf(-0.2)) <= 3 * shares.std(ddof=1) / np.sqrt(shares.size)


def test_no_knowledge_changes_the_choice_of_an_option_that_is_always_the_best() -> None:
    x, values = linear(512, 0)
    ahead = np.column_stack([values, values.max(axis=1) + 1])
    assert knowing(ahead, x[:, 0]).changed_share == 0
    # the same option under two names is no other choice
    assert knowing(np.column_stack([values[:, 0], values[:, 0]]), x[:, 0]).changed_share == 0


@pytest.mark.slow
@pytest.mark.parametrize(("gap", "parameters"), [(0.0, 1), (0.1, 1), (0.5, 1), (0.0, 5)])
def test_equal_options_do_not_make_noise_worth_knowing(gap: float, parameters: int) -> None:
    replications = 200
    flagged = []
    for n in range(replications):
        rng = np.random.default_rng(n)
        values = np.column_stack([np.zeros(400), gap + rng.normal(size=400)])
        flagged.append(partial_information(values, rng.random((400, parameters))).different_from_zero)
    assert np.mean(flagged) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replications)


def curved(u: Array) -> Array:
    """Twice up and down: no straight line has anything of it."""
    return np.asarray(np.sin(4 * np.pi * u))


@pytest.mark.parametrize("draws", [512, 4096])
def test_a_curve_is_worth_what_it_is(draws: int) -> None:
    """E max(0, sin) = 1 / pi, whatever noise others add; a downward error of 0.4 standard errors is allowed for."""
    rng = np.random.default_rng(1)
    u = rng.random(draws)
    found = partial_information(np.column_stack([np.zeros(draws), curved(u) + rng.normal(size=draws)]), u)
    assert -2.4 * found.standard_error <= found.value - 1 / np.pi <= 2 * found.standard_error


def test_two_parameters_that_matter_only_together() -> None:
    """E max(0, x y) = 1 / pi for independent normal x and y; either alone is worth nothing."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(2048, 2))
    values = np.column_stack([np.zeros(2048), x[:, 0] * x[:, 1] + rng.normal(size=2048)])
    both = partial_information(values, x)
    assert -2.4 * both.standard_error <= both.value - 1 / np.pi <= 2 * both.standard_error
    assert not any(alone.different_from_zero for alone in information_of_each(values, x))


def test_a_choice_of_one_of_two_is_a_parameter_too() -> None:
    rng = np.random.default_rng(3)
    u = rng.integers(0, 2, 2000).astype(float)
    found = partial_information(np.column_stack([np.zeros(2000), u - 0.4 + rng.normal(size=2000)]), u)
    assert abs(found.value - 0.2) <= 2.6 * found.standard_error


@pytest.mark.parametrize("seed", range(5))
def test_no_part_is_worth_more_than_all_and_all_parameters_are_worth_all(seed: int) -> None:
    x, values = linear(1000, seed)
    everything = perfect_information(values)
    assert all(0 <= one.value <= everything.value for one in information_of_each(values, x))
    assert abs(partial_information(values, x).value - everything.value) <= everything.standard_error


def test_a_sample_of_a_parameter_is_worth_less_than_the_parameter_and_more_the_larger_it_is() -> None:
    """EVSI: the posterior mean of x from n observations has variance n / (n + 1); its value is that of knowing it."""
    x, values = linear(4096, 7)
    rng = np.random.default_rng(8)
    for observations in (1, 4, 16):
        summary = x[:, 0] + rng.normal(size=len(x)) / np.sqrt(observations)
        found = partial_information(values, summary)
        expected = unit_loss(0.2, np.sqrt(observations / (observations + 1)))
        assert abs(found.value - expected) <= 2.6 * found.standard_error


def test_units_and_common_amounts_make_no_difference() -> None:
    x, values = linear(600, 9)
    plain = partial_information(values, x[:, 0])
    other = partial_information(1e6 * (values + x[:, [2]]), 1e-3 * x[:, 0] + 5)
    assert other.value == pytest.approx(1e6 * plain.value) and other.standard_error == pytest.approx(
        1e6 * plain.standard_error
    )


def test_a_constant_is_no_knowledge_and_one_option_leaves_no_choice() -> None:
    _, values = linear(600, 10)
    nothing = partial_information(values, np.ones(600))
    assert (nothing.value, nothing.standard_error, nothing.different_from_zero) == (0, 0, False)
    assert perfect_information(values[:, :1]).value == 0


@pytest.mark.parametrize(
    ("values", "known", "says"),
    [
        (np.ones((40, 2)), np.ones(40), "values has 40 rows: must have at least 50"),
        (np.ones((60, 2)), np.ones(50), "60 and 50 rows: must be the same draws on both sides"),
        (np.full((60, 2), np.nan), np.ones(60), r"values\[0, 0\] = nan: must be a finite number"),
    ],
)
def test_what_is_worth_nothing_knowable_is_refused(values: Array, known: Array, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        partial_information(values, known)
