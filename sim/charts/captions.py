"""Words around every chart: its result above, then what it is about, how to read it, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from sim.charts import findings, numbers, pairs
from sim.charts.sheet import Entry, Sheet, Words, printable
from sim.charts.titles import Finding
from sim.comparison.immediacy_table import points_table
from sim.comparison.results import Comparison
from sim.comparison.table import SIZED
from sim.formatting import format_count, format_typeset, unit_text
from sim.labels import gloss
from sim.mechanisms.world import World
from sim.scenario import Scenario
from sim.scenario.appraisal import appraisal_words
from sim.scenario.changes import changes_note
from sim.version import __version__

LETTERS = "k = thousand, m = million, bn = thousand million, tn = million million."
NO_RANGES = "Bars and numbers: central case; no draws were made, so there are no ranges."


@dataclass(frozen=True)
class Subject:
    """What a chart is about."""

    title: str  # the topic: the second line of the sheet, and the title of its files
    numbers: Callable[[Comparison], pd.DataFrame]  # what is drawn, and nothing else is
    finding: Callable[[pd.DataFrame, Comparison], Finding]  # the main result of these numbers
    rests_on: tuple[str, ...]  # groups of world parameters

    def found(self, comparison: Comparison) -> Finding:
        """Its result in a comparison."""
        return self.finding(self.numbers(comparison), comparison)


_SUPPLY = ("hardware", "procurement", "operations", "reliability", "cloud", "grants")
PAIRED = (*_SUPPLY, "demand", "access")
SUBJECTS: dict[str, Subject] = {
    "difference": Subject(
        "Difference between two options in the same worlds", pairs.of_the_question, findings.difference, PAIRED,
    ),
    "cost_per_hour": Subject(
        "Public cost of a useful hour by option, in two units", numbers.cost_per_hour, findings.cost_per_hour,
        (*_SUPPLY, "fab"),
    ),
    "cash_flow": Subject(
        "Public outlay by year and option", numbers.cash_flow, findings.cash_flow,
        ("hardware", "procurement", "operations", "cloud", "grants", "fab"),
    ),
    "capacity": Subject(
        "Capacity of the public cluster by generation of accelerators", numbers.capacity, findings.capacity,
        ("hardware", "procurement", "operations"),
    ),
    "delivered": Subject(
        "Public compute delivered over the horizon, in three units", numbers.delivered, findings.delivered, _SUPPLY,
    ),
    "waits": Subject(
        "Waits of jobs in the queue of the public machine", numbers.waits, findings.waits,
        ("hardware", "procurement", "operations", "reliability", "demand", "access", "workload"),
    ),
    "price_of_immediacy": Subject(
        "Cost of a useful hour against the wait for it, where 60 to 97 % of the machine is wanted busy",
        points_table, findings.price_of_immediacy, (*_SUPPLY, "demand", "access", "workload"),
    ),
    "need_met": Subject(
        "Share of the hours needed that groups can use, by tier and option", numbers.need_met, findings.need_met,
        (*_SUPPLY, "demand", "access"),
    ),
    "lorenz": Subject(
        "How equally hours are spread over research groups, by option", numbers.lorenz, findings.lorenz,
        (*_SUPPLY, "demand", "access", "equity"),
    ),
}  # fmt: skip


def caption(
    comparison: Comparison, about: str | Subject, central: str, notes: Sequence[str] = (), key: Sequence[Entry] = ()
) -> Words:
    """The text around one chart, by name or subject; `central` states what is central and what is range."""
    subject = subject_of(about)
    names = [*numbers.labels(comparison).values(), comparison.scenario.currency]
    title, result = subject.found(comparison).above(f"{subject.title}.", names)
    origin = source(comparison, subject)
    units = [unit_text(str(unit)) for unit in subject.numbers(comparison).unit]
    shown = [title, result, origin, *notes, *dict.fromkeys(units), *(entry.text for entry in key)]
    return Words(
        title=title,
        reading=result,
        subtitle=f"{central} {setting(comparison)}".lstrip(),
        notes=[*notes, *gloss(shown)],
        source=origin,
        key=key,
    )


def subject_of(about: str | Subject) -> Subject:
    """What a chart is about, by its name or as it is."""
    return SUBJECTS[about] if isinstance(about, str) else about


def blank(comparison: Comparison, about: str | Subject, central: str = "Central case.") -> Figure:
    """A sheet without a chart, whose title states why there is nothing to see."""
    return Sheet(caption(comparison, about, central), 0.0).figure


def alt(comparison: Comparison, about: str | Subject) -> str:
    """Alternative text: one sentence, the topic of the chart and its result."""
    subject = subject_of(about)
    return printable(f"{subject.title}: {subject.found(comparison).whole}.")


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


def source(comparison: Comparison, about: str | Subject) -> str:
    """The line on where a chart comes from, and how much of what it rests on is assumed."""
    title = comparison.scenario.title
    return (
        f"Source: Heavy Press {__version__}, run {comparison.run_id}, seed {comparison.seed}. "
        f"Scenario: {title if title.endswith(('.', '?', '!')) else title + '.'} "
        f"Discounting: {appraised_by(comparison)}. {assumed(comparison, about)}"
    )


def appraised_by(comparison: Comparison) -> str:
    """The appraisal profile by its title and status, or the scenario's own rates."""
    if by := comparison.profile:
        return f"{by.title}, {by.status}"
    return appraisal_words(comparison.scenario.world.money, comparison.scenario.horizon_years)


def assumed(comparison: Comparison, about: str | Subject) -> str:
    """Share of the inputs behind a chart that are assumed (grade D) and not set by the scenario."""
    return assumed_in(comparison.scenario, subject_of(about).rests_on)


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
