"""Each CSV that a command writes names its run, its table and what was changed, and is held against what that gives."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from sim import charts
from sim.charts.differences import subject, table_name
from sim.cli import main
from sim.comparison.record import record_text
from sim.comparison.results import Comparison
from sim.comparison.spreadsheets import csv_of
from sim.packs.files import table_files
from sim.verification import tables
from sim.verification.findings import ALTERED, DRIFTED, UNCHECKED, VERIFIED
from tests.verification.alterations import forged
from tests.verification.conftest import Judge

OTHER_RUN = "0123456789ab"
SET = ("--set", "cloud.decline_per_year=0.11")
CHANGED = "cloud.decline_per_year 0.18 -> 0.11 (--set; its range moves with it)"
COMMANDS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "compare": (
        ("compare", "small_country", "--draws", "4", "--no-queue"), {"outcomes.csv": "outcomes", "yearly.csv": "yearly"}
    ),
    "immediacy": (("immediacy", "small_country"), {"price_of_immediacy.csv": "price_of_immediacy"}),
    "mix": (("mix", "isambard_ai_uk", "--draws", "20"), {"mix_contributions.csv": "mix_contributions"}),
    "argue": (("argue", "small_country", "--only", "safety", "--draws", "2"), {"arguments.csv": "arguments"}),
}  # fmt: skip


@pytest.fixture
def few_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts have tests of their own."""
    monkeypatch.setattr("sim.charts.figures", lambda comparison: {})
    monkeypatch.setattr(charts, "save", lambda *given: [])


def verdicts(capsys: pytest.CaptureFixture[str], *words: Path | str) -> dict[str, Any]:
    """The findings of `verify` by name of the file."""
    main(["verify", *map(str, words), "--format", "json"])
    return {Path(each["where"]).name: each for each in json.loads(capsys.readouterr().out)["findings"]}


def another_cell(path: Path) -> Path:
    """A copy of a table beside it in which the first digit of its last number is another."""
    text = path.read_text(encoding="utf8")
    at = list(re.finditer(r"(?<=,)\d", text))[-1].start()
    (copy := path.with_name(f"altered_{path.name}")).write_text(f"{text[:at]}{9 - int(text[at])}{text[at + 1 :]}")
    return copy


