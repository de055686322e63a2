"""What deciding later is worth, as tables: a row a decision, and a row a plan."""

from __future__ import annotations

from sim.comparison.verdict import interval_of
from sim.decision.adaptive import Adaptive, Gain, gain_of
from sim.decision.flexibility import Flexibility
from sim.decision.rules import NOT_DIFFERENT, gain_cell, level, sentences
from sim.decision.yardstick import gap, turned
from sim.formatting import format_percent, format_rounded, markdown_table

MARK = "*"
MARKED = f"{MARK} {NOT_DIFFERENT}, by a one-sided test at 95 %."
DECISIONS = (
    "Decided later", "at month", "by a rule", "against the best fixed plan", "against its own best plan",
    "by all that is seen", "with foresight",
)  # fmt: skip
PLANS = ("Plan", "Mean", "80 % of draws", "Against the best fixed plan", "Not spent")


def decision_rows(flexibility: Flexibility) -> list[list[str]]:
    """A row a decision, with the texts of DECISIONS; all but the first value are differences."""
    outcome, scenario = flexibility.yardstick, flexibility.plans.scenario
    return [
        [
            each.label, format_rounded(each.month), level(flexibility, each.found.simple.value),
            *(_marked(flexibility, gain) for gain in _gains(each.found)), gap(each.found.foresight, outcome, scenario),
        ]
        for each in flexibility.every
    ]  # fmt: skip


def _gains(found: Adaptive) -> tuple[Gain, ...]:
    """The differences of a row: of the rule from the best fixed plan and from its own best, and of the smooth rule."""
    return found.simple.gain, found.simple.own_gain, found.smooth.gain


def plan_rows(flexibility: Flexibility) -> list[list[str]]:
    """A row a plan, with the texts of PLANS, best first."""
    best, unspent = flexibility.values[flexibility.best], flexibility.unspent_shares
    outcome, scenario = flexibility.yardstick, flexibility.plans.scenario
    rows = []
    for key in flexibility.ordered:
        values = flexibility.values[key]
        ends = (gap(end, outcome, scenario) for end in interval_of(turned(values, outcome)))
        against = "–" if key == flexibility.best else _marked(flexibility, gain_of(values - best))
        mean = level(flexibility, float(values.mean()))
        left = format_percent(unspent.get(key, 0.0), ".0f")
        rows.append([flexibility.label(key), mean, " to ".join(ends), against, left])
    return rows


def _marked(flexibility: Flexibility, gain: Gain) -> str:
    """A difference with its standard error, marked where it may be none."""
    return gain_cell(flexibility, gain) + MARK * (not flexibility.settled(gain).sign)


def markdown(flexibility: Flexibility) -> str:
    """The answer, both tables and the sentences in Markdown."""
    first, *others = sentences(flexibility)
    lines = [first, "", *markdown_table(DECISIONS, decision_rows(flexibility), right=range(1, len(DECISIONS))), ""]
    lines += [*markdown_table(PLANS, plan_rows(flexibility), right=range(1, len(PLANS))), "", f"\\{MARKED}", ""]
    return "\n".join([*lines, *(f"- {line}" for line in others)]) + "\n"
