"""The declaration of an outcome: a name, a label, a unit, a direction, a formula, and the measures that compute it.

A total is one number a draw over the whole horizon, a yearly series one a draw and year.
Money is in base-year dollars here and turned into the scenario's own money by the results of a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.outcomes.measures import Measure

MONEY, COMPUTE, WAITING, ACCESS, EQUITY, OUTPUT = "Money", "Compute", "Waiting", "Access", "Equity", "Research output"
MARKET, INDEPENDENCE, VENDORS, INDUSTRY = "Market", "Independence", "Vendors", "Industry"
OPENNESS, SAFETY, ENVIRONMENT = "Openness", "Safety", "Environment"


@dataclass(frozen=True)
class Outcome:
    """One thing that options are compared on."""

    name: str
    label: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    formula: str
    section: str
    total: Measure  # [draw]
    yearly: Measure | None = None  # [draw, year]
    headline: bool = False
