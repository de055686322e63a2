"""Where two files differ: in few bytes, as damage leaves them, or throughout, as another program does that saves."""

from __future__ import annotations

import numpy as np

FEW_BYTES = 64  # another program would move more, or all


def damage(found: bytes, ours: bytes) -> str:
    """The sentence on few bytes that are others, were added or are missing; empty where files differ otherwise.

    What is blank at their ends is no damage: editors put it there.
    """
    if found.strip() == ours.strip():
        return ""
    if len(found) == len(ours):
        apart = np.flatnonzero(_array(found) != _array(ours))
        if apart.size <= FEW_BYTES:
            return f"It is damaged: {_bytes(apart.size)} {_are(apart.size)}, the first at byte {apart[0]:,}."
        return ""
    start = _alike(_array(found), _array(ours))
    end = _alike(_array(found)[start:][::-1], _array(ours)[start:][::-1])
    more, fewer = len(found) - start - end, len(ours) - start - end
    if max(more, fewer) > FEW_BYTES:
        return ""
    return f"It is damaged at byte {start:,}: it has {_bytes(more)} where ours has {_bytes(fewer)}."


def _array(content: bytes) -> np.ndarray:
    """A file as numbers."""
    return np.frombuffer(content, dtype=np.uint8)


def _alike(one: np.ndarray, other: np.ndarray) -> int:
    """How many numbers two lists begin with alike."""
    most = min(one.size, other.size)
    apart = np.flatnonzero(one[:most] != other[:most])
    return int(apart[0]) if apart.size else most


def _bytes(count: int) -> str:
    """So many bytes, in words."""
    return f"{count} byte{'s' * (count != 1)}"


def _are(count: int) -> str:
    """That they are others, in words."""
    return "are others" if count != 1 else "is another"
