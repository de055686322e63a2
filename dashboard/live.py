"""The live chart of the answer: how far one option is ahead of another, world by world, redrawn with every move."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import amounts, answers, markdown, names, words
from dashboard.state import Pair
from sim import charts
from sim.charts.captions import Subject
from sim.charts.differences import subject
from sim.charts.pairs import ALIKE, FIRST, SECOND
from sim.charts.sheet import ACCENT, DARK, INK, PALE
from sim.comparison.results import Comparison
from sim.outcomes import BY_NAME

HEIGHT = 230  # pixels
_FOOT = 64  # of it: below the bars
_COLOURS = {FIRST: DARK, SECOND: PALE, ALIKE: ACCENT}


def pair_of(comparison: Comparison, chosen: Pair) -> Pair | None:
    """The two options and the outcome to look at: those chosen where there are such, else those of the question."""
    keys, between = comparison.results, comparison.answer.between
    if len(keys) < 2:
        return None
    usual = between or tuple(keys)[:2]
    first = chosen.first if chosen.first in keys else usual[0]
    others = [chosen.second, *reversed(usual), *keys]
    second = next(key for key in others if key in keys and key != first)
    outcome = chosen.outcome if chosen.outcome in BY_NAME else comparison.scenario.yardstick
    return Pair(first, second, outcome)


def about(pair: Pair) -> Subject:
    """What the chart of a pair is about."""
    return subject(pair.first, pair.second, pair.outcome)


def show(comparison: Comparison, pair: Pair) -> None:
    """Show the chart, its title the verdict; without enough draws the sentence that says so."""
    found, frame = about(pair), about(pair).numbers(comparison)
    title = answers.difference(comparison, pair.first, pair.second, pair.outcome)
    st.markdown(f"**{markdown.literal(title)}**")
    bars = frame[frame["from"].notna()]
    if bars.empty:
        return
    outcome = names.outcome(BY_NAME[pair.outcome])
    alt = f"{outcome}: {title}." if amounts.is_foreign() else charts.alt(comparison, found)
    st.vega_lite_chart(_spec(comparison, pair, bars), alt=alt, width="stretch", height=HEIGHT)
    row = bars.iloc[0]
    ahead, behind = amounts.percent(row.ahead), amounts.percent(row.behind)
    st.caption(markdown.literal(words.sides_of_zero(names.options(comparison), pair, ahead, behind)))


def _spec(comparison: Comparison, pair: Pair, bars: pd.DataFrame) -> dict[str, Any]:
    """The chart as Vega-Lite: bars on each side of zero, below them the median and where 80 % of the worlds lie."""
    row = bars.iloc[0]
    scale = words.axis_scale(float(bars[["from", "to"]].abs().to_numpy().max()), str(row.unit))
    values = [
        {
            "from": one["from"] / scale.by, "to": one["to"] / scale.by, "share": one["share"], "side": one["side"],
            "worlds": f"{amounts.count(one['draws'])} / {amounts.count(one['of'])}",
        }
        for one in bars.to_dict("records")
    ]  # fmt: skip
    title = words.axis_of_difference(BY_NAME[pair.outcome], scale.unit)
    x: dict[str, Any] = {"field": "from", "type": "quantitative", "title": title, "scale": {"zero": True}}
    share = {"field": "share", "type": "quantitative", "title": words.SHARE_OF_WORLDS, "axis": {"format": "%"}}
    colour = {"field": "side", "type": "nominal", "legend": None,
              "scale": {"domain": list(_COLOURS), "range": list(_COLOURS.values())}}  # fmt: skip
    strip = [{"low": row["low"] / scale.by, "high": row["high"] / scale.by, "middle": row["median"] / scale.by}]
    bar = {"mark": {"type": "bar", "stroke": DARK, "strokeWidth": 0.6, "tooltip": True},
           "encoding": {"x": x, "x2": {"field": "to"}, "y": share, "y2": {"datum": 0}, "color": colour}}  # fmt: skip
    zero = {"data": {"values": [{"at": 0}]}, "mark": {"type": "rule", "color": INK},
            "encoding": {"x": {"field": "at", "type": "quantitative"}}}  # fmt: skip
    return {"data": {"values": values}, "layer": [bar, zero, *_summary(strip)], **amounts.locale()}


def _summary(strip: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Below the bars: where 80 % of the worlds lie, and the median."""
    at = {"value": HEIGHT - _FOOT}
    span = {"mark": {"type": "rule", "color": INK, "strokeWidth": 3},
            "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}, "y": at}}  # fmt: skip
    dot = {"mark": {"type": "point", "filled": True, "size": 90, "color": ACCENT},
           "encoding": {"x": {"field": "middle", "type": "quantitative"}, "y": at}}  # fmt: skip
    return [{"data": {"values": strip}, **layer} for layer in (span, dot)]
