"""Who waits under which rules: the 95th percentile of each tier and of large jobs, rule by rule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.charts import sheet
from sim.charts.files import save_titled
from sim.charts.titles import Finding
from sim.formatting import format_tick, format_typeset
from sim.scenario import Scenario
from sim.units import MINUTES_PER_HOUR
from sim.version import __version__
from sim.waits.levers import Trial
from sim.waits.report import CAVEAT, LARGE, WHO, Explained, who_p95
from sim.waits.statistics import SIZE_CLASSES

NAME = "waits_by_tier"
TITLE = "Who waits under which rules"
FLOOR = 1 / MINUTES_PER_HOUR  # hours; shorter waits stand there, since a logarithm has no zero
TICKS = (FLOOR, 0.1, 1.0, 10.0, 100.0, 1000.0, 10_000.0)
_PITCH, _BETWEEN, _HEAD, _FOOT = 0.07, 0.07, 0.2, 0.42  # inches
_BEYOND = 1.25  # of the scale over the largest value
_WHITE = "#FFFFFF"
# Marks differ in form, and those of reserves in lightness: they differ in grey too.
_LOOKS: dict[float | str, tuple[str, str]] = {
    "": ("D", sheet.DARK),
    "easy": ("D", _WHITE),
    "fcfs": ("s", _WHITE),
    "conservative": ("^", _WHITE),
    "multifactor": ("P", _WHITE),
    "sjf": ("v", _WHITE),
    "qos": ("X", _WHITE),
}
_RESERVES = (sheet.PALE, sheet.LIGHT, sheet.MIDDLE)


def waits_by_tier(scenario: Scenario, seed: int, found: Sequence[Explained], run: str) -> Figure:
    """The chart, a panel for each option that has a machine."""
    rules = {trial.lever: trial for each in found for trial in each.levers.by_rule()}
    looks = _looks(list(rules.values()))
    left = sheet.EDGE + sheet.widest(list(WHO)) + 0.12
    row = len(looks) * _PITCH + _BETWEEN
    block = _HEAD + len(WHO) * row + _FOOT
    with sheet.chart_style():
        page = sheet.Sheet(_words(scenario, source(scenario, seed, run), found, looks), len(found) * block)
        most = max(float(np.nanmax(who_p95(trial))) for each in found for trial in each.levers.by_rule())
        for number, each in enumerate(found):
            top = number * block
            page.write(sheet.EDGE, top, [sheet.drawable(each.label)], weight="bold")
            for place, who in enumerate(WHO):
                page.write(left - 0.1, top + _HEAD + (place + 0.5) * row - sheet.LINE / 2, [who], ha="right")
            axes = page.axes(left, top + _HEAD, sheet.WIDTH - sheet.EDGE - left, len(WHO) * row)
            _marks(axes, each, looks, row)
            _scale(axes, most)
        return sheet.settle(page.figure)


def _looks(trials: Sequence[Trial]) -> dict[str, dict[str, Any]]:
    """How the marks of each rule look, by its label."""
    shares = sorted(float(trial.lever.value) for trial in trials if trial.lever.kind == "reserve")
    known = _LOOKS | {share: ("o", fill) for share, fill in zip(shares, _RESERVES, strict=False)}
    return {
        trial.lever.label: {"marker": known[trial.lever.value][0], "markerfacecolor": known[trial.lever.value][1]}
        for trial in trials
    }


def _marks(axes: Axes, one: Explained, looks: dict[str, dict[str, Any]], row: float) -> None:
    """A mark for each rule and whoever waits, the rules of a row one under the other in the order of the key."""
    axes.set(ylim=(len(WHO) * row, 0), yticks=[])
    order = list(looks)
    for trial in one.levers.by_rule():
        label = trial.lever.label
        at = np.arange(len(WHO)) * row + _BETWEEN / 2 + (order.index(label) + 0.5) * _PITCH
        value = np.maximum(who_p95(trial), FLOOR)
        look = {"markersize": 4, "markeredgecolor": sheet.DARK, "markeredgewidth": 0.7, **looks[label]}
        axes.plot(value, at, linestyle="none", clip_on=False, zorder=3, label=label, **look)
    for place in range(1, len(WHO)):
        axes.axhline(place * row, color=sheet.QUIET, linewidth=0.4)


def _scale(axes: Axes, most: float) -> None:
    """A logarithmic scale from the floor to beyond the largest value."""
    axes.set_xscale("log")
    end = max(most, 1.0) * _BEYOND
    axes.set_xlim(FLOOR / _BEYOND, end)
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in TICKS if tick <= end]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: "1 min" if at < TICKS[1] else format_tick(at)))
    axes.set_xlabel("Hours within which 95 % of the jobs start")


def _words(
    scenario: Scenario, origin: str, found: Sequence[Explained], looks: dict[str, dict[str, Any]]
) -> sheet.Words:
    """The text around the chart."""
    windows, weeks = len(found[0].reasons.months), f"{scenario.world.queue.window_weeks:g}"
    title, below = finding(found[0]).above(f"{TITLE}.", [found[0].label])
    return sheet.Words(
        title=title,
        reading=below,
        subtitle=(
            f"Marks: 95th percentile of the waits, mean over {windows} windows of {weeks} weeks, central case; "
            "the same jobs on the same machine under every rule."
        ),
        notes=[f"Waits below a minute stand at a minute. {CAVEAT}"],
        source=origin,
        key=[
            sheet.Entry(label, fill=look["markerfacecolor"], edge=sheet.DARK, marker=look["marker"])
            for label, look in looks.items()
        ],
    )


def source(scenario: Scenario, seed: int, run: str) -> str:
    """The line on where the chart comes from; `run`: the id of what was run."""
    title = scenario.title
    end = "" if title.endswith((".", "?", "!")) else "."
    return f"Source: Heavy Press {__version__}, run {run}, seed {seed}. Scenario: {title}{end}"


def finding(one: Explained) -> Finding:
    """What the rule with the shortest waits does for all jobs, and for large ones."""
    present, *others = one.levers.by_rule()
    best = min([present, *others], key=lambda trial: trial.p95)
    large = SIZE_CLASSES[LARGE][1]
    if best is present:
        return Finding(f"under {one.label} no other rule makes one in twenty of the jobs wait less")
    now, then = who_p95(present), who_p95(best)
    first = f"under {one.label}, {best.lever.label} has 95 % of the jobs start within {_hours(then[0], now[0])}"
    return Finding(first, "" if np.isnan(now[-1]) else f"those of {large} start within {_hours(then[-1], now[-1])}")


def _hours(then: float, now: float) -> str:
    """Hours under a rule and as it is."""
    return f"{format_typeset(then)} hours instead of {format_typeset(now)}"


def save(folder: Path, scenario: Scenario, seed: int, found: Sequence[Explained], run: str, record: str) -> None:
    """Write the chart into a folder, as a drawing and as pixels, the same to the last byte for the same run."""
    figure, origin = waits_by_tier(scenario, seed, found, run), source(scenario, seed, run)
    title = f"{TITLE}: {scenario.title}"
    save_titled(figure, folder / NAME, title, finding(found[0]).whole, origin, "waits", record)
