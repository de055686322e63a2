"""The live chart of the answer: how far one option is ahead of another, world by world, redrawn with every move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

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
LEAST_PART = 0.1  # of an axis that is shared: bars that fill less would be a line
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


class Reach(NamedTuple):
    """How far the axes of charts go that stand side by side, so that lengths can be compared."""

    low: float
    high: float
    share: float


def reach(shown: Iterable[tuple[Comparison, Pair | None]]) -> Reach | None:
    """The reach of several charts; None where they are not of one outcome in one unit, or one has no bars."""
    frames = [about(pair).numbers(comparison) for comparison, pair in shown if pair is not None]
    bars = [frame[frame["from"].notna()] for frame in frames]
    if len(bars) < 2 or any(each.empty for each in bars):
        return None
    if len({(each.iloc[0].outcome, each.iloc[0].unit) for each in bars}) > 1:
        return None
    every = pd.concat(bars)
    low, high = float(every["from"].min()), float(every["to"].max())
    return Reach(min(low, 0.0), max(high, 0.0), float(every["share"].max()))


def show(comparison: Comparison, pair: Pair, within: Reach | None = None) -> None:
    """Show the chart, its title the verdict; without enough draws the sentence that says so.

    within: the axes that it shares with others; bars that could not be seen there have their own, which is said.
    """
    found, frame = about(pair), about(pair).numbers(comparison)
    title = answers.difference(comparison, pair.first, pair.second, pair.outcome)
    other = pair.outcome != comparison.scenario.yardstick  # than the one that the answer is measured by
    st.markdown(f"**{markdown.literal(f'{names.outcome(BY_NAME[pair.outcome])}: {title}' if other else title)}**")
    bars = frame[frame["from"].notna()]
    if bars.empty:
        return
    outcome = names.outcome(BY_NAME[pair.outcome])
    alt = f"{outcome}: {title}." if amounts.is_foreign() else charts.alt(comparison, found)
    if too_narrow := within is not None and _part_of(bars, within) < LEAST_PART:
        within = None
    st.vega_lite_chart(_spec(pair, bars, within), alt=alt, width="stretch", height=HEIGHT)
    row = bars.iloc[0]
    ahead, behind = amounts.percent(row.ahead), amounts.percent(row.behind)
    said = words.sides_of_zero(names.options(comparison), pair, ahead, behind)
    st.caption(markdown.literal(f"{said} {words.OWN_AXIS}" if too_narrow else said))


def _part_of(bars: pd.DataFrame, within: Reach) -> float:
    """What part of the axis that is shared the bars fill, zero included."""
    fills = max(bars["to"].max(), 0.0) - min(bars["from"].min(), 0.0)
    return float(fills / (within.high - within.low))


def _spec(pair: Pair, bars: pd.DataFrame, within: Reach | None) -> dict[str, Any]:
    """The chart as Vega-Lite: bars on each side of zero, below them the median and where 80 % of the worlds lie."""
    row = bars.iloc[0]
    ends = within[:2] if within else (bars["from"].min(), bars["to"].max())
    scale = words.axis_scale(float(max(map(abs, ends))), str(row.unit))
    values = [
        {
            "from": one["from"] / scale.by, "to": one["to"] / scale.by, "share": one["share"], "side": one["side"],
            "worlds": f"{amounts.count(one['draws'])} / {amounts.count(one['of'])}",
        }
        for one in bars.to_dict("records")
    ]  # fmt: skip
    title = words.axis_of_difference(BY_NAME[pair.outcome], scale.unit)
    x: dict[str, Any] = {"field": "from", "type": "quantitative", "title": title, "scale": {"zero": True}}
    share: dict[str, Any] = {
        "field": "share", "type": "quantitative", "title": words.SHARE_OF_WORLDS, "axis": {"format": "%"},
    }  # fmt: skip
    if within:
        x["scale"] |= {"domain": [end / scale.by for end in ends]}
        share["scale"] = {"domain": [0, within.share]}
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
