"""Chance, unknown numbers and structural choices in words."""

from __future__ import annotations

from sim.comparison.answer import measure_words
from sim.comparison.verdict import APART
from sim.decision.structures.differences import BOTH, NOISE, PARAMETERS, STRUCTURE, Row, Structures
from sim.formatting import format_count, format_percent, upper_first

SMALL = 0.1  # share from which on whole per cent do
KINDS = {
    NOISE: ("Replication noise", "Chance alone (failures, cuts, shocks of prices), in the central case"),
    PARAMETERS: ("Parameter uncertainty", "Unknown numbers alone, every month average"),
    BOTH: ("Both together", "Unknown numbers and chance, the scenario's own structures"),
    STRUCTURE: ("Structural choice", "From the lowest to the highest median of all alternatives"),
}


def words(row: Row) -> tuple[str, str]:
    """What varies in a row, and how."""
    return (row.subject, row.label) if row.kind == STRUCTURE else KINDS[row.kind]


def turned(found: Structures) -> str:
    """How many alternatives turn the verdict of the scenario's own structures, and how many make or leave it open."""
    own, of = found.of(BOTH).pair.verdict, len(found.structural)
    verdicts = [row.pair.verdict for row in found.structural]
    if own == APART:
        known = sum(verdict != own for verdict in verdicts)
        return f"a verdict in {known} of {of}"
    opposite = {"better": "worse", "worse": "better"}.get(own, "better")
    return f"the opposite in {verdicts.count(opposite)} of {of}, too close to call in {verdicts.count(APART)}"


def result(found: Structures) -> str:
    """Who is better by the scenario's own structures, and how many alternatives say otherwise; part of a sentence."""
    first, second = names(found)
    said = {
        "better": f"{first} better than {second} by the scenario's own structures",
        "worse": f"{second} better than {first} by the scenario's own structures",
        "the same": f"{first} and {second} come to the same by the scenario's own structures",
        APART: f"too close to call between {first} and {second}",
    }
    return f"{said[found.of(BOTH).pair.verdict]}; alternative structures give {turned(found)}"


def names(found: Structures) -> tuple[str, str]:
    """Labels of the two options."""
    first, second = (found.scenario.option(key).label for key in found.scenario.between)
    return first, second


def sentence(found: Structures) -> str:
    """What chance, numbers and structures do to the difference, in a few sentences."""
    return " ".join([spreads(found), *_verdicts(found)])


def summary(found: Structures) -> str:
    """The same without the names of the alternatives."""
    return f"{spreads(found)} {_verdicts(found)[0][:-1]}; of the alternatives {turned(found)}."


def spreads(found: Structures) -> str:
    """Standard deviations of chance, of parameters and of both, and the span of the structures; a sentence."""
    noise, parameters, both = (share_words(found.of(kind).deviation) for kind in (NOISE, PARAMETERS, BOTH))
    low, high = found.reach
    first, second = names(found)
    return (
        f"Measured by {measure_words(found.of(BOTH).outcome)}, the advantage of {first} over {second} has a standard "
        f"deviation of {noise} of the mean of both by chance alone, {parameters} by unknown numbers alone and {both} "
        f"by both; structural choices take its median from {share_words(low)} to {share_words(high)}."
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


def share_words(share: float) -> str:
    """A part of the mean of both, in per cent; two digits where it is small."""
    return format_percent(share + 0.0, ".0f" if abs(share) >= SMALL else ".1f")
