"""Chance, unknown numbers and structural choices side by side: in a sentence or two, as a table, and as a document."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.comparison.answer import amount, measure_words, percent
from sim.comparison.results import unit_of
from sim.comparison.verdict import APART
from sim.decision.alternatives import DISCIPLINE
from sim.decision.structures import BOTH, NOISE, PARAMETERS, STRUCTURE, Row, Structures
from sim.formatting import format_count, format_in_unit, format_percent, upper_first

UNMOVED = (
    "The order of service changes who waits; it changes hours only where it leaves the machine less full than its "
    "operator wants."
)
SMALL = 0.1  # share from which on whole per cent do
KINDS = {
    NOISE: ("Replication noise", "Chance alone (failures, cuts, shocks of prices), in the central case"),
    PARAMETERS: ("Parameter uncertainty", "Unknown numbers alone, every month average"),
    BOTH: ("Both together", "Unknown numbers and chance, the scenario's own structures"),
    STRUCTURE: ("Structural choice", "From the lowest to the highest median of all alternatives"),
}
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
    span = [*KINDS[STRUCTURE], "", "", "", f"{_share(low)} to {_share(high)}", "", "", turned(found)]
    first, others = found.rows[: len(found.rows) - len(found.structural)], found.structural
    return [*(_cells(row, found) for row in first), span, *(_cells(row, found) for row in others)]


def _cells(row: Row, found: Structures) -> list[str]:
    """The cells of one row."""
    low, high = row.pair.interval
    ends = [format_in_unit(end, row.outcome.unit) for end in (low, high)]
    apart = [_share(end) for end in row.interval]
    return [
        *words(row), amount(row.pair.median, row.outcome, found.scenario), f"{ends[0]} to {ends[1]}",
        _share(row.middle), f"{apart[0]} to {apart[1]}", _share(row.deviation), percent(row.pair.share),
        f"{row.pair.verdict}{' (no change)' * row.same}",
    ]  # fmt: skip


def words(row: Row) -> tuple[str, str]:
    """What varies in a row, and how."""
    return (row.subject, row.label) if row.kind == STRUCTURE else KINDS[row.kind]


def turned(found: Structures) -> str:
    """How many alternatives have another verdict than the scenario's own structures."""
    own = found.of(BOTH).pair.verdict
    count = sum(row.pair.verdict != own for row in found.structural)
    return f"another verdict in {count} of {len(found.structural)}"


def names(found: Structures) -> tuple[str, str]:
    """Labels of the two options."""
    first, second = (found.scenario.option(key).label for key in found.scenario.between)
    return first, second


def sentence(found: Structures) -> str:
    """What chance, numbers and structures do to the difference, in a few sentences."""
    return " ".join([_spreads(found), *_verdicts(found)])


def summary(found: Structures) -> str:
    """The same without the names of the alternatives."""
    return f"{_spreads(found)} {_verdicts(found)[0][:-1]}: {turned(found)} alternatives."


def _spreads(found: Structures) -> str:
    """Standard deviations of chance, of parameters and of both, and the span of the structures."""
    noise, parameters, both = (_share(found.of(kind).deviation) for kind in (NOISE, PARAMETERS, BOTH))
    low, high = found.reach
    first, second = names(found)
    return (
        f"Measured by {measure_words(found.of(BOTH).outcome)}, the advantage of {first} over {second} has a standard "
        f"deviation of {noise} of the mean of both by chance alone, {parameters} by unknown numbers alone and {both} "
        f"by both; structural choices take its median from {_share(low)} to {_share(high)}."
    )


def _verdicts(found: Structures) -> list[str]:
    """The verdict with the scenario's own structures, and which alternatives have another."""
    first, second = names(found)
    said = {
        "better": f"{first} would be better",
        "worse": f"{second} would be better",
        "the same": "the two would come to the same",
        APART: f"the two {APART}",
    }
    own, lines = found.of(BOTH).pair.verdict, []
    for verdict, claim in said.items():
        labels = [row.label for row in found.structural if row.pair.verdict == verdict != own]
        if labels:
            lines.append(f"{upper_first(claim)} with another choice: {'; '.join(labels)}.")
    if not lines:
        lines = ["No alternative has another verdict."]
    same = sum(row.same for row in found.structural)
    if same:
        lines.append(f"{format_count(same, 'alternative')} of {len(found.structural)} changed nothing.")
    return [f"With the scenario's own structures {said[own]}.", *lines]


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


def _share(share: float) -> str:
    """A part of the mean of both, in per cent; two digits where it is small."""
    return format_percent(share + 0.0, ".0f" if abs(share) >= SMALL else ".1f")
