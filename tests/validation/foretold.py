"""Waits of logs foretold from other logs, by the generator and the queue alone; no test in here.

`table()` is `data/foretold_waits.csv`. Of a log itself only the size of the machine and its load are used.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from sim.mechanisms.workload import Workload, job_model
from sim.queue.calibration.fit import Sample, core, mixture, sample_of
from sim.queue.calibration.goodness import SEED
from sim.queue.jobs import Integers, Jobs, Reals
from sim.queue.simulate import simulate
from sim.queue.workload.generator import COLUMNS, generate
from sim.queue.workload.patience import NOBODY_HOURS
from sim.queue.workload.rates import Demand
from tests.validation.logs import PLACES, QUEUED, ROOT, fit_of, hours_of, load_of, log_of, real_waits

TABLE = ROOT / "data" / "foretold_waits.csv"
SEEDS = 10
USUAL = Workload().backlog_hours
ROUNDS, CLOSE = 3, 0.02  # of scaling the offered load until the submitted load is the log's
LEVEL = 60  # seconds added to both sides of a ratio: waits below a minute do not differ
HOUR = 3_600
NOTES = {
    "kth": "first year; waits under EASY of its own jobs, not those that its users had",
    "ctc": "first year; waits under EASY of its own jobs",
    "hpc2n": "first year; waits under EASY of its own jobs, not those that its users had",
    "philly": "99 days without users, requests or waits: its jobs under EASY as if its virtual clusters were one "
    "machine, whose 2,490 GPUs are recalled; so nobody waits",
    "eagle": "1,000 jobs of two days by nodes, of which 2,114 are recalled: they fill a quarter of the machine, so "
    "under EASY nobody waits; in fact four did so for more than a minute; the verdict hangs on the seeds: of 100 "
    "tried afterwards the median is 1 s and the mean 13 minutes",
}
SOURCES = {
    "kth": "parallel_workloads", "ctc": "sc15_predictsim", "hpc2n": "parallel_workloads", "philly": "philly_trace",
    "eagle": "nrel_eagle_jobs",
}  # fmt: skip
POOLED = (
    "hourly_spread", "daily_spread", "daily_persistence", "batch_single_share", "batch_tail", "batch_longest",
    "gap_zero_share", "gap_log_mean", "gap_log_spread", "batch_machine_days", "batch_size_correlation", "users",
    "user_spread", "within_share", "size_run_correlation", "wall_limit_hours", "request_log_slope",
    "request_log_mean", "request_log_spread", "hit_limit_share",
)  # fmt: skip


def pooled(names: list[str]) -> Workload:
    """One workload out of several logs: means of numbers, run times and parts of the machine with equal weights."""
    fits = [fit_of(name) for name in names]
    samples: list[Sample] = [sample_of(log_of(n).jobs(), PLACES[n].gpus, 0, True) for n in names]
    share = np.linspace(0, 1, 100)
    runs = np.concatenate([np.quantile(np.log(s.run[s.one]), (np.arange(5_000) + 0.5) / 5_000) for s in samples])
    part = [np.quantile(s.gpus[s.one] / s.machine, (np.arange(5_000) + 0.5) / 5_000) for s in samples]
    distributions = mixture(runs)
    numbers = {name: float(np.mean([getattr(fit, name) for fit in fits])) for name in POOLED}
    return replace(
        Workload(pattern="campaigns", run_law="mixture", size_law="fractions", beyond_limit="none"),
        **numbers,
        mixture_shares=tuple(distributions[0]), mixture_log_means=tuple(distributions[1]),
        mixture_log_spreads=tuple(distributions[2]),
        fraction_quantiles=tuple(share), machine_fractions=tuple(np.quantile(np.concatenate(part), share)),
        hour_profile=tuple(np.mean([fit.hour_profile for fit in fits], axis=0)),
        weekday_profile=tuple(np.mean([fit.weekday_profile for fit in fits], axis=0)),
    )  # fmt: skip


@dataclass(frozen=True)
class Foretold:
    """What one seed foretells of a log."""

    waits: Integers  # of the jobs submitted, seconds
    withdrawn: float  # part of the work brought
    carried: float  # GPUs kept busy by what was submitted


def behind_queue(workload: Workload, gpus: int, load: float, hours: int, seed: int) -> Foretold:
    """Jobs of a workload under EASY, of which users keep some to themselves. load: brought, in GPUs kept busy."""
    chunks = [chunk.jobs for chunk in generate(Demand(gpus, hours, np.array([load])), job_model(workload), SEED, seed)]
    jobs = Jobs(**{name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in COLUMNS})
    schedule = simulate(jobs, gpus, engine="compiled")
    work = jobs.work_seconds.astype(float) * jobs.gpus
    kept = work[~schedule.withdrawn].sum()
    return Foretold(
        schedule.wait_seconds[~schedule.withdrawn], float(1 - kept / work.sum()), float(kept / (hours * HOUR))
    )


@cache
def left_out(name: str, backlog_hours: float = USUAL, seeds: int = SEEDS) -> tuple[Foretold, ...]:
    """A log foretold from the others and its own size and load [seed]: what is submitted is as much as in the log."""
    jobs, gpus = core(log_of(name).jobs()), PLACES[name].gpus
    workload = replace(pooled([other for other in QUEUED if other != name]), backlog_hours=backlog_hours)
    results = []
    for seed in range(seeds):
        asked = wanted = load_of(jobs)
        for _ in range(ROUNDS + 1):  # a log shows the load that was submitted, not what was withdrawn before
            found = behind_queue(workload, gpus, asked, hours_of(jobs), seed)
            if abs(found.carried / wanted - 1) < CLOSE:
                break
            asked *= wanted / found.carried
        results.append(found)
    return tuple(results)


def nobody_put_off(name: str) -> tuple[Foretold, ...]:
    """The same where no queue is too long for anybody."""
    return left_out(name, NOBODY_HOURS)


MEASURES = {"mean": lambda waits: float(waits.mean()), "p95": lambda waits: float(np.quantile(waits, 0.95))}


def ratio(foretold_seconds: float, real_seconds: float) -> float:
    """Foretold over real; waits below a minute do not differ.

    >>> ratio(60, 0), ratio(7140, 3540)
    (2.0, 2.0)
    """
    return (foretold_seconds + LEVEL) / (real_seconds + LEVEL)


def row(name: str) -> dict[str, str]:
    """One log: waits in hours, the median over seeds and their 10th and 90th percentiles."""
    found, real, jobs = left_out(name), real_waits(name), core(log_of(name).jobs())
    columns = {"id": name, "log": PLACES[name].label, "gpus": str(PLACES[name].gpus), "jobs": str(len(jobs))}
    columns |= {"load_ratio": f"{load_of(jobs) / PLACES[name].gpus:.3g}", "seeds": str(len(found))}
    for measure, of in MEASURES.items():
        ours: Reals = np.array([of(one.waits) for one in found])
        low, middle, high = np.quantile(ours, (0.1, 0.5, 0.9))
        columns[f"real_{measure}"] = f"{of(real) / HOUR:.4g}"
        for title, value in (("", middle), ("_low", low), ("_high", high)):
            columns[f"foretold_{measure}{title}"] = f"{value / HOUR:.4g}"
        columns[f"{measure}_ratio"] = f"{ratio(float(middle), of(real)):.4g}"
    withdrawn = float(np.median([one.withdrawn for one in found]))
    known = {"source": SOURCES[name], "basis": "derived", "note": NOTES[name]}
    return columns | {"withdrawn": f"{withdrawn:.3g}"} | known


def write_table() -> None:
    """Make the table anew."""
    rows = [row(name) for name in PLACES]
    with TABLE.open("w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
