"""Output as a function of the exponent of compute, with a constant elasticity of substitution, and its break-even.

Normalised at a point that is observed (de La Grandville; Klump): work w and people l are read over those that a group
has without any option, w* and l*, which is where exponents are measured. With s = a / (a + b) and r = 1 - 1 /
elasticity, output is

    weight * w*^a * (s (w / w*)^r + (1 - s) (l / l*)^r)^((a + b) / r),

which is weight * w^a * (l / l*)^b at an elasticity of 1. The weight holds all that does not depend on a. A group's
exponent a is a part of alpha, that of groups whose research is computing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Array

_CLOSE = 1e-12  # step of the exponent after which another would change nothing
_STEPS = 10  # from the exponent 0 to 1, in which the first that is large enough is looked for
_NEAR_ONE = 1e-12  # least distance of r from 0: expm1 and log1p keep all digits there
_TINY = np.finfo(float).tiny
_NONE = np.sqrt(_TINY)  # what stands for no work at all: its power can still be taken
_MOST = -np.log(_TINY)  # logarithm of a power that can be taken


@dataclass(frozen=True)
class Terms:
    """Output of many groups and years in the exponent of work; arrays that broadcast to one shape, draws first.

    Of work and people, each over those observed and to the power r, the smaller is the base and the other stands over
    it: so no digits are lost however far they are apart.
    """

    weight: Array
    beta: Array  # exponent of people
    log_work: Array  # of what is observed
    base: Array  # logarithm of the one whose power is smaller, over what is observed
    gap: Array  # power of the other over that of the base, less 1
    work_above: NDArray[np.bool_]  # where the base is people
    rate: Array  # r
    idle: NDArray[np.bool_] | bool = False  # no work at all, where people cannot stand in for it: nothing is made
    part: Array | float = 1.0  # a group's exponent over that of computing
    _kept: dict[int, Array] = field(default_factory=dict, init=False, repr=False, compare=False)

    @staticmethod
    def of(
        weight: Array, beta: Array, works: tuple[Array, Array], people_ratio: Array, substitution: Array,
        part: Array,
    ) -> Terms:  # fmt: skip
        """From the work observed and the one done, both [draw, year, group], and people over their own.

        `substitution` is the elasticity and `part` a group's exponent over that of computing, both [draw, group].
        """
        rate = (1 - 1 / substitution)[:, None, :]
        rate = np.where(np.abs(rate) < _NEAR_ONE, _NEAR_ONE, rate)
        log_there, log_done = (np.log(np.maximum(each, _NONE)) for each in works)
        work, people = log_done - log_there, np.log(np.maximum(people_ratio, _NONE))
        apart = rate * (work - people)
        gap = np.expm1(np.minimum(np.abs(apart), _MOST))
        idle = (works[1] <= 0) & (rate <= _NEAR_ONE)
        above = apart >= 0
        return Terms(weight, beta, log_there, np.where(above, people, work), gap, above, rate, idle, part[:, None, :])

    def log_output(self, alpha: Array) -> Array:
        """Logarithm of output over its weight at an exponent that broadcasts."""
        return self._log_and_rest(alpha)[0]

    def _log_and_rest(self, alpha: Array) -> tuple[Array, Array, Array, Array]:
        """That, the mean of both inputs in it, the share of people, and the sum under the logarithm."""
        own = self.part * alpha
        returns = own + self.beta
        of_people = np.divide(self.beta, returns, out=np.ones(np.shape(returns)), where=returns > 0)
        mixed = np.where(self.work_above, of_people + (1 - 2 * of_people), of_people) * self.gap
        mean = self.base + np.log1p(mixed) / self.rate
        made = own * self.log_work + returns * mean
        if np.any(self.idle):
            made = np.where(self.idle & (own > 0), -np.inf, made)
        return made, mean, of_people, mixed

    def total(self, alpha: Array) -> Array:
        """Output of all at an exponent [draw], [draw]."""
        return np.asarray(self._flat(self.weight * np.exp(self.log_output(self._column(alpha)))).sum(axis=-1))

    def log_total(self, step: int) -> Array:
        """Logarithm of that at a step of the exponent, kept: of doing nothing it serves all options, [draw]."""
        if step not in self._kept:
            self._kept[step] = np.log(self.total(np.full(len(self.weight), step / _STEPS)))
        return self._kept[step]

    def draws(self, chosen: NDArray[np.bool_]) -> Terms:
        """The same in some of the draws, [draw]."""
        if chosen.all():
            return self
        values = [getattr(self, each.name) for each in fields(self) if each.init]
        return Terms(*(value[chosen] if np.shape(value)[:1] == chosen.shape else value for value in values))

    def total_with_slope(self, alpha: Array) -> tuple[Array, Array]:
        """That and its slope in the exponent, both [draw]."""
        value, mean, of_people, mixed = self._log_and_rest(self._column(alpha))
        turned = np.where(self.work_above, of_people, -of_people) * self.gap / (self.rate * (1 + mixed))
        terms, slope = self.weight * np.exp(value), self.part * (self.log_work + mean + turned)
        return self._flat(terms).sum(axis=-1), np.einsum("da,da->d", self._flat(terms), self._flat(slope))

    def _column(self, alpha: Array) -> Array:
        """An exponent [draw] made to broadcast over the others of the weight's axes."""
        return alpha.reshape(-1, *(1,) * (self.weight.ndim - 1))

    def _flat(self, terms: Array) -> Array:
        """Terms as broad as the weight, [draw, any]."""
        return np.broadcast_to(terms, self.weight.shape).reshape(len(self.weight), -1)


