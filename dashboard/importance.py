"""How much a number matters here, from the draws of the comparison that the page shows once it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from scipy.special import ndtr

from dashboard import amounts, jobs, names, words
from dashboard.results import known
from dashboard.state import State
from dashboard.worker import Request
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import Comparison, unit_of
from sim.comparison.verdict import holm
from sim.decision.arrays import CONFIDENCE
from sim.decision.case import Case
from sim.decision.information import Knowing, Worth, knowing
from sim.decision.sections.knowledge import MOST_OF_ONE, largest, with_error
from sim.formatting import plural_unit
from sim.outcomes import BY_NAME
from sim.scenario import Scenario

FEWEST_DRAWS = 128
POINTS, NO_UNIT = "percentage points", "no unit"  # as the model has them behind a number
MOST_KEPT = 16
KEY = "importance"  # its place in the state of a session
TENTHS = 10  # worlds, of which it is said in how many the choice is another one


@dataclass(frozen=True)
class Importance:
    """What knowing each drawn number is worth in a comparison, and in how many of its worlds it changes the choice."""

    draws: int
    each: Mapping[str, Knowing]  # by path
    worths: Mapping[str, str]  # in words
    certain: frozenset[str]  # paths of what is worth more than chance makes anything seem, all numbers tested together
    largest: float  # share of what perfect knowledge is worth that one world holds

    def matters(self, path: str) -> bool:
        """Whether knowing the number is worth anything: where two options are nearly equal, noise turns the choice."""
        return path in self.certain

    def tenths(self, path: str) -> int:
        """In how many of ten worlds another option would be chosen by somebody who knows the number."""
        return round(TENTHS * self.each[path].changed_share) if self.matters(path) else 0


def of(comparison: Comparison) -> Importance | None:
    """The importance of every number that a comparison draws; None where there is no choice, or too few draws."""
    if comparison.draws < FEWEST_DRAWS or not comparison.scenario.between:
        return None
    by = comparison.profile.name if comparison.profile else ""
    return _of(f"{comparison.run_id}/{by}", comparison)


@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def _of(run: str, _comparison: Comparison) -> Importance | None:
    """The same, cached by the run: a tenth of a second for a hundred numbers in 256 draws."""
    case = Case(_comparison, CalendarMemory())
    if not known(_comparison, case.outcome.name) or not case.names:
        return None
    each = {path: knowing(case.values, column) for path, column in zip(case.names, case.x.T, strict=True)}
    return Importance(
        _comparison.draws,
        each,
        {path: with_error(case, found.worth) for path, found in each.items()},
        _certain({path: found.worth for path, found in each.items()}),
        largest(case.values),
    )


def _certain(worths: Mapping[str, Worth]) -> frozenset[str]:
    """The numbers whose worth is more than nothing, by one-sided tests that are held together by Holm."""
    chances = [
        float(ndtr(-worth.value / worth.standard_error)) if worth.standard_error else 1.0 for worth in worths.values()
    ]
    return frozenset(path for path, chance in zip(worths, holm(chances), strict=True) if chance < 1 - CONFIDENCE)


def ranks(comparison: Comparison) -> Mapping[str, int]:
    """The place of every drawn number by how much it moves the difference of the question's two options, 1 the most."""
    return _ranks(comparison.run_id, comparison) if of(comparison) else {}


@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def _ranks(run: str, _comparison: Comparison) -> Mapping[str, int]:
    """The same, cached by the run: half a second, and only asked for where it is shown."""
    return {path: place for place, path in enumerate(Case(_comparison, CalendarMemory()).ranked, 1)}


# --- of the page ---


def look(scenario: Scenario | None, state: State) -> None:
    """Take the importance from the comparison of these very settings; there is none until it is settled.

    scenario: as it stands; None where it cannot be run.
    """
    if scenario is None:
        st.session_state.pop(KEY, None)
        return
    request = Request.of(scenario, state.seed, state.draws, state.queue, state.draw, state.profile)
    # not the comparison itself: a session would keep it from being dropped
    st.session_state[KEY] = (request, scenario) if jobs.kept(request.digest) is not None else None


def settled() -> Comparison | None:
    """The comparison of the side that the controls move, where it was whole when the page was begun."""
    found: tuple[Request, Scenario] | None = st.session_state.get(KEY)
    return jobs.result(*found) if found else None


def current() -> Importance | None:
    """The importance of the numbers of that side."""
    found = settled()
    return of(found) if found else None


def mark(path: str) -> str:
    """How much a number matters, as short as can be: `3/10`; empty where that is not known, or less than one in ten."""
    found = current()
    tenths = found.tenths(path) if found else 0
    return f"{tenths}/{TENTHS}" if tenths else ""


def lines(path: str, free: bool = True) -> list[str]:
    """Sentences on what knowing a number would be worth. free: whether it is uncertain at all."""
    if not free:
        return []
    comparison = settled()
    found = of(comparison) if comparison else None
    if comparison is None or found is None:
        return [words.IMPORTANCE_LATER.format(draws=FEWEST_DRAWS)]
    if path not in found.each:
        return [words.IMPORTANCE_HELD]
    place = ranks(comparison)
    return [*_worth_lines(found, path, comparison), words.IMPORTANCE_RANK.format(rank=place[path], of=len(place))]


def _worth_lines(found: Importance, path: str, comparison: Comparison) -> list[str]:
    """Whether knowing the number changes the choice, how often, and what that is worth."""
    if not found.matters(path):
        return [words.IMPORTANCE_NONE.format(draws=amounts.count(found.draws))]
    tenths = found.tenths(path)
    moves = words.IMPORTANCE_MOVES.format(tenths=tenths) if tenths else words.IMPORTANCE_RARELY
    if found.largest > MOST_OF_ONE:
        share = amounts.per_cent(found.largest, ".0f")
        return [moves, words.IMPORTANCE_ONE_WORLD.format(share=share, draws=amounts.count(found.draws))]
    return [moves, words.IMPORTANCE_WORTH.format(worth=worth_text(found, path, comparison))]


def worth_text(found: Importance, path: str, comparison: Comparison) -> str:
    """What knowing a number is worth, with its standard error and unit."""
    text, unit = found.worths[path], unit_of(BY_NAME[comparison.scenario.yardstick], comparison.scenario)
    if not amounts.is_foreign():
        return text
    own = {"fraction": POINTS, "ratio": NO_UNIT}.get(unit, plural_unit(unit))
    said = {"fraction": words.POINTS, "ratio": words.NO_UNIT}.get(unit, names.unit(unit, many=True))
    return amounts.local(text.removesuffix(own)) + said
