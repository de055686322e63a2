"""The sweeps that ship, and docs/sweeps.md: what it shows is read, computed and run as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.comparison.run import compare
from sim.scenario import load, pinned
from sim.scenario.files import table_text
from sim.scenario.storylines import load_under
from sim.sweeps import reader
from sim.sweeps.estimate import Estimate
from sim.sweeps.evaluation import compute
from sim.sweeps.ledger import Ledger
from sim.sweeps.parts import as_table, compute_part, schema
from sim.sweeps.plan import Plan
from sim.sweeps.queries import query
from sim.sweeps.reader import read_sweep, shipped
from sim.sweeps.run import Launch, fill
from sim.sweeps.scripts import slurm

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf8")
KINDS = {"rents_life_budget": 3, "system_price_and_use": 2, "size_of_programme": 2, "where_it_turns": 1}  # axes
LONGEST_LINE = 120
AGE, USE = "public_cluster.life_years", "public_cluster.target_utilisation"


def blocks(language: str, document: str = "docs/sweeps.md") -> list[str]:
    """The blocks of code of a language in a document."""
    text = (ROOT / document).read_text(encoding="utf8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def rows_under(head: str) -> list[str]:
    """The names in the first column of the table whose head begins so."""
    table = DOCUMENT.partition(f"\n| {head} |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def small(folder: Path, name: str = "rents_life_budget", **changes: Any) -> Path:
    """A shipped sweep of two values an axis and few draws, beside nothing else."""
    table = tomllib.loads((ROOT / "scenarios" / "sweeps" / f"{name}.toml").read_text(encoding="utf8"))
    axes = [{"path": axis["path"], "values": values(axis)} for axis in table["axis"]]
    path = folder / "small.toml"
    path.write_text(table_text({**table, "axis": axes, "draws": 8, "runs_per_part": 3, **changes}), encoding="utf8")
    return path


def values(axis: dict[str, Any]) -> list[float]:
    """Two values of an axis, the last among them."""
    return axis["values"][-2:] if "values" in axis else [axis["range"]["from"], axis["range"]["to"]]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The results of a small sweep."""
    folder = tmp_path_factory.mktemp("sweeps")
    found = Ledger.created(folder / "rents", read_sweep(small(folder)))
    list(fill(found, Launch(workers=0)))
    return found


# --- the five that ship ---


def test_three_grids_a_design_and_a_list_of_storylines_ship() -> None:
    plans = {name: read_sweep(name) for name in shipped()}
    assert {name: len(plan.axes) for name, plan in plans.items() if name in KINDS} == KINDS
    kinds = {name: {axis.kind for axis in plan.axes} for name, plan in plans.items()}
    assert [name for name, found in kinds.items() if found == {"sobol"}] == ["where_it_turns"]
    assert [name for name, found in kinds.items() if "storylines" in found] == ["storylines_nairr"]


@pytest.mark.parametrize("name", shipped())
def test_the_first_run_of_every_sweep_that_ships_is_computed(name: str) -> None:
    plan = read_sweep(name)
    results = compute(plan, [plan.run(0)])
    assert [result.reason for result in results] == [""]
    table = as_table(plan, results).to_pandas()
    assert set(table["outcome"]) == set(plan.outcomes)
    best = table.groupby("outcome")["best"].sum()
    assert best["additional_fe_hours"] == 1 and set(best) <= {0, 1}  # none where no option has a value


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_the_first_and_the_last_part_of_every_sweep_that_ships_is_computed(name: str) -> None:
    plan = read_sweep(name)
    for number in (0, plan.parts - 1):
        part = compute_part(plan, number)
        assert (part.runs, part.failed) == (len(plan.runs_of(number)), 0)


@pytest.mark.parametrize("name", shipped())
def test_a_sweep_that_ships_says_why_its_axes_are_what_they_are(name: str) -> None:
    text = (ROOT / "scenarios" / "sweeps" / f"{name}.toml").read_text(encoding="utf8")
    lines = text.splitlines()
    assert lines[0].startswith("# ") and lines[0].endswith("?")
    assert all(lines[at - 1].startswith("# ") or name in ("where_it_turns", "storylines_nairr")
               for at, line in enumerate(lines) if line == "[[axis]]")  # fmt: skip
    assert max(map(len, lines)) <= LONGEST_LINE


