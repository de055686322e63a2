"""Random numbers by counter: draw `n` of a stream depends on the stream's key and on n, not on what was drawn before.

SplitMix64 (Steele, Lea and Flood 2014, OOPSLA) read at any place: the n-th state is key + n * GOLDEN, and mixing it
gives the n-th number. A job therefore keeps its numbers under every option, policy and load.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from sim.queue.workload.compiler import entry, inlined

BITS = np.iinfo(np.uint64).bits
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST_FACTOR, SECOND_FACTOR = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
FIRST_SHIFT, SECOND_SHIFT, LAST_SHIFT = np.uint64(30), np.uint64(27), np.uint64(31)
MANTISSA = int(np.finfo(np.float64).nmant) + 1
SPARE_BITS = np.uint64(BITS - MANTISSA)
STEP = 2.0**-MANTISSA
# Acklam's rational approximations of the normal quantile, highest power first: A/B in the middle, C/D in the tails.
LOW_TAIL = 0.02425
A = (
    -39.69683028665376, 220.9460984245205, -275.9285104469687,
    138.3577518672690, -30.66479806614716, 2.506628277459239,
)  # fmt: skip
B = (-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1.0)
C = (
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838,
    -2.549732539343734, 4.374664141464968, 2.938163982698783,
)  # fmt: skip
D = (0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1.0)


def stream_key(seed: int, name: str, replication: int = 0) -> np.uint64:
    """Key of the stream `name`; it depends on the seed, the name and the replication, and on nothing else."""
    sequence = np.random.SeedSequence(seed, spawn_key=(0, replication, crc32(name.encode())))
    return np.uint64(sequence.generate_state(1, np.uint64)[0])


@inlined
def mixed(state: np.uint64) -> np.uint64:
    """SplitMix64's output function."""
    state = (state ^ (state >> FIRST_SHIFT)) * FIRST_FACTOR
    state = (state ^ (state >> SECOND_SHIFT)) * SECOND_FACTOR
    return state ^ (state >> LAST_SHIFT)


@inlined
def branch(key: np.uint64, number: int) -> np.uint64:
    """Key of the `number`-th stream inside a stream: that of the jobs of one campaign."""
    return mixed(key + np.uint64(number) * GOLDEN)


@inlined
def uniform(key: np.uint64, number: int) -> float:
    """Draw `number` of a stream, in (0, 1)."""
    return float((np.float64(mixed(key + np.uint64(number) * GOLDEN) >> SPARE_BITS) + 0.5) * STEP)


@inlined
def polynomial(coefficients: tuple[float, ...], x: float) -> float:
    """Horner's scheme, highest power first."""
    value = 0.0
    for coefficient in coefficients:
        value = value * x + coefficient
    return value


@inlined
def quantile(share: float) -> float:
    """The standard normal value below which `share` in (0, 1) lies (Acklam 2003; relative error below 1.2e-9).

    Only the five per cent in the tails need a logarithm and a root: three times as fast as Box and Muller's pair.
    """
    if LOW_TAIL <= share <= 1 - LOW_TAIL:
        x = share - 0.5
        return x * polynomial(A, x * x) / polynomial(B, x * x)
    x = np.sqrt(-2 * np.log(min(share, 1 - share)))
    tail = polynomial(C, x) / polynomial(D, x)
    return tail if share < 0.5 else -tail


@inlined
def normal(key: np.uint64, number: int) -> float:
    """Standard normal draw `number` of a stream."""
    return quantile(uniform(key, number))


@entry
def _fill_persistent(key: np.uint64, persistence: float, spread: float, level: NDArray[Any]) -> None:
    """Fill `level` [step]."""
    fresh = spread * np.sqrt(1 - persistence * persistence)
    for step in range(level.size):
        draw = normal(key, step)
        level[step] = spread * draw if step == 0 else persistence * level[step - 1] + fresh * draw


def persistent_normals(key: np.uint64, count: int, persistence: float, spread: float) -> NDArray[Any]:
    """A stationary first-order autoregression of that standard deviation [step]; more steps only extend it."""
    level = np.empty(count)
    _fill_persistent(key, float(persistence), float(spread), level)
    return level


@entry
def _fill_uniforms(key: np.uint64, numbers: NDArray[Any], draws: NDArray[Any]) -> None:
    """Fill `draws` [number]."""
    for place in range(numbers.size):
        draws[place] = uniform(key, numbers[place])


def uniforms_at(key: np.uint64, numbers: NDArray[Any]) -> NDArray[Any]:
    """Draws in (0, 1) of these numbers of a stream [number]."""
    draws = np.empty(numbers.size)
    _fill_uniforms(key, np.ascontiguousarray(numbers), draws)
    return draws
