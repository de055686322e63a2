"""The water-filling: how long one allocation takes, and how that grows with the number of groups."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numba import njit

from sim.costs import allocation as compiled
from sim.costs.allocation import allocate
from sim.costs.groups import Groups
from sim.instruments.base import Supply
from sim.mechanisms.access import RULES
from sim.mechanisms.sampling import sample, uncertain
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.scenario import Scenario
from sim.streams import uniforms
from tests.bench.measuring import Line, in_turn
from tests.oracles import allocation as oracle

DRAWS, ROUNDS, MOST_MS = 512, 15, 10
GROUPS = (80, 160, 320, 640, 1_280, 2_560, 5_120)
ROWS = 64  # allocations of each size
SLOPE = 1.2  # G log G has 1.16 between 80 and 5,120 groups, a straight line 1
_WEIGHT, _WEIGHT_SUM, _TAKEN = compiled._WEIGHT, compiled._WEIGHT_SUM, compiled._TAKEN
_level, _take = (njit(**compiled.LIBRARY.options)(each) for each in (compiled._level, compiled._take))


def time_waterfill(scenario: Scenario) -> Iterator[Line]:
    """One month of many draws under each rule, then more and more groups."""
    yield from _month(scenario.world)
    yield from _growth()


def _month(world: World) -> Iterator[Line]:
    """Three pools of one month allocated over 80 groups in each draw; the same in NumPy in turn."""
    drawn = sample(world, uniforms(1, DRAWS - 1, list(uncertain())), frozenset())
    groups = {rule: Groups.of(drawn.demand, replace(drawn.access, rule=rule), np.array([0.5])) for rule in RULES}
    alike = groups["need"]
    gap = ((oracle.need_of(alike) - oracle.own_of(alike)) * alike.count[:, None, :]).sum(axis=-1)
    kinds = (("cluster", "request", False), ("workstation", "odds", True), ("cloud", "odds", False))
    hours = [gap * share for share in (0.3, 0.1, 0.2)]
    supplies = [(Supply(name, h, h, *rest), h) for (name, *rest), h in zip(kinds, hours, strict=True)]
    for rule, each in groups.items():
        work = [partial(share, each, supplies) for share in (allocate, oracle.allocate)]
        for one in work:
            one()  # compile, and fill what is cached
        fast, plain = (1_000 * statistics.median(spent) for spent in in_turn(work, ROUNDS))
        count = each.count.shape[1]
        what = f"allocation by {rule}, {DRAWS} draws x {count} groups, one month"
        yield Line(what, f"{fast:.2f} ms", f"< {MOST_MS} ms", fast < MOST_MS)
        yield Line("  the same in NumPy", f"{plain:.2f} ms")


def _growth() -> Iterator[Line]:
    """Level and parts of one pool for more and more groups, in turn; the slope of their logs."""
    for case, tables in (("sizes as of groups", _usual), ("caps that fill one by one", _hard)):
        work = [partial(_fill, *tables(count)) for count in GROUPS]
        for one in work:
            one()
        spent = np.array([statistics.median(each) for each in in_turn(work, ROUNDS)])
        slope = float(np.polyfit(np.log(GROUPS), np.log(spent), 1)[0])
        per_group = 1e9 * spent / (ROWS * np.array(GROUPS))
        ends = f"{per_group[0]:.1f} to {per_group[-1]:.1f} ns a group"
        goal = f"<= {SLOPE}" if case.startswith("sizes") else ""
        yield Line(
            f"growth over {GROUPS[0]} to {GROUPS[-1]:,} groups, {case}",
            f"power {slope:.2f}",
            goal,
            slope <= SLOPE or not goal,
        )
        yield Line("  first and last", ends)


@njit
def _fill(tables: Array, supply: Array, weight_sum: Array) -> float:
    """Hours that each row gives out, from the very functions of the cost core."""
    total = 0.0
    for row in range(len(tables)):
        level = _level(tables[row], _WEIGHT, _WEIGHT_SUM, supply[row], weight_sum[row], 0.0)
        tables[row, _TAKEN, :] = 0.0
        total += _take(tables[row], _WEIGHT, level)
    return total


def _usual(count: int) -> tuple[Array, Array, Array]:
    """Needs of lognormal groups, asked for at different rates; six tenths of what all lack."""
    rng = np.random.default_rng(count)
    cap = np.exp(1.3 * rng.standard_normal((ROWS, count)))
    weight = 0.2 / count + 0.8 * cap * rng.uniform(0.2, 1, cap.shape) / cap.sum(axis=1, keepdims=True)
    return _tables(weight, cap, 0.6 * cap.sum(axis=1))


def _hard(count: int) -> tuple[Array, Array, Array]:
    """The worst there is: every step of Newton's method fills one group, since each weighs as much as all after it.

    Weights that halve run out of numbers after some hundred groups, so the steps do too.
    """
    weight = np.maximum(0.5 ** np.arange(count), np.finfo(float).tiny)
    after = weight[::-1].cumsum()[::-1]
    cap, supply = np.zeros(count), after[0]
    level, before, left = 1.0, 0.0, supply
    for group in range(count - 1):
        full_at = before + 0.01 * (level - before)
        cap[group] = weight[group] * full_at
        left -= cap[group]
        before, level = level, max(left / after[group + 1], level * (1 + 1e-12))
    cap[-1] = weight[-1] * 2 * level
    return _tables(np.tile(weight, (ROWS, 1)), np.tile(cap, (ROWS, 1)), np.full(ROWS, supply))


def _tables(weight: Array, cap: Array, supply: Array) -> tuple[Array, Array, Array]:
    """What the compiled loop works on, one group behind each entry."""
    tables = np.zeros((ROWS, compiled._ROWS, weight.shape[1]))
    tables[:, compiled._COUNT] = 1.0
    tables[:, compiled._WEIGHT], tables[:, compiled._CAP] = weight, cap
    tables[:, compiled._WEIGHT_SUM], tables[:, compiled._FULL] = weight, cap
    return tables, supply, weight.sum(axis=1)
