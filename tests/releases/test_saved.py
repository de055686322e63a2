"""Saved figures and records are found by what they hold, and named where the headline of their scenario moved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim import charts
from sim.charts import files
from sim.charts.carriers import carry
from sim.comparison.record import record_text
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.releases import kept
from sim.releases.saved import affected, record_in
from sim.scenario import load
from sim.version import __version__

CHART = "need_met"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """A small run."""
    return compare(load("small_country"), draws=2, fidelity="instant")


@pytest.fixture(scope="module")
def folder(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its record, a chart in three formats, and files that are none of ours."""
    home = tmp_path_factory.mktemp("saved")
    (home / "run.json").write_text(record_text(comparison), encoding="utf8")
    charts.save(charts.CHARTS[CHART](comparison), home / "need", comparison, CHART)
    (home / "other.json").write_text("[1]", encoding="utf8")
    (home / "broken.png").write_bytes(b"\x89PNG\r\n")
    (home / "other.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf8")
    (home / "text.txt").write_text("a note", encoding="utf8")
    return home


def test_every_file_of_a_run_is_found_and_no_other(folder: Path, comparison: Comparison) -> None:
    found = {Path(each["file"]).name: each for each in affected([folder], {"small_country"}, [])}
    assert set(found) == {"run.json", "need.svg", "need.png", "need.pdf"}
    assert {each["run"] for each in found.values()} == {comparison.run_id}
    assert found["run.json"]["verdict"].startswith("affected: ")


def test_a_record_of_a_scenario_that_did_not_move_is_not_affected(folder: Path) -> None:
    (found,) = affected([folder / "run.json"], {"glut"}, [])
    assert found["verdict"] == f"not affected: run {found['run']} of small_country by heavypress {__version__}"


def test_a_figure_that_holds_its_run_alone_is_known_where_a_release_keeps_the_run(
    comparison: Comparison, tmp_path: Path
) -> None:
    release = kept.read(kept.versions()[-1])
    run = release.about["scenarios"]["glut"]["run"]
    path = tmp_path / "figure.svg"
    drawn = files.written(charts.CHARTS[CHART](comparison), "svg", {"Title": "A figure without a record"})
    path.write_bytes(carry(drawn, "svg", CHART, run, ""))
    (found,) = affected([path], {"glut"}, [release])
    assert (found["scenario"], found["version"], found["verdict"][:8]) == ("glut", release.version, "affected")
    (found,) = affected([path], {"glut"}, [])
    assert found["verdict"] == f"unknown: run {run} whose scenario it does not hold"


def test_a_record_anywhere_in_the_metadata_is_read(comparison: Comparison, tmp_path: Path) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    chunks.add_itxt("Record", record_text(comparison))
    Image.new("RGB", (2, 2)).save(tmp_path / "figure.png", pnginfo=chunks)
    (found,) = affected([tmp_path], {"small_country"}, [])
    assert (found["run"], found["scenario"]) == (comparison.run_id, "small_country")


def test_what_a_foreign_file_says_of_itself_is_printed_harmlessly(tmp_path: Path) -> None:
    record = {"schema": "heavypress/run/1", "run": "\x1b[2J", "key": "a\nb", "version": "0.1.0"}
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf8")
    (found,) = affected([tmp_path], {"a"}, [])
    assert "\n" not in found["verdict"] and "\x1b" not in found["verdict"]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": "heavypress/run/1"', '{"schema": "other", "a": "heavypress/run/"}']
)
def test_a_text_that_is_no_record_is_none(text: str) -> None:
    assert record_in(text) is None


def test_a_text_that_is_one_is_read(comparison: Comparison) -> None:
    assert record_in(record_text(comparison)) == json.loads(record_text(comparison))
