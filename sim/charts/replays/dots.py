"""Waits by class of job size: a panel a size of machine, and in each class a mark and a line for each policy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.charts import sheet
from sim.charts.replays.words import NAMES, missing, sized, source, within
from sim.charts.replays.words import notes as sentences
from sim.charts.titles import Finding
from sim.formatting import format_amount
from sim.labels import gloss
from sim.parameters import Array
from sim.what_if.frames import ALL_SIZES, LOG
from sim.what_if.results import WhatIf

NAME = "waits_by_size"
TITLE = "Waits by job size and policy"
NONE_FITS = "no job fits"
_COLUMNS = 3  # panels side by side
_PITCH, _SPARE, _GUTTER, _FOOT, _MARGIN = 0.105, 0.1, 0.3, 0.46, 0.12  # inches
_EVEN_SECONDS = 60.0  # up to about there the scale is even, beyond it goes by factors
_BEYOND = 1.15  # of the scale over the largest wait
_CLEAR = 0.06  # inches between the words of two ticks
_WHITE = "#FFFFFF"
# In the order in which they get a place on the scale; the first that are there push the others out.
TICKS: dict[int, str] = {
    0: "0",
    3_600: "1 h",
    86_400: "1 d",
    864_000: "10 d",
    60: "1 min",
    8_640_000: "100 d",
    600: "10 min",
    21_600: "6 h",
    259_200: "3 d",
    2_592_000: "30 d",
}
# Marks differ in form: they differ in grey too.
_LOOKS: dict[str, tuple[str, str]] = {
    "fcfs": ("s", _WHITE),
    "easy": ("D", sheet.DARK),
    "conservative": ("^", sheet.LIGHT),
    "multifactor": ("P", _WHITE),
    "sjf": ("v", sheet.DARK),
    "wfp3": ("o", _WHITE),
    "unicef": ("X", sheet.LIGHT),
    "f1": ("o", sheet.DARK),
    LOG: ("*", _WHITE),
}


class _Plan(NamedTuple):
    """Where panels stand, inches."""

    left: float
    width: float
    rows: list[str]  # classes of size
    row: float  # height of each
    head: float  # above each panel
    columns: int

    @property
    def band(self) -> float:
        """Height of a line of panels with its words."""
        return self.head + len(self.rows) * self.row + _FOOT


def draw(found: WhatIf) -> Figure:
    """The chart."""
    frame = found.waits
    with sheet.chart_style():
        plan, policies = _plan(found), list(dict.fromkeys(frame.policy))
        bands = -(-len(found.sizes) // plan.columns)
        page = sheet.Sheet(_words(found, policies), bands * plan.band)
        most = float(np.nanmax(frame.wait_p95_seconds))
        for number, gpus in enumerate(found.sizes):
            band, column = divmod(number, plan.columns)
            top, left = band * plan.band, plan.left + column * (plan.width + _GUTTER)
            if not column:
                _names(page, plan, top, found)
            page.write(left, top, [sized(gpus)], weight="bold")
            page.write(left, top + sheet.LINE, _missing_on(found, gpus, plan.width), color=sheet.QUIET)
            axes = page.axes(left, top + plan.head, plan.width, len(plan.rows) * plan.row)
            _scale(axes, most, plan)
            _marks(axes, frame[(frame.machine_gpus == gpus) | (frame.policy == LOG)], policies, plan)
        return sheet.settle(page.figure)


def _plan(found: WhatIf) -> _Plan:
    """The places of the panels."""
    frame = found.waits
    rows = list(dict.fromkeys(frame[(frame.jobs > 0) | (frame.left_out_jobs > 0)].size_class))
    columns = min(len(found.sizes), _COLUMNS)
    left = sheet.EDGE + max(sheet.widest(_label(found, name)) for name in rows) + _MARGIN
    width = (sheet.WIDTH - sheet.EDGE - left - (columns - 1) * _GUTTER - _MARGIN) / columns
    row = max(frame.policy.nunique() * _PITCH, 2 * sheet.LINE) + _SPARE
    lines = max(len(_missing_on(found, gpus, width)) for gpus in found.sizes)
    return _Plan(left, width, rows, row, (1 + lines) * sheet.LINE + 0.06, columns)


def _missing_on(found: WhatIf, gpus: int, width: float) -> list[str]:
    """What does not fit on a machine, in lines."""
    return sheet.wrap(found.on(gpus)[0].left_out.text() or "every job fits", width)


def _label(found: WhatIf, name: str) -> list[str]:
    """A class of size, and how many jobs of the log are in it."""
    frame = found.waits
    first = frame[(frame.size_class == name) & (frame.policy != LOG)].iloc[0]
    return [_capital(name), format_amount(int(first.jobs + first.left_out_jobs), "job")]


def _capital(name: str) -> str:
    """The name of a class at the head of a row."""
    return "All jobs" if name == ALL_SIZES else name[:1].upper() + name[1:]


def _names(page: sheet.Sheet, plan: _Plan, top: float, found: WhatIf) -> None:
    """Write the classes of size beside a line of panels."""
    for place, name in enumerate(plan.rows):
        middle = top + plan.head + (place + 0.5) * plan.row
        first, second = _label(found, name)
        page.write(plan.left - _MARGIN, middle - sheet.LINE, [first], ha="right")
        page.write(plan.left - _MARGIN, middle, [second], ha="right", color=sheet.QUIET)


def _marks(axes: Axes, frame: pd.DataFrame, policies: list[str], plan: _Plan) -> None:
    """Draw a mark at the median and a line to the 95th percentile, policies in the order of the key."""
    for place, name in enumerate(plan.rows):
        mine = frame[(frame.size_class == name) & (frame.jobs > 0)].set_index("policy")
        first = place * plan.row + (plan.row - len(policies) * _PITCH) / 2
        if place:
            axes.axhline(place * plan.row, color=sheet.QUIET, linewidth=0.4)
        if not set(mine.index) - {LOG}:
            middle = (place + 0.5) * plan.row
            axes.text(0.5, middle, NONE_FITS, transform=axes.get_yaxis_transform(), ha="center", va="center_baseline")
            continue
        for number, policy in enumerate(policies):
            at = first + (number + 0.5) * _PITCH
            if policy in mine.index:
                _mark(axes, policy, mine.wait_median_seconds[policy], mine.wait_p95_seconds[policy], at)


def _mark(axes: Axes, policy: str, median: float, p95: float, at: float) -> None:
    """Draw the mark and the line of one policy."""
    form, fill = _LOOKS[policy]
    axes.plot([median, p95], [at, at], color=sheet.DARK, linewidth=0.9, label="range", clip_on=False, zorder=2)
    axes.plot([p95], [at], color=sheet.DARK, marker="|", markersize=4.5, label="p95", clip_on=False, zorder=2)
    look: dict[str, Any] = {"marker": form, "markersize": 6 if policy == LOG else 4.5, "markerfacecolor": fill}
    axes.plot(
        [median], [at], linestyle="none", markeredgecolor=sheet.DARK, markeredgewidth=0.8, label=policy,
        clip_on=False, zorder=3, **look,
    )  # fmt: skip


def _scale(axes: Axes, most: float, plan: _Plan) -> None:
    """Waits from zero, even at first and by factors later, to beyond the longest."""
    axes.set_xscale("function", functions=(_forward, _back))
    end = max(most, _EVEN_SECONDS) * _BEYOND
    axes.set(xlim=(0, end), ylim=(len(plan.rows) * plan.row, 0), yticks=[])
    places = _forward(np.array(list(TICKS))) / _forward(np.array(end)) * plan.width
    axes.xaxis.set_major_locator(FixedLocator(_apart(places, plan.width)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: TICKS.get(round(at), "")))
    axes.set_xlabel("Wait")


def _forward(seconds: Array) -> Array:
    """Places of waits on the scale: even up to about _EVEN_SECONDS, by factors beyond; zero stands at zero."""
    return np.asarray(np.log1p(np.maximum(seconds, -_EVEN_SECONDS / 2) / _EVEN_SECONDS))


def _back(places: Array) -> Array:
    """The waits of places."""
    return np.expm1(places) * _EVEN_SECONDS


def _apart(places: Array, width: float) -> list[int]:
    """The ticks, at `places` [tick] inches on a scale of `width`, that have room; the first of TICKS take it."""
    kept: list[tuple[float, float, int]] = []
    for place, (tick, text) in zip(places, TICKS.items(), strict=True):
        half = (sheet.width_of(text) + _CLEAR) / 2
        free = all(abs(place - other) >= half + wide for other, wide, _ in kept)
        if free and place <= width:
            kept.append((float(place), half, tick))
    return sorted(tick for *_, tick in kept)


def _words(found: WhatIf, policies: list[str]) -> sheet.Words:
    """The text around the chart."""
    result = finding(found)
    title, below = result.above(f"{TITLE}.")
    notes = [
        "The scale is even up to about a minute, so that a wait of zero can be shown, and goes by factors beyond. "
        "Sizes are those of jobs; every policy has the same jobs, which are those that fit on the machine."
    ]
    if LOG in policies:
        notes.append("The log itself: what happened, on the machine of the log, over the jobs whose start it records.")
    notes += sentences(found)
    origin = source(found)
    return sheet.Words(
        title=title,
        reading=below,
        subtitle="Marks: half of the jobs wait no longer; lines: to the 95th percentile.",
        notes=[*notes, *gloss([result.whole])],
        source=origin,
        key=[
            sheet.Entry(NAMES[policy], fill=_LOOKS[policy][1], edge=sheet.DARK, marker=_LOOKS[policy][0])
            for policy in policies
        ],
    )


def finding(found: WhatIf) -> Finding:
    """On the log's own machine the policies with the shortest and the longest waits; of one policy its sizes."""
    cases = found.on(found.own_gpus) if len(found.policies) > 1 else list(found.cases)
    ranked = sorted(cases, key=lambda case: case.summary["wait_p95_seconds"])
    best, worst = ranked[0], ranked[-1]
    first, last = (within(case.summary["wait_p95_seconds"]) for case in (best, worst))
    jobs = "95 % of the jobs" + " that fit" * any(case.left_out.jobs for case in (best, worst))
    if len(found.policies) == 1:
        head = f"under {NAMES[best.policy]} "
        ends = [f"on {sized(case.machine_gpus)}" for case in (best, worst)]
    else:
        head = f"on {sized(best.machine_gpus)} " if len(found.sizes) > 1 else ""
        ends = [f"under {NAMES[case.policy]}" for case in (best, worst)]
    if first == last:
        every = " under every policy" if len(found.policies) > 1 else " on every machine" * (len(found.sizes) > 1)
        return Finding(f"{head}{jobs} start {first}{every}", missing(found))
    return Finding(f"{head}{jobs} start {first} {ends[0]}, {last} {ends[1]}", missing(found))
