"""An old run on its own data and declarations, and why the same run gives other numbers now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.comparison.identity import code_digest, data_digest
from sim.comparison.record import Moved, causes, headline
from sim.comparison.results import Comparison
from sim.formatting import escape, join_words
from sim.releases.attribution import OLD_EDITION, Attribution, Progress, Sides, attributed
from sim.releases.differences import form_changes
from sim.releases.editions import Edition
from sim.releases.kept import Release, order, read, versions
from sim.releases.marks import SHORT, Mark, is_same
from sim.releases.numbers import Numbers, Place, flat, moved
from sim.releases.problems import ReleaseError
from sim.releases.runs import Found, Job, UnrunnableError, as_job, run
from sim.releases.worker import MARGIN
from sim.version import __version__

_RUN = "run"  # the name of the one job


@dataclass(frozen=True)
class Replay:
    """A recorded run with the data and the declarations of its own release, and the code of now."""

    release: str  # whose they were; empty where none is kept
    same_bits: bool = False
    moved: tuple[Moved, ...] = ()
    missing: str = ""  # what is not here that gave these numbers, in a sentence

    @property
    def verdict(self) -> str:
        """'the same to the last digit', 'the same', 'moved', 'altered' (see `Rerun`) or 'missing': nothing ran."""
        if not self.release or (self.missing and not self.moved):
            return "missing"
        if self.moved:
            return "altered" if self.same_bits else "moved"
        return "the same to the last digit" if self.same_bits else "the same"


def release_of(kept: Mapping[str, Any], root: Path | None = None) -> Release:
    """The kept release that a record was made with: its version, on its data. ReleaseError says what is missing."""
    version, made_on = escape(str(kept.get("version"))), escape(str(kept["digests"].get("data")))
    if version not in versions(root):
        newer = f", and is newer than this program ({__version__})" if order(version) > order(__version__) else ""
        known = join_words(versions(root)) or "none"
        raise ReleaseError(
            f"the run was made with heavypress {version}, of which nothing is kept here (kept: {known}){newer}; "
            f"{_install(version)}"
        )
    release = read(version, root)
    theirs = release.about["digests"]["data"]
    if len(made_on) < SHORT or not theirs.startswith(made_on):  # a mark has the first digits
        raise ReleaseError(
            f"the run was made with heavypress {version} on data (digest {made_on}) that are not those of the release "
            f"(digest {theirs}) and are not kept"
        )
    return release


def _install(version: str) -> str:
    """How to get the code of a version."""
    return f"install heavypress=={version}, or check out the tag v{version}, and run it there"


def replay(kept: Mapping[str, Any], root: Path | None = None) -> Replay:
    """Run a record (as `sim.comparison.record.read` gives it) with the data and declarations of its own release.

    `root`: the folder of the kept releases. What is missing is said in the result; ReleaseError where a kept release
    is damaged.
    """
    try:
        release = release_of(kept, root)
    except ReleaseError as error:
        return Replay("", missing=str(error))
    try:
        found = _under(kept, release.edition())
    except UnrunnableError as error:
        return Replay(release.version, missing=f"{_no_code(kept, release)} does not run on its data ({error})")
    then = flat(kept["results"])
    places = moved(then, found.numbers)
    different = tuple(Moved(*place, _or_none(then, place), _or_none(found.numbers, place)) for place in places)
    missing = f"{_no_code(kept, release)} gives other numbers on its data" if places else ""
    return Replay(release.version, found.digest == kept["digests"]["results"], different, missing)


def _no_code(kept: Mapping[str, Any], release: Release) -> str:
    """The beginning of a sentence on code that is not here."""
    theirs, version = escape(str(kept["digests"].get("code"))), release.version
    if theirs == code_digest():
        return "the record is not what its digest was made of, for the same code"
    other = "" if theirs == release.about["digests"]["code"] else ", which is not that of the release,"
    return (
        f"the code of heavypress {version} (digest {theirs}){other} is not here: {_install(version)}; the code of now"
    )


def _or_none(numbers: Mapping[Place, float], place: Place) -> float | None:
    """A number as records have it."""
    value = numbers.get(place)
    return value if value == value else None


def _under(kept: Mapping[str, Any], edition: Edition) -> Found:
    """A record under an edition."""
    with as_job(kept) as job:
        return run({_RUN: job}, edition)[_RUN]


def attribute(
    kept: Mapping[str, Any], now: Comparison | None = None, root: Path | None = None,
    progress: Progress = lambda what: None,
) -> Attribution:  # fmt: skip
    """Why a recorded run gives other numbers now: the causes, with what each moves of every headline number.

    `now`: the same run with the program of now, where it was run already (`sim.comparison.record.rerun(...).now`).
    Where the release of the record is not kept, `missing` of the result says so, and there are no causes.
    """
    then = flat(kept["results"])
    ours = flat(headline(now)) if now else _under(kept, Edition.present()).numbers
    try:
        old, code = _edition_of(kept, root)
        sides = Sides(old, Edition.present(), {_RUN: then}, {_RUN: ours}, code)
        with as_job(kept) as job:
            return attributed(sides, {_RUN: job}, {_RUN: ours}, progress)[_RUN]
    except (ReleaseError, UnrunnableError) as error:
        return Attribution(then, ours, (), str(error))


def _edition_of(kept: Mapping[str, Any], root: Path | None) -> tuple[Edition, str]:
    """The edition of a record, and in words what differs in its code: that of now, where the data are the same."""
    try:
        release = release_of(kept, root)
    except ReleaseError:
        if kept["digests"].get("data") != data_digest():
            raise
        return Edition.present(), _code_words(kept, [])
    edition = release.edition()
    return edition, _code_words(kept, form_changes(edition.parameters, Edition.present().parameters))


def _code_words(kept: Mapping[str, Any], forms: list[str]) -> str:
    """What differs in code and libraries, in words."""
    return "; ".join([*(each for each in causes(kept) if not each.startswith("the data ")), *forms]) or "nothing known"


# --- a run of which only the settings are known ---


@dataclass(frozen=True)
class Asked:
    """A run of a shipped scenario with `settings` by path; 'fixed' and 'ranges' are among them where there are such."""

    scenario: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    draws: int = 0
    seed: int = 1
    draw: str = "headline"
    queue: bool = True
    profile: str = ""

    @property
    def job(self) -> Job:
        """What a fresh process is asked."""
        return {**vars(self), MARGIN: True}


def attribute_settings(
    asked: Asked, mark: Mark, then: float | None = None, root: Path | None = None,
    progress: Progress = lambda what: None,
) -> Attribution:  # fmt: skip
    """What a run gives on the data and declarations of the model that `mark` names, what now, and why that differs.

    `then`: the number (see `sim.releases.marks.margin`) that the code of then gave, where it is known; everything else
    that was then is what the code of now gives on the kept edition. What cannot be restored is said in `missing`:
    without `then` in the result nothing is kept of that model, without `now` the run is no longer possible.
    """
    present = Edition.present()
    before: Numbers = {}
    try:
        old, code = _edition_of_mark(mark, root)
        progress(OLD_EDITION)
        before = _of_settings(asked, old)
        progress("this code on the edition of now")
        now = before if old is present else _of_settings(asked, present)
    except (ReleaseError, UnrunnableError) as error:
        return Attribution(before, {}, (), str(error))
    as_found = {place: _as_found(place, value, then) for place, value in before.items()}
    sides = Sides(old, present, {asked.scenario: as_found}, {asked.scenario: now}, code)
    jobs, here, there = {asked.scenario: asked.job}, {asked.scenario: now}, {asked.scenario: before}
    return attributed(sides, jobs, here, progress, there)[asked.scenario]


def _as_found(place: Place, value: float, then: float | None) -> float:
    """A number of then: what the code of then gave, unless that is this number as it was written down."""
    return then if place.option == MARGIN and then is not None and not is_same(then, value) else value


def _edition_of_mark(mark: Mark, root: Path | None) -> tuple[Edition, str]:
    """The edition that a mark names, and in words what differs in code."""
    ours, present = Mark.present(), Edition.present()
    try:
        edition = release_of(mark.record(), root).edition()
    except ReleaseError:
        if mark.data != ours.data:
            raise
        edition = present
    code = [f"the code of the model ({mark.code}, now {ours.code})"] if mark.code != ours.code else []
    return edition, "; ".join([*code, *form_changes(edition.parameters, present.parameters)]) or "nothing known"


def _of_settings(asked: Asked, edition: Edition) -> Numbers:
    """The numbers of a run under an edition; a name that leads out of its scenarios is none of them."""
    if "/" in asked.scenario or f"scenarios/{asked.scenario}.toml" not in edition.files:
        raise UnrunnableError(f"there is no scenario {escape(asked.scenario, 60)!r} among those of that model")
    return run({asked.scenario: asked.job}, edition)[asked.scenario].numbers
