"""`--help` of every command: one style, examples that run, nothing loaded that it does not need; and completion."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from typing import get_args
from zipfile import ZipFile

import click
import pytest

from sim.cli import commands, logs, main
from sim.cli.commands import COMMANDS, Family, load_command, program
from sim.queue.disciplines import rules
from sim.queue.logs.reader import CHOICES
from sim.queue.simulate import Engine
from sim.version import __version__

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"numpy", "scipy", "pandas", "rich", "numba", "matplotlib", "pyarrow", "simpy", "streamlit", "SALib"}
DOCUMENTS = [ROOT / "README.md", *(path for path in (ROOT / "docs").glob("*.md") if path.name != "arguments.md")]
SHOWN = sorted(
    {
        line
        for path in DOCUMENTS
        for line in re.findall(
            r"^(?:    |\$ |`)(heavypress [a-z][^`\n]*)", path.read_text(encoding="utf8"), re.MULTILINE
        )
    }
)


def commands_of(name: str) -> dict[str, click.Command]:
    """A command and, where it is a family, those of it, as they are called."""
    command = load_command(name)
    inner = command.commands if isinstance(command, Family) else {}
    return {name: command, **{f"{name} {each}": sub for each, sub in inner.items()}}


EVERY = {called: each for name in COMMANDS for called, each in commands_of(name).items()}
EXAMPLES = [example for each in EVERY.values() for example in each.examples]
# A sweep that examples begin and read, in the place of one that takes a minute.
SWEEP = """
title = "A small sweep"
question = "Does it run?"
scenario = "small_country"
draws = 20
outcomes = ["additional_fe_hours"]
runs_per_part = 1
[[axis]]
path = "cloud.price_usd"
values = [2, 3]
"""
FOLDERS = {"rents": None, "rents_a": (1, 2), "rents_b": (2, 2)}  # of it, and which parts they hold
# Queues, or every chart once or twice, for a quarter of a minute.
SIMULATED = (
    "waits small_country --", "surface --size small", "heavypress export ", "heavypress verify ", "heavypress rerun ",
    "heavypress report ", "heavypress changelog", "heavypress validate", "--section switching",
    "--profile omb_a94_1992", "heavypress replay ", "heavypress immediacy ", "heavypress mix isambard_ai_uk ",
    "heavypress stages nairr_us ", "heavypress steelman isambard_ai_uk ",
)  # fmt: skip
# Those that run for long, need a log of the user's own, or open a browser; they are parsed all the same.
LONG = (
    "--fidelity instant --format json",
    "--draws 512",
    "--draws 4096",
    "results/arguments",
    "calibrate",
    "dashboard",
    "docs --check",
    "changelog --check",
    "heavypress release ",
    "heavypress sign ",
)


def loaded_by(*words: str) -> set[str]:
    """Names of all modules that a command has loaded when it ends."""
    code = "import json, sys; from sim.cli import main; main(sys.argv[1:]); print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        check=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


# --- what is loaded ---


@pytest.mark.parametrize(
    "words", [("--help",), ("--version",), ("comprae",), ("compare", "--help"), ("check", "--sett")]
)
def test_help_and_refusals_load_no_model(words: tuple[str, ...]) -> None:
    loaded = loaded_by(*words)
    assert not loaded & HEAVY
    assert not {name for name in loaded if name.startswith(("sim.scenario", "sim.queue", "sim.comparison"))}


def test_the_list_of_commands_loads_none_of_them() -> None:
    assert not loaded_by("--help") & {f"sim.cli.{entry.module}" for entry in COMMANDS.values()}


def test_a_check_loads_no_table_and_no_chart() -> None:
    loaded = loaded_by("check", "nairr_us")
    assert not loaded & (HEAVY - {"numpy", "scipy", "simpy"})
    assert not {name for name in loaded if name.startswith(("sim.comparison", "sim.charts", "sim.queue.logs"))}


# --- what it says ---


def test_every_command_is_listed_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert all(f"{name} {entry.about}" in text for name, entry in COMMANDS.items())
    assert "Examples: heavypress compare " in text


@pytest.mark.parametrize("name", EVERY)
def test_every_command_ends_with_its_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name.split(), "--help"]) == 0
    out = capsys.readouterr().out
    usage, *_, examples = out.split("\n\n")
    assert usage.startswith(f"Usage: heavypress {name}") and str(EVERY[name].help) in " ".join(out.split())
    title, *lines = examples.splitlines()
    assert title == "Examples:" and lines == [f"  {example}" for example in EVERY[name].examples]
    assert lines and all(line.startswith(f"  heavypress {name}") for line in lines)


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    assert all(load_command(name).help == entry.about for name, entry in COMMANDS.items())


@pytest.mark.parametrize("name", EVERY)
def test_every_option_and_argument_is_explained(name: str) -> None:
    command = EVERY[name]
    context = click.Context(command, info_name=name)
    for param in command.params:
        record = param.get_help_record(context)
        assert record and record[1].strip(), param.name


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small sweep, and with the folders of its results that examples name."""
    from sim.sweeps.ledger import Ledger
    from sim.sweeps.reader import read_sweep
    from sim.sweeps.run import Launch, fill

    folder = tmp_path_factory.mktemp("ledgers")
    (folder / "small.toml").write_text(SWEEP, encoding="utf8")
    plan = read_sweep(folder / "small.toml")
    for name, shard in FOLDERS.items():
        list(fill(Ledger.created(folder / name, plan), Launch(workers=0, shard=shard)))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.startswith("heavypress sweep ")])
