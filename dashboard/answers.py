"""The answer and the verdicts on pairs in the language of the page: the model's own, or the same from its fields."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dashboard import amounts, names, words
from sim.charts.differences import subject
from sim.charts.pairs import NEITHER, pair_of
from sim.comparison import hinge
from sim.comparison.answer import amount as own_amount
from sim.comparison.answer import headline, measure_words
from sim.comparison.hinge import Hinge, noun_words
from sim.comparison.results import Comparison
from sim.comparison.verdict import APART, FEWEST_DRAWS, Pair, worths
from sim.formatting import format_percent, format_short
from sim.labels import parameter_label
from sim.outcomes import BY_NAME, Outcome
from sim.parameters import Spec
from sim.scenario import Scenario

_EVEN = 50  # per cent


def sentences(comparison: Comparison) -> tuple[str, ...]:
    """The answer, one to three sentences."""
    return composed(comparison) if amounts.is_foreign() else comparison.answer.sentences


def composed(comparison: Comparison) -> tuple[str, ...]:
    """The same from the table of texts; in the language of the model letter by letter what the model says."""
    answer = comparison.answer
    if not answer.between:
        return (words.ANSWER_NOTHING,)
    pair = answer.pair
    if pair is None:
        return (_of_the_centre(comparison, answer.between, answer.yardstick),)
    said = (
        _verdict(comparison, pair, answer.yardstick),
        turning(comparison),
        _best_of_all(comparison, answer.first_shares, pair),
    )
    return tuple(filter(None, said))


def turning(comparison: Comparison) -> str:
    """What the verdict turns on, and where; empty where there is none."""
    answer = comparison.answer
    if answer.pair is None:
        return ""
    if answer.hinge is None:
        return "" if answer.pair.verdict == "the same" else words.ANSWER_NO_TURN
    return _turning(comparison, answer.hinge, answer.pair)


def by_mean(comparison: Comparison) -> str:
    """Who is ahead by the mean of all worlds, where by their median it is the other; else empty."""
    answer = comparison.answer
    mean = float(answer.pair.difference.mean()) if answer.pair is not None and answer.pair.difference.size else 0.0
    if answer.pair is None or mean * answer.pair.median >= 0:
        return ""
    first = (mean > 0) == (answer.yardstick.better == "higher")
    ahead = names.options(comparison)[answer.between[0 if first else 1]]
    by = amount(abs(mean), answer.yardstick, comparison.scenario)
    return words.ANSWER_BY_MEAN.format(ahead=ahead, amount=by)


def _verdict(comparison: Comparison, pair: Pair, outcome: Outcome) -> str:
    """Who is better, in how many worlds, by how much."""
    labels, worlds = names.options(comparison), amounts.count(pair.draws)
    said = {
        "measure": _measure(outcome), "first": labels[pair.first], "second": labels[pair.second],
        "worlds": worlds, "off": _off_centre(comparison, pair, outcome),
    }  # fmt: skip
    if pair.verdict == "the same":
        return words.ANSWER_SAME.format(**said)
    front = pair if pair.share >= 0.5 else pair.turned
    said |= {"ahead": labels[front.first], "behind": labels[front.second], "share": amounts.percent(front.share)}
    text = words.ANSWER_APART if pair.verdict == APART else words.ANSWER_BETTER
    return text.format(**said, ends=_ends(front.share_interval), amounts=_amounts(front, outcome, comparison.scenario))


def _measure(outcome: Outcome) -> str:
    """An outcome as it stands within a sentence."""
    return names.outcome(outcome) if amounts.is_foreign() else measure_words(outcome)


def _ends(ends: tuple[float, float]) -> str:
    """An interval of a share; with a decimal where an end would be rounded to one half, from which it differs."""
    digits = 1 if any(round(100 * end) == _EVEN for end in ends) else 0
    low, high = (amounts.local(f"{100 * end:.{digits}f}") for end in ends)
    return words.ANSWER_ENDS.format(low=low, high=high)


def _amounts(front: Pair, outcome: Outcome, scenario: Scenario) -> str:
    """By how much the first of a pair, the one ahead, is better: median, and where 80 % of the differences lie."""
    if not front.difference.size:
        return words.ANSWER_ONE_HAS
    middle, (low, high) = outcome.sign * front.median, sorted(outcome.sign * end for end in front.interval)
    ends = {"low": _side(low, outcome), "high": _side(high, outcome)}
    text = words.ANSWER_MEDIAN if middle <= 0 else words.ANSWER_BY
    return text.format(amount=amount(abs(middle), outcome, scenario), **ends)


def _side(value: float, outcome: Outcome) -> str:
    """By how much it is better or worse at one end."""
    if not value:
        return words.ANSWER_NO_GAP
    text = words.ANSWER_GAIN if value > 0 else words.ANSWER_LOSS
    return text.format(amount=amounts.in_unit(abs(value), outcome.unit))


def _off_centre(comparison: Comparison, pair: Pair, outcome: Outcome) -> str:
    """Where the central case says the opposite of most draws; ends the sentence."""
    one, other = (float(comparison.own_totals(key, outcome.name)[0]) for key in (pair.first, pair.second))
    gap = outcome.sign * (one - other)
    if not np.isfinite(gap) or not gap or (gap > 0) == (pair.share > 0.5):
        return "."
    ahead = names.options(comparison)[pair.first if gap > 0 else pair.second]
    return words.ANSWER_OFF_CENTRE.format(ahead=ahead, amount=amount(abs(gap), outcome, comparison.scenario))


def _turning(comparison: Comparison, turns: Hinge, pair: Pair) -> str:
    """What the verdict turns on, and where along it."""
    scenario, labels = comparison.scenario, names.options(comparison)
    what = _number_words(scenario, turns.path)
    if turns.rival:
        what = words.ANSWER_AND_RIVAL.format(number=what, rival=_number_words(scenario, turns.rival))
    of = {True: labels[pair.first], False: labels[pair.second]}
    if turns.at is None:
        usual = turns.below + turns.above >= 1
        shares = (turns.below, turns.above) if usual else (1 - turns.below, 1 - turns.above)
        below, above = map(amounts.percent, shares)
        return words.ANSWER_DEPENDS.format(what=what, name=of[usual], below=below, above=above)
    up = turns.above > 0.5
    above, below = map(amounts.percent, (turns.above, 1 - turns.below) if up else (1 - turns.above, turns.below))
    text = words.ANSWER_TURNS_OF_TWO if turns.rival else words.ANSWER_TURNS
    at = value_words(turns.at, _spec(scenario, turns.path))
    return text.format(what=what, at=at, up=of[up], down=of[not up], above=above, below=below)


def _spec(scenario: Scenario, path: str) -> Spec:
    """The declaration of a number of the world."""
    group, name = path.split(".")
    return scenario.world.kinds()[group].spec(name)


def _number_words(scenario: Scenario, path: str) -> str:
    """What a number is, with its path; in the model's own words where it has no name in the language of the page."""
    spec = _spec(scenario, path)
    label = names.parameter(path, spec)
    if label == parameter_label(path.partition(".")[2], spec):
        label = noun_words(path, spec)
    return words.ANSWER_NUMBER.format(label=label, path=path)