def break_even_exponent(made: Terms, alone: Terms, gain: Array) -> Array:
    """The least exponent of work at which output with an option is 1 + `gain` times that without, [draw].

    0 where people alone bring the gain, NaN where no exponent up to 1 does. The gain need not rise all the way, for the
    largest groups weigh most at the highest exponents: the first step that reaches it is found, then Newton's method
    searches within.
    """
    wanted = np.log(np.maximum(1 + gain, _TINY))
    low, high = _step_that_reaches(made, alone, wanted)
    found, moves = (low + high) / 2, low < high
    at = np.arange(len(found))  # draws whose answer is not yet known
    for _ in range(np.finfo(float).nmant):  # as many halvings exhaust the digits, should Newton never get closer
        at, made, alone = at[moves], made.draws(moves), alone.draws(moves)
        if not at.size:
            break
        here = found[at]
        total, slope = _excess(made, alone, wanted[at], here)
        low[at], high[at] = np.where(total < 0, here, low[at]), np.where(total < 0, high[at], here)
        step = np.divide(-total, slope, out=np.full_like(total, np.inf), where=slope != 0)
        following, moves = here + step, np.abs(step) > _CLOSE
        within = (following > low[at]) & (following < high[at])
        found[at] = np.where(within | ~moves, following, (low[at] + high[at]) / 2)
    return found


def _step_that_reaches(made: Terms, alone: Terms, wanted: Array) -> tuple[Array, Array]:
    """Ends of the first step of the exponent in which output reaches what is wanted, [draw].

    Both are 0 where it does at once, NaN where it never does.
    """
    low, high = np.full_like(wanted, np.nan), np.full_like(wanted, np.nan)
    at = np.arange(len(wanted))  # draws in which it is not yet reached
    for number in range(_STEPS + 1):
        here = np.log(made.total(np.full(len(at), number / _STEPS)))
        reached = here - alone.log_total(number)[at] >= wanted[at]
        low[at[reached]], high[at[reached]] = max(number - 1, 0) / _STEPS, number / _STEPS
        at, made = at[~reached], made.draws(~reached)
        if not at.size:
            break
    return low, high


def _excess(made: Terms, alone: Terms, wanted: Array, exponent: Array) -> tuple[Array, Array]:
    """Logarithm of output over that without the option and over what is wanted, and its slope, [draw]."""
    (ours, our_slope), (theirs, their_slope) = (each.total_with_slope(exponent) for each in (made, alone))
    return np.log(ours) - np.log(theirs) - wanted, our_slope / ours - their_slope / theirs
