"""Sums of flows and of accounts, over instruments or over what they consist of."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.parameters import Array


def sums_by_name(tables: Iterable[dict[str, Array]], shape: tuple[int, ...]) -> dict[str, Array]:
    """Accounts, or hours by provider, of several instruments; those of one name added up, [draw, month]."""
    total: dict[str, Array] = {}
    for table in tables:
        for name, flow in table.items():
            total[name] = total.get(name, np.zeros(shape)) + flow
    return total


def total_of(flows: Iterable[Array | float], shape: tuple[int, ...]) -> Array:
    """Sum of flows, zeros where there are none."""
    return np.asarray(sum(flows, start=np.zeros(shape)))
