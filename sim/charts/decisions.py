"""Charts of a decision: the tornado of its two options, and maps of who wins over two numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import sheet
from sim.charts.captions import setting
from sim.charts.cells import CLOSE, draw_cells, looks
from sim.charts.files import save_titled
from sim.charts.structures import NAME as STRUCTURES
from sim.charts.structures import save_structures, structures_alt
from sim.charts.titles import Finding
from sim.comparison.record import record_text
from sim.comparison.results import Comparison
from sim.decision.case import Case
from sim.decision.decision import Decision
from sim.decision.sections.maps import SIDE, WinnerMap
from sim.decision.sections.section import unit
from sim.decision.sections.tornado import SHOWN, Bar
from sim.formatting import format_count, format_percent, lower_first, upper_first
from sim.version import __version__

TORNADO, MAPS = "tornado", "winner_maps"
_NAMES, _ROW_GAP, _UNDER = 2.7, 0.1, 0.45  # inches
_ACROSS, _MARGIN, _HEAD, _FOOT = 3, 0.62, 0.06, 0.28  # maps in a row; inches round each
_TICKS = (0, SIDE // 2, SIDE - 1)  # cells with a value on their axis


def tornado(decision: Decision) -> Figure:
    """A bar for each number that moves the difference most, from its low end (dark) to its high end (pale)."""
    case, found = decision.case, decision.tornado
    bars = found.bars[:SHOWN]
    with sheet.chart_style():
        labels = [_label(case, bar) for bar in bars]
        heights = [len(lines) * sheet.LINE + _ROW_GAP for lines in labels]
        page = sheet.Sheet(_tornado_words(decision), sum(heights) + _UNDER if bars else 0.0)
        if not bars:
            return page.figure
        left = sheet.EDGE + _NAMES + 0.12
        axes = page.axes(left, 0.0, sheet.WIDTH - sheet.EDGE - 0.12 - left, sum(heights))
        tops = np.concatenate([[0.0], np.cumsum(heights)])
        for bar, lines, top, height in zip(bars, labels, tops, heights, strict=False):
            page.write(sheet.EDGE, top + _ROW_GAP / 2, lines)
            _bar(axes, bar, found.centre, top + height / 2)
        _tornado_scale(axes, case, bars, found.centre, float(tops[-1]))
        return sheet.settle(page.figure)


def _label(case: Case, bar: Bar) -> list[str]:
    """The number and its two ends, in lines."""
    ends = f"{case.value_words(bar.path, bar.low)} to {case.value_words(bar.path, bar.high)}"
    return [*sheet.wrap(upper_first(case.words(bar.path)), _NAMES), *sheet.wrap(ends, _NAMES)]


def _bar(axes: Axes, bar: Bar, centre: float, at: float) -> None:
    """Both halves of a bar; where both ends are on one side of the centre they lie above each other."""
    for end, fill, up in ((bar.at_low, sheet.DARK, -1), (bar.at_high, sheet.PALE, 1)):
        shift = 0.045 * up if (bar.at_low - centre) * (bar.at_high - centre) > 0 else 0.0
        height = 0.09 if shift else 0.16
        axes.barh(at + shift, end - centre, height, left=centre, color=fill, label=bar.path, **sheet.OUTLINE)


def _tornado_scale(axes: Axes, case: Case, bars: Sequence[Bar], centre: float, height: float) -> None:
    """A scale that holds all ends and zero, a line at zero and one at the centre."""
    ends = [end for bar in bars for end in (bar.at_low, bar.at_high)] + [0.0, centre]
    room = 0.04 * (max(ends) - min(ends))
    axes.set(ylim=(height, 0), xlim=(min(ends) - room, max(ends) + room), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=sheet.INK, linewidth=1.0)
    axes.axvline(centre, color=sheet.QUIET, linewidth=0.6, linestyle=":")
    sheet.scale(axes, "x", min(ends), max(ends), 5)
    first, second = (sheet.clip(case.label(key), 24) for key in case.pair)
    axes.set_xlabel(f"← {second} better   |   {first} better →\nDifference, {unit(case)}")


def _tornado_words(decision: Decision) -> sheet.Words:
    """The text around the tornado."""
    case = decision.case
    first, second = map(case.label, case.pair)
    title, below = tornado_finding(decision).above(f"What moves the difference between {first} and {second}.")
    return sheet.Words(
        title=title,
        reading=below,
        subtitle=(
            "Bars: the difference in the central case with one number at its 5 % or 95 % value, all others as in the "
            f"scenario; dotted line: none moved. {setting(case.comparison)}"
        ),
        notes=[],
        source=source(case.comparison),
        key=[
            sheet.Entry("number at its 5 % value", sheet.DARK, sheet.DARK),
            sheet.Entry("number at its 95 % value", sheet.PALE, sheet.DARK),
        ],
    )


def tornado_finding(decision: Decision) -> Finding:
    """The number that moves the difference most, and how many alone can turn it."""
    case, found = decision.case, decision.tornado
    if not found.bars:
        return Finding("no drawn number moves the difference")
    turning = sum(min(bar.at_low, bar.at_high) < 0 < max(bar.at_low, bar.at_high) for bar in found.bars)
    most = f"{case.words(found.bars[0].path).rpartition(' (')[0]} moves the difference most"
    return Finding(f"{most}; {format_count(turning, 'number')} alone can turn it")


# --- maps ---


def winner_maps(decision: Decision) -> Figure:
    """The maps side by side: fill by winner, hatched where too close to call, a ring at the scenario's own values."""
    case = decision.case
    size = (sheet.WIDTH - 2 * sheet.EDGE) / _ACROSS - _MARGIN
    with sheet.chart_style():
        heads = [sheet.wrap(f"Up: {_axis(case, found.up)}", size + 0.4) for found in decision.maps]
        feet = [sheet.wrap(_axis(case, found.across), size + 0.2) for found in decision.maps]
        above, below = (max(map(len, lines), default=0) * sheet.LINE for lines in (heads, feet))
        above += _HEAD
        page = sheet.Sheet(_map_words(decision), (above + size + below + _FOOT) if decision.maps else 0.0)
        look = looks(case.contenders)
        for place, (found, head, foot) in enumerate(zip(decision.maps, heads, feet, strict=True)):
            left = sheet.EDGE + place * (size + _MARGIN) + _MARGIN - 0.1
            page.write(left - 0.4, above - _HEAD - len(head) * sheet.LINE, head)
            axes = page.axes(left, above, size, size)
            axes.set_xlabel("\n".join(foot))
            draw_cells(axes, found.winners, found.close, look)
            _map_scale(axes, case, found)
        return sheet.settle(page.figure)


