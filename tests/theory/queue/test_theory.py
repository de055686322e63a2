"""Theory tells us what these queues must do, in the mean or on every path; each replication is a machine of its own.

The clock of the queue counts whole seconds. Times are drawn in units of the mean service time and rounded to 1e-6 of
it: a second here is a microunit, and the rounding is far below what any replication can see. A mean must lie within
three standard errors of theory, and the error, from at least thirty replications, must be small enough to tell.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import factorial, inf, sqrt
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from simpy import Environment, Event

from sim.queue.disciplines.priority import Priority
from sim.queue.disciplines.rules import Discipline
from sim.queue.jobs import Failures, Jobs
from sim.queue.scheduler.plain import JobQueue
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate
from tests.oracles.little import check_little, integral, jobs_in, last_moment, steps_between
from tests.oracles.sample_paths import (
    check_work,
    gpus_busy,
    mean_utilisation,
    seen_on_arrival,
    time_weighted_mean,
)

SERVICE_SECONDS = 1_000_000
REPLICATIONS = 32
QUICK, LONG = 10_000, 100_000  # customers of a replication
FEW = 3_000  # where few suffice
DISCIPLINES = get_args(Discipline)
ENGINES = ("plain", "compiled")

# Fair share forgets within 10 services and looks once in a service; its own hours would be a million ticks here.
UNHURRIED = Priority(
    period_seconds=SERVICE_SECONDS, half_life_seconds=10 * SERVICE_SECONDS, longest_age_seconds=1000 * SERVICE_SECONDS
)

Times = NDArray[np.int64]
Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]  # times in units of their mean


# ------------------------------------------------------------------------------------------- what theory says


def erlang_c_wait(servers: int, load: float) -> float:
    """Mean wait in M/M/c, units of mean service; `load` is per server (Erlang 1917; Kleinrock 1975, 3.40)."""
    blocked = erlang_b(servers, servers * load)
    return blocked / (1 - load * (1 - blocked)) / (servers * (1 - load))


def erlang_b(servers: int, offered: float) -> float:
    """Share of customers lost in M/M/c/c with `offered` erlangs (Erlang 1917), by the usual recursion."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked


def pollaczek_khinchine_wait(load: float, cv2: float) -> float:
    """Mean wait in M/G/1, units of mean service (Pollaczek 1930, Khinchine 1932)."""
    return load * (1 + cv2) / 2 / (1 - load)


def kingman_bound(load: float, arrivals_cv2: float, services_cv2: float) -> float:
    """Upper bound of the mean wait in G/G/1, units of mean service (Kingman 1962)."""
    return load * (arrivals_cv2 / load**2 + services_cv2) / (2 * (1 - load))


def cobham_waits(rates: tuple[float, ...], residual: float) -> list[float]:
    """Mean wait of each class, the first served first, in M/M/1 with priorities that never interrupt (Cobham 1954)."""
    loads = np.cumsum([0.0, *rates])
    return [float(residual / (1 - before) / (1 - after)) for before, after in pairwise(loads)]


def breakdown_wait(rate: float, failing: float, repaired: float) -> float:
    """Mean wait in M/M/1 whose server fails while it serves and then resumes (Gaver 1962, Avi-Itzhak & Naor 1963).

    The service, repairs included, has mean 1 + xi / eta and second moment 2 (1 + xi / eta)^2 + 2 xi / eta^2.
    """
    factor = 1 + failing / repaired
    second = 2 * factor**2 + 2 * failing / repaired**2
    return rate * second / 2 / (1 - rate * factor)


def gang_throughput(p: float) -> float:
    """Jobs per unit of mean service when two GPUs serve jobs of one GPU (share p) and two, first come first served.

    With a two-GPU job at the head the machine first runs empty; with one-GPU jobs it runs two at a time, of which a
    geometric number follow each other. Limits: 1 when every job wants both GPUs, 2 when none does.
    """
    q = 1 - p
    return (1 + p**2 / q + p) / (1 + p**2 / (2 * q) + p)


