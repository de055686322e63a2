"""kill -9 at fifty moments: of the command, of its processes, of the workers of a cluster. Nothing is lost or wrong.

The moments are drawn; what is under way at each of them is not, so that every run of these tests finds other ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median

import pytest

from sim.sweeps.ledger import Ledger
from tests.sweeps.clusters import cluster
from tests.sweeps.ledgers import RUNS, Command, finish, kill_one, litter, results, swept, wait_until

pytestmark = pytest.mark.slow


def sound(folder: Path) -> bool:
    """Whether every part with an entry is as it was written; true at every moment, for a part comes before it."""
    ledger = Ledger.opened(folder)
    return {number for number, _ in ledger.entries()}.isdisjoint(ledger.missing(put_aside=False))


def assert_ended_well(command: Command, folder: Path) -> None:
    """All runs are done, but for a part that was in hand at three of the kills; that one is computed now."""
    code, out, err = command.ended()
    assert f"{RUNS} of {RUNS} runs done, {2 * code} failed" in out and "Traceback" not in err, err[-2000:]
    assert sound(folder)
    if code:
        finish(folder, again=True)


def assert_right(folder: Path, right: bytes) -> None:
    """Finished, with the bytes of the undisturbed sweep, and nothing beside them."""
    finish(folder)  # sweeps up, and finds nothing to do
    status = Ledger.opened(folder).status
    assert (status.complete, status.done_runs, status.failed) == (True, RUNS, 0)
    assert results(folder) == right and litter(folder) == []


def test_the_command_is_killed(
    sweep: Path, right: bytes, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance, kills, folder, found, seconds = Random(13), 0, tmp_path / "0", [], []
    while kills < 20:
        begun = time.monotonic()
        command = Command("run", sweep, "--out", folder, "--workers", "2", "--progress", "json")
        if kills % 4:  # else it is killed while it reads or writes what a sweep is
            command.first_line()
            seconds.append(time.monotonic() - begun)
            time.sleep(chance.uniform(0.3, 2.0))
        else:
            time.sleep(chance.uniform(0.1, 0.8))
        kills += command.process.poll() is None
        command.kill()
        if (folder / "manifest.json").is_file():
            assert sound(folder)
            if Ledger.opened(folder).status.complete:
                found.append(folder)
                folder = tmp_path / str(len(found))
    for each in {*found, folder}:
        swept("run", sweep, "--out", each, "--workers", "2")
        assert_right(each, right)
    record_property("seconds_until_work_goes_on", round(median(seconds), 2))
    print(f"\n{kills} kills of the command; work goes on {median(seconds):.2f} s after it is started again")


def test_processes_of_the_command_are_killed(sweep: Path, right: bytes, tmp_path: Path) -> None:
    chance, kills, sweeps = Random(14), 0, 0
    while kills < 20:
        folder, here = tmp_path / str(sweeps), 0
        command = Command("run", sweep, "--out", folder, "--workers", "2", "--progress", "json")
        command.first_line()
        while command.process.poll() is None and here < 7:
            time.sleep(chance.uniform(0.2, 1.2))
            here += kill_one(command.others(), chance.randrange(2))
        assert_ended_well(command, folder)
        assert_right(folder, right)
        kills, sweeps = kills + here, sweeps + 1
    print(f"\n{kills} kills of processes, in {sweeps} sweeps")


def test_workers_of_a_cluster_are_killed(sweep: Path, right: bytes, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    chance, kills, sweeps = Random(15), 0, 0
    with cluster() as dask:
        while kills < 10:
            folder, here = tmp_path / str(sweeps), 0
            wait_until(lambda: len(dask.workers) == 2, "the workers were not started again")
            command = Command("run", sweep, "--out", folder, "--dask", dask.address, "--progress", "json")
            command.first_line()
            while command.process.poll() is None and here < 5:
                time.sleep(chance.uniform(0.2, 1.2))
                here += kill_one(dask.workers, chance.randrange(2))
            assert_ended_well(command, folder)
            assert_right(folder, right)
            kills, sweeps = kills + here, sweeps + 1
    print(f"\n{kills} kills of workers of a cluster, in {sweeps} sweeps")
