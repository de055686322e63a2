"""The defaults for public machines are what the record says, and the record is predicted as well as is claimed."""

from math import exp, log
from statistics import mean, median

import pytest

from sim import sources
from sim.mechanisms.hardware import DESIGNS, Hardware
from sim.mechanisms.procurement import BUILDS, Procurement
from sim.months import Month
from sim.scenario import load
from sim.scenario.machines import design_price_usd, newest_design, usual_system_ratio
from sim.series import segments
from tests.validation import machines

FITS = {key: float(row["value"]) for key, row in sources.facts("fits").items()}


def test_the_shipped_fits_are_what_the_purchases_give():
    fit = machines.fitted(machines.purchases())
    found = {
        "system_ratio_2020": fit.ratio, "system_log_growth_per_year": fit.growth, "order_exponent": fit.exponent,
        "system_spread": fit.spread, "slip_spread": machines.slip_spread(),
        "design_log_decline_per_year": machines.design_decline(),
        "power_ratio": exp(mean(log(ratio) for _, ratio in machines.power_ratio())),
    }  # fmt: skip
    for name, value in found.items():
        assert FITS[name] == pytest.approx(value, abs=0.011), name
    assert FITS["system_ratio_until"] == pytest.approx(max(row.year for row in machines.purchases()), abs=0.06)


def test_the_declared_defaults_are_the_fits():
    assert Procurement().system_ratio == pytest.approx(usual_system_ratio(Month(2025, 1)), abs=0.02)
    assert Procurement().order_exponent == FITS["order_exponent"]
    assert Hardware().price_usd == pytest.approx(design_price_usd("H100", Month(2025, 7)), rel=1e-3)
    assert Hardware().power_kw == float(sources.facts("designs")["H100"]["power_kw"])


@pytest.mark.parametrize("build", BUILDS)
def test_months_of_a_build_are_those_of_its_machines(build):
    row, rows = sources.facts("builds")[build], machines.of_build(build)
    assert float(row["lead_months"]) == pytest.approx(median(float(each["plan_months"]) for each in rows), abs=0.06)
    assert float(row["slip_months"]) == pytest.approx(machines.slip(rows), abs=0.06)
    assert int(row["machines"]) == len(rows)


def test_no_side_is_favoured_and_the_interval_is_honest():
    """Leave one out: mean signed log error within 0.15, seven to nine of ten inside the 80 % interval."""
    rows = machines.left_out()
    errors = [log(count / row.accelerators) for row, count, _ in rows]
    inside = sum(abs(e) <= machines.EIGHTY * fit.spread for e, (_, _, fit) in zip(errors, rows, strict=True))
    assert abs(mean(errors)) <= 0.15
    assert 0.7 <= inside / len(rows) <= 0.9


def test_the_machines_own_properties_predict_better_than_money_and_year():
    def typical(errors):
        return median(abs(exp(error) - 1) for error in errors)

    ours = [log(count / row.accelerators) for row, count, _ in machines.left_out()]
    assert typical(ours) < typical(machines.plain_left_out())
    assert abs(mean(machines.slip_errors())) <= 0.15


def test_every_design_is_in_the_tables():
    assert set(DESIGNS) == set(sources.facts("designs"))
    assert set(DESIGNS) <= set(segments("accelerator"))
    power = FITS["power_ratio"]
    with (sources.share("data") / "accelerators.csv").open(encoding="utf8") as file:
        import csv

        known = {row["accelerator"]: row for row in csv.DictReader(file)}
    for design, row in sources.facts("designs").items():
        spec = known[row["accelerator"]]
        watts = 700 if design == "GH200" else float(spec["tdp_w"])
        assert float(row["power_kw"]) == pytest.approx(power * watts / 1000, abs=0.006)
        assert float(row["h100e_ratio"]) == pytest.approx(float(spec["fp16_bf16_dense_tflops"]) / 989, abs=6e-4)


@pytest.mark.parametrize(
    ("month", "design"),
    [((2011, 1), None), ((2013, 1), "K20X"), ((2020, 4), "V100"), ((2020, 5), "A100"), ((2026, 9), "GB300")],
)
def test_the_newest_design_is_that_on_sale(month, design):
    assert newest_design(Month(*month)) == design


def test_a_scenarios_machine_has_the_price_of_its_design_and_date():
    early, late = (
        load("small_country", {"hardware.design": "A100", "start": year, "cloud.price_usd": 4.0})
        for year in ("2021-01", "2027-01")
    )
    assert early.world.hardware.price_usd > late.world.hardware.price_usd
    assert early.world.hardware.h100e_ratio == late.world.hardware.h100e_ratio == 0.315
    own = load("small_country", {"hardware.price_usd": 30_000.0})
    assert own.world.hardware.price_usd == 30_000
    assert own.world.hardware.h100e_ratio > 2
