"""Sweeps from Python as modellers use it: a script without a main guard, a thread, a notebook, half a loop."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pandas as pd
import pytest

import sim
from sim.sweeps.ledger import Ledger
from tests.sweeps.ledgers import MARK, PARTS, ROOT, RUNS, SCENARIO, finish, marked, results, sweep_file, wait_until

SCRIPT = """
import sim
sweep = sim.sweep({sweep!r})
run = sweep.run({out!r}, workers=2)
frame = run.frame
print(len(frame), frame["number"].nunique())
"""
NOTEBOOK = """
import code
console = code.InteractiveConsole({{"__name__": "__main__"}})
for line in {script!r}.splitlines():
    console.push(line)
"""
HALF = """
import os, sim
for number, row in enumerate(sim.sweep({sweep!r}).run({out!r}, workers=2)):
    if number == 30:
        break
from pathlib import Path
from tests.sweeps.ledgers import marked
print(len(marked(os.environ["HEAVYPRESS_TEST"])))  # no process but this one
"""


def ran(script: str, folder: Path, mark: str) -> str:
    """What a script prints that is started in another folder, in which a module has the name of a library."""
    folder.mkdir()
    (folder / "script.py").write_text(script, encoding="utf8")
    here = folder / "here"
    here.mkdir()
    (here / "numpy.py").write_text("raise SystemExit('the wrong numpy')", encoding="utf8")
    done = subprocess.run(
        [sys.executable, folder / "script.py"], cwd=here, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), MARK: mark},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    wait_until(lambda: not marked(mark), "processes are left")
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("how", ["{script}", NOTEBOOK])
def test_five_lines_without_a_main_guard(how: str, sweep: Path, right: bytes, tmp_path: Path) -> None:
    script = SCRIPT.format(sweep=str(sweep), out=str(tmp_path / "out"))
    printed = ran(how.format(script=script), tmp_path / "script", f"five{len(how)}")
    assert printed.split() == [str(RUNS * 12), str(RUNS)]
    assert results(tmp_path / "out") == right


@pytest.mark.slow
def test_half_a_loop_leaves_no_process(sweep: Path, tmp_path: Path) -> None:
    script = HALF.format(sweep=str(sweep), out=str(tmp_path / "out"))
    assert ran(script, tmp_path / "script", "half").split() == ["1"]
    assert 0 < Ledger.opened(tmp_path / "out").status.done_parts < PARTS


@pytest.mark.slow
def test_in_a_thread(sweep: Path, right: bytes, tmp_path: Path) -> None:
    found: list[pd.DataFrame] = []
    thread = Thread(target=lambda: found.append(sim.sweep(sweep).run(tmp_path / "out", workers=2).frame))
    thread.start()
    thread.join(timeout=60)
    assert len(found) == 1 and results(tmp_path / "out") == right


@pytest.mark.slow
def test_the_rows_are_those_of_the_frame_and_the_folder_can_be_left_out(sweep: Path, right: bytes) -> None:
    run = sim.sweep(sweep).run(workers=0)
    rows = pd.DataFrame(list(run))
    pd.testing.assert_frame_equal(rows, run.frame, check_dtype=False)
    assert results(run.folder) == right
    folder = run.folder
    del run
    gc.collect()
    assert not folder.exists()


@pytest.mark.slow
def test_a_folder_goes_on_without_the_files_that_it_came_from(right: bytes, sweep: Path, tmp_path: Path) -> None:
    file = sweep_file(tmp_path / "files")
    Ledger.created(tmp_path / "out", sim.sweep(file).plan)
    file.write_text("it was changed", encoding="utf8")
    (tmp_path / "files" / "small.toml").unlink()
    finish(tmp_path / "out")
    assert results(tmp_path / "out") == right


@pytest.mark.parametrize("scenario", ["glut", "press_world", "mare_nostrum_5_es", "canada_sovereign_compute"])
def test_what_a_folder_keeps_is_the_sweep_itself(scenario: str, tmp_path: Path) -> None:
    text = f"""
title = "A sweep"
question = "Is it kept?"
scenario = "{scenario}"
draws = 3
set = {{ "cloud.decline_per_year" = 0.21 }}
fix = {{ "cloud.price_usd" = 2.5 }}
[[axis]]
design = "sobol"
points = 8
over = [
    {{ path = "public_cluster.life_years", low = 3, high = 7 }},
    {{ path = "budget.total", low = 1e8, high = 2e8, scale = "log" }},
]
[[axis]]
storylines = "all"
"""
    (tmp_path / "sweep.toml").write_text(text, encoding="utf8")
    plan = sim.sweep(tmp_path / "sweep.toml").plan
    folder = Ledger.created(tmp_path / "out", plan).folder
    assert Ledger.opened(folder).plan.digest == plan.digest


def test_a_folder_stands_alone_without_what_its_scenario_extends(tmp_path: Path) -> None:
    here = tmp_path / "files"
    file = sweep_file(here, scenario='title = "On top"\nquestion = "Does it stand?"\nextends = "base.toml"\n')
    own = SCENARIO.replace("world.demand.groups = 500", 'groups = "mine.csv"')
    (here / "base.toml").write_text(own, encoding="utf8")
    shutil.copy(ROOT / "data" / "groups_us_rd.csv", here / "mine.csv")
    plan = sim.sweep(file).plan
    Ledger.created(tmp_path / "out", plan)
    shutil.rmtree(here)
    shutil.move(tmp_path / "out", tmp_path / "elsewhere")
    assert Ledger.opened(tmp_path / "elsewhere").plan.digest == plan.digest
