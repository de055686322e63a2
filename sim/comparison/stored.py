"""Blocks of draws kept on the disk from run to run, by digest of all that decides their numbers.

A block holds what is measured of every option and draw. The central case is not kept, nor are waits, which have a cache
of their own: a run whose blocks are found still simulates and costs the central case, and joins them to it. Files
hold every number to its last bit, under a digest of themselves.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np

from sim.comparison.identity import canonical, digest, versions
from sim.comparison.measured import Measured
from sim.comparison.results import run_id
from sim.mechanisms.sampling import Drawn, Sequence
from sim.scenario import Scenario
from sim.waits.cache import Cache, usual_cache
from sim.waits.folder import Folder

SUFFIX = ".draws"
MOST_BYTES = 500_000_000  # a block of 256 draws of six options has some eleven megabytes
MOST_DRAWS = 2_048  # of a run that is kept: a longer one would drive out all others
_MAGIC = b"heavypress draws 1\n"
_DIGEST = sha256().digest_size


@dataclass(frozen=True)
class Stored:
    """The blocks of one scenario, seed and way of drawing."""

    folder: Folder
    scenario: Scenario
    seed: int
    draw: Drawn
    sequence: Sequence
    most: int  # draws of the run

    @staticmethod
    def beside(
        waits: Cache | None, scenario: Scenario, seed: int, draw: Drawn, sequence: Sequence, most: int
    ) -> Stored | None:
        """In the folder of a cache of waits, by default the usual one; None where nothing is kept on the disk."""
        path = (usual_cache() if waits is None else waits).path
        if path is None or most > MOST_DRAWS:
            return None
        return Stored(Folder(path, SUFFIX, MOST_BYTES), scenario, seed, draw, sequence, most)

    def get(
        self, start: int, stop: int, attained: Mapping[str, float], keys: Collection[str] | None
    ) -> dict[str, Measured] | None:
        """What is measured in the draws from `start` to `stop`, by option; None where it is not kept.

        attained: by option, what its machine attains at most. keys: the options of the block; None: all.
        """
        name = self._name(start, stop, attained, keys)
        content = self.folder.read(name)
        found = None if content is None else from_bytes(content)
        if content is not None and found is None:
            self.folder.delete(name)
        return found

    def put(
        self, start: int, stop: int, attained: Mapping[str, float], keys: Collection[str] | None,
        measured: Mapping[str, Measured],
    ) -> None:  # fmt: skip
        """Keep a block."""
        self.folder.write(self._name(start, stop, attained, keys), as_bytes(measured))

    def _name(self, start: int, stop: int, attained: Mapping[str, float], keys: Collection[str] | None) -> str:
        """Digest of all that decides the numbers of a block: random draws are the same in runs of any length."""
        last = stop - 1 if self.sequence == "random" else self.most
        run = run_id(self.scenario, self.seed, last, False, draw=self.draw, sequence=self.sequence)
        return digest(run, canonical([start, stop, sorted(attained.items()), keys and sorted(keys), versions()]))


def as_bytes(measured: Mapping[str, Measured]) -> bytes:
    """Head and numbers, under a digest."""
    arrays = [(key, name, np.asarray(values)) for key, each in measured.items() for name, values in each.items()]
    head = json.dumps([[key, name, values.dtype.str, values.shape] for key, name, values in arrays]).encode()
    body = b"".join([head, b"\n", *(np.ascontiguousarray(values).tobytes() for _, _, values in arrays)])
    return _MAGIC + sha256(body).digest() + body


def from_bytes(content: bytes) -> dict[str, Measured] | None:
    """What is measured, by option; None where the content is damaged, or of another program. Arrays are read only."""
    begin = len(_MAGIC) + _DIGEST
    body = memoryview(content)[begin:]
    if content[: len(_MAGIC)] != _MAGIC or content[len(_MAGIC) : begin] != sha256(body).digest():
        return None
    end = content.index(b"\n", begin)
    rows: list[Any] = json.loads(content[begin:end])
    counts = [int(np.prod(shape)) for _, _, _, shape in rows]
    sizes = [count * np.dtype(kind).itemsize for (_, _, kind, _), count in zip(rows, counts, strict=True)]
    found: dict[str, dict[str, Any]] = {}
    places = pairwise(np.cumsum([end + 1, *sizes]).tolist())
    for (key, name, kind, shape), (place, _), count in zip(rows, places, counts, strict=True):
        found.setdefault(key, {})[name] = np.frombuffer(content, kind, count, place).reshape(shape)
    return {key: Measured(values) for key, values in found.items()}
