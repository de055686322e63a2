"""The queue of the public machine: as full as the money layer says, with generations, known laws and honest errors."""

from dataclasses import replace
from math import factorial

import numpy as np
import pytest

from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.demand import runnable_share
from sim.mechanisms.workload import Queueing, Workload, job_model
from sim.queue.disciplines.priority import Priority
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Jobs
from sim.queue.pools import Pool
from sim.queue.workload.generator import accounts_of, generate
from sim.queue.workload.rates import Demand
from sim.waits.cache import inputs
from sim.waits.machine import Machine, used_share, window_failures
from sim.waits.recorded import run_recorded
from sim.waits.simulation import simulate_waits
from sim.waits.statistics import half_width, paired_waits, sentences
from sim.waits.stream import run_stream
from sim.waits.tally import Tally, tally_row
from sim.waits.windows import COOL_DOWN_DAYS, MEASURED, Span, Windows

# Windows of a day after a day, as few as there may be.
FEW_DAYS = {
    "queue.window_weeks": 0.1, "queue.warm_up_weeks": 0.05, "queue.windows": 4.0, "queue.most_windows": 4.0,
    "demand.groups": 20_000.0,
}  # fmt: skip
# A small machine that is nearly full, so that there are waits.
BUSY = {**FEW_DAYS, "workload.wall_limit_hours": 4.0}
SMALL = (8e6,) * 6  # USD a year
RIGID = {"workload.backlog_hours": 1e6}  # nobody is put off
STEADY = {"workload.pattern": "poisson"}
NO_GATE = {"demand.new_only_share_per_year": 0.0}
HOUR, DAY = 3_600, 86_400


@pytest.fixture(scope="module")
def busy(reckoned):
    """`busy(values, instrument, target)`: waits of a small and nearly full machine."""

    def waits(values=None, instrument=None, target=0.95, **other):
        machine = replace(instrument or PublicCluster(), target_utilisation=target)
        monthly = reckoned(machine, {**BUSY, **(values or {})}, yearly_usd=SMALL)
        return simulate_waits(monthly, seed=1, **other)

    return waits


@pytest.mark.parametrize("target", [0.05, 0.5, 0.8, 0.95])
def test_the_queue_is_offered_what_keeps_it_as_full_as_it_is_used(reckoned, target):
    """M7: the load is set by allocation: what is used, with what a backlog puts off and what no design can run."""
    monthly = reckoned(PublicCluster(target_utilisation=target), FEW_DAYS | RIGID)
    windows = Windows(monthly, 1)
    serving = used_share(monthly)[0] > 0
    assert windows.offered_share * windows.machine.runnable == pytest.approx(used_share(monthly)[0])
    put_off = Windows(reckoned(PublicCluster(target_utilisation=target), FEW_DAYS), 1)
    assert (put_off.offered_share >= windows.offered_share - 1e-9).all()
    assert serving.any() and used_share(monthly)[0][serving].mean() == pytest.approx(target, rel=0.01)


def test_a_machine_is_as_full_in_its_windows_as_the_money_layer_has_it(reckoned):
    """Over windows whose jobs nobody withdraws, within three standard errors of what it is offered."""
    values = BUSY | RIGID | STEADY | NO_GATE | {"queue.windows": 12.0, "queue.most_windows": 12.0}
    waits = simulate_waits(reckoned(PublicCluster(target_utilisation=0.5), values, yearly_usd=SMALL), seed=1)
    off = waits.used - waits.offered_share
    assert abs(off.mean()) < 3 * off.std(ddof=1) / np.sqrt(off.size)
    assert waits.mean_of("withdrawn") == 0


def test_letting_hours_to_firms_does_not_empty_the_machine(reckoned):
    """M9: leased hours stand in the same queue, so the offered load stays what it was."""
    own, let = (Windows(reckoned(PublicCluster(leased_share=share), FEW_DAYS), 1) for share in (0.0, 0.3))
    assert let.offered_share == pytest.approx(own.offered_share, rel=0.01)


def test_an_option_without_a_machine_has_no_waits(reckoned):
    assert simulate_waits(reckoned(CloudCredits(), FEW_DAYS), seed=1) is None


# ------------------------------------------------------------------------------------------------------------- windows


