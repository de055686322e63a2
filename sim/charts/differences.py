"""How two options differ in the same worlds: the distribution of the difference, on which side of zero, and how far."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import pairs, sheet
from sim.charts.captions import LETTERS, PAIRED, SUBJECTS, Subject, blank, caption
from sim.charts.findings import difference as finding
from sim.charts.findings import gap_unit
from sim.charts.numbers import labels
from sim.charts.pairs import ALIKE, FIRST, NEITHER, SECOND
from sim.comparison.answer import percent
from sim.comparison.results import Comparison
from sim.formatting import format_count, format_tick, upper_first
from sim.outcomes import BY_NAME

_LEFT, _RIGHT = 0.62, 0.12  # inches: for the axis of worlds, right of the panel
_HIGH, _STRIP, _FOOT = 2.0, 0.26, 0.4  # inches: of the bars, of the strip below them, of the axis
_ROOM = 0.02  # of the scale, on either side
_ABOVE = 1.08  # of the highest bar
_FAR = 0.5  # of the scale: so far beyond the bars the central case has still a mark
_LOOKS: dict[str, dict[str, Any]] = {
    FIRST: {"facecolor": sheet.DARK, "edgecolor": "#FFFFFF"},
    SECOND: {"facecolor": sheet.PALE, "edgecolor": sheet.DARK, "hatch": "////"},
}
_ALIKE: dict[str, Any] = {"color": sheet.ACCENT, "linewidth": 4.0, "solid_capstyle": "butt"}
_MIDDLE: dict[str, Any] = {"marker": "o", "markersize": 5, "color": sheet.INK, "linestyle": "none"}


def difference(comparison: Comparison) -> Figure:
    """The chart of the two options that the scenario's question is about, on its yardstick."""
    return _chart(comparison, SUBJECTS["difference"])


def difference_of(comparison: Comparison, first: str, second: str, outcome: str) -> Figure:
    """The same of any two options, by their keys, on any outcome; ValueError for names that there are not."""
    return _chart(comparison, subject(first, second, outcome))


def subject(first: str, second: str, outcome: str) -> Subject:
    """What such a chart is about, for its alternative text (`captions.alt`) and its numbers."""
    numbers = partial(pairs.difference, first=first, second=second, outcome=outcome)
    return Subject(SUBJECTS["difference"].title, numbers, finding, PAIRED)


def table_name(first: str, second: str, outcome: str) -> str:
    """The name of the table of its numbers, by which they are found again."""
    return "/".join(("difference", first, second, outcome))


def subject_named(table: str) -> Subject | None:
    """What the chart is about whose table has this name; None for another name."""
    begins, *chosen = table.split("/")
    return subject(*chosen) if begins == "difference" and len(chosen) == 3 else None


def _chart(comparison: Comparison, about: Subject) -> Figure:
    """Bars over the difference, each side of zero in its own look, and below them the median and 80 % of worlds."""
    frame = about.numbers(comparison)
    bars = frame[frame["from"].notna()]
    with sheet.chart_style():
        if bars.empty:
            return blank(comparison, about, "")
        width = sheet.WIDTH - 2 * sheet.EDGE - _LEFT - _RIGHT
        heads = [sheet.wrap(text, width / 2 - 0.1, bold=True) for text in _sides(comparison, frame)]
        above = sheet.LINE * max(map(len, heads)) + 0.06
        words = caption(comparison, about, _central(frame), _notes(comparison, frame), _key(comparison, frame))
        page = sheet.Sheet(words, above + _HIGH + _STRIP + _FOOT)
        left = sheet.EDGE + _LEFT
        for x, lines, ha in zip((left, left + width), heads, ("left", "right"), strict=True):
            page.write(x, above - 0.06 - sheet.LINE * len(lines), lines, ha=ha, weight="bold")
        axes, strip = page.axes(left, above, width, _HIGH), page.axes(left, above + _HIGH, width, _STRIP)
        ends = _ends(frame)
        _draw(axes, bars)
        _summary(strip, frame.iloc[0])
        for each in (axes, strip):
            each.set_xlim(ends[0], ends[1])
            each.axvline(0, color=sheet.INK, linewidth=1.0, label="zero")
        _scale(axes, strip, frame, ends)
        return sheet.settle(page.figure)


def _sides(comparison: Comparison, frame: pd.DataFrame) -> tuple[str, str]:
    """Whose side of zero the left is, and the right, and what share of the worlds lies there."""
    row, names = frame.iloc[0], labels(comparison)
    if (frame.side == ALIKE).all():
        return "", ""
    word = "higher" if BY_NAME[row.outcome].better == "neither" else "better"
    left, right = f"\u2190 {names[row.second]} {word}: ", f"{names[row['first']]} {word}: "
    return f"{left}{percent(row.behind)}", f"{right}{percent(row.ahead)} \u2192"


