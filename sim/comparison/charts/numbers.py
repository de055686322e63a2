"""What the charts show: the exact numbers of each, and its main reading in one sentence.

Nothing here draws. A chart is drawn from its frame and from nothing else, so the table
beside a chart, its alternative text and its bars cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from sim.comparison.outcomes import BY_NAME, by_year
from sim.comparison.run import Comparison, Result
from sim.comparison.table import interval
from sim.comparison.waits import half_width, window_months
from sim.mechanisms.demand import TIER_LABELS, TIERS
from sim.mechanisms.hardware import performance
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR, short, words

ALL = "all"  # every generation, every tier
FRONTIER = "frontier-equivalents"
DELIVERED = ("gpu_hours", "h100e_hours", "fe_hours")
WAITS = ("median", "p95")
_MOST_GENERATIONS = 6  # bands that can be told apart in print
_SHORTEST_EXPONENT = 1e15  # beyond it `short` runs out of letters


def number(value: float) -> str:
    """A number as charts write it.

    >>> number(2.6e9), number(3e20)
    ('2.60bn', '3e+20')
    """
    return short(value) if not abs(value) >= _SHORTEST_EXPONENT else f"{value:.3g}"


def percent(share: float) -> str:
    """A share as charts write it."""
    return f"{100 * share:.1f} %" if np.isfinite(share) else "n/a"


def labels(comparison: Comparison) -> dict[str, str]:
    """Label of each option by key; where two options share one, the key stands behind it."""
    seen = Counter(result.label for result in comparison.results.values())
    return {
        key: f"{result.label} ({key})" if seen[result.label] > 1 else result.label
        for key, result in comparison.results.items()
    }


def machines(comparison: Comparison) -> list[str]:
    """Keys of the options whose central case has a public machine in service."""
    found = ((key, result.central.in_service) for key, result in comparison.results.items())
    return [key for key, serving in found if serving is not None and serving[0].sum() > 0]


def queue_left_out(comparison: Comparison) -> bool:
    """True where a machine has jobs to run and their waits were not simulated."""
    windows = int(comparison.scenario.world.queue.windows)
    return any(r.waits is None and window_months(r.central, windows) for r in comparison.results.values())


# --- numbers ---


def cash_flow(comparison: Comparison) -> pd.DataFrame:
    """A row an option and year: outlay with its range, residual values (negative), appropriation.

    A row without a year is the sum over the horizon, as in the tidy table.
    """
    scenario = comparison.scenario
    years = [scenario.start_year + n for n in range(scenario.horizon_years)]
    parts = []
    for key, label in labels(comparison).items():
        result = comparison.results[key]
        central = result.central
        residual = central.cash.get("residual", np.zeros_like(central.scene.budget))[:1]
        outlay = _with_total(result.yearly["outlay"]) / scenario.usd_per_currency
        frame = pd.DataFrame({"option": key, "label": label, "year": pd.array([*years, None], dtype="Int64")})
        frame["outlay"] = outlay[0]
        frame["low"], frame["high"] = zip(*(interval(column) for column in outlay.T), strict=True)
        frame["residual"] = _with_total(by_year(residual))[0] / scenario.usd_per_currency
        frame["appropriated"] = _with_total(by_year(central.scene.budget[:1]))[0] / scenario.usd_per_currency
        parts.append(frame.assign(unit=scenario.currency))
    return pd.concat(parts, ignore_index=True)


def _with_total(yearly: Array) -> Array:
    """[draw, year] with the sum over years behind the last one."""
    return np.concatenate([yearly, yearly.sum(axis=-1, keepdims=True)], axis=-1)


def capacity(comparison: Comparison) -> pd.DataFrame:
    """A row a month and series of the first option with a machine: generations, their sum, its frontier worth."""
    columns = ["option", "label", "month", "year", "series", "value", "unit"]
    keys = machines(comparison)
    if not keys:
        return pd.DataFrame(columns=columns)
    central = comparison.results[keys[0]].central
    assert central.in_service is not None and central.vintage_years is not None
    serving, vintage = central.in_service[0], central.vintage_years[0]
    power = serving * performance(vintage, central.scene.world.at(0).hardware.doubling_years)[:, None]
    used = serving.sum(axis=-1) > 0
    born = np.floor(comparison.scenario.start_year + vintage + 1e-9).astype(np.int64)
    series = [(name, power[used & np.isin(born, years)].sum(axis=0)) for name, years in _generations(born[used])]
    total = power.sum(axis=0)
    series += [(ALL, total), (FRONTIER, total / central.scene.grid.frontier[0])]
    month = np.arange(total.size)
    shared = {"option": keys[0], "label": labels(comparison)[keys[0]], "month": month}
    shared["year"] = comparison.scenario.start_year + month // MONTHS_PER_YEAR
    units = {FRONTIER: "FE"}
    frames = [pd.DataFrame({**shared, "series": n, "value": v, "unit": units.get(n, "H100e")}) for n, v in series]
    return pd.concat(frames, ignore_index=True)[columns]


def _generations(years: Array | Iterable[int]) -> list[tuple[str, list[int]]]:
    """Names of the bands of a stack and the design years in each: single years where they are few."""
    born = sorted({int(year) for year in years})
    for width in (1, 2, 3, 5, 10, 1000):
        bands: dict[int, list[int]] = {}
        for year in born:
            bands.setdefault((year - born[0]) // width, []).append(year)
        if len(bands) <= _MOST_GENERATIONS:
            break
    return [(str(b[0]) if b[0] == b[-1] else f"{b[0]}–{b[-1]}", b) for b in bands.values()]


def delivered(comparison: Comparison) -> pd.DataFrame:
    """A row an option and unit: hours delivered over the horizon, with their range."""
    return _totals(comparison, {name: name for name in DELIVERED}, "outcome")


def need_met(comparison: Comparison) -> pd.DataFrame:
    """A row an option and tier: share of the hours needed that are used, with its range."""
    return _totals(comparison, {tier: f"need_met_{tier}" for tier in TIERS}, "tier")


def _totals(comparison: Comparison, outcomes: dict[str, str], column: str) -> pd.DataFrame:
    """Totals over the horizon in long form, the name of each outcome under `column`."""
    rows = [
        (key, label, name, totals[0], *interval(totals), BY_NAME[outcome].unit)
        for key, label in labels(comparison).items()
        for name, outcome in outcomes.items()
        for totals in [comparison.results[key].totals[outcome]]
    ]
    return pd.DataFrame(rows, columns=["option", "label", column, "value", "low", "high", "unit"])


def waits(comparison: Comparison) -> pd.DataFrame:
    """A row an option, statistic and tier: mean over windows and its 95 % interval; NaN without a queue."""
    rows = []
    for key, label in labels(comparison).items():
        for statistic in WAITS:
            for tier, values in _windows(comparison.results[key], statistic):
                seen = values[np.isfinite(values)]
                mean = float(seen.mean()) if seen.size else np.nan
                width = half_width(seen)
                note = "" if comparison.results[key].waits is not None else "no queue"
                rows.append((key, label, statistic, tier, mean, max(mean - width, 0.0), mean + width, "hour", note))
    frame = pd.DataFrame(
        rows, columns=["option", "label", "statistic", "tier", "value", "low", "high", "unit", "note"]
    )
    # max() lets a missing width through as zero
    return frame.assign(low=frame.low.where(frame.high.notna()))


def _windows(result: Result, statistic: str) -> list[tuple[str, Array]]:
    """A statistic window by window, for all jobs and by tier."""
    if result.waits is None:
        return [(ALL, np.array([]))]
    tiers = getattr(result.waits, f"tier_{statistic}")
    return [(ALL, getattr(result.waits, statistic)), *((tier, tiers[:, n]) for n, tier in enumerate(TIERS))]


# --- readings ---


def read_cash_flow(frame: pd.DataFrame) -> str:
    """The heaviest year of all, and the option with the lightest heaviest year."""
    years = frame[frame.year.notna()]
    peaks = years.loc[years.groupby("option", sort=False).outlay.idxmax()]
    peaks = peaks[peaks.outlay > 0].sort_values("outlay", ascending=False, kind="stable")
    if peaks.empty:
        return "no option spends public money in any year"
    said = [f"{number(row.outlay)} {row.unit} under {row.label} in {row.year}" for row in peaks.itertuples()]
    reading = f"the largest outlay in a year is {said[0]}"
    return reading if len(said) == 1 else f"{reading}; the lowest of these peaks is {said[-1]}"


def read_capacity(frame: pd.DataFrame) -> str:
    """Peak and last month of service, each in both measures."""
    if frame.empty:
        return "no option has a public machine in service within the horizon"
    total, worth = (frame[frame.series == name].set_index("month") for name in (ALL, FRONTIER))
    serving = total.index[total.value > 0]
    peak, last = total.value.idxmax(), serving[-1]
    said = [f"{number(total.value[m])} H100e, worth {number(worth.value[m])} FE, in {total.year[m]}" for m in (peak, last)]
    reading = f"the machine under {frame.label.iloc[0]} peaks at {said[0]}"
    return reading if peak == last else f"{reading}; in its last month of service it is {said[1]}"


def read_delivered(frame: pd.DataFrame) -> str:
    """The option that delivers most, in each unit."""
    said = []
    for name in DELIVERED:
        rows = frame[(frame.outcome == name) & (frame.value > 0)]
        if not rows.empty:
            best = rows.loc[rows.value.idxmax()]
            said.append(f"most {words(best.unit)}s under {best.label} ({number(best.value)})")
    return "; ".join(said) if said else "no option delivers public compute"


def read_waits(frame: pd.DataFrame) -> str:
    """The longest wait, and the shortest where several options have a queue."""
    everybody = frame[(frame.tier == ALL) & frame.value.notna()]
    if everybody.empty:
        return "no waits to show"
    wide = everybody.pivot(index="option", columns="statistic", values="value")
    wide = wide.loc[list(dict.fromkeys(everybody.option))].sort_values("p95", ascending=False, kind="stable")
    name = dict(zip(everybody.option, everybody.label, strict=True))
    said = [
        f"{number(row.p95)} hours under {name[key]} (median {number(row.median)})"
        for key, row in zip(wide.index, wide.itertuples(), strict=True)
    ]
    reading = f"the 95th percentile of the wait is {said[0]}"
    return reading if len(said) == 1 else f"{reading}, and lowest at {said[-1]}"


def read_need_met(frame: pd.DataFrame, baseline: str) -> str:
    """The tier served best and the tier that needs most, each with the option that does most for it."""
    level = frame[frame.option == baseline].set_index("tier").value
    best = frame.loc[frame.groupby("tier", sort=False).value.idxmax()].set_index("tier")

    def said(tier: str) -> str:
        row = best.loc[tier]
        return (
            f"{percent(row.value)} for {TIER_LABELS[tier].lower()} under {row.label} "
            f"({percent(level[tier])} with doing nothing)"
        )

    top, low = str(best.value.idxmax()), str(level.idxmin())
    reading = f"need met is highest at {said(top)}"
    return reading if top == low else f"{reading}; where least is met without a policy it reaches {said(low)}"


FRAMES: dict[str, Callable[[Comparison], pd.DataFrame]] = {
    "cash_flow": cash_flow,
    "capacity": capacity,
    "delivered": delivered,
    "waits": waits,
    "need_met": need_met,
}


def reading(comparison: Comparison, name: str) -> str:
    """The main reading of a chart as part of a sentence, from the chart's own numbers."""
    frame = FRAMES[name](comparison)
    if name == "need_met":
        return read_need_met(frame, comparison.baseline.key)
    if name == "waits" and queue_left_out(comparison):
        return "the queue was not simulated in this run"
    readings: dict[str, Callable[[pd.DataFrame], str]] = {
        "cash_flow": read_cash_flow,
        "capacity": read_capacity,
        "delivered": read_delivered,
        "waits": read_waits,
    }
    return readings[name](frame)
