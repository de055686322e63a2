"""Words around every chart: what it is about, its main reading in a sentence, how to read it, where it comes from.

Readings are computed from the very numbers that a chart shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.charts import numbers
from sim.charts.numbers import ALL, DELIVERED, FRONTIER, queue_left_out
from sim.charts.sheet import Entry, Sheet, Words, printable
from sim.comparison.answer import measure_words
from sim.comparison.immediacy import immediacy_of
from sim.comparison.immediacy_table import verdict
from sim.comparison.results import Comparison
from sim.comparison.table import SIZED
from sim.formatting import format_count, format_percent, format_typeset, lower_first, unit_text, upper_first
from sim.labels import gloss
from sim.mechanisms.demand import TIER_LABELS
from sim.mechanisms.world import World
from sim.scenario import Scenario
from sim.scenario.appraisal import appraisal_words
from sim.scenario.changes import changes_note
from sim.version import __version__

LETTERS = "k = thousand, m = million, bn = thousand million, tn = million million."
NO_RANGES = "Bars and numbers: central case; no draws were made, so there are no ranges."
NO_MACHINE = "no option has a public machine in service within the horizon"
NO_QUEUE = "no option has a public machine in service, so no job waits in a queue"
NOT_SIMULATED = "the queue was not simulated in this run, so no waits are known"


@dataclass(frozen=True)
class Subject:
    """What a chart is about."""

    title: str
    numbers: Callable[[Comparison], pd.DataFrame]  # what is drawn, and nothing else is
    reading: Callable[[pd.DataFrame, Comparison], str]  # the main reading of these numbers, as part of a sentence
    rests_on: tuple[str, ...]  # groups of world parameters
    reading_first: bool = False  # the reading stands above, and what the chart is about below it
    answer_first: bool = False  # the answer to the scenario's question stands above, where there is one


def reading(comparison: Comparison, name: str) -> str:
    """The main reading of a chart as part of a sentence."""
    subject = SUBJECTS[name]
    return subject.reading(subject.numbers(comparison), comparison)


def _cash_flow(frame: pd.DataFrame, _: Comparison) -> str:
    """The heaviest year of all, and the option with the lightest heaviest year."""
    years = frame[frame.year.notna()]
    peaks = years.loc[years.groupby("option", sort=False).outlay.idxmax()]
    peaks = peaks[peaks.outlay > 0].sort_values("outlay", ascending=False, kind="stable")
    if peaks.empty:
        return "no option spends public money in any year"
    outlays = [f"{format_typeset(row.outlay)} {row.unit} under {row.label} in {row.year}" for row in _rows(peaks)]
    first = f"the largest outlay in a year is {outlays[0]}"
    return first if len(outlays) == 1 else f"{first}; the lowest peak of those that spend is {outlays[-1]}"


def _capacity(frame: pd.DataFrame, _: Comparison) -> str:
    """Peak and last whole month of service, each in both measures."""
    if frame.empty:
        return NO_MACHINE
    total, worth = (frame[frame.series == name] for name in (ALL, FRONTIER))
    peak, last = int(total.value.argmax()), int(np.flatnonzero(total.value > 0)[-1])
    states = [
        f"{format_typeset(h100e)} H100e in {year:.0f}, then worth {format_typeset(fe)} frontier-equivalents"
        for h100e, year, fe in [(*total[["value", "year"]].iloc[at], worth.value.iloc[at]) for at in (peak, last)]
    ]
    first = f"the machine under {frame.label.iloc[0]} reaches {states[0]}"
    end = "the last month of the horizon" if last == len(total) - 1 else "its last whole month of service"
    return first if peak == last else f"{first}; in {end} it has {states[1]}"


def _delivered(frame: pd.DataFrame, _: Comparison) -> str:
    """The option that delivers most, in each unit."""
    most = []
    for name in DELIVERED:
        rows = frame[(frame.outcome == name) & (frame.value > 0)]
        if not rows.empty:
            best = rows.iloc[int(rows.value.argmax())]
            most.append(f"most {unit_text(str(best.unit))}s come under {best.label} ({format_typeset(best.value)})")
    return "; ".join(most) if most else "no option delivers public compute"


def _waits(frame: pd.DataFrame, comparison: Comparison) -> str:
    """The longest wait, and the shortest where several options have a queue."""
    if queue_left_out(comparison):
        return NOT_SIMULATED
    everybody = frame[(frame.tier == ALL) & frame.value.notna()]
    if everybody.empty:
        return NO_QUEUE
    medians = everybody[everybody.statistic == "median"].set_index("option").value
    tails = everybody[everybody.statistic == "p95"].sort_values("value", ascending=False, kind="stable")
    if len(tails) > 1 and tails.value.nunique() == 1:
        return f"95 % of jobs start {_after(tails.value.iloc[0])} under every option with a queue"
    starts = [f"{_after(row.value)} under {row.label} (half {_after(medians[row.option])})" for row in _rows(tails)]
    first = f"95 % of jobs start {starts[0]}"
    return first if len(starts) == 1 else f"{first}, and {starts[-1]}"


def _after(hours: float) -> str:
    """How long jobs wait at most."""
    return "at once" if hours == 0 else f"within {format_typeset(hours)} hours"


def _price_of_immediacy(_: pd.DataFrame, comparison: Comparison) -> str:
    """What waiting must be worth for credits to win, at the scenario's own target and discipline."""
    return verdict(immediacy_of(comparison), comparison.scenario)


