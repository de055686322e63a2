"""A run in a process of its own: what it is asked for, and what it sends while it computes."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from sim.comparison.results import run_id
from sim.comparison.run import compare
from sim.mechanisms.sampling import Drawn
from sim.scenario import Scenario
from sim.scenario.problems import Problems
from sim.scenario.reader import read


@dataclass(frozen=True)
class Request:
    """One run, identified by a digest of all that decides its numbers."""

    run_id: str
    key: str
    table: dict[str, Any]  # the scenario with all that it extends and all that was changed
    seed: int
    draws: int
    queue: bool
    draw: Drawn = "headline"

    @staticmethod
    def of(scenario: Scenario, seed: int, draws: int, queue: bool, draw: Drawn = "headline") -> Request:
        """The request for a comparison of the scenario's options."""
        run = run_id(scenario, seed, draws, queue, draw=draw)
        return Request(run, scenario.key, scenario.text, seed, draws, queue, draw)


def run(link: Connection, request: Request) -> None:
    """Compare in the worker and send messages (kind, content): 'progress', 'waits', then 'done' or 'failed'."""
    try:
        comparison = compare(
            # the table, for the class of a portfolio is made from the registry and cannot be sent
            read(request.table, request.key, {}, Problems(request.key)),
            seed=request.seed,
            draws=request.draws,
            draw=request.draw,
            queue=request.queue,
            progress=lambda done, of, what: link.send(("progress", done / of)),
            on_update=lambda update: link.send(("waits", (update.option, update.waits))) if update.last else None,
        )
        if comparison.run_id != request.run_id:
            raise RuntimeError(f"run {request.run_id} came back as {comparison.run_id}")
        link.send(("done", comparison.results))
    except Exception as error:
        traceback.print_exc()  # for the operator; the page names the kind only
        link.send(("failed", type(error).__name__))
