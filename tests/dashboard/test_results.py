"""The answer, the leaders and the cells of the page, held against numbers that were planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dashboard import answers, markdown, results, words
from sim.comparison.centre import OUTSIDE
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.table import brief, firsts, otherwise
from sim.comparison.verdict import share_interval
from sim.outcomes import BY_NAME, HEADLINE
from sim.scenario import load
from tests.dashboard.conftest import Page

Open = Callable[..., Page]
DRAWS = 40
NAME = "additional_fe_hours"
KEYS = ("public_cluster", "cloud_credits", "research_grants")


@pytest.fixture(scope="module")
def drawn() -> Comparison:
    """A comparison with draws."""
    return compare(load("small_country"), draws=DRAWS, queue=False)


def planted(comparison: Comparison, name: str, **totals: np.ndarray) -> Comparison:
    """The comparison with these totals of an outcome, and none of it under the other options."""
    nothing = np.full(1 + DRAWS, np.nan)
    found = {
        key: replace(result, totals={**result.totals, name: totals.get(key, nothing)})
        for key, result in comparison.results.items()
    }
    return replace(comparison, results=found)


def centre_and(centre: float, *draws: float) -> np.ndarray:
    """Totals [draw] of a central case and of draws, each repeated until there are DRAWS."""
    return np.array([centre, *np.repeat(draws, DRAWS // len(draws))])


# --- the answer ---


def test_the_answer_stands_below_the_question_and_above_every_number(open_page: Open) -> None:
    page = open_page(scenario="isambard_ai_uk", draws="64")
    scenario = load("isambard_ai_uk")
    answer = compare(scenario, draws=64, queue=False).answer
    parts = [str(getattr(part, "value", "")) for part in page.at.main]
    question = parts.index(markdown.literal(scenario.question))
    (place,) = (n for n, part in enumerate(parts) if all(markdown.literal(s) in part for s in answer.sentences))
    table = next(n for n, part in enumerate(page.at.main) if part.type == "table")
    assert question < place < table
    assert parts[place].startswith(f"**{markdown.literal(answer.sentences[0])}**")


# --- leaders ---


def test_the_leader_is_first_in_most_draws_whatever_the_central_case_names(drawn: Comparison) -> None:
    """One is first in three draws of four, by little; another in the central case, by much."""
    found = results.leader(
        planted(
            drawn,
            NAME,
            public_cluster=centre_and(9.0, 1.0, 1.0, 1.0, 100.0),
            cloud_credits=centre_and(5.0, 2.0, 3.0, 4.0, 5.0),
        ),
        BY_NAME[NAME],
    )
    assert found == results.Leader(("cloud_credits",), 3.5, 0.75, ("public_cluster",))


def test_where_lower_is_better_the_lowest_leads_and_what_has_no_value_does_not(drawn: Comparison) -> None:
    name = "cost_per_fe_hour"
    totals = {"public_cluster": centre_and(1.0, np.nan, 1.0), "cloud_credits": centre_and(2.0, 2.0, 2.0)}
    found = results.leader(planted(drawn, name, **totals), BY_NAME[name])
    assert found is not None and found.in_centre == ("public_cluster",)
    assert found.share == 0.5, "it leads where the other has no value"


def test_options_that_come_to_the_same_in_every_draw_lead_together(drawn: Comparison) -> None:
    """Two alike in three draws of five are ahead of a third that is first in two: each alone would not be."""
    alike = centre_and(3.0, 3.0, 3.0, 3.0, 0.0, 0.0)
    found = results.leader(
        planted(drawn, NAME, public_cluster=alike, cloud_credits=alike, research_grants=centre_and(1.0, 1, 1, 1, 1, 1)),
        BY_NAME[NAME],
    )
    assert found is not None and found.keys == KEYS[:2] and found.share == pytest.approx(0.6)


@pytest.mark.parametrize("value", [1.0, np.nan])
def test_nobody_leads_where_all_are_alike_or_none_has_a_value(drawn: Comparison, value: float) -> None:
    every = dict.fromkeys(drawn.results, centre_and(value, value))
    assert results.leader(planted(drawn, NAME, **every), BY_NAME[NAME]) is None


def test_a_tile_says_how_sure_its_leader_is_and_what_the_central_case_names(open_page: Open) -> None:
    page = open_page("numbers", scenario="isambard_ai_uk", draws="64")
    comparison = compare(load("isambard_ai_uk"), draws=64, queue=False)
    found = results.leader(comparison, BY_NAME[NAME])
    shares = comparison.answer.first_shares
    assert found is not None and found.keys == (max(shares, key=shares.__getitem__),)
    assert found.share == pytest.approx(shares[found.keys[0]])
    low, high = share_interval(found.share * 64, 64)
    counted = f"{100 * found.share:.0f} % of 64 worlds (95 % interval: {100 * low:.0f} to {100 * high:.0f} %)"
    captions = [each.value for each in page.at.caption]
    note = captions[captions.index(markdown.literal(f"{BY_NAME[NAME].label}: most often the highest")) + 1]
    assert markdown.literal(counted) in note
    another = not set(found.keys) & set(found.in_centre)
    assert ("In the central case" in note) == another


def test_without_draws_the_leader_is_that_of_the_central_case() -> None:
    comparison = compare(load("isambard_ai_uk"), queue=False)
    totals = {key: comparison.own_totals(key, NAME)[0] for key in comparison.results}
    found = results.leader(comparison, BY_NAME[NAME])
    assert found is not None and found.value == max(totals.values()) and totals[found.keys[0]] == found.value
    assert found.keys == found.in_centre


# --- the table ---


def test_cells_show_medians_with_ranges_and_a_mark_where_the_central_case_is_outside(drawn: Comparison) -> None:
    inside, beyond = np.arange(0.0, DRAWS + 1), np.arange(0.0, DRAWS + 1)
    inside[0], beyond[0] = DRAWS / 2, 10 * DRAWS
    cells = results.table(planted(drawn, NAME, public_cluster=inside, cloud_credits=beyond), names=(NAME,)).iloc[0]
    labels = [drawn.results[key].label for key in KEYS[:2]]
    # the median of 1 to 40, and by expected ranks the 4.1st and the 36.9th of them
    below = ":small[4.10 to 36.9]".replace(" ", markdown.NO_BREAK)
    assert [cells[label] for label in labels] == [f"20.5  \n{below}", f"20.5{OUTSIDE}  \n{below}"]
    assert OUTSIDE in words.range_note(DRAWS, 1, False)


def test_differences_carry_no_mark(drawn: Comparison) -> None:
    beyond = centre_and(1e9, *np.arange(1.0, DRAWS + 1))
    every = dict.fromkeys(drawn.results, beyond)
    assert not results.table(planted(drawn, NAME, **every), difference=True).map(lambda t: OUTSIDE in t).any(axis=None)
    assert results.table(planted(drawn, NAME, **every)).map(lambda t: OUTSIDE in t).any(axis=None)


def test_the_last_row_says_how_often_each_option_is_the_best(drawn: Comparison) -> None:
    shown = results.table(drawn)
    assert len(shown) == len(brief(drawn)) + 1
    assert [shown.index[-1], *shown.iloc[-1]] == [markdown.literal(text) for text in firsts(drawn)[0]]
    assert len(results.table(drawn, names=("first_month",))) == 1


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("need_met", 0.1234, "+12.3"),
        ("need_met", -0.1234, "-12.3"),
        ("need_met", 0.0004, "0.0"),
        ("first_month", -0.4, "0"),
        ("public_cost", 2e6, "+2.00m"),
        ("public_cost", 0.0, "0"),
    ],
)
def test_differences_carry_their_sign_unless_they_are_rounded_to_zero(
    drawn: Comparison, name: str, value: float, text: str
) -> None:
    """Every option has so much more than doing nothing in every draw, so that the cell is the number alone."""
    rate = drawn.scenario.usd_per_currency if BY_NAME[name].unit == "USD" else 1.0
    totals = dict.fromkeys(drawn.results, centre_and(value * rate, value * rate)) | {"do_nothing": centre_and(0.0, 0.0)}
    shown = results.table(planted(drawn, name, **totals), difference=True, names=(name,))
    assert set(shown.iloc[0]) == {markdown.literal(text)}
    assert drawn.results["do_nothing"].label not in shown.columns


def test_the_glossary_has_every_unit_of_the_headline_and_the_rate_of_the_money(drawn: Comparison) -> None:
    pounds = results.glossary(load("isambard_ai_uk"))
    assert "GBP of" in pounds and "US dollars of" in pounds and "FE-hour" in pounds
    assert all(markdown.with_links(f"{BY_NAME[name].label}: {BY_NAME[name].formula}") in pounds for name in HEADLINE)


def test_what_is_covered_left_out_and_cited_has_a_head_each_and_none_where_it_is_empty() -> None:
    scenario = replace(load("small_country"), modelled=("All",), not_modelled=(), sources=())
    assert results.coverage(scenario) == f"{words.COVERED}\n\n- All"
    assert results.coverage(replace(scenario, modelled=())) == words.NOT_STATED
    both = results.coverage(replace(scenario, not_modelled=("Some $5",)))
    assert both.endswith(f"\n\n{words.NOT_COVERED}\n\n- Some \\$5")


# --- by the mean ---


def test_the_answer_says_where_the_mean_names_the_other(drawn: Comparison) -> None:
    """The command says the same in its notes."""
    usual = np.repeat(1.0, DRAWS - 4)
    mixed = planted(
        drawn,
        NAME,
        public_cluster=np.array([1.5, *usual + 0.5, *[1.0] * 4]),
        cloud_credits=np.array([1.0, *usual, *[99.0] * 4]),
    )
    assert answers.by_mean(mixed) == otherwise(mixed)[-1]
    assert "By the mean of all worlds Cloud credits would be ahead" in answers.by_mean(mixed)
    plain = planted(drawn, NAME, public_cluster=centre_and(2.0, 2.0), cloud_credits=centre_and(1.0, 1.0))
    assert answers.by_mean(plain) == ""
