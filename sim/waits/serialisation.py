"""Serialisation of waits: JSON that holds every number to its last digit, under a digest of itself."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from sim.waits.statistics import MonthlyWaits, Waits

DIGEST_LENGTH = 64
RECORDS = {kind.__name__: kind for kind in (Waits, MonthlyWaits)}


def as_text(waits: Waits) -> str:
    """A line with the digest of the rest, then the waits."""
    body = json.dumps(_packed(waits))
    return f"{_digest(body)}\n{body}"


def from_text(text: str) -> Waits | None:
    """The waits; None where the text is damaged, or was written by a program with other waits."""
    digest, _, body = text.partition("\n")
    if len(digest) != DIGEST_LENGTH or digest != _digest(body):
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
