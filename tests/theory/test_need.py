"""Need over time, obsolescence and awards: the limits that the curves and rules have by themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from sim.costs.awards import Awards
from sim.costs.groups import Groups
from sim.instruments.base import Supply
from sim.instruments.do_nothing import DoNothing
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.access import Access
from sim.mechanisms.demand import Demand, need_growth, runnable_share
from sim.mechanisms.forfeiture import NOBODY, RULES, bands, filled_share, returned_share

property_of = settings(max_examples=100, deadline=None, derandomize=True)
YEARS = np.linspace(0, 30, 61)

# --------------------------------------------------------------------------------------------------------- the S-curve


@property_of
@given(st.floats(-0.4, 1.0), st.floats(1.01, 1e4))
def test_need_begins_at_one_with_the_growth_that_is_declared(growth, most):
    """The slope of the log at the start is log(1 + growth), whatever the saturation."""
    step = 1e-6
    first, soon = need_growth(Demand(growth_per_year=growth, saturation_ratio=most), np.array([0.0, step]))[0]
    assert first == pytest.approx(1, rel=1e-12)
    assert np.log(soon) / step == pytest.approx(np.log1p(growth), abs=1e-3)


@property_of
@given(st.floats(0.01, 1.0), st.floats(1.01, 1e4))
def test_need_rises_to_its_saturation_and_never_beyond(growth, most):
    """Growth falls all the way: the curve of the log is concave."""
    curve = need_growth(Demand(growth_per_year=growth, saturation_ratio=most), YEARS)[0]
    assert np.all(np.diff(curve) >= 0) and np.all(curve <= most * (1 + 1e-12))
    assert np.all(np.diff(np.log(curve), 2) <= 1e-9)
    assert need_growth(Demand(growth_per_year=growth, saturation_ratio=most), np.array([1e5]))[0, 0] == pytest.approx(
        most
    )


def test_without_a_limit_need_grows_like_compound_interest_and_at_it_not_at_all():
    free, full = (need_growth(Demand(growth_per_year=0.2, saturation_ratio=most), YEARS)[0] for most in (1e9, 1.0))
    assert free == pytest.approx(1.2**YEARS, rel=1e-4)
    assert full == pytest.approx(np.ones_like(YEARS))


def test_need_follows_rents_by_its_elasticity():
    """Rents that halve raise need by 2^elasticity; at no elasticity they do nothing."""
    rents = np.array([[1.0, 0.5, 0.25]])
    demand = Demand(growth_per_year=0.0, rent_elasticity=0.5)
    assert need_growth(demand, np.arange(3.0), rents) == pytest.approx(np.array([[1, 2**0.5, 2.0]]))
    still = replace(demand, rent_elasticity=0.0)
    assert need_growth(still, np.arange(3.0), rents) == pytest.approx(np.ones((1, 3)))


def test_requests_grow_at_first_as_they_did_in_canada():
    """9.4 % a year from 2020 to 2023 (programmes:P129), trend and falling rents together: growth is counted once."""
    years = np.array([0.0, 3.0])
    groups = Groups.of(Demand(), Access(), years, np.exp(-0.20 * years)[None, :])
    need, own = groups.levels()
    rates = groups.apply[0].reshape(4, 20)[:, 0]
    asked = ((need - own)[0] * rates).sum(axis=-1)
    assert (asked[1] / asked[0]) ** (1 / 3) - 1 == pytest.approx(0.094, abs=0.01)


# -------------------------------------------------------------------------------------------------------- obsolescence


def test_what_a_design_cannot_run_is_nothing_by_default_and_everything_in_the_end():
    assert np.all(runnable_share(YEARS, Demand().new_only_share_per_year) == 1)
    assert runnable_share(np.array([-1.0, 0.0, 5.0, 40.0]), 0.1) == pytest.approx([1, 1, 0.5, 0])


def test_own_machines_age_like_all_others(reckoned, outcome):
    """Where nobody buys anything, groups use no more of their own machines than these can run."""
    young, old = (
        reckoned(DoNothing(), {"demand.new_only_share_per_year": 0.3, "carbon.own_age_years": age})
        for age in (0.0, 3.2)
    )
    assert old.context.own.sum() < young.context.own.sum()
    assert np.all(old.context.own <= 0.04 * old.context.need * (1 + 1e-12))
    assert outcome(old, "need_met")[0] < outcome(young, "need_met")[0]


# -------------------------------------------------------------------------------------------------------------- awards


@property_of
@given(st.sampled_from([NOBODY, *RULES]), st.floats(0.01, 0.95))
def test_what_a_rule_takes_back_is_the_integral_over_all_holders(rule, unused):
    """Against quadrature over the density of use."""
    power = (1 - unused) / unused
    taken, lower = 0.0, 0.0
    for upper, part in bands(rule):
        taken += part * quad(lambda use: (1 - use) * power * use ** (power - 1), lower, upper)[0]
        lower = upper
    assert returned_share(rule, unused) == pytest.approx(taken / unused, rel=1e-6, abs=1e-9)
    assert quad(lambda use: (1 - use) * power * use ** (power - 1), 0, 1)[0] == pytest.approx(unused, rel=1e-6)


def test_nothing_is_taken_back_where_all_is_used_or_no_rule_is():
    assert returned_share("nrel", np.array([[0.0]])).tolist() == [[0.0]]
    assert returned_share("none", np.array([[0.3]])).tolist() == [[0.0]]
    assert returned_share("lumi", 0.4) > returned_share("nrel", 0.4) > returned_share("alcc", 0.4) > 0


@property_of
@given(st.sampled_from([NOBODY, *RULES]), st.floats(0, 0.9), st.floats(1, 2), st.floats(0, 1))
def test_awarded_hours_are_used_taken_back_or_left(rule, unused, booked, reserve):
    """Nothing is lost between the award and its end, and no machine is more than full."""
    access = Access(forfeiture=rule, unused_share=unused, overbooking_ratio=booked, reserve_share=reserve)
    hours = np.array([[1e6]])
    awards = Awards.of([(Supply("cluster", hours, hours), hours)], access, (1, 1))
    back = awards.awarded * unused * returned_share(rule, unused)
    assert awards.awarded == pytest.approx(booked * (1 - reserve) * hours)
    assert awards.awarded * (1 - unused) + back + awards.unused == pytest.approx(awards.awarded, rel=1e-12)
    assert awards.busy[0][1] <= hours


def test_over_booking_makes_up_for_what_is_left_idle():
    """NREL's and TeraGrid's 111 % and a tenth unused fill a machine to a thousandth."""
    assert filled_share(1.11, 0.10, 0.0) == pytest.approx(1, abs=0.002)
    assert filled_share(1.0, 0.10, 0.0) == pytest.approx(0.9)
    assert filled_share(1.5, 0.10, 0.0) == 1


def test_vouchers_are_not_booked_twice():
    hours = np.array([[1e6]])
    awards = Awards.of([(Supply("cloud", hours, hours), hours)], Access(unused_share=0.5), (1, 1))
    assert awards.busy[0][1] == hours and awards.unused == 0 and awards.awarded == pytest.approx(0.8 * hours)


def test_a_rule_that_takes_back_leaves_fewer_awards_unused(reckoned, outcome):
    """And never fewer hours in use."""
    idle = {"access.unused_share": 0.3, "access.overbooking_ratio": 1.0}
    runs = [reckoned(PublicCluster(), idle | {"access.forfeiture": rule}) for rule in ("none", "alcc", "nrel", "lumi")]
    left = [outcome(run, "unused_awards")[0] for run in runs]
    used = [run.allocation.used["cluster"].sum() for run in runs]
    assert left == sorted(left, reverse=True) and used == sorted(used)
