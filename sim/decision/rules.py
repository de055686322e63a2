"""Decisions that can be put off, in words: the rule, what it is worth, what a pilot costs, and what a bridge brings."""

from __future__ import annotations

import numpy as np

from sim.comparison.centre import drawn_note
from sim.decision.adaptive import Gain, gain_of
from sim.decision.flexibility import BRIDGE, STOP, Decision, Flexibility
from sim.decision.observables import Observable
from sim.decision.yardstick import amount, gap, in_own, turned, units
from sim.formatting import (
    format_count,
    format_percent,
    format_rounded,
    format_short,
    join_words,
    lower_first,
    plural_unit,
)
from sim.labels import gloss
from sim.outcomes import BY_NAME
from sim.scenario.changes import changes_note
from sim.version import __version__

NOT_DIFFERENT = "not different from zero"


def answer(flexibility: Flexibility) -> str:
    """What deciding later is worth against the best plan that is fixed at the start, first of all."""
    gains = [(lower_first(each.label), flexibility.settled(each.found.simple.gain)) for each in flexibility.every]
    paid = [label for label, gain in gains if gain.sign > 0]
    worth = [f"{label} {gain_words(flexibility, gain)}" for label, gain in gains]
    if paid:
        pays = f"Deciding later pays: {join_words(paid)}."
    elif all(gain.sign < 0 for _, gain in gains):
        pays = "Deciding later costs more than it gains."
    else:
        pays = "The gain of deciding later is not different from zero at this number of draws."
    yardstick = lower_first(BY_NAME[flexibility.yardstick].label)
    return (
        f"{pays} Measured in {yardstick}, the best plan fixed at the start, by the mean of all worlds, is "
        f"{_plan(flexibility, flexibility.best)}. "
        f"Against it, decided by a rule: {'; '.join(worth)}."
    )


def rule_sentence(flexibility: Flexibility, decision: Decision) -> str:
    """What the one-split rule says: 'second tranche if the rent is 2.1 USD per H100e-hour or more at month 24'."""
    split, labels = decision.found.split, [lower_first(flexibility.label(key)) for key in decision.plans]
    month = format_rounded(decision.month)
    if split.observable < 0:
        return f"{decision.label}: {labels[split.below]} whatever is seen at month {month}"
    seen = decision.seen.names[split.observable]
    value, unit = seen_in_own(flexibility, seen, split.threshold)
    threshold = format_percent(value, ".0f") if unit == "fraction" else f"{format_short(value)} {plural_unit(unit)}"
    return (
        f"{decision.label}: {labels[split.above]} if {seen.label} is {threshold} or more at month {month}, else "
        f"{labels[split.below]}"
    )


def seen_in_own(flexibility: Flexibility, seen: Observable, value: float) -> tuple[float, str]:
    """A value of what is seen and its unit, in the scenario's own money."""
    scenario = flexibility.scenario
    if "USD" not in seen.unit:
        return value, seen.unit
    return value / scenario.usd_per_currency, seen.unit.replace("USD", scenario.currency)


def worth_sentence(flexibility: Flexibility, decision: Decision) -> str:
    """What the rule gains over the best fixed plan, and over the best of the plans that it chooses among."""
    found = decision.found
    own = max(decision.plans, key=lambda key: float(flexibility.values[key].mean()))
    lines = [
        f"By this rule {level(flexibility, found.simple.value)}: {gain_words(flexibility, found.simple.gain)} against "
        f"the best fixed plan, {_plan(flexibility, flexibility.best)}"
    ]
    if own != flexibility.best:
        own_gain = gain_words(flexibility, found.simple.own_gain)
        lines.append(f"{own_gain} against {_plan(flexibility, own)}, the best of those it chooses among")
    return f"{'; '.join(lines)}."


def stop_sentence(flexibility: Flexibility) -> str:
    """How often it would be right to cancel the second tranche, and what the money left counts for."""
    second = flexibility.decisions[0]
    place = second.plans.index(STOP)
    shares = [format_percent(rule.shares[place], ".0f") for rule in (second.found.simple, second.found.smooth)]
    left = format_percent(flexibility.plans.plan(STOP).unspent_share, ".0f")
    return (
        f"To cancel after the first tranche leaves {left} of the money unspent, {unspent_words(flexibility)}; the rule "
        f"cancels in {shares[0]} of the draws, all that is seen in {shares[1]}."
    )


