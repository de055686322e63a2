"""Verdicts on pairs of options: error rates by replication, exact intervals, and the draws that a run takes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, f, lognorm, norm

from sim.comparison.answer import percent
from sim.comparison.hinge import hinge
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.table import markdown
from sim.comparison.verdict import (
    APART,
    LEVEL,
    LOOKS,
    against_all,
    first_shares,
    holm,
    interval_of,
    paired,
    rank_interval,
    share_interval,
)
from sim.comparison.worlds import draw_worlds
from sim.mechanisms.sampling import spread
from sim.scenario import load, with_settings

REPLICATIONS = 500
OTHERS = 5


def most(replications: int, rate: float) -> int:
    """Events of this rate that 99.9 % of such experiments stay below or at."""
    return int(binom.ppf(0.999, replications, rate))


def told_apart(totals: dict[str, np.ndarray]) -> bool:
    """Whether any of the looks at growing numbers of draws tells the first option from any other."""
    for draws in LOOKS:
        seen = {key: values[:draws] for key, values in totals.items()}
        if any(pair.known for pair in against_all(seen, "a", "higher").values()):
            return True
    return False


def test_options_that_are_equal_are_told_apart_in_less_than_one_run_of_twenty():
    """Five comparisons and four looks at once; the worlds of a draw are shared, as they are between options."""
    rng, wrong = np.random.default_rng(1), 0
    for _ in range(REPLICATIONS):
        shared = rng.normal(size=LOOKS[-1])
        totals = {key: shared + rng.normal(size=LOOKS[-1]) for key in "abcdef"[: OTHERS + 1]}
        wrong += told_apart(totals)
    assert wrong <= most(REPLICATIONS, LEVEL)


def test_options_that_are_not_equal_are_told_apart_the_more_surely_the_more_draws():
    rng, found = np.random.default_rng(2), []
    for draws in (64, 256, 1024):
        gaps = rng.normal(0.2, 1, (200, draws))  # the first is ahead in 58 % of draws
        found.append(np.mean([paired(gap, np.zeros(draws), "higher").verdict == "better" for gap in gaps]))
    assert found == sorted(found) and found[-1] > 0.99 > 0.5 > found[0]


@pytest.mark.parametrize("law", [norm(1, 2), lognorm(1.2, loc=-1)], ids=["symmetric", "skewed"])
def test_the_80_percent_interval_holds_the_next_world_in_78_to_82_of_a_hundred(law):
    rng, held = np.random.default_rng(3), []
    for _ in range(REPLICATIONS):
        low, high = paired(law.rvs(LOOKS[0], random_state=rng), np.zeros(LOOKS[0]), "higher").interval
        held.append(law.cdf(high) - law.cdf(low))
    assert 0.78 <= np.mean(held) <= 0.82


def test_intervals_of_shares_and_medians_hold_the_truth_in_95_of_a_hundred():
    rng = np.random.default_rng(4)
    for share, draws in ((0.5, 128), (0.7, 256), (0.98, 64)):
        ends = np.array([share_interval(count, draws, LEVEL) for count in range(draws + 1)])
        counts = rng.binomial(draws, share, REPLICATIONS)
        missed = int(((ends[counts, 0] > share) | (ends[counts, 1] < share)).sum())
        assert missed <= most(REPLICATIONS, LEVEL)
    missed = 0
    for _ in range(REPLICATIONS):
        values = rng.lognormal(0, 1, 100)
        low, high = np.quantile(values, rank_interval(0.5, 100, LEVEL))
        missed += not low <= 1 <= high
    assert missed <= most(REPLICATIONS, LEVEL)


def test_two_options_that_are_alike_differ_by_nothing_in_every_draw():
    values = np.random.default_rng(5).lognormal(3, 1, 200)
    pair = paired(values, values * (1 + 1e-14), "higher")
    assert pair.verdict == "the same" and pair.share == 0.5 and not pair.difference.any()


def test_an_option_without_a_value_is_behind_one_that_has_one():
    costs, none = np.full(40, 3.0), np.full(40, np.nan)
    assert paired(costs, none, "lower").verdict == "better" and paired(none, costs, "lower").verdict == "worse"
    assert paired(none, none, "lower").verdict == "the same"
    assert first_shares({"a": costs, "b": none, "c": costs}, "lower") == {"a": 0.5, "b": 0.0, "c": 0.5}


def test_where_lower_is_better_the_lower_is_ahead():
    dear, cheap = np.full(40, 3.0), np.full(40, 2.0)
    assert paired(cheap, dear, "lower").verdict == "better" and paired(cheap, dear, "higher").verdict == "worse"


def test_holm_is_never_more_sure_than_one_test_and_never_less_than_bonferroni():
    rng = np.random.default_rng(6)
    for chances in rng.random((100, 6)) ** 3:
        held = np.array(holm(chances.tolist()))
        assert (held >= chances - 1e-12).all() and (held <= np.minimum(6 * chances, 1) + 1e-12).all()
        assert (np.diff(held[np.argsort(chances)]) >= 0).all()


# --- what it turns on ---


@pytest.fixture(scope="module")
def worlds():
    """256 states of the world of a scenario."""
    return draw_worlds(load("nairr_us"), 1, 256).between(1, 257)


def test_a_planted_threshold_is_found(worlds):
    """The odds turn at the median of one number: the value named is within what 256 draws can tell of it."""
    values = worlds.cloud.decline_per_year.reshape(-1)
    noise = np.random.default_rng(7).logistic(size=256)
    score = (values - np.median(values)) / values.std()
    found = hinge(worlds, noise - 3 * score)
    assert found is not None and found.path == "cloud.decline_per_year" and found.correlation < 0
    below, above = np.quantile(values, (0.4, 0.6))  # of 256 draws the middle is known to 0.06 (95 %)
    assert below < found.at < above and found.below > 0.5 > found.above


def test_a_number_that_tells_much_but_turns_nothing_has_no_threshold(worlds):
    values = worlds.cloud.decline_per_year.reshape(-1)
    found = hinge(worlds, 10 * values.max() - values)
    assert found is not None and found.path == "cloud.decline_per_year" and found.at is None


def test_noise_turns_on_nothing_in_19_of_20(worlds):
    rng = np.random.default_rng(8)
    found = sum(hinge(worlds, rng.normal(size=256)) is not None for _ in range(100))
    assert found <= most(100, LEVEL)


# --- draws of a run ---


@pytest.fixture(scope="module")
def needed() -> Comparison:
    """A comparison whose run looked whether its draws are enough."""
    return compare(load("jean_zay_fr"), draws=None, queue=False)


def test_a_run_stops_at_the_first_look_that_tells_the_options_apart(needed: Comparison):
    outcome, first = needed.scenario.yardstick, needed.scenario.between[0]
    looks = [look for look in LOOKS if look <= needed.draws]
    assert looks[-1] == needed.draws
    for look in looks:
        totals = {key: result.totals[outcome][1 : look + 1] for key, result in needed.results.items()}
        known = against_all(totals, first, "higher")[needed.scenario.between[1]].known
        assert known == (look == needed.draws) or look == LOOKS[-1]


def test_draws_are_the_same_however_many_are_taken(needed: Comparison):
    fixed = compare(load("jean_zay_fr"), draws=needed.draws, queue=False)
    for key, result in fixed.results.items():
        for name, values in result.totals.items():
            np.testing.assert_array_equal(values, needed.results[key].totals[name])
    assert (fixed.run_id, fixed.answer.text) == (needed.run_id, needed.answer.text)


def test_two_seeds_agree_within_the_error_that_is_shown(needed: Comparison):
    """Of each median the two intervals of 95 % overlap, but for as many as chance has apart; and so do the shares."""
    other = compare(load("jean_zay_fr"), draws=256, seed=2, queue=False)
    pairs = [c.answer.pair.share_interval for c in (needed, other)]
    assert max(low for low, _ in pairs) <= min(high for _, high in pairs)
    frames = [c.summary.set_index(["option", "outcome"])[["value_from", "value_to"]].dropna() for c in (needed, other)]
    one, other = frames[0].align(frames[1], join="inner")
    apart = (one.value_from > other.value_to) | (other.value_from > one.value_to)
    assert len(apart) > 100 and apart.mean() <= 0.05


def test_equal_options_come_to_the_same(tmp_path):
    """Two options with the same levers, in a file of their own: the answer says so, and every difference is zero."""
    text = (
        'title = "Twins"\nquestion = "Which twin?"\nstart = "2026-01"\n'
        'between = ["one", "other"]\n[budget]\ntotal = 1e8\n'
        '[[option]]\ninstrument = "do_nothing"\n[[option]]\ninstrument = "cloud_credits"\nkey = "one"\n'
        '[[option]]\ninstrument = "cloud_credits"\nkey = "other"\n'
    )
    path = tmp_path / "twins.toml"
    path.write_text(text, encoding="utf8")
    twins = compare(load(path), draws=32, queue=False)
    assert twins.answer.pair.verdict == "the same"
    for name, values in twins.results["one"].totals.items():
        np.testing.assert_array_equal(values, twins.results["other"].totals[name])
    assert "come to the same" in twins.answer.text
    assert twins.answer.headline.endswith("come to the same in all of 32 worlds")


def test_the_headline_names_the_one_that_is_ahead_with_its_own_share():
    """Where the second of the question is better, counts and interval are its own."""
    scenario = with_settings(load("isambard_ai_uk"), {"cloud.price_usd": 0.5, "fixed": ["cloud.price_usd"]})
    answer = compare(scenario, draws=64, queue=False).answer
    pair = answer.pair
    assert pair is not None and pair.verdict == "worse"
    low, high = share_interval(pair.behind, 64)
    counted = f"{percent(pair.behind / 64)} of 64 worlds ({100 * low:.0f} to {100 * high:.0f} %)"
    assert answer.headline == f"Cloud credits better than Isambard-AI in {counted}"


# --- sentences ---


def test_the_answer_says_who_how_often_how_surely_and_by_how_much(needed: Comparison):
    text, pair = needed.answer.text, needed.answer.pair
    assert pair is not None and pair.verdict == "better"
    low, high = pair.share_interval
    for part in (
        f"would be better than Cloud credits in {100 * pair.share:.0f} % of {needed.draws} worlds drawn",
        f"(95 % interval of that share: {100 * low:.0f} to {100 * high:.0f} %)",
        "80 % of worlds:",
        "It turns on",
    ):
        assert part in text
    assert len(needed.answer.sentences) <= 3
    assert needed.answer.headline == (
        f"Jean Zay 4 better than Cloud credits in {100 * pair.share:.0f} % of {needed.draws} worlds "
        f"({100 * low:.0f} to {100 * high:.0f} %)"
    )
    assert markdown(needed).startswith(f"**{text}**")


def test_too_few_draws_and_none_say_so():
    for draws in (0, 5):
        answer = compare(load("small_country"), draws=draws, queue=False).answer
        assert "in the central case" in answer.text and "20 or more" in answer.text and answer.pair is None
        assert answer.headline.endswith("in the central case") and "better than" in answer.headline


def test_what_cannot_be_told_apart_is_said_in_these_words():
    """Of an option and its like with a lever that hardly matters, few draws tell nothing."""
    scenario = with_settings(load("isambard_ai_uk"), {"cloud_credits.round_months": 6})
    answer = compare(scenario, draws=24, queue=False).answer
    assert (APART in answer.text) == (answer.pair.verdict == APART)
    assert answer.pair.verdict == APART
    assert answer.headline.startswith("Too close to call: Cloud credits better than Isambard-AI in ")


@pytest.mark.parametrize("sequence", ["sobol", "latin"])
def test_sequences_fill_each_axis_evenly(sequence):
    """A Latin hypercube has one point in each of its strata; so have 2^n points of a Sobol' sequence in theirs."""
    draws = spread(3, 64, ["a", "b", "c"], sequence)
    for values in draws.values():
        assert sorted((values * 64).astype(int)) == list(range(64))
    if sequence == "sobol":
        assert (spread(3, 32, ["a", "b", "c"], "sobol")["b"] == draws["b"][:32]).all()


