"""What is wrong with a scenario, reported all at once, in sentences that a person can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sim.formatting import escape, folded_name, join_words, list_faults, nearest_name, short_repr, unknown_name
from sim.instruments import INSTRUMENTS, Instrument
from sim.mechanisms.world import World
from sim.parameters import Parameters

MOST_FAULTS = 100  # nobody corrects more in one go
FORMER = {"age_gate_per_year": "world.demand.new_only_share_per_year"}  # names of old, and what has taken their place
_CLOSER, _VERY_CLOSE = 0.8, 0.9  # where a name at home in another place may be meant


class ScenarioError(ValueError):
    """Everything wrong with a scenario. `faults` holds one sentence each."""

    def __init__(self, origin: str, faults: list[str]) -> None:
        """`origin` is the file or the command the faults were found in."""
        self.origin = escape(origin)
        self.faults = faults
        super().__init__(list_faults(self.origin, faults))


@dataclass
class Problems:
    """Faults and warnings gathered while a scenario is read."""

    origin: str = "scenario"
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def fault(self, path: str, text: str) -> None:
        """Something that keeps the scenario from being run; raises where there are too many to report."""
        line = f"{path}: {text}"
        if line in self.faults:
            return
        self.faults.append(line)
        if len(self.faults) == MOST_FAULTS:
            raise ScenarioError(
                self.origin, [*self.faults, f"these are the first {MOST_FAULTS} faults; correct them first"]
            )

    def warn(self, path: str, text: str) -> None:
        """Something the reader of a result should know."""
        line = f"{path}: {text}"
        if line not in self.warnings:
            self.warnings.append(line)

    def settle(self) -> None:
        """Raise what was gathered, if there was a fault."""
        if self.faults:
            raise ScenarioError(self.origin, self.faults)


def homes() -> dict[str, list[str]]:
    """Places in a scenario where a name is that of a parameter or lever, or once was, by name."""
    found: dict[str, list[str]] = {name: [place] for name, place in FORMER.items()}
    for group, kind in World.kinds().items():
        for name in kind.names():
            found.setdefault(name, []).append(f"world.{group}.{name}")
    for instrument, lever_kind in INSTRUMENTS.items():
        for name in lever_kind.names():
            found.setdefault(name, []).append(f"{name} in an [[option]] with instrument = {instrument!r}")
    return found


def elsewhere(name: str, cutoff: float = 1.0) -> str:
    """'did you mean ...?' where the name, or one as like it as `cutoff`, is at home in another place; else nothing."""
    known = homes()
    near = name if name in known else nearest_name(name, known, cutoff)
    return f"did you mean {join_words(known[near], 'or')}?" if near else ""


def no_parameter(name: str, kind: type[Parameters]) -> str:
    """Sentence for a parameter that its group or instrument does not have."""
    word = "lever" if issubclass(kind, Instrument) else "parameter"
    own = nearest_name(name, kind.names(), _CLOSER)
    misspelt = own is not None and folded_name(own) == folded_name(name)
    if not misspelt and (hint := elsewhere(name, 1.0 if own else _VERY_CLOSE)):
        return f"no {word} {short_repr(name)} here; {hint}"
    if not kind.names():
        return f"no {word} {short_repr(name)} here; there is none to set"
    return unknown_name(word, name, kind.names())


def no_group(name: str) -> str:
    """Sentence for a group of the world that does not exist; a parameter's own name leads to its group."""
    if hint := elsewhere(name):
        return f"no group {short_repr(name)}; {hint}"
    return unknown_name("group", name, World.kinds())


def no_entry(name: str, entries: Iterable[str]) -> str:
    """Sentence for an entry at the top of a file; what belongs deeper is sent there."""
    if name in World.kinds():
        return f"no entry {short_repr(name)}; did you mean [world.{escape(name)}]?"
    if name in INSTRUMENTS:
        return f"no entry {short_repr(name)}; did you mean an [[option]] with instrument = {name!r}?"
    if hint := elsewhere(name):
        return f"no entry {short_repr(name)}; {hint}"
    return unknown_name("entry", name, entries)
