"""Published costs of an hour, held against what the model computes for the same machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from sim.arguments.base import Evidence, Held
from sim.comparison.run import compare
from sim.scenario import load
from sim.sources import facts


@dataclass(frozen=True)
class HourCosts:
    """Costs of an hour of one accelerator, in the scenario's currency: the row's, and the model's in two ways."""

    published: float
    low: float
    high: float
    alike: float  # the accounts that the row counts over the hours, neither discounted
    model: float  # what the tool prints as the cost of an hour of constant quality


@cache
def hour_costs(held: Held) -> HourCosts:
    """Both costs of an hour, the model's in the central case of the machine's scenario."""
    table, _, key = held.row.partition(":")
    row = facts(table)[key]
    scenario = load(held.scenario)
    option = scenario.by_instrument["public_cluster"]
    result = compare(scenario, queue=False).results[option.key]
    money = sum(float(np.sum(result.central.cash[name][0])) for name in held.accounts)
    own = scenario.usd_per_currency
    alike = money / own / float(result.totals["gpu_hours"][0])
    model = float(result.totals["cost_per_h100e_hour"][0]) / own
    return HourCosts(float(row["value"]), float(row["low"]), float(row["high"]), alike, model)


def evidence_text(evidence: Evidence) -> str:
    """The text of a piece of evidence, with the numbers that it is held against."""
    if evidence.held is None:
        return evidence.text
    found = hour_costs(evidence.held)
    names = ("published", "low", "high", "alike", "model")
    return evidence.text.format(**{name: f"{getattr(found, name):.2f}" for name in names})
