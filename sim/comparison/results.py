"""Results of a comparison: every option in every draw, and its numbers as data frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd

from sim.calendar.records import Ledger, Record
from sim.comparison.answer import Answer, Evidence, answered
from sim.comparison.identity import canonical, code_digest, data_digest, digest, resolved
from sim.comparison.measured import Measured
from sim.comparison.verdict import interval_of, rank_interval
from sim.comparison.worlds import draw_worlds
from sim.costs.result import OptionResult
from sim.formatting import unit_text
from sim.mechanisms.appraisal import Profile
from sim.mechanisms.sampling import Drawn, Sequence
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, HEADLINE, OF_THE_QUEUE, OUTCOMES, Measures, Outcome
from sim.parameters import Array
from sim.queue.surface import inverse_transformed, transformed
from sim.scenario import Scenario
from sim.waits.estimate import STATISTIC, Estimate, estimated
from sim.waits.statistics import Waits

_ROUNDING = 1e-12  # of a value
RUN_DIGITS = 12  # of the digest of a run: few enough to be copied by hand
SUMMARY = (
    "option", "outcome", "unit", "value", "low", "high", "central", "value_from", "value_to",
    "difference", "difference_low", "difference_high", "difference_central",
)  # fmt: skip
TIDY = ("scenario", "option", "draw", "year", "outcome", "unit", "value", "difference", "profile")
Value = TypeVar("Value")
Fidelity = Literal["instant", "windows", "full"]
"""Waits from the table, from windows of the horizon, or from every job of it."""
Kept = dict[str, Measures]
"""What discounting anew reads of a block of draws, by option."""


@dataclass(frozen=True)
class Result:
    """One option: totals by outcome [draw] and yearly series [draw, year], in base-year dollars."""

    key: str
    label: str
    totals: Measured
    yearly: Measured
    central: OptionResult  # the central case month by month; of draws that are kept as well it is the first
    ledger: Ledger  # records of the calendars, those of the central case first
    waits: Waits | None = None
    estimate: Estimate | None = None  # of the waits, where they were not simulated
    embargoed: Ledger | None = None  # the same where there is an embargo as well

    @property
    def records(self) -> list[Record]:
        """Records of the central case."""
        return self.ledger.records(0)

    @property
    def under_embargo(self) -> list[Record] | None:
        """Records of the central case under an embargo; None where it was not run with one."""
        return self.embargoed.records(0) if self.embargoed else None

    def with_queue(self, queue: Waits | Estimate | None) -> Result:
        """The same option with the outcomes of its queue filled in, in the central case.

        Those of the other draws are moved by as much as the central case moves, on the scale of the response surface.
        """
        measures, of_the_queue = Measures(self.central, queue), {each.name: each for each in OF_THE_QUEUE}

        def measure(name: str) -> Array:
            before = self.totals[name]
            if name not in of_the_queue:
                return before
            centre = float(of_the_queue[name].total(measures)[0])
            return np.concatenate([[centre], moved(STATISTIC.get(name), before, centre)[1:]])

        waits, estimate = (None, queue) if isinstance(queue, Estimate) else (queue, None)
        return replace(self, totals=Measured({}, tuple(self.totals), measure), waits=waits, estimate=estimate)


@dataclass(frozen=True)
class Comparison:
    """All options of a scenario; draw 0 is the central case, the others are states of the world."""

    scenario: Scenario
    seed: int
    draws: int  # besides the central case
    results: dict[str, Result]
    run_id: str
    fidelity: Fidelity | None = None  # of the waits, where it is not the scenario's own
    draw: Drawn = "headline"  # which uncertain numbers the draws vary
    sequence: Sequence = "random"  # of the draws
    queue: bool = True  # whether there are waits
    profile: Profile | None = None  # under which it was discounted anew; None: the scenario's own rates
    kept: tuple[Kept, ...] = field(default=(), repr=False, compare=False)  # the central case, and blocks of draws
    drawn: World | None = field(default=None, repr=False, compare=False)  # its world, where it is at hand
    _cached: dict[Callable[[Comparison], Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def cached(self, pick: Callable[[Comparison], Value]) -> Value:
        """The value of `pick`, computed once for all that ask for it."""
        if pick not in self._cached:
            self._cached[pick] = pick(self)
        value: Value = self._cached[pick]
        return value

    @property
    def world(self) -> World:
        """The world of the central case and of each draw, as arrays [1 + draws, 1]."""
        return self.drawn or self.cached(_world)

    @property
    def answer(self) -> Answer:
        """The answer to the scenario's question on its yardstick; its `text` is one to three sentences."""
        return self.cached(_answer)

    def own_totals(self, key: str, outcome: str) -> Array:
        """An option's totals [draw] of an outcome, in the scenario's money."""
        return in_own_money(BY_NAME[outcome], self.results[key].totals[outcome], self.scenario)

    @property
    def baseline(self) -> Result:
        """Doing nothing."""
        return next(r for r in self.results.values() if self.scenario.option(r.key).instrument.name == "do_nothing")

    def difference(self, key: str, outcome: str) -> Array:
        """An option's total less that of doing nothing in the same draw, [draw]."""
        return np.asarray(self.results[key].totals[outcome] - self.baseline.totals[outcome])

    @property
    def summary(self) -> pd.DataFrame:
        """A row an option and outcome: median of the draws, their range, central case, difference from doing nothing.

        value_from and value_to: 95 % interval of the median, by ranks. Without draws the value is the central case, as
        it is of a wait that is only estimated, whose range is the band of the estimate.
        """
        rows = [self._summary_row(key, outcome) for key in self.results for outcome in OUTCOMES]
        return pd.DataFrame(rows, columns=list(SUMMARY))

    @property
    def table(self) -> pd.DataFrame:
        """The headline: an outcome a row, an option a column, medians of the draws in the scenario's money."""
        wide = self.summary.pivot(index="outcome", columns="option", values="value")
        wide = wide.reindex(index=list(HEADLINE), columns=list(self.results))
        wide.index = pd.Index([row_label(BY_NAME[name], self.scenario) for name in HEADLINE], name="outcome")
        return wide.rename(columns={key: result.label for key, result in self.results.items()})

    @property
    def tidy(self) -> pd.DataFrame:
        """Every draw, year and outcome in one long table with the columns TIDY.

        Draw 0 is the central case. A row without a year is the total over the horizon.
        """
        return pd.concat([self.tidy_of(key) for key in self.results], ignore_index=True)

    def tidy_of(self, key: str, outcomes: tuple[Outcome, ...] = OUTCOMES) -> pd.DataFrame:
        """The rows of one option and some outcomes in the long table."""
        frames = [frame for outcome in outcomes for frame in self._tidy_rows(key, outcome)]
        return pd.concat(frames, ignore_index=True).astype({"year": "Int64", "draw": "int64"})[list(TIDY)]

    def _summary_row(self, key: str, outcome: Outcome) -> tuple[Any, ...]:
        """One row of the summary, in the order of SUMMARY."""
        result, own = self.results[key], self.own_totals(key, outcome.name)
        gap = in_own_money(outcome, self.difference(key, outcome.name), self.scenario)
        gap = np.where(np.abs(gap) <= _ROUNDING * np.abs(own), 0.0, gap)  # sums taken in another order differ so
        band = estimated(result.estimate, outcome.name)
        numbers = (
            (own[0], *band, own[0], *(np.nan,) * 2) if band else (middle(own), *interval(own), own[0], *error(own))
        )
        return (key, outcome.name, unit_of(outcome, self.scenario), *numbers, middle(gap), *interval(gap), gap[0])

    def _tidy_rows(self, key: str, outcome: Outcome) -> list[pd.DataFrame]:
        """Rows of one option and outcome: its total in each draw, and its years where it has any."""
        result, baseline = self.results[key], self.baseline
        no_year: list[int | None] = [None]  # a total stands in no year
        series = [(result.totals[outcome.name][:, None], baseline.totals[outcome.name][:, None], no_year)]
        if outcome.name in result.yearly:
            yearly = result.yearly[outcome.name]
            years: list[int | None] = [*self.scenario.years[: yearly.shape[1]]]
            series.append((yearly, baseline.yearly[outcome.name], years))
        return [self._tidy_block(key, outcome, values, base, years) for values, base, years in series]

    def _tidy_block(
        self, key: str, outcome: Outcome, values: Array, base: Array, years: list[int | None]
    ) -> pd.DataFrame:
        """Values of one option and outcome [draw, year] beside those of doing nothing, as rows."""
        own, gap = (in_own_money(outcome, each, self.scenario) for each in (values, values - base))
        draws = len(own)
        return pd.DataFrame(
            {
                "scenario": self.scenario.key,
                "option": key,
                "draw": np.repeat(np.arange(draws), len(years)),
                "year": pd.array(years * draws, dtype="Int64"),
                "outcome": outcome.name,
                "unit": unit_of(outcome, self.scenario),
                "value": own.reshape(-1),
                "difference": gap.reshape(-1),
                "profile": self.baseline.central.context.world.money.profile,
            }
        )


