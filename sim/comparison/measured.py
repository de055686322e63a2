"""What was measured of an option: values by outcome, each measured when it is first asked for, or all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sim.parameters import Array


class Measured(Mapping[str, Array]):
    """Values by name; those that are not known yet come from `measure`, which holds what it needs for that."""

    def __init__(
        self, known: Mapping[str, Array], names: tuple[str, ...] = (), measure: Callable[[str], Array] | None = None
    ) -> None:
        """`names` in their order, those known among them; without any, just what is known."""
        self._known, self._measure = dict(known), measure
        self._names = names or tuple(known)

    def __getitem__(self, name: str) -> Array:
        """The value of a name, which is kept; KeyError where there is none. Two threads may measure the same value."""
        if name not in self._known and self._measure is not None and name in self._names:
            self._known[name] = self._measure(name)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __or__(self, other: Mapping[str, Array]) -> Measured:
        """The same with other values in the place of some, or added; nothing is measured for it."""
        return Measured(other, tuple(dict.fromkeys((*self, *other))), self.__getitem__)

    def __reduce__(self) -> tuple[Any, ...]:
        """What is sent to another process is measured before."""
        return Measured, (dict(self),)

    def picked(self, names: Mapping[str, str]) -> Measured:
        """The values of some names under others."""
        return Measured({}, tuple(names), lambda name: self[names[name]])

    def all_measured(self) -> Measured:
        """All values, without what measures them."""
        return Measured(dict(self))
