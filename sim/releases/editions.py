"""An edition: the data, the scenarios and the declared parameters that a program computes with, as one value.

A program has one of its own. Another takes its place in a fresh process that is started with HEAVYPRESS_EDITION, the
path of a folder as `written` makes it: nothing that was read or declared before is left over there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import inf, isinf
from pathlib import Path
from typing import Any

from sim.instruments import INSTRUMENTS
from sim.mechanisms.world import World
from sim.parameters import Parameters
from sim.sources import DECLARED, share

KINDS = {"data": ("**/*",), "scenarios": ("*.toml", "storylines/*.toml")}  # the files of an edition, by folder
# What is kept of a declaration: what a number is when nobody sets it, and what it is drawn from.
DEFAULT = ("default", "median")
RANGE = ("low", "high", "floor", "ceiling", "role", "moves_with")
FORM = ("unit", "kind")  # a parameter of another form is another one: none of the two takes its place
BOUNDLESS = {"floor": -inf, "ceiling": inf}  # what null stands for
Declaration = Mapping[str, Any]


@dataclass(frozen=True)
class Edition:
    """`files` by path, such as 'data/designs.csv', and the `parameters` as declared, by path."""

    files: Mapping[str, bytes]
    parameters: Mapping[str, Declaration]

    @staticmethod
    @cache
    def present() -> Edition:
        """That of this program."""
        return Edition(dict(_files()), declarations())

    def written(self, folder: Path) -> Path:
        """The edition as a folder for HEAVYPRESS_EDITION; of the parameters those that differ from the code's."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (folder / DECLARED).write_text(json.dumps(otherwise(self.parameters)), encoding="utf8")
        return folder


def _files() -> Iterator[tuple[str, bytes]]:
    """The files of this program's own edition by path, in the order of paths."""
    for folder, patterns in KINDS.items():
        root = share(folder)
        found = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
        for path in sorted(found, key=lambda each: each.relative_to(root).as_posix()):
            yield f"{folder}/{path.relative_to(root).as_posix()}", path.read_bytes()


def declarations() -> dict[str, Declaration]:
    """Every declared parameter of the code by path, as JSON knows it; also those that no scenario can set."""
    _ = World, INSTRUMENTS  # whose import declares them all
    found: dict[str, Declaration] = {}
    for kind in _kinds(Parameters):
        for name, default, spec in kind.described():
            entries = {entry: _plain(getattr(spec, entry)) for entry in (*DEFAULT[1:], *RANGE, *FORM, "choices")}
            # Of two by one path, such as the shares of a mix over more instruments, the first is the program's own.
            found.setdefault(f"{kind.path()}.{name}", {"default": _plain(default)} | entries)
    return found


def _kinds(base: type[Parameters]) -> Iterator[type[Parameters]]:
    """Every group below a class."""
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _plain(value: Any) -> Any:
    """A value as JSON has it: no bound is null, a tuple a list."""
    if isinstance(value, float) and isinf(value):
        return None
    return list(value) if isinstance(value, tuple) else value


def is_same_form(then: Declaration, now: Declaration) -> bool:
    """Whether the default and the range of one declaration can stand in the other."""
    known = now["kind"] != "choice" or then["default"] in now["choices"]
    return known and all(then[entry] == now[entry] for entry in FORM)


def otherwise(parameters: Mapping[str, Declaration]) -> dict[str, dict[str, Any]]:
    """The entries in which declarations differ from the code's, of parameters that the code knows in this form."""
    ours, found = declarations(), dict[str, dict[str, Any]]()
    for path, said in parameters.items():
        if path in ours and is_same_form(said, ours[path]):
            entries = [entry for entry in (*DEFAULT, *RANGE) if said[entry] != ours[path][entry]]
            values = {entry: BOUNDLESS.get(entry) if said[entry] is None else said[entry] for entry in entries}
            found |= {path: values} if values else {}
    return found