@pytest.mark.parametrize("name", shipped())
def test_the_document_says_how_many_runs_a_sweep_has_and_what_it_finds(name: str) -> None:
    plan = read_sweep(name)
    (row,) = re.findall(rf"^\| \[`{name}`\]\(\.\./scenarios/sweeps/{name}\.toml\) (.*)\|$", DOCUMENT, re.MULTILINE)
    assert row.split("|")[1].strip() == f"`{plan.base.key}`" and row.split("|")[3].strip() == str(plan.runs)
    assert f"- **{name}.** " in DOCUMENT


# --- the document ---


def test_every_entry_of_a_file_has_a_row_and_an_example() -> None:
    names = {name.strip("[]") for name in rows_under("entry")}
    assert names == set(reader.TOP) - {"axis"}
    assert set(tomllib.loads(blocks("toml")[0])) == set(reader.TOP)


@pytest.mark.parametrize("number", range(len(blocks("toml"))))
def test_every_example_of_a_file_is_one(number: int, tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(blocks("toml")[number], encoding="utf8")
    plan = read_sweep(path)
    assert [result.reason for result in compute(plan, [plan.run(plan.runs - 1)])] == [""]


def test_the_examples_show_an_axis_of_each_kind() -> None:
    axes = [axis for text in blocks("toml") for axis in tomllib.loads(text)["axis"]]
    assert {entry for axis in axes for entry in axis} >= {"values", "range", "zip", "storylines", "design", "label"}


def test_every_column_of_a_result_has_a_row(ledger: Ledger) -> None:
    assert set(schema(ledger.plan).names) - set(ledger.plan.paths) == set(rows_under("column | unit")) - {"storyline"}


def test_every_file_of_a_ledger_has_a_row(ledger: Ledger) -> None:
    written = {path.relative_to(ledger.folder).as_posix() for path in ledger.folder.rglob("*") if path.is_file()}
    named = set(rows_under("file"))
    assert {name for name in written if not re.fullmatch(r"parts/00000[2-9]\..*", name)} == named - {"damaged/"}


@pytest.mark.parametrize("sql", blocks("sql"))
def test_every_example_of_sql_is_answered(sql: str, ledger: Ledger) -> None:
    found = query(ledger, sql)
    assert len(found.columns) >= 2 and (len(found) > 0 or "failures" in sql)


@pytest.mark.parametrize("document", ["README.md", "docs/sweeps.md"])
def test_the_five_lines_of_a_document_run(
    document: str, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    (text,) = [each for each in blocks("python", document) if "pivot_table" in each]
    assert len(text.splitlines()) <= 5
    monkeypatch.chdir(ledger.folder.parent)
    exec(text.replace('"rents_life_budget"', '"small.toml"'), {})
    assert "budget.total" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("axis", "settings", "story"),
    [
        ({"path": "cloud.decline_per_year", "values": [0.25]}, pinned({"cloud.decline_per_year": 0.25}), None),
        ({"path": "cloud.decline_per_year", "values": [0.25], "drawn": True}, {"cloud.decline_per_year": 0.25}, None),
        ({"path": "budget.total", "values": [1e9]}, {"budget.total": 1e9}, None),
        ({"storylines": ["glut"]}, {}, "glut"),
    ],
)
def test_a_point_has_the_numbers_of_the_command_beside_it(
    axis: dict[str, Any], settings: dict[str, Any], story: str | None, tmp_path: Path
) -> None:
    plan = read_sweep(small(tmp_path, axis=[axis]))
    (result,) = compute(plan, [plan.run(0)])
    alone = compare(load_under("nairr_us", settings, story), draws=8, fidelity="instant")
    assert len(result.rows["option"]) == len(plan.base.options) * len(plan.outcomes)
    for number, (key, name) in enumerate(zip(result.rows["option"], result.rows["outcome"], strict=True)):
        theirs = alone.own_totals(key, name)
        assert result.rows["central"][number] == pytest.approx(theirs[0], rel=1e-12)
        assert result.rows["median"][number] == pytest.approx(np.median(theirs[1:]), rel=1e-12)


# --- launchers ---


def needs(seconds: float = 60.0) -> Estimate:
    """What a plan needs, without trying it."""
    return Estimate(tried=1, failed=0, seconds=seconds, megabytes=1.0)


@pytest.mark.slow
def test_a_job_script_fills_a_ledger_task_by_task(ledger: Ledger, tmp_path: Path) -> None:
    """In any order, and one task twice."""
    out, job = tmp_path / "rents at night", tmp_path / "job.sh"
    job.write_text(slurm(ledger.plan, needs(), ledger.folder.parent / "small.toml", out, 2, 1), encoding="utf8")
    subprocess.run(["bash", "-n", job], check=True)
    for task in (2, 1, 2):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "SLURM_ARRAY_TASK_ID": str(task)}
        subprocess.run(["bash", job], env=environment, cwd=tmp_path, check=True, capture_output=True)
    assert (out / "results.parquet").read_bytes() == (ledger.folder / "results.parquet").read_bytes()


