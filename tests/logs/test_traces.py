"""docs/logs.md, "What your trace is called, what to type": each line reads two made-up records below its header."""

from __future__ import annotations

import csv
import gzip
import json
import re
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from sim.cli import main

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "logs.md").read_text(encoding="utf8")
ROWS = {
    name: (header.replace("\\|", "|"), typed)
    for name, header, typed in re.findall(
        r"^\| \*\*(\S+)\*\*[^`\n]*(?:`[^`]*`[^`\n]*)?\| (.*?) \| `(heavypress .*?)` \|$", TEXT, re.MULTILINE
    )
}
DAY = 1_714_521_600  # 2024-05-01 UTC
SWF = "1 0 600 3600 2 -1 -1 2 7200 -1 1 1 1 1 1 -1 -1 -1\n2 60 0 60 4 -1 -1 4 7200 -1 1 1 1 1 1 -1 -1 -1\n"
TIMES = (
    "2024-05-01 00:00:00,2024-05-01 00:10:00,2024-05-01 01:10:00",
    "2024-05-01 00:01:00,2024-05-01 00:01:00,2024-05-01 00:02:00",
)
TIMES_CHINA = tuple(
    re.sub(r"2024-05-01 (\d\d)", lambda found: f"2024-05-01 {int(found[1]) + 8:02}", each).replace(",", "+08:00,")
    + "+08:00"
    for each in TIMES
)
SACCT = (
    "{}|ann|physics|gpu|COMPLETED|2024-05-01T{}|2024-05-01T{}|2024-05-01T{}|{}|02:00:00|"
    "billing=2,cpu=8,gres/gpu={},node=1\n"
)
# trace: (its records, second of the first submission, names of the jobs)
RECORDS = {
    "KTH-SP2": (SWF, 0, ["1", "2"]),
    "sacct": (
        SACCT.format(1, "00:00:00", "00:10:00", "01:10:00", "01:00:00", 2)
        + SACCT.format(2, "00:01:00", "00:01:00", "00:02:00", "00:01:00", 4),
        DAY,
        ["1", "2"],
    ),
    "Helios": (
        f"1425511,uXBbc,vcJkd,2,1,1,COMPLETED,{TIMES[0]},3600,600\n1425512,uVMrF,vchbv,4,16,1,FAILED,{TIMES[1]},60,0\n",
        DAY,
        ["1425511", "1425512"],
    ),
    "Seren": (
        f"5778432,u5907,1,2,128,Other,FAILED,{TIMES_CHINA[0]},3600,600,7200.0\n"
        f"5778469,u5907,1,4,128,Other,COMPLETED,{TIMES_CHINA[1]},60,0,240.0\n",
        DAY,
        ["5778432", "5778469"],
    ),
    "Kalos": (
        f"dlctk6,uf794,1,2,960,1000,100.0,Other,FAILED,{TIMES_CHINA[0]},2024-05-01 09:10:00+08:00,,4200,600.0,1.0\n"
        f"dlc1t2,uf794,1,4,960,1000,100.0,Other,CANCELLED,{TIMES_CHINA[1]},,2024-05-01 08:02:00+08:00,60,0.0,1.0\n",
        DAY,
        ["dlctk6", "dlc1t2"],
    ),
    "PAI": (
        "4f057009,tensorflow,2.0,Terminated,1739162.0,1742762.0,600.0,29.296875,100.0,MISC\n"
        "5a057009,worker,4.0,Terminated,1739222.0,1739282.0,600.0,29.296875,100.0,T4\n",
        1_739_162,
        ["2", "3"],
    ),
    "openb": (
        "openb-pod-0000,12000,16384,2,1000,,LS,Succeeded,1200,5400,1800\n"
        "openb-pod-0001,6000,12288,4,1000,V100M16|V100M32,LS,Failed,1260,1320,1260\n",
        1_200,
        ["openb-pod-0000", "openb-pod-0001"],
    ),
    "Polaris": (
        "12.polaris,0,polaris,2024-05-01 00:00:00,20240501,2024-05-01 00:10:00,20240501,2024-05-01 01:10:00,20240501,"
        "77,88,prod,7200.0,3600.0,2.0,2.0\n"
        "13.polaris,0,polaris,2024-05-01 00:01:00,20240501,2024-05-01 00:01:00,20240501,2024-05-01 00:02:00,20240501,"
        "77,88,prod,7200.0,60.0,4.0,4.0\n",
        DAY,
        ["12.polaris", "13.polaris"],
    ),
}  # fmt: skip
PHILLY = [
    {
        "status": "Pass", "vc": "ee9e8c", "jobid": "application_1506638472019_14199", "user": "ce2f4c",
        "submitted_time": "2024-05-01 00:00:00",
        "attempts": [
            {
                "start_time": "2024-05-01 00:10:00", "end_time": "2024-05-01 01:10:00",
                "detail": [{"ip": "m47", "gpus": ["gpu0"]}, {"ip": "m48", "gpus": ["gpu7"]}],
            },
            {"start_time": None, "end_time": None, "detail": []},
        ],
    },
    {
        "status": "Killed", "vc": "ee9e8c", "jobid": "application_1506638472019_14200", "user": "ce2f4c",
        "submitted_time": "2024-05-01 00:01:00",
        "attempts": [
            {
                "start_time": "2024-05-01 00:01:00", "end_time": "2024-05-01 00:02:00",
                "detail": [{"ip": "m47", "gpus": ["gpu0", "gpu1", "gpu2", "gpu3"]}],
            }
        ],
    },
    {"status": "Failed", "vc": "e", "jobid": "a_3", "attempts": [], "submitted_time": "None", "user": "u"},
]  # fmt: skip
SACCT_JSON = {
    "jobs": [
        {
            "account": "physics", "job_id": number, "state": {"current": ["COMPLETED"]},
            "time": {
                "elapsed": run, "submission": DAY + after, "start": DAY + start, "end": DAY + start + run,
                "limit": {"set": True, "infinite": False, "number": 120},
            },
            "tres": {"allocated": [{"type": "gres", "name": "gpu", "count": gpus}]},
        }
        for number, after, start, run, gpus in ((1, 0, 600, 3_600, 2), (2, 60, 60, 60, 4))
    ]
}  # fmt: skip


