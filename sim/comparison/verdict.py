"""Who is better, and how surely: options paired in the same states of the world, on one outcome.

All options meet the same draws, so differences are taken within a draw. The number of draws in which one is ahead is
binomial: its share has the exact interval of Clopper and Pearson (1934), and the sign test distinguishes two options.
Several tests are held together by Holm (1979), several looks at a growing number of draws by Bonferroni.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sim.parameters import Array

Better = Literal["higher", "lower", "neither"]
LEVEL = 0.05  # chance at which options that are equal are held to be different
FEWEST_DRAWS = 20  # on which a verdict can rest
LOOKS = (128, 256, 512, 1024)  # draws at which a run looks whether its verdict is known
# of each look, whether a run makes it or its number of draws is given: who types 1,024 gets what who leaves it out gets
LOOK_LEVEL = LEVEL / len(LOOKS)
LOW, HIGH = 0.10, 0.90  # quantiles of the draws between which a range runs
APART = "cannot be told apart at this number of draws"
_ROUNDING = 1e-12  # of a value: sums taken in another order differ so


@dataclass(frozen=True)
class Pair:
    """One option against another. difference [draw]: first less second, in the draws in which both have a value."""

    first: str
    second: str
    better: Better
    draws: int
    ahead: int  # draws in which the first is better
    behind: int
    difference: Array
    chance: float  # of counts so uneven or more were the two alike, two-sided; held over comparisons

    @property
    def verdict(self) -> str:
        """'better', 'worse', 'the same' or APART: the first against the second."""
        if self.draws and not self.ahead + self.behind:
            return "the same"
        if not self.known:
            return APART
        return "better" if self.ahead > self.behind else "worse"

    @property
    def known(self) -> bool:
        """Whether the two can be distinguished."""
        return self.chance <= LOOK_LEVEL

    @property
    def share(self) -> float:
        """Share of the draws in which the first is better; a draw in which both are alike counts half."""
        return (self.ahead + (self.draws - self.ahead - self.behind) / 2) / self.draws

    @property
    def share_interval(self) -> tuple[float, float]:
        """95 % interval of that share, at whatever look the run stopped."""
        return share_interval(self.share * self.draws, self.draws)

    @property
    def turned(self) -> Pair:
        """The same with the second option as the first."""
        return replace(
            self, first=self.second, second=self.first, ahead=self.behind, behind=self.ahead,
            difference=-self.difference,
        )  # fmt: skip

    @property
    def median(self) -> float:
        """Median of the differences."""
        return float(np.median(self.difference)) if self.difference.size else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The differences that 80 % of worlds lie between."""
        return interval_of(self.difference)


def worths(values: Array, better: Better) -> Array:
    """Values [...] turned so that more is better; what does not exist is worth less than anything.

    >>> worths(np.array([2.0, np.nan]), "lower").tolist()
    [-2.0, -inf]
    """
    sign = {"higher": 1.0, "lower": -1.0, "neither": 0.0}[better]
    return np.where(np.isfinite(values), sign * values, -np.inf)


def paired(first: Array, second: Array, better: Better, names: tuple[str, str] = ("first", "second")) -> Pair:
    """Two options' totals [draw] of one outcome, held against each other; where lower is better, the lower is ahead.

    An option without a value in a draw (no hours to divide a cost by) is behind one that has a value.

    >>> found = paired(np.arange(1.0, 41), np.zeros(40), "higher")
    >>> found.verdict, found.share, found.median
    ('better', 1.0, 20.5)
    """
    one, other = worths(first, better), worths(second, better)
    with np.errstate(invalid="ignore"):
        near = np.abs(one - other) <= _ROUNDING * np.maximum(np.abs(one), np.abs(other))
    both = np.isfinite(first) & np.isfinite(second)
    alike = (one == other) | (near & both)
    ahead, behind = int((~alike & (one > other)).sum()), int((~alike & (one < other)).sum())
    difference = np.where(alike, 0.0, first - second)[both]
    return Pair(*names, better, len(first), ahead, behind, difference, sign_chance(ahead, behind))


def against_all(totals: dict[str, Array], first: str, better: Better) -> dict[str, Pair]:
    """One option against each of the others, totals [draw] by key; the chances of the tests are held by Holm."""
    pairs = {key: paired(totals[first], totals[key], better, (first, key)) for key in totals if key != first}
    held = holm([pair.chance for pair in pairs.values()])
    return {key: replace(pair, chance=chance) for (key, pair), chance in zip(pairs.items(), held, strict=True)}


def first_shares(totals: dict[str, Array], better: Better) -> dict[str, float]:
    """Share of the draws in which each option is the best of all, totals [draw] by key; those alike share a draw."""
    table = np.array([worths(values, better) for values in totals.values()])
    best = table >= table.max(axis=0) - _ROUNDING * np.abs(table).max(axis=0, where=np.isfinite(table), initial=0)
    return dict(zip(totals, (best / best.sum(axis=0)).mean(axis=1).tolist(), strict=True))


def holm(chances: Sequence[float]) -> list[float]:
    """Chances of several tests, raised so that any error among them stays below the level of each (Holm 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(chances, kind="stable")
    raised = np.maximum.accumulate(np.asarray(chances)[order] * (len(chances) - np.arange(len(chances))))
    found = np.empty(len(chances))
    found[order] = np.minimum(raised, 1.0)
    return [float(chance) for chance in found.round(15)]


def sign_chance(ahead: int, behind: int) -> float:
    """Two-sided chance of counts so uneven, or more, were each side as likely to be ahead: the sign test.

    >>> sign_chance(5, 0), sign_chance(3, 3)
    (0.0625, 1.0)
    """
    from scipy.special import bdtr

    return float(min(1.0, 2 * bdtr(min(ahead, behind), ahead + behind, 0.5)))


def share_interval(count: float, of: int, level: float = LOOK_LEVEL) -> tuple[float, float]:
    """Exact interval of a share of which `count` of `of` were seen (Clopper and Pearson 1934).

    >>> [round(end, 3) for end in share_interval(8, 10, 0.05)]
    [0.444, 0.975]
    """
    from scipy.special import betaincinv

    low = betaincinv(count, of - count + 1, level / 2) if count else 0.0
    high = betaincinv(count + 1, of - count, 1 - level / 2) if count < of else 1.0
    return float(low), float(high)


def interval_of(values: Array) -> tuple[float, float]:
    """10th and 90th percentile of values [draw]; NaN where there are none.

    By expected ranks (Weibull), so that the next draw lies between them with a chance of 80 %.
    """
    if not values.size:
        return float("nan"), float("nan")
    low, high = np.quantile(values, (LOW, HIGH), method="weibull")
    return float(low), float(high)


def rank_interval(share: float, draws: int, level: float = LOOK_LEVEL) -> tuple[float, float]:
    """Shares of the draws between which the true quantile of a share lies, for any distribution (binomial ranks).

    >>> [round(end, 2) for end in rank_interval(0.5, 100, 0.05)]
    [0.4, 0.6]
    """
    from scipy.special import bdtr

    below = bdtr(np.arange(draws + 1), draws, share)  # chance that so many draws or fewer are below the quantile
    low, high = np.searchsorted(below, (level / 2, 1 - level / 2))
    return float(low / draws), float(min(high + 1, draws) / draws)
