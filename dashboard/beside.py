"""Processes beside the server that compute quick comparisons: moves of several sessions at once do not wait in one row.

They begin with the first move that a server sees, so that none is in the way of its first page. What none of them does,
for it is not ready, has died or takes too long, the server does itself, as it does on a machine of one processor.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import Empty, LifoQueue
from threading import Lock, Thread

from dashboard import jobs, quick, worker
from dashboard.quick import Sent
from dashboard.worker import Request
from sim.comparison.memory import CalendarMemory
from sim.processors import processors

MOST = 4
PATIENCE_SECONDS = 10.0
BEGIN_SECONDS = 60.0  # on a machine that compiles first

_Question = tuple[Request, Collection[str]]


class Beside:
    """Some processes, of which each answers one question at a time."""

    def __init__(self, most: int) -> None:
        """`most` of them; none yet."""
        self._missing, self._ready, self._lock = most, 0, Lock()
        self._free: LifoQueue[_Process] = LifoQueue()  # the one that was free last remembers most of what is asked

    def ask(self, request: Request, names: Collection[str]) -> Sent | None:
        """A comparison with the outcomes of these names; None where no process has computed it."""
        self._begin((request, names))
        try:
            process = self._free.get(timeout=PATIENCE_SECONDS if self._ready else 0)
        except Empty:
            return None
        try:
            found = process.answer((request, names), PATIENCE_SECONDS)
        except (EOFError, OSError):
            with self._lock:
                self._ready, self._missing = self._ready - 1, self._missing + 1
            return None
        self._free.put(process)
        return found

    def _begin(self, first: _Question) -> None:
        """Begin with the processes that are missing, without waiting for them."""
        with self._lock:
            missing, self._missing = self._missing, 0
        for _ in range(missing):
            Thread(target=self._add, args=(first,), daemon=True).start()

    def _add(self, first: _Question) -> None:
        """Add a process that has answered a question and so has everything at hand; one that cannot is given up."""
        with suppress(EOFError, OSError):
            process = _Process()
            process.answer(first, BEGIN_SECONDS)
            with self._lock:
                self._ready += 1
            self._free.put(process)


class _Process:
    """One of them, as the server has it."""

    def __init__(self) -> None:
        self._process, self._link = jobs.begun(serve)

    def answer(self, question: _Question, seconds: float) -> Sent | None:
        """What it answers; where it has ended, or takes longer, it is killed: EOFError or OSError."""
        try:
            self._link.send(question)
            if not self._link.poll(seconds):
                raise EOFError
            found: Sent | None = self._link.recv()
        except (EOFError, OSError):
            self._process.kill()
            self._link.close()
            raise
        return found


def serve(link: Connection) -> None:
    """Answer question after question; None where one cannot be answered, for the server to say why."""
    worker.tie()
    memory = CalendarMemory()
    with suppress(EOFError, OSError):  # the server is gone
        while True:
            request, names = link.recv()
            try:
                found = quick.sent(request, names, memory)
            except Exception:
                found = None
            link.send(found)


_of_the_server = Beside(0)


def allow() -> None:
    """Let this server have such processes: one less than it has processors."""
    global _of_the_server
    _of_the_server = Beside(min(processors() - 1, MOST))


def ask(request: Request, names: Collection[str]) -> Sent | None:
    """Ask those of this server, if it has any."""
    return _of_the_server.ask(request, names)
