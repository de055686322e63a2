"""A real Dask cluster of this machine: a scheduler, and workers in processes of their own that are started anew."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from tests.sweeps.ledgers import MARK, ROOT, marked, wait_until

_SCRIPT = """
import sys
from distributed import LocalCluster
with LocalCluster(processes=True, n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as all:
    print(all.scheduler_address, flush=True)
    sys.stdin.read()
"""


class Cluster:
    """Its address, and the processes of its workers."""

    def __init__(self, address: str, scheduler: int, mark: str) -> None:
        self.address, self.scheduler, self._mark = address, scheduler, mark

    @property
    def workers(self) -> list[int]:
        """Processes that compute."""
        return [pid for pid in marked(self._mark) if b"spawn_main" in _words(pid)]


def _words(pid: int) -> bytes:
    """The command line of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Two workers of a thread each."""
    mark = uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT), MARK: mark},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield Cluster(process.stdout.readline().strip(), process.pid, mark)
    finally:
        with suppress(BrokenPipeError):  # killed by the test
            process.communicate()
        wait_until(lambda: not marked(mark), "workers of the cluster are left")
