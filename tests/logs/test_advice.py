"""What a newcomer's log is told: parts of a machine, logs without users, sizes that are not given, hints that fit."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow
import pytest
from pyarrow import csv, parquet

from sim.cli import main
from sim.cli.logs import ALSO, SLURM_CONF, WORDS
from sim.queue.disciplines.priority import Priority
from sim.queue.logs import LogError, read_log
from sim.queue.logs.users import noting_users

ROOT = Path(__file__).resolve().parents[2]
MAY = 1_714_521_600


def table(names: str, rows: int, row: str) -> str:
    """A CSV table; {k} in a row is its number, {t} a second of May 2024."""
    return "\n".join([names, *(row.format(k=k, t=MAY + 3_600 * k, even=k % 2) for k in range(rows))]) + "\n"


@pytest.fixture
def said(tmp_path, capsys, monkeypatch):
    """A function that runs a command beside a log of this text: its exit code and all it printed."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, *words: str, name: str = "jobs.csv") -> tuple[int, str]:
        (tmp_path / name).write_text(text)
        code = main([word.replace("LOG", name) for word in words])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


# ------------------------------------------------------------------------------------------------- parts of a machine

PARTS = table("id,submit,run,gpus,partition,cluster", 20, "{k},{t},60,1,p{even},c{even}")


def test_a_partition_is_not_given_the_whole_machine_in_silence(read_text):
    sentence = "10 jobs of other partitions are left out: give --gpus the GPUs of this partition"
    assert read_text(PARTS, gpus=64, partitions=["p0"], cluster="all").faults.doubts == [sentence]
    assert not read_text(PARTS, partitions=["p0"], cluster="all").faults.doubts  # the machine has no size yet
    assert not read_text(PARTS, gpus=64, partitions=["p0", "p1"], cluster="all").faults.doubts
    few = PARTS.replace("p1", "p0").replace("p0", "p1", 2)
    assert not read_text(few, gpus=64, partitions=["p0"], cluster="all").faults.doubts


def test_nor_a_cluster(read_text):
    [doubt] = read_text(PARTS, gpus=64, cluster="c1").faults.doubts
    assert doubt == "10 jobs of other clusters are left out: give --gpus the GPUs of this cluster"


def test_nor_a_partition_of_a_log_that_gives_the_size_of_the_whole(read_text):
    text = "; MaxProcs: 64\n" + "".join(
        f"{k} {3600 * k} -1 60 1 -1 -1 1 90 -1 1 1 1 -1 -1 {1 + k % 3} -1 -1\n" for k in range(1, 31)
    )
    [doubt] = read_text(text, "jobs.swf", partitions=["1", "2"]).faults.doubts
    assert doubt == "10 jobs of other partitions are left out: give --gpus the GPUs of these partitions"


# -------------------------------------------------------------------------------------------------- logs without users

NO_USERS = table("id,submit,run,gpus", 20, "{k},{t},60,1")
IDLE = "no users in the log: fair share does nothing (--column user=NAME)"
FAIR = ("replay", "LOG", "--gpus", "4", "--policy", "multifactor")


@pytest.mark.parametrize("policies", ["multifactor", "fcfs,multifactor"])
def test_fair_share_between_nobody_is_a_doubt(said, policies):
    code, out = said(NO_USERS, *FAIR[:-1], policies)
    assert (code, out.count(f"Doubtful:\n  {IDLE}\n")) == (0, 1)


def test_fair_share_between_users_is_none(said, read_text):
    users = NO_USERS.replace("gpus\n", "gpus,user\n").replace(",60,1\n", ",60,1,ann\n")
    assert IDLE not in said(users, *FAIR)[1]
    assert IDLE not in said(NO_USERS, *FAIR[:-1], "easy")[1]


def test_the_log_itself_stays_as_it_was(read_text):
    log = read_text(NO_USERS)
    noted = noting_users(log, ["multifactor"])
    assert (log.faults.doubts, noted.faults.doubts) == ([], [IDLE])
    assert noting_users(noted, ["multifactor"]) is noted
    assert noting_users(log, ["easy"]) is log


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["fair_share_weight=5", "half_life_seconds=60"])
def test_a_setting_of_fair_share_between_nobody_is_refused(said, setting):
    for policies in ("multifactor", "fcfs,multifactor"):
        code, out = said(NO_USERS, *FAIR[:-1], policies, "--priority", setting)
        assert (code, out.strip().endswith(f"--priority {setting.split('=')[0]} does nothing: {IDLE}")) == (2, True)
    assert said(NO_USERS, *FAIR, "--priority", "age_weight=5")[0] == 0
    assert said(NO_USERS, *FAIR, "--priority", "fair_share_weight=10000")[0] == 0  # the default asks for nothing


