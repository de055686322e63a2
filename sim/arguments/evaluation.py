"""Arguments evaluated: each with its switch off and on, in the same draws, in as few comparisons as possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.arguments.base import Argument, Reading, Settings
from sim.arguments.reversal import Reader, Reversal, Rows, reversals, searched
from sim.comparison.evaluation import Totals, evaluate
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import in_own_money, interval
from sim.comparison.run import DEFAULT_SEED
from sim.comparison.sample import Progress
from sim.comparison.worlds import draw_worlds
from sim.mechanisms.sampling import Drawn
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, Outcome
from sim.parameters import Array
from sim.scenario import Scenario, ScenarioError, with_settings
from sim.scenario.overrides import FIXED
from sim.units import MONTHS_PER_YEAR

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
    reversals: tuple[Reversal, ...] = ()  # of the first reading; none where it shows no difference


class _Runs:
    """Sides by their settings: equal ones are run once, for the options and outcomes that are read."""

    def __init__(self, scenario: Scenario, seed: int, draws: int, draw: Drawn) -> None:
        self.scenario, self.seed, self.draws, self.draw = scenario, seed, draws, draw
        self.memory = CalendarMemory()  # most switches change nothing that a calendar reads
        self.wanted: dict[Side, dict[str, set[str]]] = {}
        self.scenarios: dict[Side, Scenario] = {}
        self.totals_of: dict[Side, Totals] = {}
        self.readers: dict[Side, Reader] = {}

    def want(self, settings: Mapping[str, Any], reads: Iterable[tuple[str, str]]) -> Side:
        """The side with these settings, in which these pairs of instrument and outcome are read.

        ScenarioError where the settings are refused.
        """
        side = tuple(sorted((path, tuple(value) if path == FIXED else value) for path, value in settings.items()))
        if side not in self.scenarios:
            self.scenarios[side] = with_settings(self.scenario, settings) if settings else self.scenario
        wanted = self.wanted.setdefault(side, {"instruments": set(), "outcomes": set()})
        for instrument, outcome in reads:
            wanted["instruments"].add(instrument)
            wanted["outcomes"].add(outcome)
        return side

    def run(self, progress: Progress) -> None:
        """Evaluate what is read on every side, in the central case and the draws."""
        for done, (side, wanted) in enumerate(self.wanted.items()):
            set_here = " ".join(f"{path}={value}" for path, value in side if path != FIXED)
            progress(done, len(self.wanted), set_here or "as it is")
            world = draw_worlds(self.scenarios[side], self.seed, self.draws, self.draw)
            self.totals_of[side] = self.totals_in(side, world, np.arange(1 + self.draws), **wanted)
        progress(len(self.wanted), len(self.wanted), "done")

    def totals_in(
        self, side: Side, world: World, numbers: NDArray[np.int64], instruments: Iterable[str], outcomes: Iterable[str]
    ) -> Totals:
        """Outcomes of the options of these instruments in any worlds of a side, by option and outcome, [row]."""
        scenario = self.scenarios[side]
        keys = [scenario.by_instrument[name].key for name in instruments]
        return evaluate(
            scenario, world, numbers, seed=self.seed, options=keys, outcomes=list(outcomes), memory=self.memory
        )

    def rows(self, side: Side, paths: Sequence[str]) -> Rows:
        """Worlds of a side in which these numbers move, but for those that the side takes as known."""
        usual = self.readers.setdefault((), Reader(self.scenario))
        reader = self.readers.setdefault(side, Reader(self.scenarios[side]))
        known = dict(side).get(FIXED, ())
        return Rows(reader, paths, {path: usual.following(path) for path in paths if path not in known})

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
            runs.want(
                argument.known(settings), [(reading.options[place], reading.outcome) for reading in argument.readings]
            )
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
    return replace(answer, weighed=weighed, remark=remark, reversals=_reversals(answer, sides, weighed[0], runs))


def _reversals(answer: Answer, sides: tuple[Side, Side], first: Weighed, runs: _Runs) -> tuple[Reversal, ...]:
    """Where the first reading turns along each number that the argument rests on, in the central case."""
    paths = searched(answer.argument, answer.switches)
    if not paths or not first.difference or not np.isfinite(first.difference):
        return ()

    rows = [runs.rows(side, paths) for side in sides]
    name, (before, after) = first.outcome.name, first.reading.options

    def totals(place: int, numbers: NDArray[np.int64], values: Array, instruments: list[str]) -> list[Array]:
        world = rows[place].worlds(numbers, values)
        found = runs.totals_in(sides[place], world, np.zeros(values.size, dtype=np.int64), instruments, [name])
        return [each[name] for each in found.values()]

    def gaps(numbers: NDArray[np.int64], values: Array) -> Array:
        """On less off, [row]; what a side sets stays as it is there."""
        if sides[0] == sides[1]:
            return visible(*totals(0, numbers, values, [before, after]))
        return visible(*totals(0, numbers, values, [before]), *totals(1, numbers, values, [after]))

    around = {path: value for path, value in answer.switches[0].items() if path in answer.argument.around}
    centre = with_settings(runs.scenario, around) if around else runs.scenario
    return reversals(centre, paths, rows, 1 if first.difference > 0 else -1, gaps)


def switches(argument: Argument, scenario: Scenario) -> tuple[Settings, Settings]:
    """Settings of an argument off and on, levers named by the option of the scenario that has them.

    A middle that it gives to a date that is drawn is a year before the horizon at the latest; it does not count where
    the scenario fixes the date, or has a range for it.
    """
    keys = {name: option.key for name, option in scenario.by_instrument.items()}

    def named(settings: Settings) -> Settings:
        parts = ((path.partition("."), value) for path, value in settings.items())
        return {f"{keys.get(group, group)}.{name}": value for (group, _, name), value in parts}

    own = scenario.fixed | scenario.ranges.keys()
    latest = float(MONTHS_PER_YEAR * (scenario.horizon_years - 1))
    around = {path: min(value, latest) for path, value in argument.around.items() if path not in own}
    both = {**named(argument.both), **around}
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
