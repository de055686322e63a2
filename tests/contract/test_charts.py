"""Charts: true to their numbers, whole on their sheet, readable in grey, and the same to the last byte.

Every claim is put to several comparisons: with and without draws, without a queue, without
a machine, without money, over thirty years, and with the worst words that a file may hold.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from matplotlib.text import Text
from PIL import Image
from pypdf import PdfReader

from sim import charts
from sim.charts import sheet
from sim.charts.generations import BANDS
from sim.charts.numbers import ALL, DELIVERED, FRONTIER, labels
from sim.charts.sheet import SIZE, WIDTH, drawable, printable, width_of, wrap
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.formatting import format_percent, format_typeset, upper_first
from sim.mechanisms.demand import TIERS
from sim.scenario import Scenario, load
from sim.version import __version__
from sim.waits.foretold import caveat

QUICK = "world.queue = { windows = 2, window_weeks = 0.1, warm_up_weeks = 0.05 }\nworld.demand.groups = 500\n"
SHORT = 'title = "A short plan"\nquestion = "?"\nstart = "2027-01"\nhorizon_years = 4\n'
LONG = SHORT.replace("= 4", "= 30") + 'currency = "JPY"\nprice_year = 2023\n'
OPTION = "[[option]]\ninstrument = "
REFRESH = f'{OPTION}"public_cluster"\nrefresh = true\nlife_years = 3\n{OPTION}"cloud_credits"\n'
FILES = {
    "short": SHORT + "budget = { total = 40e6, years = 2 }\n" + QUICK,
    "long": LONG + "budget = { total = 3e14, years = 30 }\n" + QUICK + REFRESH,
    "nothing": SHORT + "budget = { total = 40e6, years = 2 }\n" + QUICK + f'{OPTION}"do_nothing"\n',
    "year": SHORT.replace("= 4", "= 1") + "budget = { total = 3, years = 1 }\n" + QUICK
    + '[[option]]\ninstrument = "cloud_credits"\n[[option]]\ninstrument = "research_grants"\n',
}  # fmt: skip
HOSTILE = (
    'Costs $5_m$, \\frac{1}{2} & <b> -- ]]> \u4e2d\u6587 \u202e\u0001\u200d \U0001f600 \u00e9\u00df\u03a9 "q" %s '
    + "W" * 150
)
BARS = [*DELIVERED, *(f"need_met_{tier}" for tier in TIERS)]
DRAWN = 40  # enough for a verdict, and for a mark of what lies outside a range
CASES = ("plain", "drawn", "unqueued", "nothing", "penniless", "year", "long", "hostile", "unknown")


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scenario]:
    """The scenarios of FILES."""
    folder = tmp_path_factory.mktemp("charts")
    found = {}
    for name, text in FILES.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf8")
        found[name] = load(folder / f"{name}.toml")
    return found


@pytest.fixture(scope="module")
def comparisons(scenarios: dict[str, Scenario]) -> dict[str, Comparison]:
    """A comparison for each of CASES."""
    drawn = compare(scenarios["short"], draws=DRAWN)
    return {
        "plain": compare(scenarios["short"]),
        "drawn": drawn,
        "unqueued": compare(scenarios["short"], queue=False),
        "nothing": compare(scenarios["nothing"], draws=8),
        "penniless": compare(_penniless(scenarios["short"]), draws=1),
        "year": compare(scenarios["year"], draws=8),
        "long": compare(scenarios["long"], draws=8),
        "hostile": _hostile(drawn),
        "unknown": _unknown(drawn),
    }


def _penniless(scenario: Scenario) -> Scenario:
    """The scenario without a penny."""
    return replace(scenario, budget=replace(scenario.budget, yearly=(0.0, 0.0)))


def _hostile(comparison: Comparison) -> Comparison:
    """Ten options with labels of 60 letters, some the same, a title of 500, and central cases far outside."""
    results = {}
    for n, (key, result) in enumerate([*comparison.results.items(), *comparison.results.items()]):
        label = ("M" * 60, f"The $x^2_{{{n}}}$ programme, phase {n}, of the \u4e2d agency {'i' * 20}"[:60], "Same")[
            n % 3
        ]
        totals = {name: np.append(4 * result.totals[name][:1], result.totals[name][1:]) for name in BARS}
        again = "" if n < len(comparison.results) else "_again"
        results[f"{key}{again}"] = replace(result, label=label, totals=result.totals | totals)
    title = (HOSTILE + " and so on" * 50)[:500]
    scenario = replace(comparison.scenario, title=title, currency="Dirham of the $ Emirates" * 3)
    twins = tuple(replace(option, key=f"{option.key}_again") for option in scenario.options)
    scenario = replace(scenario, options=(*scenario.options, *twins))
    return replace(comparison, scenario=scenario, results=dict(list(results.items())[:10]))


def _unknown(comparison: Comparison) -> Comparison:
    """Totals that do not exist, and waits with a tier without jobs."""
    results = dict(comparison.results)
    for key in ("cloud_credits", "public_cluster"):
        result = results[key]
        totals = {name: np.full_like(values, np.nan) for name, values in result.totals.items()}
        waits = result.waits and replace(result.waits, tier_p95=np.full_like(result.waits.tier_p95, np.nan))
        results[key] = replace(result, totals=totals, waits=waits)
    return replace(comparison, results=results)


@pytest.fixture(scope="module")
def drawing(comparisons: dict[str, Comparison]) -> object:
    """`drawing(case, name)` is a chart that has been drawn once."""

    @cache
    def draw(case: str, name: str) -> Figure:
        figure = charts.CHARTS[name](comparisons[case])
        FigureCanvasAgg(figure).draw()
        return figure

    return draw


every_case = pytest.mark.parametrize("case", CASES)
every_chart = pytest.mark.parametrize("name", charts.CHARTS)


def written(figure: Figure) -> list[Text]:
    """Every text that can be seen."""
    found = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    unseen = {
        t for axes in figure.axes if not axes.axison for axis in (axes.xaxis, axes.yaxis) for t in axis.findobj(Text)
    }
    return [t for t in found if t not in unseen]


def said(figure: Figure, part: str) -> str:
    """A paragraph of the sheet, its lines joined."""
    return " ".join(t.get_text().replace("\n", " ") for t in figure.texts if t.get_label() == part)


def panels(figure: Figure) -> list[Axes]:
    """The axes that hold a chart, not the key."""
    return [axes for axes in figure.axes if axes.get_label() != "key"]


# ------------------------------------------------------------------------------------------------------ what is said


@pytest.mark.slow
@every_case
@every_chart
def test_a_chart_says_what_it_shows_of_which_run_and_how_sure_it_is(comparisons, drawing, case, name) -> None:
    """The title is the result, on two lines at most; what the chart is about begins the line below it."""
    comparison, figure = comparisons[case], drawing(case, name)
    subject = charts.SUBJECTS[name]
    found = subject.found(comparison)
    title = next(text for text in figure.texts if text.get_label() == "title")
    assert len(title.get_text().splitlines()) <= 2 and title.get_weight() == "bold"
    assert said(figure, "reading").startswith(f"{subject.title}.") and subject.title not in said(figure, "title")
    whole = said(figure, "title") == drawable(upper_first(found.result))
    brief = said(figure, "title") == drawable(upper_first(found.brief))
    assert whole or brief or (case == "hostile" and "\u2026" in said(figure, "title"))
    # letters alone: a label too long for a line is cut
    below = said(figure, "reading").replace(" ", "")
    assert drawable(found.more if whole else found.whole).replace(" ", "")[1:] in below
    source, subtitle = said(figure, "source"), said(figure, "subtitle")
    assert f"Heavy Press {__version__}, run {comparison.run_id}, seed {comparison.seed}" in source
    assert re.search(r"Assumption-graded inputs \(D\): \d+ of \d+", source)
    squeezed = drawable(comparison.scenario.title).replace(" ", "")
    assert squeezed in source.replace(" ", "")
    assert str(comparison.scenario.horizon_years) in subtitle and str(comparison.scenario.price_year) in subtitle
    assert "equal present value" in subtitle


def test_the_difference_of_the_two_options_of_the_question_leads_with_the_answer(comparisons, drawing) -> None:
    answer = comparisons["drawn"].answer
    assert answer.pair is not None and said(drawing("drawn", "difference"), "title") == answer.headline
    assert f"of {DRAWN} worlds" in answer.headline
    assert "Measured by additional FE-hours" in said(drawing("drawn", "difference"), "reading")
    assert charts.alt(comparisons["drawn"], "difference").count(answer.headline) == 1


@pytest.mark.parametrize(("name", "what"), [("delivered", "median of"), ("need_met", "median of"), ("cash_flow", "")])
def test_ranges_are_named_where_there_are_draws_and_only_there(drawing, name, what) -> None:
    subtitle = said(drawing("drawn", name), "subtitle")
    assert f"{what or 'percentile of'} {DRAWN} draws" in subtitle and "10th to 90th percentile" in subtitle
    assert ("central case;" in subtitle) == (not what), "years belong together in the central case alone"
    assert "no draws" in said(drawing("plain", name), "subtitle")
    assert [line for axes in panels(drawing("drawn", name)) for line in axes.lines if line.get_label() == "range"]
    assert not [line for axes in panels(drawing("plain", name)) for line in axes.lines if line.get_label() == "range"]


UNITS = {
    "difference": (r"FE-hours", r"% of the worlds"),
    "cost_per_hour": (r"USD of 2025 per H100e-hour.*USD of 2025 per FE-hour", ""),
    "cash_flow": ("Programme year", r"USD of 2025 a year"),
    "capacity": ("Year", r"H100e.*FE"),
    "delivered": (r"GPU-hours.*H100e-hours.*FE-hours", ""),
    "waits": (r"[Hh]ours", ""),
    "price_of_immediacy": (r"[Hh]ours", r"USD of 2025 per useful H100e-hour"),
    "need_met": (r"%", ""),
    "lorenz": (r"% of groups", r"% of their hours"),
}


@every_chart
def test_axes_have_labels_with_units(drawing, name) -> None:
    figure = drawing("drawn", name)
    across, up = UNITS[name]
    assert re.search(across, " ".join(axes.get_xlabel() for axes in panels(figure)))
    assert re.search(up, " ".join(axes.get_ylabel() for axes in panels(figure)))
    if name not in ("cash_flow", "capacity", "difference"):
        assert all(axes.get_xlabel() for axes in panels(figure))


def test_a_chart_with_nothing_to_show_says_why(drawing) -> None:
    assert "not simulated" in said(drawing("unqueued", "waits"), "title")
    assert "No job waits" in said(drawing("nothing", "waits"), "title")
    assert "No option has a public machine" in said(drawing("nothing", "capacity"), "title")
    assert "No option has a public machine" in said(drawing("penniless", "capacity"), "title")
    assert "No option spends" in said(drawing("penniless", "cash_flow"), "title")
    assert "as with doing nothing" in said(drawing("penniless", "need_met"), "reading")
    assert "no draws of the world" in said(drawing("plain", "difference"), "title")
    assert said(drawing("nothing", "difference"), "title") == "There are no two options to compare"
    assert said(drawing("nothing", "cost_per_hour"), "title").startswith("No option gives public hours")


def test_waits_carry_the_error_of_the_model_and_options_without_a_queue_are_listed(drawing) -> None:
    notes = said(drawing("drawn", "waits"), "note")
    assert upper_first(caveat("campaigns")) in notes and caveat("poisson") not in notes
    assert re.search(r"No queue: Do nothing; Cloud credits; Research grants; Domestic fab\.", notes)


@pytest.mark.parametrize("case", ["plain", "drawn", "year", "long"])
def test_titles_of_the_central_case_name_its_extremes(comparisons, drawing, case) -> None:
    comparison = comparisons[case]
    central = {key: result.yearly["outlay"][0] / comparison.scenario.usd_per_currency
               for key, result in comparison.results.items()}  # fmt: skip
    peaks = {key: values.max() for key, values in central.items() if values.max() > 0}
    found = charts.SUBJECTS["cash_flow"].found(comparison).result
    for key in (max(peaks, key=peaks.get), min(peaks, key=peaks.get)):
        year = comparison.scenario.years[int(central[key].argmax())]
        unit = comparison.scenario.currency
        assert f"{format_typeset(peaks[key])} {unit} under {labels(comparison)[key]} in {year}" in found
    waits = {key: float(result.waits.p95.mean()) for key, result in comparison.results.items() if result.waits}
    if waits:
        shortest = min(waits, key=waits.get)
        title = said(drawing(case, "waits"), "title").partition(", ")[0]
        assert labels(comparison)[shortest] in title or "every option" in title


def test_without_a_simulated_queue_estimates_of_the_waits_are_drawn_as_such(scenarios) -> None:
    """The band of the response surface for all jobs; means over windows do not appear, nor do tiers."""
    comparison = compare(scenarios["short"], fidelity="instant")
    figure, frame = charts.CHARTS["waits"](comparison), charts.data(comparison, "waits")
    known = frame[frame.note == "estimate"]
    assert len(known) and set(known.tier) == {ALL} and not (frame.note == "").any()
    for axes, statistic in zip(panels(figure), ("median", "p95"), strict=True):
        rows = known[known.statistic == statistic]
        shown = [x for line in axes.lines if line.get_label() == "estimate" for x in line.get_xdata()]
        assert shown == pytest.approx(list(rows.value))
        for row in rows.itertuples():
            bands = comparison.results[row.option].estimate.bands[statistic]
            assert (row.value, row.low, row.high) == bands
    assert said(figure, "title").startswith("By estimate, 95 % of jobs start ")
    assert "no queue was simulated" in said(figure, "subtitle") and "Not converged" not in said(figure, "note")


def test_options_that_share_a_label_are_told_apart_by_their_keys(comparisons) -> None:
    found = labels(comparisons["hostile"])
    assert len(set(found.values())) == len(found)


# ----------------------------------------------------------------------------------------------------- the sheet


@every_case
@every_chart
def test_no_text_leaves_the_sheet_or_lies_on_another_or_on_a_bar(drawing, case, name) -> None:
    figure = drawing(case, name)
    renderer = figure.canvas.get_renderer()
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in written(figure)]
    page = figure.bbox
    outside = [text for text, b in boxes if b.x0 < 0 or b.y0 < 0 or b.x1 > page.x1 or b.y1 > page.y1]
    assert not outside
    bars = [(c.get_label(), bar.get_window_extent()) for axes in figure.axes for c in axes.containers for bar in c]
    pairs = [*combinations(boxes, 2), *((text, bar) for text in boxes for bar in bars)]
    # one of a hundred pixels an inch is what the edges of two boxes may share
    crossing = [
        (a, b)
        for (a, one), (b, two) in pairs
        if min(one.x1, two.x1) - max(one.x0, two.x0) > 1 and min(one.y1, two.y1) - max(one.y0, two.y0) > 1
    ]
    assert not crossing


@every_case
@every_chart
def test_words_fit_a_page_are_large_enough_and_hold_no_formulas(drawing, case, name) -> None:
    figure = drawing(case, name)
    assert figure.get_figwidth() == WIDTH
    assert all(text.get_fontsize() >= SIZE for text in written(figure))
    assert not any(text.get_parse_math() for text in figure.findobj(Text))


@given(st.text(max_size=80), st.floats(0.5, 6))
def test_wrapping_loses_no_letter_and_keeps_to_the_width(text: str, width: float) -> None:
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == drawable(text).replace(" ", "")
    assert all(width_of(line) <= width + 0.02 for line in lines)


def test_words_break_behind_their_hyphens() -> None:
    assert wrap("Research-intensive", 0.8) == ["Research-", "intensive"]


def test_bands_of_a_stack_differ_in_grey() -> None:
    def grey(fill: str) -> float:
        return float(np.dot(to_rgb(fill), (0.299, 0.587, 0.114)))

    for (one, _, hatch), (two, _, other) in pairwise(BANDS):
        assert abs(grey(one) - grey(two)) > 0.1 and hatch != other


# ------------------------------------------------------------------------------------------------- true to the numbers


def bars_of(axes: Axes, label: str) -> BarContainer:
    """The bars of this label."""
    return next(c for c in axes.containers if c.get_label() == label)


@every_case
def test_bars_of_outlay_are_as_high_as_the_numbers(comparisons, drawing, case) -> None:
    frame = charts.data(comparisons[case], "cash_flow")
    years = frame[frame.year.notna()]
    for axes, (_, rows) in zip(panels(drawing(case, "cash_flow")), years.groupby("option", sort=False), strict=True):
        for label in ("outlay", "residual"):
            drawn = bars_of(axes, label)
            assert [bar.get_height() for bar in drawn] == pytest.approx(list(rows[label]))
            assert all(bar.get_y() == 0 for bar in drawn)
        assert axes.get_ylim()[0] <= 0
        assert axes.get_ylim() == panels(drawing(case, "cash_flow"))[0].get_ylim()


@every_case
@pytest.mark.parametrize("name", ["delivered", "need_met"])
def test_bars_across_are_as_long_as_the_numbers(comparisons, drawing, case, name) -> None:
    frame = charts.data(comparisons[case], name)
    column = "outcome" if name == "delivered" else "tier"
    for axes, (_, rows) in zip(panels(drawing(case, name)), frame.groupby(column, sort=False), strict=True):
        drawn = bars_of(axes, "value")
        assert [bar.get_width() for bar in drawn] == pytest.approx(list(np.nan_to_num(rows.value)))
        assert all(bar.get_x() == 0 for bar in drawn) and axes.get_xlim()[0] == 0
        ranges = [line.get_xdata() for line in axes.lines if line.get_label() == "range"]
        expected = rows[rows.high > rows.low][["low", "high"]].to_numpy()
        assert np.allclose(np.array(ranges).reshape(-1, 2), expected)


@pytest.mark.parametrize("case", ["plain", "drawn", "hostile"])
@pytest.mark.parametrize("name", ["delivered", "need_met"])
def test_a_central_case_outside_the_range_has_a_mark_on_its_row_and_on_the_scale(comparisons, drawing, case, name):
    frame = charts.data(comparisons[case], name)
    assert frame.outside.any() == (case == "hostile") or case == "drawn"
    seen = []
    for axes in panels(drawing(case, name)):
        (marks,) = (line for line in axes.lines if line.get_label() == "central")
        assert marks.get_markerfacecolor() == "#FFFFFF", "hollow"
        low, high = axes.get_xlim()
        for x, row in zip(marks.get_xdata(), marks.get_ydata(), strict=True):
            if np.isfinite(x):
                assert low <= x <= axes.spines["bottom"].get_bounds()[1] < high
                seen.append((int(row), x))
    rows = frame.assign(row=frame.groupby(frame.columns[2], sort=False).cumcount())
    # where there are draws, a mark is where the central case is beyond the 10th or the 90th percentile
    beyond = rows[(rows.central < rows.low * (1 - 1e-9)) | (rows.central > rows.high * (1 + 1e-9))]
    assert sorted(seen) == sorted((row.row, row.central) for row in beyond.itertuples())


@every_case
def test_lorenz_curves_are_the_numbers_on_equal_axes(comparisons, drawing, case) -> None:
    frame = charts.data(comparisons[case], "lorenz")
    nothing = frame[frame.option == comparisons[case].baseline.key]
    for axes, (_, rows) in zip(panels(drawing(case, "lorenz")), frame.groupby("option", sort=False), strict=True):
        lines = {line.get_label(): line for line in axes.lines}
        for label, expected in (("option", rows), ("nothing", nothing)):
            assert lines[label].get_xdata() == pytest.approx(list(expected.groups_share))
            assert lines[label].get_ydata() == pytest.approx(list(expected.hours_share))
        assert list(lines["equality"].get_ydata()) == [0, 1]
        assert axes.get_xlim() == axes.get_ylim() == (0, 1)
        box = axes.get_window_extent()
        assert box.width == pytest.approx(box.height, abs=1)
        assert len({line.get_linestyle() for line in lines.values()}) == 3, "told apart without colour"
    area = [
        np.trapezoid(r.groups_share - r.hours_share, r.groups_share) * 2 for _, r in frame.groupby("option", sort=False)
    ]
    gini = [r.gini.iloc[0] for _, r in frame.groupby("option", sort=False)]
    if case != "unknown":
        assert area == pytest.approx(gini, abs=1e-9)


@pytest.mark.parametrize("case", ["drawn", "long", "hostile"])
def test_the_stack_adds_up_to_the_capacity(comparisons, drawing, case) -> None:
    frame = charts.data(comparisons[case], "capacity")
    series = {name: rows.value.to_numpy() for name, rows in frame.groupby("series", sort=False)}
    upper, *_, lower = [*panels(drawing(case, "capacity"))] * 2
    line = next(line for line in lower.lines if line.get_label() == FRONTIER)
    assert np.allclose(np.nan_to_num(line.get_ydata()), series[FRONTIER])
    stacked = np.zeros_like(series[ALL])
    first = comparisons[case].scenario.start.years
    for patch in (p for p in upper.patches if isinstance(p, StepPatch)):
        values, edges, base = patch.get_data()
        start = round((edges[0] - first) * 12)
        stacked[start : start + len(values)] += values - base
    assert np.allclose(stacked, series[ALL])
    generations = [values for name, values in series.items() if name not in (ALL, FRONTIER)]
    assert np.allclose(sum(generations), series[ALL]) and len(generations) <= 6
    assert upper.get_ylim()[0] == lower.get_ylim()[0] == 0


def test_capacity_is_the_work_of_the_design_to_the_last_whole_month_of_service() -> None:
    """LUMI's accelerators do 0.387 of the work of an H100 each, and all leave within one month."""
    comparison = compare(load("lumi_fi"), draws=0, queue=False)
    frame = charts.data(comparison, "capacity")
    total, worth = (frame[frame.series == name].value.to_numpy() for name in (ALL, FRONTIER))
    central = comparison.results[frame.option.iloc[0]].central
    most = central.size["public_cluster"][0] * 0.387
    assert total.max() == pytest.approx(most) and total[total > 0][-1] == pytest.approx(most)
    t_years = (np.arange(total.size) + 0.5) / 12
    assert np.allclose(worth, total / 2 ** (t_years / comparison.scenario.world.hardware.doubling_years))
    assert "in its last whole month of service it has 3.82k H100e" in charts.alt(comparison, "capacity")


