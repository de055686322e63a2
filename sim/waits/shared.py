"""Threads that the queues of all options share: the compiled queue releases the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from sim.processors import processors

MOST_CORES = 4  # a window in each: some hundred megabytes
Found = TypeVar("Found")


class Shared:
    """Threads that simulate for all who ask."""

    def __init__(self, cores: int | None = None) -> None:
        """So many at a time; None: as many as there are processors, up to MOST_CORES."""
        self.cores = min(processors(), MOST_CORES) if cores is None else max(cores, 1)
        self._threads = ThreadPoolExecutor(self.cores)

    def ask(self, make: Callable[[], Found]) -> Future[Found]:
        """What `make` gives, on its way."""
        return self._threads.submit(make)

    def without_one(self) -> Event:
        """Leave one of several processors to whoever computes elsewhere, until the event is set."""
        free = Event()
        self._threads.submit(free.wait)
        return free

    def __enter__(self) -> Shared:
        return self

    def __exit__(self, *error: object) -> None:
        """Wait for what has begun; the rest is dropped, and whoever waits for it has CancelledError."""
        self._threads.shutdown(cancel_futures=True)
