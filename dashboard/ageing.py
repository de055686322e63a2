"""How installed machines age: what they are worth in new hardware, month by month, in the central case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import markdown, names, words
from dashboard.amounts import locale, per_cent, short
from dashboard.leads import rows_of
from sim.charts.numbers import ALL, FRONTIER, capacity_of, machines
from sim.charts.sheet import ACCENT, DARK, INK, MIDDLE
from sim.comparison.results import Comparison

HEIGHT = 320  # pixels
_COLOURS = (DARK, ACCENT, MIDDLE, INK)
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2])  # so that lines differ in grey, too


@dataclass(frozen=True)
class Age:
    """One machine: what it is at its peak, and in its last month of service, in both units."""

    label: str
    peak_year: int
    peak_h100e: float
    last_year: int
    last_h100e: float
    last_fe: float

    @property
    def left(self) -> float:
        """What an H100e in service is worth in its last month, in frontier-equivalents."""
        return self.last_fe / self.last_h100e


def numbers(comparison: Comparison) -> pd.DataFrame:
    """A row a machine and month: H100e in service, and what they are worth in frontier-equivalents."""
    parts, labels = [], names.options(comparison)
    for key in machines(comparison):
        frame = capacity_of(comparison, key)
        total, worth = (frame[frame.series == name].reset_index(drop=True) for name in (ALL, FRONTIER))
        parts.append(total[["option", "month", "year"]].assign(label=labels[key], h100e=total.value, fe=worth.value))
    return pd.concat(parts, ignore_index=True)


def ages(comparison: Comparison) -> list[Age]:
    """Every machine that is in service."""
    found = []
    for _, rows in numbers(comparison).groupby("option", sort=False):
        peak, last = rows.iloc[int(rows.h100e.argmax())], rows.iloc[int(np.flatnonzero(rows.h100e > 0)[-1])]
        found.append(Age(peak.label, int(peak.year), peak.h100e, int(last.year), last.h100e, last.fe))
    return found


def sentences(comparison: Comparison) -> list[str]:
    """What the first machine is at its peak, and what is left of it."""
    age, *_ = ages(comparison)
    return [
        words.AGEING.format(
            option=age.label, peak=short(age.peak_h100e), year=age.peak_year, last=age.last_year,
            h100e=short(age.last_h100e), fe=short(age.last_fe), left=per_cent(age.left, ".0f"),
        )
    ]  # fmt: skip


def alt(comparison: Comparison) -> str:
    """What the chart shows, in words."""
    rows = [
        words.AGEING_ROW.format(
            option=age.label, peak=short(age.peak_h100e), year=age.peak_year, last=age.last_year,
            fe=short(age.last_fe),
        )
        for age in ages(comparison)
    ]  # fmt: skip
    return f"{words.AGEING_AXIS}. {'; '.join(rows)}."


def show(comparison: Comparison) -> None:
    """Show the worth of every machine over time as lines, and the numbers below."""
    st.vega_lite_chart(spec(comparison), alt=alt(comparison), width="stretch", height=HEIGHT)
    st.caption(markdown.literal(words.AGEING_NOTE))
    found = st.expander(words.CHART_NUMBERS, key="ageing/numbers", on_change="rerun")
    if found.open:
        with found:
            frame = yearly(comparison).map(lambda value: markdown.literal(short(value)))
            st.table(frame, border="horizontal", alt=words.AGEING_AXIS)


def yearly(comparison: Comparison) -> pd.DataFrame:
    """The same in the last month of each year: a year a row, a machine and unit a column."""
    frame = numbers(comparison)
    last = frame[frame.month.isin(frame.groupby("year").month.max())]
    columns = {}
    for label, rows in last.groupby("label", sort=False):
        columns[markdown.literal(f"{label}, H100e")] = rows.set_index("year").h100e
        columns[markdown.literal(f"{label}, FE")] = rows.set_index("year").fe
    found = pd.DataFrame(columns)
    found.index = found.index.astype(str)
    return found.rename_axis(words.YEAR)


def spec(comparison: Comparison) -> dict[str, Any]:
    """The chart as Vega-Lite: a line a machine, as long as it is in service."""
    frame, start = numbers(comparison), comparison.scenario.start.years
    frame = frame[frame.fe > 0]
    labels = names.options(comparison)
    shown = [labels[key] for key in machines(comparison)]
    scale = words.axis_scale(float(frame.fe.max()), "FE")
    values = [
        {"at": start + (row.month + 0.5) / 12, "fe": row.fe / scale.by, "option": row.label} for row in rows_of(frame)
    ]
    colours = [_COLOURS[place % len(_COLOURS)] for place in range(len(shown))]
    dashes = [_DASHES[place % len(_DASHES)] for place in range(len(shown))]
    title = words.AGEING_UNIT.format(unit=scale.unit)
    return {
        "data": {"values": values},
        "mark": {"type": "line", "strokeWidth": 2.5, "tooltip": True},
        "encoding": {
            "x": {"field": "at", "type": "quantitative", "title": words.YEAR, "scale": {"zero": False, "nice": False},
                  "axis": {"format": ".0f", "tickMinStep": 1}},
            "y": {"field": "fe", "type": "quantitative", "title": title},
            "color": {"field": "option", "type": "nominal", "scale": {"domain": shown, "range": colours},
                      "legend": {"orient": "top", "columns": 2, "title": None, "labelLimit": 300}},
            "strokeDash": {"field": "option", "type": "nominal", "scale": {"domain": shown, "range": dashes}},
        },
        **locale(),
    }  # fmt: skip
