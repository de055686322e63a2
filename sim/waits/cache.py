"""Cache of simulated waits, by digest of all that decides them: in memory and in the user's cache folder.

Prices and discount rates decide no wait, so waits are found here when they change. Files hold every number to its last
digit, under a digest of themselves; what cannot be written stays in memory.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import OrderedDict
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

from sim.costs.result import OptionResult
from sim.version import __version__
from sim.waits.folder import Folder
from sim.waits.machine import PROVIDER, Machine, offered_share, tier_shares
from sim.waits.statistics import MonthlyWaits, Waits
from sim.waits.windows import window_months

VARIABLE = "HEAVYPRESS_CACHE"
OFF = ("off", "0", "no", "none")
SUFFIX = ".json"
MOST_KEPT = 256  # options in memory, some ten kilobytes each
RECORDS = {kind.__name__: kind for kind in (Waits, MonthlyWaits)}
MOST_BYTES = 64_000_000  # on disk; the least recently used goes first
# Waits depend on the source of the queue, of the jobs and of the windows too.
_SOURCES = ("queue/**/*.py", "streams.py", "mechanisms/*.py", "waits/*.py", "units.py")


@cache
def source_digest() -> str:
    """Digest of the source that simulates waits, and of the generator of random numbers."""
    root = Path(__file__).resolve().parents[1]
    paths = sorted({path for pattern in _SOURCES for path in root.glob(pattern)})
    text = b"\0".join(path.read_bytes() for path in paths)
    return sha256(text + np.__version__.encode() + __version__.encode()).hexdigest()


def key_of(result: OptionResult, seed: int, fidelity: str | None = None) -> str:
    """Digest of everything that the waits of an option depend on, its source included, and of nothing else."""
    return sha256(inputs(result, seed, fidelity) + source_digest().encode()).hexdigest()


def inputs(result: OptionResult, seed: int, fidelity: str | None = None) -> bytes:
    """Digest of everything that `simulate_waits` looks at: equal digests have equal waits."""
    world = result.context.world.at(0)
    machine = Machine.of(result)
    reliability, gate = world.reliability, world.demand.new_only_share_per_year
    values = [seed, fidelity or world.queue.fidelity, world.queue, world.workload, gate]
    values += [reliability.interruptions_per_gpu_hour, reliability.repair_hours, reliability.checkpoint_seconds]
    digest = sha256("\n".join(map(repr, values)).encode())
    arrays = [machine.gpus, machine.speed, machine.design_month, machine.short]
    if window_months(result, 1):
        arrays += [offered_share(result, machine), tier_shares(result), result.allocation.used[PROVIDER][0]]
    for array in arrays:
        digest.update(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return digest.digest()


def usual_folder() -> Path | None:
    """The folder of HEAVYPRESS_CACHE, else one in the user's cache; None where the cache is off.

    HEAVYPRESS_CACHE=off keeps nothing, neither on disk nor in memory.
    """
    value = os.environ.get(VARIABLE, "").strip()
    if value.lower() in OFF:
        return None
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return Path(value).expanduser() if value else base / "heavypress" / "waits"
    except RuntimeError:  # no home directory
        return Path(tempfile.gettempdir()) / "heavypress" / "waits"


class Cache:
    """Waits by key. Threads and processes may share one folder: files are written whole or not at all."""

    def __init__(self, path: Path | None, most_kept: int = MOST_KEPT, most_bytes: int = MOST_BYTES) -> None:
        """Keep up to `most_kept` options in memory and, where there is a folder, up to `most_bytes` in it."""
        self.path, self._most_kept = path, most_kept
        self._folder = None if path is None else Folder(path, SUFFIX, most_bytes)
        self._kept: OrderedDict[str, Waits] = OrderedDict()
        self._lock = RLock()

    @classmethod
    def off(cls) -> Cache:
        """A cache that keeps nothing."""
        return cls(None, most_kept=0)

    def get(self, key: str) -> Waits | None:
        """The waits of a key; None where none are kept, or none that can be read."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = self._read(key)
        if found is not None:
            self._remember(key, found)
        return found

    def put(self, key: str, waits: Waits) -> None:
        """Keep waits that are complete; those of a run that was stopped are not."""
        if waits.stopped:
            return
        self._remember(key, waits)
        if self._folder is not None:
            self._folder.write(key, as_text(waits).encode())

    def _remember(self, key: str, waits: Waits) -> None:
        with self._lock:
            self._kept[key] = waits
            self._kept.move_to_end(key)
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)

    def _read(self, key: str) -> Waits | None:
        """Waits from disk; a damaged file is deleted."""
        content = self._folder.read(key) if self._folder else None
        if self._folder is None or content is None:
            return None
        found = from_text(content.decode("utf8", errors="replace"))
        if found is None:
            self._folder.delete(key)
        return found


_shared: dict[Path, Cache] = {}


def usual_cache() -> Cache:
    """The cache of this process, as HEAVYPRESS_CACHE has it now."""
    folder = usual_folder()
    return Cache.off() if folder is None else _shared.setdefault(folder, Cache(folder))


# --- files: JSON that holds every number to its last digit, under a digest of itself ---


def as_text(waits: Waits) -> str:
    """A line with the digest of the rest, then the waits."""
    body = json.dumps(_packed(waits))
    return f"{_digest(body)}\n{body}"


def from_text(text: str) -> Waits | None:
    """The waits; None where the text is damaged, or was written by a program with other waits."""
    digest, _, body = text.partition("\n")
    if digest != _digest(body):
        return None
    try:
        found = _unpacked(json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return found if isinstance(found, Waits) else None


def _digest(body: str) -> str:
    return sha256(body.encode()).hexdigest()


def _packed(value: Any) -> Any:
    """A record of arrays, numbers and texts as plain lists and mappings."""
    if is_dataclass(value):
        return {"record": type(value).__name__, **{f.name: _packed(getattr(value, f.name)) for f in fields(value)}}
    if isinstance(value, np.ndarray):
        return {"array": value.dtype.str, "shape": value.shape, "values": value.ravel().tolist()}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} cannot be part of a record of waits")


def _unpacked(value: Any) -> Any:
    """The inverse of `_packed`."""
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.array(value["values"], dtype=np.dtype(value["array"])).reshape(value["shape"])
    kind: Any = RECORDS[value.pop("record")]
    return kind(**{name: _unpacked(item) for name, item in value.items()})
