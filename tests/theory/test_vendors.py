"""Theory tells us what a second vendor of accelerators costs, saves and delivers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from sim.instruments import INSTRUMENTS
from sim.instruments.public_cluster import PublicCluster
from sim.instruments.second_source import Mix
from sim.mechanisms.vendors import (
    Vendors,
    effort_share,
    layer_share,
    mean_retained,
    performance_retained,
    portable_share,
    porting_usd,
    price_ratio,
    unported_usd,
    withdrawn_years,
    worth_porting,
)
from sim.outcomes import OUTCOMES, Measures
from sim.units import GPUS_PER_NODE
from sim.waits.machine import Machine
from tests.conftest import run, total

MACHINES = settings(max_examples=25, deadline=None, derandomize=True)
FORMULAS = settings(max_examples=200, deadline=None, derandomize=True)
shares = st.floats(0, 1)
budgets = st.floats(0, 50e6)
ALIKE = {"effort_spread": 0.0, "rot_per_year": 0.0, "portable_at_start_share": 0.0}
LINEAR = {f"vendors.{name}": value for name, value in ALIKE.items()}  # what is spent is ported, and stays so
NO_LOSS = {  # an alternative that is as fast as the incumbent and that all code runs on
    "vendors.portable_at_start_share": 1.0,
    "vendors.retained_at_start_share": 1.0,
}


def cluster(values=None, **levers):
    """A public cluster over ten years, 80 M$ in each of the first six."""
    return run(PublicCluster(**levers), values or {})


def size(monthly) -> float:
    """Accelerators bought."""
    return float(monthly.size["public_cluster"][0])


def ported(values=None, **levers) -> float:
    """Portable share at the horizon."""
    return float(total(cluster(values, **levers), "portable_share")[0])


# --- formulas ---


def spent(usd: float, **other: float) -> float:
    """Portable share once `usd` have been spent at once."""
    vendors = Vendors(**(ALIKE | other))
    return float(portable_share(effort_share(1.0, usd, 1.0, 0.0, vendors), vendors))


def test_half_the_codes_are_portable_when_half_of_them_are_paid_for():
    """pi = spend / (codes x cost), where codes are alike and do not rot: 200 codes at 60 k$ are 12 M$."""
    assert spent(6e6) == pytest.approx(0.5, rel=1e-12)
    assert spent(12e6) == spent(1e9) == 1.0
    assert spent(0.0) == 0.0
    assert spent(6e6, portable_at_start_share=0.25) == pytest.approx(0.25 + 0.75 / 2, rel=1e-12)


def test_a_few_large_codes_hold_most_of_the_load():
    """As recalled of one centre: 10 of 600 codes hold half of the hours, 25 two thirds, 50 three quarters."""
    for codes, share in ((10, 0.50), (25, 0.66), (50, 0.75)):
        assert spent(codes / 600 * 12e6, effort_spread=2.1) == pytest.approx(share, abs=0.02)


def test_the_lorenz_curve_is_that_of_the_lognormal():
    """By drawing: codes whose log of load over effort has a spread of 1.3, the best first."""
    rng = np.random.default_rng(1)
    load, effort = np.exp(rng.normal(0, 1.5, 400_000)), np.exp(rng.normal(0, 1.5, 400_000))
    load = effort * np.exp(rng.normal(0, 1.3, 400_000))
    best = np.argsort(-load / effort)
    done = np.cumsum(effort[best]) / effort.sum()
    carried = np.cumsum(load[best]) / load.sum()
    for share in (0.1, 0.3, 0.6):
        assert spent(share * 12e6, effort_spread=1.3) == pytest.approx(np.interp(share, done, carried), abs=0.02)


def test_ported_code_rots_and_upkeep_holds_it():
    """After porting for two years E falls by e^(-rot t); rot x E x all of the cost a year keeps it as it is."""
    vendors = Vendors(rot_per_year=0.2)
    at_end = float(effort_share(2.0, 6e6, 2.0, 0.0, vendors))
    assert at_end == pytest.approx(0.25 * (1 - np.exp(-0.4)) / 0.2, rel=1e-12)
    assert float(effort_share(7.0, 6e6, 2.0, 0.0, vendors)) == pytest.approx(at_end * np.exp(-1.0), rel=1e-12)
    assert float(effort_share(7.0, 6e6, 2.0, 0.2 * at_end * 12e6, vendors)) == pytest.approx(at_end, rel=1e-12)


def test_rot_that_is_small_is_none():
    one, none = (effort_share(5.0, 6e6, 2.0, 1e5, Vendors(rot_per_year=rot)) for rot in (1e-9, 0.0))
    assert one == pytest.approx(none, rel=1e-7)


# --- which codes pay ---


@FORMULAS
@given(st.floats(0.001, 1), st.floats(0.1, 10), st.floats(0, 1))
def test_what_porting_costs_gets_it_done_and_keeps_it(effort, over, rot):
    """Spent evenly it reaches the effort at the end of porting; its upkeep holds it there for as long as it is paid."""
    vendors = Vendors(rot_per_year=rot)
    first, yearly = porting_usd(np.array(effort), over, vendors)
    for later in (0.0, 1.0, 30.0):
        assert float(effort_share(over + later, first, over, yearly, vendors)) == pytest.approx(effort, rel=1e-9)
    assert first >= 12e6 * effort * (1 - 1e-12), "early ports rot before the last is made"


def test_the_codes_that_pay_are_those_of_most_load_for_their_effort():
    """By drawing: what a code brings is its load, what it takes its effort; those are ported that bring more."""
    rng = np.random.default_rng(3)
    effort = np.exp(rng.normal(0, 1, 400_000))
    load = effort * np.exp(rng.normal(0, 1.3, 400_000))
    effort, load = effort / effort.sum(), load / load.sum()
    vendors, value = Vendors(effort_spread=1.3, rot_per_year=0.0), 8e6
    pays = value * load > 12e6 * effort
    found = worth_porting(np.array(value), 1.0, 5.0, vendors)
    assert float(found) == pytest.approx(effort[pays].sum(), abs=0.005)
    assert float(portable_share(found, replace(vendors, portable_at_start_share=0.0))) == pytest.approx(
        load[pays].sum(), abs=0.01
    )


@pytest.mark.parametrize(("value", "effort"), [(11.9e6, 0.0), (12.1e6, 1.0), (0.0, 0.0)])
def test_where_all_codes_are_alike_all_pay_or_none(value, effort):
    """200 codes at 60 k$ that do not rot: 12 M$."""
    vendors = Vendors(**ALIKE)
    assert float(worth_porting(np.array(value), 1.0, 5.0, vendors)) == effort


@FORMULAS
@given(st.floats(1e3, 1e9), st.floats(1e3, 1e9), st.floats(0, 3), st.floats(0, 1), st.floats(0, 1))
def test_more_to_win_never_ports_less_and_faster_rot_never_more(one, other, spread, slow, fast):
    low, high = sorted((one, other))
    vendors = Vendors(effort_spread=spread)
    assert worth_porting(np.array(low), 2.0, 10.0, vendors) <= worth_porting(np.array(high), 2.0, 10.0, vendors)
    few, many = (
        worth_porting(np.array(one), 2.0, 10.0, replace(vendors, rot_per_year=rot)) for rot in sorted((slow, fast))
    )
    assert few >= many


@FORMULAS
@given(shares, shares, st.floats(1, 20))
def test_a_layer_makes_a_port_worth_less_and_one_that_is_soon_withdrawn_hardly(a, coverage, years):
    vendors = Vendors(layer_coverage_share=coverage)
    without, with_it = (float(unported_usd(1e9, a, years, layer, vendors)) for layer in (False, True))
    assert 0 <= with_it <= without
    gone = replace(vendors, layer_hazard_per_year=1e6)
    assert float(unported_usd(1e9, a, years, True, gone)) == pytest.approx(without, rel=1e-5)


def test_what_a_port_is_worth_by_hand():
    """Six tenths of a billion on the alternative, 0.95 as fast at half of eight years, three tenths portable."""
    found = float(unported_usd(1e9, 0.6, 8.0, False, Vendors()))
    assert found == pytest.approx(1e9 * (0.6 * 0.95 - 0.3), rel=1e-12)


def test_where_the_portable_load_fills_the_part_a_port_is_worth_nothing():
    """Three tenths of the load are portable: a part that does less than that needs no port."""
    assert float(unported_usd(1e9, 0.3, 8.0, False, Vendors())) == 0
    assert float(unported_usd(1e9, 0.4, 8.0, False, Vendors())) > 0


def test_under_the_rule_a_machine_of_one_vendor_ports_nothing():
    """The limit: bit for bit the machine without the rule, and no account of porting."""
    plain, ruled = cluster(), cluster(porting_rule="where_it_pays")
    assert (plain.supplied == ruled.supplied).all() and size(plain) == size(ruled)
    assert "porting" not in ruled.cash


def test_under_the_rule_dear_codes_are_not_ported_and_cost_nothing():
    """Far beyond what the idle machines are worth; cheap ones are all ported, and cost next to nothing."""
    rule = {"alternative_share": 0.6, "porting_rule": "where_it_pays"}
    dear, cheap = (cluster({"vendors.port_usd": usd}, **rule) for usd in (1e9, 10.0))
    assert float(total(dear, "portable_share")[0]) == pytest.approx(0.3, abs=1e-3)
    assert float(total(cheap, "portable_share")[0]) == pytest.approx(1.0, abs=1e-3)
    assert float(total(cheap, "porting_cost")[0]) < 1e4


def test_what_porting_costs_under_the_rule_is_no_product_of_two_numbers():
    """Dearer codes cost more to port until fewer of them pay; as if the same money had been given, to the dollar."""
    rule = {"alternative_share": 0.6, "porting_rule": "where_it_pays"}
    prices = np.geomspace(1e3, 1e8, 11)
    costs = [float(total(cluster({"vendors.port_usd": usd}, **rule), "porting_cost")[0]) for usd in prices]
    top = int(np.argmax(costs))
    assert 0 < top < len(costs) - 1
    assert (np.diff(costs[: top + 1]) > 0).all() and (np.diff(costs[top:]) < 0).all()
    ruled = cluster(None, **rule)
    paid = ruled.cash["porting"][0]
    given = cluster(None, alternative_share=0.6, porting_usd=paid[:24].sum(), upkeep_usd_per_year=paid[-12:].sum())
    np.testing.assert_allclose(given.supplied, ruled.supplied, rtol=1e-9)


@pytest.mark.parametrize(
    "name", ["codes", "port_usd", "rot_per_year", "effort_spread", "portable_at_start_share", "layer_coverage_share"]
)
def test_the_cost_of_porting_rests_on_several_numbers(name):
    """From one end of its plausible range to the other each of them moves it by more than a hundredth."""
    rule = {"alternative_share": 0.6, "porting_rule": "where_it_pays", "compatibility_layer": True}
    spec = Vendors.spec(name)
    few, many = (
        float(total(cluster({f"vendors.{name}": v}, **rule), "porting_cost")[0]) for v in (spec.low, spec.high)
    )
    assert abs(many / few - 1) > 0.01


def test_lawyers_are_an_account_of_their_own_and_only_where_there_are_any():
    rule = {"alternative_share": 0.3, "porting_usd": 5e6}
    for usd in (0.0, 7e6):
        monthly = cluster({"vendors.legal_usd": usd}, **rule)
        assert float(total(monthly, "legal_cost")[0]) == pytest.approx(usd)
        assert float(total(monthly, "porting_cost")[0]) == pytest.approx(5e6)
        assert ("legal" in monthly.cash) == (usd > 0)


# --- a compatibility layer ---


def test_a_layer_is_withdrawn_as_its_hazard_says():
    """T = -ln(1 - u) / h: the median ln 2 / h; over draws of the score, exponential with the mean 1 / h."""
    assert float(withdrawn_years(Vendors(layer_hazard_per_year=0.1))) == pytest.approx(np.log(2) / 0.1, rel=1e-12)
    assert float(withdrawn_years(Vendors(layer_hazard_per_year=0.0))) == np.inf
    scores = np.random.default_rng(2).normal(size=(200_000, 1))
    years = withdrawn_years(Vendors(layer_hazard_per_year=0.25, layer_score=scores))
    assert years.mean() == pytest.approx(4.0, rel=0.02)
    assert (years > 4.0).mean() == pytest.approx(np.exp(-1), abs=0.005)


def test_after_its_withdrawal_only_ported_code_runs():
    vendors, portable = Vendors(layer_hazard_per_year=0.1, layer_coverage_share=0.4), np.array(0.5)
    assert float(layer_share(6.9, portable, vendors)) == pytest.approx(0.4 * 0.5)
    assert float(layer_share(7.0, portable, vendors)) == 0
    assert float(mean_retained(np.array(0.9), portable, np.array(0.0), vendors)) == 0.9
    mixed = mean_retained(np.array(0.9), portable, np.array(0.2), vendors)
    assert float(mixed) == pytest.approx(0.9 * (0.5 + 0.2 * 0.8) / 0.7, rel=1e-12)


def test_what_is_missing_of_the_performance_halves_every_half_life():
    """h(t) = 1 - (1 - h0) 2^(-t / 2): 0.8, 0.9, 0.95 after 0, 2, 4 years."""
    found = performance_retained(np.array([0.0, 2.0, 4.0]), Vendors())
    assert found == pytest.approx([0.8, 0.9, 0.95], rel=1e-12)
    assert float(performance_retained(1e4, Vendors())) == 1.0


def test_the_price_of_the_mix_is_the_weighted_price_of_its_parts():
    """(1 - a)(1 - beta m s + lambda a) + a (1 - d), s = 1 - (1 - d) / h what moving would save."""
    plain = Vendors(bargaining_share=0.0, rebate_share=0.0)
    assert float(price_ratio(0.4, np.array(1.0), np.array(1.0), plain)) == pytest.approx(0.9, rel=1e-12)
    found = price_ratio(0.4, np.array(0.3), np.array(0.9), Vendors(bargaining_share=0.2, rebate_share=0.1))
    saving = 1 - 0.75 / 0.9
    assert float(found) == pytest.approx(0.6 * (1 - 0.2 * 0.3 * saving + 0.04) + 0.3, rel=1e-12)
    assert float(price_ratio(0.0, np.array(0.0), np.array(0.8), Vendors())) == 1.0


def test_a_threat_to_move_to_what_is_no_cheaper_is_none():
    """At a quarter off and three quarters of the performance, work costs the same: no discount; below, none either."""
    for retained in (0.75, 0.5, 0.0):
        found = float(price_ratio(0.0, np.array(1.0), np.array(retained), Vendors(bargaining_share=0.6)))
        assert found == pytest.approx(1.0, rel=1e-12)


def test_buying_elsewhere_can_raise_the_price_or_lower_it():
    """Rebates are lost at once; what could move is conceded. Which is more depends on both."""
    loses = price_ratio(0.1, np.array(0.0), np.array(0.8), Vendors(rebate_share=0.15, discount_share=0.05))
    gains = price_ratio(0.1, np.array(0.9), np.array(1.0), Vendors(bargaining_share=0.6))
    assert loses > 1 > gains


@FORMULAS
@given(shares, shares, shares, shares, shares)
def test_a_credible_second_source_never_raises_the_price(a, one, other, beta, retained):
    low, high = sorted((one, other))
    vendors = Vendors(bargaining_share=beta)
    dear, cheap = (price_ratio(a, np.array(movable), np.array(retained), vendors) for movable in (low, high))
    assert cheap <= dear + 1e-12


@FORMULAS
@given(st.floats(0, 20), st.floats(0, 1e8), st.floats(0.1, 10), st.floats(0, 1e7), st.floats(0, 3), st.floats(0, 3))
def test_effort_is_a_share_and_never_rises_with_rot(t, usd, years, upkeep, one, other):
    slow, fast = sorted((one, other))
    kept, lost = (float(effort_share(t, usd, years, upkeep, Vendors(rot_per_year=rot))) for rot in (slow, fast))
    assert 0 <= lost <= kept + 1e-9 <= 1 + 2e-9


@FORMULAS
@given(shares, shares, st.floats(0, 4), st.floats(0, 4), shares)
def test_more_effort_and_more_unequal_codes_never_port_less(one, other, even, uneven, start):
    low, high = sorted((one, other))
    little, much = sorted((even, uneven))
    vendors = Vendors(effort_spread=little, portable_at_start_share=start)
    assert portable_share(low, vendors) <= portable_share(high, vendors) + 1e-12
    spread = Vendors(effort_spread=much, portable_at_start_share=start)
    assert portable_share(low, vendors) <= portable_share(low, spread) + 1e-12
    assert start - 1e-12 <= portable_share(low, vendors) <= 1 + 1e-12


@FORMULAS
@given(st.floats(0, 30), shares, shares, shares, st.floats(0, 1), st.floats(0, 1))
def test_a_riskier_layer_never_runs_longer(t, portable, coverage, retained, one, other):
    safe, risky = sorted((one, other))
    first, second = (
        Vendors(layer_hazard_per_year=h, layer_coverage_share=coverage, layer_retained_share=retained)
        for h in (safe, risky)
    )
    layered = [float(layer_share(t, np.array(portable), vendors)) for vendors in (first, second)]
    assert layered[1] <= layered[0] <= 1 - portable + 1e-12


@FORMULAS
@given(st.floats(0, 30), st.floats(0, 30), st.floats(0.05, 100), shares)
def test_performance_retained_never_falls_with_time(one, other, half_life, start):
    early, late = sorted((one, other))
    vendors = Vendors(half_life_years=half_life, retained_at_start_share=start)
    assert start - 1e-12 <= performance_retained(early, vendors) <= performance_retained(late, vendors) <= 1


# --- the machine ---


def test_without_an_alternative_vendor_nothing_that_is_said_of_it_matters():
    """Bit for bit: discount, speed, codes and bargaining touch a machine of one vendor nowhere."""
    other = {
        "vendors.discount_share": 0.5, "vendors.retained_at_start_share": 0.5, "vendors.half_life_years": 5.0,
        "vendors.codes": 20.0, "vendors.port_usd": 5e6, "vendors.bargaining_share": 0.6, "vendors.legal_usd": 5e7,
        "vendors.effort_spread": 2.0, "vendors.rot_per_year": 0.4, "vendors.rebate_share": 0.15,
        "vendors.layer_coverage_share": 0.9, "vendors.layer_hazard_per_year": 0.0, "vendors.layer_score": 1.0,
        "vendors.layer_retained_share": 0.4,
    }  # fmt: skip
    plain, changed = Measures(cluster()), Measures(cluster(other))
    for outcome in OUTCOMES:
        assert np.array_equal(outcome.total(plain), outcome.total(changed), equal_nan=True), outcome.name


@pytest.mark.parametrize("rule", ["equal_pv", "equal_cash"])
def test_the_machine_spends_the_budget_to_the_cent(rule):
    """Porting, upkeep and lawyers are fixed costs: the machine is smaller by what they cost."""
    values = {"money.normalisation": rule, "vendors.legal_usd": 20e6, "vendors.bargaining_share": 0.2}
    monthly = cluster(values, alternative_share=0.3, porting_usd=30e6, upkeep_usd_per_year=1e6)
    budget = monthly.context.budget
    if rule == "equal_pv":
        assert monthly.cost_pv == pytest.approx(monthly.context.budget_pv, abs=0.005)
    else:
        assert monthly.outlay.sum() == pytest.approx(budget.sum(), abs=0.005)
    assert float(total(monthly, "porting_cost")[0]) == pytest.approx(38e6, abs=0.005)
    assert float(total(monthly, "legal_cost")[0]) == pytest.approx(20e6, abs=0.005)


def test_a_machine_of_the_alternative_alone_is_larger_by_its_discount(hardware_only):
    """Only hardware costs anything, all code runs, at full speed: N(1 - d) is constant, and so are hours of each."""
    plain = cluster(hardware_only)
    other = cluster(hardware_only | NO_LOSS | {"vendors.discount_share": 0.2}, alternative_share=1.0)
    assert size(other) * 0.8 == pytest.approx(size(plain), rel=1e-12)
    hours = [float(total(m, "h100e_hours")[0]) / size(m) for m in (plain, other)]
    assert hours[0] == pytest.approx(hours[1], rel=1e-12)


def test_effective_hours_are_those_of_the_incumbent_and_of_ported_code_on_the_rest():
    """(1 - a) + min(a h, pi w), month by month: what is portable of the work that waits, w machines' worth, or all."""
    values, levers = (
        LINEAR | {"vendors.discount_share": 0.0},
        {"alternative_share": 0.4, "porting_usd": 6e6, "porting_months": 48},
    )
    mixed, plain = cluster(values, **levers), cluster(values)
    months = np.arange(120) + 0.5
    portable = np.minimum(months / 48, 1) * 0.5
    speed = 1 - 0.2 * 2 ** -(months / 24)
    ratio = size(mixed) / size(plain)
    waits = mixed.context.waiting[0] / np.maximum(plain.supplied[0] * ratio, 1e-300)
    taken = np.minimum(portable * np.maximum(waits, 1) / (0.4 * speed), 1)
    work, busy = 0.6 + 0.4 * speed * taken, 0.6 + 0.4 * taken
    np.testing.assert_allclose(mixed.supplied, plain.supplied * work * ratio, rtol=1e-12)
    np.testing.assert_allclose(mixed.supplied_gpu, plain.supplied_gpu * busy * ratio, rtol=1e-12)
    served = plain.supplied[0]
    expected = (served * speed * taken).sum() / served.sum()
    assert float(total(mixed, "alternative_work_share")[0]) == pytest.approx(expected, rel=1e-12)


