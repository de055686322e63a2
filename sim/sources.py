"""Where numbers come from: citations in data/sources.toml and rows of fact tables.

Also where the files that travel with the package lie: beside `sim/` in a
checkout, inside the package in an installed wheel.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HERE = Path(__file__).resolve().parent
FACT_TABLES = {"programmes": "programmes.csv", "hardware": "hardware_facts.csv", "energy": "energy.csv"}
ASSUMPTION = "assumption:"


def share(folder: str) -> Path:
    """The folder `data`, `scenarios` or `dashboard`, wherever the package was installed."""
    checkout = _HERE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / folder).is_dir():
        return checkout / folder
    return _HERE / "_share" / folder


@dataclass(frozen=True, slots=True)
class Source:
    """One citation."""

    key: str
    citation: str
    url: str
    accessed: str
    licence: str
    grade: str
    basis: str


@cache
def sources() -> dict[str, Source]:
    """Every citation of data/sources.toml by key."""
    with (share("data") / "sources.toml").open("rb") as file:
        table = tomllib.load(file)
    wanted = ("citation", "url", "accessed", "licence", "grade", "basis")
    return {key: Source(key, *(str(row[name]) for name in wanted)) for key, row in table.items()}


@cache
def facts(table: str) -> dict[str, dict[str, str]]:
    """Rows of a fact table by id, as text."""
    with (share("data") / FACT_TABLES[table]).open(encoding="utf8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def is_assumption(text: str) -> bool:
    """True where a declaration admits that it has no source."""
    return text.strip().startswith(ASSUMPTION)


def resolve(text: str) -> tuple[str, ...]:
    """Citations behind a `source` text such as 'epoch_price_performance; programmes:P042'.

    Raises KeyError with the key that leads nowhere; an assumption cites itself.
    """
    if is_assumption(text):
        return (text.strip(),)
    return tuple(_cite(key.strip()) for key in text.split(";"))


def _cite(key: str) -> str:
    """One citation as a reader would print it."""
    if ":" in key:
        table, row_id = key.split(":", 1)
        if table not in FACT_TABLES or row_id not in facts(table):
            raise KeyError(key)
        row = facts(table)[row_id]
        return f"{_origin(row)} [{row_id}, {row['basis']}] {row['url']}".strip()
    source = sources()[key]
    return f"{source.citation} [{source.basis}] {source.url}".strip()


def _origin(row: dict[str, str]) -> str:
    """Where a row comes from: in words, or a key of data/sources.toml; a derivation says how in its note."""
    known = sources().get(row["source"])
    if known is None:
        return row["source"]
    return f"{known.citation} {row['note']}".strip() if row["basis"] == "derived" else known.citation


@cache
def _series(table: str, key: str, value: str) -> dict[str, float]:
    """Two columns of a data table as a mapping."""
    with (share("data") / table).open(encoding="utf8", newline="") as file:
        return {row[key]: float(row[value]) for row in csv.DictReader(file)}


def deflator(year: int) -> float:
    """US price level of a year (2017 = 100); KeyError for a year that data/deflators.csv lacks."""
    return _series("deflators.csv", "year", "us_gdp_deflator")[str(year)]


@cache
def exchange_rates() -> dict[tuple[str, int], float]:
    """US dollars per unit of a currency, by currency and year; the dollar itself is not listed."""
    with (share("data") / "exchange_rates.csv").open(encoding="utf8", newline="") as file:
        return {(row["currency"], int(row["year"])): float(row["usd_per_unit"]) for row in csv.DictReader(file)}


@cache
def grid_intensities() -> dict[str, float]:
    """kgCO2e per kilowatt-hour by country, in small letters with underscores, as a scenario names it."""
    rows = (row for row in facts("energy").values() if row["quantity"] == "grid_intensity")
    known = {row["country"].lower().replace(" ", "_"): float(row["value"]) for row in rows}
    known.pop("unspecified")  # the model's own default is a parameter
    return known
