"""How centres cut: the power of a request that awards follow, fitted to two published rounds (programmes:N001, N002).

`python tests/validation/cut_rule.py` prints data, fit and residuals; `test_cut_rule.py` compares the default with it.

Of each round number, total, median and largest of requests are known, and total, median and largest award. The
requests between are taken as lognormal about the median, as wide as the total demands. Awards are level x request^x,
and no more than was asked for; the level gives out what was granted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from pathlib import Path
from statistics import NormalDist, median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

STEPS = 100


@dataclass(frozen=True)
class Round:
    """A round of requests and awards, million units."""

    name: str
    requests: int
    asked: float
    granted: float
    median_asked: float
    median_given: float
    largest_asked: float
    largest_given: float


ROUNDS = (
    Round("NCAR, May 2009", 25, 5.5, 4.0, 0.18, 0.111, 0.9, 0.7),  # programmes:N001
    Round("NCAR, October 2009", 24, 9.5, 5.9, 0.20, 0.20, 1.78, 0.645),  # programmes:N002
)


def rising(function, target: float, low: float, high: float) -> float:
    """Where a rising function takes a value."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return (low + high) / 2


def requests_of(each: Round) -> list[float]:
    """The requests of a round, smallest first: their number, sum, median and largest are those published."""
    scores = [NormalDist().inv_cdf((n + 0.5) / each.requests) for n in range(each.requests)]

    def sizes(spread: float) -> list[float]:
        return [*(min(each.median_asked * exp(spread * score), each.largest_asked) for score in scores[:-1]),
                each.largest_asked]  # fmt: skip

    return sizes(rising(lambda spread: sum(sizes(spread)), each.asked, 0.0, 5.0))


def awards(requests: Sequence[float], granted: float, power: float) -> list[float]:
    """level x request^power, no more than was asked for; the level gives out what was granted."""

    def at(level: float) -> list[float]:
        return [min(request, level * request**power) for request in requests]

    return at(rising(lambda level: sum(at(level)), granted, 0.0, 1e3))


def residuals(power: float) -> dict[tuple[str, str], float]:
    """Log of the award that a power gives over the published one, for the median and the largest of each round."""
    found = {}
    for each in ROUNDS:
        given = awards(requests_of(each), each.granted, power)
        found[each.name, "median"] = log(median(given) / each.median_given)
        found[each.name, "largest"] = log(given[-1] / each.largest_given)
    return found


def error(power: float) -> float:
    """Root mean square of the residuals."""
    left = list(residuals(power).values())
    return sqrt(sum(each**2 for each in left) / len(left))


def fit() -> float:
    """The power with the least error, to a hundredth."""
    return min((n / 100 for n in range(151)), key=error)


def main() -> None:
    """Data, fit and residuals."""
    for each in ROUNDS:
        print(f"{each.name}: {each.requests} requests, {each.asked} asked, {each.granted} granted")
    best = fit()
    for power in sorted({0.0, 0.5, best, 1.0}):
        left = ", ".join(f"{name} {which} {exp(value):.2f}" for (name, which), value in residuals(power).items())
        print(f"power {power:.2f}: error {error(power):.3f}; award over the published one: {left}")


if __name__ == "__main__":
    main()
