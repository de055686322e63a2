"""Processes beside the server that compute quick comparisons: moves of several sessions at once do not wait in one row.

They begin with the first move that a server sees, so that none is in the way of its first page. What none of them does,
for it is not ready, has died or takes too long, the server does itself, as it does on a machine of one processor.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from threading import Condition, Thread

from dashboard import jobs, quick, worker
from dashboard.quick import Sent
from dashboard.worker import Request
from sim.comparison.memory import CalendarMemory
from sim.processors import processors

MOST = 4
MOST_NAMES, MOST_BYTES = 32, 50_000  # of a question: it and its answer go into the link at once
PATIENCE_SECONDS = 5.0
BEGIN_SECONDS = 60.0  # on a machine that compiles first
MOST_FAILURES = 3  # to begin
GIVEN_UP = "No process beside the server has begun: it computes moves itself."


class Beside:
    """Some processes, of which each answers one question at a time."""

    def __init__(self, most: int) -> None:
        """`most` of them; none yet."""
        self._missing, self._ready, self._failures = most, 0, 0
        self._free: list[_Process] = []  # the last one first, for it remembers most of what is asked
        self._changed = Condition()

    def ask(self, request: Request, names: Collection[str]) -> Sent | None:
        """A comparison with the outcomes of these names; None where no process has computed it."""
        question = ForkingPickler.dumps((request, names))
        if len(names) > MOST_NAMES or len(question) > MOST_BYTES:
            return None
        self._begin(question)
        if (process := self._taken()) is None:
            return None
        try:
            found = process.answer(question, PATIENCE_SECONDS)
        except Exception:  # whatever it was: one that is neither free nor counted out would be waited for in vain
            self._count(ready=-1, missing=1)
            return None
        self._give_back(process)
        return found

    def _taken(self) -> _Process | None:
        """A process that is free, or will soon be; None where there is none."""
        with self._changed:
            self._changed.wait_for(lambda: self._free or not self._ready, PATIENCE_SECONDS)
            return self._free.pop() if self._free else None

    def _give_back(self, process: _Process) -> None:
        with self._changed:
            self._free.append(process)
            self._changed.notify()

    def _count(self, ready: int = 0, missing: int = 0) -> None:
        """Count the processes anew; who waits for the last one that was there waits no more."""
        with self._changed:
            self._ready, self._missing = self._ready + ready, self._missing + missing
            self._changed.notify_all()

    def _begin(self, first: memoryview) -> None:
        """Begin with the processes that are missing, without waiting for them."""
        with self._changed:
            missing, self._missing = self._missing, 0
        for _ in range(missing):
            Thread(target=self._add, args=(first,), daemon=True).start()

    def _add(self, first: memoryview) -> None:
        """Add a process that has answered a question and so has everything at hand."""
        try:
            process = _Process()
            process.answer(first, BEGIN_SECONDS)
        except Exception:
            self._failures += 1
            if self._failures < MOST_FAILURES:
                self._count(missing=1)
            else:
                print(GIVEN_UP, file=sys.stderr)
            return
        self._count(ready=1)
        self._give_back(process)


class _Process:
    """One of them, as the server has it."""

    def __init__(self) -> None:
        self._process, self._link = jobs.begun(serve)

    def answer(self, question: memoryview, seconds: float) -> Sent | None:
        """What it answers; where it has ended or takes longer it is killed, and EOFError or OSError raised."""
        try:
            self._link.send_bytes(question)
            if not self._link.poll(seconds):
                raise EOFError
            found: Sent | None = self._link.recv()
        except Exception:
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
