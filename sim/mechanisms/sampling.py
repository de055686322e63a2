"""Draws of the world, shared by all options: which parameters they vary, and how."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from sim.mechanisms.world import World
from sim.parameters import Array, Spec, normal_scores, probabilities
from sim.sources import screening
from sim.streams import stream, uniforms

Drawn = Literal["headline", "arguments", "all"]
"""What draws vary: what moves a headline outcome, also what moves an outcome that an argument is read in, or all."""
KINDS: tuple[Drawn, ...] = get_args(Drawn)
Sequence = Literal["random", "antithetic", "sobol", "latin"]
"""How states of the world are spread: independently, in pairs of opposites, as a scrambled Sobol' sequence, as a Latin
hypercube."""
Column = Callable[[str, float, tuple[float, float] | None], Array]
"""Draws a parameter: path, value of the central case and own range -> [1 + draw], the central case first."""
_NONE: Mapping[str, tuple[float, float]] = MappingProxyType({})


@cache
def uncertain() -> Mapping[str, Spec]:
    """The parameters declared as uncertainties of the world, by path: what draws may vary in any world."""
    found = {
        f"{name}.{parameter}": spec
        for name, group in World.kinds().items()
        for parameter, _, spec in group.described()
        if spec.role == "uncertainty"
    }
    return MappingProxyType(found)


def held(draw: Drawn) -> frozenset[str]:
    """The uncertain parameters that draws of this kind leave at the value of the scenario.

    tests/validation/screening.py finds them; what has not been screened yet is drawn.
    """
    varied = KINDS[: KINDS.index(draw) + 1]
    return frozenset(path for path, row in screening().items() if row["drawn"] not in varied)


def spread(seed: int, draws: int, names: list[str], sequence: Sequence = "random") -> dict[str, Array]:
    """`draws` numbers in (0, 1) for each name, [draw].

    More draws extend the list, never change it, but for a Latin hypercube, whose strata are as many as its draws.
    """
    if sequence == "random":
        return uniforms(seed, draws, names)
    if sequence == "antithetic":
        halves = uniforms(seed, (draws + 1) // 2, names)
        return {name: np.stack([half, 1 - half], axis=1).reshape(-1)[:draws] for name, half in halves.items()}
    from scipy.stats import qmc

    kind = qmc.Sobol if sequence == "sobol" else qmc.LatinHypercube
    with warnings.catch_warnings():
        # a number that is no power of two has less balance and no bias
        warnings.filterwarnings("ignore", message="The balance properties")
        points = kind(len(names), rng=stream(seed, 0, f"world.{sequence}")).random(draws)
    smallest = np.finfo(float).eps
    return dict(zip(names, np.clip(points, smallest, 1 - smallest).T, strict=True))


def sample(
    world: World, uniforms: Mapping[str, Array], fixed: frozenset[str],
    ranges: Mapping[str, tuple[float, float]] = _NONE, column: Column | None = None,
) -> World:  # fmt: skip
    """`world` with every uncertain parameter drawn; draw 0 is the central case itself.

    `uniforms` [draw] by path in (0, 1); a path in `fixed` stays as it is, one in `ranges` has low and high from there.
    `column`: what draws a parameter, by default `drawn` with these uniforms.
    """
    column = column or partial(drawn, uniforms)
    chosen: dict[str, dict[str, Array]] = {}
    for path in uncertain():
        name, parameter = path.split(".")
        centre = float(world.value(path))
        values = np.full(uniforms[path].size + 1, centre) if path in fixed else column(path, centre, ranges.get(path))
        chosen.setdefault(name, {})[parameter] = values[:, None]
    return world.having({name: replace(getattr(world, name), **values) for name, values in chosen.items()})


def drawn(uniforms: Mapping[str, Array], path: str, centre: float, own: tuple[float, float] | None) -> Array:
    """A parameter in the central case and in every draw, [1 + draw], around `centre`, in its range or its `own` one.

    Correlated parameters share a normal score with the one they move with.
    """
    spec = uncertain()[path]
    score = normal_scores(uniforms[path])
    if spec.moves_with is not None:
        other, rho = spec.moves_with
        score = rho * normal_scores(uniforms[other]) + np.sqrt(1 - rho**2) * score
    return np.concatenate([[centre], spec.quantile(centre, probabilities(score), own)])
