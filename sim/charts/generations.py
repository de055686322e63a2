"""Capacity of the public machine month by month: generations stacked, and their sum against the frontier."""

from __future__ import annotations

from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from sim.charts import numbers, sheet
from sim.charts.captions import LETTERS, blank, caption
from sim.charts.numbers import ALL, FRONTIER
from sim.comparison.results import Comparison
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR

# (fill, edge and hatch colour, hatch) of bands in the order of their age: neighbours differ in tone and in pattern
BANDS = (
    (sheet.DARK, "#FFFFFF", ""),
    (sheet.LIGHT, sheet.DARK, "////"),
    (sheet.MIDDLE, "#FFFFFF", "...."),
    (sheet.PALE, sheet.DARK, ""),
    ("#28A197", "#0B3D39", "\\\\\\\\"),
    ("#FFFFFF", sheet.DARK, "xxxx"),
)
_LEFT, _HIGH, _LOW, _BETWEEN = 0.75, 2.5, 1.0, 0.15  # inches: for the axis, of the panels, between them
_SEEN = 0.2  # share of the stack below which the line would lie on the axis; it then gets a panel of its own


def capacity(comparison: Comparison) -> Figure:
    """The chart of capacity by generation."""
    frame = numbers.capacity(comparison)
    with sheet.chart_style():
        if frame.empty:
            return blank(comparison, "capacity")
        bands = {str(name): rows.value.to_numpy() for name, rows in frame.groupby("series", sort=False)}
        worth, total = bands.pop(FRONTIER), bands.pop(ALL)
        key = [sheet.Entry(f"design of {name}", *look) for name, look in zip(bands, BANDS, strict=False)]
        key.append(sheet.Entry("the whole machine in frontier-equivalents (FE)", line="-"))
        central = f"{frame.label.iloc[0]}: central case, month by month."
        apart = worth.max() < _SEEN * total.max()
        body = _HIGH + apart * (_LOW + _BETWEEN) + 0.4
        page = sheet.Sheet(caption(comparison, "capacity", central, _notes(comparison), key), body)
        first, years = comparison.scenario.start.years, comparison.scenario.horizon_years
        at = first + np.arange(total.size + 1) / MONTHS_PER_YEAR
        axes = _panel(page, 0.05, _HIGH, "In service (H100e)" if apart else "In service (H100e; line: FE)")
        _stack(axes, at, list(bands.values()))
        _set_scales(axes, first, years, float(total.max()), 5)
        if apart:
            axes.tick_params(labelbottom=False)
            axes = _panel(page, 0.05 + _HIGH + _BETWEEN, _LOW, "In service (FE)")
            _set_scales(axes, first, years, float(worth.max()), 3)
        halo = [withStroke(linewidth=3.5, foreground="white")]
        serving, middle = np.where(total > 0, worth, np.nan), (at[:-1] + at[1:]) / 2
        axes.plot(middle, serving, color=sheet.INK, linewidth=1.6, path_effects=halo, label=FRONTIER)
        axes.set_xlabel("Year (ticks at 1 January)")
        return sheet.settle(page.figure)


def _panel(page: sheet.Sheet, top: float, height: float, unit: str) -> Axes:
    """A panel as wide as the sheet, its unit at the left."""
    width = sheet.WIDTH - 2 * sheet.EDGE - _LEFT - 0.12
    axes = page.axes(sheet.EDGE + _LEFT, top, width, height)
    axes.set_ylabel(unit, va="top")
    axes.yaxis.set_label_coords(-_LEFT / width, 0.5)
    return axes


def _set_scales(axes: Axes, first: float, years: int, high: float, ticks: int) -> None:
    """Set the scales of months and of capacity from zero."""
    axes.set(xlim=(first, first + years), ylim=(0, 1.05 * high))
    sheet.scale(axes, "y", 0.0, high, ticks)
    sheet.year_scale(axes, ceil(first), years + 1, 11)


def _notes(comparison: Comparison) -> list[str]:
    """The notes on what the units mean and which machines are not shown."""
    others = [numbers.labels(comparison)[key] for key in numbers.machines(comparison)[1:]]
    doubling = comparison.scenario.world.hardware.doubling_years
    return [
        "H100e: accelerators in service × work of their design over that of an H100. FE: the work of one H100 at the "
        "start of the scenario, less what new hardware has gained since, which doubles what a dollar buys every "
        f"{doubling:g} years; so the gap is obsolescence. {LETTERS}",
        f"Options that have a machine too, not shown here: {'; '.join(others)}." if others else "",
    ]


def _stack(axes: Axes, at: Array, bands: list[Array]) -> None:
    """Draw bands on top of one another as steps; only where they are above zero."""
    below = np.zeros(at.size - 1)
    for values, (fill, edge, hatch) in zip(bands, BANDS, strict=False):
        there = np.flatnonzero(values > 0)
        months = slice(there[0], there[-1] + 1)
        edges = at[there[0] : there[-1] + 2]
        top = below + values
        axes.stairs(
            top[months], edges, baseline=below[months], fill=True,
            facecolor=fill, edgecolor=edge, hatch=hatch, linewidth=0, label="generation",
        )  # fmt: skip
        below = top
