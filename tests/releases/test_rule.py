"""A release in which a headline moves by code is named in CHANGELOG.md, or does not pass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sim.cli import main
from sim.releases.attribution import CODE, Attribution, Cause
from sim.releases.changelog import NOW, Changelog, Snapshot
from sim.releases.document import as_csv, document
from sim.releases.editions import Edition
from sim.releases.notes import Note, notes_since
from sim.releases.numbers import Place
from sim.releases.report import lines
from tests.releases.conftest import OLD, SCENARIO, older

HOURS, COST = Place("public_cluster", "fe_hours", "value"), Place("public_cluster", "cost_per_fe_hour", "low")
ABOUT = {"draws": 4, "seed": 1, "digests": {"code": "c", "data": "d"}, "libraries": {}, "scenarios": {}}
TEXT = """# Changelog

## 0.3.0 (unreleased)

### Changed

- [RESULTS] nairr_us, public FE-hours, Public cluster: 1 -> 2,
  and cost_per_fe_hour too, because of this.
- nairr_us, need met: no such line.

## 0.2.0{state}

- [RESULTS] All scenarios, all outcomes: everything.

## 0.1.0

- [RESULTS] glut, fe_hours: 1 -> 2.
"""


def moved(causes: Mapping[str, tuple[Place, ...]], missing: str = "") -> Changelog:
    """A changelog in which two numbers of nairr_us moved, for some causes."""
    found = tuple(Cause(kind, f"{kind} of it", dict.fromkeys(places, 1.0)) for kind, places in causes.items())
    attribution = Attribution({HOURS: 1.0, COST: 1.0}, {HOURS: 2.0, COST: 2.0}, found, missing)
    sides = [Snapshot(version, Edition({}, {}), {"nairr_us": {}}, ABOUT) for version in ("0.2.0", NOW)]
    return Changelog(*sides, (), {"nairr_us": attribution})


@pytest.mark.parametrize(
    ("found", "unnamed"),
    [
        (moved({"parameter": (HOURS, COST)}), []),
        (moved({"parameter": (HOURS,), "data": (COST,), "together": (COST,)}), []),
        (moved({CODE: (HOURS,), "scenario": (COST,)}), ["fe_hours"]),
        (moved({CODE: (HOURS, COST), "data": (HOURS,)}), ["cost_per_fe_hour", "fe_hours"]),
        (moved({}, "the code of now does not run on those data"), ["cost_per_fe_hour", "fe_hours"]),
    ],
)
def test_what_code_moves_has_no_name_without_a_line(found: Changelog, unnamed: list[str]) -> None:
    assert sorted(outcome for _, outcome in found.unnamed([])) == unnamed
    assert not found.unnamed(notes(" (unreleased)", "0.2.0"))


def notes(state: str, since: str) -> list[Note]:
    """The lines of the changelog that count since a version."""
    with TemporaryDirectory() as home:
        path = Path(home) / "CHANGELOG.md"
        path.write_text(TEXT.format(state=state), encoding="utf8")
        return notes_since(since, path)


def test_lines_count_above_the_version_and_in_its_own_section_until_it_is_out() -> None:
    assert [len(notes(state, since)) for state in ("", " (unreleased)") for since in ("0.3.0", "0.2.0", "0.1.0")] == [
        1, 1, 2, 1, 2, 2,
    ]  # fmt: skip
    assert not notes_since("0.1.0", Path("no such file"))


@pytest.mark.parametrize(
    ("scenario", "outcome", "named"),
    [
        ("nairr_us", "fe_hours", True),  # by its label
        ("nairr_us", "cost_per_fe_hour", True),  # by its name, on the next line
        ("nairr_us", "need_met", False),
        ("nairr_us", "h100e_hours", False),
        ("nairr", "fe_hours", False),  # no whole word
        ("glut", "fe_hours", False),
    ],
)
def test_a_line_names_a_scenario_and_an_outcome(scenario: str, outcome: str, named: bool) -> None:
    assert any(note.names(scenario, outcome) for note in notes("", "0.2.0")) == named


def test_the_report_says_what_is_not_named() -> None:
    about = document(moved({CODE: (HOURS,), "data": (COST,)}))
    text = "\n".join(lines(about))
    assert "nairr_us: 2 headline numbers moved." in text and "no [RESULTS] line of CHANGELOG.md" in text
    assert "Public FE-hours (median): then 1.000, now 2.000; code and libraries (100 %)" in text
    assert "  nairr_us, fe_hours\n" in text + "\n" and "cost_per_fe_hour" not in text.rpartition("named in no")[2]
    assert as_csv(about).splitlines()[1] == "nairr_us,public_cluster,fe_hours,value,1.0,2.0,code,code of it,1.0,1.0"


@pytest.mark.slow
def test_the_command_fails_until_the_changelog_names_what_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sim.releases.changelog.names", lambda: [SCENARIO])
    root = older(tmp_path / "kept", factor=1.01)
    monkeypatch.setattr("sim.releases.kept.share", lambda folder: root)
    monkeypatch.chdir(tmp_path)
    assert main(["changelog", "--publish", "--out", "."]) == 0 and Path("results.md").is_file()
    assert main(["changelog", "--check", "--out", "."]) == 1
    assert f"{SCENARIO}, fe_hours" in capsys.readouterr().out
    for text, code in ((f"{SCENARIO}, need met", 1), ("All scenarios, all outcomes", 0)):
        Path("CHANGELOG.md").write_text(f"## 0.2.0\n\n- [RESULTS] {text}: a -> b, because.\n", encoding="utf8")
        assert main(["changelog", "--check", "--out", "."]) == code
    Path("results.csv").write_text("", encoding="utf8")
    assert main(["changelog", "--check", "--out", "."]) == 1
    assert "stale in .: results.csv" in capsys.readouterr().err
    assert OLD in Path("results.md").read_text(encoding="utf8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("0.0.9",), "no release 0.0.9 is kept here"),
        (("--scenario", "small_cuntry"), "no shipped scenario 'small_cuntry'; did you mean 'small_country'?"),
        (("--check", "--scenario", "glut"), "are of all scenarios"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["changelog", *words]) == 2
    assert said in capsys.readouterr().err
