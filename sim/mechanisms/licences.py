"""What licences of models permit: uses by components and terms, as dated facts of data/licences.csv.

A use is open to somebody where a release holds the components that it needs and no term of its licence forbids it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from sim.parameters import Array
from sim.sources import rows

TABLE = "licences.csv"
COMPONENTS = ("access", "weights", "code", "data_information", "data")
# What each use needs, whatever the licence: a definition.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "run": ("access",),
    "fine_tune": ("weights",),
    "distil": ("access",),
    "audit_data": ("data",),
    "reproduce": ("code", "data_information"),  # a substantially equivalent model
    "redistribute": ("weights",),
    "government": ("access",),
    "prohibited_field": ("access",),
    "over_700m": ("weights",),
    "eu_multimodal": ("access",),
}
USES = tuple(NEEDS)
RESTRICTED = ("llama_2", "llama_3", "llama_3_1", "llama_3_2", "llama_3_3", "llama_4", "openrail_m")
LICENCES = (*RESTRICTED, "apache_2_0", "osaid_1_0", "closed_api")
KINDS = {"component": COMPONENTS, "use": USES}


class LicenceError(ValueError):
    """A table of licences that cannot be used; the message is one sentence with row, value and what is allowed."""


@dataclass(frozen=True)
class Licence:
    """What one release holds, and what its terms do not forbid."""

    components: frozenset[str]
    allowed: frozenset[str]  # uses

    def possible(self, more: Iterable[str] = ()) -> Array:
        """1 for each use whose components are at hand, those of `more` among them, [use]."""
        held = {*self.components, *more}
        return np.array([float(held.issuperset(NEEDS[use])) for use in USES])

    def permitted(self, more: Iterable[str] = ()) -> Array:
        """1 for each use that is possible and that no term forbids, [use]."""
        return np.asarray(self.possible(more) * [float(use in self.allowed) for use in USES])


@cache
def shipped() -> dict[str, Licence]:
    """Every licence of data/licences.csv by key; LicenceError where the table is wrong."""
    return parsed(rows(TABLE))


def parsed(table: Iterable[Mapping[str, str]]) -> dict[str, Licence]:
    """Licences of rows with the columns id, licence, kind, item and allowed; each gives every item once.

    >>> sorted(shipped()["llama_2"].components)
    ['access', 'weights']
    """
    found: dict[str, dict[tuple[str, str], bool]] = {licence: {} for licence in LICENCES}
    for row in table:
        licence, kind, item = row["licence"], row["kind"], row["item"]
        _known(row, "licence", LICENCES)
        _known(row, "kind", tuple(KINDS))
        _known(row, "item", KINDS[kind], kind.replace("component", "component of a release"))
        _known(row, "allowed", ("yes", "no"), "answer")
        if (kind, item) in found[licence]:
            raise LicenceError(f"data/{TABLE}, row {row['id']}: {licence} gives {item} twice; allowed: once")
        found[licence][kind, item] = row["allowed"] == "yes"
    for licence, given in found.items():
        for kind, items in KINDS.items():
            for item in items:
                if (kind, item) not in given:
                    raise LicenceError(f"data/{TABLE}: {licence} has no row for the {kind} {item!r}; allowed: one")
    return {licence: Licence(_named(given, "component"), _named(given, "use")) for licence, given in found.items()}


def _named(given: Mapping[tuple[str, str], bool], kind: str) -> frozenset[str]:
    """Items of a kind that a licence answers with yes."""
    return frozenset(item for (each, item), allowed in given.items() if allowed and each == kind)


def _known(row: Mapping[str, str], column: str, allowed: tuple[str, ...], what: str = "") -> None:
    """Refuse a cell that is none of the words allowed."""
    if row[column] not in allowed:
        of = what or column
        words = ", ".join(allowed)
        raise LicenceError(f"data/{TABLE}, row {row['id']}: {row[column]!r} is no {of}; allowed: {words}")
