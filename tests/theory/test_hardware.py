"""How machines improve, age and break: closed forms, and the same from the calendar."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.demand import runnable_share
from sim.mechanisms.hardware import (
    Hardware,
    performance,
    resale_share,
    straight_line_share,
    unit_power_kw,
)
from sim.mechanisms.procurement import Procurement, facility_cost_usd, system_price_usd
from sim.mechanisms.reliability import (
    Reliability,
    availability_share,
    checkpoint_interval_hours,
    goodput_share,
    mean_hours_between_interruptions,
    support_share,
    waste_ratio,
)
from sim.mechanisms.workload import gpu_hour_weights
from sim.queue.workload.model import JOB_SIZES, size_probabilities
from tests.oracles.formulas import best_single_purchase_years, frontier_weight

property_of = settings(max_examples=100, deadline=None, derandomize=True)
FOREVER = PublicCluster(tranche_months=(0.0,), tranche_shares=(1.0,), retirement="run_to_fail")

# ------------------------------------------------------------------------------------------------------ obsolescence


@pytest.mark.parametrize(("life", "expected"), [(4, 0.604239), (5, 0.541011), (6, 0.487231)])
def test_a_machine_is_worth_half_a_new_one_over_its_life(life, expected):
    """I-13: (1 - 2^(-L/tau)) tau / (L ln 2), tau = 2.5."""
    assert round(frontier_weight(life, 2.5), 6) == expected


def test_without_progress_nothing_ages():
    """I-13: tau -> infinity gives 1, as does a life of no length."""
    assert frontier_weight(5, inf) == 1
    assert frontier_weight(5, 1e12) == pytest.approx(1, abs=1e-11)
    assert frontier_weight(0, 2.5) == 1


@property_of
@given(st.floats(0.5, 30), st.floats(0.5, 20))
def test_the_frontier_weight_is_the_mean_of_what_the_machine_is_worth(life, doubling):
    """I-13: the mean of 1 / F(t) over the life."""
    t = (np.arange(10_000) + 0.5) / 10_000 * life
    assert frontier_weight(life, doubling) == pytest.approx(float((1 / performance(t, doubling)).mean()), rel=1e-5)


def test_the_calendar_weighs_hours_as_the_closed_form_does(hardware_only, reckoned, outcome):
    """I-13 with real flows: FE-hours over H100e-hours of five years, months taken in their middle."""
    machine = reckoned(FOREVER, hardware_only, horizon_years=5)
    weight = outcome(machine, "fe_hours") / outcome(machine, "h100e_hours")
    assert weight[0] == pytest.approx(0.541011, abs=3e-5)


@pytest.mark.parametrize(("horizon", "in_tranches", "at_once"), [(5, 5.0, 5.0), (10, 12.5, 10.0)])
def test_two_tranches_beat_one_purchase_beyond_two_doublings(hardware_only, reckoned, horizon, in_tranches, at_once):
    """I-14: K (1.5 H - tau) against K H, with real flows; they tie at H = 2 tau."""
    halves = replace(FOREVER, tranche_months=(0.0, 30.0), tranche_shares=(0.5, 0.5))
    whole, split = (reckoned(option, hardware_only, horizon_years=horizon) for option in (FOREVER, halves))
    assert split.size["public_cluster"] == pytest.approx(whole.size["public_cluster"], rel=1e-12)
    assert split.supplied.sum() / whole.supplied.sum() == pytest.approx(in_tranches / at_once, rel=1e-12)


def test_the_best_moment_to_buy_once_is_late():
    """I-15: t* = H - tau / ln 2 = 6.393 y at H = 10; never before the start."""
    assert round(best_single_purchase_years(10, 2.5), 3) == 6.393
    assert best_single_purchase_years(3, 2.5) == 0


def test_the_units_disagree_on_when_to_buy(hardware_only, reckoned, outcome):
    """I-15 with real flows, month by month: waiting maximises H100e-hours, buying at once maximises FE-hours."""
    runs = [
        reckoned(replace(FOREVER, tranche_months=(float(month),)), hardware_only, yearly_usd=(80e6,))
        for month in range(120)
    ]
    constant, relative = ([outcome(run, name)[0] for run in runs] for name in ("h100e_hours", "fe_hours"))
    assert abs(int(np.argmax(constant)) - 12 * best_single_purchase_years(10, 2.5)) <= 0.5
    assert np.all(np.diff(relative) < 0)


@property_of
@given(st.floats(0, 40), st.floats(0.001, 20), st.floats(0.01, 1))
def test_machines_only_lose_with_age(age, more, rate):
    """Resale, runnable jobs and written-down buildings all fall from one and stay between 0 and 1."""
    for share in (resale_share, runnable_share):
        new, now, later = (float(share(np.array(a), rate)) for a in (0.0, age, age + more))
        assert new == 1
        assert new >= now >= later >= 0
    assert float(straight_line_share(age, 20)) == pytest.approx(max(0, 1 - age / 20))


def test_the_resale_value_halves_as_the_published_ages_say():
    """65, 45 and 30 % at 12, 24 and 36 months: the default lies within three points of each."""
    left = resale_share(np.array([1, 2, 3]), Hardware().resale_decay_per_year)
    assert left == pytest.approx([0.65, 0.45, 0.30], abs=0.03)
    assert left[0] == pytest.approx(1 - Hardware().resale_decay_per_year), "a third of the price is gone a year later"


@property_of
@given(st.floats(0.5, 10), st.floats(0, 20))
def test_performance_doubles_every_doubling_time(doubling, t):
    """F(t + tau) = 2 F(t), F(0) = 1; power grows by its own rate."""
    assert performance(0.0, doubling) == 1
    assert performance(t + doubling, doubling) == pytest.approx(2 * float(performance(t, doubling)))
    assert unit_power_kw(t + 1, 0.7, 0.1) == pytest.approx(1.1 * float(unit_power_kw(t, 0.7, 0.1)))


# -------------------------------------------------------------------------------------------------------- reliability


def test_a_large_job_wastes_a_sixteenth_of_its_time():
    """I-55: 1024 GPUs, 1.9733e-5 a GPU-hour, 5 min to write, 15 min to restart: MTBF, Young's interval, waste."""
    mtbf = mean_hours_between_interruptions(1024, 1.9733e-5)
    assert round(float(mtbf), 3) == 49.489
    assert float(checkpoint_interval_hours(mtbf, 5 / 60)) == pytest.approx(2.87196, abs=1e-5)
    assert round(float(waste_ratio(mtbf, 5 / 60, 15 / 60)), 6) == 0.063084


