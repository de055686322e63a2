"""A workload fitted to a log, as a part of a scenario: the parameters, how each was got, and how good the fit is.

The file holds `[world.workload]` and nothing else. A scenario takes it over with `extends = "my_cluster.toml"`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import tomlkit

from sim.mechanisms.workload import Workload, job_model
from sim.queue.calibration.fit import Fit, core, fit_log
from sim.queue.calibration.goodness import Row, compared
from sim.queue.logs.log import Log

DIGITS, LIST_DIGITS = 6, 8  # significant digits of a number, and of those in a list


def calibrate(log: Log, gpus: int | None = None) -> tuple[Workload, Fit]:
    """The workload whose campaigns look like those of a log, and how each of its numbers was got.

    gpus: size of the machine; None takes the log's own. Numbers beyond what a scenario may hold are brought back to
    its range. Raises LogError, in one sentence, for a log that is too short.
    """
    fit = fit_log(log, gpus)
    fit.put("preset", "own", "the numbers of this file")
    for name, value in list(fit.values.items()):
        about = Workload.spec(name)
        if about.kind == "number" and not about.floor <= value <= about.ceiling:
            fit.values[name] = float(np.clip(value, about.floor, about.ceiling))
            fit.notes.append(f"{name} = {value:.4g} is not possible: set to {fit.values[name]:.4g}")
    return replace(Workload(), **fit.values), fit


def write_calibration(log: Log, path: Path, gpus: int | None = None) -> list[str]:
    """Fit a workload to a log and write its file; returns the lines of a report."""
    workload, fit = calibrate(log, gpus)
    rows = compared(core(log.jobs()), job_model(workload), fit.machine_gpus)
    path.write_text(fragment(log, fit, rows), encoding="utf8")
    return [
        f"{path}: {len(fit.values)} parameters fitted to {len(log):,} jobs of {log.source or 'a log'}",
        *(f"  {line}" for line in [*fit.notes, *(row.text() for row in rows)]),
    ]


def fragment(log: Log, fit: Fit, rows: list[Row]) -> str:
    """The file: comments on the fit, then one table."""
    machine = fit.machine_gpus
    load = log.offered_load(machine)
    source = Path(log.source).name or "a log"
    comments = [
        f"Workload fitted to {source}: {len(log):,} jobs on {machine:,} GPUs, offered load {load:.3f}.",
        'A scenario takes it over with `extends = "..."`, the name of this file.',
        "",
        "How well the generator imitates the log (medians over replications; within the sample it was fitted to):",
        *(f"  {row.text()}" for row in rows),
        "",
        *(f"Note: {note}." for note in fit.notes),
    ]
    table = tomlkit.table()
    for name, value in fit.values.items():
        if isinstance(value, tuple):
            table.add(tomlkit.comment(fit.how[name]))
            table.add(name, tomlkit.item([_rounded(number, LIST_DIGITS) for number in value]).multiline(True))
        else:
            item = tomlkit.item(value if isinstance(value, str) else _rounded(value, DIGITS))
            table.add(name, item.comment(fit.how[name]))
    document = tomlkit.document()
    for comment in comments:
        document.add(tomlkit.comment(comment))
    document.add(tomlkit.nl())
    document.add("world", tomlkit.table(is_super_table=True).add("workload", table))
    return tomlkit.dumps(document)


def _rounded(value: float, digits: int) -> float | int:
    """The value to `digits` significant digits, an integer where it is whole."""
    number = float(f"{value:.{digits}g}")
    return int(number) if number.is_integer() else number
