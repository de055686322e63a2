"""Public outlay by year: a small panel an option, one scale for all."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import numbers, sheet
from sim.charts.captions import LETTERS, caption, central_spread
from sim.comparison.results import Comparison
from sim.formatting import format_typeset

_LEFT, _BETWEEN, _HIGH = 0.75, 0.2, 1.0  # inches: for the money axis, between panels, of a panel
_FEWEST = 4  # years that a panel is wide enough for, so that a single bar stays narrow
_HATCH = "/////"
_NOTE = (
    "Residual value: what machines and buildings still fetch when they retire or at the end of the horizon; it is "
    "taken off the public cost. Ahead: the most by which outlay so far exceeds what has been appropriated, which needs "
    "advance authority. A programme year is named by the calendar year in which it begins. "
)
_KEY = (
    sheet.Entry("outlay", sheet.LIGHT, sheet.DARK),
    sheet.Entry("residual value, credited", "#FFFFFF", sheet.DARK, _HATCH),
    sheet.Entry("appropriation", edge=sheet.ACCENT, line=":"),
)


def cash_flow(comparison: Comparison) -> Figure:
    """The chart of public outlay by year."""
    frame = numbers.cash_flow(comparison)
    options = [rows for _, rows in frame.groupby("option", sort=False)]
    columns = min(len(options), 2 if len(options) <= 4 else 3)
    lines = -(-len(options) // columns)
    width = (sheet.WIDTH - 2 * sheet.EDGE - _LEFT - (columns - 1) * _BETWEEN) / columns
    years = frame[frame.year.notna()]
    limits = sheet.reach(years, ["outlay", "low", "high", "residual", "appropriated"])
    with sheet.chart_style():
        heads = [_head(rows, width) for rows in options]
        head = sheet.LINE * max(len(name) + len(sums) for name, sums in heads) + 0.06
        pitch = head + _HIGH + 0.12
        words = caption(comparison, "cash_flow", central_spread(comparison), [_NOTE + LETTERS], _KEY)
        page = sheet.Sheet(words, lines * pitch + 0.3)
        for index, (rows, (name, sums)) in enumerate(zip(options, heads, strict=True)):
            line, column = divmod(index, columns)
            x, y = sheet.EDGE + _LEFT + column * (width + _BETWEEN), line * pitch + head
            page.write(x, y - 0.06 - sheet.LINE * (len(name) + len(sums)), name, weight="bold")
            page.write(x, y - 0.06 - sheet.LINE * len(sums), sums)
            axes = page.axes(x, y, width, _HIGH)
            _bars(axes, rows[rows.year.notna()], limits)
            lowest = index + columns >= len(options)
            axes.tick_params(bottom=lowest, labelbottom=lowest, labelleft=column == 0)
            axes.set_xlabel("Programme year" if lowest else "")
            unit = f"{sheet.clip(comparison.scenario.currency, 8)} of {comparison.scenario.price_year} a year"
            axes.set_ylabel(unit if column == 0 else "", va="top")
            axes.yaxis.set_label_coords(-_LEFT / width, 0.5)
        return sheet.settle(page.figure)


def _head(rows: pd.DataFrame, width: float) -> tuple[list[str], list[str]]:
    """Label of an option and its sums over the horizon, wrapped to the width of a panel."""
    total = rows[rows.year.isna()].iloc[0]
    rest = f", residual {format_typeset(-total.residual)}" if total.residual else ""
    ahead = f", ahead {format_typeset(total.advance)}" if total.advance else ""
    sums = f"sum {format_typeset(total.outlay)}{rest}{ahead}"
    return sheet.wrap(str(total.label), width, bold=True), sheet.wrap(sums, width)


def _bars(axes: Axes, rows: pd.DataFrame, limits: tuple[float, float]) -> None:
    """Bars of one option's years from zero, ranges, and the appropriation as a line of steps."""
    at = rows.year.to_numpy(dtype=float)
    axes.bar(at, rows.outlay, 0.7, color=sheet.LIGHT, label="outlay", **sheet.OUTLINE)
    axes.bar(at, rows.residual, 0.7, color="#FFFFFF", hatch=_HATCH, label="residual", **sheet.OUTLINE)
    cap = min(4.0, 72 * axes.get_position().width * sheet.WIDTH / len(at) * 0.6)
    sheet.whiskers(axes, rows.low.to_numpy(), rows.high.to_numpy(), at, across=False, cap=cap)
    edges = np.append(at - 0.5, at[-1] + 0.5)
    if rows.appropriated.any():
        axes.stairs(rows.appropriated, edges, baseline=None, color=sheet.ACCENT, linestyle=":", linewidth=1.3)
    axes.axhline(0, color=sheet.QUIET, linewidth=0.6)
    axes.spines["bottom"].set_visible(False)
    low, high = limits
    margin = 0.05 * (high - low) or 0.5
    padding = 0.1 + max(_FEWEST - len(at), 0) / 2
    axes.set(xlim=(edges[0] - padding, edges[-1] + padding), ylim=(low - margin * (low < 0), high + margin))
    sheet.scale(axes, "y", low, high, 4)
    sheet.year_scale(axes, int(at[0]), len(at), 5)
