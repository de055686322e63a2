"""A log of 54,000 jobs under EASY, by the compiled queue and by AccaSim (Galleguillos et al. 2020, Cluster Computing).

AccaSim is no dependency of this project. Install it anywhere (`python -m venv v && v/bin/pip install accasim`) and name
that Python in ACCASIM_PYTHON. The two EASYs differ: AccaSim's packs jobs into nodes and keeps others off the nodes that
it has reserved, so times are compared and schedules are not. Reading the log is counted on both sides.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sim.queue.jobs import Jobs
from sim.queue.logs import read_log
from sim.queue.simulate import simulate
from tests.bench.measuring import Line, in_turn
from tests.bench.queue.problem_r import steady_jobs

JOBS, LOAD, NODES, NODE_GPUS = 54_000, 0.85, 128, 8
GPU_SECONDS = 50_000.0  # of a job on average
FASTER = 500  # times
ROUNDS = 5
CONFIG = f'{{"groups": {{"g0": {{"core": {NODE_GPUS}}}}}, "resources": {{"g0": {NODES}}}, "start_time": 0,' + (
    ' "equivalence": {"processor": {"core": 1}}}'
)
# AccaSim 1.1.3 looks for names where Python 3.9 had them: they are put there, and nothing else of it is changed.
PROGRAM = """
import collections, collections.abc, contextlib, io, sys, time
collections.Mapping = collections.abc.Mapping
from accasim.base.allocator_class import FirstFit
from accasim.base.scheduler_class import EASYBackfilling
from accasim.base.simulator_class import Simulator
log, config, results = sys.argv[1:]
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    simulator = Simulator(log, config, EASYBackfilling(FirstFit()), scheduling_output=False, statistics_output=False,
                          show_statistics=False, LOG_LEVEL="ERROR", RESULTS_FOLDER_PATH=results)
    begun = time.process_time()
    simulator.start_simulation()
    seconds = time.process_time() - begun
print(seconds, simulator.dispatched_jobs)
"""


def write_log(jobs: Jobs, path: Path) -> None:
    """The jobs in the Standard Workload Format."""
    columns = (jobs.submit_seconds, jobs.run_seconds, jobs.gpus, jobs.request_seconds)
    with path.open("w") as file:
        file.write(f"; MaxProcs: {NODES * NODE_GPUS}\n")
        for number, (submit, run, gpus, request) in enumerate(
            zip(*(c.tolist() for c in columns), strict=True), start=1
        ):
            file.write(f"{number} {submit} 0 {run} {gpus} -1 -1 {gpus} {request} -1 1 1 1 1 1 1 -1 -1\n")


def replay(path: Path) -> None:
    """Read the log and serve its jobs."""
    simulate(read_log(path, gpus=NODES * NODE_GPUS).jobs(), NODES * NODE_GPUS)


def time_accasim() -> Iterator[Line]:
    """Processor time of both."""
    python = os.environ.get("ACCASIM_PYTHON", "")
    if not python:
        yield Line("compiled queue over AccaSim", "skipped", "ACCASIM_PYTHON names no Python that has it")
        return
    jobs = steady_jobs(JOBS, LOAD, NODES * NODE_GPUS, GPU_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        log, config = Path(folder) / "log.swf", Path(folder) / "system.json"
        write_log(jobs, log)
        config.write_text(CONFIG)
        command = [python, "-c", PROGRAM, str(log), str(config), folder]
        ours = in_turn([partial(replay, log), partial(simulate, jobs, NODES * NODE_GPUS)], ROUNDS)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    theirs, served = float(done.stdout.split()[0]), int(done.stdout.split()[1])
    with_reading, alone = (statistics.median(each[1:]) for each in ours)
    ratio = theirs / with_reading
    what = f"compiled queue over AccaSim, EASY, {JOBS:,} jobs, log read"
    yield Line(what, f"{ratio:,.0f} x", f">= {FASTER} x", ratio >= FASTER)
    yield Line(
        f"  AccaSim ({served:,} jobs); ours; ours without reading", f"{theirs:.0f}, {with_reading:.2f}, {alone:.3f} s"
    )
