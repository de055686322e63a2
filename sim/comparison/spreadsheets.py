"""A comparison as small tables that open in a spreadsheet, and every draw of it as Parquet (docs/json.md).

A table begins with columns that say of which run it is, which table, and what was changed in the scenario: alone in a
mail it finds its way back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from sim.comparison.immediacy_table import points_table
from sim.comparison.results import Comparison, Result, in_own_money, interval, middle, unit_of
from sim.comparison.table import pairs
from sim.comparison.verdict import FEWEST_DRAWS, first_shares, paired
from sim.outcomes import BY_NAME, OUTCOMES, Outcome
from sim.parameters import Array
from sim.scenario import Scenario
from sim.scenario.changes import changes_cell
from sim.waits.estimate import estimated

RUN, TABLE, CHANGES = "run", "table", "changes"  # the first columns of every table
_ROWS = 1_000_000  # of Parquet, written at once
_NONE = float("nan")
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # what spreadsheets take for the start of one
_OF_THE_SUMMARY = {
    "value": "median", "low": "p10", "high": "p90", "difference": "difference_median",
    "difference_low": "difference_p10", "difference_high": "difference_p90",
}  # fmt: skip
_HELD = (
    "against", "against_median", "against_p10", "against_p90", "ahead_share", "ahead_share_low", "ahead_share_high",
    "best_share",
)  # fmt: skip
OUTCOMES_COLUMNS = (
    "option", "label", "outcome", "outcome_label", "unit", "better", "basis", "median", "p10", "p90", "central",
    "difference_median", "difference_p10", "difference_p90", "difference_central", *_HELD,
)  # fmt: skip
YEARLY_COLUMNS = ("option", "label", "outcome", "outcome_label", "unit", "year", "median", "p10", "p90", "central")


def outcomes_table(comparison: Comparison) -> pd.DataFrame:
    """A row an option and outcome with the columns OUTCOMES_COLUMNS: the summary, and each against the first-named.

    Money is the scenario's own. What does not exist is NaN: a median without draws, a share below FEWEST_DRAWS.
    """
    frame = comparison.summary.rename(columns=_OF_THE_SUMMARY)
    for middle_of, low in (("median", "p10"), ("difference_median", "difference_p10")):
        frame[middle_of] = frame[middle_of].where(frame[low].notna())  # the central case is no median
    held = {(key, outcome.name): row for outcome in OUTCOMES for key, row in _held(comparison, outcome).items()}
    places = list(zip(frame["option"], frame["outcome"], strict=True))
    frame = frame.join(pd.DataFrame([held[place] for place in places], columns=list(_HELD)))
    frame["label"] = [comparison.results[key].label for key, _ in places]
    frame["outcome_label"] = [BY_NAME[name].label for _, name in places]
    frame["better"] = [BY_NAME[name].better for _, name in places]
    foretold = [estimated(comparison.results[key].estimate, name) is not None for key, name in places]
    frame["basis"] = np.where(foretold, "estimate", np.where(frame["p10"].notna(), "draws", ""))
    return frame[list(OUTCOMES_COLUMNS)]


def yearly_table(comparison: Comparison) -> pd.DataFrame:
    """A row an option, outcome and year of the programme with the columns YEARLY_COLUMNS, in the scenario's money.

    Outcomes that are nothing in every year, draw and option, as those of a switch that is off, are left out.
    """
    shown = [outcome for outcome in OUTCOMES if any(_some(each, outcome) for each in comparison.results.values())]
    rows = [row for key in comparison.results for outcome in shown for row in _years(comparison, key, outcome)]
    return pd.DataFrame(rows, columns=list(YEARLY_COLUMNS))


# Tables of a comparison by name, besides those that its charts show.
TABLES: dict[str, Callable[[Comparison], pd.DataFrame]] = {
    "outcomes": outcomes_table, "yearly": yearly_table, "paired_waits": pairs,
    "draws": lambda comparison: comparison.tidy, "price_of_immediacy": points_table,
}  # fmt: skip


def traced(frame: pd.DataFrame, table: str, run: str, scenario: Scenario) -> pd.DataFrame:
    """A table of a run, with the columns before it that say so."""
    about = {RUN: run, TABLE: table, CHANGES: changes_cell(scenario)}
    return pd.concat([pd.DataFrame(about, index=frame.index, dtype=object), frame], axis=1)


def table_bytes(frame: pd.DataFrame, table: str, run: str, scenario: Scenario) -> bytes:
    """The content of the CSV file of a table of a run, wherever it is written: see `traced` and `save_table`."""
    save_table(traced(frame, table, run, scenario), content := BytesIO())
    return content.getvalue()


def csv_of(comparison: Comparison, name: str, frame: pd.DataFrame | None = None) -> bytes:
    """The CSV file of a table of a comparison: that of this name in TABLES, or `frame` under this name."""
    shown = TABLES[name](comparison) if frame is None else frame
    return table_bytes(shown, name, comparison.run_id, comparison.scenario)


def save_table(frame: pd.DataFrame, to: Path | IO[bytes]) -> None:
    """Write a table as CSV: UTF-8, full digits, an empty cell for what does not exist, the same bytes everywhere.

    A text that begins like a formula has an apostrophe before it.
    """
    texts = frame.select_dtypes(["object", "string"]).map(_harmless, na_action="ignore")
    columns = {**(frame.select_dtypes("float") + 0.0), **texts}  # no zero has a sign
    frame.assign(**columns).to_csv(to, index=False, encoding="utf8", lineterminator="\n")


def _harmless(cell: Any) -> Any:
    """A cell that no spreadsheet computes.

    >>> _harmless("=1+1"), _harmless("Rent"), _harmless(-1)
    ("'=1+1", 'Rent', -1)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def save_draws(comparison: Comparison, to: Path | IO[bytes]) -> None:
    """Write every draw, year and outcome as Parquet, in the rows and columns of `Comparison.tidy`.

    It is written in parts of about _ROWS rows, so that the table need not fit the memory; equal runs give equal bytes.
    """
    from pyarrow import Table, parquet

    parts = (Table.from_pandas(part, preserve_index=False) for part in _parts(comparison))
    first = next(parts)
    with parquet.ParquetWriter(to, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part)


