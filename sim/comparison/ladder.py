"""The ladder of fidelity: what is known of the waits of each option, from the first millisecond to the last window.

Rung 0, `cached`: simulated before. Rung 1, `estimate`: looked up in the table of instant waits. Rung 2, `simulated`:
the queue, as far as it has come. Rung 3, `final`: it has converged or was told to stop. Then `paired`: two options that
met the same jobs, as a ratio. Every step says how far off it may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.comparison.cache import Cache, usual_cache
from sim.comparison.instant_option import Estimate, estimate
from sim.comparison.ladder_threads import CORES, has_queue, simulated
from sim.comparison.reckon import Monthly
from sim.comparison.run import DEFAULT_SEED, Comparison, compare
from sim.comparison.waits import Waits
from sim.comparison.waits_pairs import paired_waits, records, sentences
from sim.scenario import Scenario

Rung = Literal["cached", "estimate", "simulated", "final", "paired"]


@dataclass(frozen=True)
class Step:
    """What is known of one option; `error` says in one sentence how far off it may be."""

    option: str
    rung: Rung
    error: str
    waits: Waits | None = None
    estimate: Estimate | None = None
    share: float = 1.0  # of the option's simulation that is done
    ratios: list[dict[str, str | float | None]] = field(default_factory=list)  # as `waits_pairs.records` has them


def climb(
    subject: Scenario | Comparison,
    *,
    seed: int = DEFAULT_SEED,
    fidelity: str | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    cores: int = CORES,
    store: Cache | None = None,
) -> Iterator[Step]:
    """Steps as they come, the quick ones first; options without a machine have none.

    seed: of a scenario; a comparison has its own. fidelity: windows or full, by default what the scenario says.
    cancelled: looked at between events, from other threads too; what is known by then is the last step of an option.
    Closing the iterator stops the work as well.
    """
    comparison = compare(subject, seed=seed, queue=False) if isinstance(subject, Scenario) else subject
    store = usual_cache() if store is None else store
    machines = machines_of(comparison)
    found: dict[str, Waits] = {}
    for key, monthly in machines.items():
        told = estimate(monthly)
        if told is not None:
            yield Step(key, "estimate", told.note(), estimate=told)
    words: dict[str, Any] = {"fidelity": fidelity, "cancelled": cancelled, "cores": cores, "store": store}
    with closing(simulated(machines, comparison.seed, **words)) as told_by_queues:
        for news in told_by_queues:
            if news.waits is None:
                continue
            rung: Rung = "cached" if news.cached else "final" if news.last else "simulated"
            if news.last:
                found[news.option] = news.waits
            yield Step(news.option, rung, news.waits.note(), news.waits, share=news.share)
    labels = {key: result.label for key, result in comparison.results.items()}
    yield from _pairs({key: found[key] for key in machines if key in found}, labels)


def machines_of(comparison: Comparison) -> dict[str, Monthly]:
    """The options that have a public machine, in the central case."""
    every = {key: result.central for key, result in comparison.results.items()}
    return {key: monthly for key, monthly in every.items() if has_queue(monthly)}


def _pairs(found: Mapping[str, Waits], labels: Mapping[str, str]) -> Iterator[Step]:
    """Each option against the first one, window by window with the same jobs."""
    for key, rows in paired_waits(found).groupby("option", sort=False):
        yield Step(str(key), "paired", sentences(rows, labels)[0], found[str(key)], ratios=records(rows))
