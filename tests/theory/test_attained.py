"""What a simulated queue attains: the response surface and the windows, each weighed by its error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.comparison import attained
from sim.comparison.attained import LEAST, limits, shortfall
from sim.costs.queueing import used_share
from sim.costs.result import OptionResult
from sim.instruments.public_cluster import PublicCluster
from sim.waits.simulation import simulate_waits
from sim.waits.statistics import Waits

DAYS = {"queue.window_weeks": 0.3, "queue.warm_up_weeks": 0.05, "queue.windows": 2.0, "queue.most_windows": 2.0}


@pytest.fixture(scope="module")
def machine(reckoned) -> OptionResult:
    """A small machine."""
    return reckoned(PublicCluster(), DAYS, yearly_usd=(8e6,) * 6)


@pytest.fixture(scope="module")
def run(machine: OptionResult) -> Waits:
    """Its queue in two windows."""
    found = simulate_waits(machine, 1)
    assert found is not None
    return found


def seen(run: Waits, machine: OptionResult, missing: list[float], fidelity: str = "windows") -> Waits:
    """Waits of a machine that is less full than the surface has it, by these parts of its hours [window]."""
    months = np.resize(run.month, len(missing))
    wanted = used_share(machine)[0, months.astype(np.int64)]
    return replace(run, month=months, used=wanted - np.array(missing), fidelity=fidelity)


def short(run: Waits, machine: OptionResult, missing: list[float]) -> float:
    assert machine.fullness is not None
    return shortfall(seen(run, machine, missing), machine, machine.fullness) * wanted(machine, run)


def wanted(machine: OptionResult, run: Waits) -> float:
    return float(used_share(machine)[0, run.month.astype(np.int64)].mean())


def test_windows_without_an_error_are_believed_and_those_with_a_large_one_are_not(machine, run):
    assert short(run, machine, [0.1, 0.1, 0.1, 0.1]) == pytest.approx(0.1)
    assert 0 < short(run, machine, [3.1, -2.9, 3.1, -2.9]) < 0.002


def test_the_two_estimates_are_weighed_by_their_errors(machine, run, monkeypatch):
    missing = [0.05, 0.07, 0.06, 0.02, 0.05]
    own = np.std(missing, ddof=1) / np.sqrt(5) * 2.776 / 1.960  # Student's quantile over the normal one
    for other in (0.001, own, 0.1):
        monkeypatch.setattr(attained, "_surface_error", lambda discipline, used, other=other: other)
        expected = 0.05 * other**2 / (own**2 + other**2)
        assert short(run, machine, missing) == pytest.approx(expected, rel=1e-3)


def test_where_the_surface_is_silent_the_windows_alone_count(machine, run):
    silent = replace(machine, fullness=replace(machine.fullness, remark="it knows no such rule"))
    assert short(run, silent, [0.05, 0.07, 0.06, 0.02]) == pytest.approx(0.05)


def test_the_error_of_the_surface_is_that_of_the_rows_left_out(machine, run):
    """Nine in ten of the rows with the nearest answers are missed by less than 1.645 times it."""
    error = attained._surface_error("easy", 0.75)
    assert 0.01 < error < 0.06


def test_a_hair_is_no_shortfall_and_what_an_operator_takes_as_wanted_has_none(machine, run):
    for missing, limited in ((LEAST / 2, False), (0.2, True), (-0.2, False)):
        found = limits({"one": machine}, {"one": seen(run, machine, [missing * wanted(machine, run)] * 3)})
        assert bool(found) == limited
    assert found == {} or found["one"] < 0.8
    as_wanted = replace(machine, fullness=replace(machine.fullness, as_wanted=True))
    assert limits({"one": as_wanted}, {"one": seen(run, as_wanted, [0.2] * 3)}) == {}


def test_a_shortfall_is_of_what_the_surface_has_where_that_is_less_than_the_target(reckoned, run):
    """What the operator wants beyond it changes nothing."""
    found = []
    for target in (0.97, 0.99):
        values = DAYS | {"queue.discipline": "fcfs"}
        machine = reckoned(PublicCluster(target_utilisation=target), values, yearly_usd=(8e6,) * 6)
        most = float(machine.fullness.attained[0, 0])
        assert most < 0.9
        found.append(limits({"one": machine}, {"one": seen(run, machine, [0.1, 0.1, 0.1])})["one"])
        assert found[-1] == pytest.approx(most * (1 - 0.1 / wanted(machine, run)))
    assert found[0] == pytest.approx(found[1], rel=1e-3)


@pytest.mark.parametrize("fidelity", ["windows", "full"])
def test_a_machine_that_is_empty_for_want_of_need_is_not_limited_by_its_queue(reckoned, run, fidelity):
    machine = reckoned(PublicCluster(), DAYS | {"demand.groups": 20}, yearly_usd=(8e6,) * 6)
    assert wanted(machine, run) < 0.3
    assert limits({"one": machine}, {"one": seen(run, machine, [0.1, 0.1, 0.1], fidelity)}) == {}


def test_windows_of_months_without_need_do_not_count(machine, run, monkeypatch):
    months = np.arange(run.month[0], run.month[0] + 4)
    held = used_share(machine).copy()
    held[0, months[2:].astype(np.int64)] = 0.4
    monkeypatch.setattr(attained, "used_share", lambda result: held)
    waits = replace(run, month=months, used=held[0, months.astype(np.int64)] - np.array([0.1, 0.1, 0.3, -0.2]))
    full = held[0, int(months[0])]
    assert shortfall(waits, machine, machine.fullness) == pytest.approx(0.1 / full)


def test_a_limit_is_the_target_less_the_shortfall(machine, run):
    part = 0.1 / wanted(machine, run)
    found = limits({"one": machine}, {"one": seen(run, machine, [0.1, 0.1, 0.1])})
    assert found["one"] == pytest.approx(float(machine.fullness.attained[0, 0]) * (1 - part))


def test_more_noise_moves_the_limit_less_than_a_threshold_would(machine, run):
    """One more hour short never takes away more than an hour: there is no edge to fall over."""
    steps = [short(run, machine, [level, level + 0.04, level - 0.03, level]) for level in np.linspace(0.0, 0.1, 41)]
    assert (np.diff(steps) > 0).all() and (np.diff(steps) <= 0.1 / 40 + 1e-12).all()
