"""How a comparison's draws and its central case stand to each other: notes for the reader.

What is shown is the median of the draws. In the central case every number has its value of the scenario, which is the
median of what is drawn for it; but an outcome of many numbers need not have its median there: skewed ranges add up, and
hours beyond the need or machines that come after the horizon count for nothing.
"""

from __future__ import annotations

import numpy as np

from sim.comparison.results import Comparison
from sim.comparison.verdict import FEWEST_DRAWS, HIGH, LOW, rank_interval, share_interval
from sim.formatting import format_ordinal
from sim.mechanisms.sampling import Drawn, uncertain
from sim.outcomes import BY_NAME, HEADLINE
from sim.parameters import Array
from sim.scenario import Scenario
from sim.scenario.ranges import left_alone, ranges_words

OUTSIDE = "†"  # marks a value whose central case is outside its range
ROUNDING = 1e-9  # of a value
MOST_RANGES = 6  # named in a sentence
_THOSE = {
    "headline": "that move the headline",
    "arguments": "that move the headline or what an argument is read in",
}
_SPREAD = {"antithetic": "pairs of opposites", "sobol": "a scrambled Sobol' sequence", "latin": "a Latin hypercube"}


def is_outside(values: Array) -> bool:
    """Whether the central case, draw 0 of [draw], is below the 10th or above the 90th percentile of the others.

    >>> is_outside(np.array([99.0, *range(1, 101)])), is_outside(np.array([50.0, *range(1, 101)]))
    (True, False)
    """
    centre, drawn = values[0], values[1:][np.isfinite(values[1:])]
    if drawn.size < FEWEST_DRAWS or not np.isfinite(centre):
        return False
    low, high = np.quantile(drawn, (LOW, HIGH), method="weibull")
    slack = ROUNDING * abs(centre)
    return bool(centre < low - slack or centre > high + slack)


def outside(comparison: Comparison, key: str) -> set[str]:
    """The outcomes of one option whose central case is outside the range of its draws."""
    totals = comparison.results[key].totals
    return {name for name in totals if is_outside(totals[name])}


def draw_notes(comparison: Comparison) -> list[str]:
    """The lines on the draws of a comparison; none where there is the central case alone."""
    if not comparison.draws:
        return []
    lines = [_drawn(comparison), drawn_note(comparison.scenario, comparison.draw)]
    marked = [
        f"{result.label}: {', '.join(BY_NAME[name].label.lower() for name in HEADLINE if name in found)}"
        for key, result in comparison.results.items()
        if (found := outside(comparison, key)) & set(HEADLINE)
    ]
    if marked:
        lines.append(
            f"{OUTSIDE} the central case, every number at its value of the scenario, is outside this range, since "
            f"skewed ranges and effects that are not linear add up ({'; '.join(marked)})."
        )
    return lines


def _drawn(comparison: Comparison) -> str:
    """What a cell shows, of how many draws, and how far so few may mislead."""
    few = comparison.draws
    spread = f", spread as {_SPREAD[comparison.sequence]}" if comparison.sequence in _SPREAD else ""
    first = f"Median [10th to 90th percentile] of {few:,} draws of the world, seed {comparison.seed}{spread}."
    if few < FEWEST_DRAWS:
        return first
    ends = [rank_interval(share, few) for share in (LOW, 0.5, HIGH)]
    places = [f"from the {_place(low)} to the {_place(high)}" for low, high in ends]
    low, high = share_interval(few / 2, few)
    return (
        f"{first} With so many draws the true median is {places[1]} percentile of those drawn, the ends of the range "
        f"are {places[0]} and {places[2]}, and a share of the worlds is known to "
        f"{100 * (high - low) / 2:.0f} percentage points at worst (95 %)."
    )


def _place(share: float) -> str:
    """A percentile."""
    return format_ordinal(round(100 * share))


def drawn_note(scenario: Scenario, draw: Drawn) -> str:
    """The sentence on which of the uncertain numbers the draws vary, and one on the ranges of the scenario's own."""
    free, own = set(uncertain()) - scenario.fixed, scenario.ranges
    ranges = f" Within a range of the scenario's own: {ranges_words(own, MOST_RANGES)}." if own else ""
    if draw == "all":
        return f"Draws vary all {len(free)} uncertain numbers.{ranges}"
    varied, those = len(free - left_alone(scenario, draw)), _THOSE[draw]
    those += " and those with a range of the scenario's own" if own else ""
    return f"Draws vary {varied} of {len(free)} uncertain numbers, those {those}; --draw all varies every one.{ranges}"
