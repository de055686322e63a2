"""Several sweeps at once on one folder: one owner or several shards, the others refused by name or waiting."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from sim.sweeps.files import sweep_up, written_aside
from sim.sweeps.ledger import Ledger
from sim.sweeps.lock import owned
from sim.sweeps.problems import LedgerError
from sim.sweeps.reader import read_sweep
from tests.sweeps.ledgers import Command, litter, results, swept, wait_until


def test_the_second_is_told_whose_folder_it_is(tmp_path: Path) -> None:
    owner = f"process {os.getpid()} on {re.escape(socket.gethostname())} "
    with owned(tmp_path), pytest.raises(LedgerError, match=owner), owned(tmp_path):
        pass
    with owned(tmp_path):  # it is free again
        pass


def test_shards_share_a_folder_but_not_a_shard(tmp_path: Path) -> None:
    with owned(tmp_path, (1, 2)), owned(tmp_path, (2, 2)):
        for shard in ((1, 2), (2, 2), None):
            with pytest.raises(LedgerError, match="is at work on it"), owned(tmp_path, shard):
                pass
    with owned(tmp_path), pytest.raises(LedgerError, match="is at work on it"), owned(tmp_path, (1, 2)):
        pass


def test_who_waits_can_be_stopped(tmp_path: Path) -> None:
    with owned(tmp_path), pytest.raises(KeyboardInterrupt), owned(tmp_path, wait=True, stopped=lambda: True):
        pass


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """What calls give that begin at the same moment: a result or an exception each."""
    gate = Barrier(len(calls))

    def called(call: Callable[[], object]) -> object:
        gate.wait()
        try:
            return call()
        except LedgerError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(called, calls))


def test_shards_that_begin_at_the_same_moment_make_one_ledger(sweep: Path, tmp_path: Path) -> None:
    plan = read_sweep(sweep)
    for number in range(10):
        made = at_once([lambda number=number: Ledger.created(tmp_path / str(number), plan)] * 6)  # type: ignore[misc]
        assert all(isinstance(each, Ledger) for each in made)


def test_of_two_sweeps_that_begin_in_one_folder_one_is_refused(sweep: Path, tmp_path: Path) -> None:
    plans = [read_sweep(sweep, {"public_cluster.life_years": years}) for years in (5, 7)]
    for number in range(10):
        folder = tmp_path / str(number)
        made = at_once([lambda plan=plan, folder=folder: Ledger.created(folder, plan) for plan in plans])  # type: ignore[misc]
        (ledger,) = (each for each in made if isinstance(each, Ledger))
        (refusal,) = (each for each in made if isinstance(each, LedgerError))
        assert "holds another sweep" in str(refusal)
        assert Ledger.opened(folder).plan.digest == ledger.plan.digest


def test_only_files_that_nobody_writes_are_swept_up(tmp_path: Path) -> None:
    left = tmp_path / ".0123456789abcdef.part"
    left.write_bytes(b"half")
    with written_aside(tmp_path / "whole") as file:
        file.write(b"all")
        sweep_up(tmp_path)
        assert not left.exists()
    assert (tmp_path / "whole").read_bytes() == b"all" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_two_commands_at_once(sweep: Path, right: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    words = ("run", sweep, "--out", folder, "--workers", "1")
    with Command(*words) as first:
        first.first_line()
        os.kill(first.pid, signal.SIGSTOP)  # it holds the folder until it is killed
        waiting = Command(*words, "--wait")
        code, _, err = swept(*words)
        assert code == 2 and err.count("\n") == 1
        assert f"process {first.pid} on {socket.gethostname()}" in err and "--wait" in err
        assert swept("run", sweep, "--out", folder, "--shard", "1/2")[0] == 2
        assert swept("status", folder, "--check")[0] == 2  # it would put aside what the owner is about to sign
        assert waiting.process.poll() is None
    code, out, _ = waiting.ended()  # the system has freed the lock
    assert code == 0 and "48 of 48 runs done" in out
    assert results(folder) == right and litter(folder) == []


@pytest.mark.slow
def test_two_shards_at_once(sweep: Path, right: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shards = [Command("run", sweep, "--out", folder, "--workers", "1", "--shard", f"{i}/2") for i in (1, 2)]
    for shard in shards:
        shard.first_line()
    wait_until(lambda: len(list(folder.glob("parts/*.json"))) > 1, "no shard gets anywhere")
    code, _, err = swept("run", sweep, "--out", folder, "--shard", "2/2")
    assert code == 2 and f"process {shards[1].pid} on" in err
    assert [shard.ended()[0] for shard in shards] == [0, 0]
    assert results(folder) == right and litter(folder) == []
