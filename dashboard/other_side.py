"""What would have to be true for the other side of an argument, on the page: a row for each number that could do it."""

from __future__ import annotations

from math import isfinite

import streamlit as st

from dashboard import amounts, markdown, names, texts, words
from sim.arguments import Answer
from sim.arguments.other_side import turning
from sim.arguments.reversal import Reversal
from sim.comparison.hinge import noun_words
from sim.formatting import upper_first
from sim.labels import parameter_label
from sim.parameters import Spec


def show(found: Answer) -> None:
    """Show the numbers of which some value turns the sign, the nearest first, and name those of which none does."""
    if not found.weighed:
        return
    st.markdown(f"**{words.OTHER_SIDE}**")
    st.caption(markdown.literal(opening(found)))
    if turned := turning(found):
        rows = (map(markdown.literal, cells(each)) for each in turned)
        heads = (words.TURN_NUMBER, words.TURN_TODAY, words.TURN_NEEDED, words.TURN_PLAUSIBLE, words.TURN_DISTANCE)
        table = {head: list(column) for head, column in zip(heads, zip(*rows, strict=True), strict=True)}
        st.table(table, border="horizontal", alt=words.OTHER_SIDE)
    for line in without(found):
        st.caption(markdown.literal(line))


def opening(found: Answer) -> str:
    """The sentence above the numbers."""
    first = found.weighed[0]
    if not found.reversals:
        return texts.text("TURN_OF_NOTHING" if first.difference else "TURN_NO_SIDE")
    kind = "TURN_ONE_OF" if turning(found) else "TURN_NONE_ENOUGH"
    way = texts.text("TURN_FALL" if first.difference > 0 else "TURN_RISE")
    return texts.text(kind).format(outcome=names.outcome(first.outcome), way=way)


def without(found: Answer) -> list[str]:
    """Sentences on the numbers of which no value turns the sign, and those without any effect."""
    groups = (
        ("TURN_WITHOUT", [each for each in found.reversals if each.value is None and each.moves]),
        ("TURN_IDLE", [each for each in found.reversals if not each.moves]),
    )
    return [
        texts.text(name).format(numbers="; ".join(named(each) for each in group)) for name, group in groups if group
    ]


def named(reversal: Reversal) -> str:
    """What a number is: by its label, in English where it has none by what its help says first."""
    label, spec = names.parameter(reversal.path, reversal.spec), reversal.spec
    if label != parameter_label(reversal.path.rpartition(".")[2], spec):
        return label
    return upper_first(noun_words(reversal.path, spec).removeprefix("the "))


def cells(reversal: Reversal) -> list[str]:
    """One number: label with unit, value today, value that turns the sign, plausible range, distance."""
    spec = reversal.spec
    low, high, today = (_value(value, spec) for value in (reversal.low, reversal.high, reversal.centre))
    needed = "" if reversal.value is None else _value(reversal.value, spec)
    unit = words.unit_words(spec.unit)
    label = named(reversal)
    return [f"{label} ({unit})" if unit else label, today, needed, f"{low} – {high}", distance(reversal)]


def _value(value: float, spec: Spec) -> str:
    """A value to three digits, with a word for millions."""
    return amounts.short(value) if abs(value) >= words.MILLION else words.value_text(float(f"{value:.3g}"), spec)


def distance(reversal: Reversal) -> str:
    """How far the value is from today's evidence."""
    if reversal.plausible:
        where = texts.text("TURN_WITHIN").format(share=amounts.per_cent(reversal.distance, ".0f"))
    elif isfinite(reversal.distance):
        where = texts.text("TURN_BEYOND").format(times=amounts.short(reversal.distance))
    else:
        where = texts.text("TURN_OUTSIDE")
    times = texts.text("TURN_TIMES").format(times=amounts.short(reversal.factor)) if reversal.factor > 0 else ""
    return where + times
