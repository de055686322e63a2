"""Outcomes of equity: identities of the indices, and what the outcomes make of a real sharing-out."""

from __future__ import annotations

from math import erf, exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.do_nothing import DoNothing
from sim.instruments.public_cluster import PublicCluster
from sim.instruments.research_grants import ResearchGrants
from sim.mechanisms.demand import TIERS
from sim.mechanisms.inequality import (
    atkinson,
    equally_distributed,
    lorenz,
    median_level,
    palma_under,
    share_above,
    theil,
    theil_parts,
    welfare_weight,
)
from sim.outcomes import equity
from sim.outcomes.measures import Measures
from sim.parameters import normal_scores
from tests.oracles.formulas import gini

some = settings(max_examples=150, deadline=None, derandomize=True)
FINE = (np.arange(400_000) + 0.5) / 400_000
ONES = np.ones_like(FINE)
EVERY = [PublicCluster(), CloudCredits(), ResearchGrants(), DoNothing()]
every_option = pytest.mark.parametrize("option", EVERY, ids=lambda option: option.name)
levels = arrays(np.float64, st.integers(2, 12).map(lambda n: 4 * n), elements=st.floats(0.01, 1e6))


# ------------------------------------------------------------------------------------------------------ identities


def test_the_indices_of_known_spreads():
    """I-28: Gini of (1, 2, 3, 4) .25, of an exponential .5, of a uniform 1/3, of a lognormal erf(s / 2)."""
    assert gini(np.array([1.0, 2, 3, 4]), np.ones(4)) == pytest.approx(0.25, abs=1e-15)
    assert gini(-np.log1p(-FINE), ONES) == pytest.approx(0.5, abs=1e-5)
    assert gini(FINE, ONES) == pytest.approx(1 / 3, abs=1e-9)
    assert gini(np.exp(normal_scores(FINE)), ONES) == pytest.approx(erf(0.5), abs=2e-5)


def test_the_indices_of_two_groups():
    """I-29, I-30: Theil of (1, 3) .130812, Atkinson(1) of (1, 4) .2; of a lognormal 1 - exp(-s^2 / 2)."""
    two = np.ones(2)
    assert theil(np.array([1.0, 3.0]), two) == pytest.approx(0.130812, abs=5e-7)
    assert atkinson(np.array([1.0, 4.0]), two, 1) == pytest.approx(0.2, abs=1e-15)
    assert atkinson(np.exp(normal_scores(FINE)), ONES, 1) == pytest.approx(1 - exp(-0.5), abs=2e-5)


def test_the_palma_ratio_of_one_to_a_hundred():
    """I-34: (91 + ... + 100) / (1 + ... + 40) = 955 / 820."""
    numbers = np.arange(1.0, 101.0)
    assert palma_under(*lorenz(numbers, np.ones(100))) == pytest.approx(955 / 820, rel=1e-12)
    assert palma_under(*lorenz(numbers[::-1], np.full(100, 7.0))) == pytest.approx(955 / 820, rel=1e-12)


def test_the_palma_ratio_of_nothing_at_the_bottom_is_unknown():
    """Nothing to divide by is NaN, not infinity."""
    assert np.isnan(palma_under(*lorenz(np.array([0.0, 0.0, 5.0]), np.ones(3))))


def test_the_floor_counts_groups_and_not_their_hours():
    """I-34: one of four groups is above the floor, though it has nearly all hours; at the floor is above it."""
    assert share_above(np.array([1.0, 1.0, 1.0, 1e6]), np.ones(4), 500.0) == 0.25
    assert share_above(np.array([500.0, 499.9]), np.array([3.0, 1.0]), 500.0) == 0.75


def test_weights_at_half_and_at_twice_the_median():
    """I-60: 2.46229 and .406126 with an exponent of 1.3; without one every hour counts the same."""
    at = np.array([0.5, 1.0, 2.0]) * 1_234.0
    median = np.array(1_234.0)
    assert welfare_weight(at, median, 1.3) == pytest.approx([2.46229, 1, 0.406126], abs=5e-6)
    assert welfare_weight(at, median, 0.0).tolist() == [1, 1, 1]