def _world(comparison: Comparison) -> World:
    """The worlds of a comparison."""
    return draw_worlds(comparison.scenario, comparison.seed, comparison.draws, comparison.draw, comparison.sequence)


def _answer(comparison: Comparison) -> Answer:
    """The answer of a comparison."""
    labels = {key: result.label for key, result in comparison.results.items()}
    totals = {key: comparison.own_totals(key, comparison.scenario.yardstick) for key in labels}
    return answered(Evidence(comparison.scenario, labels, totals, comparison.world))


def run_id(
    scenario: Scenario,
    seed: int,
    draws: int,
    queue: bool,
    fidelity: Fidelity | None = None,
    draw: Drawn = "headline",
    sequence: Sequence = "random",
) -> str:
    """Digest of everything that decides the numbers, and of what they are called.

    That is every value of the scenario, its text, the code, the data, seed, draws of what and how spread, and which
    waits. Equal ids have equal numbers; code or data that moves nothing here may change an id.
    """
    waits = fidelity if queue and fidelity != scenario.world.queue.fidelity else None
    settings = [seed, draws, queue, waits, draw if draws else None, sequence if draws else None]
    about = (resolved(scenario), canonical(scenario.text), canonical(settings))
    return digest(*about, code_digest(), data_digest())[:RUN_DIGITS]


