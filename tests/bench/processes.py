"""Whole processes, as a user starts them: against an interpreter that does nothing, and against plain SimPy."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sim.queue.jobs import Jobs
from tests.bench.measuring import Line
from tests.bench.queue.problem_r import steady_jobs

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5
NOTHING = "pass"
COMMAND = "import sys; from sim.cli import main; sys.exit(main(sys.argv[1:]))"
PROCESS_PER_JOB = """
import sys
from sim.queue.jobs import Failures
from sim.queue.logs import read_log
from sim.queue.pools import Pool
from tests.bench.queue.process_per_job import serve
from tests.bench.queue.problem_r import Problem
log = read_log(sys.argv[1])
serve(Problem(log.jobs(), (Pool(log.machine_gpus),), (), Failures([], [], [])))
"""
LOG_JOBS, LOG_GPUS, LOG_LOAD, LOG_GPU_SECONDS = 28_000, 100, 0.7, 30_000.0
GOALS = {"--help": 0.2, "check": 0.5, "replay of ten jobs": 0.7, "compare, central case, no queue": 1.0}  # seconds
COMMANDS = {
    "--help": ("--help",),
    "check": ("check", "nairr_us"),
    "replay of ten jobs": ("replay", "docs/example.swf"),
    "compare, central case, no queue": ("compare", "nairr_us", "--draws", "0", "--no-queue"),
}


def swf(jobs: Jobs, gpus: int) -> str:
    """The jobs as a log."""
    columns = (jobs.submit_seconds, jobs.run_seconds, jobs.gpus, jobs.request_seconds)
    lines = [
        f"{number} {submit} -1 {run} {size} -1 -1 {size} {request} -1 1 {1 + number % 99} 1 -1 1 1 -1 -1"
        for number, (submit, run, size, request) in enumerate(zip(*map(np.ndarray.tolist, columns), strict=True), 1)
    ]
    return f"; MaxProcs: {gpus}\n" + "\n".join(lines) + "\n"


def seconds_of(program: str, *arguments: str) -> float:
    """Processor time of a process, start to end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", program, *arguments]
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def time_commands() -> Iterator[Line]:
    """Every command in turn with the others, so that a busy machine is busy for all of them."""
    jobs = steady_jobs(LOG_JOBS, LOG_LOAD, LOG_GPUS, LOG_GPU_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.swf"
        log.write_text(swf(jobs, LOG_GPUS), encoding="ascii")
        runs = {"nothing": (NOTHING,), "a process per job": (PROCESS_PER_JOB, str(log))}
        runs |= {"replay": (COMMAND, "replay", str(log))}
        runs |= {name: (COMMAND, *arguments) for name, arguments in COMMANDS.items()}
        spent: dict[str, list[float]] = {name: [] for name in runs}
        for number in range(ROUNDS + 1):
            for name, (program, *arguments) in runs.items():
                seconds = seconds_of(program, *arguments)
                if number:  # the first round may compile
                    spent[name].append(seconds)
    median = {name: statistics.median(each) for name, each in spent.items()}
    for name, most in GOALS.items():
        times = f"{median[name] / median['nothing']:.0f} x an idle interpreter"
        yield Line(f"{name}: {times}", f"{median[name]:.2f} s", f"< {most} s", median[name] < most)
    ratio = median["replay"] / median["a process per job"]
    yield Line(f"replay of {LOG_JOBS:,} jobs over a process per job", f"{ratio:.2f} x", "<= 1 x", ratio <= 1)
    yield Line("  the replay, and the other", f"{median['replay']:.2f}, {median['a process per job']:.2f} s")
