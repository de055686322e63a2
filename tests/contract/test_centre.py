"""Tables show medians of the draws, and mark where the central case is outside their range."""

import re

import numpy as np
import pytest

import sim
from sim.comparison.centre import OUTSIDE, is_outside, outside
from sim.comparison.table import notes, texts
from sim.comparison.verdict import FEWEST_DRAWS
from sim.mechanisms.sampling import held
from sim.outcomes import HEADLINE
from sim.scenario import names

DRAWS = 64


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_a_mark_stands_where_the_central_case_is_outside_its_range(name):
    """From the table of every draw, by counting those below and above."""
    comparison = sim.compare(name, draws=DRAWS, queue=False)
    lines = notes(comparison)
    rows = {outcome: row[1:] for outcome, row in zip(HEADLINE, texts(comparison), strict=True)}
    for place, (key, result) in enumerate(comparison.results.items()):
        for outcome in HEADLINE:
            values = result.totals[outcome]
            drawn = values[1:][np.isfinite(values[1:])]
            if not np.isfinite(values[0]) or drawn.size < FEWEST_DRAWS:
                continue
            slack = 1e-9 * abs(values[0])
            fewer = min((drawn <= values[0] + slack).mean(), (drawn >= values[0] - slack).mean())
            assert (OUTSIDE in rows[outcome][place]) == (outcome in outside(comparison, key))
            if fewer < 0.1 - 1 / DRAWS:
                assert OUTSIDE in rows[outcome][place], f"{key}, {outcome}"
            if fewer > 0.1 + 1 / DRAWS:
                assert OUTSIDE not in rows[outcome][place], f"{key}, {outcome}"
    marked = any(OUTSIDE in cell for row in rows.values() for cell in row)
    assert any(line.startswith(OUTSIDE) for line in lines) == marked


def test_what_is_shown_is_the_median():
    comparison = sim.compare("small_country", draws=5, queue=False)
    shown = comparison.summary.set_index(["option", "outcome"])
    for key, result in comparison.results.items():
        values = result.totals["additional_fe_hours"]
        assert shown.value[key, "additional_fe_hours"] == sorted(values[1:])[2]
        assert shown.central[key, "additional_fe_hours"] == values[0]


@pytest.mark.parametrize(("centre", "found"), [(50, False), (9, True), (12, False), (95, True), (float("nan"), False)])
def test_outside_is_below_the_10th_or_above_the_90th_percentile(centre, found):
    assert is_outside(np.array([centre, *range(1, 101)], dtype=float)) == found


def test_few_draws_say_nothing_about_the_range():
    assert not is_outside(np.array([100.0, *range(FEWEST_DRAWS - 1)]))


def test_a_note_says_how_many_numbers_the_draws_vary():
    for draw in ("headline", "arguments", "all"):
        comparison = sim.compare("small_country", draws=2, draw=draw, queue=False)
        [line] = [line for line in notes(comparison) if line.startswith("Draws vary")]
        counts = [int(number) for number in re.findall(r"\d+", line)]
        assert counts[-1] - counts[0] == len(held(draw))
        assert ("--draw all" in line) == (draw != "all")
    assert not any(line.startswith("Draws vary") for line in notes(sim.compare("small_country", queue=False)))
