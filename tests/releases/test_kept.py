"""A kept release is whole, or is refused in one sentence; it has the same bytes whenever it is cut."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from sim.releases import kept
from sim.releases.editions import Edition
from sim.releases.kept import ABOUT, PARAMETERS, RESULTS, ZIP
from sim.releases.numbers import Place, read_table, write_table
from sim.releases.problems import ReleaseError
from sim.sources import share
from tests.releases.conftest import OLD

SHIPPED = share("releases")


def test_the_newest_release_is_kept_whole() -> None:
    version = kept.versions()[-1]
    release = kept.read(version)
    assert release.version == version and set(release.results) == set(release.about["scenarios"])
    assert {name.partition("/")[0] for name in release.edition().files} == {"data", "scenarios"}


def test_a_kept_release_is_small() -> None:
    assert all(sum(path.stat().st_size for path in folder.iterdir()) < 1e6 for folder in SHIPPED.iterdir())


def test_what_is_read_is_what_was_kept(same: Path) -> None:
    now = Edition.present()
    found = kept.read(OLD, same).edition()
    assert found.files == now.files and found.parameters == now.parameters


def test_numbers_come_back_to_the_last_bit() -> None:
    numbers = {Place("a", "fe_hours", column): 0.1 + 0.2 for column in ("central", "value", "low", "high")}
    assert read_table(write_table({"x": numbers})) == {"x": numbers}


def test_a_release_is_cut_once(same: Path, tmp_path: Path) -> None:
    folder = tmp_path / OLD
    copytree(same / OLD, folder)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    kept.write(folder, files)  # the same again is no other content
    other = {**files, RESULTS: b"x"}
    with pytest.raises(ReleaseError, match=rf"is kept already with other content \({RESULTS}\)"):
        kept.write(folder, other)
    assert (folder / RESULTS).read_bytes() == files[RESULTS]
    kept.write(folder, other, replace=True)
    assert (folder / RESULTS).read_bytes() == b"x"


def reseal(folder: Path, name: str, content: bytes) -> None:
    """Put another content in the place of a file, with its digest in the description."""
    from hashlib import sha256

    (folder / name).write_bytes(content)
    about = json.loads((folder / ABOUT).read_text())
    about["files"][name] = sha256(content).hexdigest()
    (folder / ABOUT).write_text(json.dumps(about))


def zipped(*names: str) -> bytes:
    """A zip with files of these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        for name in names:
            pack.writestr(name, b"x")
    return out.getvalue()


def bomb() -> bytes:
    """A small zip of a very large file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("data/a.csv", bytes(kept.MOST_BYTES + 1))
    return out.getvalue()


def flip(folder: Path) -> None:
    """Change one bit in the middle of the zip."""
    content = bytearray((folder / ZIP).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / ZIP).write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (flip, rf"{ZIP}: is damaged, for its digest is not the one in {ABOUT}"),
        (lambda folder: (folder / PARAMETERS).unlink(), rf"{PARAMETERS}: cannot be read: No such file or directory"),
        (lambda folder: (folder / ABOUT).write_text("{"), rf"{ABOUT}: is no description of a release"),
        (lambda folder: (folder / ABOUT).write_text('{"schema": 3, "files": {}}'), rf"{ABOUT}: is of the form 3"),
        (lambda folder: (folder / ABOUT).write_text(f'{{"schema": "{kept.SCHEMA}", "files": {{}}}}'), "names no"),
        (lambda folder: reseal(folder, ZIP, b"PK"), rf"{ZIP}: is no zip file"),
        (lambda folder: reseal(folder, ZIP, zipped("data/a", "data/../../b")), r"'data/../../b' could lead out of"),
        (lambda folder: reseal(folder, ZIP, zipped("/etc/passwd")), "the name '/etc/passwd' could lead out of"),
        (lambda folder: reseal(folder, ZIP, zipped("sim/cloud.py")), "'sim/cloud.py', which is no file"),
        (lambda folder: reseal(folder, ZIP, bomb()), "holds more than 50.0 MB, too much to be opened"),
    ],
)  # fmt: skip
def test_a_release_that_is_not_whole_is_refused_in_a_sentence(
    harm: Callable[[Path], object], said: str, same: Path, tmp_path: Path
) -> None:
    copytree(same / OLD, tmp_path / OLD)
    harm(tmp_path / OLD)
    with pytest.raises(ReleaseError, match=said) as refused:
        kept.read(OLD, tmp_path).edition()
    assert "\n" not in str(refused.value) and not list(tmp_path.glob("b"))


@pytest.mark.parametrize(
    ("version", "said"),
    [("9.9.9", "no release 9.9.9 is kept here; kept are: 0.1.0"), ("0.1.", "did you mean '0.1.0'?")],
)
def test_a_release_that_is_not_kept_is_refused_with_what_is(version: str, said: str, same: Path) -> None:
    with pytest.raises(ReleaseError, match=re.escape(said)):
        kept.read(version, same)


def test_versions_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("0.10.0", "0.9.1", "0.2.0"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ABOUT).write_text("{}")
    assert kept.versions(tmp_path) == ["0.2.0", "0.9.1", "0.10.0"] and not kept.versions(tmp_path / "none")
