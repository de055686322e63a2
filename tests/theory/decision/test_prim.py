"""Boxes of PRIM: planted ones are found again, noise holds none, and every figure is what a count gives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from sim.decision.peeling import inside, paste, quasi_p, significant
from sim.decision.prim import Box, boxes, inside_box
from sim.parameters import Array

NAMES = ("a", "b", "c", "d", "e", "f")


def uniform(draws: int, seed: int) -> tuple[Array, np.random.Generator]:
    """Draws of six parameters, and the generator for what is to follow."""
    rng = np.random.default_rng(seed)
    return rng.random((draws, len(NAMES))), rng


def ends(box: Box) -> dict[tuple[str, str], float]:
    """Every end of a box by its parameter and side."""
    sides = [((one.parameter, side), getattr(one, side)) for one in box.limits for side in ("low", "high")]
    return {key: value for key, value in sides if value is not None}


def near(found: dict[tuple[str, str], float], planted: dict[tuple[str, str], float], draws_inside: int) -> bool:
    """Same ends, none further off than a few draws: those in a box lie 1 / draws of its width apart."""
    return found.keys() == planted.keys() and all(abs(found[key] - planted[key]) <= 10 / draws_inside for key in found)


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_box_is_found(seed: int) -> None:
    x, _ = uniform(2000, seed)
    cases = (x[:, 0] < 0.4) & (x[:, 2] > 0.6)
    (box,) = boxes(x, cases, NAMES)
    assert box.coverage >= 0.95 and box.density >= 0.95 and box.held_out_density >= 0.95
    assert near(ends(box), {("a", "high"): 0.4, ("c", "low"): 0.6}, int(cases.sum()))
    assert all(max(limit.low_p or 0, limit.high_p or 0) < 1e-6 for limit in box.limits)


def test_a_box_within_four_ends_is_found() -> None:
    x, _ = uniform(4000, 3)
    cases = (abs(x[:, 1] - 0.5) < 0.25) & (abs(x[:, 4] - 0.4) < 0.3)
    (box,) = boxes(x, cases, NAMES)
    assert box.coverage >= 0.95 and box.density >= 0.95
    planted = {("b", "low"): 0.25, ("b", "high"): 0.75, ("e", "low"): 0.1, ("e", "high"): 0.7}
    assert near(ends(box), planted, int(cases.sum()))


@pytest.mark.parametrize("third", [True, False])
def test_two_planted_boxes_are_found_one_after_the_other(third: bool) -> None:
    """Cases at both ends of the first parameter and none between: peeling alone stays in the middle of them."""
    x, _ = uniform(3000, 4)
    one = (x[:, 0] < 0.3) & (x[:, 2] > 0.6)
    other = (x[:, 0] > 0.7) & (x[:, 4] < 0.6) & (x[:, 2] < 0.4 if third else True)
    found = boxes(x, one | other, NAMES)
    assert len(found) == 2 and all(box.density >= 0.95 for box in found)
    held = np.array([inside_box(box, x, NAMES) for box in found])
    for planted in (one, other):
        assert max((held & planted).sum(axis=1)) >= 0.95 * planted.sum()
    assert sum(box.coverage for box in found) >= 0.95


def test_cases_that_some_draws_miss_by_chance_leave_the_same_box() -> None:
    """One draw in ten is turned over; all of a box's draws but these are cases, within three standard errors."""
    x, rng = uniform(2000, 5)
    planted = (x[:, 0] < 0.4) & (x[:, 2] > 0.6)
    cases = planted ^ (rng.random(2000) < 0.1)
    box = boxes(x, cases, NAMES)[0]
    assert {one.parameter for one in box.limits} == {"a", "c"}
    error = np.sqrt(0.9 * 0.1 / planted.sum())
    assert abs(box.density - 0.9) <= 3 * error and abs(box.held_out_density - 0.9) <= 3 * error
    assert (inside_box(box, x, NAMES) & planted).sum() >= 0.95 * planted.sum()


def false_boxes(draws: int, parameters: int, share: float, replications: int) -> float:
    """In how many of so many samples of pure noise a box is found."""
    found = 0
    for seed in range(replications):
        rng = np.random.default_rng(seed)
        x, cases = rng.random((draws, parameters)), rng.random(draws) < share
        found += bool(boxes(x, cases, [f"{n}" for n in range(parameters)]))
    return found / replications


