"""The central case stands in the middle of its draws in every headline outcome, or a note says where it does not."""

import re

import numpy as np
import pytest

import sim
from sim.comparison.centre import FEWEST_DRAWS, percentile
from sim.comparison.table import notes
from sim.mechanisms.sampling import held
from sim.outcomes import BY_NAME, HEADLINE
from sim.scenario import names

DRAWS = 64


@pytest.mark.parametrize("name", names())
def test_the_notes_name_every_central_case_that_is_not_in_the_middle(name):
    """From the table of every draw: at least 35 % of the draws are as high, at least 35 % as low, to one draw."""
    comparison = sim.compare(name, draws=DRAWS, queue=False)
    lines, one = notes(comparison), 1 / DRAWS
    for result in comparison.results.values():
        opening = f"{result.label}: the central case is outside the middle of the draws"
        noted = " ".join(line for line in lines if line.startswith(opening))
        for outcome in HEADLINE:
            values = result.totals[outcome]
            drawn = values[1:][np.isfinite(values[1:])]
            if not np.isfinite(values[0]) or drawn.size < FEWEST_DRAWS:
                continue
            slack = 1e-9 * abs(values[0])
            below, above = (drawn <= values[0] + slack).mean(), (drawn >= values[0] - slack).mean()
            said = re.search(rf"[.;] {re.escape(BY_NAME[outcome].label)}: [a-z]", noted) is not None
            if min(below, above) < 0.35 - one:
                assert said, f"{result.label}, {outcome}: {below:.0%} of the draws are lower, {above:.0%} are higher"
            if min(below, above) > 0.35 + one:
                assert not said, f"{result.label}, {outcome}"


@pytest.mark.parametrize(
    ("centre", "place"), [(50, None), (36, None), (65, None), (30, 29), (80, 79), (200, 100), (float("nan"), None)]
)
def test_the_middle_is_between_the_35th_and_the_65th_percentile(centre, place):
    found = percentile(np.array([centre, *range(1, 101)], dtype=float))
    assert found == (place if place is None else pytest.approx(place))


def test_few_draws_say_nothing_about_the_middle():
    assert percentile(np.array([100.0, *range(FEWEST_DRAWS - 1)])) is None


def test_a_note_says_how_many_numbers_the_draws_vary():
    for draw in ("headline", "arguments", "all"):
        comparison = sim.compare("small_country", draws=2, draw=draw, queue=False)
        [line] = [line for line in notes(comparison) if line.startswith("Draws vary")]
        counts = [int(number) for number in re.findall(r"\d+", line)]
        assert counts[-1] - counts[0] == len(held(draw))
        assert ("--draw all" in line) == (draw != "all")
    assert not any(line.startswith("Draws vary") for line in notes(sim.compare("small_country", queue=False)))
