"""Results of a sweep for other programs: nothing is lost or invented, and the same results make the same file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pandas as pd
import pytest

from sim.outcomes import BY_NAME
from sim.sweeps import export
from sim.sweeps.ledger import Ledger
from sim.sweeps.problems import LedgerError
from sim.sweeps.queries import read_results
from sim.sweeps.reader import read_sweep
from sim.sweeps.results import SweepResults
from sim.sweeps.run import Launch, fill

SWEEP = """
title = "A small sweep"
question = "What is written?"
scenario = "small_country"
draws = 8
replications = 2
outcomes = ["additional_fe_hours", "cost_per_fe_hour"]
[[axis]]
path = "horizon_years"
values = [2, 8]
[[axis]]
path = "queue.discipline"
values = ["easy", "fcfs"]
"""
RUNS, FAILED, OPTIONS, OUTCOMES = 8, 4, 6, 2  # two years are over before a machine comes


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> SweepResults:
    """The results of a small sweep, in which half of the runs fail."""
    folder = tmp_path_factory.mktemp("exports")
    (folder / "small.toml").write_text(SWEEP, encoding="utf8")
    ledger = Ledger.created(folder / "small", read_sweep(folder / "small.toml"))
    list(fill(ledger, Launch(workers=0)))
    return read_results(ledger)


def test_the_sweep_is_as_these_tests_need_it(results: SweepResults) -> None:
    assert len(results.failures) == FAILED and len(results.done) == (RUNS - FAILED) * OPTIONS * OUTCOMES


@pytest.mark.parametrize("form", export.FORMATS)
def test_the_same_results_make_the_same_bytes(form: str, results: SweepResults, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export.export(results, tmp_path / name, form)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}


def test_csv_holds_every_row_and_every_digit(results: SweepResults, tmp_path: Path) -> None:
    export.export(results, tmp_path / "x.csv", "csv")
    read = pd.read_csv(tmp_path / "x.csv", keep_default_na=True)
    assert list(read.columns) == list(results.frame.columns) and len(read) == len(results.frame)
    for name in ("central", "median", "low", "high", "gain", "versus", "first_share"):
        pd.testing.assert_series_equal(read[name], results.frame[name], check_exact=True)


def test_a_workbook_has_results_failures_and_what_they_are(results: SweepResults, tmp_path: Path) -> None:
    export.export(results, tmp_path / "x.xlsx", "xlsx")
    with ZipFile(tmp_path / "x.xlsx") as book:
        names = re.findall(r'<sheet name="(\w+)"', book.read("xl/workbook.xml").decode())
        rows = [book.read(f"xl/worksheets/sheet{number}.xml").decode().count("<row ") - 1 for number in (2, 3)]
        texts = book.read("xl/sharedStrings.xml").decode()
    assert names == ["about", "results", "failures"] and rows == [len(results.done), FAILED]
    assert all(text in texts for text in (results.plan.title, results.plan.digest, "USD of 2025"))


def test_a_workbook_is_refused_where_a_sheet_is_too_small(
    results: SweepResults, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", 10)
    with pytest.raises(LedgerError, match=r"the results have \d+ rows; a sheet holds 10; export CSV, or query less"):
        export.export(results, tmp_path / "x.xlsx", "xlsx")
    assert not list(tmp_path.iterdir())


# --- the format of the IAMC ---


@pytest.fixture(scope="module")
def iamc(results: SweepResults) -> pd.DataFrame:
    """The results in it."""
    return export.iamc(results)


def test_a_row_is_a_value_and_one_that_does_not_exist_is_left_out(results: SweepResults, iamc: pd.DataFrame) -> None:
    existing = results.done[["median", "low", "high", "central"]].notna().to_numpy().sum()
    assert list(iamc.columns) == list(export.IAMC) and len(iamc) == existing
    assert iamc["value"].notna().all() and existing < 4 * len(results.done)  # doing nothing costs nothing an hour


def test_a_scenario_is_a_run_by_what_its_axes_set_and_its_replication(iamc: pd.DataFrame) -> None:
    rules = [f"horizon_years=8; queue.discipline={rule}" for rule in ("easy", "fcfs")]
    assert set(iamc["scenario"]) == {f"{rule}; replication={number}" for rule in rules for number in (0, 1)}
    assert iamc.groupby("scenario").ngroups == RUNS - FAILED


def test_no_two_rows_are_of_the_same_thing(iamc: pd.DataFrame) -> None:
    assert not iamc.duplicated(["model", "scenario", "region", "variable", "year"]).any()


def test_a_variable_is_outcome_option_and_statistic(results: SweepResults, iamc: pd.DataFrame) -> None:
    for variable in set(iamc["variable"]):
        outcome, option, statistic = variable.split("|")
        assert outcome in {BY_NAME[name].label for name in results.plan.outcomes}
        assert option in {each.label for each in results.plan.base.options}
        assert statistic in {"Median", "10th percentile", "90th percentile", "Central case"}


def test_a_value_is_that_of_the_frame(results: SweepResults, iamc: pd.DataFrame) -> None:
    row = results.done.iloc[len(results.done) // 2 + 2]
    label = {option.key: option.label for option in results.plan.base.options}[row["option"]]
    scenario = f"horizon_years=8; queue.discipline={row['queue.discipline']}; replication={row['replication']}"
    name = f"{BY_NAME[row['outcome']].label}|{label}|90th percentile"
    (value,) = iamc[(iamc["scenario"] == scenario) & (iamc["variable"] == name)]["value"]
    assert value == row["high"]


def test_region_and_year_are_those_of_the_scenario(results: SweepResults, iamc: pd.DataFrame) -> None:
    """The year is the last of the run's own horizon: eight years from 2027."""
    assert set(iamc["region"]) == {export.REGION} and set(iamc["year"]) == {2034}
    text = {**results.plan.base.text, "country": "finland"}
    there = replace(results, plan=replace(results.plan, base=replace(results.plan.base, text=text)))
    assert set(export.iamc(there)["region"]) == {"finland"}
