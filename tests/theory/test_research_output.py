"""Research output: what hours and people make together, against doing nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.costs.groups import own_people, tier_output, year_parts
from sim.instruments import INSTRUMENTS
from sim.mechanisms.finance import discount_factor
from sim.mechanisms.production import Terms, break_even_exponent
from sim.mechanisms.research import (
    Observed,
    Output,
    computing_part,
    people_with_grants,
    produced,
    with_spillover,
)
from sim.outcomes.measures import Measures
from sim.outcomes.output import PUBLISHED, tier_outputs
from sim.sources import resolve

property_of = settings(max_examples=150, deadline=None, derandomize=True)
ROUNDING = 1e-12

hours = st.floats(0, 1e6)
people = st.floats(0.1, 100)
frontiers = st.floats(1, 60)
outputs = st.builds(
    Output,
    alpha=st.floats(0, 1),
    beta=st.floats(0, 1),
    floor_hours=st.floats(1, 1_000),
    frontier_weight=st.floats(0, 2),
)
LINEAR = {"output.alpha": 1.0, "output.beta": 0.0, "output.floor_hours": 0.0, "output.other_ratio": 1.0}
SPENDERS = ("public_cluster", "cloud_credits", "research_grants", "domestic_fab")


def made(used: float, hired: float, frontier: float, output: Output, productivity: float = 1.0) -> float:
    """Output of one group in one year."""
    cell = np.full((1, 1, 1), used), np.full((1, 1, 1), hired)
    return produced(*cell, np.full((1, 1), frontier), np.full((1, 1), productivity), output).item()


def by_work(weight: np.ndarray, log_work: np.ndarray) -> Terms:
    """Output that is a power of work alone."""
    none = np.zeros_like(log_work)
    return Terms(weight, none, log_work, none, none, none == 0, none + 1)


def no_less(more: float, than: float) -> bool:
    """True up to rounding."""
    return more >= than * (1 - ROUNDING)


# ------------------------------------------------------------------------------------------------- limits, exactly


@pytest.mark.parametrize("weight", [0.0, 1.0])
@pytest.mark.parametrize("kind", SPENDERS)
def test_without_concavity_floor_and_people_output_is_proportional_to_hours(reckoned, outcome, weight, kind):
    """alpha = 1, c0 = 0, beta = 0: omega = 0 counts H100e-hours, omega = 1 what they are worth at the frontier."""
    monthly = reckoned(INSTRUMENTS[kind](), LINEAR | {"output.frontier_weight": weight})
    groups, world = monthly.context.groups, monthly.context.world
    _, middle = year_parts(monthly.context.grid.months)
    worth = discount_factor(middle, world.money) * 2 ** (-weight * middle / world.hardware.doubling_years)
    ours, theirs = (
        float(((by_group[0] * groups.count[0]).sum(axis=-1) * worth).sum())
        for by_group in (monthly.allocation.by_group, monthly.context.groups.own_by_group)
    )
    assert outcome(monthly, "output_percent")[0] == pytest.approx(100 * (ours / theirs - 1), rel=1e-9, abs=1e-9)


def test_before_the_frontier_has_moved_its_weight_is_idle():
    assert made(500.0, 3.0, 1.0, Output(frontier_weight=0)) == made(500.0, 3.0, 1.0, Output(frontier_weight=2))


def test_an_hour_counts_for_as_much_less_as_the_frontier_has_moved():
    """omega = 1: an hour at twice the frontier is half an hour; omega = 0: an hour; omega = 1/2: between, by root."""
    linear = Output(alpha=1, beta=0, floor_hours=0)
    found = [made(8.0, 1.0, 4.0, replace(linear, frontier_weight=w)) for w in (0.0, 0.5, 1.0)]
    assert found == [8.0, 4.0, 2.0]


@pytest.mark.parametrize("kind", SPENDERS)
def test_where_neither_hours_nor_people_matter_no_option_makes_a_difference(reckoned, outcome, kind):
    monthly = reckoned(INSTRUMENTS[kind](), {"output.alpha": 0.0, "output.beta": 0.0})
    assert outcome(monthly, "output_percent")[0] == 0


def test_doing_nothing_makes_no_difference_in_any_world(reckoned, outcome):
    monthly = reckoned(INSTRUMENTS["do_nothing"](), {"output.spillover": True}, draws=40)
    assert (outcome(monthly, "output_percent") == 0).all()
    assert (outcome(monthly, "output_per_day_percent") == 0).all()
    assert np.isnan(outcome(monthly, "cost_per_output_percent")).all()


@pytest.mark.parametrize("kind", SPENDERS)
def test_public_money_never_lowers_output(reckoned, outcome, kind):
    """Crowding out takes no more than what comes in its place, and grants only add people: in every draw."""
    assert (outcome(reckoned(INSTRUMENTS[kind](), draws=60), "output_percent") >= -1e-9).all()


def test_the_whole_lies_between_its_tiers(reckoned, outcome):
    monthly = reckoned(INSTRUMENTS["public_cluster"](), draws=40)
    tiers = [outcome(monthly, f"output_percent_{tier}") for tier in ("elite", "intensive", "regional", "startups")]
    whole = outcome(monthly, "output_percent")
    assert (whole <= np.max(tiers, axis=0) + 1e-9).all()
    assert (whole >= np.min(tiers, axis=0) - 1e-9).all()


def test_what_a_percent_costs_times_the_percents_is_the_social_cost(reckoned, outcome):
    monthly = reckoned(INSTRUMENTS["research_grants"](), {"money.excess_burden_ratio": 0.25}, draws=30)
    product = outcome(monthly, "cost_per_output_percent") * outcome(monthly, "output_percent")
    np.testing.assert_allclose(product, outcome(monthly, "social_cost"), rtol=1e-12)


# ------------------------------------------------------------------------------------------ what the exponents imply


def test_what_research_costs_by_hand(reckoned, outcome):
    """5,000 groups of .05 x 20 + .25 x 10 + .5 x 5 + .2 x 8 = 7.6 people, 120,000 USD each: 4.56 bn a year."""
    values = {"money.discount_rate": 0.0, "money.declining": False, "demand.own_growth_per_year": 0.0}
    run = reckoned(INSTRUMENTS["cloud_credits"](), values | {"cloud.decline_per_year": 0.0}, horizon_years=6)
    own = run.context.total_own.sum() * 3.50
    spent = 6 * 4.56e9 + own
    worth = outcome(run, "output_percent")[0] / 100 * spent
    assert outcome(run, "benefit_cost_ratio")[0] == pytest.approx(worth / outcome(run, "public_cost")[0], rel=1e-9)


@pytest.mark.parametrize("spillover", [False, True])
@pytest.mark.parametrize("kind", ["public_cluster", "cloud_credits", "research_grants"])
def test_at_the_break_even_exponent_extra_output_is_worth_its_social_cost(reckoned, outcome, kind, spillover):
    given = {"money.excess_burden_ratio": 0.25, "output.spillover": spillover}
    levers = INSTRUMENTS[kind]()
    alpha = float(outcome(reckoned(levers, given), "break_even_alpha")[0])
    there = reckoned(levers, given | {"output.alpha": alpha})
    worth = outcome(there, "benefit_cost_ratio") * outcome(there, "public_cost")
    assert worth[0] == pytest.approx(outcome(there, "social_cost")[0], rel=1e-6)


def test_a_gain_that_rises_and_falls_again_is_found_where_it_rises():
    """All is added to a small group, which weighs less and less beside a large one: a gain of 0.05 twice."""
    weight, alone, made = np.ones((1, 2)), np.log([[1.0, 1_000.0]]), np.log([[8.0, 1_000.0]])
    found = break_even_exponent(by_work(weight, made), by_work(weight, alone), np.array([0.05]))

    def gain(exponent):
        return (8**exponent + 1_000**exponent) / (1 + 1_000**exponent) - 1

    assert gain(1.0) < 0.05 and gain(found[0]) == pytest.approx(0.05, rel=1e-12)
    assert (gain(np.linspace(0, found[0] * 0.999, 1_000)) < 0.05).all()
    assert np.isnan(break_even_exponent(by_work(weight, made), by_work(weight, alone), np.array([0.9]))[0])


def test_people_alone_may_be_worth_their_cost(reckoned, outcome):
    """In proportion to people, and without indirect cost or applicants' time, a person more is worth their pay."""
    free = {"output.beta": 1.0, "grants.indirect_ratio": 0.0, "grants.effort_days": 0.0, "grants.displaced_share": 0.0}
    free |= {"output.substitution_other": 1.0}  # below it output is in proportion to people only where these are short
    levers = INSTRUMENTS["research_grants"](compute_share=0.0)
    assert outcome(reckoned(levers, free), "break_even_alpha")[0] == 0
    assert outcome(reckoned(levers, free | {"money.discount_rate": 0.0}), "benefit_cost_ratio")[0] >= 1


def test_no_exponent_makes_research_that_costs_nothing_worth_it(reckoned, outcome):
    cheap = {"grants.researcher_usd_per_year": 1.0, "output.beta": 0.0, "cloud.price_usd": 0.01}
    assert np.isnan(outcome(reckoned(INSTRUMENTS["research_grants"](), cheap), "break_even_alpha")[0])


def test_doing_nothing_has_no_ratio_and_nothing_to_break_even(reckoned, outcome):
    for name in ("break_even_alpha", "benefit_cost_ratio"):
        assert np.isnan(outcome(reckoned(INSTRUMENTS["do_nothing"]()), name)[0])


def test_break_even_exponent_of_two_groups_by_hand():
    """Weights 1 and 3, work 2 and 1, then 8 and 1: (8^a + 3) = 1.2 (2^a + 3) at a = ln x / ln 2, x^3 = 1.2 x + 0.6."""
    x = np.roots([1, 0, -1.2, -0.6]).real.max()
    weight = np.array([[1.0, 3.0]])
    sides = (by_work(weight, np.log([[work, 1.0]])) for work in (8.0, 2.0))
    assert break_even_exponent(*sides, np.array([0.2]))[0] == pytest.approx(np.log2(x), rel=1e-12)


def test_published_ratios_have_their_sources():
    assert all(resolve(each.source) for each in PUBLISHED)
    assert [(each.low, each.high) for each in PUBLISHED] == [(4, 13.3), (1.87, 3.24)]


