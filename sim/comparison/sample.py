"""The draws of a comparison, block by block, up to the first look at which the answer is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from sim.comparison.attained import with_limits
from sim.comparison.blocks import BLOCK, run_block
from sim.comparison.calendars import Draws
from sim.comparison.discounting import kept as kept_of
from sim.comparison.measured import Measured
from sim.comparison.results import Kept
from sim.comparison.stored import Stored
from sim.comparison.verdict import against_all
from sim.outcomes import BY_NAME
from sim.scenario import Scenario

Progress = Callable[[int, int, str], None]  # done, of, what


@dataclass
class Steps:
    """Progress of a comparison."""

    progress: Progress = lambda done, of, what: None
    of: int = 0
    done: int = 0

    def advance(self, what: str, by: int = 1) -> None:
        """Report `by` more steps as done."""
        self.done = min(self.done + by, self.of)  # draws that the queue proves wrong are computed twice
        self.progress(self.done, self.of, what)

    def finish(self) -> None:
        """Report all steps as done: those that were not needed as well."""
        if self.done < self.of:
            self.advance("done", self.of - self.done)


class Block(NamedTuple):
    """A block of draws: what is measured, by option and outcome, and what discounting anew reads."""

    measured: dict[str, Measured]
    kept: Kept  # empty where nothing will be discounted anew


@dataclass
class Sample:
    """The draws so far; more of them are computed when they are asked for."""

    scenario: Scenario
    of: Callable[[int, int], Draws]
    looks: tuple[int, ...]  # the numbers of draws at which it may end
    steps: Steps
    lazy: bool
    keeps: bool  # what discounting anew reads
    stored: Stored | None = None  # where blocks are kept from run to run
    attained: Mapping[str, float] = field(default_factory=dict)  # by option: what its machine attains at most
    blocks: list[Block] = field(default_factory=list)
    foretold: dict[str, tuple[float, list[Measured]]] = field(default_factory=dict)  # and their blocks then

    @property
    def done(self) -> int:
        """How many draws there are."""
        return bounds(self.looks)[len(self.blocks) - 1][1] - 1 if self.blocks else 0

    @property
    def enough(self) -> bool:
        """Whether no more are needed."""
        at_the_end = len(self.blocks) == len(bounds(self.looks))
        return at_the_end or (self.done in self.looks and self.done > 0 and _known(self.scenario, self.blocks))

    def further(self) -> bool:
        """Compute the next block; False where no more is needed."""
        if self.enough:
            return False
        self._add(Block({}, {}))
        return True

    def foretell(self, attained: Mapping[str, float]) -> None:
        """Compute the blocks so far of options whose machines attain no more than that, as `complete` may ask soon."""
        limited, found = with_limits(self.scenario, attained), dict[str, list[Measured]]()
        if not self.scenario.budget.coverage.complete:
            return  # what another purse pays follows from one machine for all options, and that one may be limited, too
        for block in bounds(self.looks)[: len(self.blocks)]:
            for key, piece in run_block(limited, self.of(*block), lazy=self.lazy, keys=attained).items():
                found.setdefault(key, []).append(piece.measured)
        self.foretold |= {key: (attained[key], blocks) for key, blocks in found.items()}

    def complete(self, attained: Mapping[str, float]) -> Sample:
        """All blocks that are needed, where machines attain no more than that; options without one stay as they are."""
        sample = self._again(attained) if attained else self
        while sample.further():
            pass
        sample.steps.finish()
        return sample

    def _again(self, attained: Mapping[str, float]) -> Sample:
        """The draws with other machines; no more of them than are needed then."""
        other = replace(self, scenario=with_limits(self.scenario, attained), attained=attained, blocks=[])
        for block in self.blocks:
            if not other.enough:
                other._add(block, attained)
        return other

    def _add(self, before: Block, keys: Collection[str] | None = None) -> None:
        """Compute the next block, or of its options those of `keys`, the others being as they were before."""
        start, stop = bounds(self.looks)[len(self.blocks)]
        kept: Kept = {}
        measured = None if self.stored is None else self.stored.get(start, stop, self.attained, keys)
        if measured is None:
            measured = self._foretold(keys or ())
            rest = None if keys is None else [key for key in keys if key not in measured]
            if rest is None or rest:
                pieces = run_block(self.scenario, self.of(start, stop), self.steps.advance, self.lazy, rest)
                # only the central case keeps its months: those of thousands of draws would fill the memory
                measured |= {key: piece.measured for key, piece in pieces.items()}
                kept = kept_of({key: piece.measures for key, piece in pieces.items()}) if self.keeps else {}
            if self.stored is not None:
                self.stored.put(start, stop, self.attained, keys, measured)
        self.blocks.append(Block(before.measured | measured, before.kept | kept))

    def _foretold(self, keys: Collection[str]) -> dict[str, Measured]:
        """What was foretold of the next block, of options whose machines attain what they were foretold to."""
        place, found = len(self.blocks), {}
        for key in keys:
            most, blocks = self.foretold.get(key, (None, []))
            if most == self.attained[key] and place < len(blocks):
                found[key] = blocks[place]
        return found


def bounds(looks: tuple[int, ...]) -> list[tuple[int, int]]:
    """First draw of each block and the one after its last: no block is larger than BLOCK or passes a look."""
    ends = sorted({*range(BLOCK, max(looks, default=0), BLOCK), *looks} - {0})
    return [(start + 1, end + 1) for start, end in zip([0, *ends], ends, strict=False)]


def _known(scenario: Scenario, blocks: list[Block]) -> bool:
    """Whether these draws distinguish the two options of the question, or there are no two."""
    if not set(scenario.between) <= blocks[0].measured.keys() or not scenario.between:
        return True
    outcome = BY_NAME[scenario.yardstick]
    totals = {
        key: np.concatenate([block.measured[key][outcome.name] for block in blocks]) for key in blocks[0].measured
    }
    return against_all(totals, scenario.between[0], outcome.better)[scenario.between[1]].known
