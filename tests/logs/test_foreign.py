"""Files that are no log: each is named in one sentence, and the command in it makes a log that is read."""

from __future__ import annotations

import gzip
import subprocess
import zipfile
from pathlib import Path

import pytest

from sim.queue.logs import LogError, read_log
from sim.queue.logs.foreign import KINDS, NO_HEADER, foreign, is_record, table_mark
from sim.queue.logs.sacct import EXAMPLE

SECRET = "ann.secret"  # the name of a user
MAY = 1_714_521_600  # 2024-05-01 UTC
PBS = (
    f"05/01/2024 00:10:00;S;1234.srv;user={SECRET} group=g1 jobname=start queue=gpu\n"
    f"05/01/2024 01:10:00;E;1234.srv;user={SECRET} group=g1 jobname=start queue=gpu ctime=1714521600 qtime=1714521600 "
    "etime=1714521600 start=1714522200 exec_host=n1/0*8+n2/0*8 Resource_List.ncpus=16 Resource_List.ngpus=2 "
    "Resource_List.select=2:ncpus=8:ngpus=1 Resource_List.walltime=02:00:00 session=7 end=1714525800 Exit_status=0\n"
)
SGE = (
    "# Version: 8.1.9\n# \n"
    f"gpu.q:n1:g1:{SECRET}:train:1234:sge:0:1714521600:1714522200:1714525800:0:0:3600:1.0:1.0:0:0:0:0:0:0:0:0:0:0:0:0:0:"
    "0:0:NONE:defaultdepartment:smp:2:3:3600:0:0:-l gpu=2:0.0:NONE:0\n"
)
LSF = (
    f'"JOB_FINISH" "10.1" 1714525800 1234 1001 33554434 2 1714521600 0 0 1714522200 "{SECRET}" "gpu" "" "" "" "h"\n'
    f'"JOB_FINISH" "10.1" 1714525900 1235 1001 33554434 2 1714521600 0 0 0 "{SECRET}" "gpu" "" "" "" "h"\n'
)
JOBCOMP = (
    f"JobId=1234 UserId={SECRET}(1001) GroupId=g1(1001) Name=train JobState=COMPLETED Partition=gpu TimeLimit=120 "
    "StartTime=2024-05-01T00:10:00 EndTime=2024-05-01T01:10:00 NodeList=n1 NodeCnt=1 ProcCnt=8 "
    "SubmitTime=2024-05-01T00:00:00 Tres=cpu=8,gres/gpu=2\n"
)
GWF = (
    "# JobID SubmitTime WaitTime RunTime NProcs UsedCPUTime UsedMemory ReqNProcs ReqTime ReqMemory Status UserID\n"
    f"1234 1714521600 600 3600 2 -1 -1 2 7200 -1 1 {SECRET} g1 x q p o l UNITARY -1 -1 -1 -1 -1 -1 -1 -1 v p\n"
)
BATSIM = (
    f'{{"nb_res": 8, "jobs": [{{"id": "{SECRET}", '
    '"subtime": 1714521600, "walltime": 7200, "res": 2, "profile": "d"}], '
    '"profiles": {"d": {"type": "delay", "delay": 3600}}}'
)
JSON_LINES = "".join(
    f'{{"id": {n}, "submit_time": 1714521600, "run": 3600, "gpus": 2, "request": 7200, "user": "{SECRET}"}}\n'
    for n in (1, 2)
)
JSON = "[" + ",\n".join(JSON_LINES.splitlines()) + "]"
ROW = (
    f"100|{SECRET}|a1|gpu|COMPLETED|2024-05-01T00:00:00|2024-05-01T00:10:00|2024-05-01T01:10:00|01:00:00|02:00:00|cpu=8"
)
HEADER = "JobID|User|Account|Partition|State|Submit|Start|End|Elapsed|Timelimit|AllocTRES"
PHILLY = (
    f'[{{"status": "Pass", "vc": "v", "jobid": "a_1", "attempts": [], "submitted_time": "None", "user": "{SECRET}"}}]'
)
PLAIN = "[u1] Dear all, the log\nis to be found here\n"