@pytest.mark.parametrize(
    ("seconds", "shards", "time"), [(60.0, 20, "00:10:00"), (36e3, 10, "03:00:00"), (3.6e6, 10, "300:00:00")]
)
def test_a_job_asks_for_three_times_the_estimate(ledger: Ledger, seconds: float, shards: int, time: str) -> None:
    script = slurm(ledger.plan, needs(seconds), Path("a b.toml"), Path("c d"), shards, 1)
    assert f"#SBATCH --time={time}\n" in script and f"#SBATCH --array=1-{shards}\n" in script


def test_a_job_name_has_no_blanks(ledger: Ledger) -> None:
    script = slurm(replace(ledger.plan, key="my own sweep"), needs(), Path("x.toml"), Path("x"), 2, 1)
    assert "#SBATCH --job-name=heavypress-my_own_sweep\n" in script


def snakefile() -> str:
    """That of the document."""
    (text,) = [each for each in blocks("python") if "rule all" in each]
    return text


def test_the_snakefile_has_twenty_lines_and_names_the_parts_of_a_ledger(ledger: Ledger) -> None:
    assert len(snakefile().splitlines()) <= 20
    assert 'f"{i:06}"' in snakefile() and ledger.path(0).name == f"{1:06}.parquet"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("snakemake") is None, reason="no snakemake here")
