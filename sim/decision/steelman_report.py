"""A steelman in words, as a table and as a document."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from sim.comparison.hinge import number_words
from sim.comparison.results import in_own_money, unit_of
from sim.decision.steelman import MARGIN_SHARE, MOVED_SHARE, Move, Steelman
from sim.formatting import (
    format_count,
    format_percent,
    format_rounded,
    format_short,
    lower_first,
    plural_unit,
    unit_text,
    upper_first,
)
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME
from sim.parameters import Spec
from sim.scenario.changes import changes_note
from sim.version import __version__

SCHEMA = "heavypress/steelman/1"
HEADS = ("What moves", "from", "to", "unit", "of its range", "plausible")
MOST_ROWS = 20
SMALLEST_SHARE = 0.001
# share of worlds at least as far out in the direction, from which a world is called so
DEGREES = ((0.25, "hardly contrived"), (0.05, "somewhat contrived"), (0.01, "contrived"), (0.0, "far-fetched"))


def rows(found: Steelman) -> list[tuple[str, ...]]:
    """The largest moves, with the texts of HEADS."""
    return [_row(move) for move in found.moves[:MOST_ROWS]]


def _row(move: Move) -> tuple[str, ...]:
    what = upper_first(number_words(move.path, _spec(move.path)).removeprefix("the "))
    ends, share = (format_rounded(move.median), format_rounded(move.value)), format_percent(move.range_share, "+.0f")
    return (what, *ends, unit_text(move.unit), share, f"{format_rounded(move.low)} to {format_rounded(move.high)}")


def _spec(path: str) -> Spec:
    """The declaration of a number of the world."""
    group, name = path.split(".")
    return World.kinds()[group].spec(name)


def degree(found: Steelman) -> str:
    """How contrived the world is, in words."""
    return next(words for least, words in DEGREES if found.beyond_share >= least)


def verdict(found: Steelman) -> str:
    """One sentence: whether there is a world in which the option is the best, and how contrived it is."""
    label, values = _label(found, found.option), f"{_value(found)} against {_against(found)}"
    judged = f"Judged by {lower_first(BY_NAME[found.yardstick].label)}, {label}"
    if not found.wins:
        closest = "and comes no closer than at the medians" if not found.moves else "and comes closest"
        return (
            f"{judged} would be the best in none of {_worlds(found)} within the plausible ranges {closest}: {values}."
        )
    if not found.moves:
        return f"{judged} would be the best with every number at its median already: {values}."
    moved = f"{format_count(len(found.moves), 'number')} {'moves' if len(found.moves) == 1 else 'move'}"
    far = f"{found.far or 'none'} by more than {format_percent(MOVED_SHARE, '.0f')} of the plausible range"
    return f"{judged} would be the best where {moved}, {far}, which is {degree(found)}: {values}."


def notes(found: Steelman) -> list[str]:
    """What the distance means, and what was looked at."""
    lines = []
    if found.wins and found.moves:
        lines += [
            f"Distance from the medians: {found.distance:.2f} standard deviations; {_percent(found.beyond_share)} of "
            "worlds lie at least as far out in this direction.",
            f"Of the draws of these numbers {_percent(1 - found.percentile)} are farther from the medians, all in all.",
        ]
    if len(found.moves) > MOST_ROWS:
        lines.append(f"Not listed: {format_count(len(found.moves) - MOST_ROWS, 'smaller move')}.")
    return [
        *lines,
        f"The best leads by {format_percent(MARGIN_SHARE, '.0f')} at least. Months are average; waits are left aside.",
        f"Of worlds spread evenly over the plausible ranges, it would be the best in {_percent(found.won_share)}; "
        f"{_worlds(found)} were looked at.",
        *changes_note(found.scenario),
    ]


def _percent(share: float) -> str:
    """A share in per cent; close to nothing and to all, only that."""
    if 0 < share < SMALLEST_SHARE:
        return f"fewer than {format_percent(SMALLEST_SHARE, 'g')}"
    if 1 - SMALLEST_SHARE < share < 1:
        return f"more than {format_percent(1 - SMALLEST_SHARE, 'g')}"
    return format_percent(share, ".2g" if share < 0.1 else ".1f" if 0.99 < share < 1 else ".0f")


def _worlds(found: Steelman) -> str:
    return format_count(found.worlds, "world")


def as_json(found: Steelman) -> str:
    """The whole as a document; money in the scenario's own."""
    outcome, scenario = BY_NAME[found.yardstick], found.scenario
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "version": __version__,
        "scenario": scenario.key,
        "option": found.option,
        "yardstick": found.yardstick,
        "unit": unit_of(outcome, scenario),
        "wins": found.wins,
        "rival": found.rival,
        "distance": found.distance,
        "beyond_share": found.beyond_share,
        "nearer_share": found.percentile,
        "moved_far": found.far,
        "degree": degree(found) if found.wins else None,
        "won_share": found.won_share,
        "worlds": found.worlds,
        "moves": [
            {
                "path": move.path, "unit": move.unit, "from": move.median, "to": move.value,
                "low": move.low, "high": move.high, "range_share": move.range_share,
            }
            for move in found.moves
        ],
        "values": {key: _own(found, value) for key, value in found.values.items()},
        "medians": {key: _own(found, value) for key, value in found.medians.items()},
        "verdict": verdict(found),
        "notes": notes(found),
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _own(found: Steelman, value: float) -> float | None:
    """A value in the scenario's own money; None where there is none."""
    own = float(in_own_money(BY_NAME[found.yardstick], np.array(value), found.scenario))
    return own if np.isfinite(own) else None


def _value(found: Steelman) -> str:
    own, unit = _own(found, found.values[found.option]), unit_of(BY_NAME[found.yardstick], found.scenario)
    return "no value" if own is None else f"{format_short(own)} {plural_unit(unit)}"


def _against(found: Steelman) -> str:
    own = _own(found, found.values[found.rival])
    return f"{'no value' if own is None else format_short(own)} of {_label(found, found.rival)}"


def _label(found: Steelman, key: str) -> str:
    return found.scenario.option(key).label
