"""Theory tells us what a second vendor of accelerators costs, saves and delivers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.instruments import INSTRUMENTS
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.vendors import Vendors, performance_retained, portable_share, price_ratio
from sim.outcomes import OUTCOMES, Measures
from sim.units import GPUS_PER_NODE
from sim.waits.machine import Machine
from tests.conftest import run, total

MACHINES = settings(max_examples=25, deadline=None, derandomize=True)
FORMULAS = settings(max_examples=200, deadline=None, derandomize=True)
shares = st.floats(0, 1)
budgets = st.floats(0, 50e6)
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


def test_half_the_codes_are_portable_when_half_of_them_are_paid_for():
    """pi = spend / (codes x cost): 200 codes at 60 k$ are 12 M$."""
    assert float(portable_share(6e6, Vendors())) == 0.5
    assert float(portable_share(12e6, Vendors())) == 1.0
    assert float(portable_share(1e9, Vendors())) == 1.0
    assert float(portable_share(0.0, Vendors())) == 0.0
    assert float(portable_share(6e6, Vendors(portable_at_start_share=0.25))) == 0.75


def test_what_is_missing_of_the_performance_halves_every_half_life():
    """h(t) = 1 - (1 - h0) 2^(-t / 2): 0.8, 0.9, 0.95 after 0, 2, 4 years."""
    found = performance_retained(np.array([0.0, 2.0, 4.0]), Vendors())
    assert found == pytest.approx([0.8, 0.9, 0.95], rel=1e-12)
    assert float(performance_retained(1e4, Vendors())) == 1.0


def test_the_price_of_the_mix_is_the_weighted_price_of_its_parts():
    """(1 - a)(1 - beta min(a, pi)) + a (1 - d): 0.6 + 0.4 x 0.75 = 0.9; with beta 0.2 and pi 0.3, 0.6 x 0.94 + 0.3."""
    assert float(price_ratio(0.4, np.array(1.0), Vendors())) == pytest.approx(0.9, rel=1e-12)
    bargained = price_ratio(0.4, np.array(0.3), Vendors(bargaining_share=0.2))
    assert float(bargained) == pytest.approx(0.6 * 0.94 + 0.3, rel=1e-12)
    assert float(price_ratio(0.0, np.array(1.0), Vendors(bargaining_share=0.3))) == 1.0


@FORMULAS
@given(shares, shares, shares, shares)
def test_a_credible_second_source_never_raises_the_price(a, one, other, beta):
    low, high = sorted((one, other))
    vendors = Vendors(bargaining_share=0.99 * beta)
    assert price_ratio(a, np.array(high), vendors) <= price_ratio(a, np.array(low), vendors) <= 1


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
        "vendors.codes": 20.0, "vendors.port_usd": 5e6, "vendors.bargaining_share": 0.3, "vendors.legal_usd": 5e7,
    }  # fmt: skip
    plain, changed = Measures(cluster()), Measures(cluster(other))
    for outcome in OUTCOMES:
        assert np.array_equal(outcome.total(plain), outcome.total(changed), equal_nan=True), outcome.name


@pytest.mark.parametrize("rule", ["equal_pv", "equal_cash"])
def test_the_machine_spends_the_budget_to_the_cent(rule):
    """Porting and lawyers are fixed costs: the machine is smaller by what they cost."""
    values = {"money.normalisation": rule, "vendors.legal_usd": 20e6, "vendors.bargaining_share": 0.2}
    monthly = cluster(values, alternative_share=0.3, porting_usd=30e6)
    budget = monthly.context.budget
    if rule == "equal_pv":
        assert monthly.cost_pv == pytest.approx(monthly.context.budget_pv, abs=0.005)
    else:
        assert monthly.outlay.sum() == pytest.approx(budget.sum(), abs=0.005)
    assert float(total(monthly, "porting_cost")[0]) == pytest.approx(50e6, abs=0.005)


def test_a_machine_of_the_alternative_alone_is_larger_by_its_discount(hardware_only):
    """Only hardware costs anything, all code runs, at full speed: N(1 - d) is constant, and so are hours of each."""
    plain = cluster(hardware_only)
    other = cluster(hardware_only | NO_LOSS | {"vendors.discount_share": 0.2}, alternative_share=1.0)
    assert size(other) * 0.8 == pytest.approx(size(plain), rel=1e-12)
    hours = [float(total(m, "h100e_hours")[0]) / size(m) for m in (plain, other)]
    assert hours[0] == pytest.approx(hours[1], rel=1e-12)


def test_effective_hours_are_those_of_the_incumbent_and_of_ported_code_on_the_rest():
    """(1 - a) + a h pi, month by month; machines without code stand idle, (1 - a) + a pi of their hours are used."""
    values, levers = (
        {"vendors.discount_share": 0.0},
        {"alternative_share": 0.4, "porting_usd": 6e6, "porting_months": 48},
    )
    mixed, plain = cluster(values, **levers), cluster(values)
    months = np.arange(120) + 0.5
    portable = np.minimum(months / 48, 1) * 0.5
    speed = 1 - 0.2 * 2 ** -(months / 24)
    ratio = size(mixed) / size(plain)
    work, busy = 0.6 + 0.4 * speed * portable, 0.6 + 0.4 * portable
    np.testing.assert_allclose(mixed.supplied, plain.supplied * work * ratio, rtol=1e-12)
    np.testing.assert_allclose(mixed.supplied_gpu, plain.supplied_gpu * busy * ratio, rtol=1e-12)
    served = plain.supplied[0]
    expected = (served * speed * portable).sum() / served.sum()
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
    assert float(total(monthly, "portable_share")[0]) == float(total(monthly, "porting_cost")[0]) == 0


def test_porting_that_outlasts_the_horizon_is_paid_and_done_in_part():
    """120 months of 240: half of the money, half of the codes."""
    monthly = cluster(porting_usd=12e6, porting_months=240.0)
    assert float(total(monthly, "porting_cost")[0]) == pytest.approx(6e6, rel=1e-12)
    assert float(total(monthly, "portable_share")[0]) == pytest.approx(119.5 / 240, rel=1e-12)


def test_where_porting_eats_the_budget_there_is_no_machine_and_no_porting():
    monthly = run(PublicCluster(porting_usd=9e6, alternative_share=0.2), {}, yearly_usd=(1e6,) * 6)
    assert size(monthly) == 0
    assert float(total(monthly, "porting_cost")[0]) == float(total(monthly, "portable_share")[0]) == 0


def test_machines_that_no_code_runs_on_take_no_job():
    """Half from the alternative, half of the code portable: three quarters of the nodes, to a node, serve."""
    values = {"money.normalisation": "as_entered", "vendors.portable_at_start_share": 0.5}
    plain, mixed = (Machine.of(cluster(values, alternative_share=a)).total_gpus for a in (0.0, 0.5))
    assert plain.max() > 0
    assert np.abs(mixed - 0.75 * plain).max() <= GPUS_PER_NODE


# --- directions ---


@MACHINES
@given(budgets, budgets)
def test_a_higher_porting_budget_never_lowers_the_portable_share(one, other):
    low, high = sorted((one, other))
    assert ported(porting_usd=low) <= ported(porting_usd=high)


@MACHINES
@given(st.floats(1, 600), st.floats(1, 600))
def test_slower_porting_never_makes_more_code_portable_in_any_year(one, other):
    fast, slow = sorted((one, other))
    found = [
        next(o for o in OUTCOMES if o.name == "portable_share").yearly(
            Measures(cluster(porting_usd=10e6, porting_months=m))
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
    """What is bought without a discount and runs worse can only cost hours."""
    low, high = sorted((one, other))
    values = {"vendors.portable_at_start_share": portable, "vendors.discount_share": 0.0}
    found = [float(total(cluster(values, alternative_share=a), "h100e_hours")[0]) for a in (low, high)]
    assert found[1] <= found[0] * (1 + 1e-12)


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
