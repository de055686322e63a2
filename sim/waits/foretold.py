"""How far waits that the generator and the queue foretold were off: data/foretold_waits.csv, a row a log.

Each log was foretold from other logs, with only the size of the machine and its load its own. This error of the model
comes on top of that of a simulation, which more windows make smaller and this not.
"""

from __future__ import annotations

from math import ceil, exp, log

from sim.sources import rows

TABLE = "foretold_waits.csv"
TWICE = 2.0
COVERED = 0.8  # part of the logs whose waits lie within the factor


def model_error_factor() -> float:
    """The factor either way within which the mean waits of four logs in five were foretold."""
    factors = sorted(exp(abs(log(float(row["mean_ratio"])))) for row in rows(TABLE))
    return factors[ceil(COVERED * len(factors)) - 1]


def logs_foretold() -> int:
    """Logs behind the factor."""
    return len(rows(TABLE))


def caveat(pattern: str) -> str:
    """What stands beside every wait: how well the model knows the waits of a machine, by the pattern of arrivals."""
    if pattern == "poisson":
        return "Poisson arrivals without the bursts of real logs: waits are a lower bound"
    ratios = [float(row["mean_ratio"]) for row in rows(TABLE)]
    close = sum(1 / TWICE <= ratio <= TWICE for ratio in ratios)
    return (
        f"error of the model: of {len(ratios)} real logs replayed under EASY the mean waits of {close} were foretold "
        f"within a factor of two, of four in five within {model_error_factor():.2g}; one is of GPUs, and real sites "
        "wait 1.1 to 5 times a replay"
    )
