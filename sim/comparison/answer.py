"""The answer to a scenario's question, in one to three sentences: who is better, how surely, and what it turns on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.comparison.hinge import Hinge, hinge, number_words, value_words
from sim.comparison.verdict import APART, FEWEST_DRAWS, Pair, against_all, first_shares, worths
from sim.formatting import format_count, format_in_unit, lower_first, plural_unit
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, Outcome
from sim.parameters import Array, Spec
from sim.scenario import Scenario

SURE = 0.995  # a share beyond which per cent have no digits to show
_CENTRE = "the central case, every number at its value of the scenario,"


@dataclass(frozen=True)
class Evidence:
    """What an answer rests on. totals: by option, [1 + draws], of the yardstick in own money; draw 0 is central."""

    scenario: Scenario
    labels: dict[str, str]
    totals: dict[str, Array]
    world: World  # of the draws, as arrays [1 + draws, 1]

    @property
    def between(self) -> tuple[str, ...]:
        """The two options that the question is about; empty where they are not both among the options."""
        return self.scenario.between if set(self.scenario.between) <= self.totals.keys() else ()

    @property
    def draws(self) -> int:
        """States of the world besides the central case."""
        return len(next(iter(self.totals.values()))) - 1


@dataclass(frozen=True, repr=False)
class Answer:
    """The answer on the yardstick. pairs: the first-named option against each other one, by key, in own money."""

    yardstick: Outcome
    pairs: dict[str, Pair]
    between: tuple[str, ...]
    first_shares: dict[str, float]  # of the draws, in which each option is the best of all
    hinge: Hinge | None
    sentences: tuple[str, ...]
    headline: str = ""  # who is better in how many worlds, short enough for a title; empty where nothing is compared

    def __repr__(self) -> str:
        """What one reads of it at a prompt."""
        return self.text

    @property
    def text(self) -> str:
        """The answer as one paragraph."""
        return " ".join(self.sentences)

    @property
    def pair(self) -> Pair | None:
        """The two options that the question is about, where there are two and draws of the world."""
        return self.pairs.get(self.between[1]) if self.between else None


def answered(evidence: Evidence) -> Answer:
    """The answer; without draws it speaks of the central case alone."""
    between, outcome = evidence.between, BY_NAME[evidence.scenario.yardstick]
    if not between:
        return Answer(outcome, {}, between, {}, None, ("There are no two options to compare.",))
    if evidence.draws < FEWEST_DRAWS:
        said = (_of_the_centre(evidence, outcome),)
        return Answer(outcome, {}, between, {}, None, said, _central_headline(evidence, outcome))
    drawn = {key: values[1:] for key, values in evidence.totals.items()}
    pairs = against_all(drawn, between[0], outcome.better)
    shares = first_shares(drawn, outcome.better)
    pair = pairs[between[1]]
    turns = hinge(evidence.world.between(1, evidence.draws + 1), _advantage(pair, drawn, outcome))
    words = (
        f"{_verdict(evidence, pair, outcome)}{_off_centre(evidence, pair, outcome)}",
        _turning(evidence, turns, pair) if turns else _no_turn(pair),
        _best_of_all(evidence, shares, pair),
    )
    sentences = tuple(word for word in words if word)
    return Answer(outcome, pairs, between, shares, turns, sentences, headline(pair, evidence.labels))


def _advantage(pair: Pair, drawn: dict[str, Array], outcome: Outcome) -> Array:
    """By how much the first of a pair is ahead in each draw; infinite where only one of the two has a value."""
    one, other = (worths(drawn[key], outcome.better) for key in (pair.first, pair.second))
    with np.errstate(invalid="ignore"):
        return np.where(one == other, 0.0, one - other)


# --- sentences ---


def _verdict(evidence: Evidence, pair: Pair, outcome: Outcome) -> str:
    """Who is better, in how many worlds, by how much."""
    names = {key: evidence.labels[key] for key in (pair.first, pair.second)}
    on = f"Measured by {measure_words(outcome)}"
    if pair.verdict == "the same":
        return f"{on}, {names[pair.first]} and {names[pair.second]} come to the same in every one of {_worlds(pair)}"
    ahead, share, ends = _ahead(pair)
    counted = f"in {percent(share)} of {_worlds(pair)} (95 % interval of that share: {_ends(ends)})"
    amounts = _amounts(pair, outcome, evidence.scenario, flip=pair.share < 0.5)
    if pair.verdict == APART:
        return (
            f"{on}, {names[pair.first]} and {names[pair.second]} {APART}: {names[ahead[0]]} would be better "
            f"{counted}{amounts}"
        )
    return f"{on}, {names[ahead[0]]} would be better than {names[ahead[1]]} {counted}{amounts}"


def _ahead(pair: Pair) -> tuple[tuple[str, str], float, tuple[float, float]]:
    """(the one ahead and the other, share of the draws in which it is, 95 % interval of that share)."""
    low, high = pair.share_interval
    if pair.share < 0.5:
        return (pair.second, pair.first), 1 - pair.share, (1 - high, 1 - low)
    return (pair.first, pair.second), pair.share, (low, high)


def headline(pair: Pair, labels: Mapping[str, str], better: str = "better") -> str:
    """The verdict on two options without amounts, for a title; `better`: what the one ahead is than the other."""
    keys, share, ends = _ahead(pair)
    ahead, behind = (labels[key] for key in keys)
    if pair.verdict == "the same":
        return f"{ahead} and {behind} come to the same in all of {pair.draws:,} worlds"
    found = f"{ahead} {better} than {behind} in {percent(share)} of {pair.draws:,} worlds ({_ends(ends)})"
    return f"Too close to call: {found}" if pair.verdict == APART else found


def _central_headline(evidence: Evidence, outcome: Outcome) -> str:
    """What the central case says, for a title."""
    (better, worse), lead = _central_order(evidence, outcome)
    return f"{better} {'better than' if lead else 'no better than'} {worse} in the central case"


def _amounts(pair: Pair, outcome: Outcome, scenario: Scenario, flip: bool) -> str:
    """By how much the one ahead is better: the median of the differences and where 80 % of them lie."""
    if not pair.difference.size:
        return ", and only one of the two has a value"
    gain = outcome.sign * (-1.0 if flip else 1.0)
    low, high = sorted(gain * end for end in pair.interval)
    middle = gain * pair.median

    def side(value: float) -> str:
        if not value:
            return "no difference"
        return f"{format_in_unit(abs(value), outcome.unit)} {'better' if value > 0 else 'worse'}"

    ends = f"80 % of worlds: {side(low)} to {side(high)}"
    if middle <= 0:  # ahead in as many draws as not, or more often but by less
        return f"; the median difference is {amount(abs(middle), outcome, scenario)} ({ends})"
    return f", by {amount(middle, outcome, scenario)} in the median world ({ends})"


def _off_centre(evidence: Evidence, pair: Pair, outcome: Outcome) -> str:
    """Where the central case says the opposite of most draws; ends the sentence."""
    gap = outcome.sign * float(evidence.totals[pair.first][0] - evidence.totals[pair.second][0])
    if not np.isfinite(gap) or not gap or (gap > 0) == (pair.share >= 0.5):
        return "."
    ahead = evidence.labels[pair.first if gap > 0 else pair.second]
    return f"; {_CENTRE} says the opposite, {ahead} ahead by {amount(abs(gap), outcome, evidence.scenario)}."


def _turning(evidence: Evidence, turns: Hinge, pair: Pair) -> str:
    """What the verdict turns on, and where."""
    spec, what = _spec(evidence, turns.path), number_words(turns.path, _spec(evidence, turns.path))
    if turns.rival:
        what += f", and nearly as much on {number_words(turns.rival, _spec(evidence, turns.rival))}"
    names = {True: evidence.labels[pair.first], False: evidence.labels[pair.second]}
    if turns.at is None:
        usual = turns.below + turns.above >= 1
        below, above = (turns.below, turns.above) if usual else (1 - turns.below, 1 - turns.above)
        return (
            f"It depends most on {what}, but no value of it within its range turns the odds: {names[usual]} would be "
            f"better in {percent(below)} of the worlds in its lower half and in {percent(above)} of those in its upper."
        )
    up = turns.above > 0.5
    above, below = (turns.above, 1 - turns.below) if up else (1 - turns.above, turns.below)
    first = "the first" if turns.rival else "it"
    return (
        f"It turns on {what}: where {first} is above {value_words(turns.at, spec)}, {names[up]} would be better in "
        f"{percent(above)} of the worlds; where it is below, {names[not up]} in {percent(below)}."
    )


def _spec(evidence: Evidence, path: str) -> Spec:
    """The declaration of a number of the world."""
    group, name = path.split(".")
    return evidence.scenario.world.kinds()[group].spec(name)


def _no_turn(pair: Pair) -> str:
    """The sentence where no number explains more than chance would."""
    none = "No single uncertain number explains who is ahead better than chance does."
    return "" if pair.verdict == "the same" else none


def _best_of_all(evidence: Evidence, shares: dict[str, float], pair: Pair) -> str:
    """Which option is the best of all most often, where it is another than the two of the question."""
    best = max(shares, key=shares.__getitem__)
    if best in (pair.first, pair.second) or len(shares) < 3:
        return ""
    count = format_count(len(shares), "option")
    return f"Of all {count} {evidence.labels[best]} would be the best most often, in {percent(shares[best])}."


def _of_the_centre(evidence: Evidence, outcome: Outcome) -> str:
    """What the central case says, where draws are too few for a verdict."""
    (better, worse), gap = _central_order(evidence, outcome)
    drawn = format_count(evidence.draws, "world") + " drawn" if evidence.draws else "without other worlds drawn"
    sure = f"; how surely is not known {'from ' if evidence.draws else ''}{drawn}: that takes {FEWEST_DRAWS} or more."
    on = f"Measured by {measure_words(outcome)}, in the central case "
    if not gap:
        return f"{on}{better} and {worse} come to the same{sure}"
    by = f" by {amount(gap, outcome, evidence.scenario)}" if np.isfinite(gap) else ", which has no value"
    return f"{on}{better} would be better than {worse}{by}{sure}"


def _central_order(evidence: Evidence, outcome: Outcome) -> tuple[tuple[str, str], float]:
    """(labels of the two of the question, the better first; by how much: infinite where only one has a value)."""
    keys = evidence.between
    one, other = (float(worths(evidence.totals[key][:1], outcome.better)[0]) for key in keys)
    first, second = (evidence.labels[key] for key in keys)
    return ((second, first) if other > one else (first, second)), 0.0 if one == other else abs(one - other)


# --- words ---


def measure_words(outcome: Outcome) -> str:
    """An outcome as it stands within a sentence.

    >>> measure_words(BY_NAME["need_met"])
    'need met'
    """
    return lower_first(outcome.label)


def amount(value: float, outcome: Outcome, scenario: Scenario) -> str:
    """A difference of an outcome with its unit, in the scenario's money."""
    text = format_in_unit(value, outcome.unit)
    if outcome.unit == "fraction":
        return f"{text} percentage points"
    unit = plural_unit(outcome.unit.replace("USD", scenario.currency))
    return text if outcome.unit == "ratio" else f"{text} {'per cent' if unit == 'percent' else unit}"


def percent(share: float) -> str:
    """A share of draws in whole per cent, but never all or none of them where it is not.

    >>> percent(0.714), percent(0.9983), percent(1.0), percent(0.002)
    ('71 %', 'more than 99 %', '100 %', 'less than 1 %')
    """
    if SURE <= share < 1:
        return "more than 99 %"
    if 0 < share <= 1 - SURE:
        return "less than 1 %"
    return f"{100 * share:.0f} %"


def _ends(ends: tuple[float, float]) -> str:
    """An interval of a share; with a decimal where an end would be rounded to one half, from which it differs."""
    digits = 1 if any(round(100 * end) == 50 for end in ends) else 0
    low, high = (100 * end for end in ends)
    return f"{low:.{digits}f} to {high:.{digits}f} %"


def _worlds(pair: Pair) -> str:
    """How many states of the world a count is of."""
    return f"{pair.draws:,} worlds drawn"
