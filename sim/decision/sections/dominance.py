"""Who is better by all else that options are compared on, and which option is as good as another in all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.comparison.answer import percent
from sim.comparison.verdict import APART, Pair, holm, paired
from sim.decision.case import Case
from sim.decision.robustness import dominance as dominated_shares
from sim.decision.sections.section import Section, Table
from sim.formatting import format_percent
from sim.outcomes import HEADLINE, OUTCOMES
from sim.parameters import Array


@dataclass(frozen=True)
class Dominance:
    """The pair of the question by every outcome with a direction, and dominance among all options `keys`."""

    outcomes: dict[str, Pair]
    keys: tuple[str, ...]
    dominated: Array  # share of the draws in which the row's option dominates the column's, by the headline


def dominance(case: Case) -> Dominance:
    """From the worlds drawn."""
    return Dominance(by_outcome(case), *_among_all(case))


def by_outcome(case: Case) -> dict[str, Pair]:
    """First against second by each outcome with a direction, and values of both; chances held over all by Holm."""
    pairs = {}
    for outcome in OUTCOMES:
        one, other = (case.comparison.own_totals(key, outcome.name)[1:] for key in case.pair)
        if outcome.better != "neither" and np.isfinite(one).any() and np.isfinite(other).any():
            pairs[outcome.name] = paired(one, other, outcome.better, case.pair)
    held = holm([pair.chance for pair in pairs.values()])
    return {name: replace(pair, chance=chance) for (name, pair), chance in zip(pairs.items(), held, strict=True)}


def _among_all(case: Case) -> tuple[tuple[str, ...], Array]:
    """Strict dominance among all options by the headline's outcomes that have a direction; no value is the worst."""
    results = case.comparison.results
    columns = []
    for outcome in (outcome for outcome in OUTCOMES if outcome.name in HEADLINE and outcome.better != "neither"):
        table = np.array([result.totals[outcome.name][1:] for result in results.values()]).T
        if np.isfinite(table).any():
            gain = outcome.sign * table
            columns.append(np.where(np.isfinite(gain), gain, np.nanmin(gain)))
    return tuple(results), dominated_shares(np.moveaxis(np.array(columns), 0, -1))


def section(case: Case, found: Dominance) -> Section:
    """Counts of outcomes, dominance, and the outcomes of the headline as a table."""
    lines = (_counted(case, found), _strict(case, found))
    outcomes = {
        name: {"share": pair.share, "verdict": pair.verdict, "median": pair.median}
        for name, pair in found.outcomes.items()
    }
    rows = zip(found.keys, found.dominated, strict=True)
    data = {"outcomes": outcomes, "dominates": {key: dict(zip(found.keys, row, strict=True)) for key, row in rows}}
    return Section("dominance", "By other outcomes", lines, (_outcome_table(case, found),), data)


def _counted(case: Case, found: Dominance) -> str:
    """How many outcomes speak for each of the two."""
    first, second = map(case.label, case.pair)
    verdicts = [pair.verdict for pair in found.outcomes.values()]
    apart = f"; in {count} they {APART}" if (count := verdicts.count(APART)) else ""
    return (
        f"By {len(verdicts)} outcomes that have a better and a worse, and a value for both, {first} would be better in "
        f"{verdicts.count('better')}, {second} in {verdicts.count('worse')}, and in {verdicts.count('the same')} the "
        f"two are the same{apart}. All are tested together (Holm), so that each needs stronger evidence than alone."
    )


def _strict(case: Case, found: Dominance) -> str:
    """Which option beats another on every outcome of the headline, and how often."""
    pairs = [
        f"{case.label(one)} over {case.label(other)} in {percent(found.dominated[i, j])}"
        for i, one in enumerate(found.keys)
        for j, other in enumerate(found.keys)
        if found.dominated[i, j] >= 0.5
    ]
    if not pairs:
        return "No option is at least as good as another in every outcome of the headline in half of the worlds."
    return f"At least as good in every outcome of the headline, and better in one: {'; '.join(pairs)} of the worlds."


def _outcome_table(case: Case, found: Dominance) -> Table:
    """A row an outcome of the headline."""
    first = case.label(case.pair[0])
    shown = [outcome for outcome in OUTCOMES if outcome.name in HEADLINE and outcome.name in found.outcomes]
    rows = tuple(
        (o.label, found.outcomes[o.name].verdict, format_percent(found.outcomes[o.name].share, ".0f")) for o in shown
    )
    return Table(("Outcome of the headline", f"{first} is", "Better in"), rows, words=2)
