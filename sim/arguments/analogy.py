"""Does the analogy hold: which single assumption of 'age like a press' makes owning beat renting?

The shipped scenario `press_world` changes five things about accelerators at once. Here each is
put in alone, and left out alone, on top of any other scenario, and what is watched is how many
frontier-equivalent hours a public cluster yields more than cloud credits of the same money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.comparison.run import DEFAULT_SEED, compare
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.do_nothing import DoNothing
from sim.instruments.public_cluster import PublicCluster
from sim.parameters import Array
from sim.scenario import Option, Scenario, load

PRESET = "press_world"
INTERVAL = (10.0, 90.0)  # percentiles


@dataclass(frozen=True)
class Assumption:
    """One thing that the preset says of accelerators."""

    key: str
    path: str  # of the parameter; a lever of the cluster where it has no group
    claim: str
    sources: str


ASSUMPTIONS = (
    Assumption(
        "frontier", "hardware.doubling_years", "new machines are hardly better than old ones", "programmes:P308"
    ),
    Assumption("rent", "cloud.decline_per_year", "rents hardly fall", "assumption: rents follow the machines"),
    Assumption("service", "retirement", "machines serve to the horizon and beyond", "programmes:P306"),
    Assumption("resale", "hardware.resale_decay_per_year", "machines keep most of their value", "programmes:P311"),
    Assumption(
        "jobs", "hardware.age_gate_per_year", "an old machine does every job that a new one does", "programmes:P306"
    ),
)


@dataclass(frozen=True)
class Margin:
    """Public FE-hours of the cluster less those of the credits."""

    central: float  # in the central case
    low: float  # 10 and 90 % of the draws; NaN without draws
    high: float

    @staticmethod
    def of(values: Array) -> Margin:
        """From one value a draw, [draw], the first of which is the central case."""
        low, high = np.percentile(values[1:], INTERVAL) if len(values) > 1 else (np.nan, np.nan)
        return Margin(float(values[0]), float(low), float(high))


@dataclass(frozen=True)
class Row:
    """One assumption: the margin, and its change over common draws, when it is put in and when it is left out."""

    assumption: Assumption
    value: float | str  # that the preset gives it
    usual: float | str  # that the scenario gives it
    alone: Margin  # with this assumption only
    put_in: Margin  # change of the margin from the scenario itself, signed
    without: Margin  # with all the others
    left_out: Margin  # change of the margin from the whole preset, signed


@dataclass(frozen=True)
class Analogy:
    """The margin of the scenario itself, of the whole preset, and what each assumption does to it."""

    scenario: Margin
    preset: Margin
    rows: tuple[Row, ...]

    @property
    def carrier(self) -> Row | None:
        """The assumption without which the preset loses most; None where leaving any out costs nothing."""
        worst = min(self.rows, key=lambda row: row.left_out.central)
        return worst if worst.left_out.central < 0 else None

    @property
    def enough_alone(self) -> tuple[Row, ...]:
        """Assumptions each of which alone makes the cluster beat the credits, where it does not already."""
        if self.scenario.central > 0:
            return ()
        return tuple(row for row in self.rows if row.alone.central > 0)

    @property
    def needed(self) -> tuple[Row, ...]:
        """Assumptions without which the credits win even in a world of presses."""
        if self.preset.central <= 0:
            return ()
        return tuple(row for row in self.rows if row.without.central <= 0)


def analogy(
    scenario: str | Path = "nairr_us",
    settings: Mapping[str, Any] | None = None,
    *,
    draws: int = 0,
    seed: int = DEFAULT_SEED,
    progress: Callable[[int, int, str], None] = lambda done, of, what: None,
) -> Analogy:
    """Twelve comparisons of a cluster with credits in common draws.

    `scenario` and `settings` are those of `load`; LookupError where it has no cluster or no credits.
    """
    given = dict(settings or {})
    base = load(scenario, given)
    cluster = _only(base, PublicCluster)
    preset = {item.key: _value(item, load(PRESET)) for item in ASSUMPTIONS}
    paths = {item.key: item.path if "." in item.path else f"{cluster.key}.{item.path}" for item in ASSUMPTIONS}
    every = tuple(preset)
    runs = [(), every, *((key,) for key in every), *(tuple(k for k in every if k != key) for key in every)]
    found: dict[tuple[str, ...], Array] = {}
    for number, keys in enumerate(runs, 1):
        changed = load(scenario, given | {paths[key]: preset[key] for key in keys})
        found[keys] = margin(changed, draws=draws, seed=seed)
        progress(number, len(runs), ", ".join(keys) or "as it is")
    rows = (_row(item, preset[item.key], _value(item, base), every, found) for item in ASSUMPTIONS)
    return Analogy(Margin.of(found[()]), Margin.of(found[every]), tuple(rows))


def margin(scenario: Scenario, *, draws: int = 0, seed: int = DEFAULT_SEED) -> Array:
    """Public FE-hours of the cluster less those of the credits, [draw]; LookupError where one of them is missing."""
    cluster, vouchers = _only(scenario, PublicCluster), _only(scenario, CloudCredits)
    nothing = [option for option in scenario.options if isinstance(option.instrument, DoNothing)]
    few = replace(scenario, options=(*nothing, cluster, vouchers))
    results = compare(few, seed=seed, draws=draws, queue=False).results
    return np.asarray(results[cluster.key].totals["fe_hours"] - results[vouchers.key].totals["fe_hours"])


def _row(
    item: Assumption, value: float | str, usual: float | str, every: Iterable[str], found: dict[tuple[str, ...], Array]
) -> Row:
    """What one assumption does, from the margins by the assumptions that were made."""
    alone, without = found[(item.key,)], found[tuple(key for key in every if key != item.key)]
    return Row(
        assumption=item,
        value=value,
        usual=usual,
        alone=Margin.of(alone),
        put_in=Margin.of(alone - found[()]),
        without=Margin.of(without),
        left_out=Margin.of(without - found[tuple(every)]),
    )


def _only(scenario: Scenario, kind: type) -> Option:
    """The first option of this instrument."""
    for option in scenario.options:
        if isinstance(option.instrument, kind):
            return option
    raise LookupError(f"{scenario.key} has no option of the instrument {getattr(kind, 'name', kind.__name__)}")


def _value(item: Assumption, scenario: Scenario) -> float | str:
    """What a scenario says of it."""
    group, _, name = item.path.rpartition(".")
    owner: Any = getattr(scenario.world, group) if group else _only(scenario, PublicCluster).instrument
    value: float | str = getattr(owner, name)
    return value
