"""Access: who gets how much of what they need, how equally, and at what effort."""

from __future__ import annotations

import streamlit as st

from dashboard import markdown, results, words
from dashboard.runs import Shown
from dashboard.views import parts

TIERS = (
    "lower_tiers_share", "need_met_elite", "need_met_intensive", "need_met_regional", "need_met_startups", "need_met",
    "gini", "above_floor_share",
)  # fmt: skip
EFFORT = ("applicant_days", "access_days", "award_share", "unused_awards", "output_per_day_percent")


def show(shown: Shown) -> None:
    """Show the page."""
    parts.show_title(shown, "ACCESS")
    parts.show_result(parts.found(shown, "need_met", "gini", "applicant_days"))
    parts.show_bars(shown, "access", TIERS)
    st.markdown(f"**{markdown.literal(words.ACCESS_EFFORT)}**")
    results.show_table(shown, EFFORT, words.ACCESS_EFFORT)
    parts.show_figures(shown, "need_met", "lorenz")
    parts.show_outcomes(shown, "Access", "Equity")
