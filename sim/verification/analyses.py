"""The verdict on the numbers of a command besides `compare`, such as `mix`: run again by whoever can run commands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.comparison.analyses import checked_analysis
from sim.comparison.record import causes, different, entries_digest
from sim.export import RECORD
from sim.formatting import join_words
from sim.scenario import Scenario
from sim.scenario.reader import load_record
from sim.scenario.records import parse_record
from sim.verification.changed import apart, other_changes, said
from sim.verification.findings import ALTERED, DRIFTED, VERIFIED

Again = Callable[[str], Mapping[str, bytes]]
"""From the text of such a record to the files that its command writes now, by name; ScenarioError where it refuses."""


@dataclass(frozen=True)
class Analysed:
    """A record of such a command, and the files that it writes now."""

    kept: Mapping[str, Any]
    scenario: Scenario
    files: Mapping[str, bytes]

    @property
    def run(self) -> str:
        """The id that the record has."""
        return str(self.kept.get("run"))

    @property
    def moved(self) -> bool:
        """Whether the numbers are others now."""
        return bool(self.kept["digests"].get("results") != self.now["digests"]["results"])

    @property
    def now(self) -> dict[str, Any]:
        """The record as it is now."""
        found: dict[str, Any] = json.loads(self.files[RECORD])
        return found

    def figure(self, name: str, suffix: str) -> bytes | None:
        """A figure as a file; None for a name that there is not."""
        command, _, stem = name.partition("/")
        return self.files.get(f"{stem}.{suffix}") if command == self.kept["kind"] else None


def analysed(text: str, where: str, again: Again) -> Analysed | None:
    """The command of a record run again; None for the record of a comparison, ScenarioError for what is neither."""
    kept = checked_analysis(parse_record(text, where), where)
    if kept is None:
        return None
    scenario, files = load_record(kept, where), again(text)
    return Analysed(kept, scenario, files)


def held(ran: Analysed) -> tuple[str, list[str]]:
    """The verdict on the numbers, and why; the record holds no more of them than a digest."""
    why = causes(ran.kept)
    if ran.moved:
        about = f"The numbers of heavypress {ran.kept['kind']} are not those of its record, which holds their digest."
        return (DRIFTED, [about, *different(why)]) if why else (ALTERED, [about])
    if others := [*_other_entries(ran), *other_changes(ran.scenario)]:
        return ALTERED, [f"Its record was changed: {join_words(others)} of it are not what the run gives."]
    return VERIFIED, [*different(why), *said(ran.scenario)]


def _other_entries(ran: Analysed) -> list[str]:
    """Entries of a record that are not those that its command writes; of another program's its ids alone are free."""
    then, now = ran.kept, ran.now
    another = any(then["digests"].get(name) != now["digests"][name] for name in ("code", "data"))
    free = {"run", "version", "versions", "digests", "sources"} if another else {"versions", "digests"}
    others = sorted(apart(then, now, free))
    if then["digests"].get("entries") not in (None, entries_digest(then)):
        return others or ["entries that the run does not decide"]
    return others + ["run and digests"] * (another and then.get("run") == now["run"])
