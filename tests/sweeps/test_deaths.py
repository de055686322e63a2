"""Runs that cannot be computed, and processes that do not survive a part: rows with a reason, and the rest is done."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim.sweeps import workers
from sim.sweeps.ledger import Ledger
from sim.sweeps.parts import compute_part
from sim.sweeps.planning import status_lines
from sim.sweeps.problems import LedgerError
from sim.sweeps.queries import read_results
from sim.sweeps.reader import read_sweep
from sim.sweeps.run import Launch, fill
from sim.sweeps.workers import MOST_DEATHS, on_workers
from tests.sweeps.ledgers import RUNS, SWEEP, finish, litter, results, sweep_file, swept
from tests.sweeps.saboteurs import in_workers

KILLS = "number == 5 and os.kill(os.getpid(), signal.SIGKILL)"
IMPOSSIBLE = f"""{SWEEP.partition("[[axis]]")[0]}
[[axis]]
path = "horizon_years"
values = [2, 4]
[[axis]]
path = "budget.years"
values = [2, 3]
"""


@pytest.mark.slow
def test_a_part_that_kills_every_process_is_given_up(sweep: Path, right: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    deadly = in_workers(tmp_path / "fault", KILLS)
    code, out, err = swept("run", sweep, "--out", folder, "--workers", "2", env=deadly)
    assert code == 1 and f"{RUNS} of {RUNS} runs done, 2 failed" in out and "retry-failed" in err
    found = read_results(Ledger.opened(folder))
    assert found.failures["number"].tolist() == [10, 11]
    assert set(found.failures["reason"]) == {
        f"the process ended {MOST_DEATHS} times over this part, at last by signal 9"
    }
    others = pd.read_parquet(_file(tmp_path, right)).query("number not in (10, 11)").reset_index(drop=True)
    pd.testing.assert_frame_equal(found.done.reset_index(drop=True), others, check_dtype=False)
    assert any("Failed, 2 runs: the process ended 3 times" in line for line in status_lines(Ledger.opened(folder)))
    before = results(folder)
    finish(folder)
    assert results(folder) == before  # given up is given up, until it is asked for
    assert swept("retry-failed", folder, "--workers", "1")[0] == 0
    assert results(folder) == right and litter(folder) == []


def _file(folder: Path, content: bytes) -> Path:
    """A file with a content."""
    path = folder / "right.parquet"
    path.write_bytes(content)
    return path


def test_runs_that_are_impossible_are_rows_with_their_reason(tmp_path: Path) -> None:
    ledger = Ledger.created(tmp_path / "out", read_sweep(sweep_file(tmp_path, IMPOSSIBLE)))
    for _ in fill(ledger, Launch(workers=0)):
        pass
    found = read_results(ledger)
    assert found.failures["number"].tolist() == [1] and len(found.frame["number"].unique()) == 4
    assert found.failures["reason"].tolist() == [
        "budget.years: 3 is not possible; allowed: a whole number from 1 to 2 (the horizon)"
    ]
    assert (ledger.status.complete, ledger.status.failed) == (True, 1)


def test_what_an_earlier_attempt_left_is_worth_more_than_giving_up(tmp_path: Path) -> None:
    ledger = Ledger.created(tmp_path / "out", read_sweep(sweep_file(tmp_path, IMPOSSIBLE)))
    finish(ledger.folder)
    before = results(ledger.folder)
    assert ledger.failed() == [0]
    assert ledger.give_up(0, "the process ended").digest  # of a part in which one of two runs is sound
    finish(ledger.folder)
    assert results(ledger.folder) == before


def test_a_part_of_other_code_is_refused(sweep: Path, tmp_path: Path) -> None:
    ledger = Ledger.created(tmp_path / "out", read_sweep(sweep))
    part = compute_part(ledger.plan, 0)
    with pytest.raises(LedgerError, match="were changed while the sweep ran; what is done is safe"):
        ledger.add(part._replace(identity=replace(part.identity, code="0123456789abcdef")))
    assert ledger.missing(range(1)) == [0] and not list(ledger.folder.glob("parts/*"))


@pytest.mark.slow
def test_processes_that_do_not_start_are_no_fault_of_a_part(
    sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_START", "import sys; sys.exit(7)")
    with pytest.raises(LedgerError, match=r"end as soon as they start \(exit code 7\)"):
        list(on_workers(read_sweep(sweep), [0, 1, 2], 2))


@pytest.mark.slow
def test_a_large_parent_makes_no_large_children(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the system counts what the parent held as memory of the child until it starts a program of its own
    ballast, started = b"x" * (700 * 2**20), []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **more: started.append(args) or popen(*args, **more))
    assert len(list(on_workers(read_sweep(sweep), range(6), 1, most_mib=600))) == 6
    assert len(ballast) > 2**29 and len(started) == 1


@pytest.mark.slow
def test_a_process_that_has_grown_too_large_is_replaced(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **more: started.append(args) or popen(*args, **more))
    found = list(on_workers(read_sweep(sweep), range(3), 1, most_mib=10))
    assert [each.number for each in found] == [0, 1, 2] and len(started) == 3
