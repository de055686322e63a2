"""The sheet a chart is printed on: as wide as the text of an A4 page, as high as its words need.

All lengths are inches. Words are wrapped and measured before anything is placed, so that
nothing is ever clipped, however long a title is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import RLock
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator
from matplotlib.transforms import Affine2D

from sim.charts.code import CODE, squares
from sim.formatting import format_tick
from sim.parameters import Array

FAMILY = "DejaVu Sans"
SIZE = 7.5  # points, the smallest text
LINE = 0.14  # inches, the height of a line of that size
POINTS_PER_INCH = 72
_HINTED = 1.03  # letters are a little wider on a grid of pixels than in outline
WIDTH = 6.7  # 17 cm
EDGE = 0.08
GAP = 0.10
TITLE, _READING = 10.5, 8.5  # points
_KEY_PITCH, _SWATCH = 0.18, 0.26
# Blues of the Government Analysis Function's palette: distinguished by colour-blind readers, and in grey by lightness.
INK, QUIET, ACCENT = "#1A1A1A", "#595959", "#801650"
DARK, MIDDLE, LIGHT, PALE = "#12436D", "#2073BC", "#6BACE6", "#CDE3F6"
RULES: dict[str, Any] = {
    "font.family": [FAMILY],
    "font.size": SIZE,
    "text.parse_math": False,  # a '$' in a title is a dollar
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": SIZE,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SIZE,
    "ytick.labelsize": SIZE,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "path",  # needs no font where it is opened
    "svg.hashsalt": "heavypress",
    "pdf.fonttype": 42,  # letters as such, which can be searched and marked
}
OUTLINE: dict[str, Any] = {"edgecolor": DARK, "linewidth": 0.6}  # of a bar
HOLLOW: dict[str, Any] = {"marker": "D", "markersize": 4, "markerfacecolor": "#FFFFFF", "markeredgecolor": INK}
_WORD = re.compile(r"\S+(?: %\S*)?")
_LOCK = RLock()
_CLEAR = 0.12  # inches between the longest bar and the column of numbers
_PADDING = 0.08  # inches between two numbers on an axis
_LEAST = 0.3  # share of a panel that bars always have


# --- text that fits: without what no font or file can hold, measured, and wrapped ---


def printable(text: str) -> str:
    """One line without control characters, fit for XML and for the metadata of a file.

    >>> printable("A\\tplan\\u202e  for\\x00 2030 ")
    'A plan for 2030'
    """
    visible = (" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    return " ".join("".join(visible).split())


@cache
def _letters() -> frozenset[int]:
    """Code points that both weights of the font can draw."""
    weights = (get_font(findfont(FontProperties(family=FAMILY, weight=weight))) for weight in ("normal", "bold"))
    regular, bold = (set(font.get_charmap()) for font in weights)
    return frozenset(regular & bold)


def drawable(text: str) -> str:
    """The text with a replacement mark for each letter that the font lacks."""
    return "".join(letter if ord(letter) in _letters() else "\ufffd" for letter in printable(text))


@lru_cache(maxsize=8192)
def width_of(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Width of a piece of text, inches."""
    font = FontProperties(family=FAMILY, size=size, weight="bold" if bold else "normal")
    points = text_to_path.get_text_width_height_descent(text, font, False)[0]
    return float(points) / POINTS_PER_INCH * _HINTED


def widest(lines: list[str], size: float = SIZE, bold: bool = False) -> float:
    """Width of the longest of some lines, inches."""
    return max((width_of(line, size, bold) for line in lines), default=0.0)


def wrap(text: str, width: float, size: float = SIZE, bold: bool = False) -> list[str]:
    """Lines no wider than `width` inches; a word that alone is wider is cut, and a % stays with its number.

    Words are measured one by one and remembered, so that a chart of known words costs nothing.
    """
    space = width_of("n n", size, bold) - width_of("nn", size, bold)
    lines: list[list[str]] = []
    used = width
    for word in _WORD.findall(drawable(text)):
        for number, piece in enumerate(_pieces(word, width, size, bold)):
            needed = space + width_of(piece, size, bold)
            if number or used + needed > width:
                lines.append([piece])
                used = needed - space
            else:
                lines[-1].append(piece)
                used += needed
    return [" ".join(line) for line in lines]


