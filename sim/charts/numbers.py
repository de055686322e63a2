"""The exact numbers of each chart, as tables.

A chart is drawn from its frame and from nothing else, so the table beside a chart,
its alternative text and its bars cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from sim.comparison.centre import is_outside
from sim.comparison.results import Comparison, Result, interval, middle, unit_of
from sim.mechanisms.demand import TIERS
from sim.mechanisms.hardware import performance, speed_on_sale
from sim.outcomes import BY_NAME, Measures, equity
from sim.outcomes.advance import advances
from sim.outcomes.measures import by_year
from sim.parameters import Array
from sim.waits.estimate import Band
from sim.waits.statistics import half_width
from sim.waits.windows import window_months

ALL = "all"  # every generation, every tier
ESTIMATE = "estimate"  # of waits, where the queue was not simulated
FRONTIER = "frontier-equivalents"
COSTS = ("cost_per_h100e_hour", "cost_per_fe_hour")
DELIVERED = ("gpu_hours", "h100e_hours", "fe_hours")
WAITS = ("median", "p95")
CAPACITY = ("option", "label", "month", "year", "series", "value", "unit")
_OF_A_TOTAL = ("value", "low", "high", "central", "outside", "unit")
_MOST_GENERATIONS = 6  # bands that can be distinguished in print
_PART = 1e-6  # of a cohort's accelerators: less than that is a rounding


def labels(comparison: Comparison) -> dict[str, str]:
    """Label of each option by key; where two options share one, the key stands behind it."""
    return distinct({key: result.label for key, result in comparison.results.items()})


def distinct(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels by key, those that come twice with the key behind them.

    >>> distinct({"a": "Rent", "b": "Rent", "c": "Fab"})
    {'a': 'Rent (a)', 'b': 'Rent (b)', 'c': 'Fab'}
    """
    seen = Counter(labels.values())
    return {key: f"{label} ({key})" if seen[label] > 1 else label for key, label in labels.items()}


def machines(comparison: Comparison) -> list[str]:
    """Keys of the options whose central case has a public machine in service."""
    found = ((key, result.central.in_service) for key, result in comparison.results.items())
    return [key for key, serving in found if serving is not None and serving[0].sum() > 0]


def queue_left_out(comparison: Comparison) -> bool:
    """True where a machine has jobs to run and their waits were neither simulated nor estimated."""
    windows = int(comparison.scenario.world.queue.windows)
    unknown = (r for r in comparison.results.values() if r.waits is None and not _estimates(r))
    return any(window_months(r.central, windows) for r in unknown)


def cash_flow(comparison: Comparison) -> pd.DataFrame:
    """A row an option and year: outlay with its range, residual values (negative), appropriation, advance authority.

    A row without a year is the sum over the horizon, as in the tidy table; of the advance it is the most of any year.
    """
    scenario = comparison.scenario
    years = scenario.years
    parts = []
    for key, label in labels(comparison).items():
        result = comparison.results[key]
        central = result.central
        residual = central.cash.get("residual", np.zeros_like(central.context.budget))[:1]
        outlay = _with_total(result.yearly["outlay"]) / scenario.usd_per_currency
        frame = pd.DataFrame({"option": key, "label": label, "year": pd.array([*years, None], dtype="Int64")})
        frame["outlay"] = outlay[0]
        frame["low"], frame["high"] = zip(*(interval(column) for column in outlay.T), strict=True)
        frame["residual"] = _with_total(by_year(residual))[0] / scenario.usd_per_currency
        spends = scenario.option(key).instrument.name != "do_nothing"  # for which no money is appropriated
        granted = central.context.budget[:1] * spends
        frame["appropriated"] = _with_total(by_year(granted))[0] / scenario.usd_per_currency
        ahead = [year.max() for year in np.split(advances(Measures(central))[0], len(years))]
        frame["advance"] = np.array([*ahead, max(ahead)]) / scenario.usd_per_currency
        parts.append(frame.assign(unit=scenario.currency))
    return pd.concat(parts, ignore_index=True)


def _with_total(yearly: Array) -> Array:
    """[draw, year] with the sum over years behind the last one."""
    return np.concatenate([yearly, yearly.sum(axis=-1, keepdims=True)], axis=-1)


def capacity(comparison: Comparison) -> pd.DataFrame:
    """A row a month and series of the first option with a machine: generations, their sum, its frontier worth.

    A cohort counts to the end of its last whole month.
    """
    keys = machines(comparison)
    return capacity_of(comparison, keys[0]) if keys else pd.DataFrame(columns=list(CAPACITY))


def capacity_of(comparison: Comparison, key: str) -> pd.DataFrame:
    """The same of one option that has a machine."""
    central = comparison.results[key].central
    assert central.in_service is not None and central.vintage_years is not None
    serving, vintage = central.in_service[0], central.vintage_years[0]
    hardware = central.context.world.at(0).hardware
    speed = speed_on_sale(performance(vintage, hardware.doubling_years), hardware)
    power = _to_the_end_of_service(serving) * speed[:, None]
    used = power.sum(axis=-1) > 0
    designed = np.floor(comparison.scenario.start.years + vintage + 1e-9).astype(np.int64)
    bands = _generations(designed[used])
    series = [(name, power[used & np.isin(designed, years)].sum(axis=0)) for name, years in bands]
    total = power.sum(axis=0)
    series += [(ALL, total), (FRONTIER, total / central.context.grid.frontier[0])]
    month = np.arange(total.size)
    allocation = {"option": key, "label": labels(comparison)[key], "month": month}
    allocation["year"] = [comparison.scenario.start.later(m).year for m in range(total.size)]
    units = {FRONTIER: "FE"}
    frames = [pd.DataFrame({**allocation, "series": n, "value": v, "unit": units.get(n, "H100e")}) for n, v in series]
    return pd.concat(frames, ignore_index=True)[list(CAPACITY)]


