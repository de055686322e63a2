"""Charts of sweeps: what each shape asks for, true to the frame, whole on their sheet, and the same to the last byte.

Results are planted: totals of options are formulas, and whatever is said of them comes from the statistics of sweeps.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from scipy.stats import spearmanr

from sim.charts import sweeps
from sim.charts.cells import HATCH, looks
from sim.charts.sheet import SIZE, WIDTH, drawable
from sim.charts.sweeps import captions
from sim.charts.sweeps.coordinates import (
    coordinates,
    every_coordinate,
    grows_by_factors,
    labels,
    number_texts,
    tick_text,
)
from sim.charts.sweeps.lines import STYLES, apart
from sim.charts.sweeps.maps import grid_of
from sim.charts.sweeps.parallel import bundle_of, fanned, strength
from sim.charts.sweeps.view import View
from sim.formatting import format_count, format_typeset
from sim.outcomes import BY_NAME
from sim.scenario import load, with_settings
from sim.scenario.problems import Problems
from sim.scenario.storylines import storylines
from sim.sweeps.evaluation import Results
from sim.sweeps.parts import as_table
from sim.sweeps.plan import Plan, Run
from sim.sweeps.reader import read_plan
from sim.sweeps.results import SweepResults
from sim.sweeps.statistics import STATISTICS, statistics
from sim.version import __version__

DECLINE = {"path": "cloud.decline_per_year", "range": {"from": 0.05, "to": 0.35, "steps": 7}}
LIFE = {"path": "public_cluster.life_years", "values": [4, 5, 6]}
BUDGET = {"path": "budget.total", "values": [1e9, 2.6e9]}
SLIP = {"path": "procurement.slip_months", "values": [0, 6, 12]}
FINE = {"path": "public_cluster.life_years", "range": {"from": 2.0, "to": 10.0, "steps": 30}}
PRICES = {"path": "cloud.price_usd", "range": {"from": 1.0, "to": 4.0, "steps": 13}}
SWITCH = {"path": "public_cluster.refresh", "values": [True, False]}
WORDS = {"path": "money.normalisation", "values": ["equal_pv", "equal_hours", "as_entered"]}
STORIES = {"storylines": "all"}
OVER = ["cloud.decline_per_year", "cloud.price_usd", "hardware.doubling_years", "procurement.slip_months"]
FE, COST, MET = "additional_fe_hours", "cost_per_fe_hour", "need_met"
KEYS = ("do_nothing", "public_cluster", "cloud_credits", "research_grants", "domestic_fab", "portfolio")
Formula = Callable[[str, dict[str, Any], Run], float]
A4 = 9.7  # inches, the height of its text
HOSTILE = "Costs $5_m$ <b> \u4e2d " + "W" * 30


@cache
def base() -> Any:
    """The scenario of all plans."""
    return load("nairr_us")


def plan_of(*axes: dict[str, Any], outcome: str = FE, draws: int = 24, **settings: Any) -> Plan:
    """A plan with these axes."""
    table = {"title": "Falling rents", "question": "Who wins?", "scenario": "nairr_us", "draws": draws, **settings}
    return read_plan({**table, "outcomes": [outcome], "axis": list(axes)}, base(), "planted", Problems("planted"))


def crossing(key: str, values: dict[str, Any], run: Run) -> float:
    """Credits gain with the fall of rents, and pass machines where it is 0.1 a year and 0.02 for each year of life."""
    decline, life = values.get("cloud.decline_per_year", 0.19), values.get("public_cluster.life_years", 4.0)
    machine = 1.0 + 0.2 * life
    found = {"public_cluster": machine, "cloud_credits": 10 * decline, "research_grants": 0.3, "portfolio": 0.9}
    return 1e8 * found.get(key, 0.0)


def planted(
    plan: Plan, formula: Formula = crossing, spread: float = 0.2, failed: Any = (), absent: Any = ()
) -> SweepResults:
    """The results of a plan whose totals are a formula; draws spread those of credits alone, by factors."""
    runs = [run for run in map(plan.run, range(plan.runs)) if run.number not in absent]
    shocks = np.linspace(-1, 1, plan.draws) if plan.draws else np.array([])
    width = {"cloud_credits": np.append(1.0, 1 + spread * shocks)}
    good = [run for run in runs if run.number not in failed]
    name = plan.outcomes[0]
    totals = {
        key: np.array([formula(key, plan.values(run), run) for run in good]).reshape(-1, 1)
        * width.get(key, np.ones(1 + plan.draws))
        for key in KEYS
    }
    found = statistics(totals, BY_NAME[name], "do_nothing", "public_cluster") if good else {}
    rows = []
    for run in runs:
        if run.number in failed:
            rows.append(Results(run, "", {}, "ScenarioError: life_years = 99 is not possible"))
            continue
        at = good.index(run)
        columns = {each: [float(found[key][each][at]) for key in KEYS] for each in STATISTICS}
        rows.append(Results(run, "key", {"option": list(KEYS), "outcome": [name] * 6, "unit": ["-"] * 6, **columns}))
    return SweepResults(plan, as_table(plan, rows).to_pandas())


def hostile(results: SweepResults) -> SweepResults:
    """The same with the worst words that a file may hold."""
    labels = (HOSTILE[:60], "M" * 60, "Same", "Same", "A programme, phase one, of the agency " + "i" * 20, "x")
    options = tuple(replace(each, label=label) for each, label in zip(base().options, labels, strict=True))
    scenario = replace(results.plan.base, options=options, title=(HOSTILE + " and so on" * 50)[:500])
    axes = tuple(replace(axis, labels=tuple((path, HOSTILE) for path in axis.paths)) for axis in results.plan.axes)
    plan = replace(results.plan, base=scenario, axes=axes, title=HOSTILE + " and more" * 20, question=HOSTILE)
    return replace(results, plan=plan)


def by_turns(key: str, values: dict[str, Any], run: Run) -> float:
    """Every option is the best somewhere, no two neighbours the same."""
    return 1.0 + (KEYS[(5 * run.number) % 6] == key)


def some(key: str, values: dict[str, Any], run: Run) -> float:
    """No value below a fall of rents of 0.15, and none for doing nothing; less is better for credits."""
    known = values["cloud.decline_per_year"] > 0.15 and key not in ("do_nothing", "domestic_fab")
    return {"cloud_credits": 1.0}.get(key, 3.0) if known else float("nan")


def trembling(key: str, values: dict[str, Any], run: Run) -> float:
    """Each replication has higher machines than the one before."""
    return crossing(key, values, run) * (1 + 0.1 * run.replication * (key == "public_cluster"))


GROWING = {"path": "cloud.price_usd", "range": {"from": 0.5, "to": 20.0, "steps": 9, "scale": "log"}}
ZIPPED = {
    "zip": [{"path": "public_cluster.life_years", "values": [4, 5, 6]}, {**DECLINE, "values": [0.1, 0.2, 0.3]}]
}  # fmt: skip
del ZIPPED["zip"][1]["range"]
SOBOL = {"design": "sobol", "points": 16, "over": OVER}
MAKE: dict[str, Callable[[], SweepResults]] = {
    "one": lambda: planted(plan_of(DECLINE)),
    "central": lambda: planted(plan_of(DECLINE, draws=0)),
    "log": lambda: planted(plan_of(GROWING)),
    "storylines": lambda: planted(plan_of(STORIES), absent=[3]),
    "point": lambda: planted(plan_of({**DECLINE, "range": {"from": 0.2, "to": 0.21, "by": 0.1}})),
    "zip": lambda: planted(plan_of(ZIPPED)),
    "map": lambda: planted(plan_of(DECLINE, LIFE)),
    "fine": lambda: planted(plan_of({**DECLINE, "range": {"from": 0.05, "to": 0.35, "steps": 30}}, FINE)),
    "words": lambda: planted(plan_of(SWITCH, WORDS)),
    "turns": lambda: planted(plan_of(STORIES, DECLINE), by_turns),
    "three": lambda: planted(plan_of(LIFE, DECLINE, BUDGET)),
    "four": lambda: planted(plan_of(LIFE, DECLINE, BUDGET, SLIP)),
    "design": lambda: planted(plan_of(SOBOL)),
    "mixed": lambda: planted(plan_of(SOBOL, STORIES)),
    "lower": lambda: planted(plan_of(DECLINE, LIFE, outcome=COST), some),
    "lower_line": lambda: planted(plan_of(DECLINE, outcome=COST), some),
    "share": lambda: planted(plan_of(DECLINE, outcome=MET), lambda key, *_: 0.4 + 0.01 * len(key), spread=0.05),
    "neither": lambda: planted(plan_of(DECLINE, LIFE, outcome="outlay")),
    "gaps": lambda: planted(plan_of(DECLINE, LIFE), failed=[0, 4], absent=[20]),
    "gap_line": lambda: planted(plan_of(DECLINE), failed=[2]),
    "failed": lambda: planted(plan_of(DECLINE), failed=range(7)),
    "repeated": lambda: planted(plan_of(DECLINE, replications=3), trembling),
    "tiny": lambda: planted(plan_of(DECLINE), lambda *given: 1e-17 * crossing(*given)),
    "huge": lambda: planted(plan_of(DECLINE), lambda *given: 1e15 * crossing(*given)),
    "hostile_line": lambda: hostile(planted(plan_of(DECLINE))),
    "hostile_dots": lambda: hostile(planted(plan_of(STORIES))),
    "hostile_map": lambda: hostile(planted(plan_of(DECLINE, LIFE, BUDGET), by_turns)),
    "hostile_design": lambda: hostile(planted(plan_of(SOBOL), by_turns)),
}


@cache
def results(case: str) -> SweepResults:
    """The results of a case."""
    return MAKE[case]()


@cache
def figures(case: str) -> dict[str, Figure]:
    """The charts of a case, drawn once."""
    found = sweeps.figures(results(case))
    for figure in found.values():
        FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    return found


def view(case: str) -> View:
    """What the charts of a case are drawn from."""
    return View.of(results(case))


def panels(figure: Figure, label: str = "") -> list[Axes]:
    """The axes that hold a chart."""
    return [axes for axes in figure.axes if axes.get_label() != "key" and label in str(axes.get_label())]


def said(figure: Figure, part: str) -> str:
    """A paragraph of the sheet, its lines joined."""
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts if text.get_label() == part)


def stated(figure: Figure) -> str:
    """The result above a chart and what stands below it."""
    return f"{said(figure, 'title')}. {said(figure, 'reading')}"


def written(figure: Figure) -> list[Text]:
    """Every text that can be seen."""
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    hidden = [axis for axes in figure.axes if not axes.axison for axis in (axes.xaxis, axes.yaxis)]
    unseen = {text for axis in hidden for text in axis.findobj(Text)}
    return [text for text in found if text not in unseen]


def greyness(colour: str) -> float:
    """Lightness in grey."""
    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114)))


every_case = pytest.mark.parametrize("case", MAKE)

# ------------------------------------------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    ("case", "names"),
    [
        ("one", ["lines"]), ("zip", ["lines"]), ("storylines", ["dots"]), ("point", ["dots"]), ("map", ["winner_map"]),
        ("words", ["winner_map"]), ("three", ["winner_map"]), ("four", ["winner_map", "parallel"]),
        ("design", ["parallel"]), ("mixed", ["parallel"]),
    ],
)  # fmt: skip
def test_the_shape_of_a_sweep_asks_for_its_charts(case: str, names: list[str]) -> None:
    assert list(figures(case)) == names


def test_only_outcomes_that_were_kept_and_charts_that_exist_can_be_asked_for() -> None:
    with pytest.raises(
        ValueError, match="no outcome of this sweep 'additional_fe_hour'; did you mean 'additional_fe_hours'"
    ):
        sweeps.figures(results("one"), "additional_fe_hour")
    with pytest.raises(ValueError, match="no chart 'line'; did you mean 'lines'"):
        sweeps.data(results("one"), "line")


# ---------------------------------------------------------------------------------------------------------- the sheet


@every_case
def test_no_text_leaves_the_sheet_or_lies_on_another(case: str) -> None:
    for figure in figures(case).values():
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in written(figure)]
        page = figure.bbox
        assert not [text for text, b in boxes if b.x0 < 0 or b.y0 < 0 or b.x1 > page.x1 or b.y1 > page.y1]
        crossing = [
            (a, b)
            for (a, one), (b, two) in combinations(boxes, 2)
            if min(one.x1, two.x1) - max(one.x0, two.x0) > 1 and min(one.y1, two.y1) - max(one.y0, two.y0) > 1
        ]
        assert not crossing


@every_case
def test_a_chart_fits_a_page_and_says_where_it_comes_from(case: str) -> None:
    plan = results(case).plan
    for figure in figures(case).values():
        assert figure.get_figwidth() == WIDTH and figure.get_figheight() < (12 if "hostile" in case else A4)
        assert all(text.get_fontsize() >= SIZE for text in written(figure))
        topic = drawable(plan.title).replace(" ", "")
        assert said(figure, "reading").replace(" ", "").startswith(topic) and topic not in said(figure, "title")
        assert len(next(t for t in figure.texts if t.get_label() == "title").get_text().splitlines()) <= 2
        source = said(figure, "source")
        assert f"Heavy Press {__version__}, sweep {plan.digest}" in source
        assert format_count(plan.runs, "run") in source and ("no draws" in source) == (plan.draws == 0)
        assert f"seeds 1 to {plan.replications}" in source if plan.replications > 1 else "seed 1" in source


def test_looks_differ_in_grey() -> None:
    fills = [each.fill for each in looks(KEYS[:5]).values()]
    assert all(abs(greyness(a) - greyness(b)) > 0.1 for a, b in combinations(fills, 2))
    assert len({(each.fill, each.pattern) for each in looks(map(str, range(15))).values()}) == 15
    assert len({str(dashes) for dashes, _ in STYLES}) == len(STYLES)


# ------------------------------------------------------------------------------------------------ true to the numbers


@pytest.mark.parametrize("case", ["one", "central", "log", "lower_line", "gap_line", "repeated", "share"])
def test_lines_are_the_medians_and_bands_the_ranges(case: str) -> None:
    figure, frame = figures(case)["lines"], sweeps.data(results(case), "lines")
    (coordinate,) = view(case).coordinates
    lines = {line.get_label(): line for line in panels(figure)[0].lines}
    for key, rows in frame.groupby("option"):
        if rows["value"].notna().any():
            drawn = dict(zip(lines[key].get_xdata(), lines[key].get_ydata(), strict=True))
            shown = rows[coordinate.path] * (100 if coordinate.unit.startswith("%") else 1)
            assert [drawn[x] for x in shown] == pytest.approx(list(rows["value"]), nan_ok=True)
        else:
            assert key not in lines and view(case).labels[str(key)] in said(figure, "note")
    bands = [each for axes in panels(figure) for each in axes.collections if str(each.get_label()).startswith("band")]
    ranged = [key for key, rows in frame.groupby("option") if (rows["high"] > rows["low"]).any()]
    assert len(bands) == len(ranged)
    for band in bands:
        rows = frame[frame["option"] == str(band.get_label()).removeprefix("band ")].dropna(subset="low")
        ys = np.concatenate([path.vertices[:, 1] for path in band.get_paths()])
        assert (ys.min(), ys.max()) == pytest.approx((rows["low"].min(), rows["high"].max()))


def test_the_winner_changes_where_the_formula_says() -> None:
    """Machines of four years are passed where the fall of rents is 18 % a year: between 15 and 20 %."""
    figure = figures("central")["lines"]
    (change,) = (line for line in panels(figure)[0].lines if line.get_label() == "change")
    assert change.get_xdata()[0] == pytest.approx(17.5)
    assert "up to 15 % a year the best is NAIRR machines and from 20 % a year Cloud credits" in stated(figure)


def test_values_too_close_to_call_are_hatched_and_counted() -> None:
    """With a spread of a fifth, credits at 20 % a year lie between 1.6 and 2.4, machines at 1.8."""
    close = [point for point in view("one").points if view("one").at(point).close]
    hatched = [patch for patch in panels(figures("one")["lines"])[0].patches if patch.get_label() == "close"]
    assert close and len(hatched) == len(close)
    assert all(patch.get_hatch() == HATCH for patch in hatched)
    assert f"{len(close)} of 7 values" in stated(figures("one")["lines"])


@pytest.mark.parametrize(
    ("credits", "sentence"),
    [
        ([0.3, 0.3, 1, 1, 3, 3, 3], "up to 10 % a year the best is NAIRR machines and from 25 % a year Cloud credits; "
         "2 of 7"),
        ([1, 0.3, 1, 0.3, 3, 3, 1], "at 10 % a year the best is NAIRR machines, at 20 % a year NAIRR machines and from "
         "25 % a year to 30 % a year Cloud credits; 3 of 7 values are"),
        ([0.3, 0.3, 0.3, 1, 1, 1, 1], "up to 15 % a year the best is NAIRR machines; 4 of 7 values are too close"),
        ([1] * 7, "Who is the best is too close to call in every one of 7 values"),
        ([0.3] * 7, "The best is NAIRR machines in all 7 values."),
        ([0.3, 3] * 3 + [1], "The best changes 5 times; the best is Cloud credits in 3 of 7 values and NAIRR machines "
         "in 3; 1 is too close"),
    ],
)  # fmt: skip
def test_no_option_is_said_to_win_where_it_is_too_close_to_call(credits: list[float], sentence: str) -> None:
    """Credits yield so many times as much as machines, and a fifth more or less."""
    worth = dict(zip(np.linspace(0.05, 0.35, 7).round(2).tolist(), credits, strict=True))

    def formula(key: str, values: dict[str, Any], run: Run) -> float:
        return {"public_cluster": 1.0, "cloud_credits": worth[values[DECLINE["path"]]]}.get(key, 0.0)

    found = planted(plan_of(DECLINE), formula)
    assert [View.of(found).at(n).close for n in range(7)] == [each == 1 for each in credits]
    assert sentence in stated(sweeps.figures(found)["lines"])


def test_the_key_to_a_turn_says_what_changes_there() -> None:
    for case, words in (("one", "who is the best in the most worlds changes"), ("central", "the best option changes")):
        key = next(axes for axes in figures(case)["lines"].axes if axes.get_label() == "key")
        assert any(text.get_text().startswith(words) for text in key.texts)


def test_a_range_of_factors_has_a_logarithmic_scale() -> None:
    (axes, *_) = panels(figures("log")["lines"])
    assert axes.get_xscale() == "log" and "logarithmic" in said(figures("log")["lines"], "note")
    assert panels(figures("one")["lines"])[0].get_xscale() == "linear"


@pytest.mark.parametrize("case", ["storylines", "point", "hostile_dots"])
def test_dots_are_the_medians_in_the_order_of_the_plan(case: str) -> None:
    figure, frame = figures(case)["dots"], sweeps.data(results(case), "dots")
    lines = {line.get_label(): line for line in panels(figure)[0].lines}
    for key, rows in frame.groupby("option"):
        xs = np.asarray(lines[key].get_xdata(), dtype=float)
        assert list(xs[np.isfinite(xs)]) == list(rows["value"])
        assert list(lines[key].get_ydata()) == sorted(lines[key].get_ydata())
    assert ("no result" in {text.get_text() for text in figure.texts}) == (case == "storylines")


def test_of_too_many_rows_the_first_are_shown_and_that_is_stated() -> None:
    starts = [f"{year}-{month:02}" for year in (2026, 2027, 2028, 2029) for month in range(1, 12)]
    found = planted(plan_of({"path": "start", "values": starts}, draws=0))
    figure = sweeps.figures(found)["dots"]
    assert len(panels(figure)[0].lines[-1].get_xdata()) == 19
    assert "25 points more not shown here" in said(figure, "note") and len(sweeps.data(found, "dots")) == 44 * 6
    assert figure.get_figheight() < A4


def test_a_range_that_would_press_all_marks_together_is_cut_off_with_its_end_in_a_note() -> None:
    """Credits spread to forty times their median on either side, in both storylines."""
    found = planted(plan_of({"storylines": ["base", "glut"]}), spread=40.0)
    figure, frame = sweeps.figures(found)["dots"], sweeps.data(found, "dots")
    (axes,) = panels(figure)
    assert axes.get_xlim()[1] < frame["high"].max() and axes.get_xlim()[1] > frame["value"].max()
    beyond = [x for line in axes.lines if line.get_label() == "beyond" for x in line.get_xdata() if np.isfinite(x)]
    assert len(beyond) == 4, "to either side in both"
    assert f"Glut, Cloud credits: {format_typeset(frame['low'].min())}" in said(figure, "note")
    assert "Arrows" not in said(figures("storylines")["dots"], "note")


@pytest.mark.parametrize("case", ["map", "fine", "words", "turns", "three", "four", "lower", "gaps"])
def test_cells_are_the_winners_hatched_where_too_close(case: str) -> None:
    figure, shown = figures(case)["winner_map"], view(case)
    cells = [each for axes in panels(figure, "map") for each in axes.patches if isinstance(each, Rectangle)]
    if case != "four":  # which shows a slice
        counts = [sum(shown.at(n).key == key for n in range(shown.plan.points)) for key in (*KEYS, None)]
        assert [sum(cell.get_label() == str(key or "blank") for cell in cells) for key in (*KEYS, None)] == counts
        assert sum(HATCH in (cell.get_hatch() or "") for cell in cells) == sum(
            shown.at(n).close for n in range(shown.plan.points)
        )
    for cell in cells:
        if cell.get_label() != "blank":
            assert cell.get_facecolor()[:3] in {to_rgb(look.fill) for look in looks(KEYS).values()}


def test_the_cell_of_a_point_stands_at_its_values() -> None:
    (axes,) = panels(figures("map")["winner_map"], "map")
    cells = {(each.get_x() + 0.5, each.get_y() + 0.5): each.get_label() for each in axes.patches}
    for row in sweeps.data(results("map"), "winner_map").itertuples():
        x, y = (row[1] - 0.05) / 0.05, row[2] - 4
        assert cells[round(x), round(y)] == row.best
    assert [text.get_text() for text in axes.get_yticklabels()] == ["4", "5", "6"]
    assert axes.get_xlabel() == "Fall of rents, % a year"


def test_words_are_in_the_order_of_the_plan_from_the_top() -> None:
    """On the map, where the first storyline is the uppermost row, and along an axis of parallel coordinates."""
    figure = figures("turns")["winner_map"]
    (axes,) = panels(figure, "map")
    cells = {(each.get_x() + 0.5, each.get_y() + 0.5): each.get_label() for each in axes.patches}
    assert [cells[column, 11] for column in range(7)] == [view("turns").at(point).key for point in range(7)]
    heights = {text.get_text(): text.get_position()[1] for text in figure.texts}
    assert heights["Base"] > heights["Scarcity"] > heights["Glut"]
    (axes,) = panels(figures("mixed")["parallel"], "parallel")
    words = {text.get_text(): text.get_position()[1] for text in axes.texts if text.get_label() == "word"}
    assert words["Base"] > words["Scarcity"] > words["Glut"]


def test_every_winner_is_named_on_the_map_or_in_its_key() -> None:
    figure = figures("map")["winner_map"]
    names = {text.get_text().replace("\n", " ") for axes in panels(figure, "map") for text in axes.texts}
    assert names == {"NAIRR machines", "Cloud credits"}
    key = next(axes for axes in figures("turns")["winner_map"].axes if axes.get_label() == "key")
    assert {f"{label} best" for label in view("turns").labels.values()} <= {text.get_text() for text in key.texts}


def test_a_slice_of_four_axes_is_stated() -> None:
    note = said(figures("four")["winner_map"], "note")
    assert "Delay beyond the plan is 6 months here (2 more not shown)" in note
    assert "of 18 cells" in stated(figures("four")["winner_map"]) or len(panels(figures("four")["winner_map"])) == 2


@pytest.mark.parametrize("case", ["design", "mixed"])
def test_lines_of_parallel_coordinates_end_at_the_lead(case: str) -> None:
    (axes,) = panels(figures(case)["parallel"], "parallel")
    lines = [line for line in axes.lines if len(line.get_xdata()) > 2]
    frame = sweeps.data(results(case), "parallel")
    low, high = min(frame["lead"].min(), 0), max(frame["lead"].max(), 0)
    assert sorted(line.get_ydata()[-1] * (high - low) + low for line in lines) == pytest.approx(sorted(frame["lead"]))
    assert all(0 <= y <= 1 for line in lines for y in line.get_ydata())
    assert "The higher the fall of rents, the smaller the lead of NAIRR machines" in stated(figures(case)["parallel"])


def test_the_lead_is_positive_where_the_first_option_is_better() -> None:
    frame = sweeps.data(results("lower"), "winner_map").dropna(subset="lead")
    assert (frame["lead"] < 0).all() and (frame["best"] == "cloud_credits").all(), "credits cost a third"
    frame = sweeps.data(results("map"), "winner_map")
    assert ((frame["lead"] > 0) == (frame["best"] == "public_cluster"))[frame["close"] == False].all()  # noqa: E712


# --------------------------------------------------------------------------------------------- what is missing or odd


def test_runs_that_failed_or_were_not_computed_are_counted() -> None:
    note = said(figures("gaps")["winner_map"], "note")
    assert "2 of 21 runs failed: ScenarioError: life_years = 99 is not possible." in note
    assert "1 of 21 runs not computed yet." in note
    (figure,) = figures("failed").values()
    assert "None of 7 runs has a result" in stated(figure) and not panels(figure)
    assert "7 of 7 runs failed" in said(figure, "note")


def test_an_outcome_of_which_neither_way_is_better_has_no_winner() -> None:
    (figure,) = figures("neither").values()
    assert "neither more nor less is better" in stated(figure) and not panels(figure)


def test_replications_are_averaged_and_close_where_they_disagree() -> None:
    """Machines rise by a tenth from replication to replication, so at 20 % a year the third turns the winner."""
    table = view("repeated").table.set_index(["point", "option"])
    at = table.loc[(3, "public_cluster")]
    assert (at["value"], at["least"], at["most"]) == pytest.approx((1.98e8, 1.8e8, 2.16e8))
    assert view("repeated").at(3).close
    assert "mean of the medians of these replications" in said(figures("repeated")["lines"], "note")


def test_options_alike_are_too_close_to_call_without_draws() -> None:
    shown = View.of(planted(plan_of(DECLINE, draws=0), lambda key, *_: 1.0))
    assert all(shown.at(point).close for point in shown.points)


@pytest.mark.parametrize(("step", "close"), [(0.1, True), (0.0, False)])
def test_replications_that_name_different_winners_are_too_close_without_draws(step: float, close: bool) -> None:
    """At 20 % a year credits yield 2.0; machines yield 1.8 and a tenth more in each replication, or the same."""

    def formula(key: str, values: dict[str, Any], run: Run) -> float:
        return crossing(key, values, run) * (1 + step * run.replication * (key == "public_cluster"))

    shown = View.of(planted(plan_of(DECLINE, draws=0, replications=3), formula))
    assert [shown.at(n).close for n in range(7)] == [False] * 3 + [close] + [False] * 3
    assert [shown.at(n).key for n in (0, 6)] == ["public_cluster", "cloud_credits"]


def test_a_replication_that_failed_leaves_the_others() -> None:
    shown = View.of(planted(plan_of(DECLINE, replications=3), trembling, failed=[9]))
    at = shown.table.set_index(["point", "option"]).loc[(3, "public_cluster")]
    assert (at["value"], at["runs"]) == (pytest.approx(1.8e8 * 1.15), 2)


def test_a_line_is_broken_where_a_run_failed_and_keeps_a_mark_on_each_side() -> None:
    line = next(line for line in panels(figures("gap_line")["lines"])[0].lines if line.get_label() == "cloud_credits")
    assert np.flatnonzero(np.isnan(line.get_ydata())).tolist() == [2]
    assert line.get_markevery() == [0, 1, 3, 4, 5, 6]


def test_a_cell_of_which_nothing_is_known_is_in_the_key() -> None:
    for case, there in (("gaps", True), ("map", False)):
        key = next(axes for axes in figures(case)["winner_map"].axes if axes.get_label() == "key")
        assert ("nothing known" in {text.get_text() for text in key.texts}) == there


def waiting(key: str, values: dict[str, Any], run: Run) -> float:
    """Jobs wait in machines alone, and in those of a portfolio where rents fall fast."""
    fast = values.get("cloud.decline_per_year", 0) > 0.2
    return {"public_cluster": 1.0, "portfolio": 2.0 if fast else np.nan}.get(key, np.nan)


@pytest.mark.parametrize("axes", [(DECLINE,), (STORIES,), (DECLINE, LIFE), (SOBOL,)])
def test_options_without_a_value_are_named_and_said_to_be_behind(axes: Any) -> None:
    found = planted(plan_of(*axes, outcome="wait_p50"), waiting)
    (figure,) = sweeps.figures(found).values()
    note = said(figure, "note")
    never = "No value anywhere: Do nothing; Cloud credits; Research grants; Domestic fab"
    assert never in note and "An option without a value counts as behind" in note
    absent = int(View.of(found).wide("value")["portfolio"].isna().sum())
    assert f"Portfolio ({absent})." in note or (absent == found.plan.points and f"{never}; Portfolio." in note)
    for case in ("map", "one", "storylines", "neither"):
        assert not any("counts as behind" in said(each, "note") for each in figures(case).values())


@pytest.mark.parametrize(
    ("outcome", "waits", "words"),
    [
        ("wait_p50", "instant", "those of the response surface: no queue was simulated"),
        ("utilisation", "none", "those of the response surface: no queue was simulated"),
        ("wait_p95", "none", "its waits are not computed"), ("wait_p95", "windows", ""), (FE, "none", ""),
    ],
)  # fmt: skip
def test_where_waits_come_from_is_stated(outcome: str, waits: str, words: str) -> None:
    note = captions.waits(View.of(planted(plan_of(DECLINE, outcome=outcome, waits=waits), waiting)))
    assert words in note if words else not note


def test_a_machine_that_another_purse_pays_in_part_is_stated() -> None:
    """The budget of Jean Zay covers the hardware alone; that of NAIRR everything."""
    found = results("one")
    scenario = load("jean_zay_fr")
    assert captions.purse(View.of(found)) == []
    (note,) = captions.purse(View.of(replace(found, plan=replace(found.plan, base=scenario))))
    assert note.startswith("The budget pays for hardware; the building and operating the machine come from another")
    assert "every alternative gets as much. An axis that moves what that purse pays" in note
    entered = with_settings(scenario, {"money.normalisation": "as_entered"})
    (note,) = captions.purse(View.of(replace(found, plan=replace(found.plan, base=entered))))
    assert note.endswith("another purse.")


@pytest.mark.parametrize("axes", [(LIFE,), (STORIES,), (LIFE, DECLINE), (SOBOL,)])
def test_what_was_changed_and_what_is_implausible_is_stated(axes: Any) -> None:
    plan = plan_of(*axes)
    base = with_settings(
        plan.base,
        {"cloud.price_usd": 90.0},
    )
    lives = replace(plan.axes[0], points=((4,), (8,), (10,))) if axes[0] is LIFE else plan.axes[0]
    found = planted(replace(plan, base=base, axes=(lives, *plan.axes[1:])))
    (figure,) = sweeps.figures(found).values()
    assert "Changed from the scenario: cloud.price_usd" in said(figure, "subtitle")
    assert "Warning: world.cloud.price_usd: 90.0 is outside the plausible range" in said(figure, "note")
    beyond = "public_cluster.life_years: 8, 10 are outside the plausible range, 3 to 7"
    assert (beyond in said(figure, "note")) == (axes[0] is LIFE)


# ------------------------------------------------------------------------------------------------------------ layouts


@pytest.mark.parametrize(
    ("axes", "across", "up", "along", "panels_shown"),
    [
        ((LIFE, DECLINE), LIFE, DECLINE, None, 1),
        ((STORIES, DECLINE), DECLINE, STORIES, None, 1),
        ((DECLINE, STORIES), DECLINE, STORIES, None, 1),
        ((WORDS, SWITCH), SWITCH, WORDS, None, 1),
        ((LIFE, DECLINE, BUDGET), LIFE, DECLINE, BUDGET, 2),
        ((LIFE, DECLINE, PRICES), DECLINE, PRICES, LIFE, 3),
        ((FINE, DECLINE, PRICES, STORIES), FINE, PRICES, DECLINE, 7),
    ],
)  # fmt: skip
def test_words_go_up_and_the_third_axis_is_the_panels(
    axes: Any, across: Any, up: Any, along: Any, panels_shown: int
) -> None:
    grid = grid_of(View(SweepResults(plan_of(*axes), None), BY_NAME[FE]))  # type: ignore[arg-type]
    for coordinate, row in ((grid.across, across), (grid.up, up), (grid.along, along)):
        assert (coordinate and coordinate.path) == (row and row.get("path", "storyline"))
    assert len(grid.panels) == panels_shown


def test_of_too_many_panels_some_are_shown_from_the_first_to_the_last() -> None:
    plan = plan_of(*({**axis, "range": {**axis["range"], "steps": 13}} for axis in (FINE, DECLINE)), PRICES)
    note = said(sweeps.figures(planted(plan, absent=range(26, plan.runs)))["winner_map"], "note")
    assert "12 of 13 values of service life of a machine are shown" in note


def test_the_slice_is_at_the_value_of_the_scenario_or_in_the_middle() -> None:
    shown = View(SweepResults(plan_of(LIFE, DECLINE, BUDGET, PRICES, SLIP), None), BY_NAME[FE])  # type: ignore[arg-type]
    others = grid_of(shown).others
    price = next(each for each in shown.coordinates if each.path == PRICES["path"])
    assert price.texts[others[price.axis]] in price.texts[5:8] and others[4] == 1, "the middle of 13, the second of 3"


def test_columns_of_long_words_are_numbered_and_listed() -> None:
    (axes,) = panels(sweeps.figures(planted(plan_of(STORIES, WORDS)))["winner_map"], "map")
    assert not axes.get_xticklabels() and axes.get_xlabel() == "How options are made equal"
    lives = {**LIFE, "values": [3, 4, 5, 6, 7, 8, 9]}
    narrow = sweeps.figures(planted(plan_of(STORIES, WORDS, lives, draws=0)))["winner_map"]
    assert re.search(r"Columns: 1 .*; 2 equal hours; 3 ", said(narrow, "note"))
    assert [text.get_text() for text in panels(narrow, "map")[0].get_xticklabels()] == ["1", "2", "3"]


def test_the_names_of_winners_stand_on_cells_that_they_won() -> None:
    for case in ("map", "fine", "three", "turns"):
        for axes in panels(figures(case)["winner_map"], "map"):
            cells = {(each.get_x() + 0.5, each.get_y() + 0.5): each.get_label() for each in axes.patches}
            for text in axes.texts:
                x, y = text.get_position()
                under = {
                    cells[column, row] for column in (np.floor(x), np.ceil(x)) for row in (np.floor(y), np.ceil(y))
                }
                assert under == {text.get_label()}


def test_the_scenarios_own_values_are_marked_between_the_cells_that_they_lie_between() -> None:
    """It has rents fall by 20 % a year: the fourth of seven columns; and machines live for six years: the third row."""
    (axes,) = panels(figures("map")["winner_map"], "map")
    across, up = (line for line in axes.lines if line.get_label() == "own")
    assert across.get_xdata()[0] == pytest.approx(3) and up.get_ydata()[0] == pytest.approx(2)


@given(
    st.lists(st.tuples(st.floats(-1, 6), st.floats(0.1, 0.6)), min_size=1, max_size=8).map(sorted)
)  # fmt: skip
def test_labels_never_touch_and_keep_their_order(wanted: list[tuple[float, float]]) -> None:
    tops, heights = ([each[n] for each in wanted] for n in (0, 1))
    found = apart(tops, heights, 5.0)
    assert all(top + height <= below + 1e-9 for top, height, below in zip(found, heights, found[1:], strict=False))
    assert found[-1] + heights[-1] <= 5 + 1e-9 and (sum(heights) > 5 or found[0] >= -1e-9)


def test_labels_at_the_ends_of_lines_are_at_their_options() -> None:
    """From the top to the bottom in the order in which the lines end."""
    figure, frame = figures("central")["lines"], sweeps.data(results("central"), "lines")
    ends = [text.get_text() for text in figure.texts if text.get_label() == "end"]
    last = frame[frame["cloud.decline_per_year"] == 0.35].sort_values("value", ascending=False, kind="stable")
    assert ends == list(last["label"])


# ------------------------------------------------------------------------------------------------ parallel coordinates


def test_the_strength_of_a_number_is_its_rank_correlation_with_the_lead() -> None:
    frame = sweeps.data(results("design"), "parallel")
    bundle = bundle_of(view("design"))
    for found, coordinate in bundle.linked:
        assert found == pytest.approx(spearmanr(frame[coordinate.path], frame["lead"]).statistic)
    sizes = [abs(found) for found, _ in bundle.linked]
    assert sizes == sorted(sizes, reverse=True)


def test_words_have_the_strength_of_what_they_part() -> None:
    """Storylines change nothing in the formula, and a formula of storylines alone is parted wholly by them."""
    assert strength_of("storyline", crossing) == pytest.approx(0, abs=1e-6)
    by_story = {name: n for n, name in enumerate(storylines())}
    assert strength_of(
        "storyline",
        lambda key, values, _: (
            by_story[values["storyline"]] * (key == "portfolio")
            + (by_story[values["storyline"]] + 1.0) * (key == "public_cluster")
        ),
    ) == pytest.approx(1)


def strength_of(path: str, formula: Formula) -> float:
    """The strength of one coordinate in a sweep of storylines and a design."""
    shown = View.of(planted(plan_of({**SOBOL, "points": 4}, STORIES, draws=0), formula))
    every = next(each for each in every_coordinate(shown.plan) if each.path == path)
    return strength(every, shown.indices(shown.points)[:, every.axis], shown.lead(shown.points))


def test_lines_that_meet_lie_beside_each_other_and_never_reach_the_next_value() -> None:
    shares = np.repeat([0.0, 0.5, 1.0], 4)
    lead = np.tile([3.0, 1.0, 2.0, np.nan], 3)
    places = fanned(shares, lead)
    assert len(set(places)) == 12 and places.min() >= 0 and places.max() <= 1
    assert places[1] < places[2] < places[0] < places[5], "the larger lead above"
    assert fanned(np.array([0.0, 0.4, 1.0]), lead[:3]) == pytest.approx([0.03, 0.406, 0.97])
    close = fanned(np.repeat(np.linspace(0, 1, 30), 2), np.tile([1.0, 2.0], 30))
    assert (np.diff(close) > 0).all()


def test_of_many_points_some_are_drawn_and_that_is_stated() -> None:
    found = planted(plan_of({**SOBOL, "points": 256}, STORIES, draws=0))
    figure = sweeps.figures(found)["parallel"]
    (axes,) = panels(figure, "parallel")
    assert sum(len(line.get_xdata()) > 2 for line in axes.lines) == 250
    assert "Lines: 250 of 3072 points, chosen at random." in said(figure, "note")
    assert len(sweeps.data(found, "parallel")) == 3072


# ------------------------------------------------------------------------------------------------------------ the view


def test_points_have_the_numbers_of_the_plan() -> None:
    plan = plan_of(LIFE, DECLINE, BUDGET, replications=2)
    shown = View(SweepResults(plan, None), BY_NAME[FE])  # type: ignore[arg-type]
    for number in range(0, plan.runs, 5):
        run = plan.run(number)
        point = shown.point_at(dict(enumerate(run.point)))
        assert point == number // 2 and shown.indices([point]).tolist() == [list(run.point)]


def test_the_table_has_the_statistics_of_the_frame_where_there_is_one_replication() -> None:
    frame = results("map").frame
    table = view("map").table
    expected = frame.sort_values(["number"], kind="stable")
    for ours, theirs in (("value", "median"), ("low", "low"), ("high", "high"), ("first_share", "first_share")):
        assert list(table[ours]) == list(expected[theirs])
    assert list(table["option"][:6]) == list(KEYS)


def test_winners_are_those_of_the_frame() -> None:
    best = results("map").frame.query("best == True").set_index("number")
    for point in range(21):
        judged = view("map").at(point)
        assert judged.key == best.loc[point, "option"] and judged.close == best.loc[point, "close"]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("one", "With the fall of rents up to"), ("storylines", "is too close to call in every one of 11 storylines"),
        ("lower", "Measured by cost per FE-hour (less is better)"),
        ("lower_line", "The best is Cloud credits in all 4 values"), ("turns", "in 14 of 84 cells"),
        ("point", "is too close to call. Falling rents. Who wins? Measured by"),
        ("share", "Measured by need met (more is better)"),
    ],
)  # fmt: skip
def test_the_reading_answers_the_question(case: str, sentence: str) -> None:
    (figure,) = figures(case).values()
    assert "Falling rents. Who wins? " in said(figure, "reading") and sentence in stated(figure)


def test_alternative_text_has_the_result_and_what_measures_it() -> None:
    text = sweeps.alt(results("lower"), "winner_map", figures("lower")["winner_map"])
    assert text == (
        "Who is the best where: The best is Cloud credits in all 12 cells. Falling rents. Who wins? Measured by cost "
        "per FE-hour (less is better)."
    )


def test_a_result_too_long_for_a_title_is_short_there_and_whole_below() -> None:
    """Two labels of 60 wide letters: the title counts, the line below says from where to where."""
    figure = figures("hostile_line")["lines"]
    assert "in 3 of 7 values" in said(figure, "title") and "\u2026" in said(figure, "title")
    assert "M" * 60 in said(figure, "reading") and "from 25 % a year" in said(figure, "reading")


@every_case
def test_counts_of_the_reading_are_those_of_the_points(case: str) -> None:
    for figure in figures(case).values():
        reading = stated(figure)
        if (close := re.search(r"(\d+) (is|are) too close to call", reading)) and len(figures(case)) == 1:
            assert int(close[1]) == sum(each.close for each in view(case).judged.values())


# -------------------------------------------------------------------------------------------------- names and numbers


def test_labels_of_the_file_come_first_and_units_stand_beside_them() -> None:
    labelled = coordinates(plan_of({**DECLINE, "label": "Rent decline"}, LIFE, BUDGET))
    assert [each.title for each in labelled] == [
        "Rent decline, % a year", "Service life of a machine, years", "Budget, USD"
    ]  # fmt: skip
    assert labelled[0].texts[:2] == ("5", "10") and labelled[2].texts == ("1bn", "2.6bn")
    assert labelled[0].own == pytest.approx(20) and labelled[2].own == 2.6e9


def test_words_read_as_people_say_them() -> None:
    switch, words = coordinates(plan_of(SWITCH, WORDS))
    assert switch.texts == ("on", "off") and "equal hours" in words.texts
    assert coordinates(plan_of(STORIES))[0].texts[0] == "Base"


def test_numbers_that_differ_read_differently() -> None:
    assert number_texts([1e9, 1.0001e9]) == ["1bn", "1.0001bn"] and number_texts([2027.0, 2031.0]) == ["2027", "2031"]


def test_values_that_move_together_are_all_named() -> None:
    assert "Move together: Service life of a machine, years: 4, 5, 6; fall of rents, % a year: 10, 20, 30." in said(
        figures("zip")["lines"], "note"
    )


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([1, 2, 3, 4], False), ([1, 10, 100], True), ([1, 2, 4, 8], True), ([1, 3, 10, 30], True), ([5, 7], False),
        ([0, 1, 10, 100], False), ([-1, 1, 10], False), ([4, 5, 6, 8], False), ([1, 1000], False),
    ],
)  # fmt: skip
def test_values_that_grow_by_factors_have_a_scale_of_factors(values: list[float], log: bool) -> None:
    assert coordinates(plan_of({"path": "procurement.slip_months", "values": [0, 1]}))[0].log is False
    assert grows_by_factors(np.array(values, dtype=float)) == log


@given(st.lists(st.floats(1e-6, 1e14), min_size=1, max_size=6, unique_by=lambda value: f"{value:.9g}"))
def test_texts_of_numbers_are_as_many_as_the_numbers(values: list[float]) -> None:
    assert len(set(number_texts(values))) == len(values)


@pytest.mark.parametrize(
    ("low", "high", "value", "text"),
    [(0, 35, 7.5, "7.5"), (0, 2e9, 5e8, "500m"), (2026, 2040, 2030, "2030"), (1e9, 1.0001e9, 1.00005e9, "1.00005bn")],
)
def test_ticks_have_the_digits_that_keep_them_apart(low: float, high: float, value: float, text: str) -> None:
    assert tick_text(low, high)(value) == text


def test_shares_of_a_portfolio_name_what_they_are_for_and_whose_they_are() -> None:
    shares = [("public_cluster", [0.2, 0.5]), ("cloud_credits", [0.7, 0.4])]
    axis = {"zip": [{"path": f"portfolio.{name}_share", "values": values} for name, values in shares]}
    (found,) = coordinates(plan_of(axis))
    assert found.title == "Part of the money for public cluster (Portfolio), %"
    assert "part of the money for cloud credits (Portfolio), %: 70, 40" in found.beside


def test_two_options_with_the_same_lever_are_named() -> None:
    options = tuple(each for each in base().options if each.key != "portfolio")
    second = replace(base().option("public_cluster"), key="second", label="Second machine")
    scenario = replace(base(), options=(*options, second))
    plan = replace(plan_of(LIFE, DECLINE), base=scenario)
    twin = replace(plan.axes[0], paths=("second.life_years",))
    assert labels(replace(plan, axes=(*plan.axes, twin))) == {
        "public_cluster.life_years": "Service life of a machine (NAIRR machines)",
        "cloud.decline_per_year": "Fall of rents",
        "second.life_years": "Service life of a machine (Second machine)",
    }


# -------------------------------------------------------------------------------------------------------------- files


@pytest.mark.slow
@pytest.mark.parametrize("case", ["one", "four", "storylines", "failed"])
def test_files_are_the_same_to_the_last_byte_and_speak(case: str, tmp_path: Path) -> None:
    first, again = (sweeps.save(results(case), tmp_path / "new" / folder) for folder in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert {path.suffix for path in first} == {".svg", ".png", ".pdf", ".csv"} and len(first) == 4 * len(figures(case))
    for path in first:
        if path.suffix == ".svg":
            root = ElementTree.fromstring(path.read_bytes())
            desc = root.find("{http://www.w3.org/2000/svg}desc")
            assert desc is not None and "Who wins?" in (desc.text or "") and root.attrib["role"] == "img"


def test_the_table_beside_a_chart_has_a_row_a_point(tmp_path: Path) -> None:
    table = next(path for path in sweeps.save(results("gaps"), tmp_path) if path.suffix == ".csv")
    rows = list(csv.DictReader(table.read_text(encoding="utf8").splitlines()))
    assert len(rows) == 21 and sum(not row["best"] for row in rows) == 3
    assert {"cloud.decline_per_year", "public_cluster.life_years", "best", "close", "lead"} <= rows[0].keys()
