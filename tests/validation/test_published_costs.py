"""Published costs of an hour, from the inputs their authors give.

Each test states the source's own set-up in this model's terms. A core or a GPU takes the place of an accelerator, and
where the source gives a yearly bill the rate that would produce it is worked back from that bill: these tests check
the arithmetic of owning and renting, not the inputs.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from sim.instruments.cloud_credits import CloudCredits
from sim.mechanisms.cloud import Cloud, committed_price_ratio
from sim.mechanisms.operations import Operations, Ownership
from tests.oracles.formulas import owner_cost_per_hour

HOURS = 8_760  # of a year

# Nothing but hardware, bought without interest, gone at the end of its life, always on and never idle.
BARE = Ownership(
    gpus=inf,
    price_usd=0,
    life_years=1,
    rate=0,
    resale_share=0,
    facility_usd=0,
    facility_life_years=1,
    kw=0,
)
IDLE = Operations(
    utilisation_share=1,
    idle_power_share=1,
    pue_ratio=1,
    electricity_usd_per_kwh=0,
    maintenance_share_per_year=0,
    staff_fixed=0,
    staff_per_1000_gpus=0,
)


def test_a_core_hour_on_hopper_cost_two_cents():
    """V-1: Magellan (2011), Hopper: 21.1 M$ a year over 1 142 275 968 core-hours, 0.018 $ each.

    153 408 cores at 85 %. A machine of 52 M$ over 4 years without interest; a year of maintenance 5.2 M$ (a tenth of
    the price), of power 2.6 M$ (2.97 MW at 0.10 $/kWh, facility included), of staff 0.3 M$.
    """
    cores, power_usd, price_usd = 153_408, 2.6e6, 52e6
    assert cores * HOURS * 0.85 == pytest.approx(1_142_275_968)
    core = replace(BARE, gpus=cores, price_usd=price_usd / cores, life_years=4, kw=power_usd / (0.10 * HOURS * cores))
    running = replace(
        IDLE,
        utilisation_share=0.85,
        electricity_usd_per_kwh=0.10,
        maintenance_share_per_year=0.10,
        staff_fixed=2,
        wage_usd_per_year=150_000,
    )
    assert owner_cost_per_hour(core, 1, running) == pytest.approx(0.01847, rel=0.005)


def test_a_core_hour_of_a_university_server_cost_a_cent():
    """V-2: Internet2 and Omnibond (2017): 14 375 $ for 36 cores over 5 years, 0.0091 $ a core-hour, always busy.

    Power adds 0.5 kW at 0.25 $/kWh: 0.0035 $.
    """
    core = replace(BARE, price_usd=14_375 / 36, life_years=5)
    hardware = owner_cost_per_hour(core, 1, IDLE)
    assert hardware == pytest.approx(0.009117, rel=0.005)
    powered = owner_cost_per_hour(replace(core, kw=0.5 / 36), 1, replace(IDLE, electricity_usd_per_kwh=0.25))
    assert powered - hardware == pytest.approx(0.003472, rel=0.005)


@pytest.mark.parametrize(("life_years", "expected"), [(3, 1.631), (5, 0.978)])
def test_a_gpu_of_thirty_thousand_dollars_costs_an_hour_what_was_published(life_years, expected):
    """V-3: 30 k$ at about 70 %, hardware only: 1.64 $ over 3 years, 0.98 $ over 5, without interest."""
    gpu = replace(BARE, price_usd=30_000, life_years=life_years)
    cost = owner_cost_per_hour(gpu, 1, replace(IDLE, utilisation_share=0.7))
    assert cost == pytest.approx(expected, rel=0.01)
    assert cost == pytest.approx({3: 1.64, 5: 0.98}[life_years], rel=0.01)


def test_the_hours_of_a_large_contract_cost_the_list_price(reckoned):
    """V-4: AWS P5: 483 M$ rented 39.3 M GPU-hours, 12.29 $ each; here as vouchers without any loss, in one year."""
    values = {
        "cloud.price_usd": 12.29,
        "cloud.decline_per_year": 0.0,
        "cloud.overhead_share": 0.0,
        "cloud.spent_share": 1.0,
        "cloud.egress_share": 0.0,
        "cloud.idle_share": 0.0,
        "money.normalisation": "as_entered",
    }
    hours = reckoned(CloudCredits(), values, yearly_usd=(483e6,), horizon_years=3).supplied.sum()
    assert hours == pytest.approx(39.3e6, rel=0.01)
    assert 483e6 / hours == pytest.approx(12.29, rel=0.01)


@pytest.mark.parametrize(("years", "discount", "expected"), [(1, 0.414, 7.20), (3, 0.561, 5.40)])
def test_committing_for_years_cuts_the_list_price_as_published(years, discount, expected):
    """V-4: 7.20 $ for one year committed in full, 5.40 $ for three, from 12.29 $ on demand."""
    cloud = Cloud(price_usd=12.29, commit_discount_share=discount)
    assert cloud.price_usd / float(committed_price_ratio(cloud, 1.0)) == pytest.approx(expected, rel=0.01), years
