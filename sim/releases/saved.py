"""The records in saved figures and files, and which of them a change of the headline concerns."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.charts.carriers import CARRIERS, RECORD, RUN, DamagedError
from sim.formatting import escape
from sim.releases.kept import Release
from sim.scenario.records import FORM

ENTRIES = {"run": "run", "scenario": "key", "version": "version"}  # of a record
READ = (".json", ".png", ".svg", ".pdf")
LARGEST_BYTES = 50_000_000
_RUN = re.compile(r"\b[0-9a-f]{12}\b")


def affected(places: Iterable[Path], moved: Collection[str], kept: Iterable[Release]) -> list[dict[str, Any]]:
    """An entry a file that is ours: whose run it is, and whether the headline of its scenario is among `moved`."""
    runs = {
        each["run"]: (name, release.version) for release in kept for name, each in release.about["scenarios"].items()
    }
    found = []
    for path in _files(places):
        about = _of(path, runs)
        if about:
            scenario, hit = about["scenario"], about["scenario"] in moved
            words = f"of {scenario} by heavypress {about['version']}" if scenario else "whose scenario it does not hold"
            verdict = "affected" if hit else "not affected" if scenario else "unknown"
            found.append({"file": str(path), **about, "verdict": f"{verdict}: run {about['run']} {words}"})
    return found


def _files(places: Iterable[Path]) -> Iterator[Path]:
    """The files that may be ours, of folders those in them."""
    for place in places:
        inside = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (path for path in inside if path.suffix.lower() in READ and path.is_file())


def _of(path: Path, runs: Mapping[str, tuple[str, str]]) -> dict[str, Any] | None:
    """Run, scenario and version of a file; None where it is not ours, or cannot be read."""
    texts = list(_texts(path))
    for text in texts:
        if record := record_in(text):
            return {name: escape(str(record.get(key))) for name, key in ENTRIES.items()}  # of whoever wrote the file
    for run in (match for text in texts for match in _RUN.findall(text)):
        scenario, version = runs.get(run, ("", ""))
        return {"run": run, "scenario": scenario, "version": version}
    return None


def record_in(text: str) -> dict[str, Any] | None:
    """The record of a run that a text is, else None."""
    if FORM not in text or not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return (
        found if isinstance(found, dict) and str(found.get("schema", "")).startswith(FORM) and "run" in found else None
    )


def _texts(path: Path) -> Iterator[str]:
    """The record that a file is or carries, and the run that it names; none where it cannot be read."""
    suffix = path.suffix.lower().removeprefix(".")
    with suppress(OSError, DamagedError, UnicodeDecodeError):
        content = path.read_bytes() if path.stat().st_size <= LARGEST_BYTES else b""
        if suffix not in CARRIERS:
            yield content.decode("utf8")
            return
        words = CARRIERS[suffix].words(content)
        yield from (words[name] for name in (RECORD, RUN) if name in words)