@property_of
@given(st.floats(1e-3, 1e5), st.floats(1e-4, 1), st.floats(0, 1), st.floats(0.2, 5))
def test_youngs_interval_wastes_the_least(mtbf, write, restart, stretch):
    """I-55: w = write / tau + tau / (2 M) + restart / M is what the function gives at tau*, and no less elsewhere."""

    def waste(interval):
        return write / interval + interval / (2 * mtbf) + restart / mtbf

    best = float(checkpoint_interval_hours(np.array(mtbf), write))
    assert float(waste_ratio(np.array(mtbf), write, restart)) == pytest.approx(waste(best), rel=1e-12)
    assert waste(best * stretch) >= waste(best) * (1 - 1e-12)


def test_what_does_not_break_or_write_wastes_nothing():
    """I-55: write = restart = 0 -> 0; no failures -> 0, without a division by infinity."""
    assert float(waste_ratio(np.array(50.0), 0, 0)) == 0
    assert float(waste_ratio(mean_hours_between_interruptions(1024, 0.0), 5 / 60, 15 / 60)) == 0
    sizes = gpu_hour_weights(3.72)
    assert goodput_share(JOB_SIZES, sizes, Reliability(interruptions_per_gpu_hour=0.0)) == pytest.approx(1)


def test_without_failures_or_maintenance_every_node_is_up():
    """I-56: A = 1; with them, what Little's law says is under repair is missing."""
    assert float(availability_share(0.0, 72, 0.0)) == 1
    assert float(availability_share(1.97e-5, 72, 0.02)) == pytest.approx(0.98 / (1 + 8 * 1.97e-5 * 72), rel=1e-12)


