"""A dashboard that was started by its command, and what is asked of it without a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


class Served:
    """A server that runs: its process, its address, and everything that it started."""

    def __init__(self, process: subprocess.Popen[str], said: str) -> None:
        """`said` is the line in which it names its address."""
        self.process, self.said = process, said
        found = re.search(r"http://(\S+?:(\d+))(/\S*)? ", said)
        assert found, said
        self.host, self.port, self.path = found[1], int(found[2]), found[3] or ""
        self.url = f"http://{self.host}{self.path}"

    @contextmanager
    def session(self, **headers: str) -> Iterator[ClientConnection]:
        """A session, as a browser opens one, whose page is computed."""
        address, protocols = f"ws://{self.host}{self.path}/_stcore/stream", [Subprotocol("streamlit")]
        with connect(
            address, subprotocols=protocols, additional_headers=headers, max_size=None, close_timeout=1
        ) as link:
            run_again(link)
            yield link

    def children(self) -> list[psutil.Process]:
        """Every process below the server: the fork server, its workers, and who looks after what they share."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def computes(self) -> bool:
        """True while a worker, a child of the fork server, has been at it for a while."""
        try:
            workers = [each for each in self.children() if each.ppid() != self.process.pid]
            return any(each.cpu_times().user > 0.3 for each in workers)
        except psutil.NoSuchProcess:  # it has ended meanwhile
            return False


def run_again(link: ClientConnection) -> None:
    """Ask for the page once more, as a browser does by its timers while it waits for a worker."""
    asked = BackMsg()
    asked.rerun_script.query_string = ""
    link.send(asked.SerializeToString())


def until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Wait for something that must happen."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@contextmanager
def served(*words: str, **environment: str) -> Iterator[Served]:
    """A dashboard at a free port, started by the command; it is stopped afterwards."""
    command = [sys.executable, "-m", "sim", "dashboard", "--port", "0", *words]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    try:
        yield Served(process, process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)
