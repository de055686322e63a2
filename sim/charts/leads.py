"""Who leads among the options of a chart: only where all others are behind beyond chance; else too close to call.

Chance is that of the draws and, of simulated waits, that of the windows as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.comparison.results import Comparison
from sim.comparison.verdict import APART, FEWEST_DRAWS, Pair, against_all, worths
from sim.outcomes import BY_NAME
from sim.parameters import Array
from sim.queue.analysis.replications import paired_ratio
from sim.waits.estimate import STATISTIC
from sim.waits.statistics import CONFIDENCE, PAIRED

CLOSE = "too close to call"
NOT_CLEAR = "not clear"  # who has the best median is behind another option in most worlds
_ROUNDING = 1e-9  # of a value
_COMMON = 0.5  # of the draws: an option that has a value in fewer cannot lead


@dataclass(frozen=True)
class Lead:
    """Who leads on an outcome, by the values that a chart shows.

    keys: the first, and options that are always alike to it; none where no option has a value. doubt: what is said in
    the place of a leader, where another option is not behind it beyond chance. pair: the first against that one, else
    against the one that is ahead of it in most worlds; None without a verdict.
    """

    keys: tuple[str, ...]
    doubt: str = ""
    pair: Pair | None = None


def lead(comparison: Comparison, outcome: str, shown: Mapping[str, float]) -> Lead:
    """Who leads on an outcome; `shown`: the value of each option on the chart, by key.

    Without draws enough for a verdict those lead that have the best value shown.
    """
    better = BY_NAME[outcome].better
    drawn = {key: comparison.own_totals(key, outcome)[1:] for key in shown}
    known = [key for key, value in shown.items() if np.isfinite(value) and _common(drawn[key])]
    if not known:
        return Lead(())
    worth = {key: float(worths(np.array(shown[key]), better)) for key in known}
    best = max(known, key=worth.__getitem__)
    if comparison.draws < FEWEST_DRAWS:
        near = _ROUNDING * abs(worth[best])
        return Lead(tuple(key for key in known if worth[best] - worth[key] <= near))
    pairs = against_all(drawn, best, better)
    alike, ahead, apart, behind = (
        [key for key in pairs if pairs[key].verdict == verdict] for verdict in ("the same", "worse", APART, "better")
    )
    apart = apart or [key for key in behind if _alike_in_the_queue(comparison, outcome, best, key)]
    nearest = min(ahead or apart or behind, key=lambda key: pairs[key].share, default="")
    return Lead((best, *alike), NOT_CLEAR if ahead else CLOSE if apart else "", pairs.get(nearest))


def _alike_in_the_queue(comparison: Comparison, outcome: str, one: str, other: str) -> bool:
    """Whether two simulated queues differ by no more than their error; draws are moved by it, and share it."""
    name = STATISTIC.get(outcome)
    waits = [comparison.results[key].waits for key in (one, other)]
    if name not in PAIRED or waits[0] is None or waits[1] is None:
        return False
    ours, theirs = (np.asarray(getattr(found, name), np.float64) for found in waits)
    both = min(len(ours), len(theirs))
    known = np.isfinite(ours[:both]) & np.isfinite(theirs[:both])
    found = paired_ratio(ours[:both][known], theirs[:both][known], CONFIDENCE)
    return bool(found.low <= 1 <= found.high)


def _common(drawn: Array) -> bool:
    """Whether an option has a value in most of the draws, where there are any."""
    return not drawn.size or bool(np.isfinite(drawn).mean() >= _COMMON)
