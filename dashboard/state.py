"""What a page shows, as one value: one scenario or two, what was changed in them, and how much is computed.

The address, the widgets, undo and the equivalent command are all made from it; it is made from none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sim.comparison.run import DEFAULT_SEED
from sim.mechanisms.sampling import Drawn

FIRST = "nairr_us"  # as on the command line, where none is named
MINE = "mine:"  # before the name of a scenario of the user's own, which only their session knows
AS_NEEDED = None  # draws: as many as the answer needs
DRAWS = (0, 64, 256, 1024)  # that one can choose besides
MOST_SIDES = 2
LARGEST_SEED = 2**31 - 1

Range = tuple[float, float]


def rounded(value: Any) -> Any:
    """A value with as many digits as an address and a command have.

    >>> rounded(0.1 + 0.2), rounded([1 / 3, 2]), rounded("need")
    (0.3, [0.333333333333, 2], 'need')
    """
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


@dataclass(frozen=True)
class Side:
    """One scenario, and how it differs from its file."""

    scenario: str = FIRST
    settings: Mapping[str, Any] = field(default_factory=dict)  # values by path
    known: frozenset[str] = frozenset()  # paths of the world that draws leave alone
    ranges: Mapping[str, Range] = field(default_factory=dict)  # own plausible ranges by path

    @property
    def changed(self) -> bool:
        """Whether anything differs from the file."""
        return bool(self.settings or self.known or self.ranges)

    @property
    def paths(self) -> list[str]:
        """Everything that differs, in the order in which it was changed."""
        return list(dict.fromkeys([*self.settings, *self.ranges, *sorted(self.known)]))

    def with_values(self, values: Mapping[str, Any]) -> Side:
        """The same with these values, at the end of what was changed; None takes a value back to the file."""
        kept = {path: value for path, value in self.settings.items() if path not in values}
        new = {path: rounded(value) for path, value in values.items() if value is not None}
        gone = frozenset(path for path, value in values.items() if value is None)
        return replace(self, settings=kept | new, known=self.known - gone)

    def with_known(self, path: str, known: bool) -> Side:
        """The same with a number taken as known, or drawn again; what is known has no range."""
        if not known:
            return replace(self, known=self.known - {path})
        return replace(self.with_range(path, None), known=self.known | {path})

    def with_range(self, path: str, limits: Range | None) -> Side:
        """The same with an own range of a number, which is then drawn; None takes it back to the declared one."""
        kept = {other: value for other, value in self.ranges.items() if other != path}
        if limits is None:
            return replace(self, ranges=kept)
        return replace(self, ranges=kept | {path: limits}, known=self.known - {path})

    def without(self, path: str) -> Side:
        """The same with all of one path as the file has it."""
        return self.with_values({path: None}).with_range(path, None)


@dataclass(frozen=True)
class Pair:
    """Two options by their keys and an outcome by its name; empty is what the scenario's question names."""

    first: str = ""
    second: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class State:
    """All that decides what a page shows, but for what is unfolded on it."""

    sides: tuple[Side, ...] = (Side(),)
    active: int = 0  # which side the controls move
    draws: int | None = AS_NEEDED
    draw: Drawn = "headline"
    queue: bool = True
    seed: int = DEFAULT_SEED
    profile: str = ""  # of the appraisal; empty: the scenario's own rates
    pair: Pair = field(default_factory=Pair)
    language: str = "en"

    @property
    def side(self) -> Side:
        """The side that the controls move."""
        return self.sides[self.active]

    def with_side(self, side: Side) -> State:
        """The same with another active side."""
        sides = tuple(side if place == self.active else other for place, other in enumerate(self.sides))
        return replace(self, sides=sides)
