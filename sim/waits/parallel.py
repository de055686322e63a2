"""The queues of several options side by side, with what is known of them as it comes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from threading import Event

from sim.costs.result import OptionResult
from sim.waits.cache import Cache, key_of, usual_cache
from sim.waits.machine import PROVIDER
from sim.waits.shared import Shared
from sim.waits.simulation import simulate_waits
from sim.waits.statistics import Waits

_Report = tuple[str, Waits | None, float, bool]  # key, waits so far, share done, whether it is the last


@dataclass(frozen=True)
class WaitsUpdate:
    """Waits of an option so far, None where it has no queue; `last` when no more will come."""

    option: str
    waits: Waits | None
    share: float  # of the work that is done
    last: bool
    cached: bool = False


def simulated(
    results: Mapping[str, OptionResult],
    seed: int,
    *,
    fidelity: str | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    cores: int | None = None,
    store: Cache | None = None,
    meanwhile: Callable[[], bool] = lambda: False,
) -> Generator[WaitsUpdate, None, None]:
    """Updates of all options as they come, cached waits first; machines that are alike are simulated once.

    cores: how many queues at a time, see `Shared`. cancelled: asked by several threads. meanwhile: called in the thread
    that reads, on a processor that is left idle for it, as long as no update has come and it says that there is more to
    do. An exception in a queue stops the others, and so does `close`, which the reader should call
    (`contextlib.closing`) in case that its own work is interrupted.
    """
    store = usual_cache() if store is None else store
    waiting: dict[str, list[str]] = {}
    for option, result in results.items():
        if has_queue(result):
            waiting.setdefault(key_of(result, seed, fidelity), []).append(option)
        else:
            yield WaitsUpdate(option, None, 1.0, True)
    for key in list(waiting):
        found = store.get(key)
        if found is not None:
            yield from (WaitsUpdate(option, found, 1.0, True, cached=True) for option in waiting.pop(key))
    calls = {
        # the longest first, so that no processor is idle at the end
        key: partial(simulate_waits, results[waiting[key][0]], seed, fidelity=fidelity)
        for key in sorted(waiting, key=lambda key: -_hours(results[waiting[key][0]]))
    }
    if not calls:
        return
    with closing(_reports(calls, cancelled, cores, meanwhile)) as reports:
        for key, waits, share, last in reports:
            if last and waits is not None:
                store.put(key, waits)
            yield from (WaitsUpdate(option, waits, share, last) for option in waiting[key])


def _reports(
    calls: Mapping[str, Callable[..., Waits | None]],
    cancelled: Callable[[], bool],
    cores: int | None,
    meanwhile: Callable[[], bool],
) -> Generator[_Report, None, None]:
    """Reports of calls, each in a thread that waits while `cores` others simulate; leaving the loop stops all of them.

    As long as there is other work to do `meanwhile`, one of those is idle, where they are more than the queues: windows
    of one queue are simulated side by side, too. Beside as many queues as there are processors it would slow them down
    by more than it saves, and waits until one of them is done.
    """
    reports: SimpleQueue[_Report | BaseException] = SimpleQueue()
    stopped = Event()

    def work(rank: int, key: str) -> None:
        # the first is served before the others, so that what follows from its waits is under way while they go on
        try:
            found = calls[key](
                progress=lambda share, so_far: reports.put((key, so_far, share, False)),
                cancelled=lambda: stopped.is_set() or cancelled(),
                shared=shared.ranked(rank),
            )
            reports.put((key, found, 1.0, True))
        except BaseException as error:  # whatever it is, the reader must receive it or wait forever
            reports.put(error)

    with ThreadPoolExecutor(len(calls)) as waiting, Shared(cores) as shared:
        free = shared.without_one() if len(calls) < shared.cores else Event()
        more = True
        try:
            for rank, key in enumerate(calls):
                waiting.submit(work, rank, key)
            running = len(calls)
            while running:
                while more and running < shared.cores and reports.empty():
                    more = meanwhile()
                if not more:
                    free.set()
                report = reports.get()
                if isinstance(report, BaseException):
                    raise report
                running -= report[-1]
                yield report
        finally:
            stopped.set()
            free.set()


def has_queue(result: OptionResult) -> bool:
    """True where an option has a public machine."""
    return result.in_service is not None and PROVIDER in result.allocation.used


def _hours(result: OptionResult) -> float:
    """How much there is to simulate: GPU-hours of the machine over the horizon."""
    return float(result.gpu_hours[PROVIDER][0].sum())
