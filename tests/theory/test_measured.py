"""Outcomes measured when they are read: the same numbers as all at once, and none before it is asked for."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from sim.charts import CHARTS, data
from sim.comparison.discounting import rediscount
from sim.comparison.measured import Measured
from sim.comparison.record import results_digest
from sim.comparison.run import compare
from sim.comparison.table import markdown
from sim.scenario import load, pinned, with_settings


def counting() -> tuple[Measured, list[str]]:
    """Three names, of which one is known, and the list of those that were measured."""
    asked: list[str] = []

    def measure(name: str) -> np.ndarray:
        asked.append(name)
        return np.array([float(len(asked))])

    return Measured({"b": np.array([7.0])}, ("a", "b", "c"), measure), asked


def test_a_value_is_measured_once_and_only_when_it_is_asked_for():
    found, asked = counting()
    assert list(found) == ["a", "b", "c"] and len(found) == 3 and "c" in found and not asked
    assert found["b"][0] == 7 and not asked
    assert found["c"][0] == found["c"][0] == 1 and asked == ["c"]
    with pytest.raises(KeyError):
        found["d"]
    assert asked == ["c"]


def test_other_values_take_the_place_of_some_and_nothing_is_measured_for_it():
    found, asked = counting()
    more = found | {"a": np.array([5.0]), "d": np.array([6.0])}
    assert list(more) == ["a", "b", "c", "d"] and not asked
    assert [float(more[name][0]) for name in more] == [5, 7, 1, 6] and asked == ["c"]
    assert found["c"] is more["c"] and asked == ["c"]
    under = found.picked({"first": "a", "third": "c"})
    assert list(under) == ["first", "third"] and asked == ["c"]
    assert under["third"] is found["c"] and under["first"][0] == 2


def test_what_is_sent_to_another_process_is_measured_before():
    found, asked = counting()
    there = pickle.loads(pickle.dumps(found))
    assert asked == ["a", "c"] and {name: float(value[0]) for name, value in there.items()} == {"a": 1, "b": 7, "c": 2}
    assert [float(value[0]) for value in found.all_measured().values()] == [1, 7, 2]


@pytest.mark.parametrize("settings", [{}, {"independence.shock": True}])
def test_outcomes_measured_as_they_are_read_are_those_of_all_at_once_to_the_last_bit(settings):
    scenario = with_settings(load("small_country"), pinned(settings))
    whole, lazy = (compare(scenario, draws=8, fidelity="instant", lazy=each) for each in (False, True))
    for key, result in whole.results.items():
        assert list(result.totals) == list(lazy.results[key].totals)
        assert list(result.yearly) == list(lazy.results[key].yearly)
        for name, values in result.yearly.items():
            assert np.array_equal(values, lazy.results[key].yearly[name], equal_nan=True)
    assert results_digest(whole) == results_digest(lazy)
    assert whole.answer.text == lazy.answer.text and whole.run_id == lazy.run_id
    assert markdown(whole) == markdown(lazy)
    for name in CHARTS:
        assert_frame_equal(data(whole, name), data(lazy, name))
    one, other = (rediscount(each, "omb_a4_2023") for each in (whole, lazy))
    assert results_digest(one) == results_digest(other) != results_digest(whole)
