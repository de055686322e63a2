"""The case that a decision is about: a scenario's options on its yardstick, in any worlds that an analysis asks for.

Gains are the yardstick with the sign that makes more better, in the scenario's money. An option without a value in a
world (no hours to divide a cost by) gains as little there as any option does in any world drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.comparison.evaluation import evaluate
from sim.comparison.hinge import number_words, value_words
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import Comparison, in_own_money
from sim.comparison.run import compare
from sim.comparison.sample import Progress
from sim.comparison.verdict import FEWEST_DRAWS, LOOKS
from sim.decision.ranking import drivers
from sim.mechanisms.sampling import Drawn, sample, uncertain
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, Outcome
from sim.parameters import Array, Spec
from sim.scenario import Scenario
from sim.scenario.ranges import range_of

_SPARE_DRAWS = 2  # a number, below which a regression is worth less than each rank correlation alone
_CONTENDS = 0.1  # of the draws in which an option is the best


class UndecidableError(ValueError):
    """A decision that cannot be analysed; the message is one sentence."""


@dataclass(frozen=True)
class Case:
    """A comparison without its queue, and whatever else is evaluated on the yardstick. keys: the options that count."""

    comparison: Comparison
    memory: CalendarMemory

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        seed: int,
        draws: int | None = None,
        draw: Drawn = "headline",
        progress: Progress = lambda done, of, what: None,
    ) -> Case:
        """The case of a scenario; UndecidableError where it has one option, or draws are too few for a verdict.

        draws: None is as many as a comparison takes at most.
        """
        if not scenario.between:
            raise UndecidableError(f"{scenario.key}: there is only one option, so there is nothing to decide")
        draws = LOOKS[-1] if draws is None else draws
        if draws < FEWEST_DRAWS:
            raise UndecidableError(f"draws = {draws}: a verdict rests on {FEWEST_DRAWS} or more")
        memory = CalendarMemory()
        settings: dict[str, Any] = {"seed": seed, "draws": draws, "draw": draw, "memory": memory}
        found = cls(compare(scenario, queue=False, progress=progress, **settings), memory)
        if not np.isfinite(found._totals).any():
            raise UndecidableError(f"{scenario.yardstick}: no option has a value in any of {draws} worlds drawn")
        return found

    # --- names ---

    @property
    def scenario(self) -> Scenario:
        """What is decided about."""
        return self.comparison.scenario

    @property
    def seed(self) -> int:
        """Of all draws and points."""
        return self.comparison.seed

    @property
    def outcome(self) -> Outcome:
        """The yardstick."""
        return BY_NAME[self.scenario.yardstick]

    @property
    def pair(self) -> tuple[str, str]:
        """The two options that the question is about."""
        first, second = self.scenario.between
        return first, second

    @property
    def sign(self) -> float:
        """1 where more of the yardstick is better, else -1."""
        return self.outcome.sign

    def label(self, key: str) -> str:
        """An option's name."""
        return self.comparison.results[key].label

    def winner(self, advantage: float) -> str:
        """Who is ahead at an advantage of the first option."""
        first, second = self.pair
        return "neither" if not advantage else self.label(first if advantage > 0 else second)

    def spec(self, path: str) -> Spec:
        """The declaration of a number."""
        return uncertain()[path]

    def words(self, path: str) -> str:
        """What a number is, within a sentence."""
        return number_words(path, uncertain()[path])

    def value_words(self, path: str, value: float) -> str:
        """A value of a number with its unit."""
        return value_words(value, uncertain()[path])

    # --- numbers ---

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The numbers that draws vary, by path."""
        world = self.comparison.world
        return tuple(path for path in uncertain() if np.size(world.value(path)) > 1 and np.ptp(world.value(path)) > 0)

    def centre(self, path: str) -> float:
        """A number's value in the scenario."""
        return float(self.scenario.world.value(path))

    def ends(self, path: str) -> tuple[float, float]:
        """Its 5 % and 95 % values, within what is possible."""
        return range_of(self.scenario, path)

    @cached_property
    def ranked(self) -> tuple[str, ...]:
        """The drawn numbers, first that which moves the advantage most: by rank regression, or correlation of ranks."""
        if len(self.x) >= _SPARE_DRAWS * len(self.names) + _SPARE_DRAWS:
            strength = np.abs(drivers(self.x, self.advantage).coefficient)
        else:
            alone = [drivers(column[:, None], self.advantage).coefficient[0] for column in self.x.T]
            strength = np.abs(alone)
        return tuple(self.names[n] for n in np.argsort(-strength, kind="stable"))

    # --- the worlds drawn ---

    @cached_property
    def drawn(self) -> World:
        """The worlds drawn, without the central case."""
        return self.comparison.world.between(1, self.comparison.draws + 1)

    @cached_property
    def x(self) -> Array:
        """Values of the drawn numbers, [draw, number]."""
        return np.array([np.ravel(self.drawn.value(path)) for path in self.names]).T

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The numbers of the draws."""
        return np.arange(1, self.comparison.draws + 1, dtype=np.int64)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The options with a value in any world drawn, and the two of the question."""
        known = np.atleast_1d(np.isfinite(self._totals).any(axis=0))
        results = self.comparison.results
        return tuple(key for n, key in enumerate(results) if known[n] or key in self.pair)

    @cached_property
    def _totals(self) -> Array:
        """The yardstick of every option, [draw, option]."""
        totals = [self.comparison.own_totals(key, self.outcome.name)[1:] for key in self.comparison.results]
        return np.array(totals).T

    @cached_property
    def worst(self) -> float:
        """The least that any option gains in any world drawn."""
        return float(np.nanmin(self.sign * self._totals))

    @cached_property
    def values(self) -> Array:
        """Gains in the worlds drawn, [draw, option of `keys`]."""
        at = [list(self.comparison.results).index(key) for key in self.keys]
        return self._gains(self._totals[:, at])

    @cached_property
    def advantage(self) -> Array:
        """By how much the first option of the question is better in the worlds drawn, [draw]."""
        first, second = (self.values[:, self.keys.index(key)] for key in self.pair)
        return np.asarray(first - second)

    @cached_property
    def contenders(self) -> tuple[str, ...]:
        """The two options of the question, and every other that is the best in a tenth of the draws or more."""
        shares = self.comparison.answer.first_shares
        others = (key for key in self.keys if key not in self.pair and shares[key] >= _CONTENDS)
        return (*self.pair, *others)

    # --- other worlds ---

    def gains(self, world: World, draws: ArrayLike, keys: Sequence[str], scenario: Scenario | None = None) -> Array:
        """Gains of these options in any worlds [row, option]; `draws` as for `evaluate`."""
        scenario, name = scenario or self.scenario, self.outcome.name
        found = evaluate(
            scenario, world, draws, seed=self.seed, options=list(keys), outcomes=[name], memory=self.memory
        )
        return self._gains(np.array([in_own_money(self.outcome, found[key][name], scenario) for key in keys]).T)

    def advantages(self, world: World, draws: ArrayLike) -> Array:
        """By how much the first option of the question is better in any worlds, [row]."""
        first, second = self.gains(world, draws, self.pair).T
        return np.asarray(first - second)

    def at(self, points: Array, paths: Sequence[str]) -> World:
        """The worlds at points of the unit cube [row, path], as shares of what is drawn; other numbers at centre."""
        middle = np.full(len(points), 0.5)
        shares = dict.fromkeys(uncertain(), middle) | dict(zip(paths, np.asarray(points).T, strict=True))
        fixed = frozenset(uncertain()) - frozenset(paths)
        return sample(self.scenario.world, shares, fixed, self.scenario.ranges).between(1, len(points) + 1)

    def _gains(self, totals: Array) -> Array:
        """Totals with the sign that makes more better, the worst where there is none."""
        return np.where(np.isfinite(totals), self.sign * totals, self.worst)