@pytest.mark.parametrize(("weeks", "warm_up", "wall"), [(4.0, 1.0, 24.0), (0.1, 0.0, 4.0), (1.0, 0.5, 168.0)])
def test_a_window_is_whole_days_with_a_warm_up_of_two_wall_limits_at_least(weeks, warm_up, wall):
    span = Span.of(Queueing(window_weeks=weeks, warm_up_weeks=warm_up), job_model(Workload(wall_limit_hours=wall)))
    assert span.measured_days == max(np.ceil(7 * weeks), 1)
    assert span.warm_up_days == np.ceil(max(7 * warm_up, 2 * wall / 24))
    assert np.diff(span.ends, prepend=0).tolist() == [
        DAY * days for days in (span.warm_up_days, span.measured_days, COOL_DOWN_DAYS)
    ]
    assert span.warm_up_share == span.warm_up_days / (span.warm_up_days + span.measured_days)


def test_only_the_jobs_submitted_after_the_warm_up_are_counted(reckoned):
    windows = Windows(reckoned(PublicCluster(), BUSY | NO_GATE, yearly_usd=SMALL), 1)
    month = int(np.flatnonzero(windows.machine.total_gpus)[0])
    chunks = list(windows.jobs(windows.machine.in_month(month), month, 0))
    submit = np.concatenate([jobs.submit_seconds for jobs in chunks])
    start, end = windows.span.ends[0], windows.span.ends[1]
    came = ((submit >= start) & (submit < end)).sum()
    row = windows.row(month, 0)
    assert 0 < row["jobs"] <= came and row["withdrawn"] < 0.9
    rigid = Windows(reckoned(PublicCluster(), BUSY | NO_GATE | RIGID, yearly_usd=SMALL), 1)
    chunks = list(rigid.jobs(rigid.machine.in_month(month), month, 0))
    submit = np.concatenate([jobs.submit_seconds for jobs in chunks])
    assert rigid.row(month, 0)["jobs"] == ((submit >= start) & (submit < end)).sum()


def test_windows_begin_on_different_weekdays_and_have_jobs_of_their_own(reckoned):
    windows = Windows(reckoned(PublicCluster(), BUSY | NO_GATE, yearly_usd=SMALL), 1)
    month = int(np.flatnonzero(windows.machine.total_gpus)[0])
    machine = windows.machine.in_month(month)
    found = [next(windows.jobs(machine, month, number)) for number in range(3)]
    assert len({jobs.submit_seconds[:50].tobytes() for jobs in found}) == 3
    assert len({jobs.run_seconds[:50].tobytes() for jobs in found}) == 3


def test_a_window_without_a_job_stands_beside_those_that_have_some(reckoned, monkeypatch):
    """A machine that hardly anybody needs: some windows have nothing to count, and are counted as such."""
    monthly = reckoned(PublicCluster(), BUSY, yearly_usd=SMALL)
    row = Windows.row
    monkeypatch.setattr(Windows, "row", lambda self, month, number: row(self, month, number) if number % 2 else None)
    waits = simulate_waits(monthly, 1)
    assert waits.median.size == 4 and np.isnan(waits.median[::2]).all() and np.isfinite(waits.median[1::2]).all()
    assert waits.jobs[::2].tolist() == [0, 0] and waits.used[0] == 0
    assert waits.course.shape[0] == 4


def test_a_warm_up_that_is_too_short_is_doubled_twice_at_most(reckoned, monkeypatch):
    monthly = reckoned(PublicCluster(), BUSY, yearly_usd=SMALL)
    least = Windows(monthly, 1).span.warm_up_days
    for trend, expected in ((True, 4 * least), (False, least)):
        monkeypatch.setattr("sim.waits.statistics.Waits.short_warm_up", property(lambda self, t=trend: t))
        waits = simulate_waits(monthly, 1)
        days = Windows(monthly, 1).span.measured_days
        assert waits.warm_up_share == pytest.approx(expected / (expected + days))
        assert waits.median.size == 4


# ----------------------------------------------------------------------------------------------------------- known laws


def rules_of(discipline, workload, gpus):
    """Rules with the accounts of the users, where they matter."""
    accounts = tuple(accounts_of(job_model(workload), 1).tolist())
    priority = Priority(largest_gpus=gpus, accounts=accounts) if discipline == "multifactor" else None
    return Rules(discipline, priority=priority)


