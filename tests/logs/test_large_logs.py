"""A log larger than most: read in bounded memory. Run with `pytest -m bench tests/logs`; the script takes a size."""

import pytest

from tests.bench.logs import FORMATS, measure

MEGABYTES = 200
MOST_MB = 600  # of memory: the packages take 250 of them


@pytest.mark.bench
@pytest.mark.parametrize("form", FORMATS)
def test_the_memory_of_reading_stays_within_bounds(form):
    jobs, _, memory = measure(form, MEGABYTES)
    assert jobs > 1_000_000
    assert memory < MOST_MB
