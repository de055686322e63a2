"""`heavypress immediacy`: every format says the same, and the folder holds the table and the chart."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from sim.cli import main
from sim.comparison.immediacy import COLUMNS, DISCIPLINES, TARGETS


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints."""
    assert main(["immediacy", "isambard_ai_uk", *words]) == 0
    return capsys.readouterr().out


def test_the_table_ends_with_what_waiting_must_be_worth(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys)
    assert "EASY backfilling" in text and "Cloud credits" in text
    assert "Credits win if an hour of a job's waiting is worth more than" in " ".join(text.split())


def test_json_and_csv_hold_every_point(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed(capsys, "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "--format", "csv"))))
    assert document["schema"] == "heavypress/immediacy/1" and document["currency"] == "GBP"
    assert list(document["points"][0]) == list(COLUMNS)
    assert list(rows[0]) == ["run", "table", "changes", *COLUMNS, "unit"]
    assert len(rows) == len(document["points"]) == 1 + len(DISCIPLINES) * len(TARGETS)
    assert float(rows[1]["cost"]) == pytest.approx(document["points"][1]["cost"])


def test_markdown_and_the_folder_say_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = printed(capsys, "--format", "markdown", "--out", str(tmp_path / "price"))
    written = {path.name for path in (tmp_path / "price").iterdir()}
    assert written == {f"price_of_immediacy.{end}" for end in ("csv", "json", "md", "pdf", "png", "svg")} | {"run.json"}
    assert (tmp_path / "price" / "price_of_immediacy.md").read_text(encoding="utf8") == text


def test_a_folder_of_other_work_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf8")
    assert main(["immediacy", "isambard_ai_uk", "--out", str(tmp_path)]) != 0
    assert "is not empty" in capsys.readouterr().err