def _need_met(frame: pd.DataFrame, comparison: Comparison) -> str:
    """The tier served best and the tier served least, each with the option that does most for it."""
    known = frame[frame.value.notna()]
    level = {row.tier: float(row.value) for row in _rows(known[known.option == comparison.baseline.key])}
    if not level:
        return "no group needs compute"
    best: dict[str, Any] = {}
    for row in _rows(known):
        if row.tier not in best or row.value > best[row.tier].value:
            best[row.tier] = row

    def met_in(tier: str) -> str:
        row = best[tier]
        met = f"{format_percent(row.value)} for {lower_first(TIER_LABELS[tier])}"
        if not row.value > level[tier]:
            return f"{met}, as with doing nothing"
        return f"{met} under {row.label} ({format_percent(level[tier])} with doing nothing)"

    top, low = max(level, key=lambda tier: best[tier].value), min(level, key=level.__getitem__)
    first = f"need met is highest at {met_in(top)}"
    return first if top == low else f"{first}; where doing nothing meets least, it reaches {met_in(low)}"


def _lorenz(frame: pd.DataFrame, comparison: Comparison) -> str:
    """The Gini coefficient with doing nothing, and the lowest and highest of the options that change it."""
    baseline = comparison.baseline.key
    known = frame[frame.gini.notna()].drop_duplicates("option")
    level = known[known.option == baseline].gini
    if level.empty or frame.hours_share.max() == 0:
        return "no group has any hours"
    first = f"the Gini coefficient is {format_typeset(level.iloc[0])} with doing nothing"
    others = known[known.option != baseline]
    changed = others[(others.gini - level.iloc[0]).abs() > 1e-9].sort_values("gini", kind="stable")
    if changed.empty:
        return f"{first} and under every other option" if len(others) else first
    low, high = _rows(changed.iloc[[0, -1]])
    lowest = f"{first}; it is {format_typeset(low.gini)} under {low.label}"
    highest = f", and at most {format_typeset(high.gini)} under {high.label}"
    return lowest if low.option == high.option else lowest + highest


def _rows(frame: pd.DataFrame) -> list[Any]:
    """Rows with a name for each column."""
    return list(frame.itertuples())


_SUPPLY = ("hardware", "procurement", "operations", "reliability", "cloud", "grants")
SUBJECTS: dict[str, Subject] = {
    "cash_flow": Subject(
        "Public outlay by year and option", numbers.cash_flow, _cash_flow,
        ("hardware", "procurement", "operations", "cloud", "grants", "fab"),
    ),
    "capacity": Subject(
        "Capacity of the public cluster by generation of accelerators", numbers.capacity, _capacity,
        ("hardware", "procurement", "operations"),
    ),
    "delivered": Subject(
        "Public compute delivered over the horizon, in three units", numbers.delivered, _delivered, _SUPPLY,
        answer_first=True,
    ),
    "waits": Subject(
        "Waits of jobs in the queue of the public machine", numbers.waits, _waits,
        ("hardware", "procurement", "operations", "reliability", "demand", "access", "workload"),
    ),
    "price_of_immediacy": Subject(
        "Cost of a useful hour against the wait for it, where 60 to 97 % of the machine is wanted busy",
        numbers.price_of_immediacy, _price_of_immediacy, (*_SUPPLY, "demand", "access", "workload"), reading_first=True,
    ),
    "need_met": Subject(
        "Share of the hours needed that groups can use, by tier and option", numbers.need_met, _need_met,
        (*_SUPPLY, "demand", "access"),
    ),
    "lorenz": Subject(
        "How equally hours are spread over research groups, by option", numbers.lorenz, _lorenz,
        (*_SUPPLY, "demand", "access", "equity"),
    ),
}  # fmt: skip


