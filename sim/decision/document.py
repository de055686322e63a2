"""A decision as a document: in Markdown, and as JSON."""

from __future__ import annotations

import json

from sim.decision.decision import Decision
from sim.decision.sections.section import known
from sim.version import __version__

SCHEMA = "heavypress/decision/1"


def markdown(decision: Decision, names: tuple[str, ...] = ()) -> str:
    """The decision in Markdown."""
    scenario = decision.case.scenario
    head = f"# {scenario.title}\n\n*{scenario.question}*\n"
    parts = [section.markdown() for section in decision.sections(names)]
    notes = "\n".join(f"- {note}" for note in decision.notes) + "\n"
    return "\n".join([head, *parts, notes])


def as_json(decision: Decision, names: tuple[str, ...] = ()) -> str:
    """The decision as a JSON document; null where a number does not exist."""
    case = decision.case
    document = {
        "schema": SCHEMA,
        "version": __version__,
        "scenario": case.scenario.key,
        "seed": case.seed,
        "draws": case.comparison.draws,
        "draw": case.comparison.draw,
        "yardstick": case.outcome.name,
        "currency": case.scenario.currency,
        "between": case.pair,
        "sections": {section.name: section.as_dict() for section in decision.sections(names)},
        "notes": decision.notes,
    }
    return json.dumps(known(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
