"""Chance, unknown numbers and structural choices side by side: a dot and a range a row, zero where both are alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import sheet
from sim.charts.files import save_titled
from sim.charts.rules import source
from sim.charts.titles import Finding
from sim.comparison.answer import measure_words, percent
from sim.comparison.verdict import APART
from sim.decision.structures.differences import BOTH, NOISE, PARAMETERS, STRUCTURE, Row, Structures
from sim.decision.structures.table import notes
from sim.decision.structures.words import KINDS, names, result, spreads, summary, words
from sim.formatting import format_count, lower_first, unit_text
from sim.parameters import Array
from sim.scenario.changes import changes_note
from sim.units import UNIT_WORDS, unit_parts

NAME = "structures"
TITLE = "What chance, unknown numbers and structural choices do to the difference"
_LEFT, _INDENT, _RIGHT = 2.45, 0.1, 0.62  # inches: labels, their indent, the column of shares
_WIDE = sheet.WIDTH - 2 * sheet.EDGE - _LEFT - _RIGHT  # of the panel
_GAP, _HEAD, _ROW, _FOOT = 0.06, 0.155, 0.155, 0.4  # inches: above a head, heads, rows, the axis
_KNOWN, _OPEN = sheet.DARK, "#FFFFFF"
_BAND = 5.0  # points, the span of the structures
_BEYOND = 1.08  # of the scale over the furthest range
_KINDS = "Kinds of uncertainty"
COLUMNS = ("kind", "subject", "label", "value", "low", "high", "share", "verdict")
_BLUNT: dict[str, Any] = {"solid_capstyle": "butt"}
KNOWN = ("better", "worse")
_SHARES = ["right side", "better in"]  # head of the column of shares
SPAN = "span"  # of the medians of all structures


def structures_frame(found: Structures) -> pd.DataFrame:
    """What is drawn, a row a mark: parts of the mean of both, and the share of the draws with the first ahead.

    Alternatives that change nothing are left out.
    """
    entries = [
        (row.kind, *_named(row), row.middle, *row.interval, row.pair.share, row.pair.verdict)
        for row in found.rows
        if not row.same
    ]
    span = (
        SPAN,
        _KINDS,
        f"{KINDS[STRUCTURE][0]}: span of the medians",
        found.of(BOTH).middle,
        *found.reach,
        np.nan,
        "",
    )
    entries.insert(len(found.rows) - len(found.structural), span)
    return pd.DataFrame(entries, columns=list(COLUMNS))


def _named(row: Row) -> tuple[str, str]:
    """The head that a row stands under, and its label."""
    return words(row) if row.kind == STRUCTURE else (_KINDS, KINDS[row.kind][0])


def structures_chart(found: Structures, run: str) -> Figure:
    """The chart: three kinds of uncertainty, then an alternative a row under the name of its subject."""
    frame = structures_frame(found)
    lines = [sheet.wrap(label, _LEFT - 2 * _INDENT) for label in frame.label]
    sides = [sheet.wrap(text, _WIDE / 2 - _INDENT) for text in _sides(found)]
    above = sheet.LINE * max(map(len, [*sides, _SHARES])) + 0.05
    heads, tops, height = _places(list(frame.subject), lines)
    with sheet.chart_style():
        page = sheet.Sheet(_words(found, run), above + height + _FOOT)
        for top, head in heads:
            page.write(sheet.EDGE, above + top, [head], weight="bold")
        for top, label in zip(tops, lines, strict=True):
            page.write(sheet.EDGE + _INDENT, above + top, label)
        for place, side, ha in zip(
            (0.0, _WIDE, _WIDE + _RIGHT), (*sides, _SHARES), ("left", *["right"] * 2), strict=True
        ):
            page.write(sheet.EDGE + _LEFT + place, 0.0, side, ha=ha, color=sheet.QUIET)
        axes = page.axes(sheet.EDGE + _LEFT, above, _WIDE, height)
        _scale(axes, frame, height)
        _marks(axes, frame, np.array([top + len(each) * sheet.LINE / 2 for top, each in zip(tops, lines, strict=True)]))
        return sheet.settle(page.figure)


def _sides(found: Structures) -> tuple[str, str]:
    """Whose side of zero the left is, and the right."""
    first, second = names(found)
    return f"\u2190 {second} better", f"{first} better \u2192"


def _places(subjects: list[str], lines: list[list[str]]) -> tuple[list[tuple[float, str]], list[float], float]:
    """(top, name) of each head, the top of each row, and the height of all; inches."""
    heads: list[tuple[float, str]] = []
    tops, top = [], 0.0
    for subject, label in zip(subjects, lines, strict=True):
        if not heads or subject != heads[-1][1]:
            top += _GAP * bool(heads)
            heads.append((top, subject))
            top += _HEAD
        tops.append(top)
        top += _ROW + (len(label) - 1) * sheet.LINE
    return heads, tops, top


def _scale(axes: Axes, frame: pd.DataFrame, height: float) -> None:
    """Per cent of the mean of both, as far to either side as the ranges go; down in inches."""
    low, high = (end * _BEYOND for end in sheet.reach(frame, ["value", "low", "high"]))
    axes.set(ylim=(height, 0), yticks=[], xlim=(low, high) if high > low else (-1, 1))
    axes.spines["left"].set_visible(False)
    sheet.scale(axes, "x", *axes.get_xlim(), 7, sheet.percent_tick)
    axes.set_xlabel("Advantage, per cent of the mean of both options")


def _marks(axes: Axes, frame: pd.DataFrame, at: Array) -> None:
    """Ranges, medians, the span of the structures, and the share of the worlds at the right."""
    axes.axvline(0, color=sheet.INK, linewidth=0.8, label="zero")
    axes.axvline(
        frame[frame.kind == SPAN].value.iloc[0], color=sheet.ACCENT, linestyle="--", linewidth=0.8, label="own"
    )
    drawn: list[Any] = list(frame.itertuples())
    for place, row in zip(at, drawn, strict=True):
        if row.kind == SPAN:
            axes.plot([row.low, row.high], [place] * 2, color=sheet.LIGHT, linewidth=_BAND, label=SPAN, **_BLUNT)
            continue
        ends = np.array([row.low]), np.array([row.high])
        sheet.whiskers(axes, *ends, np.array([place]), across=True)
        fill = _KNOWN if row.verdict in KNOWN else _OPEN
        look: dict[str, Any] = {"marker": "o", "markersize": 4, "markeredgecolor": _KNOWN, "markerfacecolor": fill}
        axes.plot([row.value], [place], linestyle="none", zorder=3, label="median", **look)
        side: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "center_baseline"}
        axes.text(1 + _RIGHT / _WIDE, place, _brief(row.share), label="share", **side)


def _brief(share: float) -> str:
    """A share of the worlds in a narrow column."""
    return percent(share).replace("more than ", ">").replace("less than ", "<")


def _words(found: Structures, run: str) -> sheet.Words:
    """The text around the chart."""
    first, _ = names(found)
    worlds = format_count(found.draws, "world")
    own = found.of(BOTH).outcome
    same = [row.label for row in found.structural if row.same]
    title, below = Finding(result(found), spreads(found).removesuffix(".")).above(f"{TITLE}.", names(found))
    return sheet.Words(
        title=title,
        reading=below,
        subtitle=(
            f"Marks: median of {worlds} of {measure_words(own)}, or of the outcome named; whiskers: 10th to 90th "
            f"percentile; numbers: share of the worlds in which {first} would be better. "
            f"{'. '.join(f'{KINDS[kind][0]}: {lower_first(KINDS[kind][1])}' for kind in (NOISE, PARAMETERS))}. "
            "Each row below the kinds is one structural choice made otherwise, in the same worlds. "
            f"{' '.join(changes_note(found.scenario))}"
        ),
        notes=[_units(found), f"No change with: {'; '.join(same)}." if same else "", *notes(found)[1:]],
        source=source(found.scenario, found.seed, run),
        key=[
            sheet.Entry("one of the two is better", fill=_KNOWN, edge=_KNOWN, marker="o"),
            sheet.Entry(APART, fill=_OPEN, edge=_KNOWN, marker="o"),
            sheet.Entry("10th to 90th percentile", edge=sheet.INK, line="-"),
            sheet.Entry("span of the medians", fill=sheet.LIGHT, edge=sheet.LIGHT),
            sheet.Entry("median of the scenario's own structures", edge=sheet.ACCENT, line="--"),
        ],
    )


def _units(found: Structures) -> str:
    """What the units of work mean that are named."""
    units = dict.fromkeys(unit for row in found.rows for unit in unit_parts(row.outcome.unit) if unit.endswith("_hour"))
    return " ".join(f"{unit_text(unit)}: {UNIT_WORDS[unit]}." for unit in units)


def structures_alt(found: Structures) -> str:
    """Alternative text: what the chart is, and its reading."""
    return sheet.printable(f"{TITLE}: {summary(found)}")


def save_structures(folder: Path, found: Structures, run: str, record: str) -> None:
    """Write the chart into a folder, as a drawing and as pixels, with the run of the comparison behind it."""
    title, origin = f"{TITLE}: {found.scenario.title}", source(found.scenario, found.seed, run)
    save_titled(structures_chart(found, run), folder / NAME, title, structures_alt(found), origin, "decide", record)
