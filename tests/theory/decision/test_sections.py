"""The sections of a decision on planted gains: each finds what was planted, and says no more than that."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from sim.charts import decisions
from sim.decision.case import Case, UndecidableError
from sim.decision.decision import SECTIONS, Decision, make
from sim.decision.document import as_json, markdown
from sim.decision.sections import (
    discovery,
    dominance,
    evidence,
    generality,
    knowledge,
    maps,
    screening,
    standing,
    thresholds,
)
from sim.decision.sections import tornado as tornados
from sim.decision.sections.generality import UnderStoryline, robust, robust_words
from sim.decision.sensitivity import Indices, NotConverged
from sim.scenario import load
from sim.scenario.storylines import storylines
from tests.theory.decision.planted import DECLINE, RATIO, Planted, machine, planted_case


@pytest.fixture(scope="module")
def case() -> Planted:
    """Machines gain 100 (0.2 - decline) - 0.5 (ratio - 1.5), credits nothing."""
    return planted_case()


# --- one number at a time ---


def test_the_tornado_has_the_numbers_that_move_and_no_other(case: Planted) -> None:
    found = tornados.tornado(case)
    assert [bar.path for bar in found.bars] == [DECLINE, RATIO]
    decline, ratio = found.bars
    assert decline.width == pytest.approx(100 * np.ptp(case.ends(DECLINE)))
    assert ratio.width == pytest.approx(0.5 * np.ptp(case.ends(RATIO)))
    centre = machine(case.centre(DECLINE), case.centre(RATIO))
    assert found.centre == pytest.approx(centre)
    assert decline.at_low > found.centre > decline.at_high


def test_a_switching_value_is_where_the_median_difference_turns_and_is_run_on_both_sides(case: Planted) -> None:
    found = thresholds.search(case, DECLINE)
    (threshold,) = found.thresholds
    rows = np.ravel(case.drawn.value(RATIO))[: thresholds.DRAWS]
    expected = 0.2 - 0.005 * (np.median(rows) - 1.5)
    assert threshold.crossing.value == pytest.approx(expected, abs=2e-4 * (found.high - found.low))
    assert threshold.verified and threshold.below > 0 > threshold.above
    words = thresholds.section(case, (found,))
    assert "NAIRR machines would be better" in words.sentences[0] and "both sides agree" in words.tables[0].rows[0]


def test_a_number_that_turns_nothing_has_no_switching_value(case: Planted) -> None:
    found = thresholds.search(case, "hardware.doubling_years")
    assert not found.thresholds and found.sign is not None
    assert "none" in thresholds.section(case, (found,)).tables[0].rows[0]


def test_a_root_whose_sides_do_not_differ_when_run_is_not_called_verified() -> None:
    """A spike narrower than what is run aside: the sign changes at its edge, and is the same again beyond."""
    spike = thresholds.searched("x", 0.0, 1.0, lambda value: np.full(30, 1.0 if abs(value - 0.5) < 2e-3 else -1.0))
    assert len(spike.thresholds) == 2 and not any(each.verified for each in spike.thresholds)


# --- two numbers ---


def test_the_map_is_split_by_the_planted_line(case: Planted) -> None:
    found = maps.winner_map(case, DECLINE, RATIO)
    middle = machine(found.across_values[None, :], found.up_values[:, None])
    wins = np.array(found.winners) == "public_cluster"
    clear = np.abs(middle) > 0
    np.testing.assert_array_equal(wins[clear], middle[clear] > 0)
    assert found.close_share == 0, "nothing else moves, so that no cell is a matter of chance"
    assert found.share("public_cluster") + found.share("cloud_credits") == 1


def test_cells_too_close_to_call_are_those_that_the_sign_test_does_not_part() -> None:
    rng = np.random.default_rng(2)
    even = np.where(np.arange(128) % 2, 1.0, -1.0)
    assert maps.judged(np.stack([even, np.zeros(128)], axis=1), ("a", "b"))[1]
    assert maps.judged(np.stack([rng.random(128) + 0.01, np.zeros(128)], axis=1), ("a", "b")) == ("a", False)


# --- all numbers ---


def test_morris_and_sobol_find_what_moves_and_what_it_moves_with(case: Planted) -> None:
    """Rents fall with the doubling time in what is drawn, so that this moves the difference, too; nothing else does."""
    partners = {spec.moves_with[0] for path in (DECLINE, RATIO) if (spec := case.spec(path)).moves_with}
    assert partners
    found = screening.screening(case)
    assert set(found.indexed) == {DECLINE, RATIO, *partners} and found.paths[found.order[0]] == DECLINE
    assert np.count_nonzero(found.effects.mean_absolute) == len(found.indexed)
    assert isinstance(found.indices, Indices) and found.of_ranks is None
    n = found.indexed.index(RATIO)  # without interactions both indices are the share of the variance
    first, total = found.indices.first[n], found.indices.total[n]
    assert abs(first - total) <= found.indices.first_half_width[n] + found.indices.total_half_width[n]
    alone = 0.25 * case.x[:, case.names.index(RATIO)].var() / case.advantage.var()
    assert abs(total - alone) <= found.indices.total_half_width[n] + 3 * alone * np.sqrt(2 / len(case.x))


def test_indices_that_have_not_converged_are_never_shown(case: Planted) -> None:
    rng = np.random.default_rng(3)
    own, of_ranks = screening.indices(rng.standard_cauchy(16 * 4), 2, seed=1)
    assert isinstance(own, NotConverged) and isinstance(of_ranks, NotConverged)
    found = replace(screening.screening(case), indices=own, of_ranks=of_ranks)
    shown = screening.section(case, found)
    assert "not converged" in shown.sentences[1] and {row[-2:] for row in shown.tables[0].rows} == {("–", "–")}
    assert not shown.data["sobol"]["difference"]["converged"] and "total" not in shown.data["sobol"]["difference"]


# --- the draws ---


def test_regret_of_the_pair_is_the_loss_of_the_other(case: Planted) -> None:
    found = standing.standing(case)
    at = {key: n for n, key in enumerate(found.keys)}
    assert found.found.largest_regret[at["cloud_credits"]] == pytest.approx(case.advantage.max())
    assert found.found.largest_regret[at["public_cluster"]] == pytest.approx(-case.advantage.min())
    shares = found.found.first_share
    assert shares[at["public_cluster"]] == pytest.approx(np.mean(case.advantage > 0))
    assert shares[at["domestic_fab"]] == 0 and found.near_share[at["domestic_fab"]] == 0


def test_the_box_is_that_of_the_planted_number(case: Planted) -> None:
    found = discovery.discovery(case)
    rarer = case.advantage > 0 if found.winner == "public_cluster" else case.advantage < 0
    assert found.cases == rarer.sum() <= len(rarer) / 2
    assert DECLINE in {limit.parameter for limit in found.boxes[0].limits} <= {DECLINE, RATIO}
    (sentence, *_) = discovery.section(case, found).sentences
    assert case.label(found.winner) in sentence and "in draws held out" in sentence


def test_two_separate_regions_are_two_boxes_that_hold_nearly_all_together() -> None:
    """The machine wins at either end of one number: no single range is both."""
    ends = planted_case(512, lambda decline, ratio: np.where((decline < 0.1) | (decline > 0.3), 1.0, -1.0))
    found = discovery.discovery(ends)
    assert found.winner == "public_cluster" and len(found.boxes) == 2
    assert found.coverage > max(box.coverage for box in found.boxes) and found.coverage > 0.9
    assert discovery.section(ends, found).sentences[-1].startswith("Together the boxes have")


def test_without_enough_cases_there_is_no_box() -> None:
    rare = planted_case(64, lambda decline, ratio: 1.0 + 0 * decline)
    found = discovery.discovery(rare)
    assert not found.boxes and "too few" in discovery.section(rare, found).sentences[0]


def test_knowing_the_planted_number_is_worth_most_of_everything(case: Planted) -> None:
    found = knowledge.knowledge(case)
    assert found is not None and found.order[0] == DECLINE and found.holding == 1
    best = case.values.mean(axis=0).max()
    assert found.everything.value == pytest.approx(case.values.max(axis=1).mean() - best)
    assert found.everything.value >= found.each[DECLINE].value > 0
    idle = [worth for path, worth in found.each.items() if path not in (DECLINE, RATIO)]
    assert np.mean([worth.different_from_zero for worth in idle]) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(idle))
    assert f"1 of {len(case.names)} numbers hold 90 % of it" in knowledge.section(case, found).sentences[1]


def test_the_share_of_assumptions_is_that_of_the_grades_of_what_moves(case: Planted) -> None:
    found = evidence.evidence(case)
    assert found is not None
    grades = {case.spec(path).grade for path in (DECLINE, RATIO)}
    assert grades == {"C"} and found.shares["C"] == pytest.approx(1, abs=0.05)
    assert abs(found.shares["D"]) <= 4 * found.assumed_error + 0.01


@pytest.mark.parametrize("name", ["information", "evidence"])
def test_what_so_few_draws_cannot_say_is_said(name: str) -> None:
    assert "Not known from 24 worlds" in Decision(planted_case(24)).section(name).sentences[0]


# --- robust ---


def lines(leads: int, share: float = 0.9) -> tuple[UnderStoryline, ...]:
    """Twelve storylines, in so many of which the first option leads."""
    return tuple(UnderStoryline(f"{n}", "", share if n < leads else 1 - share, 0.0, "a") for n in range(12))


@pytest.mark.parametrize(
    ("share", "leads", "holds"),
    [(0.8, 10, True), (1.0, 12, True), (0.79, 12, False), (1.0, 9, False), (0.5, 12, False)],
)
def test_robust_is_said_in_ten_of_twelve_storylines_and_four_fifths_of_the_draws_alone(
    case: Planted, share: float, leads: int, holds: bool
) -> None:
    for pair, found in ((case.pair, lines(leads)), (case.pair[::-1], lines(leads))):
        verdict = robust(share, found, pair)
        assert verdict.holds is holds and verdict.leader == pair[0]
        assert ("robust" in robust_words(case, verdict)) is holds
    mirrored = robust(1 - share, lines(12 - leads), case.pair)
    assert share == 0.5 or (mirrored.holds is holds and mirrored.leader == case.pair[1])


def test_a_storyline_that_cannot_be_laid_over_is_not_led_by_anybody(case: Planted) -> None:
    lost = replace(lines(12)[0], share=float("nan"), best="")
    for share in (0.9, 0.1):
        assert robust(share, (lost,) * 12, case.pair).leads == 0


def test_every_storyline_has_a_winner_in_the_table(case: Planted) -> None:
    found = generality.everywhere(case)
    assert [each.name for each in found] == list(storylines())
    under = {each.name: each for each in found}
    assert under["glut"].share < under["base"].share < under["scarcity"].share, "by the fall of rents alone"
    assert len(generality.section(case, found).tables[0].rows) == 12


def test_dominance_counts_only_outcomes_that_both_have(case: Planted) -> None:
    assert "utilisation" not in dominance.by_outcome(case), "credits have none"
    assert dominance.by_outcome(case)[case.outcome.name].share == pytest.approx(np.mean(case.advantage > 0))


# --- the whole ---


def test_a_yardstick_of_which_less_is_better_turns_the_sign() -> None:
    found = Case.of(replace(load("small_country"), yardstick="public_cost"), 1, 20)
    cost = {key: found.comparison.own_totals(key, "public_cost")[1:] for key in found.pair}
    first, second = found.pair
    np.testing.assert_allclose(found.advantage, cost[second] - cost[first], rtol=1e-12)


def test_evaluating_the_worlds_drawn_gives_what_the_comparison_has() -> None:
    found = Case.of(load("isambard_ai_uk"), 1, 20)
    np.testing.assert_allclose(found.advantages(found.drawn, found.numbers), found.advantage, rtol=1e-9)
    middle = found.at(np.full((1, len(found.names)), 0.5), found.names)
    assert all(np.ravel(middle.value(path))[0] == pytest.approx(found.centre(path)) for path in found.names)


def test_an_option_without_a_value_gains_as_little_as_any() -> None:
    found = Case.of(replace(load("small_country"), yardstick="cost_per_fe_hour"), 1, 20)
    assert "do_nothing" not in found.keys and np.isfinite(found.values).all()
    assert found.values.min() == found.worst


@pytest.mark.parametrize(
    ("change", "draws", "sentence"),
    [
        ({}, 19, "draws = 19: a verdict rests on 20 or more"),
        ({"between": ()}, 20, "small_country: there is only one option, so there is nothing to decide"),
    ],
)
def test_what_cannot_be_decided_is_refused_in_a_sentence(change: dict, draws: int, sentence: str) -> None:
    with pytest.raises(UndecidableError) as caught:
        Case.of(replace(load("small_country"), **change), 1, draws)
    assert str(caught.value) == sentence


@pytest.mark.slow
def test_documents_hold_every_section(case: Planted) -> None:
    decision = Decision(case)
    seen: list[str] = []
    make(decision, (), lambda done, of, what: seen.append(what))
    assert seen == [*SECTIONS, "done"]
    document, text = json.loads(as_json(decision)), markdown(decision)
    assert list(document["sections"]) == list(SECTIONS) and "NaN" not in as_json(decision)
    assert all(section.title in text for section in decision.sections())
    with pytest.raises(KeyError, match="did you mean 'tornado'"):
        decision.section("tornados")


# --- charts ---


def test_the_tornado_is_drawn_from_its_numbers(case: Planted) -> None:
    decision = Decision(case)
    axes = next(axes for axes in decisions.tornado(decision).axes if axes.get_label() != "key")
    ends = sorted(x for patch in axes.patches for x in (patch.get_x() + patch.get_width(),))
    bars = decision.tornado.bars
    assert ends == pytest.approx(sorted(end for bar in bars for end in (bar.at_low, bar.at_high)))


def test_the_maps_are_drawn_from_their_cells_and_are_hatched_where_too_close(case: Planted) -> None:
    decision = Decision(case)
    close = tuple(tuple(n == 0 for n in range(maps.SIDE)) for _ in range(maps.SIDE))
    made = tuple(replace(each, close=close) for each in decision.maps)
    decision.made("maps", lambda _: made)  # is there already: made once
    decision._made["maps"] = made
    panels = [axes for axes in decisions.winner_maps(decision).axes if axes.get_label() != "key"]
    for axes, each in zip(panels, made, strict=True):
        assert [patch.get_label() for patch in axes.patches] == [winner for row in each.winners for winner in row]
        assert [bool(patch.get_hatch()) for patch in axes.patches] == [near for row in close for near in row]
    fills = {patch.get_facecolor() for axes in panels for patch in axes.patches}
    greys = sorted(0.299 * r + 0.587 * g + 0.114 * b for r, g, b, _ in fills)
    assert len(greys) == 2 and greys[1] - greys[0] > 0.3, "apart without colour"


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (((-1.0, 2.0), (-3.0, 1.0)), "2 numbers alone can turn it"),
        (((1.0, 2.0), (-3.0, 1.0)), "1 number alone can turn it"),
        (((1.0, 2.0), (0.0, 1.0)), "0 numbers alone can turn it"),
    ],
)
def test_the_reading_of_a_tornado_counts_the_bars_that_cross_zero(
    case: Planted, ends: tuple[tuple[float, float], ...], words: str
) -> None:
    bars = tuple(tornados.Bar(path, 0.1, 0.2, *at) for path, at in zip((DECLINE, RATIO), ends, strict=True))
    decision = Decision(case)
    decision.made("tornado", lambda _: tornados.Tornado(1.0, bars))
    number = case.words(DECLINE).rpartition(" (")[0]
    assert decisions.tornado_finding(decision).whole == f"{number} moves the difference most; {words}"
    (axes,) = (axes for axes in decisions.tornado(decision).axes if axes.get_label() != "key")
    drawn = [(halves.get_label(), halves[0].get_x() + halves[0].get_width()) for halves in axes.containers]
    assert drawn == [(bar.path, pytest.approx(end)) for bar in bars for end in (bar.at_low, bar.at_high)]


def test_without_numbers_there_are_no_bars_and_no_maps_and_the_charts_say_so(case: Planted) -> None:
    decision = Decision(case)
    decision.made("tornado", lambda _: tornados.Tornado(1.0, ()))
    decision.made("maps", lambda _: ())
    for figure, reading in (
        (decisions.tornado(decision), "no drawn number moves the difference"),
        (decisions.winner_maps(decision), "no two numbers were drawn, so there is no map"),
    ):
        said = " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
        assert reading[1:] in said and not [axes for axes in figure.axes if axes.get_label() != "key"]


def test_the_reading_of_the_maps_has_the_shares_of_its_cells(case: Planted) -> None:
    """A third of the rows is won by the one, two thirds by the other, and one row of each is too close to call."""
    first, second = case.pair
    winners = tuple((first if n < 3 else second,) * maps.SIDE for n in range(maps.SIDE))
    close = tuple((n in (0, 8),) * maps.SIDE for n in range(maps.SIDE))
    values = np.linspace(0, 1, maps.SIDE)
    found = maps.WinnerMap(DECLINE, RATIO, values, values, winners, close)
    decision = Decision(case)
    decision.made("maps", lambda _: (found,))
    assert (found.share(first), found.share(second), found.close_share) == pytest.approx((2 / 9, 5 / 9, 2 / 9))
    cells = "of the cells of the map; 22 % are too close to call"
    words = f"{case.label(second)} in 56 %, {case.label(first)} in 22 % {cells}"
    axes = " and ".join(case.words(path).rpartition(" (")[0] for path in (DECLINE, RATIO))
    assert decisions.maps_finding(decision) == (f"the best is {words}", f"its numbers are {axes}", "")
