"""Reproduction: runs that a claim needs, what they take of the hours, and what they find."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from sim.instruments import INSTRUMENTS
from sim.mechanisms.openness import CLASSES, Openness, class_shares, flat
from sim.mechanisms.reproduction import (
    LEAST_SEEDS,
    Reproduction,
    checkable_share,
    errors_per_rerun,
    errors_per_study,
    power_of,
    rerun_ratio,
    rerun_shares,
    seeds_needed,
    useful_share,
)
from tests.conftest import drawn

property_of = settings(max_examples=200, deadline=None, derandomize=True)
ROUNDING = 1e-12
OPEN = np.eye(len(CLASSES))[[CLASSES.index("fully_open")]]
CLOSED = np.eye(len(CLASSES))[[0]]
BUYERS = ("public_cluster", "cloud_credits", "research_grants")
part = st.floats(0, 1)


@st.composite
def practices(draw: st.DrawFn) -> Reproduction:
    """Any way to make results checkable, and anything that may be wrong with them."""
    wrong = draw(st.floats(0, 0.5)), draw(st.floats(0, 0.5))
    return Reproduction(
        deterministic_share=draw(part),
        determinism_overhead_ratio=draw(st.floats(0, 8)),
        replicated_share=draw(part),
        effect_ratio=draw(st.floats(0.3, 8)),
        false_alarm_share=draw(st.floats(0.001, 0.2)),
        power_share=draw(st.floats(0.3, 0.99)),
        mistake_share=wrong[0],
        chance_share=wrong[1],
        checked_share=draw(part),
        followed_ratio=draw(st.floats(0, 10)),
    )


def raised(practice: Reproduction, name: str, by: float) -> Reproduction:
    """The same with a share moved up by a part of what is left to one."""
    value = getattr(practice, name)
    return replace(practice, **{name: value + (1 - value) * by})


def found(practice: Reproduction, shares=OPEN) -> float:
    """Errors found for each study."""
    return errors_per_study(shares, practice).item()


# ------------------------------------------------------------------------------------------------- identities, exactly


def test_a_claim_of_one_spread_needs_sixteen_runs_on_each_side():
    """Cohen: 2 (1.960 + 0.842)^2 = 15.7 at 5 % and 80 %; a quarter of it for twice the effect."""
    assert seeds_needed(Reproduction(effect_ratio=1.0)).item() == 16
    assert seeds_needed(Reproduction(effect_ratio=2.0)).item() == 4
    assert seeds_needed(Reproduction(effect_ratio=50.0)).item() == LEAST_SEEDS


def test_power_is_that_of_the_normal_distribution():
    normal = NormalDist()
    expected = normal.cdf(2.0 * (4 / 2) ** 0.5 - normal.inv_cdf(0.975))
    assert power_of(4.0, Reproduction()).item() == pytest.approx(expected, rel=1e-12)


def test_free_determinism_in_the_open_makes_everything_reproducible_at_no_cost():
    """I-58: theta_det = 0 and all open -> reproducible share 1 and compute unchanged."""
    practice = Reproduction(deterministic_share=1.0, determinism_overhead_ratio=0.0)
    same, known = rerun_shares(OPEN, practice)
    assert same.item() == known.item() == 1
    assert rerun_ratio(practice).item() == 1


def test_by_default_nothing_is_taken_of_anybodys_hours():
    """Exactly: the outcomes of a scenario that asks for nothing are bit for bit what they were."""
    assert useful_share(Openness(), Reproduction()).item() == 1.0


def test_what_takes_hours_takes_so_many():
    """.3 more for determinism leaves 1 / 1.3; four seeds leave a quarter; both a quarter of that."""
    deterministic, seeded = {"deterministic_share": 1.0}, {"replicated_share": 1.0}
    for practice, left in ((deterministic, 1 / 1.3), (seeded, 1 / 4), (deterministic | seeded, 1 / 5.2)):
        assert useful_share(Openness(), Reproduction(**practice)).item() == pytest.approx(left, rel=1e-12)


def test_seeds_show_chance_where_nothing_is_open():
    """.2 of the studies, times a power of .807; the bits of closed work show nothing to anyone."""
    seeded = found(Reproduction(replicated_share=1.0), CLOSED)
    assert seeded == pytest.approx(0.2 * power_of(4.0, Reproduction()).item(), rel=1e-12)
    assert found(Reproduction(deterministic_share=1.0), CLOSED) == found(Reproduction(), CLOSED) == 0


def test_repeated_bits_show_every_mistake():
    """Of what is checked, .14 with the same bits and .34 x .293 with one other seed."""
    checked = {"checked_share": 1.0}
    assert found(Reproduction(**checked, deterministic_share=1.0)) == pytest.approx(0.14, rel=1e-12)
    once = power_of(1.0, Reproduction()).item()
    assert found(Reproduction(**checked)) == pytest.approx(0.34 * once, rel=1e-12)


def test_the_same_bits_add_nothing_where_one_run_shows_everything():
    """An effect far beyond the spread: another seed shows mistakes and chance alike."""
    plain = Reproduction(effect_ratio=50.0, checked_share=0.5)
    assert found(replace(plain, deterministic_share=1.0)) == found(plain) == pytest.approx(0.17, rel=1e-9)


# ---------------------------------------------------------------------------------------------------------- directions


@property_of
@given(practices(), st.floats(1, 3))
def test_larger_effects_never_need_more_runs(practice, more):
    larger = replace(practice, effect_ratio=practice.effect_ratio * more)
    assert seeds_needed(larger) <= seeds_needed(practice)
    assert rerun_ratio(larger) <= rerun_ratio(practice) * (1 + ROUNDING)


@property_of
@given(practices())
def test_the_runs_that_a_claim_needs_have_the_power_that_was_asked_for(practice):
    seeds = seeds_needed(practice)
    assert power_of(seeds, practice).item() >= practice.power_share - 1e-6
    if seeds > LEAST_SEEDS:
        assert power_of(seeds - 1, practice).item() <= practice.power_share + 1e-6


@property_of
@given(practices(), part)
def test_stricter_tests_never_need_fewer_runs(practice, more):
    stricter = replace(practice, power_share=practice.power_share + (0.999 - practice.power_share) * more)
    assert seeds_needed(stricter) >= seeds_needed(practice)
    stern = replace(practice, false_alarm_share=practice.false_alarm_share * (1 - 0.9 * more))
    assert seeds_needed(stern) >= seeds_needed(practice)


@property_of
@given(practices(), part, st.floats(0, 5))
def test_determinism_never_adds_hours_and_never_hides_an_error(practice, more, overhead):
    stricter = raised(practice, "deterministic_share", more)
    assert rerun_ratio(stricter) >= rerun_ratio(practice) * (1 - ROUNDING)
    assert found(stricter) >= found(practice) - ROUNDING
    before, after = (rerun_shares(OPEN, each) for each in (practice, stricter))
    assert all((b <= a + ROUNDING).all() for b, a in zip(before, after, strict=True))
    dearer = replace(stricter, determinism_overhead_ratio=stricter.determinism_overhead_ratio + overhead)
    assert rerun_ratio(dearer) >= rerun_ratio(stricter) * (1 - ROUNDING)


@property_of
@given(practices(), part)
def test_replication_never_adds_hours_and_reproduces_in_spread_only(practice, more):
    replicated = raised(practice, "replicated_share", more)
    assert rerun_ratio(replicated) >= rerun_ratio(practice) * (1 - ROUNDING)
    (bits, known), (bits_after, known_after) = (rerun_shares(OPEN, each) for each in (practice, replicated))
    assert bits_after == bits
    assert known_after >= known - ROUNDING


@property_of
@given(practices(), part, st.sampled_from(["checked_share", "mistake_share"]))
def test_more_checks_and_more_mistakes_never_lower_what_is_found(practice, more, name):
    assert found(raised(practice, name, more)) >= found(practice) - ROUNDING


@property_of
@given(practices(), part)
def test_nothing_is_found_by_others_in_what_is_not_open(practice, open_share):
    shares = open_share * OPEN + (1 - open_share) * CLOSED
    assert found(practice, CLOSED) <= found(practice, shares) + ROUNDING
    assert found(practice, shares) <= found(practice, OPEN) + ROUNDING
    assert checkable_share(shares).item() == open_share


@property_of
@given(practices())
def test_no_more_errors_are_found_than_there_are(practice):
    assert -ROUNDING <= found(practice) <= practice.mistake_share + practice.chance_share + ROUNDING


@property_of
@given(practices(), st.integers(2, 4))
def test_draws_that_are_alike_have_one_answer(practice, draws):
    names = ("determinism_overhead_ratio", "effect_ratio", "mistake_share", "chance_share", "checked_share")
    many = replace(practice, **{name: np.full((draws, 1), getattr(practice, name)) for name in names})
    for rule in (rerun_ratio, seeds_needed, lambda each: errors_per_study(OPEN, each)):
        np.testing.assert_allclose(np.broadcast_to(rule(many), draws), rule(practice).item(), rtol=1e-12)


# ---------------------------------------------------------------------------------------------------------- what counts


def test_no_single_number_decides_what_is_found_nor_what_it_is_worth():
    """By rank over draws of the world: at least three inputs matter, and none of them alone."""
    world = drawn(3, 400, {"reproduction.deterministic_share": 1.0, "openness.mandate_share": 1.0})
    rules, released = world.reproduction, class_shares(world.openness)
    each = np.broadcast_to(errors_per_study(released, rules), 400)
    gain = each * flat(rules.followed_ratio) - (1 / useful_share(world.openness, rules) - 1)
    inputs = {
        name: np.broadcast_to(flat(getattr(group, name)), 400)
        for group, names in (
            (rules, ("determinism_overhead_ratio", "effect_ratio", "mistake_share", "checked_share", "followed_ratio")),
            (world.openness, ("legal_ceiling_share", "private_data_share", "compliance_share", "hours_per_project")),
        )
        for name in names
    }
    for result in (each, gain):
        ranks = [abs(spearmanr(values, result).statistic) for values in inputs.values()]
        assert max(ranks) < 0.99
        assert sum(rank > 0.1 for rank in ranks) >= 3, dict(zip(inputs, ranks, strict=True))


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        ({"reproduction.determinism_overhead_ratio": 2.0}, -1),
        (
            {
                "reproduction.determinism_overhead_ratio": 0.01, "openness.compliance_share": 0.0,
                "reproduction.checked_share": 0.3, "reproduction.followed_ratio": 6.0,
            },
            1,
        ),
    ],
)  # fmt: skip
def test_the_same_bits_can_spare_more_work_than_they_take_or_less(reckoned, outcome, values, sign):
    asked = {"reproduction.deterministic_share": 1.0, "openness.mandate_share": 1.0}
    free, bound = (
        outcome(reckoned(INSTRUMENTS["public_cluster"](), values | more), "reproduction_gain")[0]
        for more in ({}, asked)
    )
    assert sign * (bound - free) > 0


# ------------------------------------------------------------------------------------------------- for the same compute

BITS = Reproduction(deterministic_share=1.0)
SEEDS = Reproduction(replicated_share=1.0)


def rate(practice: Reproduction, **values: float) -> float:
    """Errors that a study's worth of further compute finds, all in the open."""
    return errors_per_rerun(OPEN, replace(practice, **values)).item()