def test_a_machine_of_the_incumbent_alone_runs_on_its_accelerators_only():
    """1 on the cluster, the market's 0.87 elsewhere; nobody uses the alternative, so it has no performance."""
    monthly = cluster()
    used, everything = monthly.allocation.used["cluster"].sum(), monthly.research_hours.sum()
    expected = (used + 0.87 * (everything - used)) / everything
    assert float(total(monthly, "top_vendor_share")[0]) == pytest.approx(expected, rel=1e-12)
    assert np.isnan(total(monthly, "alternative_work_share")[0])


def test_doing_nothing_leaves_the_vendors_of_the_market():
    monthly = run(INSTRUMENTS["do_nothing"](), {})
    assert float(total(monthly, "top_vendor_share")[0]) == pytest.approx(0.87, rel=1e-12)
    assert float(total(monthly, "portable_share")[0]) == 0.3
    assert float(total(monthly, "porting_cost")[0]) == 0


def test_porting_that_outlasts_the_horizon_is_paid_and_done_in_part():
    """120 months of 240: half of the money, half of the codes."""
    monthly = cluster(LINEAR, porting_usd=12e6, porting_months=240.0)
    assert float(total(monthly, "porting_cost")[0]) == pytest.approx(6e6, rel=1e-12)
    assert float(total(monthly, "portable_share")[0]) == pytest.approx(119.5 / 240, rel=1e-12)