def _pieces(word: str, width: float, size: float, bold: bool) -> list[str]:
    """A word cut so that each piece fits: behind its hyphens where that is enough."""
    if width_of(word, size, bold) <= width:
        return [word]
    parts = re.findall("[^-]*-+|[^-]+", word)
    parts = parts if all(width_of(part, size, bold) <= width for part in parts) else list(word)
    pieces = [""]
    for part in parts:
        if pieces[-1] and width_of(pieces[-1] + part, size, bold) > width:
            pieces.append("")
        pieces[-1] += part
    return pieces


def clip(text: str, letters: int) -> str:
    """A word cut short, for a place where it must not wrap and that has the whole word elsewhere.

    >>> clip("dirham of the Emirates", 8)
    'dirham …'
    """
    text = printable(text)
    return text if len(text) <= letters else text[: letters - 1] + "…"


# --- the sheet ---


@contextmanager
def chart_style() -> Iterator[None]:
    """The settings of this package alone, while a figure is built or written.

    matplotlib keeps its settings for the whole process, hence the lock: two threads
    that draw at once would restore each other's.
    """
    with _LOCK, style.context(["default", RULES]):
        yield


@dataclass(frozen=True)
class Entry:
    """A line of the key: a patch, or a line where `line` or `marker` is given."""

    text: str
    fill: str = "none"
    edge: str = INK
    hatch: str = ""
    line: str = ""
    marker: str = ""


@dataclass(frozen=True)
class Words:
    """The text around a chart."""

    title: str
    reading: str
    subtitle: str
    notes: Sequence[str]
    source: str
    key: Sequence[Entry] = ()


class Sheet:
    """A figure with its words in place and `body` inches left for panels."""

    def __init__(self, words: Words, body: float) -> None:
        """Write the words, then make the figure as high as they and the body need."""
        self.figure = Figure(figsize=(WIDTH, 1), dpi=100)
        self._renderer: Any = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]
        above = [
            self._paragraph(words.title, "title", TITLE, 0.05, weight="bold"),
            self._paragraph(words.reading, "reading", _READING, 0.06),
            self._paragraph(words.subtitle, "subtitle", SIZE, GAP, color=QUIET),
        ]
        below = [self._paragraph(note, "note", SIZE, 0.04) for note in words.notes if note]
        code = squares(words.source)
        room = code is not None and CODE + GAP
        below.append(self._paragraph(words.source, "source", SIZE, 0.0, room, color=QUIET))
        rows = _flow(words.key)
        key_height = len(rows) * _KEY_PITCH
        self.top = EDGE + sum(height for _, height in above) + key_height + GAP * bool(rows)
        notes = sum(height for _, height in below[:-1])
        self.height = self.top + body + GAP + notes + max(below[-1][1], room - GAP) + EDGE
        self.figure.set_size_inches(WIDTH, self.height)
        key_top = self._stack(above, EDGE)
        self._stack(below, self.top + body + GAP)
        if code is not None:
            scaled = code.transformed(Affine2D().scale(CODE).translate(WIDTH - EDGE - CODE, EDGE))
            look: dict[str, Any] = {"facecolor": INK, "linewidth": 0, "antialiased": False, "label": "code"}
            self.figure.add_artist(PathPatch(scaled, transform=self.figure.dpi_scale_trans, **look))
        if rows:
            self._draw_key(rows, self.axes(EDGE, key_top - self.top, WIDTH - 2 * EDGE, key_height))

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """A panel; `top` counts from the top of the body."""
        bottom = self.height - self.top - top - height
        return self.figure.add_axes((left / WIDTH, bottom / self.height, width / WIDTH, height / self.height))

    def write(self, left: float, top: float, lines: Sequence[str], **look: Any) -> None:
        """Lines of text in the body, the first one's top at `top`."""
        for row, line in enumerate(lines):
            y = 1 - (self.top + top + (row + 0.75) * LINE) / self.height
            self.figure.text(left / WIDTH, y, line, va="baseline", **look)

    def _paragraph(
        self, text: str, label: str, size: float, gap: float, room: float = 0.0, **look: Any
    ) -> tuple[Text, float]:
        """A wrapped paragraph, and its height with the gap behind it; `room` inches are left free at its right."""
        lines = "\n".join(wrap(text, WIDTH - 2 * EDGE - room, size, look.get("weight") == "bold"))
        written = self.figure.text(0, 0, lines, size=size, va="top", linespacing=1.25, label=label, **look)
        return written, float(written.get_window_extent(self._renderer).height) / self.figure.dpi + gap

    def _stack(self, paragraphs: list[tuple[Text, float]], top: float) -> float:
        """Put paragraphs under one another, the first at `top`; where the last gap ends."""
        for text, height in paragraphs:
            text.set_position((EDGE / WIDTH, 1 - top / self.height))
            top += height
        return top

    def _draw_key(self, rows: list[list[tuple[float, Entry]]], axes: Axes) -> None:
        """The key, on axes in inches."""
        axes.set(xlim=(0, WIDTH - 2 * EDGE), ylim=(len(rows) * _KEY_PITCH, 0), label="key")
        axes.set_axis_off()
        for row, entries in enumerate(rows):
            y = (row + 0.5) * _KEY_PITCH
            for x, entry in entries:
                axes.add_artist(_swatch(x, y, entry))
                axes.text(x + _SWATCH + 0.06, y, drawable(entry.text), va="center_baseline")


