"""Appraisal profiles: how official documents discount, by document and year (data/appraisal_profiles.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sim.formatting import format_percent, unknown_name
from sim.sources import appraisal_profiles

OWN = "own"
"""The word for no profile: the rates are those that the scenario itself gives."""


@dataclass(frozen=True)
class Profile:
    """What a document says of discounting; rates are real, a year."""

    name: str
    title: str  # short, for a note
    document: str
    year: int  # of the document
    status: str  # adopted, superseded, withdrawn, a sensitivity test, or proposed and not adopted
    rate: float  # from the start
    later: tuple[tuple[float, float], ...]  # (years from which it holds, rate)
    excess_burden_ratio: float  # of a unit of public money
    source: str
    grade: str
    basis: str
    note: str

    @property
    def words(self) -> str:
        """Its title, its rates and how far it holds, as a note names it.

        >>> profile("omb_a94_1992").words
        'US A-94 (1992), 7 % a year, excess burden 25 %'
        """
        status = "" if self.status == "adopted" else f" ({self.status})"
        known = f" ({self.basis})" if self.basis == "recalled" else ""
        rates = f"{rate_words(self.rate, self.later[:2])}{excess_burden_words(self.excess_burden_ratio)}"
        return f"{self.title}{status}, {rates}{known}"


def rate_words(rate: float, later: tuple[tuple[float, float], ...] = ()) -> str:
    """Rates in words; `later` as in a profile.

    >>> rate_words(0.035, ((30, 0.03), (75, 0.025)))
    '3.5 % a year, 3 % after 30 years, 2.5 % after 75'
    """
    steps = [f"{format_percent(step, '.3g')} after {years:g}" for years, step in later]
    if steps:
        steps[0] += " years"
    return ", ".join([f"{format_percent(rate, '.3g')} a year", *steps])


def excess_burden_words(excess_burden_ratio: float) -> str:
    """The excess burden in words, to follow rates; empty without one."""
    return f", excess burden {format_percent(excess_burden_ratio, '.3g')}" if excess_burden_ratio else ""


@cache
def profiles() -> dict[str, Profile]:
    """Every profile by name, in the order of the file."""
    found = {}
    for name, row in appraisal_profiles().items():
        later = tuple((float(years), float(rate)) for years, rate in row["later"])
        rest = {key: row[key] for key in ("title", "document", "year", "status", "source", "grade", "basis", "note")}
        rate, excess = float(row["rate"]), float(row["excess_burden"])
        found[name] = Profile(name=name, rate=rate, later=later, excess_burden_ratio=excess, **rest)
    return found


def profile(name: str) -> Profile:
    """The profile of a name; KeyError with one sentence and the nearest name where there is none."""
    if name not in profiles():
        raise KeyError(unknown_name("appraisal profile", name, profiles()))
    return profiles()[name]