def test_where_porting_eats_the_budget_there_is_no_machine_and_no_porting():
    monthly = run(PublicCluster(porting_usd=9e6, alternative_share=0.2), {}, yearly_usd=(1e6,) * 6)
    assert size(monthly) == 0
    assert float(total(monthly, "porting_cost")[0]) == 0
    assert float(total(monthly, "portable_share")[0]) == 0.3


def test_machines_that_no_code_runs_on_take_no_job():
    """Half from the alternative, none of the code portable: half of the nodes, to a node, serve."""
    values = {"money.normalisation": "as_entered", "vendors.portable_at_start_share": 0.0}
    plain, mixed = (Machine.of(cluster(values, alternative_share=a)).total_gpus for a in (0.0, 0.5))
    assert plain.max() > 0
    assert np.abs(mixed - 0.5 * plain).max() <= GPUS_PER_NODE


def test_portable_work_that_waits_fills_the_alternative_as_far_as_it_goes():
    """min(1, portable work that waits / what the part can do), by hand; twice as much waiting, twice as full."""
    mix = Mix(0.4, np.array([[0.1]]), np.array([[0.5]]))
    assert float(mix.occupancy[0, 0]) == pytest.approx(0.1 / (0.4 * 0.5), rel=1e-12)
    for waits, filled in ((0.5, 0.5), (1.0, 0.5), (1.5, 0.75), (2.0, 1.0), (9.0, 1.0)):
        under = mix.under(np.array([[waits * 7.0]]), np.array([[7.0]]))
        assert float(under.occupancy[0, 0]) == pytest.approx(filled, rel=1e-12)
        assert float(under.busy[0, 0]) == pytest.approx(0.6 + 0.4 * filled, rel=1e-12)
        assert float(under.work[0, 0]) == pytest.approx(0.6 + 0.4 * 0.5 * filled, rel=1e-12)


