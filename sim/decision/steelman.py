"""The best case for an option: the least contrived plausible world in which it is the best, and how contrived it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from sim.comparison.evaluation import evaluate
from sim.comparison.run import compare
from sim.decision.search import Found, least_contrived
from sim.decision.yardstick import worth, yardstick_of
from sim.formatting import unknown_name
from sim.mechanisms.sampling import Drawn, sample, uncertain
from sim.mechanisms.world import World
from sim.parameters import HIGH_SHARE, Array, Spec, normal_scores, probabilities
from sim.scenario import Scenario
from sim.scenario.ranges import left_alone, spec_in
from sim.streams import stream

STARTS = 128  # worlds of the box to begin with
MARGIN_SHARE = 0.01  # of the best other option, by which winning is winning
MOVED_SHARE = 0.1  # of its plausible range, from which a parameter counts as moved
EDGE = float(normal_scores(np.array(HIGH_SHARE)))  # of the box, in standard deviations


@dataclass(frozen=True)
class Move:
    """One parameter away from its median."""

    path: str
    unit: str
    median: float
    value: float
    low: float
    high: float

    @property
    def range_share(self) -> float:
        """By how much of its plausible range, with its sign."""
        return (self.value - self.median) / (self.high - self.low) if self.high > self.low else 0.0


@dataclass(frozen=True)
class Steelman:
    """The world found, or the one that comes closest; values by option are totals of the yardstick as it is."""

    scenario: Scenario
    option: str
    yardstick: str
    world: World
    wins: bool
    moves: tuple[Move, ...]  # the largest first
    distance: float  # standard deviations from the medians
    values: dict[str, float]
    medians: dict[str, float]  # the same in the central case
    rival: str  # the best other option
    won_share: float  # of the first worlds, drawn evenly from the box
    worlds: int  # looked at

    @property
    def far(self) -> int:
        """How many parameters moved by more than MOVED_SHARE of their ranges."""
        return sum(abs(move.range_share) > MOVED_SHARE for move in self.moves)

    @property
    def beyond_share(self) -> float:
        """Share of the worlds that lie at least as far out in this direction."""
        return float(probabilities(np.array(-self.distance)))

    @property
    def percentile(self) -> float:
        """Share of draws of the parameters moved that lie nearer to their medians, all of them together."""
        from scipy.special import chdtr

        return float(chdtr(len(self.moves), self.distance**2)) if self.moves else 0.0


def steelman(
    scenario: Scenario,
    option: str,
    yardstick: str | None = None,
    seed: int = 1,
    *,
    draw: Drawn = "headline",
    margin_share: float = MARGIN_SHARE,
    starts: int = STARTS,
) -> Steelman:
    """The least contrived world within the plausible ranges in which `option` is the best by the yardstick.

    Every parameter that draws vary may move between its 5 % and 95 % quantile; no shock comes. Winning is by
    `margin_share` of the best other option. Raises KeyError with a sentence for an option or yardstick that is not
    there, or has no other option to win against.
    """
    keys = [each.key for each in scenario.options]
    if option not in keys:
        raise KeyError(unknown_name("option", option, keys))
    outcome = yardstick_of(scenario, yardstick)
    box = Box.of(scenario, draw)
    begin = stream(seed, 0, "steelman").uniform(-EDGE, EDGE, (starts, len(box.paths)))
    found = least_contrived(_leads(scenario, option, outcome, box, seed, margin_share), begin, box.inside)
    return _verified(scenario, option, outcome, box, found, seed)


# --- the box of plausible worlds ---


@dataclass(frozen=True)
class Box:
    """The parameters that may move, and the worlds of their normal scores, which are independent of each other."""

    scenario: Scenario
    paths: tuple[str, ...]
    specs: tuple[Spec, ...]
    follows: tuple[tuple[int, int, float], ...]  # (parameter, the one that it moves with, correlation)
    held: frozenset[str]

    @staticmethod
    def of(scenario: Scenario, draw: Drawn) -> Box:
        """The box of what draws of this kind vary."""
        fixed, every = left_alone(scenario, draw), uncertain()
        paths = tuple(path for path in every if path not in fixed)
        pairs = ((n, every[path].moves_with) for n, path in enumerate(paths))
        follows = tuple((n, paths.index(with_[0]), with_[1]) for n, with_ in pairs if with_ and with_[0] in paths)
        return Box(scenario, paths, tuple(every[path] for path in paths), follows, fixed)

    def inside(self, scores: Array) -> Array:
        """Scores [world, parameter] moved into the box: no parameter leaves its range, whatever it moves with."""
        found = np.clip(scores, -EDGE, EDGE)
        for at, other, rho in self.follows:
            rest = np.sqrt(1 - rho**2)
            shift = rho * found[:, other]
            found[:, at] = np.clip(found[:, at], (-EDGE - shift) / rest, (EDGE - shift) / rest)
        return found

    def worlds(self, scores: Array) -> World:
        """Worlds as arrays [world, 1]."""
        shares = dict(zip(self.paths, probabilities(scores).T, strict=True))
        middle = np.full(len(scores), 0.5)
        every = {path: shares.get(path, middle) for path in uncertain()}
        return sample(self.scenario.world, every, self.held, self.scenario.ranges).between(1, 1 + len(scores))

    def moves(self, world: World) -> list[Move]:
        """Every parameter whose value in this one world is not its median, the largest move first."""
        found = []
        for path, spec in zip(self.paths, self.specs, strict=True):
            median, value = float(self.scenario.world.value(path)), float(world.value(path))
            around = spec_in(self.scenario, path)
            if abs(value - median) > MOVED_SHARE**3 * (around.high - around.low):
                found.append(Move(path, spec.unit, median, value, around.low, around.high))
        return sorted(found, key=lambda move: -abs(move.range_share))


def _leads(
    scenario: Scenario, option: str, outcome: str, box: Box, seed: int, margin_share: float
) -> Callable[[Array], Array]:
    """The leads over the other options, beyond the margin, as a function of scores."""

    def leads(scores: Array) -> Array:
        world = box.worlds(scores)
        totals = evaluate(scenario, world, np.zeros(len(scores), dtype=np.int64), seed=seed, outcomes=(outcome,))
        return lead_shares({key: worth(each[outcome], outcome) for key, each in totals.items()}, option) - margin_share

    return leads


def lead_shares(values: dict[str, Array], option: str) -> Array:
    """Value of an option less that of each other, over the size of the best of them, [world, rival].

    -1, as far behind as nothing is, where the option has no value.
    """
    others = np.stack([each for key, each in values.items() if key != option], axis=-1)
    size = np.maximum(np.abs(others.max(axis=-1, keepdims=True)), np.finfo(float).tiny)
    with np.errstate(invalid="ignore"):
        found = np.nan_to_num((values[option][:, None] - others) / size, nan=-1.0, posinf=1.0)
    return np.where(np.isfinite(values[option])[:, None], found, -1.0)


def _verified(scenario: Scenario, option: str, outcome: str, box: Box, found: Found, seed: int) -> Steelman:
    """What was found, with values of a comparison that was run in the world itself."""
    world = box.worlds(found.scores[None]).at(0)
    run = partial(compare, seed=seed, draws=0, queue=False)
    values, medians = (
        {key: float(result.totals[outcome][0]) for key, result in run(each).results.items()}
        for each in (replace(scenario, world=world), scenario)
    )
    ranked = {key: float(worth(np.array(value), outcome)) for key, value in values.items()}
    rival = max((key for key in ranked if key != option), key=lambda key: ranked[key])
    return Steelman(
        scenario, option, outcome, world, found.holds and ranked[option] > ranked[rival], tuple(box.moves(world)),
        found.distance, values, medians, rival, found.won_share, found.worlds,
    )  # fmt: skip
