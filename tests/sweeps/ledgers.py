"""A small sweep, the command in a process of its own, and what is left of it: files, rows, processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from sim.sweeps.ledger import Ledger
from sim.sweeps.run import Launch, fill

ROOT = Path(__file__).resolve().parents[2]
PARTS, RUNS = 24, 48
MARK = "HEAVYPRESS_TEST"  # in the environment of every process of a command
PATIENCE_SECONDS = 60.0

SWEEP = """
title = "A small sweep"
question = "Is anything lost?"
scenario = "small.toml"
draws = 24
outcomes = ["additional_fe_hours", "public_cost"]
runs_per_part = 2
[[axis]]
path = "cloud.decline_per_year"
range = { from = 0.05, to = 0.35, steps = 16 }
[[axis]]
path = "budget.total"
values = [20e6, 40e6, 80e6]
"""
SCENARIO = """
title = "A small scenario"
question = "Does everything run?"
start = "2025-01"
horizon_years = 4
budget = { total = 40e6, years = 2 }
world.demand.groups = 500
"""


def sweep_file(folder: Path, text: str = SWEEP, scenario: str = SCENARIO) -> Path:
    """The sweep and its scenario in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "small.toml").write_text(scenario, encoding="utf8")
    path = folder / "sweep.toml"
    path.write_text(text, encoding="utf8")
    return path


class Command:
    """`heavypress sweep ...` under way, in a process group of its own, as a terminal would start it."""

    def __init__(self, *words: str | Path, env: Mapping[str, str] | None = None, **settings: Any) -> None:
        self.mark = uuid4().hex
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sim", "sweep", *map(str, words)], cwd=ROOT, start_new_session=True,
            stdin=subprocess.DEVNULL,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **settings},
            env={**os.environ, "PYTHONPATH": str(ROOT), MARK: self.mark, **(env or {})},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.kill()

    @property
    def pid(self) -> int:
        """Of the command itself."""
        return self.process.pid

    def first_line(self) -> str:
        """The next line on standard error: the first says that the ledger is open and work begins."""
        assert self.process.stderr is not None
        return str(self.process.stderr.readline())

    def others(self) -> list[int]:
        """The processes that it has started and that live."""
        return sorted(set(marked(self.mark)) - {self.pid})

    def kill(self) -> None:
        """End the command alone, without a warning."""
        self.process.kill()
        self.ended()

    def ended(self) -> tuple[int, str, str]:
        """Exit code, standard output and standard error, once it has ended and with it everything it started."""
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        wait_until(lambda: not self.others(), f"processes are left: {self.others()}")
        return self.process.returncode, out or "", err or ""


def marked(mark: str) -> list[int]:
    """Living processes with a mark in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                alive = (entry / "stat").read_text(encoding="utf8").rpartition(")")[2].split()[0] != "Z"
                if alive and f"{MARK}={mark}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:  # ended meanwhile
                continue
    return found


def wait_until(met: Callable[[], object], otherwise: str) -> None:
    """Wait for a condition, but not for ever."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not met():
        assert time.monotonic() < end, otherwise
        time.sleep(0.02)


def swept(*words: str | Path, env: Mapping[str, str] | None = None, **settings: Any) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command that is left alone."""
    return Command(*words, env=env, **settings).ended()


def finish(folder: Path, again: bool = False) -> Ledger:
    """Compute in this process what a folder misses."""
    ledger = Ledger.opened(folder)
    for _ in fill(ledger, Launch(workers=0), again=again):
        pass
    return ledger


def kill_one(pids: Sequence[int], at: int) -> bool:
    """Kill one of some processes; False where there is none any more."""
    try:
        os.kill(pids[at % len(pids)], signal.SIGKILL)
        return True
    except (ProcessLookupError, ZeroDivisionError):
        return False


def results(folder: Path) -> bytes:
    """The bytes of the results."""
    return (folder / "results.parquet").read_bytes()


def litter(folder: Path) -> list[str]:
    """What a folder holds that no finished sweep has: files half written, parts put aside."""
    mine = {"manifest.json", "sweep.toml", "scenario.toml", "results.parquet", "results.json", "parts"}
    parts = {f"{number:06}.{kind}" for number in range(1, 1000) for kind in ("json", "parquet")}
    there = [path.name for path in folder.iterdir() if path.name not in mine and not path.name.startswith(".lock")]
    return there + [path.name for path in (folder / "parts").iterdir() if path.name not in parts]


def json_lines(text: str) -> list[dict[str, Any]]:
    """Lines of JSON."""
    return [json.loads(line) for line in text.splitlines()]