@FORMULAS
@given(shares, shares, shares, st.floats(0.01, 1), st.floats(1, 20), st.floats(0.01, 1))
def test_a_layer_never_lowers_the_work_of_a_machine(a, portable, coverage, retained, pressure, through):
    """Ported code is served first: what the layer runs comes on top, as far as there is room."""
    layered = coverage * (1 - portable)
    plain = Mix(a, np.array([[portable]]), np.array([[retained]]), pressure=pressure)
    more = Mix(a, np.array([[portable + layered]]), np.array([[retained]]), np.array([[layered]]), through, pressure)
    assert float(more.work[0, 0]) >= float(plain.work[0, 0]) - 1e-12
    assert float(more.occupancy[0, 0]) <= 1 + 1e-12


@MACHINES
@given(shares, st.floats(0, 1e12))
def test_all_portable_loses_nothing_and_nothing_portable_idles(a, waits):
    """Limits: bit for bit full use, and none, whatever waits."""
    every, none = (
        Mix(a, np.array([[share]]), np.array([[1.0]])).under(np.array([[waits]]), np.array([[1e6]]))
        for share in (1.0, 0.0)
    )
    assert float(every.work[0, 0]) == pytest.approx(1.0, rel=1e-12) and float(every.busy[0, 0]) == pytest.approx(1.0)
    assert float(none.work[0, 0]) == 1 - a == float(none.busy[0, 0])


