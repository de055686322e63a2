"""Options held against each other in charts: who leads, how surely, and how two differ over the draws.

Leaders are found anew from the totals of a comparison, by another library's sign test; distributions are planted.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from scipy.stats import binomtest

from sim import charts
from sim.charts.captions import alt
from sim.charts.differences import difference_of, subject
from sim.charts.numbers import COSTS, DELIVERED, labels
from sim.charts.pairs import ALIKE, FIRST, NEITHER, SECOND, difference, pair_of
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.verdict import LOOK_LEVEL
from sim.formatting import format_typeset, unit_text
from sim.mechanisms.demand import TIERS
from sim.outcomes import BY_NAME
from sim.parameters import Array
from sim.scenario import load

DRAWS = 64
FE = "additional_fe_hours"
MACHINE, CREDITS = "public_cluster", "cloud_credits"
SCENARIOS = ("nairr_us", "isambard_ai_uk", "small_country", "heavy_press_1950")


@cache
def compared(scenario: str = "nairr_us", draws: int = DRAWS) -> Comparison:
    """A comparison without its queue."""
    return compare(load(scenario), draws=draws, queue=False)


def planted(outcome: str = FE, **totals: Array) -> Comparison:
    """The comparison of nairr_us with other totals [draw] of an outcome, by option, the central case first."""
    found = compared()
    results = {
        key: replace(result, totals=result.totals | {outcome: np.append(totals[key][:1], totals[key])})
        if key in totals
        else result
        for key, result in found.results.items()
    }
    return replace(found, results=results)


def apart(gaps: Array, outcome: str = FE) -> Comparison:
    """A comparison in which machines have so much more than credits in each draw."""
    return planted(outcome, public_cluster=1e3 + gaps, cloud_credits=np.full(DRAWS, 1e3))


def said(figure: Figure, part: str) -> str:
    """A paragraph of the sheet, its lines joined."""
    return " ".join(text.get_text().replace("\n", " ") for text in figure.texts if text.get_label() == part)


def panel(figure: Figure) -> Axes:
    """The axes with the bars."""
    return next(axes for axes in figure.axes if axes.get_ylabel())


# --- who leads ---


def leaders(comparison: Comparison, outcome: str, shown: dict[str, float]) -> tuple[str, set[str]]:
    """The option with the best value shown, and those that a sign test, held by Holm, does not put behind it."""
    sign = BY_NAME[outcome].sign
    worth = {
        key: np.nan_to_num(sign * comparison.own_totals(key, outcome)[1:], nan=-np.inf) for key in comparison.results
    }
    best = max(shown, key=lambda key: sign * shown[key])
    tests = {}
    for key, values in worth.items():
        if key != best and not np.allclose(worth[best], values, rtol=1e-12, atol=0):
            ahead, behind = int((worth[best] > values).sum()), int((worth[best] < values).sum())
            tests[key] = (binomtest(ahead, ahead + behind).pvalue, ahead > behind)
    order = sorted(tests, key=lambda key: tests[key][0])
    held, raised = {}, 0.0
    alike = len(worth) - 1 - len(tests)  # tests that find nothing stand last
    for place, key in enumerate(order):
        raised = max(raised, min(tests[key][0] * (len(tests) + alike - place), 1.0))
        held[key] = raised
    return best, {key for key in tests if held[key] > LOOK_LEVEL or not tests[key][1]}


def medians(comparison: Comparison, outcome: str) -> dict[str, float]:
    """Medians of the draws of the options that have more than nothing in most of them."""
    drawn = {key: comparison.own_totals(key, outcome)[1:] for key in comparison.results}
    found = {key: values[np.isfinite(values)] for key, values in drawn.items() if np.isfinite(values).mean() >= 0.5}
    return {key: float(np.median(values)) for key, values in found.items() if np.median(values) > 0}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_cheapest_hour_is_named_only_where_the_draws_bear_it_out(scenario: str) -> None:
    comparison = compared(scenario)
    title, units = charts.SUBJECTS["cost_per_hour"].found(comparison).result, {}
    for outcome in COSTS:
        shown = medians(comparison, outcome)
        best, rivals = leaders(comparison, outcome, shown)
        frame = charts.data(comparison, "cost_per_hour")
        unit = unit_text(frame[frame.outcome == outcome].unit.iloc[0])
        units[outcome] = bool(rivals)
        priced = f"{format_typeset(shown[best])} {unit}" in title
        assert priced == (not rivals), outcome
        assert priced == (f"under {labels(comparison)[best]}" in title) or priced is False
    assert ("too close to call" in title) == any(units.values())
    assert title.startswith("the cheapest useful hour is too close to call") == all(units.values())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_who_delivers_most_is_named_only_where_the_draws_bear_it_out(scenario: str) -> None:
    comparison = compared(scenario)
    title = charts.SUBJECTS["delivered"].found(comparison).result
    for outcome in DELIVERED:
        best, rivals = leaders(comparison, outcome, medians(comparison, outcome))
        (clause,) = (part for part in title.split("; ") if f"{unit_text(BY_NAME[outcome].unit)}s" in part)
        assert clause.startswith("too close to call") == bool(rivals)
        assert rivals or clause.endswith(f"come under {labels(comparison)[best]}")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_tiers_are_counted_where_the_draws_bear_a_leader_out(scenario: str) -> None:
    comparison = compared(scenario)
    title, close = charts.SUBJECTS["need_met"].found(comparison).result, 0
    won: dict[str, int] = {}
    for tier in TIERS:
        best, rivals = leaders(comparison, f"need_met_{tier}", medians(comparison, f"need_met_{tier}"))
        close += bool(rivals)
        won |= {} if rivals else {best: won.get(best, 0) + 1}
    for key, count in won.items():
        where = "in every tier" if count == len(TIERS) else f"in {count} of 4 tiers"
        assert f"most need is met under {labels(comparison)[key]} {where}" in title
    assert ("too close to call" in title) == bool(close)
    assert not 0 < close < len(TIERS) or f"too close to call in {close} of 4 tiers" in title


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_hours_are_most_equal_by_the_curves_shown_and_by_the_draws(scenario: str) -> None:
    comparison = compared(scenario)
    shown = {key: float(comparison.own_totals(key, "gini")[0]) for key in comparison.results}
    best, rivals = leaders(comparison, "gini", shown)
    title, label = charts.SUBJECTS["lorenz"].found(comparison).result, labels(comparison)[best]
    assert title.startswith("too close to call") == bool(rivals)
    assert f"under {label}" in title and format_typeset(shown[best]) in title


def test_few_draws_and_none_rank_by_what_is_shown_and_say_so() -> None:
    few, none = compare(load("nairr_us"), draws=8, queue=False), compared("nairr_us", 0)
    for name in ("cost_per_hour", "delivered", "need_met"):
        assert charts.SUBJECTS[name].found(few).result.startswith("in the median of 8 draws, too few for a verdict, ")
        assert charts.SUBJECTS[name].found(none).result.startswith("in the central case ")
        assert "too close" not in charts.SUBJECTS[name].found(none).result


def test_the_best_median_leads_nobody_where_it_is_behind_in_most_worlds() -> None:
    """Machines are ahead of credits by little in 51 draws, and have nothing in the 13 in the middle."""
    credits = 1.0 + np.arange(DRAWS)
    machines = np.where((credits >= 28) & (credits < 41), 0.0, credits + 0.1)
    comparison = planted("gpu_hours", public_cluster=machines * 1e12, cloud_credits=credits * 1e12)
    assert np.median(machines) < np.median(credits) and (machines > credits).sum() == DRAWS - 13
    found = charts.SUBJECTS["delivered"].found(comparison)
    assert "not clear under which most GPU-hours come" in found.result
    assert f"more than NAIRR machines ({format_typeset(np.median(machines) * 1e12)}) in 20 % of 64 worlds" in found.more


def test_an_option_with_hours_in_few_draws_cannot_have_the_cheapest() -> None:
    """Grants at a tenth of the price, in a quarter of the draws: named in a note, not in the title."""
    cheap = np.where(np.arange(DRAWS) % 4 == 0, 0.01, np.nan)
    comparison = planted("cost_per_fe_hour", research_grants=cheap)
    comparison = planted_again(comparison, "cost_per_h100e_hour", cheap)
    figure = charts.CHARTS["cost_per_hour"](comparison)
    assert "Research grants" not in said(figure, "title") and f"Research grants (16 of {DRAWS})" in said(figure, "note")


def planted_again(comparison: Comparison, outcome: str, totals: Array) -> Comparison:
    """Another outcome of grants planted too."""
    result = comparison.results["research_grants"]
    other = replace(result, totals=result.totals | {outcome: np.append(totals[:1], totals)})
    return replace(comparison, results=comparison.results | {"research_grants": other})


def test_one_option_with_hours_has_nobody_to_be_cheaper_than() -> None:
    comparison = compared()
    kept = {key: comparison.results[key] for key in ("do_nothing", CREDITS)}
    found = charts.SUBJECTS["cost_per_hour"].found(replace(comparison, results=kept))
    assert found.result.startswith("only Cloud credits gives public hours, at ") and "cheapest" not in found.whole


def test_options_that_are_always_alike_lead_together() -> None:
    same = np.linspace(1e12, 2e12, DRAWS)
    comparison = planted("gpu_hours", public_cluster=same, portfolio=same.copy(), cloud_credits=same / 2)
    title = charts.SUBJECTS["delivered"].found(comparison).result
    assert "most GPU-hours come under NAIRR machines and Portfolio" in title


def test_options_without_hours_say_so_in_the_place_of_a_bar() -> None:
    comparison = compared()
    figure = charts.CHARTS["cost_per_hour"](comparison)
    none = [key for key in comparison.results if np.isnan(comparison.own_totals(key, COSTS[0])).all()]
    words = [text for axes in figure.axes for text in axes.texts if text.get_text() == "no public hours"]
    assert none and len(words) == 2 * len(none)
    listed = "Do nothing; Domestic fab (makes accelerators, gives no hours)."
    assert f"to divide a cost by: {listed}" in said(figure, "note")


# --- how two options differ ---

numbers = st.floats(-1e12, 1e12, allow_nan=False) | st.sampled_from([0.0, 1.0, -1.0])


@given(st.lists(numbers, min_size=DRAWS, max_size=DRAWS))
def test_every_draw_is_in_one_bar_and_no_bar_reaches_over_zero(gaps: list[float]) -> None:
    frame = difference(apart(np.array(gaps)), MACHINE, CREDITS, FE)
    assert frame.draws.sum() == DRAWS and frame.share.sum() == pytest.approx(1)
    assert not ((frame["from"] < 0) & (frame.to > 0)).any() and (frame.draws > 0).all()
    assert list(frame["from"]) == sorted(frame["from"])
    shown = (1e3 + np.array(gaps)) - 1e3
    alike = np.abs(shown) <= 1e-12 * np.maximum(np.abs(1e3 + np.array(gaps)), 1e3)
    for side, held in ((FIRST, shown > 0), (SECOND, shown < 0)):
        assert frame[frame.side == side].draws.sum() == (held & ~alike).sum()
    assert frame[frame.side == ALIKE].draws.sum() == alike.sum()


def test_bars_hold_the_draws_between_their_ends() -> None:
    gaps = np.random.default_rng(1).normal(3.0, 5.0, DRAWS)
    frame = difference(apart(gaps), MACHINE, CREDITS, FE)
    for row in frame.itertuples():
        assert row.draws == ((gaps >= row[2] - 1e-9) & (gaps < row.to - 1e-9)).sum()
    assert not frame.beyond.any() and np.ptp(frame.to - frame["from"]) < 1e-9
    assert frame.ahead.iloc[0] == pytest.approx((gaps > 0).mean())
    low, high = np.quantile(gaps, (0.1, 0.9), method="weibull")
    assert list(frame.iloc[0][["median", "low", "high"]]) == pytest.approx([np.median(gaps), low, high])


def test_draws_far_out_are_put_into_the_outermost_bars_and_marked() -> None:
    gaps = np.append(np.linspace(-1.0, 2.0, DRAWS - 3), [500.0, 900.0, -800.0])
    comparison = apart(gaps)
    frame = difference(comparison, MACHINE, CREDITS, FE)
    assert frame.beyond.tolist() == [True] + [False] * (len(frame) - 2) + [True]
    assert frame.to.max() < 10 and frame["from"].min() > -10
    assert frame[frame.beyond].draws.tolist() == [1, 2]
    figure = difference_of(comparison, MACHINE, CREDITS, FE)
    arrows = [line for line in panel(figure).lines if line.get_label() == "beyond"]
    assert sum(len(line.get_xdata()) for line in arrows) == 2 and "Arrows" in said(figure, "note")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_title_counts_the_draws_and_calls_what_is_close(scenario: str) -> None:
    comparison = compared(scenario)
    first, second = comparison.scenario.between
    one, other = (comparison.own_totals(key, FE)[1:] for key in (first, second))
    tests = []
    for key in comparison.results:
        if key != first:
            each = comparison.own_totals(key, FE)[1:]
            tests.append((binomtest(int((one > each).sum()), DRAWS).pvalue, key))
    held, raised = {}, 0.0
    for place, (chance, key) in enumerate(sorted(tests)):
        raised = max(raised, min(1.0, chance * (len(tests) - place)))
        held[key] = raised
    ahead = max((first, second), key=lambda key: ((one > other) if key == first else (other > one)).sum())
    share = max((one > other).mean(), (other > one).mean())
    title = charts.SUBJECTS["difference"].found(comparison).result
    assert title.startswith("Too close to call: ") == (held[second] > LOOK_LEVEL)
    assert title.removeprefix("Too close to call: ").startswith(comparison.results[ahead].label)
    assert f"in {100 * share:.0f} % of {DRAWS} worlds" in title


def test_the_bars_drawn_are_those_of_the_frame_from_zero_upwards() -> None:
    comparison = compared("isambard_ai_uk")
    figure, frame = charts.CHARTS["difference"](comparison), charts.data(comparison, "difference")
    axes = panel(figure)
    for container in axes.containers:
        rows = frame[frame.side == container.get_label()]
        assert [bar.get_height() for bar in container] == pytest.approx(list(rows.share))
        assert [bar.get_x() for bar in container] == pytest.approx(list(rows["from"]))
        assert [bar.get_width() for bar in container] == pytest.approx(list(rows.to - rows["from"]))
    assert axes.get_ylim()[0] == 0 and axes.get_xlim()[0] < 0 < axes.get_xlim()[1]
    zeros = [line for each in figure.axes for line in each.lines if line.get_label() == "zero"]
    assert len(zeros) == 2 and all(set(line.get_xdata()) == {0} for line in zeros)
    greys = [np.dot(to_rgb(c[0].get_facecolor()[:3]), (0.299, 0.587, 0.114)) for c in axes.containers if len(c)]
    assert abs(greys[0] - greys[1]) > 0.3 and len({c[0].get_hatch() for c in axes.containers}) == 2


@pytest.mark.parametrize("outcome", ["cost_per_fe_hour", "need_met", "first_month", "gini", "outlay"])
def test_the_right_side_is_the_first_option_s_whichever_way_is_better(outcome: str) -> None:
    comparison = compared()
    one, other = (comparison.own_totals(key, outcome)[1:] for key in (MACHINE, CREDITS))
    ahead = one < other if BY_NAME[outcome].better == "lower" else one > other
    frame = difference(comparison, MACHINE, CREDITS, outcome)
    assert frame[frame.side == FIRST].draws.sum() == ahead.sum()
    turned = difference(comparison, CREDITS, MACHINE, outcome)
    assert turned[turned.side == SECOND].draws.sum() == ahead.sum()
    assert turned["median"].iloc[0] == -frame["median"].iloc[0] and turned.ahead.iloc[0] == frame.behind.iloc[0]
    pair, back = pair_of(comparison, MACHINE, CREDITS, outcome), pair_of(comparison, CREDITS, MACHINE, outcome)
    assert pair.chance == back.chance and pair.known == back.known
    word = "higher than" if BY_NAME[outcome].better == "neither" else "better than"
    assert word in alt(comparison, subject(MACHINE, CREDITS, outcome))


@pytest.mark.parametrize(
    ("case", "title", "drawn"),
    [
        ("equal", "NAIRR machines and Cloud credits come to the same in all of 64 worlds", True),
        ("constant", "NAIRR machines better than Cloud credits in 100 % of 64 worlds", True),
        ("one_known", "NAIRR machines better than Cloud credits in 100 % of 64 worlds", False),
        ("unknown", "Neither NAIRR machines nor Cloud credits has a value in any world", False),
        ("some", "NAIRR machines better than Cloud credits in 100 % of 64 worlds", True),
    ],
)
def test_degenerate_differences_are_said_as_they_are(case: str, title: str, drawn: bool) -> None:
    one, none = np.full(DRAWS, 5.0), np.full(DRAWS, np.nan)
    first, second = {
        "equal": (one, one), "constant": (one, one - 2), "one_known": (one, none), "unknown": (none, none),
        "some": (one, np.where(np.arange(DRAWS) < 10, np.nan, one - 2)),
    }[case]  # fmt: skip
    comparison = planted(public_cluster=first, cloud_credits=second)
    figure, frame = charts.CHARTS["difference"](comparison), charts.data(comparison, "difference")
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    assert said(figure, "title").startswith(title) and frame.draws.sum() == DRAWS
    assert bool([axes for axes in figure.axes if axes.get_label() != "key"]) == drawn
    counts = {side: int(frame[(frame.side == side) & frame["from"].isna()].draws.sum()) for side in (FIRST, NEITHER)}
    assert counts == {FIRST: {"one_known": 64, "some": 10}.get(case, 0), NEITHER: 64 * (case == "unknown")}
    assert ("In 10 draws only NAIRR machines has a value" in said(figure, "note")) == (case == "some")


@pytest.mark.parametrize("draws", [0, 1, 19])
def test_below_twenty_draws_nothing_is_said_of_a_distribution(draws: int) -> None:
    comparison = compared("nairr_us", draws)
    figure = charts.CHARTS["difference"](comparison)
    assert said(figure, "title").startswith("How far the two differ is not known: ")
    assert "It takes 20 or more" in said(figure, "reading") and charts.data(comparison, "difference").empty
    assert not [axes for axes in figure.axes if axes.get_label() != "key"]


@pytest.mark.parametrize(
    ("first", "second", "outcome", "words"),
    [
        ("public_clusters", CREDITS, FE, "no option 'public_clusters'; did you mean 'public_cluster'"),
        (MACHINE, "credits", FE, "no option 'credits'"),
        (MACHINE, CREDITS, "fe_hour", "no outcome 'fe_hour'; did you mean 'fe_hours'"),
        (MACHINE, MACHINE, FE, "option 'public_cluster' cannot be held against itself; name two options"),
    ],
)
def test_names_that_there_are_not_are_refused(first: str, second: str, outcome: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        difference_of(compared(), first, second, outcome)
