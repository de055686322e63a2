"""What each instrument of a mix contributes, in sentences."""

from __future__ import annotations

from math import isfinite

from sim.comparison.centre import drawn_note
from sim.decision.adaptive import gain_of
from sim.decision.contributions import CONTRIBUTES, MIX, MixContributions, Rest
from sim.decision.diversification import assured, spread_ratio, spread_shares
from sim.decision.shapley import INTERVAL_SHARE
from sim.decision.yardstick import gap, in_own, units
from sim.formatting import (
    NO_VALUE,
    format_count,
    format_percent,
    format_rounded,
    join_words,
    lower_first,
    upper_first,
)
from sim.labels import gloss
from sim.outcomes import BY_NAME
from sim.scenario.changes import changes_note
from sim.version import __version__

LEFT: dict[Rest, str] = {
    "unspent": "Money of instruments left out is not spent",
    "pro_rata": "Money of instruments left out goes to those that stay, in proportion to their shares",
}


def reading(found: MixContributions) -> str:
    """How much of what the mix adds each instrument contributes, as part of a sentence."""
    frame = found.table
    whole = frame[frame.measure == MIX].iloc[0]
    each = frame[frame.measure == CONTRIBUTES]
    if not each["mean"].any():
        return f"{found.label} adds no {units(found.yardstick, found.scenario)} to doing nothing"
    parts = [f"{row.label} contributes {_share(found, row['mean'], whole['mean'])}" for _, row in each.iterrows()]
    listed = join_words([parts[0], *(each.replace(" contributes ", " ", 1) for each in parts[1:])])
    added = f"{written(found, whole['mean'])} {units(found.yardstick, found.scenario)}"
    return f"of the {added} that {found.label} adds to doing nothing, {listed}"


def result(found: MixContributions) -> str:
    """Which instrument contributes most to what the mix adds, beyond chance; part of a sentence."""
    frame = found.table
    whole, means = float(frame[frame.measure == MIX]["mean"].iloc[0]), [*frame[frame.measure == CONTRIBUTES]["mean"]]
    if not any(means):
        return reading(found)
    added = f"{written(found, whole)} {units(found.yardstick, found.scenario)}"
    if found.whole.mean() <= 0:
        return f"{found.label} adds {added} to doing nothing"
    best, *others = found.each.mean(axis=0).argsort()[::-1]
    if others and not gain_of(found.each[:, best] - found.each[:, others[0]]).sign:
        both = " and ".join(f"{found.labels[part]} {written(found, means[part])}" for part in (best, others[0]))
        return f"too close to call which part of {found.label} contributes most: {both} of {added}"
    share = _share(found, means[best], whole)
    return f"{found.labels[best]} contributes most to {found.label}: {share} of {added}"


def _share(found: MixContributions, part: float, whole: float) -> str:
    """A contribution and how much of the whole it is."""
    return f"{written(found, part)} ({of_whole(part, whole)})" if part else "nothing"


def together(found: MixContributions) -> str:
    """Whether instruments add more together than the same money of each alone, in a sentence."""
    more = gain_of(found.gap)
    outcome, scenario = found.yardstick, found.scenario
    written = f"{gap(abs(more.mean), outcome, scenario)} +- {gap(more.error, outcome, scenario)}"
    beside = "what the same money of each, spent alone, adds in all"
    if not more.sign:
        return f"What they add together is not different from {beside} ({written} {units(outcome, scenario)})."
    word, sense = ("better", "they complement each other") if more.sign > 0 else ("worse", "they serve the same need")
    return f"What they add together is {word} by {written} {units(outcome, scenario)} than {beside}: {sense}."


def spread(found: MixContributions) -> str:
    """How far the mix spreads less over worlds than its instruments, and which carries the spread, in a sentence."""
    ratio = spread_ratio(found.whole, found.alone)
    if not isfinite(ratio):
        return "No world differs from another in what they add."
    carried = spread_shares(found.each)
    most = int(carried.argmax())
    low = (1 - INTERVAL_SHARE) / 2
    gained = gap(assured(found.whole, found.alone, low), found.yardstick, found.scenario)
    worst, unit = format_percent(low, ".0f"), units(found.yardstick, found.scenario)
    return (
        f"Its standard deviation over worlds is {format_percent(ratio, '.0f')} of the sum of its instruments', each "
        f"alone, for they do not all fare badly in the same worlds: what it adds at least in all but its worst {worst} "
        f"of worlds is {gained} {unit} more than the sum of what each of them alone adds at least in all but its own "
        f"worst. {found.labels[most]} carries {format_percent(float(carried[most]), '.0f')} of its variance."
    )


def notes(found: MixContributions) -> list[str]:
    """How the numbers are made, and of which run they are."""
    scenario, frame = found.scenario, found.table
    summed = frame[frame.measure == CONTRIBUTES]["mean"].sum()
    total = frame[frame.measure == MIX]["mean"].sum()
    subsets = format_count(found.values.shape[1], "subset")
    return [
        "A contribution is what an instrument adds, averaged over all orders in which the mix can be put together "
        f"(Shapley value; {subsets}, each run in the same draws). Alone: added to doing nothing. Last: added to all "
        f"others. {LEFT[found.rest]}.",
        "The contributions sum in every draw to the mix less doing nothing; their means to "
        f"{format_rounded(float(summed), 10)} of {format_rounded(float(total), 10)}.",
        f"Measured in {lower_first(BY_NAME[found.yardstick].label)}: means of {format_count(len(found.values), 'draw')}"
        f", seed {found.seed}, with standard errors; queues are not simulated. {drawn_note(scenario, found.draw)}",
        f"Money in {scenario.currency} of {scenario.price_year}; horizon {scenario.horizon_years} years from "
        f"{scenario.start.words}.",
        *changes_note(found.scenario),
        f"Run {found.run}, heavypress {__version__}.",
    ]


def lines(found: MixContributions) -> list[str]:
    """Everything in sentences: what each contributes, how they go together, and the notes."""
    # with money of the others besides, those alone cannot be summed up
    pairs = [together(found), spread(found)] if found.rest == "unspent" and len(found.parts) > 1 else []
    first = f"{upper_first(reading(found))}."
    return [first, *pairs, *gloss([first]), *notes(found)]


def of_whole(part: float, whole: float) -> str:
    """A part of a whole in per cent, where there is a whole."""
    return format_percent(part / whole, ".0f") if whole else NO_VALUE


def written(found: MixContributions, value: float) -> str:
    """A difference of the outcome, already in own money, without its unit."""
    return gap(value / float(in_own(1.0, found.yardstick, found.scenario)), found.yardstick, found.scenario)
