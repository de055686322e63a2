"""Who is better by what else is compared, and in twelve storylines; and whether the answer may be called robust."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.comparison.answer import percent
from sim.comparison.verdict import APART, Pair, first_shares, holm, paired
from sim.comparison.worlds import draw_worlds
from sim.decision.case import Case
from sim.decision.robustness import dominance as dominated_shares
from sim.decision.sections.section import Section, Table, number, unit
from sim.formatting import format_percent
from sim.outcomes import HEADLINE, OUTCOMES
from sim.parameters import Array
from sim.scenario.problems import ScenarioError
from sim.scenario.storylines import laid_over, storylines

DRAWS = 64  # in each storyline
ROBUST_STORYLINES = 10
ROBUST_SHARE = 0.8  # of the draws


@dataclass(frozen=True)
class UnderStoryline:
    """One storyline: share of its draws in which the first option is better, the median difference, the best of all."""

    name: str
    title: str
    share: float  # NaN where the storyline cannot be laid over the scenario
    median: float
    best: str  # key of the option that is the best of all most often; empty where there is none


@dataclass(frozen=True)
class Dominance:
    """The pair of the question by every outcome with a direction, dominance among all options, and storylines."""

    outcomes: dict[str, Pair]
    keys: tuple[str, ...]
    dominated: Array  # share of the draws in which the row's option dominates the column's, by the headline
    storylines: tuple[UnderStoryline, ...]


@dataclass(frozen=True)
class Robust:
    """Whether the option that leads in most draws leads nearly everywhere. leads: storylines of all."""

    leader: str
    share: float
    leads: int
    of: int

    @property
    def holds(self) -> bool:
        """The rule: 80 % of the draws, and 10 of 12 storylines."""
        return self.share >= ROBUST_SHARE and self.of > 0 and self.leads * 12 >= ROBUST_STORYLINES * self.of


def dominance(case: Case) -> Dominance:
    """From the worlds drawn, and from draws of each storyline."""
    pairs = by_outcome(case)
    return Dominance(pairs, *_among_all(case), tuple(under(case, name) for name in storylines()))


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
            gain = -table if outcome.better == "lower" else table
            columns.append(np.where(np.isfinite(gain), gain, np.nanmin(gain)))
    return tuple(results), dominated_shares(np.moveaxis(np.array(columns), 0, -1))


def under(case: Case, name: str) -> UnderStoryline:
    """The scenario under a storyline, in draws of its own that all its options meet."""
    title, lost = storylines()[name].title, float("nan")
    try:
        scenario = laid_over(case.scenario, name)
    except ScenarioError:
        return UnderStoryline(name, title, lost, lost, "")
    draws = np.arange(1, 1 + min(DRAWS, case.comparison.draws))
    world = draw_worlds(scenario, case.seed, draws.size, case.comparison.draw).rows(draws)
    columns = dict(zip(case.keys, case.gains(world, draws, case.keys, scenario).T, strict=True))
    pair = paired(columns[case.pair[0]], columns[case.pair[1]], "higher", case.pair)
    shares = first_shares(columns, "higher")
    return UnderStoryline(name, title, pair.share, pair.median, max(shares, key=shares.__getitem__))


def robust(share: float, found: tuple[UnderStoryline, ...], pair: tuple[str, str]) -> Robust:
    """The rule for the option that is better in `share` of the draws, the first, or in the others, the second."""
    first = share >= 0.5
    leads = sum(each.share > 0.5 if first else each.share < 0.5 for each in found)
    return Robust(pair[0] if first else pair[1], share if first else 1 - share, leads, len(found))


def section(case: Case, found: Dominance) -> Section:
    """Whether the answer is robust; storylines and outcomes as tables."""
    verdict = robust(case.comparison.answer.pairs[case.pair[1]].share, found.storylines, case.pair)
    lines = (robust_words(case, verdict), _counted(case, found), _strict(case, found))
    data = {
        "robust": {**vars(verdict), "holds": verdict.holds},
        "storylines": [vars(each) for each in found.storylines],
        "outcomes": {
            name: {"share": pair.share, "verdict": pair.verdict, "median": pair.median}
            for name, pair in found.outcomes.items()
        },
        "dominates": {
            key: dict(zip(found.keys, row, strict=True)) for key, row in zip(found.keys, found.dominated, strict=True)
        },
    }
    tables = (_storyline_table(case, found), _outcome_table(case, found))
    return Section("dominance", "By other outcomes, and in twelve storylines", lines, tables, data)


def robust_words(case: Case, verdict: Robust) -> str:
    """The one sentence that may hold the word."""
    first, second = case.pair
    name, other = map(case.label, case.pair if verdict.leader == first else (second, first))
    if verdict.share == 0.5 and not verdict.leads:
        return f"{name} and {other} are better in as many worlds drawn as the other, and neither leads in a storyline."
    counts = (
        f"it is better than {other} in {percent(verdict.share)} of the worlds drawn and leads it in {verdict.leads} of "
        f"{verdict.of} storylines"
    )
    rule = f"{100 * ROBUST_SHARE:.0f} % and {ROBUST_STORYLINES} of 12"
    if verdict.holds:
        return f"{name} is a robust answer: {counts} (the word takes {rule})."
    return f"{name} has the lead, but not everywhere: {counts}, where a general recommendation takes {rule}."


def _counted(case: Case, found: Dominance) -> str:
    """How many outcomes speak for each of the two."""
    first, second = map(case.label, case.pair)
    verdicts = [pair.verdict for pair in found.outcomes.values()]
    apart = f"; in {count} they {APART}" if (count := verdicts.count(APART)) else ""
    return (
        f"By {len(verdicts)} outcomes that have a better and a worse, and a value for both, {first} is better in "
        f"{verdicts.count('better')}, {second} in {verdicts.count('worse')}, and in {verdicts.count('the same')} the "
        f"two are the same{apart} (Holm over all)."
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


def _storyline_table(case: Case, found: Dominance) -> Table:
    """A row a storyline."""
    first, second = map(case.label, case.pair)
    heads = (
        "Storyline", "Better of the two", "Best of all", f"{first} better in", f"Median of {first} less {second} "
        f"({unit(case)}, more is better)",
    )  # fmt: skip
    rows = tuple(
        (
            each.title,
            case.winner(each.share - 0.5) if each.best else "cannot be laid over this scenario",
            case.label(each.best) if each.best else "–",
            percent(each.share) if each.best else "–",
            number(case, each.median),
        )
        for each in found.storylines
    )
    return Table(heads, rows, words=3)


def _outcome_table(case: Case, found: Dominance) -> Table:
    """A row an outcome of the headline."""
    first = case.label(case.pair[0])
    shown = [outcome for outcome in OUTCOMES if outcome.name in HEADLINE and outcome.name in found.outcomes]
    rows = tuple(
        (o.label, found.outcomes[o.name].verdict, format_percent(found.outcomes[o.name].share, ".0f")) for o in shown
    )
    return Table(("Outcome of the headline", f"{first} is", "Better in"), rows, words=2)