@pytest.mark.parametrize("case", ["plain", "drawn", "long", "unknown"])
def test_marks_of_waits_stand_at_the_numbers(comparisons, drawing, case) -> None:
    frame = charts.data(comparisons[case], "waits")
    for axes, statistic in zip(panels(drawing(case, "waits")), ("median", "p95"), strict=True):
        rows = frame[(frame.statistic == statistic) & (frame.note == "")]
        shown = [x for line in axes.lines if line.get_label() == ALL for x in line.get_xdata()]
        assert shown == pytest.approx(list(rows[rows.tier == ALL].value), nan_ok=True)
        shown = [x for line in axes.lines if line.get_label() == "tier" for x in line.get_xdata()]
        assert shown == pytest.approx(list(rows[rows.tier != ALL].value), nan_ok=True)
        assert set(rows.tier) == {ALL, *TIERS}


@every_case
def test_the_price_of_immediacy_is_drawn_from_its_numbers(comparisons, drawing, case) -> None:
    frame = charts.data(comparisons[case], "price_of_immediacy")
    machine = frame[(frame.discipline != "") & frame.p95.notna() & frame.cost.notna()]
    shown = panels(drawing(case, "price_of_immediacy"))
    assert bool(shown) == (not machine.empty)
    for axes in shown:
        lines = {line.get_label(): line for line in axes.lines}
        for discipline, rows in machine.groupby("discipline"):
            assert list(lines[discipline].get_xdata()) == list(rows.p95)
            assert list(lines[discipline].get_ydata()) == list(rows.cost)
        assert len({line.get_linestyle() for name, line in lines.items() if name in set(machine.discipline)}) == 4
        assert list(lines["credits"].get_xdata()) == [0]
        assert axes.get_ylim()[0] == 0 and axes.get_xlim()[0] == 0


