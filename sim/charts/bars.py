"""Charts of one number an option: panels side by side, horizontal bars, the option's label at their left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import numbers, sheet
from sim.charts.captions import LETTERS, caption, spread
from sim.charts.numbers import COSTS, DELIVERED, labels
from sim.comparison.leftover import headed
from sim.comparison.results import Comparison
from sim.formatting import format_percent, format_tick, format_typeset, unit_text
from sim.mechanisms.demand import TIER_LABELS, TIERS

LABEL_WIDTH = 1.5  # inches
_BETWEEN = 0.14
_INDENT = 0.02  # of the longest bar: a word in the place of a bar
_PITCH, _THICK = 0.25, 0.15  # inches: between bars, of a bar
_HEADS = ("Physical hours", "In constant quality", "Against the frontier")


@dataclass(frozen=True)
class Panel:
    """One measure: what stands above it, below it, and a row an option."""

    head: str
    axis: str
    rows: pd.DataFrame


def cost_per_hour(comparison: Comparison) -> Figure:
    """Cost of a useful hour in two units side by side; a word in the place of the bar where there are no hours."""
    frame = numbers.cost_per_hour(comparison)
    panels = []
    for name, head in zip(COSTS, _HEADS[1:], strict=True):
        rows = frame[frame.outcome == name]
        money, _, hour = unit_text(str(rows.unit.iloc[0])).partition(" per ")
        year = comparison.scenario.price_year
        panels.append(Panel(head, f"{sheet.clip(money, 8)} of {year} per {hour}", rows))
    with sheet.chart_style():
        words = caption(comparison, "cost_per_hour", spread(comparison), _cost_notes(comparison, frame))
        figure, panes = _lay_out(comparison, words, panels)
        for axes, panel in zip(panes, panels, strict=True):
            _bars(axes, panel.rows, _most(panel.rows), format_typeset)
            for row in np.flatnonzero(panel.rows.value.isna()):
                axes.text(
                    _most(panel.rows) * _INDENT, float(row), "no public hours", va="center_baseline", color=sheet.QUIET
                )
        return sheet.settle(figure)


def _cost_notes(comparison: Comparison, frame: pd.DataFrame) -> list[str]:
    """What a useful hour is, why some options have no number, and whose numbers go over some of the draws only."""
    by_option = frame.drop_duplicates("option")
    none, of = by_option[by_option.known == 0], comparison.draws
    some = by_option[(by_option.known > 0) & (by_option.known < of)]
    nothing = "; ".join(
        headed(label, comparison.results[key]) for key, label in zip(none.option, none.label, strict=True)
    )
    listed = "; ".join(f"{row.label} ({row.known} of {of})" for row in some.itertuples())
    return [
        "Cost: present value of public money, less residual values, over useful hours, discounted alike. Useful hours: "
        f"what research is given, less work lost to failures and jobs that do not fit. {LETTERS}",
        f"No number, since research is given no hours within the horizon to divide a cost by: {nothing}."
        if len(none) else "",
        f"Hours in some of the draws only, over which their numbers go: {listed}." if listed else "",
    ]  # fmt: skip


def delivered(comparison: Comparison) -> Figure:
    """Compute in three units side by side, since the best option may change with the unit."""
    frame = numbers.delivered(comparison)
    panels = []
    for name, head in zip(DELIVERED, _HEADS, strict=True):
        rows = frame[frame.outcome == name]
        panels.append(Panel(head, f"{unit_text(str(rows.unit.iloc[0]))}s to research", rows))
    with sheet.chart_style():
        words = caption(comparison, "delivered", spread(comparison), [LETTERS])
        figure, panes = _lay_out(comparison, words, panels)
        for axes, panel in zip(panes, panels, strict=True):
            _bars(axes, panel.rows, _most(panel.rows), format_typeset)
        return sheet.settle(figure)


def need_met(comparison: Comparison) -> Figure:
    """Need met in each tier, with the level of doing nothing drawn through."""
    frame = numbers.need_met(comparison)
    panels = [Panel(TIER_LABELS[tier], "% of hours needed", frame[frame.tier == tier]) for tier in TIERS]
    note = "Hours used: groups' own hours that are kept, and public hours. Hours needed grow with demand."
    key = [sheet.Entry("level of doing nothing", edge=sheet.ACCENT, line="--")]
    with sheet.chart_style():
        figure, panes = _lay_out(comparison, caption(comparison, "need_met", spread(comparison), [note], key), panels)
        for axes, panel in zip(panes, panels, strict=True):
            level = panel.rows[panel.rows.option == comparison.baseline.key].value.iloc[0]
            axes.axvline(level, color=sheet.ACCENT, linestyle="--", linewidth=1, label="do nothing")
            _bars(axes, panel.rows, _most(frame), format_percent)
        return sheet.settle(figure)


def _lay_out(comparison: Comparison, words: sheet.Words, panels: list[Panel]) -> tuple[Figure, list[Axes]]:
    """Labels of the options at the left, heads above, an empty panel for each measure."""
    names = [sheet.wrap(label, LABEL_WIDTH) for label in labels(comparison).values()]
    pitch = max(_PITCH, sheet.LINE * max(map(len, names)) + 0.08)
    left = sheet.EDGE + max(map(sheet.widest, names)) + 0.08
    width = (sheet.WIDTH - sheet.EDGE - left - (len(panels) - 1) * _BETWEEN) / len(panels)
    heads = [sheet.wrap(panel.head, width, bold=True) for panel in panels]
    top, height = sheet.LINE * max(map(len, heads)) + 0.05, pitch * len(names)
    page = sheet.Sheet(words, top + height + 0.4)
    for row, lines in enumerate(names):
        page.write(left - 0.06, top + (row + 0.5) * pitch - sheet.LINE * len(lines) / 2, lines, ha="right")
    panes = []
    for column, (panel, head) in enumerate(zip(panels, heads, strict=True)):
        x = left + column * (width + _BETWEEN)
        page.write(x, top - 0.05 - sheet.LINE * len(head), head, weight="bold")
        panes.append(page.axes(x, top, width, height))
        panes[-1].set(xlabel=panel.axis, yticks=[])
    return page.figure, panes


def _most(rows: pd.DataFrame) -> float:
    """Up to where bars, ranges and marks of central cases reach."""
    return sheet.reach(rows.assign(marked=_marked(rows)), ["value", "low", "high", "marked"])[1]


def _marked(rows: pd.DataFrame) -> pd.Series:
    """The central cases that have a mark, since they lie outside their range; NaN for the others."""
    return rows.central.where(rows.outside.astype(bool))


def _bars(axes: Axes, rows: pd.DataFrame, most: float, text: Callable[[float], str]) -> None:
    """Bars from zero, ranges, marks, and a column of the values at the right; the scale ends left of it."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    pitch = axes.get_position().height * figure.get_figheight() / len(rows)
    at = np.arange(len(rows), dtype=float)
    value, low, high = (rows[column].to_numpy(dtype=float) for column in ("value", "low", "high"))
    axes.barh(at, np.nan_to_num(value), _THICK / pitch, color=sheet.LIGHT, label="value", **sheet.OUTLINE)
    sheet.whiskers(axes, low, high, at, across=True)
    axes.plot(_marked(rows), at, linestyle="none", clip_on=False, zorder=3, label="central", **sheet.HOLLOW)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    tick = sheet.percent_tick if text is format_percent else format_tick
    sheet.scale_with_numbers(axes, at, [text(v) for v in value], most, tick)
