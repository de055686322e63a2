"""The chart of a mix: its bars are the numbers, it is whole on its sheet, and readable in grey."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.charts.mix import mix_contributions as draw
from sim.charts.mix import source
from sim.charts.sheet import SIZE, WIDTH
from sim.decision.contributions import ALONE, CONTRIBUTES, LAST, MIX, MixContributions, mix_contributions
from sim.scenario import load

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
    renderer = figure.canvas.get_renderer()
    key = [axes for axes in figure.axes if not axes.axison]
    unseen = {text for axes in key for axis in (axes.xaxis, axes.yaxis) for text in axis.findobj(Text)}
    shown = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in unseen]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in shown]
    page = figure.bbox
    assert not [text for text, b in boxes if b.x0 < 0 or b.y0 < 0 or b.x1 > page.x1 or b.y1 > page.y1]
    crossing = [
        (a, b)
        for (a, one), (b, two) in combinations(boxes, 2)
        if min(one.x1, two.x1) - max(one.x0, two.x0) > 1 and min(one.y1, two.y1) - max(one.y0, two.y0) > 1
    ]
    assert not crossing
    assert figure.get_figwidth() == WIDTH and all(text.get_fontsize() >= SIZE for text in shown)


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


def test_the_chart_says_what_it_shows_of_which_run_and_how_sure_it_is(mixes, figures) -> None:
    found, figure = mixes["plain"], figures["plain"]
    words = " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
    assert found.run in words and source(found) in words and "the middle 80 % of the draws" in words
    assert "Assumption-graded inputs (D)" in words and "Shapley value" in words
    assert "FE-hours more than with doing nothing" in panel(figure).get_xlabel()