def caption(
    comparison: Comparison, name: str, central: str, notes: Sequence[str] = (), key: Sequence[Entry] = ()
) -> Words:
    """The text around one chart; `central` states what is central and what is range."""
    title, result = SUBJECTS[name].title, f"{upper_first(reading(comparison, name))}."
    if SUBJECTS[name].reading_first:
        title, result = result, f"{title}."
    if headline := _headline(comparison, name):
        title, result = headline, f"Measured by {measure_words(comparison.answer.yardstick)}. {title}. {result}"
    origin, units = source(comparison, name), [unit_text(str(unit)) for unit in SUBJECTS[name].numbers(comparison).unit]
    shown = [title, result, origin, *notes, *dict.fromkeys(units), *(entry.text for entry in key)]
    return Words(
        title=title,
        reading=result,
        subtitle=f"{central} {setting(comparison)}",
        notes=[*notes, *gloss(shown)],
        source=origin,
        key=key,
    )


def blank(comparison: Comparison, name: str) -> Figure:
    """A sheet without a chart, whose reading states why there is nothing to see."""
    return Sheet(caption(comparison, name, "Central case."), 0.0).figure


def alt(comparison: Comparison, name: str) -> str:
    """Alternative text: one sentence, the kind of chart and its main reading."""
    headline = _headline(comparison, name)
    return printable(f"{SUBJECTS[name].title}: {headline + '; ' if headline else ''}{reading(comparison, name)}.")


def _headline(comparison: Comparison, name: str) -> str:
    """The answer above a chart; empty where it is not about the question."""
    return comparison.answer.headline if SUBJECTS[name].answer_first else ""


def setting(comparison: Comparison) -> str:
    """The sentence on budget, sizing rule, horizon and money of a comparison."""
    return setting_of(comparison.scenario)


def setting_of(scenario: Scenario) -> str:
    """The sentence on budget, sizing rule, horizon and money."""
    first, last = scenario.start, scenario.start.later(scenario.months - 1)
    years = f"{first.words} to {last.words} ({format_count(scenario.horizon_years, 'year')})"
    sentence = (
        f"Horizon {years}; budget {format_typeset(scenario.budget.total)} {scenario.currency}; "
        f"{SIZED[scenario.world.money.normalisation]}; money in {scenario.currency} of {scenario.price_year}, real."
    )
    return " ".join([sentence, *changes_note(scenario)])


def spread(comparison: Comparison) -> str:
    """The sentence on what bars of totals show: medians, ranges, and marks of central cases outside them."""
    if not comparison.draws:
        return NO_RANGES
    outside = "hollow mark: the central case, where it lies outside them"
    return f"Bars and numbers: median of {_draws(comparison)}; whiskers: their 10th to 90th percentile; {outside}."


def central_spread(comparison: Comparison) -> str:
    """The sentence on what bars of a timeline show: the central case, in which the years belong together."""
    if not comparison.draws:
        return NO_RANGES
    return f"Bars and numbers: central case; whiskers: 10th to 90th percentile of {_draws(comparison)}."


def _draws(comparison: Comparison) -> str:
    """How many draws there are."""
    return f"{format_count(comparison.draws, 'draw')} of the world"


def source(comparison: Comparison, name: str) -> str:
    """The line on where a chart comes from, and how much of what it rests on is assumed."""
    title = comparison.scenario.title
    return (
        f"Source: Heavy Press {__version__}, run {comparison.run_id}, seed {comparison.seed}. "
        f"Scenario: {title if title.endswith(('.', '?', '!')) else title + '.'} "
        f"Discounting: {appraised_by(comparison)}. {assumed(comparison, name)}"
    )


def appraised_by(comparison: Comparison) -> str:
    """The appraisal profile by its title and status, or the scenario's own rates."""
    if by := comparison.profile:
        return f"{by.title}, {by.status}"
    return appraisal_words(comparison.scenario.world.money, comparison.scenario.horizon_years)


def assumed(comparison: Comparison, name: str) -> str:
    """Share of the inputs behind a chart that are assumed (grade D) and not set by the scenario."""
    return assumed_in(comparison.scenario, SUBJECTS[name].rests_on)


def assumed_in(scenario: Scenario, groups: Sequence[str]) -> str:
    """Share of the inputs in groups of world parameters that are assumed and not set by the scenario."""
    known, kinds = scenario.own, World.kinds()
    counts, every, own, moved = [], 0, 0, 0
    for group in groups:
        grades = [(f"{group}.{n}", spec.grade) for n, _, spec in kinds[group].described() if spec.kind == "number"]
        guessed = sum(grade == "D" and path not in known for path, grade in grades)
        every += len(grades)
        own += sum(path in known - scenario.changed for path, _ in grades)
        moved += sum(path in scenario.changed for path, _ in grades)
        counts.append((guessed, f"{kinds[group].about.lower()} {guessed} of {len(grades)}"))
    listed = ", ".join(text for guessed, text in sorted(counts, key=lambda pair: -pair[0]) if guessed)
    given = f"; set by the scenario itself: {own}" if own else ""
    given += f"; changed from outside: {moved}" if moved else ""
    return f"Assumption-graded inputs (D): {sum(n for n, _ in counts)} of {every} ({listed}){given}."