def test_noise_holds_no_box() -> None:
    assert false_boxes(200, 4, 0.3, 20) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 20)


@pytest.mark.slow
@pytest.mark.parametrize(("draws", "parameters", "share"), [(200, 4, 0.7), (400, 10, 0.1), (400, 30, 0.3)])
def test_noise_of_many_parameters_holds_no_box(draws: int, parameters: int, share: float) -> None:
    assert false_boxes(draws, parameters, share, 100) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 100)


def test_figures_of_a_box_are_counts() -> None:
    x, rng = uniform(1000, 6)
    cases = (x[:, 3] > 0.5) & (rng.random(1000) < 0.8)
    box = boxes(x, cases, NAMES)[0]
    held = inside_box(box, x, NAMES)
    assert box.coverage == cases[held].sum() / cases.sum()
    assert box.density == cases[held].mean() and box.mass_share == held.mean()


@pytest.mark.parametrize("least_mass", [0.1, 0.6])
def test_a_box_holds_the_mass_that_is_asked_for(least_mass: float) -> None:
    x, _ = uniform(600, 10)
    (box,) = boxes(x, (x[:, 0] < 0.3) & (x[:, 1] < 0.8), NAMES, most=1, least_mass=least_mass)
    assert box.mass_share >= least_mass


def test_quasi_p_values_are_of_the_box_without_the_end() -> None:
    """Bryant and Lempert: chance of as many cases from the density that the box has without this end."""
    x, cases = np.arange(10.0)[:, None], np.arange(10) >= 6
    p = quasi_p(x, cases, np.array([[4.5], [np.inf]]))
    assert p[0, 0] == pytest.approx(binom.sf(3, 5, 0.4)) and np.isnan(p[1, 0])


def test_an_end_that_does_nothing_is_dropped_and_the_others_stay() -> None:
    x, _ = uniform(1000, 7)
    box = np.full((2, len(NAMES)), [[-np.inf], [np.inf]])
    box[0, 0], box[1, 1] = 0.5, 0.9
    left = significant(x, x[:, 0] > 0.5, box, 0.05)
    assert np.isinf(left[1]).all() and left[0].tolist() == [0.5, *[-np.inf] * 5]


def test_pasting_moves_an_end_to_where_cases_begin() -> None:
    x = np.linspace(0, 1, 101)[:, None]
    cases = x[:, 0] > 0.505
    for start in (0.2, 0.7):
        moved = paste(x, cases, np.array([[start], [np.inf]]), 0.8, 5)
        assert (inside(x, moved) == cases).all()


def test_a_choice_of_one_of_three_is_cut_between_its_values() -> None:
    x, rng = uniform(1500, 8)
    x[:, 1] = rng.integers(0, 3, 1500)
    (box,) = boxes(x, x[:, 1] == 2, NAMES)
    assert ends(box) == {("b", "low"): 1.5} and box.coverage == box.density == 1


def test_scales_of_parameters_make_no_difference() -> None:
    x, _ = uniform(800, 9)
    cases = (x[:, 0] < 0.4) & (x[:, 5] > 0.3)
    plain, other = boxes(x, cases, NAMES)[0], boxes(np.exp(3 * x) * 1e6, cases, NAMES)[0]
    assert (inside_box(plain, x, NAMES) == inside_box(other, np.exp(3 * x) * 1e6, NAMES)).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda x: boxes(x, np.zeros(len(x), bool), NAMES), "number of cases = 0: must be between 0 and 50"),
        (lambda x: boxes(x, np.ones(40, bool), NAMES), "50 and 40 rows: must be the same draws on both sides"),
        (lambda x: boxes(x, x[:, 0] > 0.5, NAMES[1:]), "5 names for 6 parameters: must be as many"),
        (lambda x: boxes(x, x[:, 0] > 0.5, NAMES, least_density=1.2), "least_density = 1.2: must be between 0 and 1"),
    ],
)
def test_what_holds_no_boxes_is_refused_in_a_sentence(call, says) -> None:
    with pytest.raises(ValueError, match=says):
        call(uniform(50, 0)[0])