@pytest.mark.slow
@pytest.mark.usefixtures("few_charts")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_table_of_a_command_names_its_run_and_is_verified(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file and what `--format csv` prints; alone, beside its record, and with another digit."""
    words, expected = COMMANDS[name]
    out = tmp_path / "out"
    assert main([*words, *SET, "--out", str(out), "--format", "csv"]) == 0
    (out / "printed.csv").write_text(capsys.readouterr().out, encoding="utf8")
    run = json.loads((out / "run.json").read_text(encoding="utf8"))["run"]
    files = [out / file for file in (*expected, "printed.csv")]
    for path in files:
        head, *rows = csv.reader(StringIO(path.read_text(encoding="utf8")))
        assert head[:3] == ["run", "table", "changes"] and rows
        table = expected.get(path.name, "draws" if name == "compare" else next(iter(expected.values())))
        (about,) = {tuple(row[:3]) for row in rows}
        assert about[:2] == (run, table) and about[2].startswith("cloud.decline_per_year") and "-> 0.11 (" in about[2]
    if name != "compare":
        assert files[0].read_bytes() == files[1].read_bytes()
    alone = verdicts(capsys, *files)
    assert {each["verdict"] for each in alone.values()} == {UNCHECKED}
    assert all("give run.json" in each["reasons"][0] for each in alone.values())
    found = verdicts(capsys, *files, *map(another_cell, files), "--record", out)
    assert {file: each["verdict"] for file, each in found.items()} == {
        **{path.name: VERIFIED for path in files}, **{f"altered_{path.name}": ALTERED for path in files},
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("few_charts")
def test_a_table_of_another_version_has_drifted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a comparison and of a mix: their records name another code, and other numbers."""
    for name in ("compare", "mix"):
        words, _ = COMMANDS[name]
        assert main([*words, "--out", str(tmp_path / name)]) == 0
        path = tmp_path / name / "run.json"
        kept = json.loads(path.read_text(encoding="utf8"))
        of_then, kept["run"] = kept["run"], OTHER_RUN
        kept["digests"] |= {"code": "0" * 16, "results": "0" * 16}
        kept["digests"].pop("entries")
        if name == "compare":
            kept["results"]["cloud_credits"]["public_cost"]["central"] *= 2
        path.write_text(json.dumps(kept), encoding="utf8")
        for table in path.parent.glob("*.csv"):
            table.write_text(table.read_text(encoding="utf8").replace(of_then, OTHER_RUN), encoding="utf8")
    capsys.readouterr()
    found = {}
    for name in ("compare", "mix"):
        found |= verdicts(capsys, *(tmp_path / name).glob("*.csv"), "--record", tmp_path / name / "run.json")
    assert {name: each["verdict"] for name, each in found.items()} == dict.fromkeys(
        ("outcomes.csv", "yearly.csv", "mix_contributions.csv"), DRIFTED
    )


def test_nothing_changed_is_an_empty_cell_and_the_same_in_a_pack(comparison: Comparison, judged: Judge) -> None:
    for file in table_files(comparison):
        head, *rows = csv.reader(StringIO(file.content.decode("utf8")))
        assert head[:3] == ["run", "table", "changes"]
        assert {tuple(row[:3]) for row in rows} <= {(comparison.run_id, file.stem, "")}
        assert not rows or judged(file.content)[0].verdict == VERIFIED
    assert csv_of(comparison, "outcomes") in [file.content for file in table_files(comparison)]


def test_what_was_changed_cannot_be_left_out(comparison: Comparison, judged: Judge) -> None:
    content = csv_of(comparison, "need_met", charts.data(comparison, "need_met"))
    (found,) = judged(content.replace(b",need_met,,", b",need_met,budget.total 1 -> 2 (--set),", 1))
    assert found.verdict == ALTERED and "Row 2, changes" in found.reasons[0]


def test_the_difference_of_two_chosen_options_is_found_by_its_name(comparison: Comparison, judged: Judge) -> None:
    chosen = ("research_grants", "do_nothing", "public_cost")
    content = csv_of(comparison, table_name(*chosen), subject(*chosen).numbers(comparison))
    (found,) = judged(content)
    assert (found.verdict, found.figure) == (VERIFIED, "table difference/research_grants/do_nothing/public_cost")
    for name in (b"difference/research_grants/no_such/public_cost", b"difference/research_grants", b"differences"):
        (other,) = judged(content.replace(b"difference/research_grants/do_nothing/public_cost", name))
        assert other.verdict == ALTERED and "no table of that name" in other.reasons[0]


def test_a_table_too_large_to_compare_by_cells_is_compared_by_bytes(
    comparison: Comparison, judged: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = csv_of(comparison, "yearly")
    monkeypatch.setattr(tables, "MOST_BYTES", len(content) - 1)
    assert judged(content)[0].verdict == VERIFIED
    (found,) = judged(content[:-2] + b"1\n")
    assert found.verdict == UNCHECKED and "too large" in found.reasons[0]


@pytest.mark.slow
def test_figures_and_records_of_a_mix_are_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mix"
    assert main(["mix", "isambard_ai_uk", "--draws", "20", *SET, "--out", str(out)]) == 0
    capsys.readouterr()
    kept = json.loads((out / "run.json").read_text(encoding="utf8"))
    svg = (out / "mix_contributions.svg").read_bytes()
    (out / "titled.svg").write_bytes(forged(svg, "svg", {"Title": "Another title"}))
    others: dict[str, dict[str, Any]] = {
        "draws.json": {"options": {**kept["options"], "draws": 21}},
        "changes.json": {"changes": []},
        "refused.json": {"options": {**kept["options"], "draws": 10**9}},
        "unknown.json": {"options": {"color": "red"}},
    }
    for name, entries in others.items():
        (out / name).write_text(json.dumps(kept | entries), encoding="utf8")
    found = verdicts(capsys, out)
    files = ("run.json", *(f"mix_contributions.{end}" for end in ("csv", "pdf", "png", "svg")))
    expected = dict.fromkeys(files, VERIFIED)
    expected |= dict.fromkeys(("titled.svg", "draws.json", "changes.json"), ALTERED)
    assert {name: each["verdict"] for name, each in found.items()} == expected | dict.fromkeys(
        ("refused.json", "unknown.json"), UNCHECKED
    )
    assert "Another title" in " ".join(found["titled.svg"]["reasons"])
    assert "--draws" in found["refused.json"]["reasons"][0] and "color" in found["unknown.json"]["reasons"][0]


def test_without_somebody_who_runs_commands_a_mix_is_not_checked(judged: Judge, comparison: Comparison) -> None:
    text = json.dumps({**json.loads(record_text(comparison)), "kind": "mix"})
    (found,) = judged(text.encode())
    assert found.verdict == UNCHECKED and "heavypress mix" in found.reasons[0]
