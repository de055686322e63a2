"""The chart of a mix: its bars are the numbers, it is whole on its sheet, and readable in grey."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from scipy.stats import norm

from sim.charts.mix import mix_contributions as draw
from sim.charts.mix import source
from sim.charts.sheet import drawable
from sim.decision.contributions import ALONE, CONTRIBUTES, LAST, MIX, MixContributions, mix_contributions
from sim.scenario import load
from tests.contract.sheets import check_sheet

SHARES = {
    f"portfolio.{name}_share": 0.25 for name in ("public_cluster", "cloud_credits", "research_grants", "domestic_fab")
}
CASES = ("plain", "points", "many", "hostile", "nothing")


@pytest.fixture(scope="module")
def mixes() -> dict[str, MixContributions]:
    """Mixes of two and four instruments, some of which take away; one with long words, and one that adds nothing."""
    two, four = load("isambard_ai_uk"), load("isambard_ai_uk", SHARES)
    many = mix_contributions(four, draws=20)
    options = tuple(replace(each, label="A label as long as labels may be, W$_2$ " + "W" * 20) for each in four.options)
    hostile = replace(four, title="Costs $5_m$ <b> \u4e2d " + "W" * 150 + " and so on" * 20, options=options)
    return {
        "plain": mix_contributions(two, draws=20),
        "points": mix_contributions(two, yardstick="need_met", draws=20, rest="pro_rata"),
        "many": many,
        "hostile": replace(many, scenario=hostile),
        "nothing": replace(many, values=np.zeros_like(many.values)),
    }


@pytest.fixture(scope="module")
def figures(mixes: dict[str, MixContributions]) -> dict[str, Figure]:
    """Each case, drawn once."""
    found = {case: draw(mixes[case]) for case in CASES}
    for figure in found.values():
        FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    return found


def panel(figure: Figure) -> Axes:
    """The axes that hold the chart."""
    (axes,) = [axes for axes in figure.axes if axes.get_label() != "key"]
    return axes


def bars(figure: Figure, label: str) -> list[BarContainer]:
    """Bars of this label, from the top to the bottom."""
    return [each for each in panel(figure).containers if each.get_label() == label]


@pytest.mark.parametrize("case", CASES)
def test_bars_and_whiskers_are_the_numbers(mixes, figures, case) -> None:
    frame, figure = mixes[case].table, figures[case]
    for measure in (CONTRIBUTES, ALONE, LAST):
        drawn = [bar[0] for bar in bars(figure, measure)]
        assert [bar.get_x() + bar.get_width() for bar in drawn] == pytest.approx(
            list(frame[frame.measure == measure]["mean"])
        )
    ranges = sorted(tuple(line.get_xdata()) for line in panel(figure).lines if line.get_label() == "range")
    expected = frame[frame.high > frame.low][["low", "high"]].to_numpy()
    np.testing.assert_allclose(np.array(ranges).reshape(-1, 2), np.array(sorted(map(tuple, expected))).reshape(-1, 2))


@pytest.mark.parametrize("case", CASES)
def test_the_stack_is_as_long_as_the_mix(mixes, figures, case) -> None:
    frame = mixes[case].table
    stack = [bar[0] for bar in bars(figures[case], "stack")]
    assert len(stack) == len(mixes[case].parts)
    assert sum(bar.get_width() for bar in stack) == pytest.approx(frame[frame.measure == MIX]["mean"].item())
    for sign in (1, -1):  # those above zero follow one another to the right, those below it to the left
        ends = [0.0] + [bar.get_x() + bar.get_width() for bar in stack if sign * bar.get_width() > 0]
        starts = [bar.get_x() for bar in stack if sign * bar.get_width() > 0]
        assert starts == pytest.approx(ends[: len(starts)])


@pytest.mark.parametrize("case", CASES)
def test_no_text_leaves_the_sheet_or_lies_on_another_and_none_is_small(figures, case) -> None:
    figure = figures[case]
    check_sheet(figure)


def test_bars_of_an_instrument_and_segments_of_the_stack_are_told_apart_without_colour(figures) -> None:
    figure = figures["many"]
    looks = {
        (bars(figure, name)[0][0].get_facecolor(), bars(figure, name)[0][0].get_hatch())
        for name in (CONTRIBUTES, ALONE, LAST)
    }
    assert len(looks) == 3
    stack = [(bar[0].get_facecolor(), bar[0].get_hatch()) for bar in bars(figure, "stack")]
    own = [(bar[0].get_facecolor(), bar[0].get_hatch()) for bar in bars(figure, CONTRIBUTES)]
    assert stack == own and len(set(stack)) == len(stack)


@pytest.mark.parametrize("case", CASES)
def test_the_title_says_who_contributes_most_or_that_chance_may_explain_it(mixes, figures, case) -> None:
    """Means of contributions, and a one-sided test of the paired difference of the two largest."""
    said = {text.get_label(): text.get_text() for text in figures[case].texts}
    each = mixes[case].each
    assert len(said["title"].splitlines()) <= 2
    title, below = (" ".join(said[part].split()) for part in ("title", "reading"))
    assert below.startswith("What each instrument contributes to a mix, by ")
    best, second = np.argsort(-each.mean(axis=0))[:2]
    gap = each[:, best] - each[:, second]
    if not each.any():
        assert title == "Portfolio adds no FE-hours to doing nothing"
    elif gap.mean() <= norm.ppf(0.95) * gap.std(ddof=1) / np.sqrt(len(gap)):
        assert title.startswith("Too close to call which part of ")
    else:
        assert title.startswith(f"{mixes[case].labels[best]} contributes most to {drawable(mixes[case].label)[:9]}")


def test_the_chart_says_what_it_shows_of_which_run_and_how_sure_it_is(mixes, figures) -> None:
    found, figure = mixes["plain"], figures["plain"]
    words = " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
    assert found.run in words and source(found) in words and "the middle 80 % of the draws" in words
    assert "Assumption-graded inputs (D)" in words and "Shapley value" in words
    assert "FE-hours more than with doing nothing" in panel(figure).get_xlabel()