def test_the_numbers_are_those_of_the_table(comparisons) -> None:
    comparison = comparisons["drawn"]
    table = comparison.summary.set_index(["option", "outcome"])
    outlay = charts.data(comparison, "cash_flow")
    for row in outlay[outlay.year.isna()].itertuples():
        assert row.outlay == pytest.approx(table.central[row.option, "outlay"])
    delivered = charts.data(comparison, "delivered").rename(columns={"outcome": "name"})
    need = charts.data(comparison, "need_met").assign(name=lambda rows: "need_met_" + rows.tier)
    for row in pd.concat([delivered, need]).itertuples():
        expected = table.loc[(row.option, row.name), ["value", "low", "high", "central"]]
        assert [row.value, row.low, row.high, row.central] == pytest.approx(list(expected), nan_ok=True)
    waits = charts.data(comparison, "waits")
    for row in waits[waits.tier == ALL].itertuples():
        outcome = {"median": "wait_p50", "p95": "wait_p95"}[row.statistic]
        assert row.value == pytest.approx(table.central[row.option, outcome], nan_ok=True)


@every_case
@every_chart
def test_numbers_of_the_alternative_text_are_in_the_data(comparisons, case, name) -> None:
    comparison = comparisons[case]
    frame, text = charts.data(comparison, name), charts.alt(comparison, name)
    assert text.startswith(charts.SUBJECTS[name].title) and text.endswith(".") and text.count(". ") == 0
    counts = r"\d+ % of [\d,]+ worlds( \([\d.]+ to [\d.]+ %\))?|80 % of worlds|\d+ of \d+ tiers|\d+ draws?\b|20 or more"
    text = re.sub(counts, "", text)
    for label in set(labels(comparison).values()):
        text = text.replace(label, "")
    text = re.sub(r"\b(H100e|95 % of jobs)", "", text.removeprefix(charts.SUBJECTS[name].title))
    values = frame.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan).ravel()
    forms = (format_typeset, format_percent, lambda v: format_percent(v, ".0f"), lambda v: f"{v:.0f}")
    forms += (lambda v: format_typeset(abs(v)), lambda v: f"{100 * v:.1f}", lambda v: f"{60 * v:.0f}")
    known = {form(v) for v in values[np.isfinite(values)] for form in forms}
    numbers = re.findall(r"\u2212?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?:k|m|bn|tn| %)?(?![a-z])", text)
    assert set(numbers) <= known
    worded = ("no ", "not simulated", "not known", "at once", "neither", "too close to call")
    assert numbers or any(word in text for word in worded)


