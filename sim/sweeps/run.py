"""A run of a sweep: the parts that are missing, computed by one launcher or another and entered in the ledger."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from threading import current_thread, main_thread
from typing import Any

from sim.comparison.memory import CalendarMemory
from sim.formatting import format_number
from sim.processors import processors
from sim.sweeps.compaction import compact
from sim.sweeps.files import sweep_up
from sim.sweeps.ledger import PARTS, Ledger
from sim.sweeps.lock import Shard, owned
from sim.sweeps.parts import Part, compute_part
from sim.sweeps.plan import Plan
from sim.sweeps.problems import LedgerError
from sim.sweeps.workers import MOST_MIB, GivenUp, on_workers

MOST_RUNS = 1_000_000  # that nobody has to ask for


@dataclass(frozen=True)
class Launch:
    """Who computes the parts, and which."""

    workers: int = field(default_factory=processors)  # 0: this process
    dask: str | None = None  # address of a scheduler, in the place of workers
    shard: Shard | None = None  # the i-th of N parts each, from 1
    most_mib: float = MOST_MIB  # of a worker

    def parts(self, plan: Plan) -> Sequence[int]:
        """Numbers of the parts of the shard, or of all."""
        return range(plan.parts) if self.shard is None else range(self.shard[0] - 1, plan.parts, self.shard[1])


@dataclass(frozen=True)
class Progress:
    """How far a run of a sweep is. Runs are those of its shard; `new` are those since it began.

    `part` is the number of the part that was just done; None before the first.
    """

    runs: int
    done: int
    failed: int
    new: int
    seconds: float
    part: int | None = None

    @property
    def rate(self) -> float:
        """Runs a second, of those since it began."""
        return self.new / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this rate; None where nothing is known of it."""
        return (self.runs - self.done) / self.rate if self.rate > 0 else None


def refuse_many(plan: Plan, most: int = MOST_RUNS, how: str = "give most_runs to run them") -> None:
    """Raise LedgerError where a plan has more runs than somebody may have meant; `how` to run them all the same."""
    if plan.runs > most:
        many = f"{format_number(plan.runs)} runs, more than {format_number(most)}"
        raise LedgerError(f"{plan.key}: has {many}; see how long they take with sweep plan, and {how}")


class Stop:
    """Whether somebody has asked a run to stop: with Ctrl-C once, to end it after the parts in hand."""

    def __init__(self) -> None:
        """Nobody has."""
        self.asked = False

    def __call__(self) -> bool:
        """Whether somebody has."""
        return self.asked


@contextmanager
def interruptible(stop: Stop, on_interrupt: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let the first Ctrl-C ask for a stop, and the second interrupt at once; only the main thread gets signals."""
    if current_thread() is not main_thread():
        yield
        return

    def ask(number: int, frame: Any) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True
        on_interrupt()

    usual = {name: signal.signal(name, ask) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in usual.items():
            signal.signal(name, handler)


def fill(
    ledger: Ledger, launch: Launch, stop: Stop | None = None, wait: bool = False, again: bool = False
) -> Iterator[Progress]:
    """Compute what is missing in a ledger, or in a shard of it; what is done after each part.

    `again` computes the parts anew in which runs failed. `wait` for another process that is at work on the folder.
    Ends early after a stop. Raises LedgerError for a folder in use, of other code, or that cannot be written.
    """
    ledger.refuse_unless_current()
    stop = stop or Stop()
    with owned(ledger.folder, launch.shard, wait, stop):
        sweep_up(ledger.folder)
        sweep_up(ledger.folder / PARTS)
        wanted = launch.parts(ledger.plan)
        missing = ledger.missing(wanted)
        if again:
            missing = sorted({*missing, *set(ledger.failed()).intersection(wanted)})
        yield from _filled(ledger, launch, stop, wanted, missing)
        if ledger.status.complete:
            compact(ledger)


def _filled(
    ledger: Ledger, launch: Launch, stop: Stop, wanted: Sequence[int], missing: Sequence[int]
) -> Iterator[Progress]:
    """Compute the missing parts; what is done before the first and after each."""
    plan = ledger.plan
    left = set(missing)
    there = [entry for number in wanted if number not in left and (entry := ledger.entry(number))]
    done, failed, new = sum(entry.runs for entry in there), sum(entry.failed for entry in there), 0
    begun = time.monotonic()
    runs = sum(min(plan.runs_per_part, plan.runs - number * plan.runs_per_part) for number in wanted)
    yield Progress(runs, done, failed, new, 0.0)
    with closing(_launched(plan, launch, missing, stop)) as results:
        for result in results:
            if isinstance(result, Part):
                ledger.add(result)
                count, lost = result.runs, result.failed
            else:
                entry = ledger.give_up(result.number, result.reason)
                count, lost = entry.runs, entry.failed
            done, failed, new = done + count, failed + lost, new + count
            yield Progress(runs, done, failed, new, time.monotonic() - begun, result.number)


def _launched(plan: Plan, launch: Launch, parts: Sequence[int], stop: Stop) -> Generator[Part | GivenUp, None, None]:
    """The parts, from whoever computes them."""
    if launch.dask is not None:
        from sim.sweeps.cluster import on_dask

        yield from on_dask(plan, parts, launch.dask, stop)
    elif launch.workers:
        yield from on_workers(plan, parts, launch.workers, stop, launch.most_mib)
    else:
        memory = CalendarMemory()
        for number in parts:
            if stop():
                return
            yield compute_part(plan, number, memory)
