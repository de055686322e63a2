"""Who gets the public hours: what each lever of access does to whom, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.costs.allocation import allocate
from sim.costs.groups import Groups
from sim.instruments import INSTRUMENTS
from sim.instruments.base import Supply
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.domestic_fab import DomesticFab
from sim.instruments.public_cluster import PublicCluster
from sim.instruments.research_grants import ResearchGrants
from sim.mechanisms.access import RULES, Access, days_of, merit, waiting_cost_usd
from sim.mechanisms.demand import TIERS, Demand
from sim.parameters import Array
from tests.oracles import allocation as oracle

some = settings(max_examples=120, deadline=None, derandomize=True)
every_rule = pytest.mark.parametrize("rule", RULES)
both = pytest.mark.parametrize("share", [allocate, oracle.allocate], ids=["compiled", "plain"])
NEED = 5.3e6  # hours a month that the default groups lack, about
pots = st.floats(1e3, 2 * NEED)
some_odds = st.just(0.0) | st.floats(1e-3, 3)
parts = st.floats(0, 1)


def hours(access: Access, pot: float, demand: Demand | None = None, share=allocate) -> Array:
    """Public hours of each tier in one month in which so many are shared out by request, [tier]."""
    groups = Groups.of(demand or Demand(), access, np.array([0.0]))
    supply = Supply("cluster", np.array([[pot]]), np.array([[pot]]))
    return share(groups, [(supply, supply.h100e_hours)]).public[0, 0]


def not_less(more: Array | float, less: Array | float) -> bool:
    """At least as much, but for rounding."""
    return bool(np.all(more >= less * (1 - 1e-9) - 1e-6))


# ------------------------------------------------------------------------------------------------------------ levers


@every_rule
@some
@given(pot=st.floats(1e3, NEED / 10), shares=st.tuples(parts, parts))
def test_a_larger_reserve_never_lowers_the_hours_of_regional_groups(rule, pot, shares):
    """They ask for less than the mean: scarce hours per head are more to them than those by request, merit or lot."""
    low, high = sorted(shares)
    least, most = (hours(Access(rule=rule, reserve_share=r, lower_tier_share=0.0), pot)[2] for r in (low, high))
    assert not_less(most, least)


@some
@given(pot=pots, shares=st.tuples(st.floats(0, 0.95), st.floats(0, 0.95)), reserve=parts)
def test_a_higher_floor_never_lowers_the_hours_of_the_lower_tiers(pot, shares, reserve):
    """Regional groups and start-ups together."""
    access = Access(rule="tier_floor", reserve_share=reserve)
    low, high = (hours(replace(access, lower_tier_share=s), pot) for s in sorted(shares))
    assert not_less(high[2:].sum(), low[2:].sum())
    assert not_less(low[:2].sum(), high[:2].sum())


@some
@given(pot=st.floats(1e3, NEED / 10), exponents=st.tuples(st.floats(0, 1.5), st.floats(0, 1.5)), reserve=parts)
def test_a_higher_exponent_of_merit_never_lowers_the_hours_of_the_elite(pot, exponents, reserve):
    """Own compute is what the elite has most of; true while it is not yet sated, here up to a tenth of the need."""
    access = Access(rule="merit", reserve_share=reserve)
    low, high = (hours(replace(access, merit_exponent=m), pot)[0] for m in sorted(exponents))
    assert not_less(high, low)


@some
@given(pot=pots, exponent=st.floats(0, 1.5), reserve=parts)
def test_merit_never_gives_the_elite_less_than_need_does(pot, exponent, reserve):
    """However much there is: where the elite is sated under merit it cannot get more, and the rest goes by rank."""
    access = Access(rule="merit", merit_exponent=exponent, reserve_share=reserve)
    assert not_less(hours(access, pot)[0], hours(Access(reserve_share=reserve), pot)[0])


@every_rule
@some
@given(pot=pots, rates=st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), tier=st.sampled_from(range(4)))
def test_a_higher_apply_rate_never_lowers_the_hours_of_a_tier(rule, pot, rates, tier):
    """Who asks more often gets no less, and the others together no more."""
    low, high = (hours(Access(rule=rule, **{f"apply_{TIERS[tier]}": rate}), pot) for rate in sorted(rates))
    assert not_less(high[tier], low[tier])
    assert not_less(low.sum() - low[tier], high.sum() - high[tier])


@every_rule
@both
@some
@given(pot=pots, reserve=parts)
def test_no_rule_wastes_an_hour_that_an_applicant_could_use(share, rule, pot, reserve):
    """Everything is given out, or everybody who applies has what they need."""
    access = Access(rule=rule, reserve_share=reserve)
    demand = Demand()
    groups = Groups.of(demand, access, np.array([0.0]))
    lacking = float(((oracle.need_of(groups) - oracle.own_of(groups)) * groups.count[:, None, :]).sum())
    assert hours(access, pot, demand, share).sum() == pytest.approx(min(pot, lacking), rel=1e-9)


@both
@some
@given(pot=pots, reserve=parts)
def test_merit_of_no_exponent_and_a_floor_of_nothing_are_need(share, pot, reserve):
    """The rules meet where they should."""
    need = hours(Access(reserve_share=reserve), pot, share=share)
    assert hours(Access(rule="merit", merit_exponent=0.0, reserve_share=reserve), pot, share=share) == pytest.approx(
        need
    )
    floor = Access(rule="tier_floor", lower_tier_share=0.0, reserve_share=reserve)
    assert hours(floor, pot, share=share) == pytest.approx(need)


@every_rule
@both
def test_a_reserve_of_everything_leaves_nothing_to_the_rule(share, rule):
    """Per head, whatever the rule."""
    per_head = hours(Access(reserve_share=1.0), 1e5, share=share)
    assert hours(Access(rule=rule, reserve_share=1.0), 1e5, share=share) == pytest.approx(per_head)


@both
def test_a_lottery_gives_every_applicant_the_same(share):
    """Far below all caps: hours per applicant are the same in all tiers, though needs differ twentyfold."""
    access = Access(rule="lottery", reserve_share=0.0)
    groups = Groups.of(Demand(spread=0.0), access, np.array([0.0]))
    applicants = (groups.count * groups.apply)[0].reshape(4, 20).sum(axis=-1)
    each = hours(access, 1e3, Demand(spread=0.0), share) / applicants
    assert each == pytest.approx(np.full(4, each[0]), rel=1e-12)


@both
def test_need_gives_every_applicant_the_same_part_of_what_is_missing(share):
    """Far below all caps, where hours are cut in proportion."""
    access = Access(reserve_share=0.0, cut_exponent=1.0)
    groups = Groups.of(Demand(), access, np.array([0.0]))
    asked = oracle.by_tier(groups, (oracle.need_of(groups) - oracle.own_of(groups)) * groups.apply[:, None, :])[0, 0]
    part = hours(access, 1e3, share=share) / asked
    assert part == pytest.approx(np.full(4, part[0]), rel=1e-12)


@both
def test_a_floor_keeps_its_part_for_the_lower_tiers(share):
    """Far below all caps: the part set aside, and what need gives them of the rest."""
    need = hours(Access(reserve_share=0.0), 1e3, share=share)
    kept = hours(Access(rule="tier_floor", lower_tier_share=0.4, reserve_share=0.0), 1e3, share=share)
    assert kept[2:].sum() == pytest.approx(0.4 * 1e3 + 0.6 * need[2:].sum(), rel=1e-12)


@both
def test_a_floor_for_nobody_is_shared_by_all(share):
    """Where the lower tiers lack nothing, what would be kept for them is not lost."""
    capped = Demand(**{f"own_{tier}": 1e6 for tier in ("regional", "startups")})
    access = Access(rule="tier_floor", lower_tier_share=0.5)
    assert hours(access, 1e4, capped, share) == pytest.approx(hours(Access(), 1e4, capped, share))


def test_merit_is_own_compute_over_the_mean():
    """Half, once and twice the mean; nobody has merit where nobody has compute, and then all are alike."""
    assert merit(np.array([1.0, 2.0, 4.0, 1.0]), np.array([1.0, 1, 1, 1]), 1.0) == pytest.approx([0.5, 1, 2, 0.5])
    assert merit(np.zeros(3), np.ones(3), 1.0).tolist() == [1, 1, 1]


@every_rule
def test_draws_are_shared_out_one_by_one_under_every_rule(rule):
    """Rule 6: a row is the world of its draw."""
    applying = np.array([[0.2], [0.6]])
    access = Access(rule=rule, apply_elite=applying)
    supply = Supply("cluster", np.full((2, 1), 1e5), np.full((2, 1), 1e5))
    both_draws = allocate(Groups.of(Demand(), access, np.array([0.0])), [(supply, supply.h100e_hours)]).public[:, 0]
    for draw in range(2):
        assert both_draws[draw] == pytest.approx(hours(access.at(draw), 1e5), rel=1e-12)


# ---------------------------------------------------------------------------------------- applying and waiting for it

BUYS = [PublicCluster(), CloudCredits(), ResearchGrants()]
every_option = pytest.mark.parametrize("option", BUYS, ids=lambda option: option.name)


@every_option
def test_waiting_costs_what_it_says(reckoned, outcome, option):
    """Applications x months x working days of a month x share of a day x its price; hours stay as they are."""
    free, dear = (reckoned(option, {"access.idle_share": share}) for share in (0.0, 0.1))
    months = 6 if option.name == "research_grants" else 2
    assert "waiting" not in free.private
    expected = dear.applications * months * (730 / 24 * 5 / 7) * 0.1 * 600
    assert dear.private["waiting"] == pytest.approx(expected, rel=1e-12)
    assert np.array_equal(dear.allocation.public, free.allocation.public)
    worth = (dear.private["waiting"] * dear.context.grid.discount).sum()
    assert outcome(dear, "social_cost")[0] - outcome(free, "social_cost")[0] == pytest.approx(worth, rel=1e-9)


def test_a_longer_wait_or_a_larger_idle_share_never_costs_less():
    """Both only add up."""
    awaited = np.array([0.0, 2.0, 5.0])
    cost = [waiting_cost_usd(awaited * longer, share, 600.0) for longer in (1, 2) for share in (0.0, 0.1, 0.3)]
    assert np.all(cost[0] == 0)
    assert all(not_less(more, less) for more, less in zip(cost[1:3], cost[:2], strict=True))
    assert not_less(cost[4], cost[1])


@every_option
def test_time_to_access_is_the_decision_and_then_the_queue_where_there_is_one(reckoned, outcome, option):
    """Three months for hours and vouchers, the six of a call for grants, in days; then the median wait."""
    months = 6 if option.name == "research_grants" else 3
    result = reckoned(option, {"access.decision_months": 3.0})
    waits = np.nan_to_num(outcome(result, "wait_p50")) / 24
    assert (waits > 0).all() == (option.name == "public_cluster")
    assert outcome(result, "access_days") == pytest.approx(days_of([months]) + waits)
    assert days_of(12) == pytest.approx(365)


def test_screening_delays_every_answer(reckoned, outcome):
    """Where applications are screened, its days come on top."""
    plain, screened = (reckoned(PublicCluster(), {"safety.screening": on}) for on in (False, True))
    assert outcome(screened, "access_days") - outcome(plain, "access_days") == pytest.approx([3.0])


def test_nobody_waits_for_what_nobody_can_apply_for(reckoned, outcome):
    """A fab has no applicants."""
    assert np.isnan(outcome(reckoned(DomesticFab()), "access_days")[0])


@every_option
@pytest.mark.parametrize("group", ["access", "grants"])
def test_more_effort_never_means_fewer_days_spent_applying(reckoned, outcome, option, group):
    """Days and social cost grow with the effort of an application, or do not hang on it."""
    low, high = (reckoned(option, {f"{group}.effort_days": days}) for days in (1.0, 30.0))
    for name in ("applicant_days", "social_cost"):
        assert not_less(outcome(high, name), outcome(low, name))
    moved = (group == "grants") == (option.name == "research_grants")
    assert (outcome(high, "applicant_days")[0] > outcome(low, "applicant_days")[0]) == moved


@some
@given(odds=st.tuples(some_odds, some_odds), pot=pots, tier=st.sampled_from(range(4)))
def test_better_odds_never_lower_the_hours_that_a_tier_wins_in_grants(odds, pot, tier):
    """Odds weigh the hours of grants as apply rates weigh those of requests."""
    supply = Supply("cloud", np.array([[pot]]), np.array([[pot]]), "odds")
    won = []
    for each in sorted(odds):
        groups = Groups.of(Demand(), Access(**{f"odds_{TIERS[tier]}": each}), np.array([0.0]))
        won.append(allocate(groups, [(supply, supply.h100e_hours)]).public[0, 0, tier])
    assert not_less(won[1], won[0])


@some
@given(kappas=st.tuples(parts, parts), pot=pots, tier=st.sampled_from(range(4)))
def test_more_crowding_out_never_adds_hours(kappas, pot, tier):
    """Public hours stay; own ones go."""
    supply = Supply("cluster", np.array([[pot]]), np.array([[pot]]))
    allocation = []
    for kappa in sorted(kappas):
        groups = Groups.of(Demand(), Access(**{f"crowd_out_{TIERS[tier]}": kappa}), np.array([0.0]))
        allocation.append(allocate(groups, [(supply, supply.h100e_hours)]))
    assert allocation[0].public == pytest.approx(allocation[1].public)
    assert not_less(allocation[1].displaced, allocation[0].displaced)
    assert not_less(allocation[0].by_group, allocation[1].by_group)


def test_asking_for_more_than_is_needed_never_raises_the_share_awarded(reckoned, outcome):
    """Padding only makes the same award a smaller part of what was asked for; hours stay."""
    many = {"demand.groups": 50_000.0}
    found = [reckoned(PublicCluster(), many | {"access.asking_ratio": ratio}) for ratio in (1.0, 1.5, 3.0)]
    shares = [outcome(run, "award_share")[0] for run in found]
    assert shares == sorted(shares, reverse=True) and shares[0] == pytest.approx(3 * shares[2])
    assert np.array_equal(found[0].allocation.public, found[2].allocation.public)


@some
@given(large=st.tuples(parts, parts), pot=pots)
def test_more_work_that_fits_no_single_node_never_gives_laboratories_more_to_do(large, pot):
    """Workstations take small jobs only."""
    supply = Supply("workstation", np.array([[pot]]), np.array([[pot]]), "odds", small_jobs_only=True)
    used = []
    for share in sorted(large):
        demand = Demand(**{f"large_{tier}": share for tier in TIERS})
        groups = Groups.of(demand, Access(), np.array([0.0]))
        used.append(allocate(groups, [(supply, supply.h100e_hours)]).used["workstation"][0, 0])
    assert not_less(used[0], used[1])


def test_nobody_is_awarded_more_than_was_asked_for(reckoned, outcome):
    """Where hours are plentiful, groups that did not ask get some too: those are no awards."""
    monthly = reckoned(INSTRUMENTS["public_cluster"](), {"demand.groups": 10.0, "access.asking_ratio": 1.0})
    assert monthly.public_hours.sum() > 0
    assert outcome(monthly, "award_share")[0] == pytest.approx(1)