def test_the_snakefile_fills_a_ledger(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "Snakefile").write_text(snakefile().replace('"rents_life_budget"', '"small.toml"'), encoding="utf8")
    shutil.copy(ledger.folder.parent / "small.toml", tmp_path)
    command = tmp_path / "bin" / "heavypress"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m sim "$@"\n', encoding="utf8")
    command.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{command.parent}:{os.environ['PATH']}"}
    subprocess.run(["snakemake", "--cores", "2"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    written, theirs = tmp_path / "rents" / "results.parquet", ledger.folder / "results.parquet"
    assert written.read_bytes() == theirs.read_bytes()


def test_a_shipped_sweep_is_found_beside_the_folder_of_its_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "where_it_turns").mkdir()
    monkeypatch.chdir(tmp_path)
    plan: Plan = sim.sweep("where_it_turns").plan
    assert plan.runs == 512 and load(plan.base.key).title == plan.base.title


# --- what they find ---


def finding(name: str) -> str:
    """What the document says that a sweep finds, on one line."""
    return " ".join(DOCUMENT.partition(f"- **{name}.** ")[2].partition("\n- **")[0].partition("\n\n")[0].split())


def rows_of(name: str) -> pd.DataFrame:
    """The results of a shipped sweep by additional FE-hours."""
    frame = sim.sweep(name).run().frame
    return frame[frame["outcome"] == "additional_fe_hours"]


def percent(share: float) -> str:
    """A share as the document writes it."""
    return f"{100 * share:.0f} %"


@pytest.mark.slow
def test_what_the_document_says_of_rents_life_and_budget() -> None:
    run = sim.sweep("rents_life_budget").run()
    frame, text = run.frame, finding("rents_life_budget")
    best = frame[frame["best"].fillna(False).astype(bool)]
    ours, need = (best[best["outcome"] == name] for name in ("additional_fe_hours", "need_met"))
    low, high = ours["cloud.decline_per_year"] < 0.16, ours["cloud.decline_per_year"] > 0.24
    assert set(ours[low]["option"]) == {"public_cluster"} and set(ours[high]["option"]) == {"cloud_credits"}
    close = ours[ours["close"].astype(bool)]
    assert f"{len(close)} of the 160 cells are too close to call" in text
    assert set(close["cloud.decline_per_year"].round(2)) == {0.2, 0.25}
    assert f"by need met machines are the best in {(need['option'] == 'public_cluster').sum()} cells" in text.lower()
    credits = frame[(frame["outcome"] == "additional_fe_hours") & (frame["option"] == "cloud_credits")]
    even = credits[credits["cloud.decline_per_year"].round(2) == 0.2].set_index(["budget.total", AGE])["ahead_share"]
    usual = even.drop(5.2e9, level=0)
    assert f"ahead in {100 * usual.min():.0f} to {percent(usual.max())} of the worlds" in text
    gain = (even.xs(4, level=1) - even.xs(7, level=1)) * 100
    assert f"by {gain.min():.0f} to {gain.max():.0f} percentage points" in text


@pytest.mark.slow
def test_what_the_document_says_of_system_price_and_use() -> None:
    frame, text = sim.sweep("system_price_and_use").run().frame, finding("system_price_and_use")
    of = frame[(frame["outcome"] == "additional_fe_hours") & (frame["option"] == "cloud_credits")]
    for use in (0.71, 0.79, 0.87):
        line = of[of[USE].round(2) == use].sort_values("procurement.system_ratio")
        ratio = np.interp(0.5, line["ahead_share"], line["procurement.system_ratio"])
        assert f"{ratio:.2f} times" in text and f"at {percent(use)}" in text
    waits = frame[frame["option"] == "public_cluster"].groupby(["outcome", frame[USE].round(2)])["median"].median()
    seconds, minutes = waits["wait_p50"][0.71] * 3600, waits["wait_p50"][0.87] * 60
    assert f"from {seconds:.0f} seconds to {minutes:.0f} minutes" in text
    assert f"from {waits['wait_p95'][0.71]:.0f} hours to {waits['wait_p95'][0.87]:.0f}." in text


@pytest.mark.slow
def test_what_the_document_says_of_the_size_of_a_programme() -> None:
    frame, text = rows_of("size_of_programme"), finding("size_of_programme")
    share = frame[frame["option"] == "cloud_credits"].set_index("budget.total")["ahead_share"]
    few = share.loc[[10e6, 20e6]]
    assert f"in {100 * few.min():.0f} to {percent(few.max())} of the worlds" in text
    assert f"with 80 million in {percent(share.loc[80e6].min())} or more" in text
    assert f"ahead in more than {percent(1 - share.min())}." in text
    best = frame[frame["best"].astype(bool)].set_index(["budget.total", "demand.groups"])
    assert best["close"].loc[[(160e6, 2000), (160e6, 8000), (640e6, 4000), (640e6, 8000)]].all()
    assert best["option"].loc[(160e6, 250)] == "portfolio"


@pytest.mark.slow
def test_what_the_document_says_of_where_it_turns() -> None:
    frame, text = rows_of("where_it_turns"), finding("where_it_turns")
    credits = frame[frame["option"] == "cloud_credits"]
    ahead, fall = credits["ahead_share"] > 0.5, credits["cloud.decline_per_year"]
    assert f"at {ahead.sum()} of the {len(credits)} points" in text
    assert f"ahead at {percent(ahead[fall < 0.15].mean())} of the points" in text
    assert f"more than 30 % at {percent(ahead[fall > 0.3].mean())}" in text
    between = credits[fall.between(0.18, 0.28)]
    for rows, path in ((credits, fall.name), (credits, "hardware.doubling_years"), (between, fall.name),
                       (between, "procurement.system_ratio")):  # fmt: skip
        assert f"{rows[path].corr(rows['ahead_share'], method='spearman'):.2f})" in text


@pytest.mark.slow
def test_what_the_document_says_of_twelve_storylines() -> None:
    frame, text = rows_of("storylines_nairr"), finding("storylines_nairr")
    mix = "portfolio.public_cluster_share"
    medians = frame.pivot_table(index=["storyline", mix], columns="option", values="median")
    most = medians.max(axis=1).groupby("storyline").max()
    shares = medians.div(most, axis=0, level="storyline")
    assert f"to {percent(shares['public_cluster'].min())} of the best median in a glut" in text
    assert f"credits alone to {percent(shares['cloud_credits'].min())} in a press world" in text
    mixes = shares["portfolio"].unstack(mix)
    assert mixes.min().idxmax() == 0.6 and f"{percent(mixes[0.6].min())} at worst" in text
    assert (mixes[0.6].round(2) >= 0.92).sum() == 8
    best = frame[frame["best"].astype(bool) & (frame[mix] == 0.6)].set_index("storyline")
    sure = best[~best["close"].astype(bool)]["option"].groupby(best["option"]).groups
    assert {key: set(names) for key, names in sure.items()} == {
        "public_cluster": {"scarcity", "lean_state", "press_world"}, "cloud_credits": {"glut", "small_country"},
    }  # fmt: skip
