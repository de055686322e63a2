"""No argument is its own assumption: several numbers move what is read of it, and it is in proportion to none."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import rankdata, t

from sim.arguments import BY_KEY
from sim.arguments.evaluation import switches, visible
from sim.comparison.evaluation import evaluate
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import in_own_money
from sim.comparison.worlds import draw_worlds
from sim.mechanisms.sampling import uncertain
from sim.outcomes import BY_NAME
from sim.scenario import load, with_settings

REFERENCE = "nairr_us"
SEED = 1
DRAWS = 512  # a rank correlation of 0.2 is then more than four standard errors
# a date against a delivery, or against the end of credits, decides, which no rank sees: others are small beside it
MORE_DRAWS = {"independence": 2048, "fab": 2048}
CHANCE = 0.01  # of one number in all that is found to matter and does not
FEWEST = 3
SAME_SHARE = 0.01

NINE = (
    "fab", "independence", "vendor_lock_in", "grants", "open_source", "reproducibility", "complement", "safety",
    "access",
)  # fmt: skip
SAID = [
    (key, place)
    for key in ("complement", "safety")
    for place, reading in enumerate(BY_KEY[key].readings)
    if place and f"{{{reading.outcome}}}" in BY_KEY[key].sentence and reading.outcome != "break_even_probability"
]  # a break-even is the same off and on
every = pytest.mark.parametrize("key", NINE)


@cache
def _differences(key: str, place: int = 0):
    """The worlds drawn and a reading, the first if none is named, on less off, in each of them."""
    scenario, argument, memory = load(REFERENCE), BY_KEY[key], CalendarMemory()
    reading, read, world = argument.readings[place], [], None
    outcome, draws = BY_NAME[reading.outcome], MORE_DRAWS.get(key, DRAWS)
    for settings, name in zip(switches(argument, scenario), reading.options, strict=True):
        side = with_settings(scenario, argument.known(settings)) if settings else scenario
        world = draw_worlds(side, SEED, draws, "all")
        option = side.by_instrument[name].key
        totals = evaluate(
            side, world, np.arange(draws + 1), seed=SEED, options=[option], outcomes=[outcome.name], memory=memory
        )
        read.append(in_own_money(outcome, totals[option][outcome.name], side)[1:])
    numbers = {path: np.ravel(world.value(path))[1:] for path in uncertain() if np.ptp(world.value(path)) > 0}
    return numbers, visible(*read)


def _found_to_matter(key: str, place: int = 0) -> dict[str, float]:
    """Rank correlations with a reading, of the numbers for which chance alone does not explain it."""
    numbers, gap = _differences(key, place)
    known = np.isfinite(gap)
    ranks = np.array([rankdata(values[known]) for values in numbers.values()])
    linked = np.corrcoef(np.vstack([ranks, rankdata(gap[known])]))[-1, :-1]
    degrees = known.sum() - 2
    score = linked * np.sqrt(degrees / (1 - linked**2))
    found = 2 * t.sf(np.abs(score), degrees) < CHANCE / len(numbers)
    return {path: float(value) for path, value, yes in zip(numbers, linked, found, strict=True) if yes}


@pytest.mark.slow
@every
def test_at_least_three_numbers_matter_for_each_argument(key: str) -> None:
    """By rank correlation over worlds in which everything is drawn, against chance among as many numbers."""
    found = _found_to_matter(key)
    assert len(found) >= FEWEST, found


@every
def test_no_result_equals_a_single_number(key: str) -> None:
    """Nor is it in proportion to one: the ratio of both moves by more than a hundredth over the worlds drawn."""
    _in_proportion_to_none(key)


@pytest.mark.parametrize(("key", "place"), SAID)
def test_no_other_reading_of_the_sentence_hangs_on_one_number(key: str, place: int) -> None:
    """What a sentence says beside its first reading is no assumption read out either."""
    found = _found_to_matter(key, place)
    assert len(found) >= FEWEST, found
    _in_proportion_to_none(key, place)


def _in_proportion_to_none(key: str, place: int = 0) -> None:
    """A reading is no number of the world times a constant, nor what is left of one to the whole."""
    numbers, gap = _differences(key, place)
    known = np.isfinite(gap) & (gap != 0)
    assert known.sum() >= DRAWS / 4, "there is next to no difference to look at"
    for path, values in numbers.items():
        for scale in (values[known], 1 - values[known]):
            ratio = gap[known][scale != 0] / scale[scale != 0]
            off = np.abs(ratio / np.median(ratio) - 1)
            assert np.quantile(off, 0.9) > SAME_SHARE, f"{key} is in proportion to {path}"


@every
def test_the_number_that_matters_most_is_among_those_searched_for_the_other_side(key: str) -> None:
    """Else an argument would name far values of others, where a near one of this number turns its sign."""
    found = _found_to_matter(key)
    strongest = max(found, key=lambda path: abs(found[path]))
    assert strongest in BY_KEY[key].rests_on, found
