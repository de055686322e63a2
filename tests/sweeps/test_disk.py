"""A disk that is full, cannot be written or goes away: one sentence, and nothing that was done is lost."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sim.cli import main
from sim.sweeps.ledger import Ledger
from sim.sweeps.problems import LedgerError
from sim.sweeps.reader import read_sweep
from sim.sweeps.run import Launch, fill
from tests.sweeps.ledgers import PARTS, Command, finish, litter, results, swept

KIB = 1024


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Path]:
    """A file system of its own in memory."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "none", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def changed(disk: Path, options: str) -> None:
    """Mount it with other options."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("kib", [4, 160, 300])
def test_a_disk_that_fills_up_loses_nothing(kib: int, sweep: Path, right: bytes, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kib) as disk:
        folder = disk / "out"
        with pytest.raises(LedgerError, match=r"^\S+: the disk is full; what is done is safe") as raised:
            for _ in fill(Ledger.created(folder, read_sweep(sweep)), Launch(workers=0)):
                pass
        assert "\n" not in str(raised.value)
        there = sorted(folder.glob("parts/*.parquet"))
        changed(disk, f"size={kib + 2000}k")
        ledger = Ledger.created(folder, read_sweep(sweep))
        assert len(ledger.missing()) in (PARTS - len(there), PARTS - len(there) + 1)  # the last may have no entry
        finish(folder)
        assert results(folder) == right and litter(folder) == []


@pytest.mark.slow
def test_the_command_says_that_the_disk_is_full(sweep: Path, right: bytes, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 160) as disk:
        folder = disk / "out"
        code, _, err = swept("run", sweep, "--out", folder, "--workers", "2", "--progress", "none")
        assert code == 2 and err.count("\n") == 1 and "the disk is full" in err and f"sweep resume {folder}" in err
        changed(disk, "size=2m,ro")
        assert swept("resume", folder)[::2] == (2, f"heavypress: {folder}: cannot be written: Read-only file system\n")
        assert swept("status", folder)[0] == 0
        changed(disk, "size=2m,rw")
        assert swept("resume", folder, "--workers", "2")[0] == 0
        assert results(folder) == right and litter(folder) == []


@pytest.mark.slow
def test_a_limit_on_the_size_of_files_is_as_a_full_disk(sweep: Path, right: bytes, tmp_path: Path) -> None:
    folder, most = tmp_path / "out", len(right) - 1

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    words = ("run", sweep, "--out", folder, "--workers", "1", "--progress", "none")
    code, _, err = Command(*words, preexec_fn=limit).ended()
    assert code == 2 and err.count("\n") == 1 and "the disk is full" in err
    assert Ledger.opened(folder).missing(put_aside=False) == []  # only the file of all parts is too large
    assert swept(*words)[0] == 0 and results(folder) == right and litter(folder) == []


def test_results_can_be_read_where_nothing_can_be_written(undisturbed: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2000) as disk:
        folder = Path(shutil.copytree(undisturbed, disk / "out"))
        changed(disk, "ro")
        assert main(["sweep", "query", str(folder), "select count(*) from results"]) == 0
        assert main(["sweep", "export", str(folder), str(tmp_path / "all.csv")]) == 0
        assert main(["sweep", "merge", str(folder), "--out", str(tmp_path / "merged")]) == 0
        assert results(tmp_path / "merged") == results(undisturbed)


def test_a_folder_that_is_deleted_meanwhile_ends_the_sweep(sweep: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    filling = fill(Ledger.created(folder, read_sweep(sweep)), Launch(workers=0))
    next(filling), next(filling)
    shutil.rmtree(folder)
    with pytest.raises(LedgerError, match="out: cannot be written: No such file or directory"):
        next(filling)


def test_files_are_for_whom_the_mask_says(sweep: Path, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        filling = fill(Ledger.created(tmp_path / "out", read_sweep(sweep)), Launch(workers=0))
        next(filling), next(filling)
        filling.close()  # type: ignore[attr-defined]
    finally:
        os.umask(before)
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(files) > 5 and {path.stat().st_mode & 0o777 for path in files} == {0o640}
