"""Analyses of a decision as work for a worker: sections with their charts, and the best case for an option."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.worker import Found, RefusedError, Request, Send, scenario_of
from sim.charts import decisions
from sim.charts.structures import NAME as STRUCTURES
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import Comparison
from sim.decision.case import Case, UndecidableError
from sim.decision.decision import SECTIONS, Decision
from sim.decision.sections.section import Section, Table
from sim.decision.steelman import steelman
from sim.decision.steelman_report import HEADS, notes, rows, verdict
from sim.mechanisms.sampling import Drawn
from sim.scenario import Scenario

# The chart of a section, by the section.
CHARTS = {"tornado": decisions.TORNADO, "maps": decisions.MAPS, "structures": STRUCTURES}
STEELMAN = "steelman"  # before the key of an option
_WORDS = 1  # columns of a steelman's table
_OF_THE_RUN = 0.5  # of the progress of a section, before which its worlds are run


@dataclass(frozen=True)
class Analysed:
    """A section, and its chart in every format, with what is read out in its place."""

    section: Section
    chart: str = ""  # its name; empty where the section has none
    files: Mapping[str, bytes] = field(default_factory=dict)  # by ending
    alt: str = ""
    notes: tuple[str, ...] = ()  # on what its numbers rest on


def subjects(scenario: Scenario) -> tuple[str, ...]:
    """All that can be asked: the sections by name, then the best case for every option but doing nothing."""
    others = (option.key for option in scenario.options if option.instrument.name != "do_nothing")
    return (*SECTIONS, *(f"{STEELMAN}/{key}" for key in others))


def analysed(case: Case, name: str) -> Analysed:
    """A section of `heavypress decide`."""
    decision = Decision(case)
    section = decision.section(name)
    chart = CHARTS.get(name, "")
    if not chart:
        return Analysed(section, notes=decision.notes)
    with tempfile.TemporaryDirectory(prefix="heavypress-") as folder:
        decisions.save_chart(decision, chart, Path(folder))
        files = {path.suffix.removeprefix("."): path.read_bytes() for path in sorted(Path(folder).iterdir())}
    return Analysed(section, chart, files, decisions.alt(decision, chart), decision.notes)


def best_case(scenario: Scenario, option: str, seed: int, draw: Drawn) -> Analysed:
    """The least contrived world in which an option is the best, as `heavypress steelman` finds it."""
    found = steelman(scenario, option, seed=seed, draw=draw)
    tables = (Table(HEADS, tuple(rows(found)), words=_WORDS),) if found.moves else ()
    title = scenario.option(option).label
    return Analysed(Section(f"{STEELMAN}/{option}", title, (verdict(found), *notes(found)), tables))


# --- as work ---


@dataclass(frozen=True)
class Analysis:
    """One of `subjects`, as a process of its own makes it."""

    digest: str
    run: str  # that its numbers are from, but for the number of draws
    key: str
    table: dict[str, Any]  # the scenario
    seed: int
    draws: int
    draw: Drawn
    subject: str
    of_base: str  # digest of the comparison that a section is about
    base: Found | None = field(default=None, compare=False, repr=False)  # that comparison, where it is known

    @staticmethod
    def of(scenario: Scenario, seed: int, draws: int, draw: Drawn, subject: str) -> Analysis:
        """The work on a subject of a scenario."""
        asked = Request.of(scenario, seed, draws, False, draw)
        digest, run = f"{asked.digest}/{subject}", asked.digest.partition("/")[0]
        return Analysis(digest, run, scenario.key, scenario.text, seed, draws, draw, subject, asked.digest)

    def compute(self, send: Send) -> Analysed:
        """Make it; the comparison that a section is about is sent, too, where it was not known."""
        scenario = scenario_of(self.table, self.key)
        kind, _, option = self.subject.partition("/")
        try:
            if kind == STEELMAN:
                return best_case(scenario, option, self.seed, self.draw)
            return analysed(self._case(scenario, send), self.subject)
        except UndecidableError as error:
            raise RefusedError(str(error)) from error

    def _case(self, scenario: Scenario, send: Send) -> Case:
        """The case of the scenario, with the comparison that is known, or one that is run."""
        if self.base is not None:
            known = self.base
            comparison = Comparison(
                scenario, self.seed, known.draws, known.results, known.run_id, draw=self.draw, queue=False
            )
            return Case(comparison, CalendarMemory())
        case = Case.of(
            scenario, self.seed, self.draws, self.draw, lambda done, of, what: send("progress", _OF_THE_RUN * done / of)
        )
        found = case.comparison
        send("found", (self.of_base, Found(found.run_id, found.draws, found.results)))
        return case
