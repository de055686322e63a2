"""The price of immediacy in words, as tables for people, and as a JSON document."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from sim.comparison.immediacy import FORMULA, Immediacy, immediacy_of
from sim.comparison.results import Comparison
from sim.formatting import NO_VALUE, format_duration, format_percent, format_short, markdown_table, upper_first
from sim.labels import gloss
from sim.scenario import Scenario
from sim.scenario.changes import changes_note
from sim.units import HOURS_PER_MONTH
from sim.version import __version__
from sim.waits.foretold import caveat

SCHEMA = "heavypress/immediacy/1"
DISCIPLINE_WORDS = {
    "easy": "EASY backfilling",
    "fcfs": "first come, first served",
    "multifactor": "multifactor priority",
    "sjf": "shortest job first",
}
NO_MACHINE = "no option has a public machine, so no job waits in a queue"
NO_CREDITS = "no option gives cloud credits, so there is no hour without a wait to compare with"
NO_WAITS = "no waits are known of this machine, so there is no price of its immediacy"
CENTRAL = "Central case; waits are read from the response surface of the queue, none was simulated."
MARK = "*"  # behind an attained utilisation below its target
SHORT_NOTE = "not as full as its operator wants: the queue lets nobody fill it so far, or people do not need the hours"


def heads(scenario: Scenario) -> list[str]:
    """Heads of the table."""
    money = scenario.currency
    return [
        "Order of service", "Wanted full", "Attained", f"{money} per useful H100e-hour", "Median wait (h)",
        "95th percentile (h)", "Mean wait (h)", "Withdrawn", f"Credits win above ({money} per hour of a job's waiting)",
    ]  # fmt: skip


def cells(immediacy: Immediacy) -> list[list[str]]:
    """A row a point: credits first, then the machine by discipline and target."""
    return [_row(point, immediacy) for _, point in immediacy.points.iterrows()]


def _row(point: pd.Series, immediacy: Immediacy) -> list[str]:
    """The cells of one point."""
    of_machine = point.discipline != ""
    name = DISCIPLINE_WORDS.get(point.discipline, point.discipline) if of_machine else immediacy.credits
    attained = _text(point.attained, percent=True) + MARK * bool(point.short)
    waits = [_text(point[column]) for column in ("median", "p95", "mean")]
    return [
        name, _text(point.target, percent=True), attained, _text(point.cost), *waits,
        _text(point.withdrawn, percent=True), _worth(point.break_even),
    ]  # fmt: skip


def _text(value: float, percent: bool = False) -> str:
    """A number in a cell; a dash where it does not exist."""
    if not np.isfinite(value):
        return "–"
    return format_percent(value, ".0f") if percent else format_short(value)


def _worth(value: float) -> str:
    """What an hour of waiting must be worth, in a cell."""
    return "any worth" if value == 0 else _text(value)


def verdict(immediacy: Immediacy, scenario: Scenario) -> str:
    """What waiting must be worth for credits to win, as the scenario itself runs the machine; part of a sentence."""
    said, *beside = claim(immediacy, scenario)
    aside = "; ".join(filter(None, beside))
    return f"{said} ({aside})" if aside else said


def claim(immediacy: Immediacy, scenario: Scenario) -> tuple[str, str, str]:
    """The verdict in parts: its claim, the range of its number, how the machine is run; empty where there is none."""
    if not immediacy.machine:
        return NO_MACHINE, "", ""
    if not immediacy.credits:
        return NO_CREDITS, "", ""
    point = immediacy.usual
    if point.silent or not np.isfinite(point.break_even):
        return NO_WAITS, "", ""
    full = f"run {_text(point.attained, percent=True)} full"
    wanted = f" where {_text(point.target, percent=True)} is wanted" if point.short else ""
    run = f"{immediacy.machine} {full}{wanted} under {_under(point.discipline)}"
    if point.break_even == 0:
        return "Credits are cheaper whatever waiting is worth", "", run
    ends = f"{format_short(point.break_even_low)} to {format_short(point.break_even_high)}"
    worth = f"about {format_short(point.break_even)} {scenario.currency}"
    return f"Credits win if an hour of a job's waiting is worth more than {worth}", ends, run


def _under(discipline: str) -> str:
    """A discipline within a sentence."""
    return DISCIPLINE_WORDS.get(discipline, discipline)


def price_lines(immediacy: Immediacy, scenario: Scenario) -> list[str]:
    """The verdict, the verdict in brief under each discipline, and the notes, a sentence each."""
    return [
        f"{upper_first(verdict(immediacy, scenario))}.",
        *by_discipline(immediacy, scenario),
        *notes(immediacy, scenario),
    ]


def by_discipline(immediacy: Immediacy, scenario: Scenario) -> list[str]:
    """Break-even of every discipline at the scenario's own target; no line where there is none to know."""
    rows = immediacy.of_machine
    rows = rows[(rows.target == immediacy.target) & rows.break_even.notna() & ~rows.silent.astype(bool)]
    if len(rows) < 2 or not rows.break_even.any():
        return []
    each = [f"{_worth(row['break_even'])} under {_under(row['discipline'])}" for row in rows.to_dict("records")]
    run = f"Run {_text(immediacy.target, percent=True)} full, credits win above"
    return [f"{run} ({scenario.currency} per hour of a job's waiting): {'; '.join(each)}."]