def test_errors_for_the_same_compute_by_hand():
    """Bits: what is checked shows all mistakes in place of a part; seeds: chance, and what is left of it better."""
    once, often = power_of(1.0, BITS).item(), power_of(4.0, BITS).item()
    assert rate(BITS) == pytest.approx(0.05 * (0.14 - 0.34 * once) / 0.3)
    left = 0.2 * (1 - often)
    assert rate(SEEDS) == pytest.approx((0.2 * often + 0.05 * ((0.14 + left) * often - 0.34 * once)) / 3)


def test_either_practice_can_find_more_for_the_same_compute():
    """Within the plausible ranges of three numbers, which have to move together."""
    assert rate(BITS) < rate(SEEDS)
    ends = {"determinism_overhead_ratio": 0.05, "checked_share": 0.3, "chance_share": 0.05}
    assert rate(BITS, **ends) > rate(SEEDS, **ends)


@property_of
@given(practices(), part)
def test_the_more_the_same_bits_cost_the_fewer_errors_they_find_for_it(practice, more):
    only = replace(practice, deterministic_share=1.0, replicated_share=0.0, determinism_overhead_ratio=0.1)
    dearer = replace(only, determinism_overhead_ratio=0.1 + more)
    assert errors_per_rerun(OPEN, dearer) <= errors_per_rerun(OPEN, only) + ROUNDING


