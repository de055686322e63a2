"""Why a number of an address is another one today: the search for it, run in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path

from dashboard.worker import Send
from sim.comparison.identity import canonical, code_digest, data_digest, digest
from sim.releases.attribution import Attribution
from sim.releases.marks import Mark
from sim.releases.replay import Asked, attribute_settings
from sim.sources import share


@dataclass(frozen=True)
class Trace:
    """A run as an address asks for it, the model that the address was made with, and what it found then."""

    asked: Asked
    mark: Mark
    then: float
    root: Path  # the folder of the kept releases

    @property
    def digest(self) -> str:
        """Of all that decides the result."""
        said = canonical([vars(self.asked), str(self.mark), self.then, str(self.root)])
        return f"trace/{digest(said, code_digest(), data_digest())}"

    def compute(self, send: Send) -> Attribution:
        """Run what was asked on the kept data and on those of now, and find what makes the difference."""
        number = count(1)
        return attribute_settings(
            self.asked, self.mark, self.then, self.root, lambda what: send("step", f"{next(number)}: {what}")
        )


def kept() -> Path:
    """The folder of the kept releases."""
    return share("releases")