def notes(immediacy: Immediacy, scenario: Scenario) -> list[str]:
    """Notes on what was computed, the error of the waits, and points where a machine is not as full as wanted."""
    lines = [f"{CENTRAL} {error_note(immediacy)}{upper_first(caveat(scenario.world.workload.pattern))}."]
    if immediacy.remark:
        lines.append(f"No waits: {immediacy.remark}.")
    if immediacy.of_machine.short.astype(bool).any():
        lines.append(f"{MARK} {SHORT_NOTE}.")
    answer = format_duration(float(scenario.world.access.decision_months) * HOURS_PER_MONTH)
    return [
        *lines,
        f"{upper_first(FORMULA)}; waits of less than a minute count as a minute; in brackets its range by the error of "
        "the model.",
        f"Before any job an application waits {answer} for its answer, be it for the machine or for credits: left out.",
        *changes_note(scenario),
        *gloss(heads(scenario)),
    ]


def error_note(immediacy: Immediacy) -> str:
    """The sentence on the error of the surface at the scenario's own point; empty where that is silent."""
    if not immediacy.machine or immediacy.usual.silent:
        return ""
    point = immediacy.usual
    ends = f"{format_short(point.p95_low, 2)} to {format_short(point.p95_high, 2)}"
    return (
        f"Run {_text(point.target, percent=True)} full under {_under(point.discipline)}, the 95th percentile is "
        f"{format_short(point.p95)} hours, within {ends} by the error of the surface. "
    )


def points_table(comparison: Comparison) -> pd.DataFrame:
    """A row a point: cost of a useful hour and waits, of credits and of the machine by discipline and target."""
    points = immediacy_of(comparison).points
    return points.astype({"short": bool, "silent": bool}).assign(unit=f"{comparison.scenario.currency}/H100e_hour")


def markdown(immediacy: Immediacy, scenario: Scenario) -> str:
    """Table and sentences in Markdown."""
    head = heads(scenario)
    lines = markdown_table(head, cells(immediacy), right=range(1, len(head)))
    return "\n".join([*lines, "", *(f"- {line}" for line in price_lines(immediacy, scenario))]) + "\n"


def as_json(immediacy: Immediacy, scenario: Scenario) -> str:
    """Points and sentences as text; null where a number does not exist."""
    document = {
        "schema": SCHEMA,
        "version": __version__,
        "scenario": scenario.key,
        "currency": scenario.currency,
        "price_year": scenario.price_year,
        "machine": immediacy.machine or None,
        "credits": immediacy.credits or None,
        "points": [{str(name): _known(value) for name, value in row.items()} for row in _records(immediacy)],
        "sentences": price_lines(immediacy, scenario),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _records(immediacy: Immediacy) -> list[dict[str, Any]]:
    return immediacy.points.to_dict("records")  # type: ignore[return-value]


def _known(value: Any) -> Any:
    """A value of the document; null in the place of a number or a word that does not exist."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return None if value in ("", NO_VALUE) else value
