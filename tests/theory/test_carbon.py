"""Electricity and emissions: kWh of every provider, grids that fall, what making machines emits; never money."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import sources
from sim.instruments import INSTRUMENTS
from sim.mechanisms.carbon import Carbon, grid_intensity, operational_kg, own_kwh, rented_accelerators, rented_kwh
from sim.mechanisms.finance import present_value
from sim.mechanisms.hardware import Hardware
from sim.mechanisms.operations import energy_kwh
from sim.scenario import load
from sim.units import HOURS_PER_YEAR

property_of = settings(max_examples=150, deadline=None, derandomize=True)
EMISSIONS = ("carbon_operational_t", "carbon_embodied_t", "carbon_avoided_t")
SPENDERS = ("public_cluster", "cloud_credits", "research_grants", "domestic_fab")
MONTHS = (np.arange(120) + 0.5) / 12
shares = st.floats(0, 1)


def drawn(*, load: float = 1000.0) -> dict[str, np.ndarray]:
    """Some electricity of every provider."""
    return {name: np.full((1, 120), load) for name in ("cluster", "cloud", "workstation")}


def tonnes(carbon: Carbon) -> float:
    """Emissions of that electricity."""
    return float(sum(kg.sum() for kg in operational_kg(drawn(), carbon, MONTHS).values()))


# ------------------------------------------------------------------------------------------------- identities, exactly


def test_one_accelerator_for_one_year(reference):
    """I-57: 1 kW at u = .8, idle .3 and PUE 1.25 draws 9,417 kWh; at .25 kg that is 2.354 t."""
    own, _, operations = reference()
    kwh = float(energy_kwh(1.0, HOURS_PER_YEAR, operations, own.busy_share))
    assert kwh == pytest.approx(9_417, rel=1e-12)
    flat = Carbon(grid_kg_per_kwh=0.25, fall_per_year=0)
    kg = operational_kg({"cluster": np.full((1, 1), kwh)}, flat, np.array([0.5]))["cluster"].item()
    assert kg == pytest.approx(2_354.25, rel=1e-12)


def test_the_whole_run_of_that_machine(reckoned, outcome, hardware_only):
    """I-57 through the calendar: a machine that serves from the start for five years, one accelerator."""
    values = hardware_only | {
        "money.normalisation": "as_entered", "hardware.power_growth_per_year": 0.0, "hardware.power_kw": 1.0,
        "carbon.grid_kg_per_kwh": 0.25,
        "carbon.fall_per_year": 0.0,
    }  # fmt: skip
    levers = INSTRUMENTS["public_cluster"](accelerators=1.0, tranche_months=(0.0,), tranche_shares=(1.0,), life_years=5)
    monthly = reckoned(levers, values)
    assert outcome(monthly, "energy_mwh")[0] == pytest.approx(5 * 9.417, rel=1e-9)
    assert outcome(monthly, "carbon_operational_t")[0] == pytest.approx(5 * 2.35425, rel=1e-9)
    assert outcome(monthly, "carbon_embodied_t")[0] == pytest.approx(0.2, rel=1e-9)


@pytest.mark.parametrize("kind", SPENDERS)
def test_a_clean_grid_and_machines_made_of_nothing_emit_nothing(reckoned, outcome, kind):
    """I-57: grid = 0 and e_b = 0 -> 0, exactly."""
    monthly = reckoned(INSTRUMENTS[kind](), {"carbon.grid_kg_per_kwh": 0.0, "carbon.embodied_kg": 0.0})
    assert [outcome(monthly, name)[0] for name in EMISSIONS] == [0, 0, 0]


def test_doing_nothing_emits_nothing(reckoned, outcome):
    monthly = reckoned(INSTRUMENTS["do_nothing"](), draws=8)
    assert all((outcome(monthly, name) == 0).all() for name in (*EMISSIONS, "energy_mwh"))
    assert np.isnan(outcome(monthly, "carbon_per_fe_hour_kg")).all()


@pytest.mark.parametrize(
    "levers", [{}, {"refresh": True, "life_years": 3.0}, {"leased_share": 0.4}, {"retirement": "run_to_fail"}]
)
def test_the_energy_account_of_the_cluster_is_its_electricity_at_its_price(reckoned, levers):
    """Every month, every draw: the bill and the kilowatt-hours are one and the same machine."""
    monthly = reckoned(INSTRUMENTS["public_cluster"](**levers), draws=20)
    price = monthly.context.world.operations.electricity_usd_per_kwh
    np.testing.assert_allclose(monthly.kwh["cluster"] * price, monthly.cash["energy"], rtol=1e-12)


def test_what_institutions_pay_to_host_is_care_and_the_same_electricity(reckoned):
    monthly = reckoned(INSTRUMENTS["research_grants"](compute_share=0.8), draws=20)
    world = monthly.context.world
    machines = monthly.gpu_hours["workstation"] / (np.asarray(world.grants.workstation_use_share) * 730)
    care = machines * np.asarray(world.grants.hosting_usd_per_year) / 12
    power = monthly.kwh["workstation"] * np.asarray(world.operations.electricity_usd_per_kwh)
    added = 1 - np.asarray(world.grants.displaced_share)
    np.testing.assert_allclose((care + power) * added, monthly.private["hosting"], rtol=1e-9)


def test_providers_add_up(reckoned, outcome, mix):
    monthly = reckoned(mix(public_cluster=0.4, cloud_credits=0.3, research_grants=0.3), draws=10)
    parts = [outcome(monthly, f"energy_{provider}_mwh") for provider in ("cluster", "cloud", "workstation")]
    assert all((part > 0).all() for part in parts)
    np.testing.assert_allclose(sum(parts), outcome(monthly, "energy_mwh"), rtol=1e-9)


def test_every_machine_is_charged_once_on_delivery(reckoned):
    monthly = reckoned(INSTRUMENTS["public_cluster"](), draws=10)
    delivered = monthly.embodied["cluster"].sum(axis=-1)
    np.testing.assert_allclose(delivered, monthly.size["public_cluster"], rtol=1e-9)


def test_a_refresh_is_charged_again(reckoned):
    monthly = reckoned(INSTRUMENTS["public_cluster"](refresh=True, life_years=3.0))
    assert monthly.embodied["cluster"].sum() > 1.5 * monthly.size["public_cluster"][0]


def test_a_machine_that_never_comes_is_never_charged(reckoned):
    monthly = reckoned(INSTRUMENTS["public_cluster"](), {"procurement.lead_months": 200.0})
    assert monthly.embodied["cluster"].sum() == 0
    assert monthly.kwh["cluster"].sum() == 0


def test_an_accelerator_rented_for_its_whole_life_bears_its_whole_making():
    carbon = Carbon(cloud_life_years=4, cloud_use_share=0.5)
    assert rented_accelerators(np.array([4 * 8_760 * 0.5]), carbon).item() == pytest.approx(1, rel=1e-12)


def test_a_provider_that_never_idles_draws_what_an_owner_of_the_same_machine_draws():
    carbon = Carbon(cloud_pue_ratio=1.25, cloud_use_share=1)
    rented = rented_kwh(np.array([8_760.0]), np.array(0.8), np.array(1.0), carbon, np.array(0.3)).item()
    assert rented == pytest.approx(9_417, rel=1e-12)


def test_own_compute_of_no_age_draws_what_new_hardware_draws():
    carbon = Carbon(own_age_years=0, own_pue_ratio=1.0)
    hardware = Hardware(power_kw=2.0, power_growth_per_year=0)
    assert own_kwh(np.array([[8.0]]), carbon, hardware, np.array([0.0])).item() == pytest.approx(16, rel=1e-12)


def test_without_idle_power_only_work_draws(reckoned):
    """What idles or stands unrented then costs nothing: useful hours * kW of their generation * PUE."""
    monthly = reckoned(INSTRUMENTS["cloud_credits"](), {"operations.idle_power_share": 0.0}, draws=8)
    world, t_years = monthly.context.world, monthly.context.grid.t_years
    kw = np.asarray(world.hardware.power_kw) * (1 + np.asarray(world.hardware.power_growth_per_year)) ** t_years
    drawn = monthly.gpu_hours["cloud"] * kw * np.asarray(world.carbon.cloud_pue_ratio)
    np.testing.assert_allclose(monthly.kwh["cloud"], drawn, rtol=1e-9)


def test_laboratories_are_charged_the_machines_that_they_buy(reckoned):
    """Spending on machines over the price of one, in every month."""
    monthly = reckoned(INSTRUMENTS["research_grants"](compute_share=0.8), draws=8)
    price = np.asarray(monthly.context.world.grants.workstation_price_usd)
    added = 1 - np.asarray(monthly.context.world.grants.displaced_share)
    np.testing.assert_allclose(monthly.embodied["workstation"] * price * added, monthly.trade.accelerators, rtol=1e-9)


@pytest.mark.parametrize("kind", ["public_cluster", "cloud_credits", "research_grants"])
def test_emissions_per_hour_times_hours_are_the_emissions(reckoned, outcome, kind):
    monthly = reckoned(INSTRUMENTS[kind](), draws=8)
    kg = outcome(monthly, "carbon_per_fe_hour_kg") * outcome(monthly, "fe_hours")
    tonnes_of = outcome(monthly, "carbon_operational_t") + outcome(monthly, "carbon_embodied_t")
    np.testing.assert_allclose(kg, 1000 * tonnes_of, rtol=1e-9)


def test_hours_let_to_firms_bear_as_much_carbon_as_the_others(reckoned, outcome):
    kept, let = (
        outcome(
            reckoned(INSTRUMENTS["public_cluster"](leased_share=share), {"money.normalisation": "as_entered"}, draws=4),
            "carbon_per_fe_hour_kg",
        )
        for share in (0.0, 0.5)
    )
    np.testing.assert_allclose(kept, let, rtol=1e-9)


# -------------------------------------------------------------------------------------------------- countries and time


def test_every_country_of_the_table_may_be_chosen_and_starts_where_its_row_says():
    rows = [row for row in sources.facts("energy").values() if row["quantity"] == "grid_intensity"]
    choices = Carbon.spec("grid").choices
    assert len(choices) == len(rows)  # the model's own default stands for `given`
    for row in rows:
        name = row["country"].lower().replace(" ", "_")
        if name == "unspecified":
            assert float(row["value"]) == Carbon().grid_kg_per_kwh
        else:
            assert grid_intensity(Carbon(grid=name), np.array([0.0])).item() == float(row["value"])


@property_of
@given(st.sampled_from(Carbon.spec("grid").choices[1:]), st.floats(0, 2))
def test_a_chosen_country_makes_the_given_number_idle(country, other):
    assert tonnes(Carbon(grid=country)) == tonnes(Carbon(grid=country, grid_kg_per_kwh=other))


@property_of
@given(st.floats(0, 0.5))
def test_a_grid_falls_by_its_part_every_year(fall):
    at = grid_intensity(Carbon(grid_kg_per_kwh=0.5, fall_per_year=fall), np.array([0.0, 1.0, 2.0, 10.0]))[0]
    np.testing.assert_allclose(at, 0.5 * np.array([1, 1 - fall, (1 - fall) ** 2, (1 - fall) ** 10]), rtol=1e-12)


@pytest.mark.parametrize(("row", "accelerators"), [("HW289", 1), ("HW290", 1), ("HW291", 8)])
def test_the_plausible_range_of_making_one_holds_what_was_published(row, accelerators):
    spec = Carbon.spec("embodied_kg")
    assert spec.low <= float(sources.facts("hardware")[row]["value"]) / accelerators <= spec.high


# ---------------------------------------------------------------------------------------------------------- directions


@property_of
@given(st.floats(0, 2), shares)
def test_a_cleaner_grid_never_raises_carbon(intensity, part):
    assert tonnes(Carbon(grid_kg_per_kwh=intensity * part)) <= tonnes(Carbon(grid_kg_per_kwh=intensity))


@property_of
@given(st.floats(0, 1), st.floats(0, 1))
def test_a_grid_that_falls_faster_never_raises_carbon(fall, more):
    faster = fall + (1 - fall) * more
    assert tonnes(Carbon(fall_per_year=faster)) <= tonnes(Carbon(fall_per_year=fall)) * (1 + 1e-12)


@property_of
@given(st.floats(0, 5), st.floats(0, 5))
def test_a_dirtier_grid_abroad_never_lowers_carbon_and_touches_rented_hours_only(ratio, more):
    before, after = (operational_kg(drawn(), Carbon(cloud_grid_ratio=r), MONTHS) for r in (ratio, ratio + more))
    assert (after["cloud"] >= before["cloud"]).all()
    assert all((after[name] == before[name]).all() for name in ("cluster", "workstation"))


@property_of
@given(shares, st.floats(0.1, 1), st.floats(1, 3), shares, st.floats(0.01, 0.9))
def test_rented_hours_that_work_less_in_emptier_or_hotter_rooms_never_draw_less_for_the_work(
    idle_power, busy, pue, less, use
):
    """Per hour of work: idling, unrented machines and PUE only add."""

    def per_work(busy_share: float, carbon: Carbon) -> float:
        kwh = rented_kwh(np.array(1.0), np.array(busy_share), np.array(1.0), carbon, np.array(idle_power))
        return float(kwh) / busy_share

    start = Carbon(cloud_pue_ratio=pue, cloud_use_share=use)
    lazier = max(busy * less, 0.01)
    assert per_work(min(lazier, busy), start) >= per_work(busy, start) * (1 - 1e-12)
    assert per_work(busy, replace(start, cloud_pue_ratio=pue + 1)) >= per_work(busy, start)
    assert per_work(busy, replace(start, cloud_use_share=use / 2)) >= per_work(busy, start)


@property_of
@given(st.floats(0, 1e6), st.floats(0.5, 10), st.floats(0.1, 0.9), st.floats(1, 2))
def test_a_longer_or_fuller_life_of_rented_machines_never_charges_an_hour_more(hours, life, use, factor):
    start = Carbon(cloud_life_years=life, cloud_use_share=use)
    before = rented_accelerators(np.array(hours), start)
    assert rented_accelerators(np.array(hours), replace(start, cloud_life_years=life * factor)) <= before
    assert rented_accelerators(np.array(hours), replace(start, cloud_use_share=min(use * factor, 1))) <= before


@property_of
@given(st.floats(0, 10), st.floats(0, 10), st.floats(1, 3), st.floats(0, 0.2))
def test_older_compute_never_draws_less_for_the_same_hours(age, more, doubling, growth):
    """As long as power grows by less than performance does: up to 26 % a year at a doubling in three years."""
    hardware = Hardware(doubling_years=doubling, power_growth_per_year=growth)
    young, old = (
        own_kwh(np.array([[1.0]]), Carbon(own_age_years=years), hardware, np.array([5.0])).item()
        for years in (age, age + more)
    )
    assert old >= young * (1 - 1e-12)


@pytest.mark.parametrize("kind", ["public_cluster", "research_grants"])
def test_a_better_machine_room_never_draws_more(reckoned, kind):
    """At one and the same size: with a given budget the smaller bill would buy more machines."""
    values = {"money.normalisation": "as_entered"}
    kwh = [
        sum(reckoned(INSTRUMENTS[kind](), values | {"operations.pue_ratio": pue}).kwh.values()).sum()
        for pue in (1.0, 1.25, 2.0)
    ]
    assert kwh[0] < kwh[1] < kwh[2]


def test_more_embodied_carbon_changes_that_account_only_and_in_proportion(reckoned, outcome):
    cached, twice = (
        reckoned(INSTRUMENTS["cloud_credits"](), {"carbon.embodied_kg": kg}, draws=6) for kg in (150.0, 300.0)
    )
    np.testing.assert_allclose(2 * outcome(cached, EMISSIONS[1]), outcome(twice, EMISSIONS[1]), rtol=1e-12)
    for name in (EMISSIONS[0], EMISSIONS[2], "energy_mwh", "social_cost"):
        assert (outcome(cached, name) == outcome(twice, name)).all()


def test_worse_rooms_of_groups_never_lower_what_is_avoided_and_touch_nothing_else(reckoned, outcome):
    good, bad = (reckoned(INSTRUMENTS["cloud_credits"](), {"carbon.own_pue_ratio": pue}, draws=6) for pue in (1.2, 2.0))
    np.testing.assert_allclose(outcome(bad, EMISSIONS[2]), outcome(good, EMISSIONS[2]) * 2.0 / 1.2, rtol=1e-9)
    for name in (*EMISSIONS[:2], "energy_mwh", "carbon_per_fe_hour_kg"):
        assert (outcome(good, name) == outcome(bad, name)).all()


def test_nobody_who_gives_up_no_hour_avoids_any_carbon(reckoned, outcome):
    values = {f"access.crowd_out_{tier}": 0.0 for tier in ("elite", "intensive", "regional", "startups")}
    assert outcome(reckoned(INSTRUMENTS["public_cluster"](), values), "carbon_avoided_t")[0] == 0
    assert outcome(reckoned(INSTRUMENTS["public_cluster"]()), "carbon_avoided_t")[0] > 0


# --------------------------------------------------------------------------------------------------------------- money


@pytest.mark.parametrize("kind", SPENDERS)
def test_without_a_price_carbon_is_no_money(reckoned, outcome, kind):
    """No account, and no cost that the dirtiest grid of all would move."""
    clean, dirty = (
        reckoned(INSTRUMENTS[kind](), {"carbon.grid_kg_per_kwh": kg, "carbon.embodied_kg": kg}) for kg in (0.0, 2.0)
    )
    for monthly in (clean, dirty):
        assert "carbon" not in monthly.cash | monthly.private
    assert outcome(clean, "social_cost")[0] == outcome(dirty, "social_cost")[0]
    assert outcome(clean, "public_cost")[0] == outcome(dirty, "public_cost")[0]


@pytest.mark.parametrize("kind", ["public_cluster", "cloud_credits", "research_grants"])
@pytest.mark.parametrize("price", [50.0, 200.0])
def test_a_price_raises_social_cost_by_what_the_tonnes_cost_and_nothing_else(reckoned, outcome, kind, price):
    """In present value, of running and of making; what is avoided elsewhere is not taken off."""
    free, priced = (reckoned(INSTRUMENTS[kind](), {"carbon.price_usd_per_t": p}, draws=8) for p in (0.0, price))
    carbon = priced.context.world.carbon
    kg = sum(operational_kg(priced.kwh, carbon, priced.context.grid.t_years).values())
    kg = kg + sum(priced.embodied.values()) * np.asarray(carbon.embodied_kg)
    cost = present_value(price * kg / 1000, priced.context.grid.discount)
    np.testing.assert_allclose(outcome(priced, "social_cost") - outcome(free, "social_cost"), cost, rtol=1e-6)
    np.testing.assert_allclose(present_value(priced.private["carbon"], priced.context.grid.discount), cost, rtol=1e-12)
    assert (outcome(priced, "public_cost") == outcome(free, "public_cost")).all()
    assert (outcome(priced, "carbon_operational_t") == outcome(free, "carbon_operational_t")).all()


def test_draws_know_grids_of_their_own(reckoned, outcome):
    """A sampled world gives what each of its draws gives alone."""
    monthly = reckoned(INSTRUMENTS["public_cluster"](), draws=6)
    carbon = monthly.context.world.carbon
    for draw in range(6):
        alone = operational_kg(
            {"cluster": monthly.kwh["cluster"][[draw]]}, carbon.at(draw), monthly.context.grid.t_years
        )
        assert alone["cluster"].sum() / 1000 == pytest.approx(outcome(monthly, "carbon_operational_t")[draw], rel=1e-12)


def test_a_number_that_a_chosen_country_makes_idle_is_warned_of():
    """Who sets both is told which one counts; who sets one of them is told nothing."""

    def told(**values: object) -> bool:
        chosen = {f"carbon.{name}": value for name, value in values.items()}
        return any("grid_kg_per_kwh is idle" in warning for warning in load("small_country", chosen).warnings)

    assert told(grid="france", grid_kg_per_kwh=0.1)
    assert not told(grid="france")
    assert not told(grid_kg_per_kwh=0.1)