# ---------------------------------------------------------------------------------------------- directions, for groups


@property_of
@given(hours, hours, people, frontiers, outputs)
def test_more_hours_never_lower_output(used, more, hired, frontier, output):
    assert no_less(made(used + more, hired, frontier, output), made(used, hired, frontier, output))


@property_of
@given(hours, people, people, frontiers, outputs)
def test_more_people_never_lower_output(used, hired, more, frontier, output):
    assert no_less(made(used, hired + more, frontier, output), made(used, hired, frontier, output))


@property_of
@given(hours, people, frontiers, outputs, st.floats(0, 1))
def test_a_higher_frontier_weight_never_raises_output(used, hired, frontier, output, more):
    """The frontier only moves up; nothing follows for the percents of an option, which weigh years anew."""
    heavier = replace(output, frontier_weight=output.frontier_weight + more)
    assert no_less(made(used, hired, frontier, output), made(used, hired, frontier, heavier))


@property_of
@given(hours, hours, people, frontiers, outputs, st.floats(0, 1))
def test_a_higher_frontier_weight_never_raises_what_hours_add_to_a_group_in_a_year(
    used, more, hired, frontier, output, weight
):
    """In percent of what the group made before: the floor, which the frontier does not touch, weighs the more."""
    heavier = replace(output, frontier_weight=output.frontier_weight + weight)
    light, heavy = (made(used + more, hired, frontier, o) / made(used, hired, frontier, o) for o in (output, heavier))
    assert no_less(light, heavy)


@property_of
@given(hours, hours, people, frontiers, outputs, st.floats(0, 1))
def test_a_higher_alpha_never_lowers_what_hours_add_to_a_group_in_a_year(used, more, hired, frontier, output, alpha):
    higher = replace(output, alpha=output.alpha + alpha)
    low, high = (made(used + more, hired, frontier, o) / made(used, hired, frontier, o) for o in (output, higher))
    assert no_less(high, low)


@property_of
@given(hours, hours, people, frontiers, outputs, st.floats(0, 1_000))
def test_a_higher_floor_never_raises_what_hours_add_to_a_group_in_a_year(used, more, hired, frontier, output, floor):
    higher = replace(output, floor_hours=output.floor_hours + floor)
    low, high = (made(used + more, hired, frontier, o) / made(used, hired, frontier, o) for o in (output, higher))
    assert no_less(low, high)


@property_of
@given(hours, people, people, frontiers, outputs, st.floats(0, 1))
def test_a_higher_beta_never_lowers_what_people_add_to_a_group_in_a_year(used, hired, more, frontier, output, beta):
    higher = replace(output, beta=output.beta + beta)
    low, high = (made(used, hired + more, frontier, o) / made(used, hired, frontier, o) for o in (output, higher))
    assert no_less(high, low)


@property_of
@given(hours, people, people, people, frontiers, outputs)
def test_a_larger_group_never_gains_more_by_a_grant_that_pays_for_as_many_people(
    used, hired, larger, granted, frontier, output
):
    small, large = (
        made(used, own + granted, frontier, output) / made(used, own, frontier, output)
        for own in (hired, hired + larger)
    )
    assert no_less(small, large)


