"""The results of a sweep for other programs: CSV, a workbook, and the long format of the IAMC.

The format of the Integrated Assessment Modelling Consortium is a row a value: model, scenario, region, variable, unit,
year, value. A scenario there is a run here, named by what its axes set; a variable is outcome, option and statistic;
the year is the last of the run's horizon, for every value is one over the whole of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from pathlib import Path

import pandas as pd

from sim.formatting import format_number, unknown_name
from sim.outcomes import BY_NAME
from sim.scenario.changes import changes_note
from sim.sweeps.files import writing, written_aside
from sim.sweeps.planning import axis_words, warnings
from sim.sweeps.problems import LedgerError
from sim.sweeps.results import SweepResults
from sim.version import __version__

MOST_ROWS = 1_048_575  # of a sheet, below its heads
IAMC = ("model", "scenario", "region", "variable", "unit", "year", "value")
_VALUES = {"median": "Median", "low": "10th percentile", "high": "90th percentile", "central": "Central case"}
HORIZON = "horizon_years"
REGION = "World"  # of a scenario that names no country


def write_csv(results: SweepResults, path: Path) -> None:
    """Every row and column."""
    results.frame.to_csv(path, index=False)


def write_iamc(results: SweepResults, path: Path) -> None:
    """Medians, ranges and central cases in the long format of the IAMC."""
    iamc(results).to_csv(path, index=False)


def iamc(results: SweepResults) -> pd.DataFrame:
    """The rows of that format, with the columns IAMC; values that do not exist are left out."""
    plan, done = results.plan, results.done
    if done.empty:
        return pd.DataFrame(columns=list(IAMC))
    labels = {option.key: option.label for option in plan.base.options}
    region, year = str(plan.base.text.get("country", REGION)), plan.base.years[-1]
    names = done["outcome"].map(lambda name: BY_NAME[name].label) + "|" + done["option"].map(labels)
    frames = [
        pd.DataFrame(
            {
                "model": f"Heavy Press {__version__}",
                "scenario": _run_names(results),
                "region": done["country"] if "country" in plan.paths else region,
                "variable": names + f"|{word}",
                "unit": done["unit"],
                "year": plan.base.years[0] - 1 + done[HORIZON].astype(int) if HORIZON in plan.paths else year,
                "value": done[column],
            }
        )
        for column, word in _VALUES.items()
    ]
    rows = pd.concat(frames, keys=range(len(frames)))
    return rows.sort_index(level=1, kind="stable").dropna(subset="value")[list(IAMC)].reset_index(drop=True)


def _run_names(results: SweepResults) -> pd.Series:
    """What the axes set in each row, and the replication where there are several."""
    done, plan = results.done, results.plan
    paths = [*plan.paths, *(["replication"] if plan.replications > 1 else [])]
    columns = (path + "=" + done[path].map(_short) for path in paths)
    return reduce(lambda left, right: left + "; " + right, columns)


def _short(value: object) -> str:
    """A value of an axis, whole numbers without a point."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def write_xlsx(results: SweepResults, path: Path) -> None:
    """A workbook of the results, the failures, and a sheet on what they are."""
    if len(results.frame) > MOST_ROWS:
        rows = f"{format_number(len(results.frame))} rows; a sheet holds {format_number(MOST_ROWS)}"
        raise LedgerError(f"{path}: the results have {rows}; export CSV, or query less")
    about = pd.DataFrame(_about(results), columns=["what", "is"])
    plain = {"strings_to_formulas": False, "strings_to_urls": False}  # a title that begins with = is a title
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": plain}) as book:
        # a workbook carries the time it was made, which is no part of what it says
        book.book.set_properties({"title": results.plan.title, "created": pd.Timestamp(2000, 1, 1).to_pydatetime()})
        about.to_excel(book, sheet_name="about", index=False)
        results.done.to_excel(book, sheet_name="results", index=False)
        results.failures.to_excel(book, sheet_name="failures", index=False)
        for sheet in book.sheets.values():
            sheet.freeze_panes(1, 0)
            sheet.autofit()


def _about(results: SweepResults) -> list[tuple[str, str]]:
    """What a reader of the workbook must know."""
    plan = results.plan
    return [
        ("title", plan.title),
        ("question", plan.question),
        ("scenario", f"{plan.base.title} ({plan.base.key})"),
        ("money", f"{plan.base.currency} of {plan.base.price_year}"),
        *(("axis", axis_words(axis)) for axis in plan.axes),
        *(("changed", note) for note in changes_note(plan.base)),
        *(("warning", warning) for warning in warnings(plan)),
        ("draws of each run", str(plan.draws)),
        ("seed", str(plan.seed)),
        ("low, high", "10th and 90th percentile of the draws, by expected ranks (Weibull)"),
        ("gain", "difference from doing nothing within each draw, median and range"),
        ("versus", f"difference from {', '.join(plan.base.between[:1]) or 'none'} within each draw, median and range"),
        ("ahead_share", "share of the draws in which the option is ahead of that one, a tie counting half"),
        ("best", "whether the option is the best in more draws than any other"),
        ("first_share", "share of the draws in which the option is the best of all"),
        ("close", "whether a sign test does not distinguish the best option from the next"),
        ("source", f"Heavy Press {__version__}, sweep {plan.digest}"),
    ]


FORMATS: dict[str, Callable[[SweepResults, Path], None]] = {
    "csv": write_csv, "xlsx": write_xlsx, "iamc": write_iamc,
}  # fmt: skip


def export(results: SweepResults, path: Path, form: str) -> None:
    """Write a file of one of FORMATS, as a whole or not at all."""
    if form not in FORMATS:
        raise LedgerError(f"--format: {unknown_name('format', form, FORMATS)}")
    if path.is_dir() or not path.parent.is_dir():
        raise LedgerError(f"{path}: {'is a folder' if path.is_dir() else 'its folder does not exist'}; name a file")
    with writing(path.parent), written_aside(path) as aside:
        FORMATS[form](results, Path(aside.name))
