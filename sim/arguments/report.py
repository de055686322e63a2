"""Answers to arguments as documents: Markdown for people, JSON and a long table for programs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from sim.arguments.base import Settings
from sim.arguments.evaluation import Answer, Weighed
from sim.arguments.other_side import HEADING, HEADS, cells, opening, remaining, turning
from sim.arguments.reversal import Reversal
from sim.arguments.text import quantity, sentence, sides, switch_words, verdict_text
from sim.comparison.analyses import analysis_text
from sim.comparison.centre import drawn_note
from sim.comparison.results import row_label, run_id, unit_of
from sim.comparison.spreadsheets import table_bytes
from sim.export import RECORD, atomic_dir
from sim.formatting import markdown_table
from sim.labels import gloss
from sim.mechanisms.sampling import Drawn
from sim.parameters import GRADES
from sim.scenario import Scenario
from sim.scenario.changes import changes_note
from sim.version import __version__

SCHEMA = "heavypress/arguments/1"
DIGITS = 12  # of a digest


@dataclass(frozen=True)
class Debate:
    """All answers of one scenario, and what it takes to get them again."""

    scenario: Scenario
    answers: tuple[Answer, ...]
    seed: int
    draws: int
    settings: Settings = field(default_factory=dict)  # of the user's own
    draw: Drawn = "arguments"  # which uncertain numbers the draws vary

    @property
    def table(self) -> pd.DataFrame:
        """One row an outcome read: argument, grade, switch, off, on, difference and its range, verdict."""
        rows = []
        for entry in document(self)["arguments"]:
            about = {"argument": entry["key"], "grade": entry["grade"]}
            about |= {"switch_off": entry["off"]["words"], "switch_on": entry["on"]["words"]}
            rows += [{**about, **reading} for reading in entry["readings"]]
            if entry["refusal"]:
                rows.append({**about, "verdict": entry["refusal"]})
        return pd.DataFrame(rows)

    @property
    def run(self) -> str:
        """Digest of what decides the numbers: scenario, seed, draws, version, and which arguments were asked."""
        keys = [answer.argument.key for answer in self.answers]
        text = json.dumps([run_id(self.scenario, self.seed, self.draws, queue=False, draw=self.draw), keys])
        return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def reading_cells(weighed: Weighed, scenario: Scenario) -> list[str]:
    """One reading as the cells of a table: outcome, off, on, difference."""
    outcome = weighed.outcome
    before, after = weighed.labels
    read = f"{outcome.label}: {after}" if before == after else f"{outcome.label}: {after} against {before}"
    values = (quantity(outcome, value, scenario) for value in (weighed.off, weighed.on))
    return [read, *values, verdict_text(weighed, scenario)]


def grade_text(answer: Answer) -> str:
    """The grade with what it means."""
    grade = answer.argument.grade
    return f"{grade} ({GRADES[grade]})"


def notes(debate: Debate) -> list[str]:
    """Notes on how to read the answers."""
    scenario = debate.scenario
    ranges = (
        "Values are those of the central case, not medians as in compare; ranges are the 10th to 90th percentile over "
        f"{debate.draws} draws of the world, seed {debate.seed}, "
        f"the same draws off and on. {drawn_note(scenario, debate.draw)}"
        if debate.draws
        else "Central case only; --draws 64 adds ranges."
    )
    own = f"With {switch_words(debate.settings)}; an argument's own settings take precedence."
    return [
        *([own] if debate.settings else []),
        f"Money in {scenario.currency} of {scenario.price_year}; horizon {scenario.horizon_years} years from "
        f"{scenario.start.words}; queues are not simulated.",
        ranges,
        "What would have to be true is searched for in the central case: each number that an argument rests on moves "
        "alone over all its possible values, to the nearest that turns the sign of the first outcome.",
        "The grade is that of the weakest number that an argument switches or rests on.",
        *gloss(_shown(debate)),
        *(f"Warning: {warning}" for warning in scenario.warnings),
        *changes_note(debate.scenario),
        f"Run {debate.run}, heavypress {__version__}.",
    ]


def _shown(debate: Debate) -> Iterator[str]:
    """What stands in the answers: the labels and units of what they are read in, and their sentences."""
    for answer in debate.answers:
        yield sentence(answer)
        yield from (row_label(weighed.outcome, answer.scenario) for weighed in answer.weighed)


def markdown(debate: Debate) -> str:
    """Every answer under a heading of its own."""
    lines = [f"# {debate.scenario.title}: the arguments", "", debate.scenario.question, ""]
    for answer in debate.answers:
        off, on = sides(answer)
        lines += [f"## {answer.argument.title}", "", f"> {answer.argument.claim}", ""]
        lines += [f"- Evidence: {grade_text(answer)}", f"- Off: `{off}`", f"- On: `{on}`", ""]
        if answer.weighed:
            rows = [reading_cells(weighed, answer.scenario) for weighed in answer.weighed]
            lines += [*markdown_table(["outcome", "off", "on", "difference"], rows, right=(1, 2, 3)), ""]
        lines += [sentence(answer), "", *_other_side(answer)]
    return "\n".join([*lines, *(f"- {note}" for note in notes(debate)), ""])


def _other_side(answer: Answer) -> Iterator[str]:
    """Lines on what would have to be true for the other side; none where the argument cannot be asked."""
    if not answer.weighed:
        return
    yield from (f"**{HEADING}.** {opening(answer)}", "")
    if rows := [cells(reversal) for reversal in turning(answer)]:
        yield from (*markdown_table(list(HEADS), rows, right=(1, 2)), "")
    if rest := remaining(answer):
        yield from (rest, "")


def document(debate: Debate) -> dict[str, Any]:
    """The answers for programs."""
    return {
        "schema": SCHEMA,
        "run": debate.run,
        "version": __version__,
        "scenario": debate.scenario.key,
        "seed": debate.seed,
        "draws": debate.draws,
        "draw": debate.draw,
        "arguments": [_entry(answer) for answer in debate.answers],
        "notes": notes(debate),
    }


def _entry(answer: Answer) -> dict[str, Any]:
    """One answer."""
    argument = answer.argument
    off, on = (dict(settings) for settings in answer.switches)
    return {
        **{name: getattr(argument, name) for name in ("key", "kind", "title", "claim", "counter", "grade")},
        "assumed": list(argument.assumed),
        "off": {"settings": off, "words": switch_words(argument.known(off))},
        "on": {"settings": on, "words": switch_words(argument.known(on))},
        "readings": [_numbers(weighed, answer.scenario) for weighed in answer.weighed],
        "sentence": sentence(answer),
        "other_side": {
            "sentence": " ".join(filter(None, [opening(answer), remaining(answer)])),
            "numbers": [_turn(reversal) for reversal in answer.reversals],
        },
        "refusal": answer.refusal or None,
    }


def _turn(reversal: Reversal) -> dict[str, Any]:
    """One number that the argument rests on and the value that turns the sign; null where there is none."""
    numbers = {name: getattr(reversal, name) for name in ("value", "distance", "factor")}
    return {
        "path": reversal.path,
        "unit": reversal.spec.unit,
        "today": reversal.centre,
        "low": reversal.low,
        "high": reversal.high,
        **{name: value if value is not None and isfinite(value) else None for name, value in numbers.items()},
        "plausible": reversal.plausible,
        "moves": reversal.moves,
    }


def _numbers(weighed: Weighed, scenario: Scenario) -> dict[str, Any]:
    """One reading; null where a number does not exist."""
    numbers = {name: getattr(weighed, name) for name in ("off", "on", "difference", "low", "high")}
    return {
        "outcome": weighed.outcome.name,
        "label": weighed.outcome.label,
        "unit": unit_of(weighed.outcome, scenario),
        "option_off": weighed.labels[0],
        "option_on": weighed.labels[1],
        **{name: value if isfinite(value) else None for name, value in numbers.items()},
        **{name: getattr(weighed, name) for name in ("rising", "falling", "counted", "verdict")},
    }


def as_json(debate: Debate) -> str:
    """The document as text."""
    return json.dumps(document(debate), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_csv(debate: Debate) -> str:
    """The table as text, which names its run."""
    return table_bytes(debate.table, "arguments", debate.run, debate.scenario).decode("utf8")


def write(debate: Debate, folder: Path) -> list[Path]:
    """Write every form of the answers, all or nothing; returns the files.

    Raises UnwritableError where the folder holds something that is not an earlier result.
    """
    asked = [answer.argument.key for answer in debate.answers]
    options = {"only": asked, "seed": debate.seed, "draws": debate.draws, "draw": debate.draw}
    numbers = str(debate.table.to_csv(index=False))
    record = analysis_text("argue", debate.scenario, options, numbers, debate.run)
    with atomic_dir(folder) as place:
        (place / "arguments.md").write_text(markdown(debate), encoding="utf8")
        (place / "arguments.json").write_text(as_json(debate), encoding="utf8")
        (place / "arguments.csv").write_text(as_csv(debate), encoding="utf8")
        (place / RECORD).write_text(record, encoding="utf8")
    return sorted(folder.iterdir())