def test_half_of_the_groups_do_not_exceed_the_median():
    """The weighted median, also where one level stands for most groups."""
    assert median_level(np.array([5.0, 1.0, 9.0, 7.0]), np.ones(4)).tolist() == [5]
    assert median_level(np.array([5.0, 1.0, 9.0]), np.array([1.0, 1.0, 8.0])).tolist() == [9]
    assert median_level(np.arange(80.0), np.full(80, 0.1)).tolist() == [39]


@some
@given(levels, st.floats(0.01, 1e3), st.integers(2, 4))
def test_within_and_between_make_the_whole(level, factor, copies):
    """I-32: Theil = within + between, for any counts; neither changes with scale or with copies."""
    count = np.linspace(1, 3, level.size)
    between, within = theil_parts(level, count, 4)
    assert between + within == pytest.approx(float(theil(level, count)), abs=1e-9)
    assert within >= -1e-12 and between >= -1e-12
    scaled = theil_parts(level * factor, count * copies, 4)
    assert scaled == pytest.approx((float(between), float(within)), abs=1e-9)


def test_equal_tiers_leave_everything_within_and_equal_groups_everything_between():
    """I-32 at its ends."""
    same = np.tile([1.0, 2.0, 6.0], 4)
    assert theil_parts(same, np.ones(12), 4)[0] == pytest.approx(0, abs=1e-15)
    tiers = np.repeat([1.0, 2.0, 6.0, 9.0], 3)
    assert theil_parts(tiers, np.ones(12), 4)[1] == pytest.approx(0, abs=1e-15)


@some
@given(levels, st.floats(0, 5), st.floats(0, 5))
def test_more_aversion_never_raises_the_equivalent(level, one, two):
    """The equivalent lies between the least and the mean, and falls with aversion."""
    count = np.ones(level.size)
    low, high = (float(equally_distributed(level, count, a)) for a in sorted((one, two), reverse=True))
    assert low <= high * (1 + 1e-6)
    assert level.min() * (1 - 1e-6) <= low and high <= level.mean() * (1 + 1e-6)


@some
@given(levels)
def test_the_lorenz_curve_sags_and_ends_where_everybody_is(level):
    """From (0, 0) to (1, 1), never above the diagonal, ever steeper."""
    people, held = lorenz(level, np.linspace(1, 3, level.size))
    assert (people[0], held[0]) == (0, 0) and people[-1] == pytest.approx(1) and held[-1] == pytest.approx(1)
    assert np.all(held <= people + 1e-12)
    steps = np.diff(held) / np.diff(people)
    assert np.all(np.diff(steps) >= -1e-9 * steps.max())


# --------------------------------------------------------------------------------------------------- of an option

SAME = {f"{group}.{stem}_{tier}": value for group, stem, value in [
    ("demand", "need", 5_000.0), ("demand", "own", 600.0), ("demand", "large", 0.2), ("access", "apply", 0.7),
    ("access", "crowd_out", 0.1), ("access", "odds", 1.0)] for tier in TIERS} | {"demand.spread": 0.0}  # fmt: skip


@every_option
def test_identical_groups_end_up_equal(reckoned, outcome, option):
    """I-26: Gini = Atkinson = Theil = 0 and the equivalent is the mean, after a real sharing-out."""
    run = reckoned(option, SAME)
    for name in ("gini", "theil", "theil_within", "atkinson_half", "atkinson_one"):
        assert outcome(run, name)[0] == pytest.approx(0, abs=1e-9), name
    mean = run.allocation.by_group[0, 2:8].mean()
    assert outcome(run, "ede")[0] == pytest.approx(mean, rel=1e-9)
    assert outcome(run, "palma")[0] == pytest.approx(0.25, rel=1e-9)
    assert np.isnan(outcome(run, "theil_between")[0])


