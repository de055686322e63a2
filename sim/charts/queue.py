"""Waits before jobs start: all jobs and each tier, for every option with a queue."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import numbers, sheet
from sim.charts.bars import LABEL_WIDTH
from sim.charts.captions import blank, caption
from sim.charts.numbers import ALL, ESTIMATE, WAITS
from sim.comparison.results import Comparison
from sim.formatting import format_percent, format_typeset, upper_first
from sim.mechanisms.demand import TIER_LABELS
from sim.parameters import Array
from sim.waits.foretold import caveat
from sim.waits.statistics import CONVERGED_SHARE

_HEADS = {"median": "Median wait", "p95": "95th percentile wait"}
_ROWS = {ALL: "All jobs", **TIER_LABELS}
_PITCH, _BETWEEN, _SEPARATE = 0.17, 0.25, 0.1  # inches
_MARK = 0.12  # half a mark at zero, and padding
_LOOKS: dict[str, dict[str, Any]] = {
    ALL: {"marker": "D", "markersize": 5, "markerfacecolor": sheet.DARK, "markeredgecolor": sheet.DARK},
    "tier": {"marker": "o", "markersize": 4, "markerfacecolor": "#FFFFFF", "markeredgecolor": sheet.DARK},
    ESTIMATE: {"marker": "D", "markersize": 5, "markerfacecolor": "#FFFFFF", "markeredgecolor": sheet.DARK},
}
_ENTRIES = {
    ALL: sheet.Entry("all jobs", fill=sheet.DARK, edge=sheet.DARK, marker="D"),
    "tier": sheet.Entry("jobs of a tier", fill="#FFFFFF", edge=sheet.DARK, marker="o"),
    ESTIMATE: sheet.Entry("all jobs, estimate", fill="#FFFFFF", edge=sheet.DARK, marker="D"),
}


def waits(comparison: Comparison) -> Figure:
    """The chart of waits."""
    frame = numbers.waits(comparison)
    queued = [rows for _, rows in frame[frame.note.isin(["", ESTIMATE])].groupby("option", sort=False)]
    with sheet.chart_style():
        if not queued or numbers.queue_left_out(comparison):
            return blank(comparison, "waits")
        names = [sheet.wrap(str(rows.label.iloc[0]), LABEL_WIDTH, bold=True) for rows in queued]
        wide = sheet.widest(list(_ROWS.values()))
        left = sheet.EDGE + max(sheet.widest(lines, bold=True) for lines in names) + 0.12 + wide + _MARK
        width = (sheet.WIDTH - sheet.EDGE - left - _BETWEEN - 0.05) / len(WAITS)
        tiers_of = [list(rows[rows.statistic == WAITS[0]].tier) for rows in queued]
        blocks = [
            max(len(tiers) * _PITCH, len(lines) * sheet.LINE) + _SEPARATE
            for tiers, lines in zip(tiers_of, names, strict=True)
        ]
        tops = np.concatenate([[0.0], np.cumsum(blocks)])
        notes = _notes(frame, comparison.scenario.world.workload.pattern)
        words = caption(comparison, "waits", _central(comparison), notes, _key(frame))
        page = sheet.Sheet(words, 0.2 + tops[-1] + 0.4)
        for top, lines, tiers in zip(tops, names, tiers_of, strict=False):
            page.write(sheet.EDGE, 0.2 + top + _SEPARATE / 2, lines, weight="bold")
            for row, tier in enumerate(tiers):
                y = 0.2 + top + _SEPARATE / 2 + (row + 0.5) * _PITCH - sheet.LINE / 2
                page.write(left - _MARK, y, [_ROWS[tier]], ha="right")
        for column, statistic in enumerate(WAITS):
            x = left + column * (width + _BETWEEN)
            page.write(x, 0.02, [_HEADS[statistic]], weight="bold")
            axes = page.axes(x, 0.2, width, tops[-1])
            axes.set(ylim=(tops[-1], 0), yticks=[], xlabel="Hours from submission to start")
            _dots(axes, [rows[rows.statistic == statistic] for rows in queued], tops)
        return sheet.settle(page.figure)


def _dots(axes: Axes, options: list[pd.DataFrame], tops: Array) -> None:
    """Draw a mark a row with its interval, numbers at the right, a thin line between options."""
    most = sheet.reach(pd.concat(options), ["value", "high"])[1]
    rows_at, values = [], []
    for rows, top in zip(options, tops, strict=False):
        at = top + _SEPARATE / 2 + (np.arange(len(rows)) + 0.5) * _PITCH
        value, low, high = (rows[column].to_numpy(dtype=float) for column in ("value", "low", "high"))
        sheet.whiskers(axes, low, high, at, across=True)
        kinds = _kinds(rows)
        for kind, look in _LOOKS.items():
            chosen = (kinds == kind).to_numpy()
            axes.plot(value[chosen], at[chosen], linestyle="none", clip_on=False, zorder=3, label=kind, **look)
        if top:
            axes.axhline(top, color=sheet.QUIET, linewidth=0.4)
        rows_at += list(at)
        values += [format_typeset(v) for v in value]
    sheet.scale_with_numbers(axes, np.array(rows_at), values, most)


def _kinds(rows: pd.DataFrame) -> pd.Series:
    """What the mark of each row is: of all jobs, of a tier, or an estimate."""
    return rows.tier.where(rows.tier == ALL, "tier").where(rows.note != ESTIMATE, ESTIMATE)


def _key(frame: pd.DataFrame) -> list[sheet.Entry]:
    """The marks that are there."""
    kinds = set(_kinds(frame[frame.note.isin(["", ESTIMATE])]))
    return [entry for kind, entry in _ENTRIES.items() if kind in kinds]


def _central(comparison: Comparison) -> str:
    """The sentence on what is measured, and what the whiskers are."""
    found = [result.waits for result in comparison.results.values() if result.waits is not None]
    if not found:
        return "Marks: estimates from a table of machines, central case, no queue was simulated; whiskers: their band."
    counts = sorted({waits.median.size for waits in found})
    number = " to ".join(f"{count}" for count in dict.fromkeys((counts[0], counts[-1])))
    what = f"windows of {comparison.scenario.world.queue.window_weeks:g} weeks"
    if any(waits.fidelity == "full" for waits in found):
        what = "simulations of the whole horizon"
    whiskers = "95 % interval of that mean over them, cut at zero"
    return f"Marks: mean over {number} {what}, central case; whiskers: {whiskers}."


def _notes(frame: pd.DataFrame, pattern: str) -> list[str]:
    """The notes on limits of the simulation, options without a queue, and means that have not converged."""
    everybody = frame[(frame.tier == ALL) & (frame.note == "")]
    wide = everybody[everybody.high - everybody.value > CONVERGED_SHARE * everybody.value]
    loose, none = (list(dict.fromkeys(rows.label)) for rows in (wide, frame[frame.note == "no queue"]))
    return [
        f"{upper_first(caveat(pattern))}.",
        f"Not converged to {format_percent(CONVERGED_SHARE, '.0f')} of the mean: {'; '.join(loose)}." if loose else "",
        f"No queue: {'; '.join(none)}." if none else "",
    ]
