"""Terminals of few characters: every command prints there, in ASCII where it must, and documents stay readable."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli import main, terminal
from sim.cli.commands import COMMANDS
from sim.sweeps.ledger import Ledger
from sim.sweeps.reader import read_sweep
from sim.sweeps.run import Launch, fill

ROOT = Path(__file__).resolve().parents[2]
TITLE = "Ministère – 50 × “GPU” ±2 € 中"
SCENARIO = f"""
title = "{TITLE}"
question = "Does it print?"
start = "2025-01"
horizon_years = 4
budget = {{ total = 40e6, years = 2 }}
world.demand.groups = 50
world.queue.window_weeks = 0.1
world.queue.warm_up_weeks = 0.05
"""
SWEEP = f"""
title = "{TITLE}"
question = "Does it print?"
scenario = "tiny"
draws = 0
outcomes = ["additional_fe_hours"]
[[axis]]
path = "cloud.price_usd"
values = [2, 3]
"""
QUICK = ("--draws", "0", "--no-queue")
PRINTS = {
    "compare": ("compare", "{scenario}", *QUICK),
    "compare as Markdown": ("compare", "{scenario}", *QUICK, "--format", "markdown"),
    "compare as JSON": ("compare", "{scenario}", *QUICK, "--format", "json"),
    "compare as CSV": ("compare", "{scenario}", *QUICK, "--format", "csv"),
    "decide": ("decide", "{scenario}", "--draws", "20", "--section", "regret"),
    "argue": ("argue", "{scenario}", "--only", "safety", "--draws", "0"),
    "argue as Markdown": ("argue", "{scenario}", "--only", "safety", "--draws", "0", "--format", "markdown"),
    "argue as JSON": ("argue", "{scenario}", "--only", "safety", "--draws", "0", "--format", "json"),
    "argue as CSV": ("argue", "{scenario}", "--only", "safety", "--draws", "0", "--format", "csv"),
    "changelog": ("changelog", "--scenario", "small_country"),
    "changelog as Markdown": ("changelog", "--scenario", "small_country", "--format", "markdown"),
    "timeline": ("timeline", "{scenario}", "--all"),
    "compare at once": ("compare", "{scenario}", "--draws", "0", "--fidelity", "instant"),
    "immediacy": ("immediacy", "{scenario}"),
    "mix": ("mix", "{scenario}", "--draws", "20"),
    "steelman": ("steelman", "{scenario}", "--for", "cloud_credits"),
    "stages": ("stages", "{scenario}", "--draws", "50", "--format", "markdown"),
    "waits": ("waits", "{scenario}", "--format", "markdown"),
    "sweep plan": ("sweep", "plan", "{sweep}"),
    "sweep plan as JSON": ("sweep", "plan", "{sweep}", "--format", "json"),
    "sweep run": ("sweep", "{sweep}", "--out", "{ledger}"),
    "sweep status": ("sweep", "status", "{ledger}"),
    "sweep status as JSON": ("sweep", "status", "{ledger}", "--format", "json"),
    "sweep query": ("sweep", "query", "{ledger}", f"select '{TITLE}' as title, option from results"),
    "sweep query as JSON": ("sweep", "query", "{ledger}", f"select '{TITLE}' as title", "--format", "json"),
    "sweep query as CSV": ("sweep", "query", "{ledger}", f"select '{TITLE}' as title", "--format", "csv"),
    "sweep script": ("sweep", "script", "{sweep}", "--out", "{ledger}", "--shards", "2"),
    "replay": ("replay", str(ROOT / "docs" / "example.swf")),
    "replay as JSON": ("replay", str(ROOT / "docs" / "example.swf"), "--json"),
    "check": ("check", "{scenario}"),
    "a refusal": ("check", "{scenario}", "--set", "cloud.prix=–"),
    "scenarios": ("scenarios",),
    "schema": ("schema",),
    "validate": ("validate", "--only", "hopper"),
    "validate as Markdown": ("validate", "--only", "hopper", "--format", "markdown"),
    "verify": ("verify", "{scenario}", "{table}"),
    "verify as JSON": ("verify", "{table}", "--format", "json"),
    "params": ("params", "--sources"),
    "help": ("compare", "--help"),
}
FILES = {"sweep": "sweep.toml", "ledger": "ledger", "table": f"{TITLE}.csv"}  # beside the scenario
# print no more than names of files and numbers
SILENT = {"docs", "dashboard", "calibrate", "surface", "rerun", "export", "release", "report", "sign"}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A scenario whose title no small terminal can show."""
    path = tmp_path_factory.mktemp("scenarios") / "tiny.toml"
    path.write_text(SCENARIO, encoding="utf8")
    path.with_name("sweep.toml").write_text(SWEEP, encoding="utf8")
    path.with_name(FILES["table"]).write_text("run,table,option\n0123456789ab,waits,x\n", encoding="utf8")
    list(fill(Ledger.created(path.with_name("ledger"), read_sweep(path.with_name("sweep.toml"))), Launch(workers=0)))
    return str(path)


