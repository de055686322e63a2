"""What one of the page, the command and Python has simulated the others have at once: they keep waits in one place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard import worker
from dashboard.worker import Request
from sim.comparison.run import compare
from sim.scenario import load
from sim.waits import cache
from tests.dashboard.conftest import ROOT, TINY

pytestmark = pytest.mark.slow


def test_waits_that_a_worker_simulated_are_those_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, store = tmp_path / "tiny.toml", tmp_path / "waits"
    scenario.write_text(TINY, encoding="utf8")
    monkeypatch.setenv(cache.VARIABLE, str(store))
    command = [sys.executable, "-m", "sim", "compare", str(scenario), "--draws", "0", "--format", "json"]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    kept = {path.name for path in store.iterdir()}
    assert len(kept) == 2, "of the machine, and of that in the mix"
    monkeypatch.setattr(worker.leash, "tie", lambda most: None)
    found: list[Any] = []

    def watched(*words: Any, **named: Any) -> Any:
        say = named.pop("on_update")
        return compare(*words, **named, on_update=lambda update: (found.append(update), say(update)))

    monkeypatch.setattr(worker, "compare", watched)
    worker.run(SimpleNamespace(send=lambda message: None), Request.of(load(scenario), 1, 0, True))  # type: ignore[arg-type]
    assert {update.option for update in found if update.cached} == {"public_cluster", "mix"}
    assert {path.name for path in store.iterdir()} == kept
