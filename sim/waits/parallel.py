"""The queues of several options side by side: threads, for the compiled queue releases the interpreter lock."""

from __future__ import annotations

import os
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
from sim.waits.simulation import simulate_waits
from sim.waits.statistics import Waits

CORES = 2
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
    cores: int = CORES,
    store: Cache | None = None,
    meanwhile: Callable[[], bool] = lambda: False,
) -> Generator[WaitsUpdate, None, None]:
    """Updates of all options as they come, cached waits first; machines that are alike are simulated once.

    cancelled: asked by several threads. meanwhile: called in the thread that reads, as long as a processor is idle, no
    update has come, and it says that there is more to do. An exception in a queue stops the others, and so does
    `close`, which the reader should call (`contextlib.closing`) in case that its own work is interrupted.
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
    with closing(_reports(calls, cancelled, cores, meanwhile)) as reports:
        for key, waits, share, last in reports:
            if last and waits is not None:
                store.put(key, waits)
            yield from (WaitsUpdate(option, waits, share, last) for option in waiting[key])


def _reports(
    calls: Mapping[str, Callable[..., Waits | None]],
    cancelled: Callable[[], bool],
    cores: int,
    meanwhile: Callable[[], bool],
) -> Generator[_Report, None, None]:
    """Reports of calls made in threads, `cores` at a time; leaving the loop stops them all."""
    reports: SimpleQueue[_Report | BaseException] = SimpleQueue()
    stopped = Event()

    def work(key: str) -> None:
        try:
            found = calls[key](
                progress=lambda share, so_far: reports.put((key, so_far, share, False)),
                cancelled=lambda: stopped.is_set() or cancelled(),
            )
            reports.put((key, found, 1.0, True))
        except BaseException as error:  # whatever it is, the reader must receive it or wait forever
            reports.put(error)

    pool = ThreadPoolExecutor(max(cores, 1))
    try:
        for key in calls:
            pool.submit(work, key)
        running = len(calls)
        while running:
            # beside as many queues as there are processors it would slow them down by more than it saves
            while running < (os.cpu_count() or 1) and reports.empty() and meanwhile():
                pass
            report = reports.get()
            if isinstance(report, BaseException):
                raise report
            running -= report[-1]
            yield report
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)


def has_queue(result: OptionResult) -> bool:
    """True where an option has a public machine."""
    return result.in_service is not None and PROVIDER in result.allocation.used


def _hours(result: OptionResult) -> float:
    """How much there is to simulate: GPU-hours of the machine over the horizon."""
    return float(result.gpu_hours[PROVIDER][0].sum())
