"""Machines under every load: the response surface read for many of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.queue.jobs import Flags, Reals
from sim.queue.surface.axes import ANSWERS, AXES, BY_JOBS, LATTICE, LOADS, SETTINGS, inverse_transformed

FLAT = 1e-12  # by which utilisation rises at least from one load to the next


@dataclass(frozen=True, eq=False)
class Curves:
    """Machines under every load, [machine, load], computed when they are first asked for.

    lattice: what a surface holds of jobs of a kind, see `Surface.lattice`.
    settings [machine]: where on the other axes each machine lies.
    """

    lattice: Callable[[float, float], Any]
    settings: Mapping[str, Reals]

    def part(self, machines: slice) -> Curves:
        """The curves of some machines."""
        return Curves(self.lattice, {name: values[machines] for name, values in self.settings.items()})

    @cached_property
    def silent(self) -> Flags:
        """Machines outside the axes; their numbers are those of the nearest point inside."""
        return np.asarray(np.any([AXES[name].misses(self.settings[name]) for name in SETTINGS], axis=0), np.bool_)

    @cached_property
    def most(self) -> Reals:
        """The highest utilisation that can be attained, under the highest load [machine]."""
        return np.asarray(self._table[0][:, -1])

    def load_for(self, used: Reals) -> Reals:
        """The load that keeps a machine so full, [machine, any]; the highest where nothing does.

        Below the least load of the surface hardly anything is withdrawn: the load is in proportion to what is used.
        """
        least = self._table[0][:, :1]
        return np.asarray(self._at(LOADS, used) * np.minimum(used / least, 1.0))

    def answer(self, name: str, used: Reals) -> Reals:
        """An answer where machines are so full, [machine, any]: hours, a share or a ratio."""
        return inverse_transformed(name, self._at(self._table[1][..., ANSWERS.index(name)], used))

    @cached_property
    def _table(self) -> tuple[Reals, Reals]:
        """Attained utilisation [machine, load], and answers, transformed [machine, load, answer]; none ever falls.

        No more is attained than is brought.
        """
        answers = np.maximum.accumulate(self._answers(), axis=1)
        attained = inverse_transformed("used", answers[..., ANSWERS.index("used")])
        used = np.maximum.accumulate(np.minimum(attained, LOADS), axis=1)
        # where more load brings nothing more, the least load is the one that is meant
        return used - FLAT * np.arange(len(LOADS))[::-1], answers

    def _answers(self) -> Reals:
        """Answers by the lattice of the jobs at hand, transformed [machine, load, answer]."""
        jobs = np.stack([self.settings[name] for name in BY_JOBS], axis=1)
        parts = np.stack([np.clip(AXES[name].part(self.settings[name]), 0, 1) for name in LATTICE], axis=1)
        found = np.empty((len(jobs), len(LOADS), len(ANSWERS)))
        for kind in np.unique(jobs, axis=0):
            ours = (jobs == kind).all(axis=1)
            found[ours] = self.lattice(*kind.tolist())(parts[ours])
        return found

    def _at(self, values: Reals, used: Reals) -> Reals:
        """Linear interpolation of values [load] or [machine, load] at the utilisation, machine by machine."""
        tables = np.broadcast_to(values, self._table[0].shape)
        rows = zip(used, self._table[0], tables, strict=True)
        return np.array([np.interp(*row) for row in rows]).reshape(np.shape(used))
