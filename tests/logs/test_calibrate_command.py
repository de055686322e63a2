"""`calibrate` reads as `replay` does, says what it left out, and refuses a place for its file before the work."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from sim.cli import main
from sim.mechanisms.workload import Workload
from sim.queue.calibration.fit import fit_log
from sim.queue.logs import LogError, read_log
from sim.scenario import load
from sim.scenario.calibration import calibrate, fitted_range, fragment, write_calibration

HEAD = "JobID|User|Account|Partition|State|Submit|Start|End|Timelimit|AllocTRES\n"
SCENARIO = 'title = "T"\nquestion = "Q?"\nstart = "2027-01"\nbudget = { total = 5e7, years = 4 }\n'


def sacct(n: int = 100) -> str:
    """Jobs of eight users over a month; every eighth of 16 GPUs, the others of 1 to 8; one had no time limit."""
    rng, lines = np.random.default_rng(1), []
    for k in range(n):
        submit = datetime(2024, 5, 1 + k * 28 // n, int(rng.integers(8, 18)), k % 60)
        end = submit + timedelta(seconds=int(rng.choice([600, 3_600, 7_200])))
        gpus, limit = 16 if k % 8 == 7 else int(rng.choice([1, 2, 8])), "UNLIMITED" if k == 0 else "12:00:00"
        times = "|".join(moment.isoformat() for moment in (submit, submit, end))
        lines.append(f"{k}|u{k % 8}|a|gpu|COMPLETED|{times}|{limit}|cpu=8,gres/gpu={gpus},node=1\n")
    return HEAD + "".join(lines)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder to work in, with a log of a hundred jobs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs.txt").write_text(sacct())
    return tmp_path


def said(capsys, *words: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    code = main([str(word) for word in words])
    return code, *capsys.readouterr()


def refusal(capsys, *words: object) -> str:
    """The sentence by which a command is refused."""
    code, out, err = said(capsys, *words)
    assert (code, out) == (2, "")
    return err


# --------------------------------------------------------------------------------------------------- what is left out


def test_the_report_is_that_of_replay_and_larger_jobs_are_left_out(folder, capsys):
    code, fitted, _ = said(capsys, "calibrate", "jobs.txt", "--gpus", 8, "--out", "c.toml")
    assert code == 0
    _, replayed, _ = said(capsys, "replay", "jobs.txt", "--gpus", 8)
    before = replayed[: replayed.index("Replay:")]
    assert "larger than the machine of --gpus: 12 records" in before and "no time limit (--no" in before
    assert fitted.startswith(before)
    text = (folder / "c.toml").read_text()
    assert "# Workload fitted to jobs.txt: 87 jobs on 8 GPUs" in text
    assert (
        "# Left out of the 100 records of the log:\n"
        "#   larger than the machine of --gpus: 12\n"
        "#   no time limit (--no-request run takes the run time): 1\n"
    ) in text
    assert max(tomllib.loads(text)["world"]["workload"]["size_gpus"]) == 8


def test_a_log_of_which_nothing_is_left_out_says_nothing_of_it(folder, capsys):
    assert said(capsys, "calibrate", "jobs.txt", "--gpus", 16, "--no-request", "run", "--out", "c.toml")[0] == 0
    text = (folder / "c.toml").read_text()
    assert "Left out" not in text
    stands_in = "no time limit: the run time stands in: the scheduler then knows run times exactly"
    assert f"# Kept, with a change:\n#   {stands_in}: 1\n" in text


def test_from_python_jobs_larger_than_the_machine_are_left_out_as_well(folder):
    for log, gpus in ((read_log("jobs.txt"), 8), (read_log("jobs.txt", gpus=8), None)):
        fit = calibrate(log, gpus)[1]
        assert (fit.machine_gpus, max(fit.values["size_gpus"])) == (8, 8)
    with pytest.raises(LogError, match="no job fits on 4 GPUs"):
        calibrate(replace(log, gpus=np.full(len(log), 16)), 4)


# --------------------------------------------------------------------------------------------------------- the reading


def as_csv(text: str, delimiter: str, names: str) -> str:
    """The jobs as a table of other names: submission, end, limit and GPUs."""
    rows = [line.split("|") for line in text.splitlines()[1:]]
    lines = [(row[5], row[6], row[7], row[8], row[9].split("gpu=")[1].split(",")[0]) for row in rows]
    return "\n".join([names.replace(",", delimiter), *(delimiter.join(line) for line in lines)]) + "\n"


@pytest.mark.parametrize(
    ("words", "jobs"),
    [
        ([], 99),
        (["--no-request", "run"], 100),
        (["--from", "2024-05-10", "--until", "2024-05-29"], 67),
        (["--partition", "gpu"], 99),
        (["--count", "cpus"], 99),
        (["--time-zone", "Europe/Berlin"], 99),
        (["--format", "sacct", "--over-request", "extend"], 99),
    ],
)
def test_it_takes_the_options_of_reading(words, jobs, folder, capsys):
    code, out, _ = said(capsys, "calibrate", "jobs.txt", "--gpus", 512, "--out", "c.toml", *words)
    assert code == 0
    assert f"100 records read, {jobs} jobs accepted" in out
    assert f"fitted to {jobs} jobs" in out


def test_its_own_hints_can_be_followed(folder, capsys):
    names = "begun,start,end,request,devices"
    (folder / "semi.csv").write_text(as_csv(sacct(), ";", names))
    words = ["calibrate", "semi.csv", "--gpus", 16, "--out", "c.toml"]
    assert "did you mean --delimiter ';'?" in refusal(capsys, *words)
    words += ["--delimiter", ";"]
    assert "--column submit=NAME" in refusal(capsys, *words)
    words += ["--column", "submit=begun", "--column", "gpus=devices"]
    assert said(capsys, *words)[0] == 0
    assert "no column 'begin'" in refusal(capsys, *words[:-4], "--column", "submit=begin", "--column", "gpus=devices")


def test_a_machine_of_unknown_size_is_refused_in_the_words_of_replay(folder, capsys):
    sentence = "--gpus: the log does not give the size of the machine; its largest job holds 16 GPUs"
    assert sentence in refusal(capsys, "replay", "jobs.txt")
    assert sentence in refusal(capsys, "calibrate", "jobs.txt", "--out", "c.toml")
    assert not (folder / "c.toml").exists()
    with pytest.raises(LogError, match=sentence):
        write_calibration(read_log("jobs.txt"), folder / "c.toml")


def test_a_fault_is_refused_where_it_is_to_be(folder, capsys):
    (folder / "jobs.txt").write_text(sacct().replace("gres/gpu=16", "gres/gpu=much", 1))
    words = ["calibrate", "jobs.txt", "--gpus", 8, "--out", "c.toml", "--on-error", "refuse"]
    assert "a text that lists no resources: 1 record" in refusal(capsys, *words)
    assert not (folder / "c.toml").exists()


# ----------------------------------------------------------------------------------------------------------- the place


@pytest.mark.parametrize(
    ("out", "fault"),
    [
        ("jobs.txt", "the name must end in .toml"),
        (".", "the name must end in .toml"),
        (".toml", "the name must end in .toml"),
        ("c.csv", "the name must end in .toml"),
        ("no_such_folder/c.toml", "the folder does not exist"),
        ("jobs.txt/c.toml", "the folder does not exist"),
        ("folder.toml", "is no file; name one"),
        ("symbolic.toml", "is the log itself"),
        ("hard.toml", "is the log itself"),
        ("x" * 300 + ".toml", "cannot be written: file name too long"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_the_work(out, fault, folder, capsys, monkeypatch):
    (folder / "folder.toml").mkdir()
    (folder / "symbolic.toml").symlink_to("jobs.txt")
    os.link(folder / "jobs.txt", folder / "hard.toml")
    before = (folder / "jobs.txt").read_bytes(), sorted(os.listdir(folder))
    monkeypatch.setattr("sim.queue.logs.read_log", None)  # never reached
    err = refusal(capsys, "calibrate", "jobs.txt", "--gpus", 16, "--out", out)
    assert f"--out: {fault}" in err and err.count("\n") == 1
    assert ((folder / "jobs.txt").read_bytes(), sorted(os.listdir(folder))) == before


def test_a_log_that_is_called_toml_is_not_written_over(folder, capsys):
    os.rename("jobs.txt", "jobs.toml")
    assert "--out: is the log itself" in refusal(capsys, "calibrate", "jobs.toml", "--out", folder / "jobs.toml")
    assert (folder / "jobs.toml").read_text() == sacct()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_in_which_nothing_may_be_put_is_refused_before_the_work(folder, capsys):
    (folder / "shut").mkdir(mode=0o500)
    assert "cannot be written" in refusal(capsys, "calibrate", "jobs.txt", "--out", "shut/c.toml")
    assert "cannot be written" in refusal(capsys, "replay", "jobs.txt", "--gpus", 16, "--out", "shut/c.csv")


def test_replay_refuses_the_same_places(folder, capsys):
    (folder / "folder.csv").mkdir()
    os.link(folder / "jobs.txt", folder / "hard.csv")
    (folder / "symbolic.csv.gz").symlink_to("jobs.txt")
    for out, fault in (
        ("folder.csv", "is no file"), ("hard.csv", "is the log itself"), ("symbolic.csv.gz", "is the log itself"),
        (".csv", "the name must end in .csv or .csv.gz"), ("x" * 300 + ".csv", "cannot be written"),
    ):  # fmt: skip
        assert fault in refusal(capsys, "replay", "jobs.txt", "--gpus", 16, "--out", out)


def test_a_fit_that_fails_leaves_the_old_file(folder, capsys):
    (folder / "c.toml").write_text("mine\n")
    (folder / "few.txt").write_text(sacct(20))
    assert "a calibration needs at least 50" in refusal(capsys, "calibrate", "few.txt", "--gpus", 16, "--out", "c.toml")
    assert (folder / "c.toml").read_text() == "mine\n"


# ---------------------------------------------------------------------------------------------------------- the ranges


def test_a_scenario_of_the_fit_warns_of_none_of_its_values(folder, capsys):
    """Eight users by day and a few sizes: far from the declared ranges of large research clusters."""
    assert said(capsys, "calibrate", "jobs.txt", "--gpus", 16, "--out", "c.toml")[0] == 0
    two = '[[option]]\ninstrument = "public_cluster"\n[[option]]\ninstrument = "cloud_credits"\n'
    (folder / "mine.toml").write_text('extends = "c.toml"\n' + SCENARIO + two)
    code, out, err = said(capsys, "check", "mine.toml")
    assert (code, err) == (0, "")
    assert out.endswith("mine.toml: valid; 3 options, 0 warnings\n")
    assert (
        "users: 5000 is outside the plausible range, 8 to 700"
        in (said(capsys, "check", "mine.toml", "--set", "workload.users=5000")[2])
    )
    found = load("mine.toml")
    own = {path for path in found.own if Workload.spec(path.partition(".")[2]).kind in ("number", "series")}
    assert own == found.fitted.keys()
    plain = tomllib.loads((folder / "c.toml").read_text())["world"]
    (folder / "bare.toml").write_text(fragment_without_ranges(folder / "c.toml"))
    (folder / "mine.toml").write_text('extends = "bare.toml"\n' + SCENARIO)
    assert len(load("mine.toml").warnings) > 10 and load("mine.toml").world.workload.users == plain["workload"]["users"]


def test_the_scenario_of_the_document_takes_the_part_over(folder, capsys):
    assert said(capsys, "calibrate", "jobs.txt", "--gpus", 16, "--out", "my_cluster.toml")[0] == 0
    assert refusal(capsys, "check", "my_cluster.toml").endswith(
        "my_cluster.toml: is a part of a scenario, as heavypress calibrate writes it; one with a title, question, "
        'start and budget takes it over with extends = "my_cluster.toml"\n'
    )
    text = (Path(__file__).resolve().parents[2] / "docs" / "logs.md").read_text(encoding="utf8")
    [example] = re.findall(r"```toml\n(# my_question.*?)```", text, flags=re.DOTALL)
    (folder / "my_question.toml").write_text(example)
    code, out, err = said(capsys, "check", "my_question.toml")
    assert (code, err) == (0, "") and out.endswith("my_question.toml: valid; 3 options, 0 warnings\n")


def fragment_without_ranges(path: Path) -> str:
    """The file as it was once."""
    return path.read_text().partition("[fitted]")[0]


def test_a_range_is_nine_tenths_by_the_standard_error(folder):
    """Of 400 of which a tenth hit the limit the error is sqrt(0.1 0.9 / 400) = 0.015."""
    assert fitted_range("hit_limit_share", 0.1, 0.015) == pytest.approx((0.1 - 0.024675, 0.1 + 0.024675))
    assert fitted_range("hit_limit_share", 0.01, 0.015)[0] == 0
    assert fitted_range("batch_tail", 9.99, 0.1)[1] == 10
    assert fitted_range("size_gpus", (1.0, 16.0, 4.0), None) == (1, 16)
    fit = fit_log(read_log("jobs.txt", gpus=16))
    share, n = fit.values["hit_limit_share"], fit.values["users"] and len(read_log("jobs.txt", gpus=16))
    assert 0 <= share < 1 and fit.errors["hit_limit_share"] >= (share * (1 - share) / n) ** 0.5
    assert set(fit.errors) <= set(fit.values)


def test_the_ranges_of_the_file_hold_its_values(folder):
    log = read_log("jobs.txt", gpus=16)
    written = tomllib.loads(fragment(log, calibrate(log)[1], []))
    for path, (low, high) in written["fitted"].items():
        value = written["world"]["workload"][path.partition(".")[2]]
        assert low <= np.min(value) <= np.max(value) <= high, path
