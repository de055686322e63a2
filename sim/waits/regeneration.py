"""Regeneration of the response surface of the queue: windows at the points of a design that covers the axes evenly.

`regenerate()` writes `data/wait_surface.csv`. A row is a point with its windows, under a digest of the code that
simulates them, so that a run that was broken off goes on where it stopped and a row of other code is made anew.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.mechanisms.demand import TIERS
from sim.mechanisms.reliability import Reliability
from sim.mechanisms.workload import Queueing, Workload, job_model
from sim.parameters import Array
from sim.queue.disciplines.priority import Priority
from sim.queue.disciplines.rules import Rules
from sim.queue.pools import Pool
from sim.queue.surface import ANSWERS, AXES, DESIGN, STATISTICS, TABLE, Surface
from sim.sources import share
from sim.units import GPUS_PER_NODE
from sim.waits.machine import checkpoint_seconds, window_failures

SEED = 1
CORES = 2
DISCIPLINES = ("easy", "fcfs", "multifactor", "sjf")  # conservative backfilling takes hours under overload
SIZES = {"small": 16, "coarse": 512, "fine": 4096}  # points of each discipline
FEW_JOBS, FEWEST, MOST = 400, 1, 4  # a machine of so many mean jobs has one window more than a large one
LEAST_GPUS = 64
# mean jobs of the largest machine under rules by which every pass looks at the whole queue; larger ones count as it
MOST_MEAN_JOBS = {"multifactor": 250.0, "sjf": 1000.0}
MISSES = tuple(f"{name}_miss" for name in ANSWERS)
COLUMNS = ("id", "code", "discipline", "role", *AXES, "windows", *STATISTICS, *MISSES, "source", "basis", "note")
# what simulates a row
_SOURCES = (
    *("queue/kernel/*.py", "queue/disciplines/*.py", "queue/workload/*.py", "queue/pools.py", "queue/jobs.py"),
    *("waits/stream.py", "waits/recorded.py", "waits/tally.py", "waits/windows.py", "streams.py"),
)
Setting = dict[str, float]


class Point(NamedTuple):
    """One row to be simulated."""

    discipline: str
    role: str  # that of the design, or another, for points that the surface does not see
    number: int

    @property
    def key(self) -> str:
        """The name of the row."""
        return f"{self.discipline}:{self.role}:{self.number}"

    def setting(self) -> Setting:
        """Where on the axes the point lies, to three digits."""
        parts = design(self.role, self.number.bit_length())[self.number]
        setting = {
            name: float(f"{axis.value(part):.3g}") for (name, axis), part in zip(AXES.items(), parts, strict=True)
        }
        most = MOST_MEAN_JOBS.get(self.discipline, setting["machine_jobs"])
        return setting | {"machine_jobs": min(setting["machine_jobs"], most)}


@cache
def design(role: str, doublings: int) -> Array:
    """Points of the unit cube [point, axis]: a Sobol' sequence, so that more of them leave the first where they are."""
    from scipy.stats import qmc

    sampler = qmc.Sobol(len(AXES), rng=np.random.default_rng([SEED, role != DESIGN]))
    return np.asarray(sampler.random_base2(doublings))


