"""Decisions that can be put off, in words: the rule, what it is worth, and what a pilot costs."""

from __future__ import annotations

import numpy as np

from sim.comparison.results import in_own_money, unit_of
from sim.decision.adaptive import Gain
from sim.decision.flexibility import Decision, Flexibility
from sim.formatting import format_number, format_percent, format_rounded, format_short, lower_first, plural_unit
from sim.outcomes import BY_NAME

NOT_DIFFERENT = "not different from zero"


def rule_sentence(flexibility: Flexibility, decision: Decision) -> str:
    """What the one-split rule says: 'second tranche if the rent is 2.1 USD per H100e-hour or more at month 24'."""
    split, labels = decision.found.split, [lower_first(flexibility.label(key)) for key in decision.plans]
    if split.observable < 0:
        return f"{decision.label}: {labels[split.below]} whatever is seen at month {format_rounded(decision.month)}"
    seen = decision.seen.names[split.observable]
    threshold = (
        format_percent(split.threshold, ".0f")
        if seen.unit == "fraction"
        else f"{format_short(split.threshold)} {plural_unit(seen.unit)}"
    )
    return (
        f"{decision.label}: {labels[split.above]} if {seen.label} is {threshold} or more at month "
        f"{format_rounded(decision.month)}, else {labels[split.below]}"
    )


def worth_sentence(flexibility: Flexibility, decision: Decision) -> str:
    """What the rules gain over the best fixed plan, and over the best of the plans that they choose among."""
    found = decision.found
    fixed = [*decision.plans, *(key for key in flexibility.fixed if key not in decision.plans)][found.fixed]
    own = max(decision.plans, key=lambda key: float(flexibility.values[key].mean()))
    lines = [
        f"By this rule {_amount(flexibility, found.simple.value)}: {_gain(flexibility, found.simple.gain)} over the "
        f"best fixed plan, {_plan(flexibility, fixed)}"
    ]
    if own != fixed:
        lines.append(
            f"{_gain(flexibility, found.simple.own_gain)} over {_plan(flexibility, own)}, if that were the plan"
        )
    lines.append(f"by all that is seen {_gain(flexibility, found.smooth.gain)}")
    lines.append(f"with foresight {_amount(flexibility, found.foresight)}")
    return f"{'; '.join(lines)}."


def pilot_sentence(flexibility: Flexibility) -> str:
    """What a pilot reveals, costs, and is worth after that."""
    pilot = flexibility.pilot
    share, months = flexibility.plans.pilot_share, flexibility.plans.wait_months
    return (
        f"A pilot of {format_percent(share, '.0f')} of the money and {format_rounded(months)} months reveals what is "
        f"worth {_gain(flexibility, pilot.reveals)}, and costs {_gain(flexibility, pilot.costs)} by its money and its "
        f"delay; all in all {_gain(flexibility, pilot.decision.found.smooth.gain)} over the best fixed plan."
    )


def sentences(flexibility: Flexibility) -> list[str]:
    """Everything in words, and what was assumed."""
    lines = []
    for decision in flexibility.decisions:
        lines += [f"{rule_sentence(flexibility, decision)}.", worth_sentence(flexibility, decision)]
    return [
        *lines,
        pilot_sentence(flexibility),
        f"Means of {format_number(flexibility.draws)} draws, seed {flexibility.seed}, with standard errors; each draw "
        "is decided by a rule fitted to others. Money that is not spent is worth what it is said to be, by default "
        "nothing.",
    ]


def _gain(flexibility: Flexibility, gain: Gain) -> str:
    """A mean with its standard error, or that it is none."""
    text = f"{_amount(flexibility, gain.mean)} +- {_amount(flexibility, gain.error, unit=False)}"
    return text if gain.sign else f"{text} ({NOT_DIFFERENT})"


def _plan(flexibility: Flexibility, key: str) -> str:
    """A plan with its mean."""
    return f"{flexibility.label(key)} ({_amount(flexibility, float(flexibility.values[key].mean()))})"


def _amount(flexibility: Flexibility, value: float, *, unit: bool = True) -> str:
    """A value of the yardstick in the scenario's own money; its plans are turned so that more is better."""
    outcome, scenario = BY_NAME[flexibility.yardstick], flexibility.plans.scenario
    own = float(in_own_money(outcome, np.array(value), scenario))
    return f"{format_short(own)} {plural_unit(unit_of(outcome, scenario))}" if unit else format_short(own)
