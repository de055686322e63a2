"""How figures are taken and shown: processor time, medians, and one line for each figure."""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

MIB = 2**20


@dataclass
class Line:
    """One figure, and whether it is as good as it should be."""

    what: str
    value: str
    goal: str = ""
    good: bool = True

    def __str__(self) -> str:
        """The line as it is printed."""
        verdict = ("MET" if self.good else "MISSED") if self.goal else "" if self.good else "MISSED"
        return f"{self.what:<66} {self.value:>15}  {self.goal:<11} {verdict}".rstrip()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Nobody collects garbage meanwhile."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def process_seconds(work: Callable[[], object]) -> float:
    """Processor time of one call, which a busy neighbour disturbs less than the wall clock."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def in_turn(works: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Processor time [work, round] of several pieces of work, one after the other in every round."""
    spent: list[list[float]] = [[] for _ in works]
    with undisturbed():
        for _ in range(rounds):
            for seconds, work in zip(spent, works, strict=True):
                seconds.append(process_seconds(work))
    return spent


def peak_mib() -> float:
    """Most memory that this process has held."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB
