"""The comparison that follows a slider: few draws, estimated waits, and of the outcomes those that a page reads.

Another process computes it where there is one (`dashboard.beside`), for all sessions share the server's interpreter. It
measures what the page has read of the comparison before; what else is read is computed here. Wherever they come from,
the numbers are the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, partial
from threading import Lock
from typing import Any, NamedTuple

from dashboard.worker import Request, scenario_of
from sim.comparison.measured import Measured
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import Comparison, Fidelity, Result, run_id
from sim.comparison.run import compare
from sim.mechanisms.appraisal import profile
from sim.parameters import Array
from sim.scenario import Option, Scenario
from sim.waits.estimate import Estimate

_memory = CalendarMemory()
_one_at_a_time = Lock()  # a memory of calendars is for one thread
_LATER = frozenset({"central", "ledger", "yearly"})  # of an option: nothing that an answer is made of


class Part(NamedTuple):
    """What is sent of an option."""

    names: tuple[str, ...]  # of all of its outcomes
    totals: dict[str, Array]  # of those that were asked for
    estimate: Estimate | None


class Sent(NamedTuple):
    """What is sent of a comparison."""

    run_id: str
    fidelity: Fidelity | None
    parts: dict[str, Part]  # by option


class Quick(NamedTuple):
    """A comparison as a page reads it."""

    comparison: Comparison
    read: set[str]  # of an option: names of outcomes, and of fields that were computed for it
    whole: Callable[[], Comparison]  # the same with all that there is to read, computed once


Ask = Callable[[Request, Collection[str]], Sent | None]  # for a comparison with the outcomes of these names


def sent(request: Request, names: Collection[str], memory: CalendarMemory) -> Sent:
    """What a process sends that was asked for a comparison."""
    return _sent(_computed(request, scenario_of(request.table, request.key), memory), names)


def _sent(comparison: Comparison, names: Collection[str]) -> Sent:
    parts = {
        key: Part(tuple(result.totals), {name: result.totals[name] for name in names}, result.estimate)
        for key, result in comparison.results.items()
    }
    return Sent(comparison.run_id, comparison.fidelity, parts)


def _computed(request: Request, scenario: Scenario, memory: CalendarMemory) -> Comparison:
    """The comparison, its outcomes measured when they are read."""
    by = profile(request.profile) if request.profile else None
    return compare(
        scenario, seed=request.seed, draws=request.draws, draw=request.draw, queue=request.queue,
        fidelity=_fidelity(request), profile=by, memory=memory, lazy=True,
    )  # fmt: skip


def _fidelity(request: Request) -> Fidelity | None:
    return "instant" if request.queue else None


# --- as the page reads it ---


def quick(request: Request, scenario: Scenario, before: frozenset[str], ask: Ask) -> Quick:
    """The comparison of a scenario; `before`: what the page has read of the one before, and will read of this one.

    Where that is more than outcomes, all of it is computed here.
    """

    @cache
    def whole() -> Comparison:
        with _one_at_a_time:
            return _computed(request, scenario, _memory)

    if scenario.world.independence.shock:  # a page looks at the records under an embargo, too
        return Quick(whole(), set(), whole)
    found = ask(request, before) if before and not before & _LATER else None
    if found is None or found.run_id != _id(request, scenario):
        found = _sent(whole(), ())
    read: set[str] = set()
    results: dict[str, Result] = {
        option.key: _Later.of(option, found.parts[option.key], read, partial(_result, whole, option.key))
        for option in scenario.options
    }
    comparison = Comparison(
        scenario, request.seed, request.draws or 0, results, found.run_id, found.fidelity, request.draw,
        queue=request.queue, profile=profile(request.profile) if request.profile else None,
    )  # fmt: skip
    return Quick(comparison, read, whole)


def _id(request: Request, scenario: Scenario) -> str:
    draws = request.draws or 0
    return run_id(scenario, request.seed, draws, request.queue, _fidelity(request), request.draw)


def _result(whole: Callable[[], Comparison], key: str) -> Result:
    return whole().results[key]


class _Later(Result):
    """An option of which some totals are there; what else is read is that of the whole comparison."""

    _read: set[str]
    _whole: Callable[[], Result]

    @classmethod
    def of(cls, option: Option, part: Part, read: set[str], whole: Callable[[], Result]) -> _Later:
        """An option, which notes in `read` what is read of it."""
        found, totals = object.__new__(cls), _Totals(part, read, whole)
        known = {"key": option.key, "label": option.label, "totals": totals, "estimate": part.estimate}
        vars(found).update(known, _read=read, _whole=whole)
        return found

    def __getattr__(self, name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(name)
        self._read.add(name)
        return getattr(self._whole(), name)


class _Totals(Measured):
    """The totals of such an option."""

    def __init__(self, part: Part, read: set[str], whole: Callable[[], Result]) -> None:
        super().__init__(part.totals, part.names, lambda name: whole().totals[name])
        self._read = read

    def __getitem__(self, name: str) -> Array:
        self._read.add(name)
        return super().__getitem__(name)
