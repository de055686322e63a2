"""Inside the cluster: what is delivered when, how it ages, how busy it is, who waits, what no wait costs."""

from __future__ import annotations

import streamlit as st

from dashboard import ageing, markdown, waiting, words
from dashboard.runs import Shown
from dashboard.views import parts
from sim.charts.numbers import machines

USE = (
    "wait_p50", "access_days", "utilisation", "wait_p95", "wait_mean", "withdrawn", "goodput", "bounded_slowdown",
    "first_month", "half_month",
)  # fmt: skip
FIGURES = ("capacity", "delivered", "waits", "price_of_immediacy")


def show(shown: Shown) -> None:
    """Show the page; without a machine there is one sentence to say."""
    parts.show_title(shown, "CLUSTER")
    if not machines(shown.comparison):
        st.markdown(markdown.literal(words.NO_MACHINE))
        return
    parts.show_result([*ageing.sentences(shown.comparison), *parts.found(shown, "utilisation", "wait_p95")])
    ageing.show(shown.comparison)
    parts.show_bars(shown, "cluster", USE)
    waiting.show(shown)
    parts.show_figures(shown, *FIGURES)
    parts.show_outcomes(shown, "Compute", "Waiting")
