"""The command `verify`: what it prints, its exit codes, records given beside, and files in any order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim import charts
from sim.charts.carriers import CARRIERS
from sim.cli import main
from sim.verification import Finding
from sim.verification.findings import CODES, LIMITS, UNCHECKED, code, document, sentences
from tests.verification.alterations import CHART, CHARTS, flipped, forged, materials, verdicts


@pytest.fixture(autouse=True)
def _few_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs have few charts, for speed."""
    monkeypatch.setattr(charts, "CHARTS", CHARTS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of a run."""
    made = materials()
    for name in ("run.json", f"figures/{CHART}.png", f"figures/{CHART}.svg", f"data/{CHART}.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(made.files[name])
    (tmp_path / "foreign.txt").write_text("Nothing of ours.")
    altered = forged(made.figure("svg"), "svg", {"Title": "Another title"})
    (tmp_path / "altered.svg").write_bytes(altered)
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    """Exit code and document of a run of the command."""
    ended = main(["verify", *map(str, words), "--format", "json"])
    out, err = capsys.readouterr()
    assert err == ""
    found: dict[str, Any] = json.loads(out)
    return ended, found


def test_a_figure_is_verified_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "figures" / f"{CHART}.png"
    assert main(["verify", str(path)]) == 0
    first, second, *_, means, limits = capsys.readouterr().out.splitlines()
    assert first == f"{path}: verified ({CHART}, run {materials().ran.now.run_id})"
    assert second == "  The same to the last byte."
    assert means.startswith("Verified: ") and limits == LIMITS


def test_the_exit_code_is_that_of_the_gravest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, foreign, altered, table = (
        folder / name for name in (f"figures/{CHART}.svg", "foreign.txt", "altered.svg", f"data/{CHART}.csv")
    )
    for files, expected in (
        ((good,), 0), ((foreign,), 4), ((good, foreign), 4), ((table,), 5), ((table, foreign), 5),
        ((altered, table), 1), ((good, altered), 1),
    ):  # fmt: skip
        ended, found = ran(capsys, *files)
        assert ended == found["code"] == expected
        assert len(found["findings"]) == len(files)


def test_the_order_of_the_verdicts_is_the_order_of_their_gravity() -> None:
    for light, grave in zip(CODES, list(CODES)[1:], strict=False):
        assert code([Finding("a", light), Finding("b", grave)]) == code([Finding("b", grave)]) == CODES[grave]
    assert len(set(CODES.values())) == len(CODES) and 2 not in CODES.values()  # 2: refused


def test_a_table_finds_its_record_beside_it_in_a_folder_or_in_another_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = folder / "data" / f"{CHART}.csv"
    for words in (
        ("--record", folder / "run.json"), ("--record", folder), ("--record", folder / "figures" / f"{CHART}.png"),
    ):  # fmt: skip
        ended, found = ran(capsys, table, *words)
        assert ended == 0 and [each["where"] for each in found["findings"]] == [str(table)]
    ended, found = ran(capsys, table)
    assert ended == 5 and "give run.json, or a figure of that run, with --record" in found["findings"][0]["reasons"][0]


def test_the_order_of_the_files_decides_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = materials().record
    kept["key"] = "another"
    (folder / "changed.json").write_text(json.dumps(kept))
    files = [folder / name for name in ("changed.json", f"data/{CHART}.csv", "run.json")]
    found = {}
    for order in (files, files[::-1], [*files[1:], files[0]]):
        _, about = ran(capsys, *order)
        assert [each["where"] for each in about["findings"]] == [str(path) for path in order]
        found[order[0]] = sorted((each["where"], each["verdict"]) for each in about["findings"])
    assert len({str(each) for each in found.values()}) == 1
    assert [verdict for _, verdict in found[files[0]]] == ["altered", "verified", "verified"]


def test_the_document_has_the_words_of_the_sentences() -> None:
    found = [Finding("a.png", "altered", "waits", "0123456789ab", ("Because.", "And because."))]
    about = json.loads(document(found))
    assert about["schema"] == "heavypress/verification/1" and about["code"] == 1 and about["limits"] == LIMITS
    assert about["findings"] == [
        {"where": "a.png", "verdict": "altered", "figure": "waits", "run": found[0].run,
         "reasons": [*found[0].reasons], "signature": None}
    ]  # fmt: skip
    assert sentences(found)[:3] == ["a.png: altered (waits, run 0123456789ab)", "  Because.", "  And because."]


@pytest.mark.parametrize("form", CARRIERS)
def test_every_word_that_is_quoted_stays_on_its_line(form: str) -> None:
    """Titles with lines, markup and marks that turn the direction of writing are quoted, and turn nothing."""
    hostile = "A\nb\x1b[31m\u202e<script>alert(1)</script>" if form != "svg" else "A\nb\u202e&lt;script>"
    (found,) = verdicts(forged(materials().figure(form), form, {"Title": hostile}))
    assert found.verdict == "altered"
    text = "".join(sentences([found])[:-1])
    assert not {"\n", "\x1b", "\u202e"} & set(text) and "script>" in text


def test_names_and_ids_from_a_file_stay_on_their_line() -> None:
    figure = "x\ny\x1b[2J\u202ez"
    (found,) = verdicts(forged(materials().figure("png"), "png", {"Figure": figure, "Run": figure}))
    assert not {"\n", "\x1b", "\u202e"} & set("".join(sentences([found])))
    (found,) = verdicts(b'run,table,x\n"a\nb\x1b\xe2\x80\xae",waits,1\n')
    assert found.verdict == UNCHECKED
    assert not {"\n", "\x1b", "\u202e"} & set("".join(sentences([found])))


def test_a_bit_of_a_file_in_a_folder_of_records_stops_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from random import Random

    (folder / "broken.png").write_bytes(flipped(materials().figure("png"), Random(1)))
    (folder / "broken.json").write_bytes(b"\xff\xfe{")
    assert ran(capsys, folder / "data" / f"{CHART}.csv", "--record", folder)[0] == 0
