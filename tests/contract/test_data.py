"""The data folder keeps its promises: every fact is sourced, marked, priced and unique.

Checks are small functions that return the offending rows, so that each can be shown to bite on a broken table.
"""

import json
import math
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from frictionless import Package

DATA = Path(__file__).resolve().parents[2] / "data"
BASES = {"read", "derived", "recalled", "assumed"}
SOURCE_BASES = {"read", "abstract read", "secondary, read", "recalled"}
MONEY = re.compile(r"\b(?:USD|GBP|EUR|CAD|INR|KRW|JPY)\b")
ROW = re.compile(r"^([a-z_]+):(.+)$")
TABLES = sorted(path.stem for path in DATA.glob("*.csv"))


def table(name: str) -> pd.DataFrame:
    """One table with every cell as text, empty cells as ''."""
    return pd.read_csv(DATA / f"{name}.csv", dtype=str, keep_default_na=False)


def sources() -> dict[str, dict]:
    """The source register."""
    return tomllib.loads((DATA / "sources.toml").read_text(encoding="utf-8"))


def primary_key(name: str) -> list[str]:
    """The primary key that the data package declares for a table."""
    package = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    return {r["name"]: r["schema"]["primaryKey"] for r in package["resources"]}[name]


def resolves(reference: str, url: str, keys: set[str], rows: dict[str, set[str]]) -> bool:
    """True when a source cell leads somewhere: keys, rows of other tables, or the page at `url`."""
    parts = reference.split(";")
    match = [ROW.match(part) for part in parts]
    known = [p in keys or bool(m and m[2] in rows.get(m[1], set())) for p, m in zip(parts, match, strict=True)]
    return bool(reference) and (all(known) or url.startswith(("https://", "http://")))


def unresolved(frame: pd.DataFrame, column: str, keys: set[str], rows: dict[str, set[str]]) -> list[str]:
    """Source cells of a table that lead nowhere; an empty `price_source` means no price."""
    urls = frame["url"] if "url" in frame else [""] * len(frame)
    cells = zip(frame[column], urls, strict=True)
    return [s for s, u in cells if (s or column == "source") and not resolves(s, u, keys, rows)]