def test_where_need_waits_a_part_that_portable_work_fills_is_not_idle():
    """A third portable, a third from elsewhere, no ports, no layer: at equal speed and price nothing is lost."""
    values = {"vendors.portable_at_start_share": 0.3, "vendors.retained_at_start_share": 1.0}
    values |= {"vendors.discount_share": 0.0, "vendors.rebate_share": 0.0}
    alone, mixed = (float(total(cluster(values, alternative_share=a), "h100e_hours")[0]) for a in (0.0, 0.3))
    assert mixed == pytest.approx(alone, rel=1e-12)


# --- directions ---


@MACHINES
@given(budgets, budgets)
def test_a_higher_porting_budget_never_lowers_the_portable_share(one, other):
    low, high = sorted((one, other))
    assert ported(porting_usd=low) <= ported(porting_usd=high)


@MACHINES
@given(st.floats(1, 600), st.floats(1, 600))
def test_slower_porting_never_makes_more_code_portable_in_any_year_where_nothing_rots(one, other):
    fast, slow = sorted((one, other))
    found = [
        next(o for o in OUTCOMES if o.name == "portable_share").yearly(
            Measures(cluster({"vendors.rot_per_year": 0.0}, porting_usd=10e6, porting_months=m))
        )
        for m in (fast, slow)
    ]
    assert (found[0] >= found[1]).all()