def test_pairs_of_opposites_estimate_a_mean_no_worse_than_independent_draws():
    """Of an outcome that rises in every number; the variances of 200 estimates each, by an F test at 0.1 %."""
    means = {}
    for sequence in ("random", "antithetic"):
        draws = [spread(seed, 64, ["a", "b", "c"], sequence) for seed in range(200)]
        means[sequence] = [np.mean(np.exp(d["a"]) + d["b"] * d["c"]) for d in draws]
    assert np.var(means["antithetic"]) < np.var(means["random"]) / f.ppf(0.999, 199, 199)
    pairs = spread(3, 7, ["a"], "antithetic")["a"]
    assert len(pairs) == 7 and pairs[0] + pairs[1] == pairs[4] + pairs[5] == 1
    assert (spread(3, 4, ["a"], "antithetic")["a"] == pairs[:4]).all()


def test_a_run_that_stops_selects_the_better_option():
    """Planted normals, the first ahead in 60 % of draws: of the runs that call a winner at most 5 % call the other."""
    rng, wrong, called = np.random.default_rng(9), 0, 0
    for gaps in rng.normal(norm.ppf(0.6), 1, (REPLICATIONS, LOOKS[-1])):
        pairs = (paired(gaps[:look], np.zeros(look), "higher") for look in LOOKS)
        verdict = next((pair.verdict for pair in pairs if pair.known), APART)
        wrong, called = wrong + (verdict == "worse"), called + (verdict != APART)
    assert called > 0.9 * REPLICATIONS and wrong <= most(REPLICATIONS, LEVEL)


def test_sequences_have_the_same_centre_and_marginals():
    scenario = load("small_country")
    for sequence in ("random", "antithetic", "sobol", "latin"):
        world = draw_worlds(scenario, 1, 256, sequence=sequence)
        values = world.cloud.decline_per_year.reshape(-1)
        assert values[0] == scenario.world.cloud.decline_per_year
        low, high = interval_of(values[1:])
        assert low < values[0] < high
