"""Money: cash against appropriation, what an hour costs, where options break even, whose rules of appraisal."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import answers, appraisal, english, later, leads, markdown, names, results, words
from dashboard.amounts import is_foreign, short
from dashboard.runs import Shown
from dashboard.views import parts
from sim import charts
from sim.charts.findings import lowest_peak
from sim.comparison.immediacy import immediacy_of
from sim.comparison.immediacy_table import price_lines
from sim.comparison.results import Comparison
from sim.formatting import upper_first

LINES_HEIGHT = 120  # pixels

COSTS = (
    "cost_per_fe_hour", "cost_per_h100e_hour", "cost_per_gpu_hour", "public_cost", "social_cost", "cash_peak",
    "advance_authority", "advance_interest", "cost_per_output_percent",
)  # fmt: skip
BREAK_EVENS = ("benefit_cost_ratio", "break_even_alpha", "break_even_probability", "mu_needed", "fab_budget_needed")


def show(shown: Shown) -> None:
    """Show the page."""
    parts.show_title(shown, "MONEY")
    parts.show_result([*parts.found(shown, "cost_per_h100e_hour"), cash_sentence(shown)])
    parts.show_bars(shown, "money", COSTS)
    _show_break_evens(shown)
    appraisal.show(shown)
    parts.show_figures(shown, "cash_flow", "cost_per_hour")
    parts.show_outcomes(shown, "Money", "Research output")


def cash_sentence(shown: Shown) -> str:
    """The heaviest year of all, as the chart of cash finds it."""
    if is_foreign():
        return _peak_sentence(shown.comparison)
    return f"{upper_first(charts.SUBJECTS['cash_flow'].found(shown.comparison).result)}."


def _peak_sentence(comparison: Comparison) -> str:
    """The same from the table of texts."""
    frame, labels = charts.SUBJECTS["cash_flow"].numbers(comparison), names.options(comparison)
    years = frame[frame.year.notna()]
    peaks = years.loc[years.groupby("option", sort=False).outlay.idxmax()]
    peaks = peaks[peaks.outlay > 0].sort_values("outlay", ascending=False, kind="stable")
    said = [
        words.CASH_PEAK.format(
            amount=f"{short(row.outlay)} {row.unit}", option=labels[row.option], year=f"{row.year:.0f}"
        )
        for row in leads.rows_of(peaks)
    ]
    if not said:
        return words.CASH_NONE
    text = words.CASH if lowest_peak(peaks, comparison) else words.CASH_ONE
    return text.format(most=said[0], least=said[-1])


def _show_break_evens(shown: Shown) -> None:
    """Show at what the options break even, and what the answer turns on."""
    st.markdown(f"**{markdown.literal(words.BREAK_EVENS)}**")
    results.show_table(shown, BREAK_EVENS, words.BREAK_EVENS)
    if shown.comparison.answer.hinge is not None:
        st.caption(markdown.literal(answers.turning(shown.comparison)))
    found = st.expander(words.WORTH_OF_WAITING, key="worth_of_waiting", on_change="rerun")
    if found.open:
        with found:
            key = later.key_of(shown.kept, "worth of waiting")
            later.show("worth", key, partial(worth_of_waiting, shown.kept), _show_lines, LINES_HEIGHT)


def worth_of_waiting(comparison: Comparison) -> list[str]:
    """What an hour of waiting must be worth for credits to win, a sentence each; a second of computing."""
    return price_lines(immediacy_of(comparison), comparison.scenario)


def _show_lines(lines: list[str]) -> None:
    english.show(words.MODEL_IS_ENGLISH)
    st.markdown(markdown.bullets(lines))