def test_every_example_of_a_sweep_runs(
    example: str, ledgers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a small sweep in the place of those that ship."""
    shipped = [path.stem for path in (ROOT / "scenarios" / "sweeps").glob("*.toml")]
    words = ["small.toml" if word in shipped else word for word in shlex.split(example)]
    copytree(ledgers, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    assert main(words[1:]) == 0, capsys.readouterr().err
    assert capsys.readouterr().out


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the results of a run, and with files that show a figure of it."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["compare", "small_country", "--draws", "0", "--no-queue", "--out", "results"]) == 0
        shown(Path("results"))
    return folder


@pytest.mark.usefixtures("shared_waits")
@pytest.mark.parametrize(
    "example",
    [
        pytest.param(each, marks=pytest.mark.slow) if any(part in each for part in SIMULATED) else each
        for each in EXAMPLES
        if not each.startswith("heavypress sweep ")
    ],
)
def test_every_example_runs(
    example: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    words = shlex.split(example.partition(" > ")[0])
    assert words[0] == commands.PROGRAM
    # without --out `surface` makes the project's own table anew, unless the code is that of its rows
    if any(long in example for long in LONG) or words[1:] == ["surface"]:
        load_command(words[1]).make_context(words[1], words[2:])
        return
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "example.swf").write_bytes((ROOT / "docs" / "example.swf").read_bytes())
    monkeypatch.chdir(tmp_path)
    if "results/run.json" in words or words[1] == "verify":
        copytree(request.getfixturevalue("results"), tmp_path, dirs_exist_ok=True)
    capsys.readouterr()
    assert main(words[1:]) == 0, capsys.readouterr().err
    assert capsys.readouterr().out


def shown(results: Path) -> None:
    """Files that show a figure of a run: as it is, as a page, and as the picture in office documents."""
    content = next(results.rglob("*.png")).read_bytes()
    Path("chart.png").write_bytes(content)
    Path("paper.pdf").write_bytes(next(results.rglob("*.pdf")).read_bytes())
    for name, folder in (("report.docx", "word"), ("slides.pptx", "ppt")):
        with ZipFile(name, "w") as document:
            document.writestr("[Content_Types].xml", "<Types/>")
            document.writestr(f"{folder}/media/image1.png", content)


@pytest.mark.parametrize("line", SHOWN)
def test_every_command_of_the_documents_is_understood(line: str) -> None:
    _, name, *words = shlex.split(line.replace(" N", " 8").partition(" > ")[0], comments=True)
    command = load_command(name)
    context = command.make_context(name, list(words))
    assert context.info_name == name
    if isinstance(command, Family):
        called, inner, left = command.resolve_command(context, words)
        assert inner is not None and inner.make_context(called, left, parent=context).info_name == called


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"heavypress {__version__}\n"


def test_the_module_runs_as_the_command() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "sim", "--version"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert run.stdout == f"heavypress {__version__}\n"


# --- the words of the queue, which stand in the command line as well ---


def test_the_command_line_takes_the_words_of_the_queue() -> None:
    theirs = {
        "discipline": get_args(rules.Discipline),
        "order": get_args(rules.EventOrder),
        "backfill_scan": get_args(rules.BackfillScan),
        "placement": get_args(rules.Placement),
        "engine": get_args(Engine),
        **CHOICES,
    }
    assert {name: set(words) for name, words in logs.WORDS.items()} == {
        name: set(words) for name, words in theirs.items()
    }


# --- completion ---


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("heavypress comp", ["plain,compare"]),
        ("heavypress compare isam", ["plain,isambard_ai_uk"]),
        ("heavypress check my_own.to", ["file,my_own.to"]),
        ("heavypress replay log.swf --policy co", ["plain,conservative"]),
        ("heavypress replay log.swf --policy fcfs,co", ["plain,fcfs,conservative"]),
        ("heavypress compare --no-q", ["plain,--no-queue"]),
        ("heavypress sweep retry", ["plain,retry-failed"]),
        ("heavypress sweep run where", ["plain,where_it_turns"]),
        ("heavypress sweep where", ["plain,where_it_turns"]),
        ("heavypress sweep plan my_own.to", ["file,my_own.to"]),
        ("heavypress sweep run x.toml --sha", ["plain,--shard"]),
    ],
)
def test_the_shell_completes(
    line: str, found: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - 1))
    monkeypatch.setenv(commands.COMPLETION, "bash_complete")
    assert main([]) == 0
    assert capsys.readouterr().out.split() == found


def test_completion_loads_no_model() -> None:
    code = "import sys; from sim.cli import main; main(); print(sorted(sys.modules), file=sys.stderr)"
    settings = {"COMP_WORDS": "heavypress compare isa", "COMP_CWORD": "2", commands.COMPLETION: "bash_complete"}
    environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout == "plain,isambard_ai_uk\n"
    assert "'numpy'" not in run.stderr and "sim.scenario" not in run.stderr


def test_every_command_of_the_table_is_a_command_of_the_program() -> None:
    context = click.Context(program)
    assert program.list_commands(context) == list(COMMANDS)
    assert all(program.get_command(context, name) is load_command(name) for name in COMMANDS)
    assert program.get_command(context, "comprae") is None
