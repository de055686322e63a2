"""The same worlds discounted by every appraisal profile: whether the answer depends on whose rules they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import answers, later, live, markdown, runs, session, words
from dashboard import names as local_names
from dashboard.amounts import cell, count
from dashboard.runs import Shown
from sim.charts.pairs import pair_of
from sim.comparison.discounting import rediscount
from sim.comparison.results import Comparison, middle, unit_of
from sim.comparison.verdict import FEWEST_DRAWS
from sim.mechanisms.appraisal import profiles
from sim.outcomes import BY_NAME, DISCOUNTED

USUAL = "cost_per_h100e_hour"  # where the yardstick of the question is not discounted
HEIGHT = 260


@dataclass(frozen=True)
class Row:
    """The two options under one profile, its name empty for the scenario's own rates; amounts in own money."""

    profile: str
    verdict: str  # one of those of a pair; empty without enough worlds
    words: str  # the verdict with its odds
    first: float
    second: float


@dataclass(frozen=True)
class Appraised:
    """Two options on an outcome under every profile."""

    first: str
    second: str
    outcome: str
    rows: tuple[Row, ...]

    @property
    def changes(self) -> bool:
        """Whether the verdict is not the same under all of them."""
        return len({row.verdict for row in self.rows}) > 1


def measured(comparison: Comparison) -> str:
    """The outcome to look at: the yardstick, where discounting moves it."""
    yardstick = comparison.scenario.yardstick
    return yardstick if BY_NAME[yardstick] in DISCOUNTED else USUAL


def under_profiles(comparison: Comparison, first: str, second: str) -> Appraised:
    """Two options under the scenario's own rates and every profile, in the same worlds.

    Raises ValueError for a comparison that kept too little to be discounted anew.
    """
    outcome = measured(comparison)
    rows = [_row(rediscount(comparison, name or None), name, first, second, outcome) for name in ("", *profiles())]
    return Appraised(first, second, outcome, tuple(rows))


def _row(again: Comparison, name: str, first: str, second: str, outcome: str) -> Row:
    """The two options under one profile."""
    one, other = (middle(again.own_totals(key, outcome)) for key in (first, second))
    if again.draws < FEWEST_DRAWS:
        return Row(name, "", "", one, other)
    pair = pair_of(again, first, second, outcome)
    return Row(name, pair.verdict, answers.title(pair, local_names.options(again)), one, other)


def table(found: Appraised, comparison: Comparison, chosen: str) -> pd.DataFrame:
    """A profile a row as Markdown cells, the chosen one in bold."""
    names, outcome = local_names.options(comparison), BY_NAME[found.outcome]
    unit = words.unit_words(unit_of(outcome, comparison.scenario))
    of = {key: f"{names[key]} ({unit})" if unit else names[key] for key in (found.first, found.second)}
    heads = (words.PROFILE, words.VERDICT, of[found.first], of[found.second])
    rows = []
    for row in found.rows:
        title = profiles()[row.profile].words if row.profile else words.OWN_RATES
        texts = (title, row.words or "–", cell(outcome, row.first), cell(outcome, row.second))
        cells = [markdown.in_lines(markdown.literal(text)) for text in texts]
        rows.append([f"**{cells[0]}**" if row.profile == chosen else cells[0], *cells[1:]])
    return pd.DataFrame(rows, columns=[markdown.literal(head) for head in heads]).set_index(heads[0])


def show(shown: Shown) -> None:
    """Show the answer under each profile, computed where it is unfolded; from the quick run, which keeps its worlds."""
    found = st.expander(words.UNDER_PROFILES, key="profiles", on_change="rerun")
    state = session.current()
    pair = live.pair_of(shown.comparison, state.pair)
    if not found.open or pair is None:
        return
    quick, whole = runs.quick(shown.scenario, state), runs.whole(shown.scenario, state)
    with found:
        key = later.key_of(quick, "profiles", pair.first, pair.second)
        make = lambda: under_profiles(whole(), pair.first, pair.second)  # noqa: E731
        later.show("profiles", key, make, partial(_show, quick, state.profile), HEIGHT)


def _show(comparison: Comparison, chosen: str, found: Appraised) -> None:
    """Show the table, and above it whether the profile matters."""
    said = words.PROFILES_DIFFER if found.changes else words.PROFILES_AGREE
    outcome = local_names.outcome(BY_NAME[found.outcome])
    st.markdown(f"**{markdown.literal(said.format(outcome=outcome, count=len(found.rows) - 1))}**")
    if found.outcome != comparison.scenario.yardstick:
        yardstick = local_names.outcome(BY_NAME[comparison.scenario.yardstick])
        st.caption(markdown.literal(words.NOT_DISCOUNTED.format(yardstick=yardstick, outcome=outcome)))
    st.table(table(found, comparison, chosen), border="horizontal", alt=words.UNDER_PROFILES)
    st.caption(markdown.literal(words.PROFILES_NOTE.format(draws=count(comparison.draws))))
