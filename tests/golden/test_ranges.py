"""Published ranges stay what they were: 10th, 50th and 90th percentile over draws of every headline outcome."""

import json
from pathlib import Path

import pytest

from sim.comparison.run import compare
from sim.scenario import load, names
from tests.golden import regenerate

RANGES = json.loads((Path(__file__).parent / regenerate.RANGES).read_text(encoding="utf8"))


def test_every_shipped_scenario_is_pinned():
    assert list(RANGES) == names()


def test_the_file_has_an_outcome_a_line():
    assert json.loads(regenerate.written(RANGES)) == RANGES
    assert '  "public_cost": [0.0, 0.0, 0.0]' in regenerate.written({"x": {"y": {"public_cost": [0.0, 0.0, 0.0]}}})


@pytest.mark.parametrize("name", names())
def test_no_end_of_a_range_has_moved(name):
    found = regenerate.ranges(compare(load(name), draws=regenerate.DRAWS, queue=False))
    golden = RANGES[name]
    assert {key: list(ranges) for key, ranges in golden.items()} == {key: list(ranges) for key, ranges in found.items()}
    for option, ranges in golden.items():
        for outcome, values in ranges.items():
            wanted = [None if value is None else pytest.approx(value, rel=1e-9, abs=1e-6) for value in values]
            assert found[option][outcome] == wanted, f"{option}: {outcome}"
