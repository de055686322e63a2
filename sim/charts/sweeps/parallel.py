"""Parallel coordinates: a line a point of a sweep, through all that it sets to the difference that comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import sheet
from sim.charts.sweeps import captions
from sim.charts.sweeps.coordinates import Coordinate, every_coordinate, number_texts
from sim.charts.sweeps.maps import map_frame
from sim.charts.sweeps.view import Index, View
from sim.charts.titles import Finding
from sim.formatting import format_count, format_typeset, lower_first, plural_unit
from sim.parameters import Array

MOST_LINES = 250
_MOST_AXES = 6  # beside the difference
_FAN = 0.03  # of an axis, on either side of a value at which several lines meet
_HIGH, _ENDS = 3.2, 0.2  # inches: of the axes, of the values above and below them
_LAST, _BEFORE = 1.4, 0.3  # inches: behind the last axis, and before it, for its words
_CLOSE: tuple[Any, str, float] = (":", sheet.QUIET, 0.6)
# (line, colour, width) of winners: apart in grey by lightness, width and dashes
_STYLES: tuple[tuple[Any, str, float], ...] = (
    ("-", sheet.DARK, 1.0), ("-", sheet.LIGHT, 1.0), ("--", sheet.ACCENT, 1.0), ("-.", sheet.INK, 0.8),
    ((0, (1, 1)), sheet.MIDDLE, 1.2), ("-", sheet.PALE, 1.4),
)  # fmt: skip


@dataclass(frozen=True)
class _Bundle:
    """What is drawn: points that have a value, their places on each axis [point, axis] from 0 to 1."""

    coordinates: list[Coordinate]
    left_out: list[Coordinate]
    fanned: bool  # whether lines that meet at a value lie beside each other there
    points: list[int]  # that have a line
    known: list[int]  # that have results
    lead: Array  # of `points`
    ends: tuple[float, float]  # of the last axis
    places: Array
    linked: list[tuple[float, Coordinate]]  # rank correlation with the lead, the strongest first


parallel_frame = map_frame


def bundle_of(view: View) -> _Bundle:
    """The axes that move the difference most, and as many points as can be told apart."""
    every = [each for each in every_coordinate(view.plan) if len(set(each.texts)) > 1]
    lead = view.lead(view.points)
    at = view.indices(view.points)
    strengths = {each.path: strength(each, at[:, each.axis], lead) for each in every}
    linked = [(strengths[each.path], each) for each in every if each.at is not None]
    linked.sort(key=lambda pair: -abs(pair[0]))
    kept = sorted(strengths, key=lambda path: -abs(strengths[path]))[:_MOST_AXES]
    shown = [each for each in every if each.path in kept]
    # at random, since every so many of a grid would be the same value of its last axis
    chosen = np.sort(np.random.default_rng(view.plan.seed).permutation(len(view.points))[:MOST_LINES])
    ends = _ends(lead)
    columns = [fanned(_shares(each)[at[chosen, each.axis]], lead[chosen]) for each in shown]
    places = np.array([*columns, (lead[chosen] - ends[0]) / (ends[1] - ends[0])]).T
    left_out = [each for each in every if each.path not in kept]
    meet = any(len(np.unique(at[chosen, each.axis])) < len(chosen) for each in shown)
    numbers = [view.points[n] for n in chosen]
    return _Bundle(shown, left_out, meet, numbers, view.points, lead[chosen], ends, places, linked)


def strength(each: Coordinate, at: Index, lead: Array) -> float:
    """Rank correlation of a number with the lead; of words the root of the share of variance between them, by ranks.

    0 where it is unknown.
    """
    known = np.isfinite(lead)
    ranks = pd.DataFrame({"place": each.places[at], "lead": lead})[known].rank()
    if known.sum() < 3 or ranks["place"].nunique() < 2 or ranks["lead"].nunique() < 2:
        return 0.0
    if each.at is not None:
        return float(ranks["place"].corr(ranks["lead"]))
    between = ranks.groupby("place")["lead"].transform("mean")
    return float(between.std(ddof=0) / ranks["lead"].std(ddof=0))


def _ends(lead: Array) -> tuple[float, float]:
    """The ends of the last axis: zero is always on it."""
    seen = np.append(lead[np.isfinite(lead)], 0.0)
    low, high = float(seen.min()), float(seen.max())
    return (low, high) if high > low else (-1.0, 1.0)


def _shares(each: Coordinate) -> Array:
    """Places of the points of an axis as shares of it; words run from the top to the bottom."""
    up = each.places if each.at is not None else -each.places
    return np.asarray((up - up.min()) / (np.ptp(up) or 1.0))


def fanned(shares: Array, lead: Array) -> Array:
    """Places on an axis of lines that meet at its values: beside each other, the larger lead above; none hides another.

    [line] as shares of the axis, its values from `_FAN` to 1 - `_FAN`.
    """
    values = np.unique(shares)
    if len(values) == len(shares):
        return _inside(shares)
    rows = pd.DataFrame({"share": shares, "lead": lead})
    beside = rows.groupby("share")["lead"].rank(method="first", na_option="bottom")
    most = rows.groupby("share")["share"].transform("size")
    room = min(2 * _FAN, 0.8 * float(np.diff(values).min())) if len(values) > 1 else 2 * _FAN
    return _inside(shares) + room * np.asarray((beside - (most + 1) / 2) / most.max())


def _inside(shares: Array) -> Array:
    """Shares of the part of an axis that its values take."""
    return np.asarray(_FAN + (1 - 2 * _FAN) * shares)


def parallel(view: View) -> Figure:
    """The chart: an axis for each thing that is varied, the last for the lead of one option over the other."""
    with sheet.chart_style():
        if reason := captions.nothing(view):
            return captions.blank(view, reason)
        bundle = bundle_of(view)
        count = len(bundle.coordinates)
        styles = _styles(view, bundle)
        pitch = min((sheet.WIDTH - 2 * sheet.EDGE - _LAST) / (count + 0.5), 1.6)
        names = [sheet.wrap(each.title, pitch - 0.12) for each in bundle.coordinates]
        names.append(sheet.wrap(_lead_words(view), _LAST + _BEFORE - 0.05, bold=True))
        head = max(map(len, names)) * sheet.LINE + 0.05
        page = sheet.Sheet(_words(view, bundle, styles), head + 2 * _ENDS + _HIGH)
        left = sheet.EDGE + pitch / 2
        for number, lines in enumerate(names):
            x = left + number * pitch - _BEFORE * (number == count)
            side = "left" if number == count else "center"
            page.write(x, head - 0.05 - len(lines) * sheet.LINE, lines, ha=side)
        axes = page.axes(left, head + _ENDS, count * pitch, _HIGH)
        axes.set(xlim=(0, count), ylim=(0, 1), xticks=[], yticks=[], label="parallel")
        for spine in axes.spines.values():
            spine.set_visible(False)
        _draw(axes, view, bundle, styles)
        for number, each in enumerate(bundle.coordinates):
            axes.axvline(number, color=sheet.INK, linewidth=0.8, clip_on=False, label="axis")
            _values(axes, each, number, pitch)
        _last(axes, view, bundle, count)
        return sheet.settle(page.figure)


def _lead_words(view: View) -> str:
    """What the last axis shows."""
    if not view.pair:
        return "No two options are compared"
    unit = "percentage points" if view.in_per_cent else "" if view.unit == "ratio" else plural_unit(view.unit)
    return ", ".join(filter(None, [f"Lead of {view.labels[view.pair[0]]} over {view.labels[view.pair[1]]}", unit]))


def _styles(view: View, bundle: _Bundle) -> dict[str, tuple[Any, str, float]]:
    """How the lines of each winner look, in the order of the options; all beyond the last style share it."""
    won = {view.at(point).key for point in bundle.known if not view.at(point).close}
    ordered = [key for key in view.labels if key in won]
    return {key: _STYLES[min(n, len(_STYLES) - 1)] for n, key in enumerate(ordered)}


def _draw(axes: Axes, view: View, bundle: _Bundle, styles: dict[str, tuple[Any, str, float]]) -> None:
    """A line a point; those of rare winners above those of frequent ones, those too close to call below all."""
    won = [view.at(point).key for point in bundle.points]
    rank = {key: n for n, key in enumerate(sorted(styles, key=lambda key: -won.count(key)))}
    thin = 1.0 if len(bundle.points) <= MOST_LINES / 4 else 0.6
    for point, places in zip(bundle.points, bundle.places, strict=True):
        judged = view.at(point)
        dashes, colour, width = _CLOSE if judged.close or judged.key is None else styles[judged.key]
        above = 2 + (rank[judged.key] + 1) / 10 if judged.key in rank and not judged.close else 1.5
        axes.plot(
            np.arange(len(places)), places, linestyle=dashes, color=colour, linewidth=width * thin, zorder=above,
            label=judged.key or "none", clip_on=False,
        )  # fmt: skip


def _values(axes: Axes, each: Coordinate, number: int, pitch: float) -> None:
    """The ends of an axis of numbers, and each word of one of words."""
    if each.at is not None:
        low, high = each.order[0], each.order[-1]
        texts = number_texts([float(each.at[low]), float(each.at[high])])
        for text, place, align in zip(texts, (-0.02, 1.02), ("top", "bottom"), strict=True):
            axes.text(number, place, text, ha="center", va=align, label="end", clip_on=False)
        return
    box = {"facecolor": "#FFFFFF", "edgecolor": "none", "pad": 0.5, "alpha": 0.8}
    letters = max(int(pitch / 0.075), 4)
    shares = _inside(_shares(each))
    step = max(1, int(np.ceil(len(each.texts) * sheet.LINE / _HIGH)))
    for text, place in list(zip(each.texts, shares, strict=True))[::step]:
        axes.plot([number], [place], "_", color=sheet.INK, markersize=5, clip_on=False, zorder=4)
        axes.text(
            number + 0.05 / pitch, place, sheet.clip(text, letters), ha="left", va="center", bbox=box, zorder=4,
            label="word", clip_on=False,
        )  # fmt: skip


def _last(axes: Axes, view: View, bundle: _Bundle, count: int) -> None:
    """The axis of the lead: its ends, zero, and who is better on which side."""
    axes.axvline(count, color=sheet.INK, linewidth=1.2, clip_on=False, label="axis")
    low, high = bundle.ends
    factor = 100.0 if view.in_per_cent else 1.0
    texts = number_texts([factor * low, factor * high])
    zero = -low / (high - low)
    places = [(0.0, texts[0]), (1.0, texts[1])]
    across = axes.get_position().width * sheet.WIDTH
    gap = 0.07 * count / across
    axes.text(count + gap, 0.0 - 0.02, places[0][1], va="top", label="end", clip_on=False)
    axes.text(count + gap, 1.02, places[1][1], va="bottom", label="end", clip_on=False)
    axes.plot([count], [zero], "_", color=sheet.INK, markersize=8, clip_on=False, zorder=4)
    for place, lines in _sides(view, zero) if view.pair else ():
        axes.text(count + gap, place, "\n".join(lines), va="center", linespacing=1.15, label="side", clip_on=False)


def _sides(view: View, zero: float) -> list[tuple[float, list[str]]]:
    """Words beside the last axis, each with its middle: zero, and who is better on which side where there is room."""
    line = sheet.LINE / _HIGH
    first, second = (
        sheet.wrap(f"{sign} {view.labels[key]} better", _LAST - 0.1) for key, sign in zip(view.pair, "↑↓", strict=True)
    )
    found = [(zero, ["0, both alike"])] if line / 2 < zero < 1 - line / 2 else []
    above, below = (1 + len(first) / 2) * line, (1 + len(second) / 2) * line
    found += [(zero + above, first)] if zero + above + len(first) * line / 2 <= 1 else []
    return found + ([(zero - below, second)] if zero - below - len(second) * line / 2 >= 0 else [])


# --- words ---


def finding(view: View, bundle: _Bundle) -> Finding:
    """How often each option is the best, and which number goes most with the lead."""
    said = captions.tally(view, bundle.known, "point")
    if not bundle.linked or not abs(bundle.linked[0][0]) or not view.pair:
        return Finding(said)
    linked, number = bundle.linked[0]
    first, way = view.labels[view.pair[0]], "larger" if linked > 0 else "smaller"
    size = format_typeset(round(linked, 2))
    most = f"the higher the {lower_first(number.label)}, the {way} the lead of {first} (rank correlation {size})"
    return Finding(said, most)


def _words(view: View, bundle: _Bundle, styles: dict[str, Any]) -> sheet.Words:
    """The text around the chart."""
    close = any(view.at(point).close for point in bundle.points)
    key = [
        sheet.Entry(f"{view.labels[k]} best", edge=colour, line=_plain(dashes))
        for k, (dashes, colour, _) in styles.items()
    ]  # fmt: skip
    key += [sheet.Entry("too close to call", edge=sheet.QUIET, line=":")] * close
    pair = [view.labels[k] for k in view.pair]
    last = f"; the last: median difference of {' and '.join(pair)} in the same worlds, up where {pair[0]} is better"
    by_factors = [lower_first(each.label) for each in bundle.coordinates if each.log]
    return captions.words(
        view,
        finding(view, bundle),
        f"Lines: a point of the sweep each, by {captions.who_is_best(view)}. Axes: from the lowest to the highest value"
        f"{last if pair else ''}.",
        [
            f"On a logarithmic scale: {', '.join(by_factors)}." if by_factors else "",
            f"Lines: {len(bundle.points)} of {format_count(len(bundle.known), 'point')}, chosen at random."
            if len(bundle.points) < len(bundle.known)
            else "",
            "Lines that meet at one value lie beside each other there, those of larger leads above."
            if bundle.fanned
            else "",
            f"Not shown, since they move the difference least: {_listed(bundle.left_out)}." if bundle.left_out else "",
        ],
        key,
    )


def _listed(left: Sequence[Coordinate]) -> str:
    """Labels in a row."""
    return ", ".join(lower_first(each.label) for each in left)


def _plain(dashes: Any) -> str:
    """Dashes as the key can draw them."""
    return dashes if isinstance(dashes, str) else ":"