@every_option
def test_the_equivalent_is_the_mean_less_what_inequality_wastes(reckoned, outcome, option):
    """EDE = mean * (1 - Atkinson) at the same aversion, of levels that are at least the least hours."""
    run = reckoned(option, {"equity.aversion": 0.5}, draws=3)
    count, least = run.context.groups.count, run.context.world.equity.least_hours
    levels = np.maximum(run.allocation.by_group[:, 2:8].mean(axis=1), least)  # a draw may leave groups with nothing
    mean = (levels * count).sum(axis=-1) / count.sum(axis=-1)
    assert outcome(run, "ede") == pytest.approx(mean * (1 - outcome(run, "atkinson_half")), rel=1e-9)


@every_option
def test_theil_between_and_within_make_the_outcome(reckoned, outcome, option):
    """I-32 on the outcomes themselves."""
    run = reckoned(option, draws=3)
    whole, within, share = (outcome(run, name) for name in ("theil", "theil_within", "theil_between"))
    assert within + share * whole == pytest.approx(whole, rel=1e-12)


@every_option
def test_nobody_ends_up_with_less(reckoned, outcome, option):
    """A group gives up at most as much as it gets, so no option levels down."""
    assert outcome(reckoned(option, draws=3), "levelling_down").tolist() == [0, 0, 0]


def test_doing_nothing_adds_nothing(reckoned, outcome):
    """I-60: nothing weighted is nothing."""
    assert outcome(reckoned(DoNothing()), "weighted_additional")[0] == 0


def test_without_an_exponent_weighted_hours_are_additional_hours(reckoned, outcome):
    """I-60: eta = 0 counts every hour once: the mean of the additional hours of the years compared."""
    run = reckoned(PublicCluster(), {"equity.welfare_exponent": 0.0})
    by_year = run.additional_hours[0].reshape(-1, 12).sum(axis=-1)
    assert outcome(run, "weighted_additional")[0] == pytest.approx(by_year[2:8].mean(), rel=1e-9)


def test_a_higher_floor_never_counts_more_groups(reckoned, outcome):
    """The floor only ever leaves more groups out."""
    shares = [outcome(reckoned(PublicCluster(), {"equity.floor_hours": f}), "above_floor_share")[0] for f in FLOORS]
    assert shares == sorted(shares, reverse=True) and shares[0] == 1 and shares[-1] < 0.2


FLOORS = (0.0, 500.0, 2_000.0, 10_000.0, 100_000.0)


@pytest.mark.parametrize(
    ("years", "compared"), [(1, slice(0, 1)), (2, slice(1, 2)), (5, slice(2, 5)), (10, slice(2, 8))]
)
def test_a_short_horizon_compares_the_years_it_has(reckoned, years, compared):
    """Years 3 to 8, fewer where the horizon ends, the last where it ends before the third."""
    run = reckoned(CloudCredits(), horizon_years=years)
    assert equity.years_compared(run.context) == compared
    assert equity.levels(Measures(run)) == pytest.approx(run.allocation.by_group[:, compared].mean(axis=1))


def test_groups_without_any_hours_are_taken_to_have_the_least(reckoned, outcome):
    """The logarithm of nothing would end every comparison."""
    none = {f"demand.own_{tier}": 0.0 for tier in TIERS}
    run = reckoned(DoNothing(), none)
    assert outcome(run, "ede")[0] == pytest.approx(1.0)
    assert outcome(run, "gini")[0] == 0 and np.isnan(outcome(run, "palma")[0])
    assert np.isfinite(outcome(reckoned(PublicCluster(), none), "weighted_additional")[0])


