"""Turning values: planted changes of sign are found on either side, none is invented, and all numbers at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.decision.turning import search_grid, turning_values

GRID = search_grid(0.0, 1.0, 2.0, 4.0, 10.0)


def found(function, grid=GRID, centre=2.0, sign=1):
    """Turning values of one number."""
    (turns,) = turning_values(lambda numbers, values: function(values), [grid], [centre], sign)
    return turns


@pytest.mark.parametrize("root", [0.3, 1.5, 2.1, 3.9, 7.0])
def test_a_planted_root_is_found(root):
    (value,) = found(lambda x: (x - root) * np.sign(2.0 - root)).values
    assert value == pytest.approx(root, rel=1e-6)


def test_roots_on_both_sides_are_found_and_only_the_nearest_of_each():
    turns = found(lambda x: np.cos(np.pi * (x - 2)), grid=np.linspace(-4, 8, 49))
    assert turns.values == pytest.approx((1.5, 2.5), abs=1e-3)


def test_a_jump_is_found_to_a_part_of_the_grid():
    (value,) = found(lambda x: np.where(x < 6.3, 1.0, -1.0)).values
    assert value == pytest.approx(6.3, abs=0.05)


def test_what_never_changes_sign_has_no_value():
    """Nothing at all, one sign throughout, nothing to be seen beyond some value, no value there."""
    assert found(lambda x: np.ones_like(x)).values == ()
    assert found(lambda x: 1 + x).values == ()
    assert found(lambda x: np.maximum(3 - x, 0)).values == ()
    assert found(lambda x: np.where(x < 3, 1.0, np.nan)).values == ()


def test_what_has_no_effect_does_not_move():
    assert not found(lambda x: np.ones_like(x)).moves
    assert found(lambda x: 1 + x).moves


def test_a_missing_value_in_between_hides_no_change():
    (value,) = found(lambda x: np.where(x < 3, 1.0, np.where(x < 5, np.nan, -1.0))).values
    assert 4.5 < value <= 5.5


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(1.0, 8.0))
def test_a_jump_is_found_as_closely_as_a_root(place):
    """Where no straight line leads to it: within a hundredth of its distance from the centre."""
    (turns,) = turning_values(lambda numbers, x: np.where(x < place, 3.0, -1.0), [GRID], [0.0], 1)
    assert turns.values == (pytest.approx(place, rel=0.011),)


def test_many_numbers_are_searched_in_three_calls():
    calls = []

    def gaps(numbers, values):
        calls.append(len(values))
        return np.array([1.5, 3.0, 100.0])[numbers] - values

    turns = turning_values(gaps, [GRID] * 3, [0.0, 0.0, 0.0], 1)
    assert [each.values for each in turns] == [(pytest.approx(1.5),), (pytest.approx(3.0),), ()]
    assert len(calls) == 3


def test_with_the_other_sign_at_the_centre_the_same_root_is_found():
    assert found(lambda x: x - 3.0, sign=-1).values == found(lambda x: 3.0 - x).values


ends = st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=5).map(sorted)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(ends)
def test_a_grid_ascends_from_floor_to_ceiling_and_holds_the_ends_of_the_plausible_range(five):
    grid = search_grid(*five)
    assert (np.diff(grid) > 0).all() and (grid[0], grid[-1]) == (five[0], five[-1])
    assert set(five) <= set(grid.tolist())
