"""What an hour of one's own machine costs, and when owning beats renting."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.hardware import economic_life_years
from sim.mechanisms.operations import energy_kwh, owner_cost_per_year, running_cost_per_year
from tests.oracles.formulas import break_even_price_ratio, break_even_utilisation, owner_cost_per_hour

property_of = settings(max_examples=100, deadline=None, derandomize=True)
uses = st.floats(0.05, 1)


@pytest.mark.parametrize(
    ("gpus", "use", "expected"),
    [
        (100, 0.8, 4.44133),
        (1000, 0.8, 2.53482),
        (4096, 0.8, 2.37470),
        (1000, 0.5, 4.00159),
        (1000, 0.3, 6.60918),
    ],
)
def test_the_levelised_cost_of_the_reference_machine(reference, gpus, use, expected):
    """I-5: LCOC(R), $/H100e-h."""
    assert round(owner_cost_per_hour(*reference(gpus, busy_share=use)), 5) == expected


def test_stripped_of_all_else_an_hour_costs_the_price_over_the_hours(reference):
    """I-6: r = 0, no resale, maintenance, facility, power, staff: K / (5 x 8760 x .8 x .97) = 1.323966."""
    bare = reference(
        rate=0, resale_share=0, maintenance_share_per_year=0, facility_usd=0, kw=0, staff_fixed=0, staff_per_1000_gpus=0
    )
    cost = owner_cost_per_hour(*bare)
    assert round(cost, 6) == 1.323966
    assert cost == pytest.approx(45_000 / (5 * 8760 * 0.8 * 0.97), rel=1e-12)


@pytest.mark.parametrize(
    ("rent_usd", "expected"), [(2.35, 0.80875), (3.50, 0.53598), (5.40, 0.34419), (12.29, 0.14981)]
)
def test_the_break_even_utilisation_of_the_reference_machine(reference, rent_usd, expected):
    """I-7: at N = 4096."""
    own, available, operations = reference(4096)
    assert round(break_even_utilisation(own, available, operations, rent_usd), 5) == expected


@property_of
@given(st.floats(1, 50), st.floats(1.001, 2))
def test_the_dearer_the_rent_the_less_a_machine_need_be_used(reference, rent_usd, dearer):
    """I-7: strictly falling in the rent, and at the break-even owning costs the rent."""
    own, available, operations = reference(4096)
    use = break_even_utilisation(own, available, operations, rent_usd)
    assert owner_cost_per_hour(replace(own, busy_share=use), available, operations) == pytest.approx(rent_usd)
    assert break_even_utilisation(own, available, operations, rent_usd * dearer) < use


@property_of
@given(uses, uses)
def test_without_energy_that_follows_load_an_hour_costs_inversely_to_use(reference, use, other):
    """I-8: LCOC x u is the same at every u when an idle machine draws full power."""
    costs = [owner_cost_per_hour(*reference(idle_power_share=1, busy_share=u)) * u for u in (use, other)]
    assert costs[0] == pytest.approx(costs[1], rel=1e-12)


def test_with_energy_that_follows_load_it_does_not(reference):
    """I-8, a check that can fail: at idle share 0.3 a busier machine costs more a year."""
    costs = [owner_cost_per_year(own, operations) for own, _, operations in map(_at(reference), (0.4, 0.8))]
    assert costs[1] - costs[0] == pytest.approx(0.4 * 0.7 * 1.25 * 8760 * 0.10)


def _at(reference):
    return lambda use: reference(busy_share=use)


def test_a_gpu_year_takes_nine_megawatt_hours(reference):
    """I-57: 9 417 kWh incl. PUE at u = 0.8."""
    own, _, operations = reference()
    assert float(energy_kwh(1.0, 8760, operations, own.busy_share)) == pytest.approx(9417, abs=0.5)


def test_renting_at_the_break_even_price_costs_what_owning_does(reference):
    """I-12: 1.659504 x LCOC(R, 4096) = 3.94083 today."""
    today = break_even_price_ratio(0.2, 5) * owner_cost_per_hour(*reference(4096))
    assert round(today, 5) == 3.94083


def test_an_old_machine_is_retired_when_a_new_one_does_its_work_for_less(reference):
    """I-16: a* = tau log2(16142.66 / 5974) = 3.58527 y; there one H100e-hour costs the same on either.

    5974 is 942 + 3600 + 1432, energy, maintenance and staff each rounded up; unrounded they are 5973.26.
    """
    assert round(economic_life_years(16142.66, 5974, 2.5), 5) == 3.58527
    own, _, operations = reference(4096)
    new = owner_cost_per_year(own, operations)
    old = running_cost_per_year(own.kw, own.price_usd, own.gpus, operations, own.busy_share)
    assert round(new, 2) == 16142.66
    assert round(old, 2) == 5973.26
    age = economic_life_years(new, old, 2.5)
    assert age == pytest.approx(3.58527, abs=5e-4)
    assert old == pytest.approx(new * 2 ** (-age / 2.5), rel=1e-12)


# --------------------------------------------------------------------------------------------- the same in the calendar

AT_ONCE = {
    "money.normalisation": "as_entered",
    "procurement.lead_months": 0.0,
    "procurement.slip_months": 0.0,
    "procurement.system_ratio": 1.0,
    "procurement.order_exponent": 0.0,
    "procurement.contract": "fixed_price",
    "procurement.facility_overrun_ratio": 0.0,
    "procurement.paid_at_order_share": 1.0,
    "procurement.paid_at_acceptance_share": 0.0,
    "hardware.price_usd": 45_000.0,
    "hardware.power_kw": 1.0,
    "hardware.facility_usd_per_kw": 10_000.0,
    "hardware.facility_life_years": 15.0,
    "operations.maintenance_share_per_year": 0.08,
    "operations.staff_fixed": 8.0,
    "operations.staff_per_1000_gpus": 6.0,
    "hardware.resale_decay_per_year": 1 - 0.1 ** (1 / 5),
    "demand.new_only_share_per_year": 0.0,
    "reliability.interruptions_per_gpu_hour": 0.0,
    "reliability.planned_outage_share": 0.03,
}
NO_INTEREST = {"money.discount_rate": 0.0, "money.declining": False}
MACHINE = PublicCluster(tranche_months=(0.0,), tranche_shares=(1.0,), accelerators=4096, life_years=5)


def test_without_interest_the_calendars_machine_costs_what_the_closed_form_says(reference, reckoned, outcome):
    """I-5 at r = 0: five years of records, accounts and residual values add up to the annual sum over hours."""
    machine = reckoned(MACHINE, AT_ONCE | NO_INTEREST, horizon_years=5)
    assert outcome(machine, "cost_per_h100e_hour")[0] == pytest.approx(
        owner_cost_per_hour(*reference(rate=0)), rel=1e-12
    )


def test_the_rent_of_the_machines_hours_is_its_cost_at_the_break_even_price(reckoned, outcome):
    """I-12 with real flows: hours rented month by month at 1.66 times LCOC, falling 20 % a year, cost what owning does.

    The monthly grid takes each month's price in its middle, which is short of the mean by (g/12)^2/24.
    """
    owned = outcome(reckoned(MACHINE, AT_ONCE | NO_INTEREST, horizon_years=5), "cost_per_h100e_hour")[0]
    rent = {"cloud.price_usd": break_even_price_ratio(0.2, 5) * owned, "cloud.decline_per_year": 0.2}
    machine = reckoned(MACHINE, AT_ONCE | NO_INTEREST | rent, horizon_years=5)
    bill = (machine.supplied * machine.context.grid.rent_usd).sum()
    assert bill == pytest.approx(machine.cost.sum(), rel=2e-5)


def test_the_calendar_retires_at_the_economic_age(reference, reckoned):
    """I-16 in the calendar, where fixed staff does not count: service ends at a*, in the middle of a month."""
    own, _, operations = reference(inf)
    old = running_cost_per_year(own.kw, own.price_usd, inf, operations, own.busy_share)
    age = economic_life_years(owner_cost_per_year(own, operations), old, 2.5)
    machine = reckoned(replace(MACHINE, retirement="economic"), AT_ONCE, horizon_years=10)
    assert machine.in_service[0].sum() / 4096 == pytest.approx(12 * age, rel=1e-9)
    assert 0 < age < 5


def test_the_fixed_staff_is_the_only_cost_that_does_not_grow_with_the_machine(reckoned):
    """I-5's dependence on N: two machines of half the size cost one fixed staff more."""
    whole, half = (reckoned(replace(MACHINE, accelerators=n), AT_ONCE, horizon_years=5) for n in (4096, 2048))
    fixed = 8 * 180_000 / 12
    assert 2 * half.cost - whole.cost == pytest.approx(np.full((1, 60), fixed), rel=1e-6)
