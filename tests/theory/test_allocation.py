"""Water-filling and the allocation of public hours."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.costs import allocation as kernel
from sim.costs.allocation import allocate
from sim.costs.groups import Groups
from sim.instruments.base import Supply
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.do_nothing import DoNothing
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.access import RULES, Access
from sim.mechanisms.demand import TIERS, Demand, group_counts
from sim.parameters import Array
from tests.oracles import allocation as oracle

property_of = settings(max_examples=300, deadline=None, derandomize=True)
TOLERANCE = 1e-9


def compiled(supply: Array, weight: Array, cap: Array, count: Array) -> Array:
    """The pieces of the compiled loop on one pool: what each group takes at the level that it finds."""
    table = np.zeros((kernel._ROWS, len(cap)))
    table[kernel._COUNT], table[kernel._WEIGHT], table[kernel._CAP] = count, weight, cap
    table[kernel._WEIGHT_SUM], table[kernel._FULL] = count * weight, count * cap
    weight_sum = float((count * weight).sum())
    if supply > 0 and weight_sum > 0:
        rows = kernel._WEIGHT, kernel._WEIGHT_SUM
        kernel._take(table, rows[0], kernel._level(table, *rows, float(supply), weight_sum, 0.0))
    return table[kernel._TAKEN]


both = pytest.mark.parametrize("waterfill", [compiled, oracle.waterfill], ids=["compiled", "numpy"])


@st.composite
def pools(draw: st.DrawFn) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """(supply, weight, cap, count): up to twelve groups, some without weight, some without need."""
    groups = draw(st.integers(1, 12))

    def per_group(low: float, high: float, *, zeros: bool = True) -> np.ndarray:
        positive = st.floats(low, high)
        return draw(arrays(np.float64, groups, elements=st.just(0.0) | positive if zeros else positive))

    count = per_group(0.1, 500, zeros=False)
    return draw(st.just(0.0) | st.floats(1e-3, 1e7)), per_group(1e-3, 1e3), per_group(1e-2, 1e5), count


@both
def test_what_one_group_cannot_use_goes_to_the_rest(waterfill):
    """I-25: S = 10, equal weights, caps (1, 4, 20) -> (1, 4, 5)."""
    assert waterfill(np.array(10.0), np.ones(3), np.array([1.0, 4.0, 20.0]), np.ones(3)).tolist() == [1, 4, 5]


@both
@pytest.mark.parametrize("supply", [25.0, 26.0, 1e9])
def test_plenty_fills_every_cap(waterfill, supply):
    """I-25: S >= sum of caps -> caps, exactly."""
    caps = np.array([1.0, 4.0, 20.0])
    assert waterfill(np.array(supply), np.array([5.0, 1.0, 0.1]), caps, np.ones(3)).tolist() == caps.tolist()


@both
@property_of
@given(pools())
def test_nothing_is_lost_and_nobody_gets_more_than_the_cap(waterfill, pool):
    """I-25: 0 <= x <= cap; together min(supply, what those with a claim can use)."""
    supply, weight, cap, count = pool
    got = waterfill(np.array(supply), weight, cap, count)
    assert np.all(got >= 0)
    assert np.all(got <= cap)
    usable = (cap * count)[weight > 0].sum()
    assert (got * count).sum() == pytest.approx(min(supply, usable), rel=TOLERANCE)


@both
@property_of
@given(pools())
def test_below_the_caps_shares_follow_the_weights(waterfill, pool):
    """I-25: one level: groups below their cap get weight x level, capped ones no more than that."""
    supply, weight, cap, count = pool
    got = waterfill(np.array(supply), weight, cap, count)
    claims = weight > 0
    below = claims & (got < cap)
    levels = got[below] / weight[below]
    if levels.size:
        assert levels == pytest.approx(np.full(levels.size, levels[0]), rel=TOLERANCE)
        full = claims & ~below
        assert np.all(got[full] <= weight[full] * levels[0] * (1 + TOLERANCE))
    assert np.all(got[~claims] == 0)


@both
@property_of
@given(pools(), st.floats(1, 100))
def test_more_supply_takes_nothing_from_anybody(waterfill, pool, more):
    """I-25: monotone in S."""
    supply, weight, cap, count = pool
    small, large = (waterfill(np.array(s), weight, cap, count) for s in (supply, supply * more))
    assert np.all(large >= small * (1 - TOLERANCE))


@both
@property_of
@given(pools(), st.floats(1e-3, 1e3))
def test_only_the_ratios_of_weights_count(waterfill, pool, scale):
    """I-25: twice the weight for all is no weight for anybody."""
    supply, weight, cap, count = pool
    cached, scaled = (waterfill(np.array(supply), w, cap, count) for w in (weight, weight * scale))
    assert scaled == pytest.approx(cached, rel=TOLERANCE)


@both
@property_of
@given(pools())
def test_a_group_that_stands_for_three_is_three_groups(waterfill, pool):
    """I-25: counts are only a shorter way of writing."""
    supply, weight, cap, _ = pool
    counted = waterfill(np.array(supply), weight, cap, np.full(weight.size, 3.0))
    written_out = waterfill(np.array(supply), *(np.repeat(a, 3) for a in (weight, cap, np.ones(weight.size))))
    assert np.repeat(counted, 3) == pytest.approx(written_out, rel=TOLERANCE)


def test_rows_are_filled_one_by_one():
    """Many draws and months at once give what each gives alone."""
    rng = np.random.default_rng(7)
    supply, weight, cap, count = rng.random((3, 4)) * 50, rng.random((3, 1, 6)), rng.random((3, 4, 6)) * 20, np.ones(6)
    together = oracle.waterfill(supply, weight, cap, count)
    alone = [[oracle.waterfill(supply[d, m], weight[d, 0], cap[d, m], count) for m in range(4)] for d in range(3)]
    assert together == pytest.approx(np.array(alone), rel=1e-12)


# --------------------------------------------------------------------------------------------------------- the groups

LIKE_THE_REST = {
    f"{group}.{stem}_{tier}": value
    for group, stem, value in [
        ("demand", "need", 5_000.0),
        ("demand", "own", 500.0),
        ("demand", "large", 0.2),
        ("access", "apply", 0.7),
        ("access", "crowd_out", 0.1),
        ("access", "odds", 1.0),
    ]
    for tier in TIERS
} | {"demand.spread": 0.0}


@pytest.mark.parametrize("option", [PublicCluster(), CloudCredits()], ids=lambda option: option.name)
def test_equal_groups_get_equal_hours(reckoned, option):
    """I-26: identical groups and one rule: every tier has the same hours a head, so every inequality is nil."""
    run = reckoned(option, LIKE_THE_REST)
    per_head = run.allocation.public / group_counts(run.context.world.demand)
    assert per_head.sum() > 0
    assert per_head == pytest.approx(np.repeat(per_head.mean(axis=-1, keepdims=True), 4, axis=-1), rel=1e-12)


TIGHT = {"demand.groups": 200_000.0}  # so many groups that public hours stay below anybody's own
# nothing of the own money that public hours free buys own hours again
FULL = {f"access.crowd_out_{tier}": 1.0 for tier in TIERS} | {"output.rebought_share": 0.0}


@pytest.mark.parametrize("option", [PublicCluster(), CloudCredits()], ids=lambda option: option.name)
def test_without_crowding_out_every_public_hour_is_additional(reckoned, outcome, option):
    """I-27: kappa = 0."""
    run = reckoned(option, {f"access.crowd_out_{tier}": 0.0 for tier in TIERS})
    assert np.all(run.allocation.displaced == 0)
    assert outcome(run, "additional_fe_hours")[0] > 0
    used = sum(run.allocation.used.values()) / run.context.grid.frontier
    assert outcome(run, "additional_fe_hours") == pytest.approx(used.sum(axis=-1), rel=1e-9)


@pytest.mark.parametrize("option", [PublicCluster(), CloudCredits()], ids=lambda option: option.name)
def test_with_full_crowding_out_public_hours_replace_own_ones(reckoned, outcome, option):
    """I-27: kappa = 1 and public below own: nothing is additional."""
    run = reckoned(option, LIKE_THE_REST | TIGHT | FULL)
    assert run.allocation.public.sum() > 0
    assert run.allocation.displaced == pytest.approx(run.allocation.public, rel=1e-12)
    assert outcome(run, "additional_fe_hours")[0] == pytest.approx(0, abs=1e-9 * run.supplied.sum())


@pytest.mark.parametrize("option", [PublicCluster(), CloudCredits()], ids=lambda option: option.name)
def test_what_groups_use_is_what_they_had_and_what_is_additional(reckoned, outcome, option):
    """I-27: hours used under the option less hours used under nothing are the additional ones; need met counts both."""
    run, nothing = (reckoned(each) for each in (option, DoNothing()))
    gained = outcome(run, "research_fe_hours") - outcome(nothing, "research_fe_hours")
    assert gained == pytest.approx(outcome(run, "additional_fe_hours"), rel=1e-9)
    own, need = run.context.own.sum(), run.context.need.sum()
    assert outcome(nothing, "need_met")[0] == pytest.approx(own / need, rel=1e-12)
    more = run.allocation.public.sum() - run.allocation.displaced.sum()
    assert outcome(run, "need_met")[0] == pytest.approx((own + more) / need, rel=1e-12)
    tiers = sum(outcome(run, f"need_met_{tier}")[0] * run.context.need[..., k].sum() for k, tier in enumerate(TIERS))
    assert outcome(run, "need_met")[0] * need == pytest.approx(tiers, rel=1e-12)


def test_groups_need_and_have_what_their_tier_does():
    """M8: a tier's groups need on average what is declared, a month's twelfth of a year, growing year by year."""
    demand = Demand(spread=1.3, growth_per_year=0.2, saturation_ratio=1e9)
    groups = Groups.of(demand, Access(), np.array([0.0, 2.5]))
    heads = 5_000 * np.array([0.05, 0.25, 0.50, 0.20])
    need, own = (oracle.by_tier(groups, f(groups)) for f in (oracle.need_of, oracle.own_of))
    assert need[0, 0] == pytest.approx(heads * [88_000, 22_000, 4_400, 11_700] / 12)
    assert own[0, 0] == pytest.approx(heads * [20_000, 2_000, 150, 800] / 12)
    assert need[0, 1] / need[0, 0] == pytest.approx(np.full(4, 1.2**2.5))
    assert own[0, 1] / own[0, 0] == pytest.approx(np.full(4, 1.18**2.5))
    for level, tiers in zip(groups.levels(), (need, own), strict=True):
        assert level == pytest.approx(tiers, rel=1e-12)


def test_the_shares_of_the_tiers_need_not_sum_to_one():
    """M8: they are scaled, so that the number of groups is the one declared."""
    halved = {f"share_{tier}": getattr(Demand(), f"share_{tier}") / 2 for tier in TIERS}
    assert group_counts(Demand(**halved)) == pytest.approx(group_counts(Demand()), rel=1e-12)
    assert group_counts(Demand(**halved)).sum() == pytest.approx(5_000)


def test_groups_of_many_draws_are_those_of_each():
    """Rule 6: whichever parameters differ between draws, a row is the world of its draw."""
    years = np.array([0.0, 5.0])
    rates, applying = np.array([[0.1], [0.4]]), np.array([[0.2], [0.6]])
    for demand, access in (
        (Demand(growth_per_year=rates, need_elite=1e5 * rates), Access()),
        (Demand(), Access(apply_elite=applying)),
        (Demand(), Access(crowd_out_regional=applying)),
    ):
        both = Groups.of(demand, access, years)
        for draw in range(2):
            alone = Groups.of(demand.at(draw), access.at(draw), years)
            for name in ("need_at_start", "own_growth", "apply", "crowd_out", "count"):
                row = getattr(both, name)
                assert row[min(draw, len(row) - 1)] == pytest.approx(getattr(alone, name)[0], rel=1e-12), name


def test_nobody_has_more_than_they_can_use():
    """M8: own compute beyond need is idle, group by group and tier by tier."""
    groups = Groups.of(Demand(own_growth_per_year=1.0, growth_per_year=0.0), Access(), np.array([5.0]))
    need, own = groups.levels()
    assert own[0, 0, 0] == need[0, 0, 0]
    assert np.all(oracle.own_of(groups) <= oracle.need_of(groups))


# ----------------------------------------------------------------------------------- the allocation, written out again

SCORES = np.array([NormalDist().inv_cdf((q + 0.5) / 20) for q in range(20)])


def level_of(supply: float, weight: np.ndarray, cap: np.ndarray, count: np.ndarray) -> float:
    """The water level, by bisection: what is given out rises with it."""
    if supply >= (count * cap)[weight > 0].sum():
        return float("inf")
    low, high = 0.0, supply / (count * weight).sum()
    while (count * np.minimum(weight * high, cap)).sum() < supply:
        low, high = high, 2 * high
    for _ in range(200):
        middle = (low + high) / 2
        short = (count * np.minimum(weight * middle, cap)).sum() < supply
        low, high = (middle, high) if short else (low, middle)
    return high


def competed_by_hand(lacking, by_group, size, count, access) -> np.ndarray:
    """Weights of what is competed for, by the rule; `lacking` in the round's month."""

    def parts(wish: np.ndarray) -> np.ndarray:
        total = (count * wish).sum()
        return wish / total if total > 0 else 0.0 * wish

    lower = np.repeat([0.0, 0.0, 1.0, 1.0], 20)
    own = by_group["own"] * size
    some = np.array([gap**access.cut_exponent if gap > 0 else 0.0 for gap in lacking]) * by_group["apply"]
    return {
        "need": lambda: parts(some),
        "merit": lambda: parts(some * (own / ((own * count).sum() / count.sum())) ** access.merit_exponent),
        "lottery": lambda: parts(by_group["apply"] * (lacking > 0)),
        "tier_floor": lambda: (
            access.lower_tier_share * parts(some * lower) + (1 - access.lower_tier_share) * parts(some)
        ),
    }[access.rule]()


