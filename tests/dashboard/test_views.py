"""The pages of results: each begins with its result, shows live bars, and every number on it can be computed again."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from string import Formatter
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard import ageing, appraisal, bars, leads, markdown, words
from dashboard import charts as page_charts
from dashboard.state import Pair, Side, State
from dashboard.views import access, cluster, independence, money, openness
from sim import charts, rediscount
from sim.charts.differences import subject
from sim.comparison.results import Comparison, interval, middle, unit_of
from sim.comparison.run import compare
from sim.comparison.table import cell
from sim.mechanisms.appraisal import profiles
from sim.outcomes import BY_NAME
from sim.scenario import load
from tests.dashboard.conftest import ROOT, Page

Open = Callable[..., Page]
DRAWS = 64
NAME = "additional_fe_hours"  # of which more is better
COST = "public_cost"  # of which less is
KEYS = ("public_cluster", "cloud_credits", "research_grants")
OUTCOMES = (*cluster.USE, *money.COSTS, *access.TIERS, *independence.MARKET, *openness.SAFETY)


@pytest.fixture(scope="module")
def drawn() -> Comparison:
    """A comparison as the page computes it inline."""
    return compare(load("small_country"), draws=DRAWS, fidelity="instant")


def planted(comparison: Comparison, name: str, **totals: np.ndarray) -> Comparison:
    """The comparison with these totals [draw] of an outcome, and none of it under the other options."""
    nothing = np.full(1 + DRAWS, np.nan)
    found = {
        key: replace(result, totals={**result.totals, name: totals.get(key, nothing)})
        for key, result in comparison.results.items()
    }
    return replace(comparison, results=found)


def constant(value: float, share: float = 1.0, other: float = 0.0) -> np.ndarray:
    """Totals [draw]: a value in a share of the draws, another one in the rest."""
    return np.where(np.arange(1 + DRAWS) <= share * DRAWS, value, other)


# --- verdicts ---


def test_who_is_ahead_in_every_world_leads(drawn: Comparison) -> None:
    """2 against 1 in all of 64 worlds."""
    found = planted(drawn, NAME, public_cluster=constant(2.0), cloud_credits=constant(1.0))
    assert leads.leaders(found, NAME) == ("public_cluster",)
    said = leads.sentence(found, NAME)
    assert "highest under Public cluster (2.00 " in said
    assert said.endswith("higher than under Cloud credits (1.00 FE-hour) in 100 % of 64 worlds.")


def test_who_is_ahead_in_half_of_the_worlds_does_not_lead(drawn: Comparison) -> None:
    """34 of 64 is what a coin gives four times in ten: too close to call, and no bar is marked."""
    found = planted(drawn, NAME, public_cluster=constant(2.0, 34 / 64), cloud_credits=constant(1.0))
    assert leads.leaders(found, NAME) == ()
    assert "too close to call between Public cluster" in leads.sentence(found, NAME)
    assert not any(value["first"] for value in bars.spec(found, NAME)["data"]["values"])


@pytest.mark.parametrize("error", [0.5, 0.0])
def test_waits_that_differ_by_less_than_their_windows_are_too_close_for_that_reason(
    drawn: Comparison, error: float
) -> None:
    """Behind in all worlds, which share the error of the windows: 1, 1 and 1 hours against 1.2 more or less."""
    scatter = 1.2 + error * np.array([1.0, -1.0, 1.0, -1.0])
    found = planted(drawn, "wait_p50", public_cluster=constant(1.0), portfolio=constant(1.2))
    for key, median in (("public_cluster", np.ones(4)), ("portfolio", scatter)):
        found.results[key] = replace(found.results[key], waits=SimpleNamespace(median=median), estimate=None)
    said = leads.sentence(found, "wait_p50")
    assert ("too close to call" in said) == (error > 0)
    assert said.endswith("from window to window." if error else "in 100 % of 64 worlds.")


@pytest.mark.parametrize(
    ("behind", "said"),
    [
        (constant(1.2304e6), "lowest under Public cluster (1.23m USD) and Cloud credits (1.23m USD), equal as printed; "
         "lower under Public cluster than under Cloud credits in 100 % of 64 worlds."),
        (constant(1.24e6), "lowest under Public cluster (1.23m USD); lower than under Cloud credits (1.24m USD) in "
         "100 % of 64 worlds."),
        (constant(1.2304e6, 40 / 64, 1.1e6), "too close to call between Public cluster"),
    ],
)  # fmt: skip
def test_amounts_that_are_equal_as_printed_are_told_to_be(drawn: Comparison, behind: np.ndarray, said: str) -> None:
    found = planted(drawn, COST, public_cluster=constant(1.2301e6), cloud_credits=behind)
    assert said in leads.sentence(found, COST)


def test_the_central_case_tells_what_is_equal_as_printed(drawn: Comparison) -> None:
    found = planted(drawn, COST, public_cluster=constant(1.2301e6), cloud_credits=constant(1.2304e6))
    assert leads.sentence(replace(found, draws=0), COST).endswith(
        "in the central case lowest under Public cluster (1.23m USD) and Cloud credits (1.23m USD), equal as printed; "
        "how surely is not known without worlds drawn."
    )


def test_less_leads_where_less_is_better(drawn: Comparison) -> None:
    found = planted(drawn, COST, public_cluster=constant(2e6), cloud_credits=constant(1e6))
    assert leads.leaders(found, COST) == ("cloud_credits",)
    assert "lowest under Cloud credits (1.00m" in leads.sentence(found, COST)


def test_who_gives_no_hours_and_costs_nothing_leads_in_no_cost(drawn: Comparison) -> None:
    found = planted(
        drawn, COST, do_nothing=constant(0.0), domestic_fab=constant(0.0), public_cluster=constant(2e6),
        cloud_credits=constant(1e6),
    )  # fmt: skip
    assert leads.leaders(found, COST) == ("cloud_credits",)
    assert words.BEST_lower_of_those in leads.sentence(found, COST)


@pytest.mark.parametrize(
    ("totals", "said"),
    [
        ({}, "no option has a value"),
        ({"public_cluster": constant(2.0)}, "only Public cluster (2.00 FE-hours) has a value"),
        ({key: constant(2.0) for key in KEYS}, "the same under every option, 2.00 FE-hours"),
        ({key: constant(2.0, 0.2, np.nan) for key in KEYS[:1]} | {"cloud_credits": constant(1.0, 0.3, np.nan)},
         "no option has a value in most worlds"),
    ],
)  # fmt: skip
def test_where_there_is_no_race_that_is_said(drawn: Comparison, totals: dict[str, np.ndarray], said: str) -> None:
    found = planted(drawn, NAME, **totals)
    assert said in leads.sentence(found, NAME)
    assert leads.leaders(found, NAME) == ()


def test_an_outcome_without_a_better_way_has_a_span(drawn: Comparison) -> None:
    totals = {"public_cluster": constant(3.0), "cloud_credits": constant(1.0)}
    said = leads.sentence(planted(drawn, "outlay", **totals), "outlay")
    assert said.index("from Cloud credits (1.00") < said.index("to Public cluster (3.00")


def test_without_worlds_the_central_case_speaks() -> None:
    found = compare(load("small_country"), queue=False)
    assert "in the central case" in leads.sentence(found, NAME)


# --- live bars ---


@pytest.mark.parametrize("name", sorted(set(OUTCOMES)))
def test_bars_are_the_medians_and_ranges_of_the_worlds(drawn: Comparison, name: str) -> None:
    """The frame is computed from the totals; the drawing and its text hold the numbers of the frame, and no others."""
    outcome, frame = BY_NAME[name], leads.numbers(drawn, name)
    estimates = frame.estimate.to_numpy()
    for row in frame[~estimates].itertuples():
        totals = drawn.own_totals(row.option, name)
        np.testing.assert_allclose((row.value, row.low, row.high), (middle(totals), *interval(totals)))
    known = frame[frame.value.notna()]
    for row in known.itertuples():
        assert f"{row.label}: {bars.value_text(outcome, row)}" in bars.alt(drawn, name)
        assert cell(outcome, row.value) in bars.value_text(outcome, row)
    if known.empty:
        return
    spec = bars.spec(drawn, name)
    scaled = np.array([[each[end] for end in ("value", "low", "high")] for each in spec["data"]["values"]], float)
    three = known[["value", "low", "high"]].to_numpy()
    most = np.nanmax(np.abs(three))
    if most:  # one factor, a power of ten, for all of them
        factor = most / np.nanmax(np.abs(scaled))
        assert round(np.log10(factor), 9) in (0, 3, 6, 9)
        np.testing.assert_allclose(scaled * factor, three, rtol=1e-9)
    table = bars.table(outcome, frame)
    assert list(table.index) == [markdown.literal(label) for label in frame.label]


def test_what_is_only_estimated_has_its_band_and_a_tilde(drawn: Comparison) -> None:
    frame = leads.numbers(drawn, "wait_p95")
    (row,) = frame[frame.option == "public_cluster"].itertuples()
    band = drawn.results["public_cluster"].estimate.bands["p95"]
    assert (row.value, row.low, row.high) == tuple(band)
    assert "Public cluster: ~" in bars.alt(drawn, "wait_p95")


def test_an_axis_has_numbers_of_few_digits_and_says_of_what(drawn: Comparison) -> None:
    spec = bars.spec(drawn, COST)
    title = spec["layer"][1]["encoding"]["x"]["title"]
    unit = unit_of(BY_NAME[COST], drawn.scenario)
    assert title.endswith((f"(million {unit})", f"(billion {unit})"))
    assert max(abs(each["high"]) for each in spec["data"]["values"]) < 1e4


# --- machines that age ---


def test_the_worth_of_a_machine_is_that_of_the_exported_figure(drawn: Comparison) -> None:
    """The first machine; its frame is the one that the figure is drawn from, and ages name its peak and its end."""
    frame = charts.data(drawn, "capacity")
    total, worth = (frame[frame.series == name].value.to_numpy() for name in ("all", "frontier-equivalents"))
    own = ageing.numbers(drawn)
    own = own[own.option == "public_cluster"]
    np.testing.assert_array_equal(own.h100e, total)
    np.testing.assert_array_equal(own.fe, worth)
    age = ageing.ages(drawn)[0]
    last = np.flatnonzero(total)[-1]
    assert (age.peak_h100e, age.last_h100e, age.last_fe) == (total.max(), total[last], worth[last])


def test_new_hardware_only_takes_worth_away(drawn: Comparison) -> None:
    """While nothing is delivered or retired, an H100e in service is worth less each month."""
    for _, rows in ageing.numbers(drawn).groupby("option"):
        serving = rows[rows.h100e > 0]
        assert (np.diff(serving.fe / serving.h100e) < 0).all()
        assert 0 < ageing.ages(drawn)[0].left < 1


def test_the_table_of_ageing_has_the_last_month_of_each_year(drawn: Comparison) -> None:
    table, frame = ageing.yearly(drawn), ageing.numbers(drawn)
    one = frame[(frame.option == "public_cluster") & (frame.year == 2030)]
    assert table.loc["2030"].iloc[0] == one.h100e.iloc[-1] and table.loc["2030"].iloc[1] == one.fe.iloc[-1]


# --- profiles ---


def test_each_profile_gives_what_a_run_under_it_gives(drawn: Comparison) -> None:
    found = appraisal.under_profiles(drawn, "public_cluster", "cloud_credits")
    assert [row.profile for row in found.rows] == ["", *profiles()]
    assert found.outcome == appraisal.USUAL  # additional FE-hours are not discounted
    for name in ("", "omb_a94_1992"):
        again = rediscount(drawn, name or None)
        (row,) = (row for row in found.rows if row.profile == name)
        assert row.first == middle(again.own_totals("public_cluster", found.outcome))
        assert row.second == middle(again.own_totals("cloud_credits", found.outcome))
    table = appraisal.table(found, drawn, "omb_a94_1992")
    assert [head.startswith("**") for head in table.index].count(True) == 1
    assert not found.changes or len({row.verdict for row in found.rows}) > 1


# --- pages ---


@pytest.mark.slow
@pytest.mark.parametrize("view", ["cluster", "money", "access", "independence", "openness", "numbers"])
def test_a_page_begins_with_its_result_and_every_picture_has_its_text(open_page: Open, view: str) -> None:
    page = open_page(view, scenario="small_country", draws="64")
    comparison = compare(load("small_country"), draws=DRAWS, queue=False)
    starts = {
        "cluster": ageing.sentences(comparison)[0],
        "money": leads.sentence(comparison, "cost_per_h100e_hour"),
        "access": leads.sentence(comparison, "need_met"),
        "independence": leads.sentence(comparison, "domestic_share"),
        "openness": leads.sentence(comparison, "openness_index"),
        "numbers": comparison.answer.sentences[0],
    }
    assert page.at.main.markdown[0].value.startswith(f"**{markdown.literal(starts[view])}**")
    pictures = [*page.at.get("vega_lite_chart"), *page.at.get("arrow_table"), *page.at.get("table")]
    assert pictures and all(picture.proto.alt for picture in pictures)


def test_a_move_repaints_the_live_chart_at_once(open_page: Open) -> None:
    page = open_page("money", scenario="small_country", draws="64")
    before = page.at.get("vega_lite_chart")[0].proto.alt
    page.move("cloud.long_run_usd", 3.0)
    moved = compare(load("small_country", {"cloud.long_run_usd": 3.0}), draws=DRAWS, queue=False)
    after = page.at.get("vega_lite_chart")[0].proto.alt
    assert after == bars.alt(moved, money.COSTS[0]) != before


def test_another_outcome_is_shown_where_it_is_chosen(open_page: Open) -> None:
    page = open_page("access", scenario="small_country", draws="64")
    page.at.selectbox(key="bars/access").set_value("gini")
    page.run()
    comparison = compare(load("small_country"), draws=DRAWS, queue=False)
    assert page.at.get("vega_lite_chart")[0].proto.alt == bars.alt(comparison, "gini")


def test_without_a_machine_there_is_one_sentence(open_page: Open) -> None:
    page = open_page("cluster", scenario="small_country")
    options = "\n".join(f'[[option]]\ninstrument = "{each}"' for each in ("do_nothing", "cloud_credits"))
    text = 'title = "no"\nquestion = "?"\nstart = "2025-01"\nhorizon_years = 3\nbudget = { total = 4e6, years = 2 }\n'
    page.upload(text + options)
    assert page.at.main.markdown[-1].value == markdown.literal(words.NO_MACHINE)
    assert not page.at.get("vega_lite_chart") and not page.at.main.expander


@pytest.mark.slow
def test_the_profile_table_stands_on_the_page(open_page: Open) -> None:
    page = open_page("money", scenario="small_country", draws="64").open("profiles").run()
    for _ in range(100):
        if len(page.at.get("table")) > 1:
            break
        page.run()
    head = markdown.literal(words.PROFILES_AGREE.format(outcome="Cost per H100e-hour", count=len(profiles())))
    differ = markdown.literal(words.PROFILES_DIFFER.format(outcome="Cost per H100e-hour"))
    assert head in page.text() or differ in page.text()


@pytest.mark.slow
def test_two_options_that_were_chosen_have_a_figure_of_their_own(open_page: Open) -> None:
    """Its words are those of the pair; the pair of the question has none besides its own."""
    page = open_page("numbers", scenario="small_country", draws="64", between="cloud_credits,portfolio")
    page.open("chosen_pair")
    comparison = compare(load("small_country"), draws=DRAWS, queue=False)
    figure = page_charts.drawn_pair(comparison, Pair("cloud_credits", "portfolio", NAME))
    assert figure.alt == charts.alt(comparison, subject("cloud_credits", "portfolio", NAME))
    assert "Portfolio" in figure.alt and figure.svg.startswith("<?xml")
    assert words.CHOSEN_DIFFERENCE in [each.label for each in page.at.main.expander]
    own = open_page("numbers", scenario="small_country", draws="64")
    assert words.CHOSEN_DIFFERENCE not in [each.label for each in own.at.main.expander]


@pytest.mark.parametrize("file", ["views", "cluster", "money", "access"])
def test_every_text_of_these_pages_is_in_both_languages(file: str) -> None:
    """With the same places to fill in."""
    found = tomllib.loads((ROOT / f"dashboard/strings/{file}.toml").read_text(encoding="utf8"))
    assert found and all(set(row) == {"en", "de"} for row in found.values())
    for row in found.values():
        places = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in row.values()]
        assert places[0] == places[1], row


def test_the_call_of_python_is_that_of_the_side() -> None:
    side = Side("nairr_us", {"cloud.price_usd": 3.0, "access.rule": "lottery"}, frozenset({"cloud.price_usd"}))
    call = words.python_call(side, words.How(State().seed, 64, waits="off"))
    assert '"fixed": ["cloud.price_usd"]' in call and '"access.rule": "lottery"' in call and "queue=False" in call


def test_a_part_without_differences_has_no_empty_table(open_page: Open) -> None:
    page = open_page(draws="64").go("openness")
    page.at.session_state["outcomes/Free models"] = True
    page.run()
    assert page.at.table and all(not table.value.empty for table in page.at.table)
