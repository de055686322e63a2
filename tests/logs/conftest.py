"""What the tests of logs have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.queue.logs import Log, read_log


@pytest.fixture
def read_text(tmp_path: Path) -> Callable[..., Log]:
    """A function that reads a log of this text; the name of the file says what it is."""

    def read(text: str | bytes, name: str = "jobs.csv", **options: object) -> Log:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_log(path, **options)

    return read
