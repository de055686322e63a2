"""Maps of who wins: a cell a point, its fill the winner, hatched where too close to call, blank where unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sim.charts.sheet import DARK, INK, LIGHT, MIDDLE, PALE, Entry

HATCH = "////"
CLOSE = Entry("too close to call", "#FFFFFF", DARK, hatch=HATCH)  # of the key
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
    axes: Axes, winners: Sequence[Sequence[str | None]], close: Sequence[Sequence[bool]], look: dict[str, Look]
) -> None:
    """A square a cell, winner and closeness by [up, across]; none where there is no winner."""
    for row, (line, near) in enumerate(zip(winners, close, strict=True)):
        for column, (winner, unsure) in enumerate(zip(line, near, strict=True)):
            if winner is None:
                continue
            fill, pattern = look[winner]
            edge = look[winner].edge
            cell = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=fill, edgecolor=edge, linewidth=0.3)
            cell.set(hatch=pattern + HATCH * bool(unsure), label=winner)
            axes.add_patch(cell)
