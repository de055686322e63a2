"""Section of the kinds of uncertainty: chance, unknown numbers and structural choices side by side."""

from __future__ import annotations

from sim.comparison.verdict import LOOKS
from sim.decision.case import Case
from sim.decision.sections.section import Section, Table
from sim.decision.structures import Structures, structures
from sim.decision.structures.table import document, heads, notes, rows
from sim.decision.structures.words import sentence


def kinds(case: Case) -> Structures:
    """The difference under chance alone, unknown numbers alone, and each structural choice made otherwise."""
    few = min(case.comparison.draws, LOOKS[-1])  # every alternative is another evaluation of as many
    return structures(case.scenario, seed=case.seed, draws=few, draw=case.comparison.draw, memory=case.memory)


def section(case: Case, found: Structures) -> Section:
    """What is found, for people and as data."""
    table = Table(tuple(heads(found)), tuple(map(tuple, rows(found))), words=2)
    title = "Chance, unknown numbers, structural choices"
    return Section("structures", title, (sentence(found), *notes(found)), (table,), document(found))
