"""The map of a site: job size by run time, the share of GPU-hours of each cell, and how much of the time jobs run.

Such maps were published for years of the service ARCHER; here the log itself and its replays stand side by side.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, NullLocator

from sim.charts import sheet
from sim.charts.replays.words import NAMES, missing, sized, source, under
from sim.charts.replays.words import notes as sentences
from sim.charts.titles import Finding
from sim.formatting import upper_first
from sim.labels import gloss
from sim.what_if.frames import LENGTHS_SECONDS, LOG, size_ends
from sim.what_if.results import WhatIf

NAME = "job_map"
TITLE = "Job size by run time, in the log and in its replays"
WORK = "Share of GPU-hours"
RUNNING = "Run time over run time plus wait"
UNKNOWN = "The log does not record when its jobs started"
MOST_MAPS = 6  # of replays, which fill a page
_TALL = 5  # rows, beside which the longer label fits
LENGTHS = ("10 min", "1 h", "3 h", "12 h", "1 d", "3 d")  # of LENGTHS_SECONDS
_PAIR, _ROW, _FOOT, _LABEL, _GAP = 2, 0.165, 0.5, 0.16, 0.08  # panels; inches
_WHITE_FROM = 0.68  # of the way to the darkest fill: from there on numbers are white
_DARKEST = np.array(to_rgb(sheet.DARK))


class _Panel(NamedTuple):
    """One map: its words, and its cells with the share that is shown, which is drawn over `most`."""

    head: list[str]
    cells: pd.DataFrame
    column: str
    most: float


def draw(found: WhatIf) -> Figure:
    """The chart."""
    ends = size_ends(int(found.log.gpus.max()))
    names = _names(ends)
    left = sheet.EDGE + _LABEL + sheet.widest(names) + _GAP
    width = (sheet.WIDTH - sheet.EDGE) / _PAIR - left
    with sheet.chart_style():
        panels = _panels(found, width)
        pairs = [panels[start : start + _PAIR] for start in range(0, len(panels), _PAIR)]
        heads = [max(len(panel.head) for panel in pair) * sheet.LINE + 0.06 for pair in pairs]
        high = len(ends) * _ROW
        page, top = sheet.Sheet(_words(found), sum(heads) + len(pairs) * (high + _FOOT)), 0.0
        for pair, head in zip(pairs, heads, strict=True):
            for column, panel in enumerate(pair):
                at = left + column * (width + left)
                page.write(at, top, panel.head[:1], weight="bold")
                page.write(at, top + sheet.LINE, panel.head[1:], color=sheet.QUIET)
                axes = page.axes(at, top + head, width, high)
                _frame(axes, names)
                _fill(axes, panel, ends)
            top += head + high + _FOOT
        return sheet.settle(page.figure)


def _panels(found: WhatIf, width: float) -> list[_Panel]:
    """Where the work is, how much of the time jobs ran in the log itself, and in each replay."""
    frame = found.cells
    itself = frame[frame.policy == LOG]
    seen = itself.jobs_with_wait.sum() > 0
    whole = found.table[found.table.policy == LOG].run_share
    said = f"{RUNNING}: {number(whole.iloc[0])} % in all" if seen else UNKNOWN
    panels = [
        _Panel([f"{WORK} in the log", "The darkest cell has the most"], itself, "gpu_hours_share",
               float(itself.gpu_hours_share.max())),
        _Panel(["In the log itself", *sheet.wrap(said, width)], itself, "run_share", 1.0),
    ]  # fmt: skip
    for case, share in list(zip(found.cases, found.table.run_share, strict=False))[:MOST_MAPS]:
        mine = frame[(frame.policy == case.policy) & (frame.machine_gpus == case.machine_gpus)]
        said = "; ".join(filter(None, [f"{RUNNING}: {number(share)} % in all", case.left_out.text()]))
        head = f"{upper_first(NAMES[case.policy])} on {sized(case.machine_gpus)}"
        panels.append(_Panel([head, *sheet.wrap(said, width)], mine, "run_share", 1.0))
    return panels


def _names(ends: list[int]) -> list[str]:
    """The classes of size as they stand beside a map.

    >>> _names([1, 2, 4])
    ['1', '2', '3 to 4']
    """
    least = [1, *(end + 1 for end in ends[:-1])]
    return [f"{low:,}" if low == end else f"{low:,} to {end:,}" for low, end in zip(least, ends, strict=True)]


def _frame(axes: Axes, names: list[str]) -> None:
    """The scales: a row a class of size, the smallest below, and a column a class of run time."""
    high = "GPUs of a job" if len(names) >= _TALL else "GPUs"
    axes.set(xlim=(0, len(LENGTHS) + 1), ylim=(0, len(names)), xlabel="Run time", ylabel=high)
    axes.xaxis.set_major_locator(FixedLocator(range(1, len(LENGTHS) + 1)))
    axes.set_xticklabels(LENGTHS)
    axes.yaxis.set_major_locator(FixedLocator([place + 0.5 for place in range(len(names))]))
    axes.set_yticklabels(names)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(axis="y", length=0)


def _fill(axes: Axes, panel: _Panel, ends: list[int]) -> None:
    """Draw the cells that have a job: their share as a fill and a number, an outline where it is not known."""
    cells = panel.cells
    across = np.searchsorted((0, *LENGTHS_SECONDS), cells.least_seconds.to_numpy(dtype=float))
    up = np.searchsorted(ends, cells.most_gpus.to_numpy(dtype=float))
    for x, y, share in zip(across, up, cells[panel.column].to_numpy(dtype=float), strict=True):
        known = bool(np.isfinite(share))
        depth = share / panel.most if known and panel.most else 0.0
        look: dict[str, Any] = {
            "facecolor": to_hex(tuple(1 + depth * (_DARKEST - 1))) if known else "none",
            "label": "cell",
        }
        edge: dict[str, Any] = {"edgecolor": sheet.LIGHT, "linewidth": 0.5, "linestyle": "-" if known else ":"}
        axes.add_patch(Rectangle((x, y), 1, 1, **look, **edge))
        if known:
            ink = "#FFFFFF" if depth > _WHITE_FROM else sheet.INK
            axes.text(x + 0.5, y + 0.5, number(share), color=ink, ha="center", va="center_baseline", label="number")


def number(share: float) -> str:
    """A share in a cell, per cent without the sign.

    >>> number(0.114), number(0.004), number(0.0), number(1.0), number(0.999)
    ('11', '<1', '0', '100', '>99')
    """
    rounded = round(100 * share)
    if 0 < share < 1 and rounded in (0, 100):
        return "<1" if rounded == 0 else ">99"
    return f"{rounded}"


def _words(found: WhatIf) -> sheet.Words:
    """The text around the chart."""
    result = finding(found)
    title, below = result.above(f"{TITLE}.")
    beyond = len(found.cases) - MOST_MAPS
    return sheet.Words(
        title=title,
        reading=below,
        subtitle="Numbers: per cent; the darker a cell, the higher."
        + " Of jobs in a dotted cell no start is known." * bool(found.cells.run_share.isna().any()),
        notes=[
            f"{RUNNING} is 100 where no job of a cell waits; both are summed over the jobs of the cell. A run as long "
            "as the end of a column stands in it.",
            f"Of {len(found.cases)} replays the first {MOST_MAPS} are drawn; job_map.csv has them all." * (beyond > 0),
            *sentences(found),
            *gloss([result.whole, WORK]),
        ],
        source=source(found),
    )


def finding(found: WhatIf) -> Finding:
    """How much of the time jobs run in the best and in the worst replay, and where the work is; of the log no word."""
    table = found.table
    shares = table.run_share[table.policy != LOG].to_numpy(dtype=float)
    if len(found.policies) > 1:  # of several sizes that of the log's own machine
        shares = np.where([case.machine_gpus == found.own_gpus for case in found.cases], shares, np.nan)
    best = int(np.nanargmax(shares))
    highest = f"{number(shares[best])} % of the time {under(found, found.cases[best])}"
    worst = int(np.nanargmin(shares))
    lowest = f", {number(shares[worst])} % {under(found, found.cases[worst])}" * (best != worst)
    result = f"from submission to end, jobs run for {highest}{lowest}"
    return Finding(result, "; ".join(filter(None, [_most(found), missing(found)])))


def _most(found: WhatIf) -> str:
    """The cell of the log that has the most work, a part of a sentence."""
    itself = found.cells[found.cells.policy == LOG]
    top = itself.iloc[int(np.argmax(itself.gpu_hours_share))]
    place = int(np.searchsorted((0, *LENGTHS_SECONDS), top.least_seconds))
    low, high = ("", *LENGTHS)[place], (*LENGTHS, "")[place]
    length = f"{low} to {high}" if low and high else f"up to {high}" if high else f"more than {low}"
    size = f"{top.least_gpus:,}" if top.least_gpus == top.most_gpus else f"{top.least_gpus:,} to {top.most_gpus:,}"
    plural = "GPU" if size == "1" else "GPUs"
    share = f"{number(top.gpu_hours_share)} %"
    return f"the most GPU-hours, {share}, are of jobs of {size} {plural} that run {length}"