# ------------------------------------------------------------------------------------------------------- files


PAIRS = [
    *(pytest.param("drawn", name, marks=[pytest.mark.slow] * (name != "difference")) for name in charts.CHARTS),
    *(("hostile", "delivered"), ("nothing", "capacity")),
]
some_pairs = pytest.mark.parametrize(("case", "name"), PAIRS)


@pytest.mark.slow
@some_pairs
def test_the_same_run_gives_the_same_bytes_whatever_the_settings(comparisons, case, name, tmp_path: Path) -> None:
    comparison = comparisons[case]
    figure = charts.CHARTS[name](comparison)
    first = [path.read_bytes() for path in charts.save(figure, tmp_path / "one.two", comparison, name)]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["one.two.pdf", "one.two.png", "one.two.svg"]
    theirs = {"font.size": 30, "font.family": ["serif"], "savefig.bbox": "tight", "savefig.dpi": 50, "axes.grid": True}
    with matplotlib.rc_context(theirs):
        figure = charts.CHARTS[name](comparison)
        again = [path.read_bytes() for path in charts.save(figure, str(tmp_path / "again"), comparison, name)]
        assert matplotlib.rcParams["font.size"] == theirs["font.size"]
    assert again == first


@pytest.mark.slow
def test_threads_draw_the_same_as_one_after_the_other(comparisons) -> None:
    comparison = comparisons["drawn"]

    def draw(name: str) -> bytes:
        return charts.svg(charts.CHARTS[name](comparison), comparison, name)

    names = [*charts.CHARTS]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw, names)) == [draw(name) for name in names]


