"""The scenario in the record of a run: as it was compared, with all that it extends and all that was set."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from sim.formatting import lower_first
from sim.scenario.entries import not_a_sentence
from sim.scenario.model import Change
from sim.scenario.overrides import signature_faults
from sim.scenario.problems import ScenarioError

SUFFIX = ".json"  # of a record, where a scenario is asked for
FORM = "heavypress/run/"  # of a record, before the number of its version
LARGEST_BYTES = 5_000_000


def read_record(path: Path) -> dict[str, Any]:
    """The record in a file; ScenarioError with one sentence where it holds none."""
    origin = str(path)
    if path.is_dir():
        raise ScenarioError(origin, ["is a folder; name the record in it, run.json"])
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ScenarioError(origin, [f"cannot be read: {lower_first(error.strerror or 'unknown reason')}"]) from None
    return parse_record(content, origin)


def parse_record(content: bytes | str, origin: str) -> dict[str, Any]:
    """A record as it was written; ScenarioError with one sentence, `origin` first, where a text is none."""
    if len(content) > LARGEST_BYTES:
        raise ScenarioError(origin, [f"is larger than {LARGEST_BYTES / 1e6:g} MB, too much for a record of a run"])
    try:
        found: dict[str, Any] = json.loads(content)
    except (ValueError, RecursionError):
        raise ScenarioError(origin, ["is not JSON; name a scenario (.toml), or the record of a run"]) from None
    form = str(found.get("schema", "")) if isinstance(found, dict) else ""
    if not form.startswith(FORM) or not isinstance(found.get("scenario"), dict):
        raise ScenarioError(origin, ["is no record of a run; compare --out writes one, run.json"])
    return found


def recorded_changes(kept: dict[str, Any], origin: str) -> tuple[Change, ...]:
    """What was changed from outside before the run, as the record has it; ScenarioError where that is no list of it."""
    try:
        return tuple(_change(row) for row in kept.get("changes", []))
    except (TypeError, KeyError):
        raise ScenarioError(
            origin, ["changes: is not a list of path, old, new, by, known, who, why and date"]
        ) from None


def _change(row: dict[str, Any]) -> Change:
    """One change; KeyError or TypeError where it is none."""
    path, by, known = row["path"], row["by"], row["known"]
    signature = {name: row.get(name, "") for name in ("who", "why", "date")}
    if not isinstance(path, str) or not_a_sentence(by) or not (known is None or isinstance(known, bool)):
        raise TypeError
    if signature_faults(signature):
        raise TypeError
    return Change(path, row["old"], row["new"], by, known, **signature)


def scenario_table(kept: dict[str, Any]) -> dict[str, Any]:
    """The table of a scenario in a record: JSON knows no dates, so those of waivers are read back."""
    table = dict(kept["scenario"])
    if isinstance(table.get("waiver"), list):
        table["waiver"] = [_dated(row) for row in table["waiver"]]
    return table


def _dated(row: Any) -> Any:
    """A waiver with its date."""
    try:
        return {**row, "date": date.fromisoformat(row["date"])}
    except (TypeError, KeyError, ValueError):  # for the reader of waivers to report
        return row
