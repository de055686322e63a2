"""What a change of one parameter costs whoever holds a memory of calendars, and what a whole decision costs."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial
from itertools import count

import numpy as np

from sim.comparison.evaluation import evaluate, world_with
from sim.comparison.memory import CalendarMemory
from sim.comparison.worlds import draw_worlds
from sim.decision.case import Case
from sim.decision.decision import SECTIONS, Decision
from sim.scenario import Scenario
from tests.bench.measuring import Line, in_turn, process_seconds

SEED, ROUNDS = 1, 5
FEW, MANY = 64, 512
COST, PHYSICAL, CHANCE = "cloud.price_usd", "procurement.lead_months", "reliability.overdispersion"
SECONDS = {(FEW, COST): 0.12, (MANY, COST): 0.8, (FEW, PHYSICAL): 0.5, (FEW, CHANCE): 0.5}
WHAT = {COST: "that no calendar reads", PHYSICAL: "that a machine's calendar reads", CHANCE: "of the draws' chance"}
DECISION_DRAWS, DECISION_SECONDS = 4_096, 60
ASKED = ("fe_hours", "public_cost")


class Study:
    """Draws of a scenario, evaluated again and again with another value of one parameter."""

    def __init__(self, scenario: Scenario, draws: int) -> None:
        """Everything is evaluated once, so that what is compiled or loaded is there."""
        self.scenario, self.numbers, self.memory = scenario, np.arange(1, draws + 1), CalendarMemory()
        self.world = draw_worlds(scenario, SEED, draws).rows(self.numbers)
        self._ratio = (1 + step / 1_000 for step in count(1))
        self.changed(COST)

    def changed(self, path: str, *, memory: bool = True, outcomes: tuple[str, ...] | None = None) -> None:
        """Every option, with a value of the parameter at `path` that was never seen before."""
        values = np.ravel(self.world.value(path)) * next(self._ratio)
        known = self.memory if memory else None
        world = world_with(self.world, {path: values})
        evaluate(self.scenario, world, self.numbers, seed=SEED, outcomes=outcomes, memory=known)


def time_changes(scenario: Scenario) -> Iterator[Line]:
    """One parameter changed, all outcomes of all options found anew; with the memory and without, in turn."""
    studies = {draws: Study(scenario, draws) for draws in (FEW, MANY)}
    for (draws, path), most in SECONDS.items():
        changed = partial(studies[draws].changed, path)
        spent, anew = in_turn([changed, partial(changed, memory=False)], ROUNDS)
        seconds, ratio = statistics.median(spent), statistics.median(np.divide(anew, spent))
        what = f"{draws} draws x {len(scenario.options)} options, a change {WHAT[path]}"
        yield Line(what, f"{1000 * seconds:.0f} ms", f"< {1000 * most:.0f} ms", seconds < most)
        yield Line("  without a memory", f"{ratio:.1f} x")
    few = [process_seconds(partial(studies[FEW].changed, COST, outcomes=ASKED)) for _ in range(ROUNDS)]
    yield Line(f"  the first, {len(ASKED)} outcomes asked for", f"{1000 * statistics.median(few):.0f} ms")


def time_decision(scenario: Scenario, draws: int = DECISION_DRAWS) -> Iterator[Line]:
    """`heavypress decide` with all of its sections, from drawing worlds to the last sentence."""
    made: list[Decision] = []
    spent = {"worlds and comparison": process_seconds(lambda: made.append(Decision(Case.of(scenario, SEED, draws))))}
    spent |= {name: process_seconds(partial(made[0].section, name)) for name in SECTIONS}
    seconds = sum(spent.values())
    yield Line(
        f"decide, {draws:,} draws, all sections",
        f"{seconds:.0f} s",
        f"< {DECISION_SECONDS} s",
        seconds < DECISION_SECONDS,
    )
    for name, part in sorted(spent.items(), key=lambda item: -item[1])[:4]:
        yield Line(f"  of which {name}", f"{part:.1f} s")
