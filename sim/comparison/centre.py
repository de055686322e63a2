"""Where the central case is among its draws, and which of the uncertain numbers these vary: notes for the reader.

The default of a parameter is the median of its draws, but an outcome of many need not have its median there: skewed
ranges add up, and hours beyond the need or machines that come after the horizon count for nothing.
"""

from __future__ import annotations

import numpy as np

from sim.comparison.results import Comparison
from sim.formatting import format_ordinal
from sim.mechanisms.sampling import Drawn, held, uncertain
from sim.outcomes import BY_NAME, HEADLINE
from sim.parameters import Array
from sim.scenario import Scenario

MIDDLE = (0.35, 0.65)  # quantiles of the draws between which a central case is in the middle
FEWEST_DRAWS = 20  # from which quantiles say anything
ROUNDING = 1e-9  # of a value
_PARTS = {
    66.7: "two thirds of the",
    70: "seven in ten",
    75: "three quarters of the",
    80: "four in five",
    90: "nine in ten",
    100: "nearly all",
}
_THOSE = {
    "headline": "that move the headline",
    "arguments": "that move the headline or what an argument is read in",
}


def percentile(values: Array) -> float | None:
    """Per cent of the draws below the central case, draw 0 of [draw]; None where it is in the middle, or has no draws.

    >>> percentile(np.array([9.0, *range(1, 101)])), percentile(np.array([50.0, *range(1, 101)]))
    (8.0, None)
    """
    centre, drawn = values[0], values[1:][np.isfinite(values[1:])]
    if drawn.size < FEWEST_DRAWS or not np.isfinite(centre):
        return None
    low, high = np.quantile(drawn, MIDDLE)
    slack = ROUNDING * abs(centre)
    return None if low - slack <= centre <= high + slack else float(100 * (drawn < centre).mean())


def place_words(place: float) -> str:
    """Where a central case is that is not in the middle, from the per cent of the draws below it.

    >>> place_words(33.0), place_words(72.0), place_words(100.0)
    ('two thirds of the draws are higher (33rd percentile)', 'seven in ten draws are lower (72nd percentile)', \
'all draws are lower')
    """
    beyond, side = (place, "lower") if place > 50 else (100 - place, "higher")
    if beyond == 100:
        return f"all draws are {side}"
    words = _PARTS[min(_PARTS, key=lambda part: abs(part - beyond))]
    return f"{words} draws are {side} ({format_ordinal(round(place))} percentile)"


def draw_notes(comparison: Comparison) -> list[str]:
    """The lines on the draws of a comparison; none where there is the central case alone."""
    return [drawn_note(comparison.scenario, comparison.draw), *_off_centre(comparison)] if comparison.draws else []


def _off_centre(comparison: Comparison) -> list[str]:
    """A line for each option whose central case is not in the middle of its draws in a headline outcome."""
    lines = []
    for result in comparison.results.values():
        places = {name: percentile(result.totals[name]) for name in HEADLINE}
        off = [f"{BY_NAME[name].label}: {place_words(place)}" for name, place in places.items() if place is not None]
        if off:
            lines.append(
                f"{result.label}: the central case is outside the middle of the draws, since skewed ranges and effects "
                f"that are not linear add up. {'; '.join(off)}."
            )
    return lines


def drawn_note(scenario: Scenario, draw: Drawn) -> str:
    """The sentence on which of the uncertain numbers the draws vary."""
    free = set(uncertain(scenario.world)) - scenario.fixed
    if draw == "all":
        return f"Draws vary all {len(free)} uncertain numbers."
    varied = len(free - held(draw))
    return f"Draws vary {varied} of {len(free)} uncertain numbers, those {_THOSE[draw]}; --draw all varies every one."
