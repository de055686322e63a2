"""Published ranges stay what they were: the 10th and 90th percentile over draws of the headline of three scenarios."""

import json
from pathlib import Path

import pytest

from sim.comparison.run import compare
from sim.scenario import load
from tests.golden import regenerate

RANGES = json.loads((Path(__file__).parent / regenerate.RANGES).read_text(encoding="utf8"))


def test_the_three_scenarios_are_pinned():
    assert tuple(RANGES) == regenerate.RANGED


@pytest.mark.parametrize("name", regenerate.RANGED)
def test_no_end_of_a_range_has_moved(name):
    found = regenerate.ranges(compare(load(name), draws=regenerate.DRAWS, queue=False))
    golden = RANGES[name]
    assert {key: list(ranges) for key, ranges in golden.items()} == {key: list(ranges) for key, ranges in found.items()}
    for option, ranges in golden.items():
        for outcome, ends in ranges.items():
            wanted = [None if end is None else pytest.approx(end, rel=1e-9, abs=1e-6) for end in ends]
            assert found[option][outcome] == wanted, f"{option}: {outcome}"