def test_what_takes_nothing_has_no_rate():
    """Nothing asked for, or bits that come for nothing: there is no compute to hold errors against."""
    for practice in (Reproduction(), replace(BITS, determinism_overhead_ratio=0.0)):
        assert np.isnan(errors_per_rerun(OPEN, practice)).all()


# ----------------------------------------------------------------------------------------------------------- in options


@pytest.mark.parametrize("kind", BUYERS)
def test_what_openness_takes_is_taken_of_the_hours_and_of_no_money(reckoned, outcome, kind):
    asked = {
        "reproduction.deterministic_share": 1.0, "reproduction.replicated_share": 0.5, "openness.mandate_share": 1.0,
    }  # fmt: skip
    free, bound = (reckoned(INSTRUMENTS[kind](), values, draws=8) for values in ({}, asked))
    left = 1 - outcome(bound, "openness_overhead_share")
    world = bound.context.world
    np.testing.assert_allclose(left, useful_share(world.openness, world.reproduction), rtol=1e-12)
    np.testing.assert_allclose(outcome(bound, "h100e_hours"), outcome(free, "h100e_hours") * left, rtol=1e-9)
    for name in ("public_cost", "gpu_hours", "energy_mwh", "first_month"):
        assert (outcome(bound, name) == outcome(free, name)).all(), name
    assert (outcome(bound, "output_percent") <= outcome(free, "output_percent") + 1e-9).all()