@pytest.mark.parametrize(
    ("write_seconds", "restart_minutes", "expected"), [(10, 10, 0.912), (30, 10, 0.887), (60, 15, 0.844)]
)
def test_a_run_on_sixteen_thousand_gpus_keeps_nine_tenths(write_seconds, restart_minutes, expected):
    """V-6: Llama 3, 419 interruptions in 54 days on 16 384 GPUs: MTBF 3.093 h, more than 90 % of the time effective."""
    rate = 419 / (54 * 24 * 16_384)
    assert float(mean_hours_between_interruptions(16_384, rate)) == pytest.approx(3.093, abs=5e-4)
    reliability = Reliability(
        interruptions_per_gpu_hour=rate, checkpoint_seconds=write_seconds, restart_minutes=restart_minutes
    )
    kept = goodput_share(np.array([16_384.0]), np.array([3.0]), reliability)
    assert kept == pytest.approx(expected, abs=5e-4)


def test_goodput_is_the_mean_over_gpu_hours():
    """Sizes count by the GPU-hours they use, whatever the scale of the weights; each draw has its own rate."""
    sizes, weights = np.array([8.0, 1024.0]), np.array([3.0, 1.0])
    rates = np.array([[1e-5], [4e-5]])
    both = goodput_share(sizes, weights, Reliability(interruptions_per_gpu_hour=rates))
    for row, rate in zip(both, rates[:, 0], strict=True):
        one = Reliability(interruptions_per_gpu_hour=rate)
        small, large = (float(goodput_share(np.array([size]), np.ones(1), one)[0]) for size in sizes)
        assert large < small < 1
        assert row == pytest.approx(0.75 * small + 0.25 * large, rel=1e-12)


def test_thin_support_lowers_goodput_only_where_it_is_switched_on():
    """M6: (FTE / FTE*)^0.3 below the staff that is enough, nothing gained above it; off by default."""
    assert float(support_share(1, Reliability())) == 1
    support = Reliability(user_support=True, support_needed_per_1000_gpus=4)
    assert float(support_share(2, support)) == pytest.approx(0.5**0.3, rel=1e-12)
    assert float(support_share(4, support)) == float(support_share(9, support)) == 1


@property_of
@given(st.floats(1.01, 100))
def test_job_sizes_have_the_mean_that_was_asked_for(mean):
    """A distribution over the sizes; weighted by GPU-hours, larger jobs count more."""
    share = size_probabilities(mean)
    assert share.sum() == pytest.approx(1)
    assert (share * JOB_SIZES).sum() == pytest.approx(mean, rel=1e-9)
    assert (gpu_hour_weights(mean) * JOB_SIZES).sum() >= mean


# -------------------------------------------------------------------------------------------------------- procurement


@property_of
@given(st.floats(0, 60), st.floats(0, 60), st.floats(-12, 60), st.booleans())
@example(0.0, 59.99999999999999, 1.0, False)
def test_more_lead_time_never_brings_hours_earlier(reckoned, lead, more, slip, freeze):
    """GPU-hours delivered by any month fall as the lead time grows; H100e-hours too, if the design is frozen."""
    values = {"procurement.slip_months": slip, "money.normalisation": "as_entered"}
    early, late = (
        reckoned(PublicCluster(spec_freeze=freeze), values | {"procurement.lead_months": months})
        for months in (lead, lead + more)
    )
    for pick in ("supplied_gpu", "supplied") if freeze else ("supplied_gpu",):
        now, then = (np.cumsum(getattr(run, pick), axis=-1) for run in (early, late))
        assert np.all(then <= now + 1e-9 * now[:, -1:])


def test_a_machine_may_be_accepted_as_the_horizon_ends(reckoned):
    """I-18: 13 months, 50.1 and 56.9 are 120, in floating point a little less: the machine comes too late to serve."""
    values = {"procurement.lead_months": 50.1, "procurement.slip_months": 56.9}
    assert reckoned(replace(FOREVER, tranche_months=(13.0,)), values).supplied.sum() == pytest.approx(0, abs=1e-3)


def test_thin_support_costs_useful_hours_only(hardware_only, reckoned):
    """M6 with real flows: GPU-hours are allocated all the same, work is done on fewer of them."""
    staff = hardware_only | {"operations.staff_per_1000_gpus": 2.0, "money.normalisation": "as_entered"}
    off, on = (reckoned(FOREVER, staff | {"reliability.user_support": switch}) for switch in (False, True))
    assert np.array_equal(on.supplied_gpu, off.supplied_gpu)
    assert on.supplied == pytest.approx(0.5**0.3 * off.supplied, rel=1e-12)


