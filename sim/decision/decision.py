"""A decision analysed: the answer, and one section for each thing that could change it; made when it is asked for.

>>> import sim
>>> sim.decide("nairr_us").section("switching").sentences  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sim.comparison.centre import drawn_note
from sim.comparison.sample import Progress
from sim.decision.case import Case
from sim.decision.sections import (
    discovery,
    dominance,
    evidence,
    generality,
    kinds,
    knowledge,
    maps,
    screening,
    standing,
    thresholds,
    tornado,
)
from sim.decision.sections.section import Section
from sim.decision.structures import Structures
from sim.formatting import unknown_name
from sim.scenario.changes import changes_note
from sim.version import __version__

_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Decision:
    """The analyses of a case, each made once, when it is first asked for."""

    case: Case
    _made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def made(self, name: str, make: Callable[[Case], _Found]) -> _Found:
        """What `make` finds in the case, under a name."""
        if name not in self._made:
            self._made[name] = make(self.case)
        found: _Found = self._made[name]
        return found

    @property
    def text(self) -> str:
        """The answer to the scenario's question, one to three sentences."""
        return self.case.comparison.answer.text

    @property
    def tornado(self) -> tornado.Tornado:
        """What each number alone does."""
        return self.made("tornado", tornado.tornado)

    @property
    def maps(self) -> tuple[maps.WinnerMap, ...]:
        """Who wins over two numbers."""
        return self.made("maps", maps.winner_maps)

    @property
    def structures(self) -> Structures:
        """Chance, unknown numbers and structural choices side by side."""
        return self.made("structures", kinds.kinds)

    def section(self, name: str) -> Section:
        """One section by name; KeyError with the nearest name where there is none."""
        if name not in SECTIONS:
            raise KeyError(unknown_name("section", name, SECTIONS))
        return SECTIONS[name](self)

    def sections(self, names: tuple[str, ...] = ()) -> list[Section]:
        """Sections by name, in their own order; all where none is named."""
        return [self.section(name) for name in SECTIONS if not names or name in names]

    @property
    def notes(self) -> tuple[str, ...]:
        """What all numbers rest on."""
        comparison = self.case.comparison
        return (
            f"{comparison.draws:,} states of the world, seed {comparison.seed}, the same for every option. "
            f"{drawn_note(comparison.scenario, comparison.draw)}",
            "Waits and use of machines are those of the response surface: no queue was simulated.",
            *changes_note(comparison.scenario),
            f"Run {comparison.run_id}, heavypress {__version__}.",
        )


def make(decision: Decision, names: tuple[str, ...], progress: Progress) -> None:
    """Make the sections named, or all of them, so that `section` has them at hand."""
    steps = [name for name in SECTIONS if not names or name in names]
    for done, name in enumerate(steps):
        progress(done, len(steps), name)
        decision.section(name)
    progress(len(steps), len(steps), "done")


# --- sections ---


def _answer(decision: Decision) -> Section:
    """The answer, with the lines on its draws."""
    answer = decision.case.comparison.answer
    data: dict[str, Any] = {"first_shares": answer.first_shares, "pair": answer.between, "text": answer.text}
    if answer.pair:
        pair = answer.pair
        data |= {"share": pair.share, "share_interval": pair.share_interval, "median": pair.median}
        data |= {"interval": pair.interval, "verdict": pair.verdict}
    return Section("answer", "The answer", answer.sentences, (), data)


def _of(name: str, make: Callable[[Case], _Found], show: Callable[[Case, _Found], Section]) -> Callable[..., Section]:
    """A section that is made once, and shown as often as asked for."""
    return lambda decision: show(decision.case, decision.made(name, make))


SECTIONS: dict[str, Callable[[Decision], Section]] = {
    "answer": _answer,
    "tornado": _of("tornado", tornado.tornado, tornado.section),
    "switching": _of("switching", thresholds.thresholds, thresholds.section),
    "maps": _of("maps", maps.winner_maps, maps.section),
    "structures": _of("structures", kinds.kinds, kinds.section),
    "sensitivity": _of("sensitivity", screening.screening, screening.section),
    "regret": _of("regret", standing.standing, standing.section),
    "boxes": _of("boxes", discovery.discovery, discovery.section),
    "information": _of("information", knowledge.knowledge, knowledge.section),
    "evidence": _of("evidence", evidence.evidence, evidence.section),
    "dominance": _of("dominance", dominance.dominance, dominance.section),
    "storylines": _of("storylines", generality.everywhere, generality.section),
}
