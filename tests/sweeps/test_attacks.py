"""What an opponent found: each stays found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.charts.sweeps import figures
from sim.cli import main
from sim.comparison import identity
from sim.comparison.run import compare
from sim.comparison.verdict import paired
from sim.outcomes import OUTCOMES
from sim.scenario import ScenarioError, with_settings
from sim.sweeps.evaluation import compute
from sim.sweeps.export import iamc
from sim.sweeps.ledger import Ledger
from sim.sweeps.parts import as_table
from sim.sweeps.planning import lines, warnings
from sim.sweeps.problems import LedgerError
from sim.sweeps.queries import read_results
from sim.sweeps.reader import read_sweep
from sim.sweeps.results import SweepResults
from sim.sweeps.run import Launch, fill
from tests.sweeps.test_axes import BASE, DECLINE, LIFE, plan

ROOT = Path(__file__).resolve().parents[2]
HEAD = 'title = "A sweep"\nquestion = "Does it hold?"\nscenario = "small_country"\n'
AXIS = f'[[axis]]\npath = "{DECLINE}"\nvalues = [0.1, 0.3]\n'


def written(folder: Path, text: str = AXIS, head: str = "draws = 0\n") -> Path:
    """A sweep file."""
    path = folder / "sweep.toml"
    path.write_text(HEAD + head + text, encoding="utf8")
    return path


def run(path: Path, out: Path) -> Ledger:
    """A sweep that has been computed here."""
    ledger = Ledger.created(out, read_sweep(path))
    for _ in fill(ledger, Launch(workers=0)):
        pass
    return ledger


# --- the same bytes ---


@pytest.mark.slow
def test_the_number_of_threads_of_linear_algebra_moves_no_byte(tmp_path: Path) -> None:
    path = written(tmp_path, head='draws = 60\noutcomes = "all"\nset = { "public_cluster.life_years" = 6 }\n')
    found = set()
    for threads in ("1", "2", "3"):
        out = tmp_path / threads
        env = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        call = [sys.executable, "-m", "sim", "sweep", str(path), "--out", str(out), "--workers", "1"]
        subprocess.run([*call, "--progress", "none"], env=env, check=True, capture_output=True)
        found.add((out / "results.parquet").read_bytes())
    assert len(found) == 1


def test_a_storyline_that_changes_makes_another_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, '[[axis]]\nstorylines = ["glut", "scarcity"]\n')
    ledger = run(path, tmp_path / "out")
    copied = tmp_path / "scenarios" / "storylines"
    copied.mkdir(parents=True)
    for each in (ROOT / "scenarios" / "storylines").glob("*.toml"):
        text = each.read_text(encoding="utf8")
        (copied / each.name).write_text(text + "# another word\n" * (each.stem == "glut"), encoding="utf8")
    monkeypatch.setattr(identity, "share", lambda name: tmp_path / name if name == "scenarios" else ROOT / name)
    identity.data_digest.cache_clear()
    try:
        with pytest.raises(LedgerError, match="was computed with other data"):
            Ledger.opened(ledger.folder).refuse_unless_current()
    finally:
        monkeypatch.undo()
        identity.data_digest.cache_clear()
    Ledger.opened(ledger.folder).refuse_unless_current()


# --- the right numbers ---


def test_a_difference_has_a_value_whether_or_not_more_is_better() -> None:
    names = [outcome.name for outcome in OUTCOMES if outcome.better == "neither"]
    found = plan({"path": DECLINE, "values": [0.25]}, draws=10, outcomes=names)
    rows = compute(found, [found.run(0)])[0].rows
    scenario = found.scenario(found.run(0))
    comparison, first = compare(scenario, draws=10, fidelity="instant"), scenario.between[0]
    moved = 0
    for option, name, versus, ahead in zip(
        *(rows[each] for each in ("option", "outcome", "versus", "ahead_share")), strict=True
    ):
        if option == first:
            continue
        mine, theirs = (comparison.own_totals(key, name)[1:] for key in (option, first))
        assert versus == pytest.approx(paired(mine, theirs, "higher").median, rel=1e-9, nan_ok=True), (option, name)
        assert np.isnan(ahead)
        moved += bool(versus)
    assert moved > 5


# --- what is possible is taken, what is not is refused in a sentence ---


def test_axes_that_only_go_together_are_taken() -> None:
    shares = [
        {"path": "portfolio.public_cluster_share", "values": [0.1, 0.3]},
        {"path": "portfolio.cloud_credits_share", "values": [0.7, 0.5]},
    ]
    found = plan(*shares, draws=0, outcomes="public_cost")
    reasons = [result.reason for result in compute(found, [found.run(number) for number in range(4)])]
    assert [bool(reason) for reason in reasons] == [False, True, True, False]
    with pytest.raises(ScenarioError, match="share"):
        plan(shares[0])


def test_possible_points_are_found_wherever_they_are_on_an_axis() -> None:
    assert plan({"path": "budget.total", "range": {"from": -300, "to": 300, "by": 1}}).runs == 601


@pytest.mark.parametrize(
    ("axis", "sentence"),
    [
        ('path = "fixed"\nvalues = [["cloud.decline_per_year"]]', "what is known is no value"),
        ('path = "budget.total"\nvalues = [2600000000, 9007199254740993]', "too large for a whole number"),
        (f'path = "budget.total"\nvalues = [1, {"9" * 401}]', "too large for a whole number"),
        (f'path = "budget.total"\nrange = {{ from = 1, to = {"9" * 401}, steps = 3 }}', "is not a number"),
    ],
)
def test_values_that_no_column_can_hold_are_refused(
    axis: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, f"[[axis]]\n{axis}\n")
    assert main(["sweep", str(path), "--out", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert sentence in err and "Traceback" not in err and not (tmp_path / "out").exists()


@pytest.mark.parametrize("what", [3, None, [], BASE])
def test_what_is_no_sweep_is_refused_in_python_too(what: Any) -> None:
    with pytest.raises(ScenarioError, match="is no sweep"):
        sim.sweep(what)


def test_a_million_runs_are_asked_for_in_python_too(tmp_path: Path) -> None:
    text = "".join(
        f'[[axis]]\npath = "{name}"\nrange = {{ from = {low}, to = {high}, steps = 1001 }}\n'
        for name, low, high in ((DECLINE, 0.1, 0.3), (LIFE, 3, 7))
    )
    many = sim.sweep(written(tmp_path, text))
    with pytest.raises(LedgerError, match="1,002,001 runs, more than 1,000,000"):
        many.run(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert many.run(tmp_path / "out", most_runs=2_000_000).ledger.plan.runs == 1_002_001


@pytest.mark.parametrize("words", [("--shard", "²/3"), ("--dask", "foo://host:1"), ("--dask", "tcp://host")])
def test_words_that_mean_nothing_are_refused_before_anything_is_written(
    words: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", str(written(tmp_path)), "--out", str(tmp_path / "out"), *words]) == 2
    assert f"{words[0]}: '{words[1]}' is not" in capsys.readouterr().err and not (tmp_path / "out").exists()


# --- what leaves the program ---


def test_a_title_that_looks_like_a_formula_is_text_in_a_workbook(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text().replace("A sweep", "=HYPERLINK('http://evil','x')"), encoding="utf8")
    run(path, tmp_path / "out")
    assert main(["sweep", "export", str(tmp_path / "out"), str(tmp_path / "a.xlsx")]) == 0
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
        assert b"=HYPERLINK" in book.read("xl/sharedStrings.xml")
    assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)


def test_where_nothing_was_computed_the_export_is_empty(tmp_path: Path) -> None:
    path = written(
        tmp_path, '[[axis]]\npath = "horizon_years"\nvalues = [1, 10]\n', head="draws = 0\nruns_per_part = 1\n"
    )
    ledger = Ledger.created(tmp_path / "out", read_sweep(path))
    for _ in fill(ledger, Launch(workers=0, shard=(1, 2))):
        pass
    assert ledger.status.failed == 1 and iamc(read_results(ledger)).empty


def test_a_currency_on_an_axis_gets_no_chart_of_money() -> None:
    found = plan({"path": "price_year", "values": [2024, 2025]}, draws=0, outcomes="public_cost")
    frame = as_table(found, compute(found, found.runs_of(0) + found.runs_of(1))).to_pandas()
    frame.loc[frame["number"] == 1, "unit"] = "JPY"
    with pytest.raises(ValueError, match="in several units along the axes"):
        figures(SweepResults(found, frame))


def test_python_leaves_the_handlers_of_signals_alone(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    one, two = (sim.sweep(written(tmp_path)).run(workers=0) for _ in range(2))
    assert sum(1 for _ in zip(one, two, strict=True)) > 10
    assert signal.getsignal(signal.SIGINT) is before


# --- what was changed, and what is implausible, is said ---


def test_a_sweep_says_what_was_changed_and_what_is_implausible(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = '[fix]\n"procurement.system_ratio" = 2.5\n[set]\n"demand.groups" = 900\n'
    path = written(tmp_path, f'{common}[[axis]]\npath = "{LIFE}"\nvalues = [4, 60]\n')
    assert main(["sweep", "plan", str(path), "--set", "operations.pue_ratio=1.3"]) == 0
    out = capsys.readouterr().out
    assert "→ 2.5 ([fix]; taken as known)" in out and "→ 900 ([set]" in out and "→ 1.3 (--set; its range" in out
    assert f"Warning: {LIFE}: 60 is outside the plausible range, 3 to 7" in out
    ledger = run(path, tmp_path / "out")
    again = Ledger.opened(ledger.folder)
    assert again.plan.base.changes == ledger.plan.base.changes and len(again.plan.base.changes) == 2
    assert warnings(again.plan) == warnings(ledger.plan) and again.plan.digest == ledger.plan.digest
    words = " ".join(" ".join(text.get_text().split()) for text in figures(read_results(again))["lines"].texts)
    assert "([fix]; taken as known)" in words and "outside the plausible range" in words


def test_a_plan_says_why_runs_failed() -> None:
    from sim.sweeps.estimate import estimate

    found = plan({"path": "horizon_years", "values": [10, 1]}, draws=0, outcomes="public_cost")
    needs = estimate(found)
    assert needs.failed == 1 and "horizon" in needs.reason
    assert any("of which 1 failed: " in line for line in lines(found, needs, 2))


def test_a_design_keeps_to_its_ranges_and_warns_of_none() -> None:
    found = plan({"design": "sobol", "points": 8, "over": [DECLINE]})
    assert not [line for line in warnings(found) if DECLINE in line]


def test_a_damaged_part_is_named_by_a_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = run(written(tmp_path, head="draws = 0\nruns_per_part = 1\n"), tmp_path / "out")
    ledger.path(1).write_bytes(ledger.path(1).read_bytes()[:-9])
    assert main(["sweep", "status", str(ledger.folder), "--check"]) == 1
    assert "damaged and put aside, to be computed anew by resume: part 2" in capsys.readouterr().err
    assert main(["sweep", "status", str(ledger.folder), "--check"]) == 0


def test_settings_from_outside_are_laid_over_those_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, f'[set]\n"{LIFE}" = 6\n{AXIS}')
    assert read_sweep(path, {LIFE: 4}).base.option("public_cluster").instrument.life_years == 4
    assert with_settings(BASE, {LIFE: 4}).option("public_cluster").instrument == (
        read_sweep(path, {LIFE: 4}).base.option("public_cluster").instrument
    )
