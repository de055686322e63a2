"""Arguments evaluated: each with its switch off and on, in the same draws, in as few comparisons as possible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from sim.arguments.base import Argument, Reading, Settings
from sim.comparison.measured import Measured
from sim.comparison.results import in_own_money, interval
from sim.comparison.run import DEFAULT_SEED, Progress, compare
from sim.mechanisms.sampling import Drawn
from sim.outcomes import BY_NAME, Outcome
from sim.parameters import Array
from sim.scenario import Scenario, ScenarioError, pinned, with_settings

Verdict = Literal["higher", "lower", "too close to call", "no visible difference", "no value"]
Side = tuple[tuple[str, Any], ...]
"""The settings on one side of a switch, sorted."""
SAME = 1e-6  # of the larger value: what no table shows


@dataclass(frozen=True)
class Weighed:
    """One reading: central values and the difference's range over the draws, in the scenario's own money."""

    reading: Reading
    outcome: Outcome
    labels: tuple[str, str]  # of the options read off and on
    off: float
    on: float
    low: float
    high: float
    difference: float
    rising: int  # draws in which the outcome is higher with the switch on
    falling: int  # draws in which it is lower
    counted: int  # draws in which it has a value on both sides
    verdict: Verdict


@dataclass(frozen=True)
class Answer:
    """An argument as a scenario answers it; `refusal` says why it cannot be asked of it."""

    argument: Argument
    scenario: Scenario
    switches: tuple[Settings, Settings]  # off and on, with the option keys of the scenario
    weighed: tuple[Weighed, ...] = ()
    refusal: str = ""
    remark: str = ""


class _Runs:
    """Comparisons by their settings: equal ones are run once, with all the options that are read."""

    def __init__(self, scenario: Scenario, seed: int, draws: int, draw: Drawn) -> None:
        self.scenario, self.seed, self.draws, self.draw = scenario, seed, draws, draw
        self.wanted: dict[Side, set[str]] = {}
        self.scenarios: dict[Side, Scenario] = {}
        self.totals_of: dict[Side, dict[str, Measured]] = {}

    def want(self, settings: Settings, instruments: Iterable[str]) -> Side:
        """The side with these settings, in which these instruments are read; ScenarioError where they are refused."""
        side = tuple(sorted(settings.items()))
        if side not in self.scenarios:
            self.scenarios[side] = with_settings(self.scenario, pinned(settings)) if settings else self.scenario
        self.wanted.setdefault(side, set()).update(instruments)
        return side

    def run(self, progress: Progress) -> None:
        """Compare the options that are read, without queues."""
        for done, (side, instruments) in enumerate(self.wanted.items()):
            progress(done, len(self.wanted), " ".join(f"{path}={value}" for path, value in side) or "as it is")
            whole = self.scenarios[side]
            options = tuple(o for o in whole.options if o.instrument.name in {*instruments, "do_nothing"})
            read = replace(whole, options=options)
            compared = compare(read, seed=self.seed, draws=self.draws, draw=self.draw, queue=False)
            # the months of the central case would fill the memory
            self.totals_of[side] = {name: result.totals for name, result in compared.results.items()}
        progress(len(self.wanted), len(self.wanted), "done")

    def totals(self, side: Side, option: str, outcome: Outcome) -> Array:
        """An outcome of one option in the scenario's own money, [draw]."""
        return in_own_money(outcome, self.totals_of[side][option][outcome.name], self.scenarios[side])


def weigh(
    scenario: Scenario, arguments: Sequence[Argument], *,
    seed: int = DEFAULT_SEED, draws: int = 64, draw: Drawn = "arguments",
    progress: Progress = lambda done, of, what: None,
) -> list[Answer]:  # fmt: skip
    """Answers of a scenario to arguments, each of which applies its settings to it."""
    runs = _Runs(scenario, seed, draws, draw)
    asked = [_asked(argument, runs) for argument in arguments]
    runs.run(progress)
    return [_answered(answer, sides, runs) if sides else answer for answer, sides in asked]


def _asked(argument: Argument, runs: _Runs) -> tuple[Answer, tuple[Side, Side] | None]:
    """An answer without numbers, and the two runs that will give them; none where the scenario refuses."""
    own = runs.scenario
    sides = switches(argument, own)
    answer = Answer(argument, own, sides)
    missing = [name for reading in argument.readings for name in reading.options if name not in own.by_instrument]
    if missing:
        return replace(answer, refusal=f"the scenario has no option of the instrument {missing[0]}"), None
    try:
        off, on = (
            runs.want(settings, [reading.options[place] for reading in argument.readings])
            for place, settings in enumerate(sides)
        )
    except ScenarioError as error:
        return replace(answer, refusal=error.faults[0]), None
    return answer, (off, on)


def _answered(answer: Answer, sides: tuple[Side, Side], runs: _Runs) -> Answer:
    """The answer with its numbers."""
    argument = answer.argument
    weighed = tuple(_weighed(runs, reading, *sides) for reading in argument.readings)
    remark = argument.remark(runs.scenario, runs.seed) if argument.remark else ""
    return replace(answer, weighed=weighed, remark=remark)


def switches(argument: Argument, scenario: Scenario) -> tuple[Settings, Settings]:
    """Settings of an argument off and on, levers named by the option of the scenario that has them."""
    keys = {name: option.key for name, option in scenario.by_instrument.items()}

    def named(settings: Settings) -> Settings:
        parts = ((path.partition("."), value) for path, value in settings.items())
        return {f"{keys.get(group, group)}.{name}": value for (group, _, name), value in parts}

    both = named(argument.both)
    return {**both, **named(argument.off)}, {**both, **named(argument.on)}


def _weighed(runs: _Runs, reading: Reading, *sides: Side) -> Weighed:
    """The numbers of one reading."""
    outcome = BY_NAME[reading.outcome]
    read = [runs.scenarios[side].by_instrument[name] for side, name in zip(sides, reading.options, strict=True)]
    before, after = (runs.totals(side, option.key, outcome) for side, option in zip(sides, read, strict=True))
    seen = visible(before, after)
    low, high = interval(seen)
    return Weighed(
        reading=reading,
        outcome=outcome,
        labels=(read[0].label, read[1].label),
        off=float(before[0]),
        on=float(after[0]),
        low=low,
        high=high,
        difference=float(seen[0]),
        rising=int((seen[1:] > 0).sum()),
        falling=int((seen[1:] < 0).sum()),
        counted=int(np.isfinite(seen[1:]).sum()),
        verdict=verdict(before, after),
    )


def visible(before: Array, after: Array) -> Array:
    """Differences, nothing where no table would show them, [draw]."""
    gap = after - before
    return np.where(np.abs(gap) <= SAME * np.maximum(np.abs(before), np.abs(after)), 0.0, gap)


def verdict(before: Array, after: Array) -> Verdict:
    """The verdict on a difference between values [draw], draw 0 the central case.

    A difference counts where its 10th to 90th percentile over the draws does not reach to the
    other side of nothing, where the central case is; where there is only that, it decides.
    """
    seen = visible(before, after)
    if not np.isfinite(seen[0]):
        return "no value"
    ends = [end for end in (*interval(seen), float(seen[0])) if np.isfinite(end)]
    if not any(ends):
        return "no visible difference"
    if min(ends) < 0 < max(ends) or not seen[0]:
        return "too close to call"
    return "higher" if seen[0] > 0 else "lower"
