"""How well the generator imitates a log: quantiles, counts and distances, generated over real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.queue.jobs import Jobs, Reals
from sim.queue.workload.generator import generate
from sim.queue.workload.kernel import DRAWN
from sim.queue.workload.model import JobModel
from sim.queue.workload.rates import Demand

HOUR, DAY = 3_600, 86_400
REPLICATIONS = 4
MOST_JOBS = 500_000  # generated in one replication: enough for the quantiles of a log of any length
SEED = 20_261


class JobColumns(NamedTuple):
    """Jobs as statistics see them, [job]."""

    submit: Reals
    run: Reals
    gpus: Reals
    user: Reals


@dataclass(frozen=True)
class Row:
    """One statistic of the log and of what was generated."""

    name: str
    real: float
    generated: float
    n: int

    def text(self) -> str:
        """A line of a table; a distance has no ratio."""
        if self.name.startswith("KS"):
            return f"{self.name:<28} {self.generated:10.3f}  (n = {self.n:,})"
        ratio = self.generated / self.real if self.real else float("nan")
        return f"{self.name:<28} {self.real:12.5g} real {self.generated:12.5g} generated  ratio {ratio:.2f}"


def quantile_of(name: str, share: float) -> Callable[[JobColumns], float]:
    """A quantile of one column."""
    return lambda sample: float(np.quantile(getattr(sample, name), share))


def per_day(sample: JobColumns) -> float:
    """Jobs a day."""
    return sample.submit.size / max(float(sample.submit[-1] - sample.submit[0]) / DAY, 1e-9)


def interarrival_variation(sample: JobColumns) -> float:
    """Coefficient of variation of the time between submissions."""
    gap = np.diff(sample.submit)
    return float(gap.std() / gap.mean()) if gap.size and gap.mean() > 0 else float("nan")


def hourly_dispersion(sample: JobColumns) -> float:
    """Variance over mean of hourly counts."""
    count = np.bincount(((sample.submit - sample.submit[0]) // HOUR).astype(np.int64))
    return float(count.var() / count.mean())


def day_variation(sample: JobColumns) -> float:
    """Coefficient of variation of daily counts, the first and the last day left out."""
    count = np.bincount(((sample.submit - sample.submit[0]) // DAY).astype(np.int64))[1:-1]
    return float(count.std() / count.mean()) if count.size and count.mean() else float("nan")


def top_tenth_work(sample: JobColumns) -> float:
    """Part of the work in the tenth of the jobs that have most of it."""
    work = np.sort(sample.run * sample.gpus)
    return float(work[-max(work.size // 10, 1) :].sum() / work.sum())


def gini_by_user(sample: JobColumns) -> float:
    """Gini coefficient of jobs by user."""
    count = np.sort(np.unique(sample.user, return_counts=True)[1]).astype(float)
    rank = np.arange(1, count.size + 1)
    return float((2 * rank - count.size - 1).dot(count) / (count.size * count.sum()))


STATISTICS: dict[str, Callable[[JobColumns], float]] = {
    "jobs a day": per_day,
    "interarrival CV": interarrival_variation,
    "hourly variance over mean": hourly_dispersion,
    "daily count CV": day_variation,
    **{f"run time p{share * 100:.0f}, s": quantile_of("run", share) for share in (0.1, 0.5, 0.9, 0.99)},
    "run time mean, s": lambda sample: float(sample.run.mean()),
    "size mean, GPUs": lambda sample: float(sample.gpus.mean()),
    **{f"size p{share * 100:.0f}, GPUs": quantile_of("gpus", share) for share in (0.9, 0.99)},
    "work mean, GPU-s": lambda sample: float((sample.run * sample.gpus).mean()),
    "work of top tenth of jobs": top_tenth_work,
    "Gini of jobs by user": gini_by_user,
}


def job_columns(jobs: Jobs) -> JobColumns:
    """A look at jobs."""
    columns = (jobs.submit_seconds, jobs.work_seconds, jobs.gpus, jobs.user)
    return JobColumns(*(column.astype(np.float64) for column in columns))


def generated(model: JobModel, machine: int, load: float, hours: int, replication: int, seed: int = SEED) -> Jobs:
    """One replication of jobs at `load` GPUs kept busy, at most `MOST_JOBS`."""
    taken: list[Jobs] = []
    for chunk in generate(Demand(machine, hours, np.array([load])), model, seed, replication):
        taken.append(chunk.jobs)
        if sum(map(len, taken)) >= MOST_JOBS:
            break
    return Jobs(*(np.concatenate([getattr(jobs, name) for jobs in taken]) for name in DRAWN))


def distance(one: Reals, other: Reals) -> float:
    """Kolmogorov and Smirnov's distance of two samples."""
    points = np.unique(np.concatenate([one, other]))
    below = [np.searchsorted(np.sort(v), points, side="right") / v.size for v in (one, other)]
    return float(np.abs(below[0] - below[1]).max())


def compared(jobs: Jobs, model: JobModel, machine: int, replications: int = REPLICATIONS) -> list[Row]:
    """Statistics of the log against the median over replications of the generator at the same load."""
    real = job_columns(jobs)
    span = float(real.submit[-1] - real.submit[0])
    load = float(real.run @ real.gpus) / span
    hours = max(int(np.ceil(span / HOUR)), 1)
    samples = [job_columns(generated(model, machine, load, hours, number)) for number in range(replications)]
    rows = [
        Row(name, measure(real), float(np.median([measure(sample) for sample in samples])), real.run.size)
        for name, measure in STATISTICS.items()
    ]
    for column in ("run", "gpus"):
        far = [distance(getattr(real, column), getattr(sample, column)) for sample in samples]
        words = {"run": "KS distance, run time", "gpus": "KS distance, size"}[column]
        rows.append(Row(words, float("nan"), float(np.median(far)), real.run.size))
    return rows