# name of the file: (its beginning, words that the sentence holds)
FILES = {
    "pbs.acct": (PBS, ["accounting of PBS or Torque", "awk -F';'"]),
    "server.log": ("06/23/2024 00:08:39;0002;pbs_sched;Svr;Log;Log opened\n", ["diary of a PBS server", "accounting"]),
    "lsb.acct": (LSF, ["accounting of LSF", "awk"]),
    "accounting": (SGE, ["Grid Engine (SGE, UGE)", "awk -F:"]),
    "qacct.txt": (f"{'=' * 62}\nqname        gpu.q\nowner        {SECRET}\n", ["qacct"]),
    "scontrol.txt": (f"JobId=1234 JobName=train\n   UserId={SECRET}(1001)\n", ["scontrol show job", EXAMPLE]),
    "array.txt": (f"JobId=9 ArrayJobId=7 ArrayTaskId=1 JobName={SECRET}\n", ["scontrol show job", EXAMPLE]),
    "jobcomp.txt": (JOBCOMP, ["jobcomp/filetxt", "awk"]),
    "squeue.txt": (
        f"             JOBID PARTITION     NAME     USER ST       TIME\n 7 gpu train {SECRET} R 1:00\n",
        ["squeue", EXAMPLE],
    ),
    "bjobs.txt": (f"JOBID   USER    STAT  QUEUE\n12 {SECRET} RUN gpu\n", ["bjobs", "lsb.acct"]),
    "qstat_a.txt": (f"\nsrv:\n       Req'd\nJob ID  Username Queue\n---\n1.srv {SECRET} gpu\n", ["qstat"]),
    "qstat.txt": (f"Job id            Name             User\n-----\n12.srv train {SECRET}\n", ["qstat"]),
    "qstat_f.txt": (f"Job Id: 12.srv\n    Job_Owner = {SECRET}@host\n", ["qstat"]),
    "a.gwf": (GWF.partition("\n")[2], ["Grid Workloads Archive", "awk"]),
    "gwa.txt": (GWF, ["Grid Workloads Archive", "awk"]),
    "batsim.json": (BATSIM, ["Batsim", "python3"]),
    "philly.json": (PHILLY, ["Philly", "philly.py"]),
    "squeue.json": (f'{{"jobs": [{{"job_state": ["R"], "user_name": "{SECRET}"}}]}}', ["squeue or scontrol", "sacct"]),
    "lines.jsonl": (JSON_LINES, ["JSON, an object a line", "lines=True"]),
    "list.json": (JSON, ["is JSON", "sacct --json", "pandas"]),
    "fixed.txt": (
        f"JobID           JobName  Partition\n------------ ---------- ----------\n100          {SECRET} gpu\n",
        ["without --parsable2", EXAMPLE],
    ),
    "bare.txt": (f"100               {SECRET}        gpu  COMPLETED      0:0\n", ["without a header", EXAMPLE]),
    "nohead.txt": (ROW + "\n", ["leave out --noheader", EXAMPLE]),
    "caret.txt": (HEADER.replace("|", "^|^") + "\n" + ROW.replace("|", "^|^"), ["leave out --delimiter", EXAMPLE]),
    "colon.txt": (HEADER.replace("|", ":") + "\n" + ROW.replace("|", ":"), ["leave out --delimiter", EXAMPLE]),
    "error.txt": (f"sacct: error: no {SECRET}\n{HEADER}\n{ROW}\n", ["message of a command", "delete"]),
    "shell.txt": (f"bash: line 1: sacct: command not found by {SECRET}\n", ["message of a command"]),
    "motd.txt": (f"Welcome, {SECRET}!\n\n{HEADER}\n{ROW}\n", ["above the header of sacct", "delete"]),
    "column.txt": (HEADER.replace("|", "  ") + "\n" + ROW.replace("|", "  "), ["without --parsable2", EXAMPLE]),
    "sacct.yaml": (f"---\njobs:\n- account: {SECRET}\n", ["is YAML", "sacct --allusers --json"]),
    "comment.csv": (f"# exported by {SECRET}\nid,submit,run,gpus\n1,0,5,1\n", ["comments", "begin with #"]),
    "pairs.txt": (f"User={SECRET} JobId=5 submit=7\nUser={SECRET} JobId=6 submit=8\n", ["begins like no format"]),
    "page.csv": (f"<!DOCTYPE html>\n<html>{SECRET}, b, c</html>\n", ["web page", "Raw"]),
    "page.xml": (f'<?xml version="1.0"?><jobs user="{SECRET}"/>\n', ["is XML", "CSV"]),
    "excel.csv": ("sep=;\nid;submit;run;gpus\n1;0;5;1\n", ["Excel", "--delimiter"]),
    "pointer.csv": ("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", ["Git LFS", "git lfs pull"]),
    "dump.sql": (f"-- MySQL dump 10.13\nCREATE TABLE x;\nINSERT INTO x VALUES ('{SECRET}',2);\n", ["dump", "CSV"]),
    "records.csv": (f"100,{SECRET},gpu,COMPLETED,2024-05-01T00:00:00,4\n", [NO_HEADER]),
    "records.txt": (f"100,{SECRET},gpu,2024-05-01\n101,{SECRET},gpu,2024-05-01\n", [NO_HEADER]),
    "words.txt": (f"100,{SECRET},submitted,gpu\n101,{SECRET},submitted,gpu\n", [NO_HEADER]),
    "mapped.csv": (f"100,{SECRET},submitted,gpu\n", [NO_HEADER]),
    "semicolon.txt": ("id;submit;run;gpus\n1;0;5;1\n2;0;5;1\n", ["--delimiter ';'"]),
    "tabs.tsv": ("id\tsubmit\trun\tgpus\n1\t0\t5\t1\n", ["--delimiter tab"]),
    "prose.txt": (PLAIN, ["begins like no format"]),
}


