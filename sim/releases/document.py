"""The changelog of results as plain data: what `--format json` prints, and what a release keeps of itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping
from math import isfinite, nan
from typing import Any

from sim.releases.attribution import Attribution, Cause
from sim.releases.changelog import Changelog, Snapshot
from sim.releases.notes import Note
from sim.releases.numbers import Place

SCHEMA = "heavypress/changelog/1"
COLUMNS = ("scenario", "option", "outcome", "column", "then", "now", "kind", "cause", "effect", "share")
Document = Mapping[str, Any]


def document(found: Changelog, notes: Collection[Note] = (), saved: Collection[Mapping[str, Any]] = ()) -> Document:
    """All that is known of what moved; `saved`: see `sim.releases.saved`."""
    return {
        "schema": SCHEMA,
        "old": _side(found.old),
        "new": _side(found.new),
        "draws": found.old.about["draws"],
        "seed": found.old.about["seed"],
        "compared": list(found.scenarios),
        "appeared": found.appeared,
        "gone": found.gone,
        "differences": [{"kind": each.kind, "what": each.words} for each in found.differences],
        "scenarios": [of_scenario(name, each) for name, each in found.moved.items()],
        "unnamed": [{"scenario": scenario, "outcome": outcome} for scenario, outcome in found.unnamed(notes)],
        "saved": list(saved),
    }


def _side(side: Snapshot) -> dict[str, Any]:
    """What is said of one side."""
    return {"version": side.version, **side.about["digests"], "libraries": dict(side.about["libraries"])}


def of_scenario(name: str, found: Attribution) -> dict[str, Any]:
    """A scenario, or a record of a run, whose headline moved; `missing` says why no causes are known."""
    moved = [{**place._asdict(), **_sides(found, place)} for place in found.moved]
    causes = [_cause(each, found) for each in found.causes]
    return {"scenario": name, "missing": found.missing or None, "causes": causes, "moved": moved}


def _sides(found: Attribution, place: Place) -> dict[str, float | None]:
    """A number then and now."""
    return {"then": _known(found.then.get(place, nan)), "now": _known(found.now.get(place, nan))}


def _cause(cause: Cause, found: Attribution) -> dict[str, Any]:
    """A cause, and by how much it moves each number."""
    effects = [
        {**place._asdict(), "effect": _known(effect), "share": _known(cause.share(place, found))}
        for place, effect in cause.effects.items()
    ]
    return {"kind": cause.kind, "what": cause.words, "effects": effects}


def _known(value: float) -> float | None:
    """A number; null in the place of one that does not exist."""
    return value if isfinite(value) else None


def as_json(about: Document) -> str:
    """The document as text."""
    return json.dumps(about, indent=2, ensure_ascii=False) + "\n"


def as_csv(about: Document) -> str:
    """A row a number that moved and cause that moves it; a number without a known cause has one row."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([COLUMNS, *_rows(about)])
    return out.getvalue()


def _rows(about: Document) -> Iterator[list[Any]]:
    """The rows of the table."""
    for each in about["scenarios"]:
        for moved in each["moved"]:
            place = [moved[name] for name in Place._fields]
            begin = [each["scenario"], *place, _cell(moved["then"]), _cell(moved["now"])]
            rows = [[*begin, *cells] for cells in _causes(each, place)]
            yield from rows or [[*begin, "unknown", each["missing"] or "", "", ""]]


def _causes(scenario: Document, place: list[str]) -> Iterator[list[Any]]:
    """Kind, words, effect and share of what moves one number."""
    for cause in scenario["causes"]:
        for effect in cause["effects"]:
            if [effect[name] for name in Place._fields] == place:
                yield [cause["kind"], cause["what"], _cell(effect["effect"]), _cell(effect["share"])]


def _cell(value: float | None) -> str:
    """A number to its last digit; empty where there is none."""
    return "" if value is None else repr(value)
