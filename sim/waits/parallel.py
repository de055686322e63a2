"""The queues of several options side by side: threads, for the compiled queue lets go of Python while it works."""

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
from sim.waits.simulation import simulate_waits
from sim.waits.statistics import Waits

CORES = 2
_Told = tuple[str, Waits | None, float, bool]  # key, waits so far, share done, whether that is all


@dataclass(frozen=True)
class WaitsUpdate:
    """What is known of an option: waits so far, None where it has no queue; `last` when no more will come."""

    option: str
    waits: Waits | None
    share: float  # of the work that is done
    last: bool
    cached: bool = False


def simulated(
    machines: Mapping[str, OptionResult],
    seed: int,
    *,
    fidelity: str | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    cores: int = CORES,
    store: Cache | None = None,
) -> Generator[WaitsUpdate, None, None]:
    """News of all options as they come, what is known at once first; machines that are alike are simulated once.

    cancelled: asked by several threads. An exception in a queue stops the others, and so does `close`, which whoever
    reads the news should call (`contextlib.closing`) in case that its own work breaks off.
    """
    store = usual_cache() if store is None else store
    waiting: dict[str, list[str]] = {}
    for option, monthly in machines.items():
        if has_queue(monthly):
            waiting.setdefault(key_of(monthly, seed, fidelity), []).append(option)
        else:
            yield WaitsUpdate(option, None, 1.0, True)
    for key in list(waiting):
        found = store.get(key)
        if found is not None:
            yield from (WaitsUpdate(option, found, 1.0, True, cached=True) for option in waiting.pop(key))
    calls = {
        # the longest first, so that no processor is idle at the end
        key: partial(simulate_waits, machines[waiting[key][0]], seed, fidelity=fidelity)
        for key in sorted(waiting, key=lambda key: -_hours(machines[waiting[key][0]]))
    }
    with closing(_side_by_side(calls, cancelled, cores)) as told:
        for key, waits, share, last in told:
            if last and waits is not None:
                store.put(key, waits)
            yield from (WaitsUpdate(option, waits, share, last) for option in waiting[key])


def _side_by_side(
    calls: Mapping[str, Callable[..., Waits | None]], cancelled: Callable[[], bool], cores: int
) -> Generator[_Told, None, None]:
    """Make the calls in threads, `cores` at a time, and hand on what they tell; leaving the loop stops them all."""
    told: SimpleQueue[_Told | BaseException] = SimpleQueue()
    enough = Event()

    def work(key: str) -> None:
        try:
            found = calls[key](
                progress=lambda share, so_far: told.put((key, so_far, share, False)),
                cancelled=lambda: enough.is_set() or cancelled(),
            )
            told.put((key, found, 1.0, True))
        except BaseException as error:  # whatever it is, the reader must hear of it or wait forever
            told.put(error)

    pool = ThreadPoolExecutor(max(cores, 1))
    try:
        for key in calls:
            pool.submit(work, key)
        ends = len(calls)
        while ends:
            news = told.get()
            if isinstance(news, BaseException):
                raise news
            ends -= news[-1]
            yield news
    finally:
        enough.set()
        pool.shutdown(cancel_futures=True)


def has_queue(monthly: OptionResult) -> bool:
    """True where an option has a public machine."""
    return monthly.in_service is not None and PROVIDER in monthly.allocation.used


def _hours(monthly: OptionResult) -> float:
    """How much there is to simulate: GPU-hours of the machine over the horizon."""
    return float(monthly.gpu_hours[PROVIDER][0].sum())
