"""The process of rents: the path of its mean, its spread, and the record inside its band."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.calendar.calendar import draw_shocks
from sim.comparison.worlds import draw_worlds
from sim.mechanisms.cloud import LEVEL_MONTH, Cloud, Record, deviations, price_path_usd, trend_usd
from sim.mechanisms.finance import month_middles_years
from sim.mechanisms.world import World
from sim.months import Month
from sim.parameters import Array
from sim.scenario import load
from sim.series import series
from tests.validation.rents import SEGMENTS, fitted, observed, standard_errors

MONTHS, DRAWS = 120, 3_000
STANDARD_ERRORS = 4.5
COVERED = 0.90  # of the record, inside the band
FILE = 'title = "T"\nquestion = "Q?"\nhorizon_years = 7\nbudget = { total = 1e8, years = 4 }\n'
HIGH = Record(0, (7.0,), 0.0)  # far above the trend in January 2025


def chances(draws: int, months: int = MONTHS + 9) -> tuple[Array, Array]:
    """Normal and uniform numbers of many draws, [draw, month], for a record that began some months before the start."""
    generator = np.random.default_rng(7)
    return generator.standard_normal((draws, months)), generator.random((draws, months))


def simulated(cloud: Cloud) -> Array:
    """Deviations of many draws, [draw, month]."""
    normal, uniform = chances(DRAWS)
    return np.array([deviations(cloud, MONTHS, z, u) for z, u in zip(normal, uniform, strict=True)])


@pytest.fixture(scope="module")
def start_file(tmp_path_factory: pytest.TempPathFactory):
    """A scenario that starts in a given month."""

    def at(month: Month, **settings: str):
        file = tmp_path_factory.mktemp("rents") / "dated.toml"
        file.write_text(FILE + f'start = "{month}"\n', encoding="utf8")
        return load(file, {f"cloud.{name}": value for name, value in settings.items()})

    return at


# ---------------------------------------------------------------------------------------------------------- the process


@pytest.mark.parametrize("cloud", [Cloud(), Cloud(record=HIGH), Cloud(record=Record(-9, (2.0, 2.5), 2.0))])
def test_the_mean_of_log_rents_is_the_central_path(cloud):
    paths = simulated(cloud)
    error = paths.std(axis=0) / np.sqrt(DRAWS)
    assert np.all(np.abs(paths.mean(axis=0) - deviations(cloud, MONTHS)) <= STANDARD_ERRORS * error + 1e-12)


def test_the_spread_in_the_long_run_is_that_of_theory():
    """Variance of an autoregression around a two-state chain; the error is that of a variance over draws."""
    cloud = Cloud()
    keep = 0.5 ** (1 / cloud.volatility_half_life_months)
    scarce = cloud.scarcity_months / (cloud.scarcity_months + cloud.calm_months)
    stays = 1 - 1 / cloud.scarcity_months - 1 / cloud.calm_months
    chain = np.log(cloud.scarcity_ratio) ** 2 * scarce * (1 - scarce)
    expected = cloud.volatility_share**2 + chain * (1 - keep) / (1 + keep) * (1 + keep * stays) / (1 - keep * stays)
    last = simulated(cloud)[:, -1]
    squares = (last - last.mean()) ** 2
    assert abs(squares.mean() - expected) < STANDARD_ERRORS * squares.std() / np.sqrt(DRAWS)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.floats(0.5, 60))
def test_without_scarcity_half_of_a_deviation_is_left_after_its_half_life(half_life):
    cloud = Cloud(record=HIGH, scarcity_ratio=1.0, volatility_half_life_months=half_life)
    path = deviations(cloud, MONTHS)
    np.testing.assert_allclose(path, path[0] * 0.5 ** (np.arange(MONTHS) / half_life), rtol=1e-9, atol=1e-15)


def test_scarcity_comes_and_goes_as_declared():
    """Without other shocks and with an instant reaction the path is the state itself."""
    cloud = Cloud(volatility_share=0.0, volatility_half_life_months=0.1)
    state = simulated(cloud)[:, 1:] > 0
    for months, there in ((cloud.scarcity_months, state[:, :-1]), (cloud.calm_months, ~state[:, :-1])):
        left = (state[:, 1:] != state[:, :-1])[there]
        assert abs(left.mean() - 1 / months) < STANDARD_ERRORS * left.std() / np.sqrt(left.size)


def test_an_own_price_is_the_level_and_the_central_path_is_smooth():
    t_years = month_middles_years(MONTHS)
    assert np.all(deviations(Cloud(), MONTHS) == 0)
    rent = price_path_usd(Cloud(price_usd=7.0), t_years, np.zeros(MONTHS))
    np.testing.assert_allclose(rent, 7.0 * 0.8**t_years)


@pytest.mark.parametrize(
    "cloud",
    [Cloud(price_usd=1.0), Cloud(record=Record(0, (1.0,), 0.0)), Cloud(segment="list", record=Record(0, (1.0,), 0.0))],
)
@pytest.mark.parametrize("fall", [0.15, 0.0, -0.5, 0.95])
def test_a_rent_that_falls_by_15_per_cent_a_year_is_85_hundredths_a_year_later(cloud, fall):
    now, later = trend_usd(replace(cloud, decline_per_year=fall), np.array([2.0, 3.0]))
    assert later / now == pytest.approx(1 - fall)


@pytest.mark.parametrize("fall", [0.15, 0.5])
def test_a_list_price_is_cut_as_often_as_the_trend_asks(fall):
    """Over many years the number of steps is the fall in logarithms over that of a step, to within one."""
    cloud = Cloud(segment="list", decline_per_year=fall, record=Record(0, (1.0,), 0.0))
    rent = price_path_usd(cloud, month_middles_years(241), deviations(cloud, 241))
    steps = np.log(rent[-1]) / np.log(1 - cloud.list_step_share)
    assert abs(steps - 20 * np.log(1 - fall) / np.log(1 - cloud.list_step_share)) <= 1


def test_a_list_price_steps_and_keeps_to_its_trend():
    cloud = Cloud(segment="list", record=Record(0, (6.88,), 0.0))
    rent = price_path_usd(cloud, month_middles_years(MONTHS), deviations(cloud, MONTHS))
    cuts = rent[1:] / rent[:-1]
    assert set(np.round(cuts, 9)) == {1.0, 1 - cloud.list_step_share}
    off = simulated(cloud)[:, 1:]
    error = off.std(axis=0) / np.sqrt(DRAWS)
    assert np.all(np.abs(off.mean(axis=0)) < STANDARD_ERRORS * error)


# ----------------------------------------------------------------------------------------------------------- the record


@pytest.mark.parametrize("segment", ["neocloud", "reserved", "list"])
def test_rents_follow_the_record_in_every_draw(start_file, segment):
    rents = series("rent", segment)
    start = Month(2024, 3)
    scenario = start_file(start, segment=segment)
    worlds = draw_worlds(scenario, 1, 5)
    expected = rents.known(start, rents.last)
    for draw in range(6):
        world = worlds.at(draw)
        shock = draw_shocks(world, 1, draw, scenario.months).price_shock
        rent = price_path_usd(world.cloud, month_middles_years(scenario.months), shock)
        np.testing.assert_allclose(rent[: len(expected)], expected, rtol=1e-12)
    assert scenario.world.cloud.price_usd == pytest.approx(expected[0], abs=0.005)


def test_what_was_known_at_the_start_is_a_choice(start_file):
    start, last = Month(2023, 11), series("rent", "neocloud").last
    later, then = (start_file(start, hindsight=word).world.cloud.record for word in ("record", "start"))
    assert len(later.usd) == last.months_since(start) + 1
    assert then.usd == later.usd[:1]


def test_after_the_record_the_path_goes_on_from_its_last_price(start_file):
    last = series("rent", "neocloud").last
    cloud = start_file(last.later(7)).world.cloud
    assert cloud.record.first == cloud.record.last == -7
    before = replace(cloud, record=Record(0, cloud.record.usd, last.months_since(LEVEL_MONTH) / 12))
    np.testing.assert_allclose(deviations(cloud, 24), deviations(before, 31)[7:], rtol=1e-9)


@pytest.mark.parametrize("start", [Month(2023, 1), Month(2023, 7), Month(2024, 1), Month(2024, 7), Month(2024, 12)])
def test_the_record_lies_inside_the_band_of_what_could_have_been_foreseen(start_file, start):
    """5 to 95 % of 800 draws, month by month, without hindsight."""
    scenario = start_file(start, hindsight="start")
    worlds = draw_worlds(scenario, 1, 800)
    t_years = month_middles_years(scenario.months)
    paths = []
    for draw in range(1, 801):
        world = worlds.at(draw)
        paths.append(price_path_usd(world.cloud, t_years, draw_shocks(world, 1, draw, scenario.months).price_shock))
    rents = series("rent", "neocloud")
    record = np.array(rents.known(start, rents.last))
    low, high = np.quantile(np.array(paths)[:, : record.size], (0.05, 0.95), axis=0)
    # the first month is known, but for a rounding
    inside = (low * (1 - 1e-9) <= record) & (record <= high * (1 + 1e-9))
    assert inside.mean() >= COVERED, (str(start), inside)


def test_the_seed_of_a_draw_is_not_moved_by_the_horizon():
    world = World()
    short, long = (draw_shocks(world, 1, 3, months).price_shock for months in (24, 96))
    np.testing.assert_array_equal(short, long[:24])


def test_the_declared_process_is_the_one_fitted_to_the_record():
    """Each declared value lies within a tenth of a standard error of the maximum, its range spans the 90 % interval."""
    assert all(observed(segment)[0].size >= 8 for segment in SEGMENTS)
    logs, _ = fitted()
    errors = standard_errors(logs)
    names = ("volatility_half_life_months", "volatility_share", "scarcity_ratio", "scarcity_months", "calm_months")
    for name, value, error in zip((*names, "long_run_usd"), logs, errors, strict=False):
        assert abs(np.log(getattr(Cloud, name)) - value) < 0.1 * error, name
        spec = Cloud.spec(name)
        for end, sign in ((spec.low, -1), (spec.high, 1)):
            assert np.log(end) == pytest.approx(value + sign * 1.645 * error, abs=0.15), name
