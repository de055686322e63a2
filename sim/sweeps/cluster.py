"""Parts computed by a Dask cluster that exists: on a batch system, in a cloud, or on this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from logging import CRITICAL, getLogger
from threading import local
from typing import Any

from sim.comparison.identity import code_digest, data_digest
from sim.comparison.memory import CalendarMemory
from sim.sweeps.evaluation import MOST_REASON
from sim.sweeps.parts import Part, compute_part
from sim.sweeps.plan import Plan
from sim.sweeps.problems import LedgerError
from sim.sweeps.reader import packed, unpacked
from sim.sweeps.workers import MOST_DEATHS, GivenUp

SECONDS_TO_CONNECT = 10
_AHEAD = 2  # parts in hand for each thread of the cluster, so that none is idle
_of_thread = local()


def on_dask(
    plan: Plan, parts: Sequence[int], address: str, stopped: Callable[[], bool] = lambda: False
) -> Iterator[Part | GivenUp]:
    """Parts as the workers of a cluster return them, in any order; after `stopped` those in hand and no more.

    Workers need no folder in common with this machine, and the same release of the program: another is refused. A part
    whose worker dies goes to another worker. LedgerError where no scheduler answers at the address.
    """
    with _quiet():
        yield from _connected(plan, parts, address, stopped)


def _connected(plan: Plan, parts: Sequence[int], address: str, stopped: Callable[[], bool]) -> Iterator[Part | GivenUp]:
    """The parts, from a client that is closed at their end."""
    distributed = _library()
    try:
        client = distributed.Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise LedgerError(f"--dask {address}: no scheduler answers ({' '.join(str(error).split())})") from None
    with client:
        _refuse_unfit(client, address)
        hand = _Hand(client, distributed.as_completed(loop=client.loop), packed(plan))
        try:
            yield from _computed(hand, list(reversed(parts)), stopped)
        except OSError:  # of a connection; what becomes of a part is no concern of this
            gone = "the cluster is gone; what is done is safe, go on with another or with --workers"
            raise LedgerError(f"--dask {address}: {gone}") from None


def _computed(hand: _Hand, waiting: list[int], stopped: Callable[[], bool]) -> Iterator[Part | GivenUp]:
    """The parts of a stack; ConnectionError where the scheduler has gone."""
    deaths = Counter[int]()
    while (waiting and not stopped()) or hand.numbers:
        while waiting and not stopped() and hand.room:
            hand.submit(waiting.pop())
        number, part, reason = hand.next()
        if part is not None:
            yield part
        elif hand.client.status != "running":
            raise ConnectionError
        else:
            deaths[number] += 1
            if deaths[number] < MOST_DEATHS:
                waiting.append(number)
            else:
                yield GivenUp(number, reason)


@dataclass
class _Hand:
    """The parts that a cluster has in hand."""

    client: Any
    done: Any  # the queue of what is done
    plan: bytes  # goes with every part: what a cluster keeps is lost with the workers that keep it
    numbers: dict[str, int] = field(default_factory=dict)  # by key of the task

    @property
    def room(self) -> bool:
        """Whether the cluster can take another part."""
        return len(self.numbers) < _AHEAD * max(int(sum(self.client.nthreads().values())), 1)

    def submit(self, number: int) -> None:
        """Hand a part to the cluster."""
        future = self.client.submit(computed, self.plan, number, pure=False)
        self.numbers[future.key] = number
        self.done.add(future)

    def next(self) -> tuple[int, Part | None, str]:
        """The next part that is done, or why it failed; with its number."""
        future = next(self.done)
        number = self.numbers.pop(future.key)
        try:
            return number, future.result(), ""
        except Exception as error:  # of the cluster; a run that fails is a row of its part
            return number, None, f"{type(error).__name__}: {' '.join(str(error).split())}"[:MOST_REASON]


def computed(text: bytes, number: int) -> Part:
    """A part, on a worker; each thread remembers its own calendars."""
    if not hasattr(_of_thread, "memory"):
        _of_thread.memory = CalendarMemory()
    return compute_part(unpacked(text), number, _of_thread.memory)


def digests() -> tuple[str, str]:
    """Code and data of a worker."""
    return code_digest(), data_digest()


def _refuse_unfit(client: Any, address: str) -> None:
    """Raise LedgerError where there is no worker, or one that lacks the program or has other code or data."""
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
        found = client.run(digests, on_error="return")
    except (OSError, TimeoutError):
        raise LedgerError(f"--dask {address}: has no workers; start some with: dask worker {address}") from None
    for worker, theirs in found.items():
        if isinstance(theirs, OSError):
            continue  # it has just died
        if isinstance(theirs, BaseException):
            raise LedgerError(f"--dask {address}: worker {worker} has no heavypress ({type(theirs).__name__})")
        if tuple(theirs) != digests():
            raise LedgerError(f"--dask {address}: worker {worker} has another release of heavypress; install this one")


@contextmanager
def _quiet() -> Iterator[None]:
    """Let the log of the library's client be silent: what becomes of a cluster is said in one sentence."""
    log = getLogger("distributed.client")
    _library()  # sets the level of its log
    before = log.level
    log.setLevel(CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


@cache
def _library() -> Any:
    """The library, where it is installed."""
    try:
        import distributed
    except ImportError:
        raise LedgerError("--dask needs the library distributed; install heavypress with its extra: dask") from None
    return distributed
