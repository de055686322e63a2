"""Theory tells us how concentrated providers are, and what an embargo leaves of the hours."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.calendar.calendar import Calendar, draw_shocks
from sim.calendar.records import Kind
from sim.comparison import blocks, calendars
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.timeline import timeline
from sim.comparison.worlds import draw_worlds
from sim.costs.context import build_context
from sim.costs.embargo import compute_disrupted, with_embargo
from sim.costs.option import compute_option
from sim.instruments import INSTRUMENTS
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.independence import (
    Clouds,
    Embargo,
    Independence,
    concentration,
    counted_concentration,
    provider_shares,
)
from sim.mechanisms.world import World
from sim.outcomes import OF_THE_EMBARGO, OUTCOMES, Measures
from sim.scenario import load, pinned
from tests.conftest import run, total
from tests.oracles.calendars import records_of
from tests.oracles.formulas import retained_share

RUNS = settings(max_examples=20, deadline=None, derandomize=True)
FORMULAS = settings(max_examples=200, deadline=None, derandomize=True)
shares = st.floats(0, 1)
SHOCK = {"independence.shock": True}
ABROAD = {"independence.domestic_cloud_share": 0.0}


@cache
def _compared(values: tuple[tuple[str, object], ...], draws: int) -> Comparison:
    return compare(load("isambard_ai_uk", dict(values)), draws=draws, queue=False)


def compared(values=None, draws=0) -> Comparison:
    """All options of a shipped scenario."""
    return _compared(tuple(sorted((values or {}).items())), draws)


def found(values, outcome, draws=0) -> dict[str, np.ndarray]:
    """An outcome of every option, [draw]."""
    return {key: result.totals[outcome] for key, result in compared(values, draws).results.items()}


# --- concentration ---


def test_the_index_of_the_three_clouds_and_of_equal_shares():
    """I-33: HHI(.28, .21, .15, rest atomistic) = .145; n equal shares 1/n."""
    assert round(float(concentration(np.array([0.28, 0.21, 0.15]))), 6) == 0.145
    for n in (1, 2, 5, 40):
        assert float(concentration(np.full(n, 1 / n))) == pytest.approx(1 / n, rel=1e-12)


def test_where_everything_is_rented_the_options_have_the_clouds_own_index():
    """The same digits through the whole model: groups that rent all they have, and no public hours."""
    monthly = run(INSTRUMENTS["do_nothing"](), {"independence.own_cloud_share": 1.0} | ABROAD)
    assert round(float(total(monthly, "provider_hhi")[0]), 6) == 0.145
    assert float(total(monthly, "largest_provider_share")[0]) == pytest.approx(0.28, rel=1e-12)
    assert float(total(monthly, "hyperscaler_share")[0]) == pytest.approx(0.64, rel=1e-12)
    assert float(total(monthly, "domestic_share")[0]) == 0


def test_own_machines_count_by_institution_and_a_public_one_as_itself():
    """172 equal ones where nothing else is; without number they are no concentration, which is the older index."""
    nothing, cluster = (run(INSTRUMENTS[name](), {}) for name in ("do_nothing", "public_cluster"))
    assert float(total(nothing, "provider_hhi")[0]) == pytest.approx(1 / 172, rel=1e-12)
    assert float(total(nothing, "largest_provider_share")[0]) == pytest.approx(1 / 172, rel=1e-12)
    one = run(INSTRUMENTS["do_nothing"](), {"independence.institutions": 1.0})
    assert float(total(one, "provider_hhi")[0]) == pytest.approx(1, rel=1e-12)
    part = float(cluster.allocation.used["cluster"].sum() / cluster.research_hours.sum())
    assert float(total(cluster, "largest_provider_share")[0]) == pytest.approx(part, rel=1e-12)
    assert float(total(cluster, "provider_hhi")[0]) == pytest.approx(part**2 + (1 - part) ** 2 / 172, rel=1e-12)


def test_vendors_are_concentrated_whoever_owns_the_machines():
    """.87 of one and a quarter of the rest of each of four others; a second vendor on the cluster lowers it."""
    nothing, cluster = (run(INSTRUMENTS[name](), {}) for name in ("do_nothing", "public_cluster"))
    assert float(total(nothing, "vendor_hhi")[0]) == pytest.approx(0.87**2 + 0.13**2 / 4, rel=1e-12)
    assert float(total(cluster, "vendor_hhi")[0]) > float(total(nothing, "vendor_hhi")[0])
    second = run(PublicCluster(alternative_share=0.5), {"vendors.portable_at_start_share": 1.0})
    assert float(total(second, "vendor_hhi")[0]) < float(total(cluster, "vendor_hhi")[0])
    lone = run(PublicCluster(alternative_share=1.0), {
        "vendors.portable_at_start_share": 1.0, "vendors.top_share": 0.0, "independence.other_vendors": 1.0,
    })  # fmt: skip
    assert float(total(lone, "vendor_hhi")[0]) == pytest.approx(1, rel=1e-12)


@FORMULAS
@given(st.floats(0, 1), st.floats(1, 1e6), st.floats(1, 100))
def test_more_institutions_never_raise_the_index(spread, many, more):
    few, lots = (float(counted_concentration(np.array([1 - spread]), np.array(spread), n)) for n in (many, many * more))
    assert (1 - spread) ** 2 <= lots <= few * (1 + 1e-12) <= 1 + 1e-9


def test_the_shares_of_all_providers_make_the_whole():
    """Own machines, the public one, three clouds and all others: 1 in every option and draw."""
    results = compared({"independence.own_cloud_share": 0.3} | ABROAD, draws=3).results
    for result in results.values():
        own, public, home = (result.totals[f"{name}_share"] for name in ("own_machines", "public_machine", "domestic"))
        clouds = result.totals["hyperscaler_share"] + result.totals["small_clouds_share"]
        assert own + public + clouds == pytest.approx(1, rel=1e-12)
        assert own + public == pytest.approx(home, rel=1e-12)


@RUNS
@given(shares, shares)
def test_more_clouds_of_the_countrys_own_never_lower_control_nor_what_an_embargo_leaves(one, other):
    low, high = sorted((one, other))
    for outcome in ("domestic_share", "retained_share"):
        few, many = (found({**SHOCK, "independence.domestic_cloud_share": v}, outcome) for v in (low, high))
        assert all(few[key][0] <= many[key][0] * (1 + 1e-12) for key in few if few[key][0] == few[key][0])


def test_where_all_clouds_are_the_countrys_own_and_would_not_have_grown_an_embargo_takes_no_rented_hour():
    """Without growth, progress and wear their hours go on as they were: the limit in which they are immune."""
    values = {
        **SHOCK, "independence.domestic_cloud_share": 1.0, "independence.parts_share_per_year": 0.0,
        "independence.cloud_growth_per_year": 0.0, "hardware.doubling_years": 1000,
    }  # fmt: skip
    assert all(share[0] == pytest.approx(1, rel=1e-12) for share in found(values, "domestic_share").values())
    assert found(values, "retained_share")["cloud_credits"][0] == pytest.approx(
        found(values, "retained_share")["do_nothing"][0], rel=0.05
    )


@FORMULAS
@given(shares, st.floats(0.001, 1), shares, shares)
def test_the_three_make_up_the_share_that_they_are_known_to_have(whole, first, second, third):
    split = provider_shares(whole, Independence(first_share=first, second_share=second, third_share=third))
    assert split.sum() == pytest.approx(whole, rel=1e-12)
    assert (split >= 0).all()


@FORMULAS
@given(st.lists(shares, min_size=1, max_size=6))
def test_the_index_lies_between_the_square_of_the_largest_share_and_the_largest_share(sizes):
    assume(sum(sizes) > 0)
    split = np.array(sizes) / max(sum(sizes), 1)
    largest = split.max()
    assert largest**2 * (1 - 1e-12) <= concentration(split) <= largest * (1 + 1e-12)


@RUNS
@given(shares, shares)
def test_larger_clouds_never_lower_the_concentration_of_credits(one, other):
    low, high = sorted((one, other))
    kept = [found({"cloud.hyperscaler_share": v}, "provider_hhi")["cloud_credits"][0] for v in (low, high)]
    assert kept[0] <= kept[1] * (1 + 1e-12)


@RUNS
@given(st.floats(0.2, 3), st.floats(0.2, 3))
def test_more_own_machines_never_lower_domestic_control(one, other):
    few, many = sorted((one, other))
    usual = World().demand

    def of(factor):
        tiers = ("elite", "intensive", "regional", "startups")
        own = {f"demand.own_{tier}": factor * getattr(usual, f"own_{tier}") for tier in tiers}
        return found(own, "domestic_share")

    low, high = of(few), of(many)
    assert all(low[key][0] <= high[key][0] * (1 + 1e-12) for key in low)


@RUNS
@given(shares, shares)
def test_more_own_compute_that_is_rented_never_raises_domestic_control(one, other):
    low, high = sorted((one, other))
    kept = [found({"independence.own_cloud_share": v}, "domestic_share") for v in (low, high)]
    assert all(kept[0][key][0] >= kept[1][key][0] * (1 - 1e-12) for key in kept[0])


# --- the embargo as a formula ---


def test_six_months_without_two_thirds_of_the_hours():
    """I-34b: external share .64, all of it cut for 6 of 12 months: .68 is left; nothing cut, everything is."""
    assert round(retained_share(0.64, 1.0, 6, 12), 6) == 0.68
    assert retained_share(0.64, 0.0, 6, 12) == 1


def test_the_same_through_the_whole_model():
    """Groups rent .64 of what they have, nothing grows, ages or wears: .68 but for the weights of the months."""
    values = SHOCK | ABROAD | {
        "independence.own_cloud_share": 0.64, "independence.shock_months": 6, "independence.parts_share_per_year": 0,
        "demand.growth_per_year": 0, "demand.own_growth_per_year": 0, "hardware.doubling_years": 1000,
    }  # fmt: skip
    left = float(found(values, "retained_share")["do_nothing"][0])
    worth = 2 ** -((np.arange(48, 60) + 0.5) / 12 / 1000)
    assert left == pytest.approx(1 - 0.64 * worth[:6].sum() / worth.sum(), rel=1e-12)
    assert round(left, 3) == 0.68


def test_an_embargo_that_cuts_nothing_leaves_everything():
    """I-34b: 1 in every option and draw, but for the last bit of a sum."""
    left = found(SHOCK | {"independence.cut_share": 0.0}, "retained_share", draws=3)
    assert all((np.abs(values - 1) < 1e-12).all() for values in left.values())


@FORMULAS
@given(st.floats(0, 100), st.floats(0.1, 50), shares, st.floats(0, 200))
def test_what_has_come_by_a_month_was_due_before_it_arrived(start, length, cut, month):
    embargo = Embargo(start, start + length, cut)
    due = embargo.arrived(np.array(month))
    assert due <= month + 1e-9
    if start <= month < start + length and due > start:
        assert embargo.arrival(due) == pytest.approx(month, abs=1e-6)
    assert float(embargo.arrival(np.array(month))) == pytest.approx(month + embargo.late_months(month), abs=1e-9)


@FORMULAS
@given(st.floats(0, 100), st.floats(0.1, 50), shares, st.floats(0, 200), st.floats(0, 200))
def test_what_was_due_first_arrives_first(start, length, cut, one, other):
    first, last = sorted((one, other))
    embargo = Embargo(start, start + length, cut)
    assert embargo.arrival(np.array(first)) <= embargo.arrival(np.array(last)) + 1e-9


CLOUDS = Clouds(domestic_share=1.0, growth_per_year=0.7, demand_elasticity=1.2)


def test_clouds_at_home_fall_behind_what_they_would_have_been():
    """After half a year 1.7^-.5 of the capacity, less three hundredths of lost parts; rent clears the market."""
    embargo = Embargo(0.0, 12.0, 1.0, 0.06, CLOUDS)
    left = embargo.cloud_capacity_share(24)[0]
    assert left[5:7].mean() == pytest.approx(1.7**-0.5 * 0.97, rel=1e-3)
    assert np.all(left[12:] == 1)
    assert embargo.rented_share(24)[0] == pytest.approx(left ** (1 / 1.2))
    assert embargo.rent_ratio(24)[0] * embargo.rented_share(24)[0] == pytest.approx(np.ones(24))
    assert embargo.rent_ratio(24)[0] ** -1.2 == pytest.approx(left), "demand at that rent is what there is"


def test_where_nothing_grows_and_demand_has_unit_elasticity_rented_hours_are_the_foreign_ones_cut():
    """The simpler rule: 1 - cut * foreign share."""
    embargo = Embargo(6.0, 18.0, 0.7, 0.0, Clouds(domestic_share=0.4))
    assert embargo.rented_share(24)[0, 6:18] == pytest.approx(np.full(12, 1 - 0.7 * 0.6))
    assert np.all(embargo.rented_share(24)[0, :6] == 1)
    gone = Embargo(6.0, 18.0, 1.0, 0.0)
    assert np.all(gone.rented_share(24)[0, 6:18] == 0) and np.all(np.isinf(gone.rent_ratio(24)[0, 6:18]))


@FORMULAS
@given(st.floats(0.1, 60), shares, shares, st.floats(0, 3), st.floats(0, 3), st.floats(0.05, 5))
def test_more_growth_missed_never_leaves_more_and_buyers_who_give_way_keep_rents_down(
    length, cut, domestic, one, other, elasticity
):
    low, high = sorted((one, other))
    slow, fast = (Embargo(6.0, 6.0 + length, cut, 0.06, Clouds(domestic, growth, elasticity)) for growth in (low, high))
    assert np.all(slow.rented_share(72) >= fast.rented_share(72) * (1 - 1e-12))
    assert np.all((fast.rented_share(72) >= 0) & (fast.rented_share(72) <= 1 + 1e-12))
    easy = replace(fast, clouds=replace(fast.clouds, demand_elasticity=2 * elasticity))
    assert np.all(easy.rent_ratio(72) <= fast.rent_ratio(72) * (1 + 1e-12))


def test_rents_rise_where_clouds_are_at_home_and_there_is_none_where_all_are_foreign():
    home = found(SHOCK | {"independence.domestic_cloud_share": 1.0}, "embargo_rent_rise_percent")
    foreign = found(SHOCK | ABROAD, "embargo_rent_rise_percent")
    assert all(20 < values[0] < 200 for values in home.values())
    assert all(np.isnan(values[0]) for values in foreign.values())


def test_american_clouds_are_not_immune_and_machines_do_not_always_win():
    """What a cut of chips leaves of credits is below what it was; a machine that is due in the embargo can lose."""
    found_us = compare(load("nairr_us", SHOCK), draws=32, queue=False).results
    credits_, machine = (found_us[key].totals["retained_share"] for key in ("cloud_credits", "public_cluster"))
    assert credits_[0] < 0.9
    ahead = machine[1:] > credits_[1:]
    assert 0 < ahead.mean() < 1


# --- an embargo whose start is drawn ---


@FORMULAS
@given(st.floats(0, 359), st.floats(0.1, 60), st.integers(60, 360))
def test_a_start_that_is_drawn_lies_so_that_the_embargo_ends_within_the_horizon(start, length, months):
    """As it is where it does; else as far before the last possible start as it was after that."""
    embargo = Embargo.of(Independence(shock_start_months=start, shock_months=length), months)
    assert embargo.start >= 0 and embargo.stop <= months + 1e-9
    if start + length <= months:
        assert embargo.start == start
    elif start <= 2 * (months - length):
        assert embargo.start == pytest.approx(2 * (months - length) - start)


def test_many_starts_at_once_are_each_of_them_alone():
    """Draws on axis 0: every formula gives in a row what it gives for the start of that row."""
    starts, months = np.array([[0.0], [13.4], [48.0], [90.5]]), 120
    middle = np.arange(months) + 0.5
    together = Embargo(starts, starts + 7.3, 0.6, np.full((4, 1), 0.06), CLOUDS)
    for row, start in enumerate(starts[:, 0]):
        alone = Embargo(start, start + 7.3, 0.6, 0.06, CLOUDS)
        for one, many in (
            (alone.counted(months)[0], together.counted(months)), (alone.lasts(months)[0], together.lasts(months)),
            (alone.inside_share(months)[0], together.inside_share(months)),
            (alone.rented_share(months)[0], together.rented_share(months)),
            (alone.arrival(middle), together.arrival(middle)), (alone.arrived(middle), together.arrived(middle)),
            (alone.serving_share(middle), together.serving_share(middle)),
        ):  # fmt: skip
            assert np.array_equal(one, many[row])


def test_the_start_is_drawn_and_a_scenario_can_pin_it_or_give_it_a_range():
    path = "independence.shock_start_months"
    drawn, pinned_, ranged = (
        np.ravel(draw_worlds(load("nairr_us", SHOCK | values), 1, 400, "arguments").value(path))
        for values in ({}, pinned({path: 60.0}), {path: 60.0, "ranges": {path: [50.0, 70.0]}})
    )
    assert drawn[0] == 48 and np.quantile(drawn, [0.05, 0.95]) == pytest.approx([24, 84], rel=0.15)
    assert np.all(pinned_ == 60)
    assert np.quantile(ranged, [0.05, 0.5, 0.95]) == pytest.approx([50, 60, 70], rel=0.05)


def test_the_hours_left_over_the_hours_that_there_would_be_are_the_share_retained():
    """The sum that both rest on, in every draw; without an embargo there is none."""
    for result in compared(SHOCK, draws=3).results.values():
        hours, share = (result.totals[name] for name in ("embargo_fe_hours", "retained_share"))
        assert np.all(hours > 0) and np.all(share <= 1 + 1e-12)
    assert np.isnan(compared({}).results["do_nothing"].totals["embargo_fe_hours"]).all()
    whole = compared(SHOCK | {"independence.cut_share": 0.0}).results["do_nothing"]
    usual = whole.central.research_hours[0] / whole.central.context.grid.frontier[0]
    assert whole.totals["embargo_fe_hours"][0] == pytest.approx(usual[48:60].sum(), rel=1e-12)


# --- the embargo on the calendar ---


def events(embargo=None, **levers):
    """(month, kind, value) of a public cluster in the central case."""
    world = World()
    calendar = Calendar(world, draw_shocks(world, 1, 0, 120), np.array([80e6] * 6), 120, embargo)
    INSTRUMENTS["public_cluster"](**levers).schedule(calendar, 0)
    return [(record.hour / 730, record.kind, record.value) for record in records_of(calendar.run())]


def months_of(told, kind):
    return [month for month, k, _ in told if k == kind]


@pytest.mark.parametrize(("cut", "delivered"), [(0.0, 14.58), (0.5, 22.29), (1.0, 30.0)])
def test_a_delivery_that_falls_into_the_embargo_comes_at_its_end_or_halfway(cut, delivered):
    """Due in month 14.58, cut from 12 to 30; accepted as long after as ever, and in service for as long."""
    told = events(Embargo(12, 30, cut))
    assert months_of(told, Kind.DELIVERY) == pytest.approx([delivered, 44.58])
    assert months_of(told, Kind.ACCEPTANCE) == pytest.approx([delivered + 1.62, 46.2])
    assert months_of(told, Kind.RETIREMENT)[0] == pytest.approx(delivered + 1.62 + 60)


def test_an_embargo_before_or_after_a_delivery_leaves_it_alone():
    usual = events()
    for embargo in (Embargo(2, 14, 1.0), Embargo(15, 40, 1.0), Embargo(60, 72, 1.0)):
        assert months_of(events(embargo), Kind.DELIVERY) == months_of(usual, Kind.DELIVERY)


def test_machines_wear_while_there_are_no_spare_parts_and_are_whole_again_after():
    """12 per cent a year: in the middle of the n-th month (n - 1/2) per cent are gone; then parts come."""
    usual, worn = events(), events(Embargo(24, 36, 1.0, 0.12))
    up = {int(month + 1e-9): value for month, kind, value in usual if kind == Kind.CAPACITY}
    for month, kind, value in worn:
        if kind == Kind.CAPACITY:
            at = int(month + 1e-9)
            lost = 0.01 * (at - 24 + 0.5) if 24 <= at < 36 else 0.0
            assert value == pytest.approx(up[at] * (1 - lost), rel=1e-12)


def test_the_calendar_tells_the_embargo_and_its_end():
    told = events(Embargo(12, 30, 0.7))
    assert [(month, value) for month, kind, value in told if kind == Kind.EMBARGO] == [(12, 0.7)]
    assert months_of(told, Kind.EMBARGO_END) == [30]


# --- the second run ---


def counted(monkeypatch, values, draws):
    """Calendar runs of a comparison."""
    ran = []
    usual = calendars.Calendar.run
    with monkeypatch.context() as patch:
        patch.setattr(calendars.Calendar, "run", lambda self: ran.append(self.embargo) or usual(self))
        compare(load("nairr_us", values), draws=draws, queue=False)  # whose budget covers the whole of a machine
    return ran


def test_no_outcome_but_those_of_the_embargo_looks_at_the_disrupted_run():
    """The second pass measures these alone: every other outcome must be the same with and without it."""
    scenario = load("isambard_ai_uk", SHOCK | {"independence.domestic_cloud_share": 0.5})
    draws = calendars.Draws.of(draw_worlds(scenario, 1, 2), 1, 0, scenario.months)
    cluster = scenario.option("public_cluster").instrument
    ledger, disrupted_ledger = (
        calendars.Calendars(scenario, each).ledger(cluster) for each in (draws, draws.with_embargo())
    )
    context = build_context(draws.world, ledger)
    usual = compute_option(cluster, ledger, context)
    embargo = Embargo.of(draws.world.independence, scenario.months)
    disrupted = compute_disrupted(cluster, disrupted_ledger, with_embargo(context, embargo), usual)
    alone, both = (blocks.measurable(Measures(usual, disrupted=other)) for other in (None, disrupted))
    changed = {name for name in both if not np.array_equal(alone[name], both[name], equal_nan=True)}
    assert changed == {outcome.name for outcome in OF_THE_EMBARGO}


def test_without_the_shock_no_calendar_has_an_embargo(monkeypatch):
    ran = counted(monkeypatch, {}, draws=3)
    assert ran and all(embargo is None for embargo in ran)


def test_with_the_shock_every_calendar_is_run_once_more(monkeypatch):
    usual, ran = counted(monkeypatch, {}, draws=3), counted(monkeypatch, SHOCK, draws=3)
    assert sum(embargo is None for embargo in ran) == sum(embargo is not None for embargo in ran) == len(usual)


def test_the_shock_moves_no_outcome_but_its_own():
    """Bit for bit, in every draw and year."""
    off, on = compared({}, draws=3), compared(SHOCK, draws=3)
    for key, result in off.results.items():
        for outcome in OUTCOMES:
            if outcome in OF_THE_EMBARGO:
                assert np.isnan(result.totals[outcome.name]).all()
            else:
                assert np.array_equal(
                    result.totals[outcome.name], on.results[key].totals[outcome.name], equal_nan=True
                ), outcome.name
        for name, series in result.yearly.items():
            assert np.array_equal(series, on.results[key].yearly[name], equal_nan=True), name


def test_a_fab_is_not_cut_and_saves_no_hours():
    """What it makes somebody still has to buy: its option keeps what doing nothing keeps."""
    left = found(SHOCK, "retained_share")
    assert left["domestic_fab"][0] == left["do_nothing"][0]


def test_what_is_lost_is_weighed_with_its_chance():
    cached = found(SHOCK | {"independence.chance_per_year": 0.1}, "lost_fe_hours_per_year")
    twice = found(SHOCK | {"independence.chance_per_year": 0.2}, "lost_fe_hours_per_year")
    never = found(SHOCK, "lost_fe_hours_per_year")
    for key, values in cached.items():
        assert values[0] > 0 and never[key][0] == 0
        assert twice[key][0] == pytest.approx(2 * values[0], rel=1e-12)


def test_rented_hours_that_are_cut_off_are_lost_with_their_vouchers():
    """Only credits, no own compute: a whole cut of all twelve months leaves nothing of them."""
    values = SHOCK | ABROAD | {f"demand.own_{tier}": 0.0 for tier in ("elite", "intensive", "regional", "startups")}
    assert found(values, "retained_share")["cloud_credits"][0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("path", ["independence.cut_share", "independence.parts_share_per_year"])
@RUNS
@given(one=shares, other=shares)
def test_a_deeper_cut_or_faster_wear_never_retains_more(path, one, other):
    low, high = sorted((one, other))
    left = [found(SHOCK | {path: v}, "retained_share") for v in (low, high)]
    assert all(left[0][key][0] >= left[1][key][0] * (1 - 1e-12) for key in left[0])


@RUNS
@given(st.integers(1, 36), st.integers(1, 36))
def test_a_longer_embargo_never_loses_less(one, other):
    short, long = sorted((one, other))
    values = SHOCK | {"independence.chance_per_year": 1.0}
    lost = [found(values | {"independence.shock_months": m}, "lost_fe_hours_per_year") for m in (short, long)]
    assert all(lost[0][key][0] <= lost[1][key][0] * (1 + 1e-12) for key in lost[0])


@RUNS
@given(shares, shares)
def test_groups_that_rent_more_never_retain_more_of_a_whole_cut(one, other):
    """A machine of one's own loses at most what wears out, a rented one everything."""
    low, high = sorted((one, other))
    left = [found(SHOCK | ABROAD | {"independence.own_cloud_share": v}, "retained_share") for v in (low, high)]
    assert left[0]["do_nothing"][0] >= left[1]["do_nothing"][0] * (1 - 1e-12)


