"""Regeneration of the table of instant waits: windows of the queue on a grid, and between its nodes.

`regenerate()` writes `data/instant_waits.csv` from a fixed seed: the same numbers on every machine.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.mechanisms.workload import Queueing, Workload
from sim.queue.analysis.replications import mean_of_replications
from sim.queue.simulate import simulate
from sim.sources import share
from sim.waits.instant import AXES, STATISTICS, TABLE
from sim.waits.statistics import CONFIDENCE, Row
from sim.waits.windows import Offer, statistics, window_arrivals

SEED = 1
CORES = 2


class Grid(NamedTuple):
    """Nodes of the table, points between them, and replications of each."""

    loads: tuple[float, ...]
    machines_gpus: tuple[float, ...]
    walls_hours: tuple[float, ...]
    means_gpus: dict[str, tuple[float, ...]]  # by discipline
    replications: int
    held_out: tuple[tuple[float, ...], ...]  # in the order of AXES


LOADS = (0.3, 0.6, 0.8, 0.9, 1.0, 1.12, 1.3)
MACHINES_GPUS = (150.0, 400.0, 1500.0, 8000.0, 50_000.0)
WALLS_HOURS = (4.0, 24.0, 168.0)
# Of Philly, Helios and Kalos, and others between: backfilled small jobs make the median of an overloaded machine fall
# tenfold from 4 to 10 GPUs a job, while its mean rises. Without backfill fewer are needed.
MEANS_GPUS = {"easy": (1.93, 3.72, 5.5, 8.5, 14.0, 26.8), "fcfs": (1.93, 3.72, 8.5, 26.8)}
BETWEEN = tuple(
    (load, *rest)
    for load in (0.45, 0.7, 0.85, 0.95, 1.06, 1.2)
    for rest in (
        *((250.0, 10.0, 3.72), (800.0, 24.0, 3.72), (250.0, 24.0, 2.7), (3500.0, 64.0, 10.0), (3500.0, 24.0, 3.72)),
        *((800.0, 10.0, 7.0), (800.0, 64.0, 6.5), (3500.0, 10.0, 18.0), (1000.0, 24.0, 11.0), (5000.0, 100.0, 4.6)),
        *((20_000.0, 24.0, 3.72), (20_000.0, 12.0, 10.0)),
    )
)
HELD_OUT_TIMES = 2  # replications of a point between the nodes, over those of a node: its errors are small
LARGE_GPUS, LARGE_SHARE = 10_000, 0.4  # large machines take long to fill with jobs and differ little from run to run
GRIDS = {
    "small": Grid((0.3, 0.7, 1.3), (150.0, 800.0), (4.0, 24.0), dict.fromkeys(MEANS_GPUS, (3.72, 8.0)), 2,
                  BETWEEN[::12]),
    "coarse": Grid(LOADS, MACHINES_GPUS, WALLS_HOURS, MEANS_GPUS, 10, BETWEEN),
    "fine": Grid(
        (0.3, 0.5, 0.65, 0.75, 0.82, 0.9, 0.96, 1.0, 1.1, 1.3),
        (150.0, 250.0, 450.0, 900.0, 2000.0, 5000.0, 12_000.0, 30_000.0),
        (4.0, 12.0, 24.0, 72.0, 168.0), MEANS_GPUS, 30, BETWEEN,
    ),
}  # fmt: skip


class Cell(NamedTuple):
    """One row to be simulated."""

    role: str
    discipline: str
    load_ratio: float
    gpus: float
    wall_limit_hours: float
    mean_gpus: float
    replications: int
    jobs: int


def cells(grid: Grid, jobs: int) -> Iterator[Cell]:
    """Every node, and every held-out point, of every discipline that the table holds."""
    for discipline, means in grid.means_gpus.items():
        nodes = (("node", at) for at in product(grid.loads, grid.machines_gpus, grid.walls_hours, means))
        for role, (load, gpus, wall, mean) in (*nodes, *(("held_out", at) for at in grid.held_out)):
            times = (HELD_OUT_TIMES if role == "held_out" else 1) * (LARGE_SHARE if gpus > LARGE_GPUS else 1)
            yield Cell(role, discipline, load, gpus, wall, mean, max(round(grid.replications * times), 2), jobs)


def window(cell: Cell, replication: int) -> Row:
    """Statistics of one window, on a machine without failures: hours, or a ratio."""
    workload = Workload(mean_gpus=cell.mean_gpus, wall_limit_hours=cell.wall_limit_hours)
    gpus = int(cell.gpus)
    warm_up = round(cell.jobs * Queueing().warm_up_share)
    offer = Offer(cell.load_ratio * gpus, np.array([1.0]), cell.jobs + warm_up)
    arrivals = window_arrivals(offer, workload, SEED, replication)
    jobs = arrivals.jobs
    schedule = simulate(jobs, gpus, discipline=cell.discipline)
    return statistics(jobs, schedule, arrivals.running + warm_up)


def row(cell: Cell) -> dict[str, str]:
    """One row of the table: means over replications and their half-widths."""
    windows = [window(cell, replication) for replication in range(cell.replications)]
    point = (cell.load_ratio, cell.gpus, cell.wall_limit_hours, cell.mean_gpus)
    numbers: dict[str, float] = dict(zip(AXES, point, strict=True))
    numbers |= {"replications": cell.replications, "jobs": cell.jobs}
    for name in STATISTICS:
        found = mean_of_replications(np.array([values[name] for values in windows]), CONFIDENCE)
        numbers |= {name: found.estimate, f"{name}_half_width": found.half_width}
    return {
        "id": ":".join([cell.discipline, *(f"{number:g}" for number in point)]),
        "role": cell.role,
        "discipline": cell.discipline,
        **{name: f"{number:.6g}" for name, number in numbers.items()},
        "source": "own_derivation;acmetrace",
        "basis": "derived",
        "note": "",
    }


def regenerate(
    size: str = "coarse",
    path: Path | None = None,
    *,
    jobs: int | None = None,
    cores: int = CORES,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Write the table of a grid (`small`, `coarse` or `fine`) to `path`, by default where the package reads it.

    coarse: 1,194 rows of ten windows. fine: 4,144 rows of thirty, for a narrower band. small: to try the program.

    jobs: measured in each window; by default as many as the queue's own windows have.
    """
    if size not in GRIDS:
        raise ValueError(f"size = {size!r}: must be one of {', '.join(map(repr, GRIDS))}")
    path = share("data") / TABLE if path is None else path
    todo = list(cells(GRIDS[size], int(Queueing().window_jobs) if jobs is None else jobs))
    rows = []
    with ProcessPoolExecutor(cores, mp_context=get_context("forkserver")) as pool:
        for done, result in enumerate(pool.map(row, todo), 1):
            rows.append(result)
            progress(done, len(todo))
    with path.open("w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
