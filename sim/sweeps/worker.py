"""A process that computes parts, for `sim.sweeps.workers`.

It is a fresh Python, not a copy of its parent, and ends with it: at the end of the connection, whatever it is doing.
"""

from __future__ import annotations

import os
import resource
import signal
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from sim.comparison.memory import CalendarMemory
from sim.sweeps.parts import compute_part
from sim.sweeps.reader import unpacked

BYTES_PER_MIB = 2**20
READY = "ready"


def main(handle: int) -> None:
    """Compute what comes through the connection: first a plan and the most MiB, then numbers of parts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this says when to stop
    connection: Connection[Any, Any] = Connection(handle)
    text, most_mib = connection.recv()
    plan = unpacked(text)
    wanted: SimpleQueue[int] = SimpleQueue()
    Thread(target=_listen, args=(connection, wanted), daemon=True).start()
    connection.send(READY)
    memory = CalendarMemory(most_mib / 4)
    while True:
        part = compute_part(plan, wanted.get(), memory)
        # a process that has grown too large is followed by another
        last = held_mib() > most_mib
        try:
            connection.send((part, last))
        except OSError:  # nobody waits for it any more
            return
        if last:
            return


def held_mib() -> float:
    """What this process holds of the memory.

    The most that it ever had is no measure where this can be known: it counts what its parent had.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except FileNotFoundError:  # macOS
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / BYTES_PER_MIB
    return pages * os.sysconf("SC_PAGE_SIZE") / BYTES_PER_MIB


def _listen(connection: Connection[Any, Any], wanted: SimpleQueue[int]) -> None:
    """Hand on what comes; end the process when nothing can come any more."""
    try:
        while True:
            wanted.put(connection.recv())
    except (EOFError, OSError):
        os._exit(1)
