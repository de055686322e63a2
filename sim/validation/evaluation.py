"""Cases of the record run: each scenario once for all that it is compared on, through the stages of a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite, log

from sim.comparison.blocks import computed
from sim.comparison.calendars import Draws
from sim.comparison.results import interval
from sim.comparison.run import DEFAULT_SEED
from sim.comparison.worlds import draw_worlds
from sim.outcomes import Measures
from sim.scenario import Scenario, load
from sim.validation.measures import Run, measured
from sim.validation.targets import Case, Target

WITHIN = 2  # times, for a tolerance that is a factor
DRAWS = 200  # beside the central case: the ends of an interval are then known to about a tenth of its width


@dataclass(frozen=True)
class Verdict:
    """One target: what was published, what the model gives in the same setting, and whether that is near enough."""

    case: Case
    target: Target
    title: str  # of the scenario
    ours: float  # central case
    low: float  # 10th percentile over the draws
    high: float  # 90th

    @property
    def published(self) -> float:
        """The published value."""
        return self.target.published

    @property
    def log_error(self) -> float:
        """Log of the model's value over the published one; NaN where one of them has none."""
        good = isfinite(self.ours) and self.ours > 0 and self.published > 0
        return log(self.ours / self.published) if good else float("nan")

    @property
    def residual(self) -> float:
        """The model's value over the published one, less one; NaN where that is 0."""
        return self.ours / self.published - 1 if self.published else float("nan")

    @property
    def covered(self) -> bool:
        """Whether the 80 % interval holds the published value."""
        return self.low <= self.published <= self.high

    @property
    def passed(self) -> bool:
        """Whether the model is as near as the tolerance asks."""
        if self.target.tolerance == "interval":
            return self.covered
        if self.target.tolerance == "factor":
            return 1 / WITHIN <= self.target.ratio <= WITHIN
        if self.target.tolerance == "range":
            low, high = self.target.published_range
            return low <= self.ours <= high
        return abs(self.residual) <= float(self.target.tolerance)


def validate(
    cases: Iterable[Case],
    *,
    seed: int = DEFAULT_SEED,
    draws: int = DRAWS,
    progress: Callable[[int, int, str], None] = lambda done, of, what: None,
) -> tuple[Verdict, ...]:
    """The verdict on each target of the cases, in their order."""
    every = tuple(cases)
    found: list[Verdict] = []
    for number, case in enumerate(every, 1):
        title = case.title
        if case.stored:
            found += [Verdict(case, target, title, *target.stored) for target in case.targets]
        else:
            run = _run(load(case.path), case.option, seed, draws)
            found += [_verdict(case, target, run) for target in case.targets]
            title = run.scenario.title
        progress(number, len(every), title)
    return tuple(found)


def _run(scenario: Scenario, option: str, seed: int, draws: int) -> Run:
    """An option, or the last, in the central case and in the draws: what a comparison computes, in one block."""
    key = option or scenario.options[-1].key
    block = Draws.of(draw_worlds(scenario, seed, draws), seed, 0, scenario.months)
    ledger, result = next((ledger, result) for _, ledger, result in computed(scenario, block, {key}))
    return Run(scenario, ledger, Measures(result))


def _verdict(case: Case, target: Target, run: Run) -> Verdict:
    """The model's value of one target, in the unit of the published one."""
    values = measured(run, target.measure, target.of) * target.scale
    ends = interval(values) if len(values) > 1 else (float(values[0]),) * 2  # what no draw varies has one value
    return Verdict(case, target, run.scenario.title, float(values[0]), *ends)
