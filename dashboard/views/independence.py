"""Independence and market: who could be cut off, what the purchase does to prices, vendors and industry."""

from __future__ import annotations

from dashboard.runs import Shown
from dashboard.views import parts

INDEPENDENCE = (
    "largest_provider_share", "provider_hhi", "top_vendor_share", "vendor_hhi", "retained_share",
    "lost_fe_hours_per_year", "domestic_share", "portable_share",
)  # fmt: skip
MARKET = (
    "rental_price_rise_percent", "accelerator_price_rise_percent", "seller_share", "cost_to_other_buyers",
    "spend_abroad_share", "breakage", "displaced_spend", "accelerators_made",
)  # fmt: skip


def show(shown: Shown) -> None:
    """Show the page."""
    parts.show_title(shown, "INDEPENDENCE")
    parts.show_result(parts.found(shown, "domestic_share", "retained_share", "seller_share"))
    parts.show_bars(shown, "independence", INDEPENDENCE)
    parts.show_bars(shown, "market", MARKET)
    parts.show_outcomes(shown, "Independence", "Market", "Vendors", "Industry")
