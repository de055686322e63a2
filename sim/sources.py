"""Where numbers come from: citations in data/sources.toml and rows of fact tables.

Also where the files that travel with the package lie: beside `sim/` in a
checkout, inside the package in an installed wheel.
"""

from __future__ import annotations

import csv
import json
import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
FACT_TABLES = {
    "programmes": "programmes.csv",
    "hardware": "hardware_facts.csv",
    "energy": "energy.csv",
    "lead_times": "lead_times.csv",
    "purchases": "purchases.csv",
    "designs": "designs.csv",
    "price_series": "price_series.csv",
    "builds": "builds.csv",
    "fits": "fits.csv",
    "foretold_waits": "foretold_waits.csv",
    "queue_record": "queue_record.csv",
    "licences": "licences.csv",
}
SCREENING = "screening.csv"
EDITION = "HEAVYPRESS_EDITION"  # names a folder with the data, scenarios and declarations of another release
OF_AN_EDITION = ("data", "scenarios")
DECLARED = "parameters.json"  # in that folder: what it declares otherwise than the code
ASSUMPTION = "assumption:"


def share(folder: str) -> Path:
    """The folder `data`, `scenarios`, `releases` or `dashboard`, wherever the package was installed.

    A process that was started with HEAVYPRESS_EDITION has data and scenarios from the folder that it names.
    """
    if (kept := os.environ.get(EDITION)) and folder in OF_AN_EDITION:
        return Path(kept) / folder
    checkout = _HERE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / folder).is_dir():
        return checkout / folder
    return _HERE / "_share" / folder


@cache
def declared() -> dict[str, dict[str, Any]]:
    """What the edition of this process declares otherwise than the code, by path of a parameter; usually nothing."""
    kept = os.environ.get(EDITION)
    found: dict[str, dict[str, Any]] = {}
    if kept:
        found = json.loads((Path(kept) / DECLARED).read_text(encoding="utf8"))
    return found


@cache
def sources() -> dict[str, dict[str, str]]:
    """Every citation of data/sources.toml by key: citation, url, accessed, licence, grade and basis."""
    return tomllib.loads((share("data") / "sources.toml").read_text(encoding="utf8"))


@cache
def appraisal_profiles() -> dict[str, dict[str, Any]]:
    """Every profile of data/appraisal_profiles.toml by key: document, year, rates, excess burden, source and grade."""
    return tomllib.loads((share("data") / "appraisal_profiles.toml").read_text(encoding="utf8"))


@cache
def rows(table: str) -> list[dict[str, str]]:
    """Rows of a data table, as text."""
    with (share("data") / table).open(encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def screening() -> dict[str, dict[str, str]]:
    """What data/screening.csv says of each uncertain parameter by path: its largest effect, where, whether drawn."""
    return {row["path"]: row for row in rows(SCREENING)}


@cache
def facts(table: str) -> dict[str, dict[str, str]]:
    """Rows of a fact table by id, as text."""
    return {row["id"]: row for row in rows(FACT_TABLES[table])}


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
    """One citation as a reader would print it; an assumption among sources cites itself."""
    if is_assumption(key):
        return key
    if ":" in key:
        table, row_id = key.split(":", 1)
        table = table.removesuffix("_facts")  # as other tables name it
        if table not in FACT_TABLES or row_id not in facts(table):
            raise KeyError(key)
        row = facts(table)[row_id]
        return f"{_origin(row)} [{row_id}, {row['basis']}] {row.get('url', '')}".strip()
    source = sources()[key]
    return f"{source['citation']} [{source['basis']}] {source['url']}".strip()


def _origin(row: dict[str, str]) -> str:
    """Where a row comes from: in words, or a key of data/sources.toml; a derivation says how in its note."""
    if "series" in row:  # whose source is always keys and rows, never a title
        return f"{'; '.join(resolve(row['source']))} {row['note']}".strip()
    if "decision_kind" in row:
        return f"{row['system']}, from {row['decision_kind']} to {row['actual_kind']}: {row['source']}"
    if "ours" in row or "log" in row:  # what the model itself gave
        return f"{row.get('quantity', row.get('log'))}; from: {'; '.join(resolve(row['source']))} {row['note']}".strip()
    known = sources().get(row["source"])
    if known is None:
        return row["source"]
    return f"{known['citation']} {row['note']}".strip() if row["basis"] == "derived" else known["citation"]


def deflator(year: int) -> float:
    """US price level of a year (2017 = 100); KeyError for a year that data/deflators.csv lacks."""
    return {row["year"]: float(row["us_gdp_deflator"]) for row in rows("deflators.csv")}[str(year)]


@cache
def exchange_rates() -> dict[tuple[str, int], float]:
    """US dollars per unit of a currency, by currency and year; the dollar itself is not listed."""
    return {(row["currency"], int(row["year"])): float(row["usd_per_unit"]) for row in rows("exchange_rates.csv")}


@cache
def grid_intensities() -> dict[str, float]:
    """kgCO2e per kilowatt-hour by country, in small letters with underscores, as a scenario names it."""
    grids = (row for row in facts("energy").values() if row["quantity"] == "grid_intensity")
    known = {row["country"].lower().replace(" ", "_"): float(row["value"]) for row in grids}
    known.pop("unspecified")  # the model's own default is a parameter
    return known
