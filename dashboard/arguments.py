"""The arguments in the language of the page: the model's own words, or the same from the table of texts."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite

from dashboard import amounts, names, patterns, texts, words
from sim.arguments import Answer, Argument, Evidence, Weighed
from sim.arguments import text as own
from sim.arguments.base import ASSUMED, spec_at
from sim.arguments.held import evidence_text, hour_costs
from sim.arguments.report import reading_cells
from sim.comparison.results import unit_of
from sim.instruments import INSTRUMENTS
from sim.mechanisms.openness import Openness
from sim.outcomes import Outcome
from sim.scenario import Scenario
from sim.sources import is_assumption, resolve

MOST_NAMED = 3  # assumptions that a caution names
SHARES = ("fraction", "percent")  # units, of which a difference is in percentage points
EVIDENCE = ("supports", "opposes")
WORDS = ("title", "claim", "counter", "sentence")  # of an argument, beside its evidence


def key_of(argument: Argument, part: str, place: int | None = None) -> str:
    """The name that a text of an argument has in the table; place: of a piece of evidence, from 1."""
    return f"argument {argument.key} {part}" + (f" {place}" if place else "")


def said(argument: Argument, part: str) -> str:
    """One of its WORDS."""
    return names.of(key_of(argument, part), getattr(argument, part))


def is_translated(argument: Argument) -> bool:
    """Whether all of it is said in the language of the page."""
    table = texts.table()
    parts = [(key_of(argument, part), getattr(argument, part)) for part in WORDS]
    for side in EVIDENCE:
        parts += [(key_of(argument, side, place), each.text) for place, each in _placed(argument, side)]
    return not amounts.is_foreign() or all(table.get(key, {}).get("en") == text for key, text in parts)


# --- evidence ---


def evidence(argument: Argument, side: str) -> list[str]:
    """The evidence for it or against it, each item with its source."""
    return [_evidence(key_of(argument, side, place), each) for place, each in _placed(argument, side)]


def _placed(argument: Argument, side: str) -> list[tuple[int, Evidence]]:
    return list(enumerate(getattr(argument, side), 1))


def _evidence(key: str, item: Evidence) -> str:
    """One item, with the numbers that it is held against."""
    text = names.of(key, item.text)
    if text == item.text:
        text = evidence_text(item)
    elif item.held is not None:
        costs = asdict(hour_costs(item.held))
        text = text.format(**{name: amounts.local(f"{value:.2f}") for name, value in costs.items()})
    return f"{text} {words.SOURCE} {_source(item.source)}"


def _source(source: str) -> str:
    """Where it comes from, or why it is assumed."""
    if amounts.is_foreign() and is_assumption(source):
        return words.ASSUMPTIONS_ASSUMED.format(why=names.reason(source))
    return " ; ".join(resolve(source))


# --- the answer ---


def sentence(found: Answer) -> str:
    """The one sentence of an argument in the central case, and what is to be said with it."""
    if not amounts.is_foreign() or said(found.argument, "sentence") == found.argument.sentence:
        return own.sentence(found)
    return composed(found)


def composed(found: Answer) -> str:
    """The same from the table of texts; in the language of the model letter by letter what the model says."""
    labels = labels_of(found.scenario)
    if not found.weighed:
        return texts.text("ARGUMENT_REFUSED").format(why=patterns.remark(found.refusal, labels))
    first = found.weighed[0]
    text = said(found.argument, "sentence").format(
        **{each.outcome.name: quantity(each.outcome, each.on, found.scenario) for each in found.weighed[1:]},
        **{name: amounts.local(value) for name, value in own.rested_on(found).items()},
        off=quantity(first.outcome, first.off, found.scenario),
        on=quantity(first.outcome, first.on, found.scenario),
        change=_change(first, found.scenario),
        against=labels[first.labels[0]],
        option=labels[first.labels[1]],
    )
    none = texts.text("ARGUMENT_NONE_SEEN") if first.verdict == "no visible difference" else ""
    said_too = patterns.remark(found.remark, {**labels, **_licences()})
    ahead, behind = (said_too, "") if found.argument.leads else ("", said_too)
    parts = [ahead, text.replace("..", "."), none, behind, _caution(found.argument)]  # "Tsd." has a point of its own
    return " ".join(filter(None, parts))


def labels_of(scenario: Scenario) -> dict[str, str]:
    """Labels of options and instruments as the model has them, and as the page has them."""
    usual = {kind.label: names.of(f"option {name}", kind.label) for name, kind in INSTRUMENTS.items()}
    return {**usual, **{each.label: names.option(scenario, each) for each in scenario.options}}


def _licences() -> dict[str, str]:
    """Names of licences, whose versions are no numbers."""
    spec = Openness.spec("licence")
    return {label: names.choice(word, spec) for word, label in zip(spec.choices, spec.choice_labels, strict=True)}


def quantity(outcome: Outcome, value: float, scenario: Scenario) -> str:
    """A value with its unit, as it stands in a sentence."""
    if not amounts.is_foreign():
        return own.quantity(outcome, value, scenario)
    if not isfinite(value):
        return texts.text("ARGUMENT_NO_VALUE")
    return _with_unit(amounts.in_unit(value, outcome.unit), "%", outcome, scenario)


def _gap(weighed: Weighed, scenario: Scenario, sign: bool = True) -> str:
    """The difference of a reading with its unit; shares differ by percentage points."""
    outcome, gap = weighed.outcome, weighed.difference
    if not amounts.is_foreign():
        return own.gap_text(outcome, gap, scenario=scenario, sign=sign)
    points, unit = (100, "percent") if outcome.unit == "fraction" else (1, outcome.unit)
    number = amounts.in_unit(points * (gap if sign else abs(gap)), unit, signed=sign)
    return _with_unit(number, words.POINTS, outcome, scenario)


def _with_unit(number: str, percent: str, outcome: Outcome, scenario: Scenario) -> str:
    """A number with the unit of an outcome behind it; that of shares is `percent`."""
    if outcome.unit in ("ratio", "index"):
        return number
    if outcome.unit in SHARES:
        return f"{number} {percent}"
    return f"{number} {names.unit(unit_of(outcome, scenario), many=number.strip('+-') != '1')}"


def _change(weighed: Weighed, scenario: Scenario) -> str:
    """What becomes of an outcome in the central case."""
    gap = weighed.difference
    if not isfinite(gap) or not gap:
        return texts.text("ARGUMENT_UNREAD" if gap else "ARGUMENT_SAME")
    text = texts.text("ARGUMENT_RISES" if gap > 0 else "ARGUMENT_FALLS")
    return text.format(size=_gap(weighed, scenario, sign=False))


def _caution(argument: Argument) -> str:
    """A warning where the argument rests on what is not measured."""
    if argument.grade != ASSUMED:
        return ""
    paths = argument.assumed
    shown = [path if not amounts.is_foreign() else words.QUOTED.format(name=names.parameter(path, spec_at(path)))
             for path in paths[:MOST_NAMED]]  # fmt: skip
    more = len(paths) - len(shown)
    text = texts.text("ARGUMENT_CAUTION_ONE" if len(paths) == 1 else "ARGUMENT_CAUTION")
    what = ", ".join(shown) + (texts.text("ARGUMENT_MORE").format(count=more) if more else "")
    return text.format(what=what)


# --- the readings ---


def cells(weighed: Weighed, scenario: Scenario) -> list[str]:
    """One reading in the central case as the cells of a table: outcome, off, on, difference."""
    if not amounts.is_foreign():
        return reading_cells(weighed, scenario)
    labels = labels_of(scenario)
    before, after = (labels[label] for label in weighed.labels)
    kind = "ARGUMENT_READ" if before == after else "ARGUMENT_READ_AGAINST"
    read = texts.text(kind).format(outcome=names.outcome(weighed.outcome), option=after, against=before)
    values = (quantity(weighed.outcome, value, scenario) for value in (weighed.off, weighed.on))
    verdict = {"no value": "ARGUMENT_NO_VALUE", "no visible difference": "ARGUMENT_NO_GAP"}.get(weighed.verdict)
    return [read, *values, texts.text(verdict) if verdict else _gap(weighed, scenario)]


def sides(found: Answer) -> tuple[tuple[str, str], tuple[str, str]]:
    """Off and on: the option that is read where the two differ, and the settings as they are typed, each or empty."""
    first = found.argument.readings[0]
    labels = labels_of(found.scenario)
    given = found.weighed[0].labels if found.weighed else tuple(INSTRUMENTS[name].label for name in first.options)
    options = [texts.text("ARGUMENT_OPTION").format(option=labels.get(label, label)) if first.against else ""
               for label in given]  # fmt: skip
    off, on = (own.switch_words(found.argument.known(settings)) if settings else "" for settings in found.switches)
    return (options[0], off), (options[1], on)
