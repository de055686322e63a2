"""A comparison as tables with notes for people, and as the JSON document that others script against (docs/json.md)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from sim import __version__
from sim.comparison.notes import result_notes
from sim.comparison.results import Comparison, row_label, unit_of
from sim.formatting import format_in_unit, markdown_table, with_range
from sim.outcomes import BY_NAME, HEADLINE, OUTCOMES, Outcome
from sim.waits.estimate import ABOUT, estimated
from sim.waits.statistics import paired_waits, records, sentences


def cell(
    outcome: Outcome, value: float, low: float = float("nan"), high: float = float("nan"), signed: bool = False
) -> str:
    """A value as it stands in a table, with its range where there is one; `signed` for a difference."""

    def one(number: float) -> str:
        if not np.isfinite(number):
            return "–"
        text = format_in_unit(number, outcome.unit, signed=signed)
        return f"{text} {'pp' if signed else '%'}" if outcome.unit == "fraction" else text

    return with_range(one(value), one(low), one(high)) if np.isfinite(low) else one(value)


def texts(comparison: Comparison, difference: bool = False, outcomes: tuple[str, ...] = HEADLINE) -> list[list[str]]:
    """Rows as text: label, then one cell an option.

    `difference` is taken from doing nothing, and only for outcomes that doing nothing has too:
    where it has none, or zero, the value itself is the difference.
    """
    frame = comparison.summary.set_index(["outcome", "option"])
    columns = ["difference", "difference_low", "difference_high"] if difference else ["value", "low", "high"]
    rows = []
    for name in outcomes:
        outcome = BY_NAME[name]
        level = comparison.baseline.totals[name][0]
        if difference and not (np.isfinite(level) and level):
            continue
        cells = []
        for key in comparison.results:
            value, low, high = (float(frame[column][name, key]) for column in columns)
            about = ABOUT if estimated(comparison.results[key].estimate, name) else ""
            cells.append(about + cell(outcome, value, low, high, signed=difference))
        rows.append([row_label(outcome, comparison.scenario), *cells])
    return rows


def markdown(comparison: Comparison, outcomes: tuple[str, ...] = HEADLINE) -> str:
    """The headline, or other outcomes, as a Markdown table."""
    heads = [comparison.scenario.title, *(result.label for result in comparison.results.values())]
    lines = markdown_table(heads, texts(comparison, outcomes=outcomes), right=range(1, len(heads)))
    return "\n".join([*lines, "", *(f"- {note}" for note in notes(comparison))]) + "\n"


def notes(comparison: Comparison) -> list[str]:
    """Notes below the tables, a line each: money, sizes, precision, what is assumed."""
    scenario = comparison.scenario
    found = [
        f"Money in {scenario.currency} of {scenario.price_year}, real; options sized by "
        f"{scenario.world.money.normalisation}; horizon {scenario.horizon_years} years from {scenario.start_year}."
    ]
    if comparison.draws:
        found.append(
            f"Central case [10th to 90th percentile of {comparison.draws} draws of the world, seed {comparison.seed}]."
        )
    else:
        found.append("Central case only; --draws 64 adds ranges.")
    if any(result.estimate for result in comparison.results.values()):
        found.append(f"{ABOUT} estimate [its band]: read from a table of machines, the queue was not simulated.")
    for result in comparison.results.values():
        found += [f"{result.label}: {line}" for line in result_notes(result, scenario)]
    found += sentences(pairs(comparison), {key: result.label for key, result in comparison.results.items()})
    found += [f"Warning: {warning}" for warning in scenario.warnings]
    found.append(f"Run {comparison.run_id}, heavypress {__version__}.")
    return found


def pairs(comparison: Comparison) -> pd.DataFrame:
    """Simulated waits of options side by side, see `paired_waits`."""
    return paired_waits({key: result.waits for key, result in comparison.results.items()})


SCHEMA = "heavypress/comparison/1"
_OF_THE_SCENARIO = ("key", "title", "question", "start_year", "horizon_years", "currency", "price_year")
_OF_AN_OUTCOME = ("name", "label", "unit", "better", "formula", "section")


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
            **{name: getattr(scenario, name) for name in _OF_THE_SCENARIO},
            "normalisation": scenario.world.money.normalisation,
        },
        "outcomes": [
            {**{name: getattr(outcome, name) for name in _OF_AN_OUTCOME}, "unit": unit_of(outcome, scenario)}
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
