"""The answer in twelve storylines, and whether it may be called robust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.comparison.answer import percent
from sim.comparison.verdict import APART, first_shares, paired
from sim.comparison.worlds import draw_worlds
from sim.decision.case import Case
from sim.decision.sections.section import Section, Table, signed, unit
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
    known: bool = False  # whether the two can be told apart in so few draws


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


def everywhere(case: Case) -> tuple[UnderStoryline, ...]:
    """Every storyline, in its order."""
    return tuple(under(case, name) for name in storylines())


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
    return UnderStoryline(name, title, pair.share, pair.median, max(shares, key=shares.__getitem__), pair.known)


def robust(share: float, found: tuple[UnderStoryline, ...], pair: tuple[str, str]) -> Robust:
    """The rule for the option that is better in `share` of the draws, the first, or in the others, the second."""
    first = share >= 0.5
    leads = sum(each.share > 0.5 if first else each.share < 0.5 for each in found)
    return Robust(pair[0] if first else pair[1], share if first else 1 - share, leads, len(found))


def section(case: Case, found: tuple[UnderStoryline, ...]) -> Section:
    """Whether the answer is robust, and a row a storyline."""
    verdict = robust(case.comparison.answer.pairs[case.pair[1]].share, found, case.pair)
    draws = min(DRAWS, case.comparison.draws)
    lines = (
        robust_words(case, verdict),
        f"Each storyline with {draws} worlds drawn around its values, for all options; * the two {APART}.",
    )
    data = {"robust": {**vars(verdict), "holds": verdict.holds}, "storylines": [vars(each) for each in found]}
    return Section("storylines", "In twelve storylines", lines, (_table(case, found),), data)


def robust_words(case: Case, verdict: Robust) -> str:
    """The one sentence that may hold the word."""
    first, second = case.pair
    name, other = map(case.label, case.pair if verdict.leader == first else (second, first))
    if verdict.share == 0.5 and not verdict.leads:
        return f"{name} and {other} are better in as many worlds drawn as the other, and neither leads in a storyline."
    counts = (
        f"better than {other} in {percent(verdict.share)} of the worlds drawn, and in most worlds of "
        f"{verdict.leads} of {verdict.of} storylines"
    )
    rule = f"{100 * ROBUST_SHARE:.0f} % and {ROBUST_STORYLINES} of 12"
    if verdict.holds:
        return f"{name} would be a robust answer: {counts} (the word takes {rule})."
    return f"{name} would not be best everywhere: {counts}, where a general recommendation takes {rule}."


def _table(case: Case, found: tuple[UnderStoryline, ...]) -> Table:
    """A row a storyline."""
    first, second = map(case.label, case.pair)
    heads = (
        "Storyline", "Better of the two", "Best of all", f"{first} better in", f"Median of {first} less {second} "
        f"({unit(case)}, more is better)",
    )  # fmt: skip
    rows = tuple(
        (
            each.title,
            _winner(case, each),
            case.label(each.best) if each.best else "–",
            percent(each.share) if each.best else "–",
            signed(case, each.median),
        )
        for each in found
    )
    return Table(heads, rows, words=3)


def _winner(case: Case, each: UnderStoryline) -> str:
    """The option of the two that is better in most of its worlds, with a mark where that is too close to call."""
    if not each.best:
        return "cannot be laid over this scenario"
    return case.winner(each.share - 0.5) + "*" * (not each.known)
