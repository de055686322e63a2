"""What is read of a block of draws while something is worked out for one of them: names, and the values behind them.

A calendar reads a few parameters of the world, levers of its instrument and shocks. Where another draw has the same
values of all that was read, the same must happen in it, since a calendar knows nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from sim.calendar.calendar import Shocks
from sim.mechanisms.world import World
from sim.parameters import Array

LEVERS, SHOCKS = "levers", "shocks"  # beside the groups of the world
Name = tuple[str, str]  # group and parameter, LEVERS and lever, or SHOCKS and field
Names = tuple[Name, ...]
Seen = dict[Name, None]  # in the order of reading


class View:
    """An object of parameters as one draw has it; notes which of its fields are read.

    It passes for an object of the same class: methods and properties are those of the class, and read the view.
    """

    def __init__(self, source: object, group: str, row: int, seen: Seen) -> None:
        """`source` as draw `row` of the block has it; fields read are entered in `seen` under `group`."""
        self.__dict__.update(_source=source, _group=group, _row=row, _seen=seen)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The class of what is viewed."""
        return type(self._source)

    def __getattr__(self, name: str) -> Any:
        """A field, as a scalar where each draw has its own; or a method or property, bound to the view."""
        if name in _fields(type(self._source)):
            self._seen[self._group, name] = None
            value = getattr(self._source, name)
            if isinstance(value, np.ndarray) and value.ndim > 1:
                value = float(value[self._row, 0])
        else:
            value = _of_class(type(self._source), name)
            value = value.__get__(self, type(self._source)) if hasattr(value, "__get__") else value
        self.__dict__[name] = value  # the next time it is found without coming here
        return value


class WorldView(View):
    """The world of one draw: its groups are views."""

    def __getattr__(self, name: str) -> Any:
        """A group of the world, or a method."""
        if name not in _fields(type(self._source)):
            return super().__getattr__(name)
        self.__dict__[name] = found = View(getattr(self._source, name), name, self._row, self._seen)
        return found


class Later:
    """An object that is made when it is first looked at, so that nothing is read for it before."""

    def __init__(self, make: Callable[[], object]) -> None:
        """`make` gives the object."""
        self._make = make

    def __getattr__(self, name: str) -> Any:
        """What the object has under that name."""
        self.__dict__["_made"] = made = self.__dict__.get("_made") or self._make()
        return getattr(made, name)


def _fields(kind: type) -> dict[str, Any]:
    """The fields of a class of parameters, by name."""
    found: dict[str, Any] = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return found


def _of_class(kind: type, name: str) -> Any:
    """What a class has under a name, unbound."""
    for each in kind.__mro__:
        if name in vars(each):
            return vars(each)[name]
    raise AttributeError(f"{kind.__name__} has no {name}")


class Block:
    """Many draws, of which one after the other is read: worlds [draw, 1], shocks by draw, levers the same in all."""

    def __init__(self, world: World, draws: int, shocks: Sequence[Shocks] = (), instrument: object = None) -> None:
        """`draws` rows; without shocks or an instrument nothing can be read of them."""
        self.draws = draws
        self.source = instrument
        self._world, self._shocks = world, shocks
        self._tables: dict[Names, tuple[Hashable, Array, list[str]]] = {}

    def world(self, row: int, seen: Seen) -> Any:
        """The world of a draw, which notes what is read."""
        return WorldView(self._world, "", row, seen)

    def shocks(self, row: int, seen: Seen) -> Any:
        """The shocks of a draw, which note what is read."""
        return View(self._shocks[row], SHOCKS, row, seen)

    def instrument(self, row: int, seen: Seen) -> Any:
        """The instrument, which notes what levers are read."""
        return View(self.source, LEVERS, row, seen)

    def values(self, names: Names, row: int) -> Hashable:
        """The values of these names in one draw, to be compared with those of other draws, bit by bit."""
        if names not in self._tables:
            self._tables[names] = self._table(names)
        constants, table, fields = self._tables[names]
        shocks = [getattr(self._shocks[row], name).tobytes() for name in fields]
        return constants, table[row].tobytes(), *shocks

    def _table(self, names: Names) -> tuple[Hashable, Array, list[str]]:
        """What is the same in all draws, numbers [draw, name], and the names of shocks."""
        found = [getattr(self._source(group), name) for group, name in names if group != SHOCKS]
        numbers = [value for value in found if isinstance(value, float | int | np.ndarray) and not _constant(value)]
        table = np.empty((self.draws, len(numbers)))
        for column, value in enumerate(numbers):
            table[:, column] = np.reshape(value, -1)
        constants = tuple(_comparable(value) for value in found if _constant(value))
        return constants, table, [name for group, name in names if group == SHOCKS]

    def _source(self, group: str) -> object:
        """The instrument, or a group of the world."""
        return self.source if group == LEVERS else getattr(self._world, group)


def _constant(value: object) -> bool:
    """Whether a value is no number, and so the same in all draws."""
    return isinstance(value, bool) or not isinstance(value, float | int | np.ndarray)


class _Same:
    """An object that cannot be compared by value: only itself is the same."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value


def _comparable(value: object) -> Hashable:
    """A value as a part of a key."""
    try:
        hash(value)
    except TypeError:
        return _Same(value)
    return value
