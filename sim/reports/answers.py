"""The first pages of a brief: the answer, the verdicts pair by pair, and the headline table."""

from __future__ import annotations

from sim.charts.captions import setting
from sim.comparison.answer import measure_words, percent
from sim.comparison.leftover import headed
from sim.comparison.results import Comparison, unit_of
from sim.comparison.table import brief, cell, firsts, notes, otherwise, texts
from sim.comparison.verdict import FEWEST_DRAWS, Pair
from sim.formatting import format_percent, plural_unit
from sim.reports.blocks import Block, Bullets, Heading, Paragraph, Table
from sim.scenario.changes import changes_note

MOST_OPTIONS = 6  # beside each other on a page
_LABEL, _CELL = 2.2, 1.2  # widths of columns


def answer(comparison: Comparison) -> list[Block]:
    """The answer with its odds, the setting, and what was changed in the scenario."""
    return [Heading("Answer"), Paragraph(comparison.answer.text, "answer"), Paragraph(setting(comparison))]


def verdicts(comparison: Comparison) -> list[Block]:
    """Which option is first and how surely: the first-named one against each other, and all against all."""
    found = comparison.answer
    if not found.pairs:
        few = f"A verdict takes {FEWEST_DRAWS} draws of the world or more, and two options; this run has "
        return [Heading("Verdicts"), Paragraph(f"{few}{comparison.draws} draws and {len(comparison.results)} options.")]
    labels = {key: result.label for key, result in comparison.results.items()}
    unit = plural_unit(unit_of(found.yardstick, comparison.scenario))
    difference = "Difference" if found.yardstick.unit in ("fraction", "ratio") else f"Difference ({unit})"
    rows = [_verdict(pair, labels, comparison) for pair in found.pairs.values()]
    table = Table(
        f"{labels[found.between[0]]} against each other option by {measure_words(found.yardstick)}, in the same "
        f"{comparison.draws:,} worlds: share of the worlds in which it is ahead (a tie counts half) with its 95 % "
        "interval, and median of the differences with the range of 80 % of worlds.",
        ("Against", "Verdict", "Ahead in", difference), rows, (2, 2.6, 2, 2.6), (2, 3),
    )  # fmt: skip
    return [Heading("Verdicts"), table, *_best(comparison), *(Paragraph(line) for line in otherwise(comparison))]


def _verdict(pair: Pair, labels: dict[str, str], comparison: Comparison) -> list[str]:
    """One pair as a row."""
    ahead = f"{percent(pair.share)} [{' to '.join(format_percent(end, '.0f') for end in pair.share_interval)}]"
    difference = cell(comparison.answer.yardstick, pair.median, *pair.interval, signed=True)
    return [labels[pair.second], pair.verdict, ahead, difference]


def _best(comparison: Comparison) -> list[Block]:
    """The sentence on which option is the best of all, and how often."""
    shares = sorted(comparison.answer.first_shares.items(), key=lambda each: -each[1])
    listed = "; ".join(f"{comparison.results[key].label} in {percent(share)}" for key, share in shares)
    by = measure_words(comparison.answer.yardstick)
    return [Paragraph(f"Best of all {len(shares)} options by {by}, in so many of the worlds: {listed}.")]


def headline(comparison: Comparison) -> list[Block]:
    """The headline table and the notes that it needs; what stands elsewhere in the brief is left out."""
    rows = [*texts(comparison, outcomes=brief(comparison)), *firsts(comparison)]
    labels = [headed(result.label, result) for result in comparison.results.values()]
    parts = range(0, len(labels), MOST_OPTIONS)
    tables = []
    for number, start in enumerate(parts, 1):
        columns = slice(start, start + MOST_OPTIONS)
        part = f" (part {number} of {len(parts)})" if len(parts) > 1 else ""
        cells = [[row[0], *(each.replace(" [", "\n[", 1) for each in row[1:][columns])] for row in rows]
        heads = ["Outcome", *labels[columns]]
        widths = [_LABEL, *[_CELL] * (len(heads) - 1)]
        tables.append(Table(f"Headline outcomes by option{part}.", heads, cells, widths, range(1, len(heads))))
    return [Heading("Headline"), *tables, Bullets(_notes(comparison), "note")]


def _notes(comparison: Comparison) -> list[str]:
    """The notes below the table that stand nowhere else in the brief."""
    scenario = comparison.scenario
    elsewhere = {f"Warning: {warning}" for warning in scenario.warnings}
    elsewhere |= {*changes_note(scenario), *otherwise(comparison)}
    return [note for note in notes(comparison)[:-1] if note not in elsewhere]  # the last names the run
