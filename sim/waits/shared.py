"""Threads that the queues of all options share: the compiled queue releases the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy
from itertools import count
from queue import PriorityQueue
from threading import Event
from typing import Any, TypeVar

from sim.processors import processors

MOST_CORES = 4  # a window in each: some hundred megabytes
Found = TypeVar("Found")


class Shared:
    """Threads that simulate for all who ask."""

    rank = 0  # of who asks: the lowest is served first

    def __init__(self, cores: int | None = None) -> None:
        """So many at a time; None: as many as there are processors, up to MOST_CORES."""
        self.cores = min(processors(), MOST_CORES) if cores is None else max(cores, 1)
        self._threads = ThreadPoolExecutor(self.cores)
        self._asked: PriorityQueue[tuple[int, int, Callable[[], Any], Future[Any]]] = PriorityQueue()
        self._number = count()

    def ranked(self, rank: int) -> Shared:
        """The same threads, for one who is served after all of lower rank."""
        other = copy(self)
        other.rank = rank
        return other

    def ask(self, make: Callable[[], Found]) -> Future[Found]:
        """What `make` gives, on its way."""
        future: Future[Found] = Future()
        self._asked.put((self.rank, next(self._number), make, future))
        self._threads.submit(self._serve)
        return future

    def _serve(self) -> None:
        """Do what is first in rank, and was asked for first."""
        _, _, make, future = self._asked.get()
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(make())
        except BaseException as error:  # whatever it is, who waits must receive it
            future.set_exception(error)

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
        while not self._asked.empty():
            *_, future = self._asked.get()
            future.cancel()
            future.set_running_or_notify_cancel()
