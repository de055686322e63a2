"""Three kinds of uncertainty kept apart: chance, unknown numbers, and choices of structure.

The two options of the question are held against each other, in the same draws: with other random streams in the
central case (replication noise), in other states of the world in which every month is average (parameter uncertainty),
in both, and under every structural alternative. Differences in unlike units are compared as parts of the mean of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.comparison.evaluation import evaluate
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import in_own_money
from sim.comparison.verdict import FEWEST_DRAWS, holm, paired
from sim.comparison.worlds import draw_worlds
from sim.decision.structures.alternatives import Alternative, alternatives
from sim.decision.structures.differences import BOTH, NOISE, PARAMETERS, STRUCTURE, Row, Structures, advantage
from sim.mechanisms.sampling import Drawn
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, Outcome
from sim.parameters import Array
from sim.scenario import Scenario, ScenarioError, with_settings

_Totals = dict[str, tuple[Array, Array]]  # [draw] of the first and the second option, by outcome


def structures(
    scenario: Scenario, *, seed: int, draws: int, draw: Drawn = "headline", memory: CalendarMemory | None = None
) -> Structures:
    """The difference of the scenario's two options on its yardstick, by kind of uncertainty.

    Raises ValueError for a scenario without two options, and for fewer draws than a verdict can rest on.
    """
    if not scenario.between:
        raise ValueError(f"{scenario.key}: has one option only, must have two to be held against each other")
    if draws < FEWEST_DRAWS:
        raise ValueError(f"draws = {draws}, must be at least {FEWEST_DRAWS} for a verdict")
    study = _Study(scenario, seed, np.arange(1, draws + 1), draw, CalendarMemory() if memory is None else memory)
    choices = alternatives(scenario)
    kinds, units = study.kinds([each.outcome for each in choices])
    found, left_out = [], []
    for each in choices:
        try:
            row = study.under(each, units)
        except ScenarioError as error:
            left_out.append((each.subject, each.label, error.faults[0]))
            continue
        found.append(replace(row, same=row.outcome == kinds[-1].outcome and row.alike(kinds[-1])))
    return Structures(scenario, seed, draws, (*kinds, *_held(found)), tuple(left_out))


def _held(rows: Sequence[Row]) -> list[Row]:
    """Alternatives with the chances of their tests held by Holm; one that changes nothing is no test of its own."""
    chances = iter(holm([row.pair.chance for row in rows if not row.same]))
    return [row if row.same else replace(row, pair=replace(row.pair, chance=next(chances))) for row in rows]


@dataclass(frozen=True)
class _Study:
    """Runs the two options of a scenario, and of its alternatives, in the same draws."""

    scenario: Scenario
    seed: int
    numbers: NDArray[np.int64]
    draw: Drawn
    memory: CalendarMemory

    def kinds(self, outcomes: Sequence[Outcome]) -> tuple[tuple[Row, ...], _Totals]:
        """The rows of chance, of parameters and of both; and with both, totals of further outcomes."""
        scenario, yardstick = self.scenario, BY_NAME[self.scenario.yardstick]
        average = np.zeros_like(self.numbers)
        central, drawn = draw_worlds(scenario, self.seed, 0).rows(average), self._drawn(scenario)
        usual = self._run(scenario, drawn, self.numbers, list(dict.fromkeys([yardstick, *outcomes])))
        runs = {
            NOISE: self._run(scenario, central, self.numbers, [yardstick]),
            PARAMETERS: self._run(scenario, drawn, average, [yardstick]),
            BOTH: usual,
        }
        return tuple(self._row(kind, run[yardstick.name], yardstick) for kind, run in runs.items()), usual

    def under(self, choice: Alternative, units: _Totals) -> Row:
        """The row of an alternative; `units`: of the scenario as it is. ScenarioError where it is not possible."""
        totals = units
        if choice.settings:
            other = with_settings(self.scenario, choice.settings)
            totals = self._run(other, self._drawn(other), self.numbers, [choice.outcome])
        row = self._row(STRUCTURE, totals[choice.outcome.name], choice.outcome)
        return replace(row, subject=choice.subject, label=choice.label, settings=choice.settings)

    def _drawn(self, scenario: Scenario) -> World:
        """States of the world, without the central case."""
        return draw_worlds(scenario, self.seed, self.numbers.size, self.draw).rows(self.numbers)

    def _run(
        self, scenario: Scenario, world: World, numbers: NDArray[np.int64], outcomes: Sequence[Outcome]
    ) -> _Totals:
        """Totals of the two options by outcome, in the scenario's money."""
        names, (first, second) = [each.name for each in outcomes], scenario.between
        totals = evaluate(
            scenario, world, numbers, seed=self.seed, options=scenario.between, outcomes=names, memory=self.memory
        )
        return {
            each.name: (
                in_own_money(each, totals[first][each.name], scenario),
                in_own_money(each, totals[second][each.name], scenario),
            )
            for each in outcomes
        }

    def _row(self, kind: str, totals: tuple[Array, Array], outcome: Outcome) -> Row:
        """The two options held against each other."""
        first, second = self.scenario.between
        pair = paired(*totals, outcome.better, (first, second))
        return Row(kind, "", "", outcome, pair, advantage(*totals, outcome.better))
