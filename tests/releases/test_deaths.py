"""Whoever asks for a run under another edition may be killed: what it started ends, and removes what it wrote."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.releases.worker import PREFIX
from tests.releases.conftest import SCENARIO

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120
ASK = f"""
from sim.releases.editions import Edition
from sim.releases.runs import run
run({{str(n): {{"scenario": "{SCENARIO}", "draws": 1024, "seed": n}} for n in range(8)}}, Edition.present())
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc for processes")
def test_nothing_is_left_of_a_run_whose_asker_was_killed(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    asker = subprocess.Popen([sys.executable, "-c", ASK], env=environment)
    _wait(lambda: bool(_workers(tmp_path)))
    asker.kill()
    asker.wait()
    _wait(lambda: not _workers(tmp_path) and not list(tmp_path.glob(f"{PREFIX}*")))


def _wait(until: Callable[[], bool]) -> None:
    """Wait for something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _workers(folder: Path) -> list[str]:
    """Processes that compute with an edition in a folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"HEAVYPRESS_EDITION={folder}".encode() in each.read_bytes():
                found.append(each.parent.name)
        except OSError:
            continue
    return found