@pytest.mark.parametrize("name", SLURM_CONF)
def test_a_name_of_slurm_conf_gets_ours(said, name):
    ours = SLURM_CONF[name]
    assert ours in Priority.__dataclass_fields__
    code, out = said(NO_USERS, *FAIR, "--priority", f"{name.upper()}=5")
    assert (code, f"--priority {name.upper()}: here it is {ours}" in out) == (2, True)
    assert said(NO_USERS, *FAIR, "--priority", "qos_points=5")[0] == 2


def test_the_settings_in_the_document_are_those_there_are():
    text = (ROOT / "docs" / "logs.md").read_text(encoding="utf8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+)(?: points)? \| `(Priority\w+)`", text, flags=re.MULTILINE)
    assert {slurm.casefold(): ours for ours, _, slurm in rows} == SLURM_CONF
    assert {ours: int(value) for ours, value, _ in rows} == {ours: getattr(Priority(), ours) for ours, *_ in rows}


# ------------------------------------------------------------------------------------------- which column became what


def test_the_report_says_which_column_became_what(said, tmp_path):
    text = table("job_id,submit_ts,run,n_gpus,limit,host", 3, "{k},{t},60,1,5,n1")
    mapped = ("--column", "submit=submit_ts", "--column", "request=limit:minutes")
    code, out = said(text, "replay", "LOG", "--gpus", "4", *mapped)
    assert (code, out.splitlines()[1]) == (
        0,
        "Columns: id=job_id, submit=submit_ts, gpus=n_gpus, request=limit:minutes",
    )
    parquet.write_table(csv.read_csv(tmp_path / "jobs.csv"), tmp_path / "jobs.parquet")
    assert main(["replay", "jobs.parquet", "--gpus", "4", *mapped]) == 0


def test_names_that_are_ours_are_not_repeated(said):
    assert "Columns:" not in said(NO_USERS, "replay", "LOG", "--gpus", "4")[1]


def test_a_product_is_shown_as_it_was_given(read_text):
    text = table("id,submit,run,inst,per", 3, "{k},{t},60,2,150")
    assert read_text(text, columns={"gpus": "inst*per:percent"}).columns == {"gpus": "inst*per:percent"}
    assert read_text(NO_USERS).columns == {}


# ------------------------------------------------------------------------------------------- commas, bytes and clocks


@pytest.mark.parametrize(
    ("run", "seconds"),
    [
        ("12,5", 13),
        ("1234,567", 1235),
        ("0,25", 1),
        ("7,1250", 7),
        ("01:00:00,4", 3600),
        ("00:10,750", 11),
        ("12", 12),
        ("1-00:00:00", 86_400),
    ],
)
def test_a_comma_that_divides_no_columns_is_a_decimal_one(run, seconds, read_text):
    log = read_text(f"submit;run;gpus\n1714521600,7;{run};2,0\n{MAY};5;1,024\n", delimiter=";")
    assert (log.submit_seconds.tolist(), sorted(log.run_seconds.tolist())) == ([MAY, MAY + 1], sorted([5, seconds]))
    assert sorted(log.gpus.tolist()) == [2, 1024]


@pytest.mark.parametrize("run", ["1,024", "12,500", "1,2,3", ",5", "5,"])
def test_a_comma_that_may_be_something_else_is_none(run, read_text):
    log = read_text(f"submit;run;gpus\n{MAY};{run};1\n{MAY};5;1\n", delimiter=";")
    assert (log.run_seconds.tolist(), log.faults.found["duration"].count) == ([5], 1)


def test_a_comma_in_quotation_marks_of_a_table_of_commas_stays(read_text):
    log = read_text(f'submit,run,gpus\n{MAY},"12,5",1\n{MAY},5,"1,024"\n')
    assert (log.gpus.tolist(), log.faults.found["duration"].count) == ([1024], 1)


def test_bytes_of_another_alphabet_get_the_command_that_makes_text(read_text):
    log = read_text(f"submit,run,gpus,user\n{MAY},5,1,ann\n{MAY},5,1,J".encode() + b"\xf6rg\n")
    [sentence] = log.faults.sentences("fault")
    assert sentence.startswith("bytes that are no UTF-8 text (iconv -f latin1 -t utf-8 FILE makes it): 1 record")


LOCAL = table("submit,run,gpus", 3, "2024-05-0{even} 12:00:00,60,1").replace("-00 ", "-02 ")
CLOCK = "Clock: seconds as in the log, never shifted; submissions 2024-05-01 12:00:00 to 2024-05-02 12:00:00 "


@pytest.mark.parametrize("text", [LOCAL, LOCAL.replace("2024-05-0", "0").replace(" 12", ".05.2024 12")])
def test_times_that_name_no_zone_are_said_to_be_read_as_utc(text, said, read_text):
    said_so = CLOCK + "UTC; times name no zone: read as UTC (--time-zone)\n"
    assert said_so in said(text, "replay", "LOG", "--gpus", "4")[1]
    assert CLOCK + "UTC\n" in said(text, "replay", "LOG", "--gpus", "4", "--time-zone", "UTC")[1]
    assert CLOCK + "Europe/Berlin\n" in said(text, "replay", "LOG", "--gpus", "4", "--time-zone", "Europe/Berlin")[1]
    assert read_text(text, time_zone="Europe/Berlin").submit_seconds[0] == MAY + 10 * 3_600


