"""One's own uncertainty: what is drawn from a range of a scenario's own, and what does not move where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import rankdata

from sim.comparison.centre import drawn_note
from sim.comparison.evaluation import evaluate
from sim.comparison.identity import resolved
from sim.comparison.worlds import draw_worlds
from sim.decision.case import Case
from sim.decision.steelman import EDGE, Box
from sim.mechanisms.sampling import held, spread, uncertain
from sim.parameters import normal_scores, probabilities
from sim.scenario import Scenario, ScenarioError, load, with_settings
from sim.scenario.ranges import left_alone, range_of, spec_in
from sim.sweeps.axes import spec_of

BASE = load("small_country")
DECLINE, POWER, HELD = "cloud.decline_per_year", "operations.electricity_usd_per_kwh", "access.effort_days"
EDGES = np.array([0.05, 0.5, 0.95])
FINE = (np.arange(2_000) + 0.5) / 2_000


def ranged(settings: dict[str, Any] | None = None, /, **ranges: tuple[float, float]) -> Scenario:
    """The scenario with ranges of its own; '__' for the dot of a path."""
    own = {name.replace("__", "."): ends for name, ends in ranges.items()}
    return with_settings(BASE, {**(settings or {}), "ranges": own})


def drawn(scenario: Scenario, path: str, draws: int = 4_000, **more: Any) -> np.ndarray:
    """Values of a number in so many states of the world."""
    return np.ravel(draw_worlds(scenario, 7, draws, **more).value(path))[1:]


# --- what is drawn ---


def test_both_ends_are_quantiles_and_the_value_of_the_scenario_is_the_median() -> None:
    """Within four standard errors of a share: a twentieth below, a twentieth above, half on either side."""
    values = drawn(ranged({DECLINE: 0.15}, cloud__decline_per_year=(0.1, 0.3)), DECLINE)
    for share, end in zip(EDGES, (0.1, 0.15, 0.3), strict=True):
        assert abs((values < end).mean() - share) < 4 * np.sqrt(share * (1 - share) / values.size)


@pytest.mark.parametrize("path", [DECLINE, POWER])
def test_the_declared_range_is_a_range_of_its_own(path: str) -> None:
    spec, value = uncertain()[path], float(BASE.world.value(path))
    own = spec.interval(value)
    assert (spec.quantile(value, FINE, own) == spec.quantile(value, FINE)).all()


def test_the_kind_of_distribution_is_the_declared_one_however_narrow_the_range() -> None:
    """A price that is drawn by factors still is: its logarithm has one slope in the normal score on either side."""
    spec, score = uncertain()[POWER], ndtri(FINE)
    assert spec.multiplies and not uncertain()[DECLINE].multiplies
    values = np.log(spec.quantile(0.1, FINE, (0.08, 0.13)))
    for side in (score < 0, score > 0):
        assert np.ptp(np.gradient(values[side], score[side])) < 1e-6
    assert spec.quantile(0.1, EDGES, (0.08, 0.13)) == pytest.approx([0.08, 0.1, 0.13])


def test_nothing_impossible_is_drawn_from_a_wide_range() -> None:
    spec = uncertain()["procurement.fit_out_share"]
    values = spec.quantile(0.25, FINE, (0.2, spec.ceiling))
    assert values.max() == spec.ceiling and (values == spec.ceiling).mean() == pytest.approx(0.05, abs=1e-3)
    plain = uncertain()[DECLINE]
    assert plain.quantile(0.2, FINE, (plain.floor, plain.ceiling)).min() == plain.floor


def test_what_moves_together_still_does() -> None:
    """A range stretches values and keeps their ranks: the correlation of ranks is that without it, to the last bit."""
    plain, own = BASE, ranged(cloud__decline_per_year=(0.15, 0.25), hardware__doubling_years=(2.4, 2.6))
    ranks = [
        np.corrcoef(*(rankdata(drawn(each, path)) for path in (DECLINE, "hardware.doubling_years")))[0, 1]
        for each in (plain, own)
    ]
    assert ranks[0] == pytest.approx(ranks[1], abs=1e-12) and ranks[0] < -0.5


def test_a_number_that_draws_would_leave_alone_is_drawn_within_a_range_of_its_own() -> None:
    own = ranged(access__effort_days=(1.0, 40.0))
    assert HELD in held("headline") and HELD in left_alone(BASE, "headline")
    assert left_alone(own, "headline") == left_alone(BASE, "headline") - {HELD}
    assert np.ptp(drawn(BASE, HELD, 20)) == 0 < np.ptp(drawn(own, HELD, 20))


def test_a_rent_that_follows_its_record_has_no_range_and_one_that_is_set_is_drawn_within_it() -> None:
    assert BASE.fixed == {"cloud.price_usd"}
    with pytest.raises(ScenarioError, match="rents follow their record"):
        ranged(cloud__price_usd=(1.0, 9.0))
    own = with_settings(BASE, {"cloud.price_usd": 3.0, "ranges": {"cloud.price_usd": (1.0, 9.0)}})
    assert not own.fixed and np.ptp(drawn(own, "cloud.price_usd", 20)) > 0


def test_every_other_number_is_drawn_as_before() -> None:
    before, after = draw_worlds(BASE, 3, 16), draw_worlds(ranged(cloud__decline_per_year=(0.1, 0.3)), 3, 16)
    moved = {path for path in uncertain() if not np.array_equal(before.value(path), after.value(path))}
    assert moved == {DECLINE}


def test_without_ranges_every_draw_is_that_of_its_declaration_to_the_last_bit() -> None:
    """Each number from its own normal score, or from one that leans on that of what it moves with, and nothing else."""
    shares, world = spread(5, 32, list(uncertain())), draw_worlds(BASE, 5, 32, "all")
    scores = {path: normal_scores(each) for path, each in shares.items()}
    for path, spec in uncertain().items():
        other, rho = spec.moves_with or (path, 0.0)
        score = rho * scores[other] + np.sqrt(1 - rho**2) * scores[path] if rho else scores[path]
        value = float(BASE.world.value(path))
        wanted = np.full(32, value) if path in BASE.fixed else spec.quantile(value, probabilities(score))
        assert np.array_equal(np.ravel(world.value(path)), [value, *wanted]), path


def test_who_knows_more_is_surer_of_the_difference() -> None:
    """The difference of two options spreads less where the fall of rents is known better, all else being known.

    The standard deviation of the difference is a fifth or so of that before; its standard error is taken from the
    fourth moment of the draws.
    """
    others = [path for path in uncertain() if path != DECLINE]

    def spread_of(low: float, high: float) -> tuple[float, float]:
        scenario = with_settings(BASE, {"fixed": others, "ranges": {DECLINE: (low, high)}})
        world = draw_worlds(scenario, 2, 200)
        found = evaluate(
            scenario, world, np.zeros(201, dtype=np.int64), seed=2, options=scenario.between,
            outcomes=["additional_fe_hours"],
        )  # fmt: skip
        first, second = (found[key]["additional_fe_hours"][1:] for key in scenario.between)
        gap = first - second
        deviation = gap.std(ddof=1)
        fourth = np.mean((gap - gap.mean()) ** 4)
        return deviation, float(np.sqrt((fourth - deviation**4) / gap.size) / (2 * deviation))

    (wide, wide_error), (narrow, narrow_error) = spread_of(0.05, 0.4), spread_of(0.17, 0.23)
    assert wide - narrow > 4 * np.hypot(wide_error, narrow_error)


# --- who reads it ---


def test_whoever_reads_a_range_reads_the_scenarios_own() -> None:
    own = ranged(cloud__decline_per_year=(0.1, 0.3))
    assert range_of(own, DECLINE) == (0.1, 0.3) != range_of(BASE, DECLINE)
    for spec in (spec_in(own, DECLINE), spec_of(DECLINE, own)):
        assert spec is not None and (spec.low, spec.high) == (0.1, 0.3)
    assert spec_of(DECLINE, own, around=False) == uncertain()[DECLINE]


def test_the_box_of_a_best_case_and_the_points_of_an_analysis_keep_to_it() -> None:
    own = ranged(cloud__decline_per_year=(0.15, 0.22), hardware__doubling_years=(2.4, 2.7))
    box = Box.of(own, "headline")
    corners = box.inside(np.random.default_rng(1).choice([-EDGE, EDGE], size=(64, len(box.paths))))
    values = np.ravel(box.worlds(corners).value(DECLINE))
    assert values.min() >= 0.15 - 1e-9 and values.max() <= 0.22 + 1e-9 and np.ptp(values) > 0.06
    (move,) = (each for each in box.moves(box.worlds(corners[:1]).at(0)) if each.path == DECLINE)
    assert (move.low, move.high) == (0.15, 0.22)
    case = Case.of(own, 1, 20)
    assert case.ends(DECLINE) == (0.15, 0.22)
    points = case.at(EDGES[:, None], ["hardware.doubling_years"]).value("hardware.doubling_years")
    assert np.ravel(points) == pytest.approx([2.4, 2.5, 2.7])


def test_the_note_on_draws_counts_and_names_it() -> None:
    before, after = drawn_note(BASE, "headline"), drawn_note(ranged(access__effort_days=(1.0, 40.0)), "headline")
    assert int(after.split()[2]) == int(before.split()[2]) + 1
    assert "Within a range of the scenario's own: access.effort_days 1 to 40." in after and "own" not in before
    assert "access.effort_days 1 to 40" in drawn_note(ranged(access__effort_days=(1.0, 40.0)), "all")


def test_a_range_is_part_of_what_a_number_depends_on_and_no_range_is_not() -> None:
    texts = {resolved(each) for each in (BASE, *(ranged(cloud__decline_per_year=(0.1, top)) for top in (0.3, 0.31)))}
    assert len(texts) == 3
    assert resolved(ranged()) == resolved(BASE) and "[]" not in resolved(BASE)[-20:]