class Stream(io.TextIOWrapper):
    """A standard stream of some encoding, as strict as Python opens it."""

    def __init__(self, encoding: str) -> None:
        """Everything that is written is kept."""
        self.kept = io.BytesIO()
        super().__init__(self.kept, encoding=encoding, errors="strict", write_through=True)


def printed(words: tuple[str, ...], scenario: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """What a command prints on both streams of an encoding, read back in it."""
    out, err = Stream(encoding), Stream(encoding)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        beside = {name: Path(scenario).with_name(file) for name, file in FILES.items()}
        code = main([word.format(scenario=scenario, **beside) for word in words])
    assert code == (5 if "verify" in words else 2 if "cloud.prix=–" in words else 0)
    assert (out.errors, err.errors) == ("strict", "strict"), "the streams are as they were"
    return out.kept.getvalue().decode(encoding), err.kept.getvalue().decode(encoding)


def test_every_command_that_prints_is_tried() -> None:
    assert {words[0] for words in PRINTS.values()} | SILENT == set(COMMANDS)


@pytest.mark.parametrize(
    "encoding", ["ascii", *(pytest.param(each, marks=pytest.mark.slow) for each in ("cp437", "latin-1"))]
)
@pytest.mark.parametrize("name", PRINTS)
def test_every_command_prints_on_every_terminal(
    name: str, encoding: str, scenario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = printed(PRINTS[name], scenario, encoding, monkeypatch)
    assert out or err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("ascii", 'Ministere - 50 x "GPU" +/-2 EUR  \\u4e2d'),
        ("cp437", 'Ministère - 50 x "GPU" ±2 EUR  \\u4e2d'),
        ("latin-1", 'Ministère - 50 × "GPU" ±2 EUR  \\u4e2d'),
        ("utf-8", TITLE),
    ],
)
def test_a_character_falls_back_to_its_nearest(
    encoding: str, title: str, scenario: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _ = printed(PRINTS["compare"], scenario, encoding, monkeypatch)
    assert out.splitlines()[0] == title
    assert ("┃" in out) == (encoding == "utf-8")


def test_json_and_csv_are_escaped_and_read_back_the_same(scenario: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [printed(PRINTS["compare as JSON"], scenario, e, monkeypatch)[0] for e in ("ascii", "utf-8")]
    assert json.loads(documents[0]) == json.loads(documents[1])
    assert json.loads(documents[0])["scenario"]["title"] == TITLE
    tables = [printed(PRINTS["compare as CSV"], scenario, e, monkeypatch)[0] for e in ("ascii", "utf-8")]
    rows = [list(csv.reader(io.StringIO(table))) for table in tables]
    assert [len(row) for row in rows[0]] == [len(row) for row in rows[1]]
    assert [[cell.encode().decode("unicode_escape") for cell in row] for row in rows[0][:3]] == rows[1][:3]


def test_what_ships_has_a_readable_fallback() -> None:
    """No reader of a small terminal meets an escape in our own words."""
    paths = [*(ROOT / "sim").rglob("*.py"), *(ROOT / "scenarios").rglob("*.toml"), ROOT / "data" / "sources.toml"]
    texts = (path.read_text(encoding="utf8") for path in paths if path != ROOT / "sim" / "cli" / "terminal.py")
    strange = {character for text in texts for character in text if not character.isascii()}
    assert not {character for character in strange if terminal.nearest_ascii(character).startswith("\\u")}


@pytest.mark.parametrize("box", "─│┌┐└┘├┤┬┴┼━┃┏┓┗┛╭╮╰╯═║")
def test_lines_of_tables_become_ascii(box: str) -> None:
    assert terminal.nearest_ascii(box) in ("-", "|", "+")


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONIOENCODING": "cp437"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "C"},
    ],
)
def test_a_whole_process_ends_well(settings: dict[str, str]) -> None:
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], **settings}
    command = [sys.executable, "-m", "sim", "compare", "isambard_ai_uk", *QUICK]
    run = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert run.returncode == 0 and b"Traceback" not in run.stderr
    assert b"Isambard-AI" in run.stdout


def in_shell(command: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command line."""
    words = ["bash", "-o", "pipefail", "-c", command]
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout, run.stderr


@pytest.mark.parametrize("words", ["compare isambard_ai_uk --draws 0 --no-queue --format csv", "params"])
def test_a_reader_who_leaves_early_is_no_fault(words: str) -> None:
    code, out, errors = in_shell(f"{sys.executable} -m sim {words} | head -1")
    assert (code, errors) == (0, "") and len(out.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [("check isambard_ai_uk >&-", 0), ("check isambard_ai_uk 2>&-", 0), ("chek 2>&-", 2), ("chek 2>/dev/full", 2)],
)
def test_a_stream_that_is_closed_or_full_leaves_the_exit_code(words: str, code: int) -> None:
    assert in_shell(f"{sys.executable} -m sim {words}")[0] == code


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("words", ["scenarios", "schema", "compare isambard_ai_uk --draws 0 --no-queue --format csv"])
def test_a_full_disk_gets_one_sentence(words: str) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "sim", *words.split()]
        run = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (run.returncode, run.stderr) == (2, "heavypress: the output cannot be written: No space left on device\n")
