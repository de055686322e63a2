"""The results of a comparison: leaders, tables, notes, and what the units and outcomes mean."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import markdown, words
from sim.charts.numbers import labels
from sim.comparison.centre import draw_notes
from sim.comparison.leftover import headed
from sim.comparison.results import Comparison, in_own_money, row_label, unit_of
from sim.comparison.table import cell, result_notes
from sim.formatting import format_in_unit, format_short, join_first
from sim.labels import gloss
from sim.outcomes import BY_NAME, HEADLINE, OF_THE_QUEUE, SECTIONS, Outcome
from sim.parameters import Array
from sim.scenario import Scenario
from sim.sources import resolve
from sim.units import UNIT_WORDS, unit_parts
from sim.waits.estimate import ABOUT, estimated

# What a reader wants to know first: how much more, at what price, how soon, and for whom.
LEADING = ("additional_fe_hours", "cost_per_fe_hour", "first_month", "lower_tiers_share")


def show_question(scenario: Scenario) -> None:
    """Show the question as headline, with the money and the time."""
    st.caption(markdown.literal(scenario.title))
    st.header(markdown.literal(scenario.question), anchor=False)
    total, years = scenario.budget.total, len(scenario.budget.yearly)
    line = words.money_line(
        scenario.currency, format_short(total), years, scenario.start.words, scenario.horizon_years, scenario.price_year
    )
    st.caption(markdown.literal(line))


# --- leaders ---


def show_leaders(comparison: Comparison) -> None:
    """Show the best option of a few outcomes, before any table."""
    shown = [(BY_NAME[name], found) for name in LEADING if (found := leaders(comparison, BY_NAME[name]))]
    if not shown:
        return
    with st.grid(len(shown), border=True):
        for outcome, (keys, value, share) in shown:
            unit = words.unit_words(unit_of(outcome, comparison.scenario), value)
            with st.container(gap="xsmall"):
                st.caption(markdown.literal(f"{outcome.label}: {words.best(outcome.better)}"))
                names = join_first([comparison.results[key].label for key in keys])
                st.markdown(f"**{markdown.literal(names)}**")
                st.markdown(markdown.literal(f"{cell(outcome, value)} {unit}"))
                st.caption(markdown.literal(words.leader_note(share, comparison.draws)))
    _show_gloss(comparison.scenario, [outcome.name for outcome, _ in shown])


def leaders(comparison: Comparison, outcome: Outcome) -> tuple[list[str], float, float] | None:
    """(options that lead in the central case, their value, share of the draws in which one of them leads).

    None where no option has the outcome, or none stands out from doing nothing.
    """
    totals = {
        key: in_own_money(outcome, result.totals[outcome.name], comparison.scenario)
        for key, result in comparison.results.items()
    }
    best = _best(outcome, np.stack(list(totals.values())))
    keys = [key for key, values in totals.items() if np.isfinite(values[0]) and np.isclose(values[0], best[0])]
    if not keys or len(keys) == len(totals):
        return None
    leading = np.any([np.isclose(totals[key], best) for key in keys], axis=0)
    share = float(leading[1:].mean()) if comparison.draws else 1.0
    return keys, float(best[0]), share


def _best(outcome: Outcome, totals: Array) -> Array:
    """The best value over options, [draw]; NaN where none has the outcome."""
    worst = np.inf if outcome.better == "lower" else -np.inf
    held = np.where(np.isfinite(totals), totals, worst)
    best = held.min(axis=0) if outcome.better == "lower" else held.max(axis=0)
    return np.where(np.isfinite(best), best, np.nan)


# --- tables ---


def table(
    comparison: Comparison, difference: bool = False, pending: bool = False, names: tuple[str, ...] = HEADLINE
) -> pd.DataFrame:
    """Outcomes as Markdown cells: an outcome a row, an option a column; ranges below the central values.

    In the table of differences doing nothing has no column, and what it does not have no row.
    """
    columns = ["difference", "difference_low", "difference_high"] if difference else ["value", "low", "high"]
    rows_of = comparison.summary[["outcome", "option", *columns]].itertuples(index=False, name=None)
    known = {(outcome, option): (value, low, high) for outcome, option, value, low, high in rows_of}
    # the keys distinguish options with the same label
    heads = {key: markdown.literal(headed(label, comparison.results[key])) for key, label in labels(comparison).items()}
    if difference:
        del heads[comparison.baseline.key]
    awaited = _waits_to_come(comparison) if pending else set()
    estimates = {key: comparison.results[key].estimate for key in heads}
    rows = []
    for name in names:
        outcome = BY_NAME[name]
        numbers = {key: known[name, key] for key in heads}
        if difference and not any(np.isfinite(value) for value, _, _ in numbers.values()):
            continue
        cells = {
            heads[key]: words.PENDING_CELL
            if (key, name) in awaited
            else _cell(outcome, three, difference, estimated(estimates[key], name) is not None)
            for key, three in numbers.items()
        }
        rows.append({words.OUTCOME: _row_head(outcome, comparison.scenario, difference), **cells})
    return pd.DataFrame(rows, columns=[words.OUTCOME, *heads.values()]).set_index(words.OUTCOME)


def _show_gloss(scenario: Scenario, names: Iterable[str]) -> None:
    """Show what the short terms in the labels and units of these outcomes mean."""
    for line in gloss(row_label(BY_NAME[name], scenario) for name in names):
        st.caption(markdown.literal(line))


def _waits_to_come(comparison: Comparison) -> set[tuple[str, str]]:
    """Options and outcomes that only the simulated queue can fill: there is a machine, and no estimate for it."""
    machines = {key: result.estimate for key, result in comparison.results.items() if result.estimate is not None}
    pairs = ((key, found, outcome.name) for key, found in machines.items() for outcome in OF_THE_QUEUE)
    return {(key, name) for key, found, name in pairs if estimated(found, name) is None}


def _row_head(outcome: Outcome, scenario: Scenario, difference: bool) -> str:
    """The label, and below it the unit and which way is better."""
    unit = words.unit_words(unit_of(outcome, scenario))
    if difference and outcome.unit == "fraction":
        unit = words.POINTS
    below = ", ".join(filter(None, [unit, words.better(outcome.better)]))
    return markdown.two_lines(markdown.literal(outcome.label), markdown.literal(below))


def _cell(outcome: Outcome, numbers: tuple[float, float, float], difference: bool, about: bool) -> str:
    """The central value and below it the range, unless it is the same in all draws; `about` for an estimate."""
    value, low, high = (_number(outcome, number, difference) for number in numbers)
    if about and np.isfinite(numbers[0]):
        return markdown.two_lines(markdown.literal(ABOUT + value), markdown.literal(words.estimate(f"{low} to {high}")))
    spread = markdown.spread(low, high) if np.isfinite(numbers[1]) and not low == high == value else ""
    return markdown.two_lines(markdown.literal(value), markdown.literal(spread))


def _number(outcome: Outcome, value: float, difference: bool) -> str:
    """A number in the table; differences carry their sign, unless they are rounded to zero, and shares lose their %."""
    if not difference or not np.isfinite(value):
        return cell(outcome, value)
    text = format_in_unit(value, outcome.unit, signed=True)
    return text if text.strip("+-0.") else text.strip("+-")


def show_tables(comparison: Comparison, pending: bool) -> None:
    """Show both tables, of the headline or of one section of the outcomes."""
    st.subheader(words.OUTCOMES, anchor=False)
    section = st.selectbox(
        words.SECTION, (words.HEADLINE, *SECTIONS), key="section", help=words.SECTION_HELP, persist_state="session"
    )
    names = SECTIONS.get(section, HEADLINE)
    st.table(table(comparison, pending=pending, names=names), border="horizontal", alt=words.OUTCOMES)
    st.caption(markdown.literal(words.range_note(comparison.draws, comparison.seed, pending)))
    _show_gloss(comparison.scenario, names)
    if any(result.estimate is not None for result in comparison.results.values()):
        st.caption(markdown.literal(words.ESTIMATES_NOTE))
    st.subheader(words.DIFFERENCES, anchor=False)
    gaps = table(comparison, difference=True, pending=pending, names=names)
    st.table(gaps, border="horizontal", alt=words.DIFFERENCES)
    st.caption(markdown.literal(words.DIFFERENCES_NOTE))
    if section in SECTIONS:
        with st.expander(words.FORMULAS):
            st.markdown(markdown.bullets([f"{BY_NAME[name].label}: {BY_NAME[name].formula}" for name in names]))


# --- notes ---


def show_notes(comparison: Comparison) -> None:
    """Show warnings in full view; sizes, precision, units and limits below."""
    scenario = comparison.scenario
    if scenario.warnings:
        st.warning(markdown.bullets(scenario.warnings), icon=":material/warning:")
    lines = draw_notes(comparison)
    lines += [
        f"{result.label}: {note}" for result in comparison.results.values() for note in result_notes(result, scenario)
    ]
    if lines:
        st.markdown(f"**{words.NOTES}**\n\n{markdown.bullets(lines)}")
    with st.expander(words.UNITS):
        st.markdown(glossary(scenario))
    with st.expander(words.LEFT_OUT):
        st.markdown(coverage(scenario))


def glossary(scenario: Scenario) -> str:
    """Units and formulas of the table."""
    units = {part for name in HEADLINE for part in unit_parts(BY_NAME[name].unit)}
    # months and hours explain themselves; units of more than one word do not
    meanings = [f"{words.unit_words(u)}: {meaning}" for u, meaning in UNIT_WORDS.items() if u in units and "_" in u]
    formulas = [f"{BY_NAME[name].label}: {BY_NAME[name].formula}" for name in HEADLINE]
    money = words.exchange(scenario.currency, scenario.price_year, scenario.usd_per_currency)
    return "\n\n".join([markdown.bullets([*meanings, money]), markdown.bullets(formulas)])


def coverage(scenario: Scenario) -> str:
    """What the scenario covers, what it leaves out, and its sources."""
    cited = [citation for key in scenario.sources for citation in resolve(key)]
    parts = ((words.COVERED, scenario.modelled), (words.NOT_COVERED, scenario.not_modelled), (words.CITED, cited))
    shown = [f"{head}\n\n{markdown.bullets(lines)}" for head, lines in parts if lines]
    return "\n\n".join(shown) or words.NOT_STATED
