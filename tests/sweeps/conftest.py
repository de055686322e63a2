"""The small sweep, and its results when nothing disturbs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.sweeps.ledger import Ledger
from sim.sweeps.reader import read_sweep
from sim.sweeps.run import Launch, fill
from tests.sweeps.ledgers import PARTS, RUNS, results, sweep_file


@pytest.fixture(scope="session")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the small sweep."""
    return sweep_file(tmp_path_factory.mktemp("sweep"))


@pytest.fixture(scope="session")
def undisturbed(sweep: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small sweep, computed by one process from the first part to the last."""
    folder = tmp_path_factory.mktemp("undisturbed")
    ledger = Ledger.created(folder, read_sweep(sweep))
    for _ in fill(ledger, Launch(workers=0)):
        pass
    assert (ledger.status.done_parts, ledger.status.done_runs, ledger.status.failed) == (PARTS, RUNS, 0)
    return folder


@pytest.fixture(scope="session")
def right(undisturbed: Path) -> bytes:
    """What every way of computing the small sweep must come to, byte by byte."""
    return results(undisturbed)
