"""Charts of a comparison, made to be printed: each states what it shows, of which run, and how certain it is.

>>> from sim import charts
>>> for name, figure in charts.figures(comparison).items():  # doctest: +SKIP
...     charts.save(figure, folder / name, comparison, name)
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from matplotlib.figure import Figure

from sim.charts.bars import cost_per_hour, delivered, need_met
from sim.charts.captions import SUBJECTS, alt
from sim.charts.cash import cash_flow
from sim.charts.differences import difference
from sim.charts.files import FORMATS, pdf, png, save, svg
from sim.charts.generations import capacity
from sim.charts.immediacy import price_of_immediacy
from sim.charts.lorenz import lorenz
from sim.charts.queue import waits
from sim.comparison.results import Comparison

__all__ = ["CHARTS", "FORMATS", "SUBJECTS", "alt", "data", "figures", "pdf", "png", "save", "svg"]

CHARTS: dict[str, Callable[[Comparison], Figure]] = {
    "difference": difference,
    "cost_per_hour": cost_per_hour,
    "cash_flow": cash_flow,
    "capacity": capacity,
    "delivered": delivered,
    "waits": waits,
    "price_of_immediacy": price_of_immediacy,
    "need_met": need_met,
    "lorenz": lorenz,
}


def figures(comparison: Comparison) -> dict[str, Figure]:
    """Every chart by name."""
    return {name: draw(comparison) for name, draw in CHARTS.items()}


def data(comparison: Comparison, name: str) -> pd.DataFrame:
    """The exact numbers that a chart shows."""
    return SUBJECTS[name].numbers(comparison)