@MACHINES
@given(st.sampled_from(["vendors.codes", "vendors.port_usd"]), st.floats(0.1, 10), st.floats(0.1, 10))
def test_more_codes_or_dearer_ones_never_make_more_of_them_portable(path, one, other):
    few, many = sorted((one, other))
    usual = {"vendors.codes": 200.0, "vendors.port_usd": 60_000.0}[path]
    assert ported({path: few * usual}, porting_usd=5e6) >= ported({path: many * usual}, porting_usd=5e6)


@MACHINES
@given(st.floats(0, 0.99), st.floats(0, 0.99), shares)
def test_a_bigger_discount_never_buys_fewer_accelerators(one, other, a):
    low, high = sorted((one, other))
    sizes = [size(cluster(NO_LOSS | {"vendors.discount_share": d}, alternative_share=a)) for d in (low, high)]
    assert sizes[0] <= sizes[1] * (1 + 1e-12)


@MACHINES
@given(shares, shares, st.floats(0.01, 1))
def test_more_of_the_alternative_never_raises_the_largest_vendors_share(one, other, portable):
    low, high = sorted((one, other))
    values = {"vendors.portable_at_start_share": portable}
    found = [float(total(cluster(values, alternative_share=a), "top_vendor_share")[0]) for a in (low, high)]
    assert found[1] <= found[0] * (1 + 1e-12)


