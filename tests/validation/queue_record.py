"""The queue held against clusters and directions that are published: data/queue_record.csv; no test in here.

Run it to write the table anew, in about ten minutes: python -m tests.validation.queue_record
It needs the state of Helios Earth among the logs, see `logs`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from functools import cache, partial

import numpy as np

from sim.mechanisms.workload import Workload
from sim.queue.jobs import Reals
from sim.sources import rows
from tests.validation.directions import backfilled, fuller, fuller_by_surface, larger, shared_nodes
from tests.validation.logs import ROOT, TRACES, columns_of
from tests.validation.machine_runs import (
    WINDOWS,
    Found,
    Part,
    Window,
    at_use,
    over_windows,
    pending_share,
    spread,
    window,
)

TABLE = ROOT / "data" / "queue_record.csv"
COLUMNS = ("id", "quantity", "value", "low", "high", "unit", "ours", "ours_low", "ours_high", "source", "basis", "note")


# ------------------------------------------------------------------------------------------------- Helios Earth

EARTH = TRACES / "helios_earth_2020_vc_state_10min.parquet"
FRIDAY = 4  # 1 May 2020


def earth() -> dict[int, tuple[int, float]]:
    """GPUs of each virtual cluster and the part of them that was allocated, by its number."""
    column = columns_of(EARTH)
    found = {}
    for number in range(int(column["vc"].max()) + 1):
        here = column["vc"] == number
        gpus = column["total_gpu_num"][here].mean()
        found[number] = (round(gpus), float(column["running_gpu_num"][here].mean() / gpus))
    return found


def earth_pending() -> float:
    """Part of the ten-minute steps in which a job was pending anywhere."""
    column = columns_of(EARTH)
    pending = np.bincount(np.unique(column["time"], return_inverse=True)[1], column["pending_gpujob_num"])
    return float((pending > 0).mean())


def earth_pending_each() -> float:
    """The same of one virtual cluster, the mean over them."""
    column = columns_of(EARTH)
    steps, pending = np.bincount(column["vc"]), np.bincount(column["vc"], column["pending_gpujob_num"] > 0)
    return float((pending / steps).mean())


def share_pending(machines: list[list[Part]]) -> Reals:
    """Part of the time in which a job waits on one of the machines [window]; machines [machine][window]."""
    found = []
    for parts in zip(*machines, strict=True):
        waits = np.concatenate([each.waits for each in parts], axis=1)
        found.append(pending_share(waits, parts[0].begin, parts[0].end))
    return np.array(found)


def one_machine() -> Found:
    """Helios Earth as if it were one machine."""
    every = earth().values()
    gpus = sum(gpus for gpus, _ in every)
    used = sum(gpus * share for gpus, share in every) / gpus
    parts = at_use(Workload(), gpus, used, FRIDAY, list(range(2 * WINDOWS)))
    return over_windows(share_pending([parts]), f"one machine of {gpus} GPUs; {_used([parts])}")


@cache
def clusters() -> list[list[Part]]:
    """The virtual clusters [machine][window], each a machine of its own with its own load."""
    return [
        at_use(Workload(), gpus, used, FRIDAY, [100 * number + window for window in range(2 * WINDOWS)])
        for number, (gpus, used) in earth().items()
    ]


def virtual_clusters() -> Found:
    """Helios Earth as the machines that it is divided into: whether a job waits on any of them."""
    return over_windows(share_pending(clusters()), f"{len(clusters())} virtual clusters; {_used(clusters())}")


def each_cluster() -> Found:
    """The same of one of them, the mean over all."""
    shares = np.array([share_pending([parts]) for parts in clusters()])
    return over_windows(shares.mean(axis=0), f"{len(clusters())} virtual clusters; {_used(clusters())}")


def _used(machines: list[list[Part]]) -> str:
    """How full the machines were."""
    busy = sum(each.used * each.gpus for parts in machines for each in parts)
    return f"{busy / sum(each.gpus for parts in machines for each in parts):.3f} of the GPUs used"


# ------------------------------------------------------------------------------------------- published summaries

GPUS = {"philly": 2_490, "helios": 6_218, "seren": 2_288, "kalos": 2_416, "pai": 6_742}
STEP, HIGHEST = 0.05, 1.5  # of the load brought


def published(preset: str) -> tuple[float, float]:
    """Mean wait over mean run, and median over mean wait."""
    row = next(row for row in rows("workload_presets.csv") if row["id"] == preset)
    run, mean, median = (float(row[name]) for name in ("run_mean_s", "queue_mean_s", "queue_median_s"))
    return mean / run, median / mean


@cache
def ladder(preset: str) -> tuple[tuple[Window, ...], ...]:
    """Windows of a cluster [load, window] under rising loads, until all of them wait longer than is published."""
    found: list[tuple[Window, ...]] = []
    load, wanted = STEP, published(preset)[0]
    while load < HIGHEST and not (found and all(one.mean / one.run > wanted for one in found[-1])):
        found.append(tuple(window(Workload(preset=preset), GPUS[preset], load, n) for n in range(WINDOWS)))
        load += STEP
    return tuple(found)


def crossing(loads: Reals, waits: Reals, wanted: float) -> float:
    """The first load at which waits, over mean run, reach what is wanted: between two by straight line; else NaN.

    >>> crossing(np.array([0.5, 0.7]), np.array([0.0, 0.2]), 0.1)
    0.6
    """
    above = np.flatnonzero(waits >= wanted)
    if not above.size or above[0] == 0:
        return float("nan")
    at = slice(above[0] - 1, above[0] + 1)
    return float(np.interp(wanted, waits[at], loads[at]))


def _column(preset: str, of: Callable[[Window], float]) -> Reals:
    """A number of each window [load, window]."""
    return np.array([[of(one) for one in windows] for windows in ladder(preset)])


def load_that_waits(preset: str) -> Found:
    """GPU-hours submitted over hours up, at which mean wait over mean run is as published."""
    loads = _column(preset, lambda one: one.submitted)
    waits, wanted = _column(preset, lambda one: one.mean / one.run), published(preset)[0]
    each = [crossing(loads[:, n], waits[:, n], wanted) for n in range(WINDOWS)]
    note = f"{GPUS[preset]:,} GPUs in one machine; mean wait over mean run {wanted:.3f}"
    return Found(crossing(loads.mean(axis=1), waits.mean(axis=1), wanted), *spread(np.array(each)), note)


def median_over_mean(preset: str) -> Found:
    """Median over mean wait at that load."""
    waits = _column(preset, lambda one: one.mean / one.run)
    median, mean = (_column(preset, of) for of in (lambda one: one.median, lambda one: one.mean))
    level = waits.mean(axis=1)
    here = float(np.interp(published(preset)[0], level, median.mean(axis=1) / np.maximum(mean.mean(axis=1), 1e-9)))
    at = int(np.abs(level - published(preset)[0]).argmin())
    return Found(here, *spread(median[at] / np.maximum(mean[at], 1e-9)), "at the load of the row before")


# ------------------------------------------------------------------------------------------------------ the table


def foretold() -> Found:
    """Part of the logs whose mean waits were foretold within a factor of two."""
    ratios = np.array([float(row["mean_ratio"]) for row in rows("foretold_waits.csv")])
    share = float((np.abs(np.log(ratios)) <= np.log(2)).mean())
    return Found(share, share, share, f"of {ratios.size} logs, by foretold_waits.csv")


NOBODY_KNOWS = Found(float("nan"), float("nan"), float("nan"))
Row = tuple[str, str, tuple[float, float, float], str, Callable[[], Found], str, str]


def declared() -> Iterator[Row]:
    """Rows: id, quantity, published value with the range to be met, unit, what gives ours, sources, remark."""
    pending = earth_pending()
    each = earth_pending_each()
    for name, of, real in (
        ("one_machine", one_machine, pending), ("virtual_clusters", virtual_clusters, pending),
        ("each_cluster", each_cluster, each),
    ):  # fmt: skip
        meant = (real, max(real - 0.25, 0.0), min(real + 0.25, 1.0))
        quantity = "share of the time with a job pending, as " + name.replace("_", " ")
        yield f"helios_earth.{name}", quantity, meant, "fraction", of, "helios_artifact", "May 2020"
    for preset in GPUS:
        source = "acmetrace"
        of_load, of_shape = partial(load_that_waits, preset), partial(median_over_mean, preset)
        quantity = "load at which mean wait over mean run is as published"
        usual = "that such a cluster carries 0.75 to 0.95 is assumed, its GPUs are recalled"
        yield f"{preset}.load", quantity, (0.85, 0.75, 0.95), "ratio", of_load, source, usual
        shape = (published(preset)[1], 0, 0.1)
        yield f"{preset}.shape", "median over mean wait", shape, "ratio", of_shape, source, ""
    yield (
        "foretold.within_two",
        "logs foretold within twice or half",
        (0.8, 0.8, 1),
        "fraction",
        foretold,
        "own_derivation",
        "",
    )
    less = (1.0, 0.0, 1.0)
    yield (
        "sharing", "time for a workload with shared nodes over whole ones", (1 / 1.45, 0, 1), "ratio", shared_nodes,
        "programmes:N017", "published: 45 % more time without sharing, of other jobs",
    )  # fmt: skip
    yield (
        "malleable", "waits where jobs change their size over those where none does", (0.14, 0.01, 0.27), "ratio",
        lambda: NOBODY_KNOWS, "programmes:N018", "not modelled: no job of this project changes its size",
    )  # fmt: skip
    yield "backfilling", "mean wait with over without", less, "ratio", backfilled, "mualem_feitelson_2001", ""
    yield (
        "larger",
        "mean wait on the larger of two machines over the smaller",
        less,
        "ratio",
        larger,
        "general_knowledge",
        "",
    )
    for name, of in (("fuller.queue", fuller), ("fuller.surface", fuller_by_surface)):
        yield name, "mean wait on a machine less full over a fuller one", less, "ratio", of, "general_knowledge", ""


def cells(row: Row) -> dict[str, str]:
    """A row of the table."""
    key, quantity, meant, unit, of, source, remark = row
    found = of()
    numbers = dict(zip(("value", "low", "high"), (f"{value:.4g}" for value in meant), strict=True))
    ours = {"ours": found.ours, "ours_low": found.low, "ours_high": found.high}
    numbers |= {name: f"{value:.4g}" if np.isfinite(value) else "" for name, value in ours.items()}
    note = "; ".join(filter(None, [found.note, remark]))
    known = {"source": source, "basis": "assumed" if "is assumed" in remark else "derived", "note": note}
    return {"id": key, "quantity": quantity, "unit": unit, **numbers, **known}


def write_table() -> None:
    """Make the table anew."""
    with TABLE.open("w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in declared():
            writer.writerow(cells(row))
            file.flush()


if __name__ == "__main__":
    write_table()
