"""One outcome along one number of a sweep: a line an option, its range, and where the best option changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.charts import sheet
from sim.charts.cells import HATCH
from sim.charts.sweeps import captions
from sim.charts.sweeps.coordinates import Coordinate, tick_text
from sim.charts.sweeps.dots import dots_frame
from sim.charts.sweeps.view import View
from sim.charts.titles import Finding
from sim.formatting import format_count, join_words, lower_first
from sim.parameters import Array

_HIGH, _LOW, _FOOT = 2.6, 1.15, 0.42  # inches: the panel of all, panels of ranges, below
_LABELS, _BETWEEN, _REACH = 1.25, 0.16, 0.12  # inches: labels at the right, between panels, of the lines to labels
_ACROSS = 3  # panels of ranges in a row
_MOST_CHANGES = 4  # that a sentence names
_MARGIN = 0.015  # of the scale across, on either side
_MARKED = 16  # points, up to which each has a mark
_ZERO_FROM = 0.5  # of the highest: from here on a scale may leave zero out
Dashes = str | tuple[int, tuple[float, ...]]
# (line, colour): lines differ in their dashes, so they differ in grey too
STYLES: tuple[tuple[Dashes, str], ...] = (
    ("-", sheet.DARK), ("--", sheet.MIDDLE), ("-.", sheet.ACCENT), (":", sheet.INK), ((0, (8, 2)), sheet.QUIET),
    ((0, (4, 1, 1, 1, 1, 1)), sheet.DARK), ((0, (1, 2.5)), sheet.MIDDLE), ((0, (10, 2, 2, 2)), sheet.INK),
)  # fmt: skip


@dataclass(frozen=True)
class _Line:
    """What is drawn along the axis."""

    coordinate: Coordinate
    points: list[int]  # numbers of the points of the plan, from low to high
    x: Array
    keys: list[str]  # options that have a value anywhere
    styles: dict[str, tuple[Dashes, str]]


def lines_frame(view: View) -> pd.DataFrame:
    """A row a point and option, from low to high: value, range, and who is the best."""
    order = {point: n for n, point in enumerate(_line(view).points)}
    frame = dots_frame(view)
    return frame.assign(order=frame["point"].map(order)).sort_values("order", kind="stable").drop(columns="order")


def _line(view: View) -> _Line:
    """The one axis of a view, with its points in order."""
    (coordinate,) = view.coordinates
    assert coordinate.at is not None
    points = [view.point_at({coordinate.axis: n}) for n in coordinate.order]
    wide = view.wide("value")
    keys = [key for key in view.labels if wide[key].notna().any()]
    styles = {key: STYLES[n % len(STYLES)] for n, key in enumerate(keys)}
    return _Line(coordinate, points, coordinate.at[coordinate.order], keys, styles)


def lines(view: View) -> Figure:
    """The chart: all options in one panel, and below it the range of each where there are draws."""
    with sheet.chart_style():
        if reason := captions.nothing(view):
            return captions.blank(view, reason)
        line = _line(view)
        banded = [key for key in line.keys if _has_range(view, key, line.points)]
        unit = sheet.wrap(view.measure, sheet.WIDTH - 2 * sheet.EDGE)
        names = {key: sheet.wrap(view.labels[key], _LABELS) for key in line.keys}
        high = max(_HIGH, (sum(map(len, names.values())) + 0.4 * len(names)) * sheet.LINE)
        top = len(unit) * sheet.LINE + 0.06
        across = sheet.wrap(line.coordinate.title, 4.0)
        foot = _FOOT + (len(across) - 1) * sheet.LINE
        apart = banded if len(banded) > 1 else []
        rows = ceil(len(apart) / _ACROSS)
        heads = {key: sheet.wrap(view.labels[key], 1.5, bold=True) for key in apart}
        pitch = _LOW + 0.38 + max(map(len, heads.values()), default=0) * sheet.LINE
        page = sheet.Sheet(_words(view, line, banded), top + high + foot + rows * pitch + 0.1 * bool(rows))
        page.write(sheet.EDGE, 0.0, unit)
        low, most = _ends(view, line, ["value", "least", "most"] + ["low", "high"] * (not apart))
        ticks = view.ticks(low, most)
        left = sheet.EDGE + _room(low, most, ticks)
        axes = page.axes(left, top, sheet.WIDTH - sheet.EDGE - _LABELS - _REACH - 0.06 - left, high)
        _scales(axes, line, low, most, ticks)
        axes.set_xlabel("\n".join(across))
        _verdicts(axes, view, line)
        for key in banded if not apart else ():
            _band(axes, view, line, key)
        for key in line.keys:
            _draw(axes, view, line, key)
        _label_ends(page, axes, view, line, names, (left, top, high))
        _ranges(page, view, line, heads, (top + high + foot + 0.1, pitch))
        return sheet.settle(page.figure)


def _has_range(view: View, key: str, points: list[int]) -> bool:
    """Whether an option has a range of any width."""
    low, high = (view.series(end, key, points) for end in ("low", "high"))
    return bool((high > low).any())


def _ends(view: View, line: _Line, columns: list[str], keys: Sequence[str] | None = None) -> tuple[float, float]:
    """The lowest and the highest of what is drawn; zero among them, unless it is far away."""
    rows = view.table[view.table["option"].isin(line.keys if keys is None else keys)]
    values = rows[columns].to_numpy(dtype=float)
    seen = values[np.isfinite(values)]
    low, high = float(seen.min()), float(seen.max())
    if low > _ZERO_FROM * high > 0 or high < _ZERO_FROM * low < 0:
        room = 0.05 * (high - low) or 0.05 * abs(high)
        return low - room, high + room
    return min(low, 0.0), max(high, 0.0)


def _room(low: float, high: float, text: Any) -> float:
    """Room for the numbers at the left, inches."""
    return sheet.widest([text(low + share * (high - low)) for share in (0.0, 0.5, 1.0)]) + 0.14


def _scales(axes: Axes, line: _Line, low: float, high: float, ticks: Any, most: int = 6) -> None:
    """Both scales; that across is one of factors where the values are."""
    start, end = float(line.x[0]), float(line.x[-1])
    room = 0.03 * (high - low) or 1.0
    axes.set_ylim(low - room * (low < 0), high + room)
    sheet.scale(axes, "y", low, high, most, ticks)
    log = line.coordinate.log
    if log:
        axes.set_xscale("log")
    room = _MARGIN * (np.log(end / start) if log else end - start)
    axes.set_xlim((start * np.exp(-room), end * np.exp(room)) if log else (start - room, end + room))
    _ticks_across(axes, line)


def _ticks_across(axes: Axes, line: _Line) -> None:
    """Ticks at the values where all of them fit; else round ones, on a logarithmic scale at powers of ten."""
    start, end = float(line.x[0]), float(line.x[-1])
    own = dict(zip(line.x.tolist(), (line.coordinate.texts[n] for n in line.coordinate.order), strict=True))
    if not line.coordinate.log and not _fit(axes, line, own):
        sheet.scale(axes, "x", start, end, 8, tick_text(start, end))
        return
    powers = 10.0 ** np.arange(np.floor(np.log10(start)), np.ceil(np.log10(end)) + 1) if line.coordinate.log else line.x
    text = tick_text(start, end)
    tries = [own, *({f * p: text(f * p) for p in powers for f in steps} for steps in ((1, 2, 5), (1, 3), (1,)))]
    tries += [{p: text(p) for p in powers[::step]} for step in (2, 3, 5)]
    shown = ({at: label for at, label in each.items() if start <= at <= end} for each in tries)
    labels = next((each for each in shown if _fit(axes, line, each)), {start: own[start], end: own[end]})
    axes.xaxis.set_major_locator(FixedLocator(list(labels)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: labels.get(value, text(value))))


def _fit(axes: Axes, line: _Line, labels: dict[float, str]) -> bool:
    """Whether there are two labels or more across, none of which touches the next."""
    width = axes.get_position().width * sheet.WIDTH
    gaps = np.diff([_share_of(axes, line, at) for at in labels]) * width
    wide = [sheet.width_of(label) for label in labels.values()]
    return len(wide) > 1 and all(gap > (a + b) / 2 + 0.08 for gap, a, b in zip(gaps, wide, wide[1:], strict=False))


# --- marks ---


def _draw(axes: Axes, view: View, line: _Line, key: str) -> None:
    """The line of an option, broken where it has no value; a mark at each point where there are few."""
    value = view.series("value", key, line.points)
    dashes, colour = line.styles[key]
    known = np.isfinite(value)
    alone = known & ~np.append(known[1:], False) & ~np.append(False, known[:-1])
    marked = np.flatnonzero(known if len(line.x) <= _MARKED else alone).tolist()
    axes.plot(
        line.x, value, color=colour, linestyle=dashes, linewidth=1.4, marker="o", markersize=2.5, markevery=marked,
        label=key, clip_on=False,
    )  # fmt: skip
    if view.plan.replications > 1:
        least, most = (view.series(end, key, line.points) for end in ("least", "most"))
        sheet.whiskers(axes, least, most, line.x, across=False, cap=3.0)


def _band(axes: Axes, view: View, line: _Line, key: str) -> None:
    """The range of an option."""
    low, high = (view.series(end, key, line.points) for end in ("low", "high"))
    axes.fill_between(line.x, low, high, color=sheet.PALE, edgecolor=sheet.LIGHT, linewidth=0.5, label=f"band {key}")


def _verdicts(axes: Axes, view: View, line: _Line) -> None:
    """Hatches where too close to call, and a line where the best option of the most worlds changes."""
    edges = _edges(line)
    for n, point in enumerate(line.points):
        if view.at(point).close:
            axes.axvspan(
                edges[n], edges[n + 1], facecolor="none", edgecolor=sheet.LIGHT, hatch=HATCH, linewidth=0, zorder=0,
                label="close",
            )  # fmt: skip
    for _, first, _ in _segments(view, line)[1:]:
        axes.axvline(edges[first], color=sheet.ACCENT, linewidth=0.9, linestyle="--", label="change")
    own = line.coordinate.own
    if line.x[0] <= own <= line.x[-1]:
        axes.plot(
            [own], [1.015], "v", transform=axes.get_xaxis_transform(), markersize=4.5, clip_on=False, zorder=4,
            markerfacecolor=sheet.ACCENT, markeredgecolor="#FFFFFF", markeredgewidth=0.4, label="own",
        )  # fmt: skip


def _edges(line: _Line) -> list[float]:
    """The ends of the axis and the middles between neighbouring points."""
    x = np.log(line.x) if line.coordinate.log else line.x
    found = np.concatenate([x[:1], (x[1:] + x[:-1]) / 2, x[-1:]])
    return [float(edge) for edge in (np.exp(found) if line.coordinate.log else found)]


def _segments(view: View, line: _Line, sure: bool = False) -> list[tuple[str, int, int]]:
    """Stretches with one winner: its key, the first and the last point, by their place on the axis.

    sure: without points that are too close to call, each of which ends a stretch.
    """
    known = [(n, view.at(point)) for n, point in enumerate(line.points) if view.at(point).key is not None]
    named = [(n, None if sure and judged.close else judged.key) for n, judged in known]
    stretches = [(key, [n for n, _ in run]) for key, run in groupby(named, key=lambda each: each[1])]
    return [(key, places[0], places[-1]) for key, places in stretches if key is not None]


def _label_ends(
    page: sheet.Sheet, axes: Axes, view: View, line: _Line, names: dict[str, list[str]],
    place: tuple[float, float, float],
) -> None:  # fmt: skip
    """The name of each option at the end of its line, moved apart where they would touch."""
    left, top, high = place
    low, most = axes.get_ylim()
    ends: dict[str, tuple[float, float]] = {}
    for key in line.keys:
        value = view.series("value", key, line.points)
        last = int(np.flatnonzero(np.isfinite(value))[-1])
        ends[key] = float(line.x[last]), float(value[last])
    down = {key: (most - end[1]) / (most - low) * high for key, end in ends.items()}
    order = sorted(line.keys, key=lambda key: down[key])
    tall = [len(names[key]) * sheet.LINE + 0.02 for key in order]
    tops = apart([down[key] - tall[n] / 2 for n, key in enumerate(order)], tall, high)
    right = sheet.WIDTH - sheet.EDGE - _LABELS
    for key, start, size in zip(order, tops, tall, strict=True):
        page.write(right, top + start, names[key], label="end")
        middle = 1 - (start + size / 2) / high
        x = ends[key][0]
        width = axes.get_position().width * sheet.WIDTH
        out = _share(axes, line) + (right - 0.03 - left - width) / width
        axes.plot(
            [_share_of(axes, line, x), out], [1 - down[key] / high, middle], color=line.styles[key][1], linewidth=0.6,
            linestyle=":" if x < line.x[-1] else "-", transform=axes.transAxes, clip_on=False, label="to the name",
        )  # fmt: skip


def _share(axes: Axes, line: _Line) -> float:
    """The right edge, as a share of the panel."""
    return _share_of(axes, line, float(line.x[-1]))


def _share_of(axes: Axes, line: _Line, x: float) -> float:
    """A place across as a share of the panel."""
    start, end = axes.get_xlim()
    return float(np.log(x / start) / np.log(end / start)) if line.coordinate.log else (x - start) / (end - start)


def apart(tops: Sequence[float], heights: Sequence[float], room: float) -> list[float]:
    """Tops of labels, from the first to the last, moved so that none touches the next and all are within the room.

    >>> apart([0.0, 0.1, 5.0], [1.0, 1.0, 1.0], 5.5)
    [0.0, 1.0, 4.5]
    """
    found = list(tops)
    free = 0.0
    for n, height in enumerate(heights):
        found[n] = max(found[n], free)
        free = found[n] + height
    end = room
    for n in reversed(range(len(found))):
        found[n] = min(found[n], end - heights[n])
        end = found[n]
    return found


def _ranges(
    page: sheet.Sheet, view: View, line: _Line, heads: dict[str, list[str]], place: tuple[float, float]
) -> None:
    """A panel for each option that has a range, all on one scale."""
    if not heads:
        return
    top, pitch = place
    low, most = _ends(view, line, ["value", "low", "high"], list(heads))
    ticks = view.ticks(low, most)
    left = _room(low, most, ticks)
    wide = (sheet.WIDTH - 2 * sheet.EDGE - left - 0.1 - (_ACROSS - 1) * _BETWEEN) / _ACROSS
    above = max(map(len, heads.values())) * sheet.LINE + 0.04
    for number, (key, head) in enumerate(heads.items()):
        row, column = divmod(number, _ACROSS)
        x, y = sheet.EDGE + left + column * (wide + _BETWEEN), top + row * pitch
        page.write(x, y + above - 0.04 - len(head) * sheet.LINE, head, weight="bold")
        axes = page.axes(x, y + above, wide, _LOW)
        _band(axes, view, line, key)
        _draw(axes, view, line, key)
        _scales(axes, line, low, most, ticks, 4)
        axes.xaxis.set_major_locator(FixedLocator([float(line.x[0]), float(line.x[-1])]))
        text = tick_text(float(line.x[0]), float(line.x[-1]))
        axes.xaxis.set_major_formatter(FuncFormatter(text))
        start, end = axes.get_xticklabels()
        start.set_horizontalalignment("left")
        end.set_horizontalalignment("right")
        if column:
            axes.tick_params(labelleft=False)


# --- words ---


def finding(view: View, line: _Line) -> Finding:
    """Which option is the best beyond chance where along the axis."""
    often = captions.tally(view, line.points, "value")
    found = _segments(view, line, sure=True)
    known = [n for n, point in enumerate(line.points) if view.at(point).key]
    close = sum(view.at(line.points[n]).close for n in known)
    if not found or (len(found) == 1 and not close):
        return Finding(often)
    if len(found) > _MOST_CHANGES + 1:
        times = len(list(groupby(found, key=lambda each: each[0]))) - 1
        changes = f"the best changes {format_count(times, 'time')}; " if times else ""
        return Finding(f"{changes}{often}")
    said = [(_stretch(line, (known[0], known[-1]), *ends), view.labels[key]) for key, *ends in found]
    first = f"with the {lower_first(line.coordinate.label)} {said[0][0]} the best is {said[0][1]}"
    stretches = join_words([first, *(" ".join(each) for each in said[1:])])
    unsure = f"; {close} of {format_count(len(known), 'value')} {'is' if close == 1 else 'are'} too close to call"
    return Finding(f"{stretches}{unsure if close else ''}", brief=often)


def _stretch(line: _Line, known: tuple[int, int], first: int, last: int) -> str:
    """From where to where a winner wins, of the first and the last value of which anything is known."""
    texts = [line.coordinate.text(n) for n in line.coordinate.order]
    if first == known[0]:
        return f"up to {texts[last]}"
    if last == known[1]:
        return f"from {texts[first]}"
    return f"at {texts[first]}" if first == last else f"from {texts[first]} to {texts[last]}"


def _words(view: View, line: _Line, banded: list[str]) -> sheet.Words:
    """The text around the chart."""
    draws = view.plan.draws
    what = f"median of {format_count(draws, 'world')} drawn" if draws else "central case, no draws were made"
    below = ", below on one scale" if len(banded) > 1 else ""
    bands = f"; bands{below}: 10th to 90th percentile" if banded else ""
    caps = "; whiskers: range of the replications" if view.plan.replications > 1 else ""
    flat = [view.labels[key] for key in line.keys if key not in banded] if banded else []
    changes, close = len(_segments(view, line)) > 1, any(view.at(point).close for point in line.points)
    low, _ = _ends(view, line, ["value"])
    turn = "who is the best in the most worlds changes" if draws else "the best option changes between two values"
    key = [sheet.Entry(turn, edge=sheet.ACCENT, line="--")] * changes
    key += [sheet.Entry("too close to call", "#FFFFFF", sheet.LIGHT, hatch=HATCH)] * close
    if line.x[0] <= line.coordinate.own <= line.x[-1]:
        key.append(sheet.Entry("the scenario's own value", sheet.ACCENT, sheet.ACCENT, marker="v"))
    return captions.words(
        view,
        finding(view, line),
        f"Lines: {what}{bands}{caps}. The best: {captions.who_is_best(view)}.",
        [
            f"{line.coordinate.label} is on a logarithmic scale." if line.coordinate.log else "",
            "The scale upwards does not begin at zero." if low > 0 else "",
            f"No range: {'; '.join(flat)}." if flat else "",
        ],
        key,
    )
