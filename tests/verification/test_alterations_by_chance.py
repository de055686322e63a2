"""What separates a picture that was saved anew from an altered one: many of both, by chance."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sim import charts
from sim.comparison.results import Comparison
from sim.verification.pictures import likeness, opened
from tests.verification.conftest import give
from tests.verification.forgers import Forger
from tests.verification.pasting import jpeg, sized
from tests.verification.test_pictures import WAYS

MANY = 300  # alterations


def benign(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A picture as programs save it anew."""
    way = Image.Resampling[WAYS[rng.integers(len(WAYS))]]
    small = sized(picture, rng.uniform(96, 300), way)
    return opened(jpeg(small, int(rng.integers(60, 96)))) if rng.random() < 0.5 else small


@pytest.mark.slow
def test_alterations_by_chance_are_seen_and_nothing_else(comparison: Comparison) -> None:
    """Of so many pictures saved anew none is altered, and of so many altered ones none is not.

    Fewer than one in a hundred can then be missed, with 95 % confidence.
    """
    rng = np.random.default_rng(2)
    missed, alarms = [], []
    for name, drawn in charts.CHARTS.items():
        ours = give(comparison, name).picture
        forger = Forger(drawn(comparison), ours)
        for _ in range(-(-MANY // len(charts.CHARTS))):
            dpi = rng.uniform(96, 300)
            forged, what = forger.altered(rng)
            held = likeness(sized(forged, dpi), ours)
            missed += [(name, dpi, what, held.worst)] if held.same else []
            held = likeness(benign(ours, rng), ours)
            alarms += [] if held.same else [(name, held.worst)]
    assert not missed and not alarms, (missed, alarms)
