"""Parts computed by processes of this machine: fresh, watched, replaced when they end, ended with their owner."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from sim.sweeps.parts import Part
from sim.sweeps.plan import Plan
from sim.sweeps.problems import LedgerError
from sim.sweeps.reader import packed
from sim.sweeps.worker import READY

MOST_DEATHS = 3  # of processes over one part, before it is given up
MOST_KILLS = 10  # of processes in a row, before they had a part
MOST_MIB = 2_048  # of a process
_TICK_SECONDS = 0.2  # between two looks whether to stop
_START = "import sys; from sim.sweeps.worker import main; main(int(sys.argv[1]))"


class GivenUp(NamedTuple):
    """A part that no process survived."""

    number: int
    reason: str


@dataclass
class _Worker:
    """A process, and the part it is computing."""

    process: subprocess.Popen[bytes]
    connection: Connection[Any, Any]
    ready: bool = False
    part: int | None = None
    last: bool = False  # it ends by itself


def on_workers(
    plan: Plan, parts: Sequence[int], workers: int, stopped: Callable[[], bool] = lambda: False,
    most_mib: float = MOST_MIB,
) -> Iterator[Part | GivenUp]:  # fmt: skip
    """Parts as they are done, in any order; after `stopped` those in hand and no more.

    A part whose process ends is begun anew, until MOST_DEATHS have. Closing the iterator ends all processes at once.
    """
    pool = _Pool(plan, parts, stopped, most_mib)
    try:
        while pool.busy or pool.left:
            pool.fill(workers)
            yield from pool.received()
    finally:
        pool.kill()


class _Pool:
    """The processes of one sweep."""

    def __init__(self, plan: Plan, parts: Sequence[int], stopped: Callable[[], bool], most_mib: float) -> None:
        self._start = pickle.dumps((packed(plan), most_mib))
        self._parts, self._stopped = deque(parts), stopped
        self._workers: list[_Worker] = []
        self._deaths: Counter[int] = Counter()
        self._stillborn: Counter[bool] = Counter()  # in a row that ended before they were ready, by signal or not

    @property
    def left(self) -> bool:
        """Whether there are parts for a process without one."""
        return bool(self._parts) and not self._stopped()

    @property
    def busy(self) -> bool:
        """Whether a process has a part."""
        return any(worker.part is not None for worker in self._workers)

    def fill(self, most: int) -> None:
        """Give every process a part, and start one where there are fewer than `most` and parts for more."""
        idle = sum(worker.part is None and not worker.last for worker in self._workers)
        while self.left and len(self._workers) < most and idle < len(self._parts):
            self._workers.append(self._started())
            idle += 1
        for worker in self._workers:
            if self.left and worker.ready and worker.part is None and not worker.last:
                self._give(worker)

    def _give(self, worker: _Worker) -> None:
        """Send a part to a process; one that has just ended is found out when it is listened to."""
        worker.part = self._parts.popleft()
        with suppress(OSError):
            worker.connection.send(worker.part)

    def _started(self) -> _Worker:
        """A new process, which finds the program where this one does."""
        ours, theirs = socket.socketpair()
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        with theirs:
            try:
                process = subprocess.Popen(
                    # -P: nothing from the working directory unless this process has it too; a group of its own: Ctrl-C
                    # is for the parent, which says when to stop
                    [sys.executable, "-P", "-c", _START, str(theirs.fileno())], process_group=0,
                    pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path},
                )  # fmt: skip
            except OSError as error:
                ours.close()
                raise LedgerError(f"no process of {sys.executable} can be started: {error.strerror}") from None
        connection: Connection[Any, Any] = Connection(ours.detach())
        with suppress(OSError):
            connection.send_bytes(self._start)
        return _Worker(process, connection)

    def received(self) -> Iterator[Part | GivenUp]:
        """What processes have sent since the last look."""
        by_connection = {worker.connection: worker for worker in self._workers}
        for connection in wait(list(by_connection), _TICK_SECONDS):
            worker = by_connection[connection]  # type: ignore[index]
            try:
                message = worker.connection.recv()
            except (EOFError, OSError):
                yield from self._ended(worker)
                continue
            if message == READY:
                worker.ready, self._stillborn = True, Counter()
                continue
            part, worker.last = message
            worker.part = None
            if self.left and not worker.last:  # before the part is written, so that no process waits for the disk
                self._give(worker)
            yield part

    def _ended(self, worker: _Worker) -> Iterator[GivenUp]:
        """Clear up behind a process that has ended, and put its part first in the queue."""
        self._workers.remove(worker)
        worker.connection.close()
        code = worker.process.wait()
        self._stillborn[code < 0] += not worker.ready
        if self._stillborn[False] >= MOST_DEATHS or self._stillborn[True] >= MOST_KILLS:
            raise LedgerError(f"processes of {sys.executable} end as soon as they start (exit code {code})")
        if worker.part is None:
            return
        self._deaths[worker.part] += 1
        if self._deaths[worker.part] < MOST_DEATHS:
            self._parts.appendleft(worker.part)
            return
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        yield GivenUp(worker.part, f"the process ended {MOST_DEATHS} times over this part, at last {how}")

    def kill(self) -> None:
        """End every process now."""
        for worker in self._workers:
            worker.process.kill()
            worker.connection.close()
        for worker in self._workers:
            worker.process.wait()
