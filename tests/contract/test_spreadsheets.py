"""The files that `--out` writes for a spreadsheet: the numbers of the comparison, small, whole and plain."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from sim import sources
from sim.cli import main
from sim.comparison import spreadsheets
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.spreadsheets import (
    CHANGES,
    OUTCOMES_COLUMNS,
    RUN,
    TABLE,
    YEARLY_COLUMNS,
    outcomes_table,
    save_draws,
    save_table,
    yearly_table,
)
from sim.comparison.table import document
from sim.comparison.verdict import FEWEST_DRAWS, share_interval
from sim.export import write
from sim.outcomes import BY_NAME, OUTCOMES
from sim.scenario import Scenario, load

OF_THE_DOCUMENT = {
    "median": "value", "p10": "low", "p90": "high", "central": "central", "difference_median": "difference",
    "difference_p10": "difference_low", "difference_p90": "difference_high", "difference_central": "difference_central",
}  # fmt: skip
SHARES = ["ahead_share", "ahead_share_low", "ahead_share_high", "best_share"]
LARGEST_MAIL_BYTES = 1_000_000


@pytest.fixture
def no_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts take seconds, and have tests of their own."""
    monkeypatch.setattr("sim.charts.figures", lambda comparison: {})


@pytest.fixture(scope="module")
def drawn() -> Comparison:
    """A comparison with verdicts, without a queue."""
    return compare(load("small_country"), draws=40, queue=False)


@pytest.fixture(scope="module")
def table(drawn: Comparison) -> pd.DataFrame:
    """Its outcomes, by option and outcome."""
    return by_place(drawn)


def by_place(comparison: Comparison) -> pd.DataFrame:
    """The outcomes of a comparison, by option and outcome."""
    return outcomes_table(comparison).set_index(["option", "outcome"])


def saved(frame: pd.DataFrame) -> bytes:
    """A table as the content of its file."""
    save_table(frame, content := BytesIO())
    return content.getvalue()


def draws_of(comparison: Comparison) -> bytes:
    """The draws of a comparison as the content of their file."""
    save_draws(comparison, content := BytesIO())
    return content.getvalue()


def same(one: Any, other: Any) -> bool:
    """Whether two numbers are the same, or neither exists."""
    gone = [value is None or not math.isfinite(value) for value in (one, other)]
    return all(gone) or one == other


# --- outcomes ---


def test_there_is_a_row_an_option_and_outcome_in_the_order_of_the_scenario(drawn: Comparison) -> None:
    frame = outcomes_table(drawn)
    places = [(key, outcome.name) for key in drawn.results for outcome in OUTCOMES]
    assert list(zip(frame["option"], frame["outcome"], strict=True)) == places
    assert tuple(frame.columns) == OUTCOMES_COLUMNS and list(frame.index) == list(range(len(places)))
    for row in frame.itertuples():
        outcome = BY_NAME[row.outcome]
        assert (row.label, row.outcome_label) == (drawn.results[row.option].label, outcome.label)
        assert (row.unit.replace(drawn.scenario.currency, "USD"), row.better) == (outcome.unit, outcome.better)


def test_the_numbers_are_those_of_the_document(drawn: Comparison, table: pd.DataFrame) -> None:
    for option in document(drawn)["options"]:
        for name, entry in option["outcomes"].items():
            row = table.loc[(option["key"], name)]
            for column, theirs in OF_THE_DOCUMENT.items():
                assert same(row[column], entry[theirs]), (option["key"], name, column)


def test_pairs_on_the_yardstick_are_those_of_the_answer_seen_from_the_other_side(
    drawn: Comparison, table: pd.DataFrame
) -> None:
    answer = drawn.answer
    first = answer.between[0]
    assert len(answer.pairs) == len(drawn.results) - 1
    for key, pair in answer.pairs.items():
        row, (low, high), (least, most) = table.loc[(key, answer.yardstick.name)], pair.interval, pair.share_interval
        assert row["against"] == first and row["ahead_share"] == pytest.approx(1 - pair.share)
        assert [row["ahead_share_low"], row["ahead_share_high"]] == pytest.approx([1 - most, 1 - least])
        assert [row[f"against_{end}"] for end in ("median", "p10", "p90")] == pytest.approx([-pair.median, -high, -low])
    for key, share in answer.first_shares.items():
        assert table.loc[(key, answer.yardstick.name), "best_share"] == pytest.approx(share)


