"""Dated prices: the faults of a table, what lies between two rows, and what a scenario takes from them."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import pytest

from sim import sources
from sim.mechanisms.cloud import SEGMENTS
from sim.months import Month
from sim.scenario import Scenario, ScenarioError, load
from sim.series import LONGEST_GAP_MONTHS, SeriesError, checked, segments, series

HEAD = 'title = "T"\nquestion = "Q?"\nbudget = { total = 1e8, years = 4 }\n'
ROW = {"id": "rent:x:1", "series": "rent", "segment": "x", "currency": "USD", "basis": "read", "value": "2"}
EVERY = [(name, segment) for name in ("rent", "electricity", "accelerator") for segment in segments(name)]
QUOTED = {"2023-07": 8, "2024-10": 2.99, "2025-10": 1.70, "2026-03": 2.35, "2026-06": 2.60}


def rows(**changes: str) -> list[dict[str, str]]:
    """Two good rows; the changes are made to the second."""
    return [{**ROW, "month": "2024-01"}, {**ROW, "month": "2024-03", **changes}]


def scenario(folder: Path, head: str, **settings: object) -> Scenario:
    """A scenario with these lines at its top."""
    file = folder / "dated.toml"
    file.write_text(HEAD + head, encoding="utf8")
    return load(file, {path.replace("__", "."): value for path, value in settings.items()})


def prices_of(found: Scenario) -> dict[str, str]:
    """The rows behind its rents and its electricity, by path; the machine has tests of its own."""
    return {path: rows for path, rows in found.dated.items() if path.startswith(("cloud.", "operations."))}


# -------------------------------------------------------------------------------------------------- the data


@pytest.mark.parametrize(("name", "segment"), EVERY)
def test_every_series_of_the_data_is_sound(name: str, segment: str) -> None:
    found = series(name, segment)
    assert found.observations and all(sources.resolve(each.row) for each in found.observations)


def test_every_segment_that_can_be_chosen_has_rents() -> None:
    assert set(SEGMENTS) < set(segments("rent"))


def test_the_quoted_rents_are_in_the_table() -> None:
    held = {
        row["month"]: float(row["value"]) for row in sources.rows("price_series.csv") if row["segment"] == "neocloud"
    }
    assert {month: held[month] for month in QUOTED} == QUOTED


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"month": "2024-01"}, "2024-01: has two prices"),
        ({"month": "2023-12"}, "2023-12: stands after 2024-01; months must follow one another"),
        ({"month": "2024"}, "2024: is not a month"),
        ({"month": ""}, "no month: is not a month"),
        ({"value": ""}, "2024-03: has no price; leave the row out or fill it"),
        ({"value": "nan"}, "2024-03: has no price; leave the row out or fill it"),
        ({"value": "0"}, "2024-03: 0 is not a price; allowed: above 0"),
        ({"value": "-2"}, "2024-03: -2 is not a price; allowed: above 0"),
        ({"month": "2029-01"}, "2029-01: follows 60 months without a price; at most 48"),
        ({"currency": "XYZ"}, "2024-03: there is no rate of XYZ in 2024"),
    ],
)  # fmt: skip
def test_a_fault_of_a_series_is_one_sentence(changes: dict[str, str], sentence: str) -> None:
    assert len(checked(rows())) == 2 and LONGEST_GAP_MONTHS == 48
    with pytest.raises(SeriesError) as caught:
        checked(rows(**changes))
    assert str(caught.value) == f"data/price_series.csv: rent of x, {sentence}"


def test_a_broken_series_refuses_the_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [{**ROW, "segment": "neocloud", "month": month} for month in ("2024-01", "2024-01")]
    monkeypatch.setattr("sim.scenario.dated.series", lambda name, segment: checked(broken))
    with pytest.raises(ScenarioError) as caught:
        scenario(tmp_path, 'start = "2024-06"\n')
    assert caught.value.faults == ["start: data/price_series.csv: rent of neocloud, 2024-01: has two prices"]


# -------------------------------------------------------------------------------------------------- the reader


def test_between_two_rows_a_price_moves_evenly_in_logarithms() -> None:
    first, second = checked(rows(value="8"))
    middle = series("rent", "neocloud")
    assert (first.usd, second.usd) == pytest.approx(
        (2 * sources.deflator(2025) / sources.deflator(2024), 4 * first.usd)
    )
    found = type(middle)("rent of x", (first, second))
    assert found.usd(Month(2024, 2)) == pytest.approx(first.usd * sqrt(4))
    assert [each.month for each in found.around(Month(2024, 2))] == [Month(2024, 1), Month(2024, 3)]
    with pytest.raises(KeyError):
        found.usd(Month(2024, 4))


def test_a_scenario_takes_the_price_of_its_month_and_says_from_which_rows(tmp_path: Path) -> None:
    found = scenario(tmp_path, 'start = "2024-10"\ncountry = "canada"\n')
    dollars = sources.deflator(2025) / sources.deflator(2024)
    assert found.world.cloud.price_usd == pytest.approx(2.99 * dollars, abs=0.005)
    assert found.world.operations.electricity_usd_per_kwh == pytest.approx(0.08 * dollars, abs=5e-5)
    assert found.world.carbon.grid == "canada"
    assert prices_of(found) == {
        "cloud.price_usd": "price_series:rent:neocloud:2024-10",
        "operations.electricity_usd_per_kwh": "price_series:electricity:canada:2024-07",
    }
    assert found.own == frozenset() and found.fixed == {"cloud.price_usd"}


def test_a_price_of_its_own_wins(tmp_path: Path) -> None:
    own = 'country = "canada"\n[world.operations]\nelectricity_usd_per_kwh = 0.2\n[world.carbon]\ngrid = "india"\n'
    found = scenario(tmp_path, f'start = "2024-10"\n{own}', cloud__price_usd=5)
    assert (found.world.cloud.price_usd, found.world.cloud.record) == (5, None)
    assert (found.world.operations.electricity_usd_per_kwh, found.world.carbon.grid) == (0.2, "india")
    assert prices_of(found) == {}


def test_without_a_country_electricity_keeps_the_default_of_the_model(tmp_path: Path) -> None:
    plain = scenario(tmp_path, 'start = "2026-01"\n').world
    assert (plain.operations.electricity_usd_per_kwh, plain.carbon.grid) == (0.10, "given")


def test_a_country_without_a_price_of_electricity_gets_a_warning(tmp_path: Path) -> None:
    found = scenario(tmp_path, 'start = "2026-01"\ncountry = "kenya"\n')
    assert found.warnings == (
        "world.operations.electricity_usd_per_kwh: no price is known for 'kenya'; taken as 0.1 (USD per kWh)",
    )


def test_the_segment_decides_whose_price_it_is(tmp_path: Path) -> None:
    prices = {
        segment: scenario(tmp_path, 'start = "2025-10"\n', cloud__segment=segment).world.cloud.price_usd
        for segment in SEGMENTS
    }
    assert prices == {"neocloud": 1.7, "reserved": 1.7, "list": 6.88}


def test_a_start_before_the_first_price_of_electricity_takes_that_price_with_a_warning(tmp_path: Path) -> None:
    early, first = (scenario(tmp_path, f'start = "{month}"\ncountry = "finland"\n') for month in ("2023-11", "2024-07"))
    path = "operations.electricity_usd_per_kwh"
    assert early.world.value(path) == first.world.value(path)
    assert early.dated[path] == "price_series:electricity:finland:2024-07"
    [warning] = early.warnings
    assert warning.startswith(f"world.{path}: electricity of finland is known from 2024-07; its price of that month, ")
