"""How an address of another model was: why its number moved, its headline beside today's, and what is not restored."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, nan

import pandas as pd
import streamlit as st

from dashboard import amounts, answers, markdown, names, words
from dashboard.tracing import kept
from sim.comparison.record import headline
from sim.comparison.results import Comparison
from sim.outcomes import BY_NAME, HEADLINE
from sim.releases.attribution import TOGETHER, Attribution, Cause
from sim.releases.marks import Margin, Mark, margin
from sim.releases.numbers import Numbers, Place, flat
from sim.releases.problems import ReleaseError
from sim.releases.replay import release_of
from sim.releases.worker import MARGIN

MOST_CAUSES = 5  # that are named


def show_causes(found: Attribution, comparison: Comparison) -> None:
    """Show what moved the number, the largest first, each with its effect."""
    lines = because(found, comparison)
    if lines:
        st.markdown(f"{markdown.literal(words.AGED_BECAUSE)}\n\n{markdown.bullets(lines)}")
    else:
        st.caption(markdown.literal(words.AGED_NONE))


def because(found: Attribution, comparison: Comparison) -> list[str]:
    """The causes by which the number of the address moved, the largest first: a line each, with whom it favours."""
    ours = margin(comparison)
    if ours is None:
        return []
    place = Place(MARGIN, ours.outcome, "value")
    causes = [cause for cause in found.causes if cause.effects.get(place)]
    causes.sort(key=lambda cause: -abs(cause.effects[place]))
    lines = [_cause(cause, replace(ours, value=cause.effects[place]), comparison) for cause in causes[:MOST_CAUSES]]
    return lines + [words.AGED_MORE.format(count=len(causes) - MOST_CAUSES)] * (len(causes) > MOST_CAUSES)


def _cause(cause: Cause, effect: Margin, comparison: Comparison) -> str:
    """One cause: what it is, and by how much it moves the number towards one of the two options."""
    what = words.AGED_TOGETHER.format(what=cause.words) if cause.kind == TOGETHER else cause.words
    by = answers.amount(abs(effect.value), BY_NAME[effect.outcome], comparison.scenario)
    return words.AGED_CAUSE.format(what=what, amount=by, option=names.options(comparison)[effect.ahead])


# --- as it was ---


def show(mark: Mark, found: Attribution, comparison: Comparison, gone: bool) -> None:
    """Show the headline of each option then, beside it today's, and what cannot be restored."""
    if not found.then:
        st.caption(markdown.literal(words.AGED_NOT_AT_ALL.format(missing=found.missing.rstrip("."))))
        return
    now = {} if gone else flat(headline(comparison))
    alt = words.AGED_TABLE.format(model=str(mark))
    st.table(table(found.then, now, comparison), border="horizontal", alt=alt)
    notes = words.AGED_MEDIANS.format(draws=amounts.count(comparison.draws)) if comparison.draws else words.AGED_CENTRAL
    st.caption(markdown.literal(f"{notes} {restored(mark)}"))


def table(then: Numbers, now: Numbers, comparison: Comparison) -> pd.DataFrame:
    """Headline numbers as Markdown cells: an outcome a row, an option a column; then above now, bold where it moved."""
    column, known = "value" if comparison.draws else "central", names.options(comparison)
    options = list(dict.fromkeys(place.option for place in then if place.option != MARGIN))
    rows = {}
    for name in HEADLINE:
        places = [Place(option, name, column) for option in options]
        if any(isfinite(then.get(place, nan)) for place in places):
            head = markdown.literal(
                names.row(BY_NAME[name], comparison.scenario) if now else names.outcome(BY_NAME[name])
            )
            rows[head] = [_cell(place, then, now) for place in places]
    heads = [markdown.literal(known.get(option, option) if now else option) for option in options]
    return pd.DataFrame.from_dict(rows, orient="index", columns=heads)


def _cell(place: Place, then: Numbers, now: Numbers) -> str:
    """A number of then, and below it today's."""
    outcome = BY_NAME[place.outcome]
    before = markdown.literal(amounts.cell(outcome, then.get(place, nan)))
    if not now:
        return before
    after = markdown.literal(amounts.cell(outcome, now.get(place, nan)))
    if after == before:
        return before
    today = words.AGED_TODAY.format(value=after).replace(" ", markdown.NO_BREAK)
    return markdown.two_lines(f"**{before}**", today)


def restored(mark: Mark) -> str:
    """The sentence on what of a model is here, and what cannot be restored."""
    about = {"version": mark.version, "code": mark.code}
    try:
        release_of(mark.record(), kept())
    except ReleaseError:
        return words.AGED_NOT_KEPT.format(**about)
    same = mark.code == Mark.present().code
    return (words.AGED_RESTORED if same else words.AGED_NOT_RESTORED).format(**about)
