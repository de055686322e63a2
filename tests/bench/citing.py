"""What it costs to write a run as a pack, and to check one figure of it, beyond the run itself."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from sim import charts
from sim.comparison.run import compare
from sim.packs import pack
from sim.scenario import Scenario
from sim.verification import judge
from sim.verification.exhibits import exhibits
from sim.verification.runs import Runs
from tests.bench.measuring import Line, in_turn

DRAWS, ROUNDS = 128, 3
PACK_SECONDS, VERIFY_SECONDS = 10, 5
FIGURE = "delivered"


def time_citing(scenario: Scenario) -> Iterator[Line]:
    """A pack of a run that is there, and the check of a PNG with its record; the run itself in the same rounds."""
    settings = {"draws": DRAWS, "fidelity": "instant"}
    kept = compare(scenario, **settings)
    content = charts.png(charts.CHARTS[FIGURE](kept), kept, FIGURE)

    def checked() -> None:
        runs = Runs()
        (found,) = [each for exhibit in exhibits("a figure", content, runs) for each in judge(exhibit, runs)]
        assert found.verdict == "verified"

    works = [lambda: compare(scenario, **settings), lambda: pack(compare(scenario, **settings)), checked]
    run, packed, verified = map(statistics.median, in_turn(works, ROUNDS))
    for what, seconds, most in (("a pack", packed, PACK_SECONDS), ("the check of a figure", verified, VERIFY_SECONDS)):
        beyond = seconds - run
        yield Line(f"{what}, beyond the run", f"{beyond:.1f} s", f"< {most} s", beyond < most)
        yield Line("  as a part of the run", f"{beyond / run:.1f} x")