def test_reproduction_costs_hours_at_the_rent_of_their_month(reckoned, outcome):
    """Four seeds for all: three hours more for each that is left, at the scenario's rent."""
    seeded = reckoned(INSTRUMENTS["public_cluster"](), {"reproduction.replicated_share": 1.0}, draws=3)
    seeds = seeds_needed(seeded.context.world.reproduction)
    expected = (seeded.public_hours * seeded.context.grid.rent_usd).sum(axis=-1) * (seeds - 1)
    np.testing.assert_allclose(outcome(seeded, "reproduction_cost"), expected, rtol=1e-9)
    used = seeded.public_hours.sum(axis=-1)
    np.testing.assert_allclose(outcome(seeded, "reproduction_hours"), used * (seeds - 1), rtol=1e-9)
    studies, each = outcome(seeded, "projects"), outcome(seeded, "errors_per_study")
    np.testing.assert_allclose(outcome(seeded, "cost_per_error"), expected / (studies * each), rtol=1e-9)


def test_an_hour_spares_what_others_would_have_built_on_the_errors_it_finds(reckoned, outcome):
    values = {"reproduction.replicated_share": 1.0, "reproduction.followed_ratio": 5.0, "openness.mandate_share": 1.0}
    seeded = reckoned(INSTRUMENTS["public_cluster"](), values)
    world = seeded.context.world
    found = errors_per_rerun(class_shares(world.openness), world.reproduction)
    assert outcome(seeded, "spared_per_rerun")[0] == pytest.approx(5 * found.item())
    assert np.isnan(outcome(reckoned(INSTRUMENTS["public_cluster"](), {}), "spared_per_rerun")).all()


def test_who_asks_for_nothing_pays_nothing(reckoned, outcome):
    plain = reckoned(INSTRUMENTS["public_cluster"](), {}, draws=3)
    assert (outcome(plain, "reproduction_cost") == 0).all()
    assert (outcome(plain, "cost_per_error") == 0).all()
    assert (outcome(plain, "reproduction_gain") >= 0).all()


def test_reproduction_says_nothing_where_no_project_is_supported(reckoned, outcome):
    monthly = reckoned(INSTRUMENTS["do_nothing"](), {}, draws=3)
    for name in (
        "bitwise_reproducible_share", "errors_per_study", "spared_per_rerun", "seeds_needed", "cost_per_error",
    ):  # fmt: skip
        assert np.isnan(outcome(monthly, name)).all()
    assert (outcome(monthly, "reproduction_gain") == 0).all()
