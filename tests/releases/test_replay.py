"""An old record runs on its own data and defaults, or it is said what is missing; and what moved it since is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main
from sim.comparison.run import compare
from sim.releases.attribution import CODE
from sim.releases.replay import attribute, replay
from sim.releases.report import sentences
from sim.scenario import load
from tests.releases.conftest import OLD, SCENARIO, changed, kept_as, old_record, words

DEFAULT = {"access.cut_exponent": {"default": 0.9, "median": 0.9}}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A kept release with another default, and the record of a run that was made with it."""
    root, edition = tmp_path_factory.mktemp("old"), changed({}, DEFAULT)
    kept_as(root, edition, {})
    return root, old_record(root, edition)


@pytest.mark.slow
def test_it_gives_the_same_numbers_on_its_own_edition_to_the_last_digit(old: tuple[Path, dict[str, Any]]) -> None:
    root, record = old
    found = replay(record, root)
    assert (found.verdict, found.release, found.missing) == ("the same to the last digit", OLD, "")


@pytest.mark.slow
def test_what_moved_it_since_is_named_with_its_numbers(old: tuple[Path, dict[str, Any]]) -> None:
    root, record = old
    found = attribute(record, root=root)
    assert found.moved and not found.missing and not found.by_code()
    assert words(found.causes) == ["parameter access.cut_exponent, default"]
    text = sentences(found)
    assert "access.cut_exponent, default (100 %)" in text[0]
    assert "On its own data and declarations it gives the same numbers." in text


@pytest.mark.slow
def test_other_code_is_told_apart_from_other_numbers_in_the_record(old: tuple[Path, dict[str, Any]]) -> None:
    root, record = old
    results = json.loads(json.dumps(record["results"]))
    results["public_cluster"]["fe_hours"]["value"] *= 1.5
    altered = replay({**record, "results": results}, root)
    assert altered.verdict == "altered" and [each.outcome for each in altered.moved] == ["fe_hours"]
    digests = {**record["digests"], "results": "0" * 16}
    moved = replay({**record, "results": results, "digests": digests}, root)
    assert moved.verdict == "moved"
    assert moved.missing.startswith(f"the code of heavypress {OLD} (digest {'c' * 16}) is not here: install")
    causes = attribute({**record, "results": results, "digests": digests}, root=root).causes
    assert [cause.kind for cause in causes] == ["parameter", CODE]
    assert list(causes[1].effects) == [("public_cluster", "fe_hours", "value")]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"version": "0.0.9"}, f"heavypress 0.0.9, of which nothing is kept here (kept: {OLD}); install heavypress"),
        ({"version": "9.0.0"}, "and is newer than this program"),
        ({"version": "../0.1.0\n\x1b[2J"}, "of which nothing is kept here"),
        ({"digests": {"code": "c", "data": "e" * 16}}, f"on data (digest {'e' * 16}) that are not those of"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_in_a_sentence(entries: Mapping[str, Any], said: str, same: Path) -> None:
    record = {**old_record(same), **entries}
    found = replay(record, same)
    assert found.verdict == "missing" and said in found.missing and found.missing.isprintable()
    now = compare(load(SCENARIO), draws=2, fidelity="instant")
    attribution = attribute(record, now, same)
    assert attribution.missing == found.missing and attribution.by_code() == attribution.moved


@pytest.mark.slow
def test_code_that_does_not_run_on_the_old_data_says_so(tmp_path: Path, old: tuple[Path, dict[str, Any]]) -> None:
    edition = changed({"data/builds.csv": ("id,lead_months", "id,lead_years")}, {})
    kept_as(tmp_path, edition, {})
    found = replay(old[1], tmp_path)
    assert found.verdict == "missing" and "does not run on its data" in found.missing and "\n" not in found.missing


@pytest.mark.slow
def test_the_command_says_why_a_record_moved(
    old: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    root, record = old
    monkeypatch.setattr("sim.releases.kept.share", lambda folder: root)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(record), encoding="utf8")
    assert main(["rerun", str(path)]) == 1
    assert "parameter: access.cut_exponent, default: 0.9 -> 0.8" in capsys.readouterr().out
    assert main(["rerun", str(path), "--as-then"]) == 0
    assert (
        f"with data and defaults of {OLD} and the code of now: the same to the last digit." in capsys.readouterr().out
    )
    assert main(["rerun", str(path), "--as-then", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["release"] == OLD and document["schema"] == "heavypress/as-then/1"  # that of a log is replay/1