def test_differences_are_taken_within_a_draw(drawn: Comparison, table: pd.DataFrame) -> None:
    """By hand, of an outcome of which less is better and one that is neither."""
    first = drawn.scenario.between[0]
    for name in ("public_cost", "outlay"):
        for key in set(drawn.results) - {first}:
            gap = (drawn.own_totals(key, name) - drawn.own_totals(first, name))[1:]
            ends = np.quantile(gap, (0.5, 0.1, 0.9), method="weibull")
            row = table.loc[(key, name)]
            found = [row[f"against_{end}"] for end in ("median", "p10", "p90")]
            assert found == pytest.approx(ends, rel=1e-9, abs=1e-3) and np.abs(ends).max() > 1e3
            less = float((gap < 0).mean())
            assert same(row["ahead_share"], less) if name == "public_cost" else math.isnan(row["ahead_share"])


def test_an_option_is_not_held_against_itself_and_no_direction_has_no_shares(
    drawn: Comparison, table: pd.DataFrame
) -> None:
    own = table.loc[drawn.scenario.between[0]]
    assert (own["against"] == "").all() and own.filter(regex="^(against_|ahead_)").isna().all(axis=None)
    assert table[table["better"] == "neither"][SHARES].isna().all(axis=None)
    others = table[table["against"] == drawn.scenario.between[0]]
    assert len(own) + len(others) == len(table) and others[SHARES].notna().any(axis=None)


def test_best_shares_of_an_outcome_sum_to_one_or_there_are_none(table: pd.DataFrame) -> None:
    sums = table["best_share"].groupby("outcome").sum(min_count=1).dropna()
    assert len(sums) > 20 and sums.to_numpy() == pytest.approx(1)


def test_who_never_has_a_value_does_not_compete(drawn: Comparison, table: pd.DataFrame) -> None:
    """Doing nothing delivers in no month: that is neither early nor late."""
    assert not np.isfinite(drawn.baseline.totals["first_month"]).any()
    row = table.loc[(drawn.baseline.key, "first_month")]
    assert row[["median", "central", "against_median", *SHARES]].isna().all() and row["basis"] == ""
    assert table.xs("wait_p50", level="outcome").drop(columns=["basis", "against"])[SHARES].isna().all(axis=None)


@pytest.mark.parametrize("draws", [0, 1, FEWEST_DRAWS - 1, FEWEST_DRAWS])
def test_few_draws_have_no_shares_and_none_no_median(draws: int) -> None:
    row = by_place(compare(load("small_country"), draws=draws, queue=False)).loc[("cloud_credits", "need_met")]
    assert math.isfinite(row["central"]) and math.isfinite(row["difference_central"])
    assert row[["median", "p10", "difference_median", "against_median"]].notna().all() == (draws > 0)
    assert row["basis"] == ("draws" if draws else "")
    assert row[SHARES].notna().all() == (draws >= FEWEST_DRAWS)


def test_an_estimate_is_said_to_be_one() -> None:
    comparison = compare(load("isambard_ai_uk"), draws=FEWEST_DRAWS, fidelity="instant")
    rows = by_place(comparison).loc["public_cluster"]
    estimated = comparison.results["public_cluster"].estimate
    assert estimated is not None and rows.loc["wait_p50", "basis"] == "estimate"
    assert rows.loc["need_met", "basis"] == "draws"
    wait = rows.loc["wait_p50"]
    assert wait["p10"] <= wait["median"] == wait["central"] <= wait["p90"]


