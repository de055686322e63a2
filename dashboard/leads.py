"""The result of one outcome in a sentence: under which option it is best, and whether the worlds bear that out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dashboard import amounts as written
from dashboard import names, words
from sim.charts.leads import CLOSE, Lead, lead
from sim.comparison.results import Comparison, interval, middle, unit_of
from sim.comparison.verdict import FEWEST_DRAWS
from sim.outcomes import BY_NAME, Outcome
from sim.waits.estimate import estimated

_ROUNDING = 1e-9  # of a value
_AS_PRINTED = {
    "LEADS": "LEADS_AS_PRINTED",
    "LEADS_IN_CENTRE": "LEADS_IN_CENTRE_AS_PRINTED",
    "LEADS_AHEAD": "LEADS_AHEAD_AS_PRINTED",
    "NOT_CLEAR": "NOT_CLEAR_AS_PRINTED",
}


def numbers(comparison: Comparison, name: str) -> pd.DataFrame:
    """A row an option: median of the draws in own money, 10th and 90th percentile; of an estimate its value and band.

    NaN where an option has no such outcome; `estimate`: whether the value is read from a table of machines.
    """
    outcome, rows = BY_NAME[name], []
    for key, label in names.options(comparison).items():
        own, band = comparison.own_totals(key, name), estimated(comparison.results[key].estimate, name)
        three = (float(own[0]), *band) if band else (middle(own), *interval(own))
        rows.append((key, label, *three, unit_of(outcome, comparison.scenario), band is not None))
    return pd.DataFrame(rows, columns=["option", "label", "value", "low", "high", "unit", "estimate"])


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """Rows with a name for each column."""
    return list(frame.itertuples())


def sentence(comparison: Comparison, name: str) -> str:
    """The result of an outcome: who leads, by how much, in how many worlds; or that no option can be said to."""
    outcome, frame = BY_NAME[name], numbers(comparison, name)
    known = frame[frame.value.notna()]
    said = {"outcome": names.outcome(outcome)}
    if known.empty:
        return words.NOBODY_HAS.format(**said)
    text = {
        row.option: f"{words.QUOTED.format(name=row.label)} ({amount(comparison, outcome, row.value)})"
        for row in rows_of(known)
    }
    if len(known) == 1:
        return words.ONLY_ONE_HAS.format(**said, option=text[known.option.iloc[0]])
    if _alike(known):
        return words.ALL_ALIKE.format(**said, value=amount(comparison, outcome, known.value.iloc[0]))
    if outcome.better == "neither":
        ends = known.sort_values("value", kind="stable").option
        return words.FROM_TO.format(**said, low=text[ends.iloc[0]], high=text[ends.iloc[-1]])
    found = _lead(comparison, name, known)
    if not found.keys:
        return words.MOST_HAVE_NONE.format(**said)
    left_out = len(rivals(comparison, name, known)) < len(known)
    best = words.BEST_lower_of_those if left_out else words.title(f"BEST_{outcome.better}")
    tied = () if found.doubt == CLOSE else _tied(comparison, name, known, found.keys)
    said |= {"option": names.listed([text[key] for key in (*found.keys, *tied)]), "best": best}
    if comparison.draws < FEWEST_DRAWS or found.pair is None:
        return _of("LEADS" if comparison.draws else "LEADS_IN_CENTRE", tied).format(**said)
    labels, second = names.options(comparison), found.pair.second
    said |= {
        "first": words.QUOTED.format(name=labels[found.keys[0]]),
        "other": words.QUOTED.format(name=labels[second]) if second in tied else text.get(second, labels[second]),
        "worlds": written.count(found.pair.draws),
        "share": written.percent(found.pair.share),
    }
    if found.doubt:
        close = "TOO_CLOSE_IN_WINDOWS" if found.pair.verdict == "better" else "TOO_CLOSE"
        return _of(close if found.doubt == CLOSE else "NOT_CLEAR", tied).format(**said)
    return _of("LEADS_AHEAD", tied).format(**said, than=words.title(f"THAN_{outcome.better}"))


def _tied(comparison: Comparison, name: str, known: pd.DataFrame, first: tuple[str, ...]) -> tuple[str, ...]:
    """Keys of the options that are behind those that lead, but have the same amount as it is printed."""
    printed = {key: amount(comparison, BY_NAME[name], value) for key, value in rivals(comparison, name, known).items()}
    return tuple(key for key in printed if key not in first and printed[key] == printed[first[0]])


def _of(name: str, tied: tuple[str, ...]) -> str:
    """The text of a name, where amounts are the same as printed the one that says so."""
    return words.title(_AS_PRINTED.get(name, name) if tied else name)


def leaders(comparison: Comparison, name: str) -> tuple[str, ...]:
    """Keys of the options that lead on an outcome; none where no option can be said to."""
    frame = numbers(comparison, name)
    known = frame[frame.value.notna()]
    if len(known) < 2 or _alike(known) or BY_NAME[name].better == "neither":
        return ()
    found = _lead(comparison, name, known)
    return () if found.doubt else found.keys


def _lead(comparison: Comparison, name: str, known: pd.DataFrame) -> Lead:
    """Who leads among the rivals."""
    return lead(comparison, name, rivals(comparison, name, known))


def rivals(comparison: Comparison, name: str, known: pd.DataFrame) -> dict[str, float]:
    """Values by option of those that can lead: who gives no hours costs none of what hours cost, and leads in nothing.

    known: rows of `numbers` that have a value.
    """
    shown: dict[str, float] = dict(zip(known.option, known.value, strict=True))
    if BY_NAME[name].better != "lower":
        return shown
    idle = {key for key in shown if not comparison.results[key].totals["h100e_hours"][0] > 0}
    active = {key: value for key, value in shown.items() if value or key not in idle}
    return active or shown


def _alike(known: pd.DataFrame) -> bool:
    """Whether all options come to the same, in the middle and at both ends."""
    three = known[["value", "low", "high"]].to_numpy()
    return bool(np.allclose(three, three[0], rtol=_ROUNDING, atol=0, equal_nan=True))


def amount(comparison: Comparison, outcome: Outcome, value: float) -> str:
    """A value with its unit, in the scenario's money."""
    return f"{written.cell(outcome, value)} {words.unit_words(unit_of(outcome, comparison.scenario), value)}".strip()
