"""What a brief says of its numbers: where they differ from the default, how good the evidence is, and its limits."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from sim.comparison.answer import measure_words
from sim.comparison.results import Comparison
from sim.comparison.verdict import worths
from sim.formatting import format_count, format_percent, lower_first
from sim.mechanisms.sampling import uncertain
from sim.outcomes import BY_NAME
from sim.parameters import GRADES
from sim.reports.blocks import Block, Bullets, Heading, Paragraph, Table
from sim.reports.inputs import Input, citations_of, cited, inputs
from sim.scenario import Scenario
from sim.scenario.changes import change_cells, signed
from sim.scenario.model import Change
from sim.scenario.ranges import RANGES
from sim.sources import is_assumption, screening

MOST_ASSUMED = 8  # assumed numbers that are listed: those that move the headline most
OWN_SOURCES = "Sources of the scenario's own values"
_KNOWN = {True: "taken as known", False: "drawn around the new value", None: "not drawn"}
_LIMITS = (
    "The figures show what the model gives from these inputs. That they can be computed again does not show that the "
    "inputs are right, nor that what is left out does not matter.",
    "Shares of worlds are odds within the model: of the draws of its uncertain numbers, not of all that may happen.",
    "Ranges of assumed inputs (grade D) are a judgement of the authors; a figure that rests on them is no measurement.",
)


def differences(comparison: Comparison) -> list[Block]:
    """What differs from the defaults: set from outside, waived, set by the scenario, and its levers."""
    scenario = comparison.scenario
    found = [one for one in inputs(scenario) if one.set_by == "scenario" and one.value != one.default]
    blocks: list[Block] = [Heading("Assumptions that differ from the defaults"), *_changes(scenario)]
    blocks += _waivers(scenario)
    rows = [_own(one) for one in found]
    if rows:
        caption = f"Set by the scenario itself, {format_count(len(rows), 'value')} that differ from the default."
        blocks.append(
            Table(caption, ("Of", "Input", "Value", "Default", "Unit"), rows, (2, 3.2, 1.8, 1.8, 1.8), (2, 3))
        )
    return blocks


def _changes(scenario: Scenario) -> list[Block]:
    """What was set from outside the scenario."""
    if not scenario.changes:
        return [Paragraph("Nothing was changed in the scenario from outside.")]
    rows = [[*change_cells(c), signed(c), _in_draws(c, scenario)] for c in scenario.changes]
    heads = ("Input", "In the scenario", "In this run", "Set by", "In the draws")
    return [Table("Changed from outside the scenario.", heads, rows, (2.6, 1.4, 1.4, 2.6, 1.8), (1, 2))]


def _in_draws(change: Change, scenario: Scenario) -> str:
    """What draws do with what was changed."""
    own = change.path.removeprefix(f"{RANGES}.") in scenario.ranges
    return "drawn within a range of its own" if own else _KNOWN[change.known]


def _waivers(scenario: Scenario) -> list[Block]:
    """Values out of their range, and who signs for them."""
    rows = [[str(waiver[name]) for name in ("path", "who", "why", "date")] for waiver in scenario.waivers]
    if not rows:
        return []
    return [Table("Values out of their range, and who signs for them.", ("Input", "Who", "Why", "Date"), rows,
                  (2.4, 2, 4, 1.2))]  # fmt: skip


def _own(one: Input) -> list[str]:
    """A value of the scenario beside the default."""
    return [one.holder, f"{one.label} ({one.path})", one.words(one.value), one.words(one.default), one.unit]


# --- evidence ---


def evidence(comparison: Comparison) -> list[Block]:
    """How many inputs have which grade of evidence, and which assumed ones matter most."""
    graded = [one for one in inputs(comparison.scenario) if one.spec.grade != "-"]
    counts = Counter(one.grade for one in graded)
    drawn = Counter(one.grade for one in graded if one.drawn)
    rows = [
        [grade, meaning, str(counts[grade]), str(drawn[grade])] for grade, meaning in GRADES.items() if grade != "-"
    ]
    rows.append(
        ["–", "set by the scenario or from outside: graded there, or not at all", str(counts[""]), str(drawn[""])]
    )
    heads = ("Grade", "Evidence", "Inputs", "Of these uncertain")
    table = Table("Inputs that are facts, by the grade of their evidence.", heads, rows, (1, 6, 1.2, 2), (2, 3))
    return [Heading("Evidence"), table, *_weightiest(comparison, graded)]


def _weightiest(comparison: Comparison, graded: list[Input]) -> list[Block]:
    """The assumed inputs that matter most: by rank correlation in this run, without draws by the screening of all."""
    known, moved = screening(), correlations(comparison)
    assumed = [one for one in graded if one.grade == "D" and one.drawn]
    assumed.sort(key=lambda one: (-abs(moved.get(one.path, 0.0)), -float(known[one.path]["effect"])))
    rows = [
        [f"{one.label} ({one.path})", one.words(one.value), _range(one), one.unit, _signed(moved.get(one.path)),
         _effect(one.path)]
        for one in assumed[:MOST_ASSUMED]
    ]  # fmt: skip
    if not rows:
        return []
    heads = ("Input", "Value", "Range", "Unit", "Correlation", "Moves at most")
    return [Table(_caption(comparison, bool(moved)), heads, rows, (3.2, 1.2, 2, 1.6, 1.4, 2.6), (1, 4))]


def _caption(comparison: Comparison, known: bool) -> str:
    """What the table of assumed inputs shows."""
    found, by = comparison.answer, "the screening in data/screening.csv"
    first = "The assumed inputs (grade D) that matter most"
    if known:
        one, other = (comparison.results[key].label for key in found.between)
        noise = 1.96 / np.sqrt(comparison.draws)
        first += (
            f" to {one} against {other}, by the rank correlation of each with the difference in "
            f"{measure_words(found.yardstick)} over the draws (above 0: more of it is better for {one}; chance alone "
            f"gives up to ±{noise:.2f})"
        )
    return (
        f"{first}. Moves at most: by {by}, the outcome that it moves most over its range in any shipped scenario, as a "
        "share of the largest move of any input in that outcome."
    )


def correlations(comparison: Comparison) -> dict[str, float]:
    """Of each drawn number its rank correlation with the lead of the first option in question over the second."""
    found = comparison.answer
    if found.pair is None:
        return {}
    one, other = (worths(comparison.own_totals(key, found.yardstick.name)[1:], found.yardstick.better)
                  for key in found.between)  # fmt: skip
    both = np.isfinite(one) & np.isfinite(other)
    lead, world = pd.Series((one - other)[both]).rank(), comparison.world
    values = {path: np.asarray(world.value(path), dtype=np.float64).reshape(-1) for path in uncertain()}
    drawn = {path: row[1:][both] for path, row in values.items() if row.size == both.size + 1}
    moved = {path: row for path, row in drawn.items() if row.size and np.ptp(row) > 0}
    return {path: float(pd.Series(row).rank().corr(lead)) for path, row in moved.items()} if np.ptp(lead) > 0 else {}


def _signed(correlation: float | None) -> str:
    """A correlation with its sign."""
    return "–" if correlation is None else f"{correlation:+.2f}"


def _range(one: Input) -> str:
    """The plausible range around its value."""
    low, high = one.ends
    return f"{one.words(low)} to {one.words(high)}"


def _effect(path: str) -> str:
    """How far an input moves which outcome."""
    row = screening()[path]
    return f"{format_percent(float(row['effect']), '.0f')}: {lower_first(BY_NAME[row['outcome']].label)}"


# --- limits and sources ---


def limits(comparison: Comparison) -> list[Block]:
    """What is modelled, what is not, the warnings of the scenario, and what no figure establishes."""
    scenario = comparison.scenario
    parts = (
        ("Modelled", scenario.modelled), ("Not modelled", scenario.not_modelled), ("Warnings", scenario.warnings),
        ("What the figures do not establish", _LIMITS),
    )  # fmt: skip
    blocks: list[Block] = [Heading("Limits")]
    for title, lines in parts:
        blocks += [Heading(title, 2), Bullets(lines)] if lines else []
    return blocks


def sources(comparison: Comparison) -> list[Block]:
    """The citations of exactly the parameters used, then those of the scenario's own values."""
    used = inputs(comparison.scenario)
    found, assumed = citations_of(one.citations for one in used), sum(is_assumption(one.source) for one in used)
    first = (
        f"{format_count(len(found), 'source')} of the defaults that this run used; "
        f"{format_count(assumed, 'default')} have none, for they are assumed, and say so. The workbook of this run "
        "(.xlsx) lists them one by one."
    )
    blocks: list[Block] = [Heading("Sources"), Paragraph(first), Bullets(found, "note")]
    own = citations_of(cited(text) for text in comparison.scenario.sources)
    return blocks + ([Heading(OWN_SOURCES, 2), Bullets(own, "note")] if own else [])
