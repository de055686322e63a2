"""What each instrument of a mix contributes, as a table and as a document."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from sim.comparison.results import unit_of
from sim.comparison.spreadsheets import table_bytes
from sim.decision.contributions import ALONE, CONTRIBUTES, LAST, MIX, STATISTICS, MixContributions
from sim.decision.mix_words import lines, of_whole, written
from sim.decision.shapley import INTERVAL_SHARE, subsets
from sim.decision.yardstick import in_own, turned, units
from sim.formatting import format_percent, markdown_table
from sim.outcomes import BY_NAME
from sim.version import __version__

SCHEMA, NAME = "heavypress/mix/1", "mix_contributions"


def heads(found: MixContributions) -> list[str]:
    """Heads of the table."""
    unit = units(found.yardstick, found.scenario)
    return [
        "Instrument", "Of the money", f"Contributes ({unit})", "Of the mix", "Median",
        f"{format_percent(INTERVAL_SHARE, '.0f')} of draws", "Alone", "Last",
    ]  # fmt: skip


def rows(found: MixContributions) -> list[list[str]]:
    """A row an instrument, and their sum, with the texts of `heads`; errors are standard errors of the mean."""
    frame = found.table
    by = {measure: part.reset_index(drop=True) for measure, part in frame.groupby("measure", sort=False)}
    whole = by[MIX].iloc[0]
    cells = []
    for n, row in by[CONTRIBUTES].iterrows():
        others = [_with_error(found, by[measure].iloc[int(str(n))]) for measure in (ALONE, LAST)]
        cells.append([*_row(found, row, whole), *others])
    return [*cells, [*_row(found, whole, whole), "–", "–"]]


def _row(found: MixContributions, row: pd.Series, whole: pd.Series) -> list[str]:
    """An instrument or the mix, its contribution and its range."""
    name = f"{row.label}, less doing nothing" if row.measure == MIX else row.label
    ends = f"{written(found, row.low)} to {written(found, row.high)}"
    return [
        name, format_percent(row.share, ".0f"), _with_error(found, row), of_whole(row["mean"], whole["mean"]),
        written(found, row["median"]), ends,
    ]  # fmt: skip


def _with_error(found: MixContributions, row: pd.Series) -> str:
    """A mean with its standard error."""
    return f"{written(found, row['mean'])} +- {written(found, row.mean_error)}"


def markdown(found: MixContributions) -> str:
    """Table and sentences in Markdown."""
    head = heads(found)
    table = markdown_table(head, rows(found), right=range(1, len(head)))
    first, *others = lines(found)
    return "\n".join([first, "", *table, "", *(f"- {line}" for line in others)]) + "\n"


def as_json(found: MixContributions) -> str:
    """The whole as a document; money in the scenario's own."""
    frame = found.table
    outcome, means = BY_NAME[found.yardstick], turned(found.values, found.yardstick).mean(axis=0)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "run": found.run,
        "version": __version__,
        "scenario": found.scenario.key,
        "option": found.option,
        "label": found.label,
        "yardstick": found.yardstick,
        "unit": unit_of(outcome, found.scenario),
        "better": outcome.better,
        "rest": found.rest,
        "seed": found.seed,
        "draws": len(found.values),
        "draw": found.draw,
        "interval": INTERVAL_SHARE,
        "mix": _numbers(frame[frame.measure == MIX].iloc[0]),
        "sum": float(frame[frame.measure == CONTRIBUTES]["mean"].sum()),
        "instruments": [
            {
                "instrument": name, "label": label, "share": share,
                **{row.measure: _numbers(row) for _, row in frame[frame.part == name].iterrows()},
            }
            for name, label, share in zip(found.parts, found.labels, found.shares, strict=True)
        ],
        "subsets": [
            {"instruments": [found.parts[part] for part in held], "mean": float(value)}
            for held, value in zip(
                subsets(len(found.parts)), in_own(means, found.yardstick, found.scenario), strict=True
            )
        ],
        "notes": lines(found),
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _numbers(row: pd.Series) -> dict[str, float | None]:
    """Statistics of a row; null for an error of one draw."""
    return {name: float(row[name]) if np.isfinite(row[name]) else None for name in STATISTICS}


def as_csv(found: MixContributions) -> str:
    """The numbers as a table that names its run."""
    return table_bytes(found.table, NAME, found.run, found.scenario).decode("utf8")


def numbers_text(found: MixContributions) -> str:
    """The numbers alone, of which a record holds the digest."""
    return str(found.table.to_csv(index=False))