def test_a_month_late_costs_a_month_of_hours(hardware_only, reckoned):
    """A machine accepted in month 7.25 has delivered three quarters of that month's hours by its end."""
    late = reckoned(FOREVER, hardware_only | {"procurement.lead_months": 5.8, "procurement.slip_months": 1.45})
    hours = late.supplied_gpu[0]
    assert np.all(hours[:7] == 0)
    assert hours[7] == pytest.approx(0.75 * hours[8])


def test_what_a_design_cannot_run_counts_from_the_design(hardware_only, reckoned):
    """M3: a frozen design is as old at delivery as the order is; a design of the delivery month is new."""
    some = hardware_only | {"demand.new_only_share_per_year": 0.05, "procurement.lead_months": 24.0}
    for freeze, age in ((True, 24.5), (False, 0.5 + 0.1 * 24)):
        for groups in (1e6, 1.0):
            run = reckoned(replace(FOREVER, spec_freeze=freeze), some | {"demand.groups": groups})
            context = run.context
            reach = (1 - 0.05 * age / 12) * context.total_need[0, 24] - context.total_own[0, 24]
            filled = min(1.11 * 0.9, 1.0)
            whole = run.supplied_gpu[0, 24] and run.allocation.used["cluster"][0, 24]
            if groups == 1.0:  # more hours than anybody needs: those beyond reach are not counted as allocated
                assert whole == pytest.approx(reach, rel=1e-9)
            else:  # scarce hours go to jobs that can run
                assert whole == pytest.approx(filled * run.supplied[0, 24], rel=1e-9)


def test_hours_that_only_an_old_design_keeps_from_being_used_are_not_allocated(hardware_only, reckoned):
    """M3: GPU-hours and H100e-hours shrink alike by what groups would have taken of a new design."""
    plenty = hardware_only | {"demand.groups": 1.0, "access.overbooking_ratio": 2.0}
    new, old = (reckoned(FOREVER, plenty | {"demand.new_only_share_per_year": share}) for share in (0.0, 0.05))
    missed = new.allocation.used["cluster"] - old.allocation.used["cluster"]
    assert missed.max() > 0
    assert new.supplied - old.supplied == pytest.approx(missed, rel=1e-9)
    some = new.supplied > 0
    assert (old.supplied / new.supplied)[some] == pytest.approx((old.supplied_gpu / new.supplied_gpu)[some], rel=1e-12)
    assert old.kwh["cluster"] == pytest.approx(new.kwh["cluster"], rel=1e-12)


def test_a_facility_is_built_for_more_power_than_the_machine_draws():
    """M1: f h P_k (1 + of), with power that grows from one purchase to the next; hardware K (1 + oc)."""
    hardware = Hardware(power_kw=0.7, power_growth_per_year=0.1, facility_usd_per_kw=8_000, facility_headroom_ratio=1.5)
    new, standing = Procurement(build="new_hall"), Procurement(build="new_machine", fit_out_share=0.5)
    built = facility_cost_usd(hardware, new, np.array([0.0, 2.0]), 0.25)
    assert built == pytest.approx([8_000 * 1.5 * 0.7 * 1.25, 8_000 * 1.5 * 0.7 * 1.21 * 1.25])
    assert facility_cost_usd(hardware, standing, np.array([0.0, 2.0]), 0.25) == pytest.approx(built / 2)


def test_a_large_order_is_cheaper_by_the_power_of_its_money():
    """Four times the money at an exponent of -1/2 is half the price; at 100 million dollars the ratio holds."""
    hardware, buying = Hardware(price_usd=20_000), Procurement(system_ratio=1.5, order_exponent=-0.5)
    prices = system_price_usd(hardware, buying, np.array([100e6, 400e6]))
    assert prices == pytest.approx([30_000, 15_000])


def test_waiting_longer_than_the_horizon_would_be_waiting_for_ever():
    """The moment to buy moves with the horizon, year for year."""
    assert best_single_purchase_years(12, 2.5) - best_single_purchase_years(10, 2.5) == pytest.approx(2)
    assert best_single_purchase_years(10, 2.5) == pytest.approx(10 - 2.5 / log(2), rel=1e-12)
