"""An argument of the debate: a claim, its counter-claim, evidence for both, a switch and what it moves.

An argument is declared once. Its evidence grade is computed from the numbers that it
switches and rests on, its sentence from a comparison; neither is ever typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.instruments import INSTRUMENTS
from sim.mechanisms.world import World
from sim.parameters import Parameters, Spec
from sim.scenario import Scenario, pinned
from sim.scenario.overrides import FIXED

Setting = bool | float | str
Settings = Mapping[str, Setting]
"""Values by path, as `--set` takes them; a lever is named by its instrument."""
Remark = Callable[[Scenario, int], str]
"""From a scenario and a seed to a sentence."""
GRADED = "ABCD"
ASSUMED = "D"


@dataclass(frozen=True)
class Held:
    """A published cost of an hour of a machine of which there is a scenario: both have to agree on what both count."""

    row: str  # of a fact table, with value, low and high in the scenario's currency
    scenario: str
    accounts: tuple[str, ...]  # accounts of public money that the row counts, undiscounted


@dataclass(frozen=True)
class Evidence:
    """One thing known, or admitted to be assumed; `source` as in declarations.

    Where it is held against the model, `text` has {published}, {low} and {high} of the row, {alike}, the model's cost
    of what the row counts, and {model}, what the tool prints: all money, less resale, money and hours discounted.
    """

    text: str
    source: str
    held: Held | None = None


@dataclass(frozen=True)
class Reading:
    """An outcome of the option of one instrument, with the switch off and on.

    `against`: the instrument whose option is read with the switch off, where it is another one.
    """

    outcome: str
    option: str
    against: str = ""

    @property
    def options(self) -> tuple[str, str]:
        """Instruments read with the switch off and on."""
        return self.against or self.option, self.option


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One argument: its claim, what is known, and how to see what it is worth."""

    key: str
    kind: Literal["system", "argument"]
    title: str
    claim: str
    counter: str
    supports: tuple[Evidence, ...]
    opposes: tuple[Evidence, ...]
    mechanisms: tuple[str, ...]  # modules of sim.mechanisms
    rests_on: tuple[str, ...]  # paths of the numbers that carry it
    readings: tuple[Reading, ...]  # the first is what the sentence is about
    sentence: str  # with {change}, {off}, {on}, {option}, {against}, outcomes read and numbers rested on; none typed
    both: Settings = field(default_factory=dict)  # in force off and on
    off: Settings = field(default_factory=dict)
    on: Settings = field(default_factory=dict)
    around: Mapping[str, float] = field(default_factory=dict)  # middles of dates that are drawn, off and on
    remark: Remark | None = None  # a further sentence, computed for the scenario
    leads: bool = False  # whether that sentence stands first, for the central case says little

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of everything that it sets or rests on, each once."""
        return tuple(dict.fromkeys([*self.both, *self.around, *self.off, *self.on, *self.rests_on]))

    def known(self, settings: Settings) -> dict[str, Any]:
        """Settings of one side with what they say of the world as known, but for the middles of what is drawn."""
        found = pinned(settings)
        fixed = [path for path in found.pop(FIXED, ()) if path not in self.around]
        return {**found, FIXED: fixed} if fixed else found

    @property
    def grade(self) -> str:
        """Worst grade of the numbers that it sets and rests on: no chain is stronger than its weakest link."""
        return max((spec.grade for _, spec in self._graded()), default="-")

    @property
    def assumed(self) -> tuple[str, ...]:
        """Paths of those numbers for which no evidence was found."""
        return tuple(path for path, spec in self._graded() if spec.grade == ASSUMED)

    def _graded(self) -> Iterator[tuple[str, Spec]]:
        """Its numbers that are facts or assumptions; what a policy maker chooses has no grade."""
        for path in self.paths:
            if (about := spec_at(path)).grade in GRADED:
                yield path, about


def spec_at(path: str) -> Spec:
    """The declaration behind a path; KeyError where there is none."""
    return declared_at(path)[1]


def declared_at(path: str) -> tuple[Any, Spec]:
    """Default and declaration behind a path; KeyError where there is none."""
    kinds: dict[str, type[Parameters]] = {**World.kinds(), **INSTRUMENTS}
    group, _, name = path.partition(".")
    known = {each: (default, about) for each, default, about in kinds[group].described()}
    return known[name]
