"""The debate: the arguments, each a switch of the model."""

from __future__ import annotations

from dashboard import debate, words
from dashboard.runs import Shown
from dashboard.views import parts


def show(shown: Shown) -> None:
    """Show the page."""
    parts.show_title(shown, "DEBATE", words.DEBATE_RESTS_ON)
    debate.show_debate(shown.scenario, shown.comparison.seed, parts.asked(shown))
