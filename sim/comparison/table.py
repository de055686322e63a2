"""Tables of a comparison: the headline for people, the tidy long table for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim import __version__
from sim.comparison.notes import result_notes
from sim.formatting import format_short, unit_text
from sim.outcomes import BY_NAME, HEADLINE, OUTCOMES, Outcome
from sim.parameters import Array
from sim.scenario import Scenario
from sim.waits.estimates.option import ABOUT, estimated
from sim.waits.pairs import paired_waits, records, sentences

if TYPE_CHECKING:
    from sim.comparison.run import Comparison

SCHEMA = "heavypress/comparison/1"
LOW, HIGH = 0.10, 0.90
_ROUNDING = 1e-12  # of a value
TIDY = ("scenario", "option", "draw", "year", "outcome", "unit", "value", "difference")


def unit_of(outcome: Outcome, scenario: Scenario) -> str:
    """The outcome's unit in the scenario's own money."""
    return outcome.unit.replace("USD", scenario.currency)


def in_own_money(outcome: Outcome, values: Array, scenario: Scenario) -> Array:
    """Base-year dollars as the scenario's money of its price year; other units stay."""
    return values / scenario.usd_per_currency if "USD" in outcome.unit else values


def interval(values: Array) -> tuple[float, float]:
    """10th and 90th percentile over the drawn worlds; NaN where there are none."""
    drawn = values[1:][np.isfinite(values[1:])]
    if drawn.size == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(drawn, (LOW, HIGH))
    return float(low), float(high)


def cell(
    outcome: Outcome, value: float, low: float = float("nan"), high: float = float("nan"), signed: bool = False
) -> str:
    """A value as it stands in a table, with its range where there is one; `signed` for a difference."""

    def one(number: float) -> str:
        if not np.isfinite(number):
            return "–"
        sign = "+" if signed and number > 0 else ""
        if outcome.unit == "fraction":
            return f"{sign}{100 * number:.1f} {'pp' if signed else '%'}"
        return sign + (f"{number:.0f}" if outcome.unit == "month" else format_short(number))

    centre, ends = one(value), (one(low), one(high))
    return centre if not np.isfinite(low) or ends == (centre, centre) else f"{centre} [{ends[0]} to {ends[1]}]"


def summary(comparison: Comparison) -> pd.DataFrame:
    """One row an option and outcome: central value, range over draws, difference from doing nothing.

    Of a wait that is only estimated the range is the band of the estimate.
    """
    rows = []
    for key, result in comparison.results.items():
        for outcome in OUTCOMES:
            own = in_own_money(outcome, result.totals[outcome.name], comparison.scenario)
            gap = in_own_money(outcome, comparison.difference(key, outcome.name), comparison.scenario)
            gap = np.where(np.abs(gap) <= _ROUNDING * np.abs(own), 0.0, gap)  # sums taken in another order differ so
            rows.append(
                (
                    key,
                    outcome.name,
                    unit_of(outcome, comparison.scenario),
                    own[0],
                    *(estimated(result.estimate, outcome.name) or interval(own)),
                    gap[0],
                    *interval(gap),
                )
            )
    columns = ["option", "outcome", "unit", "value", "low", "high", "difference", "difference_low", "difference_high"]
    return pd.DataFrame(rows, columns=columns)


def headline(comparison: Comparison, outcomes: tuple[str, ...] = HEADLINE) -> pd.DataFrame:
    """The table a person reads: an outcome a row, an option a column, central values as numbers."""
    frame = summary(comparison)
    wide = frame[frame.outcome.isin(outcomes)].pivot(index="outcome", columns="option", values="value")
    wide = wide.reindex(index=list(outcomes), columns=list(comparison.results))
    wide.index = pd.Index([row_label(BY_NAME[name], comparison.scenario) for name in outcomes], name="outcome")
    return wide.rename(columns={key: result.label for key, result in comparison.results.items()})


def row_label(outcome: Outcome, scenario: Scenario) -> str:
    """Label and unit of a row."""
    if outcome.unit in ("fraction", "ratio"):
        return outcome.label
    return f"{outcome.label} ({unit_text(unit_of(outcome, scenario))})"


def texts(comparison: Comparison, difference: bool = False, outcomes: tuple[str, ...] = HEADLINE) -> list[list[str]]:
    """Rows as text: label, then one cell an option.

    `difference` is taken from doing nothing, and only for outcomes that doing nothing has too:
    where it has none, or zero, the value itself is the difference.
    """
    frame = summary(comparison).set_index(["outcome", "option"])
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
    labels = [result.label for result in comparison.results.values()]
    lines = [f"| {comparison.scenario.title} | " + " | ".join(labels) + " |", "|---|" + "---:|" * len(labels)]
    lines += ["| " + " | ".join(row) + " |" for row in texts(comparison, outcomes=outcomes)]
    return "\n".join([*lines, "", *(f"- {note}" for note in notes(comparison))]) + "\n"


def notes(comparison: Comparison) -> list[str]:
    """What a reader must know: money, sizes, precision, what is assumed."""
    scenario = comparison.scenario
    found = [
        f"Money in {scenario.currency} of {scenario.price_year}, real; options sized by "
        f"{scenario.world.money.normalisation}; horizon {scenario.horizon_years} years from {scenario.start_year}.",
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


def tidy(comparison: Comparison) -> pd.DataFrame:
    """Long table: scenario, option, draw, year, outcome, unit, value, difference from doing nothing.

    Draw 0 is the central case. A row without a year is the total over the horizon.
    """
    scenario, baseline = comparison.scenario, comparison.baseline
    parts = []
    for key, result in comparison.results.items():
        for outcome in OUTCOMES:
            unit = unit_of(outcome, scenario)
            total, base_total = result.totals[outcome.name], baseline.totals[outcome.name]
            pieces = [(total[:, None], base_total[:, None], _NO_YEAR)]
            if outcome.name in result.yearly:
                count = result.yearly[outcome.name].shape[1]
                years: list[int | None] = [scenario.start_year + n for n in range(count)]
                pieces.append((result.yearly[outcome.name], baseline.yearly[outcome.name], years))
            for values, base, labels in pieces:
                own, gap = (in_own_money(outcome, v, scenario) for v in (values, values - base))
                parts.append(_block(scenario.key, key, outcome.name, unit, labels, own, gap))
    frame = pd.concat(parts, ignore_index=True)
    return frame.astype({"year": "Int64", "draw": "int64"})[list(TIDY)]


_NO_YEAR: list[int | None] = [None]  # a total stands in no year


def _block(
    scenario: str, option: str, outcome: str, unit: str, years: list[Any], own: Array, gap: Array
) -> pd.DataFrame:
    """Rows of one option and outcome."""
    draws = own.shape[0]
    return pd.DataFrame(
        {
            "scenario": scenario,
            "option": option,
            "draw": np.repeat(np.arange(draws), len(years)),
            "year": pd.array(years * draws, dtype="Int64"),
            "outcome": outcome,
            "unit": unit,
            "value": own.reshape(-1),
            "difference": gap.reshape(-1),
        }
    )


def document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as the stable JSON document that others script against (docs/json.md)."""
    scenario = comparison.scenario
    frame = summary(comparison).set_index(["option", "outcome"])
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
