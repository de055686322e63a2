"""What happens when: the calendar's own events and those of each instrument."""

import numpy as np
import pytest

from sim.calendar.calendar import Calendar, Shocks, draw_shocks
from sim.calendar.records import Kind, overlap, placed, spread
from sim.instruments import INSTRUMENTS
from sim.mechanisms.world import World
from sim.streams import stream
from tests.oracles.calendars import records_of, stacked

MONTHS = 120


def events(name, world=None, budget=(80e6,) * 6, shocks=None, months=MONTHS, **levers):
    """(month, kind, item, value) of one instrument's records in the central case."""
    world = world or World()
    calendar = Calendar(world, shocks or draw_shocks(world, 1, 0, months), np.array(budget), months)
    INSTRUMENTS[name](**levers).schedule(calendar, 0)
    return [(record.hour / 730, record.kind, record.item, record.value) for record in records_of(calendar.run())]


def months_of(found, kind):
    return [round(month, 6) for month, k, *_ in found if k == kind]


def test_a_tranche_is_late_by_its_slip():
    """Lead 9 months, 7.2 late: in service 16.2 months after the order, delivered a tenth earlier."""
    found = events("public_cluster")
    assert months_of(found, Kind.ORDER) == [0, 30]
    assert months_of(found, Kind.ACCEPTANCE) == pytest.approx([16.2, 46.2])
    assert months_of(found, Kind.DELIVERY) == pytest.approx([14.58, 44.58])
    assert months_of(found, Kind.RETIREMENT) == pytest.approx([76.2, 106.2])


def test_a_tender_delays_the_order():
    assert months_of(events("public_cluster", tender_months=5.0), Kind.ORDER) == [5, 35]


def test_a_machine_that_runs_to_failure_never_retires():
    assert months_of(events("public_cluster", retirement="run_to_fail"), Kind.RETIREMENT) == []


def test_economic_retirement_follows_the_cost_of_the_new():
    """Retired at the age at which running the old costs what owning the new does, counted from the order."""
    found = months_of(events("public_cluster", retirement="economic"), Kind.RETIREMENT)
    assert 30 < found[0] < 90 and found[1] - found[0] == pytest.approx(30, abs=3)


def test_a_refresh_is_ready_when_the_old_machine_retires():
    found = events("public_cluster", tranche_months=(0.0,), tranche_shares=(1.0,), refresh=True, life_years=4.0)
    retired, accepted = months_of(found, Kind.RETIREMENT), months_of(found, Kind.ACCEPTANCE)
    assert accepted[1:] == pytest.approx(retired)
    assert [item for _, kind, item, _ in found if kind == Kind.REFRESH] == [1, 2]


def test_failures_change_capacity_every_month_in_service():
    found = events("public_cluster", tranche_months=(0.0,), tranche_shares=(1.0,))
    up = [value for _, kind, _, value in found if kind == Kind.CAPACITY]
    assert len(up) == 61  # 60 months of life touch 61 months of the calendar
    assert up == pytest.approx([0.98 / (1 + 8 * 1.97e-5 * 72)] * 61)


@pytest.mark.parametrize("begin", [0.0, 3.8, 7.123456789, 61.0])
@pytest.mark.parametrize("life_years", [0.05, 1.0, 4.987654321, 30.0])
def test_capacity_is_told_at_acceptance_and_at_each_month_that_begins_in_service(begin, life_years):
    """To the last digit, and in order of time though it is all written down at acceptance."""
    found = events("public_cluster", tranche_months=(begin,), tranche_shares=(1.0,), life_years=life_years)
    hours = [month * 730 for month, *_ in found]
    assert hours == sorted(hours)
    accepted = next(month for month, kind, *_ in found if kind == Kind.ACCEPTANCE)
    end = accepted + life_years * 12
    up = [month for month, kind, *_ in found if kind == Kind.CAPACITY]
    assert up == [accepted, *(month for month in range(MONTHS) if accepted < month < end)]
    retired = [month for month, kind, *_ in found if kind == Kind.RETIREMENT]
    assert retired == ([end * 730 / 730] if end < MONTHS else [])