@property_of
@given(hours, hours, people, frontiers, outputs)
def test_output_grows_by_less_with_each_further_hour(used, more, hired, frontier, output):
    """Concave: the second helping adds no more than the first."""
    levels = [made(used + k * more, hired, frontier, output) for k in range(3)]
    assert levels[2] - levels[1] <= (levels[1] - levels[0]) + 1e-9 * levels[2]


@property_of
@given(hours, people, frontiers, outputs, st.floats(1, 2))
def test_productivity_is_a_factor(used, hired, frontier, output, better):
    assert made(used, hired, frontier, output, better) == pytest.approx(better * made(used, hired, frontier, output))


# -------------------------------------------------------------------------------------------------------- of options


@pytest.mark.parametrize("kind", ["public_cluster", "cloud_credits", "research_grants"])
def test_more_productive_elite_groups_draw_the_whole_towards_the_elite_tier(reckoned, outcome, kind):
    """The elite tier's percent stays; the whole's weight moves to it, and never away."""
    plain, better = (reckoned(INSTRUMENTS[kind](), {"output.productivity_elite": z}, draws=20) for z in (1.0, 2.0))
    elite, elite_after = outcome(plain, "output_percent_elite"), outcome(better, "output_percent_elite")
    np.testing.assert_allclose(elite, elite_after, rtol=1e-9, atol=1e-9)
    before, after = (np.abs(outcome(m, "output_percent") - elite) for m in (plain, better))
    assert (after <= before + 1e-9).all()


@pytest.mark.parametrize("kind", ["public_cluster", "cloud_credits", "research_grants"])
def test_costlier_applications_never_raise_output_per_researcher_day(reckoned, outcome, kind):
    effort = "grants.effort_days" if kind == "research_grants" else "access.effort_days"
    found = [
        outcome(reckoned(INSTRUMENTS[kind](), {effort: days}, draws=12), "output_per_day_percent")
        for days in (0, 5, 40)
    ]
    assert (found[0] > found[1]).all()
    assert (found[1] > found[2]).all()


def test_more_workdays_never_make_applications_weigh_more(reckoned, outcome):
    """The days of an application are what they are: in a longer working year they are a smaller part of it."""
    found = [
        outcome(
            reckoned(INSTRUMENTS["public_cluster"](), {"output.workdays_in_year": days}, draws=12),
            "output_per_day_percent",
        )
        for days in (200.0, 230.0)
    ]
    assert (found[0] < found[1]).all()


def test_applications_that_cost_nothing_leave_output_per_day_at_output(reckoned, outcome):
    hires_nobody = {"access.effort_days": 0.0, "output.rehired_share": 0.0}
    monthly = reckoned(INSTRUMENTS["public_cluster"](), hires_nobody, draws=12)
    np.testing.assert_allclose(
        outcome(monthly, "output_per_day_percent"), outcome(monthly, "output_percent"), rtol=1e-9
    )


def test_grants_that_buy_no_compute_still_make_research(reckoned, outcome):
    """Without people in the production function this would be nothing: grants would lose by construction."""
    levers = INSTRUMENTS["research_grants"](compute_share=0.0)
    assert outcome(reckoned(levers), "output_percent")[0] > 0
    assert outcome(reckoned(levers, {"output.beta": 0.0}), "output_percent")[0] == 0


# ------------------------------------------------------------------------------------------------------ people, lags


@property_of
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_grants_hire_as_many_people_as_they_pay_for(seed, nobody):
    """Summed over groups exactly the person-years; where nobody can win, every group gets the same."""
    rng = np.random.default_rng(seed)
    own, count, years = rng.uniform(1, 20, (3, 8)), rng.uniform(1, 500, (3, 8)), rng.uniform(0, 900, (3, 5))
    weight = np.zeros((3, 8)) if nobody else rng.uniform(0, 2, (3, 8))
    added = people_with_grants(own, weight, count, years) - own[:, None, :]
    np.testing.assert_allclose((added * count[:, None, :]).sum(axis=-1), years, rtol=1e-9, atol=1e-9)
    if nobody:
        assert np.ptp(added, axis=-1).max() < 1e-9


lags = st.floats(0, 12)


