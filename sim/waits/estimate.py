"""Waits at once: what the response surface of the queue holds of an option; a preview until the queue has run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sim.costs.queueing import used_share
from sim.costs.result import OptionResult
from sim.costs.surfaces import USUAL, disciplines, surface
from sim.queue.surface import inverse_transformed, transformed
from sim.waits.windows import window_months

# Which statistic each outcome of the queue is.
STATISTIC = {
    "wait_p50": "median", "wait_p95": "p95", "wait_mean": "mean", "bounded_slowdown": "slowdown",
    "withdrawn": "withdrawn",
}  # fmt: skip
ABOUT = "~"  # stands before an estimate in every table


class Band(NamedTuple):
    """A statistic and the band that it is expected in, hours or (slowdown, shares) a pure number."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """What the surface expects of an option's queue; without bands where it is silent, and then `remark` says why.

    It answers as `Waits` does, so that outcomes need not know which of the two they are given.
    """

    bands: dict[str, Band]
    remark: str

    def mean_of(self, statistic: str) -> float:
        """The value of a statistic, hours or a ratio; NaN where the surface is silent or does not hold it."""
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


def estimated(found: Estimate | None, outcome: str) -> tuple[float, float] | None:
    """The band of an outcome that is an estimate; None of all others."""
    if found is None or STATISTIC.get(outcome) not in found.bands:
        return None
    _, low, high = found.bands[STATISTIC[outcome]]
    return low, high


def estimate(result: OptionResult) -> Estimate | None:
    """Waits of the central case of one option as the surface has them, in milliseconds; None where it has no machine.

    Means over the months in which the machine serves, by the hours used; the band is the error of the surface.
    """
    if result.fullness is None or not window_months(result, 1):
        return None
    fullness, used = result.fullness.first(), used_share(result)[:1]
    if fullness.silence:
        return Estimate({}, f"no instant estimate: {fullness.silence}")
    discipline = result.context.world.queue.discipline
    found = surface(discipline if discipline in disciplines() else USUAL)
    bands = {}
    for name in STATISTIC.values():
        value = float(fullness.mean(name, used, used * (used > 0))[0])
        scaled = float(transformed(name, value))
        ends = (scaled - found.error(name, scaled), scaled + found.error(name, scaled))
        bands[name] = Band(value, *(float(inverse_transformed(name, end)) for end in ends))
    return Estimate(bands, "read from the response surface of the queue")