def test_more_failures_leave_less_up():
    world = World()
    bad = Shocks(np.zeros(MONTHS), np.full(MONTHS, 3.0), np.ones(10))
    good = draw_shocks(world, 1, 0, MONTHS)
    up = {}
    for name, sky in (("bad", bad), ("good", good)):
        up[name] = [v for _, kind, _, v in events("public_cluster", shocks=sky) if kind == Kind.CAPACITY]
    assert all(b < g for b, g in zip(up["bad"], up["good"], strict=True))


def test_credits_come_in_rounds_and_expire():
    found = events("cloud_credits")
    assert months_of(found, Kind.CREDIT_ROUND) == list(range(0, 72, 3))
    assert months_of(found, Kind.CREDIT_EXPIRY) == list(range(12, 84, 3))
    assert sum(v for _, kind, _, v in found if kind == Kind.CREDIT_ROUND) == pytest.approx(480e6)


def test_grants_are_awarded_after_the_decision():
    found = events("research_grants")
    assert months_of(found, Kind.GRANT_ROUND) == list(range(0, 72, 6))
    assert months_of(found, Kind.AWARD) == list(range(6, 78, 6))


def test_a_fab_is_paid_by_stages_and_then_makes_something():
    found = events("domestic_fab")
    assert months_of(found, Kind.FAB_STAGE) == pytest.approx([0, 9.36, 28.08, 43.68, 62.4])
    assert months_of(found, Kind.FAB_OUTPUT) == pytest.approx([62.4])


def test_money_stops_when_appropriations_do():
    found = events("do_nothing", budget=(5.0, 7.0))
    assert [(m, v) for m, kind, _, v in found if kind == Kind.APPROPRIATION] == [(0, 5), (12, 7)]


def test_a_cut_takes_from_all_that_was_still_to_come():
    sky = Shocks(np.zeros(MONTHS), np.ones(MONTHS), np.array([1.0, 0.5, 1, 0.5, 1, 1, 1, 1, 1, 1]))
    found = events("cloud_credits", shocks=sky)
    granted = [v for _, kind, _, v in found if kind == Kind.APPROPRIATION]
    assert granted == pytest.approx([80e6, 40e6, 40e6, 20e6, 20e6, 20e6])
    issued = [v for _, kind, _, v in found if kind == Kind.CREDIT_ROUND]
    assert issued[0] == pytest.approx(20e6) and issued[-1] == pytest.approx(5e6)


def test_a_price_holds_in_the_month_that_it_is_set_for():
    from sim.costs.context import build_context

    world = World()
    shock = np.linspace(-0.2, 0.2, MONTHS)
    calendar = Calendar(world, Shocks(shock, np.ones(MONTHS), np.ones(10)), np.array([1.0]), MONTHS)
    ledger = stacked([records_of(calendar.run())], MONTHS)
    context = build_context(world, ledger)
    smooth = world.cloud.price_usd * (1 - world.cloud.decline_per_year) ** context.grid.t_years
    np.testing.assert_allclose(np.log(context.grid.rent_usd[0] / smooth), shock, atol=1e-12)


def test_failure_months_average_to_the_mean_rate():
    world = World()
    ratio = np.array([draw_shocks(world, 1, draw, MONTHS).failure_ratio for draw in range(1, 301)])
    error = ratio.std() / np.sqrt(ratio.size)
    assert abs(ratio.mean() - 1) < 4 * error
    assert ratio.var() == pytest.approx(0.25, rel=0.1)


def test_streams_depend_on_their_name_and_nothing_else():
    again = stream(7, 3, "prices").random(5)
    stream(7, 3, "failures").random(100)
    assert (stream(7, 3, "prices").random(5) == again).all()
    others = [stream(8, 3, "prices"), stream(7, 4, "prices"), stream(7, 3, "failures"), stream(7, 3, "prices", 1)]
    assert all((other.random(5) != again).all() for other in others)


def test_amounts_spread_evenly_and_nothing_is_lost():
    amount, start = np.array([[12.0, 6.0]]), np.array([[0.5, np.inf]])
    monthly = spread(amount, start, start + 3, 10)
    assert monthly.sum() == pytest.approx(12) and monthly[0, :4] == pytest.approx([2, 4, 4, 2])
    assert placed(np.array([[5.0]]), np.array([[9.99]]), 10)[0, 9] == 5
    assert overlap(np.array([1.25]), np.array([3.5]), 5) == pytest.approx(np.array([[0, 0.75, 1, 0.5, 0]]))