def _parts(comparison: Comparison) -> Iterator[pd.DataFrame]:
    """The long table in its order: some outcomes of one option at a time."""
    most = max(_ROWS // ((1 + comparison.draws) * (1 + comparison.scenario.horizon_years)), 1)
    for key in comparison.results:
        for start in range(0, len(OUTCOMES), most):
            yield comparison.tidy_of(key, OUTCOMES[start : start + most])


def _held(comparison: Comparison, outcome: Outcome) -> dict[str, tuple[Any, ...]]:
    """The cells of _HELD by option: held against the option that the question names first, and against all."""
    drawn = {key: comparison.own_totals(key, outcome.name)[1:] for key in comparison.results}
    ranked = comparison.draws >= FEWEST_DRAWS and outcome.better != "neither"
    # a wait without a queue is no longer than any: who never has a value does not compete
    competing = {key: values for key, values in drawn.items() if ranked and np.isfinite(values).any()}
    best = first_shares(competing, outcome.better) if competing else {}
    first = next(iter(comparison.answer.between), "")
    return {key: (*_against(drawn, key, first, outcome, ranked), best.get(key, _NONE)) for key in drawn}


def _against(drawn: dict[str, Array], key: str, first: str, outcome: Outcome, ranked: bool) -> tuple[str | float, ...]:
    """One option against the first-named: its key, median and range of the differences, share of draws ahead."""
    if not first or key == first:
        return ("", *(_NONE,) * 6)
    pair = paired(drawn[key], drawn[first], outcome.better if outcome.better != "neither" else "higher")
    shares = (pair.share, *pair.share_interval) if ranked and pair.difference.size else (_NONE,) * 3
    return (first, pair.median, *pair.interval, *shares)


def _some(result: Result, outcome: Outcome) -> bool:
    """Whether an option has anything of an outcome in any year."""
    return outcome.name in result.yearly and bool(np.nan_to_num(result.yearly[outcome.name]).any())


def _years(comparison: Comparison, key: str, outcome: Outcome) -> Iterator[tuple[Any, ...]]:
    """Rows of one option and outcome, a year each; none where it has no yearly series."""
    result, scenario = comparison.results[key], comparison.scenario
    if outcome.name not in result.yearly:
        return
    about = (key, result.label, outcome.name, outcome.label, unit_of(outcome, scenario))
    own = in_own_money(outcome, result.yearly[outcome.name], scenario)
    for year, values in zip(scenario.years, own.T, strict=True):
        low, high = interval(values)
        yield (*about, year, middle(values) if np.isfinite(low) else _NONE, low, high, values[0])
