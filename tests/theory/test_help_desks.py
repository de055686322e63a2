"""Who does not apply and why, and what help desks and training change at their price."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.instruments import INSTRUMENTS
from sim.mechanisms.access import Access, apply_shares, help_cost_usd
from sim.mechanisms.demand import by_tier, group_counts
from tests.conftest import run, total

property_of = settings(max_examples=100, deadline=None, derandomize=True)
shares = st.floats(0, 1)
HELP = {"access.help_share": 0.5}


def applying(**values):
    """Part of the groups of each tier that apply."""
    return apply_shares(replace(Access(), **values))


def test_without_help_the_rates_are_those_observed():
    """Bit for bit, whatever the reasons."""
    usual = by_tier(Access(), "apply")
    assert (applying() == usual).all()
    assert (applying(ineligible_share=0.0, uninformed_share=1.0) == usual).all()


def test_whom_help_brings_in_is_worked_out_by_hand():
    """Half are reached, seven of ten eligible, four of ten uninformed, two fifths of the others saved enough time."""
    regional = applying(help_share=0.5)[0, 2]
    assert regional == pytest.approx(0.045 + 0.955 * 0.5 * 0.7 * (0.4 + 0.6 * 0.4))


@pytest.mark.parametrize(
    "nothing",
    [{"ineligible_share": 1.0}, {"uninformed_share": 0.0, "saved_share": 0.0}, {"help_share": 0.0}],
    ids=lambda values: " ".join(values),
)
def test_where_no_reason_yields_to_help_nobody_more_applies(nothing):
    assert (applying(**{"help_share": 0.5} | nothing) == by_tier(Access(), "apply")).all()


@property_of
@given(shares, shares, shares, shares, shares)
def test_more_help_never_has_fewer_apply_and_never_more_than_all(one, other, ineligible, uninformed, saved):
    low, high = sorted((one, other))
    why = {"ineligible_share": ineligible, "uninformed_share": uninformed, "saved_share": saved}
    few, many = (applying(help_share=share, **why) for share in (low, high))
    assert (few <= many).all() and (many <= 1).all() and (by_tier(Access(), "apply") <= few).all()


@property_of
@given(shares, shares)
def test_the_more_are_not_eligible_the_fewer_come(one, other):
    low, high = sorted((one, other))
    assert (applying(help_share=0.5, ineligible_share=high) <= applying(help_share=0.5, ineligible_share=low)).all()


@property_of
@given(shares, shares)
def test_the_more_only_lack_information_or_are_saved_work_the_more_come(one, other):
    low, high = sorted((one, other))
    for name in ("uninformed_share", "saved_share"):
        assert (applying(help_share=0.5, **{name: low}) <= applying(help_share=0.5, **{name: high}) + 1e-15).all()


def test_each_draw_has_its_own_reasons():
    column = np.array([[0.0], [1.0]])
    found = applying(help_share=0.5, ineligible_share=column)
    assert found.shape == (2, 4) and (found[0] > found[1]).all()


@pytest.mark.parametrize("name", ["public_cluster", "cloud_credits"])
def test_help_has_a_price_and_brings_in_those_who_apply_least(name):
    """Its cost is that of the groups reached, in months with hours; it is others' money, and public cost stays."""
    plain, helped = (run(INSTRUMENTS[name](), values) for values in ({}, HELP))
    world = helped.context.world
    yearly = help_cost_usd(group_counts(world.demand), world.access)
    months = (helped.applications > 0).sum()
    assert helped.private["help desks"].sum() == pytest.approx(yearly[0, 0] * months / 12)
    assert "help desks" not in plain.private
    assert total(helped, "private_cost") > total(plain, "private_cost")
    assert total(helped, "public_cost") == total(plain, "public_cost")
    assert total(helped, "lower_tiers_share") > total(plain, "lower_tiers_share")


def test_all_who_do_not_apply_are_paid_for_where_all_are_reached():
    """By hand: the price times the groups that do not apply, eligible or not, for no desk knows beforehand."""
    count = np.array([[10.0, 20.0, 30.0, 40.0]])
    idle = (count * (1 - by_tier(Access(), "apply"))).sum()
    assert help_cost_usd(count, replace(Access(), help_share=1.0)) == pytest.approx(idle * 2_000)