@MACHINES
@given(shares, shares, shares)
def test_more_of_the_alternative_never_brings_more_work_at_the_same_price(one, other, portable):
    """What is bought without a discount, runs worse and costs rebates can only cost hours."""
    low, high = sorted((one, other))
    values = {"vendors.portable_at_start_share": portable, "vendors.discount_share": 0.0}
    found = [float(total(cluster(values, alternative_share=a), "h100e_hours")[0]) for a in (low, high)]
    assert found[1] <= found[0] * (1 + 1e-12)


def test_what_can_run_elsewhere_lowers_the_price_of_what_stays():
    """A machine of the incumbent alone, ordered after its codes were ported: larger than porting would let it be."""
    levers = {"porting_usd": 12e6, "porting_months": 1.0, "tranche_months": (12.0,), "tranche_shares": (1.0,)}
    sizes = [size(cluster({"vendors.bargaining_share": beta}, **levers)) for beta in (0.0, 0.3, 0.6)]
    assert sizes[0] < sizes[1] < sizes[2]


def test_a_layer_that_is_withdrawn_leaves_machines_idle():
    """Half of the machine, a layer for half of the code without a port: until its date and not after."""
    values = {"vendors.layer_hazard_per_year": np.log(2) / 4, "vendors.portable_at_start_share": 0.2}
    mix = cluster(values, alternative_share=0.5, compatibility_layer=True).vendors
    assert mix.portable[0, [0, 47, 48, 119]] == pytest.approx([0.6, 0.6, 0.2, 0.2], rel=1e-12)
    assert (mix.work < cluster(values, alternative_share=0.0).vendors.work).all()


