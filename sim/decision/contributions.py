"""What each instrument of a mix contributes: the mix with every subset of its instruments, in the same draws."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.comparison.evaluation import evaluate
from sim.comparison.results import run_id, unit_of
from sim.comparison.worlds import draw_worlds
from sim.decision.shapley import Contributions, contributions, over_draws, shapley, subsets
from sim.decision.yardstick import in_own, turned, worth, yardstick_of
from sim.formatting import unknown_name
from sim.instruments import INSTRUMENTS, Portfolio
from sim.instruments.base import Instrument
from sim.mechanisms.sampling import Drawn
from sim.outcomes import BY_NAME
from sim.parameters import Array
from sim.scenario import Option, Scenario

Rest = Literal["unspent", "pro_rata"]
"""What becomes of the money of instruments left out: it is not spent, or those that stay share it."""
DIGITS = 12  # of a digest
CONTRIBUTES, ALONE, LAST, MIX = "contributes", "alone", "last", "mix"  # measures of a table
STATISTICS = ("mean", "mean_error", "median", "low", "high")
_ROUNDING = 1e-9  # of what the mix adds: less than that is none


@dataclass(frozen=True)
class MixContributions:
    """The instruments of a mix and what they contribute by the yardstick, more is better."""

    scenario: Scenario
    option: str
    yardstick: str
    rest: Rest
    parts: tuple[str, ...]  # names of the instruments
    shares: tuple[float, ...]  # of the money
    values: Array  # [draw, subset], see `sim.decision.shapley.subsets`
    found: Contributions
    seed: int
    draw: Drawn

    @property
    def label(self) -> str:
        """The label of the mix."""
        return self.scenario.option(self.option).label

    @property
    def labels(self) -> list[str]:
        """The labels of the instruments."""
        return [INSTRUMENTS[name].label for name in self.parts]

    @property
    def whole(self) -> Array:
        """What the mix adds to doing nothing, [draw]."""
        return np.asarray(self.values[:, -1] - self.values[:, 0])

    @property
    def each(self) -> Array:
        """What each instrument contributes, [draw, part]."""
        return shapley(self.values)

    @property
    def alone(self) -> Array:
        """What each instrument adds to doing nothing, [draw, part]."""
        return self.values[:, [1 << part for part in range(len(self.parts))]] - self.values[:, [0]]

    @property
    def last(self) -> Array:
        """What each instrument adds to all others, [draw, part]."""
        whole = self.values.shape[1] - 1
        return self.values[:, [whole]] - self.values[:, [whole & ~(1 << part) for part in range(len(self.parts))]]

    @property
    def gap(self) -> Array:
        """What the mix adds less what its instruments add alone, [draw]."""
        return self._clean(self.whole - self.alone.sum(axis=1))

    @property
    def table(self) -> pd.DataFrame:
        """A row an instrument and measure (contributes, alone, last), then the mix: differences of the outcome itself.

        In the scenario's own money where the outcome is money; `low` to `high` holds 80 % of the draws.
        """
        parts = list(zip(self.parts, self.labels, self.shares, strict=True))
        measures = ((CONTRIBUTES, self.each, parts), (ALONE, self.alone, parts), (LAST, self.last, parts))
        mix = (MIX, self.whole[:, None], [(self.option, self.label, sum(self.shares))])
        rows = [
            (*about, measure, *numbers, unit_of(BY_NAME[self.yardstick], self.scenario))
            for measure, values, named in (*measures, mix)
            for about, numbers in zip(named, self._statistics(values), strict=True)
        ]
        return pd.DataFrame(rows, columns=["part", "label", "share", "measure", *STATISTICS, "unit"])

    def _statistics(self, values: Array) -> list[tuple[float, ...]]:
        """Statistics of each column over the draws, as differences of the outcome."""
        over = over_draws(in_own(turned(self._clean(values), self.yardstick), self.yardstick, self.scenario))
        return list(zip(*(map(float, getattr(over, name)) for name in STATISTICS), strict=True))

    def _clean(self, values: Array) -> Array:
        """Values, nothing where they are no more than rounding beside what the mix adds."""
        return np.where(np.abs(values) < _ROUNDING * np.abs(self.whole).max(), 0.0, values)

    @property
    def run(self) -> str:
        """Digest of what decides the numbers."""
        run = run_id(self.scenario, self.seed, len(self.values), queue=False, draw=self.draw)
        return hashlib.sha256(json.dumps([run, self.option, self.yardstick, self.rest]).encode()).hexdigest()[:DIGITS]


def mix_contributions(
    scenario: Scenario,
    option: str | None = None,
    yardstick: str | None = None,
    seed: int = 1,
    draws: int = 256,
    *,
    draw: Drawn = "headline",
    rest: Rest = "unspent",
) -> MixContributions:
    """Shapley values of the instruments of a portfolio: their means sum to the mix less doing nothing.

    Where instruments are left out, each of the others keeps its share of the money and the rest is not spent, so that
    what a subset adds is what its money adds; "pro_rata" spends it on those that stay. Without an option it is the
    first portfolio. Raises KeyError with a sentence for an option that is not there or no portfolio, and for a
    yardstick that has no value where nothing is done.
    """
    outcome = yardstick_of(scenario, yardstick)
    option, mix = portfolio_of(scenario, option)
    parts = [(member.name, share) for member, share in mix.parts()]
    variants = {
        _key(n): _subset(mix, [parts[part] for part in held], rest) for n, held in enumerate(subsets(len(parts)))
    }
    baseline = next(each.key for each in scenario.options if each.instrument.name == "do_nothing")
    whole = len(variants) - 1
    asked = [baseline, *(_key(n) for n in range(1, whole)), option]  # the whole is the option itself
    added = tuple(Option(key, key, variants[key]) for key in asked[1:-1])
    totals = evaluate(
        replace(scenario, options=scenario.options + added),
        draw_worlds(scenario, seed, draws, draw).between(1, 1 + draws),
        np.arange(1, 1 + draws),
        seed=seed,
        options=asked,
        outcomes=(outcome,),
    )
    values = np.stack([worth(totals[key][outcome], outcome) for key in asked], axis=-1)
    if not np.isfinite(values).all():
        raise KeyError(f"{outcome!r} has no value where a part of the mix is left out; choose a sum, such as fe_hours")
    names, shares = zip(*parts, strict=True)
    return MixContributions(scenario, option, outcome, rest, names, shares, values, contributions(values), seed, draw)


def portfolio_of(scenario: Scenario, option: str | None) -> tuple[str, Portfolio]:
    """Key and portfolio of an option, the first there is where none is named; KeyError with a sentence without one."""
    keys = [each.key for each in scenario.options]
    if option is None:
        if Portfolio.name not in scenario.by_instrument:
            raise KeyError(f"{scenario.key} has no portfolio among its options: there is no mix to take apart")
        option = scenario.by_instrument[Portfolio.name].key
    if option not in keys:
        raise KeyError(unknown_name("option", option, keys))
    mix = scenario.option(option).instrument
    if not isinstance(mix, Portfolio):
        raise KeyError(f"{option!r} is no portfolio, but one instrument: {mix.name}")
    return option, mix


def _subset(mix: Portfolio, held: list[tuple[str, float]], rest: Rest) -> Instrument:
    """The mix with some of its instruments alone."""
    total = sum(share for _, share in held) if rest == "pro_rata" else 1.0
    shares: dict[str, Any] = dict.fromkeys(mix.names(), 0.0) | {f"{name}_share": share / total for name, share in held}
    return replace(mix, **shares)


def _key(number: int) -> str:
    """Key of a subset among the options."""
    return f"subset_{number}"