def test_a_share_of_every_draw_has_the_exact_interval(drawn: Comparison, table: pd.DataFrame) -> None:
    row = table.loc[(drawn.baseline.key, "public_cost")]
    ends = share_interval(drawn.draws, drawn.draws)
    assert row["ahead_share"] == 1 and (row["ahead_share_low"], row["ahead_share_high"]) == ends


def test_a_question_about_no_two_options_holds_nothing_against_anything(drawn: Comparison) -> None:
    alone = replace(drawn, scenario=replace(drawn.scenario, between=()))
    frame = outcomes_table(alone)
    assert (frame["against"] == "").all() and frame["against_median"].isna().all() and frame["best_share"].notna().any()


# --- years ---


def test_years_are_those_of_the_long_table(drawn: Comparison) -> None:
    frame = yearly_table(drawn)
    assert tuple(frame.columns) == YEARLY_COLUMNS
    tidy = drawn.tidy.dropna(subset="year")
    some = tidy.groupby("outcome")["value"].transform(lambda values: values.fillna(0).any())
    assert 0 < tidy[~some]["outcome"].nunique() < tidy["outcome"].nunique(), "nothing in every year: left out"
    tidy = tidy[some]
    groups = tidy[tidy["draw"] > 0].groupby(["option", "outcome", "year"], sort=False)["value"]
    central = tidy[tidy["draw"] == 0].set_index(["option", "outcome", "year"])["value"]
    assert list(central.index) == list(zip(frame["option"], frame["outcome"], frame["year"], strict=True))
    assert frame["central"].to_numpy() == pytest.approx(central.to_numpy(), nan_ok=True)
    assert frame["median"].to_numpy() == pytest.approx(groups.median().to_numpy(), nan_ok=True)
    assert set(frame["year"]) == set(drawn.scenario.years)
    some = frame[(frame["option"] == "cloud_credits") & (frame["outcome"] == "need_met")]
    for row in some.itertuples():
        low, high = np.quantile(groups.get_group((row.option, row.outcome, row.year)), (0.1, 0.9), method="weibull")
        assert (row.p10, row.p90) == pytest.approx((low, high))


def test_without_draws_years_have_the_central_case_alone() -> None:
    frame = yearly_table(compare(load("small_country"), queue=False))
    assert frame[["median", "p10", "p90"]].isna().all(axis=None) and frame["central"].notna().any()


# --- files ---


@pytest.mark.parametrize("make", [outcomes_table, yearly_table])
def test_a_table_is_read_back_as_it_was(drawn: Comparison, make: Any) -> None:
    frame = make(drawn)
    again = pd.read_csv(BytesIO(saved(frame)), dtype=str, keep_default_na=False)
    assert list(again.columns) == list(frame.columns)
    for column in frame.columns:
        if frame[column].dtype.kind == "f":
            numbers = [float(cell or "nan") for cell in again[column]]
            assert np.array_equal(numbers, frame[column].to_numpy(), equal_nan=True), column
        else:
            assert list(again[column]) == [str(value) for value in frame[column]], column
    plain = pd.read_csv(BytesIO(saved(frame)))
    assert plain["median"].to_numpy() == pytest.approx(frame["median"].to_numpy(), rel=1e-14, nan_ok=True)


@pytest.mark.parametrize("make", [outcomes_table, yearly_table])
def test_cells_are_plain(drawn: Comparison, make: Any) -> None:
    """No index, no word in the place of a number, no zero with a sign, one end of line."""
    frame = make(drawn)
    text = saved(frame).decode("utf8")
    assert text.startswith("option,label,outcome,") and text.endswith("\n") and "\r" not in text
    assert text.count("\n") == len(frame) + 1
    cells = pd.read_csv(BytesIO(text.encode()), dtype=str, keep_default_na=False)
    for column in frame.columns[frame.dtypes.map(lambda kind: kind.kind in "fi")]:
        assert all(re.fullmatch(r"(-?\d[\d.]*(e[+-]\d+)?)?", cell) for cell in cells[column]), column
        assert not set(cells[column]) & {"-0.0", "-0"}


