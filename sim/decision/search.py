"""The least contrived world in which something holds: the point nearest to the medians, with as few moves as needed.

Worlds are normal scores, one a parameter, zero at the medians. Leads are functions of them, one a rival, none of
which is negative where the claim holds. The design point of structural reliability (Hasofer and Lind 1974; Rackwitz
and Fiessler 1978) is the nearest such point; it moves everything a little, so the small moves are then taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Array

Leads = Callable[[Array], Array]  # scores [world, parameter] -> leads over each rival [world, rival]
STEP = 0.25  # of a slope, in standard deviations
FARTHEST, SCALES = 3.0, 24  # of a ray, over the point that it goes through
ROUNDS = 6  # of steps at most
REACH = 1.0  # of the first step of a climb, in standard deviations
IDLE_SHARE = 0.01  # of the lead of the world that comes closest, which moves may be worth that are taken back
SPARE_SHARE = 0.25  # by which the world with few moves may be farther than the nearest
COUNTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)


@dataclass(frozen=True)
class Found:
    """A world and its lead over the nearest rival."""

    scores: Array  # [parameter]
    lead: float
    worlds: int  # looked at
    won_share: float  # of the starts

    @property
    def holds(self) -> bool:
        """Whether the claim holds in it; else it is the world that comes closest."""
        return self.lead >= 0

    @property
    def distance(self) -> float:
        """Standard deviations from the medians."""
        return float(np.linalg.norm(self.scores))


class _Space:
    """The box of plausible worlds with the leads in each; counts what it is asked for."""

    def __init__(self, leads: Leads, boxed: Callable[[Array], Array]) -> None:
        self._leads, self.boxed, self.worlds = leads, boxed, 0

    def leads(self, scores: Array) -> Array:
        """Leads [world, rival] at `scores` [world, parameter], which lie in the box."""
        self.worlds += len(scores)
        return np.reshape(self._leads(scores), (len(scores), -1))

    def lead(self, scores: Array) -> Array:
        """Lead over the nearest rival, [world]."""
        return np.asarray(self.leads(scores).min(axis=1))

    def slopes(self, point: Array, free: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Slopes of the leads in the free parameters, [rival, parameter], and the leads [rival].

        Steps go towards the medians, so that they do not leave the box.
        """
        step = np.where(point > 0, -STEP, STEP)
        at = np.flatnonzero(free)
        near = np.repeat(point[None], len(at) + 1, axis=0)
        near[np.arange(len(at)), at] += step[at]
        leads = self.leads(near)
        slopes = np.zeros((leads.shape[1], point.size))
        slopes[:, at] = ((leads[:-1] - leads[-1]) / step[at][:, None]).T
        return slopes, leads[-1]

    def first_on_ray(self, points: Array) -> tuple[Array, Array]:
        """The first point from the medians through each of `points` [n, parameter] where the lead holds, and its lead.

        Where it holds nowhere, the point of the highest lead.
        """
        scales = np.linspace(0, FARTHEST, SCALES + 1)[1:]
        found, lead = self._first(points, np.repeat(scales[None], len(points), axis=0))
        size, whole = np.linalg.norm(found, axis=1), np.linalg.norm(points, axis=1)
        reached = np.divide(size, whole, out=np.zeros_like(size), where=whole > 0)
        closer = reached[:, None] - (FARTHEST / SCALES) * np.linspace(1, 0, SCALES // 3, endpoint=False)
        finer, finer_lead = self._first(points, np.maximum(closer, 0))
        better = (finer_lead >= 0) & (lead >= 0) & (np.linalg.norm(finer, axis=1) < size)
        return np.where(better[:, None], finer, found), np.where(better, finer_lead, lead)

    def _first(self, points: Array, scales: Array) -> tuple[Array, Array]:
        """The first winning point at `scales` [n, scale] of each of `points`, or the best."""
        rays = self.boxed((scales[..., None] * points[:, None, :]).reshape(-1, points.shape[1]))
        leads = self.lead(rays).reshape(scales.shape)
        holds = leads >= 0
        chosen = np.where(holds.any(axis=1), holds.argmax(axis=1), leads.argmax(axis=1))
        rows = np.arange(len(points))
        return rays.reshape(*scales.shape, -1)[rows, chosen], leads[rows, chosen]


def least_contrived(leads: Leads, starts: Array, boxed: Callable[[Array], Array] = np.asarray) -> Found:
    """The world nearest to the medians in which no lead is negative, with few parameters moved.

    `starts` [world, parameter] are worlds to begin with; `boxed` puts scores into the box of plausible worlds. Where
    a lead is negative in all worlds looked at, the one that comes closest.
    """
    space = _Space(leads, boxed)
    centre = np.zeros(starts.shape[1])
    first = np.vstack([centre, boxed(starts)])
    begin = space.lead(first)
    point, reached = centre, float(begin[0])
    if reached < 0:
        point, reached = _design_point(space, centre, np.ones(centre.size, dtype=bool))
        if reached < 0:
            point, reached = _from_starts(space, first, begin, point, reached)
        if reached >= 0:
            point, reached = _sparse(space, point, reached)
        else:
            point, reached = _without_idle(space, point, reached, reached - IDLE_SHARE * abs(reached))
    return Found(point, reached, space.worlds, float((begin[1:] >= 0).mean()))


def _design_point(space: _Space, start: Array, free: NDArray[np.bool_]) -> tuple[Array, float]:
    """The nearest winning point that steps along the slopes lead to; the highest where none wins."""
    point, best, highest = start, start, -np.inf
    for _ in range(ROUNDS):
        slopes, here = space.slopes(point, free)
        target = nearest_above(slopes, slopes @ point - here)
        if target is None:
            break
        found, leads = space.first_on_ray(target[None])
        point, reached = found[0], float(leads[0])
        nearer = reached >= 0 and (highest < 0 or np.linalg.norm(point) < np.linalg.norm(best))
        if nearer or (highest < 0 and reached > highest):
            best, highest = point, reached
        else:
            break
    return best, highest


def nearest_above(slopes: Array, least: Array) -> Array | None:
    """The point u of least norm with slopes @ u >= least; None where there is none (Lawson and Hanson 1974, LDP).

    >>> nearest_above(np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([4.0, -1.0])).round(9).tolist()
    [2.0, 0.0]
    """
    from scipy.optimize import nnls

    scale = np.maximum(np.linalg.norm(slopes, axis=1), np.finfo(float).tiny)
    if (least[~slopes.any(axis=1)] > 0).any():
        return None
    stacked = np.vstack([(slopes / scale[:, None]).T, least / scale])
    aim = np.zeros(len(stacked))
    aim[-1] = 1.0
    rest = stacked @ nnls(stacked, aim)[0] - aim
    return None if np.linalg.norm(rest) < 1e-9 else -rest[:-1] / rest[-1]


def _from_starts(space: _Space, first: Array, leads: Array, point: Array, reached: float) -> tuple[Array, float]:
    """A winning point by way of the starts; else the one that comes closest, after a climb."""
    if (leads >= 0).any():
        winners = first[leads >= 0]
        rays = winners[np.argsort(np.linalg.norm(winners, axis=1))[: len(COUNTS)]]
    else:
        if leads.max() > reached:
            point, reached = first[leads.argmax()], float(leads.max())
        point, reached = _climb(space, point, reached)
        if reached < 0:
            return point, reached
        rays = point[None]
    found, their = space.first_on_ray(rays)
    chosen = np.argmin(np.where(their >= 0, np.linalg.norm(found, axis=1), np.inf))
    return found[chosen], float(their[chosen])


def _climb(space: _Space, point: Array, reached: float) -> tuple[Array, float]:
    """The highest lead over the nearest rival that steps of a linear programme lead to."""
    from scipy.optimize import linprog

    reach, free = REACH, np.ones(point.size, dtype=bool)
    for _ in range(ROUNDS):
        slopes, here = space.slopes(point, free)
        if not slopes.any() or reached >= 0:
            break
        # the step and the least lead after it: as high as the slopes allow
        best = linprog(
            np.append(np.zeros(point.size), -1.0),
            A_ub=np.hstack([-slopes, np.ones((len(slopes), 1))]),
            b_ub=here,
            bounds=[(-reach, reach)] * point.size + [(None, None)],
        )
        steps = np.array([1.0, 0.5, 1 / 4, 1 / 8])
        near = space.boxed(point + steps[:, None] * best.x[:-1])
        leads = space.lead(near)
        if leads.max() <= reached:
            break
        point, reached = near[leads.argmax()], float(leads.max())
    return point, reached


def _sparse(space: _Space, point: Array, lead: float) -> tuple[Array, float]:
    """The point with the fewest moves among those hardly farther than the nearest, all of them then looked at again."""
    rank = np.argsort(np.argsort(-np.abs(point)))
    counts = [count for count in COUNTS if count < np.count_nonzero(point)]
    points, leads = point[None], np.array([lead])
    if counts:
        found, their = space.first_on_ray(np.stack([np.where(rank < count, point, 0.0) for count in counts]))
        points, leads = np.vstack([found, points]), np.concatenate([their, leads])
    distance = np.where(leads >= 0, np.linalg.norm(points, axis=1), np.inf)
    chosen = int(np.argmax(distance <= (1 + SPARE_SHARE) * distance.min()))
    kept, reached = _without_idle(space, points[chosen], float(leads[chosen]))
    nearer, their_lead = _design_point(space, kept, kept != 0)
    if their_lead >= 0 and np.linalg.norm(nearer) < np.linalg.norm(kept):
        return _without_idle(space, nearer, their_lead)
    return kept, reached


def _without_idle(space: _Space, point: Array, lead: float, least: float = 0.0) -> tuple[Array, float]:
    """The point with everything set back to its median that can be while the lead is not below `least`.

    The smallest moves come first, as many at a time as can be.
    """
    while len(at := np.flatnonzero(point)):
        alone = np.repeat(point[None], len(at), axis=0)
        alone[np.arange(len(at)), at] = 0.0
        idle = at[space.lead(alone) >= least]
        if not len(idle):
            break
        together = np.repeat(point[None], len(idle), axis=0)
        for row, parameter in enumerate(idle[np.argsort(np.abs(point[idle]))]):
            together[row:, parameter] = 0.0
        leads = space.lead(together)
        last = int(np.flatnonzero(leads >= least)[-1])  # the first row sets one back alone, which was seen to hold
        point, lead = together[last], float(leads[last])
    return point, lead
