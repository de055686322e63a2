"""Reproduction: what can be run again, what that costs in compute, and how many errors it finds.

A run that repeats the same bits shows mistakes, but repeats the chance of its seed as well; several seeds show chance,
at the price of as many runs. How many a claim needs follows from its effect, from the spread and from the power that
is asked for: n = 2 ((z_(1 - a/2) + z_p) / d)^2 runs on each side of a comparison (Cohen 1988, for a known spread).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from sim.mechanisms.openness import CLASSES, Openness, flat, publishing_ratio
from sim.parameters import Array, Parameters, normal_scores, param, probabilities

LEAST_SEEDS = 2  # one run has no spread
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Reproduction(Parameters):
    """How results are made checkable, who checks them, and what is wrong with them."""

    group: ClassVar[str] = "reproduction"
    about: ClassVar[str] = "Reproduction"

    deterministic_share: float = param(
        0.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="-", role="design", source="zhuang_determinism",
        help="Part of the work run with deterministic operations, so that a second run gives the same bits.",
    )
    determinism_overhead_ratio: float = param(
        0.3, "ratio", low=0.05, high=2, floor=0, ceiling=100, grade="D",
        source="programmes:P477; zhuang_determinism",
        help="Extra compute of a deterministic run (a fifth for large matrix products today; up to 746 % was measured "
        "on one architecture of old; 30 % is assumed).",
    )
    replicated_share: float = param(
        0.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="-", role="design", source="zhuang_determinism",
        help="Part of the work run from as many seeds as its claim needs, so that its spread is known.",
    )
    effect_ratio: float = param(
        2, "ratio", low=0.8, high=5, floor=0.05, ceiling=100, grade="D",
        source="assumption: effects that studies claim, over the spread between seeds, are not surveyed",
        label="Effect of a claim over the spread between seeds",
        help="Difference that a study claims, over the standard deviation between runs that differ by their seed.",
    )
    false_alarm_share: float = param(
        0.05, "fraction", low=0.005, high=0.1, floor=1e-6, ceiling=0.5, grade="-", role="setting",
        source="assumption: the level that most fields have agreed on",
        help="Part of claims without an effect that a test takes for one.",
    )
    power_share: float = param(
        0.8, "fraction", low=0.5, high=0.95, floor=0.05, ceiling=0.999, grade="-", role="setting",
        source="assumption: the power that most fields have agreed on",
        help="Part of claims with an effect that the runs must be able to show.",
    )
    mistake_share: float = param(
        0.14, "fraction", low=0.05, high=0.3, floor=0, ceiling=1, grade="C", source="programmes:P475",
        label="Studies whose code does not give their result",
        help="Part of the studies that cannot be reproduced with their own code and data.",
    )
    chance_share: float = param(
        0.2, "fraction", low=0.05, high=0.4, floor=0, ceiling=1, grade="D",
        source="assumption: no study of the same papers separates chance from other reasons why building anew fails",
        label="Studies whose result hangs on chance",
        help="Part of the studies whose code gives their result, but from some seeds only.",
    )
    checked_share: float = param(
        0.05, "fraction", low=0.01, high=0.3, floor=0, ceiling=1, grade="D",
        source="assumption: how many of the studies that could be run again are is not counted",
        label="Checkable studies that somebody checks",
        help="Part of the studies with open code and data that somebody else runs again.",
    )
    followed_ratio: float = param(
        1, "ratio", low=0.2, high=6, floor=0, ceiling=1_000, grade="D",
        source="assumption: what is built on results that do not hold is not measured",
        label="Work built on a wrong result",
        help="Work by others that an error found in time spares, over the work of the study.",
    )


def seeds_needed(reproduction: Reproduction) -> Array:
    """Runs that a claim needs, whole, two at least, [draw or 1].

    >>> seeds_needed(Reproduction(effect_ratio=1.0)).tolist(), seeds_needed(Reproduction()).tolist()
    ([16.0], [4.0])
    """
    scores = _critical(reproduction) + normal_scores(flat(reproduction.power_share))
    runs = 2 * (scores / flat(reproduction.effect_ratio)) ** 2
    return np.asarray(np.maximum(np.ceil(runs - _ROUNDING), LEAST_SEEDS))


def power_of(seeds: Array | float, reproduction: Reproduction) -> Array:
    """Part of the results that do not hold which `seeds` runs on each side show, [draw or 1].

    >>> power_of(np.array([1.0, 4.0]), Reproduction()).round(3).tolist()
    [0.293, 0.807]
    """
    shift = flat(reproduction.effect_ratio) * np.sqrt(np.asarray(seeds) / 2)
    return probabilities(shift - _critical(reproduction))


def _critical(reproduction: Reproduction) -> Array:
    """Standard normal value beyond which a two-sided test sees an effect."""
    return normal_scores(1 - flat(reproduction.false_alarm_share) / 2)


def rerun_shares(shares: Array, reproduction: Reproduction) -> tuple[Array, Array]:
    """Share of the projects that others can run again to the bit, and to within a known spread, [draw].

    `shares` [draw or 1, class] are those of openness. Both need code and data; the first deterministic operations as
    well, the second these or several seeds.
    """
    checkable, same = checkable_share(shares), flat(reproduction.deterministic_share)
    repeated = flat(reproduction.replicated_share)
    return np.asarray(checkable * same), np.asarray(checkable * (same + (1 - same) * repeated))


def checkable_share(shares: Array) -> Array:
    """Share of the projects whose code and data are open, [draw or 1]."""
    return np.asarray(shares[:, CLASSES.index("fully_open")])


def errors_per_study(shares: Array, reproduction: Reproduction) -> Array:
    """Errors found for each study, by its own seeds or by others who run it again, [draw].

    Whoever checks has as many runs as the study had: of a deterministic study one may repeat the bits, which shows
    every mistake and no chance, or draw other seeds, which show both with the power of so many runs, whichever finds
    more. Seeds of its own show chance before anything is published.
    """
    mistakes, chance = flat(reproduction.mistake_share), flat(reproduction.chance_share)
    same, repeated = flat(reproduction.deterministic_share), flat(reproduction.replicated_share)
    once, often = power_of(1.0, reproduction), power_of(seeds_needed(reproduction), reproduction)
    own = repeated * chance * often
    found = np.zeros(1)
    for part, power, left in ((1 - repeated, once, chance), (repeated, often, chance * (1 - often))):
        fresh = (mistakes + left) * power
        found = found + part * (same * np.maximum(mistakes, fresh) + (1 - same) * fresh)
    return np.asarray(own + checkable_share(shares) * flat(reproduction.checked_share) * found)


def rerun_ratio(reproduction: Reproduction) -> Array:
    """Compute of the work with determinism and further seeds, over that without, [draw or 1]; 1 by default."""
    same = 1 + flat(reproduction.deterministic_share) * flat(reproduction.determinism_overhead_ratio)
    again = 1 + flat(reproduction.replicated_share) * (seeds_needed(reproduction) - 1)
    return np.asarray(same * again)


def errors_per_rerun(shares: Array, reproduction: Reproduction) -> Array:
    """Errors that determinism and seeds find beyond those found without, over the compute they take, [draw].

    The compute is in that of the study: so the same bits and seeds are held against each other at equal compute. NaN
    where they take none. `shares` as in `rerun_shares`.
    """
    without = replace(reproduction, deterministic_share=0.0, replicated_share=0.0)
    more, taken = np.broadcast_arrays(
        errors_per_study(shares, reproduction) - errors_per_study(shares, without), rerun_ratio(reproduction) - 1
    )
    return np.asarray(np.divide(more, taken, out=np.full(more.shape, np.nan), where=taken > 0))


def useful_share(openness: Openness, reproduction: Reproduction) -> Array:
    """Part of public hours left for research, [draw or 1]: what releasing, determinism and seeds take is gone.

    >>> useful_share(Openness(), Reproduction(deterministic_share=1)).round(6).tolist()
    [0.769231]
    """
    return np.asarray(1 / (publishing_ratio(openness) * rerun_ratio(reproduction)))
