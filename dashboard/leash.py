"""What ties a worker to its server: it ends when the server does, whatever ended that, and takes no more than it may.

A fork server notices that its server is gone once nobody holds the writing end of a pipe. Its workers are born with
that end in their hands: one that computes would keep all of them alive. So a worker lets go of it; the fork server then
ends with the server, and the kernel ends the worker with the fork server. Where the kernel offers no such thing, a
thread of the worker waits for the end of the server.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path
from threading import Thread
from typing import Any

from sim.comparison.apart import end_with_parent


def tie(most_bytes: int) -> None:
    """Tie this process, a worker, to the server that asked for it, and let it take at most so much memory more.

    So may each process that it forks, which is tied to it in turn (`sim.comparison.apart`).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches every process of a terminal; the server decides
    _let_go()
    end_with_parent()
    Thread(target=_end_with_server, daemon=True).start()
    _bound(most_bytes)


def _let_go() -> None:
    """Close the end of the pipe by which a fork server knows that somebody needs it."""
    server: Any = forkserver._forkserver
    if server._forkserver_alive_fd is not None:
        os.close(server._forkserver_alive_fd)
        server._forkserver_alive_fd = None


def _end_with_server() -> None:
    """Wait for the end of the server, which it may have met already, and end this process."""
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(1)


def _bound(most_bytes: int) -> None:
    """Let this process address `most_bytes` more than it does; beyond, Python raises MemoryError."""
    with suppress(ImportError, OSError, ValueError):  # a system that knows no such bound, or a lower one that is set
        import resource

        most = _pages("self", 0) * resource.getpagesize() + most_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def resident_bytes(pid: int | None) -> int:
    """The memory that a process and its children have, 0 where the system does not say or they are gone."""
    return sum(_resident(each) for each in (pid, *_children(pid)))


def _resident(pid: int | None) -> int:
    try:
        return _pages(pid, 1) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _children(pid: int | None) -> list[int]:
    """Processes that the first thread of a process has begun, as Linux counts them."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        return []


def _pages(pid: int | str | None, place: int) -> int:
    """Pages that a process addresses (place 0) or has in memory (place 1), as Linux counts them."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[place])