def unspent_words(flexibility: Flexibility) -> str:
    """What money that is not spent counts for."""
    if not flexibility.unspent_worth:
        return "which counts for nothing"
    scenario = flexibility.scenario
    each = flexibility.unspent_worth / float(in_own(1.0, flexibility.yardstick, scenario))
    counts = gap(each, flexibility.yardstick, scenario)
    return f"of which one {scenario.currency} counts for {counts} {units(flexibility.yardstick, scenario)}"


def bridge_sentence(flexibility: Flexibility) -> str:
    """What credits until delivery bring, against the machine alone."""
    values, machine = flexibility.values, flexibility.plans.machine
    gain = gain_of(values[BRIDGE] - values[machine.key])
    return (
        f"Credits as a bridge until delivery, then the machine: {level(flexibility, float(values[BRIDGE].mean()))}, "
        f"{gain_words(flexibility, gain)} against {machine.label} without a bridge."
    )


def pilot_sentence(flexibility: Flexibility) -> str:
    """What a pilot reveals, costs, and is worth after that."""
    pilot = flexibility.pilot
    share, months = flexibility.plans.pilot_share, flexibility.plans.wait_months
    cost = gain_words(flexibility, pilot.costs)
    delay = f"costs {cost} by its money and its delay"
    if pilot.costs.mean < 0:
        delay = f"gains {cost.removeprefix('-')} by its delay, the cost of its money taken off"
    return (
        f"A pilot of {format_percent(share, '.0f')} of the money, {format_count(pilot.groups, 'group')} and "
        f"{format_rounded(months)} months reveals what is worth {gain_words(flexibility, pilot.reveals)}, and {delay}."
    )


def median_sentences(flexibility: Flexibility) -> list[str]:
    """A sentence where another fixed plan is the best in the median: then few draws carry the mean."""
    medians = {key: float(np.median(flexibility.values[key])) for key in flexibility.fixed}
    usual = max(medians, key=medians.__getitem__)
    if medians[usual] <= medians[flexibility.best]:
        return []
    return [
        f"In the median of the draws the best fixed plan is {flexibility.label(usual)} "
        f"({level(flexibility, medians[usual])}; {flexibility.label(flexibility.best)} "
        f"{level(flexibility, medians[flexibility.best])}): what counts here is the mean, which few draws carry."
    ]


def sentences(flexibility: Flexibility) -> list[str]:
    """Everything in words, the answer first, and what was assumed."""
    lines = [answer(flexibility)]
    for decision in flexibility.every:
        lines.append(f"{rule_sentence(flexibility, decision)}. {worth_sentence(flexibility, decision)}")
    lines += [stop_sentence(flexibility), bridge_sentence(flexibility), pilot_sentence(flexibility)]
    lines += median_sentences(flexibility)
    if BY_NAME[flexibility.yardstick].better == "lower":
        lines.append("Less is better; differences are written so that more is a gain.")
    return [
        *lines,
        *gloss(lines),
        f"Means of {format_count(flexibility.draws, 'draw')}, seed {flexibility.seed}, with standard errors; each draw "
        "is decided by a rule fitted to others, and the best fixed plan is chosen on all. By all that is seen: by a "
        "smooth regression instead of one threshold. Foresight bounds every rule from above. Queues are not simulated.",
        drawn_note(flexibility.scenario, flexibility.draw),
        *changes_note(flexibility.scenario),
        f"Run {flexibility.run}, heavypress {__version__}.",
    ]


def gain_words(flexibility: Flexibility, gain: Gain) -> str:
    """A mean with its standard error and unit, or that it is none."""
    text = f"{gain_cell(flexibility, gain)} {units(flexibility.yardstick, flexibility.plans.scenario)}"
    return text if flexibility.settled(gain).sign else f"{text} ({NOT_DIFFERENT})"


def gain_cell(flexibility: Flexibility, gain: Gain) -> str:
    """A mean with its standard error."""
    outcome, scenario = flexibility.yardstick, flexibility.plans.scenario
    mean, error = flexibility.settled(gain)
    return f"{gap(mean, outcome, scenario)} +- {gap(error, outcome, scenario)}"


def level(flexibility: Flexibility, value: float) -> str:
    """A mean of plans, which are turned so that more is better, as the outcome has it."""
    outcome = flexibility.yardstick
    return amount(float(turned(np.array(value), outcome)), outcome, flexibility.plans.scenario)


def _plan(flexibility: Flexibility, key: str) -> str:
    """A plan with its mean."""
    return f"{flexibility.label(key)} ({level(flexibility, float(flexibility.values[key].mean()))})"
