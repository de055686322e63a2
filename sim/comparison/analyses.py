"""The record of what is run besides a comparison: which command, with which options, and a digest of what came out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.comparison.identity import canonical, code_digest, data_digest, digest, resolved, versions
from sim.comparison.record import SCHEMA, entries_digest, sources_of
from sim.comparison.results import RUN_DIGITS
from sim.formatting import join_words, short_repr
from sim.scenario import Scenario, ScenarioError
from sim.scenario.records import read_record
from sim.version import __version__

# Commands that write such a record, and their options that decide a number.
OPTIONS = {
    "mix": ("option", "yardstick", "rest", "draws", "seed", "draw"),
    "argue": ("only", "seed", "draws", "draw"),
    "waits": ("option", "seed"),
}


def analysis_id(kind: str, scenario: Scenario, options: Mapping[str, Any]) -> str:
    """Digest of all that decides what a command computes: the scenario, its options, the code and the data."""
    about = (resolved(scenario), canonical(scenario.text), canonical(dict(options)))
    return digest(kind, *about, code_digest(), data_digest())[:RUN_DIGITS]


def analysis_text(kind: str, scenario: Scenario, options: Mapping[str, Any], results: str, run: str) -> str:
    """The text of the record of `heavypress kind`: `options` are those of OPTIONS, `results` what came out as text."""
    found: dict[str, Any] = {
        "schema": SCHEMA, "kind": kind, "options": dict(options), "run": run,
        "version": __version__, "versions": versions(),
        "digests": {"code": code_digest(), "data": data_digest(), "results": digest(results)},
        "changes": [asdict(change) for change in scenario.changes],
        "waivers": [dict(waiver) for waiver in scenario.waivers],
        "sources": sources_of(scenario), "key": scenario.key, "scenario": scenario.text,
    }  # fmt: skip
    found["digests"]["entries"] = entries_digest(found)
    return json.dumps(found, indent=2, default=str) + "\n"


def read_analysis(path: Path) -> dict[str, Any] | None:
    """The record of an analysis; None for one of a comparison, ScenarioError for what is neither."""
    return checked_analysis(read_record(path), str(path))


def checked_analysis(kept: dict[str, Any], origin: str) -> dict[str, Any] | None:
    """The same of a record that was read from `origin`."""
    if "kind" not in kept:
        return None
    if kept.get("schema") != SCHEMA or kept["kind"] not in list(OPTIONS):
        known = join_words(list(OPTIONS), "or")
        raise ScenarioError(origin, [f"kind: {short_repr(kept['kind'])} is none that this program knows: {known}"])
    if missing := [name for name in ("options", "digests", "versions", "version") if name not in kept]:
        raise ScenarioError(origin, [f"lacks {join_words(missing)}; it is no whole record"])
    if not all(isinstance(kept[name], dict) for name in ("options", "digests", "versions")):
        raise ScenarioError(origin, ["options, digests and versions are not tables; it is no whole record"])
    if unknown := set(kept["options"]) - set(OPTIONS[kept["kind"]]):
        raise ScenarioError(origin, [f"options: {short_repr(min(unknown))} is none of heavypress {kept['kind']}"])
    return kept


def words_of(kept: Mapping[str, Any]) -> list[str]:
    """The options of a record as they are typed, those that were left to their defaults left out."""
    given = ((name, value) for name, value in kept["options"].items() if value is not None)
    return [f"--{name}={each}" for name, value in given for each in (value if isinstance(value, list) else [value])]
