"""Lorenz curves: how hours are spread over groups, a panel an option, doing nothing drawn through each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import numbers, sheet
from sim.charts.captions import caption
from sim.charts.numbers import labels
from sim.comparison.results import Comparison
from sim.formatting import format_typeset

_AXIS, _BETWEEN, _UNDER, _RIGHT = 0.5, 0.3, 0.48, 0.14  # inches: left of the panels, between, below, right of them
_FEW = 6  # options in rows of three; more of them in rows of four
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0), ("0", "", "50", "", "100")


def lorenz(comparison: Comparison) -> Figure:
    """The chart of Lorenz curves."""
    frame = numbers.lorenz(comparison)
    ranges = "numbers in brackets: 10th to 90th percentile of the draws of the world"
    more = ranges if comparison.draws else "no draws were made, so there are no ranges"
    central = f"Curves and Gini coefficients: central case; {more}."
    key = [
        sheet.Entry("the option", edge=sheet.DARK, line="-"),
        sheet.Entry("doing nothing", edge=sheet.ACCENT, line="--"),
        sheet.Entry("all groups alike", edge=sheet.QUIET, line=":"),
    ]
    with sheet.chart_style():
        page, panes = _lay_out(comparison, central, key)
        baseline = frame[frame.option == comparison.baseline.key]
        for axes, (_, rows) in zip(panes, frame.groupby("option", sort=False), strict=True):
            _curves(axes, rows, baseline)
        return sheet.settle(page.figure)


def _lay_out(comparison: Comparison, central: str, key: Sequence[sheet.Entry]) -> tuple[sheet.Sheet, list[Axes]]:
    """A sheet with a square panel an option, its label above."""
    names = list(labels(comparison).values())
    across = 3 if len(names) <= _FEW else 4
    side = (sheet.WIDTH - 2 * sheet.EDGE - _AXIS - _RIGHT - (across - 1) * _BETWEEN) / across
    heads = [sheet.wrap(name, side, bold=True) for name in names]
    rows = [heads[start : start + across] for start in range(0, len(heads), across)]
    tops, height = [], 0.0
    for row in rows:
        height += sheet.LINE * max(map(len, row)) + 0.05
        tops.append(height)
        height += side + _UNDER
    page = sheet.Sheet(caption(comparison, "lorenz", central, [_note(comparison)], key), height)
    panes = []
    for number_of, head in enumerate(heads):
        top, column = tops[number_of // across], number_of % across
        left = sheet.EDGE + _AXIS + column * (side + _BETWEEN)
        page.write(left, top - 0.05 - sheet.LINE * len(head), head, weight="bold")
        panes.append(page.axes(left, top, side, side))
        panes[-1].set(xlim=(0, 1), ylim=(0, 1), xlabel="% of groups", ylabel="" if column else "% of their hours")
        panes[-1].set_xticks(*_TICKS)
        panes[-1].set_yticks(*_TICKS)
        panes[-1].tick_params(labelleft=not column)  # numbers of hours in the left panels only
    return page, panes


def _curves(axes: Axes, rows: pd.DataFrame, baseline: pd.DataFrame) -> None:
    """Draw the gap to equality, the curve, doing nothing, and the coefficient in the empty corner."""
    groups, hours = rows.groups_share.to_numpy(dtype=float), rows.hours_share.to_numpy(dtype=float)
    axes.fill_between(groups, hours, groups, color=sheet.PALE, linewidth=0)
    axes.plot([0, 1], [0, 1], color=sheet.QUIET, linestyle=":", linewidth=1, label="equality")
    axes.plot(groups, hours, color=sheet.DARK, linewidth=1.6, label="option")
    nothing = baseline.groups_share, baseline.hours_share
    axes.plot(*nothing, color=sheet.ACCENT, linestyle="--", linewidth=1, label="nothing")
    gini, low, high = (float(rows[column].iloc[0]) for column in ("gini", "low", "high"))
    lines = [f"Gini {format_typeset(gini)}"]
    if high > low:
        lines.append(f"[{format_typeset(low)} to {format_typeset(high)}]")
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