def allocated_by_hand(
    demand: Demand, access: Access, years: float, pools: dict[str, float], round_years: float | None = None
) -> tuple[np.ndarray, ...]:
    """(public, displaced) by tier [tier] and hours used by pool, of one month: four tiers of twenty groups."""
    by_group = {
        stem: np.repeat([getattr(group, f"{stem}_{tier}") for tier in TIERS], 20)
        for group, stems in ((demand, ("share", "need", "own", "large")), (access, ("apply", "odds", "crowd_out")))
        for stem in stems
    }
    size = np.exp(demand.spread * SCORES)
    size = np.tile(size / size.mean(), 4)
    count = demand.groups * by_group["share"] / by_group["share"].sum()

    def at(years: float) -> tuple[np.ndarray, np.ndarray]:
        most, start = demand.saturation_ratio, 1 / (demand.saturation_ratio - 1)
        power = np.log(1 + demand.growth_per_year) * most * start * years  # of the logistic curve
        need = by_group["need"] * size / 12 * most * start * np.exp(power) / (1 + start * np.exp(power))
        return need, np.minimum(by_group["own"] * size / 12 * (1 + demand.own_growth_per_year) ** years, need)

    need, own = at(years)
    taken, used = np.zeros(80), []

    def fill(supply: float, weight: np.ndarray, cap: np.ndarray) -> float:
        nonlocal taken
        level = level_of(supply, weight, cap, count) if supply > 0 else 0.0
        got = np.where(weight > 0, np.minimum(weight * level if np.isfinite(level) else cap, cap), 0)
        taken = taken + got
        return float((got * count).sum())

    then_need, then_own = (need, own) if round_years is None else at(round_years)
    asked = competed_by_hand(then_need - then_own, by_group, size, count, access)
    supply = pools["request"]
    competed = fill((1 - access.reserve_share) * supply, asked, by_group["apply"] * (need - own))
    rest = supply - competed if access.open_rest else access.reserve_share * supply
    used.append(competed + fill(rest, np.ones(80), np.maximum(need - own - taken, 0.0)))
    for pool in ("odds, small jobs", "odds"):
        left = np.maximum(need - own - taken, 0.0)
        cap = np.clip((1 - by_group["large"]) * need - own - taken, 0, left) if "small" in pool else left
        used.append(fill(pools[pool], left * by_group["odds"], cap))
    displaced = by_group["crowd_out"] * np.minimum(taken, own)
    return *((hours * count).reshape(4, 20).sum(axis=-1) for hours in (taken, displaced)), np.array(used)


