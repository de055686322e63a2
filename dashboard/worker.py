"""A run in a process of its own: what it is asked for, and what it sends while it computes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Protocol

from dashboard import leash
from dashboard.limits import GIB, NO_EXTENT, TOO_MUCH_MEMORY, Extent, limit
from sim.comparison.results import Result, run_id
from sim.comparison.run import compare
from sim.comparison.sample import Progress
from sim.comparison.verdict import LOOKS
from sim.mechanisms.appraisal import profile
from sim.mechanisms.sampling import Drawn
from sim.scenario import Scenario
from sim.scenario.problems import Problems
from sim.scenario.reader import read

BEHIND = 10  # steps of priority behind the server, so that pages are repainted before runs go on
SWITCH_SECONDS = 1e-4  # queues come back from compiled code hundreds of times a second, and must not wait for draws
ROOM = 2  # a process addresses more memory than it has; the server looks at what it has
# What a run imports only when it comes to it: loaded before anybody waits, it is shared by all workers.
PRELOADED = (
    "scipy.stats",
    "sim.queue.compiler.build",
    "sim.queue.scheduler.compiled",
    "sim.queue.workload.generator",
    "sim.waits.recorded",
    "sim.waits.stream",
)


Send = Callable[[str, Any], None]  # a message: its kind and its content


class Work(Protocol):
    """What a process of its own can be asked for; it can be sent, and equal digests have equal results."""

    @property
    def digest(self) -> str:
        """Of all that decides the result, under which it is kept."""

    def compute(self, send: Send) -> Any:
        """The result; on the way 'progress' (a share), 'step' (words), 'waits' and 'found' may be sent."""


class RefusedError(Exception):
    """Work that cannot be done; the message is one sentence, for who asked for it."""


@dataclass(frozen=True)
class Found:
    """What a run found: all of its comparison that can be sent."""

    run_id: str
    draws: int
    results: dict[str, Result]


@dataclass(frozen=True)
class Request:
    """One run, identified by a digest of all that decides its numbers, but for how many draws it turns out to need."""

    digest: str
    key: str
    table: dict[str, Any]  # the scenario with all that it extends and all that was changed
    seed: int
    draws: int | None  # None: as many as the answer needs
    queue: bool
    draw: Drawn = "headline"
    profile: str = ""
    extent: Extent = NO_EXTENT

    @staticmethod
    def of(
        scenario: Scenario, seed: int, draws: int | None, queue: bool, draw: Drawn = "headline", by: str = ""
    ) -> Request:
        """The request for a comparison of the scenario's options, discounted by the appraisal profile `by`."""
        run = run_id(scenario, seed, draws or 0, queue, draw=draw)
        digest = f"{run}/{'as needed' if draws is None else draws}/{by}"
        extent = Extent(LOOKS[-1] if draws is None else draws, scenario.months, len(scenario.options))
        return Request(digest, scenario.key, scenario.text, seed, draws, queue, draw, by, extent)

    def compute(self, send: Send) -> Found:
        """Compare."""
        comparison = compare(
            scenario_of(self.table, self.key),
            seed=self.seed,
            draws=self.draws,
            draw=self.draw,
            queue=self.queue,
            profile=profile(self.profile) if self.profile else None,
            final=True,
            progress=lambda done, of, what: send("progress", done / of),
            on_update=lambda update: send("waits", (update.option, update.waits)) if update.last else None,
        )
        if not (self.draws is None or self.profile) and comparison.run_id != self.digest.partition("/")[0]:
            raise RuntimeError(f"run {self.digest} came back as {comparison.run_id}")
        return Found(comparison.run_id, comparison.draws, comparison.results)


@dataclass(frozen=True)
class Task:
    """Work that is no comparison of a page: a function of a module, called with who reports how far it is."""

    digest: str
    work: Callable[[Progress], Any]

    def compute(self, send: Send) -> Any:
        """Do the work."""
        return self.work(lambda done, of, what: send("progress", done / max(of, 1)))


def scenario_of(table: dict[str, Any], key: str) -> Scenario:
    """A scenario of its table: the class of a portfolio is made from the registry, and cannot be sent."""
    return read(table, key, {}, Problems(key))


def tie() -> None:
    """Tie this process to its server, with the memory that one of them may take."""
    leash.tie(ROOM * limit("RUN_GIB") * GIB)


def run(link: Connection, work: Work) -> None:
    """Compute in the worker and send messages (kind, content), the last of them 'done' or 'failed'."""
    tie()
    os.nice(BEHIND)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        return link.send(("done", work.compute(lambda kind, content: link.send((kind, content)))))
    except ConnectionError:
        return  # the server is gone
    except MemoryError:
        why = TOO_MUCH_MEMORY.format(most=limit("RUN_GIB"))
    except RefusedError as error:
        why = str(error)
    except Exception as error:
        traceback.print_exc()  # for the operator; the page names the kind only
        why = type(error).__name__
    # only now, when the error and all that it held is forgotten: there may have been no memory left for a message
    link.send(("failed", why))