@pytest.fixture
def fault_of(tmp_path):
    """A function that gives the one sentence by which a file is refused."""

    def fault(name: str, content: str | bytes, **options) -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(LogError) as refused:
            read_log(path, gpus=8, **options)
        [sentence] = refused.value.faults
        return sentence

    return fault


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_named_with_the_way_out_and_without_its_contents(name, fault_of):
    content, words = FILES[name]
    sentence = fault_of(name, content)
    assert [word for word in words if word not in sentence] == []
    assert SECRET not in sentence
    assert sentence.isprintable()
    assert "\n" not in sentence


def test_every_kind_has_its_file():
    beginnings = [content.lstrip() for content, _ in FILES.values()]
    assert [kind.sentence for kind in KINDS if not any(map(kind.begins.match, beginnings))] == []


@pytest.mark.parametrize("name", ["a.gwf", "pbs.acct", "jobcomp.txt"])
def test_packed_files_are_looked_into(name, fault_of):
    content, words = FILES[name]
    assert words[0] in fault_of(name + ".gz", gzip.compress(content.encode()))


@pytest.mark.parametrize("form", ["csv", "sacct", "sacct-json", "swf"])
@pytest.mark.parametrize("name", FILES)
def test_a_format_that_is_named_shows_no_record_either(name, form, tmp_path):
    path = tmp_path / name
    path.write_text(FILES[name][0])
    with pytest.raises(LogError) as refused:
        read_log(path, gpus=8, format=form)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("mark", [";", "|", ":", " ", "tab"])
@pytest.mark.parametrize("name", sorted(set(FILES) - {"semicolon.txt", "tabs.tsv"}))
def test_a_delimiter_shows_no_record_either(name, mark, tmp_path):
    path = tmp_path / name
    path.write_text(FILES[name][0])
    with pytest.raises(LogError) as refused:
        read_log(path, gpus=8, delimiter=mark)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "out", "limit"),
    [
        (PBS, "jobs.csv", 7_200),
        (SGE, "jobs.csv", 3_600),
        (LSF, "jobs.csv", 3_600),
        (JOBCOMP, "jobs.txt", 7_200),
        (GWF, "jobs.swf", 7_200),
        (BATSIM, "jobs.csv", 7_200),
    ],
)
def test_the_command_of_a_sentence_makes_a_log(content, out, limit, tmp_path):
    sentence = foreign(content.encode())
    assert sentence is not None
    command = sentence.partition(": ")[2]
    assert command.endswith(f"> {out}")
    (tmp_path / "LOG").write_text(content)
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True, timeout=60)
    log = read_log(tmp_path / out, gpus=8)
    assert (len(log), log.faults.count("fault")) == (1, 0)
    assert (log.submit_seconds[0], log.run_seconds[0], log.gpus[0]) == (MAY, 3_600, 2)
    assert log.request_seconds[0] == limit
    if content is not BATSIM:
        assert log.start_seconds[0] == MAY + 600
    assert str(log.id[0]) == {SGE: "1234.3", BATSIM: SECRET, PBS: "1234.srv"}.get(content, "1234")


@pytest.mark.parametrize(
    ("resources", "gpus"),
    [
        ("Resource_List.nodes=2:ppn=16:gpus=4", 8),
        ("Resource_List.neednodes=2:ppn=16 Resource_List.nodes=2:ppn=16:gpus=4+1:ppn=8:gpus=1+3:ppn=4", 9),
        ("Resource_List.nodes=n7:ppn=16:gpus=2:shared+n8:ppn=16:gpus=2:shared", 4),
        ("Resource_List.select=2:ncpus=8:ngpus=4+1:ncpus=8 Resource_List.nodect=3", 8),
        ("Resource_List.select=ngpus=3", 3),
        ("Resource_List.ngpus=6 Resource_List.select=2:ngpus=4", 6),
        ("Resource_List.ncpus=16 Resource_List.nodes=2:ppn=16", 0),
        ("Resource_List.ncpus=16", 0),
    ],
)
@pytest.mark.parametrize(
    ("owner", "group"), [("group=g1 account=a1", "a1"), ("project=_pbs_project_default group=g1", "g1")]
)
def test_the_accounting_of_pbs_and_torque_gives_gpus_groups_and_queues(resources, gpus, owner, group, tmp_path):
    command = str(foreign(PBS.encode())).partition(": ")[2]
    whole = "Resource_List.ncpus=16 Resource_List.ngpus=2 Resource_List.select=2:ncpus=8:ngpus=1"
    (tmp_path / "LOG").write_text(PBS + PBS.replace(whole, resources).replace("1234", "77").replace("group=g1", owner))
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True, timeout=60)
    log = read_log(tmp_path / "jobs.csv", gpus=64, partitions=["gpu"])
    assert log.gpus.tolist() == [2, gpus][: 2 if gpus else 1]
    assert log.group_names == ("g1", *([group] if group != "g1" else []))
    assert {kind: found.count for kind, found in log.faults.found.items()} == ({} if gpus else {"no_gpus": 1})


