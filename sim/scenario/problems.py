"""What is wrong with a scenario, reported all at once, in sentences that a person can act on."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.formatting import escape, list_faults

MOST_FAULTS = 100  # nobody corrects more in one go


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
