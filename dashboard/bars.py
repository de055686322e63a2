"""Live bars: an option a row, its median and where 80 % of worlds lie, redrawn with every move."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import leads, markdown, names, words
from dashboard.amounts import cell, locale
from sim.charts.sheet import ACCENT, DARK, INK, MIDDLE
from sim.comparison.results import Comparison, unit_of
from sim.outcomes import BY_NAME, Outcome
from sim.waits.estimate import ABOUT

ROW = 44  # pixels: a line for the label, and below it the bar
AXIS = 58  # pixels
_MOSTLY = 0.8  # a share from which an axis goes up to all of it, and no further


def alt(comparison: Comparison, name: str) -> str:
    """What the chart shows, in words: its title, then every option with its numbers."""
    outcome = BY_NAME[name]
    rows = [f"{row.label}: {value_text(outcome, row)}" for row in leads.rows_of(leads.numbers(comparison, name))]
    unit = words.unit_words(unit_of(outcome, comparison.scenario))
    head = f"{names.outcome(outcome)} ({unit})" if unit else names.outcome(outcome)
    return f"{leads.sentence(comparison, name)} {head}. {'; '.join(rows)}."


def value_text(outcome: Outcome, row: Any) -> str:
    """The number of an option, and its range where it has one; a tilde before an estimate."""
    text = _estimated(row) + cell(outcome, row.value)
    if not np.isfinite(row.low) or row.low == row.high:
        return text
    return f"{text} ({words.RANGE.format(low=cell(outcome, row.low), high=cell(outcome, row.high))})"


def _estimated(row: Any) -> str:
    """The sign before an estimate."""
    return ABOUT if row.estimate else ""


def show(comparison: Comparison, name: str) -> None:
    """Show the chart of an outcome, its title the result, and below it the same numbers as a table."""
    frame, outcome = leads.numbers(comparison, name), BY_NAME[name]
    st.markdown(f"**{markdown.literal(leads.sentence(comparison, name))}**")
    known = int(frame.value.notna().sum())
    if known:
        height = ROW * known + AXIS
        st.vega_lite_chart(spec(comparison, name), alt=alt(comparison, name), width="stretch", height=height)
    found = st.expander(words.CHART_NUMBERS, key=f"bars/{name}/numbers", on_change="rerun")
    if found.open:
        with found:
            st.table(table(outcome, frame), border="horizontal", alt=words.CHART_NUMBERS)
    st.caption(markdown.literal(note(comparison, frame)))


def note(comparison: Comparison, frame: pd.DataFrame) -> str:
    """What marks and bars are, and which options are not among them."""
    said = words.BARS_NOTE if comparison.draws else words.BARS_NOTE_CENTRE
    without = list(frame[frame.value.isna()].label)
    return f"{said} {words.WITHOUT_VALUE.format(options=', '.join(without))}" if without else said


def table(outcome: Outcome, frame: pd.DataFrame) -> pd.DataFrame:
    """The numbers of a chart as Markdown cells: an option a row."""
    heads = (words.OPTION, words.MEDIAN, words.LOW_END, words.HIGH_END)
    rows = [
        (row.label, _estimated(row) + cell(outcome, row.value), cell(outcome, row.low), cell(outcome, row.high))
        for row in leads.rows_of(frame)
    ]
    cells = [[markdown.literal(str(text)) for text in row] for row in rows]
    return pd.DataFrame(cells, columns=list(heads)).set_index(heads[0])


def spec(comparison: Comparison, name: str) -> dict[str, Any]:
    """The chart as Vega-Lite. Labels stand above their bars, so that there is room for both on a telephone."""
    outcome, frame = BY_NAME[name], leads.numbers(comparison, name)
    frame = frame[frame.value.notna()]
    most = float(np.nanmax(frame[["value", "low", "high"]].abs().to_numpy()))
    share = outcome.unit == "fraction"
    scale = words.AxisScale(1.0, "") if share else words.axis_scale(most, str(frame.unit.iloc[0]))
    first = leads.leaders(comparison, name)
    values = [
        {
            "row": place, "label": f"{row.label}: {value_text(outcome, row)}", "first": row.option in first,
            **{each: getattr(row, each) / scale.by if np.isfinite(getattr(row, each)) else None
               for each in ("value", "low", "high")},
        }
        for place, row in enumerate(leads.rows_of(frame))
    ]  # fmt: skip
    y = {"field": "row", "type": "nominal", "axis": None, "sort": None}
    title = names.outcome(outcome) + (f" ({scale.unit})" if scale.unit else "")
    axis = {"format": "~%"} if share else {}
    ends = {"zero": True, **({"domainMax": 1} if share and _MOSTLY <= most <= 1 else {})}
    x = {"field": "value", "type": "quantitative", "title": title, "scale": ends, "axis": axis}
    colour = {"condition": {"test": "datum.first", "value": ACCENT}, "value": DARK}
    return {
        "data": {"values": values},
        "encoding": {"y": y},
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 4, "color": MIDDLE, "opacity": 0.65, "yOffset": 9, "y2Offset": 9},
             "encoding": {"x": {"field": "low", "type": "quantitative", "title": title}, "x2": {"field": "high"}}},
            {"mark": {"type": "point", "filled": True, "size": 90, "opacity": 1, "yOffset": 9},
             "encoding": {"x": x, "color": colour,
                          "shape": {"condition": {"test": "datum.first", "value": "diamond"}, "value": "circle"},
                          "tooltip": {"field": "label", "type": "nominal"}}},
            {"mark": {"type": "text", "align": "left", "baseline": "middle", "dy": -9, "fontSize": 12, "color": INK,
                      "limit": {"expr": "width"}},
             "encoding": {"x": {"value": 0}, "text": {"field": "label", "type": "nominal"}}},
        ],
        **locale(),
    }  # fmt: skip
