"""Lorenz curves: how hours are spread over groups, a panel an option, doing nothing drawn through each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from sim.charts import numbers
from sim.charts.captions import caption
from sim.charts.numbers import labels
from sim.charts.sheet import (
    ACCENT,
    DARK,
    EDGE,
    LINE,
    PALE,
    QUIET,
    WIDTH,
    Entry,
    Sheet,
    chart_style,
    percent_tick,
    settle,
    wrap,
)
from sim.comparison.results import Comparison

_AXIS, _BETWEEN, _UNDER, _RIGHT = 0.5, 0.3, 0.48, 0.14  # inches: left of the panels, between, below, right of them
_FEW = 6  # options in rows of three; more of them in rows of four
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def lorenz(comparison: Comparison) -> Figure:
    """The chart of Lorenz curves."""
    frame = numbers.lorenz(comparison)
    central = "Curves: central case; numbers in brackets: 10th to 90th percentile of the draws of the world."
    if not comparison.draws:
        central = "Curves: central case; no draws were made, so there are no ranges."
    key = [
        Entry("the option", edge=DARK, line="-"),
        Entry("doing nothing", edge=ACCENT, line="--"),
        Entry("all groups alike", edge=QUIET, line=":"),
    ]
    with chart_style():
        sheet, panes = _lay_out(comparison, central, key)
        baseline = frame[frame.option == comparison.baseline.key]
        for axes, (_, rows) in zip(panes, frame.groupby("option", sort=False), strict=True):
            _curves(axes, rows, baseline)
        return settle(sheet.figure)


def _lay_out(comparison: Comparison, central: str, key: Sequence[Entry]) -> tuple[Sheet, list[Axes]]:
    """A sheet with a square panel an option, its label above."""
    names = list(labels(comparison).values())
    across = 3 if len(names) <= _FEW else 4
    side = (WIDTH - 2 * EDGE - _AXIS - _RIGHT - (across - 1) * _BETWEEN) / across
    heads = [wrap(name, side, bold=True) for name in names]
    rows = [heads[start : start + across] for start in range(0, len(heads), across)]
    tops, height = [], 0.0
    for row in rows:
        height += LINE * max(map(len, row)) + 0.05
        tops.append(height)
        height += side + _UNDER
    sheet = Sheet(caption(comparison, "lorenz", central, [_note(comparison)], key), height)
    panes = []
    for number_of, head in enumerate(heads):
        top, column = tops[number_of // across], number_of % across
        left = EDGE + _AXIS + column * (side + _BETWEEN)
        sheet.write(left, top - 0.05 - LINE * len(head), head, weight="bold")
        panes.append(sheet.axes(left, top, side, side))
        panes[-1].set(xlim=(0, 1), ylim=(0, 1), xlabel="% of groups", ylabel="" if column else "% of their hours")
        _set_scales(panes[-1], bool(column))
    return sheet, panes


def _set_scales(axes: Axes, inner: bool) -> None:
    """Set both scales from 0 to 100 per cent; those of hours have numbers in the left panels only."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator(_TICKS))
        axis.set_major_formatter(FuncFormatter(lambda share, _: "" if share in (0.25, 0.75) else percent_tick(share)))
    axes.tick_params(labelleft=not inner)


def _curves(axes: Axes, rows: pd.DataFrame, baseline: pd.DataFrame) -> None:
    """Draw the gap to equality, the curve, doing nothing, and the coefficient in the empty corner."""
    groups, hours = rows.groups_share.to_numpy(dtype=float), rows.hours_share.to_numpy(dtype=float)
    axes.fill_between(groups, hours, groups, color=PALE, linewidth=0)
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle=":", linewidth=1, label="equality")
    axes.plot(groups, hours, color=DARK, linewidth=1.6, label="option")
    axes.plot(baseline.groups_share, baseline.hours_share, color=ACCENT, linestyle="--", linewidth=1, label="nothing")
    gini, low, high = (float(rows[column].iloc[0]) for column in ("gini", "low", "high"))
    lines = [f"Gini {gini:.3f}" if np.isfinite(gini) else "Gini n/a"]
    if high > low:
        lines.append(f"[{low:.3f} to {high:.3f}]")
    axes.text(0.04, 0.96, "\n".join(lines), transform=axes.transAxes, va="top", linespacing=1.25)


def _note(comparison: Comparison) -> str:
    """The note on what is compared, and how to read it."""
    first, last = numbers.years_of_lorenz(comparison)
    years = f"year {first}" if first == last else f"years {first} to {last}"
    return (
        f"Hours of a group a year, own ones that it keeps and public ones, mean of {years} of the horizon; groups from "
        "those with fewest hours to those with most. The further a curve sags, the more unequal; a Gini coefficient of "
        "0 means that all have the same, 1 that one has everything. It says nothing of how many hours there are."
    )
