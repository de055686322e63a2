"""Shapley values: the axioms that define them, and the mean over all orders of the parts."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from sim.decision.shapley import contributions, shapley, subsets
from sim.parameters import Array

PARTS, DRAWS = 4, 50


def game(seed: int = 0) -> Array:
    """Values of every subset in every draw, without any order in them."""
    return np.random.default_rng(seed).normal(size=(DRAWS, 1 << PARTS))


def column(parts: set[int]) -> int:
    """The column of a subset."""
    return sum(1 << part for part in parts)


def test_the_parts_sum_to_the_whole_less_nothing_in_every_draw() -> None:
    values = game()
    np.testing.assert_allclose(shapley(values).sum(axis=1), values[:, -1] - values[:, 0], rtol=0, atol=1e-13)


def test_it_is_the_mean_gain_over_all_orders_of_joining() -> None:
    values, gains = game(), np.zeros((DRAWS, PARTS))
    orders = list(permutations(range(PARTS)))
    for order in orders:
        joined: set[int] = set()
        for part in order:
            gains[:, part] += values[:, column({*joined, part})] - values[:, column(joined)]
            joined.add(part)
    np.testing.assert_allclose(shapley(values), gains / len(orders), atol=1e-13)


def test_a_part_that_adds_nothing_gets_nothing() -> None:
    values = game()
    dummy = 2
    for subset in subsets(PARTS):
        values[:, column({*subset, dummy})] = values[:, column({*subset} - {dummy})]
    np.testing.assert_array_equal(shapley(values)[:, dummy], 0)


def test_two_parts_that_do_the_same_get_the_same() -> None:
    values = game()
    for subset in subsets(PARTS):
        if 0 in subset and 1 not in subset:
            values[:, column({*subset, 1} - {0})] = values[:, column({*subset})]
    each = shapley(values)
    np.testing.assert_allclose(each[:, 0], each[:, 1], atol=1e-13)


def test_the_value_of_a_sum_is_the_sum_of_values() -> None:
    np.testing.assert_allclose(shapley(game(0) + game(1)), shapley(game(0)) + shapley(game(1)), atol=1e-13)


def test_the_whole_of_one_part_is_its_own() -> None:
    assert shapley(np.array([[1.0, 5.0]])).tolist() == [[4.0]]


def test_the_summary_is_that_of_the_draws() -> None:
    values = game()
    each, found = shapley(values), contributions(values)
    assert found.mean.sum() == pytest.approx(float((values[:, -1] - values[:, 0]).mean()), abs=1e-13)
    np.testing.assert_allclose(found.mean_error, each.std(axis=0, ddof=1) / np.sqrt(DRAWS))
    np.testing.assert_array_equal(found.median, np.median(each, axis=0))
    inside = ((each >= found.low) & (each <= found.high)).mean(axis=0)
    np.testing.assert_allclose(inside, 0.8, atol=1 / DRAWS)
    assert np.isnan(contributions(values[:1]).mean_error).all()


@pytest.mark.parametrize("columns", [1, 3, 6])
def test_columns_that_are_no_subsets_are_refused(columns: int) -> None:
    with pytest.raises(
        ValueError, match=f"values has {columns} columns: must be a power of two, one for each subset of the parts"
    ):
        shapley(np.ones((2, columns)))
