"""What a verdict turns on: the drawn number that explains most of who is better, and where along it the odds turn."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from sim.comparison.verdict import LEVEL
from sim.formatting import format_percent, format_short, lower_first, plural_unit
from sim.labels import name_words
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.parameters import Array, Spec

NEARLY = 0.85  # of the strongest correlation, from which on another number is named beside it
FEWEST_A_SIDE = 10  # draws on each side of a value at which odds are said to turn
_STEPS = 25  # of Newton's method, which needs about six
# how a clause begins that names no thing
_NO_NOUNS = {"From", "How", "Per", "Scales", "That", "The", "Under", "Until", "What", "When", "Whether", "Years"}
_CLAUSE = re.compile(r"[.,:;(]\s|\s\(|\.$")  # what ends the first clause of a help text
_UNFINISHED = re.compile(r"(?<=\bfor):(?=\s)")  # what ends none, for the thing itself comes behind it


@dataclass(frozen=True)
class Hinge:
    """A drawn number and who is ahead below and above one value of it; shares are of the draws on that side."""

    path: str
    at: float | None  # value at which the odds are even; None: they turn nowhere within its range
    below: float  # share of the draws below `at`, or in the lower half, in which the first option is ahead
    above: float
    correlation: float  # by ranks, of the number with the difference; above 0: more of it is better for the first
    rival: str | None = None  # path of another number that explains nearly as much


def hinge(world: World, advantage: Array) -> Hinge | None:
    """The number whose rank explains most of an advantage [draw], which is above 0 where the first option is ahead.

    `world` has arrays [draw, 1]. None where no number explains more than chance would among so many.
    """
    columns = {path: np.asarray(world.value(path), dtype=np.float64).reshape(-1) for path in uncertain()}
    table = {path: values for path, values in columns.items() if len(values) == len(advantage) and np.ptp(values) > 0}
    if len(advantage) < 2 * FEWEST_A_SIDE or np.ptp(_bounded(advantage)) == 0 or not table:
        return None
    ranks = _ranks(np.array([*table.values(), _bounded(advantage)]))
    linked = np.asarray(np.corrcoef(ranks))[-1, :-1]
    best = int(np.abs(linked).argmax())
    # by Fisher's transformation the correlation of unrelated ranks is normal; as many tests as there are numbers
    if abs(np.arctanh(min(abs(linked[best]), 1 - 1e-12))) * np.sqrt(len(advantage) - 3) < _score(LEVEL / len(table)):
        return None
    path = list(table)[best]
    strength = np.where(np.arange(len(linked)) == best, 0.0, np.abs(linked))
    rival = list(table)[int(strength.argmax())] if strength.max() >= NEARLY * abs(linked[best]) else None
    return replace(_turn(path, table[path], (advantage > 0).astype(np.float64), float(linked[best])), rival=rival)


def _turn(path: str, values: Array, ahead: Array, correlation: float) -> Hinge:
    """Where the odds of being ahead are even along one number, by a logistic regression on its ranks."""
    order = np.sort(values)
    score = (_ranks(values[None])[0] + 0.5) / len(values) - 0.5
    level, slope = _logistic(score, ahead)
    place = -level / slope if slope else np.inf
    below = round((place + 0.5) * len(values)) if abs(place) < 0.5 else 0
    # where a range begins at the value of the scenario, half of the draws are at that end, and none below it
    turns = FEWEST_A_SIDE <= below <= len(values) - FEWEST_A_SIDE and order[0] < order[below - 1]
    at = float((order[below - 1] + order[below]) / 2) if turns else float(np.median(values))
    under = values <= at if at < order[-1] else values < at  # where most have the largest value, those short of it
    low, high = float(ahead[under].mean()), float(ahead[~under].mean())
    turns = turns and (low - 0.5) * (high - 0.5) < 0
    return Hinge(path, at if turns else None, low, high, correlation)


def _logistic(score: Array, ahead: Array) -> tuple[float, float]:
    """Level and slope of the log odds, with a slight pull to zero that keeps them finite where sides separate."""
    design, found = np.stack([np.ones_like(score), score], axis=1), np.zeros(2)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        gradient = design.T @ (ahead - chance) - 1e-3 * found
        found = found + np.linalg.solve((design.T * (chance * (1 - chance))) @ design + 1e-3 * np.eye(2), gradient)
    return float(found[0]), float(found[1])


def _bounded(values: Array) -> Array:
    """Values whose infinite ones are beyond all others, and those that do not exist in the middle."""
    finite = values[np.isfinite(values)]
    edge = float(np.abs(finite).max()) * 2 + 1 if finite.size else 1.0
    return np.nan_to_num(values, nan=0.0, posinf=edge, neginf=-edge)


def _ranks(table: Array) -> Array:
    """Ranks along the last axis, from 0; those alike share the middle of theirs."""
    found = np.empty(table.shape)
    for row, values in zip(found, table, strict=True):
        order = np.sort(values)
        row[:] = (np.searchsorted(order, values) + np.searchsorted(order, values, "right") - 1) / 2
    return found


def _score(chance: float) -> float:
    """How far from zero a standard normal number is beyond, on either side, with this chance."""
    from sim.parameters import normal_scores

    return float(-normal_scores(np.array(chance / 2)))


# --- in words ---


def noun_words(path: str, spec: Spec) -> str:
    """What a number is, by its label or the first clause of its help text, within a sentence.

    >>> noun_words("cloud.price_usd", World().kinds()["cloud"].spec("price_usd"))
    'the rent at the start'
    """
    clause = spec.label or _CLAUSE.split(_UNFINISHED.sub("", spec.help), maxsplit=1)[0].strip()
    if not clause or clause.split()[0] in _NO_NOUNS:
        clause = name_words(path.partition(".")[2])
    # names that begin with a capital of their own keep it: IT power, CO2
    words = clause if clause[:2].isupper() else lower_first(clause)
    return words if words.startswith(("the ", "a ")) else f"the {words}"


def number_words(path: str, spec: Spec) -> str:
    """What a number is, with its path, for a sentence.

    >>> number_words("cloud.price_usd", World().kinds()["cloud"].spec("price_usd"))
    'the rent at the start (cloud.price_usd)'
    """
    return f"{noun_words(path, spec)} ({path})"


def value_words(value: float, spec: Spec) -> str:
    """A value of a number with its unit, in per cent where it is a share.

    >>> kinds = World().kinds()
    >>> value_words(0.18, kinds["cloud"].spec("decline_per_year")), value_words(3, kinds["cloud"].spec("price_usd"))
    ('18 % a year', '3.00 USD per H100e-hour')
    >>> value_words(10, kinds["complement"].spec("pace_per_year"))
    '10.0'
    """
    if spec.unit == "fraction":
        return format_percent(value, ".2g" if value < 0.995 else ".0f")
    if spec.unit == "1/year":
        return f"{format_percent(value, '.2g' if abs(value) < 0.995 else '.0f')} a year"
    if spec.unit in ("ratio", "ratio/year"):
        return format_short(value)
    return f"{format_short(value)} {plural_unit(spec.unit)}"
