"""Two options held against each other in the same worlds: how often the one is ahead, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.charts.distribution import ALIKE, FIRST, SECOND, Row, bars_of
from sim.comparison.results import Comparison, unit_of
from sim.comparison.verdict import FEWEST_DRAWS, Better, Pair, against_all
from sim.formatting import unknown_name
from sim.outcomes import BY_NAME
from sim.parameters import Array

__all__ = ["ALIKE", "DIFFERENCE", "FIRST", "NEITHER", "SECOND", "difference", "of_the_question", "pair_of"]

NEITHER = "neither"  # the side of draws in which neither option has a value
DIFFERENCE = (
    "side", "from", "to", "draws", "share", "beyond", "first", "second", "outcome", "ahead", "ahead_low", "ahead_high",
    "behind", "median", "low", "high", "central", "of", "unit",
)  # fmt: skip


def pair_of(comparison: Comparison, first: str, second: str, outcome: str) -> Pair:
    """Two options on an outcome over the draws, in own money; chances are held over the comparisons of one of them.

    That one is the option of the scenario's question, else the one that stands first in tables, so that the verdict
    does not change with the order. An outcome of which neither way is better is held as if more were. ValueError for
    names that there are not.
    """
    for key in (first, second):
        if key not in comparison.results:
            raise ValueError(unknown_name("option", key, comparison.results))
    if outcome not in BY_NAME:
        raise ValueError(unknown_name("outcome", outcome, BY_NAME))
    if first == second:
        raise ValueError(f"option {first!r} cannot be held against itself; name two options")
    order = list(dict.fromkeys((*comparison.scenario.between[:1], *comparison.results)))
    if order.index(second) < order.index(first):
        return pair_of(comparison, second, first, outcome).turned
    totals = {key: comparison.own_totals(key, outcome)[1:] for key in comparison.results}
    return against_all(totals, first, direction(outcome))[second]


def direction(outcome: str) -> Better:
    """Which way is held to be better: more, unless less is."""
    return "lower" if BY_NAME[outcome].better == "lower" else "higher"


def difference(comparison: Comparison, first: str, second: str, outcome: str) -> pd.DataFrame:
    """A row a bar of the distribution of differences over the draws: how far the first option is ahead, in own money.

    `from` to `to` (exclusive) in the unit of the outcome, above zero where the first is better, or has more where
    neither way is; `draws` of all `of` and their `share`; `beyond`: an outermost bar, which holds all that is farther
    out. Rows without ends are draws in which one option has no value, or neither. Behind them in every row what is true
    of all: the share `ahead` and `behind` (draws alike count half) with the 95 % interval of `ahead`, median, 10th and
    90th percentile, the central case. No row below 20 draws. ValueError for names that there are not.
    """
    return comparison.cached(_Bars(first, second, outcome))


@dataclass(frozen=True)
class _Bars:
    """What is drawn of two options: once for a comparison, however many ask for title, text and bars of a chart."""

    first: str
    second: str
    outcome: str

    def __call__(self, comparison: Comparison) -> pd.DataFrame:
        """The rows of `difference`."""
        return _bars(comparison, self.first, self.second, self.outcome)


def _bars(comparison: Comparison, first: str, second: str, outcome: str) -> pd.DataFrame:
    pair = pair_of(comparison, first, second, outcome)
    if comparison.draws < FEWEST_DRAWS:
        return pd.DataFrame(columns=list(DIFFERENCE))
    sign = -1.0 if pair.better == "lower" else 1.0
    gain = sign * pair.difference
    rows = [*bars_of(gain), *_without(pair, gain)]
    bars = dict(zip((*DIFFERENCE[:4], "beyond"), zip(*rows, strict=True), strict=True))
    low, high = sorted(sign * end for end in pair.interval)
    one, other = (float(comparison.own_totals(key, outcome)[0]) for key in (first, second))
    about: dict[str, Any] = {
        "share": [count / pair.draws for count in bars["draws"]], "first": first, "second": second, "outcome": outcome,
        "ahead": pair.share, "ahead_low": pair.share_interval[0], "ahead_high": pair.share_interval[1],
        "behind": 1 - pair.share, "median": sign * pair.median, "low": low, "high": high,
        "central": sign * (one - other), "of": pair.draws, "unit": unit_of(BY_NAME[outcome], comparison.scenario),
    }  # fmt: skip
    found = bars | about
    return pd.DataFrame({name: found[name] for name in DIFFERENCE})


def of_the_question(comparison: Comparison) -> pd.DataFrame:
    """The difference between the two options of the scenario's question on its yardstick; no row without a question."""
    if not comparison.answer.between:
        return pd.DataFrame(columns=list(DIFFERENCE))
    first, second = comparison.answer.between
    return difference(comparison, first, second, comparison.answer.yardstick.name)


def _without(pair: Pair, gain: Array) -> list[Row]:
    """Rows of the draws that have no difference: only the first option has a value, only the second, or neither."""
    ahead, behind = pair.ahead - int((gain > 0).sum()), pair.behind - int((gain < 0).sum())
    neither = pair.draws - len(gain) - ahead - behind
    counts = ((FIRST, ahead), (SECOND, behind), (NEITHER, neither))
    return [(side, float("nan"), float("nan"), count, False) for side, count in counts if count]