def value_words(value: float, spec: Spec) -> str:
    """A value of a number with its unit, in per cent where it is a share."""
    if not amounts.is_foreign():
        return hinge.value_words(value, spec)
    if spec.unit in words.PER_CENT_UNITS:
        text = amounts.local(format_percent(value, ".2g" if abs(value) < 0.995 else ".0f"))
        return text if spec.unit == "fraction" else f"{text} {names.unit(spec.unit)}"
    text = amounts.local(format_short(value))
    return text if spec.unit == "ratio" else f"{text} {names.unit(spec.unit, many=True)}"


def _best_of_all(comparison: Comparison, shares: Mapping[str, float], pair: Pair) -> str:
    """Which option is the best of all most often, where it is another than the two of the question."""
    best = max(shares, key=shares.__getitem__)
    if best in (pair.first, pair.second) or len(shares) < 3:
        return ""
    name, share = names.options(comparison)[best], amounts.percent(shares[best])
    return words.ANSWER_BEST.format(count=len(shares), name=name, share=share)


def _of_the_centre(comparison: Comparison, keys: tuple[str, ...], outcome: Outcome) -> str:
    """What the central case says, where draws are too few for a verdict."""
    least = {"least": FEWEST_DRAWS}
    drawn = amounts.count(comparison.draws)
    sure = (
        words.ANSWER_NOT_SURE_OF.format(drawn=drawn, **least)
        if comparison.draws
        else words.ANSWER_NOT_SURE.format(**least)
    )
    labels = names.options(comparison)
    one, other = (float(worths(comparison.own_totals(key, outcome.name)[:1], outcome.better)[0]) for key in keys)
    better, worse = (labels[key] for key in (reversed(keys) if other > one else keys))
    said = {"measure": _measure(outcome), "better": better, "worse": worse, "sure": sure}
    if one == other:
        return words.ANSWER_CENTRE_SAME.format(**said)
    gap = abs(one - other)
    by = words.ANSWER_CENTRE_NO_VALUE
    if np.isfinite(gap):
        by = words.ANSWER_CENTRE_BY.format(amount=amount(gap, outcome, comparison.scenario))
    return words.ANSWER_CENTRE.format(**said, by=by)


def amount(value: float, outcome: Outcome, scenario: Scenario) -> str:
    """A difference of an outcome with its unit, in the scenario's money."""
    if not amounts.is_foreign():
        return own_amount(value, outcome, scenario)
    text = amounts.in_unit(value, outcome.unit)
    if outcome.unit == "fraction":
        return f"{text} {words.POINTS}"
    unit = outcome.unit.replace("USD", scenario.currency)
    return text if unit == "ratio" else f"{text} {names.unit(unit, many=True)}"


# --- two options ---


def title(pair: Pair, labels: Mapping[str, str], better: str = "better") -> str:
    """The verdict on two options without amounts, for a title; `better`: what the one ahead is than the other."""
    if not amounts.is_foreign():
        return headline(pair, labels, better)
    front = pair if pair.share >= 0.5 else pair.turned
    said = {"ahead": labels[front.first], "behind": labels[front.second], "worlds": amounts.count(pair.draws)}
    if pair.verdict == "the same":
        return words.ANSWER_TITLE_SAME.format(**said)
    text = words.ANSWER_TITLE_HIGHER if better == "higher" else words.ANSWER_TITLE
    found = text.format(**said, share=amounts.percent(front.share), ends=_ends(front.share_interval))
    return words.ANSWER_TITLE_APART.format(title=found) if pair.verdict == APART else found


def difference(comparison: Comparison, first: str, second: str, outcome: str) -> str:
    """The verdict on the chart of two options; without enough draws the sentence that says so."""
    about = subject(first, second, outcome)
    frame: pd.DataFrame = about.numbers(comparison)
    if not amounts.is_foreign():
        return about.finding(frame, comparison).result
    labels = names.options(comparison)
    if frame.empty:
        return words.ANSWER_FEW.format(draws=comparison.draws, least=FEWEST_DRAWS)
    if (frame.side == NEITHER).all():
        return words.ANSWER_NEITHER.format(one=labels[first], other=labels[second])
    better = "higher" if BY_NAME[outcome].better == "neither" else "better"
    return title(pair_of(comparison, first, second, outcome), labels, better)
