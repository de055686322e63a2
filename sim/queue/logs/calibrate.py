"""`heavypress calibrate`: the workload generator fitted to a log, written as a part of a scenario with its fit.

The file holds `[world.workload]` and nothing else. A scenario takes it over with `extends = "my_cluster.toml"`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.mechanisms.workload import Workload
from sim.queue.logs.fit import Fitted, core, fitted
from sim.queue.logs.goodness import Row, compared
from sim.queue.logs.log import UNKNOWN, Log
from sim.queue.logs.problems import LogError
from sim.queue.logs.reader import read_log

LEAST_JOBS = 50
LEAST_SECONDS = 3_600
WIDTH = 120


def calibrate(log: Log, gpus: int | None = None) -> tuple[Workload, Fitted]:
    """The workload whose campaigns look like those of a log, and how each number was got.

    Raises LogError, in one sentence, for a log that is too short to tell anything or a machine of unknown size.
    """
    machine = gpus or log.machine_gpus
    if len(log) < LEAST_JOBS:
        held = "1 job" if len(log) == 1 else f"{len(log)} jobs"
        raise LogError(log.source or "the log", [f"it holds {held}: a calibration needs at least {LEAST_JOBS}"])
    if log.span_seconds < LEAST_SECONDS:
        span = f"spans {log.span_seconds} s from the first to the last submission"
        raise LogError(log.source or "the log", [f"it {span}: a calibration needs at least {LEAST_SECONDS} s"])
    notes = []
    if not machine:
        machine = int(log.gpus.max())
        notes.append(f"the log does not say how large the machine is: taken for its largest job, {machine:,} GPUs")
    known = bool((log.user != UNKNOWN).any())
    jobs = log.jobs()
    accounts = int(np.unique(log.group).size)
    clock = log.start_epoch or 0
    found = fitted(jobs, machine, clock, known, accounts, log.start_epoch is not None)
    found.notes[:0] = notes
    found.put("pattern", "campaigns" if known else "poisson", "users tell campaigns apart")
    found.put("preset", "own", "the numbers of this file")
    values, spec = dict(found.values), Workload.spec
    for name, value in values.items():
        about = spec(name)
        if about.kind == "number" and not about.floor <= value <= about.ceiling:
            found.values[name] = float(np.clip(value, about.floor, about.ceiling))
            found.notes.append(f"{name} = {value:.4g} is not possible: set to {found.values[name]:.4g}")
    return replace(Workload(), **found.values), found


def calibrate_command(log: str | Path, out: str | Path, gpus: int | None = None) -> int:
    """Read a log, fit, write the file and tell where it is; returns the exit code 0."""
    read = read_log(Path(log))
    workload, found = calibrate(read, gpus)
    machine = gpus or read.machine_gpus or int(read.gpus.max())
    rows = compared(core(read.jobs()), workload, machine)
    Path(out).write_text(fragment(read, machine, found, rows), encoding="utf8")
    print(f"{out}: {len(found.values)} parameters fitted to {len(read):,} jobs of {read.source or log}")
    for note in found.notes:
        print(f"  {note}")
    for row in rows:
        print(f"  {row.text()}")
    return 0


def fragment(log: Log, machine: int, found: Fitted, rows: list[Row]) -> str:
    """The file: comments on the fit, then one table."""
    load = log.offered_load(machine)
    source = Path(log.source).name or "a log"
    lines = [
        f"# Workload fitted to {source}: {len(log):,} jobs on {machine:,} GPUs, offered load {load:.3f}.",
        '# A scenario takes it over with `extends = "..."`, the name of this file.',
        "#",
        "# How well the generator imitates the log (medians over replications; within the sample it was fitted to):",
        *(f"#   {row.text()}" for row in rows),
        "#",
        *(f"# Note: {note}." for note in found.notes),
        "",
        "[world.workload]",
    ]
    for name, value in found.values.items():
        lines.append(f"{name} = {_toml(value)}  # {found.how[name]}" if not isinstance(value, tuple) else "")
        if isinstance(value, tuple):
            lines[-1] = f"# {found.how[name]}\n{name} = [\n{_wrapped(value)}\n]"
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """A number or a word."""
    return f'"{value}"' if isinstance(value, str) else f"{float(value):.6g}"


def _wrapped(values: tuple[float, ...]) -> str:
    """Numbers in lines of a readable width."""
    lines, line = [], "   "
    for text in (f" {value:.8g}," for value in values):
        if len(line) + len(text) > WIDTH:
            lines.append(line)
            line = "   "
        line += text
    return "\n".join([*lines, line])
