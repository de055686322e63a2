"""Releases made up for tests: what this program computes with, and a few things in it that were otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sim.comparison.record import headline, record, results_digest
from sim.comparison.run import compare
from sim.releases import kept
from sim.releases.editions import Edition
from sim.releases.numbers import flat
from sim.releases.runs import Found, Settings, as_job, run
from sim.scenario import load

SCENARIO = "small_country"
SETTINGS = Settings(draws=4)
OLD = "0.1.0"
Kept = Callable[..., Path]


def changed(files: Mapping[str, tuple[str, str]], parameters: Mapping[str, Mapping[str, Any]]) -> Edition:
    """The edition of now with another text in some files, and other declarations."""
    now = Edition.present()
    contents, declared = dict(now.files), dict(now.parameters)
    for name, (text, other) in files.items():
        assert contents[name].count(text.encode()) == 1, f"{name} has no one {text!r}"
        contents[name] = contents[name].replace(text.encode(), other.encode())
    for path, entries in parameters.items():
        assert set(entries) <= set(declared[path]), f"{path} declares no such entry"
        declared[path] = {**declared[path], **entries}
    return Edition(contents, declared)


def kept_as(
    root: Path, edition: Edition, found: Mapping[str, Found], factor: float = 1.0, settings: Settings = SETTINGS,
    version: str = OLD,
) -> Path:  # fmt: skip
    """Keep an edition and what was found under it as a release; `factor`: of another code on every number."""
    results = {name: {place: factor * value for place, value in each.numbers.items()} for name, each in found.items()}
    about = {
        **settings._asdict(), "digests": {"code": "c" * 16, "data": "d" * 16}, "libraries": {},
        "scenarios": {
            name: {"title": name, "currency": "USD", "price_year": 2025, "run": "0" * 12, "results": each.digest,
                   "answer": "It is so."}
            for name, each in found.items()
        },
    }  # fmt: skip
    kept.write(root / version, kept.content_of(version, edition, results, None, **about))
    return root


def older(
    root: Path, files: Mapping[str, tuple[str, str]] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None, factor: float = 1.0,
) -> Path:  # fmt: skip
    """A folder of kept releases with one that is older, in which some things were otherwise."""
    edition = changed(files or {}, parameters or {})
    return kept_as(root, edition, run({SCENARIO: SETTINGS.job(SCENARIO)}, edition), factor)


def old_record(root: Path, edition: Edition | None = None) -> dict[str, Any]:
    """The record of a small run as the release under `root` would have written it; its numbers are of an edition."""
    now = record(compare(load(SCENARIO), draws=4, fidelity="instant"))
    digests = {**now["digests"], **kept.read(OLD, root).about["digests"]}
    if edition is None:
        return {**now, "version": OLD, "digests": digests}
    with as_job(now) as job:
        found = run({"run": job}, edition)["run"]
    return {**now, "version": OLD, "results": found.nested, "digests": {**digests, "results": found.digest}}


@pytest.fixture(scope="session")
def same(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one kept release, which is the program of now but for its code."""
    found = compare(load(SCENARIO), draws=SETTINGS.draws, seed=SETTINGS.seed, fidelity="instant")
    numbers = headline(found)
    here = {SCENARIO: Found(flat(numbers), results_digest(found), numbers)}
    return kept_as(tmp_path_factory.mktemp("releases"), Edition.present(), here)


def words(causes: Iterable[Any]) -> list[str]:
    """What causes are of, without what it was and is."""
    return [f"{cause.kind} {cause.words.partition(': ')[0]}" for cause in causes]
