"""Points of a sweep as rows: a mark and a range for each option, and who is the best at the right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import sheet
from sim.charts.sweeps import captions
from sim.charts.sweeps.view import View
from sim.charts.titles import Finding
from sim.formatting import format_count, upper_first
from sim.parameters import Array

_LEFT, _RIGHT = 1.75, 1.2  # inches: labels of the points, who is the best
_BETWEEN, _FOOT = 0.09, 0.42  # inches: between rows, below
_CLOSEST, _WIDEST, _TALLEST = 0.04, 0.072, 6.3  # inches: between marks, all rows
_FAR = 2.0  # of the span of all marks: a range that goes so far beyond them is cut off
_MOST_NAMED = 6  # of ranges that are cut off
_WHITE = "#FFFFFF"
COLUMNS = (
    "point", "option", "label", "value", "low", "high", "least", "most", "first_share", "best", "close", "unit",
)  # fmt: skip
# Marks differ in form, and neighbours in lightness: they differ in grey too.
MARKS = (
    ("o", sheet.DARK), ("s", _WHITE), ("^", sheet.MIDDLE), ("D", _WHITE), ("v", sheet.PALE), ("P", _WHITE),
    ("X", sheet.DARK), ("<", sheet.LIGHT), (">", _WHITE), ("h", sheet.DARK),
)  # fmt: skip


def dots_frame(view: View) -> pd.DataFrame:
    """A row a point and option, in the order of the plan: value, range, and who is the best."""
    frame = view.table.assign(label=view.table["option"].map(view.labels))
    judged = [view.at(point) for point in frame["point"]]
    best, close = pd.Series([each.key for each in judged], dtype=object), [each.close for each in judged]
    return view.with_axes(frame.assign(best=best, close=close, unit=view.unit)[list(COLUMNS)])


def dots(view: View) -> Figure:
    """The chart: rows in the order of the plan."""
    with sheet.chart_style():
        if reason := captions.nothing(view):
            return captions.blank(view, reason)
        keys = [key for key in view.labels if view.wide("value")[key].notna().any()]
        pitch, most = _pitch(view.plan.points, len(keys))
        points = list(range(view.plan.points))[:most]
        looks = {key: _look(n) for n, key in enumerate(keys)}
        names = [sheet.wrap(text, _LEFT - 0.1) for text in _names(view, points)]
        sides = [sheet.wrap(_side(view, point), _RIGHT - 0.1) for point in points]
        least = len(keys) * pitch
        heights = np.array(
            [max(least, sheet.LINE * max(len(n), len(s))) + _BETWEEN for n, s in zip(names, sides, strict=True)]
        )
        title = sheet.wrap(view.coordinates[0].title if view.coordinates else "Point", _LEFT - 0.1, bold=True)
        above = len(title) * sheet.LINE + 0.05
        page = sheet.Sheet(_words(view, points, keys, looks), above + float(heights.sum()) + _FOOT)
        tops = np.concatenate([[0.0], np.cumsum(heights)])
        _rows(page, title, names, sides, tops + above)
        axes = page.axes(sheet.EDGE + _LEFT, above, sheet.WIDTH - 2 * sheet.EDGE - _LEFT - _RIGHT, float(heights.sum()))
        axes.set(ylim=(float(heights.sum()), 0), yticks=[])
        _scale(axes, view)
        for line in tops[1:-1]:
            axes.axhline(line, color=sheet.PALE, linewidth=0.5, zorder=0)
        for n, key in enumerate(keys):
            at = tops[:-1] + heights / 2 + (n - (len(keys) - 1) / 2) * pitch
            _marks(axes, view, key, points, at, looks[key])
        return sheet.settle(page.figure)


def _pitch(points: int, options: int) -> tuple[float, int]:
    """Inches from mark to mark, closer where there are many rows; and how many rows a page holds."""
    pitch = min(max((_TALLEST / points - _BETWEEN) / options, _CLOSEST), _WIDEST)
    return pitch, max(int(_TALLEST / (max(options * pitch, sheet.LINE) + _BETWEEN)), 1)


def _names(view: View, points: list[int]) -> list[str]:
    """What each point sets."""
    at = view.indices(points)
    if not view.coordinates:
        return [", ".join(f"{each.label} {each.text(0)}" for each in view.single) or "The one point"] * len(points)
    return [", ".join(each.text(row[each.axis]) for each in view.coordinates) for row in at]


def _side(view: View, point: int) -> str:
    """Who is the best at a point."""
    judged = view.at(point)
    if judged.key is None:
        return "" if point in view.judged else "no result"
    return "too close to call" if judged.close else view.labels[judged.key]


def _look(number: int) -> dict[str, Any]:
    """The mark of an option."""
    marker, fill = MARKS[number % len(MARKS)]
    return {"marker": marker, "markerfacecolor": fill}


def _rows(page: sheet.Sheet, title: list[str], names: list[list[str]], sides: list[list[str]], tops: Array) -> None:
    """The words left and right of the rows."""
    right = sheet.WIDTH - sheet.EDGE - _RIGHT + 0.1
    page.write(sheet.EDGE + _LEFT - 0.08, tops[0] - 0.05 - sheet.LINE * len(title), title, ha="right", weight="bold")
    if any(sides):
        page.write(right, tops[0] - 0.05 - sheet.LINE, ["The best"], weight="bold")
    for number, (name, side) in enumerate(zip(names, sides, strict=True)):
        middle = (tops[number] + tops[number + 1]) / 2
        page.write(sheet.EDGE + _LEFT - 0.08, middle - sheet.LINE * len(name) / 2, name, ha="right")
        page.write(right, middle - sheet.LINE * len(side) / 2, side)


def _ends(view: View) -> tuple[float, float]:
    """The ends of the scale: zero and all marks, and all ranges unless one would press all marks together."""
    low, high = sheet.reach(view.table, ["value"])
    least, most = sheet.reach(view.table, ["value", "low", "high", "least", "most"])
    span = high - low
    far = span * _FAR if span else np.inf
    return (least if low - least <= far else low - span / 2), (most if most - high <= far else high + span / 2)


def _scale(axes: Axes, view: View) -> None:
    """The scale across, with a line at zero."""
    low, high = _ends(view)
    room = 0.03 * (high - low) or 1.0
    axes.set_xlim(low - room, high + room)
    axes.axvline(0, color=sheet.QUIET, linewidth=0.6, zorder=0)
    sheet.scale(axes, "x", low, high, 6, view.ticks(low, high))
    axes.set_xlabel(view.measure)


def _marks(axes: Axes, view: View, key: str, points: list[int], at: Array, look: dict[str, Any]) -> None:
    """Marks and ranges of one option; an arrow where a range goes beyond the scale."""
    value, low, high = (view.series(column, key, points) for column in ("value", *_range(view)))
    start, end = _ends(view)
    sheet.whiskers(axes, np.maximum(low, start), np.minimum(high, end), at, across=True, cap=3.0)
    for beyond, place, marker in ((low < start, start, "<"), (high > end, end, ">")):
        xs = np.where(beyond, place, np.nan)
        axes.plot(xs, at, marker, color=sheet.INK, markersize=3.5, clip_on=False, label="beyond")
    style = {"markersize": 4, "markeredgecolor": sheet.DARK, "markeredgewidth": 0.7, **look}
    axes.plot(value, at, linestyle="none", zorder=3, clip_on=False, label=key, **style)


def _range(view: View) -> tuple[str, str]:
    """What whiskers show: the percentiles of draws, else the range of replications."""
    return ("low", "high") if view.plan.draws else ("least", "most")


def _beyond(view: View, points: list[int]) -> str:
    """The note on ranges that go beyond the scale, with their ends."""
    start, end = _ends(view)
    names = dict(zip(points, _names(view, points), strict=True))
    low, high = _range(view)
    said = [
        f"{names[row['point']]}, {view.labels[row['option']]}: {view.text(row[low])} to {view.text(row[high])}"
        for row in view.table.to_dict("records")
        if row["point"] in names and (row[low] < start or row[high] > end)
    ]
    more = f"; {len(said) - _MOST_NAMED} more" if len(said) > _MOST_NAMED else ""
    return f"Arrows: ranges beyond the scale ({'; '.join(said[:_MOST_NAMED])}{more})." if said else ""


def _words(view: View, points: list[int], keys: list[str], looks: dict[str, Any]) -> sheet.Words:
    """The text around the chart."""
    draws, times = view.plan.draws, view.plan.replications
    whiskers = "whiskers: 10th to 90th percentile. " if draws else "whiskers: range of the replications. "
    marks = (
        f"Marks: {'median of ' + format_count(draws, 'world') + ' drawn' if draws else 'central case'} of each option; "
        f"{whiskers if draws or times > 1 else ''}At the right: {captions.who_is_best(view)}."
    )
    left = view.plan.points - len(points)
    noun = view.coordinates[0].noun if view.coordinates else "point"
    return captions.words(
        view,
        Finding(captions.tally(view, list(range(view.plan.points)), noun)),
        marks,
        [
            _beyond(view, points),
            upper_first(f"{format_count(left, 'point')} more not shown here; the table beside the chart has them.")
            if left
            else "",
        ],
        [
            sheet.Entry(view.labels[key], fill=look["markerfacecolor"], edge=sheet.DARK, marker=look["marker"])
            for key, look in looks.items()
        ],
    )
