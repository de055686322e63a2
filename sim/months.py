"""A month of the calendar: what a scenario starts in, and what prices are dated by."""

from __future__ import annotations

import re
from typing import NamedTuple

from sim.units import MONTHS_PER_YEAR

NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


class Month(NamedTuple):
    """A year and a month from 1 to 12; months compare as they follow one another."""

    year: int
    month: int

    @staticmethod
    def read(text: str) -> Month | None:
        """The month that a text such as '2023-11' names; None where it names none.

        >>> Month.read("2023-11"), Month.read("2023-13"), Month.read("2023")
        (Month(year=2023, month=11), None, None)
        """
        found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
        return Month(int(found[1]), int(found[2])) if found else None

    def later(self, months: int) -> Month:
        """The month that many months later.

        >>> str(Month(2023, 11).later(14))
        '2025-01'
        """
        year, month = divmod(self.year * MONTHS_PER_YEAR + self.month - 1 + months, MONTHS_PER_YEAR)
        return Month(year, month + 1)

    def months_since(self, other: Month) -> int:
        """Months from `other` to this one, negative where this one comes first.

        >>> Month(2024, 2).months_since(Month(2023, 11))
        3
        """
        return (self.year - other.year) * MONTHS_PER_YEAR + self.month - other.month

    @property
    def years(self) -> float:
        """The first day of the month in years of our era, as charts have it.

        >>> Month(2023, 7).years
        2023.5
        """
        return self.year + (self.month - 1) / MONTHS_PER_YEAR

    @property
    def words(self) -> str:
        """Name and year.

        >>> Month(2023, 11).words
        'November 2023'
        """
        return f"{NAMES[self.month - 1]} {self.year}"

    def __str__(self) -> str:
        """As a file has it: year-month."""
        return f"{self.year}-{self.month:02d}"
