"""Maps of who wins: a cell a point, its fill the winner, hatched where too close to call, blank where unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sim.charts.sheet import DARK, INK, LIGHT, MIDDLE, PALE, Entry

HATCH = "////"
CLOSE = Entry("too close to call", "#FFFFFF", DARK, hatch=HATCH)  # of the key
BLANK = Entry("nothing known", "none", LIGHT)
_FILLS = (DARK, PALE, MIDDLE, LIGHT, "#FFFFFF")  # of options, apart in grey by lightness
_PATTERNS = ("", "....", "xxxx")  # of the first five options, the second, and all others


class Look(NamedTuple):
    """How the cells of an option look."""

    fill: str
    pattern: str

    @property
    def edge(self) -> str:
        """The colour of lines on the fill."""
        return "#FFFFFF" if self.fill in (DARK, MIDDLE) else DARK

    @property
    def ink(self) -> str:
        """The colour of words on the fill."""
        return "#FFFFFF" if self.fill in (DARK, MIDDLE) else INK


def looks(keys: Iterable[str]) -> dict[str, Look]:
    """The look of each option, in their order."""
    last, size = len(_PATTERNS) - 1, len(_FILLS)
    return {key: Look(_FILLS[n % size], _PATTERNS[min(n // size, last)]) for n, key in enumerate(keys)}


def draw_cells(
    axes: Axes, winners: Sequence[Sequence[str | None]], close: Sequence[Sequence[bool]], look: dict[str, Look],
    fine: bool = False,
) -> None:  # fmt: skip
    """A square a cell, winner and closeness by [up, across]; a cell without a winner is a dotted outline.

    fine: cells are so small that outlines would hide them; neighbours that are alike are then drawn as one.
    """
    for row, (line, near) in enumerate(zip(winners, close, strict=True)):
        start = 0
        for (winner, unsure), cells in groupby(zip(line, near, strict=True)):
            count = len(list(cells))
            step = count if fine else 1
            for column in range(start, start + count, step):
                cell = Rectangle((column - 0.5, row - 0.5), step, 1, label=winner or "blank")
                _dress(cell, look[winner] if winner else None, unsure, fine)
                axes.add_patch(cell)
            start += count


def _dress(cell: Rectangle, look: Look | None, unsure: bool, fine: bool) -> None:
    """Fill, outline and hatch of a cell; without a look it is blank."""
    if look is None:
        cell.set(facecolor="none", edgecolor=LIGHT, linestyle=":", linewidth=0.0 if fine else 0.5, zorder=0.5)
        return
    cell.set(facecolor=look.fill, edgecolor=look.edge, linewidth=0.0 if fine else 0.3)
    cell.set_hatch(look.pattern + HATCH * bool(unsure))
