"""What it is worth to decide later: a second tranche, waiting, a pilot, each against the best plan fixed before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.comparison.evaluation import evaluate
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import run_id
from sim.comparison.worlds import draw_worlds
from sim.decision.adaptive import Adaptive, Gain, adaptive_value, gain_of
from sim.decision.information import partial_information
from sim.decision.observables import Observed, Run, pilot_signals, seen_at
from sim.decision.plans import PILOT_SHARE, WAIT_MONTHS, Plans, plans_of
from sim.decision.yardstick import in_own, worth, yardstick_of
from sim.mechanisms.sampling import Drawn
from sim.outcomes import BY_NAME
from sim.outcomes.measures import MONEY
from sim.parameters import Array
from sim.scenario import Scenario

PILOT_GROUPS = 30  # that take part in a pilot
DIGITS = 12  # of a digest
ROUNDING = 1e-9  # of a value: less than that is none
STOP, BRIDGE = "plan_stop", "plan_bridge"
SECOND = ("plan_both", "plan_then_credits", STOP)
WAIT = ("plan_later", "plan_later_credits")
PILOT = ("plan_pilot_machine", "plan_pilot_credits")


@dataclass(frozen=True)
class Decision:
    """One decision that can be put off: the plans that it chooses among, by what is seen at its month."""

    key: str
    label: str
    month: float
    plans: tuple[str, ...]
    seen: Observed
    found: Adaptive


@dataclass(frozen=True)
class Pilot:
    """What a pilot is worth by the yardstick: what it reveals, less what it costs and the time that it takes."""

    groups: int  # that take part
    reveals: Gain  # machine or credits now, were its result known at once and for nothing (EVSI)
    costs: Gain  # loss of the better of the two plans by the pilot's money and its delay
    decision: Decision  # all of it together: the pilot, then the better plan by its result


@dataclass(frozen=True)
class Flexibility:
    """The decisions of a scenario that can be put off, in the same draws."""

    scenario: Scenario
    plans: Plans
    yardstick: str
    draws: int
    seed: int
    draw: Drawn
    unspent_worth: float  # of one of the scenario's money, by the yardstick, more is better
    fixed: tuple[str, ...]  # keys of the plans that can be fixed at the start
    values: dict[str, Array]  # of each plan, [draw], more is better
    decisions: tuple[Decision, ...]
    pilot: Pilot

    def label(self, key: str) -> str:
        """The label of a plan."""
        return self.plans.scenario.option(key).label

    @property
    def every(self) -> tuple[Decision, ...]:
        """The decisions, that after a pilot among them."""
        return (*self.decisions, self.pilot.decision)

    @property
    def best(self) -> str:
        """The best of the plans that can be fixed at the start, in the mean; of equal ones the first."""
        means = {key: float(self.values[key].mean()) for key in self.fixed}
        most = max(means.values())
        return next(key for key, mean in means.items() if mean >= most - ROUNDING * abs(most))

    def settled(self, gain: Gain) -> Gain:
        """A gain and its error, each nothing where it is no more than rounding beside the best plan."""
        least = ROUNDING * abs(float(self.values[self.best].mean()))
        return Gain(*(value if abs(value) > least else 0.0 for value in gain))

    @property
    def ordered(self) -> list[str]:
        """Keys of the plans, the best in the mean first."""
        return sorted(self.values, key=lambda key: -float(self.values[key].mean()))

    @property
    def unspent_shares(self) -> dict[str, float]:
        """Share of the money that each derived plan leaves."""
        return {plan.key: plan.unspent_share for plan in self.plans.plans}

    @property
    def run(self) -> str:
        """Digest of what decides the numbers."""
        plans = self.plans
        asked = (self.unspent_worth, self.pilot.groups, plans.decision_month, plans.second_share, plans.wait_months)
        run = run_id(self.scenario, self.seed, self.draws, queue=False, draw=self.draw)
        text = json.dumps([run, self.yardstick, *map(float, asked), plans.pilot_share])
        return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def flexibility(
    scenario: Scenario,
    yardstick: str | None = None,
    seed: int = 1,
    draws: int = 512,
    *,
    draw: Drawn = "headline",
    decision_month: float | None = None,
    second_share: float | None = None,
    wait_months: float = WAIT_MONTHS,
    pilot_share: float = PILOT_SHARE,
    unspent_worth: float = 0.0,
    pilot_groups: int = PILOT_GROUPS,
    memory: CalendarMemory | None = None,
) -> Flexibility:
    """The value of a second tranche that can be cancelled, of waiting, and of a pilot, by the yardstick.

    `unspent_worth` is what one of the scenario's money that is not spent is worth by the yardstick, by default nothing.
    Raises KeyError with a sentence where there is no machine among the options, no such yardstick, one of money or one
    without a value for a plan, and ValueError for too few draws.
    """
    outcome = bought(scenario, yardstick)
    plans = plans_of(
        scenario, decision_month=decision_month, second_share=second_share, wait_months=wait_months,
        pilot_share=pilot_share,
    )  # fmt: skip
    kept = memory if memory is not None else CalendarMemory()
    world = draw_worlds(plans.scenario, seed, draws, draw).between(1, 1 + draws)
    run = Run(plans.scenario, world, np.arange(1, 1 + draws), seed, kept)
    values = _values(run, plans, outcome, unspent_worth)
    now = (plans.machine.key, plans.credits.key)
    fixed = tuple(dict.fromkeys((*now, *SECOND, *WAIT, BRIDGE)))
    second = _decision(
        "second", "The second tranche", plans.decision_month, SECOND,
        seen_at(run, STOP, plans.decision_month), values, fixed,
    )  # fmt: skip
    early = seen_at(run, plans.machine.key, plans.wait_months)
    wait = _decision(
        "wait", "Waiting before the purchase", plans.wait_months, WAIT, _without_machine(early), values, fixed
    )
    pilot = _pilot(run, plans, values, fixed, now, pilot_groups)
    return Flexibility(scenario, plans, outcome, draws, seed, draw, unspent_worth, fixed, values, (second, wait), pilot)


def bought(scenario: Scenario, name: str | None) -> str:
    """The yardstick, where it is one of what money buys: the outlays of a plan leave out what its pilot costs."""
    outcome = yardstick_of(scenario, name)
    if BY_NAME[outcome].section == MONEY:
        raise KeyError(f"{outcome!r} is about money, and no outlay includes a pilot; choose what is bought: fe_hours")
    return outcome


def _values(run: Run, plans: Plans, outcome: str, unspent_worth: float) -> dict[str, Array]:
    """The yardstick of each plan, [draw], what is not spent included."""
    keys = [plans.machine.key, plans.credits.key, *(plan.key for plan in plans.plans)]
    totals = evaluate(
        run.scenario, run.world, run.draws, seed=run.seed, options=keys, outcomes=(outcome,), memory=run.memory
    )
    if not all(np.isfinite(worth(totals[key][outcome], outcome)).all() for key in keys):
        raise KeyError(f"{outcome!r} has no value for some plan in some draw; choose a sum, such as fe_hours")
    each = unspent_worth * run.scenario.budget.total / float(in_own(1.0, outcome, run.scenario))
    unspent = {plan.key: plan.unspent_share * each for plan in plans.plans}
    return {key: worth(totals[key][outcome], outcome) + unspent.get(key, 0.0) for key in keys}


def _decision(
    key: str, label: str, month: float, plans: tuple[str, ...], seen: Observed, values: dict[str, Array],
    fixed: Sequence[str],
) -> Decision:  # fmt: skip
    """The value of one decision by what is seen."""
    others = [each for each in fixed if each not in plans]
    found = adaptive_value(_table(values, plans), seen.values, _table(values, others))
    return Decision(key, label, month, plans, seen, found)


def _pilot(
    run: Run, plans: Plans, values: dict[str, Array], fixed: Sequence[str], now: tuple[str, str], groups: int
) -> Pilot:
    """A pilot: what it reveals is worth to who decides at once, and what is left of that after its cost and delay."""
    signals = pilot_signals(run, plans.machine.key, groups)
    better = int(_table(values, now).mean(axis=0).argmax())
    revealed = partial_information(_table(values, now), signals.values)
    return Pilot(
        groups,
        Gain(revealed.value, revealed.standard_error),
        gain_of(values[now[better]] - values[PILOT[better]]),
        _decision("pilot", "A pilot before the purchase", plans.wait_months, PILOT, signals, values, fixed),
    )


def _table(values: dict[str, Array], keys: Sequence[str]) -> Array:
    """Values of some plans, [draw, plan]."""
    return np.stack([values[key] for key in keys], axis=-1)


def _without_machine(seen: Observed) -> Observed:
    """What can be seen where nothing has been bought yet: nothing of a machine."""
    kept = [n for n, each in enumerate(seen.names) if each.key in ("rent", "applying")]
    return Observed(tuple(seen.names[n] for n in kept), seen.values[:, kept])