def bad_money(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows whose money lacks a currency or price year, or that carry one without money."""
    amount = frame.filter(regex=r"^(capex_nominal|amount|price|median_price)$").ne("").any(axis=1)
    if "unit" in frame:
        amount |= frame["unit"].str.contains(MONEY)
    has_both = frame["currency"].str.fullmatch("[A-Z]{3}") & frame["price_year"].str.fullmatch(r"\d{4}")
    has_any = frame["currency"].ne("") | frame["price_year"].ne("")
    return frame[(amount & ~has_both) | (~amount & has_any)]


def row_ids() -> dict[str, set[str]]:
    """The ids of every table that has them."""
    return {name: set(table(name)["id"]) for name in TABLES if "id" in table(name)}


def test_the_package_is_valid_and_lists_every_table():
    package = Package(str(DATA / "datapackage.json"))
    report = package.validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:10]
    assert sorted(package.resource_names) == TABLES
    assert package.licenses[0]["name"] == "CC-BY-4.0"


def test_the_package_refuses_an_unknown_basis(tmp_path):
    for path in DATA.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    broken = table("energy").assign(basis="guessed")
    broken.to_csv(tmp_path / "energy.csv", index=False)
    assert not Package(str(tmp_path / "datapackage.json")).validate().valid


@pytest.mark.parametrize("key", sorted(sources()))
def test_a_source_is_complete(key):
    source = sources()[key]
    assert (
        {"citation", "url", "accessed", "licence", "grade", "basis"}
        <= set(source)
        <= {"citation", "url", "accessed", "licence", "grade", "basis", "note"}
    )
    assert source["citation"] and source["licence"]
    assert source["grade"] in set("ABCD") and source["basis"] in SOURCE_BASES
    assert source["url"] == "" or source["url"].startswith("https://")
    assert source["accessed"] == ("" if source["basis"] == "recalled" else "2026-11")


@pytest.mark.parametrize("name", TABLES)
def test_every_source_resolves(name):
    frame = table(name)
    for column in {"source", "price_source"} & set(frame):
        assert unresolved(frame, column, set(sources()), row_ids()) == []


@pytest.mark.parametrize("name", TABLES)
def test_every_basis_is_allowed(name):
    frame = table(name)
    assert set(frame["basis"]) <= BASES
    if "price_basis" in frame:
        assert set(frame["price_basis"]) <= BASES | {""}


@pytest.mark.parametrize("name", TABLES)
def test_a_row_called_read_names_what_was_read(name):
    frame = table(name)
    vague = frame["source"].isin({"general_knowledge", "own_derivation"})
    assert frame[vague & frame["basis"].eq("read")].empty


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_unique(name):
    frame = table(name)
    assert not frame.duplicated(primary_key(name)).any()
    assert "id" not in frame or frame["id"].ne("").all()


def test_an_id_names_one_row_across_the_fact_tables():
    ids = pd.concat([table(n)["id"] for n in ("programmes", "hardware_facts", "energy", "lead_times")])
    assert ids.is_unique


@pytest.mark.parametrize("name", [n for n in TABLES if "price_year" in table(n)])
def test_money_has_a_currency_and_a_price_year(name):
    assert bad_money(table(name)).empty


def test_tables_that_hold_money_have_the_columns_for_it():
    for name in TABLES:
        frame = table(name)
        if "unit" in frame and frame["unit"].str.contains(MONEY).any():
            assert {"currency", "price_year"} <= set(frame), name


def test_the_checks_bite_on_broken_rows():
    row = {"id": "X", "unit": "USD million", "currency": "", "price_year": "2020", "source": "nobody", "url": ""}
    broken = pd.DataFrame([row])
    assert len(bad_money(broken)) == 1
    assert len(bad_money(broken.assign(currency="USD"))) == 0
    assert len(bad_money(broken.assign(unit="GPUs", currency="USD"))) == 1
    assert unresolved(broken, "source", {"somebody"}, {}) == ["nobody"]
    assert unresolved(broken.assign(source="programmes:P999"), "source", set(), {"programmes": {"P001"}})
    assert unresolved(broken.assign(url="https://example.org"), "source", set(), {}) == []


@pytest.mark.parametrize("name", ["programmes", "hardware_facts", "energy"])
def test_a_value_lies_within_its_range(name):
    frame = table(name)
    frame = frame[~frame["unit"].isin({"text", "date"})]
    number = {c: pd.to_numeric(frame[c]) for c in ("value", "low", "high")}
    assert number["value"].notna().all()
    assert frame[(number["low"] > number["value"]) | (number["high"] < number["value"])].empty


def test_no_table_is_a_whole_third_party_copy():
    prices = table("cloud_prices")
    assert len(prices) < 500
    assert set(prices["basis"]) == {"derived"}
    assert (prices["n_observations"].astype(int) >= prices["n_providers"].astype(int)).all()
    assert not prices.duplicated(["accelerator", "terms", "year"]).any()
    # wait_surface is no third party's: the model made all of it, a row a point of a design
    assert all(len(table(name)) < 500 for name in TABLES if name != "wait_surface")
    assert set(table("wait_surface")["source"]) == {"own_derivation;acmetrace;sc15_predictsim"}


def test_a_lognormal_preset_has_the_mean_and_median_it_was_made_from():
    for row in table("workload_presets").to_dict("records"):
        mu, sigma = float(row["lognormal_mu"]), float(row["lognormal_sigma"])
        assert math.exp(mu) == pytest.approx(float(row["run_median_s"]), rel=1e-3)
        assert math.exp(mu + sigma**2 / 2) == pytest.approx(float(row["run_mean_s"]), rel=1e-3)
        for kind in ("share", "time_share"):
            parts = [row[f"{end}_{kind}"] for end in ("complete", "cancel", "fail")]
            assert "" in parts or sum(map(float, parts)) == pytest.approx(1, abs=0.005)


def test_lead_times_are_the_differences_of_their_dates():
    frame = table("lead_times")
    decision, planned, actual = (pd.to_datetime(frame[c]) for c in ("decision", "planned", "actual"))
    plan_months, lead_months = ((end - decision).dt.days / 30.4375 for end in (planned, actual))
    assert (plan_months - frame["plan_months"].astype(float)).abs().max() < 0.15
    assert (lead_months - frame["lead_months"].astype(float)).abs().max() < 0.15
    assert (lead_months / plan_months - frame["slip_ratio"].astype(float)).abs().max() < 0.01


def test_canadian_requests_follow_from_pool_and_award():
    frame = (
        table("canada_allocations").query("gpu_award_fraction != ''").drop(columns=["id", "source", "basis", "note"])
    )
    numbers = frame.astype({c: float for c in frame if c != "cpu_award_fraction"})
    implied = numbers["pool_gpus"] * numbers["allocatable_share"] / numbers["gpu_award_fraction"]
    assert (implied - numbers["implied_gpu_years_requested"]).abs().max() < 1


def test_deflators_and_exchange_rates_cover_their_years():
    deflator = table("deflators").astype({"year": int, "us_gdp_deflator": float}).set_index("year")["us_gdp_deflator"]
    assert list(deflator.index) == list(range(1950, 2026))
    assert deflator[2017] == pytest.approx(100, abs=0.05)
    assert deflator.pct_change().dropna().between(-0.01, 0.12).all()
    rates = table("exchange_rates")
    expected = {(str(y), c) for y in range(2017, 2026) for c in ("GBP", "EUR", "CAD", "INR", "KRW", "JPY")}
    assert set(zip(rates["year"], rates["currency"], strict=True)) == expected


def test_every_programme_has_an_electricity_price_and_a_grid():
    scenario = table("programme_scenarios")
    countries = set(scenario.loc[scenario["field"].eq("electricity_country"), "value"])
    for quantity in ("electricity_price", "grid_intensity"):
        rows = table("energy")
        energy = rows[rows["quantity"] == quantity]
        assert countries <= set(energy["country_code"])
    assert scenario["programme"].nunique() == 10


def test_no_text_points_at_a_path_on_somebodys_machine():
    absolute = re.compile(r"""(?:^|[\s"'(=,;])(?:/[a-z_]+/|file:|[A-Z]:\\)""", re.MULTILINE)
    assert absolute.search("see /home/me/facts.csv") and absolute.search("file:///x")
    for path in DATA.iterdir():
        found = absolute.search(path.read_text(encoding="utf-8"))
        assert found is None, (path.name, found)


def test_the_readme_counts_the_rows():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for name in TABLES:
        assert re.search(rf"`{name}\.csv` \| {len(table(name))} \|", text), name
    assert f"`sources.toml` | {len(sources())} |" in text
