"""Shares that sum to one: when one is moved, the others are changed in proportion."""

from __future__ import annotations

from dataclasses import dataclass

PARTS = 100  # shares are whole per cents
HALF_A_PART = 0.5 / PARTS


def balanced(shares: dict[str, float], moved: str, usual: dict[str, float]) -> dict[str, float]:
    """Shares that sum to one: `moved` stays, the others keep their proportions, in whole per cents.

    Where the others are all zero they take the proportions of `usual`, else equal parts.

    >>> balanced({"a": 0.5, "b": 0.4, "c": 0.4}, "a", {})
    {'a': 0.5, 'b': 0.25, 'c': 0.25}
    """
    others = [name for name in shares if name != moved]
    weights = [max(shares[name], 0.0) for name in others]
    if not sum(weights):
        weights = [usual.get(name, 0.0) for name in others]
    if not sum(weights):
        weights = [1.0] * len(others)
    kept = round(PARTS * shares[moved])
    exact = [weight / sum(weights) * (PARTS - kept) for weight in weights]
    parts = [int(part) for part in exact]
    # what rounding down left over goes where it took the most
    for n in sorted(range(len(others)), key=lambda n: parts[n] - exact[n])[: PARTS - kept - sum(parts)]:
        parts[n] += 1
    return {moved: kept / PARTS} | {name: part / PARTS for name, part in zip(others, parts, strict=True)}


def moved_share(
    now: dict[str, float], last: dict[str, float], moved: str, earlier: tuple[dict[str, float], ...]
) -> str:
    """The share that the user moved since `last`; empty where none was.

    Who moves a slider fast sends the next move before the browser has received how the last one was balanced. Then
    several shares seem moved: the one in hand, and others that still have an earlier value. The one in hand is the one
    moved last, or else the one with a value that it never had.
    """
    different = [key for key in now if abs(now[key] - last[key]) >= HALF_A_PART]
    if len(different) <= 1 or moved in different:
        return moved if moved in different else "".join(different)
    new = [key for key in different if not any(abs(now[key] - before[key]) < HALF_A_PART for before in earlier)]
    return (new or different)[0]


@dataclass(frozen=True)
class Memory:
    """What was done to shares so far: which was moved last, and what they were before."""

    moved: str = ""
    earlier: tuple[dict[str, float], ...] = ()


MEMORY = 20  # earlier positions of the shares


def rebalanced(
    now: dict[str, float], last: dict[str, float], usual: dict[str, float], memory: Memory
) -> tuple[dict[str, float], Memory]:
    """Shares that sum to one after the user has moved one since `last`, and what to remember for the next move."""
    moved = moved_share(now, last, memory.moved, memory.earlier)
    if not moved:
        return last, memory
    found = balanced({**last, moved: now[moved]}, moved, usual)
    return found, Memory(moved, (*memory.earlier, last)[-MEMORY:])
