"""Words around every chart: title, how to read it, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from sim import __version__
from sim.charts.readings import SUBJECTS, reading
from sim.charts.sheet import Entry, Sheet, Words
from sim.charts.typesetting import printable
from sim.comparison.results import Comparison
from sim.formatting import format_typeset, upper_first
from sim.mechanisms.world import World

LETTERS = "k = thousand, m = million, bn = thousand million, tn = million million."
_SIZED = {
    "equal_pv": "options sized to equal present value of public money",
    "equal_cash": "options sized to equal undiscounted cash",
    "as_entered": "options as entered, not sized to equal money",
}


def caption(
    comparison: Comparison, name: str, central: str, notes: Sequence[str] = (), key: Sequence[Entry] = ()
) -> Words:
    """The text around one chart; `central` states what is central and what is range."""
    return Words(
        title=SUBJECTS[name].title,
        reading=f"{upper_first(reading(comparison, name))}.",
        subtitle=f"{central} {setting(comparison)}",
        notes=notes,
        source=source(comparison, name),
        key=key,
    )


def blank(comparison: Comparison, name: str) -> Figure:
    """A sheet without a chart, whose reading states why there is nothing to see."""
    return Sheet(caption(comparison, name, "Central case."), 0.0).figure


def alt(comparison: Comparison, name: str) -> str:
    """Alternative text: one sentence, the kind of chart and its main reading."""
    return printable(f"{SUBJECTS[name].title}: {reading(comparison, name)}.")


def setting(comparison: Comparison) -> str:
    """The sentence on budget, sizing rule, horizon and money."""
    scenario = comparison.scenario
    first, last = scenario.start_year, scenario.start_year + scenario.horizon_years - 1
    years = f"{first}–{last} ({scenario.horizon_years} years)" if last > first else f"{first} (1 year)"
    return (
        f"Horizon {years}; budget {format_typeset(scenario.budget.total)} {scenario.currency}; "
        f"{_SIZED[scenario.world.money.normalisation]}; money in {scenario.currency} of {scenario.price_year}, real."
    )


def spread(comparison: Comparison) -> str:
    """The sentence on what is central and what is range, for charts of bars."""
    if not comparison.draws:
        return "Bars and numbers: central case; no draws were made, so there are no ranges."
    draws = "1 draw" if comparison.draws == 1 else f"{comparison.draws} draws"
    return f"Bars and numbers: central case; whiskers: 10th to 90th percentile of {draws} of the world."


def source(comparison: Comparison, name: str) -> str:
    """The line on where a chart comes from, and how much of what it rests on is assumed."""
    title = comparison.scenario.title
    return (
        f"Source: Heavy Press {__version__}, run {comparison.run_id}, seed {comparison.seed}. "
        f"Scenario: {title if title.endswith(('.', '?', '!')) else title + '.'} {assumed(comparison, name)}"
    )


def assumed(comparison: Comparison, name: str) -> str:
    """Share of the inputs behind a chart that are assumed (grade D) and not set by the scenario."""
    known, kinds = comparison.scenario.own, World.kinds()
    counts, every, own = [], 0, 0
    for group in SUBJECTS[name].rests_on:
        grades = [(f"{group}.{n}", spec.grade) for n, _, spec in kinds[group].described() if spec.kind == "number"]
        guessed = sum(grade == "D" and path not in known for path, grade in grades)
        every += len(grades)
        own += sum(path in known for path, _ in grades)
        counts.append((guessed, f"{kinds[group].about.lower()} {guessed} of {len(grades)}"))
    listed = ", ".join(text for guessed, text in sorted(counts, key=lambda pair: -pair[0]) if guessed)
    given = f"; set by the scenario itself: {own}" if own else ""
    return f"Assumption-graded inputs (D): {sum(n for n, _ in counts)} of {every} ({listed}){given}."
