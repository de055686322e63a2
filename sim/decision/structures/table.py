"""Chance, unknown numbers and structural choices side by side: as a table, and as a document."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.comparison.answer import amount, percent
from sim.comparison.results import unit_of
from sim.decision.structures.alternatives import DISCIPLINE
from sim.decision.structures.differences import STRUCTURE, Row, Structures
from sim.decision.structures.words import KINDS, names, sentence, share_words, turned, words
from sim.formatting import format_in_unit

UNMOVED = (
    "The order of service changes who waits; it changes hours only where it leaves the machine less full than its "
    "operator wants."
)
NOTE = (
    "The first three rows are what chance and unknown numbers do; every other row is one structural choice made "
    "otherwise, in the same worlds. Of the mean of both: the difference over the mean of the two options, above 0 "
    "where the first is better, from -200 to 200 %. Verdicts of the alternatives are held together by Holm's procedure."
)


def heads(found: Structures) -> list[str]:
    """Heads of the table."""
    first, second = names(found)
    return [
        "What varies", "How", f"{first} less {second}, median", "80 % of worlds", "Of the mean of both",
        "80 % of worlds", "Standard deviation", f"{first} better in", f"Verdict on {first}",
    ]  # fmt: skip


def rows(found: Structures) -> list[list[str]]:
    """Cells: chance, parameters, both, the span of the structures, and an alternative a row."""
    low, high = found.reach
    span = [*KINDS[STRUCTURE], "", "", "", f"{share_words(low)} to {share_words(high)}", "", "", turned(found)]
    first, others = found.rows[: len(found.rows) - len(found.structural)], found.structural
    return [*(_cells(row, found) for row in first), span, *(_cells(row, found) for row in others)]


def _cells(row: Row, found: Structures) -> list[str]:
    """The cells of one row."""
    low, high = row.pair.interval
    ends = [format_in_unit(end, row.outcome.unit) for end in (low, high)]
    apart = [share_words(end) for end in row.interval]
    return [
        *words(row), amount(row.pair.median, row.outcome, found.scenario), f"{ends[0]} to {ends[1]}",
        share_words(row.middle), f"{apart[0]} to {apart[1]}", share_words(row.deviation), percent(row.pair.share),
        f"{row.pair.verdict}{' (no change)' * row.same}",
    ]  # fmt: skip


def notes(found: Structures) -> list[str]:
    """Notes on the table: how to read it, and what the scenario does not allow."""
    orders = [row for row in found.structural if row.subject == DISCIPLINE]
    unmoved = [UNMOVED] if orders and all(row.same for row in orders) else []
    return [
        NOTE,
        *unmoved,
        *(f"Left out: {subject}: {label} ({why})." for subject, label, why in found.left_out),
    ]


def document(found: Structures) -> dict[str, Any]:
    """All of it for JSON; null where a number does not exist."""
    first, second = found.scenario.between
    low, high = found.reach
    return {
        "first": first,
        "second": second,
        "seed": found.seed,
        "draws": found.draws,
        "structural_low": low,
        "structural_high": high,
        "rows": [_entry(row, found) for row in found.rows],
        "left_out": [dict(zip(("subject", "label", "why"), each, strict=True)) for each in found.left_out],
        "sentence": sentence(found),
    }


def _entry(row: Row, found: Structures) -> dict[str, Any]:
    """One row of the document: differences in the unit, advantages as parts of the mean of both."""
    subject, label = words(row)
    numbers = {
        "median": row.pair.median,
        **dict(zip(("low", "high"), row.pair.interval, strict=True)),
        "advantage_median": row.middle,
        **dict(zip(("advantage_low", "advantage_high"), row.interval, strict=True)),
        "advantage_deviation": row.deviation,
        "share": row.pair.share,
        **dict(zip(("share_low", "share_high"), row.pair.share_interval, strict=True)),
    }
    return {
        "kind": row.kind,
        "subject": subject,
        "label": label,
        "settings": dict(row.settings),
        "outcome": row.outcome.name,
        "unit": unit_of(row.outcome, found.scenario),
        **{name: value if np.isfinite(value) else None for name, value in numbers.items()},
        "verdict": row.pair.verdict,
        "same": row.same,
    }
