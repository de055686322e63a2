"""The Heavy Press Program through the model's own code, and which assumption carries the analogy with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.arguments.analogy import ASSUMPTIONS, PRESET, carrier_sentence, lead, preset_values
from sim.comparison.run import compare
from sim.instruments.public_cluster import PublicCluster
from sim.scenario import load
from tests.conftest import run, total

PRESS = 1_000  # the scenario counts in thousandths of a press
PLAN = {"budget.total": 389e6, "procurement.overrun_ratio": 0.0}
AGEING = {
    "hardware.doubling_years": 2.5,
    "hardware.resale_decay_per_year": 0.33,
    "public_cluster.retirement": "fixed_life",
}


def built(values=None):
    """The cluster of the historical scenario, which stands for the presses."""
    return compare(load("heavy_press_1950", values or {}), queue=False).results["public_cluster"]


def presses(values=None) -> float:
    """Presses bought."""
    return float(built(values).central.size["public_cluster"][0]) / PRESS


def test_the_plan_buys_seventeen_presses_and_the_money_spent_buys_ten():
    """389 M$ at the planned cost buy 17; 279 M$ with the unit overrun of 22 % that the facts give to two digits, 10."""
    assert presses(PLAN) == pytest.approx(17, rel=1e-6)
    digit = 0.005 / 1.22  # what 22 % may be off by in its last digit
    assert presses() == pytest.approx(10, rel=digit)


def test_the_overrun_alone_takes_three_presses_and_the_smaller_budget_the_rest():
    with_overrun = presses(PLAN | {"procurement.overrun_ratio": 0.22})
    assert with_overrun == pytest.approx(17 / 1.22, rel=1e-6)
    assert presses() == pytest.approx(with_overrun * 279 / 389, rel=1e-6)


def test_ten_presses_serve_from_1953_to_the_horizon():
    central = built().central
    serving = central.in_service[0].sum(axis=0) / PRESS
    assert serving[:36].max() == 0 and serving[36] > 0
    assert (np.diff(serving) >= 0).all()
    assert serving[-1] == pytest.approx(presses(), rel=1e-9)


def test_half_of_the_hours_are_let_to_firms():
    totals = built().totals
    assert totals["leased_fe_hours"][0] == pytest.approx(totals["fe_hours"][0], rel=1e-12)


def life(values) -> float:
    """Frontier-equivalent hours of one press by the formula: service and fall behind the frontier."""
    levers = {"hardware.doubling_years": 30.0, "service": 30.0} | values
    total = 0.0
    for ordered, share in ((0, 0.1), (24, 0.5), (48, 0.4)):
        begin, end = ordered + 36, ordered + 36 + 12 * levers["service"]
        for month in range(360):
            age = (month + 0.5 - ordered) / 12
            inside = min(max(min(end, month + 1) - max(begin, month), 0.0), 1.0)
            total += share * inside * 2 ** (-age / levers["hardware.doubling_years"])
    return total


def test_presses_that_aged_like_accelerators_would_have_lost_over_nine_tenths_of_their_work():
    """The same ten presses: five years of service, behind the frontier by half every 2.5 years."""
    aged, kept = built(AGEING), built()
    lost = 1 - aged.totals["fe_hours"][0] / kept.totals["fe_hours"][0]
    expected = 1 - life({k: v for k, v in AGEING.items() if "hardware" in k} | {"service": 5.0}) / life({})
    assert lost == pytest.approx(expected, rel=1e-9)
    assert aged.central.size["public_cluster"] == pytest.approx(kept.central.size["public_cluster"], rel=1e-12)
    assert round(lost, 2) == 0.93


# --- which assumption carries the analogy ---


BY_PATH = {item.path: item for item in ASSUMPTIONS}


@pytest.fixture(scope="module")
def small():
    """The lead of owning over renting in a small country: with all assumptions, and without each of them."""
    scenario, preset = load("small_country"), preset_values()
    without = {item: lead(scenario, 1, {k: v for k, v in preset.items() if k != item}) for item in preset}
    return lead(scenario, 1, preset), without


def test_the_assumptions_are_what_the_preset_changes_of_its_base():
    base, preset = load("nairr_us"), load(PRESET)
    changed = {
        f"{group}.{name}"
        for group, values in preset.world.groups().items()
        for name in values.names()
        if getattr(values, name) != getattr(base.world.groups()[group], name)
    }
    cluster, usual = preset.option("public_cluster").instrument, base.option("public_cluster").instrument
    changed |= {f"public_cluster.{n}" for n in cluster.names() if getattr(cluster, n) != getattr(usual, n)}
    changed -= preset.dated.keys()  # the rent of the first month follows from the decline since the record
    assert set(BY_PATH) == changed
    assert len(ASSUMPTIONS) == len(changed)


def test_all_assumptions_together_are_the_preset_itself():
    """On its own base, the preset put together from its assumptions is the scenario that ships."""
    assert lead(load("nairr_us"), 1, preset_values()) == pytest.approx(lead(load(PRESET), 1), rel=1e-12)


def test_an_assumption_that_the_scenario_makes_already_changes_nothing():
    item = BY_PATH["cloud.decline_per_year"]
    made = load("small_country", {item.path: preset_values()[item]})
    assert lead(made, 1, {item: preset_values()[item]}) == lead(made, 1)


def test_no_assumption_is_left_out_at_a_gain(small):
    """Each of them favours owning in the company of the others, so the carrier is the one that costs most."""
    whole, without = small
    assert all(value <= whole for value in without.values())
    assert f"({min(without, key=without.get).path})" in carrier_sentence(load("small_country"), 1)


def test_where_owning_loses_whatever_the_assumptions_the_sentence_says_so():
    dear = load("small_country", {"hardware.price_usd": 450_000.0})
    assert carrier_sentence(dear, 1) == "Even then owning yields less than renting."


def test_the_cluster_may_have_a_key_of_its_own(tmp_path):
    file = tmp_path / "own.toml"
    top = 'title = "T"\nquestion = "Q?"\nstart = "2027-01"\nbudget = { total = 5e7, years = 5 }\n'
    options = ("public_cluster", "cloud_credits")
    rows = [f'[[option]]\ninstrument = "{name}"\nkey = "my_{name}"\n' for name in options]
    file.write_text(top + "".join(rows), encoding="utf8")
    assert lead(load(file), 1, preset_values()) > lead(load(file), 1)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_a_bigger_overrun_never_builds_more_presses(one, other):
    low, high = sorted((one, other))
    assert presses({"procurement.overrun_ratio": low}) >= presses({"procurement.overrun_ratio": high})


# --- leasing, as the presses were ---


def leased(**levers):
    """A public cluster over ten years with part of its hours let."""
    return run(PublicCluster(**levers), {})


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0, 6), st.floats(0, 6), st.floats(0, 1))
def test_a_higher_fee_never_buys_fewer_accelerators(one, other, share):
    """Fees come back into the same budget."""
    low, high = sorted((one, other))
    sizes = [float(leased(leased_share=share, lease_usd=fee).size["public_cluster"][0]) for fee in (low, high)]
    assert sizes[0] <= sizes[1] * (1 + 1e-12)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 6))
def test_a_larger_leased_share_never_lowers_the_hours_of_firms(one, other, fee):
    low, high = sorted((one, other))
    let = [float(total(leased(leased_share=share, lease_usd=fee), "leased_fe_hours")[0]) for share in (low, high)]
    assert let[0] <= let[1] * (1 + 1e-12)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0, 1), st.floats(0, 1))
def test_hours_let_for_nothing_are_research_hours_lost(one, other):
    low, high = sorted((one, other))
    kept = [float(total(leased(leased_share=share, lease_usd=0.0), "fe_hours")[0]) for share in (low, high)]
    assert kept[0] >= kept[1] * (1 - 1e-12)
