"""Openness: six classes, a mandate with a legal ceiling, a licence's exclusions, and what can be run again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.instruments import INSTRUMENTS
from sim.mechanisms.openness import (
    CLASSES,
    COMPONENTS,
    FLAGS,
    PRESETS,
    Openness,
    class_shares,
    freely_released,
    index_of,
    rerun_shares,
    reuse_of,
    useful_share,
)

property_of = settings(max_examples=200, deadline=None, derandomize=True)
SHARES = tuple(f"share_{kind}" for kind in CLASSES)
ROUNDING = 1e-12
CLOSED = dict.fromkeys(SHARES, 0.0) | {"share_closed": 1.0}
OPEN = dict.fromkeys(SHARES, 0.0) | {"share_fully_open": 1.0}

part = st.floats(0, 1)


@st.composite
def policies(draw: st.DrawFn) -> Openness:
    """Any mix, preset, mandate and law; reuse rises with what is published, as its plausible ranges do."""
    mix = draw(st.lists(st.floats(0, 1), min_size=6, max_size=6).filter(lambda shares: sum(shares) > 0.01))
    reuse = sorted(draw(st.lists(st.floats(0.01, 1.2), min_size=4, max_size=4)))
    return Openness(
        release=draw(st.sampled_from(PRESETS)),
        **dict(zip(SHARES, mix, strict=True)),
        **dict(zip(("reuse_api", "reuse_weights", "reuse_code", "reuse_full"), reuse, strict=True)),
        mandate_share=draw(part),
        legal_ceiling_share=draw(part),
        over_700m_share=draw(st.floats(0, 0.5)),
        prohibited_share=draw(st.floats(0, 0.5)),
        compliance_share=draw(st.floats(0, 0.5)),
        deterministic_share=draw(part),
        determinism_overhead_ratio=draw(st.floats(0, 8)),
        replicated_share=draw(part),
        seeds=draw(st.floats(1, 10)),
        **{f"counts_{name}": draw(st.floats(0.1, 2)) for name in COMPONENTS},
    )


def index(openness: Openness) -> float:
    """The openness index."""
    return index_of(class_shares(openness), openness).item()


def used(openness: Openness) -> float:
    """Uses by others of a mean project, those that licences exclude taken off."""
    wanted, excluded = reuse_of(class_shares(openness), openness)
    return (wanted - excluded).item()


def excluded_share(openness: Openness) -> float:
    """Part of the wanted uses that licences exclude, nothing where nobody wants any."""
    wanted, excluded = (uses.item() for uses in reuse_of(class_shares(openness), openness))
    return excluded / wanted if wanted else 0.0


def raised(openness: Openness, name: str, by: float) -> Openness:
    """The same with a share moved up by a part of what is left to one."""
    value = getattr(openness, name)
    return replace(openness, **{name: value + (1 - value) * by})


# ------------------------------------------------------------------------------------------------- identities, exactly


def test_only_closed_projects_are_not_open_at_all():
    """I-58: closed only, O = 0."""
    assert index(Openness(**CLOSED)) == 0


def test_projects_that_publish_everything_are_wholly_open():
    """I-58: fully open, O = 1; whatever the components weigh."""
    assert index(Openness(**OPEN)) == 1
    assert index(Openness(**OPEN, counts_data=0.3, counts_code=2.0)) == 1


def test_each_class_publishes_one_component_more():
    """O_c = 0, .2, .4, .6, .8, 1."""
    np.testing.assert_allclose(index_of(np.eye(6), Openness()), [0, 0.2, 0.4, 0.6, 0.8, 1.0], rtol=1e-15)
    assert (np.diff(FLAGS.sum(axis=-1)) == 1).all()
    assert (np.diff(FLAGS, axis=0) >= 0).all()


def test_a_licence_that_excludes_nobody_is_none():
    """I-58: x_700M = x_AUP = 0 makes restricted weights open weights in reuse, and nothing is excluded."""
    free = {"over_700m_share": 0.0, "prohibited_share": 0.0}
    restricted, weights = (Openness(release=kind, **free) for kind in ("restricted", "open_weights"))
    assert used(restricted) == used(weights)
    assert excluded_share(restricted) == 0


def test_the_700_million_clause_and_prohibited_fields_take_their_parts():
    """1 - .10 - .03 of .7, and 13 % excluded, where all is restricted."""
    assert used(Openness(release="restricted")) == pytest.approx(0.87 * 0.7, rel=1e-12)
    assert excluded_share(Openness(release="restricted")) == pytest.approx(0.13, rel=1e-12)
    assert excluded_share(Openness(release="open_weights")) == 0


def test_free_determinism_in_the_open_makes_everything_reproducible_at_no_cost():
    """I-58: theta_det = 0 and all open -> reproducible share 1 and compute unchanged."""
    openness = Openness(**OPEN, deterministic_share=1.0, determinism_overhead_ratio=0.0)
    same, known = rerun_shares(class_shares(openness), openness)
    assert same.item() == known.item() == 1
    assert useful_share(openness).item() == 1


def test_by_default_nothing_is_taken_of_anybodys_hours():
    """Exactly: the outcomes of a scenario that asks for nothing are bit for bit what they were."""
    assert useful_share(Openness()).item() == 1.0


def test_what_takes_hours_takes_so_many():
    """.3 more for determinism leaves 1 / 1.3; three seeds leave a third; both a third of that."""
    deterministic, seeded = {"deterministic_share": 1.0}, {"replicated_share": 1.0}
    assert useful_share(Openness(**deterministic)).item() == pytest.approx(1 / 1.3, rel=1e-12)
    assert useful_share(Openness(**seeded)).item() == pytest.approx(1 / 3, rel=1e-12)
    assert useful_share(Openness(**deterministic, **seeded)).item() == pytest.approx(1 / 3.9, rel=1e-12)


def test_releasing_costs_those_that_would_not_have_released():
    """A full mandate on the usual mix: 80 % publish code that would not, 35 % data, at 2 % each."""
    assert useful_share(Openness(mandate_share=1.0)).item() == pytest.approx(1 / (1 + 0.02 * 1.15), rel=1e-12)
    assert useful_share(Openness(**OPEN, mandate_share=1.0)).item() == 1


def test_the_definition_asks_for_code_of_all_and_for_data_where_the_law_allows():
    np.testing.assert_allclose(class_shares(Openness(release="osi"))[0], [0, 0, 0, 0, 0.6, 0.4], atol=1e-15)
    assert index(Openness(release="osi", legal_ceiling_share=1.0)) == 1


@pytest.mark.parametrize(
    ("preset", "kind"), [("open_weights", "open_weights"), ("restricted", "restricted"), ("closed_api", "api")]
)
def test_a_preset_puts_all_projects_in_its_class(preset, kind):
    shares = class_shares(Openness(release=preset))[0]
    assert shares[CLASSES.index(kind)] == 1
    assert shares.sum() == 1


def test_shares_that_do_not_sum_to_one_are_scaled():
    twice = {name: 2 * getattr(Openness(), name) for name in SHARES}
    np.testing.assert_allclose(class_shares(Openness(**twice)), class_shares(Openness()), rtol=1e-12)


# --------------------------------------------------------------------------------------------------------- the mandate


@property_of
@given(policies())
def test_class_shares_are_shares_under_every_mandate(openness):
    shares = class_shares(openness)[0]
    assert abs(shares.sum() - 1) < 1e-9
    assert (shares >= -ROUNDING).all()


@property_of
@given(policies())
def test_a_mandate_never_moves_more_than_the_legal_ceiling_into_fully_open(openness):
    """Fully open ends at the ceiling, or where it was above it already; what moves there is at most the ceiling."""
    full = CLASSES.index("fully_open")
    before, after = freely_released(openness)[0, full], class_shares(openness)[0, full]
    assert after - before <= openness.legal_ceiling_share + ROUNDING
    assert after <= max(before, openness.legal_ceiling_share) + ROUNDING


@property_of
@given(policies())
def test_a_law_against_all_data_stops_at_code(openness):
    strict = replace(openness, legal_ceiling_share=0.0)
    full = CLASSES.index("fully_open")
    assert class_shares(strict)[0, full] == freely_released(strict)[0, full]


@property_of
@given(policies(), part)
def test_a_higher_mandate_never_makes_a_project_publish_less(openness, more):
    """From every class upwards: the share that publishes at least so much never falls."""
    least, most = (np.cumsum(class_shares(o)[0, ::-1]) for o in (openness, raised(openness, "mandate_share", more)))
    assert (most >= least - ROUNDING).all()


@property_of
@given(policies(), part)
def test_a_higher_mandate_never_lowers_openness_reuse_or_what_can_be_run_again(openness, more):
    higher = raised(openness, "mandate_share", more)
    assert index(higher) >= index(openness) - ROUNDING
    assert used(higher) >= used(openness) - ROUNDING
    before, after = (rerun_shares(class_shares(o), o) for o in (openness, higher))
    assert all((b <= a + ROUNDING).all() for b, a in zip(before, after, strict=True))


@property_of
@given(policies(), part)
def test_a_higher_mandate_never_raises_the_part_of_uses_that_licences_exclude(openness, more):
    higher = raised(openness, "mandate_share", more)
    assert excluded_share(higher) <= excluded_share(openness) + 1e-9


@property_of
@given(policies(), part)
def test_a_higher_mandate_never_adds_hours(openness, more):
    assert useful_share(raised(openness, "mandate_share", more)) <= useful_share(openness) * (1 + ROUNDING)


@property_of
@given(policies(), part)
def test_a_higher_legal_ceiling_never_lowers_openness_or_what_can_be_run_again_and_never_adds_hours(openness, more):
    higher = raised(openness, "legal_ceiling_share", more)
    assert index(higher) >= index(openness) - ROUNDING
    assert useful_share(higher) <= useful_share(openness) * (1 + ROUNDING)
    before, after = (rerun_shares(class_shares(o), o) for o in (openness, higher))
    assert all((b <= a + ROUNDING).all() for b, a in zip(before, after, strict=True))


# ---------------------------------------------------------------------------------------------------- the other levers


@property_of
@given(policies(), st.floats(0, 0.25), st.floats(0, 0.25))
def test_a_licence_that_excludes_more_never_raises_reuse_nor_lowers_what_is_excluded(openness, giants, fields):
    stricter = replace(
        openness,
        over_700m_share=openness.over_700m_share + giants,
        prohibited_share=openness.prohibited_share + fields,
    )
    assert used(stricter) <= used(openness) + ROUNDING
    assert excluded_share(stricter) >= excluded_share(openness) - ROUNDING
    assert index(stricter) == index(openness)


@property_of
@given(policies(), part, st.floats(0, 5))
def test_determinism_never_adds_hours_and_never_lowers_what_can_be_run_again(openness, more, overhead):
    stricter = raised(openness, "deterministic_share", more)
    assert useful_share(stricter) <= useful_share(openness) * (1 + ROUNDING)
    before, after = (rerun_shares(class_shares(o), o) for o in (openness, stricter))
    assert all((b <= a + ROUNDING).all() for b, a in zip(before, after, strict=True))
    dearer = replace(stricter, determinism_overhead_ratio=stricter.determinism_overhead_ratio + overhead)
    assert useful_share(dearer) <= useful_share(stricter) * (1 + ROUNDING)


@property_of
@given(policies(), part, st.floats(0, 5))
def test_replication_never_adds_hours_and_reproduces_in_spread_only(openness, more, seeds):
    replicated = replace(raised(openness, "replicated_share", more), seeds=openness.seeds + seeds)
    assert useful_share(replicated) <= useful_share(openness) * (1 + ROUNDING)
    (bits, known), (bits_after, known_after) = (rerun_shares(class_shares(o), o) for o in (openness, replicated))
    assert bits_after == bits
    assert known_after >= known - ROUNDING


@property_of
@given(policies())
def test_one_run_is_no_replication(openness):
    """Two are; what a share of work gains by a third is not told apart."""
    shares = class_shares(openness)
    bits, known = rerun_shares(shares, replace(openness, seeds=1.0))
    assert known == pytest.approx(bits)
    assert useful_share(replace(openness, seeds=1.0)) == useful_share(replace(openness, replicated_share=0.0))
    two, three = (rerun_shares(shares, replace(openness, seeds=seeds))[1] for seeds in (2.0, 3.0))
    assert two == three


@property_of
@given(policies(), st.floats(0, 1))
def test_dearer_compliance_never_adds_hours(openness, more):
    dearer = replace(openness, compliance_share=openness.compliance_share + more)
    assert useful_share(dearer) <= useful_share(openness) * (1 + ROUNDING)


@property_of
@given(policies())
def test_the_bits_are_never_known_where_the_spread_is_not_and_nothing_without_data(openness):
    shares = class_shares(openness)
    bits, known = rerun_shares(shares, openness)
    assert 0 <= bits <= known + ROUNDING
    assert known <= shares[0, CLASSES.index("fully_open")] + ROUNDING


@property_of
@given(policies())
def test_the_index_is_a_share(openness):
    assert -ROUNDING <= index(openness) <= 1 + ROUNDING
    assert 0 < useful_share(openness) <= 1


@property_of
@given(policies(), st.integers(2, 4))
def test_draws_that_are_alike_have_one_answer(openness, draws):
    """Arrays [draw, 1], as in a sampled world."""
    drawn = replace(
        openness,
        **{
            name: np.full((draws, 1), getattr(openness, name))
            for name in (*SHARES, "legal_ceiling_share", "compliance_share", "reuse_api", "over_700m_share")
        },
    )
    np.testing.assert_allclose(
        np.broadcast_to(class_shares(drawn), (draws, 6)), np.tile(class_shares(openness), (draws, 1)), atol=1e-12
    )
    np.testing.assert_allclose(np.broadcast_to(useful_share(drawn), draws), useful_share(openness).item(), rtol=1e-12)
    for found, wanted in zip(
        reuse_of(class_shares(drawn), drawn), reuse_of(class_shares(openness), openness), strict=True
    ):
        np.testing.assert_allclose(np.broadcast_to(found, draws), wanted.item(), rtol=1e-9, atol=1e-12)


@property_of
@given(policies(), st.sampled_from(COMPONENTS), st.floats(0.01, 3))
def test_a_heavier_component_draws_the_index_towards_the_share_that_publishes_it(openness, component, more):
    """Up where more publish it than the index says, down where fewer do: weights decide no direction by themselves."""
    name = f"counts_{component}"
    publishing = (class_shares(openness) @ FLAGS[:, COMPONENTS.index(component)]).item()
    before, after = index(openness), index(replace(openness, **{name: getattr(openness, name) + more}))
    assert abs(publishing - after) <= abs(publishing - before) + ROUNDING
    assert (after - before) * (publishing - before) >= -ROUNDING


@property_of
@given(policies(), st.floats(0, 1))
def test_more_reuse_of_any_release_never_lowers_reuse(openness, more):
    for name in ("reuse_api", "reuse_weights", "reuse_code", "reuse_full"):
        assert used(replace(openness, **{name: getattr(openness, name) + more})) >= used(openness) - ROUNDING


@property_of
@given(policies(), st.integers(0, 4), st.integers(1, 5), part)
def test_projects_that_move_up_a_class_never_lower_openness(openness, start, steps, moved):
    """In the mix, whatever the mandate does with it afterwards."""
    mix = replace(openness, release="mixed")
    low, high = SHARES[start], SHARES[min(start + steps, 5)]
    gone = moved * getattr(mix, low)
    opener = replace(mix, **{low: getattr(mix, low) - gone, high: getattr(mix, high) + gone})
    assert index(opener) >= index(mix) - 1e-9


# ----------------------------------------------------------------------------------------------------------- in options

BUYERS = ("public_cluster", "cloud_credits", "research_grants")


@pytest.mark.parametrize("kind", BUYERS)
def test_what_openness_takes_is_taken_of_the_hours_and_of_no_money(reckoned, outcome, kind):
    asked = {"openness.deterministic_share": 1.0, "openness.replicated_share": 0.5, "openness.mandate_share": 1.0}
    free, bound = (reckoned(INSTRUMENTS[kind](), values, draws=8) for values in ({}, asked))
    left = 1 - outcome(bound, "openness_overhead_share")
    np.testing.assert_allclose(left, useful_share(bound.context.world.openness), rtol=1e-12)
    np.testing.assert_allclose(outcome(bound, "h100e_hours"), outcome(free, "h100e_hours") * left, rtol=1e-9)
    for name in ("public_cost", "gpu_hours", "energy_mwh", "first_month"):
        assert (outcome(bound, name) == outcome(free, name)).all(), name
    assert (outcome(bound, "output_percent") <= outcome(free, "output_percent") + 1e-9).all()


@pytest.mark.parametrize("preset", PRESETS)
def test_openness_says_nothing_where_no_project_is_supported(reckoned, outcome, preset):
    monthly = reckoned(INSTRUMENTS["do_nothing"](), {"openness.release": preset}, draws=3)
    assert (outcome(monthly, "projects") == 0).all()
    assert (outcome(monthly, "reuse_outputs") == 0).all()
    for name in ("openness_index", "excluded_use_share", "bitwise_reproducible_share", "openness_overhead_share"):
        assert np.isnan(outcome(monthly, name)).all()


def test_projects_are_frontier_hours_that_found_a_user(reckoned, outcome):
    monthly = reckoned(INSTRUMENTS["cloud_credits"](), {"openness.hours_per_project": 5_000.0}, draws=5)
    hours = (monthly.public_hours / monthly.context.grid.frontier).sum(axis=-1)
    np.testing.assert_allclose(outcome(monthly, "projects") * 5_000, hours, rtol=1e-12)


def test_larger_projects_are_never_more(reckoned, outcome):
    found = [
        outcome(reckoned(INSTRUMENTS["public_cluster"](), {"openness.hours_per_project": hours}), name)[0]
        for name in ("projects", "reuse_outputs")
        for hours in (2_000.0, 10_000.0, 50_000.0)
    ]
    assert found[0] > found[1] > found[2]
    assert found[3] > found[4] > found[5]


def test_presets_rank_by_what_they_publish(reckoned, outcome):
    """Interface, restricted weights, free weights, the definition: in openness and in uses by others."""
    order = ("closed_api", "restricted", "open_weights", "osi")
    found = [reckoned(INSTRUMENTS["public_cluster"](), {"openness.release": preset}) for preset in order]
    for name in ("openness_index", "reuse_outputs"):
        assert (np.diff([outcome(monthly, name)[0] for monthly in found]) > 0).all(), name