def typed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The rows of the starts that the command of this line of the table writes, without their header."""
    monkeypatch.chdir(tmp_path)
    _, *words = shlex.split(ROWS[name][1].replace("--gpus N", "--gpus 64"))
    assert main([*words, "--out", "starts.csv"]) == 0
    with Path("starts.csv").open(newline="") as file:
        return list(csv.reader(file))[1:]


def starts(names: list[str], first: int, times: int = 1) -> list[list[str]]:
    """What a machine with room for both gives: runs of 3,600 and 60 seconds on 2 and 4 GPUs or nodes begin at once."""
    return [
        [names[0], str(first), str(first), str(first + 3_600), str(2 * times)],
        [names[1], str(first + 60), str(first + 60), str(first + 120), str(4 * times)],
    ]


def test_the_table_has_every_trace():
    assert set(ROWS) == {*RECORDS, "sacct-json", "Philly", "PM100"}


@pytest.mark.parametrize("name", RECORDS)
def test_two_records_below_the_real_header_are_read(name, tmp_path, monkeypatch):
    records, first, names = RECORDS[name]
    path = tmp_path / shlex.split(ROWS[name][1])[2]
    content = ROWS[name][0].replace("`", "").removesuffix(" ...") + "\n" + records
    if name == "Kalos":  # as the note says
        content = subprocess.run(
            ["cut", "-d,", "-f1-14,16-"], input=content, capture_output=True, text=True, check=True
        ).stdout
    path.write_text(content)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(content.encode()))
    assert typed(name, tmp_path, monkeypatch) == starts(names, first, 4 if name == "Polaris" else 1)


def test_the_lines_of_python_make_a_table_of_philly(tmp_path, monkeypatch):
    [program] = re.findall(r"```python\n(   # philly\.py\n.*?)```", TEXT, re.DOTALL)
    lines = [line.removeprefix("   ") for line in program.splitlines()]
    assert len(lines) <= 16
    (tmp_path / "philly.py").write_text("\n".join(lines))
    (tmp_path / "cluster_job_log").write_text(json.dumps(PHILLY))
    made = subprocess.run([sys.executable, "philly.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    (tmp_path / "philly.csv").write_text(made.stdout)
    names = [f"{job['jobid']}_0" for job in PHILLY[:2]]
    assert typed("Philly", tmp_path, monkeypatch) == starts(names, DAY)


def test_sacct_json_is_read(tmp_path, monkeypatch):
    text = json.dumps(SACCT_JSON)
    for part in re.findall("`(.*?)`", ROWS["sacct-json"][0]):
        assert part in text
    (tmp_path / "jobs.json").write_text(text)
    assert typed("sacct-json", tmp_path, monkeypatch) == starts(["1", "2"], DAY)


def test_pm100_is_read(tmp_path, monkeypatch):
    moments = {
        name: pa.array([datetime.fromtimestamp(DAY + each) for each in pair], pa.timestamp("ns", "UTC"))
        for name, pair in (("submit_time", (0, 60)), ("start_time", (600, 60)), ("end_time", (4_200, 120)))
    }
    columns = {
        "job_id": [1, 2], **moments, "run_time": [3_600, 60], "time_limit": [120, 120], "num_gpus_alloc": [2, 4],
        "user_id": [7, 8], "partition": ["1", "1"], "job_state": ["COMPLETED", "FAILED"],
    }  # fmt: skip
    assert re.findall(r"`(\w+)`", ROWS["PM100"][0]) == list(columns)
    parquet.write_table(pa.table(columns), tmp_path / "job_table.parquet")
    assert typed("PM100", tmp_path, monkeypatch) == starts(["1", "2"], DAY)


def test_attempts_that_follow_one_another_are_submitted_when_the_one_before_ended(tmp_path):
    [program] = re.findall(r"```python\n(   # philly\.py\n.*?)```", TEXT, re.DOTALL)
    (tmp_path / "philly.py").write_text("\n".join(line.removeprefix("   ") for line in program.splitlines()))
    again = {**PHILLY[1]["attempts"][0], "start_time": "2024-05-01 02:00:00", "end_time": "2024-05-01 03:00:00"}
    job = {**PHILLY[0], "attempts": [PHILLY[0]["attempts"][0], again]}
    (tmp_path / "cluster_job_log").write_text(json.dumps([job]))
    made = subprocess.run([sys.executable, "philly.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    rows = list(csv.DictReader(made.stdout.splitlines()))
    assert [(row["id"][-2:], row["submit"], row["gpus"]) for row in rows] == [
        ("_0", "2024-05-01 00:00:00", "2"),
        ("_1", "2024-05-01 01:10:00", "4"),
    ]