@pytest.mark.parametrize(
    ("servers", "load", "expected"),
    [
        *[(1, 0.8, 4.0), (2, 0.8, 1.777778), (4, 0.8, 0.745541), (8, 0.8, 0.286028), (8, 0.9, 0.876916)],
        *[(16, 0.9, 0.369590), (64, 0.9, 0.0485411), (512, 0.95, 0.00673970)],
    ],
)
def test_i40_i41_the_expected_waits_are_those_of_erlang(servers, load, expected):
    assert erlang_c_wait(servers, load) == pytest.approx(expected, rel=2e-6)


def test_i42_to_i48_the_formulas_have_their_known_values():
    assert pollaczek_khinchine_wait(0.8, 0) == pytest.approx(2.0)
    assert pollaczek_khinchine_wait(0.8, 4) == pytest.approx(10.0)
    # the heavy-traffic form is exact where arrivals are Poisson
    assert pollaczek_khinchine_wait(0.8, 4) == pytest.approx(0.8 / (1 - 0.8) * (1 + 4) / 2)
    assert kingman_bound(0.8, 1, 1) == pytest.approx(5.125)
    assert erlang_b(10, 8) == pytest.approx(0.121661, abs=5e-7)
    assert sum(8**k / factorial(k) for k in range(11)) * erlang_b(10, 8) == pytest.approx(8**10 / factorial(10))
    assert cobham_waits((0.3, 0.5), residual=0.8) == pytest.approx([1.142857, 5.714286], abs=5e-7)
    assert breakdown_wait(0.5, 0.1, 1) == pytest.approx(1.455556, abs=5e-7)
    assert breakdown_wait(0.5, 0.1, 1) + 1.1 == pytest.approx(2.555556, abs=5e-7)
    assert breakdown_wait(0.8, 0, 1) == pytest.approx(4.0)
    assert [gang_throughput(p) for p in (0.25, 0.5, 0.75)] == pytest.approx([1.032258, 8 / 7, 1.391304], abs=5e-7)
    assert [gang_throughput(p) for p in (0, 1 - 1e-9)] == pytest.approx([1, 2], abs=1e-6)


# ------------------------------------------------------------------------------------------- what is drawn


