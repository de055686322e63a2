"""A workload fitted to a log, as a part of a scenario: the parameters, how each was got, and how good the fit is.

The file holds `[world.workload]` and, in `[fitted]`, the range of each of its numbers. A scenario takes it over with
`extends = "my_cluster.toml"`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import tomlkit
from tomlkit.items import Table

from sim.mechanisms.workload import Workload, job_model
from sim.queue.calibration.fit import Fit, core, fit_log
from sim.queue.calibration.goodness import Row, compared
from sim.queue.logs.fitting import fitting, machine_size
from sim.queue.logs.log import Log
from sim.queue.logs.problems import KINDS, Faults
from sim.queue.logs.report import about, atomic
from sim.scenario.fitted import FITTED

ENDINGS = (".toml",)  # of the file
DIGITS, LIST_DIGITS = 6, 8  # significant digits of a number, and of those in a list
NINE_TENTHS = 1.645  # standard errors to either side that hold nine tenths of a normal distribution
RANGES_ARE = (
    "Ranges of what was fitted: nine tenths, by the standard error, as if campaigns did not depend on one another;",
    "where a number has none, the number itself, and of a list its least and its largest number.",
)


def calibrate(log: Log, gpus: int | None = None) -> tuple[Workload, Fit]:
    """The workload whose campaigns look like those of a log, and how each of its numbers was got.

    gpus: size of the machine; None takes the log's own. Numbers beyond what a scenario may hold are brought back to
    its range, larger jobs are left out. Raises LogError, in one sentence, for a log that is too short.
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
    """Fit a workload to a log and write its file; returns the lines of a report, on the reading and on the fit.

    gpus: size of the machine; None takes the log's own, and LogError where it has none.
    """
    log = fitting(log, machine_size(log, gpus))[0]
    workload, fit = calibrate(log, gpus)
    rows = compared(core(log.jobs()), job_model(workload), fit.machine_gpus)
    with atomic(path) as file:
        file.write(fragment(log, fit, rows).encode())
    return [
        *about(log),
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
        *_left_out(log.faults, log.records),
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
    document.add(FITTED, _ranges(fit))
    return tomlkit.dumps(document)


def _left_out(faults: Faults, records: int) -> list[str]:
    """Comments on the records that are not fitted, and on those that were changed; none where there are none."""
    left_out = [faults.broken] if faults.broken else []
    left_out += [
        f"{KINDS[kind].words}: {found.count:,}" for kind, found in (faults.of("fault") | faults.of("left_out")).items()
    ]
    changed = [f"{KINDS[kind].words}: {found.count:,}" for kind, found in faults.of("changed").items()]
    parts = {f"Left out of the {records:,} records of the log:": left_out, "Kept, with a change:": changed}
    return [
        line for heading, found in parts.items() if found for line in (heading, *(f"  {each}" for each in found), "")
    ]


def _ranges(fit: Fit) -> Table:
    """The table of ranges by path."""
    table = tomlkit.table()
    for comment in RANGES_ARE:
        table.add(tomlkit.comment(comment))
    for name, value in fit.values.items():
        if not isinstance(value, str):
            low, high = fitted_range(name, value, fit.errors.get(name))
            table.add(f"{Workload.group}.{name}", [_rounded(low, LIST_DIGITS), _rounded(high, LIST_DIGITS)])
    return table


def fitted_range(name: str, value: float | tuple[float, ...], error: float | None) -> tuple[float, float]:
    """Low and high of a fitted number as the file has it, within what is possible; of a list those of its numbers.

    >>> fitted_range("users", 320.0, None), fitted_range("batch_single_share", 0.5, 0.0)
    ((320.0, 320.0), (0.5, 0.5))
    >>> low, high = fitted_range("batch_single_share", 0.99, 0.01)
    >>> round(low, 5), high == Workload.spec("batch_single_share").ceiling
    (0.97355, True)
    """
    digits, numbers = (LIST_DIGITS, value) if isinstance(value, tuple) else (DIGITS, (value,))
    written = [float(_rounded(number, digits)) for number in numbers]
    spec, aside = Workload.spec(name), NINE_TENTHS * (error or 0.0)
    return max(min(written) - aside, spec.floor), min(max(written) + aside, spec.ceiling)


def _rounded(value: float, digits: int) -> float | int:
    """The value to `digits` significant digits, an integer where it is whole."""
    number = float(f"{value:.{digits}g}")
    return int(number) if number.is_integer() else number