def _swatch(x: float, y: float, entry: Entry) -> Rectangle | Line2D:
    """The mark of an entry of the key."""
    if entry.line or entry.marker:
        xs = [x, x + _SWATCH / 2, x + _SWATCH]
        line = Line2D(xs, [y] * 3, color=entry.edge, linewidth=1.4, markersize=5, markerfacecolor=entry.fill)
        line.set(linestyle=entry.line or "none", marker=entry.marker or "none", markevery=[1])
        return line
    box = Rectangle((x, y - 0.05), _SWATCH, 0.1, facecolor=entry.fill, edgecolor=entry.edge, linewidth=0.6)
    box.set_hatch(entry.hatch)
    return box


def _flow(key: Sequence[Entry]) -> list[list[tuple[float, Entry]]]:
    """Entries of a key with their places, as many in a row as fit."""
    rows: list[list[tuple[float, Entry]]] = []
    x = WIDTH
    for entry in key:
        width = _SWATCH + 0.06 + width_of(drawable(entry.text))
        if x + width > WIDTH - 2 * EDGE:
            rows.append([])
            x = 0.0
        rows[-1].append((x, entry))
        x += width + 0.2
    return rows


# --- scales with round ticks, and marks that several charts share ---


def percent_tick(share: float, _: object = None) -> str:
    """A share on an axis in per cent, whose sign stands in the label of the axis."""
    return f"{100 * share:g}".replace("-", "\N{MINUS SIGN}")


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


def scale_with_numbers(
    axes: Axes, at: Array, values: list[str], most: float, text: Callable[..., str] = format_tick
) -> None:
    """Draw a column of numbers at a panel's right edge, and left of it a scale across from zero to `most`.

    A column, since a number behind a whisker would read as the end of the whisker.
    """
    for place, value in zip(at, values, strict=True):
        axes.text(1.0, place, value, transform=axes.get_yaxis_transform(), ha="right", va="center_baseline")
    width = axes.get_position().width * WIDTH
    share = max(1 - (widest(values) + _CLEAR) / width, _LEAST)
    axes.set_xlim(0, most / share or 1.0)
    axes.spines["bottom"].set_bounds(0, most or 1.0)
    scale(axes, "x", 0.0, most, 4, text)


def settle(figure: Figure) -> Figure:
    """The figure with its ticks made now, while the settings of this package hold."""
    for axes in figure.axes:
        axes.get_xticklabels()
        axes.get_yticklabels()
    return figure
