"""The generator: what it draws follows its laws, job by job the same under every load, whatever the chunks."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from operator import attrgetter

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from sim.mechanisms.demand import runnable_share
from sim.mechanisms.workload import Workload, job_model
from sim.queue.jobs import ANY_BACKLOG, AS_FIRST
from sim.queue.workload import generator as generating
from sim.queue.workload.counter import quantile, stream_key, uniforms_at
from sim.queue.workload.generator import accounts_of, generate
from sim.queue.workload.model import LONGEST_DAYS, JobModel, whole_pieces
from sim.queue.workload.rates import Demand, calendar, clock, fluctuation
from sim.queue.workload.tables import campaign_gpu_hours, length_bounds, log_run_table, scores, size_table
from tests.oracles.elastic import submitted_share
from tests.oracles.runs import mean_run_hours, run_seconds

CAMPAIGNS = Workload(pattern="campaigns")
HPC = Workload(pattern="campaigns", preset="hpc")
STEADY = Workload(pattern="poisson")
LIMITED = replace(STEADY, beyond_limit="none")
COLUMNS = ("submit_seconds", "run_seconds", "request_seconds", "gpus", "tier", "user")
PLAIN = job_model(STEADY)
HOUR = 3_600


def drawn(workload, load=400.0, hours=24 * 28, gpus=512, seed=1, replication=0, chunk=2**16, **more):
    """All jobs of a horizon as a dict of columns."""
    demand = Demand(gpus, hours, load, **more)
    chunks = list(generate(demand, job_model(workload), seed, replication, chunk))
    table = {name: np.concatenate([getattr(c.jobs, name) for c in chunks]) for name in COLUMNS}
    others = {"campaign": "jobs.campaign", "place": "place", "need": "least_capability"}
    others |= {"tolerance": "jobs.tolerance_seconds"}
    return table | {key: np.concatenate([attrgetter(name)(c) for c in chunks]) for key, name in others.items()}


def work(table):
    """GPU-seconds [job]."""
    return table["gpus"] * np.minimum(table["run_seconds"], table["request_seconds"])


def names(table):
    """One number for the campaign and the place of each job."""
    return table["campaign"] * 10**6 + table["place"]


def within(values, expected, errors=3.0):
    """Whether a mean over replications is the expected one within so many standard errors."""
    values = np.asarray(values, dtype=float)
    return abs(values.mean() - expected) < errors * values.std(ddof=1) / np.sqrt(values.size)


# -------------------------------------------------------------------------------------------------------- the job model


def test_the_job_model_has_every_number_of_a_workload_but_its_preset_and_what_speed_does():
    assert {field.name for field in fields(JobModel)} == set(Workload.names()) - {"preset", "shorter_share"}
    assert job_model(Workload(preset="kalos")).mean_gpus == pytest.approx(26.77)
    assert job_model(Workload(mean_gpus=5.0)).mean_gpus == 5


def test_the_mean_run_is_that_of_the_truncated_distribution():
    model = job_model(LIMITED)
    assert mean_run_hours(model) == pytest.approx(0.6845, abs=1e-4)
    share = (np.arange(10**6) + 0.5) / 10**6
    assert mean_run_hours(model) == pytest.approx(run_seconds(model, share).mean() / HOUR, rel=1e-4)


def test_a_campaign_of_one_job_on_one_gpu_has_the_work_of_a_mean_run():
    """When nobody hits the limit; the generator rounds runs up to a second."""
    one = replace(STEADY, size_law="table", size_gpus=(1,), size_shares=(1,), hit_limit_share=0.0)
    assert campaign_gpu_hours(job_model(one), 8) == pytest.approx(mean_run_hours(job_model(one)), rel=0.03)


# ------------------------------------------------------------------------------------------------------ runs in pieces

PUBLISHED_MEAN, PUBLISHED_MEDIAN = 6_652, 206  # seconds a job of Helios
LAWS_IN_PIECES = [
    {}, {"wall_limit_hours": 4.0}, {"wall_limit_hours": 100.0}, {"wall_limit_hours": 2400.0}, {"run_law": "mixture"},
    {"run_log_mean": 12.0, "run_log_spread": 0.0},
]  # fmt: skip


def whole_runs(workload, count=10**6):
    """Quantiles of the run times before anybody cuts them, seconds [run]: at most 60 days, or what the limit allows."""
    log_seconds = np.linspace(-20, 20, 400_001)
    laws = [(1.0, workload.run_log_mean, max(workload.run_log_spread, 1e-9))]
    if workload.run_law == "mixture":
        laws = zip(workload.mixture_shares, workload.mixture_log_means, workload.mixture_log_spreads, strict=True)
    below = sum(share * ndtr((log_seconds - mean) / spread) for share, mean, spread in laws)
    run = np.exp(np.interp((np.arange(count) + 0.5) / count, below, log_seconds))
    return np.minimum(run, max(LONGEST_DAYS * 24, workload.wall_limit_hours) * HOUR)


@pytest.mark.parametrize("values", LAWS_IN_PIECES)
def test_runs_cut_into_pieces_keep_their_seconds(values):
    """Jobs of a run times their mean are the mean of the runs, each cut off at the longest; so says the table too."""
    workload = replace(STEADY, **values)
    model, run = job_model(workload), whole_runs(workload)
    jobs = 1 + whole_pieces(model, ndtr)
    assert jobs == pytest.approx(1 + (run // (workload.wall_limit_hours * HOUR)).mean(), rel=1e-4)
    assert jobs * mean_run_hours(model) * HOUR == pytest.approx(run.mean(), rel=1e-3)
    weight = np.exp(-(scores() ** 2) / 2)
    assert jobs * np.exp(log_run_table(model)) @ weight / weight.sum() == pytest.approx(run.mean(), rel=1e-3)


@pytest.mark.parametrize("values", LAWS_IN_PIECES)
def test_pieces_are_those_of_runs_cut_one_by_one(values):
    workload = replace(STEADY, **values)
    limit, run = workload.wall_limit_hours * HOUR, whole_runs(workload)
    pieces = np.concatenate([np.full(int((run // limit).sum()), limit), run % limit])
    share = np.linspace(0.01, 0.999, 200)
    wanted = np.maximum(np.quantile(pieces, share), 1.0)
    assert run_seconds(job_model(workload), share) == pytest.approx(wanted, rel=0.01)


@pytest.mark.slow
def test_a_job_of_helios_runs_as_long_as_published_within_a_tenth():
    """What its users would run whole, cut into pieces of a day; without pieces the mean is less than half of it."""
    table = drawn(STEADY, 10_000.0, gpus=20_000)
    mean = table["run_seconds"].mean()
    assert mean == pytest.approx(PUBLISHED_MEAN, rel=0.1)
    assert mean * (1 + whole_pieces(PLAIN, ndtr)) == pytest.approx(PUBLISHED_MEAN, rel=0.1)
    assert (table["run_seconds"] <= PUBLISHED_MEDIAN).mean() == pytest.approx(0.5, abs=0.025)  # 4 % more jobs, all long
    assert table["run_seconds"].max() == 24 * HOUR
    assert mean_run_hours(job_model(LIMITED)) * HOUR < PUBLISHED_MEAN / 2


# ---------------------------------------------------------------------------------------------------------- the load


@pytest.mark.parametrize("workload", [STEADY, CAMPAIGNS, HPC, replace(CAMPAIGNS, preset="philly")])
def test_the_offered_load_is_the_target(workload):
    """Over 24 replications, within three standard errors."""
    hours = 24 * 35
    loads = [work(drawn(workload, 100.0, hours, replication=r)).sum() / (hours * HOUR) for r in range(24)]
    assert within(loads, 100.0)


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.5, 3.0])
def test_the_offered_load_is_the_same_however_bursty(ratio):
    """Over 24 replications, within three standard errors; deadlines take part."""
    workload, hours = replace(CAMPAIGNS, burstiness_ratio=ratio, deadline_rise=0.5), 24 * 35
    year = calendar(job_model(workload), hours).mean()  # of which these are the first weeks
    loads = [work(drawn(workload, 100.0, hours, replication=r)).sum() / (hours * HOUR) for r in range(24)]
    assert within(loads, 100.0 * year)


def test_each_month_has_its_own_load():
    levels = 40.0 * 2.0 ** (np.arange(13) / 12)  # doubling in a year
    loads = np.zeros((12, 13))
    for replication in range(12):
        table = drawn(STEADY, levels, 730 * 13, replication=replication)
        loads[replication] = np.bincount(table["submit_seconds"] // (730 * HOUR), work(table), 13) / (730 * HOUR)
    error = loads.std(axis=0, ddof=1) / np.sqrt(12)
    assert (abs(loads.mean(axis=0) - levels) < 4 * error).all()


def test_no_load_brings_no_jobs():
    assert list(generate(Demand(8, 100, 0.0), job_model(CAMPAIGNS), 1)) == []
    assert list(generate(Demand(8, 0, 5.0), PLAIN, 1)) == []


def test_impossible_demand_is_refused_with_all_its_faults():
    with pytest.raises(ValueError, match=r"gpus = 0.*hours = -1.*gpu_hours_per_hour = -2"):
        Demand(0, -1, -2.0)


# ------------------------------------------------------------------------------------------------ the same everywhere


@pytest.mark.parametrize("workload", [STEADY, CAMPAIGNS])
def test_a_job_is_the_same_under_another_load_and_comes_sooner(workload):
    small, large = drawn(workload, 300.0), drawn(workload, 400.0)
    _, here, there = np.intersect1d(names(small), names(large), return_indices=True)
    assert here.size > 0.9 * small["gpus"].size
    for name in ("run_seconds", "request_seconds", "gpus", "user"):
        assert (small[name][here] == large[name][there]).all(), name
    assert (large["submit_seconds"][there] <= small["submit_seconds"][here]).all()


def test_a_job_is_the_same_under_another_mix_of_tiers():
    one, other = (drawn(CAMPAIGNS, tier_share=share) for share in ([0.5, 0.5], [0.1, 0.9]))
    assert (one["run_seconds"] == other["run_seconds"]).all()
    users = int(CAMPAIGNS.users)
    assert (one["user"] % users == other["user"] % users).all()
    assert (one["user"] // users == one["tier"]).all()
    assert within(one["tier"] == 0, 0.5, errors=20)  # jobs of a campaign go together
    assert (other["tier"] == 0).mean() < (one["tier"] == 0).mean()


@pytest.mark.parametrize("workload", [STEADY, CAMPAIGNS, HPC])
@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_chunks_make_no_difference(workload, chunk):
    whole, parts = drawn(workload, 50.0, hours=48), drawn(workload, 50.0, hours=48, chunk=chunk)
    assert all((whole[name] == parts[name]).all() for name in whole)


def test_the_heap_of_open_campaigns_grows(monkeypatch):
    whole = drawn(CAMPAIGNS, 4000.0, hours=48, gpus=5000)
    monkeypatch.setattr(generating, "FIRST_OPEN", 2)
    small = drawn(CAMPAIGNS, 4000.0, hours=48, gpus=5000)
    assert all((whole[name] == small[name]).all() for name in whole)


def test_jobs_are_in_order_and_no_campaign_loses_one():
    table = drawn(CAMPAIGNS)
    assert (np.diff(table["submit_seconds"]) >= 0).all()
    order = np.lexsort((table["place"], table["campaign"]))
    campaign, place = table["campaign"][order], table["place"][order]
    begins = np.diff(campaign, prepend=-1) != 0
    assert (place[begins] == 0).all()
    assert (np.diff(place)[~begins[1:]] == 1).all()


def test_replications_differ_and_a_seed_repeats():
    first, again, other = drawn(CAMPAIGNS), drawn(CAMPAIGNS), drawn(CAMPAIGNS, replication=1)
    assert all((first[name] == again[name]).all() for name in first)
    assert first["gpus"].size != other["gpus"].size


# ------------------------------------------------------------------------------------------------------------ the laws


def test_the_normal_quantile_is_exact_to_nine_digits():
    share = np.concatenate([10.0 ** -np.arange(1, 16), np.linspace(0.001, 0.999, 997)])
    assert [quantile(s) for s in share] == pytest.approx(ndtri(share), rel=2e-9, abs=2e-9)


def test_uniform_draws_are_uniform_and_independent_of_their_neighbours():
    draws = uniforms_at(stream_key(1, "test"), np.arange(100_000))
    counts = np.histogram(draws, 100, (0, 1))[0]
    assert ((counts - 1000) ** 2 / 1000).sum() < 99 + 4 * np.sqrt(2 * 99)  # chi-squared
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 4 / np.sqrt(draws.size)


def test_the_clock_keeps_the_mean_and_the_profile():
    rate = clock(PLAIN, 7 * 24 * 10)
    assert rate.mean() == pytest.approx(1)
    by_hour = rate.reshape(-1, 24).mean(axis=0)
    profile = np.array(Workload().hour_profile)
    assert by_hour == pytest.approx(profile / profile.mean())
    assert clock(PLAIN, 168, first_day=1) == pytest.approx(np.roll(clock(PLAIN, 168), -24))


def test_campaigns_begin_by_the_clock():
    """Shares of campaigns by hour of the day, each within four standard errors over replications."""
    flat = replace(CAMPAIGNS, hourly_spread=0.0, batch_single_share=1.0)
    share = np.zeros((12, 24))
    for replication in range(12):
        hour = drawn(flat, 100.0, hours=24 * 70, replication=replication)["submit_seconds"] // HOUR % 24
        share[replication] = np.bincount(hour, minlength=24) / hour.size
    profile = np.array(flat.hour_profile) / sum(flat.hour_profile)
    assert (abs(share.mean(axis=0) - profile) < 4 * share.std(axis=0, ddof=1) / np.sqrt(12)).all()


def daily_dispersion(ratio, replication=0, days=364):
    """Variance over mean of the jobs of a day, at most 1 where nothing comes in bursts."""
    table = drawn(replace(CAMPAIGNS, burstiness_ratio=ratio), 200.0, 24 * days, replication=replication)
    count = np.bincount(table["submit_seconds"] // (24 * HOUR), minlength=days)
    return count.var(ddof=1) / count.mean()


def test_without_bursts_single_jobs_arrive_as_a_poisson_process():
    """Variance over mean of the hourly counts is 1 within three standard errors, and gaps are exponential."""
    table = drawn(replace(CAMPAIGNS, burstiness_ratio=0.0), 200.0, 24 * 364)
    assert (table["place"] == 0).all()
    count = np.bincount(table["submit_seconds"] // HOUR, minlength=24 * 364)
    assert abs(count.var(ddof=1) / count.mean() - 1) < 3 * np.sqrt(2 / count.size)
    gap = np.diff(table["submit_seconds"])
    assert abs(gap.std() / gap.mean() - 1) < 3 * np.sqrt(2 / gap.size)
    hour = np.bincount(table["submit_seconds"] // HOUR % 24)
    assert ((hour - hour.mean()) ** 2 / hour.mean()).sum() < 23 + 4 * np.sqrt(2 * 23)  # chi-squared


def test_counts_vary_more_the_burstier_jobs_come():
    """Means over four replications at 0, a half, 1 and 1.5."""
    found = [np.mean([daily_dispersion(ratio, r) for r in range(4)]) for ratio in (0.0, 0.5, 1.0, 1.5)]
    assert found[0] == pytest.approx(1, abs=0.15)
    assert all(later > 2 * earlier for earlier, later in pairwise(found)), found


def test_campaigns_of_several_jobs_do_not_pass_their_share():
    """Below 1 the burstiness scales how many there are; above 1 there are no more of them than in the logs."""
    longer = {}
    for ratio in (0.5, 1.0, 3.0):
        flat = replace(CAMPAIGNS, burstiness_ratio=ratio, daily_spread=0.0, batch_machine_days=1000.0)
        longer[ratio] = (np.bincount(drawn(flat)["campaign"]) > 1).mean()
    assert longer[1.0] == pytest.approx(1 - CAMPAIGNS.batch_single_share, abs=0.01)
    assert longer[0.5] == pytest.approx(longer[1.0] / 2, abs=0.01)
    assert longer[3.0] == pytest.approx(longer[1.0], abs=0.01)


def test_deadlines_raise_the_rate_before_them_and_not_over_the_year():
    workload = replace(CAMPAIGNS, deadline_rise=0.5, deadline_days=(100.0,))
    rate = calendar(job_model(workload), 8760)
    assert rate.mean() == pytest.approx(1)
    assert rate[100 * 24 - 1] > rate[80 * 24] > rate[100 * 24 + 1]


def test_the_weather_has_mean_one_and_its_persistence():
    values = np.concatenate([fluctuation(job_model(CAMPAIGNS), 8760, 1, r) for r in range(8)])
    assert within([fluctuation(job_model(CAMPAIGNS), 8760, 1, r).mean() for r in range(8)], 1)
    level = np.log(values)
    assert np.corrcoef(level[1:], level[:-1])[0, 1] == pytest.approx(CAMPAIGNS.hourly_persistence, abs=0.02)


def test_lengths_of_campaigns_follow_the_discrete_pareto_law():
    """Without days, sizes or caps: P(K = 1) and the mean of K within four standard errors."""
    plain = replace(CAMPAIGNS, daily_spread=0.0, batch_size_correlation=0.0, batch_machine_days=1000.0)
    singles, means = [], []
    for replication in range(10):
        campaign = drawn(plain, replication=replication)["campaign"]
        length = np.bincount(campaign)
        singles.append((length == 1).mean())
        means.append(length.mean())
    longer = (1 - plain.batch_single_share) * ((np.arange(2, 361) - 0.5) / 1.5) ** (1 - plain.batch_tail)
    assert within(singles, plain.batch_single_share, errors=4)
    assert within(means, 1 + longer.sum(), errors=4)
    assert length_bounds(job_model(plain)).size == 359


def test_long_campaigns_are_made_of_small_jobs():
    table = drawn(HPC, 400.0, 24 * 365)
    length = np.bincount(table["campaign"])
    size = np.zeros(length.size)
    size[table["campaign"]] = table["gpus"]
    assert size[length > 8].mean() < size[length == 1].mean() / 2


@pytest.mark.parametrize("rho", [-0.5, 0.5])
def test_size_and_run_time_move_together_as_told(rho):
    table = drawn(replace(STEADY, size_run_correlation=rho), 400.0)
    assert np.sign(np.corrcoef(np.log(table["gpus"]), np.log(table["run_seconds"]))[0, 1]) == np.sign(rho)


def test_run_times_have_the_quantiles_of_the_truncated_law():
    table = drawn(replace(LIMITED, size_run_correlation=0.0), 2000.0)
    law = LIMITED
    limit = ndtr((np.log(24 * HOUR) - law.run_log_mean) / law.run_log_spread)
    for seconds in (7, 200, 6_000, 50_000):  # a whole second stands for what is rounded to it
        share = ndtr((np.log(seconds + 0.5) - law.run_log_mean) / law.run_log_spread) / limit
        error = np.sqrt(share * (1 - share) / table["gpus"].size)
        assert abs((table["run_seconds"] <= seconds).mean() - share) < 4 * error
    assert table["run_seconds"].max() <= 24 * HOUR


@pytest.mark.parametrize("workload", [STEADY, replace(STEADY, preset="philly"), replace(STEADY, preset="hpc")])
def test_sizes_have_their_shares(workload):
    sizes, share = size_table(job_model(workload), 512)
    gpus = drawn(workload, 8000.0)["gpus"]
    found = np.array([(gpus == size).mean() for size in sizes])
    assert (abs(found - share) < 4.5 * np.sqrt(share * (1 - share) / gpus.size) + 1e-9).all()


def test_requests_stand_on_the_menu_and_some_jobs_hit_them():
    table = drawn(LIMITED, 2000.0)
    menu = np.round(np.array(STEADY.request_menu_hours) * HOUR)
    typed = np.isin(table["request_seconds"], menu) | (table["request_seconds"] == table["run_seconds"])
    assert typed.all()
    assert table["request_seconds"].max() <= 24 * HOUR
    hit, long = table["run_seconds"] >= table["request_seconds"], table["run_seconds"] > menu[0]
    share = STEADY.hit_limit_share
    assert abs(hit[long].mean() - share) < 4 * np.sqrt(share * (1 - share) / long.sum())
    assert (table["request_seconds"][~long] >= menu[0]).all(), "nobody types less than the shortest wall time"
    assert not hit[table["run_seconds"] < menu[0]].any()


def test_pieces_of_the_whole_limit_run_into_it_beside_the_jobs_that_ask_for_too_little():
    table = drawn(STEADY, 4000.0)
    whole = table["run_seconds"] == 24 * HOUR
    share = 1 - 1 / (1 + whole_pieces(PLAIN, ndtr))
    assert whole.mean() == pytest.approx(share, abs=4 * np.sqrt(share / whole.size))
    assert table["request_seconds"].max() == 24 * HOUR
    hit = table["run_seconds"] >= table["request_seconds"]
    long = ~whole & (table["run_seconds"] > STEADY.request_menu_hours[0] * HOUR)
    chance = STEADY.hit_limit_share
    assert abs(hit[long].mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / long.sum())
    assert hit[whole].all()


def test_a_preset_takes_the_place_of_run_times_and_sizes_only():
    assert drawn(replace(STEADY, preset="helios"))["gpus"].mean() == pytest.approx(3.7, abs=0.2)
    assert drawn(replace(CAMPAIGNS, preset="kalos"))["gpus"].mean() > 10
    limited = drawn(replace(STEADY, preset="philly", wall_limit_hours=2))
    assert limited["run_seconds"].max() <= 2 * HOUR


def test_the_age_gate_shuts_old_machines_out_as_the_money_layer_says():
    """Share of campaigns that a machine designed at the start can still run, by its age."""
    table = drawn(STEADY, 60.0, 8760 * 3 + 730, age_gate_per_year=0.1)
    month = table["submit_seconds"] // (730 * HOUR)
    for age in (1, 2, 3):
        now = abs(month - 12 * age) <= 1
        share = (table["need"][now] <= 0).mean()
        error = np.sqrt(share * (1 - share) / now.sum())
        assert abs(share - runnable_share(np.array(age), 0.1)) < 4 * error + 0.1 / 12 * 1.5  # a month and a half of age
    assert (np.diff(np.maximum.accumulate(table["need"])) >= 0).all()


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"hour_profile": (1.0,)}, "hour_profile has 1 numbers: must have 24"),
        ({"hour_profile": (0.0,) * 24}, "hour_profile is 0 throughout"),
        ({"weekday_profile": (1.0,) * 5}, "weekday_profile has 5 numbers: must have 7"),
        ({"run_law": "mixture", "mixture_shares": (1.0,)}, "one number for each distribution"),
        ({"run_law": "mixture", "mixture_shares": (0.0,) * 3}, "mixture_shares are 0 throughout"),
        ({"size_law": "table", "size_shares": (1.0,)}, "size_shares has 1 numbers: must have 6"),
        ({"size_law": "table", "size_shares": (0.0,) * 6}, "size_shares are 0 throughout"),
        ({"size_law": "fractions", "machine_fractions": (0.5,)}, "as many numbers as one another"),
    ],
)
def test_lists_that_do_not_fit_are_refused_in_a_sentence(values, fault):
    with pytest.raises(ValueError, match=fault):
        drawn(replace(CAMPAIGNS, **values), hours=24)


@pytest.mark.slow
def test_ends_of_ranges_are_no_trouble():
    for values in (
        {"batch_longest": 1.0}, {"batch_single_share": 0.0}, {"batch_single_share": 1.0}, {"users": 1.0},
        {"run_log_spread": 0.0}, {"within_share": 0.0}, {"within_share": 1.0}, {"hit_limit_share": 1.0},
        {"gap_zero_share": 1.0}, {"request_menu_hours": (1000.0,)}, {"wall_limit_hours": 0.1},
    ):  # fmt: skip
        table = drawn(replace(CAMPAIGNS, **values), 50.0, hours=48)
        assert table["gpus"].size
        assert (table["request_seconds"] >= 1).all()
        assert (table["run_seconds"] >= 1).all()


def test_accounts_hold_the_users_of_one_tier():
    account = accounts_of(job_model(replace(CAMPAIGNS, users=10.0, accounts=3.0)), tiers=2)
    assert account.size == 20
    assert set(account[:10]) == {0, 1, 2}
    assert set(account[10:]) == {3, 4, 5}


# ----------------------------------------------------------------------------------------------------------- patience


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_a_backlog_withdraws_the_share_of_campaigns_that_it_should(power):
    """The campaigns that bear a backlog are `submitted_share` of all, within four standard errors."""
    table = drawn(replace(CAMPAIGNS, backlog_hours=12.0, backlog_power=power), 2_000.0)
    borne = table["tolerance"][table["place"] == 0]
    for hours in (1, 6, 12, 48, 200):
        share = submitted_share(hours, 12.0, power)
        assert abs((borne >= hours * HOUR).mean() - share) < 4 * np.sqrt(share * (1 - share) / borne.size)


def test_a_campaign_stays_by_its_own_number_alone():
    table, other = drawn(CAMPAIGNS, 300.0), drawn(CAMPAIGNS, 400.0)
    first = table["place"] == 0
    share = uniforms_at(stream_key(1, "jobs.patience", 0), table["campaign"][first])
    for hours in (3, 24, 100):
        stays = share < submitted_share(hours, CAMPAIGNS.backlog_hours, CAMPAIGNS.backlog_power)
        assert (stays == (table["tolerance"][first] >= hours * HOUR)).all()
    _, here, there = np.intersect1d(names(table), names(other), return_indices=True)
    assert (table["tolerance"][here] == other["tolerance"][there]).all()


def test_the_other_jobs_of_a_campaign_do_what_the_first_did():
    table = drawn(CAMPAIGNS)
    later = table["place"] > 0
    assert (table["tolerance"][later] == AS_FIRST).all()
    assert (table["tolerance"][~later] >= 0).all()


def test_nobody_is_put_off_where_the_backlog_is_a_million_hours():
    assert set(drawn(replace(CAMPAIGNS, backlog_hours=1e6))["tolerance"]) == {ANY_BACKLOG}
    sharp = drawn(replace(CAMPAIGNS, backlog_hours=9e5, backlog_power=0.1))["tolerance"]
    assert sharp.max() < ANY_BACKLOG


# ----------------------------------------------------------------------------------------------- no parameter is idle

LAWS = {"run_law": "mixture", "size_law": "table"}
WAKES = {
    "run_log_mean": {}, "run_log_spread": {}, "mean_gpus": {}, "mixture": {"run_law": "mixture"},
    "size_gpus": {"size_law": "table"}, "size_shares": {"size_law": "table"},
    "fraction_quantiles": {"size_law": "fractions"}, "machine_fractions": {"size_law": "fractions"},
    "doubling_share": {"size_law": "fractions"}, "deadline_days": {"deadline_rise": 0.5},
    "deadline_ramp_days": {"deadline_rise": 0.5},
    "batch_machine_days": {"size_law": "fractions", "run_law": "mixture", "wall_limit_hours": 168.0},
}  # fmt: skip
OTHER = {
    "mixture_shares": (0.2, 0.3, 0.5), "mixture_log_means": (4.0, 7.0, 9.0), "mixture_log_spreads": (1.0, 1.0, 0.5),
    "size_gpus": (1, 2, 4, 8, 16, 64), "size_shares": (0.5, 0.1, 0.1, 0.1, 0.1, 0.1),
    "fraction_quantiles": (0, 0.2, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1),
    "machine_fractions": (0.002, 0.01, 0.02, 0.03, 0.09, 0.2, 0.3, 0.64, 0.9, 1), "deadline_days": (200.0,),
    "request_menu_hours": (1, 2, 24), "weekday_profile": (1, 1, 1, 1, 1, 0.2, 0.2), "hour_profile": (1.0,) * 24,
}  # fmt: skip
NUMBERS = [(n, s) for n, _, s in Workload.described() if n != "shorter_share"]  # of the machine that they meet


@pytest.mark.parametrize(("name", "spec"), NUMBERS, ids=[n for n, _ in NUMBERS])
def test_no_parameter_of_the_workload_is_idle(name, spec):
    """Moved from one end of its range to the other, each of them changes the jobs."""
    woken = next((more for key, more in WAKES.items() if name.startswith(key)), {})
    base = replace(CAMPAIGNS, **woken)
    if spec.kind == "number":
        ends = (spec.low, spec.high)
    elif spec.kind == "series":
        ends = (getattr(base, name), OTHER[name])
    else:
        ends = spec.choices[:2] if name != "preset" else ("own", "philly")
    one, other = (drawn(replace(base, **{name: end}), hours=24 * 14) for end in ends)
    if name == "accounts":
        assert (
            accounts_of(job_model(replace(base, accounts=ends[0])), 1).max()
            < accounts_of(job_model(replace(base, accounts=ends[1])), 1).max()
        )
        return
    same = all(one[c].size == other[c].size and (one[c] == other[c]).all() for c in one)
    assert not same, f"workload.{name} moves nothing"


# ------------------------------------------------------------------------------------------------------------ windows


@pytest.mark.parametrize("workload", [CAMPAIGNS, HPC, replace(STEADY, preset="philly")])
def test_windows_of_other_numbers_and_days_have_other_jobs_of_the_same_load(workload):
    """42 windows of a week on different weekdays: mean load within three standard errors."""
    hours, loads = 24 * 7, []
    for window in range(42):
        table = drawn(workload, 100.0, hours, gpus=128, replication=window, first_day=2 * window)
        loads.append(work(table).sum() / (hours * HOUR))
    assert len(set(loads)) == 42
    assert within(loads, 100.0)


def test_a_window_that_begins_on_a_weekend_begins_quietly():
    """Campaigns begun on the first two days, of windows from a Saturday on against those from a Monday on."""
    weekend, weekdays = (
        [np.sum(drawn(CAMPAIGNS, 400.0, 48, replication=r, first_day=day)["place"] == 0) for r in range(24)]
        for day in (5, 0)
    )
    gap = np.array(weekdays) - np.array(weekend)
    assert gap.mean() > 2 * gap.std(ddof=1) / np.sqrt(24)
