"""Waits at once: a table fitted by the queue itself, interpolated; a preview until the queue has run.

`instant_waits.csv` holds what windows of the queue gave at the nodes of a grid over load, machine, wall limit, size of
the jobs and discipline, and at points between the nodes, by which the error of the interpolation is known. Formulas for
queues of single servers are of no use here: jobs that need many GPUs at once wait several times as long as they say.
Above a load of one there is no steady state: the backlog grows, and the table holds for windows as long as its own.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import NamedTuple

import numpy as np

from sim.mechanisms.workload import Queueing, Workload
from sim.parameters import Array
from sim.sources import share

TABLE = "instant_waits.csv"
STEEPEST = 3  # times the first secant: where a curve that turns may begin without overshooting
AXES = ("load_ratio", "gpus", "wall_limit_hours", "mean_gpus")
STATISTICS = ("median", "mean", "p95", "slowdown")
MINUTE_HOURS = 1 / 60  # differences of waits below a minute do not count
SECOND_HOURS = MINUTE_HOURS / 60  # the queue's clock: waits are whole seconds
REGIMES = (0.8, 1.03)  # loads from which on the interpolation has an error of its own: calm, crowded, overloaded
MOST_LINES = 1000  # machines of which the curve over the load is kept
COVERED = 0.9  # share of the held-out points that the error of the interpolation is to cover


class Band(NamedTuple):
    """A statistic and the band that it is expected in, hours or (slowdown) a pure number."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """What the table expects of an option's queue; without bands where it does not apply, and then `remark` says so.

    It answers as `Waits` does, so that outcomes need not know which of the two they are given.
    """

    bands: dict[str, Band]
    remark: str

    def mean_of(self, statistic: str) -> float:
        """The value of a statistic, hours or a ratio; NaN where the table does not apply or does not hold it."""
        return self.bands[statistic].value if statistic in self.bands else float("nan")

    def note(self) -> str:
        """One sentence on the precision of the estimate.

        >>> Estimate({"median": Band(1.0, 0.5, 2.0)}, "").note()
        'estimate, no queue was simulated: median 1 h (0.5 to 2)'
        """
        ranges = [
            f"{name} {self.bands[name].value:.3g} h ({self.bands[name].low:.2g} to {self.bands[name].high:.2g})"
            for name in ("median", "p95")
            if name in self.bands
        ]
        parts = [f"estimate, no queue was simulated: {', '.join(ranges)}"] if ranges else []
        return "; ".join([*parts, *filter(None, [self.remark])])


def transformed(statistic: str, values: Array | float) -> Array:
    """Values on the scale on which they are interpolated: logarithmic, but for waits of less than a minute."""
    number = np.asarray(values, np.float64)
    return np.asarray(np.log(number) if statistic == "slowdown" else np.log1p(number / MINUTE_HOURS))


def inverse_transformed(statistic: str, scaled: Array | float) -> Array:
    """The inverse of `transformed`; nothing waits less than zero, or is faster than undisturbed.

    >>> float(inverse_transformed("mean", transformed("mean", 2.0)))
    2.0
    """
    floor = np.maximum(np.asarray(scaled), 0.0)
    return np.asarray(np.exp(floor) if statistic == "slowdown" else np.expm1(floor) * MINUTE_HOURS)


def rising(values: Array) -> Array:
    """The closest sequence that never falls, in least squares [n]: pool adjacent violators (Ayer et al. 1955).

    >>> rising(np.array([1.0, 3.0, 2.0, 4.0]))
    array([1. , 2.5, 2.5, 4. ])
    """
    pools: list[tuple[float, int]] = []
    for value in np.asarray(values, np.float64).tolist():
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools[-2:]
            pools[-2:] = [((a * n + b * m) / (n + m), n + m)]
    return np.repeat([mean for mean, _ in pools], [count for _, count in pools])


def regime_of(load_ratio: float) -> int:
    """0 on a calm machine, 1 on a crowded one, 2 where the backlog grows.

    >>> [regime_of(load) for load in (0.5, 0.9, 1.2)]
    [0, 1, 2]
    """
    return sum(load_ratio >= least for least in REGIMES)


def _wait_or_ratio(statistic: str, scaled: float) -> float:
    """The inverse of `transformed`; a wait of less than a second is none."""
    value = float(inverse_transformed(statistic, scaled))
    return 0.0 if statistic != "slowdown" and value < SECOND_HOURS else value


def curve(nodes: Array, values: Array, at: float) -> Array:
    """Value at `at` of the monotone cubic through values [..., node] at ascending nodes [node] (Fritsch, Carlson 1980).

    The slopes are those of Fritsch and Butland (1984), as in SciPy's PchipInterpolator: a weighted harmonic mean of the
    secants beside a node, or nothing where they differ in sign. Only the four nodes around `at` matter, and nothing is
    kept: read at one place this is ten times as fast.

    >>> float(curve(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 4.0]), 1.5))
    2.1875
    """
    left = int(np.clip(np.searchsorted(nodes, at, side="right") - 1, 0, len(nodes) - 2))
    first = max(left - 1, 0)
    x = nodes[first : left + STEEPEST]
    y = values[..., first : left + STEEPEST]
    step, secant = np.diff(x), np.diff(y, axis=-1) / np.diff(x)
    k = left - first
    begins, ends = (_slope(step, secant, node) for node in (k, k + 1))
    part = (at - x[k]) / step[k]
    rise = secant[..., k] * step[k]
    turn = begins * step[k] - rise
    back = rise - ends * step[k]
    return np.asarray(y[..., k] + part * rise + part * (1 - part) * ((1 - part) * turn + part * back))


def _slope(step: Array, secant: Array, node: int) -> Array:
    """Slope of the curve at a node."""
    if len(step) == 1:
        return np.asarray(secant[..., 0])
    if node in (0, len(step)):
        near, far = (0, 1) if node == 0 else (-1, -2)
        return _slope_at_the_end(step[near], step[far], secant[..., near], secant[..., far])
    before, after = secant[..., node - 1], secant[..., node]
    more, less = 2 * step[node] + step[node - 1], step[node] + 2 * step[node - 1]
    level = before * after <= 0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(level, 0.0, (more + less) / (more / before + less / after))


def _slope_at_the_end(near: float, far: float, secant: Array, next_secant: Array) -> Array:
    """Slope at the first or last node, from three nodes, bent so that nothing overshoots."""
    slope = ((2 * near + far) * secant - near * next_secant) / (near + far)
    slope = np.where(slope * secant <= 0, 0.0, slope)
    return np.where((secant * next_secant < 0) & (np.abs(slope) > STEEPEST * np.abs(secant)), STEEPEST * secant, slope)


class Surface:
    """Statistics of one discipline over AXES, as simulated."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        """Lay out the nodes, and measure by the other rows how well interpolation does between them."""
        nodes = [row for row in rows if row["role"] == "node"]
        self.jobs = int(nodes[0]["jobs"])
        self.axes = [np.unique([float(row[name]) for row in nodes]) for name in AXES]
        columns = np.array([[float(row[name]) for name in AXES] for row in nodes]).T
        places = tuple(np.searchsorted(axis, column) for axis, column in zip(self.axes, columns, strict=True))
        # centre and half-width, transformed [2, statistic, load, gpus, wall limit, mean GPUs]
        self._nodes = np.full((2, len(STATISTICS), *(len(axis) for axis in self.axes)), np.nan)
        for k, name in enumerate(STATISTICS):
            centre, half = (np.array([float(row[key]) for row in nodes]) for key in (name, f"{name}_half_width"))
            low, high = transformed(name, centre), transformed(name, centre + half)
            self._nodes[0, k][places], self._nodes[1, k][places] = low, high - low
        self._lines: dict[tuple[float, ...], Array] = {}
        self._misses = self._held_out([row for row in rows if row["role"] == "held_out"])
        self._errors = {regime: np.quantile(misses, COVERED, axis=0) for regime, misses in self._misses.items()}

    def _held_out(self, rows: list[dict[str, str]]) -> dict[int, Array]:
        """Errors of the interpolation at the points between the nodes, transformed [point, statistic], by regime."""
        found: dict[int, list[Array]] = {}
        for row in rows:
            at = [float(row[name]) for name in AXES]
            seen = np.array([transformed(name, float(row[name])) for name in STATISTICS])
            found.setdefault(regime_of(at[0]), []).append(np.abs(self.scaled(at)[0] - seen))
        return {regime: np.array(misses) for regime, misses in found.items()}

    def scaled(self, at: Sequence[float]) -> tuple[Array, Array]:
        """Estimates and half-widths of the replications, transformed [statistic].

        Curves through the nodes that overshoot none of them (Fritsch and Carlson 1980): first along the logs of job
        size, wall limit and machine, then along the load, where the nodes are made to rise first.
        """
        line = self._line(tuple(at[1:]))
        half = np.array([np.interp(at[0], self.axes[0], values) for values in line[1]])
        return curve(self.axes[0], line[0], at[0]), half

    def _line(self, rest: tuple[float, ...]) -> Array:
        """The curves of `scaled` over the load, for one machine and one kind of job [2, statistic, load]; cached."""
        line = self._lines.get(rest)
        if line is None:
            table = self._nodes
            for axis, value in zip(self.axes[:0:-1], rest[::-1], strict=True):
                table = curve(np.log(axis), table, float(np.log(value)))
            line = np.array([[rising(values) for values in table[0]], table[1]])
            if len(self._lines) >= MOST_LINES:
                self._lines.clear()
            self._lines[rest] = line
        return line

    def bands(self, at: Sequence[float]) -> dict[str, Band]:
        """Estimates and bands: the spread of the replications and the error of the interpolation are independent."""
        centre, half = self.scaled(at)
        width = np.hypot(half, self._errors[regime_of(at[0])])
        return {
            name: Band(*(_wait_or_ratio(name, scale) for scale in (middle, middle - reach, middle + reach)))
            for name, middle, reach in zip(STATISTICS, centre, width, strict=True)
        }

    def outside(self, at: Sequence[float]) -> list[str]:
        """Sentences on what of a point lies outside the table; none where nothing does."""
        named = zip(AXES, at, self.axes, strict=True)
        return [
            f"{name} {value:g} is outside the table ({axis[0]:g} to {axis[-1]:g})"
            for name, value, axis in named
            if not axis[0] <= value <= axis[-1]
        ]


@cache
def surfaces() -> dict[str, Surface]:
    """The surface of each discipline in the table that travels with the package."""
    with (share("data") / TABLE).open(encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = dict.fromkeys(row["discipline"] for row in rows)
    return {name: Surface([row for row in rows if row["discipline"] == name]) for name in names}


def instant_waits(
    load_ratio: float, gpus: float, wall_limit_hours: float, mean_gpus: float, discipline: str
) -> Estimate:
    """Median, mean and 95th percentile of the wait [hours] and bounded slowdown of a machine, each with its band.

    load_ratio: GPU-hours offered over GPU-hours up. Outside the table nothing is estimated, and `remark` says so:

    >>> instant_waits(1.5, 1000, 24, 3.72, "easy").remark
    'no instant estimate: load_ratio 1.5 is outside the table (0.3 to 1.3)'
    """
    if discipline not in surfaces():
        return Estimate({}, f"no instant estimate: the table holds {', '.join(surfaces())}, not {discipline}")
    surface = surfaces()[discipline]
    at = (load_ratio, gpus, wall_limit_hours, mean_gpus)
    faults = surface.outside(at)
    if faults:
        return Estimate({}, "no instant estimate: " + "; ".join(faults))
    note = f"instant estimate for windows of {surface.jobs:,} jobs on a machine without failures"
    if load_ratio >= 1:
        note += "; the backlog grows, longer windows have longer waits"
    return Estimate(surface.bands(at), note)


FREE = {"mean_gpus", "wall_limit_hours"}  # what the table spans; all else of the workload is as declared
# The same of the rules of the queue: how much is simulated does not matter, nor does what only other rules ask for.
EITHER = {"discipline", "windows", "fidelity", "most_windows", "most_runs", "converged_share"}
ELSEWHERE = {"interactive_hours", "interactive_gpus", "age_weight", "fair_share_weight", "size_weight"}
ELSEWHERE |= {"longest_age_hours", "half_life_hours", "recount_minutes"}


def instant_of(workload: Workload, queue: Queueing, load_ratio: float, gpus: float) -> Estimate:
    """The same for a workload and a queue; other jobs or rules than those of the table are named in `remark`.

    >>> instant_of(Workload(run_log_mean=6), Queueing(), 0.8, 1000).remark
    'no instant estimate: the table was made with another run_log_mean'
    """
    other = [f.name for f in fields(workload) if f.name not in FREE and _differs(workload, f.name)]
    other += [f.name for f in fields(queue) if f.name not in EITHER | ELSEWHERE and _differs(queue, f.name)]
    if other:
        return Estimate({}, f"no instant estimate: the table was made with another {', '.join(other)}")
    return instant_waits(load_ratio, gpus, workload.wall_limit_hours, workload.mean_gpus, queue.discipline)


def _differs(group: Workload | Queueing, name: str) -> bool:
    """True where a parameter differs from its declared default, which the table was made with."""
    return bool(getattr(group, name) != getattr(type(group)(), name))
