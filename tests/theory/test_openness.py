"""Openness: six classes, a mandate with two ceilings, uses by licence, and uses over time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from sim.instruments import INSTRUMENTS
from sim.mechanisms.licences import COMPONENTS, RESTRICTED, USES
from sim.mechanisms.openness import (
    CLASSES,
    DEMANDED,
    FLAGS,
    PRESETS,
    Openness,
    class_shares,
    demand_shares,
    excluded_of,
    flat,
    freely_released,
    index_of,
    possible_uses,
    publishable_share,
    publishing_ratio,
    reuse_of,
    spread_over_months,
)
from tests.conftest import drawn

property_of = settings(max_examples=200, deadline=None, derandomize=True)
SHARES = tuple(f"share_{kind}" for kind in CLASSES)
DEMANDS = tuple(f"demand_{use}" for use in DEMANDED)
ROUNDING = 1e-12
CLOSED = dict.fromkeys(SHARES, 0.0) | {"share_closed": 1.0}
OPEN = dict.fromkeys(SHARES, 0.0) | {"share_fully_open": 1.0}
JUST_RUN = dict.fromkeys(DEMANDS, 0.0)  # everybody wants to run models as they are

part = st.floats(0, 1)


@st.composite
def policies(draw: st.DrawFn) -> Openness:
    """Any mix, preset, licence, mandate, law and demand."""
    mix = draw(st.lists(st.floats(0, 1), min_size=6, max_size=6).filter(lambda shares: sum(shares) > 0.01))
    wanted = draw(st.lists(st.floats(0, 1 / len(DEMANDS)), min_size=len(DEMANDS), max_size=len(DEMANDS)))
    return Openness(
        release=draw(st.sampled_from(PRESETS)),
        licence=draw(st.sampled_from(RESTRICTED)),
        **dict(zip(SHARES, mix, strict=True)),
        **dict(zip(DEMANDS, wanted, strict=True)),
        mandate_share=draw(part),
        legal_ceiling_share=draw(part),
        private_data_share=draw(part),
        derived_ratio=draw(st.floats(0, 0.95)),
        compliance_share=draw(st.floats(0, 0.5)),
    )


def index(openness: Openness) -> float:
    """The openness index."""
    return index_of(class_shares(openness), openness).item()


def used(openness: Openness) -> float:
    """Uses by others of a mean project, over all time."""
    return sum(uses.item() for uses in reuse_of(class_shares(openness), openness))


def excluded_share(openness: Openness) -> float:
    """Part of the wanted uses that licences exclude, nothing where nobody wants any."""
    wanted, excluded = (uses.item() for uses in excluded_of(class_shares(openness), openness))
    return excluded / wanted if wanted else 0.0


def raised(openness: Openness, name: str, by: float) -> Openness:
    """The same with a share moved up by a part of what is left to one."""
    value = getattr(openness, name)
    return replace(openness, **{name: value + (1 - value) * by})


# ------------------------------------------------------------------------------------------------- identities, exactly


def test_only_closed_projects_are_not_open_at_all():
    """I-58: closed only, O = 0, and nobody uses them."""
    assert index(Openness(**CLOSED)) == used(Openness(**CLOSED)) == 0


def test_projects_that_publish_everything_are_wholly_open():
    """I-58: fully open, O = 1, whatever the demand is for."""
    assert index(Openness(**OPEN)) == pytest.approx(1, rel=1e-12)
    assert index(Openness(**OPEN, demand_audit_data=0.3, demand_distil=0.0)) == pytest.approx(1, rel=1e-12)


def test_each_class_publishes_what_the_one_before_it_does_and_what_licences_say():
    assert (np.diff(FLAGS, axis=0) >= 0).all()
    assert FLAGS.shape == (len(CLASSES), len(COMPONENTS))
    possible, permitted = possible_uses(Openness())
    assert (permitted <= possible).all()
    assert possible[:, USES.index("fine_tune")].tolist() == FLAGS[:, COMPONENTS.index("weights")].tolist()
    assert possible[:, USES.index("audit_data")].tolist() == FLAGS[:, COMPONENTS.index("data")].tolist()


def test_where_models_are_only_run_an_interface_is_as_open_as_anything():
    """Openness is worth what others want to do with it: nothing, if that is nothing more than to run models."""
    found = [index(Openness(release=preset, **JUST_RUN)) for preset in PRESETS[1:]]
    assert found == pytest.approx([1.0] * 4, rel=1e-12)


def test_a_licence_is_none_where_nobody_wants_what_it_forbids():
    free = {"demand_over_700m": 0.0, "demand_prohibited_field": 0.0, "demand_eu_multimodal": 0.0}
    restricted, weights = (Openness(release=kind, **free) for kind in ("restricted", "open_weights"))
    assert used(restricted) == pytest.approx(used(weights), rel=1e-12)
    assert excluded_share(restricted) == pytest.approx(0, abs=ROUNDING)


def test_the_clauses_of_llama_4_take_their_parts():
    """Of .95 that weights can serve, .10 + .03 + .04 are forbidden; under Llama 3.1 the .04 are not."""
    assert excluded_share(Openness(release="restricted")) == pytest.approx(0.17 / 0.95, rel=1e-12)
    assert excluded_share(Openness(release="restricted", licence="llama_3_1")) == pytest.approx(0.13 / 0.95, rel=1e-12)
    assert excluded_share(Openness(release="open_weights")) == pytest.approx(0, abs=ROUNDING)


def test_uses_follow_from_the_matrix():
    """Free weights: .95 less nothing, over 1 - .5 (.20 + .08); no derived models, .95."""
    assert used(Openness(release="open_weights")) == pytest.approx(0.95 / 0.86, rel=1e-12)
    assert used(Openness(release="open_weights", derived_ratio=0.0)) == pytest.approx(0.95, rel=1e-12)
    llama_2 = Openness(release="restricted", licence="llama_2")
    assert used(llama_2) == pytest.approx((0.95 - 0.13 - 0.08) / (1 - 0.5 * 0.20), rel=1e-12)


def test_models_that_may_not_be_passed_on_have_no_offspring():
    one = Openness(release="closed_api", derived_ratio=0.9)
    assert used(one) == pytest.approx(index(one), rel=1e-12)


def test_demand_sums_to_one_and_only_draws_can_want_more():
    assert demand_shares(Openness()).sum() == pytest.approx(1, rel=1e-12)
    assert demand_shares(Openness())[0, 0] == pytest.approx(0.35, rel=1e-12)
    crowded = demand_shares(Openness(demand_distil=0.9))[0]
    assert crowded[0] == 0
    assert crowded.sum() == pytest.approx(1, rel=1e-12)


def test_two_ceilings_know_nothing_of_each_other():
    assert publishable_share(Openness(legal_ceiling_share=0.5, private_data_share=0.2)).item() == pytest.approx(0.4)
    assert publishable_share(Openness(legal_ceiling_share=0.5, private_data_share=0.0)).item() == 0.5
    assert publishable_share(Openness(legal_ceiling_share=1.0, private_data_share=0.3)).item() == pytest.approx(0.7)


def test_releasing_costs_those_that_would_not_have_released():
    """A full mandate on the usual mix: 80 % publish code that would not, 29 % data, at 2 % each."""
    assert publishing_ratio(Openness(mandate_share=1.0)).item() == pytest.approx(1 + 0.02 * (0.8 + 0.29), rel=1e-12)
    assert publishing_ratio(Openness(**OPEN, mandate_share=1.0)).item() == 1
    assert publishing_ratio(Openness()).item() == 1.0


def test_the_definition_asks_for_code_of_all_and_for_data_where_they_may_be_published():
    shares = class_shares(Openness(release="osi", private_data_share=0.0))
    np.testing.assert_allclose(shares[0], [0, 0, 0, 0, 0.6, 0.4], atol=1e-15)
    assert index(Openness(release="osi", legal_ceiling_share=1.0, private_data_share=0.0)) == pytest.approx(1)


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
def test_a_mandate_never_moves_more_than_the_ceiling_into_fully_open(openness):
    """Fully open ends at the ceiling, or where it was above it already; what moves there is at most the ceiling."""
    full, most = CLASSES.index("fully_open"), publishable_share(openness).item()
    before, after = freely_released(openness)[0, full], class_shares(openness)[0, full]
    assert after - before <= most + ROUNDING
    assert after <= max(before, most) + ROUNDING


@property_of
@given(policies(), st.sampled_from([{"legal_ceiling_share": 0.0}, {"private_data_share": 1.0}]))
def test_a_law_against_all_data_or_private_data_alone_stops_at_code(openness, ceiling):
    strict = replace(openness, **ceiling)
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
def test_a_higher_mandate_never_lowers_openness_or_reuse(openness, more):
    higher = raised(openness, "mandate_share", more)
    assert index(higher) >= index(openness) - ROUNDING
    assert used(higher) >= used(openness) - 1e-9


@property_of
@given(policies(), part)
def test_a_higher_mandate_or_ceiling_never_takes_less_compute(openness, more):
    for name in ("mandate_share", "legal_ceiling_share"):
        assert publishing_ratio(raised(openness, name, more)) >= publishing_ratio(openness) * (1 - ROUNDING)


@property_of
@given(policies(), part)
def test_more_rights_never_lower_openness_and_more_privacy_never_raises_it(openness, more):
    assert index(raised(openness, "legal_ceiling_share", more)) >= index(openness) - ROUNDING
    assert index(raised(openness, "private_data_share", more)) <= index(openness) + ROUNDING


# ------------------------------------------------------------------------------------------------ uses and their terms


@property_of
@given(policies(), st.sampled_from(RESTRICTED))
def test_free_weights_are_never_used_less_than_restricted_ones(openness, licence):
    restricted = replace(openness, release="restricted", licence=licence, mandate_share=0.0)
    free = replace(restricted, release="open_weights")
    assert used(restricted) <= used(free) + 1e-9
    assert index(restricted) <= index(free) + ROUNDING


@property_of
@given(policies(), st.sampled_from(["demand_over_700m", "demand_prohibited_field", "demand_eu_multimodal"]))
def test_more_demand_for_what_a_licence_forbids_never_lowers_what_it_excludes(openness, name):
    """It comes out of what models are run for as they are."""
    restricted = replace(openness, release="restricted", licence="llama_4", mandate_share=0.0)
    spare = demand_shares(restricted)[0, 0]
    more = replace(restricted, **{name: getattr(restricted, name) + spare / 2})
    assert excluded_share(more) >= excluded_share(restricted) - 1e-9
    assert used(more) <= used(restricted) + 1e-9


@property_of
@given(policies())
def test_the_index_is_a_share_and_reuse_is_no_less(openness):
    assert -ROUNDING <= index(openness) <= 1 + ROUNDING
    assert used(openness) >= index(openness) - ROUNDING
    assert -ROUNDING <= excluded_share(openness) <= 1 + ROUNDING


@property_of
@given(policies(), part)
def test_derived_models_never_lower_reuse_and_leave_openness_alone(openness, more):
    higher = replace(openness, derived_ratio=openness.derived_ratio + (0.99 - openness.derived_ratio) * more)
    assert used(higher) >= used(openness) - 1e-9
    assert index(higher) == index(openness)


@property_of
@given(policies(), st.integers(0, 4), st.integers(1, 5), part)
def test_projects_that_move_up_a_class_never_lower_openness(openness, start, steps, moved):
    """In the mix, whatever the mandate does with it afterwards."""
    mix = replace(openness, release="mixed")
    low, high = SHARES[start], SHARES[min(start + steps, 5)]
    gone = moved * getattr(mix, low)
    opener = replace(mix, **{low: getattr(mix, low) - gone, high: getattr(mix, high) + gone})
    assert index(opener) >= index(mix) - 1e-9


@property_of
@given(policies(), st.integers(2, 4))
def test_draws_that_are_alike_have_one_answer(openness, draws):
    """Arrays [draw, 1], as in a sampled world."""
    names = (*SHARES, *DEMANDS, "legal_ceiling_share", "private_data_share", "compliance_share", "derived_ratio")
    many = replace(openness, **{name: np.full((draws, 1), getattr(openness, name)) for name in names})
    np.testing.assert_allclose(
        np.broadcast_to(class_shares(many), (draws, 6)), np.tile(class_shares(openness), (draws, 1)), atol=1e-12
    )
    pairs = [(publishing_ratio(many), publishing_ratio(openness))]
    pairs += zip(reuse_of(class_shares(many), many), reuse_of(class_shares(openness), openness), strict=True)
    pairs += zip(excluded_of(class_shares(many), many), excluded_of(class_shares(openness), openness), strict=True)
    for found, wanted in pairs:
        np.testing.assert_allclose(np.broadcast_to(found, draws), wanted.item(), rtol=1e-9, atol=1e-12)


# ------------------------------------------------------------------------------------------------------------- in time


@property_of
@given(st.lists(st.floats(0, 10), min_size=2, max_size=60), st.floats(0.05, 20), st.floats(0.05, 20))
def test_use_is_never_made_before_release_nor_twice_and_comes_later_where_it_lasts(released, one, other):
    months = np.array([released])
    short, long = (spread_over_months(months, years) for years in sorted((one, other)))
    for uses in (short, long):
        assert (np.cumsum(uses) <= np.cumsum(months) + 1e-9).all()
        assert (uses >= 0).all()
    assert (np.cumsum(long) <= np.cumsum(short) + 1e-9).all()


def test_use_falls_by_half_in_a_half_life():
    uses = spread_over_months(np.eye(1, 49), 1.0)[0]
    assert uses[12] / uses[0] == pytest.approx(0.5, rel=1e-12)
    assert uses[:12].sum() == pytest.approx(0.5, rel=1e-12)


def test_use_without_a_life_is_made_at_once():
    released = np.array([[1.0, 0.0, 2.0]])
    np.testing.assert_allclose(spread_over_months(released, 1e-4), released, atol=1e-12)


# ---------------------------------------------------------------------------------------------------------- what counts


def test_no_single_number_decides_what_open_source_adds():
    """By rank over draws of the world: at least three inputs matter, and none of them alone."""
    world = drawn(3, 400, {}).openness
    gap = sum(
        sign * sum(np.broadcast_to(uses, 400) for uses in reuse_of(class_shares(one), one))
        for sign, one in ((1, replace(world, release="osi")), (-1, replace(world, release="restricted")))
    )
    names = (*DEMANDS, "legal_ceiling_share", "private_data_share", "derived_ratio")
    ranks = [abs(spearmanr(np.broadcast_to(flat(getattr(world, name)), 400), gap).statistic) for name in names]
    assert sum(rank > 0.1 for rank in ranks) >= 3
    assert max(ranks) < 0.99


def test_what_open_source_adds_can_come_out_either_way(reckoned, outcome):
    """It loses where releasing is dear and nobody wants what licences forbid, and gains where many do."""
    kinds = ("restricted", "osi")
    dear = {f"openness.{name}": 0.0 for name in DEMANDS} | {"openness.compliance_share": 0.1}
    for values, sign in ((dear, -1), ({"openness.compliance_share": 0.0}, 1)):
        few, many = (
            outcome(reckoned(INSTRUMENTS["public_cluster"](), values | {"openness.release": kind}), "reuse_outputs")[0]
            for kind in kinds
        )
        assert sign * (many - few) > 0


# ----------------------------------------------------------------------------------------------------------- in options


@pytest.mark.parametrize("preset", PRESETS)
def test_openness_says_nothing_where_no_project_is_supported(reckoned, outcome, preset):
    monthly = reckoned(INSTRUMENTS["do_nothing"](), {"openness.release": preset}, draws=3)
    assert (outcome(monthly, "projects") == 0).all()
    assert (outcome(monthly, "reuse_outputs") == 0).all()
    for name in ("openness_index", "excluded_use_share", "openness_overhead_share"):
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


def test_presets_rank_by_what_they_permit(reckoned, outcome):
    """Interface, restricted weights, free weights, the definition; uses by others wait for code that costs nothing."""
    order = ("closed_api", "restricted", "open_weights", "osi")
    free = {"openness.compliance_share": 0.0}
    found = [reckoned(INSTRUMENTS["public_cluster"](), free | {"openness.release": preset}) for preset in order]
    for name in ("openness_index", "reuse_outputs"):
        assert (np.diff([outcome(monthly, name)[0] for monthly in found]) > 0).all(), name