def _to_the_end_of_service(serving: Array) -> Array:
    """Accelerators in service without the part of a month in which a cohort leaves, [cohort, month]."""
    whole = serving.copy()
    for cohort in whole:
        served = np.flatnonzero(cohort > 0)
        if served.size > 1 and cohort[served[-1]] < (1 - _PART) * cohort[served[-1] - 1]:
            cohort[served[-1]] = 0.0
    return whole


def _generations(years: Array | Iterable[int]) -> list[tuple[str, list[int]]]:
    """Names of the bands of a stack and the design years in each: single years where they are few."""
    designed = sorted({int(year) for year in years})
    for width in (1, 2, 3, 5, 10, 1000):
        bands: dict[int, list[int]] = {}
        for year in designed:
            bands.setdefault((year - designed[0]) // width, []).append(year)
        if len(bands) <= _MOST_GENERATIONS:
            break
    return [(str(b[0]) if b[0] == b[-1] else f"{b[0]}–{b[-1]}", b) for b in bands.values()]


def cost_per_hour(comparison: Comparison) -> pd.DataFrame:
    """A row an option and unit: public cost of a useful hour in own money, see `_totals`; NaN without hours.

    `known`: draws in which there are hours to divide the cost by; without draws whether the central case has some.
    """
    frame = _totals(comparison, {name: name for name in COSTS}, "outcome")
    counts = []
    for row in frame.itertuples():
        totals = comparison.own_totals(str(row.option), str(row.outcome))
        counts.append(int(np.isfinite(totals[1:] if comparison.draws else totals).sum()))
    return frame.assign(known=counts)


def delivered(comparison: Comparison) -> pd.DataFrame:
    """A row an option and unit: hours delivered over the horizon, see `_totals`."""
    return _totals(comparison, {name: name for name in DELIVERED}, "outcome")


def need_met(comparison: Comparison) -> pd.DataFrame:
    """A row an option and tier: share of the hours needed that are used, see `_totals`."""
    return _totals(comparison, {tier: f"need_met_{tier}" for tier in TIERS}, "tier")


def _totals(comparison: Comparison, outcomes: dict[str, str], column: str) -> pd.DataFrame:
    """Totals over the horizon in long form, the name of each outcome under `column`.

    The value is the median of the draws, low to high their range; `outside`: whether the central case lies outside it.
    """
    units = {name: unit_of(BY_NAME[outcome], comparison.scenario) for name, outcome in outcomes.items()}
    rows = [
        (key, label, name, middle(totals), *interval(totals), totals[0], is_outside(totals), units[name])
        for key, label in labels(comparison).items()
        for name, outcome in outcomes.items()
        for totals in [comparison.own_totals(key, outcome)]
    ]
    return pd.DataFrame(rows, columns=["option", "label", column, *_OF_A_TOTAL])


def waits(comparison: Comparison) -> pd.DataFrame:
    """A row an option, statistic and tier: mean over windows and its 95 % interval; NaN without a queue.

    Where the queue was not simulated, but waits are estimated, a row for all jobs: the estimate and its band.
    """
    rows = []
    for key, label in labels(comparison).items():
        result = comparison.results[key]
        for statistic in WAITS:
            if bands := _estimates(result):
                rows.append((key, label, statistic, ALL, *bands[statistic], "hour", ESTIMATE))
                continue
            for tier, values in _windows(result, statistic):
                seen = values[np.isfinite(values)]
                mean = float(seen.mean()) if seen.size else np.nan
                width = half_width(seen)
                note = "" if result.waits is not None else "no queue"
                rows.append((key, label, statistic, tier, mean, max(mean - width, 0.0), mean + width, "hour", note))
    columns = ["option", "label", "statistic", "tier", "value", "low", "high", "unit", "note"]
    return pd.DataFrame(rows, columns=columns)


def _estimates(result: Result) -> dict[str, Band]:
    """Estimates of the waits of an option by statistic, where there are no others; none where they are unknown."""
    return result.estimate.bands if result.waits is None and result.estimate is not None else {}


def _windows(result: Result, statistic: str) -> list[tuple[str, Array]]:
    """A statistic window by window, for all jobs and by tier."""
    if result.waits is None:
        return [(ALL, np.array([]))]
    tiers = getattr(result.waits, f"tier_{statistic}")
    return [(ALL, getattr(result.waits, statistic)), *((tier, tiers[:, n]) for n, tier in enumerate(TIERS))]


def lorenz(comparison: Comparison) -> pd.DataFrame:
    """A row an option and point of its Lorenz curve in the central case, with the Gini coefficient and its range."""
    parts = []
    for key, label in labels(comparison).items():
        result = comparison.results[key]
        groups, hours = equity.curve(Measures(result.central))
        gini = result.totals["gini"]
        low, high = interval(gini)
        frame = pd.DataFrame({"option": key, "label": label, "groups_share": groups[0], "hours_share": hours[0]})
        parts.append(frame.assign(gini=gini[0], low=low, high=high, unit="fraction"))
    return pd.concat(parts, ignore_index=True)


def years_of_lorenz(comparison: Comparison) -> tuple[int, int]:
    """First and last year of the horizon whose hours are compared, counted from 1."""
    years = equity.years_compared(comparison.baseline.central.context)
    return years.start + 1, years.stop
