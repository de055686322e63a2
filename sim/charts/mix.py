"""What each instrument of a mix contributes: their stack, and below it what each contributes, adds alone and last."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import sheet
from sim.charts.captions import LETTERS, assumed_in, setting_of
from sim.charts.files import save_titled
from sim.charts.generations import BANDS
from sim.charts.titles import Finding
from sim.decision.contributions import ALONE, CONTRIBUTES, LAST, MIX, MixContributions
from sim.decision.mix_document import NAME
from sim.decision.mix_words import LEFT, reading, result, together
from sim.decision.shapley import INTERVAL_SHARE
from sim.decision.yardstick import units
from sim.formatting import format_count, format_percent, format_tick, format_typeset, lower_first, upper_first
from sim.labels import gloss
from sim.outcomes import BY_NAME
from sim.scenario.appraisal import appraisal_words
from sim.version import __version__

TITLE = "What each instrument contributes to a mix"
RESTS_ON = ("hardware", "procurement", "operations", "cloud", "grants", "demand", "access")
_NAMES, _PITCH, _THICK, _STACK, _BETWEEN, _UNDER = 1.35, 0.19, 0.12, 0.26, 0.12, 0.42  # inches
_FOLLOWING = {ALONE: ("#FFFFFF", ""), LAST: ("#FFFFFF", "||||||")}  # fill and hatch: the same for every instrument
_ROOM = 0.02  # of the scale, beyond the farthest whisker


def mix_contributions(found: MixContributions) -> Figure:
    """The chart; its scale is that of the yardstick, in the scenario's own money where it is money."""
    frame = found.table
    names = [_named(*each) for each in zip(found.labels, found.shares, strict=True)]
    heights = [max(3 * _PITCH, sheet.LINE * len(lines)) + _BETWEEN for lines in names]
    whole = sheet.wrap(found.label, _NAMES, bold=True)
    stack = max(_STACK + 2 * _BETWEEN, sheet.LINE * len(whole) + _BETWEEN)
    with sheet.chart_style():
        page = sheet.Sheet(_words(found), stack + sum(heights) + _UNDER)
        left = sheet.EDGE + _NAMES + 0.1
        axes = page.axes(left, 0.0, sheet.WIDTH - sheet.EDGE - left, stack + sum(heights))
        axes.set(ylim=(stack + sum(heights), 0), yticks=[])
        page.write(sheet.EDGE, (stack - sheet.LINE * len(whole)) / 2, whole, weight="bold")
        marks = [(stack / 2, _stacked(axes, frame, stack / 2))]
        top = stack
        for n, (part, lines, height) in enumerate(zip(found.parts, names, heights, strict=True)):
            page.write(sheet.EDGE, top, lines)
            marks += _rows(axes, frame[frame.part == part], n, top)
            top += height
        _scale(axes, frame, marks, found)
        return sheet.settle(page.figure)


def _named(label: str, share: float) -> list[str]:
    """An instrument and its share of the money, in lines."""
    return [*sheet.wrap(label, _NAMES), *sheet.wrap(f"{format_percent(share, '.0f')} of the money", _NAMES)]


def _stacked(axes: Axes, frame: pd.DataFrame, at: float) -> float:
    """Draw the stack of contributions, those below zero to the left of it, and the range of their sum; its mean."""
    ends = {True: 0.0, False: 0.0}
    for n, value in enumerate(frame[frame.measure == CONTRIBUTES]["mean"]):
        start = ends[value >= 0]
        ends[value >= 0] += value
        _bar(axes, at, value, n, start=start, thick=_STACK, label="stack")
    whole = frame[frame.measure == MIX].iloc[0]
    _whisker(axes, whole, at + _STACK / 2 + _BETWEEN / 2)
    return float(whole["mean"])


def _rows(axes: Axes, rows: pd.DataFrame, number: int, top: float) -> list[tuple[float, float]]:
    """Draw what an instrument contributes, adds alone and last, one under the other with their ranges; the means."""
    marks = []
    for place, (_, row) in enumerate(rows.iterrows()):
        at = top + (place + 0.5) * _PITCH
        _bar(axes, at, row["mean"], number, measure=row.measure, label=row.measure)
        _whisker(axes, row, at)
        marks.append((at, float(row["mean"])))
    return marks