def test_times_of_sacct_and_parquet_are_local_as_well(said, tmp_path):
    sacct = "JobID|Submit|Start|End|Timelimit|AllocTRES\n1|{0}|{0}|2024-05-01T13:00:00|1:00:00|gres/gpu=1\n"
    text = sacct.format("2024-05-01T12:00:00")
    assert "read as UTC" in said(text, "replay", "LOG", "--gpus", "4", name="jobs.txt")[1]
    parquet.write_table(csv.read_csv(pyarrow.BufferReader(LOCAL.encode())), tmp_path / "jobs.parquet")
    assert read_log(tmp_path / "jobs.parquet").zoneless


@pytest.mark.parametrize("text", [NO_USERS, LOCAL.replace(":00:00,", ":00:00+02:00,")])
def test_times_that_say_what_they_are_need_no_such_words(text, said):
    out = said(text, "replay", "LOG", "--gpus", "4")[1]
    assert "name no zone" not in out
    assert out.count(" +02:00\n") == (text is not NO_USERS)


# ------------------------------------------------------------------------------------------- what there is in the log


def test_a_partition_that_is_not_there_is_refused_with_those_that_are(read_text):
    with pytest.raises(LogError) as refused:
        read_text(PARTS, partitions=["p0", "gold"], cluster="all")
    assert refused.value.faults == ["no partition 'gold'; there are: p0, p1"]
    many = table("submit,run,gpus,queue", 30, "{t},60,1,q{k}")
    with pytest.raises(LogError) as refused:
        read_text(many, partitions=["gold"])
    assert refused.value.faults == [
        "no partition 'gold'; there are: q0, q1, q10, q11, q12, q13, q14, q15, q16, q17, ..."
    ]


def test_nor_is_a_number_of_one(read_text):
    text = "".join(f"{k} {k} -1 60 1 -1 -1 1 90 -1 1 1 1 -1 7 {1 + k % 2} -1 -1\n" for k in range(1, 9))
    assert len(read_text(text, "jobs.swf", partitions=["02"])) == 4
    with pytest.raises(LogError, match=r"no partition '3'; there are: 1, 2, 7$"):
        read_text(text, "jobs.swf", partitions=["3"])


@pytest.mark.parametrize("bound", ["since", "until"])
def test_dates_beyond_the_log_are_refused_with_its_own(bound, read_text):
    date = {"since": "2030-01-01", "until": "2001-01-01"}[bound]
    with pytest.raises(LogError) as refused:
        read_text(NO_USERS, **{bound: date})
    assert refused.value.faults[-1] == "the log spans 2024-05-01 00:00:00 to 2024-05-01 19:00:00 UTC"
    with pytest.raises(LogError) as refused:
        read_text(NO_USERS, **{bound: date}, time_zone="Europe/Berlin")
    assert refused.value.faults[-1].endswith("to 2024-05-01 21:00:00 Europe/Berlin")


def test_seconds_beyond_the_log_as_well(read_text):
    with pytest.raises(LogError) as refused:
        read_text("submit,run,gpus\n5,60,1\n9,60,1\n", since="100")
    assert refused.value.faults[-1] == "the log spans second 5 to second 9"


# ----------------------------------------------------------------------------------------- what others call it


@pytest.mark.parametrize(
    ("option", "word", "near"),
    [
        ("--policy", "backfill", "easy"),
        ("--policy", "fcfs,FIFO", "fcfs"),
        ("--policy", "esy", "easy"),
        ("--format", "slurm", "sacct"),
        ("--format", "Slurm", "sacct"),
        ("--format", "swff", "swf"),
    ],
)
def test_a_word_of_others_gets_ours(option, word, near, said):
    code, out = said(NO_USERS, "replay", "LOG", "--gpus", "4", option, word)
    assert (code, out.strip().endswith(f"did you mean {near!r}?")) == (2, True)


@pytest.mark.parametrize(
    ("theirs", "ours"), [("account", "group"), ("Account", "group"), ("queue", "partition"), ("walltime", "request")]
)
def test_a_column_of_others_gets_ours(theirs, ours, said):
    code, out = said(NO_USERS, "replay", "LOG", "--gpus", "4", "--column", f"{theirs}=run")
    assert (code, f"--column {theirs}: no column {theirs!r}; did you mean {ours!r}?" in out) == (2, True)


def test_the_hints_are_words_that_there_are():
    assert set(ALSO.values()) <= {*WORDS["discipline"], *WORDS["format"]}
    assert not set(ALSO) & {*WORDS["discipline"], *WORDS["format"]}
