"""The price of immediacy: a fuller machine costs less and waits longer, and credits are the hour without a wait."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.comparison.immediacy import TARGETS, Immediacy, break_even, price_of_immediacy
from sim.comparison.immediacy_table import NO_CREDITS, NO_MACHINE, NO_WAITS, as_json, markdown, price_lines, verdict
from sim.costs.queueing import campaign_work, queueing_usd, used_share, work_brought
from sim.formatting import format_short
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.workload import job_model
from sim.mechanisms.world import World
from sim.queue.workload.tables import campaign_gpu_hours, job_gpu_hours
from sim.scenario import Scenario, load

# A machine is sized to its money, and a fuller one needs more power: it is smaller by a little, so its queue differs.
SIZE = 0.01


@pytest.fixture(scope="module")
def uk() -> Scenario:
    """Isambard-AI, whose machine everybody wants."""
    return load("isambard_ai_uk")


@pytest.fixture(scope="module", params=["isambard_ai_uk", "nairr_us", "glut"])
def found(request: pytest.FixtureRequest) -> Immediacy:
    """The price of immediacy in scenarios with a scarce and an ample machine, and with cheap credits."""
    return price_of_immediacy(load(request.param))


def of(found: Immediacy, discipline: str):
    """The points of one discipline, by target."""
    return found.points[found.points.discipline == discipline].set_index("target")


# --- the points ---


@pytest.mark.parametrize("discipline", ["easy", "fcfs", "multifactor", "sjf"])
def test_a_higher_target_never_waits_less(found, discipline):
    for wait in ("median", "p95", "mean", "withdrawn"):
        values = of(found, discipline)[wait].to_numpy()
        assert (values[1:] >= values[:-1] * (1 - SIZE) - 1e-9).all()


def test_a_higher_target_never_costs_more_a_useful_hour(found):
    """As long as the machine gets as full as wanted: power is bought for what is wanted."""
    rows = of(found, "easy")
    fuller = np.diff(rows.attained) > SIZE
    assert (np.diff(rows.cost)[fuller] < 0).all() and fuller[:3].all()


def test_nobody_keeps_a_machine_busier_than_its_operator_wants(found):
    rows = found.of_machine
    assert (rows.attained <= rows.target + 1e-9).all()
    assert (rows.short == (rows.attained < rows.target - 0.005)).all()


def test_first_come_first_served_waits_at_least_as_long_as_with_backfilling(found):
    """By the error that the surface states of itself, nine times in ten; and on average over the targets."""
    easy, fcfs = of(found, "easy"), of(found, "fcfs")
    alike = (easy.attained - fcfs.attained).abs() < SIZE
    assert (fcfs.p95_high >= easy.p95)[alike].all()
    assert fcfs["mean"][alike].mean() >= easy["mean"][alike].mean() and fcfs.p95[alike].mean() >= easy.p95[alike].mean()


def test_credits_are_the_point_at_no_wait(found):
    credits = found.points[found.points.discipline == ""]
    assert len(credits) == 1 and credits[["median", "p95", "mean"]].to_numpy().tolist() == [[0, 0, 0]]
    assert float(credits.cost.iloc[0]) > 0


def test_every_target_is_there_and_that_of_the_scenario(uk):
    found = price_of_immediacy(load("isambard_ai_uk", {"public_cluster.target_utilisation": 0.77}), ("easy",))
    assert list(found.of_machine.target) == sorted({*TARGETS, 0.77})
    assert found.usual.target == 0.77
    assert (of(found, "easy").drop(index=0.77).cost > 0).all()


# --- the break-even ---


def test_at_the_break_even_both_cost_the_same(uk, reckoned):
    """Public cost and priced waiting over all jobs of the machine, against credits for as many useful hours."""
    result = reckoned(PublicCluster(), {})
    discount = result.context.grid.discount
    useful = (result.allocation.used["cluster"] * discount).sum()
    gpus = int(np.exp(np.log(result.in_service.sum(axis=1)[result.in_service.sum(axis=1) > 0]).mean()))
    jobs = (work_brought(result) * discount).sum() / job_gpu_hours(job_model(World().workload), gpus)
    per_hour, wait = float((result.cost * discount).sum() / useful), 2.5
    worth = break_even(gap=0.4, job_hours=useful / jobs, wait_hours=wait)
    assert (per_hour * useful + worth * wait * jobs) == pytest.approx((per_hour + 0.4) * useful, rel=1e-12)


def test_break_even_is_nothing_where_credits_are_cheaper_and_less_where_waits_are_longer(found):
    rows = found.of_machine
    assert ((rows.break_even == 0) == (rows.cost >= of(found, "").cost.iloc[0])).all()
    assert break_even(1.0, 5.0, 4.0) == break_even(1.0, 5.0, 2.0) / 2


def test_the_work_of_a_job_is_that_of_a_campaign_over_its_jobs():
    """Jobs that come one by one are campaigns of one; a campaign of several brings more than one of its jobs."""
    model = job_model(World().workload)
    alone = replace(model, pattern="poisson")
    assert job_gpu_hours(alone, 512) == pytest.approx(campaign_gpu_hours(alone, 512), rel=1e-12)
    assert job_gpu_hours(model, 512) < campaign_gpu_hours(model, 512)


# --- the words ---


def test_the_verdict_names_the_worth_the_target_and_the_discipline(uk):
    found = price_of_immediacy(uk, ("easy", "fcfs"))
    said = verdict(found, uk)
    assert said.startswith("Credits win if an hour of a job's waiting is worth more than ")
    assert said.endswith("; Isambard-AI run 80 % full under EASY backfilling)")
    assert f"({format_short(found.usual.break_even_low)} to {format_short(found.usual.break_even_high)}; " in said
    assert price_lines(found, uk)[0] == f"{said}."
    assert markdown(found, uk).count("\n| ") == len(found.points) and '"NaN"' not in as_json(found, uk)


def test_cheap_credits_win_whatever_waiting_is_worth():
    glut = load("glut")
    assert "are cheaper whatever waiting is worth" in verdict(price_of_immediacy(glut, ("easy",)), glut)


def test_without_machine_or_credits_or_waits_it_says_so(uk):
    def without(kind):
        return replace(uk, options=tuple(each for each in uk.options if each.instrument.name != kind.name))

    for scenario, words in (
        (without(PublicCluster), NO_MACHINE),
        (without(CloudCredits), NO_CREDITS),
        (load("isambard_ai_uk", {"workload.within_share": 0.1}), NO_WAITS),
    ):
        found = price_of_immediacy(scenario, ("easy",), (0.8,))
        assert verdict(found, scenario) == words
        assert price_lines(found, scenario)


# --- waiting as a private cost ---


def test_waiting_in_the_queue_costs_what_it_says(reckoned):
    """Campaigns x hours x working days of an hour x share x price of a day; nothing else changes."""
    free, dear = (reckoned(PublicCluster(), {"access.queue_idle_share": share}) for share in (0.0, 0.1))
    assert "queueing" not in free.private and np.array_equal(dear.allocation.public, free.allocation.public)
    gpus = dear.in_service.sum(axis=1)
    typical = np.exp(np.log(gpus[gpus > 0]).mean())
    campaigns = work_brought(dear) / campaign_work(World().workload, np.array([typical]))
    expected = campaigns * dear.fullness.monthly("mean", used_share(dear)) / 24 * 5 / 7 * 0.1 * 600
    assert dear.private["queueing"] == pytest.approx(expected, rel=1e-9)
    assert dear.private["queueing"].sum() > 0


def test_where_nothing_is_known_of_waits_nothing_is_counted(reckoned):
    silent = {"access.queue_idle_share": 0.2, "workload.within_share": 0.1}
    assert reckoned(PublicCluster(), silent).private["queueing"].sum() == 0
    assert reckoned(CloudCredits(), silent).private["queueing"].sum() == 0


def test_campaigns_between_two_sizes_of_machine_lie_between_theirs():
    one, both, two = campaign_work(World().workload, np.array([256.0, 300.0, 512.0]))
    assert one < both < two and one == campaign_gpu_hours(job_model(World().workload), 256)


def test_draws_do_not_depend_on_each_other(reckoned):
    values = {"access.queue_idle_share": 0.1}
    several = reckoned(PublicCluster(), values, draws=3)
    assert queueing_usd(several)[0] == pytest.approx(reckoned(PublicCluster(), values).private["queueing"][0], rel=1e-9)
