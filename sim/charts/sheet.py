"""The sheet a chart is printed on: as wide as the text of an A4 page, as high as its words need.

All lengths are inches. Words are wrapped and measured before anything is placed, so
that nothing is ever clipped, however long a title is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from sim.charts.typesetting import FAMILY, LINE, SIZE, drawable, width_of, wrap

WIDTH = 6.7  # 17 cm
EDGE = 0.08
GAP = 0.10
_TITLE, _READING = 10.5, 8.5  # points
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
}
_LOCK = RLock()


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
            self._paragraph(words.title, "title", _TITLE, 0.05, weight="bold"),
            self._paragraph(words.reading, "reading", _READING, 0.06),
            self._paragraph(words.subtitle, "subtitle", SIZE, GAP, color=QUIET),
        ]
        below = [self._paragraph(note, "note", SIZE, 0.04) for note in words.notes if note]
        below.append(self._paragraph(words.source, "source", SIZE, 0.0, color=QUIET))
        rows = _flow(words.key)
        key_height = len(rows) * _KEY_PITCH
        self.top = EDGE + sum(height for _, height in above) + key_height + GAP * bool(rows)
        self.height = self.top + body + GAP + sum(height for _, height in below) + EDGE
        self.figure.set_size_inches(WIDTH, self.height)
        key_top = self._stack(above, EDGE)
        self._stack(below, self.top + body + GAP)
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

    def _paragraph(self, text: str, label: str, size: float, gap: float, **look: Any) -> tuple[Text, float]:
        """A wrapped paragraph, and its height with the gap behind it."""
        lines = "\n".join(wrap(text, WIDTH - 2 * EDGE, size, look.get("weight") == "bold"))
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