def moved(answer: str | None, values: Array, centre: float) -> Array:
    """Values [draw] moved so that the first becomes `centre`, on the scale of an answer of the response surface.

    None: values that are no answer of the surface stay, and so do all where the surface has no first. Without a centre
    there is nothing to say of any.

    >>> moved("mean", np.array([1.0, 2.0]), 3.0).round(2).tolist()
    [3.0, 5.82]
    """
    if answer is None or not np.isfinite(values[0]):
        return values
    if not np.isfinite(centre):
        return np.full_like(values, np.nan)
    scaled = transformed(answer, values)
    return inverse_transformed(answer, scaled + (transformed(answer, centre) - scaled[0]))


def without_queue(result: Result) -> Result:
    """The option without the outcomes of its queue, which nobody asked for."""
    asked = {o.name: np.full_like(result.totals[o.name], np.nan) for o in OF_THE_QUEUE if o.name in STATISTIC}
    return replace(result, totals=result.totals | asked)


def unit_of(outcome: Outcome, scenario: Scenario) -> str:
    """The outcome's unit in the scenario's own money."""
    return outcome.unit.replace("USD", scenario.currency)


def in_own_money(outcome: Outcome, values: Array, scenario: Scenario) -> Array:
    """Base-year dollars as the scenario's money of its price year; other units stay."""
    return values / scenario.usd_per_currency if "USD" in outcome.unit else values


def row_label(outcome: Outcome, scenario: Scenario) -> str:
    """Label and unit of a row."""
    if outcome.unit in ("fraction", "ratio"):
        return outcome.label
    return f"{outcome.label} ({unit_text(unit_of(outcome, scenario))})"


def interval(values: Array) -> tuple[float, float]:
    """10th and 90th percentile over the draws of the world, [draw]; NaN where there is the central case alone."""
    return interval_of(drawn(values))


def middle(values: Array) -> float:
    """Median over the draws of the world, [draw]; the central case where there is no other."""
    return float(np.median(drawn(values))) if drawn(values).size else float(values[0])


def error(values: Array) -> tuple[float, float]:
    """95 % interval of the median over the draws of the world, by ranks; NaN where there is the central case alone."""
    seen = drawn(values)
    if not seen.size:
        return float("nan"), float("nan")
    low, high = np.quantile(seen, rank_interval(0.5, seen.size))
    return float(low), float(high)


def drawn(values: Array) -> Array:
    """The values of those draws of the world, all but the first of [draw], that have one."""
    return np.asarray(values[1:][np.isfinite(values[1:])])
