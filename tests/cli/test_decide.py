"""`heavypress decide`: every format says the same, the folder holds documents and charts, nonsense gets a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim
from sim.cli import main
from sim.decision.decision import SECTIONS

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("small_country", "--draws", "24")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints."""
    assert main(["decide", *QUICK, *words]) == 0
    return capsys.readouterr().out


def test_a_section_is_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(printed(capsys, "--section", "regret", "--section", "answer").split())
    assert "(answer)" in text and "(regret)" in text and "(tornado)" not in text
    assert "24 states of the world, seed 1" in text


@pytest.mark.slow
def test_the_folder_and_every_format_say_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = printed(capsys, "--format", "markdown", "--out", str(tmp_path / "found"))
    charts = {f"{name}.{end}" for name in ("structures", "tornado", "winner_maps") for end in ("pdf", "png", "svg")}
    assert {path.name for path in (tmp_path / "found").iterdir()} == charts | {
        "decision.md",
        "decision.json",
        "run.json",
    }
    assert (tmp_path / "found" / "decision.md").read_text(encoding="utf8") == text
    document = json.loads((tmp_path / "found" / "decision.json").read_text(encoding="utf8"))
    assert document["schema"] == "heavypress/decision/1" and list(document["sections"]) == list(SECTIONS)
    for found in document["sections"].values():
        assert all(sentence in text for sentence in found["sentences"])
    for searched in document["sections"]["switching"]["data"]:
        for value in searched["values"]:
            assert not value["verified"] or value["below"] * value["above"] < 0


@pytest.mark.slow
def test_the_page_quotes_what_the_command_says() -> None:
    page = (ROOT / "docs" / "decide.md").read_text(encoding="utf8")
    quoted = page.partition("<!-- decision -->")[2].partition("<!-- /decision -->")[0]
    decision = sim.decide("nairr_us")
    for section in decision.sections():
        assert f"**{section.title}**" in quoted
        assert all(f"> {sentence}\n" in quoted for sentence in section.sentences), section.name


def test_python_gives_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed(capsys, "--section", "regret", "--format", "json"))
    decision = sim.decide("small_country", draws=24)
    assert document["sections"]["regret"]["sentences"] == list(decision.section("regret").sentences)
    assert decision.text == decision.case.comparison.answer.text


def test_draws_that_are_set_or_fixed_are_those_of_the_case(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(
        printed(capsys, "--section", "tornado", "--format", "json", "--fix", "cloud.decline_per_year=0.1")
    )
    paths = {bar["path"] for bar in document["sections"]["tornado"]["data"]["bars"]}
    assert paths and "cloud.decline_per_year" not in paths


def test_a_folder_of_other_work_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf8")
    assert main(["decide", *QUICK, "--out", str(tmp_path)]) != 0
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--draws 19", "draws = 19: a verdict rests on 20 or more"),
        ("--section switchings", "--section: no section 'switchings'; did you mean 'switching'?"),
        ("--format csv", "--format: 'csv' must be one of table, markdown, json"),
    ],
)
def test_nonsense_gets_one_sentence(words: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", "small_country", *words.split()]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err == f"heavypress: {sentence}\n"


def test_one_option_alone_gets_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "alone.toml"
    path.write_text(
        'title = "Alone"\nquestion = "?"\nstart = "2027-01"\nhorizon_years = 4\nbudget = { total = 40e6, years = 2 }\n'
        '[[option]]\ninstrument = "do_nothing"\n',
        encoding="utf8",
    )
    assert main(["decide", str(path)]) == 2
    assert capsys.readouterr().err == "heavypress: alone: there is only one option, so there is nothing to decide\n"


def test_a_storyline_is_laid_over_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed(capsys, "--section", "answer", "--format", "json", "--storyline", "glut"))
    under = sim.decide("small_country", draws=24, storyline="glut")
    assert document["sections"]["answer"]["sentences"] == list(under.section("answer").sentences)
    assert under.text != sim.decide("small_country", draws=24).text
