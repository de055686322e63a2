"""Maps of who wins along two axes of a sweep, side by side along a third."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import ceil
from string import ascii_uppercase

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sim.charts import sheet
from sim.charts.cells import BLANK, CLOSE, Look, draw_cells, looks
from sim.charts.sweeps import captions
from sim.charts.sweeps.coordinates import Coordinate
from sim.charts.sweeps.view import View
from sim.charts.titles import Finding
from sim.formatting import format_count, join_words, lower_first, upper_first

MOST_PANELS = 12
_MOST_ACROSS = 4  # maps in a row
_LEFT = 1.5  # inches, the widest labels of rows
_WIDE, _HIGH, _TALLEST = 1.3, 0.5, 4.6  # inches: the largest cell, the tallest map
_BETWEEN, _ABOVE, _TICKS = 0.2, 0.12, 0.2  # inches: between maps, between a title and its map, for its ticks
Cells = NDArray[np.bool_]  # [up, across]
_MOST_LINES = 4  # of a word below a column
_FINE = 0.1  # inches: smaller cells have no outline
_LETTER = 0.155  # inches, the smallest cell that holds a letter
_PAD = 0.06  # inches, round a name


@dataclass(frozen=True)
class Grid:
    """What is where: coordinates across and up, along which there are panels, and where all others stand."""

    across: Coordinate
    up: Coordinate
    along: Coordinate | None
    shown: tuple[int, ...]  # points of `along` that have a panel
    others: dict[int, int]  # point of each other axis of the plan, by its number

    @property
    def panels(self) -> list[dict[int, int]]:
        """The points of the axes that each panel stands for."""
        return [self.others | ({self.along.axis: n} if self.along else {}) for n in self.shown]

    def points(self, view: View, panel: dict[int, int]) -> list[list[int]]:
        """Numbers of the points of a panel, [up, across]."""
        return [
            [view.point_at(panel | {self.across.axis: x, self.up.axis: y}) for x in self.across.order]
            for y in self.rows
        ]

    @property
    def rows(self) -> list[int]:
        """Points of the coordinate up, from the bottom to the top; words from the top to the bottom."""
        return self.up.order if self.up.at is not None else self.up.order[::-1]


def grid_of(view: View) -> Grid:
    """How two or more axes are laid out.

    Words go up, where they are read, and of two numbers the first goes across. Along the third axis there are panels;
    where it has too many points the axis with the fewest takes its place. Axes beyond the third stand at the
    scenario's own value, or in their middle.
    """
    first, second, *more = view.coordinates
    if more and len(more[0].texts) > MOST_PANELS:
        fewest = min(view.coordinates, key=lambda each: len(each.texts))
        first, second, *more = [each for each in view.coordinates if each is not fewest]
        more = [fewest, *more]
    longer = second.at is not None or len(first.texts) > len(second.texts)
    across, up = (second, first) if first.at is None and longer else (first, second)
    along = more[0] if more else None
    shown = tuple(_spread(len(along.texts))) if along else (0,)
    if along and along.at is not None:
        shown = tuple(along.order[n] for n in shown)
    return Grid(across, up, along, shown, {each.axis: _usual(each) for each in more[1:]})


def _spread(points: int) -> list[int]:
    """So many points as there is room for, from the first to the last."""
    return sorted({round(n) for n in np.linspace(0, points - 1, min(points, MOST_PANELS)).tolist()})


def _usual(coordinate: Coordinate) -> int:
    """The point at the scenario's own value, else the one in the middle."""
    if coordinate.at is not None and np.isfinite(coordinate.own):
        near = np.abs(coordinate.at - coordinate.own)
        if near.min() <= 1e-9 * abs(coordinate.own):
            return int(near.argmin())
    return coordinate.order[len(coordinate.texts) // 2]


def map_frame(view: View) -> pd.DataFrame:
    """A row a point of the sweep: who is the best, in what share of the worlds, and the lead of the first option."""
    points = list(range(view.plan.points))
    judged = [view.at(point) for point in points]
    shares = view.wide("first_share").max(axis=1).reindex(points)
    frame = pd.DataFrame(
        {
            "point": points,
            "best": [each.key for each in judged],
            "label": [view.labels[each.key] if each.key else None for each in judged],
            "best_share": shares.to_numpy(),
            "close": [each.close if each.key else None for each in judged],
            "lead": view.lead(points),
            "unit": view.unit,
        }
    )
    return view.with_axes(frame)


# --- the drawing ---


@dataclass(frozen=True)
class _Size:
    """Inches: of a cell, and of what stands round the maps."""

    cell: tuple[float, float]
    left: float
    columns: int  # maps in a row
    pitch: tuple[float, float]  # from map to map, across and down
    heads: tuple[tuple[str, ...], ...] | None  # lines below each column, of words that fit; None: ticks or numbers
    titles: tuple[tuple[str, ...], ...]  # above each map
    foot: float  # below each map


def winner_map(view: View) -> Figure:
    """The map, or maps side by side: fill by winner, its name where it fits, hatched where too close to call."""
    with sheet.chart_style():
        if reason := captions.nothing(view):
            return captions.blank(view, reason)
        grid = grid_of(view)
        points = [grid.points(view, panel) for panel in grid.panels]
        if not any(view.at(n).key for panel in points for row in panel for n in row):
            return captions.blank(view, captions.unnamed(view))
        size, look = _size(grid), _looks(view, points)
        above = sheet.wrap(f"Up: {grid.up.title}", sheet.WIDTH - 2 * sheet.EDGE)
        top = len(above) * sheet.LINE + 0.08
        rows = ceil(len(points) / size.columns)
        page = sheet.Sheet(_words(view, grid, points, size, look), top + rows * size.pitch[1])
        page.write(sheet.EDGE, 0.0, above)
        for number, panel in enumerate(points):
            row, column = divmod(number, size.columns)
            left, start = sheet.EDGE + size.left + column * size.pitch[0], top + row * size.pitch[1]
            _panel(page, view, grid, panel, size, look, (left, start, number))
        return sheet.settle(page.figure)


def _panel(
    page: sheet.Sheet, view: View, grid: Grid, points: list[list[int]], size: _Size, look: dict[str, Look],
    place: tuple[float, float, int],
) -> None:  # fmt: skip
    """One map at its place (left, top, number), with what stands round it."""
    left, start, number = place
    page.write(left, start, size.titles[number] if size.titles else (), weight="bold")
    top = start + len(max(size.titles, key=len, default=())) * sheet.LINE + _ABOVE * bool(size.titles)
    judged = [[view.at(point) for point in row] for row in points]
    across, up = len(points[0]), len(points)
    axes = page.axes(left, top, across * size.cell[0], up * size.cell[1])
    axes.set(xlim=(-0.5, across - 0.5), ylim=(-0.5, up - 0.5), label="map")
    close = [[each.close for each in row] for row in judged]
    draw_cells(axes, [[each.key for each in row] for row in judged], close, look, fine=min(size.cell) < _FINE)
    _write(axes, _names(view, points, size.cell, look), look)
    _ticks(page, axes, grid, size, (left, top), number % size.columns == 0)


def _ticks(page: sheet.Sheet, axes: Axes, grid: Grid, size: _Size, place: tuple[float, float], outer: bool) -> None:
    """Values at the left of the first map in a row, and below each."""
    left, top = place
    wide, high = size.cell
    ups, up = [grid.up.texts[n] for n in grid.rows], len(grid.up.texts)
    if grid.up.at is None:
        axes.set_yticks([])
        for row, text in enumerate(ups) if outer else ():
            lines = sheet.wrap(text, _LEFT - 0.1)
            middle = top + (up - 1 - row + 0.5) * high
            page.write(left - 0.06, middle - len(lines) * sheet.LINE / 2, lines, ha="right")
    else:
        step = ceil((sheet.LINE + 0.02) / high)
        axes.set_yticks(range(0, up, step), ups[::step] if outer else [""] * len(ups[::step]))
    texts = [grid.across.texts[n] for n in grid.across.order]
    if size.heads is not None:
        axes.set_xticks([])
        for column, head in enumerate(size.heads):
            page.write(left + (column + 0.5) * wide, top + up * high + 0.04, head, ha="center")
    else:
        texts = texts if grid.across.at is not None else [str(n + 1) for n in range(len(texts))]
        step = ceil((sheet.widest(texts) + 0.08) / wide)
        axes.set_xticks(range(0, len(texts), step), texts[::step])
    axes.set_xlabel("\n".join(_below(grid.across, len(texts) * wide)))
    if size.heads is not None:
        axes.xaxis.set_label_coords(0.5, -(len(max(size.heads, key=len)) * sheet.LINE + 0.1) / (up * high))
    _own(axes, grid, len(texts) * wide, up * high)


def _own(axes: Axes, grid: Grid, wide: float, high: float) -> None:
    """Marks at the upper and the right edge, where the scenario's own values are."""
    for coordinate, way in ((grid.across, "x"), (grid.up, "y")):
        place = _place(coordinate)
        if place is not None:
            x, y = (place, 1.0 + _PAD / 2 / high) if way == "x" else (1.0 + _PAD / 2 / wide, place)
            transform = axes.get_xaxis_transform() if way == "x" else axes.get_yaxis_transform()
            axes.plot(
                [x], [y], "v" if way == "x" else "<", transform=transform, markersize=5, clip_on=False, zorder=4,
                markerfacecolor=sheet.ACCENT, markeredgecolor="#FFFFFF", markeredgewidth=0.4, label="own",
            )  # fmt: skip


def _place(coordinate: Coordinate) -> float | None:
    """The scenario's own value, counted in cells; None where it is unknown or beyond all of them."""
    if coordinate.at is None or not np.isfinite(coordinate.own):
        return None
    values = np.sort(coordinate.at)
    if not values[0] <= coordinate.own <= values[-1]:
        return None
    return float(np.interp(coordinate.own, values, np.arange(len(values))))


# --- sizes ---


def _size(grid: Grid) -> _Size:
    """How large the cells can be, and what stands round them."""
    nx, ny = len(grid.across.texts), len(grid.up.texts)
    left = _left(grid.up)
    columns = _columns(len(grid.shown))
    wide = (sheet.WIDTH - 2 * sheet.EDGE - 0.1 - left - (columns - 1) * _BETWEEN) / columns
    rows = ceil(len(grid.shown) / columns)
    tallest = _TALLEST if rows == 1 else max(wide, 0.8)
    lines = max((len(sheet.wrap(text, _LEFT - 0.1)) for text in grid.up.texts), default=1) if grid.up.at is None else 0
    cell = (min(_WIDE, wide / nx), max(min(_HIGH, tallest / ny), lines * sheet.LINE + 0.03 * bool(lines)))
    heads = _heads(grid.across, cell[0])
    titles = tuple(tuple(sheet.wrap(text, nx * cell[0], bold=True)) for text in _titles(grid))
    below = len(max(heads, key=len)) * sheet.LINE if heads else _TICKS
    foot = below + len(_below(grid.across, nx * cell[0])) * sheet.LINE + 0.16
    high = len(max(titles, key=len, default=())) * sheet.LINE + _ABOVE * bool(titles) + ny * cell[1] + foot
    return _Size(cell, left, columns, (nx * cell[0] + _BETWEEN, high), heads, titles, foot)


def _columns(panels: int) -> int:
    """How many maps stand in a row."""
    return panels if panels <= 3 else 2 if panels == 4 else min(ceil(panels / 2), _MOST_ACROSS, 3 if panels <= 6 else 4)


def _left(up: Coordinate) -> float:
    """Room for the labels of rows."""
    if up.at is not None:
        return sheet.widest(list(up.texts)) + 0.12
    return max(sheet.widest(sheet.wrap(text, _LEFT - 0.1)) for text in up.texts) + 0.1


def _heads(across: Coordinate, wide: float) -> tuple[tuple[str, ...], ...] | None:
    """Words below columns, where all of them fit; else None, and columns of words are numbered."""
    if across.at is not None:
        return None
    room = wide - 0.06
    if any(sheet.width_of(word) > room for text in across.texts for word in sheet.drawable(text).split()):
        return None
    lines = tuple(tuple(sheet.wrap(across.texts[n], room)) for n in across.order)
    return lines if len(max(lines, key=len)) <= _MOST_LINES else None


def _below(across: Coordinate, wide: float) -> list[str]:
    """The title of the axis across, in lines."""
    return sheet.wrap(across.title, max(wide, 1.0))


def _titles(grid: Grid) -> list[str]:
    """What each panel stands for."""
    return [f"{grid.along.label}: {grid.along.text(n)}" for n in grid.shown] if grid.along else []


# --- names in cells ---


def _looks(view: View, panels: Sequence[Sequence[Sequence[int]]]) -> dict[str, Look]:
    """The look of each option that wins a cell, in the order of the options."""
    won = {view.at(point).key for panel in panels for row in panel for point in row}
    return looks([key for key in view.labels if key in won])


@dataclass(frozen=True)
class _Name:
    """What is written for a winner on one map: lines, and at which cells."""

    lines: list[str]
    places: list[tuple[float, float]]
    letter: bool = False


def _name(view: View, won: Cells, key: str, cell: tuple[float, float], letter: str) -> _Name:
    """The winner's name in each cell that it won, else once where there is room, else its letter in each cell."""
    every = [(float(x), float(y)) for y, x in np.argwhere(won).tolist()]
    lines = sheet.wrap(view.labels[key], max(cell[0] - _PAD, 0.4))
    if _fits(lines, cell):
        return _Name(lines, every)
    lines, place = _block(won, view.labels[key], cell)
    if place is not None:
        return _Name(lines, [place])
    return _Name([letter], every, True) if min(cell) >= _LETTER and letter else _Name([], [])


def _names(view: View, points: list[list[int]], cell: tuple[float, float], look: dict[str, Look]) -> dict[str, _Name]:
    """What is written on one map, by winner."""
    winners = np.array([[view.at(point).key or "" for point in row] for row in points])
    letters = dict(zip_longest(look, ascii_uppercase[: len(look)], fillvalue=""))
    return {key: _name(view, winners == key, key, cell, letters[key]) for key in look if (winners == key).any()}


def _write(axes: Axes, names: dict[str, _Name], look: dict[str, Look]) -> None:
    """Write the names on a map, each on a patch of its fill."""
    for key, name in names.items():
        box = {"facecolor": look[key].fill, "edgecolor": "none", "pad": 0.8}
        for x, y in name.places:
            axes.text(
                x, y, "\n".join(name.lines), ha="center", va="center", color=look[key].ink, bbox=box, linespacing=1.1,
                label=key,
            )  # fmt: skip


def _fits(lines: list[str], cell: tuple[float, float]) -> bool:
    """Whether lines fit into so many inches."""
    return sheet.widest(lines) <= cell[0] - _PAD and len(lines) * sheet.LINE <= cell[1] - 0.02


def _block(won: Cells, label: str, cell: tuple[float, float]) -> tuple[list[str], tuple[float, float] | None]:
    """Lines of a name and the middle of a block of cells that holds them: the nearest to the middle of all won."""
    middle = np.argwhere(won).mean(axis=0)
    for width in (6.0, 1.2, 0.8):
        lines = sheet.wrap(label, width)
        high = ceil((len(lines) * sheet.LINE + _PAD) / cell[1])
        wide = ceil((sheet.widest(lines) + _PAD) / cell[0])
        if high > won.shape[0] or wide > won.shape[1] or any(len(word) < 2 for word in lines):
            continue
        blocks = np.argwhere(sliding_window_view(won, (high, wide)).all(axis=(2, 3)))
        if len(blocks):
            centres = blocks + np.array([high - 1, wide - 1]) / 2
            y, x = centres[int(((centres - middle) ** 2).sum(axis=1).argmin())].tolist()
            return lines, (x, y)
    return [], None


# --- words ---


def _words(view: View, grid: Grid, points: list[list[list[int]]], size: _Size, look: dict[str, Look]) -> sheet.Words:
    """The text around the maps."""
    every = [point for panel in points for row in panel for point in row]
    names = [_names(view, panel, size.cell, look) for panel in points]
    letters = {key: f"{name.lines[0]}: " for panel in names for key, name in panel.items() if name.letter}
    marks = f"Cells: {captions.who_is_best(view)}."
    key = [
        sheet.Entry(f"{letters.get(k, '')}{view.labels[k]} best", each.fill, sheet.DARK, each.pattern)
        for k, each in look.items()
    ]
    key += [CLOSE] if any(view.at(point).close for point in every) else []
    key += [BLANK] if any(view.at(point).key is None for point in every) else []
    if any(_place(each) is not None for each in (grid.across, grid.up)):
        key.append(sheet.Entry("the scenario's own values", sheet.ACCENT, sheet.ACCENT, marker="v"))
    uneven = [lower_first(each.label) for each in (grid.across, grid.up) if each.at is not None and not each.even]
    by_factors = [lower_first(each.label) for each in (grid.across, grid.up) if each.log]
    return captions.words(
        view,
        Finding(captions.tally(view, every, "cell")),
        marks,
        [
            *slices(view, grid),
            f"On a logarithmic scale: {join_words(by_factors)}." if by_factors else "",
            f"Values are not evenly apart, cells are: {join_words(uneven)}." if uneven else "",
            _numbered(grid.across) if size.heads is None and grid.across.at is None else "",
            "" if view.plan.draws else "No draws were made, so nothing says how surely an option is the best.",
        ],
        key,
    )


def slices(view: View, grid: Grid) -> list[str]:
    """What part of the sweep is shown, where it is not the whole."""
    by_axis = {each.axis: each for each in view.coordinates}
    said = [
        f"{by_axis[axis].label} is {by_axis[axis].text(n)} here ({len(by_axis[axis].texts) - 1} more not shown)"
        for axis, n in grid.others.items()
    ]
    if grid.along and len(grid.shown) < len(grid.along.texts):
        more = format_count(len(grid.along.texts), "value")
        said.append(f"{len(grid.shown)} of {more} of {lower_first(grid.along.label)} are shown")
    return [f"{upper_first('; '.join(said))}; the table beside the chart has all of them."] if said else []


def _numbered(across: Coordinate) -> str:
    """The key to columns that are numbered."""
    return f"Columns: {'; '.join(f'{n + 1} {across.texts[at]}' for n, at in enumerate(across.order))}."