supplies_of_a_month = st.just(0.0) | st.floats(1e2, 1e8)
shares = st.floats(0, 1)


@pytest.mark.parametrize("share", [allocate, oracle.allocate])
@settings(property_of, max_examples=60)
@given(
    pools=st.tuples(supplies_of_a_month, supplies_of_a_month, supplies_of_a_month),
    reserve=shares,
    spread=st.floats(0, 2),
    large=shares,
    years=st.floats(0, 20),
    rates=st.tuples(*[st.floats(0.01, 1)] * 8),
    rule=st.sampled_from(RULES),
    exponent=st.floats(0, 2),
    floor=st.floats(0, 0.95),
    cut=st.sampled_from([0.0, 0.5, 0.8, 1.0]),
    open_rest=st.booleans(),
)
def test_hours_are_allocated_as_by_hand(
    share, pools, reserve, spread, large, years, rates, rule, exponent, floor, cut, open_rest
):
    """I-25, M8: the whole allocation against a second one that finds each water level by bisection."""
    demand = replace(Demand(), spread=spread, **{f"large_{tier}": large for tier in TIERS})
    access = replace(
        Access(),
        reserve_share=reserve,
        rule=rule,
        merit_exponent=exponent,
        lower_tier_share=floor,
        cut_exponent=cut,
        open_rest=open_rest,
        **{f"apply_{tier}": rate for tier, rate in zip(TIERS, rates[:4], strict=True)},
        **{f"crowd_out_{tier}": rate for tier, rate in zip(TIERS, rates[4:], strict=True)},
    )
    hours = [np.array([[pool]]) for pool in pools]
    found = share(Groups.of(demand, access, np.array([years])), list(zip(KINDS, hours, strict=True)))
    public, displaced, used = allocated_by_hand(demand, access, years, dict(zip(POOL_NAMES, pools, strict=True)))
    assert found.public[0, 0] == pytest.approx(public, rel=1e-9, abs=1e-6)
    assert found.displaced[0, 0] == pytest.approx(displaced, rel=1e-9, abs=1e-6)
    assert [found.used[kind.provider][0, 0] for kind in KINDS] == pytest.approx(used, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("share", [allocate, oracle.allocate])
def test_months_with_and_without_supply_are_allocated_one_by_one(share):
    """I-25, M8: what a month gets hangs on its year's round and on no other month, however supply jumps."""
    years = np.array([0.0, 0.1, 3.0, 3.1, 9.0, 9.1])
    months = np.array([[1e3, 0, 3e8, 1e5], [2e4, 5e6, 0, 0], [0, 1e9, 1e2, 1e8]]).T
    hours = np.concatenate([months, months[::-1][:2]])
    found = share(Groups.of(Demand(), Access(), years), [(k, hours[None, :, n]) for n, k in enumerate(KINDS)])
    for month, year in enumerate(years):
        pools = dict(zip(POOL_NAMES, hours[month], strict=True))
        public, displaced, used = allocated_by_hand(Demand(), Access(), year, pools, years[0])
        assert found.public[0, month] == pytest.approx(public, rel=1e-9, abs=1e-6)
        assert found.displaced[0, month] == pytest.approx(displaced, rel=1e-9, abs=1e-6)
        assert [found.used[kind.provider][0, month] for kind in KINDS] == pytest.approx(used, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("share", [allocate, oracle.allocate])
@pytest.mark.parametrize(("reserve", "open_rest", "part"), [(0.0, False, 0.0), (0.2, False, 0.2), (0.0, True, 1.0)])
def test_where_nobody_applies_the_reserve_reaches_everybody(share, reserve, open_rest, part):
    """M8: hours kept per head, and those left over where they are open to all, need no application; requests do."""
    nobody = {f"apply_{tier}": 0.0 for tier in TIERS}
    access = Access(reserve_share=reserve, open_rest=open_rest, **nobody)
    found = share(Groups.of(Demand(), access, np.array([0.0])), [(KINDS[0], np.array([[1e4]]))])
    heads = group_counts(Demand())[0]
    assert found.public[0, 0] == pytest.approx(part * 1e4 * heads / heads.sum())
    assert found.used["cluster"][0, 0] == pytest.approx(part * 1e4)


@pytest.mark.parametrize("share", [allocate, oracle.allocate])
def test_those_who_do_not_apply_get_nothing_that_is_competed_for(share):
    """M8: however much there is, applicants take what they lack, and the others' needs stay unmet."""
    access = Access(reserve_share=0.0, open_rest=False)
    groups = Groups.of(Demand(), access, np.array([0.0]))
    found = share(groups, [(KINDS[0], np.array([[1e12]]))])
    need, own = (oracle.by_tier(groups, f(groups))[0, 0] for f in (oracle.need_of, oracle.own_of))
    rates = np.array([getattr(access, f"apply_{tier}") for tier in TIERS])
    assert found.public[0, 0] == pytest.approx(rates * (need - own), rel=1e-12)


@pytest.mark.parametrize("share", [allocate, oracle.allocate])
@pytest.mark.parametrize("exponent", [0.0, 0.8, 1.0])
def test_awards_grow_with_requests_to_the_power_of_the_cut(share, exponent):
    """Far below all caps: 1 cuts all by the same part, 0 gives all who apply the same hours."""
    access = Access(reserve_share=0.0, cut_exponent=exponent)
    groups = Groups.of(Demand(), access, np.array([0.0]))
    found = share(groups, [(KINDS[0], np.array([[1e3]]))])
    lacking = (oracle.need_of(groups) - oracle.own_of(groups))[0, 0]
    awards = found.by_group[0, 0] - oracle.own_of(groups)[0, 0]
    kept = 1 - groups.crowd_out[0]  # awards are small beside own hours, of which they crowd out a part
    awards, level = awards / kept / groups.apply[0], lacking**exponent
    assert awards / awards[0] == pytest.approx(level / level[0], rel=1e-6)


@pytest.mark.parametrize("share", [allocate, oracle.allocate])
def test_old_and_new_designs_of_one_request_are_one_pool_where_old_ones_run_everything(share):
    """Splitting the hours of a round changes nobody's, since all of them go by the same weights."""
    groups = Groups.of(Demand(), Access(), np.array([0.0]))
    for total in (1e5, 5e5, 3e6, 1e7):
        old = replace(KINDS[0], runnable=np.ones((1, 1)))
        split = share(groups, [(old, np.array([[0.3 * total]])), (KINDS[0], np.array([[0.7 * total]]))])
        whole = share(groups, [(KINDS[0], np.array([[total]]))])
        assert split.public == pytest.approx(whole.public, rel=1e-9)


@pytest.mark.parametrize("share", [allocate, oracle.allocate])
@pytest.mark.parametrize("runs", [0.0, 0.4, 1.0])
def test_groups_take_no_more_of_an_old_design_than_it_can_run(share, runs):
    """However much there is: need that it can run, less what own machines do already; the rest waits for new ones."""
    groups = Groups.of(Demand(), Access(), np.array([0.0]))
    old = replace(KINDS[0], runnable=np.full((1, 1), runs))
    found = share(groups, [(old, np.array([[1e12]])), (KINDS[2], np.array([[1e12]]))])
    need, own = oracle.need_of(groups), oracle.own_of(groups)
    reach = (np.maximum(runs * need - own, 0) * groups.count).sum()
    assert found.used["cluster"][0, 0] == pytest.approx(reach, rel=1e-12, abs=1e-6)
    assert found.public.sum() == pytest.approx(((need - own) * groups.count).sum(), rel=1e-12)


def test_scarce_hours_of_an_old_design_are_not_lost():
    """Where hours are rationed another job takes the place of one that cannot run."""
    groups = Groups.of(Demand(), Access(), np.array([0.0]))
    for runs in (0.6, 1.0):
        found = allocate(groups, [(replace(KINDS[0], runnable=np.full((1, 1), runs)), np.array([[1e5]]))])
        assert found.used["cluster"][0, 0] == pytest.approx(1e5, rel=1e-12)


_NO_HOURS = np.zeros((1, 1))
POOL_NAMES = ("request", "odds, small jobs", "odds")
KINDS = (
    Supply("cluster", _NO_HOURS, _NO_HOURS),
    Supply("workstation", _NO_HOURS, _NO_HOURS, "odds", small_jobs_only=True),
    Supply("cloud", _NO_HOURS, _NO_HOURS, "odds"),
)


def test_suppliers_of_one_pool_leave_the_same_share_unused():
    """M8: cluster and vouchers are asked for alike; where there is too much, each is used in proportion."""
    groups = Groups.of(Demand(), Access(), np.array([0.0]))
    both = [(Supply("cluster", _NO_HOURS, _NO_HOURS), np.array([[3e8]]))]
    both += [(Supply("cloud", _NO_HOURS, _NO_HOURS), np.array([[hours]])) for hours in (0.75e8, 0.25e8)]
    allocation = allocate(groups, both)
    assert allocation.used["cluster"][0, 0] == pytest.approx(3 * allocation.used["cloud"][0, 0])
    assert allocation.used["cluster"][0, 0] + allocation.used["cloud"][0, 0] == pytest.approx(allocation.public.sum())
    assert allocation.public.sum() < 4e8


@pytest.fixture(scope="module")
def groups() -> Groups:
    """The default groups at the middle of the first month."""
    return Groups.of(Demand(), Access(), np.array([0.5 / 12]))


@property_of
@given(hours=st.just(0.0) | st.floats(1, 1e8), small=st.just(0.0) | st.floats(1, 1e8))
def test_nobody_is_given_more_than_is_missing(groups, hours, small):
    """M8: own and public hours together never exceed need; what finds no user is counted as unused."""
    supplies = [
        (Supply("cluster", np.zeros((1, 1)), np.zeros((1, 1))), np.array([[hours]])),
        (Supply("workstation", np.zeros((1, 1)), np.zeros((1, 1)), "odds", small_jobs_only=True), np.array([[small]])),
    ]
    allocation = allocate(groups, supplies)
    need, own = (oracle.by_tier(groups, f(groups)) for f in (oracle.need_of, oracle.own_of))
    assert np.all(allocation.public + own <= need * (1 + TOLERANCE))
    assert np.all(allocation.displaced <= np.minimum(own, allocation.public) * (1 + TOLERANCE))
    assert allocation.used["cluster"][0, 0] <= hours * (1 + TOLERANCE)
    assert allocation.used["workstation"][0, 0] <= small * (1 + TOLERANCE)
    assert sum(used.sum() for used in allocation.used.values()) == pytest.approx(allocation.public.sum(), rel=1e-9)


def test_a_larger_reserve_reaches_groups_that_do_not_apply(reckoned):
    """M8: what is kept per head goes to the lower tiers rather than to those who ask."""
    lower = [
        reckoned(PublicCluster(), {"access.reserve_share": reserve}).allocation.public[..., 2:].sum()
        for reserve in (0.0, 0.2, 0.5)
    ]
    assert lower[0] < lower[1] < lower[2]
