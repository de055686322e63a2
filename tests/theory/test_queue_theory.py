"""Theory tells us what these queues must do in the mean; each replication is a machine of its own.

Times are drawn in units of the mean service time and rounded to microunits, so that a second here is 1e-6 of a service:
the rounding is far below what any replication can see.
"""

from __future__ import annotations

import heapq
from math import factorial, sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.engine.jobs import Jobs
from sim.engine.queue import simulate

SERVICE_SECONDS = 1_000_000
QUICK = (16, 20_000)
LONG = (32, 100_000)


def erlang_c_wait(servers: int, load: float) -> float:
    """Mean wait in M/M/c, units of mean service; `load` is per server (Erlang 1917; Kleinrock 1975, 3.40)."""
    offered = servers * load
    all_busy = offered**servers / factorial(servers) / (1 - load)
    some_idle = sum(offered**k / factorial(k) for k in range(servers))
    return all_busy / (some_idle + all_busy) / (servers * (1 - load))


def exponential_services(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Exponential service times [customer] in seconds of this module, none of them zero."""
    return np.maximum(np.rint(rng.exponential(SERVICE_SECONDS, n)), 1).astype(np.int64)


def customers(
    rng: np.random.Generator, n: int, servers: int, load: float, *, gpus: int = 1, fixed: bool = False
) -> Jobs:
    """A Poisson stream of `n` customers with exponential (or fixed) service."""
    arrivals = np.cumsum(rng.exponential(SERVICE_SECONDS / (servers * load), n))
    services = np.full(n, SERVICE_SECONDS) if fixed else exponential_services(rng, n)
    return Jobs(np.rint(arrivals).astype(np.int64), services, services, np.full(n, gpus))


def mean_and_error(values: list[float]) -> tuple[float, float]:
    """Mean of the replications and its standard error."""
    return float(np.mean(values)), float(np.std(values, ddof=1)) / sqrt(len(values))


def assert_within_three_errors(values: list[float], expected: float, sharp: float) -> None:
    """The mean agrees with `expected`, and the replications are many enough to see a relative error of `3 * sharp`."""
    mean, error = mean_and_error(values)
    assert error < sharp * expected, f"standard error {error:.4f}: too blunt to test {expected}"
    assert abs(mean - expected) < 3 * error, f"{mean:.5f} +- {error:.5f}, theory {expected:.5f}"


@pytest.mark.parametrize(
    ("replications", "n", "sharp"), [(*QUICK, 0.035), pytest.param(*LONG, 0.012, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    ("servers", "gpus", "fixed", "expected"),
    [
        pytest.param(1, 1, False, 4.0, id="M/M/1"),
        pytest.param(4, 1, False, 0.745541, id="M/M/4"),
        pytest.param(8, 1, False, 0.286028, id="M/M/8"),
        pytest.param(1, 1, True, 2.0, id="M/D/1"),
        pytest.param(1, 16, False, 4.0, id="every-job-wants-all-16-GPUs"),
    ],
)
def test_theory_tells_us_the_mean_wait_at_load_four_fifths(servers, gpus, fixed, expected, replications, n, sharp):
    waits = []
    for seed in range(1, replications + 1):
        rng = np.random.default_rng([seed, servers, gpus, fixed])
        schedule = simulate(customers(rng, n, servers, 0.8, gpus=gpus, fixed=fixed), servers * gpus)
        waits.append(float(schedule.wait_seconds[n // 10 :].mean()) / SERVICE_SECONDS)
    assert_within_three_errors(waits, expected, sharp)


@pytest.mark.parametrize(("servers", "expected"), [(1, 4.0), (4, 0.745541), (8, 0.286028)])
def test_the_expected_waits_are_those_of_erlang(servers, expected):
    assert erlang_c_wait(servers, 0.8) == pytest.approx(expected, abs=5e-7)


def waits_of_servers(jobs: Jobs, servers: int) -> list[int]:
    """Waits by Kiefer and Wolfowitz (1955): each customer takes the server that is free first."""
    free_from = [0] * servers
    waits = []
    for submit, service in zip(jobs.submit_seconds.tolist(), jobs.work_seconds.tolist(), strict=True):
        start = max(submit, heapq.heappop(free_from))
        heapq.heappush(free_from, start + service)
        waits.append(start - submit)
    return waits


@pytest.mark.parametrize("order", ["per_instant", "per_event"])
@pytest.mark.parametrize("discipline", ["easy", "fcfs"])
@pytest.mark.parametrize(("servers", "gpus"), [(1, 1), (4, 1), (8, 1), (1, 16), (4, 8)])
def test_every_single_wait_obeys_the_recursion(servers, gpus, discipline, order):
    """Not only the mean: Lindley's recursion for one server, Kiefer and Wolfowitz's for several, to the second."""
    jobs = customers(np.random.default_rng(servers), 3000, servers, 0.9, gpus=gpus)
    schedule = simulate(jobs, servers * gpus, discipline=discipline, order=order)
    assert schedule.wait_seconds.tolist() == waits_of_servers(jobs, servers)
    assert schedule.wait_seconds.max() > SERVICE_SECONDS


def gang_throughput(p: float) -> float:
    """Jobs per unit of mean service when two GPUs serve jobs of one GPU (share p) and two, first come first served.

    With a two-GPU job at the head the machine first runs empty; with one-GPU jobs it runs two at a time, of which a
    geometric number follow each other. Limits: 1 when every job wants both GPUs, 2 when none does.
    """
    q = 1 - p
    return (1 + p**2 / q + p) / (1 + p**2 / (2 * q) + p)


@pytest.mark.parametrize("p", [0.25, 0.5, 0.75])
def test_theory_tells_us_what_a_saturated_gang_queue_gets_through(p):
    n, throughputs = 5000, []
    for seed in range(1, 25):
        rng = np.random.default_rng([seed, int(100 * p)])
        services = exponential_services(rng, n)
        jobs = Jobs(np.zeros(n, np.int64), services, services, np.where(rng.random(n) < p, 1, 2))
        schedule = simulate(jobs, 2, discipline="fcfs")
        throughputs.append(n * SERVICE_SECONDS / int(schedule.end_seconds.max()))
    assert_within_three_errors(throughputs, gang_throughput(p), sharp=0.005)


def test_the_gang_formula_has_its_known_values():
    assert gang_throughput(0.5) == pytest.approx(8 / 7)
    assert [gang_throughput(p) for p in (0.25, 0.75)] == pytest.approx([1.032258, 1.391304], abs=5e-7)


def test_backfilling_gets_more_through_a_saturated_gang_queue():
    rng = np.random.default_rng(7)
    services = exponential_services(rng, 3000)
    jobs = Jobs(np.zeros(3000, np.int64), services, services, rng.integers(1, 3, 3000))
    last = [int(simulate(jobs, 2, discipline=d).end_seconds.max()) for d in ("fcfs", "easy")]
    assert last[1] < 0.95 * last[0]
