"""The reserved quota: a part of a fab's output sold at cost to the public machine of the same option."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.costs.sizing import SizedInstrument
from sim.mechanisms.fab import premium_after
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class Quota:
    """What of the reserved output the public machine takes, and what that costs it more than the market."""

    taken: Array  # accelerators, [draw, month]
    extra_usd: Array  # negative where it saves


def quota(sized: list[SizedInstrument], world: World, shape: tuple[int, ...]) -> Quota | None:
    """The quota of an option; None where no output is reserved.

    Orders are filled from the reserved output of the twelve months up to them, as far as it reaches. The
    price is the world's, less the margin given up, plus the fab's premium. Market and fab are not
    affected: as much demand as supply leaves the market.
    """
    reserved = [s.private_costs.accelerators_reserved for s in sized]
    if not any(np.any(output) for output in reserved):
        return None
    offered = np.broadcast_to(np.asarray(sum(reserved)), shape)
    fab_output = np.broadcast_to(np.asarray(sum(s.private_costs.fab_output for s in sized)), shape)
    ordered = np.broadcast_to(np.asarray(sum(s.flows.trade.ordered * s.size for s in sized)), shape)
    taken = filled(np.ascontiguousarray(ordered), np.ascontiguousarray(offered))
    fab = world.fab
    ratio = (1 - np.asarray(fab.margin_given_up_share)) * (
        1 + premium_after(np.cumsum(fab_output, axis=-1), fab_output, fab)
    )
    return Quota(taken, taken * np.asarray(fab.accelerator_price_usd) * (ratio - 1))


def filled(ordered: Array, offered: Array) -> Array:
    """Orders filled from what was offered in the last twelve months and not yet taken, oldest first, [draw, month]."""
    come, taken = np.cumsum(offered, axis=-1), np.zeros_like(ordered)
    gone = np.zeros(len(ordered))  # taken or sold to others: whatever came first
    for month in range(ordered.shape[-1]):
        if month >= MONTHS_PER_YEAR:
            gone = np.maximum(gone, come[:, month - MONTHS_PER_YEAR])
        taken[:, month] = np.minimum(ordered[:, month], np.maximum(come[:, month] - gone, 0.0))
        gone = gone + taken[:, month]
    return taken