def window(gpus, load, workload, number, discipline="fcfs", days=(2, 4, 2), broken=0.0, plain=None):
    """The tally of one window on a machine of one pool, its jobs and the sentence of a fault."""
    ends = np.cumsum(days) * DAY
    demand = Demand(gpus, int(ends[-1] // HOUR), np.array([load * gpus]), first_day=number)
    chunks = [chunk.jobs for chunk in generate(demand, job_model(workload), 1, number)]
    tally = Tally(ends)
    failures = window_failures(gpus, ends[-1] / HOUR, broken / (8 * 24.0), 24.0, 1, number)
    fault = (plain or run_stream)(chunks, [Pool(gpus)], rules_of(discipline, workload, gpus), failures, tally)
    return tally, chunks, fault


def mean_wait(tally):
    """Mean wait of the jobs measured, hours."""
    row = tally_row(tally, np.array([MEASURED]), np.full(tally.periods, 1), np.zeros(tally.periods))
    return row["mean"]


def within(values, expected, errors=3.0):
    """Whether the mean of replications is `expected` within so many standard errors."""
    values = np.asarray(values, dtype=float)
    return abs(values.mean() - expected) < errors * values.std(ddof=1) / np.sqrt(values.size)


LARGE = {"size_law": "table", "size_gpus": (64.0,), "size_shares": (1.0,)}  # every job takes the whole machine
ALONE = {"size_law": "table", "size_gpus": (1.0,), "size_shares": (1.0,)}
PLAIN = Workload(pattern="poisson", backlog_hours=1e6, hit_limit_share=0.0, wall_limit_hours=4.0)


@pytest.mark.parametrize("load", [0.3, 0.5, 0.7])
def test_a_machine_that_takes_one_job_at_a_time_waits_as_pollaczek_and_khinchine_say(load):
    """M/G/1: mean wait = rate x E[S^2] / 2 (1 - load), over 40 windows, within three standard errors."""
    workload = replace(PLAIN, **LARGE, run_log_mean=6.0, run_log_spread=1.0)
    waits, off = [], []
    for number in range(40):
        tally, chunks, fault = window(64, load, workload, number)
        assert not fault
        run = np.concatenate([jobs.work_seconds for jobs in chunks]).astype(float)
        rate = len(run) / tally.ends[-1]
        waits.append(mean_wait(tally))
        off.append((rate, (run**2).mean(), run.mean()))
    rate, square, mean = np.mean(off, axis=0)
    expected = rate * square / (2 * (1 - rate * mean)) / HOUR
    assert rate * mean == pytest.approx(load, rel=0.05)
    assert within(waits, expected), (np.mean(waits), expected)


def erlang_c(servers, load):
    """Part of the jobs that wait in M/M/c; load: busy part of the servers."""
    offered = servers * load
    terms = [offered**k / factorial(k) for k in range(servers)]
    last = offered**servers / factorial(servers) / (1 - load)
    return last / (sum(terms) + last)


@pytest.mark.parametrize(("servers", "load"), [(4, 0.5), (8, 0.8)])
def test_single_gpu_jobs_of_exponential_length_wait_as_erlang_says(servers, load):
    """M/M/c through the stream and the tally: the part that waits and the mean wait, within three standard errors."""
    mean, found = 3_600.0, []
    for number in range(30):
        rng, ends = np.random.default_rng([1, number]), np.array([10, 60, 70]) * DAY
        submit = np.cumsum(rng.exponential(mean / (servers * load), int(1.1 * servers * load * ends[-1] / mean)))
        submit = submit[submit < ends[-1]].astype(np.int64)
        run = np.maximum(np.round(rng.exponential(mean, submit.size)), 1).astype(np.int64)
        jobs = Jobs(submit, run, run, np.ones(submit.size, np.int64))
        tally = Tally(ends)
        assert not run_stream([jobs], [Pool(servers)], Rules("fcfs"), window_failures(servers, 1, 0, 1, 1, 0), tally)
        counts = tally.counts[MEASURED].sum(axis=(0, 1))
        found.append((1 - counts[0] / counts.sum(), mean_wait(tally)))
    share, wait = np.array(found).T
    chance = erlang_c(servers, load)
    assert within(share, chance) and within(wait, chance * mean / HOUR / (servers * (1 - load)))


def test_on_a_large_machine_at_half_load_nobody_waits():
    """Where Erlang C says that fewer than one job in a million does; a small machine at the same load is not free."""
    assert erlang_c(64, 0.5) < 1e-6 < erlang_c(8, 0.5)
    workload = replace(PLAIN, **ALONE, run_log_mean=7.0, run_log_spread=0.5)
    large = [mean_wait(window(128, 0.5, workload, number)[0]) for number in range(10)]
    small = [mean_wait(window(8, 0.5, workload, number)[0]) for number in range(10)]
    assert max(large) == 0 and min(small) > 0


@pytest.mark.parametrize("discipline", ["easy", "fcfs", "sjf", "multifactor"])
@pytest.mark.parametrize("backlog", [2.0, 1e6])
def test_every_window_conserves_work_and_obeys_littles_law(discipline, backlog):
    """Every GPU-second that arrived was brought or withdrawn, and none is held that is not in service."""
    workload = Workload(backlog_hours=backlog, wall_limit_hours=4.0)
    for number in range(2):
        tally, chunks, fault = window(64, 1.1, workload, number, discipline, days=(1, 1, 60), broken=0.02)
        assert fault == ""
        arrived = sum(
            int((jobs.work_seconds * jobs.gpus)[jobs.submit_seconds < tally.ends[-1]].sum()) for jobs in chunks
        )
        assert tally.work.sum() + tally.withdrawn.sum() == arrived
        assert (tally.withdrawn.sum() > 0) == (backlog < 1e6)
        assert (tally.held <= tally.up).all() and (tally.up <= 64 * np.diff(tally.ends, prepend=0)).all()
        assert tally.lost > 0


@pytest.mark.parametrize("discipline", ["easy", "fcfs"])
def test_a_queue_that_empties_has_held_all_the_work_that_stayed(discipline):
    """Jobs of a day, and sixty days to run them on a machine whose nodes fail: held = brought - withdrawn + lost."""
    workload = Workload(backlog_hours=4.0, wall_limit_hours=4.0)
    ends = np.array([1, 2, 62]) * DAY
    demand = Demand(64, 48, np.array([1.3 * 64]))
    chunks = [chunk.jobs for chunk in generate(demand, job_model(workload), 1)]
    tally = Tally(ends)
    failures = window_failures(64, ends[-1] / HOUR, 0.02 / (8 * 24.0), 24.0, 1, 0)
    assert run_stream(chunks, [Pool(64)], Rules(discipline), failures, tally) == ""
    assert tally.held.sum() == tally.work.sum() + tally.lost
    assert tally.withdrawn.sum() > 0 and tally.lost > 0
    arrived = sum(int((jobs.work_seconds * jobs.gpus).sum()) for jobs in chunks)
    assert tally.work.sum() + tally.withdrawn.sum() == arrived


@pytest.mark.parametrize("backlog", [2.0, 1e6])
def test_the_plain_queue_fills_the_same_tally(backlog):
    """Rules that the compiled queue does not know run on the plain one; where both know them every sum is the same."""
    workload = Workload(backlog_hours=backlog, wall_limit_hours=4.0)
    (ours, _, _), (theirs, _, _) = (
        window(32, 1.1, workload, 1, "easy", days=(1, 1, 2), broken=0.02, plain=each)
        for each in (run_stream, run_recorded)
    )
    for name in ("counts", "waited", "slowdown", "held", "up", "work", "withdrawn", "pending", "refused", "course"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name)), name
    assert ours.lost == theirs.lost


def test_no_window_of_any_target_uses_more_than_the_machine_has(busy):
    for target in (0.3, 0.8, 0.99):
        waits = busy({"queue.windows": 2.0, "queue.most_windows": 2.0}, target=target)
        assert waits.fault == "" and (waits.used <= 1).all() and ((waits.withdrawn >= 0) & (waits.withdrawn < 1)).all()
        assert ((waits.pending >= 0) & (waits.pending <= 1)).all()


# ------------------------------------------------------------------------------------------------------------- monotone

PAIRED = {
    "load": ({"load": 0.5}, {"load": 0.7}),
    "machine": ({"gpus": 512}, {"gpus": 128}),
    "burstiness": ({"burst": 0.5}, {"burst": 1.5}),
}


def paired_mean(number, gpus=256, load=0.7, burst=1.0):
    """Mean wait of the jobs of a window of a given number."""
    workload = Workload(wall_limit_hours=4.0, backlog_hours=1e6, burstiness_ratio=burst, batch_machine_days=0.05)
    return mean_wait(window(gpus, load, workload, number, "easy", days=(3, 14, 2))[0])


@pytest.mark.parametrize("what", PAIRED)
def test_waits_grow_with_the_load_and_the_bursts_and_shrink_on_larger_machines(what):
    """Window by window, whose jobs are the same: the mean of the differences is above zero by two standard errors."""
    less, more = PAIRED[what]
    gap = np.array([paired_mean(number, **more) - paired_mean(number, **less) for number in range(12)])
    assert gap.mean() > 2 * gap.std(ddof=1) / np.sqrt(gap.size), gap


# ---------------------------------------------------------------------------------------------------------- generations


def test_a_machine_has_a_pool_for_every_vintage_in_service(reckoned):
    """Two tranches, 30 months apart: the second is 2^(30 / 30) times as fast, and comes and goes 30 months later."""
    machine = Machine.of(reckoned(PublicCluster(), FEW_DAYS))
    assert machine.speed.tolist() == [1000, 2000]
    assert machine.design_month.tolist() == [0, 30]
    first, second = (np.flatnonzero(gpus) for gpus in machine.gpus.T)
    assert second[0] - first[0] == 30
    both = machine.in_month(int(second[1]))
    assert both.speed_ratio[0] == pytest.approx(0.6 + 0.4 * 2, rel=0.01)
    assert machine.in_month(int(first[1])).speed.tolist() == [1000]


def test_a_generation_of_twice_the_speed_has_larger_jobs_or_more_of_them(reckoned):
    """Jobs as long on twice the speed are the same queue to the last digit; shorter ones come twice as often."""
    late = PublicCluster(tranche_months=(30.0,), tranche_shares=(1.0,))
    found = {}
    for shorter in (0.0, 1.0):
        for years in (2.5, 1e6):
            values = {**BUSY, **NO_GATE, "workload.shorter_share": shorter, "hardware.doubling_years": years}
            found[shorter, years] = reckoned(late, values, yearly_usd=SMALL)
    fast, slow = (simulate_waits(found[0.0, years], seed=1) for years in (2.5, 1e6))
    assert fast.gpus.tolist() == slow.gpus.tolist()
    assert slow.mean_of("mean") > 0.05
    assert fast.mean.tolist() == slow.mean.tolist() and fast.used.tolist() == slow.used.tolist()
    ours, theirs = (Windows(found[1.0, years], 1) for years in (2.5, 1e6))
    serving = theirs.load > 0
    assert ours.load[serving] / theirs.load[serving] == pytest.approx(2.0, rel=1e-6)
    month = int(np.flatnonzero(serving)[0])
    assert [w.machine.in_month(month).pools()[0].speed for w in (ours, theirs)] == [2000, 1000]
    assert Windows(found[0.0, 2.5], 1).machine.in_month(month).pools()[0].speed == 1000


def test_beside_an_older_generation_the_newer_one_is_faster_by_its_own_speed(reckoned):
    """The reference is the slowest in service: the second generation runs its jobs in half of the time."""
    machine = Machine.of(reckoned(PublicCluster(), FEW_DAYS))
    both = int(np.flatnonzero(machine.gpus.all(axis=1))[0])
    assert [pool.speed for pool in machine.in_month(both).pools()] == [1000, 2000]
    last = int(np.flatnonzero(machine.gpus[:, 1])[-1])
    assert machine.gpus[last, 0] == 0 and machine.reference[last] == 2.0
    assert [pool.speed for pool in machine.in_month(last).pools()] == [1000]


def test_a_machine_beyond_the_most_is_a_part_of_it_with_its_part_of_the_jobs(reckoned):
    monthly = reckoned(PublicCluster(), FEW_DAYS)
    whole, part = (
        Windows(reckoned(PublicCluster(), FEW_DAYS | RIGID | {"queue.most_gpus": most}), 1) for most in (1e7, 400.0)
    )
    assert whole.machine.gpus.tolist() == Machine.of(monthly).gpus.tolist()
    assert part.machine.total_gpus.max() == pytest.approx(400, abs=8)
    served = whole.machine.total_gpus > 0
    ratio = part.machine.total_gpus[served] / whole.machine.total_gpus[served]
    assert (part.machine.total_gpus[~served] == 0).all() and ratio == pytest.approx(ratio.mean(), abs=0.02)
    assert part.load[served] / whole.load[served] == pytest.approx(ratio, rel=0.01)


def test_an_old_design_rejects_the_share_of_jobs_that_it_cannot_run(busy):
    """One generation: those rejected come on top of the jobs to which the cost core gives the hours."""
    one = PublicCluster(tranche_months=(0.0,), tranche_shares=(1.0,))
    small = {"workload.mean_gpus": 1.9, "queue.window_weeks": 0.5, **STEADY, **RIGID}
    none, gated = (busy({**small, "demand.new_only_share_per_year": gate}, one, 0.8) for gate in (0.0, 0.1))
    expected = 1 - runnable_share(gated.month / 12, 0.1)
    came = gated.jobs / (1 - gated.refused)
    off = (gated.refused - none.refused - expected) / np.sqrt(expected * (1 - expected) / came)
    assert (abs(off) < 3.5).all() and abs(off.mean()) < 3 / np.sqrt(off.size)
    assert gated.offered_share * runnable_share(gated.month / 12, 0.1) == pytest.approx(none.offered_share, rel=1e-9)
    assert "need newer or larger machines" in gated.note()


@pytest.mark.parametrize("oldest_months", [30.0, 30.5])
@pytest.mark.parametrize("ordered", [0.0, 18.0])
def test_the_age_of_a_design_counts_whole_months(reckoned, monkeypatch, ordered, oldest_months):
    """A job that accepts designs of 30 months runs on them in month 30 and is rejected in month 31, at any vintage."""
    gate = 0.125
    late = PublicCluster(tranche_months=(ordered,), tranche_shares=(1.0,))
    windows = Windows(reckoned(late, {**FEW_DAYS, "demand.new_only_share_per_year": gate}, yearly_usd=SMALL), 1)
    assert windows.machine.design_month.tolist() == [ordered]
    alike = 1 - oldest_months * gate / 12
    monkeypatch.setattr("sim.queue.workload.counter.uniforms_at", lambda key, number: np.full(number.size, alike))
    assert [windows.row(int(ordered) + age, 0)["refused"] for age in (29, 30, 31, 32)] == [0, 0, 1, 1]


def test_a_design_belongs_to_the_month_in_which_it_was_frozen(reckoned):
    """The first hour of a month belongs to it, its last too."""
    tranches = PublicCluster(tranche_months=(0.0, 11.99, 12.0, 12.5), tranche_shares=(0.25,) * 4)
    assert Machine.of(reckoned(tranches, FEW_DAYS)).design_month.tolist() == [0, 11, 12, 12]


def test_a_new_generation_takes_what_the_old_one_cannot(reckoned):
    machine = Machine.of(reckoned(PublicCluster(), FEW_DAYS)).in_month(70)
    jobs = Jobs([0, 0, 0], [60] * 3, [60] * 3, [1, 1, 10**6])
    assert machine.allowed(jobs, np.array([0, 30, 0]), 0).tolist() == [0b11, 0b10, 0]
    assert machine.allowed(jobs, np.array([31, 0, 0]), 0).tolist() == [0, 0b11, 0]


def test_a_reserve_keeps_nodes_for_short_and_small_jobs(reckoned):
    values = {**FEW_DAYS, "queue.interactive_share": 0.05}
    machine = Machine.of(reckoned(PublicCluster(), values)).in_month(70)
    whole = Machine.of(reckoned(PublicCluster(), FEW_DAYS)).in_month(70)
    assert machine.total_gpus == whole.total_gpus
    assert machine.gpus[0, 2:].sum() == pytest.approx(0.05 * whole.total_gpus[0], rel=0.05)
    jobs = Jobs([0] * 3, [60] * 3, [3600, 3600, 5 * 3600], [8, 9, 8])
    assert machine.allowed(jobs, np.zeros(3, np.int64), 0).tolist() == [0b1111, 0b11, 0b11]


# ------------------------------------------------------------------------------------------------------- honest errors


def test_windows_are_added_until_the_waits_are_known_or_there_are_as_many_as_allowed(busy):
    for share, most in ((0.0001, 6.0), (100.0, 6.0)):
        waits = busy({"queue.converged_share": share, "queue.most_windows": most})
        wide = max(half_width(v) / v.mean() for v in (np.maximum(waits.median, 1 / 60), np.maximum(waits.p95, 1 / 60)))
        assert waits.converged == (wide <= share)
        assert waits.median.size == (6 if share < 1 else 4)
        assert waits.verdict.startswith("converged" if waits.converged else "not converged: half-width")
        assert ("not converged" in waits.note()) == (not waits.converged)
        assert not waits.fault


def test_more_windows_leave_the_first_ones_as_they_were(busy):
    few, many = (busy({"queue.converged_share": 1e-4, "queue.most_windows": most}) for most in (4.0, 9.0))
    assert many.mean[:4].tolist() == few.mean.tolist()


def test_who_loses_patience_has_what_is_known_by_then(busy):
    told = []
    waits = busy(
        {"queue.converged_share": 1e-4, "queue.most_windows": 9.0},
        progress=lambda share, so_far: told.append((share, so_far.median.size)),
        cancelled=lambda: len(told) >= 3,
    )
    assert [count for _, count in told] == [1, 2, 3]
    assert 0 < told[0][0] < told[1][0] < told[2][0] < 1
    assert waits.stopped and waits.median.size == 3 and "stopped" in waits.note()
    assert busy(cancelled=lambda: True) is None


# --------------------------------------------------------------------------------------------------------------- pairs


def test_identical_options_have_a_ratio_of_exactly_one(busy):
    ours, theirs = (busy(NO_GATE, target=0.99) for _ in range(2))  # so full that the median job waits
    pairs = paired_waits({"nothing": None, "ours": ours, "theirs": theirs})
    assert pairs[["option", "against"]].drop_duplicates().values.tolist() == [["theirs", "ours"]]
    assert (pairs[["ratio", "low", "high"]] == 1).all(axis=None)
    assert sentences(pairs, {"ours": "Ours", "theirs": "Theirs"}) == [
        "Theirs against Ours: median wait x 1 [1 to 1], p95 wait x 1 [1 to 1] (same jobs, 95 %)."
    ]


def test_pairs_are_much_sharper_than_the_waits_themselves(busy):
    """Common jobs cancel: with a tenth more load no window alone says much, the ratio does."""
    many = {"queue.windows": 12.0, "queue.most_windows": 12.0}
    own, more = (busy({**many, **NO_GATE}, target=load) for load in (0.85, 0.9))
    row = paired_waits({"own": own, "more": more}).query("statistic == 'p95'").iloc[0]
    assert row.ratio > 1
    alone = half_width(own.p95) / own.p95.mean() + half_width(more.p95) / more.p95.mean()
    assert np.log(row.high / row.low) / 2 < alone


def test_where_nobody_waits_there_is_no_ratio(busy):
    empty = busy(target=0.05)
    pairs = paired_waits({"busy": busy(), "empty": empty})
    assert not np.isfinite(pairs.ratio).any()
    assert "has no ratio" in sentences(pairs, {"busy": "Busy", "empty": "Empty"})[0]


# -------------------------------------------------------------------------------------------------------------- inputs


def test_the_digest_tells_what_decides_waits_and_nothing_else(reckoned):
    def digest(values, target=0.8, **other):
        machine = PublicCluster(target_utilisation=target)
        return inputs(reckoned(machine, {**FEW_DAYS, **values}, yearly_usd=SMALL), **{"seed": 1, **other})

    usual = digest({})
    assert usual == digest({}) == digest({"grants.day_usd": 1000.0})
    others = [digest({name: value}) for name, value in (
        ("demand.new_only_share_per_year", 0.1), ("hardware.doubling_years", 3.0), ("queue.discipline", "fcfs"),
        ("workload.mean_gpus", 5.0), ("reliability.repair_hours", 10.0), ("queue.window_weeks", 0.2),
        ("workload.shorter_share", 0.5), ("queue.most_gpus", 400.0),
    )]  # fmt: skip
    others += [digest({}, seed=2), digest({}, fidelity="full"), digest({}, target=0.7)]
    assert len({usual, *others}) == 1 + len(others)
