"""What projects release, and who uses it: one class and one use at a time."""

from __future__ import annotations

import csv
from functools import cache
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

from sim.mechanisms.openness import Openness
from sim.units import MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, Series

if TYPE_CHECKING:
    from tests.bench.plain.option import Months
    from tests.bench.plain.outcomes import Outcomes

TABLE = Path(__file__).resolve().parents[3] / "data" / "licences.csv"
KINDS = ("closed", "api", "restricted", "open_weights", "open_code", "fully_open")
ONE_CLASS = {"open_weights": "open_weights", "restricted": "restricted", "closed_api": "api"}
NEEDED = {
    "run": "access", "distil": "access", "government": "access", "prohibited_field": "access",
    "eu_multimodal": "access", "fine_tune": "weights", "redistribute": "weights", "over_700m": "weights",
    "audit_data": "data", "reproduce": "code data_information",
}  # fmt: skip
OF_THE_MODEL = [use for use in NEEDED if use not in ("audit_data", "reproduce")]


def mixed(terms: Openness) -> dict[str, float]:
    """The usual mix, scaled to one."""
    every = sum(getattr(terms, f"share_{kind}") for kind in KINDS)
    return {kind: getattr(terms, f"share_{kind}") / every for kind in KINDS}


def releases(terms: Openness) -> dict[str, float]:
    """Share of projects in each class, by preset and mandate."""
    may, mandate = terms.legal_ceiling_share - terms.legal_ceiling_share * terms.private_data_share, terms.mandate_share
    if terms.release == "osi":
        before = dict.fromkeys(KINDS, 0.0) | {"open_code": 1 - may, "fully_open": may}
    elif terms.release == "mixed":
        before = mixed(terms)
    else:
        before = dict.fromkeys(KINDS, 0.0) | {ONE_CLASS[terms.release]: 1.0}
    required_full = max(may, before["fully_open"])  # of all projects, where all must
    required = {"open_code": 1 - required_full, "fully_open": required_full}
    return {kind: (1 - mandate) * share + mandate * required.get(kind, 0.0) for kind, share in before.items()}


def hours_with_release(terms: Openness) -> float:
    """Hours of a project's work for each that it would take if nothing more had to be released."""
    now, usual = releases(terms), mixed(terms)
    publishing = max(now["fully_open"] - usual["fully_open"], 0.0)  # data
    publishing += max(sum(now[k] - usual[k] for k in ("open_code", "fully_open")), 0.0)  # code
    return 1 + terms.compliance_share * publishing


@cache
def answers(licence: str) -> dict[str, bool]:
    """What data/licences.csv says of a licence, by component and use."""
    with TABLE.open(encoding="utf8", newline="") as file:
        return {row["item"]: row["allowed"] == "yes" for row in csv.DictReader(file) if row["licence"] == licence}


def open_to(kind: str, use: str, terms: Openness) -> tuple[bool, bool]:
    """Whether a class holds what a use needs, and whether its licence permits it as well."""
    licences = {"api": "closed_api", "restricted": terms.licence, "open_weights": "apache_2_0"}
    if kind == "closed":
        return False, False
    known = answers(licences.get(kind, "osaid_1_0")) | ({"data": True} if kind == "fully_open" else {})
    held = all(known[part] for part in NEEDED[use].split())
    return held, held and known[use]


def demand(terms: Openness) -> dict[str, float]:
    """Part of demand for each use."""
    others = {use: getattr(terms, f"demand_{use}") for use in NEEDED if use != "run"}
    if (every := sum(others.values())) > 1:
        others = {use: share / every for use, share in others.items()}
    return others | {"run": 1 - sum(others.values())}


def over_time(released: Series, half_life_years: float) -> Series:
    """Uses in each month of everything released before its end."""
    rest = 0.5 ** (1 / (half_life_years * MONTHS_PER_YEAR))
    return [
        sum(number * (1 - rest) * rest ** (month - since) for since, number in enumerate(released[: month + 1]))
        for month in range(len(released))
    ]


def count_openness(found: Outcomes, months: Months, draw: Draw) -> None:
    """Every outcome of openness."""
    terms = draw.world.openness
    wanted = demand(terms)
    index = possible = models = lasting = 0.0
    for kind, share in releases(terms).items():
        may = {use: part for use, part in wanted.items() if open_to(kind, use, terms)[1]}
        possible += share * sum(part for use, part in wanted.items() if open_to(kind, use, terms)[0])
        index += share * sum(may.values())
        offspring = terms.derived_ratio * (may.get("fine_tune", 0) + may.get("distil", 0)) * ("redistribute" in may)
        models += share * sum(may.get(use, 0.0) for use in OF_THE_MODEL) / (1 - offspring)
        lasting += share * (may.get("audit_data", 0.0) + may.get("reproduce", 0.0))
    supported = [
        sum(tiers) / new / terms.hours_per_project for tiers, new in zip(months.public, draw.frontier, strict=True)
    ]
    found.flow("projects", supported)
    once, again = (
        over_time([number * uses for number in supported], years)
        for uses, years in ((models, terms.superseded_years), (lasting, terms.lasting_years))
    )
    found.flow("reuse_outputs", [a + b for a, b in zip(once, again, strict=True)])
    some = sum(supported) > 0
    found.totals["openness_index"] = index if some else nan
    found.totals["excluded_use_share"] = (possible - index) / possible if some and possible > 0 else nan
