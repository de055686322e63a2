"""Ctrl-C and its kin: the parts in hand are finished, it is said how to go on, the exit code is 130."""

from __future__ import annotations

import json
import os
import pty
import signal
import time
from pathlib import Path

import pytest

from sim.sweeps.ledger import Ledger
from tests.sweeps.ledgers import PARTS, Command, finish, json_lines, litter, results
from tests.sweeps.saboteurs import in_workers

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_once_finishes_the_parts_in_hand(number: int, sweep: Path, right: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    slow = in_workers(tmp_path / "fault", "time.sleep(0.5)")
    words = ("run", sweep, "--out", folder, "--workers", "2", "--progress", "json")
    with Command(*words, env=slow) as command:
        command.first_line(), command.first_line()
        os.killpg(command.pid, number)  # as a terminal does
        code, out, err = command.ended()
    assert (code, out) == (130, "")
    lines = json_lines(err)
    notes = [line["note"] for line in lines if "note" in line]
    assert notes[0] == "finishing the parts in hand; press Ctrl-C again to end now"
    assert notes[1].startswith("stopped: ") and notes[1].endswith(f"go on with: heavypress sweep resume {folder}")
    status = Ledger.opened(folder).status
    assert 2 <= status.done_parts <= 4 < PARTS  # one before, then those in hand; what was done is what was said
    assert f"stopped: {status.done_runs} of {status.runs} runs" in notes[1]
    finish(folder)
    assert results(folder) == right and litter(folder) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_twice_ends_at_once(number: int, sweep: Path, right: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    hung = in_workers(tmp_path / "fault", "number and time.sleep(3600)")
    words = ("run", sweep, "--out", folder, "--workers", "2", "--progress", "json")
    with Command(*words, env=hung) as command:
        command.first_line(), command.first_line()  # the first part is done; the others never will be
        os.killpg(command.pid, number)
        assert "press Ctrl-C again to end now" in command.first_line()
        os.killpg(command.pid, number)
        code, _, err = command.ended()
    assert code == 130 and "go on with" in err and "Traceback" not in err
    finish(folder)
    assert results(folder) == right and litter(folder) == []


def test_before_the_first_part(sweep: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with Command("run", sweep, "--out", folder, "--workers", "4", "--progress", "json") as command:
        command.first_line()
        time.sleep(0.2)
        os.killpg(command.pid, signal.SIGINT)  # its processes are just importing what they need
        code, _, err = command.ended()
    assert code == 130 and "stopped: 0 of 48 runs; go on with" in err and "Traceback" not in err
    assert Ledger.opened(folder).status.done_parts == 0


def test_while_it_waits_for_another(sweep: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    words = ("run", sweep, "--out", folder, "--workers", "1", "--progress", "json")
    with Command(*words) as first:
        first.first_line()
        os.kill(first.pid, signal.SIGSTOP)
        with Command(*words, "--wait") as second:
            while b"sweep\0run" not in Path(f"/proc/{second.pid}/cmdline").read_bytes():
                pass
            while not _catches(second.pid, signal.SIGTERM):
                pass
            os.kill(second.pid, signal.SIGTERM)
            code, _, err = second.ended()
    assert code == 130 and f"stopped: before it began; go on with: heavypress sweep resume {folder}" in err


def _catches(pid: int, number: int) -> bool:
    """Whether a process has a handler of a signal."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf8")
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:")).split()[1]
    return bool(int(caught, 16) >> (number - 1) & 1)


def on_terminal(*words: str | Path) -> str:
    """What a command shows on a terminal."""
    ours, theirs = pty.openpty()
    with Command(*words, stderr=theirs, stdout=theirs, env={"TERM": "xterm", "COLUMNS": "100"}) as command:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # how a terminal ends on Linux
            pass
        os.close(ours)
        assert command.ended()[0] == 0
    return shown.decode()


def test_a_bar_on_a_terminal_lines_elsewhere_json_on_request(sweep: Path, tmp_path: Path) -> None:
    words = ("run", sweep, "--workers", "2", "--out")
    shown = on_terminal(*words, tmp_path / "bar")
    assert "\x1b[" in shown and "━" in shown and "48 of 48 runs" in shown
    _, out, err = Command(*words, tmp_path / "lines").ended()
    assert err.splitlines()[0] == "0 of 48 runs" and err.splitlines()[-1].startswith("48 of 48 runs, ")
    assert "\x1b" not in out + err
    lines = json_lines(Command(*words, tmp_path / "json", "--progress", "json").ended()[2])
    assert len(lines) == PARTS + 1 and [line["done"] for line in lines] == list(range(0, 49, 2))
    assert json.dumps(lines[-1]["seconds_left"]) == "0.0"


def test_a_reader_who_leaves_does_not_end_the_sweep(sweep: Path, right: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with Command("run", sweep, "--out", folder, "--workers", "1", "--progress", "json") as command:
        command.first_line()
        assert command.process.stderr is not None
        command.process.stderr.close()  # as `... 2>&1 | head -1` does
        command.process.stderr = None
        assert command.ended()[0] == 0
    assert results(folder) == right
