"""The charts of a what-if: waits by class of job size under each policy, and the map of a site."""

from __future__ import annotations

from pathlib import Path

from sim.charts.files import save_titled
from sim.charts.replays import dots, maps
from sim.charts.replays.words import source
from sim.what_if.results import WhatIf

_CHARTS = (dots, maps)


def save(found: WhatIf, folder: Path) -> None:
    """Write the charts into a folder as SVG, PNG and PDF, the same to the last byte for the same replays."""
    origin = source(found)
    for chart in _CHARTS:
        name, title = chart.NAME, f"{chart.TITLE}: {found.name}"
        save_titled(chart.draw(found), folder / name, title, chart.finding(found).whole, origin, "replay")
