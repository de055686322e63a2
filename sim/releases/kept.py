"""What is kept of a release: the edition that it computed with, and the headline of every shipped scenario.

A folder by the name of the version holds `edition.zip` (data, scenarios, storylines), `parameters.json` (what was
declared), `results.csv`, `changes.json` (what moved since the release before, and why; the first has none) and
`release.json`, which names the digests of all of them. The zip has the same bytes for the same edition.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from sim.formatting import join_words, nearest_name
from sim.packs.archive import ArchiveError, archive_bytes, read_archive
from sim.releases.editions import KINDS, Edition
from sim.releases.numbers import Numbers, read_table, write_table
from sim.releases.problems import ReleaseError
from sim.sources import share

SCHEMA = "heavypress/release/1"
ABOUT, ZIP, PARAMETERS, RESULTS, CHANGES = (
    "release.json", "edition.zip", "parameters.json", "results.csv", "changes.json",
)  # fmt: skip
FILES = (ZIP, PARAMETERS, RESULTS, CHANGES)
MOST_BYTES = 50_000_000  # of all files of an edition


@dataclass(frozen=True)
class Release:
    """A kept release: what its `release.json` says, its results by scenario, and the content of its files."""

    folder: Path
    about: Mapping[str, Any]
    contents: Mapping[str, bytes]

    @property
    def version(self) -> str:
        """Its version."""
        return str(self.about["version"])

    @property
    def results(self) -> dict[str, Numbers]:
        """The headline numbers by scenario."""
        return read_table(self.contents[RESULTS])

    @property
    def changes(self) -> dict[str, Any] | None:
        """What moved since the release before, as the document of `heavypress changelog`; None for the first."""
        return json.loads(self.contents[CHANGES]) if CHANGES in self.contents else None

    def edition(self) -> Edition:
        """Its data, scenarios and declarations; ReleaseError where the zip holds anything else."""
        return Edition(unpacked(self.contents[ZIP], self.folder / ZIP), json.loads(self.contents[PARAMETERS]))


def versions(root: Path | None = None) -> list[str]:
    """Versions of the kept releases, the oldest first."""
    folder = share("releases") if root is None else root
    return sorted((path.parent.name for path in folder.glob(f"*/{ABOUT}")), key=order) if folder.is_dir() else []


def order(version: str) -> tuple[int, ...]:
    """A version as numbers, for comparing: 0.10.0 comes after 0.9.1.

    >>> order("0.10.0") > order("0.9.1")
    True
    """
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))


def read(version: str, root: Path | None = None) -> Release:
    """A kept release, whole; ReleaseError where it is not kept, or where a file is missing or damaged."""
    known, home = versions(root), share("releases") if root is None else root
    if version not in known:
        near = nearest_name(version, known)
        hint = f"did you mean {near!r}?" if near else f"kept are: {join_words(known) or 'none'}"
        raise ReleaseError(f"no release {version} is kept here; {hint}")
    return _read(home / version)


def _read(folder: Path) -> Release:
    """The release in a folder."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf8"))
        form, files = about["schema"], dict(about["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ReleaseError(f"{folder / ABOUT}: is no description of a release; get the folder anew") from None
    if form != SCHEMA:
        raise ReleaseError(f"{folder / ABOUT}: is of the form {form!r}; this program reads {SCHEMA}")
    known = {name: wanted for name, wanted in files.items() if name in FILES}
    if missing := [name for name in (ZIP, PARAMETERS, RESULTS) if name not in known]:
        raise ReleaseError(f"{folder / ABOUT}: names no {join_words(missing)}; get the folder anew")
    return Release(folder, about, {name: _checked(folder / name, wanted) for name, wanted in known.items()})


def _checked(path: Path, wanted: str) -> bytes:
    """The content of a file that has this digest."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReleaseError(f"{path}: cannot be read: {error.strerror}; get the folder of the release anew") from None
    if sha256(content).hexdigest() != wanted:
        raise ReleaseError(f"{path}: is damaged, for its digest is not the one in {ABOUT}; get the folder anew")
    return content


def unpacked(content: bytes, origin: Path | str) -> dict[str, bytes]:
    """The files of an edition by path; ReleaseError for a zip that cannot be trusted, or holds anything else."""
    try:
        files = read_archive(content, MOST_BYTES, name=str(origin))
    except ArchiveError as error:
        raise ReleaseError(str(error)) from None
    if strange := next((name for name in files if not _is_inside(name)), None):
        raise ReleaseError(f"{origin}: holds {strange!r}, which is no file of data or scenarios")
    return files


def _is_inside(name: str) -> bool:
    """Whether a path stays in the folders of an edition."""
    parts = PurePosixPath(name).parts
    return len(parts) > 1 and parts[0] in KINDS


def content_of(
    version: str, edition: Edition, results: Mapping[str, Numbers], changes: Mapping[str, Any] | None, **about: Any
) -> dict[str, bytes]:
    """The files of a release by name, `release.json` last."""
    texts = {PARAMETERS: _json(dict(sorted(edition.parameters.items())))} | (
        {CHANGES: _json(changes)} if changes else {}
    )
    files = {ZIP: archive_bytes(edition.files), RESULTS: write_table(results)} | texts
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    return files | {ABOUT: _json({"schema": SCHEMA, "version": version, **about, "files": digests})}


def _json(value: Any) -> bytes:
    """A value as the text of a file."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf8")


def write(folder: Path, files: Mapping[str, bytes], replace: bool = False) -> None:
    """Write the files of a release; ReleaseError where another content is kept under this version."""
    there = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
    if there and there != dict(files) and not replace:
        other = sorted(name for name in {*there, *files} if there.get(name) != files.get(name))
        raise ReleaseError(
            f"{folder} is kept already with other content ({join_words(other)}); a release is cut once, and --replace "
            "is for one that nobody has had yet"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - files.keys():
        (folder / name).unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
