"""What the command line refuses: one line, exit code 2, nothing printed; with the nearest name where there is one."""

from __future__ import annotations

import pytest

from sim.cli import main
from sim.cli.commands import COMMANDS, load_command


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one sentence of a command that is refused."""
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("heavypress: ") and err.count("\n") == 1 and err.endswith("\n")
    return err.removeprefix("heavypress: ").strip()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "no command; heavypress --help lists them"),
        ("comprae", "no command 'comprae'; did you mean 'compare'?"),
        ("compare --drawz 3", "compare: no option '--drawz'; did you mean '--draw'?"),
        ("compare --dra=3", "compare: no option '--dra'; did you mean '--draw'?"),
        ("compare -draws 3", "compare: no option '-draws'; did you mean '--draws'?"),
        (
            "check glut --draws 3",
            "check: no option '--draws'; it is an option of compare, report, export, decide, argue, mix and stages",
        ),
        ("check glut --tau 3", "check: no option '--tau'; it is an option of replay"),
        ("check glut --version", "check: no option '--version'; it is an option of heavypress"),
        ("check glut --drawsz 3", "check: no option '--drawsz'; did you mean '--draws' of compare?"),
        ("compare --draw al", "--draw: 'al' must be one of headline, arguments, all; did you mean 'all'?"),
        (
            "argue --draw headlines",
            "--draw: 'headlines' must be one of headline, arguments, all; did you mean 'headline'?",
        ),
        (
            "--seed 3 compare",
            "no option '--seed'; it is an option of compare, report, export, decide, argue, waits, steelman, mix and "
            "stages",
        ),
        ("check glut --xyzzy", "check: no option '--xyzzy'; heavypress check --help lists them"),
        ("check glut scarcity", "check: unexpected argument 'scarcity'"),
        ("check", "SCENARIO is missing"),
        ("calibrate jobs.txt", "--out is missing"),
        ("compare --draws", "option '--draws' requires an argument"),
        ("compare --out --draws 4", "--out: no value before --draws"),
        ("compare --no-queue=yes", "option '--no-queue' does not take a value"),
        ("compare --seed -1", "--seed: '-1' is not a whole number from 0 to 9223372036854775807"),
        ("compare --draws 1e3", "--draws: '1e3' is not a whole number from 0 to 20000"),
        ("dashboard --port 70000", "--port: '70000' is not a whole number from 0 to 65535"),
        ("replay x.swf --tau 0", "--tau: '0' is not a whole number from 1 to 1000000"),
        (
            "compare --format jsn",
            "--format: 'jsn' must be one of table, json, csv, markdown; did you mean 'json'?",
        ),
        ("compare --fidelity 3", "--fidelity: '3' must be one of instant, windows, full"),
        (
            "replay x.swf --on-error ignore",
            "--on-error: 'ignore' must be one of report, refuse",
        ),
        ("timeline glut --option public_clustr", "--option: no option 'public_clustr'; did you mean 'public_cluster'?"),
        ("decide --draws 3", "draws = 3: a verdict rests on 20 or more"),
        ("decide --section map", "--section: no section 'map'; did you mean 'maps'?"),
        ("params clod", "no group 'clod'; did you mean 'cloud'?"),
    ],
)
def test_a_slip_gets_one_sentence(words: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, *words.split()) == sentence


@pytest.mark.parametrize(
    ("words", "twice"),
    [
        ("compare --seed 1 --seed 1", "--seed"),
        ("compare --no-queue --no-queue", "--no-queue"),
        ("compare --format json --draws 0 --format csv", "--format"),
        ("compare --set cloud.price_usd=1 --set cloud.price_usd=2", "--set cloud.price_usd"),
        ("argue --only safety --only safety", "--only safety"),
        ("replay x.csv --column submit=a --column submit=b", "--column submit"),
        ("replay x.swf --priority age_weight=1 --priority age_weight=2", "--priority age_weight"),
        ("replay x.swf --partition gpu --partition gpu", "--partition gpu"),
        ("replay x.swf --policy easy --policy fcfs", "--policy"),
    ],
)
def test_what_is_given_twice_is_refused(words: str, twice: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, *words.split()) == f"{twice} is given twice"


OPTIONS = [
    (name, param.opts[-1], param) for name in COMMANDS for param in load_command(name).params if param.opts[0][0] == "-"
]


@pytest.mark.parametrize(("name", "flag", "param"), OPTIONS, ids=[f"{name} {flag}" for name, flag, _ in OPTIONS])
def test_no_option_may_be_given_twice_alike(
    name: str, flag: str, param: object, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [flag] if getattr(param, "is_flag", False) else [flag, "x"]
    assert refusal(capsys, name, *words, *words).startswith(f"{flag} ")


def test_an_option_that_repeats_takes_different_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "glut", "--set", "cloud.price_usd=3", "--set", "budget.total=1e9"]) == 0
    assert "valid; 6 options" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_named(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "docs").write_text("a file, where a folder should be")
    assert (
        refusal(capsys, "docs", "--out", str(tmp_path / "docs"))
        == f"{tmp_path / 'docs'}: cannot be written: File exists"
    )
