"""When vouchers are issued: every date issues the same money, and a bridge ends when the machine serves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.calendar.calendar import Calendar, draw_shocks
from sim.calendar.records import Kind
from sim.instruments.cloud_credits import CloudCredits
from sim.mechanisms.procurement import months_to_service
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import HOURS_PER_MONTH
from tests.oracles.calendars import records_of

YEARS, HORIZON = 4, 120
STEADY = {"cloud.decline_per_year": 0.0, "money.discount_rate": 0.0, "money.declining": False}


def rounds(credits: CloudCredits, world: World | None = None) -> tuple[Array, Array]:
    """Months and money of the rounds, of one million a year for four years."""
    here = world or World()
    calendar = Calendar(here, draw_shocks(here, 1, 0, HORIZON), np.full(YEARS, 1e6), HORIZON)
    credits.schedule(calendar, 0)
    found = [each for each in records_of(calendar.run()) if each.kind == Kind.CREDIT_ROUND]
    return np.array([each.hour / HOURS_PER_MONTH for each in found]), np.array([each.value for each in found])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.floats(0, 100), st.sampled_from([6.0, 7.5, 12.0, 24.0]))
def test_a_later_start_issues_all_of_the_money_and_none_before(from_month: float, round_months: float) -> None:
    month, issued = rounds(CloudCredits(from_month=from_month, round_months=round_months))
    assert issued.sum() == pytest.approx(YEARS * 1e6) and month.min() == pytest.approx(from_month)
    assert (issued > 0).all()


def test_no_round_begins_at_or_after_the_last_month() -> None:
    month, issued = rounds(CloudCredits(until_month=18, round_months=12))
    np.testing.assert_allclose(month, [0, 12])
    np.testing.assert_allclose(issued, [1e6, 0.5e6])


@pytest.mark.parametrize("slip", [0.0, 5.0, 17.0])
def test_a_bridge_ends_when_the_machine_serves_however_late(slip: float) -> None:
    """Of a machine ordered in month 6: rounds of a month go on for as long as it takes."""
    world = World()
    world = replace(world, procurement=replace(world.procurement, slip_months=slip))
    month, _ = rounds(CloudCredits(until_month=6, until_delivery=True, round_months=1), world)
    service = min(6 + float(months_to_service(world.procurement)), YEARS * 12)
    assert month.max() < service <= month.max() + 1


def test_where_nothing_changes_with_time_neither_do_the_hours(reckoned) -> None:
    """Rents steady and a rate of nothing: the same money rents the same hours, now, later or sooner."""
    now = reckoned(CloudCredits(), STEADY, yearly_usd=(1e6,) * 4).supplied.sum()
    for levers in ({"from_month": 30.0}, {"until_month": 24.0}, {"from_month": 55.0}):
        later = reckoned(CloudCredits(**levers), STEADY, yearly_usd=(1e6,) * 4).supplied
        assert later.sum() == pytest.approx(now, rel=1e-9)
        assert not later[:, : int(levers.get("from_month", 0))].any()


@pytest.mark.parametrize(
    ("levers", "at_fault"),
    [
        ({"from_month": 120.0}, "from_month"),
        ({"from_month": 24.0, "until_month": 24.0}, "until_month"),
        ({"from_month": 24.0, "until_month": 12.0, "until_delivery": True}, None),
    ],
)
def test_dates_that_leave_no_round_are_refused(levers, at_fault) -> None:
    assert [name for name, _ in CloudCredits(**levers).faults(HORIZON)] == ([at_fault] if at_fault else [])
