"""The frames of a what-if: replays, waits by class of job size, maps of size by length, and starts.

Columns end in their unit. `policy` is `log` in rows of what happened in fact, which have no size of a machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from sim.queue.jobs import Flags, Integers
from sim.queue.logs.log import Log
from sim.queue.logs.replay import observed, of_waits
from sim.units import SECONDS_PER_HOUR
from sim.waits.statistics import SIZE_CLASSES
from sim.what_if.cases import Case, Cases

LOG = "log"  # policy of what happened in fact
ALL_SIZES = "all sizes"
KEYS = ("policy", "machine_gpus")
TABLE_COLUMNS = (
    *KEYS, "jobs", "wait_median_seconds", "wait_p95_seconds", "wait_mean_seconds", "bounded_slowdown_mean",
    "run_share", "utilisation", "offered_load", "overloaded", "left_out_jobs", "left_out_jobs_share",
    "left_out_gpu_hours", "left_out_gpu_hours_share", "fragmentation", "rules",
)  # fmt: skip
WAITS_COLUMNS = (
    *KEYS, "size_class", "jobs", "wait_median_seconds", "wait_p95_seconds", "wait_mean_seconds",
    "bounded_slowdown_mean", "left_out_jobs", "left_out_jobs_share", "left_out_gpu_hours_share", "rules",
)  # fmt: skip
CELLS_COLUMNS = (
    *KEYS, "least_gpus", "most_gpus", "least_seconds", "most_seconds", "jobs", "gpu_hours", "gpu_hours_share",
    "jobs_with_wait", "run_share", "rules",
)  # fmt: skip
# Ends of the classes of run time, each counted with the class below; the last class has none.
LENGTHS_SECONDS = (600, 3_600, 3 * 3_600, 12 * 3_600, 24 * 3_600, 72 * 3_600)
_REAL = (
    "_share",
    "_hours",
    "utilisation",
    "load",
    "fragmentation",
    "slowdown_mean",
    "median_seconds",
    "p95_seconds",
    "mean_seconds",
)
DIGITS = 12  # that count: the others are noise of floats
MOST_SIZES = 12  # classes of size on a map

Row = dict[str, Any]


def table(found: Cases) -> pd.DataFrame:
    """A row a replay with the columns TABLE_COLUMNS, and one of the log itself where it records starts.

    run_share: run time over run time plus wait, both summed over the jobs.
    """
    rows: list[Row] = []
    for case in found.cases:
        wait = case.start_seconds - case.log.submit_seconds
        keys = {**_keys(found, case)}
        rows.append({**keys, "run_share": _run_share(case.log.run_seconds, wait), **case.summary})
    log, seen = found.log, observed(found.log, found.tau_seconds)
    known = log.start_seconds >= 0
    if seen["jobs"]:
        rows.append({"policy": LOG, "run_share": _run_share(log.run_seconds[known], log.wait_seconds[known]), **seen})
    return _frame(rows, TABLE_COLUMNS)


def _keys(found: Cases, case: Case) -> Row:
    """What every row of a replay has: its policy and size, and the rules in force beside them."""
    return {"policy": case.policy, "machine_gpus": case.machine_gpus, "rules": found.rules_of(case.policy)}


def _run_share(run: Integers, wait: Integers) -> float:
    """Run time over run time plus wait, both summed over some jobs."""
    return _share(float(run.sum()), float(run.sum() + wait.sum()))


def waits(found: Cases) -> pd.DataFrame:
    """A row a replay and class of size with the columns WAITS_COLUMNS; NaN where a class has no job that fits.

    What does not fit is counted within its class.
    """
    log = found.log
    work = log.run_seconds.astype(np.float64) * log.gpus
    rows = []
    for case in found.cases:
        wait, large = case.start_seconds - case.log.submit_seconds, log.gpus > case.machine_gpus
        for (name, mine), (_, every) in zip(_classes(case.log.gpus), _classes(log.gpus), strict=True):
            keys = {**_keys(found, case), "size_class": name}
            left = {
                "left_out_jobs": int((every & large).sum()),
                "left_out_jobs_share": _share((every & large).sum(), every.sum()),
                "left_out_gpu_hours_share": _share(work[every & large].sum(), work[every].sum()),
            }
            rows.append({**keys, **_waits_of(wait, case.log.run_seconds, mine, found.tau_seconds), **left})
    known = log.start_seconds >= 0
    for name, every in _classes(log.gpus) if known.any() else ():
        seen = _waits_of(log.wait_seconds, log.run_seconds, every & known, found.tau_seconds)
        rows.append({"policy": LOG, "size_class": name, **seen})
    return _frame(rows, WAITS_COLUMNS)


def _waits_of(wait: Integers, run: Integers, mine: Flags, tau_seconds: int) -> Row:
    """Number of some jobs, and their waits where there are any."""
    jobs = int(mine.sum())
    return {"jobs": jobs, **(of_waits(wait[mine], run[mine], tau_seconds) if jobs else {})}


def _classes(gpus: Integers) -> Iterator[tuple[str, Flags]]:
    """Name and jobs [job] of all sizes, then of each class."""
    yield ALL_SIZES, np.ones(len(gpus), np.bool_)
    place = np.searchsorted([least for least, _ in SIZE_CLASSES], gpus, side="right") - 1
    yield from ((name, place == number) for number, (_, name) in enumerate(SIZE_CLASSES))


def starts(found: Cases) -> pd.DataFrame:
    """A row a replay and job, in order of submission within a replay; times on the log's own clock."""
    return pd.concat([_starts_of(case) for case in found.cases], ignore_index=True)


