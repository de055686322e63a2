"""What a government can see at a decision: of each draw, what has happened by then, and nothing of what is to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.comparison.blocks import BLOCK, computed
from sim.comparison.calendars import Draws
from sim.comparison.memory import CalendarMemory
from sim.costs.fullness import MACHINE
from sim.costs.queueing import used_share
from sim.costs.result import OptionResult
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.access import apply_shares
from sim.mechanisms.demand import group_counts
from sim.mechanisms.procurement import months_to_service
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.scenario import Scenario
from sim.streams import stream
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class Run:
    """The draws in which plans are compared: worlds as arrays [draw, 1], and the numbers of their shocks."""

    scenario: Scenario
    world: World
    draws: NDArray[np.int64]
    seed: int
    memory: CalendarMemory


@dataclass(frozen=True)
class Observable:
    """One thing that is seen, in words, with its unit."""

    key: str
    label: str
    unit: str


@dataclass(frozen=True)
class Observed:
    """What is seen in each draw, [draw, observable]."""

    names: tuple[Observable, ...]
    values: Array


RENT = Observable("rent", "the rent", "USD/H100e_hour")
DELAY = Observable("delay", "the delay so far", "month")
FULL = Observable("utilisation", "the use of the first tranche", "fraction")
MEASURED = Observable("utilisation", "the use that the pilot measures", "fraction")
APPLYING = Observable("applying", "the number of groups applying", "group")
NEED = Observable("need", "the need that the pilot measures", "H100e_hour/month")


def seen_at(run: Run, key: str, month: float) -> Observed:
    """What is seen at `month` under the option `key`: rent, delay, how full its machine is, how many groups apply.

    The use is the mean of the last year of the months served, 0 until the machine serves.
    """
    machine = _machine(run.scenario, key)
    columns = [
        np.stack([_rent(result, month), _delay(result, machine, month), _use(result, month), _applying(result)], axis=1)
        for result in _each(run, key)
    ]
    return Observed((RENT, DELAY, FULL, APPLYING), np.concatenate(columns))


def pilot_signals(run: Run, key: str, sample: int) -> Observed:
    """What a pilot measures with noise: the use that the machine `key` will have at first, and what groups need.

    `sample` groups take part: the use is a share of so many requests, the need a mean over so many groups, whose needs
    spread as groups' do. Noise is drawn for each draw, and is the same for every option.
    """
    columns = []
    for result in _each(run, key):
        use, need = _first_use(result), result.context.total_need[:, :MONTHS_PER_YEAR].mean(axis=1)
        spread = np.reshape(np.broadcast_to(result.context.world.demand.spread, (len(need), 1)), -1)
        columns.append(np.stack([use, need, spread], axis=1))
    use, need, spread = np.concatenate(columns).T
    noise = np.stack([stream(run.seed, int(draw), "pilot").standard_normal(2) for draw in run.draws], axis=1)
    measured_use = np.clip(use + noise[0] * np.sqrt(use * (1 - use) / sample), 0, 1)
    error = np.sqrt(np.log1p(np.expm1(spread**2) / sample))  # of the log of a mean of lognormal needs
    return Observed((MEASURED, NEED), np.stack([measured_use, need * np.exp(noise[1] * error - error**2 / 2)], axis=1))


def _each(run: Run, key: str) -> Iterator[OptionResult]:
    """The results of one option, block by block."""
    for start in range(0, len(run.draws), BLOCK):
        at = slice(start, start + BLOCK)
        draws = Draws(run.world.rows(at), run.draws[at].tolist(), run.seed, run.scenario.months, memory=run.memory)
        yield from (result for _, _, result in computed(run.scenario, draws, (key,)))


def _machine(scenario: Scenario, key: str) -> PublicCluster:
    """The public machine of an option."""
    parts = (member for member, _ in scenario.option(key).instrument.parts())
    return next(member for member in parts if isinstance(member, PublicCluster))


def _rent(result: OptionResult, month: float) -> Array:
    """Rent of the last month that has passed, USD per H100e-hour, before what the option itself does to it."""
    return np.asarray(result.context.grid.rent_usd[:, max(int(month) - 1, 0)])


def _delay(result: OptionResult, machine: PublicCluster, month: float) -> Array:
    """Months by which the first tranche is late, as far as can be known."""
    buying = result.context.world.procurement
    planned = machine.tranche_months[0] + machine.tender_months + np.asarray(buying.lead_months)
    late = months_to_service(buying) - np.asarray(buying.lead_months)
    known = np.minimum(late, np.maximum(month - planned, 0.0))
    return np.reshape(np.broadcast_to(known, (len(result.context.budget), 1)), -1)


def _use(result: OptionResult, month: float) -> Array:
    """Mean use of the last year of service before `month`, [draw]."""
    stop = max(int(month), 1)
    return _mean_use(result, slice(max(stop - MONTHS_PER_YEAR, 0), stop))


def _first_use(result: OptionResult) -> Array:
    """Mean use of the whole time of service, [draw]."""
    return _mean_use(result, slice(None))


def _mean_use(result: OptionResult, months: slice) -> Array:
    """Mean use of the months served among these, [draw]; 0 without any."""
    if result.fullness is None or MACHINE not in result.allocation.used:
        return np.zeros(len(result.context.budget))
    used, serving = used_share(result)[:, months], result.h100e_hours[MACHINE][:, months] > 0
    count = serving.sum(axis=1)
    total = np.where(serving, used, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.zeros(len(used)), where=count > 0))


def _applying(result: OptionResult) -> Array:
    """Groups that apply, [draw]."""
    world = result.context.world
    applying = (group_counts(world.demand) * apply_shares(world.access)).sum(axis=-1)
    return np.broadcast_to(applying, (len(result.context.budget),))
