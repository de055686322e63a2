"""The price of immediacy: cost of a useful hour against the wait for it, a line a discipline, credits at no wait."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from sim.charts import sheet
from sim.charts.captions import blank, caption
from sim.comparison.immediacy import Immediacy, immediacy_of
from sim.comparison.immediacy_table import DISCIPLINE_WORDS, SHORT_NOTE, by_discipline, error_note, points_table
from sim.comparison.results import Comparison
from sim.formatting import format_percent, format_tick, upper_first
from sim.parameters import Array
from sim.waits.foretold import caveat

NAME = "price_of_immediacy"
LABELLED = (0.6, 0.7, 0.8, 0.9, 0.97)  # targets with a label at the first discipline
_LEFT, _RIGHT, _HIGH, _UNDER = 0.62, 0.12, 3.1, 0.42  # inches
_CLEAR = 8.0  # points between the cost axis and its numbers, for the mark of credits on the axis
_ROOM = 0.08  # of the cost axis, above the dearest point
_LINEAR_HOURS = 0.1  # up to about there the wait axis is even, beyond it goes by factors
_TICKS = (0, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)  # hours
_NEAR = 0.06  # inches between a point and its label
_MARGIN = 0.01  # inches round a label
_STEP = 0.04  # inches between places of a line that labels keep clear of
_LOOKS: dict[str, dict[str, Any]] = {
    "easy": {"color": sheet.DARK, "linestyle": "-", "marker": "o"},
    "fcfs": {"color": sheet.ACCENT, "linestyle": "--", "marker": "s"},
    "multifactor": {"color": sheet.MIDDLE, "linestyle": "-.", "marker": "^"},
    "sjf": {"color": sheet.QUIET, "linestyle": ":", "marker": "D"},
}
_CREDITS, _LEVEL = "credits", "level"
# where a label may stand beside its point, in half labels to the right and up; the first that is free is taken
_PLACES: Sequence[tuple[float, float]] = (
    (-1, -1), (-1, 0), (1, 1), (0, -1.2), (0, 1.2), (1, 0), (1, -1), (-1, 1), (0, -2.4), (0, 2.4),
)  # fmt: skip


def price_of_immediacy(comparison: Comparison) -> Figure:
    """The chart of cost against wait."""
    found = immediacy_of(comparison)
    frame = points_table(comparison)
    with sheet.chart_style():
        drawn = frame[(frame.discipline != "") & frame.p95.notna() & frame.cost.notna()]
        if drawn.empty:
            return blank(comparison, NAME)
        page = sheet.Sheet(
            caption(comparison, NAME, _central(), _notes(comparison, found), _key(drawn, found)), _HIGH + _UNDER
        )
        axes = page.axes(sheet.EDGE + _LEFT, 0.0, sheet.WIDTH - 2 * sheet.EDGE - _LEFT - _RIGHT, _HIGH)
        _scale(axes, frame, comparison)
        _credits(axes, frame)
        for discipline, rows in drawn.groupby("discipline", sort=False):
            _line(axes, str(discipline), rows)
        _label(axes, drawn)
        return sheet.settle(page.figure)


def _central() -> str:
    """The sentence on what the points are."""
    return "Points: central case; numbers beside them: part of the hours in service that the operator wants busy."


def _notes(comparison: Comparison, found: Immediacy) -> list[str]:
    """What waiting must be worth under each discipline, and how well the waits are known."""
    scenario = comparison.scenario
    how = f"Waits are read from the response surface of the queue, not simulated. {error_note(found)}"
    return [*by_discipline(found, scenario), f"{how}{upper_first(caveat(scenario.world.workload.pattern))}."]


def _key(drawn: pd.DataFrame, found: Immediacy) -> list[sheet.Entry]:
    """The lines, the point of credits, and the mark of a machine that is not as full as wanted."""
    entries = []
    for discipline in drawn.discipline.unique():
        look = _LOOKS[discipline]
        text = DISCIPLINE_WORDS[discipline]
        entries.append(sheet.Entry(text, look["color"], look["color"], line=look["linestyle"], marker=look["marker"]))
    if found.credits:
        entries.append(sheet.Entry(f"{found.credits}, at no wait", "#FFFFFF", sheet.INK, marker="*"))
    if drawn.short.any():
        entries.append(sheet.Entry(SHORT_NOTE.partition(":")[0], "#FFFFFF", sheet.DARK, marker="o"))
    return entries


def _scale(axes: Axes, frame: pd.DataFrame, comparison: Comparison) -> None:
    """Cost from zero; waits from zero, even at first and by factors later."""
    forward, back = (
        (lambda hours: np.log1p(np.maximum(hours, -0.05) / _LINEAR_HOURS)),
        (lambda at: np.expm1(at) * _LINEAR_HOURS),
    )
    axes.set_xscale("function", functions=(forward, back))
    longest, dearest = (sheet.reach(frame, [column])[1] for column in ("p95", "cost"))
    end = next((tick for tick in _TICKS if tick >= longest), longest) or 1.0
    axes.set(xlim=(0, end), ylim=(0, dearest * (1 + _ROOM) or 1.0))
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in _TICKS if tick <= end]))
    axes.xaxis.set_major_formatter(FuncFormatter(format_tick))
    axes.xaxis.set_minor_locator(FixedLocator([]))
    sheet.scale(axes, "y", 0.0, dearest * (1 + _ROOM), 6)
    axes.set_xlabel("95th percentile wait, hours (even up to a tenth of an hour, then by factors)")
    axes.tick_params(axis="y", pad=_CLEAR)
    money = sheet.clip(comparison.scenario.currency, 8)
    axes.set_ylabel(f"{money} of {comparison.scenario.price_year} per useful H100e-hour", va="top")
    axes.yaxis.set_label_coords(-_LEFT / (sheet.WIDTH - 2 * sheet.EDGE - _LEFT - _RIGHT), 0.5)


def _credits(axes: Axes, frame: pd.DataFrame) -> None:
    """Draw the point of credits, and a thin line at its cost."""
    for cost in frame[frame.discipline == ""].cost.dropna():
        axes.axhline(cost, color=sheet.QUIET, linewidth=0.6, zorder=1, label=_LEVEL)
        look: dict[str, Any] = {
            "marker": "*",
            "markersize": 14,
            "markerfacecolor": "#FFFFFF",
            "markeredgecolor": sheet.INK,
        }
        axes.plot([0], [cost], linestyle="none", markeredgewidth=1.1, clip_on=False, zorder=4, label=_CREDITS, **look)


def _line(axes: Axes, discipline: str, rows: pd.DataFrame) -> None:
    """Draw one discipline: points that are not as full as wanted are open."""
    look = _LOOKS[discipline]
    at, cost, short = (rows[name].to_numpy() for name in ("p95", "cost", "short"))
    axes.plot(
        at, cost, color=look["color"], linestyle=look["linestyle"], linewidth=1.4, label=discipline, clip_on=False
    )
    for chosen, fill in ((short, "#FFFFFF"), (~short, look["color"])):
        marks = {"marker": look["marker"], "markersize": 4, "markerfacecolor": fill, "markeredgecolor": look["color"]}
        axes.plot(at[chosen], cost[chosen], linestyle="none", clip_on=False, zorder=3, label="points", **marks)


def _label(axes: Axes, drawn: pd.DataFrame) -> None:
    """Write targets beside the points of the first discipline, where nothing else stands; else leave them out."""
    size = np.array([axes.get_position().width * sheet.WIDTH, _HIGH])
    lines = [_inches(axes, rows, size) for _, rows in drawn.groupby("discipline", sort=False)]
    level = [np.asarray(line.get_ydata())[0] for line in axes.lines if line.get_label() == _LEVEL]
    across = [_inches(axes, pd.DataFrame({"p95": axes.get_xlim(), "cost": cost}), size) for cost in level]
    taken = np.concatenate([_dense(line) for line in (*lines, *across)])
    first = drawn[drawn.discipline == drawn.discipline.iloc[0]]
    for (_, row), point in zip(first.iterrows(), _inches(axes, first, size), strict=True):
        text = format_percent(row.target, ".0f")
        place = _free(point, sheet.width_of(text), taken, size) if row.target in LABELLED else None
        if place is not None:
            x, y = place / size
            axes.text(x, y, text, transform=axes.transAxes, ha="left", va="bottom", color=sheet.INK, label="target")
            corners = np.array(place) + np.array([sheet.width_of(text), sheet.LINE]) * _grid()
            taken = np.concatenate([taken, corners])


def _inches(axes: Axes, rows: pd.DataFrame, size: Array) -> Array:
    """Places of points in a panel, inches from its lower left corner [point, 2]."""
    display = axes.transData.transform(rows[["p95", "cost"]].to_numpy(dtype=float))
    return np.asarray(axes.transAxes.inverted().transform(display) * size)


def _dense(line: Array) -> Array:
    """A line as places that are close to one another [place, 2]."""
    parts = [line[:1]]
    for start, end in pairwise(line):
        steps = int(np.ceil(np.hypot(*(end - start)) / _STEP)) + 1
        parts.append(start + np.linspace(0, 1, steps)[:, None] * (end - start))
    return np.concatenate(parts)


def _grid() -> Array:
    """Places inside a label, as parts of its width and height [place, 2]."""
    return np.array([(x, y) for x in (0.0, 0.5, 1.0) for y in (0.0, 0.5, 1.0)])


def _free(point: Array, width: float, taken: Array, size: Array) -> Array | None:
    """The lower left corner of a label beside a point where no line passes and no label stands; None where none is."""
    w, h = width, sheet.LINE
    for dx, dy in _PLACES:
        corner = point + np.array([dx * (w / 2 + _NEAR) - w / 2, dy * (h / 2 + _NEAR) - h / 2])
        low, high = corner - _MARGIN, corner + np.array([w, h]) + _MARGIN
        inside = ((taken > low) & (taken < high)).all(axis=1)
        if not inside.any() and (low >= 0).all() and (high <= size).all():
            return np.asarray(corner)
    return None