@property_of
@given(st.integers(0, 2**32 - 1), st.floats(0, 4), lags, st.floats(0, 3))
def test_a_later_spillover_never_adds_more(seed, ratio, lag, later):
    made = np.random.default_rng(seed).uniform(0, 5, (2, 8, 4))
    early, late = (
        with_spillover(made, Output(spillover=True, spillover_ratio=ratio, spillover_lag_years=years)).sum(axis=1)
        for years in (lag, lag + later)
    )
    assert (early >= late * (1 - ROUNDING)).all()
    assert (late >= made.sum(axis=1) * (1 - ROUNDING)).all()


@property_of
@given(st.integers(0, 2**32 - 1), lags, st.floats(0, 4), st.floats(0, 4))
def test_a_larger_spillover_never_lowers_output(seed, lag, ratio, more):
    made = np.random.default_rng(seed).uniform(0, 5, (2, 8, 4))
    less_, more_ = (
        with_spillover(made, Output(spillover=True, spillover_ratio=r, spillover_lag_years=lag))
        for r in (ratio, ratio + more)
    )
    assert (more_ >= less_ * (1 - ROUNDING)).all()


@property_of
@given(st.integers(0, 2**32 - 1), st.integers(0, 9), st.floats(0, 4))
def test_a_lag_of_whole_years_moves_whole_years(seed, lag, ratio):
    made = np.random.default_rng(seed).uniform(0, 5, (1, 8))
    found = with_spillover(made, Output(spillover=True, spillover_ratio=ratio, spillover_lag_years=lag))
    shifted = np.concatenate([np.zeros(min(lag, 8)), made[0, : max(8 - lag, 0)]])
    np.testing.assert_allclose(found[0], made[0] + ratio * shifted, rtol=1e-12)


@property_of
@given(st.floats(0, 50), st.floats(0.2, 0.9))
def test_draws_may_have_lags_of_their_own(ratio, part):
    """Arrays [draw, 1], as in a sampled world, give what each draw gives alone."""
    made = np.arange(24.0).reshape(2, 6, 2)
    lag = np.array([[1 + part], [3.0]])
    both = with_spillover(made, Output(spillover=True, spillover_ratio=ratio, spillover_lag_years=lag))
    for draw in (0, 1):
        one = Output(spillover=True, spillover_ratio=ratio, spillover_lag_years=float(lag[draw, 0]))
        np.testing.assert_allclose(both[draw], with_spillover(made[draw : draw + 1], one)[0], rtol=1e-12)


@pytest.mark.parametrize("lag", [10.0, 17.5])
def test_a_spillover_beyond_the_horizon_changes_nothing(reckoned, outcome, lag):
    off, on = (
        reckoned(INSTRUMENTS["public_cluster"](), {"output.spillover": s, "output.spillover_lag_years": lag})
        for s in (False, True)
    )
    assert (Measures(on).cached(tier_outputs) == Measures(off).cached(tier_outputs)).all()


def test_a_spillover_without_lag_is_a_factor_that_a_percent_does_not_see(reckoned, outcome):
    values = {"output.spillover": True, "output.spillover_lag_years": 0.0, "output.spillover_ratio": 3.0}
    off, on = (reckoned(INSTRUMENTS["public_cluster"](), v) for v in ({}, values))
    assert outcome(on, "output_percent")[0] == pytest.approx(outcome(off, "output_percent")[0], rel=1e-12)


