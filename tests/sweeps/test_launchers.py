"""The same bytes whoever computes: this process, others, shards in any order, a cluster, or one after another."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import sim
from sim.sweeps.ledger import Ledger
from sim.sweeps.problems import LedgerError
from sim.sweeps.reader import read_sweep
from sim.sweeps.run import Launch, Stop, fill
from tests.sweeps.clusters import Cluster, cluster
from tests.sweeps.ledgers import RUNS, Command, kill_one, litter, results, swept


def some(folder: Path, parts: int, launch: Launch) -> None:
    """Compute a few more parts of a sweep that has begun."""
    filling = fill(Ledger.opened(folder), launch)
    for _ in range(parts + 1):
        next(filling)
    filling.close()  # type: ignore[attr-defined]


def test_seven_shards_in_any_order(sweep: Path, right: bytes, tmp_path: Path) -> None:
    shards = Random(7).sample(range(1, 8), 7)
    for shard in shards:
        assert not (tmp_path / "results.parquet").exists()
        for _ in fill(Ledger.created(tmp_path, read_sweep(sweep)), Launch(workers=0, shard=(shard, 7))):
            pass
    assert results(tmp_path) == right


@pytest.mark.slow
def test_a_sweep_stopped_anywhere_and_gone_on_with(sweep: Path, right: bytes, tmp_path: Path) -> None:
    Ledger.created(tmp_path, read_sweep(sweep))
    for parts in (0, 1, 5, 2):
        some(tmp_path, parts, Launch(workers=0))
    some(tmp_path, 2, Launch(workers=0, shard=(3, 3)))
    for _ in fill(Ledger.opened(tmp_path), Launch(workers=0)):
        pass
    assert results(tmp_path) == right


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 5])
def test_processes(workers: int, sweep: Path, right: bytes, tmp_path: Path) -> None:
    run = sim.sweep(sweep).run(tmp_path / "out", workers=workers)
    numbers = [row["number"] for row in run]
    assert len(numbers) == len(run.frame) and set(numbers) == set(range(RUNS))
    assert results(tmp_path / "out") == right and litter(tmp_path / "out") == []


@pytest.fixture(scope="module")
def dask() -> Cluster:
    """A cluster for these tests."""
    pytest.importorskip("distributed")
    with cluster() as found:
        yield found  # type: ignore[misc]


@pytest.mark.slow
def test_a_cluster(sweep: Path, right: bytes, tmp_path: Path, dask: Cluster) -> None:
    code, out, _ = swept("run", sweep, "--out", tmp_path / "out", "--dask", dask.address)
    assert code == 0 and f"{RUNS} of {RUNS} runs done, 0 failed" in out
    assert results(tmp_path / "out") == right and litter(tmp_path / "out") == []


@pytest.mark.slow
def test_a_sweep_killed_under_one_launcher_is_finished_by_others(
    sweep: Path, right: bytes, tmp_path: Path, dask: Cluster
) -> None:
    folder, done = tmp_path / "out", []
    for words in (["--dask", dask.address], ["--workers", "2"], ["--shard", "2/3", "--workers", "1"]):
        command = Command("run", sweep, "--out", folder, "--progress", "json", *words)
        command.first_line(), command.first_line(), command.first_line()  # two parts at least
        command.kill()
        done.append(Ledger.opened(folder).status.done_parts)
    assert done == sorted(set(done)) and done[-1] < Ledger.opened(folder).status.parts
    assert swept("resume", folder, "--dask", dask.address)[0] == 0
    assert results(folder) == right and litter(folder) == []


@pytest.mark.slow
def test_a_cluster_that_goes_away_and_one_that_is_not_there(
    sweep: Path, right: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.sweeps.cluster.SECONDS_TO_CONNECT", 1)
    folder = tmp_path / "out"
    with cluster() as gone:
        command = Command("run", sweep, "--out", folder, "--dask", gone.address, "--progress", "json")
        command.first_line(), command.first_line()
        kill_one([gone.scheduler], 0)
        code, _, err = command.ended()
    said = err.splitlines()[-1]
    assert code == 2 and said.startswith(
        f"heavypress: --dask {gone.address}: the cluster is gone; what is done is safe"
    )
    assert "Traceback" not in err
    with pytest.raises(LedgerError, match=f"{gone.address}: no scheduler answers"):
        for _ in fill(Ledger.opened(folder), Launch(dask=gone.address)):
            pass
    assert swept("resume", folder, "--workers", "2")[0] == 0 and results(folder) == right


@pytest.mark.slow
def test_no_file_stays_open_after_a_stop(sweep: Path, tmp_path: Path) -> None:
    ledger = Ledger.created(tmp_path, read_sweep(sweep))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        stop = Stop()
        for progress in fill(ledger, Launch(workers=2), stop):
            stop.asked = stop.asked or progress.part is not None
    assert len(list(Path("/proc/self/fd").iterdir())) == before
