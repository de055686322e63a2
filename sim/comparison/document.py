"""A comparison as the stable JSON document that others script against (docs/json.md)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from sim import __version__
from sim.comparison.notes import result_notes
from sim.comparison.results import Comparison, unit_of
from sim.comparison.table import notes, pairs
from sim.outcomes import OUTCOMES
from sim.waits.pairs import records

SCHEMA = "heavypress/comparison/1"


def document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain lists and mappings; null where a number does not exist."""
    scenario = comparison.scenario
    frame = comparison.summary.set_index(["option", "outcome"])
    return {
        "schema": SCHEMA,
        "run": comparison.run_id,
        "version": __version__,
        "seed": comparison.seed,
        "draws": comparison.draws,
        "scenario": {
            "key": scenario.key,
            "title": scenario.title,
            "question": scenario.question,
            "start_year": scenario.start_year,
            "horizon_years": scenario.horizon_years,
            "currency": scenario.currency,
            "price_year": scenario.price_year,
            "normalisation": scenario.world.money.normalisation,
        },
        "outcomes": [
            {
                "name": outcome.name,
                "label": outcome.label,
                "unit": unit_of(outcome, scenario),
                "better": outcome.better,
                "formula": outcome.formula,
                "section": outcome.section,
            }
            for outcome in OUTCOMES
        ],
        "options": [
            {
                "key": key,
                "label": result.label,
                "instrument": scenario.option(key).instrument.name,
                "notes": result_notes(result, scenario),
                "waits": "estimate" if result.estimate else result.waits and result.waits.fidelity,
                "outcomes": {outcome.name: _numbers(frame.loc[[(key, outcome.name)]]) for outcome in OUTCOMES},
            }
            for key, result in comparison.results.items()
        ],
        "paired_waits": records(pairs(comparison)),
        "notes": notes(comparison),
        "warnings": list(scenario.warnings),
    }


def _numbers(row: pd.DataFrame) -> dict[str, float | None]:
    """Numbers of one row; null where a number does not exist."""
    names = ("value", "low", "high", "difference", "difference_low", "difference_high")
    values = {name: float(row[name].iloc[0]) for name in names}
    return {name: value if np.isfinite(value) else None for name, value in values.items()}


def as_json(comparison: Comparison) -> str:
    """The document as text."""
    return json.dumps(document(comparison), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
