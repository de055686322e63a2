"""What is published of releases is what is kept of them, and a release keeps what moved since the one before."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main
from sim.releases import kept
from sim.releases.changelog import changelog
from sim.releases.cut import cut
from sim.releases.document import as_json, document
from sim.releases.problems import ReleaseError
from sim.releases.published import FILES, published, stale
from sim.version import __version__
from tests.contract.test_json_forms import keys, promised, reached, strict
from tests.releases.conftest import OLD, SCENARIO, Settings, kept_as, old_record
from tests.releases.test_rule import CODE, COST, HOURS, moved


@pytest.fixture
def only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """One shipped scenario."""
    monkeypatch.setattr("sim.releases.changelog.names", lambda: [SCENARIO])


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text)))


def test_every_kept_number_is_published_with_its_unit(same: Path) -> None:
    found = published(changelog(OLD, only=(SCENARIO,), root=same), same)
    table = rows(found["results.csv"])
    assert {row["release"] for row in table} == {OLD}, "what stands as it was is not printed twice"
    numbers = kept.read(OLD, same).results[SCENARIO]
    for row in table:
        for column in ("central", "value", "low", "high"):
            value = numbers[row["option"], row["outcome"], column]
            assert row[column] == ("" if value != value else f"{value:.9g}")
    assert {row["unit"] for row in table if row["outcome"] == "cost_per_fe_hour"} == {"USD/FE_hour"}


def test_the_page_has_a_section_a_release_and_the_headline_as_it_stands(same: Path) -> None:
    text = published(changelog(OLD, only=(SCENARIO,), root=same), same)["results.md"]
    heads = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert heads == [f"Since {OLD}", OLD, "The headline as it stands"]
    assert "no headline moved" in text and f"Code {'c' * 16}, data {'d' * 16}." in text
    assert f"### A small country (`{SCENARIO}`)" in text and "| Need met |" in text and "nan" not in text


def test_what_is_written_otherwise_is_stale(tmp_path: Path) -> None:
    files = dict.fromkeys(FILES, "text")
    assert stale(tmp_path, files) == list(FILES)
    for name in FILES:
        (tmp_path / name).write_text("text", encoding="utf8")
    assert not stale(tmp_path, files) and stale(tmp_path, {**files, "results.csv": "other"}) == ["results.csv"]


# --- the document ---


@pytest.fixture
def about() -> dict[str, Any]:
    """A document of a changelog in which everything has an entry."""
    found = document(moved({CODE: (HOURS,), "data": (COST, HOURS)}), (), [
        {"file": "a.png", "run": "0" * 12, "scenario": "glut", "version": OLD, "verdict": "affected"}
    ])  # fmt: skip
    found = {**found, "differences": [{"kind": "data", "what": "a row"}]}
    return strict(as_json(found))


def test_a_changelog_has_the_entries_that_are_promised_and_no_other(about: dict[str, Any]) -> None:
    paths, names = promised("Changelog of results")
    assert len(paths) > 5 and all(reached(about, path.split(".")) for path in paths)
    assert keys(about) - {"schema", *about["old"]["libraries"]} <= names
    assert about["schema"] == "heavypress/changelog/1"


def test_shares_of_a_number_sum_to_one(about: dict[str, Any]) -> None:
    (scenario,) = about["scenarios"]
    shares = [
        each["share"] for cause in scenario["causes"] for each in cause["effects"] if each["outcome"] == "fe_hours"
    ]
    assert shares == [1.0, 1.0], "each of the two made up causes moves it all"


# --- a release that is cut ---


@pytest.mark.usefixtures("only_one")
def test_the_first_release_keeps_no_changes_and_is_cut_to_the_same_bytes(tmp_path: Path) -> None:
    folder = cut(tmp_path)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert folder.name == __version__ and set(first) == {kept.ABOUT, kept.ZIP, kept.PARAMETERS, kept.RESULTS}
    assert cut(tmp_path) == folder and {path.name: path.read_bytes() for path in folder.iterdir()} == first
    (folder / kept.RESULTS).write_text("", encoding="utf8")
    with pytest.raises(ReleaseError, match="is kept already with other content"):
        cut(tmp_path)
    cut(tmp_path, replace=True)
    assert (folder / kept.RESULTS).read_bytes() == first[kept.RESULTS]


@pytest.mark.usefixtures("only_one")
def test_a_later_release_keeps_what_moved_since_and_is_published_with_it(same: Path, tmp_path: Path) -> None:
    (tmp_path / OLD).symlink_to(same / OLD)
    cut(tmp_path)
    release = kept.read(__version__, tmp_path)
    assert release.changes and (release.changes["old"]["version"], release.changes["new"]["version"]) == (
        OLD,
        __version__,
    )
    text = published(changelog(root=tmp_path), tmp_path)["results.md"]
    assert f"From {OLD} to {__version__}: no headline moved" in text


def test_two_releases_of_other_draws_are_not_compared(same: Path, tmp_path: Path) -> None:
    (tmp_path / OLD).symlink_to(same / OLD)
    kept_as(tmp_path, kept.read(OLD, same).edition(), {}, settings=Settings(5), version="0.1.1")
    with pytest.raises(ReleaseError, match="were kept with other draws"):
        changelog(OLD, "0.1.1", root=tmp_path)


def test_a_scenario_that_only_one_side_ships_is_named(same: Path, tmp_path: Path) -> None:
    (tmp_path / OLD).symlink_to(same / OLD)
    kept_as(tmp_path, kept.read(OLD, same).edition(), {}, version="0.1.1")
    found = changelog(OLD, "0.1.1", root=tmp_path)
    assert (found.gone, found.appeared, found.scenarios) == ([SCENARIO], [], {})
    assert changelog("0.1.1", OLD, root=tmp_path).appeared == [SCENARIO]


def test_a_record_of_now_replays_in_the_words_of_the_command(
    same: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sim.releases.kept.share", lambda folder: same)
    path = tmp_path / "run.json"
    path.write_text(json.dumps({**old_record(same), "version": "9.9.9"}), encoding="utf8")
    assert main(["rerun", str(path), "--as-then"]) == 1
    out = capsys.readouterr().out
    assert ", not run: missing." in out and "is newer than this program" in out and "Traceback" not in out
    path.write_text(json.dumps({**old_record(same), "schema": "heavypress/run/7"}), encoding="utf8")
    assert main(["rerun", str(path), "--as-then"]) == 2
    assert "is of the form 'heavypress/run/7'" in capsys.readouterr().err