def simulated_rows(setting: Setting, discipline: str, windows: int) -> list[dict[str, float]]:
    """Statistics of each window at a setting: of the load that came, which differs from the one asked for."""
    # The compiler takes longer to load than most commands take to run: it is loaded by those who need it.
    from sim.queue.workload.generator import accounts_of, generate
    from sim.queue.workload.rates import Demand
    from sim.waits.stream import run_stream
    from sim.waits.tally import Tally, tally_row
    from sim.waits.windows import MEASURED, Span

    workload = Workload(
        mean_gpus=setting["mean_gpus"], wall_limit_hours=setting["wall_limit_hours"],
        burstiness_ratio=setting["burstiness_ratio"], backlog_hours=setting["backlog_hours"],
    )  # fmt: skip
    model = job_model(workload)
    span = Span.of(Queueing(), model)
    nodes = max(round(setting["machine_jobs"] * setting["mean_gpus"] / GPUS_PER_NODE), LEAST_GPUS // GPUS_PER_NODE)
    gpus, repair_hours = nodes * GPUS_PER_NODE, Reliability().repair_hours
    reliability = Reliability(interruptions_per_gpu_hour=setting["broken_share"] / (GPUS_PER_NODE * repair_hours))
    rate = reliability.interruptions_per_gpu_hour
    accounts = tuple(accounts_of(model, len(TIERS)).tolist())
    priority = Priority(largest_gpus=gpus, accounts=accounts) if discipline == "multifactor" else None
    saved = checkpoint_seconds(workload, reliability)
    rules = Rules(discipline, priority=priority, checkpoint_seconds=saved)  # type: ignore[arg-type]
    rows = []
    for number in range(windows):
        demand = Demand(gpus, span.hours, np.array([setting["load_ratio"] * gpus]), first_day=2 * number)
        chunks = (chunk.jobs for chunk in generate(demand, model, SEED, number))
        tally = Tally(span.ends)
        run_stream(
            chunks, [Pool(gpus)], rules, window_failures(gpus, span.hours, rate, repair_hours, SEED, number), tally
        )
        row = tally_row(tally, np.array([MEASURED]), np.full(len(span.ends), gpus), np.zeros(len(span.ends)))
        if row is not None:
            brought = float(tally.work[MEASURED] + tally.withdrawn[MEASURED]) / float(tally.up[MEASURED])
            rows.append({name: float(row[name]) for name in STATISTICS if name != "brought"} | {"brought": brought})
    return rows


def windows_of(setting: Setting) -> int:
    """Windows of a point: small machines differ more from one to the next, and take less time."""
    return int(np.clip(round(FEW_JOBS / setting["machine_jobs"]), FEWEST, MOST))


def row_of(point: Point) -> dict[str, str]:
    """One row of the table: means over its windows."""
    setting = point.setting()
    windows = windows_of(setting)
    found = simulated_rows(setting, point.discipline, windows)
    numbers = {name: float(np.mean([one[name] for one in found])) for name in STATISTICS}
    return {
        "id": point.key, "code": code_digest(), "discipline": point.discipline, "role": point.role,
        **{name: f"{value:g}" for name, value in setting.items()},
        "windows": str(windows), **{name: f"{value:.5g}" for name, value in numbers.items()},
        **dict.fromkeys(MISSES, ""), "source": "own_derivation;acmetrace;sc15_predictsim", "basis": "derived",
        "note": "",
    }  # fmt: skip


@cache
def code_digest() -> str:
    """Digest of the code that simulates a row."""
    root = Path(__file__).resolve().parents[1]
    paths = sorted(path for pattern in _SOURCES for path in root.glob(pattern))
    return sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:12]


def points(size: str) -> Iterator[Point]:
    """The points of a design of that size, discipline by discipline at every point."""
    for number in range(SIZES[size]):
        yield from (Point(discipline, DESIGN, number) for discipline in DISCIPLINES)


def regenerate(
    size: str = "coarse",
    path: Path | None = None,
    *,
    cores: int = CORES,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Write the table of a design (`small`, `coarse` or `fine`) to `path`, by default where the package reads it.

    Rows are added as they come. A run that was broken off goes on: rows that the same code has made are kept.
    """
    if size not in SIZES:
        raise ValueError(f"size = {size!r}: must be one of {', '.join(map(repr, SIZES))}")
    path = share("data") / TABLE if path is None else path
    wanted = list(points(size))
    done = {row["id"]: row for row in read(path) if row["code"] == code_digest()}
    todo = [point for point in wanted if point.key not in done]
    begin(path, [done[point.key] for point in wanted if point.key in done])
    with ProcessPoolExecutor(cores, mp_context=get_context("forkserver")) as pool, path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        for number, row in enumerate(pool.map(row_of, todo), 1):
            done[row["id"]] = row
            writer.writerow(row)
            file.flush()
            progress(len(wanted) - len(todo) + number, len(wanted))
    begin(path, with_misses([done[point.key] for point in wanted]))
    return path


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a table that are whole; none where there is no such table."""
    try:
        with path.open(encoding="utf8", newline="") as file:
            return [row for row in csv.DictReader(file) if row.get("note") is not None]
    except FileNotFoundError:
        return []


def begin(path: Path, rows: list[dict[str, str]]) -> None:
    """Write a table of these rows, whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)


def with_misses(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows, each with what the surface of its discipline misses it by when it is left out."""
    for discipline in DISCIPLINES:
        ours = [row for row in rows if row["discipline"] == discipline]
        for row, misses in zip(ours, Surface(ours).left_out().tolist(), strict=True):
            row.update({name: f"{miss:.4g}" for name, miss in zip(MISSES, misses, strict=True)})
    return rows
