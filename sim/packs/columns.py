"""What the columns of the tables in a pack mean: the words and units of the data dictionary."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
from pandas.api import types

from sim.comparison.spreadsheets import CHANGES, RUN, TABLE
from sim.labels import name_words
from sim.outcomes import BY_NAME


class Column(NamedTuple):
    """What a column holds, and its unit; without one it is that of the row where it holds numbers with a fraction."""

    about: str
    unit: str = ""


_SHARE, _HOURS, _MONEY = "fraction", "hour", "money/hour"
COLUMNS = {
    RUN: Column("Id of the run, a digest of all that decides its numbers"),
    TABLE: Column("Name of this table, and of the chart that shows it"),
    CHANGES: Column("What was changed in the scenario from outside: from what to what, and by whom; empty: nothing"),
    "option": Column("Key of the option"),
    "label": Column("Label of the option"),
    "outcome": Column("Name of the outcome (docs/outcomes.md)"),
    "outcome_label": Column("Label of the outcome"),
    "unit": Column("Unit of the values of the row"),
    "better": Column("Whether a higher or a lower value is better, or neither"),
    "basis": Column("What median, p10 and p90 are of: draws, an estimate, or nothing where there are neither"),
    "median": Column("Median of the draws"),
    "p10": Column("10th percentile of the draws, by expected ranks"),
    "p90": Column("90th percentile of the draws, by expected ranks"),
    "central": Column("The central case: every number at its value of the scenario"),
    "difference_median": Column("Median of the difference from doing nothing in the same draw"),
    "difference_p10": Column("10th percentile of the difference from doing nothing in the same draw"),
    "difference_p90": Column("90th percentile of the difference from doing nothing in the same draw"),
    "difference_central": Column("Difference from doing nothing in the central case"),
    "against": Column("Key of the option that this one is held against: the one that the question names first"),
    "against_median": Column("Median of the difference of this option less that one in the same draw"),
    "against_p10": Column("10th percentile of that difference"),
    "against_p90": Column("90th percentile of that difference"),
    "ahead_share": Column("Share of the draws in which this option is better than that one", _SHARE),
    "ahead_share_low": Column("Lower end of the 95 % interval of that share", _SHARE),
    "ahead_share_high": Column("Upper end of the 95 % interval of that share", _SHARE),
    "best_share": Column("Share of the draws in which this option is the best of all", _SHARE),
    "year": Column("Calendar year in which the year of the programme begins; empty: the whole horizon", "year"),
    "month": Column("Month of the programme, from 0", "month"),
    "value": Column("Median of the draws; the central case where there are none"),
    "low": Column("Lower end of the range: the 10th percentile of the draws"),
    "high": Column("Upper end of the range: the 90th percentile of the draws"),
    "outside": Column("Whether the central case lies outside the range of the draws"),
    "note": Column("Why there is no value"),
    "tier": Column("Tier of groups, by their need"),
    "gini": Column("Gini coefficient of the hours, in the central case", _SHARE),
}  # fmt: skip
# Of one table, where a name means another thing than elsewhere or stands there alone.
OWN = {
    ("difference", "side"): Column("Which option is better in the draws of the bar: first, second or neither"),
    ("difference", "from"): Column("Where the bar begins: by how much the first option is better, else negative"),
    ("difference", "to"): Column("Where the bar ends"),
    ("difference", "draws"): Column("Draws whose difference lies in the bar"),
    ("difference", "share"): Column("Those draws as a share of all", _SHARE),
    ("difference", "beyond"): Column("Whether the bar holds all draws beyond the end of the axis"),
    ("difference", "first"): Column("Key of the option that the question names first"),
    ("difference", "second"): Column("Key of the option that it is held against"),
    ("difference", "ahead"): Column("Share of all draws in which the first option is better", _SHARE),
    ("difference", "ahead_low"): Column("Lower end of the interval of that share", _SHARE),
    ("difference", "ahead_high"): Column("Upper end of the interval of that share", _SHARE),
    ("difference", "behind"): Column("Share of all draws in which the second option is better", _SHARE),
    ("difference", "median"): Column("Median of the differences of all draws"),
    ("difference", "low"): Column("10th percentile of the differences of all draws"),
    ("difference", "high"): Column("90th percentile of the differences of all draws"),
    ("difference", "central"): Column("Difference in the central case"),
    ("difference", "of"): Column("Draws in which both options have a value"),
    ("cost_per_hour", "known"): Column("Draws in which the option delivers hours, so that they have a cost"),
    ("cash_flow", "outlay"): Column("Public money spent in the year, in the central case"),
    ("cash_flow", "residual"): Column("Residual values in the year, negative, in the central case"),
    ("cash_flow", "appropriated"): Column("Money appropriated for the year"),
    ("cash_flow", "advance"): Column("Advance authority needed in the year, or the most of any year"),
    ("capacity", "year"): Column("Calendar year of the month", "year"),
    ("capacity", "series"): Column("Generation by design year, all of them, or their worth in frontier-equivalents"),
    ("capacity", "value"): Column("Accelerators in service, in the central case"),
    ("waits", "statistic"): Column("Median wait, or the wait that 95 % of jobs do not exceed"),
    ("waits", "value"): Column("Mean over simulated windows", _HOURS),
    ("waits", "low"): Column("Lower end of the 95 % interval of that mean", _HOURS),
    ("waits", "high"): Column("Upper end of the 95 % interval of that mean", _HOURS),
    ("price_of_immediacy", "discipline"): Column("Rule of the queue; empty: credits, which have none"),
    ("price_of_immediacy", "target"): Column("Share of the GPU-hours in service that is wanted busy", _SHARE),
    ("price_of_immediacy", "attained"): Column("Share of the GPU-hours in service that people keep busy", _SHARE),
    ("price_of_immediacy", "short"): Column("Whether the machine stays below its target"),
    ("price_of_immediacy", "cost"): Column("Public money per useful hour"),
    ("price_of_immediacy", "median"): Column("Median wait of a job", _HOURS),
    ("price_of_immediacy", "mean"): Column("Mean wait of a job", _HOURS),
    ("price_of_immediacy", "p95"): Column("Wait that 95 % of jobs do not exceed", _HOURS),
    ("price_of_immediacy", "p95_low"): Column("Lower end of that wait, by the error of the table of waits", _HOURS),
    ("price_of_immediacy", "p95_high"): Column("Upper end of that wait, by the error of the table of waits", _HOURS),
    ("price_of_immediacy", "withdrawn"): Column("Share of the jobs that are withdrawn", _SHARE),
    ("price_of_immediacy", "break_even"): Column("Money per hour of waiting above which credits are cheaper", _MONEY),
    ("price_of_immediacy", "break_even_low"): Column("Lower end of that value", _MONEY),
    ("price_of_immediacy", "break_even_high"): Column("Upper end of that value", _MONEY),
    ("price_of_immediacy", "silent"): Column("Whether the table of waits says nothing of this point"),
    ("lorenz", "groups_share"): Column("Share of the groups, those with the fewest hours first", _SHARE),
    ("lorenz", "hours_share"): Column("Share of the hours that they use", _SHARE),
    ("lorenz", "low"): Column("10th percentile of the Gini coefficient over the draws", _SHARE),
    ("lorenz", "high"): Column("90th percentile of the Gini coefficient over the draws", _SHARE),
}  # fmt: skip


def fields(table: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The fields of a table as Table Schema describes them: name, type, title, description and unit."""
    return [_field(table, name, frame) for name in frame.columns]


def about(table: str, name: str) -> Column:
    """What a column holds; the label of an outcome where it is one, and nothing where no words are known."""
    known = OWN.get((table, name)) or COLUMNS.get(name)
    if known is None and name in BY_NAME:
        return Column(BY_NAME[name].label, BY_NAME[name].unit)
    return known or Column("")


def _field(table: str, name: str, frame: pd.DataFrame) -> dict[str, Any]:
    """One field."""
    words, values = about(table, name), frame[name]
    kind = "any" if frame.empty else _kind(values)
    unit = words.unit or (_of_rows(frame) if kind == "number" else "")
    found = {"name": name, "type": kind, "title": name_words(name), "description": words.about}
    return found | ({"unit": unit} if unit else {})


def _kind(values: pd.Series) -> str:
    """The type of a column by what it holds."""
    if types.is_bool_dtype(values):
        return "boolean"
    if types.is_numeric_dtype(values):
        return "integer" if types.is_integer_dtype(values) else "number"
    return "string"


def _of_rows(frame: pd.DataFrame) -> str:
    """The unit of all rows of a table, or where each row names its own."""
    named = list(map(str, frame["unit"].unique())) if "unit" in frame else []
    return named[0] if len(named) == 1 else "see the column unit" if named else ""
