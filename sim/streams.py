"""Random numbers by name: the same draw meets the same world under every option.

A stream depends on the seed, the draw and its own name, never on the option or on
the order of calls, so options are compared under common random numbers.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np

from sim.parameters import Array


def stream(seed: int, draw: int, name: str, replication: int = 0) -> np.random.Generator:
    """Generator of the stream `name` in one draw and replication."""
    key = (draw, replication, crc32(name.encode()))
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))


def uniforms(seed: int, draws: int, names: list[str]) -> dict[str, Array]:
    """`draws` numbers in (0, 1) for each name, [draw]; more draws extend the list, never change it."""
    smallest = np.finfo(float).eps
    return {n: np.clip(stream(seed, 0, f"world.{n}").random(draws), smallest, 1 - smallest) for n in names}