@RUNS
@given(shares, shares)
def test_more_machines_and_fewer_vouchers_never_retain_less(one, other):
    """The mix of a cluster, in service before the embargo, with credits."""
    few, many = sorted((one, other))
    wide = {f"portfolio.{name}_share": 0.0 for name in ("research_grants", "domestic_fab")}
    left = [
        found(
            SHOCK | wide | {"portfolio.public_cluster_share": v, "portfolio.cloud_credits_share": 1 - v},
            "retained_share",
        )["portfolio"][0]
        for v in (few, many)
    ]
    assert left[0] <= left[1] * (1 + 1e-9)


@pytest.mark.parametrize("groups", [100, 700, 5000], ids=["hours for everybody", "enough for most", "hours are short"])
def test_every_option_retains_a_share_in_every_draw(groups):
    """Never more than the whole, even where public hours go begging and fewer own ones could be given up for them."""
    values = SHOCK | {"demand.groups": float(groups), "independence.own_cloud_share": 0.2}
    for left in found(values, "retained_share", draws=12).values():
        assert ((left >= 0) & (left <= 1 + 1e-12)).all()  # a sum of parts may round above the whole


def test_own_machines_given_up_for_public_hours_do_not_come_back_with_the_embargo():
    """Credits for everybody, all cut: what is left is what groups had kept, worn, over all that they used."""
    values = (
        SHOCK
        | ABROAD
        | {
            "demand.groups": 500.0,
            "independence.parts_share_per_year": 0.0,
            "demand.own_growth_per_year": 0.0,
        }
    )
    usual = compared(values).results["cloud_credits"]
    window, frontier = slice(48, 60), usual.central.context.grid.frontier[0]
    kept = (usual.central.own_hours[0] / frontier)[window].sum()
    everything = (usual.central.research_hours[0] / frontier)[window].sum()
    assert usual.totals["retained_share"][0] == pytest.approx(kept / everything, rel=1e-12)
    assert usual.central.allocation.displaced[0, window].sum() > 0


# --- the timeline ---


def told(values, option="public_cluster"):
    """The timeline of one option."""
    comparison = compared(values)
    return [entry.text for entry in timeline(comparison.scenario, comparison.results[option])]


def test_the_timeline_tells_the_embargo_and_what_it_delays():
    values = SHOCK | {"independence.shock_start_months": 10}
    lines = told(values)
    assert sum(line.startswith("embargo: 100 %") for line in lines) == 1
    assert sum(line.startswith("end of the embargo") for line in lines) == 1
    assert any(line.startswith("under the embargo: delivery of machine 1") for line in lines)
    assert [line for line in lines if "embargo" not in line] == told({})


def test_the_timeline_of_a_world_without_an_embargo_tells_none():
    assert not any("embargo" in line for line in told({}))
