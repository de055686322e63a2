"""What each instrument of a mix contributes, in words, as a table and as a document."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from sim.comparison.centre import drawn_note
from sim.comparison.results import unit_of
from sim.decision.adaptive import gain_of
from sim.decision.contributions import MixContributions, Rest
from sim.decision.shapley import INTERVAL_SHARE, Contributions, over_draws, subsets
from sim.decision.yardstick import gap, in_own, turned, units
from sim.formatting import (
    NO_VALUE,
    format_count,
    format_percent,
    format_rounded,
    join_words,
    lower_first,
    markdown_table,
    upper_first,
)
from sim.outcomes import BY_NAME
from sim.parameters import Array
from sim.version import __version__

SCHEMA = "heavypress/mix/1"
CONTRIBUTES, ALONE, LAST, MIX = "contributes", "alone", "last", "mix"
LEFT: dict[Rest, str] = {
    "unspent": "Money of instruments left out is not spent",
    "pro_rata": "Money of instruments left out goes to those that stay, in proportion to their shares",
}
_ROUNDING = 1e-9  # of what the mix adds: less than that is none
_COLUMNS = ("mean", "mean_error", "median", "low", "high")


def numbers(found: MixContributions) -> pd.DataFrame:
    """A row an instrument and measure (contributes, alone, last), then the mix: differences of the outcome itself.

    In the scenario's own money where the outcome is money; `low` to `high` holds 80 % of the draws.
    """
    parts = list(zip(found.parts, found.labels, found.shares, strict=True))
    rows = [
        (*part, measure, *values, unit_of(BY_NAME[found.yardstick], found.scenario))
        for measure, each in ((CONTRIBUTES, found.each), (ALONE, found.alone), (LAST, found.last))
        for part, values in zip(parts, _rows(found, each), strict=True)
    ]
    mix = (found.option, found.label, sum(found.shares), MIX, *_rows(found, found.whole[:, None])[0], rows[0][-1])
    return pd.DataFrame([*rows, mix], columns=["part", "label", "share", "measure", *_COLUMNS, "unit"])


def _rows(found: MixContributions, each: Array) -> list[tuple[float, ...]]:
    """Statistics of each part over the draws, as differences of the outcome."""
    own = in_own(turned(each, found.yardstick), found.yardstick, found.scenario)
    over: Contributions = over_draws(own - _noise(own, own))
    return list(zip(*(map(float, getattr(over, name)) for name in _COLUMNS), strict=True))


def _noise(values: Array, whole: Array) -> Array:
    """What of these values is nothing but rounding, beside the largest of the whole."""
    return np.where(np.abs(values) < _ROUNDING * np.abs(whole).max(), values, 0.0)


def heads(found: MixContributions) -> list[str]:
    """Heads of the table."""
    unit = units(found.yardstick, found.scenario)
    return [
        "Instrument", "Of the money", f"Contributes ({unit})", "Of the mix", "Median",
        f"{format_percent(INTERVAL_SHARE, '.0f')} of draws", "Alone", "Last",
    ]  # fmt: skip


def rows(found: MixContributions) -> list[list[str]]:
    """A row an instrument, and their sum, with the texts of `heads`; errors are standard errors of the mean."""
    frame = numbers(found)
    by = {measure: part.reset_index(drop=True) for measure, part in frame.groupby("measure", sort=False)}
    whole = by[MIX].iloc[0]
    cells = []
    for n, row in by[CONTRIBUTES].iterrows():
        others = [_with_error(found, by[measure].iloc[int(str(n))]) for measure in (ALONE, LAST)]
        cells.append([*_row(found, row, whole), *others])
    return [*cells, [*_row(found, whole, whole), "–", "–"]]


def _row(found: MixContributions, row: pd.Series, whole: pd.Series) -> list[str]:
    """An instrument or the mix, its contribution and its range."""
    name = f"{row.label}, less doing nothing" if row.measure == MIX else row.label
    ends = f"{_written(found, row.low)} to {_written(found, row.high)}"
    return [
        name, format_percent(row.share, ".0f"), _with_error(found, row), of_whole(row["mean"], whole["mean"]),
        _written(found, row["median"]), ends,
    ]  # fmt: skip


def of_whole(part: float, whole: float) -> str:
    """A part of a whole in per cent, where there is a whole."""
    return format_percent(part / whole, ".0f") if whole else NO_VALUE


def _written(found: MixContributions, value: float) -> str:
    """A difference of the outcome, already in own money, without its unit."""
    return gap(value / float(in_own(1.0, found.yardstick, found.scenario)), found.yardstick, found.scenario)


def _with_error(found: MixContributions, row: pd.Series) -> str:
    """A mean with its standard error."""
    return f"{_written(found, row['mean'])} +- {_written(found, row.mean_error)}"


def reading(found: MixContributions) -> str:
    """How much of what the mix adds each instrument contributes, as part of a sentence."""
    frame = numbers(found)
    whole = frame[frame.measure == MIX].iloc[0]
    parts = [
        f"{row.label} contributes {_written(found, row['mean'])} ({of_whole(row['mean'], whole['mean'])})"
        for _, row in frame[frame.measure == CONTRIBUTES].iterrows()
    ]
    listed = join_words([parts[0], *(each.replace(" contributes ", " ", 1) for each in parts[1:])])
    added = f"{_written(found, whole['mean'])} {units(found.yardstick, found.scenario)}"
    return f"of the {added} that {found.label} adds to doing nothing, {listed}"


def together(found: MixContributions) -> str:
    """Whether instruments add more together than the same money of each alone, in a sentence."""
    alone = found.alone.sum(axis=1)
    difference = found.whole - alone
    more = gain_of(difference - _noise(difference, found.whole))
    outcome, scenario = found.yardstick, found.scenario
    written = f"{gap(abs(more.mean), outcome, scenario)} +- {gap(more.error, outcome, scenario)}"
    beside = "what the same money of each, spent alone, adds in all"
    if not more.sign:
        return f"What they add together is not different from {beside} ({written} {units(outcome, scenario)})."
    word, sense = ("better", "they complement each other") if more.sign > 0 else ("worse", "they serve the same need")
    return f"What they add together is {word} by {written} {units(outcome, scenario)} than {beside}: {sense}."


def notes(found: MixContributions) -> list[str]:
    """How the numbers are made, and of which run they are."""
    scenario, frame = found.scenario, numbers(found)
    total = in_own(float(turned(found.whole, found.yardstick).mean()), found.yardstick, scenario)
    summed = frame[frame.measure == CONTRIBUTES]["mean"].sum()
    draws = format_count(len(found.values), "draw")
    return [
        f"A contribution is what an instrument adds, averaged over all orders in which the mix can be put together "
        f"(Shapley value; {format_count(found.values.shape[1], 'subset')}, each run in the same draws). Alone: added to "
        "doing nothing. Last: added to all others.",
        f"{LEFT[found.rest]}.",
        f"The contributions sum in every draw to the mix less doing nothing; the means to "
        f"{format_rounded(float(summed), 10)} of {format_rounded(float(total), 10)}.",
        f"Measured in {lower_first(BY_NAME[found.yardstick].label)}: means of {draws}, seed {found.seed}, with standard "
        f"errors; queues are not simulated. {drawn_note(scenario, found.draw)}",
        f"Money in {scenario.currency} of {scenario.price_year}; horizon {scenario.horizon_years} years from "
        f"{scenario.start.words}.",
        f"Run {found.run}, heavypress {__version__}.",
    ]


def lines(found: MixContributions) -> list[str]:
    """Everything in sentences: what each contributes, how they go together, and the notes."""
    pairs = [together(found)] if found.rest == "unspent" else []  # else those alone have money of the others too
    return [f"{upper_first(reading(found))}.", *pairs, *notes(found)]


def markdown(found: MixContributions) -> str:
    """Table and sentences in Markdown."""
    head = heads(found)
    table = markdown_table(head, rows(found), right=range(1, len(head)))
    first, *others = lines(found)
    return "\n".join([first, "", *table, "", *(f"- {line}" for line in others)]) + "\n"


def as_json(found: MixContributions) -> str:
    """The whole as a document; money in the scenario's own."""
    frame = numbers(found)
    outcome, means = BY_NAME[found.yardstick], turned(found.values, found.yardstick).mean(axis=0)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "run": found.run,
        "version": __version__,
        "scenario": found.scenario.key,
        "option": found.option,
        "label": found.label,
        "yardstick": found.yardstick,
        "unit": unit_of(outcome, found.scenario),
        "better": outcome.better,
        "rest": found.rest,
        "seed": found.seed,
        "draws": len(found.values),
        "draw": found.draw,
        "interval": INTERVAL_SHARE,
        "mix": _numbers(frame[frame.measure == MIX].iloc[0]),
        "sum": float(frame[frame.measure == CONTRIBUTES]["mean"].sum()),
        "instruments": [
            {
                "instrument": name, "label": label, "share": share,
                **{row.measure: _numbers(row) for _, row in frame[frame.part == name].iterrows()},
            }
            for name, label, share in zip(found.parts, found.labels, found.shares, strict=True)
        ],
        "subsets": [
            {"instruments": [found.parts[part] for part in held], "mean": float(value)}
            for held, value in zip(
                subsets(len(found.parts)), in_own(means, found.yardstick, found.scenario), strict=True
            )
        ],
        "notes": lines(found),
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _numbers(row: pd.Series) -> dict[str, float | None]:
    """Statistics of a row; null for an error of one draw."""
    return {name: float(row[name]) if np.isfinite(row[name]) else None for name in _COLUMNS}


def as_csv(found: MixContributions) -> str:
    """The numbers as a table."""
    return str(numbers(found).to_csv(index=False))
