"""Charts of a sweep, chosen by its shape: what one, two, three or more axes ask for.

>>> from sim.charts import sweeps
>>> sweeps.save(results, folder)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from sim.charts.files import titled
from sim.charts.sheet import printable
from sim.charts.sweeps import captions
from sim.charts.sweeps.dots import dots, dots_frame
from sim.charts.sweeps.lines import lines, lines_frame
from sim.charts.sweeps.maps import MOST_PANELS, map_frame, winner_map
from sim.charts.sweeps.parallel import parallel, parallel_frame
from sim.charts.sweeps.view import View
from sim.formatting import unknown_name
from sim.sweeps.axes import DESIGNS
from sim.sweeps.results import SweepResults

__all__ = ["CHARTS", "Drawn", "alt", "data", "drawn", "figures", "save"]


@dataclass(frozen=True)
class Chart:
    """A kind of chart: what it is, its drawing and its numbers."""

    title: str
    draw: Callable[[View], Figure]
    frame: Callable[[View], pd.DataFrame]


CHARTS = {
    "lines": Chart("Each option along one number", lines, lines_frame),
    "dots": Chart("Each option point by point", dots, dots_frame),
    "winner_map": Chart("Who is the best where", winner_map, map_frame),
    "parallel": Chart("What each point sets and what comes of it", parallel, parallel_frame),
}


def chosen(view: View) -> list[str]:
    """Names of the charts that the axes of a sweep ask for."""
    axes = [view.plan.axes[each.axis] for each in view.coordinates]
    if any(axis.kind in DESIGNS and len(axis.paths) > 1 for axis in axes):
        return ["parallel"]
    if len(axes) < 2:
        numbers = axes and view.coordinates[0].at is not None and len(set(view.coordinates[0].at.tolist())) > 1
        return ["lines" if numbers else "dots"]
    more = len(axes) > 3 or (len(axes) == 3 and min(len(axis.points) for axis in axes) > MOST_PANELS)
    return ["winner_map", "parallel"] if more else ["winner_map"]


def figures(results: SweepResults, outcome: str | None = None) -> dict[str, Figure]:
    """The charts of a sweep by name.

    outcome: the name of one that the sweep keeps; by default the scenario's yardstick, else the first. ValueError for
    another.
    """
    view = View.of(results, outcome)
    return {name: CHARTS[name].draw(view) for name in chosen(view)}


def data(results: SweepResults, name: str, outcome: str | None = None) -> pd.DataFrame:
    """The numbers that a chart shows; ValueError for a chart or an outcome that there is not."""
    if name not in CHARTS:
        raise ValueError(unknown_name("chart", name, CHARTS))
    return CHARTS[name].frame(View.of(results, outcome))


def alt(results: SweepResults, name: str, figure: Figure) -> str:
    """Alternative text: the kind of chart, its result and its reading."""
    said = {
        part: " ".join(t.get_text() for t in figure.texts if t.get_label() == part) for part in ("title", "reading")
    }
    return printable(f"{CHARTS[name].title}: {said['title']}. {said['reading']}")


@dataclass(frozen=True)
class Drawn:
    """A chart as files by suffix, with its alternative text and its numbers as CSV."""

    alt: str
    files: dict[str, bytes]


def drawn(
    results: SweepResults, outcome: str | None = None, suffixes: Sequence[str] = ("svg", "png", "pdf")
) -> dict[str, Drawn]:
    """The charts of a sweep as `save` writes them, by the name of their files without a suffix; always with the CSV.

    ValueError for an outcome that the sweep does not keep.
    """
    view, found = View.of(results, outcome), dict[str, Drawn]()
    for name, figure in figures(results, outcome).items():
        stem, title = f"{name}_{view.outcome.name}", f"{CHARTS[name].title}: {view.plan.title}"
        about = alt(results, name, figure)
        files = titled(figure, stem, title, about, captions.source(view), "sweep", suffixes=suffixes)
        shown = data(results, name, outcome).to_csv(index=False, lineterminator="\n")
        found[stem] = Drawn(about, files | {"csv": shown.encode("utf8")})
    return found


def save(results: SweepResults, folder: Path, outcome: str | None = None) -> list[Path]:
    """Write the charts as SVG, PNG and PDF, and their numbers as CSV, into a folder, which is made if need be.

    Returns the files; ValueError for an outcome that the sweep does not keep, before anything is written.
    """
    charts = drawn(results, outcome)
    folder.mkdir(parents=True, exist_ok=True)
    found: list[Path] = []
    for stem, chart in charts.items():
        for suffix, content in chart.files.items():
            found.append(folder / f"{stem}.{suffix}")
            found[-1].write_bytes(content)
    return found