@pytest.mark.parametrize("case", ["drawn", "hostile", "unqueued"])
@every_chart
def test_a_drawing_speaks_to_screen_readers_and_carries_no_date(comparisons, drawing, case, name) -> None:
    comparison = comparisons[case]
    root = ElementTree.fromstring(charts.svg(drawing(case, name), comparison, name))
    space = "{http://www.w3.org/2000/svg}"
    title, desc = root.find(f"{space}title"), root.find(f"{space}desc")
    assert title is not None and desc is not None
    assert title.text == printable(f"{charts.SUBJECTS[name].title}: {comparison.scenario.title}")
    assert desc.text == printable(charts.alt(comparison, name))
    assert root.attrib["role"] == "img"
    assert (root.attrib["aria-labelledby"], root.attrib["aria-describedby"]) == (title.attrib["id"], desc.attrib["id"])
    said_about = {node.tag.rpartition("}")[2]: node.text for node in root.iter() if "purl.org" in node.tag}
    assert said_about["identifier"] == comparison.run_id and "date" not in said_about
    assert not list(root.iter(f"{space}text")), "letters are outlines, so that no font is needed"


@some_pairs
def test_a_picture_carries_title_source_and_run(comparisons, drawing, case, name) -> None:
    comparison = comparisons[case]
    with Image.open(BytesIO(charts.png(drawing(case, name), comparison, name))) as picture:
        about = picture.info
        assert picture.width == round(WIDTH * 300)
    assert about["Run"] == comparison.run_id
    assert comparison.run_id in about["Source"] and __version__ in about["Source"]
    assert about["Title"] == printable(f"{charts.SUBJECTS[name].title}: {comparison.scenario.title}")


@some_pairs
def test_a_page_for_print_carries_title_source_and_run_and_no_date(comparisons, drawing, case, name) -> None:
    comparison = comparisons[case]
    content = charts.pdf(drawing(case, name), comparison, name)
    assert content.startswith(b"%PDF-") and b"/CreationDate" not in content
    about = PdfReader(BytesIO(content)).metadata
    assert about["/Title"] == printable(f"{charts.SUBJECTS[name].title}: {comparison.scenario.title}")
    assert about["/Run"] == comparison.run_id and comparison.run_id in about["/Keywords"]
    assert b"/FontFile2" in content, "letters are those of a font that is inside"


def test_figures_are_all_the_charts(comparisons) -> None:
    figures = charts.figures(comparisons["unqueued"])
    expected = ["difference", "cost_per_hour", "cash_flow", "capacity", "delivered", "waits", "price_of_immediacy"]
    assert list(figures) == list(charts.CHARTS) == [*expected, "need_met", "lorenz"]


def test_no_chart_needs_pyplot_or_a_display() -> None:
    folder = Path(sheet.__file__).parent
    assert not [path.name for path in folder.glob("*.py") if "pyplot" in path.read_text(encoding="utf8")]