@pytest.mark.parametrize("content", [JSON_LINES, JSON])
def test_the_command_for_json_makes_a_log(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("LOG").write_text(content)
    program = str(foreign(content.encode())).partition('python3 -c "')[2].removesuffix('"')
    exec(program)  # what the sentence says to type: a process of its own would only load pandas once more
    log = read_log("jobs.csv", gpus=8)
    assert (log.id.tolist(), log.gpus.tolist(), log.request_seconds.tolist()) == ([1, 2], [2, 2], [7_200, 7_200])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an Excel workbook; save its sheet of jobs as CSV"),
        (b"SQLite format 3\0" + bytes(600), "is an SQLite database; write its table of jobs as CSV"),
        (b"ARROW1\0\0" + bytes(600), "is an Arrow file; write the table as Parquet"),
        (b"\x89HDF\r\n\x1a\n" + bytes(600), "is an HDF5 file"),
        (b"pai_task_table.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(600), "is a tar archive; unpack it"),
    ],
)
def test_binary_files_are_named(content, words, fault_of):
    assert fault_of("jobs.csv", content).startswith(words)


@pytest.mark.parametrize("member", ["[Content_Types].xml", "plain.csv"])
def test_a_workbook_is_no_packed_log(member, tmp_path, fault_of):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(member, "x")
    sentence = fault_of("jobs.xlsx", (tmp_path / "x.zip").read_bytes())
    assert sentence.startswith("is a workbook" if member.startswith("[") else "is packed with zip")


@pytest.mark.parametrize(
    ("cells", "record"),
    [
        (["Job ID", "QUEUED TIME", "RUNNING TIME", "run time [s]", "", "gpu-count"], False),
        (["id", "2", "x"], True),
        (["ann", "1.5e3"], True),
        (["ann", " '2024/05/01 00:00' "], True),
        (["ann", "1.5.2024"], True),
        (["ann", "1-02:03:04"], True),
        (["ann", "Resource_List.ngpus=2"], True),
        (["ann", '{"id"'], True),
    ],
)
def test_a_record_has_a_number_a_time_or_a_value_with_its_name(cells, record):
    assert is_record(cells) is record


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b;c,d\n1;2;3,4\n", ";"),
        ('a,"b,c",d\nbroken\n1,"2,2",3\n', ","),
        ("a\tb\n\n1\t2\n", "\t"),
        ("Dear all, good day\nthis is it\n", None),
        ("one word\nanother\n", None),
        ("a,b\n", ","),
        ("", None),
    ],
)
def test_a_table_has_a_header_and_records_of_as_many_fields(text, mark):
    assert table_mark(text.encode()) == mark


@pytest.mark.parametrize("mapped", [{"submit": "when"}, {"user": "Submit", "gpus": "gpu"}, {"gps": "gpu"}])
def test_a_mapping_shows_no_record_either(mapped, fault_of):
    assert fault_of("jobs.csv", FILES["mapped.csv"][0], columns=mapped) == NO_HEADER


@pytest.mark.parametrize(
    "header",
    ["Job ID (Slurm),Submit Time,Run Time,GPUs", "job id,name,user,submit,run,gpus", "Job Id: x,submit,run,gpus"],
)
def test_a_table_whose_header_is_like_that_of_a_tool_is_a_table(header, tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text(f"{header}\n{','.join('7' for _ in header.split(','))}\n")
    assert read_log(path).gpus.tolist() == [7]


def test_a_header_of_words_in_capitals_is_a_header(tmp_path):
    path = tmp_path / "jobs.txt"
    path.write_text("JOB ID,SUBMIT TIME,RUN TIME,RUNNING,GPUS\n1,0,5,x,1\n")
    assert read_log(path).run_seconds.tolist() == [5]


def test_the_patterns_take_no_time_over_long_lines():
    for line in (
        "jobid " * 20_000,
        ": " * 30_000,
        "1 COMPLETED " * 9_000,
        "#" * 60_000 + "\n#" * 3_000,
        "-- \n" * 9_000,
    ):
        foreign(line.encode())  # a pattern that goes back and forth would not come to an end