def test_no_single_number_decides_what_a_second_vendor_adds():
    """By rank over draws of the world: at least three inputs matter, and none of them alone."""
    levers = {
        "alternative_share": 0.3, "porting_usd": 12e6, "upkeep_usd_per_year": 2e6, "compatibility_layer": True,
    }  # fmt: skip
    alone, mixed = (run(PublicCluster(**given), {}, draws=300, seed=5) for given in ({}, levers))
    gain = total(mixed, "h100e_hours") / total(alone, "h100e_hours") - 1
    world = mixed.context.world
    names = (
        "discount_share", "retained_at_start_share", "half_life_years", "portable_at_start_share", "codes", "port_usd",
        "effort_spread", "rot_per_year", "layer_coverage_share", "layer_hazard_per_year", "rebate_share",
    )  # fmt: skip
    ranks = [abs(spearmanr(np.ravel(getattr(world.vendors, name)), gain).statistic) for name in names]
    assert sum(rank > 0.1 for rank in ranks) >= 3
    assert max(ranks) < 0.99
    assert 0.05 < (gain > 0).mean() < 0.95, "it can come out either way"


@MACHINES
@given(st.floats(0, 0.99), st.floats(0, 0.99))
def test_harder_bargaining_never_buys_fewer_accelerators(one, other):
    low, high = sorted((one, other))
    levers = {"alternative_share": 0.3, "porting_usd": 6e6}
    sizes = [size(cluster({"vendors.bargaining_share": b}, **levers)) for b in (low, high)]
    assert sizes[0] <= sizes[1] * (1 + 1e-12)


@MACHINES
@given(st.floats(0, 100e6), st.floats(0, 100e6))
def test_dearer_lawyers_never_buy_more_accelerators(one, other):
    low, high = sorted((one, other))
    levers = {"alternative_share": 0.3, "porting_usd": 6e6}
    sizes = [size(cluster({"vendors.legal_usd": usd}, **levers)) for usd in (low, high)]
    assert sizes[0] >= sizes[1]


@MACHINES
@given(st.sampled_from(["retained_at_start_share", "portable_at_start_share"]), shares, shares)
def test_faster_or_more_portable_code_never_lowers_the_work_of_the_alternative(name, one, other):
    low, high = sorted((one, other))
    levers = {"alternative_share": 0.5, "porting_usd": 3e6}
    found = [float(total(cluster({f"vendors.{name}": v}, **levers), "alternative_work_share")[0]) for v in (low, high)]
    assert found[0] <= found[1] * (1 + 1e-12)


@MACHINES
@given(st.floats(0.05, 50), st.floats(0.05, 50))
def test_a_longer_half_life_never_raises_the_work_of_the_alternative(one, other):
    short, long = sorted((one, other))
    levers = {"alternative_share": 0.5, "porting_usd": 12e6}
    found = [
        float(total(cluster({"vendors.half_life_years": y}, **levers), "alternative_work_share")[0])
        for y in (short, long)
    ]
    assert found[0] >= found[1] * (1 - 1e-12)


@MACHINES
@given(shares, shares)
def test_a_larger_incumbent_in_the_market_never_lowers_its_share_of_the_hours(one, other):
    low, high = sorted((one, other))
    found = [float(total(cluster({"vendors.top_share": v}), "top_vendor_share")[0]) for v in (low, high)]
    assert found[0] <= found[1]
