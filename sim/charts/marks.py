"""Scales with round ticks, and marks that several charts share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from sim.charts.sheet import INK, WIDTH
from sim.charts.typesetting import widest
from sim.formatting import format_tick
from sim.parameters import Array

_CLEAR = 0.12  # inches between the longest bar and the column of numbers
_PADDING = 0.08  # inches between two numbers on an axis
_LEAST = 0.3  # share of a panel that bars always have


def percent_tick(share: float, _: object = None) -> str:
    """A share on an axis in per cent, whose sign stands in the label of the axis."""
    return f"{100 * share:g}"


def scale(axes: Axes, which: str, low: float, high: float, ticks: int, text: Callable[..., str] = format_tick) -> None:
    """Set at most about so many round ticks from `low` to `high`; only a zero where there is nothing to measure.

    Across (`which` is 'x') there are fewer where their words would touch.
    """
    axis = {"x": axes.xaxis, "y": axes.yaxis}[which]
    places = [0.0]
    for wanted in range(ticks, 0, -1):
        if high <= low:
            break
        tried = MaxNLocator(wanted, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        places = [float(place) for place in tried if low <= place <= high]
        if which == "y" or _apart(axes, places) > widest([text(place) for place in places]):
            break
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FuncFormatter(text))


def _apart(axes: Axes, places: list[float]) -> float:
    """Inches between neighbouring ticks across, less what keeps two numbers apart."""
    start, end = axes.get_xlim()
    step = places[1] - places[0] if len(places) > 1 else end - start
    return step / (end - start) * axes.get_position().width * WIDTH - _PADDING


def year_scale(axes: Axes, first: int, years: int, most: int) -> None:
    """Set at most `most` ticks, one a year or one every few years."""
    step = next(step for step in (1, 2, 3, 5, 10) if -(-years // step) <= most or step == 10)
    axes.xaxis.set_major_locator(FixedLocator(list(range(first, first + years, step))))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda year, _: f"{year:.0f}"))


def reach(frame: pd.DataFrame, columns: list[str]) -> tuple[float, float]:
    """Lowest and highest of these columns and zero."""
    values = frame[columns].to_numpy(dtype=float)
    seen = np.append(values[np.isfinite(values)], 0.0)
    return float(seen.min()), float(seen.max())


def whiskers(axes: Axes, low: Array, high: Array, at: Array, across: bool, cap: float = 4.0) -> None:
    """Draw ranges as thin lines with caps of `cap` points; none where there is no range or it has no width."""
    for start, end, place in zip(low, high, at, strict=True):
        if end > start:
            ends, places = [start, end], [place, place]
            xs, ys = (ends, places) if across else (places, ends)
            axes.plot(xs, ys, color=INK, linewidth=0.8, marker="|" if across else "_", markersize=cap, label="range")


def value_column(axes: Axes, at: Array, values: list[str]) -> float:
    """The share of a panel's width left of a column of numbers that is drawn at its right edge.

    A column, since a number behind a whisker would read as the end of the whisker.
    """
    for place, value in zip(at, values, strict=True):
        axes.text(1.0, place, value, transform=axes.get_yaxis_transform(), ha="right", va="center_baseline")
    width = axes.get_position().width * WIDTH
    return max(1 - (widest(values) + _CLEAR) / width, _LEAST)


def settle(figure: Figure) -> Figure:
    """The figure with its ticks made now, while the settings of this package hold."""
    for axes in figure.axes:
        axes.get_xticklabels()
        axes.get_yticklabels()
    return figure
