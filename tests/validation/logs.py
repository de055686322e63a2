"""Logs at hand for the validation of the workload and of the queue, their fits and replays; no test in here.

The logs do not belong to this project: they lie in the folder named by HEAVYPRESS_TRACES, else beside the checkout.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sim.mechanisms.workload import Workload
from sim.queue.calibration.fit import core
from sim.queue.jobs import Integers, Jobs
from sim.queue.logs.log import UNKNOWN, Log
from sim.queue.simulate import simulate
from sim.scenario.calibration import calibrate

ROOT = Path(__file__).parents[2]
TRACES = Path(os.environ.get("HEAVYPRESS_TRACES", ROOT / ".." / "shared" / "traces"))
DAYS = 365  # of each log


@dataclass(frozen=True)
class Place:
    """A log: file, machine, the name of its column of sizes, and how people call it."""

    file: str
    gpus: int  # processors or nodes where the machine has no GPUs
    size: str
    label: str


PLACES = {
    "kth": Place("kth_sp2_1996.parquet", 100, "procs", "KTH-SP2"),
    "ctc": Place("sc15_ctc_sp2.parquet", 338, "procs", "CTC-SP2"),
    "hpc2n": Place("hpc2n_2002.parquet", 240, "procs", "HPC2N"),
    "philly": Place("philly_2017.parquet", 2_490, "gpus", "Philly 2017"),
    "eagle": Place("nrel_eagle_2019_sample.parquet", 2_114, "nodes", "NREL Eagle 2019, sample"),
}
QUEUED = ("kth", "ctc", "hpc2n")  # months of jobs with users and requests: what a workload can be pooled from


def at_hand(name: str) -> bool:
    """Whether the log is there."""
    return (TRACES / PLACES[name].file).is_file()


def columns_of(path: Path) -> dict[str, np.ndarray]:
    """The columns of a table, what is unknown as UNKNOWN, texts by their place in the alphabet."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(path)
    columns = {title: table[title].to_numpy() for title in table.column_names}
    for title, values in columns.items():
        if values.dtype.kind == "f":
            columns[title] = np.nan_to_num(values, nan=UNKNOWN)
        elif values.dtype.kind == "O":
            columns[title] = np.unique(values.astype(str), return_inverse=True)[1]
    return columns


@cache
def log_of(name: str) -> Log:
    """The jobs of a log with a run time, its first year; a run past its request ends there."""
    place = PLACES[name]
    column = columns_of(TRACES / place.file)
    submit = column["submit"].astype(np.int64)
    unknown = np.full(submit.size, UNKNOWN)
    start = column.get("start", unknown).astype(np.int64)
    run = (column["end"] - start if "end" in column else column["runtime"]).astype(np.int64)
    asked = column.get("requested_time", run).astype(np.int64)
    size, user = column[place.size].astype(np.int64), column.get("user", unknown).astype(np.int64)
    kept = (run > 0) & (size > 0) & (size <= place.gpus) & (asked > 0) & (submit - submit.min() <= DAYS * 86_400)
    order = np.flatnonzero(kept)[np.argsort(submit[kept], kind="stable")]
    request = asked[order]
    return Log(
        id=np.arange(order.size), submit_seconds=submit[order], run_seconds=np.minimum(run[order], request),
        request_seconds=request, gpus=size[order], user=user[order], group=np.full(order.size, UNKNOWN),
        start_seconds=start[order], line=np.arange(order.size), source=place.file, format="parquet",
        machine_gpus=place.gpus,
    )  # fmt: skip


@cache
def fit_of(name: str) -> Workload:
    """The workload fitted to a log."""
    return calibrate(log_of(name), PLACES[name].gpus)[0]


def hours_of(jobs: Jobs) -> int:
    """Whole hours from the first to the last submission."""
    return int((jobs.submit_seconds[-1] - jobs.submit_seconds[0]) // 3600)


def load_of(jobs: Jobs) -> float:
    """Mean GPUs kept busy."""
    span = float(jobs.submit_seconds[-1] - jobs.submit_seconds[0])
    return float(jobs.work_seconds.astype(float) @ jobs.gpus) / span


def easy(jobs: Jobs, gpus: int) -> Integers:
    """Waits [job] under EASY, one pass an instant."""
    return simulate(jobs, gpus, engine="compiled").wait_seconds


@cache
def real_waits(name: str) -> Integers:
    """Waits of the log's own jobs under EASY."""
    return easy(core(log_of(name).jobs()), PLACES[name].gpus)