def _bar(
    axes: Axes, at: float, value: float, number: int, *, measure: str = CONTRIBUTES, start: float = 0.0,
    thick: float = _THICK, label: str = "",
) -> None:  # fmt: skip
    """A bar of an instrument; contributions have the look of the instrument, so that rows are the key of the stack."""
    fill, edge, hatch = BANDS[number % len(BANDS)]
    if measure in _FOLLOWING:
        edge, (fill, hatch) = sheet.DARK, _FOLLOWING[measure]
    axes.barh(at, value, thick, left=start, color=fill, edgecolor=edge, hatch=hatch, linewidth=0, label=label)
    axes.barh(at, value, thick, left=start, color="none", edgecolor=sheet.DARK, linewidth=0.6, label="outline")


def _whisker(axes: Axes, row: pd.Series, at: float) -> None:
    """The range of the draws, cased in white where it lies on a bar."""
    if row.high > row.low:
        axes.plot([row.low, row.high], [at, at], color="#FFFFFF", linewidth=2.4, marker="|", markersize=6, label="case")
    sheet.whiskers(axes, np.array([row.low]), np.array([row.high]), np.array([at]), across=True)


def _scale(axes: Axes, frame: pd.DataFrame, marks: list[tuple[float, float]], found: MixContributions) -> None:
    """A scale that holds zero and all ranges, and right of it the means as a column of numbers."""
    low, high = sheet.reach(frame, ["mean", "low", "high"])
    width = axes.get_position().width * sheet.WIDTH
    share = BY_NAME[found.yardstick].unit == "fraction"
    texts = [format_typeset(100 * mean) if share else format_typeset(mean) for _, mean in marks]
    for (at, _), text in zip(marks, texts, strict=True):
        axes.text(1.0, at, text, transform=axes.get_yaxis_transform(), ha="right", va="center_baseline")
    room = (high - low) * _ROOM
    part = 1 - (sheet.widest(texts) + 0.15) / width
    start = low - room if low < 0 else 0.0
    axes.set_xlim(start, start + ((high - start) * (1 + _ROOM) or 1.0) / part)
    axes.axvline(0, color=sheet.QUIET, linewidth=0.6)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_bounds(start, high or 1.0)
    sheet.scale(axes, "x", start, high, 6, sheet.percent_tick if share else format_tick)
    axes.set_xlabel(upper_first(units(found.yardstick, found.scenario)) + " more than with doing nothing")


def _words(found: MixContributions) -> sheet.Words:
    """The text around the chart."""
    scenario, share = found.scenario, format_percent(INTERVAL_SHARE, ".0f")
    topic = f"{TITLE}, by {lower_first(BY_NAME[found.yardstick].label)}."
    title, below = Finding(result(found), reading(found)).above(topic, [found.label, *found.labels])
    return sheet.Words(
        title=title,
        reading=below,
        subtitle=(
            f"Bars and numbers: means of {format_count(len(found.values), 'draw')} of the world; whiskers: the middle "
            f"{share} of the draws. {setting_of(scenario)}"
        ),
        notes=[
            f"A contribution is averaged over all orders in which the mix can be put together (Shapley value); "
            f"contributions sum to what the mix adds. {LEFT[found.rest]}. {LETTERS}",
            together(found) if found.rest == "unspent" and len(found.parts) > 1 else "",
            *gloss([reading(found), source(found)]),
        ],
        source=source(found),
        key=[
            sheet.Entry("contributes, filled as in the stack", sheet.DARK, sheet.DARK),
            sheet.Entry("adds alone, to doing nothing", _FOLLOWING[ALONE][0], sheet.DARK),
            sheet.Entry("adds last, to all others", _FOLLOWING[LAST][0], sheet.DARK, _FOLLOWING[LAST][1]),
        ],
    )


def source(found: MixContributions) -> str:
    """The line on where the chart comes from, and how much of what it rests on is assumed."""
    scenario = found.scenario
    end = "" if scenario.title.endswith((".", "?", "!")) else "."
    return (
        f"Source: Heavy Press {__version__}, run {found.run}, seed {found.seed}. Scenario: {scenario.title}{end} "
        f"Discounting: {appraisal_words(scenario.world.money, scenario.horizon_years)}. "
        f"{assumed_in(scenario, RESTS_ON)}"
    )


def save(found: MixContributions, folder: Path, record: str) -> None:
    """Write the chart into a folder, as a drawing and as pixels, the same to the last byte for the same run."""
    figure = mix_contributions(found)
    title, about = f"{TITLE}: {found.scenario.title}", f"{TITLE}: {reading(found)}."
    save_titled(figure, folder / NAME, title, about, source(found), "mix", record)