def _starts_of(case: Case) -> pd.DataFrame:
    """The jobs of one replay."""
    log, ids = case.log, case.log.id
    return pd.DataFrame({
        "policy": case.policy,
        "machine_gpus": case.machine_gpus,
        "id": ids if ids.dtype.kind == "i" else ids.tolist(),
        "gpus": log.gpus,
        "submit_seconds": log.submit_seconds,
        "start_seconds": case.start_seconds,
        "end_seconds": case.end_seconds,
    })  # fmt: skip


# --- the map of a site: job size by run time ---


def cells(found: Cases) -> pd.DataFrame:
    """A row a replay (and the log itself), class of size and class of run time that has a job, with CELLS_COLUMNS.

    gpu_hours_share: of all work of the replay or the log. run_share: run time over run time plus wait, summed over the
    `jobs_with_wait` whose start is known. most_gpus and most_seconds belong to the class; the last length has no end.
    """
    log = found.log
    ends = size_ends(int(log.gpus.max()))
    parts = [_cells_of({"policy": LOG}, log, log.wait_seconds, ends)]
    for case in found.cases:
        keys = {**_keys(found, case)}
        parts.append(_cells_of(keys, case.log, case.start_seconds - case.log.submit_seconds, ends))
    return _frame([row for part in parts for row in part], CELLS_COLUMNS)


def size_ends(largest_gpus: int) -> list[int]:
    """The most GPUs of each class of size on a map: powers of 2, or of more where these would be too many classes.

    >>> size_ends(9), len(size_ends(10**9))
    ([1, 2, 4, 8, 16], 11)
    """
    for base in (2, 4, 8):
        ends = [1]
        while ends[-1] < largest_gpus:
            ends.append(ends[-1] * base)
        if len(ends) <= MOST_SIZES:
            break
    return ends


def _cells_of(keys: Row, log: Log, wait: Integers, ends: list[int]) -> list[Row]:
    """The cells of one replay, or of the log, whose waits [job] are -1 where they are not known."""
    columns = len(LENGTHS_SECONDS) + 1
    cell = np.searchsorted(ends, log.gpus) * columns + np.searchsorted(LENGTHS_SECONDS, log.run_seconds)
    known, count = wait >= 0, len(ends) * columns
    run = log.run_seconds.astype(np.float64)
    work = np.bincount(cell, run * log.gpus, count) / SECONDS_PER_HOUR
    jobs, waited = np.bincount(cell, minlength=count), np.bincount(cell, known, count)
    ran, spent = (np.bincount(cell, values * known, count) for values in (run, run + wait))
    bounds = [0, *ends], [0, *LENGTHS_SECONDS, None]
    return [
        {
            **keys,
            "least_gpus": bounds[0][place // columns] + 1,
            "most_gpus": bounds[0][place // columns + 1],
            "least_seconds": bounds[1][place % columns],
            "most_seconds": bounds[1][place % columns + 1],
            "jobs": int(jobs[place]),
            "gpu_hours": float(work[place]),
            "gpu_hours_share": _share(work[place], work.sum()),
            "jobs_with_wait": int(waited[place]),
            "run_share": _share(ran[place], spent[place]),
        }
        for place in np.flatnonzero(jobs)
    ]


def _share(part: float, whole: float) -> float:
    """Part of a whole, NaN where there is none."""
    return float(part / whole) if whole else float("nan")


def _frame(rows: list[Row], columns: tuple[str, ...]) -> pd.DataFrame:
    """Rows as a frame; whole numbers stay whole where a row has none."""
    frame = pd.DataFrame(rows, columns=list(columns))
    whole = [name for name in columns if name.endswith(("jobs", "gpus", "_seconds", "jobs_with_wait"))]
    counted = [name for name in whole if not name.startswith("wait_")]
    real = frame[[name for name in columns if name.endswith(_REAL)]].astype(float)
    kinds = {**dict.fromkeys(counted, "Int64"), **{name: "boolean" for name in columns if name == "overloaded"}}
    return frame.assign(**real.map(_clean)).astype(kinds)


def _clean(value: float) -> float:
    """A number without the noise of its last digits.

    >>> _clean(53782.19999999998), _clean(0.1 + 0.2)
    (53782.2, 0.3)
    """
    return float(f"{value:.{DIGITS}g}")
