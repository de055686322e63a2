"""The sheets of the workbook: their rows, and of every column what it means, in which unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.comparison.results import Comparison, unit_of
from sim.comparison.spreadsheets import outcomes_table, yearly_table
from sim.formatting import unit_text
from sim.outcomes import BY_NAME, HEADLINE
from sim.reports.inputs import Input, inputs

Kind = Literal["text", "raw", "number", "share", "whole"]
"""What a column holds; raw text is written letter by letter, other text without what no cell shows."""


@dataclass(frozen=True)
class Column:
    """A column: its head, what it means, its unit, and how wide and as what it is shown."""

    head: str
    meaning: str
    unit: str = ""
    kind: Kind = "text"
    width: float = 14


@dataclass(frozen=True)
class Sheet:
    """A sheet of the workbook."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]


_MONEY = "the unit of the row"
_OPTION = Column("option", "key of the option", width=18)
_LABEL = Column("label", "name of the option", width=22)
_OUTCOME = (
    Column("outcome", "key of the outcome", width=24),
    Column("outcome_label", "name of the outcome", width=40),
    Column("unit", "unit of the numbers of the row; money is in the scenario's, real", width=16),
)
_MIDDLE = (
    Column("median", "median of the draws of the world; empty without draws", _MONEY, "number"),
    Column("p10", "10th percentile of the draws, by expected ranks (Weibull)", _MONEY, "number"),
    Column("p90", "90th percentile of the draws", _MONEY, "number"),
    Column("central", "central case: every number at its value of the scenario", _MONEY, "number"),
)
_DIFFERENCE = tuple(
    Column(
        f"difference_{each.head}", f"difference from doing nothing in the same draw: {each.meaning}", _MONEY, "number"
    )
    for each in _MIDDLE
)
_AGAINST = (
    Column("against", "option that the question names first, which this one is held against", width=18),
    Column("against_median", "median of the differences from that option within each draw", _MONEY, "number"),
    Column("against_p10", "10th percentile of these differences", _MONEY, "number"),
    Column("against_p90", "90th percentile of these differences", _MONEY, "number"),
    Column(
        "ahead_share", "share of the draws in which it is ahead of that option, a tie counting half", "share", "share"
    ),
    Column("ahead_share_low", "low end of the 95 % interval of that share", "share", "share"),
    Column("ahead_share_high", "high end of the 95 % interval of that share", "share", "share"),
    Column("best_share", "share of the draws in which it is the best of all options", "share", "share"),
)
_BASIS = (
    Column("better", "whether more is better (higher), less (lower), or neither", width=10),
    Column(
        "basis", "where the range is from: draws, an estimate of the waits, or empty for the central case", width=10
    ),
)
SUMMARY = (_OPTION, _LABEL, *_OUTCOME, *_BASIS, *_MIDDLE, *_DIFFERENCE, *_AGAINST)
YEARLY = (_OPTION, _LABEL, *_OUTCOME, Column("year", "calendar year in which the year of the programme begins", "year",
                                              "whole", 8), *_MIDDLE)  # fmt: skip
ASSUMPTIONS = (
    Column("path", "name of the parameter, as --set takes it", width=38),
    Column("of", "what it is a number of", width=26),
    Column("label", "what it is", width=34),
    Column("value", "its value in the central case of this run", "the unit of the row", "number"),
    Column("unit", "unit of its value; empty for what is chosen or switched", width=18),
    Column("low", "low end of its plausible range around the value: 5 % of the truth is thought to lie below",
           "the unit of the row", "number"),
    Column("high", "high end of its plausible range: 5 % is thought to lie above", "the unit of the row", "number"),
    Column("drawn", "whether it is uncertain, so that draws may vary it", width=8),
    Column("grade", "grade of the evidence: A measured or official, B published estimate, C secondary, D assumed, - a "
           "choice; empty where the scenario or somebody from outside set it", width=7),
    Column("set_by", "who set the value: default, date (it follows the start), scenario, or outside", width=10),
    Column("changed", "whether it differs from the default", width=9),
    Column("default", "the default", "the unit of the row", "number"),
    Column("source", "where the value comes from, or why it is assumed; for the scenario's see Read me", width=60),
    Column("url", "first address of the source", width=40),
    Column("help", "what the parameter means", width=60),
)  # fmt: skip
DICTIONARY = (
    Column("sheet", "sheet of this workbook", width=14),
    Column("column", "head of the column", width=26),
    Column("meaning", "what stands in it", width=80),
    Column("unit", "unit of its numbers", width=22),
)
RECORD = (
    Column("run.json", "the record of the run; the cells below, joined without anything between, are the file",
           kind="raw", width=120),
)  # fmt: skip
PART = 30_000  # letters of the record in a cell, which holds 32,767


def sheets(comparison: Comparison, record: str) -> list[Sheet]:
    """Every sheet but the first, in their order."""
    found = [
        Sheet("Summary", SUMMARY, outcomes_table(comparison)[[each.head for each in SUMMARY]].itertuples(index=False)),
        Sheet("Yearly", YEARLY, yearly_table(comparison)[[each.head for each in YEARLY]].itertuples(index=False)),
        Sheet("Draws", _of_draws(comparison), _draws(comparison)),
        Sheet("Assumptions", ASSUMPTIONS, [_assumption(one) for one in inputs(comparison.scenario)]),
    ]
    kept = Sheet("Record", RECORD, [[record[at : at + PART]] for at in range(0, len(record), PART)])
    listed = [*found, Sheet("Dictionary", DICTIONARY, []), kept]
    rows = [[each.name, *_explained(column)] for each in listed for column in each.columns]
    return [*found, Sheet("Dictionary", DICTIONARY, rows), kept]


def _explained(column: Column) -> list[str]:
    """Head, meaning and unit of a column."""
    return [column.head, column.meaning, column.unit]


def _of_draws(comparison: Comparison) -> list[Column]:
    """The columns of the draws: a headline outcome each."""
    first = [_OPTION, _LABEL, Column("draw", "number of the draw; 0 is the central case", kind="whole", width=8)]
    for name in HEADLINE:
        unit = unit_text(unit_of(BY_NAME[name], comparison.scenario))
        first.append(Column(name, f"{BY_NAME[name].label}; empty where it does not exist", unit, "number", 18))
    return first


def _draws(comparison: Comparison) -> Iterable[Sequence[Any]]:
    """A row an option and draw."""
    for key, result in comparison.results.items():
        totals = np.stack([comparison.own_totals(key, name) for name in HEADLINE], axis=1)
        for draw, values in enumerate(totals.tolist()):
            yield [key, result.label, draw, *values]


def _assumption(one: Input) -> list[Any]:
    """A parameter as a row."""
    spec, number = one.spec, one.spec.kind == "number"
    ends = one.ends if number else ("", "")
    value, default = (each if number else one.words(each) for each in (one.value, one.default))
    words = {True: "yes", False: "no"}
    return [
        one.path, one.holder, one.label, value, one.unit, *ends, words[one.drawn], one.grade, one.set_by,
        words[one.value != one.default], default, " ".join(one.citations), one.url, spec.help,
    ]  # fmt: skip