def exponential(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """CV^2 = 1."""
    return rng.standard_exponential(n)


def fixed(_: np.random.Generator, n: int) -> NDArray[np.float64]:
    """CV^2 = 0."""
    return np.ones(n)


def mixed(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """CV^2 = 4: one of two exponentials that bring half of the mean each."""
    p = (1 + sqrt(3 / 5)) / 2
    return rng.standard_exponential(n) / np.where(rng.random(n) < p, 2 * p, 2 * (1 - p))


def staged(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """CV^2 = 1/2: two exponential stages."""
    return rng.standard_gamma(2.0, n) / 2


CV2 = {exponential: 1.0, fixed: 0.0, mixed: 4.0, staged: 0.5}


def whole(times: NDArray[np.float64]) -> Times:
    """Times in units of mean service as whole seconds of this module, none of them zero."""
    return np.maximum(np.rint(times * SERVICE_SECONDS), 1).astype(np.int64)


def stream_of(
    rng: np.random.Generator, n: int, rate: float, services: Draw = exponential, arrivals: Draw = exponential
) -> tuple[Times, Times]:
    """Submission and service times of `n` customers who come at `rate` per unit of mean service."""
    return np.cumsum(whole(arrivals(rng, n) / rate)), whole(services(rng, n))


def customers(rng: np.random.Generator, n: int, rate: float, services: Draw = exponential, *, gpus: int = 1) -> Jobs:
    """A Poisson stream of `n` jobs that know how long they run."""
    submit, run = stream_of(rng, n, rate, services)
    return Jobs(submit, run, run, np.full(n, gpus))


def served(jobs: Jobs, gpus: int, discipline: str, **rules: Any) -> Schedule:
    """The schedule of a discipline on the clock of this module."""
    return simulate(jobs, gpus, discipline=discipline, **({"priority": UNHURRIED} | rules))


def mean_and_error(values: list[float]) -> tuple[float, float]:
    """Mean of the replications and its standard error."""
    assert len(values) >= 30, "too few replications to trust the error"
    return float(np.mean(values)), float(np.std(values, ddof=1)) / sqrt(len(values))


def assert_within_three_errors(values: list[float], expected: float, sharp: float) -> None:
    """The mean agrees with `expected`, and the replications are many enough to see a relative error of `3 * sharp`."""
    mean, error = mean_and_error(values)
    assert error < sharp * expected, f"standard error {error:.4f}: too blunt to test {expected}"
    assert abs(mean - expected) < 3 * error, f"{mean:.5f} +- {error:.5f}, theory {expected:.5f}"


def mean_wait(schedule: Schedule) -> float:
    """Mean wait in units of mean service, the first tenth of the customers left out."""
    waits = schedule.wait_seconds
    return float(waits[len(waits) // 10 :].mean()) / SERVICE_SECONDS


# ------------------------------------------------------------------------------------------- waits in the mean

# servers, load, services, GPUs of a job, relative standard error to stay below: quick (inf: only slow), long
WAITS = {
    "I-40 M/M/1": (1, 0.8, exponential, 1, 0.035, 0.012),
    "I-41 M/M/2": (2, 0.8, exponential, 1, 0.035, 0.012),
    "I-41 M/M/4": (4, 0.8, exponential, 1, 0.035, 0.012),
    "I-41 M/M/8": (8, 0.8, exponential, 1, 0.035, 0.012),
    "I-41 M/M/8 at 0.9": (8, 0.9, exponential, 1, 0.06, 0.02),
    "I-41 M/M/16 at 0.9": (16, 0.9, exponential, 1, 0.07, 0.025),
    "I-41 M/M/64 at 0.9": (64, 0.9, exponential, 1, 0.08, 0.03),
    "I-41 M/M/512 at 0.95": (512, 0.95, exponential, 1, inf, 0.1),
    "I-42 M/D/1": (1, 0.8, fixed, 1, 0.035, 0.012),
    "I-42 M/G/1": (1, 0.8, mixed, 1, 0.05, 0.02),
    "I-47 every job wants all 16 GPUs": (1, 0.8, exponential, 16, 0.035, 0.012),
}


def assert_mean_wait(name: str, n: int, sharp: float) -> None:
    """The mean wait of a queue of WAITS, over replications of `n` customers."""
    servers, load, services, gpus, *_ = WAITS[name]
    waits = []
    for seed in range(1, REPLICATIONS + 1):
        rng = np.random.default_rng([seed, list(WAITS).index(name)])
        waits.append(mean_wait(simulate(customers(rng, n, servers * load, services, gpus=gpus), servers * gpus)))
    expected = pollaczek_khinchine_wait(load, CV2[services]) if servers == 1 else erlang_c_wait(servers, load)
    assert_within_three_errors(waits, expected, sharp)


@pytest.mark.parametrize("name", [name for name, row in WAITS.items() if row[4] < inf])
def test_theory_tells_us_the_mean_wait(name):
    assert_mean_wait(name, QUICK, WAITS[name][4])


@pytest.mark.slow
@pytest.mark.parametrize("name", WAITS)
def test_theory_tells_us_the_mean_wait_sharply(name):
    assert_mean_wait(name, LONG, WAITS[name][5])


@pytest.mark.parametrize("services", [exponential, fixed, mixed])
@pytest.mark.parametrize("arrivals", [exponential, staged, mixed])
def test_i42_no_wait_exceeds_the_bound_of_kingman(arrivals, services):
    waits = []
    for seed in range(1, REPLICATIONS + 1):
        submit, run = stream_of(np.random.default_rng([seed, 42]), FEW, 0.8, services, arrivals)
        waits.append(mean_wait(simulate(Jobs(submit, run, run, np.ones(FEW)), 1)))
    mean, error = mean_and_error(waits)
    bound = kingman_bound(0.8, CV2[arrivals], CV2[services])
    assert mean < bound + 3 * error, f"{mean:.3f} +- {error:.3f}, bound {bound:.3f}"
    assert mean > 0.2 * bound


# ------------------------------------------------------------------------------------------- time averages


@pytest.fixture(scope="module")
def ten_servers() -> list[Schedule]:
    """M/M/10 at load 0.8, replicated."""
    return [simulate(customers(np.random.default_rng([seed, 43]), QUICK, 8.0), 10) for seed in range(1, 33)]


def settled(schedule: Schedule) -> tuple[int, int]:
    """From the tenth of the arrivals to the last of them, seconds."""
    submit = schedule.submit_seconds
    return int(submit[len(submit) // 10]), int(submit[-1])


def test_i43_a_queue_that_nobody_has_to_wait_in_is_erlangs_loss_system(ten_servers):
    """This queue loses nobody, so there is no loss mode to test. But M/M/c is reversible: cut off at c customers, which
    is to say looked at only while nobody waits, it has the distribution of M/M/c/c (Kelly 1979, 1.6), and of that time
    all servers are busy for the share of customers whom a loss system turns away.
    """
    shares = []
    for schedule in ten_servers:
        inside = jobs_in(schedule, "system")
        since, until = settled(schedule)
        at_most = [integral(inside._replace(value=(inside.value <= n).astype(np.int64)), since, until) for n in (9, 10)]
        shares.append(1 - at_most[0] / at_most[1])
    assert_within_three_errors(shares, erlang_b(10, 8), sharp=0.015)


def test_i50_poisson_arrivals_see_time_averages(ten_servers):
    """PASTA, Wolff (1982): paired by replication, for the system and for the queue."""
    for place, sharp in (("system", 0.002), ("queue", 0.02)):
        means = [time_weighted_mean(jobs_in(s, place), *settled(s)) for s in ten_servers]
        seen = [float(seen_on_arrival(s, place, *settled(s)).mean()) for s in ten_servers]
        gap, error = mean_and_error([a - b for a, b in zip(seen, means, strict=True)])
        assert error < sharp * np.mean(means)
        assert abs(gap) < 3 * error


@pytest.mark.parametrize("discipline", ["fcfs", "easy"])
def test_i50_so_do_gang_jobs(discipline):
    """PASTA asks nothing of the service: jobs of several sizes, with requests beside the run, under backfilling too."""
    gaps, means = [], []
    for seed in range(1, REPLICATIONS + 1):
        rng = np.random.default_rng([seed, 50])
        submit, run = stream_of(rng, FEW, 1.6)
        schedule = simulate(
            Jobs(submit, run, 2 * run, rng.choice([1, 2, 4], FEW, p=[0.5, 0.25, 0.25])), 6, discipline=discipline
        )
        means.append(time_weighted_mean(jobs_in(schedule, "system"), *settled(schedule)))
        gaps.append(float(seen_on_arrival(schedule, "system", *settled(schedule)).mean()) - means[-1])
    gap, error = mean_and_error(gaps)
    assert error < 0.02 * np.mean(means)
    assert abs(gap) < 3 * error


@pytest.mark.parametrize("services", [exponential, fixed, mixed])
def test_i44_a_machine_that_is_never_full_is_busy_as_offered_whatever_the_service(services):
    busy = []
    for seed in range(1, REPLICATIONS + 1):
        schedule = simulate(customers(np.random.default_rng([seed, 44]), FEW, 50.0, services), 500)
        assert not schedule.wait_seconds.any()
        busy.append(time_weighted_mean(gpus_busy(schedule), 12 * SERVICE_SECONDS, settled(schedule)[1]))
    assert_within_three_errors(busy, 50.0, sharp=0.012)


# ------------------------------------------------------------------------------------------- every single path


def waits_of_servers(jobs: Jobs, servers: int) -> list[int]:
    """Waits by Kiefer and Wolfowitz (1955): each customer takes the server that is free first."""
    free_from = [0] * servers
    waits = []
    for submit, service in zip(jobs.submit_seconds.tolist(), jobs.work_seconds.tolist(), strict=True):
        start = max(submit, heapq.heappop(free_from))
        heapq.heappush(free_from, start + service)
        waits.append(start - submit)
    return waits


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("order", ["per_instant", "per_event"])
@pytest.mark.parametrize("discipline", ["easy", "fcfs"])
@pytest.mark.parametrize(("servers", "gpus"), [(1, 1), (4, 1), (8, 1), (1, 16), (4, 8)])
def test_every_single_wait_obeys_the_recursion(servers, gpus, discipline, order, engine):
    """I-40, I-41, I-52: Lindley's recursion for one server, Kiefer and Wolfowitz's for several, to the second.

    With jobs of one size no job can backfill: it is first come first served.
    """
    jobs = customers(np.random.default_rng(servers), FEW, 0.9 * servers, gpus=gpus)
    schedule = simulate(jobs, servers * gpus, discipline=discipline, order=order, engine=engine)
    assert schedule.wait_seconds.tolist() == waits_of_servers(jobs, servers)
    assert schedule.wait_seconds.max() > SERVICE_SECONDS


@pytest.mark.parametrize("discipline", ["easy", "conservative"])
def test_i52_backfilling_of_equal_sizes_is_first_come_first_served_with_any_request(discipline):
    rng = np.random.default_rng(52)
    submit, run = stream_of(rng, FEW, 3.6)
    jobs = Jobs(submit, run, run * rng.integers(1, 9, FEW), np.full(FEW, 3))
    one, other = (simulate(jobs, 12, discipline=d) for d in ("fcfs", discipline))
    assert one.start_seconds.tolist() == other.start_seconds.tolist()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_i45_the_conservation_law_holds_to_the_second(discipline, engine):
    """Kleinrock (1965): whatever the order, one GPU that is never idle beside work leaves sum(service x wait) the same.

    The work left at each second does not depend on the order; its integral is sum(S W + S^2 / 2). So the law holds on
    every path, also for orders that look at the service itself.
    """
    jobs = customers(np.random.default_rng([1, 45]), FEW, 0.8)
    first, ours = (served(jobs, 1, d, engine=engine) for d in ("fcfs", discipline))
    one, other = (int((jobs.run_seconds * schedule.wait_seconds).sum()) for schedule in (first, ours))
    assert one == other
    assert last_moment(first) == last_moment(ours)
    in_order = bool(np.all(np.diff(ours.start_seconds) > 0))
    assert in_order == (discipline not in {"sjf", "wfp3", "unicef", "f1"})


def test_i45_and_the_constant_is_known():
    """In M/M/1 at load 0.8 the sum of load x wait is the mean work, 4, less that in service, 0.8."""
    sums = []
    for seed in range(1, REPLICATIONS + 1):
        jobs = customers(np.random.default_rng([seed, 45]), QUICK, 0.8)
        schedule = simulate(jobs, 1, discipline="sjf")
        since, until = settled(schedule)
        ours = (jobs.submit_seconds >= since) & (jobs.submit_seconds < until)
        weighed = (jobs.run_seconds / SERVICE_SECONDS * (schedule.wait_seconds / SERVICE_SECONDS))[ours].sum()
        sums.append(float(weighed) * SERVICE_SECONDS / (until - since))
    assert_within_three_errors(sums, 3.2, sharp=0.04)


def test_i45_jobs_of_higher_priority_wait_as_cobham_says():
    """Priority by size alone, on a machine of three GPUs that holds one job of two or three at a time."""
    size_alone = Priority(
        age_weight=0,
        fair_share_weight=0,
        size_weight=3,
        largest_gpus=3,
        period_seconds=10**12,
        half_life_seconds=10**12,
    )
    waits: dict[int, list[float]] = {0: [], 1: []}
    for seed in range(1, REPLICATIONS + 1):
        rng = np.random.default_rng([seed, 1954])
        submit, run = stream_of(rng, QUICK // 2, 0.8)
        large = (rng.random(QUICK // 2) < 0.3 / 0.8).astype(np.int64)
        schedule = served(Jobs(submit, run, run, 2 + large), 3, "multifactor", priority=size_alone)
        for level, of_level in waits.items():
            chosen = schedule.wait_seconds[QUICK // 20 :][large[QUICK // 20 :] == level]
            of_level.append(float(chosen.mean()) / SERVICE_SECONDS)
    first, other = cobham_waits((0.3, 0.5), residual=0.8)
    assert_within_three_errors(waits[1], first, sharp=0.02)
    assert_within_three_errors(waits[0], other, sharp=0.06)


@pytest.mark.parametrize("gpus", [1, 3])
def test_i52_fair_share_of_one_user_is_first_come_first_served(gpus):
    """All jobs carry the same usage; those of one size then start in order, and of several sizes as EASY has them."""
    fair_alone = Priority(age_weight=0, period_seconds=SERVICE_SECONDS, half_life_seconds=SERVICE_SECONDS)
    rng = np.random.default_rng(521)
    submit, run = stream_of(rng, FEW, 3.4 / gpus)
    jobs = Jobs(submit, run, run, rng.integers(1, gpus + 1, FEW))
    first = served(jobs, 4, "fcfs" if gpus == 1 else "easy")
    ours = served(jobs, 4, "multifactor", priority=fair_alone)
    assert first.start_seconds.tolist() == ours.start_seconds.tolist()
    assert first.wait_seconds.max() > SERVICE_SECONDS


def test_i51_jobs_of_no_length_never_wait():
    """The shortest job of the queue runs a second; here a second is nothing."""
    submit = np.cumsum(np.random.default_rng(51).integers(1, 2 * SERVICE_SECONDS, FEW))
    schedule = simulate(Jobs(submit, np.ones(FEW), np.ones(FEW), np.full(FEW, 8)), 8)
    assert not schedule.wait_seconds.any()


def test_i51_nothing_comes_of_nothing_and_is_no_error():
    empty = simulate(Jobs([], [], [], []), 8)
    check_little(empty, 0, 100)
    check_work(empty, Jobs([], [], [], []))
    assert mean_utilisation(empty, 0, 100) == 0
    assert time_weighted_mean(jobs_in(empty, "system"), 0, 100) == 0
    nowhere = simulate(Jobs([1], [5], [5], [1]), 0)
    assert nowhere.rejected.tolist() == [True] and nowhere.wait_seconds.tolist() == [-1]
    check_little(nowhere, 0, 100)


# ------------------------------------------------------------------------------------------- gang jobs


@pytest.mark.parametrize("p", [0.25, 0.5, 0.75])
def test_i46_theory_tells_us_what_a_saturated_gang_queue_gets_through(p):
    n, throughputs = 5000, []
    for seed in range(1, REPLICATIONS + 1):
        rng = np.random.default_rng([seed, int(100 * p)])
        run = whole(exponential(rng, n))
        schedule = simulate(Jobs(np.zeros(n), run, run, np.where(rng.random(n) < p, 1, 2)), 2, discipline="fcfs")
        throughputs.append(n * SERVICE_SECONDS / int(schedule.end_seconds.max()))
    assert_within_three_errors(throughputs, gang_throughput(p), sharp=0.005)


@pytest.mark.parametrize("discipline", [d for d in DISCIPLINES if d != "fcfs"])
def test_i46_backfilling_gets_more_through_a_saturated_gang_queue(discipline):
    rng = np.random.default_rng(7)
    n = 100 if discipline == "conservative" else FEW  # it plans anew for every waiting job
    run = whole(exponential(rng, n))
    jobs = Jobs(np.zeros(n), run, run, rng.integers(1, 3, n))
    in_order, ours = (int(served(jobs, 2, d).end_seconds.max()) for d in ("fcfs", discipline))
    assert ours < 0.95 * in_order


# ------------------------------------------------------------------------------------------- breakdowns


def with_breakdowns(rng: np.random.Generator, n: int, rate: float, failing: float) -> tuple[Jobs, Failures, list[int]]:
    """Customers of one GPU that fails while it serves, at `failing` per unit of service, and is repaired in one unit.

    A machine fails by the calendar, idle or not. To make it fail in the course of its work alone, the failures are
    drawn on the work of each customer, and Lindley's recursion tells when they happen. Returned with them: the end of
    each customer, which the queue has to find by itself.
    """
    submit, run = stream_of(rng, n, rate)
    hits = rng.poisson(failing * run / SERVICE_SECONDS)
    at, repair, ends, free_from = [], [], [], 0
    for arrival, service, count in zip(submit.tolist(), run.tolist(), hits.tolist(), strict=True):
        now, done = max(arrival, free_from), 0
        for work in sorted(rng.integers(1, service, count).tolist() if service > 1 else ()):
            now += work - done
            done = work
            at.append(now)
            repair.append(int(whole(exponential(rng, 1))[0]))
            now += repair[-1]
        free_from = now + service - done
        ends.append(free_from)
    return Jobs(submit, run, run, np.ones(n)), Failures(at, np.zeros(len(at)), repair), ends


def broken_down(rng: np.random.Generator, n: int, rate: float, failing: float) -> Schedule:
    """What the queue makes of them: the work is resumed where it was interrupted, to the second."""
    jobs, failures, ends = with_breakdowns(rng, n, rate, failing)
    schedule = simulate(jobs, 1, node_gpus=1, checkpoint_seconds=1, failures=failures)
    assert schedule.end_seconds.tolist() == ends
    assert not schedule.lost_seconds.any()
    check_work(schedule, jobs)
    return schedule


def test_i48_breakdowns_lengthen_waits_and_stays_as_gaver_says():
    waits, stays = [], []
    for seed in range(1, REPLICATIONS + 1):
        schedule = broken_down(np.random.default_rng([seed, 48]), FEW, 0.5, 0.1)
        waits.append(mean_wait(schedule))
        stay = schedule.end_seconds - schedule.submit_seconds
        stays.append(float(stay[len(stay) // 10 :].mean()) / SERVICE_SECONDS)
    assert_within_three_errors(waits, breakdown_wait(0.5, 0.1, 1), sharp=0.04)
    assert_within_three_errors(stays, breakdown_wait(0.5, 0.1, 1) + 1.1, sharp=0.02)


def test_i49_without_breakdowns_it_is_the_plain_queue():
    schedule = broken_down(np.random.default_rng(49), FEW, 0.8, failing=0.0)
    plain = simulate(customers(np.random.default_rng(49), FEW, 0.8), 1)
    assert schedule.wait_seconds.tolist() == plain.wait_seconds.tolist()


# ------------------------------------------------------------------------------------------- accounts that close


def troubled(seed: int, discipline: str, **rules: Any) -> tuple[Jobs, Schedule]:
    """Jobs of many sizes on a machine that fails, grows and shrinks; times in seconds of the clock."""
    rng = np.random.default_rng([seed, 53])
    n = 100 if discipline == "conservative" else 300
    last = 66 * n
    submit = np.sort(rng.integers(0, last, n))
    run = rng.integers(1, 900, n)
    gpus = rng.choice([1, 2, 4, 8, 24], n, p=[0.4, 0.2, 0.2, 0.17, 0.03])
    jobs = Jobs(submit, run, run + rng.integers(0, 300, n), gpus)
    failures = Failures(np.sort(rng.integers(0, last, n // 5)), rng.random(n // 5), rng.integers(0, 2000, n // 5))
    steps = [(last // 4, 8), (last // 2, -12), (3 * last // 4, -4), (last - 1, 6)]
    rules |= {"discipline": discipline, "capacity_steps": steps, "failures": failures, "node_gpus": 4}
    return jobs, simulate(jobs, 16, **rules)


@pytest.mark.parametrize(("engine", "checkpoint_seconds"), [("plain", 100), ("compiled", 0), ("compiled", 100)])
@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_i50_i53_every_account_closes_to_the_second(discipline, engine, checkpoint_seconds):
    """Little's law in the system and in the queue, over any window, and GPU-seconds held = work + waste."""
    for seed in range(1, 4):
        jobs, schedule = troubled(seed, discipline, engine=engine, checkpoint_seconds=checkpoint_seconds)
        assert len(schedule.interrupted_job) > 3 and schedule.rejected.any()
        check_work(schedule, jobs)
        for since, until in ((0, last_moment(schedule)), (0, 5_000), (1_000, 4_321), (3_333, 3_334), (0, 10**6)):
            check_little(schedule, since, until)


# ------------------------------------------------------------------------------------------- closed loop


class Users:
    """People who think, submit a job of one GPU, and think again only when it has ended: SimPy processes."""

    def __init__(self, seed: int, users: int, think: float, gpus: int) -> None:
        """`think` is the mean time between an end and the next submission, in units of mean service."""
        self.env = Environment()
        self.queue = JobQueue(self.env, gpus)
        self.rng = np.random.default_rng([seed, 54])
        self.think = think
        self.thought: list[tuple[int, int]] = []  # from, to
        for _ in range(users):
            self.env.process(self.live())

    def live(self) -> Iterator[Event]:
        """One user."""
        while True:
            pause, run = (int(whole(np.array([x]))[0]) for x in self.rng.standard_exponential(2) * (self.think, 1))
            self.thought.append((int(self.env.now), int(self.env.now) + pause))
            yield self.env.timeout(pause)
            (job,) = self.queue.submit(Jobs([self.env.now], [run], [run], [1]))
            # The queue tells nobody that a job has ended: ask when it may have, the earliest being its own length on.
            yield from self.ended(job, run)

    def ended(self, job: int, run: int) -> Iterator[Event]:
        """Until the job has ended; with one GPU and one line, the work before it tells when."""
        self.work_ahead = max(self.work_ahead, int(self.env.now)) + run
        yield self.env.timeout(self.work_ahead - int(self.env.now))

    work_ahead = 0


def closed_loop(seed: int) -> tuple[float, float]:
    """Throughput and response of 100 users who think for 50 services at one GPU, in units of mean service."""
    users = Users(seed, 100, think=50.0, gpus=1)
    warm, until = 500 * SERVICE_SECONDS, 1000 * SERVICE_SECONDS
    users.queue.advance(until)
    schedule = users.queue.schedule()
    check_little(schedule, warm, until)
    inside = jobs_in(schedule, "system")
    thinking = steps_between(*(np.array(column) for column in zip(*users.thought, strict=True)))
    # everybody thinks or waits, at every second: the law holds on every path, with X and Z as measured
    assert integral(inside, warm, until) + integral(thinking, warm, until) == 100 * (until - warm)
    ended = int(np.count_nonzero((schedule.end_seconds >= warm) & (schedule.end_seconds < until)))
    per_second = ended / (until - warm)
    response = time_weighted_mean(inside, warm, until) / per_second
    think = time_weighted_mean(thinking, warm, until) / per_second
    assert response == pytest.approx(100 / per_second - think)
    return per_second * SERVICE_SECONDS, response / SERVICE_SECONDS


def test_i54_in_a_closed_loop_the_response_is_what_users_and_throughput_leave():
    """R = N / X - Z (Denning and Buzen 1978), an account that closes on every path."""
    for seed in (1, 2):
        throughput, response = closed_loop(seed)
        assert 0.7 < throughput < 1.3 and 20 < response < 80


@pytest.mark.slow
def test_i54_a_hundred_users_who_think_for_ten_hours_wait_for_ten_hours():
    """With a service of 0.2 h the GPU is never idle: X = 5 an hour, and with Z = 10 h, R = 100 / 5 - 10 = 10 h."""
    throughputs, responses = zip(*(closed_loop(seed) for seed in range(1, REPLICATIONS + 1)), strict=True)
    assert_within_three_errors([0.2 * response for response in responses], 10.0, sharp=0.03)
    assert_within_three_errors([throughput / 0.2 for throughput in throughputs], 5.0, sharp=0.01)