def test_the_same_gain_counts_more_for_those_with_little(reckoned, outcome):
    """E7: public hours for regional groups alone weigh more than as many for elite ones alone."""
    only = {tier: {f"access.apply_{other}": float(other == tier) for other in TIERS} for tier in TIERS}
    worth = {}
    for tier in ("elite", "regional"):
        run = reckoned(PublicCluster(), {"access.reserve_share": 0.0, **only[tier]}, yearly_usd=[4e6] * 6)
        gained = (run.allocation.by_group - run.context.groups.own_by_group)[0, 2:8].mean(
            axis=0
        ) @ run.context.groups.count[0]
        worth[tier] = outcome(run, "weighted_additional")[0] / gained
    assert worth["regional"] > 1 > worth["elite"]


def test_every_draw_is_judged_on_its_own(reckoned, outcome):
    """Draws in a block give what each gives alone."""
    run = reckoned(PublicCluster(), draws=4)
    for name in ("gini", "theil", "ede", "palma", "weighted_additional"):
        together = outcome(run, name)
        for draw in range(4):
            count, level = run.context.groups.count[draw], equity.levels(Measures(run))[draw]
            if name == "gini":
                assert together[draw] == pytest.approx(float(gini(level, count)), rel=1e-12)
            if name == "palma":
                assert together[draw] == pytest.approx(float(palma_under(*lorenz(level, count))), rel=1e-12)
        assert np.unique(together).size == 4


def test_the_equivalent_sees_what_the_gini_rewards():
    """Taking from the rich and burning it lowers the Gini coefficient, and does not raise the equivalent."""
    before, after = np.array([1.0, 2.0, 9.0]), np.array([1.0, 2.0, 3.0])
    three = np.ones(3)
    assert gini(after, three) < gini(before, three)
    assert equally_distributed(after, three, 1) < equally_distributed(before, three, 1)


# ------------------------------------------------------------------------------------------------ levers of demand


def nothing(reckoned, outcome, name: str, **values: float) -> float:
    """An outcome of doing nothing where these parameters of demand are set."""
    return float(outcome(reckoned(DoNothing(), {f"demand.{path}": value for path, value in values.items()}), name)[0])


@pytest.mark.parametrize("name", ["gini", "theil", "theil_within", "atkinson_half", "atkinson_one", "palma"])
def test_a_wider_spread_never_makes_groups_more_equal(reckoned, outcome, name):
    """Within tiers, and so over all groups."""
    found = [nothing(reckoned, outcome, name, spread=spread) for spread in (0.0, 0.5, 1.0, 1.5)]
    assert found == sorted(found) and found[0] < found[-1]


def test_given_sizes_that_are_alike_are_a_spread_of_nothing(reckoned, outcome):
    """A list of equal sizes in every tier takes the place of the law."""
    alike = {f"size_{tier}": (2.0, 2.0) for tier in TIERS}
    for name in ("gini", "theil", "ede", "palma"):
        assert nothing(reckoned, outcome, name, **alike) == pytest.approx(nothing(reckoned, outcome, name, spread=0.0))
    assert nothing(reckoned, outcome, "theil_within", **alike) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("tier", TIERS)
def test_more_own_hours_in_any_tier_never_lower_the_equivalent(reckoned, outcome, tier):
    """More for some and less for nobody is never worse, however unequal."""
    found = [nothing(reckoned, outcome, "ede", **{f"own_{tier}": hours}) for hours in (0.0, 100.0, 1_000.0, 20_000.0)]
    assert found == sorted(found) and found[0] < found[-1]


@pytest.mark.parametrize("option", [PublicCluster(), CloudCredits()], ids=lambda option: option.name)
def test_public_hours_never_lower_the_equivalent(reckoned, outcome, option):
    """Nobody ends up with less, so the level that is as good for all does not fall."""
    run, none = (reckoned(each, draws=6) for each in (option, DoNothing()))
    assert np.all(outcome(run, "ede") >= outcome(none, "ede"))
    assert np.all(outcome(run, "weighted_additional") >= 0)
    assert np.all(outcome(run, "above_floor_share") >= outcome(none, "above_floor_share"))