def test_a_label_in_any_script_with_any_mark_is_one_cell(drawn: Comparison) -> None:
    label = 'Crédits "cloud", 計算; 1'
    named = replace(drawn.results["cloud_credits"], label=label)
    content = saved(outcomes_table(replace(drawn, results=drawn.results | {"cloud_credits": named})))
    assert not content.startswith(b"\xef\xbb\xbf")
    again = pd.read_csv(BytesIO(content))
    assert set(again[again["option"] == "cloud_credits"]["label"]) == {label} and len(again) == content.count(b"\n") - 1


@pytest.mark.slow
def test_draws_are_the_long_table_in_the_same_bytes_each_time(tiny_scenario: Scenario) -> None:
    one, other = (compare(tiny_scenario, draws=3, queue=False) for _ in range(2))
    content = draws_of(one)
    assert content == draws_of(other)
    assert pd.read_parquet(BytesIO(content)).equals(one.tidy)
    about = parquet.ParquetFile(BytesIO(content)).metadata
    assert about.row_group(0).column(0).compression == "ZSTD" and about.num_row_groups == len(one.results)


def test_many_draws_are_written_in_parts(tiny_scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = compare(tiny_scenario, draws=1, queue=False)
    monkeypatch.setattr(spreadsheets, "_ROWS", 400)
    content = draws_of(comparison)
    about = parquet.ParquetFile(BytesIO(content)).metadata
    sizes = [about.row_group(n).num_rows for n in range(about.num_row_groups)]
    assert max(sizes) <= 400 and len(sizes) > len(comparison.results)
    assert pd.read_parquet(BytesIO(content)).equals(comparison.tidy)


def test_no_zero_has_a_sign_and_no_digit_is_lost() -> None:
    assert saved(pd.DataFrame({"name": ["a", "b"], "value": [-0.0, 0.1 + 0.2]})) == (
        b"name,value\na,0.0\nb,0.30000000000000004\n"
    )


def test_equal_runs_write_equal_tables(tiny_scenario: Scenario) -> None:
    one, other = (compare(tiny_scenario, draws=3, queue=False) for _ in range(2))
    for make in (outcomes_table, yearly_table):
        assert saved(make(one)) == saved(make(other))


@pytest.mark.usefixtures("no_charts")
def test_a_folder_can_be_mailed_for_it_holds_no_draws(drawn: Comparison, tmp_path: Path) -> None:
    names = {path.name for path in write(drawn, tmp_path / "out")}
    assert {"outcomes.csv", "yearly.csv", "comparison.json", "headline.md"} <= names
    assert not names & {"comparison.csv", "draws.parquet"}
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) < LARGEST_MAIL_BYTES


# --- the command ---


@pytest.mark.usefixtures("no_charts")
def test_the_command_keeps_draws_in_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "small_country", "--no-queue", "--draws", "2", "--keep-draws", "--out", str(tmp_path / "out")]
    assert main(words) == 0, capsys.readouterr().err
    assert sorted(pd.read_parquet(tmp_path / "out" / "draws.parquet")["draw"].unique()) == [0, 1, 2]


def test_draws_without_a_folder_are_refused_before_anything_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.comparison.run.compare", lambda *a, **k: pytest.fail("it was run"))
    assert main(["compare", "small_country", "--keep-draws"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err == "heavypress: --keep-draws: name a folder to keep them in, as --out DIR\n"


# --- the document that describes them ---


def test_every_column_is_described_and_none_that_is_not_there() -> None:
    text = sources.share("docs").joinpath("json.md").read_text(encoding="utf8")
    part = text.partition("## Tables and draws\n")[2].partition("\n## ")[0]
    heads = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    assert [name for head in heads for name in re.findall(r"`(\w+)`", head)] == [RUN, TABLE, CHANGES, *OUTCOMES_COLUMNS]
    (yearly,) = re.findall(r"and `yearly\.csv` (`option`.*?)\. A year", part, re.DOTALL)
    assert tuple(re.findall(r"`(\w+)`", yearly)) == YEARLY_COLUMNS
