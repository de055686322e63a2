"""With which model a number was made, in a few letters, and the one number by which a comparison is known again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from sim.comparison.identity import code_digest, data_digest
from sim.comparison.results import Comparison, middle
from sim.outcomes import BY_NAME
from sim.version import __version__

SHORT = 8  # hexadecimal digits of a digest in a mark
DIGITS = 6  # of the number, as it is written down
ROUNDED = 5.1 * 10.0**-DIGITS  # of a number: what writing it down with so many digits may change
LONGEST = 60  # letters of a mark
_FORM = re.compile(rf"(\d+(?:\.[0-9a-z]+)*)-([0-9a-f]{{{SHORT}}})-([0-9a-f]{{{SHORT}}})")


@dataclass(frozen=True)
class Mark:
    """A model: its version, and the first digits of the digests of its code and of its data."""

    version: str
    code: str
    data: str

    def __str__(self) -> str:
        """As an address has it: '0.2.0-1a2b3c4d-5e6f7a8b'."""
        return f"{self.version}-{self.code}-{self.data}"

    @staticmethod
    def present() -> Mark:
        """That of this program."""
        return Mark(__version__, code_digest()[:SHORT], data_digest()[:SHORT])

    @staticmethod
    def of(text: str) -> Mark | None:
        """The mark that a text is, None where it is none.

        >>> Mark.of("0.2.0-1a2b3c4d-5e6f7a8b").version, Mark.of("0.2.0")
        ('0.2.0', None)
        """
        found = _FORM.fullmatch(text) if len(text) <= LONGEST and text.isascii() else None
        return Mark(*found.groups()) if found else None

    def record(self) -> dict[str, Any]:
        """What a record says of the model that it was made with, as far as a mark knows it."""
        return {"version": self.version, "digests": {"code": self.code, "data": self.data}}


@dataclass(frozen=True)
class Margin:
    """How far the first of two options is ahead of the second on an outcome: first less second, in own money."""

    first: str
    second: str
    outcome: str
    value: float  # the median of the differences; of the central case where there is no other

    @property
    def text(self) -> str:
        """The number as it is written down.

        >>> Margin("a", "b", "fe_hours", 412345678.9).text
        '4.12346e8'
        """
        return f"{self.value:.{DIGITS}g}".replace("e+0", "e").replace("e+", "e")

    @property
    def ahead(self) -> str:
        """Which option is better; empty where the two are alike."""
        gain = BY_NAME[self.outcome].sign * self.value
        return (self.first if gain > 0 else self.second) if gain else ""


def margin(comparison: Comparison) -> Margin | None:
    """That of the two options of the question, else of the first two; None where there are not two, or no number."""
    keys, scenario = tuple(comparison.results), comparison.scenario
    named = [key for key in scenario.between if key in keys]
    pair = named if len(named) == 2 else list(keys[:2])
    if len(pair) < 2:
        return None
    one, other = (comparison.own_totals(key, scenario.yardstick) for key in pair)
    with np.errstate(invalid="ignore"):  # of two options without a value
        value = middle(one - other)
    return Margin(pair[0], pair[1], scenario.yardstick, value) if isfinite(value) else None


def is_same(then: float, now: float) -> bool:
    """Whether a number that was written down with so many digits may be this one.

    >>> is_same(1.23457, 1.2345678), is_same(1.23457, 1.23467)
    (True, False)
    """
    return abs(then - now) <= ROUNDED * max(abs(then), abs(now))
