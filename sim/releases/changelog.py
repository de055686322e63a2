"""What moved between two releases, scenario by scenario, with the causes; and whether each has been named.

The newer side is a kept release, or the program as it stands. Attributions come from `sim.releases.attribution`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from sim.comparison.identity import code_digest, data_digest, drawing_digest
from sim.comparison.identity import versions as libraries
from sim.comparison.record import headline, results_digest
from sim.comparison.results import Comparison
from sim.formatting import unknown_name
from sim.outcomes import HEADLINE
from sim.releases.attribution import Attribution, Headlines, Progress, Sides, attributed
from sim.releases.differences import Change, differences, form_changes
from sim.releases.editions import Edition
from sim.releases.kept import read, versions
from sim.releases.notes import Note
from sim.releases.numbers import flat
from sim.releases.problems import ReleaseError
from sim.releases.runs import Settings, UnrunnableError
from sim.releases.worker import run
from sim.scenario.files import names

NOW = "now"  # in the place of a version: the program as it stands


@dataclass(frozen=True)
class Snapshot:
    """One side: a version or NOW, the edition, results by scenario, and what its code and libraries were."""

    version: str
    edition: Edition
    results: Headlines
    about: Mapping[str, Any]

    @property
    def is_now(self) -> bool:
        """Whether it is the program as it stands."""
        return self.version == NOW


@dataclass(frozen=True)
class Changelog:
    """What is different between two sides, and what it moved, by scenario that both have."""

    old: Snapshot
    new: Snapshot
    differences: tuple[Change, ...]
    scenarios: Mapping[str, Attribution]

    @property
    def moved(self) -> dict[str, Attribution]:
        """The scenarios whose headline moved."""
        return {name: found for name, found in self.scenarios.items() if found.moved}

    @property
    def appeared(self) -> list[str]:
        """Scenarios that only the newer side ships."""
        return [name for name in self.new.results if name not in self.old.results]

    @property
    def gone(self) -> list[str]:
        """Scenarios that only the older side ships."""
        return [name for name in self.old.results if name not in self.new.results]

    def unnamed(self, notes: Collection[Note]) -> list[tuple[str, str]]:
        """(scenario, outcome) of what moved by code, or for no known cause, and is in no [RESULTS] line."""
        found = {(name, place.outcome) for name, each in self.moved.items() for place in each.by_code()}
        order = {outcome: number for number, outcome in enumerate(HEADLINE)}
        left = [each for each in found if not any(note.names(*each) for note in notes)]
        return sorted(left, key=lambda each: (each[0], order.get(each[1], len(order))))


def changelog(
    old: str = "", new: str = NOW, only: Collection[str] = (), root: Path | None = None,
    progress: Progress = lambda what: None,
) -> Changelog:  # fmt: skip
    """What moved from a kept release (by default the newest) to another, or to the program as it stands.

    `only` some of the shipped scenarios; `root`: the folder of the kept releases. Raises ReleaseError for what is not
    kept, or not whole.
    """
    before = kept(old or newest(root), root)
    wanted = _settings(before)
    after = present(only, wanted) if new == NOW else kept(new, root)
    if _settings(after) != wanted:
        raise ReleaseError(f"{before.version} and {after.version} were kept with other draws; compare each with {NOW}")
    _refuse_unknown(only, before, after)
    both = [name for name in before.results if name in after.results and (not only or name in only)]
    found = {name: Attribution(before.results[name], after.results[name], ()) for name in both}
    places = {name: each for name, each in found.items() if each.moved}
    if places:
        found |= _explained(before, after, places, wanted, progress)
    return Changelog(before, after, tuple(differences(before.edition, after.edition)), found)


def _settings(side: Snapshot) -> Settings:
    """How the headline of a side was computed."""
    return Settings(side.about["draws"], side.about["seed"])


def newest(root: Path | None = None) -> str:
    """The newest kept version; ReleaseError where none is kept."""
    if not (known := versions(root)):
        raise ReleaseError("no release is kept here; heavypress release keeps one")
    return known[-1]


def kept(version: str, root: Path | None = None) -> Snapshot:
    """A kept release as one side."""
    release = read(version, root)
    return Snapshot(version, release.edition(), release.results, release.about)


def present(only: Collection[str] = (), settings: Settings | None = None) -> Snapshot:
    """The program as it stands as one side, with the scenarios `only`."""
    settings = settings or Settings()
    chosen = [name for name in names() if not only or name in only]
    found = {name: _compared(name, settings) for name in chosen}
    results = {name: flat(headline(each)) for name, each in found.items()}
    return Snapshot(NOW, Edition.present(), results, about(found, settings))


@cache
def _compared(name: str, settings: Settings) -> Comparison:
    """A shipped scenario, compared as its headline is kept."""
    return run(settings.job(name))


def about(found: Mapping[str, Comparison], settings: Settings) -> dict[str, Any]:
    """What is said of the runs of a release: settings, digests, libraries, and each scenario's run and answer."""
    return {
        **settings._asdict(),
        "digests": {"code": code_digest(), "data": data_digest(), "drawing": drawing_digest()},
        "libraries": libraries(),
        "scenarios": {
            name: {
                "title": each.scenario.title, "currency": each.scenario.currency,
                "price_year": each.scenario.price_year, "run": each.run_id, "results": results_digest(each),
                "answer": each.answer.text,
            }
            for name, each in found.items()
        },
    }  # fmt: skip


def _refuse_unknown(only: Collection[str], *sides: Snapshot) -> None:
    """ReleaseError for a scenario that neither side ships."""
    known = dict.fromkeys(name for side in sides for name in (*side.about["scenarios"], *side.results))
    for name in only:
        if name not in known:
            raise ReleaseError(unknown_name("shipped scenario", name, {**known, **dict.fromkeys(names())}))


def _explained(
    before: Snapshot, after: Snapshot, places: Mapping[str, Attribution], settings: Settings, progress: Progress
) -> dict[str, Attribution]:
    """The attributions of the scenarios that moved."""
    then = {name: each.then for name, each in places.items()}
    now = {name: each.now for name, each in places.items()}
    sides = Sides(before.edition, after.edition, then, now, code_words(before, after))
    try:
        jobs = {name: settings.job(name) for name in places}
        return attributed(sides, jobs, now if after.is_now else None, progress)
    except UnrunnableError as error:
        why = f"the code of now does not run on the data of {before.version} ({error})"
        return {name: replace(each, missing=why) for name, each in places.items()}


def code_words(before: Snapshot, after: Snapshot) -> str:
    """What differs in code and libraries between two sides, in words."""
    digests = [side.about["digests"]["code"] for side in (before, after)]
    found = [f"code (digest {digests[0]}, now {digests[1]})"] if digests[0] != digests[1] else []
    ours, theirs = after.about["libraries"], before.about["libraries"]
    found += [f"{name} {theirs.get(name)} -> {ours[name]}" for name in ours if theirs.get(name) != ours[name]]
    return "; ".join([*found, *form_changes(before.edition.parameters, after.edition.parameters)]) or "nothing known"
