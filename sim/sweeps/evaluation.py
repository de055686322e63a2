"""The results of a part of a sweep: its runs put through the cost core together, or one by one through the queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from sim.comparison.evaluation import evaluate
from sim.comparison.identity import canonical, group_text
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import in_own_money, unit_of
from sim.comparison.run import compare
from sim.comparison.worlds import draw_worlds
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, OF_THE_QUEUE
from sim.parameters import Array, Parameters
from sim.scenario import Scenario, ScenarioError
from sim.sweeps.plan import SIMULATED, Plan, Run
from sim.sweeps.statistics import STATISTICS, statistics
from sim.waits.estimate import STATISTIC

Totals = dict[str, dict[str, Array]]  # by option and outcome, [run, draw], in the money of the scenario
MOST_REASON = 1_000  # characters of why a run failed


@dataclass(frozen=True)
class Results:
    """What came of one run: rows by column, or the reason why there are none."""

    run: Run
    key: str  # digest of all that its numbers depend on; empty where the scenario could not be read
    rows: dict[str, list[Any]]
    reason: str = ""


@dataclass(frozen=True)
class _Case:
    """A run whose scenario has been read."""

    run: Run
    scenario: Scenario
    key: str


def compute(plan: Plan, runs: Sequence[Run], memory: CalendarMemory | None = None) -> list[Results]:
    """The results of these runs, in their order; a run that cannot be computed says why.

    `memory` keeps calendars from call to call, and changes no result.
    """
    found: dict[int, Results] = {}
    cases: list[_Case] = []
    for run in runs:
        try:
            scenario = plan.scenario(run)
            cases.append(_Case(run, scenario, plan.run_key(scenario, run.seed)))
        except ScenarioError as error:
            found[run.number] = Results(run, "", {}, "; ".join(error.faults)[:MOST_REASON])
    together = [[case] for case in cases] if plan.waits in SIMULATED else list(_alike(cases))
    for group in together:
        for result in _computed(plan, group, memory):
            found[result.run.number] = result
    return [found[run.number] for run in runs]


def _computed(plan: Plan, cases: list[_Case], memory: CalendarMemory | None) -> list[Results]:
    """The results of runs that are computed together; one by one where one of them fails, to find which."""
    try:
        totals = _simulated(plan, cases[0]) if plan.waits in SIMULATED else _costed(plan, cases, memory)
    except MemoryError:
        raise  # of the machine, not of the run
    except Exception as error:  # whatever it is, it is the reason of this run and stops no other
        if len(cases) > 1:
            return [result for case in cases for result in _computed(plan, [case], memory)]
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"[:MOST_REASON]
        return [Results(cases[0].run, cases[0].key, {}, reason)]
    return _described(plan, cases, totals)


# --- totals ---


def _alike(cases: Iterable[_Case]) -> Iterable[list[_Case]]:
    """Runs that differ in nothing but uncertain numbers of the world, which can be rows of one world."""
    groups: dict[Any, list[_Case]] = {}
    for case in cases:
        scenario = case.scenario
        levers = tuple((option.key, option.instrument) for option in scenario.options)
        others = tuple(_certain(group) for group in scenario.world.groups().values())
        money = (scenario.budget, scenario.usd_per_currency, scenario.start, scenario.horizon_years, scenario.fixed)
        groups.setdefault((case.run.seed, levers, others, money, scenario.between), []).append(case)
    return groups.values()


@lru_cache(maxsize=4096)
def _certain(group: Parameters) -> str:
    """What draws cannot vary in a group, as canonical JSON."""
    specs = {name: spec for name, _, spec in group.described()}
    known = [item.name for item in fields(group) if item.name not in specs or specs[item.name].role != "uncertainty"]
    return canonical({name: getattr(group, name) for name in known}) if len(known) < len(specs) else group_text(group)


def _costed(plan: Plan, cases: list[_Case], memory: CalendarMemory | None) -> Totals:
    """Totals by the cost core, with waits of the response surface."""
    scenario, width = cases[0].scenario, 1 + plan.draws
    worlds = [
        draw_worlds(case.scenario, case.run.seed, plan.draws, plan.draw, plan.sequence) if plan.draws
        else case.scenario.world
        for case in cases
    ]  # fmt: skip
    found = evaluate(
        scenario, _stacked(worlds, width), np.tile(np.arange(width), len(cases)),
        seed=cases[0].run.seed, outcomes=plan.outcomes, memory=memory,
    )  # fmt: skip
    unasked = {each.name for each in OF_THE_QUEUE if each.name in STATISTIC} if plan.waits == "none" else set()
    return {
        key: {
            name: in_own_money(BY_NAME[name], np.full_like(values, np.nan) if name in unasked else values, scenario)
            .reshape(len(cases), width)
            for name, values in totals.items()
        }
        for key, totals in found.items()
    }  # fmt: skip


def _stacked(worlds: Sequence[World], width: int) -> World:
    """The rows of worlds that are alike but for uncertain numbers under one another, as arrays [row, 1]."""
    first = worlds[0]
    chosen: dict[str, dict[str, Array]] = {}
    for path in uncertain():
        group, name = path.split(".")
        values = [getattr(getattr(world, group), name) for world in worlds]
        if width == 1:
            chosen.setdefault(group, {})[name] = np.array(values, dtype=np.float64).reshape(-1, 1)
        else:
            columns = [np.broadcast_to(value, (width, 1)) for value in values]
            chosen.setdefault(group, {})[name] = np.concatenate(columns)
    return first.having({group: replace(getattr(first, group), **values) for group, values in chosen.items()})


def _simulated(plan: Plan, case: _Case) -> Totals:
    """Totals with waits of the simulated queue, which decides how full a machine runs."""
    fidelity: Any = plan.waits
    comparison = compare(
        case.scenario, seed=case.run.seed, draws=plan.draws, draw=plan.draw, sequence=plan.sequence,
        fidelity=fidelity,
    )  # fmt: skip
    keys = comparison.results
    return {key: {name: comparison.own_totals(key, name)[None, :] for name in plan.outcomes} for key in keys}


# --- rows ---


def _described(plan: Plan, cases: list[_Case], totals: Totals) -> list[Results]:
    """Rows of results by run: an option and outcome each, in the order of both."""
    scenario = cases[0].scenario
    keys = [option.key for option in scenario.options]
    baseline = next(option.key for option in scenario.options if option.instrument.name == "do_nothing")
    first = scenario.between[0] if scenario.between else None
    blocks = {
        name: statistics({key: totals[key][name] for key in keys}, BY_NAME[name], baseline, first)
        for name in plan.outcomes
    }
    options = [key for key in keys for _ in plan.outcomes]
    units = [unit_of(BY_NAME[name], scenario) for name in plan.outcomes] * len(keys)
    columns = {
        name: np.array([blocks[outcome][key][name] for key in keys for outcome in plan.outcomes]) for name in STATISTICS
    }  # each [row, run]
    return [
        Results(
            case.run, case.key,
            {"option": options, "outcome": list(plan.outcomes) * len(keys), "unit": units}
            | {name: values[:, number].tolist() for name, values in columns.items()},
        )
        for number, case in enumerate(cases)
    ]  # fmt: skip
