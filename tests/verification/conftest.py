"""One run of few draws, its figures as files, and verdicts that share the run among tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from sim import charts
from sim.charts.files import FORMATS
from sim.comparison.record import record_text
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.scenario import load
from sim.verification import judge
from sim.verification.exhibits import exhibits
from sim.verification.findings import Finding
from sim.verification.pictures import opened
from sim.verification.runs import Runs
from tests.verification.forgers import Forger

FIGURE = "difference"
Judge = Callable[..., list[Finding]]


@dataclass(frozen=True)
class Given:
    """A figure of ours in its files, as pixels, and the same with one digit redrawn."""

    name: str
    run: str
    files: dict[str, bytes]
    picture: Image.Image
    forged: Image.Image


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    """A run whose waits are not known, so that one of its figures is short and nearly blank."""
    return compare(load("small_country"), draws=32, queue=False)


@pytest.fixture(scope="session")
def judged(comparison: Comparison) -> Judge:
    """`judged(content, named)`: the verdicts on a file, whose record is known; runs and drawings are made once."""
    runs = Runs()
    runs.learn(record_text(comparison))

    def verdicts(content: bytes, named: str = "") -> list[Finding]:
        return [finding for exhibit in exhibits("it", content, runs, named) for finding in judge(exhibit, runs)]

    return verdicts


@pytest.fixture(scope="session")
def given(comparison: Comparison) -> Given:
    """The figure that most tests are about."""
    return give(comparison, FIGURE)


def give(comparison: Comparison, name: str) -> Given:
    """A figure of a run."""
    figure = charts.CHARTS[name](comparison)
    files = {suffix: written(figure, comparison, name) for suffix, written in FORMATS.items()}
    picture = opened(files["png"])
    forger, rng = Forger(charts.CHARTS[name](comparison), picture), np.random.default_rng(1)
    digits = (forger.digit(rng) for _ in range(100))
    forged = next((made for made in digits if made is not None), None) or forger.altered(rng)
    return Given(name, comparison.run_id, files, picture, forged[0])
