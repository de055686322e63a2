"""What would have to be true for the other side, in words: a sentence, and a line for each number that could do it."""

from __future__ import annotations

from math import isfinite

from sim.arguments.evaluation import Answer
from sim.arguments.reversal import Reversal
from sim.comparison.hinge import noun_words, value_words
from sim.formatting import format_percent, format_short, join_words, lower_first

HEADING = "What would have to be true for the other side"
HEADS = ("number", "today", "would have to be", "plausible", "distance")


def opening(answer: Answer) -> str:
    """The sentence above the numbers: what would turn, or why nothing can."""
    if not answer.weighed:
        return ""
    first = answer.weighed[0]
    if not answer.reversals:
        if first.difference:
            return "It rests on no number of the world but those that the switch sets."
        return "In the central case there is no difference whose sign could turn."
    reading = f"{lower_first(first.outcome.label)} to {'fall' if first.difference > 0 else 'rise'} instead"
    if turning(answer):
        return f"For {reading}, one of these would have to be true, all else as in the central case."
    return f"For {reading}, no possible value of any number that it rests on is enough by itself in the central case."


def turning(answer: Answer) -> tuple[Reversal, ...]:
    """The numbers of which some possible value turns the sign, the nearest to today's evidence first."""
    return tuple(each for each in answer.reversals if each.value is not None)


def remaining(answer: Answer) -> str:
    """The sentence on the numbers of which no value does; empty where there are none."""
    without = [each.path for each in answer.reversals if each.value is None and each.moves]
    idle = [each.path for each in answer.reversals if not each.moves]
    lines = []
    if without:
        lines.append(f"No possible value of {join_words(without, 'or')} turns the sign.")
    if idle:
        lines.append(f"Without effect on it in this scenario: {join_words(idle)}.")
    return " ".join(lines)


def cells(reversal: Reversal) -> list[str]:
    """One number as a row under HEADS."""
    spec = reversal.spec
    wanted = "no value" if reversal.value is None else value_words(reversal.value, spec)
    ends = f"{value_words(reversal.low, spec).partition(' ')[0]} to {value_words(reversal.high, spec)}"
    about = f"{noun_words(reversal.path, spec)} ({reversal.path})"
    return [about, value_words(reversal.centre, spec), wanted, ends, distance_words(reversal)]


def distance_words(reversal: Reversal) -> str:
    """How far the turning value is from today's: within the plausible range or outside it, and by what factor."""
    if reversal.value is None:
        return "no value turns the sign"
    if reversal.plausible:
        where = f"within the plausible range, {format_percent(reversal.distance, '.0f')} of the way to its end"
    elif isfinite(reversal.distance):
        times = format_short(reversal.distance)
        where = f"outside the plausible range, {times} times as far from today's value as that range reaches"
    else:
        where = "outside the plausible range"
    times = f"; {format_short(reversal.factor)} times today's value" if reversal.factor > 0 else ""
    return where + times
