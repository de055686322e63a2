"""What many tests need: a reference machine, a tiny scenario, and one option run and reckoned for real."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace

import numpy as np
import pytest

from sim.calendar.calendar import Calendar, draw_shocks
from sim.costs.context import build_context
from sim.costs.option import compute_option
from sim.costs.result import OptionResult
from sim.instruments import INSTRUMENTS, SINGLE, Instrument
from sim.mechanisms.operations import Operations, Ownership
from sim.mechanisms.sampling import sample, uncertain
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, Measures
from sim.parameters import Array
from sim.scenario import Scenario, load
from sim.streams import uniforms
from sim.units import MONTHS_PER_YEAR
from tests.oracles.calendars import records_of, stacked

os.environ["HEAVYPRESS_CACHE"] = "off"  # tests simulate what they test; those of the cache have one of their own

Values = Mapping[str, object]  # parameters of the world by path, as 'cloud.price_usd'

TINY = """
title = "A tiny scenario"
question = "Does everything run?"
start = "2025-01"
horizon_years = 4
budget = { total = 40e6, years = 2 }
world.demand.groups = 500
"""


def changed(world: World, values: Values) -> World:
    """`world` with other values at these paths; AttributeError or TypeError for a name it does not have."""
    for path, value in values.items():
        group, name = path.split(".")
        world = replace(world, **{group: replace(getattr(world, group), **{name: value})})
    return world


def drawn(seed: int, draws: int, values: Values) -> World:
    """The central case and `draws` - 1 other draws; what `values` set is the same in all."""
    centre = changed(World(), values)
    paths = list(uncertain())
    return sample(centre, uniforms(seed, draws - 1, paths), frozenset(values) & set(paths))


def run(
    instrument: Instrument,
    values: Values | World | None = None,
    *,
    yearly_usd: Sequence[float] = (80e6,) * 6,
    horizon_years: int = 10,
    draws: int = 1,
    seed: int = 1,
) -> OptionResult:
    """One option: its calendar in each draw, then the reckoning. Draw 0 is the central case."""
    if isinstance(values, World):
        world = values
    else:
        world = changed(World(), values or {}) if draws == 1 else drawn(seed, draws, values or {})
    months = horizon_years * MONTHS_PER_YEAR
    records = []
    for draw in range(draws):
        here = world.at(draw)
        calendar = Calendar(here, draw_shocks(here, seed, draw, months), np.array(yearly_usd, dtype=float), months)
        for part, (member, _) in enumerate(instrument.parts()):
            member.schedule(calendar, part)
        records.append(records_of(calendar.run()))
    ledger = stacked(records, months)
    return compute_option(instrument, ledger, build_context(world, ledger))


def total(monthly: OptionResult, outcome: str) -> Array:
    """An outcome over the whole horizon, [draw]."""
    return BY_NAME[outcome].total(Measures(monthly))


def mixture(*members: Instrument, **shares: float) -> Instrument:
    """A portfolio with these shares and no others; members that are not given have their defaults."""
    given = {member.name: member for member in members}
    known = tuple(given.get(kind.name, kind()) for kind in SINGLE)
    every = {f"{kind.name}_share": shares.get(kind.name, 0.0) for kind in SINGLE}
    return INSTRUMENTS["portfolio"](members=known, **every)


@pytest.fixture
def shared_waits(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queues that any test of this run with this fixture simulated are not simulated again; none of an earlier run is.

    For tests of what is made of waits: one that is cached is the simulated one to the last digit, see
    tests/contract/test_cache.py.
    """
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # all workers of a run have one parent
    monkeypatch.setenv("HEAVYPRESS_CACHE", str(folder / "waits"))


@pytest.fixture(scope="session")
def reckoned() -> Callable[..., OptionResult]:
    """`reckoned(instrument, values, ...)` runs one option; see `run`."""
    return run


@pytest.fixture(scope="session")
def outcome() -> Callable[[OptionResult, str], Array]:
    """`outcome(monthly, name)` is a number a draw; see `total`."""
    return total


@pytest.fixture(scope="session")
def mix() -> Callable[..., Instrument]:
    """`mix(*members, public_cluster=0.5, ...)` is a portfolio; see `mixture`."""
    return mixture


@pytest.fixture(scope="session")
def hardware_only() -> dict[str, object]:
    """A world in which only hardware costs anything, at once and as planned, and nothing is left of it (rate 0)."""
    return {
        "money.discount_rate": 0.0,
        "money.declining": False,
        "hardware.facility_usd_per_kw": 0.0,
        "hardware.resale_decay_per_year": 1.0,
        "demand.new_only_share_per_year": 0.0,
        "procurement.lead_months": 0.0,
        "procurement.slip_months": 0.0,
        "procurement.contract": "cost_plus",
        "procurement.overrun_ratio": 0.0,
        "procurement.system_ratio": 1.0,
        "procurement.order_exponent": 0.0,
        "procurement.paid_at_order_share": 1.0,
        "procurement.paid_at_acceptance_share": 0.0,
        "operations.electricity_usd_per_kwh": 0.0,
        "operations.maintenance_share_per_year": 0.0,
        "operations.staff_fixed": 0.0,
        "operations.staff_per_1000_gpus": 0.0,
    }


@pytest.fixture(scope="session")
def tiny_scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Every instrument, two years of money, four years in all."""
    path = tmp_path_factory.mktemp("scenario") / "tiny.toml"
    path.write_text(TINY, encoding="utf8")
    return load(path)


@pytest.fixture(scope="session")
def reference() -> Callable[..., tuple[Ownership, float, Operations]]:
    """`reference(gpus, **fields)`: reference set R as a machine, its availability and its operations."""

    def machine(gpus: float = 4096, **other: float) -> tuple[Ownership, float, Operations]:
        own = Ownership(
            gpus=gpus,
            price_usd=45_000,
            life_years=5,
            rate=0.035,
            resale_share=0.10,
            facility_usd=10_000 * 1.2,
            facility_life_years=15,
            kw=1.0,
            busy_share=0.8,
        )
        operations = Operations(
            idle_power_share=0.3,
            pue_ratio=1.25,
            electricity_usd_per_kwh=0.10,
            maintenance_share_per_year=0.08,
            staff_fixed=8,
            staff_per_1000_gpus=6,
            wage_usd_per_year=180_000,
        )
        owned = {field.name for field in fields(Ownership)} & set(other)
        own = replace(own, **{name: other[name] for name in owned})
        return own, 0.97, replace(operations, **{name: other[name] for name in set(other) - owned})

    return machine