def _draw(axes: Axes, bars: pd.DataFrame) -> None:
    """A bar a row from zero upwards; an arrow on those that hold all that is farther out."""
    for side, look in _LOOKS.items():
        rows = bars[bars.side == side]
        axes.bar(rows["from"], rows.share, rows.to - rows["from"], align="edge", label=side, linewidth=0.6, **look)
        far = rows[rows.beyond.astype(bool)]
        arrow = ">" if side == FIRST else "<"
        middle = (far["from"] + far.to) / 2
        axes.plot(middle, far.share, arrow, color=sheet.INK, markersize=4, label="beyond", zorder=3)
    for share in bars[bars.side == ALIKE].share:
        axes.plot([0, 0], [0, share], label=ALIKE, zorder=3, **_ALIKE)


def _summary(strip: Axes, row: pd.Series) -> None:
    """The median with the range of 80 % of worlds, and the central case."""
    sheet.whiskers(strip, np.array([row.low]), np.array([row.high]), np.array([0.5]), across=True, cap=6.0)
    strip.plot([row["median"]], [0.5], label="median", zorder=4, **_MIDDLE)
    strip.plot([row.central], [0.5], linestyle="none", label="central", zorder=3, **sheet.HOLLOW)
    strip.set(ylim=(0, 1), yticks=[])
    strip.spines["left"].set_visible(False)


def _ends(frame: pd.DataFrame) -> tuple[float, float]:
    """From where to where the scale goes: zero, the bars, and what stands below them."""
    low, high = sheet.reach(frame, ["from", "to", "median", "low", "high"])
    central, span = float(frame.central.iloc[0]), high - low
    if low - _FAR * span <= central <= high + _FAR * span:
        low, high = min(low, central), max(high, central)
    room = _ROOM * (high - low) or 1.0
    return low - room, high + room


def _scale(axes: Axes, strip: Axes, frame: pd.DataFrame, ends: tuple[float, float]) -> None:
    """Shares of the worlds from zero; the difference below, in its unit."""
    row, most = frame.iloc[0], float(frame.share.max()) * _ABOVE
    axes.set_ylim(0, most)
    axes.axhline(0, color=sheet.QUIET, linewidth=0.6)
    axes.spines["bottom"].set_visible(False)
    sheet.scale(axes, "y", 0.0, most, 5, sheet.percent_tick)
    axes.set_ylabel("% of the worlds drawn", va="top")
    axes.yaxis.set_label_coords(-_LEFT / (axes.get_position().width * sheet.WIDTH), 0.5)
    axes.tick_params(bottom=False, labelbottom=False)
    sheet.scale(strip, "x", *ends, 7, sheet.percent_tick if row.unit == "fraction" else format_tick)
    unit = gap_unit(sheet.clip(row.unit, 40))
    strip.set_xlabel("\n".join(sheet.wrap(f"Difference in the same world{', ' + unit if unit else ''}", 5.0)))


def _key(comparison: Comparison, frame: pd.DataFrame) -> list[sheet.Entry]:
    """Both sides, worlds in which the two are alike, and the marks below."""
    row, names = frame.iloc[0], labels(comparison)
    word = "higher" if BY_NAME[row.outcome].better == "neither" else "better"
    entries = [
        sheet.Entry(f"{names[key]} {word}", look["facecolor"], sheet.DARK, look.get("hatch", ""))
        for key, look in zip((row["first"], row.second), _LOOKS.values(), strict=True)
    ]
    if (frame.side == ALIKE).any():
        entries.append(sheet.Entry("both alike", sheet.ACCENT, sheet.ACCENT))
    if np.isfinite(row["median"]):
        entries += [sheet.Entry("median", sheet.INK, sheet.INK, marker="o"), sheet.Entry("80 % of worlds", line="-")]
    start, end = _ends(frame)
    if start <= row.central <= end:
        entries.append(sheet.Entry("central case", "#FFFFFF", marker="D"))
    return entries


def _central(frame: pd.DataFrame) -> str:
    """The sentence on what is drawn."""
    row = frame.iloc[0]
    return (
        f"Bars: {row.of:,} draws of the world by the difference of the two in the same draw; above: share of all draws "
        "on each side, those alike half to each."
    )


def _notes(comparison: Comparison, frame: pd.DataFrame) -> list[str]:
    """The notes on bars that hold all beyond, on draws without a bar, and on a central case that has no mark."""
    row, names = frame.iloc[0], labels(comparison)
    counts = frame[frame["from"].isna()].set_index("side").draws.to_dict()
    said = [
        f"in {format_count(counts[side], 'draw')} only {names[row[side]]} has a value, and is ahead without a bar"
        for side in (FIRST, SECOND)
        if side in counts
    ]
    said += [f"in {format_count(counts[NEITHER], 'draw')} neither has a value"] if NEITHER in counts else []
    start, end = _ends(frame)
    far = np.isfinite(row.central) and not start <= row.central <= end
    return [
        "Arrows: outermost bars, which hold all worlds farther out too. " * bool(frame.beyond.any())
        + "The central case lies beyond the scale. " * bool(far) + LETTERS,
        f"{upper_first('; '.join(said))}." if said else "",
    ]  # fmt: skip
