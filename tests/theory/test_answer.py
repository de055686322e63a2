"""The answer in every branch: planted totals of two options give the sentences that theory has for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from sim.comparison.answer import Answer, Evidence, amount, answered, measure_words, percent
from sim.comparison.hinge import hinge, number_words, value_words
from sim.comparison.verdict import APART, FEWEST_DRAWS, LOOK_LEVEL, holm, interval_of, paired, share_interval
from sim.comparison.worlds import draw_worlds
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME
from sim.parameters import Array, Spec
from sim.scenario import load

SCENARIO = load("isambard_ai_uk")
DRAWS = 40
LABELS = {"public_cluster": "Machine", "cloud_credits": "Credits", "research_grants": "Grants"}
NONE = float("nan")
DECLINE = "cloud.decline_per_year"


@pytest.fixture(scope="module")
def worlds() -> World:
    """The central case and 40 states of the world."""
    return draw_worlds(SCENARIO, 1, DRAWS)


def totals(centre: float, *parts: tuple[int, float]) -> Array:
    """Totals [1 + draws]: of the central case, and in so many draws each."""
    return np.array([centre, *(value for count, value in parts for _ in range(count))])


def answer(worlds: World, yardstick: str, *options: Array) -> Answer:
    """The answer on a yardstick, of the machine, credits and grants, as many as have totals."""
    given = dict(zip(LABELS, options, strict=False))
    between = ("public_cluster", "cloud_credits")
    return answered(Evidence(replace(SCENARIO, yardstick=yardstick, between=between), LABELS, given, worlds))


def exact(count: int, of: int = DRAWS) -> str:
    """The 95 % interval of a share at any of the looks, by another library, as a sentence has it."""
    low, high = binomtest(count, of).proportion_ci(1 - LOOK_LEVEL, "exact")
    return f"{100 * low:.0f} to {100 * high:.0f} %"


# --- who is better, in how many worlds, by how much ---


def test_the_sentence_has_who_how_often_how_surely_and_by_how_much_in_points(worlds: World) -> None:
    """Ahead by 10 points in 36 draws of 40 and behind by as many in 4: the 4.1st of the ranks is a tenth between."""
    found = answer(worlds, "need_met", totals(0.5, (DRAWS, 0.5)), totals(0.4, (36, 0.4), (4, 0.6)))
    assert found.sentences[0] == (
        f"Measured by need met, Machine would be better than Credits in 90 % of 40 worlds drawn (95 % interval of that "
        f"share: {exact(36)}), by 10.0 percentage points in the median world (80 % of worlds: 8.0 worse to 10.0 "
        "better)."
    )
    assert found.headline == f"Machine better than Credits in 90 % of 40 worlds ({exact(36)})"


def test_where_the_second_is_ahead_share_interval_and_amounts_are_its_own(worlds: World) -> None:
    """The same totals the other way round: the same sentence with the names exchanged."""
    one, other = totals(0.5, (DRAWS, 0.5)), totals(0.4, (36, 0.4), (4, 0.6))
    ahead, behind = answer(worlds, "need_met", one, other), answer(worlds, "need_met", other, one)
    assert ahead.pair is not None and behind.pair is not None
    assert (ahead.pair.verdict, behind.pair.verdict) == ("better", "worse")
    turned = {"Machine": "Credits", "Credits": "Machine"}
    text = " ".join(turned.get(word, word) for word in behind.sentences[0].split(" "))
    assert text == ahead.sentences[0]


@pytest.mark.parametrize(
    ("yardstick", "gap", "words"),
    [
        ("public_cost", 2e6, "by 2.00m GBP in the median world (80 % of worlds: 2.00m better to 2.00m better)"),
        ("first_month", 7, "by 7 months in the median world (80 % of worlds: 7 better to 7 better)"),
        ("cost_per_fe_hour", 0.5, "by 0.5 GBP per FE-hour in the median world"),
    ],
)
def test_where_lower_is_better_the_lower_is_ahead_by_a_positive_amount(
    worlds: World, yardstick: str, gap: float, words: str
) -> None:
    found = answer(worlds, yardstick, totals(10, (DRAWS, 10)), totals(10 + gap, (DRAWS, 10 + gap)))
    assert found.pair is not None and found.pair.verdict == "better" and found.pair.median == -gap
    assert "Machine would be better than Credits in 100 % of 40 worlds drawn" in found.sentences[0]
    assert words in found.sentences[0]


def test_what_cannot_be_told_apart_says_who_would_be_ahead_and_by_what_in_the_middle(worlds: World) -> None:
    found = answer(worlds, "need_met", totals(0.4, (22, 0.5), (18, 0.3)), totals(0.4, (DRAWS, 0.4)))
    assert found.sentences[0].startswith(
        f"Measured by need met, Machine and Credits {APART}: Machine would be better in 55 % of 40 worlds drawn"
    )
    assert found.headline == f"Too close to call: Machine better than Credits in 55 % of 40 worlds ({exact(22)})"


def test_ahead_in_as_many_draws_as_not_there_is_a_middle_difference_and_nobody_leads(worlds: World) -> None:
    found = answer(worlds, "need_met", totals(0.375, (20, 0.5), (20, 0.25)), totals(0.375, (DRAWS, 0.375)))
    assert found.pair is not None and found.pair.median == 0 and "in 50 % of 40 worlds" in found.text
    assert "; the median difference is 0.0 percentage points (80 % of worlds: 12.5 worse to 12.5 better)" in found.text


def test_draws_in_which_both_are_alike_count_half(worlds: World) -> None:
    """Ahead in 21, behind in 15 and alike in 4 are 23 of 40; the middle one is what most draws have."""
    found = answer(worlds, "need_met", totals(0.4, (21, 0.5), (15, 0.3), (4, 0.4)), totals(0.4, (DRAWS, 0.4)))
    assert found.pair is not None and found.pair.share == (21 + 4 / 2) / DRAWS
    assert f"in {percent(23 / 40)} of 40 worlds" in found.text and "by 10.0 percentage points" in found.text


def test_options_the_same_in_all_draws_need_no_hinge(worlds: World) -> None:
    same = totals(0.4, (DRAWS, 0.4))
    found = answer(worlds, "need_met", same, same)
    assert found.sentences == (
        "Measured by need met, Machine and Credits come to the same in every one of 40 worlds drawn.",
    )
    assert found.hinge is None and found.headline == "Machine and Credits come to the same in all of 40 worlds"


def test_where_only_one_has_a_value_it_is_ahead_without_an_amount(worlds: World) -> None:
    found = answer(worlds, "cost_per_fe_hour", totals(NONE, (DRAWS, NONE)), totals(3, (DRAWS, 3)))
    assert found.sentences[0] == (
        "Measured by cost per FE-hour, Credits would be better than Machine in 100 % of 40 worlds drawn (95 % "
        f"interval of that share: {exact(40)}), and only one of the two has a value."
    )


# --- the central case ---


@pytest.mark.parametrize(("yardstick", "centre"), [("need_met", 0.3), ("first_month", 14)])
def test_a_central_case_that_says_the_opposite_is_named_with_its_amount(
    worlds: World, yardstick: str, centre: float
) -> None:
    ahead, behind = (0.5, 0.4) if yardstick == "need_met" else (10, 12)
    found = answer(worlds, yardstick, totals(centre, (DRAWS, ahead)), totals(behind, (DRAWS, behind)))
    by = "10.0 percentage points" if yardstick == "need_met" else "2 months"
    assert found.sentences[0].endswith(
        f"; the central case, every number at its value of the scenario, says the opposite, Credits ahead by {by}."
    )


@pytest.mark.parametrize("centre", [0.6, 0.4, NONE])
def test_a_central_case_that_agrees_is_even_or_has_no_value_is_not_named(worlds: World, centre: float) -> None:
    found = answer(worlds, "need_met", totals(centre, (DRAWS, 0.5)), totals(0.4, (DRAWS, 0.4)))
    assert "central case" not in found.text


@pytest.mark.parametrize(
    ("first", "second", "words", "title"),
    [
        (0.5, 0.4, "Machine would be better than Credits by 10.0 percentage points", "Machine better than Credits"),
        (0.4, 0.5, "Credits would be better than Machine by 10.0 percentage points", "Credits better than Machine"),
        (0.4, 0.4, "Machine and Credits come to the same", "Machine no better than Credits"),
        (NONE, 0.4, "Credits would be better than Machine, which has no value", "Credits better than Machine"),
        (NONE, NONE, "Machine and Credits come to the same", "Machine no better than Credits"),
    ],
)
def test_below_the_draws_of_a_verdict_the_central_case_speaks_and_says_so(
    first: float, second: float, words: str, title: str
) -> None:
    for draws, known in ((0, "without other worlds drawn"), (1, "from 1 world drawn"), (19, "from 19 worlds drawn")):
        few = draw_worlds(SCENARIO, 1, draws)
        found = answer(few, "need_met", totals(first, (draws, 1.0)), totals(second, (draws, 0.0)))
        expected = f"Measured by need met, in the central case {words}; how surely is not known {known}: that takes "
        assert found.text == f"{expected}{FEWEST_DRAWS} or more."
        assert found.headline == f"{title} in the central case" and found.pair is None and not found.pairs


def test_a_question_about_an_option_that_is_not_there_compares_nothing(worlds: World) -> None:
    found = answer(worlds, "need_met", totals(0.5, (DRAWS, 0.5)))
    assert found.text == "There are no two options to compare." and not found.headline and found.pair is None


# --- who is the best of all ---


@pytest.mark.parametrize(("third", "said"), [(0.6, True), (0.45, False), (0.5, False)])
def test_a_third_option_is_named_where_it_is_the_best_most_often(worlds: World, third: float, said: bool) -> None:
    options = (totals(0.5, (DRAWS, 0.5)), totals(0.4, (DRAWS, 0.4)), totals(third, (30, third), (10, 0.1)))
    found = answer(worlds, "need_met", *options)
    assert ("Of all 3 options Grants would be the best most often, in 75 %." in found.sentences) is said
    turned = answer(worlds, "need_met", options[1], options[0], options[2])
    assert any("would be the best most often" in sentence for sentence in turned.sentences) is said
    assert sum(found.first_shares.values()) == pytest.approx(1)
    assert set(found.pairs) == {"cloud_credits", "research_grants"}


def test_chances_of_the_answer_are_held_over_all_options(worlds: World) -> None:
    """Two comparisons, the first of which was even: its chance is twice or once that of the sign test, by Holm."""
    options = (totals(0, (DRAWS, 0)), totals(0, (28, -1), (12, 1)), totals(0, (25, -1), (15, 1)))
    found = answer(worlds, "need_met", *options)
    alone = [binomtest(ahead, DRAWS).pvalue for ahead in (28, 25)]
    held = [found.pairs[key].chance for key in ("cloud_credits", "research_grants")]
    assert held == pytest.approx([2 * alone[0], max(2 * alone[0], alone[1])])
    assert found.pair is not None and found.pair.chance == held[0] and alone[0] < 0.05 / 2


# --- what it turns on ---


def ranked(worlds: World, path: str) -> Array:
    """Ranks of a number over the draws, from 0."""
    return np.argsort(np.argsort(np.ravel(worlds.value(path))[1:])).astype(float)


def test_a_planted_hinge_is_named_with_its_value_and_the_shares_of_both_sides(worlds: World) -> None:
    """Better below the 25th of 40 values, worse above: the value is between the two, in the words of its unit."""
    rank, values = ranked(worlds, DECLINE), np.sort(np.ravel(worlds.value(DECLINE))[1:])
    found = answer(worlds, "need_met", np.append(0.4, np.where(rank < 25, 0.5, 0.3)), totals(0.4, (DRAWS, 0.4)))
    assert found.hinge is not None and found.hinge.path == DECLINE and found.hinge.at is not None
    assert values[24] <= found.hinge.at <= values[25]
    spec = SCENARIO.world.kinds()["cloud"].spec("decline_per_year")
    assert found.sentences[1] == (
        f"It turns on {number_words(DECLINE, spec)}: where it is above {value_words(found.hinge.at, spec)}, Credits "
        "would be better in 100 % of the worlds; where it is below, Machine in 100 %."
    )


def test_a_hinge_that_turns_nothing_names_the_usual_winner_and_both_halves(worlds: World) -> None:
    """Credits are behind in the 4 lowest of 40 values: in 4 of the 20 of the lower half, in none of the upper."""
    rank = ranked(worlds, DECLINE)
    found = answer(worlds, "need_met", np.append(0.4, 0.4 - (rank - 3.5) / 100), totals(0.4, (DRAWS, 0.4)))
    assert found.hinge is not None and found.hinge.at is None and found.hinge.correlation == pytest.approx(-1)
    assert found.sentences[1].endswith(
        "but no value of it within its range turns the odds: Credits would be better in 80 % of the worlds in its "
        "lower half and in 100 % of those in its upper."
    )


def test_noise_has_no_hinge_and_says_so(worlds: World) -> None:
    """What alternates in the order of no number: of all 40 draws, each pair one ahead and one behind."""
    found = answer(worlds, "need_met", np.append(0.4, np.tile([0.5, 0.3], 20)), totals(0.4, (DRAWS, 0.4)))
    assert found.sentences[1] == "No single uncertain number explains who is ahead better than chance does."


@pytest.mark.parametrize("sign", [1, -1])
def test_of_correlated_numbers_the_one_that_acts_is_named_and_not_the_one_that_goes_with_it(sign: int) -> None:
    """Each pair of numbers that are drawn together, either of which is planted as the cause, without any noise."""
    worlds = draw_worlds(SCENARIO, 1, 64).between(1, 65)
    specs = uncertain()
    pairs = [(path, spec.moves_with[0]) for path, spec in specs.items() if spec.moves_with is not None]
    known = [pair for pair in pairs if all(np.ptp(worlds.value(path)) > 0 for path in pair)]
    assert known
    for cause in {path for pair in known for path in pair}:
        values = np.ravel(worlds.value(cause))
        found = hinge(worlds, sign * (values - np.median(values)))
        assert found is not None and found.path == cause and found.correlation == pytest.approx(sign)
        assert found.at is not None and (found.above > 0.5) is (sign > 0)


def test_infinite_leads_are_the_largest_and_those_that_do_not_exist_none() -> None:
    """An option without a value is behind by more than any other draw; where neither has one, nobody leads."""
    worlds = draw_worlds(SCENARIO, 1, 64).between(1, 65)
    values = np.ravel(worlds.value(DECLINE))
    lead = values - np.median(values)
    top, found = np.argsort(lead)[-5:], hinge(worlds, lead)
    infinite = lead.copy()
    infinite[top] = np.inf
    again = hinge(worlds, infinite)
    assert found is not None and again is not None and again.at == found.at
    assert 0.99 < again.correlation < 1, "but for the five that are alike"
    assert hinge(worlds, np.full(64, np.nan)) is None and hinge(worlds.between(0, 19), lead[:19]) is None


def test_draws_that_are_alike_have_one_rank_in_whatever_order_they_come() -> None:
    """A number at its ceiling in most draws, and a lead in the last draws alone: neither has to do with the other."""
    path = "market.rental_segment_share"
    drawn = draw_worlds(SCENARIO, 1, 256).between(1, 257)
    values = np.ravel(drawn.value(path))
    assert np.mean(values == values.max()) > 0.5
    world = drawn.having({"market": replace(drawn.market, rental_segment_share=np.sort(values)[:, None])})
    top = np.repeat([0.0, 1.0], [250, 6])  # within the draws at the ceiling, and yet a lead of chance at their end
    found = hinge(world, top)
    assert found is None or found.path != path


def test_a_number_at_its_ceiling_in_most_draws_has_two_halves_all_the_same() -> None:
    """Ahead wherever it is short of the ceiling, behind at it: both shares exist."""
    drawn = draw_worlds(SCENARIO, 1, 256).between(1, 257)
    values = np.ravel(drawn.market.rental_segment_share)
    found = hinge(drawn, np.where(values < values.max(), 2.0, 1.0))
    assert found is not None and found.path == "market.rental_segment_share"
    assert (found.at, found.below, found.above) == (None, 1.0, 1.0)


# --- words ---


@pytest.mark.parametrize(
    ("yardstick", "value", "words"),
    [
        ("need_met", 0.123, "12.3 percentage points"),
        ("public_cost", 2.5e6, "2.50m GBP"),
        ("first_month", 6.4, "6 months"),
        ("benefit_cost_ratio", 1.25, "1.25"),
        ("output_percent", 0.5, "0.5 per cent"),
        ("cost_per_fe_hour", 4.0, "4.00 GBP per FE-hour"),
        ("additional_fe_hours", 3e6, "3.00m FE-hours"),
    ],
)
def test_an_amount_has_the_unit_of_its_yardstick_in_the_money_of_the_scenario(
    yardstick: str, value: float, words: str
) -> None:
    assert amount(value, BY_NAME[yardstick], SCENARIO) == words
    assert measure_words(BY_NAME[yardstick])[0].islower() or measure_words(BY_NAME[yardstick])[:2].isupper()


def test_only_all_are_100_per_cent_and_only_none_are_0() -> None:
    written = {share: percent(share) for share in np.arange(1001) / 1000}
    assert [share for share, text in written.items() if text == "100 %"] == [1.0]
    assert [share for share, text in written.items() if text == "0 %"] == [0.0]
    assert percent(0.995) == "more than 99 %" and percent(0.994) == "99 %" and percent(0.005) == "less than 1 %"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (Spec("month", 0, 2, "D", "", "Delay of a tender. Seen often."), "the delay of a tender (a.b)"),
        (Spec("month", 0, 2, "D", "", "IT power, of a rack."), "the IT power (a.b)"),
        (Spec("month", 0, 2, "D", "", "x", label="a rate"), "a rate (a.b)"),
    ],
)
def test_a_number_is_named_by_its_label_or_the_first_clause_of_its_help(spec: Spec, words: str) -> None:
    assert number_words("a.b", spec) == words


# --- recomputed by another library ---


def test_shares_have_the_exact_interval_of_another_library() -> None:
    for of in (1, 20, 57):
        for count in range(of + 1):
            expected = binomtest(count, of).proportion_ci(0.99, "exact")
            assert share_interval(count, of, 0.01) == pytest.approx(tuple(expected), abs=1e-9)


def test_the_sign_test_is_that_of_another_library_and_ties_count_on_neither_side() -> None:
    for ahead, behind in ((0, 5), (3, 9), (12, 12), (40, 7)):
        signs = np.repeat([1.0, -1.0, 0.0], [ahead, behind, 6])
        assert paired(signs, np.zeros(signs.size), "higher").chance == pytest.approx(
            binomtest(ahead, ahead + behind).pvalue, rel=1e-9
        )


def test_holm_rejects_what_its_steps_reject() -> None:
    """Step down by hand: the smallest at level / n, the next at level / (n - 1), until one is not rejected."""
    rng = np.random.default_rng(3)
    for chances in rng.random((200, 5)) ** 4:
        rejected = np.zeros(5, dtype=bool)
        for step, place in enumerate(np.argsort(chances)):
            if chances[place] > 0.05 / (5 - step):
                break
            rejected[place] = True
        np.testing.assert_array_equal(np.array(holm(chances.tolist())) <= 0.05, rejected)
    assert holm([]) == []


def test_ends_are_the_order_statistics_of_expected_ranks() -> None:
    """Of 99 values the 10th and the 90th, whatever their order."""
    values = np.random.default_rng(4).permutation(np.arange(1.0, 100)) ** 3
    assert interval_of(values) == pytest.approx((1000.0, 729000.0), rel=1e-12)
    assert all(np.isnan(interval_of(np.array([]))))
