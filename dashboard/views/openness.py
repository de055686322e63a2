"""Openness and safety: what is published, what harm is done or prevented, and what the machines emit."""

from __future__ import annotations

from dashboard.runs import Shown
from dashboard.views import parts

OPENNESS = (
    "projects", "openness_index", "reuse_outputs", "excluded_use_share", "bitwise_reproducible_share",
    "openness_overhead_share", "consumer_gain", "api_price_index",
)  # fmt: skip
SAFETY = (
    "carbon_operational_t", "safety_fe_hours", "net_misuse_years", "break_even_probability", "screening_cost",
    "served_need_lost", "carbon_per_fe_hour_kg", "energy_mwh",
)  # fmt: skip


def show(shown: Shown) -> None:
    """Show the page."""
    parts.show_title(shown, "OPENNESS")
    parts.show_result(parts.found(shown, "openness_index", "safety_fe_hours", "carbon_per_fe_hour_kg"))
    parts.show_bars(shown, "openness", OPENNESS)
    parts.show_bars(shown, "safety", SAFETY)
    parts.show_outcomes(shown, "Openness", "Safety", "Free models", "Environment")