@property_of
@given(st.integers(1, 30))
def test_years_and_their_middles(months):
    """Whole years have their middle half a year in; what is left over counts as the part it is."""
    length, middle = year_parts(months)
    assert length.sum() == pytest.approx(months / 12)
    assert (middle[:-1] == np.arange(len(middle) - 1) + 0.5).all()
    assume(months % 12)
    assert middle[-1] == pytest.approx((months // 12) + (months % 12) / 24)


@pytest.mark.parametrize("rate", [0.02, 0.07])
def test_in_one_year_alone_the_discount_rate_cancels(reckoned, outcome, rate):
    """Equal cash, so that the rate decides no size: one year is weighed by one factor, above and below."""
    values = {"money.normalisation": "equal_cash", "money.declining": False}
    found = [
        outcome(
            reckoned(
                INSTRUMENTS["cloud_credits"](), values | {"money.discount_rate": r}, horizon_years=1, yearly_usd=(80e6,)
            ),
            "output_percent",
        )[0]
        for r in (0.0, rate)
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert found[0] > 0


@property_of
@given(st.integers(0, 2**32 - 1), st.integers(0, 6), st.floats(0, 1), st.floats(0, 4))
def test_a_lag_between_two_years_takes_its_part_of_each(seed, late, part, ratio):
    made = np.random.default_rng(seed).uniform(0, 5, (1, 8))
    found, *whole = (
        with_spillover(made, Output(spillover=True, spillover_ratio=ratio, spillover_lag_years=lag))
        for lag in (late + part, late, late + 1)
    )
    np.testing.assert_allclose(found, (1 - part) * whole[0] + part * whole[1], rtol=1e-6)


def test_grants_hire_where_groups_win(reckoned, outcome):
    """Output in heads alone: what a tier gains is its odds, over its people."""
    values = {"output.alpha": 0.0, "output.beta": 1.0, "output.rehired_share": 0.0}
    monthly = reckoned(INSTRUMENTS["research_grants"](), values, draws=10)
    world = monthly.context.world
    chances = [
        outcome(monthly, f"output_percent_{tier}")
        * np.reshape(getattr(world.output, f"people_{tier}"), -1)
        / np.reshape(getattr(world.access, f"odds_{tier}"), -1)
        for tier in ("elite", "intensive", "regional", "startups")
    ]
    for chance in chances[1:]:
        np.testing.assert_allclose(chance, chances[0], rtol=1e-6)


def test_a_short_last_year_counts_for_the_part_that_it_is(reckoned):
    """Output in heads alone is person-years: those of the groups, and those that grants pay."""
    values = {"output.alpha": 0.0, "output.beta": 1.0}
    context = reckoned(INSTRUMENTS["do_nothing"](), values, horizon_years=2).context
    paid = np.array([[120.0, 45.0]])
    made = tier_output(context.world, context.groups, context.groups.own_by_group, paid, 18).sum(axis=-1)[0]
    staff = float((own_people(context.world, context.groups) * context.groups.count).sum())
    np.testing.assert_allclose(made, [staff + 120, staff / 2 + 45], rtol=1e-12)


def test_only_elite_groups_are_the_more_productive(reckoned):
    plain, better = (
        reckoned(INSTRUMENTS["do_nothing"](), {"output.productivity_elite": z}).context.own_output for z in (1.0, 1.5)
    )
    np.testing.assert_allclose(better / plain, np.broadcast_to([1.5, 1, 1, 1], plain.shape), rtol=1e-12)


# ------------------------------------------------------------------------------------- people and compute, by field


def together(used: float, hired: float, output: Output, needs: float = 1_000.0, own: float = 10.0, by: float = 0.5):
    """Output of one group in one year that has `needs` hours and `own` people without any option."""
    cell = np.full((1, 1, 1), used), np.full((1, 1, 1), hired), np.ones((1, 1)), np.ones((1, 1))
    return produced(*cell, output, None, seen_at(needs, own, by)).item()


def seen_at(hours: float, own: float, by: float, part: float = 1.0) -> Observed:
    """One group that is observed at these hours and people, with the unit of work an hour."""
    each = (np.full((1, 1), value) for value in (own, by, part))
    return Observed(np.full((1, 1, 1), hours), *each, np.ones((1, 1, 1)))


substitutions = st.floats(0.1, 5)


@property_of
@given(hours, people, outputs)
def test_at_an_elasticity_of_one_it_is_the_product_of_powers(used, hired, output):
    """The limit: the production function that was fitted, wherever a group is observed."""
    assert together(used, hired, output, by=1.0) == pytest.approx(made(used, hired, 1.0, output), rel=1e-9)


@property_of
@given(substitutions, outputs)
def test_where_a_group_is_observed_how_well_one_replaces_the_other_does_not_matter(by, output):
    assert together(1_000.0, 10.0, output, by=by) == pytest.approx(made(1_000.0, 10.0, 1.0, output), rel=1e-9)


@property_of
@given(hours, hours, people, people, substitutions, outputs)
def test_more_of_either_never_lowers_output(used, more, hired, others, by, output):
    there = together(used, hired, output, by=by)
    assert no_less(together(used + more, hired, output, by=by), there)
    assert no_less(together(used, hired + others, output, by=by), there)


@property_of
@given(st.floats(0.15, 0.9), st.floats(0.1, 0.8), st.floats(0.1, 0.8))
def test_grants_beat_machines_where_labour_is_short_and_lose_where_compute_is(by, alpha, beta):
    """A tenth more of what is short is worth more than a tenth more of the rest, whichever it is."""
    output = Output(alpha=alpha, beta=beta, floor_hours=1)

    def gains(used: float, hired: float) -> tuple[float, float]:
        there = together(used, hired, output, by=by)
        return together(used * 1.1, hired, output, by=by) / there, together(used, hired * 1.1, output, by=by) / there

    hours_short, people_short = gains(20.0, 10.0), gains(1_000.0, 0.2)
    even = gains(1_000.0, 10.0)
    assert hours_short[0] / hours_short[1] > even[0] / even[1] > people_short[0] / people_short[1]


@property_of
@given(st.floats(0.15, 0.95), st.floats(0.01, 0.09))
def test_the_harder_to_replace_the_less_a_group_makes_elsewhere(by, easier):
    output = Output(floor_hours=1)
    assert no_less(together(100.0, 10.0, output, by=by + easier), together(100.0, 10.0, output, by=by))


def test_groups_of_the_largest_need_are_those_that_compute():
    """Three in ten: of twenty groups by need the upper six; half a group more is between the two."""
    ranks = (np.arange(20) + 0.5) / 20
    assert computing_part(Output(computing_share=0.3), ranks)[0].tolist() == pytest.approx([0] * 14 + [1] * 6)
    assert computing_part(Output(computing_share=0.325), ranks)[0, 13] == pytest.approx(0.5)
    assert (computing_part(Output(computing_share=0.0), ranks) == 0).all()


def test_a_group_has_the_numbers_of_its_field():
    """Of four groups the upper two compute; others replace less and grow less with compute."""
    output = Output(computing_share=0.5, other_ratio=0.2)
    found = Observed.at(np.ones((1, 1, 4)), np.ones((1, 4)), output, (np.arange(4) + 0.5) / 4, np.ones((1, 1, 1)))
    assert found.substitution[0].tolist() == pytest.approx([0.5, 0.5, 1.0, 1.0])
    assert found.part[0].tolist() == pytest.approx([0.2, 0.2, 1.0, 1.0])


@property_of
@given(st.floats(10, 1e5), people, substitutions, st.floats(0.01, 0.5), st.floats(0.1, 0.9), st.floats(0, 1))
def test_a_little_more_compute_raises_output_by_the_exponent_that_was_measured(needs, own, by, alpha, beta, part):
    """The elasticity holds where it was measured, at the compute that a group has, whatever replaces what."""
    output, seen = Output(alpha=alpha, beta=beta, floor_hours=0), seen_at(needs, own, by, part)
    ones, cell = np.ones((1, 1)), np.full((1, 1, 1), own)
    ends = [produced(cell * 0 + needs * by_, cell, ones, ones, output, None, seen).item() for by_ in (1, 1 + 1e-5)]
    assert np.log(ends[1] / ends[0]) / np.log(1 + 1e-5) == pytest.approx(part * alpha, rel=1e-3, abs=1e-9)


@property_of
@given(st.floats(10, 1e5), people, substitutions, outputs)
def test_without_more_compute_or_people_there_is_no_more_output(needs, own, by, output):
    assert together(needs, own, output, needs, own, by) == together(needs, own, output, needs, own, by / 2)


def test_no_result_hangs_on_the_unit_of_work(reckoned, outcome):
    """All hours a thousandfold, in need, own, supply and floor: the exponents of fields differ, the percents do not."""

    def seen(scale: float) -> float:
        cells = np.array([[[50.0, 4_000.0]]]) * scale, np.full((1, 1, 2), 8.0), np.ones((1, 1)), np.ones((1, 2))
        own = cells[0] / 3
        observed = Observed(own, np.full((1, 2), 8.0), np.ones((1, 2)), np.array([[0.1, 1.0]]), own.mean(keepdims=True))
        output = Output(floor_hours=0.0)
        made_, alone = (produced(x, *cells[1:], output, None, observed).sum() for x in (cells[0], own))
        return float(made_ / alone)

    assert seen(1.0) == pytest.approx(seen(1_000.0), rel=1e-12)


@pytest.mark.parametrize("kind", ["public_cluster", "cloud_credits"])
def test_more_growth_with_compute_in_other_fields_never_lowers_what_hours_add(reckoned, outcome, kind):
    found = [outcome(reckoned(INSTRUMENTS[kind](), {"output.other_ratio": x}), "output_percent")[0] for x in (0, 0.35)]
    assert found[0] < found[1]


def test_an_extra_dollar_of_compute_is_not_worth_a_hundred_of_research(reckoned, outcome):
    """Where own compute is a small part of what research costs, its exponent at that compute bounds what more is worth.

    A gain g in hours is worth at most (1 + g)^alpha - 1 of all research where one replaces the other no better than in
    a product of powers, and people are not paid out of what it frees.
    """
    still = {"output.rehired_share": 0.0, "output.substitution_computing": 1.0, "output.substitution_other": 1.0}
    run = reckoned(INSTRUMENTS["public_cluster"](), still)
    hours, own = run.allocation.by_group, run.context.groups.own_by_group
    most = 100 * ((hours / own).max() ** run.context.world.output.alpha - 1)
    assert 0 < outcome(run, "output_percent")[0] < most


def test_without_people_and_compute_that_matter_there_is_no_division_by_nothing():
    assert together(0.0, 10.0, Output(alpha=0, beta=0)) == 1
    assert together(0.0, 10.0, Output(alpha=0.5, beta=0.5, floor_hours=0)) == pytest.approx(0, abs=1e-50)


@pytest.mark.parametrize(("path", "kind"), [("substitution_other", "public_cluster"), ("beta", "research_grants")])
def test_what_people_and_hours_are_worth_together_moves_options(reckoned, outcome, path, kind):
    found = [outcome(reckoned(INSTRUMENTS[kind](), {f"output.{path}": x}), "output_percent")[0] for x in (0.3, 0.9)]
    assert found[0] != found[1]


def test_grants_beat_a_machine_where_groups_have_the_compute_that_they_need(reckoned, outcome):
    """And lose to it where they have a tenth: which of both is short decides, at one and the same elasticity."""
    tiers = ("elite", "intensive", "regional", "startups")

    def lead(part: float) -> float:
        own = {f"demand.own_{tier}": part * 2_000 for tier in tiers} | {f"demand.need_{tier}": 2_000 for tier in tiers}
        still = {"demand.growth_per_year": 0.0, "demand.own_growth_per_year": 0.0, "demand.rent_elasticity": 0.0}
        grants, machine = (
            outcome(reckoned(INSTRUMENTS[kind](), own | still | {"demand.new_only_share_per_year": 0.0}),
                    "output_percent")[0]
            for kind in ("research_grants", "public_cluster")
        )  # fmt: skip
        return grants - machine

    assert lead(0.05) < 0 < lead(0.99)


def test_output_has_a_value_with_the_fewest_people_that_a_group_may_have():
    """A group without any is observed nowhere: grants would raise nothing to any multiple."""
    least = {f"people_{tier}": Output.spec(f"people_{tier}").floor for tier in ("elite", "regional")}
    output = Output(**least)
    for own in least.values():
        cell, hours = np.full((1, 1, 1), own), np.full((1, 1, 1), 1_000.0)
        observed = seen_at(1_000.0, own, output.substitution_other)
        ones = np.ones((1, 1))
        alone = produced(hours, cell, ones, ones, output, None, observed).item()
        assert 0 < alone < produced(hours, cell + 0.5, ones, ones, output, None, observed).item() < np.inf


def test_a_break_even_that_is_met_exactly_is_the_answer():
    """Newton's step is nothing there, and the number lies on the end of what is searched."""
    nothing, one = np.zeros((1, 1)), np.ones((1, 1))
    made, alone = (Terms(one, one * 0.8, one * work, nothing, nothing, one > 0, one * 0.5) for work in (1.0, 0.0))
    middle = np.array([0.55])  # of the step that reaches it: what is tried first
    gain = made.total(middle) / alone.total(middle) - 1
    assert break_even_exponent(made, alone, gain) == pytest.approx(middle, rel=1e-12)


def test_a_draw_has_the_same_break_even_whatever_draws_stand_beside_it():
    """To the last digit, though the search goes on only in those draws whose answer is not yet known."""
    dice, shape = np.random.default_rng(3), (40, 3, 5)  # draw, year, group
    there, people, gain = dice.uniform(1, 50, shape), dice.uniform(1, 1.2, shape), dice.uniform(-0.1, 3, 40)
    by, part = dice.uniform(0.3, 3, (40, 5)), dice.uniform(0.1, 1, (40, 5))

    def side(more: float, hired: np.ndarray) -> Terms:
        return Terms.of(np.ones(shape), np.full((40, 1, 1), 0.8), (there, there * more), hired, by, part)

    made, alone = side(3.0, people), side(1.0, np.ones(shape))
    whole = break_even_exponent(made, alone, gain)
    assert (whole == 0).any() and np.isnan(whole).any() and (whole > 0).sum() > 5
    for draw in range(40):
        only = np.arange(40) == draw
        found = break_even_exponent(made.draws(only), alone.draws(only), gain[only])
        np.testing.assert_array_equal(found, whole[only])
        if whole[draw] > 0:
            ratio = made.total(whole)[draw] / alone.total(whole)[draw]
            assert ratio == pytest.approx(1 + gain[draw], rel=1e-9)
