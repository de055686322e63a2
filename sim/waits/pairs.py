"""Waits of options side by side: ratios over windows, or whole runs, that had the same jobs under both options."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.queue.analysis.replications import paired_ratio
from sim.waits.statistics import CONFIDENCE, Waits

STATISTICS = {"median": "median wait", "p95": "p95 wait"}
COLUMNS = ["option", "against", "statistic", "ratio", "low", "high", "pairs", "note"]


def paired_waits(waits: Mapping[str, Waits | None]) -> pd.DataFrame:
    """Waits by option against those of the first that has a queue; two rows a pair, none where only one has a queue.

    ratio, low, high: mean of the logs of the ratios and its 95 % interval, pair by pair of the windows (or runs) of one
    number, whose jobs are the same; NaN, 0 and infinite where one side never waits. Windows that only one option has,
    because the other's converged sooner, are left out.
    """
    queued = {key: found for key, found in waits.items() if found is not None}
    first = next(iter(queued), "")
    rows = []
    for key, ours in list(queued.items())[1:]:
        for statistic in STATISTICS:
            a, b = (np.asarray(getattr(found, statistic), np.float64) for found in (ours, queued[first]))
            both = min(len(a), len(b))
            known = np.isfinite(a[:both]) & np.isfinite(b[:both])
            found = paired_ratio(a[:both][known], b[:both][known], CONFIDENCE)
            rows.append((key, first, statistic, found.ratio, found.low, found.high, found.n, found.note))
    return pd.DataFrame(rows, columns=COLUMNS)


def sentences(pairs: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    """One line a pair of options for people, from `paired_waits`."""
    lines: dict[tuple[str, str], list[str]] = {}
    for option, against, statistic, ratio, low, high in pairs[COLUMNS[:6]].itertuples(index=False, name=None):
        text = f"{STATISTICS[statistic]} {_ratio(ratio, low, high)}"
        lines.setdefault((labels[option], labels[against]), []).append(text)
    return [
        f"{ours} against {theirs}: {', '.join(texts)} (same jobs, 95 %)." for (ours, theirs), texts in lines.items()
    ]


def _ratio(ratio: float, low: float, high: float) -> str:
    """The text of a ratio with its interval, or the reason why there is none."""
    if not np.isfinite(ratio):
        return "has no ratio, for one side never waits"
    interval = f"{low:.3g} to {high:.3g}" if np.isfinite(high) else "no interval: too few windows have waits"
    return f"x {ratio:.3g} [{interval}]"


def records(pairs: pd.DataFrame) -> list[dict[str, str | float | None]]:
    """`paired_waits` for a JSON document: a number that does not exist is None."""
    return [
        {
            str(name): None if isinstance(value, float) and not np.isfinite(value) else value
            for name, value in row.items()
        }
        for row in pairs.to_dict("records")
    ]
