"""`heavypress sweep`: what it refuses, in one sentence and with nothing written, and what it says of what it did."""

from __future__ import annotations

import json
import os
from pathlib import Path
from shutil import copytree

import pytest

from sim.cli import main
from sim.sweeps.ledger import Ledger
from sim.sweeps.reader import read_sweep
from sim.sweeps.run import Launch, fill

ROOT = Path(__file__).resolve().parents[2]
HEAD = """
title = "A small sweep"
question = "Does it run?"
scenario = "small_country"
draws = 0
outcomes = ["additional_fe_hours"]
runs_per_part = 1
"""
AXIS = '[[axis]]\npath = "{}"\nvalues = {}\n'
FILES = {
    "small": HEAD + AXIS.format("cloud.price_usd", [2, 3]),
    "other": HEAD + AXIS.format("cloud.price_usd", [2, 4]),
    "failing": HEAD + AXIS.format("horizon_years", [2, 8]),  # two years are over before a machine comes
    "nowhere": HEAD + AXIS.format("cloud.prize_usd", [2, 3]),
    "empty": HEAD + AXIS.format("cloud.price_usd", []),
    "unequal": HEAD + "[[axis]]\nzip = [\n"
    '{ path = "cloud.price_usd", values = [2, 3] },\n{ path = "budget.total", values = [1e8] },\n]\n',
    "million": HEAD.replace("runs_per_part = 1", "") + "".join(
        f'[[axis]]\npath = "{path}"\nrange = {{ from = 1, to = 2, steps = 1001 }}\n'
        for path in ("cloud.price_usd", "hardware.doubling_years")
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sweep files, and of the results of some of them."""
    folder = tmp_path_factory.mktemp("sweeps")
    for name, text in FILES.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf8")
    for name, shard in {"small": None, "other": None, "failing": None, "half": (1, 2)}.items():
        plan = read_sweep(folder / f"{'small' if name == 'half' else name}.toml")
        list(fill(Ledger.created(folder / name, plan), Launch(workers=0, shard=shard)))
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("Not a sweep.", encoding="utf8")
    (folder / "mine.csv").mkdir()
    (folder / "file").write_text("", encoding="utf8")
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, where commands run."""
    copytree(made, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but for locks, with its bytes; folders without."""
    found = {path for path in folder.rglob("*") if not path.name.startswith(".lock")}
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in found}


REFUSED = {
    "sweep": "sweep: no command; heavypress sweep --help lists them",
    "sweep plam small.toml": "no command of sweep 'plam'; did you mean 'plan'?",
    "sweep where_it_turn --out x": "no command of sweep 'where_it_turn'; did you mean 'where_it_turns'?",
    "sweep run where_it_turn --out x": "where_it_turn: no such file or shipped sweep; did you mean 'where_it_turns'?",
    "sweep run . --out x": ".: is a folder; name a sweep file (.toml)",
    "sweep run small.toml": "--out is missing",
    "sweep small.toml --ot x": "sweep run: no option '--ot'; did you mean '--out'?",
    "sweep small.toml --draws 8 --out x": "sweep run: no option '--draws'; it is an option of ",
    "sweep run small.toml other.toml --out x": "sweep run: unexpected argument 'other.toml'",
    # --- what the issue of sweeps names ---
    "sweep run nowhere.toml --out x": "nowhere.toml: axis[1]: world.cloud.prize_usd: no parameter 'prize_usd'; did you",
    "sweep run empty.toml --out x": "empty.toml: axis[1].values: [] holds no value; write a list such as [0.1, 0.2]",
    "sweep run unequal.toml --out x": "unequal.toml: axis[1].zip: cloud.price_usd has 2 values and budget.total has 1",
    "sweep run million.toml --out x": "million: has 1,002,001 runs, more than 1,000,000; see how long they take",
    "sweep run other.toml --out small": "small: holds another sweep, 'A small sweep' (",
    # --- launchers ---
    "sweep run small.toml --out x --shard 0/3": "--shard: '0/3' is not I/N with I from 1 to N, such as 3/7",
    "sweep run small.toml --out x --shard 4/3": "--shard: '4/3' is not I/N with I from 1 to N, such as 3/7",
    "sweep run small.toml --out x --shard 3": "--shard: '3' is not I/N with I from 1 to N, such as 3/7",
    "sweep run small.toml --out x --shard a/b": "--shard: 'a/b' is not I/N with I from 1 to N, such as 3/7",
    "sweep run small.toml --out x --workers 0": "--workers: '0' is not a whole number from 1 to 4096",
    "sweep run small.toml --out x --workers two": "--workers: 'two' is not a whole number from 1 to 4096",
    "sweep run small.toml --out x --memory 5": "--memory: '5' is not a whole number from 200 to 1000000",
    "sweep run small.toml --out x --dask here": "--dask: 'here' is not the address of a scheduler, such as tcp://",
    "sweep run small.toml --out x --dask tcp://a:1 --workers 2": "--dask: the cluster has its own workers; leave out",
    "sweep run small.toml --out x --progress jsn": "--progress: 'jsn' must be one of auto, bar, lines, json, none; did",
    # --- folders and files ---
    "sweep run small.toml --out file": "file: is a file; name a folder",
    "sweep run small.toml --out file/x": "file/x: cannot be written: Not a directory",
    "sweep run small.toml --out mine": "mine: is not empty and holds no sweep; name another folder",
    "sweep run small.toml --out /proc/x": "/proc/x: cannot be written: ",
    "sweep run small.toml --out x --set cloud.price_usd=3": "small.toml: --set: cloud.price_usd is on an axis, which",
    "sweep run small.toml --out x --set cloud.prize=3": "small.toml: --set: world.cloud.prize: no parameter 'prize'",
    "sweep resume nothing": "nothing: holds no sweep; begin one with: heavypress sweep FILE --out nothing",
    "sweep resume mine": "mine: holds no sweep; begin one with: heavypress sweep FILE --out mine",
    "sweep retry-failed nothing": "nothing: holds no sweep; begin one with: heavypress sweep FILE --out nothing",
    "sweep status file": "file: cannot be read: Not a directory",
    "sweep merge small": "--out is missing",
    "sweep merge --out x": "FOLDERS is missing",
    "sweep merge small nothing --out x": "nothing: holds no sweep; begin one with: heavypress sweep FILE --out nothing",
    "sweep merge small other --out x": "other: holds another sweep (",
    "sweep merge small --out mine": "mine: is not empty and holds no sweep; name another folder",
    # --- reading ---
    "sweep query small": "SQL is missing",
    "sweep query small 'selct 1'": 'query: Parser Error: syntax error at or near "selct"',
    "sweep query small 'select nope from results'": 'query: Binder Error: Referenced column "nope" not found',
    "sweep query small 'select * from nope'": "query: Catalog Error: Table with name nope does not exist!",
    "sweep query small ' '": "query: asks nothing; write ",
    "sweep query small '/* nothing */'": "query: asks nothing; write ",
    "sweep query nothing 'select 1'": "nothing: holds no sweep; begin one with: heavypress sweep FILE --out nothing",
    "sweep export small x.txt": "x.txt: end it in .csv or .xlsx, or name a --format: csv, xlsx, iamc",
    "sweep export small mine.csv": "mine.csv: is a folder; name a file",
    "sweep export small nowhere/x.csv": "nowhere/x.csv: its folder does not exist; name a file",
    "sweep export small x.csv --format iamk": "--format: 'iamk' must be one of csv, xlsx, iamc; did you mean 'iamc'?",
    "sweep script small.toml --out x": "--shards is missing",
    "sweep script small.toml --out x --shards 0": "--shards: '0' is not a whole number from 1 to 1000000",
    "sweep plan small.toml --workers 0": "--workers: '0' is not a whole number from 1 to 4096",
    "sweep plot nothing": "nothing: holds no sweep; begin one with: heavypress sweep FILE --out nothing",
    "sweep plot small --out file": "file: is a file; name a folder",
    "sweep plot small --outcome need_met": "--outcome: ",
    "sweep plot small --outcome additional_fe_hour": "--outcome: no outcome of this sweep 'additional_fe_hour'; did",
    # --- one kind of file in the place of the other ---
    f"sweep {ROOT}/scenarios/nairr_us.toml --out x": f"{ROOT}/scenarios/nairr_us.toml: is a scenario, not a sweep; he",
    "compare small.toml": "small.toml: is a sweep, not a scenario; heavypress sweep takes it",
    "check small.toml": "small.toml: is a sweep, not a scenario; heavypress sweep takes it",
}


@pytest.mark.parametrize("line", REFUSED)
def test_one_sentence_exit_code_2_and_nothing_written(
    line: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(here)
    quoted = line.split("'")  # one argument in quotation marks, at the end
    assert main([*quoted[0].split(), *quoted[1:2]]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert err.startswith(f"heavypress: {REFUSED[line]}")
    assert contents(here) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    closed = here / "closed"
    closed.mkdir(mode=0o500)
    assert main(["sweep", "small.toml", "--out", "closed/x"]) == 2
    assert capsys.readouterr().err == "heavypress: closed/x: cannot be written: Permission denied\n"


# --- what it says of what it did ---


def test_a_run_says_where_its_results_are(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "small.toml", "--out", "small", "--progress", "none"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("2 of 2 runs done, 0 failed\nResults are in small/results.parquet; ") and err == ""


def test_a_run_that_fails_is_counted_explained_and_not_silent(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "failing.toml", "--out", "failing", "--progress", "none"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("2 of 2 runs done, 1 failed\n")
    assert err == "heavypress sweep status failing says why\n"
    assert main(["sweep", "status", "failing"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Failed, 1 run: ")]
    assert "horizon" in line


def test_half_a_sweep_says_how_to_go_on(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "status", "half"]) == 0
    assert "1 of 2 runs done, in 1 of 2 parts; 0 failed; go on with: heavypress sweep resume half\n" in (
        capsys.readouterr().out
    )


def test_progress_as_json_is_a_line_of_json_each_on_standard_error(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "resume", "half", "--workers", "1", "--progress", "json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["runs"], line["done"], line["new"]) for line in lines] == [(2, 1, 0), (2, 2, 1)]
    assert (here / "half" / "results.parquet").read_bytes() == (here / "small" / "results.parquet").read_bytes()


def test_a_query_prints_a_table_csv_or_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sql = "select \"cloud.price_usd\" as rent, close from results where option = 'do_nothing' order by rent"
    assert main(["sweep", "query", "small", sql, "--format", "csv"]) == 0
    assert capsys.readouterr().out == "rent,close\n2.0,\n3.0,\n"
    assert main(["sweep", "query", "small", sql, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"rent": 2.0, "close": None}, {"rent": 3.0, "close": None}]


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_an_export_says_what_it_wrote(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "export", "small", name]) == 0
    assert capsys.readouterr().out == f"Written: {name}\n" and (here / name).stat().st_size > 100


def test_a_million_runs_are_taken_where_somebody_says_yes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """But only as far as a shard that has none of them."""
    assert main(["sweep", "million.toml", "--out", "x", "--yes", "--shard", "2000000/2000000"]) == 0
    assert capsys.readouterr().out == "0 of 1,002,001 runs done, 0 failed\n"