def _map_scale(axes: Axes, case: Case, found: WinnerMap) -> None:
    """Ticks at the first, middle and last cell, and the ring."""
    axes.set(xlim=(-0.5, SIDE - 0.5), ylim=(-0.5, SIDE - 0.5))
    values = {"across": (found.across, found.across_values), "up": (found.up, found.up_values)}
    texts = {
        way: [case.value_words(path, at[n]).split(" ")[0].replace("-", "−") for n in _TICKS]
        for way, (path, at) in values.items()
    }
    axes.set_xticks(_TICKS, texts["across"])
    axes.set_yticks(_TICKS, texts["up"])
    x, y = ((case.centre(path) - at[0]) / (at[-1] - at[0]) * (SIDE - 1) for path, at in values.values())
    axes.plot([x], [y], "o", markersize=5, markerfacecolor="#FFFFFF", markeredgecolor=sheet.INK, label="centre")


def _map_words(decision: Decision) -> sheet.Words:
    """The text around the maps."""
    case = decision.case
    paths = dict.fromkeys(path for each in decision.maps for path in (each.across, each.up))
    ranges = "; ".join(f"{path}: {_range(case, path)}" for path in paths)
    title, below = maps_finding(decision).above("Who wins where.", map(case.label, case.contenders))
    return sheet.Words(
        title=title,
        reading=below,
        subtitle=(
            f"Cells: the option that is the best in most worlds by {lower_first(case.outcome.label)}, each of two "
            "numbers over its plausible range, all others as drawn, the same worlds in every cell. "
            f"{setting(case.comparison)}"
        ),
        notes=[f"{ranges}." if paths else ""],
        source=source(case.comparison),
        key=[
            *(
                sheet.Entry(f"{case.label(key)} best", each.fill, sheet.DARK, each.pattern)
                for key, each in looks(case.contenders).items()
            ),
            CLOSE,
            sheet.Entry("the scenario's own values", "#FFFFFF", sheet.INK, marker="o"),
        ],
    )


def _axis(case: Case, path: str) -> str:
    """What a number is, with its unit where its values have one."""
    what = case.words(path).rpartition(" (")[0].removeprefix("the ")
    unit = case.value_words(path, case.centre(path)).partition(" ")[2]
    return upper_first(f"{what}, {unit}" if unit else what)


def _range(case: Case, path: str) -> str:
    """What a number is, and from where to where it goes."""
    low, high = (case.value_words(path, end) for end in case.ends(path))
    return f"{case.words(path).rpartition(' (')[0] or path}, {low} to {high}"


def maps_finding(decision: Decision) -> Finding:
    """What part of the first map each option wins, and what part is too close to call."""
    if not decision.maps:
        return Finding("no two numbers were drawn, so there is no map")
    case, first = decision.case, decision.maps[0]
    shares = sorted(((first.share(key), case.label(key)) for key in case.contenders), key=lambda each: -each[0])
    won = ", ".join(f"{label} in {format_percent(share, '.0f')}" for share, label in shares)
    close = format_percent(first.close_share, ".0f")
    axes = " and ".join(case.words(path).rpartition(" (")[0] for path in (first.across, first.up))
    result = f"the best is {won} of the cells of the {'first map' if len(decision.maps) > 1 else 'map'}"
    return Finding(f"{result}; {close} are too close to call", f"its numbers are {axes}")


# --- files ---


def source(comparison: Comparison) -> str:
    """The line on where a chart comes from."""
    title = comparison.scenario.title
    end = "" if title.endswith((".", "?", "!")) else "."
    run = f"run {comparison.run_id}, seed {comparison.seed}"
    return f"Source: Heavy Press {__version__}, {run}. Scenario: {title}{end}"


FINDINGS = {TORNADO: (tornado, tornado_finding), MAPS: (winner_maps, maps_finding)}
NAMES = (TORNADO, MAPS, STRUCTURES)


def save(decision: Decision, folder: Path) -> None:
    """Write the charts into a folder, as drawings and as pixels."""
    for name in NAMES:
        save_chart(decision, name, folder)


def save_chart(decision: Decision, name: str, folder: Path) -> None:
    """Write one chart into a folder."""
    comparison = decision.case.comparison
    kept = record_text(comparison)
    if name == STRUCTURES:
        save_structures(folder, decision.structures, comparison.run_id, kept)
        return
    draw, _ = FINDINGS[name]
    title = f"{upper_first(name.replace('_', ' '))}: {comparison.scenario.title}"
    save_titled(draw(decision), folder / name, title, alt(decision, name), source(comparison), "decide", kept)


def alt(decision: Decision, name: str) -> str:
    """What is read out in the place of a chart."""
    if name == STRUCTURES:
        return structures_alt(decision.structures)
    return f"{FINDINGS[name][1](decision).whole}."
