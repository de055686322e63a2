"""A library of compiled functions: parts call one another, entries are called from Python.

The machine code of an entry lies in a file. A process that finds the file hands it to LLVM, which takes two
milliseconds; importing numba, and having it look up its own cache, takes four hundred. Only a process that does not
find it imports numba.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from ctypes import CFUNCTYPE, byref, c_double, c_int32, c_int64, c_uint64, c_void_p
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

import numpy as np

from sim.queue.compiler.cache import Cache

Function = TypeVar("Function", bound=Callable[..., Any])
Native = Callable[..., int]

_RESULTS: dict[str, Any] = {"None": c_int64, "int": c_int64, "float": c_double}
_NUMBERS: dict[str, Any] = {"i": c_int64, "u": c_uint64, "f": c_double}
_compiling = Lock()


class Library:
    """Functions that are compiled together.

    sources: every file that the code is made of, so that a change in any of them is a change of the cache.
    options: of numba's `njit`. constants: values that the code has from other files.
    """

    def __init__(
        self, name: str, sources: list[Path], options: dict[str, Any], constants: tuple[Any, ...] = ()
    ) -> None:
        """A library without functions."""
        self.options = options
        self.cache = Cache(name, sources, repr((sorted(options.items()), constants)))
        self.parts: list[tuple[Callable[..., Any], dict[str, Any]]] = []

    def part(self, function: Function) -> Function:
        """`function`, which other functions of the library call: Python must not."""
        self.parts.append((function, self.options))
        return function

    def inlined(self, function: Function) -> Function:
        """The same for a small function that is copied into its callers."""
        self.parts.append((function, {**self.options, "inline": "always"}))
        return function

    def embedded(self, function: Function) -> Function:
        """The same, but copied only when types are known and machine code is made: far less work for the compiler.

        Where rounding depends on the order of sums that the compiler may choose, the two are not the same.
        """
        self.parts.append((function, {**self.options, "forceinline": True}))
        return function

    def entry(self, function: Function) -> Function:
        """A compiled function that Python calls with contiguous arrays, numbers, and tuples of them."""
        return cast(Function, Entry(self, function))


class Entry:
    """A function of a library that is compiled, or loaded, when it is first called with arguments of some types."""

    def __init__(self, library: Library, function: Callable[..., Any]) -> None:
        """Nothing is compiled yet."""
        self.library, self.function = library, function
        self.__doc__, self.__name__ = function.__doc__, function.__name__
        self.returns = str(function.__annotations__["return"])
        self._loaded: dict[str, Native] = {}
        self._unpacked: dict[int, tuple[Any, str, tuple[Any, ...]]] = {}  # arrays of the last call [place]

    def __call__(self, *arguments: Any) -> Any:
        """What the function returns; RuntimeError where the compiled code raised."""
        types, values = "", list[Any]()
        for place, argument in enumerate(arguments):
            # most calls are on the arrays of the call before, and looking into an array takes ten times as long
            known = self._unpacked.get(place)
            if known is None or known[0] is not argument:
                known = argument, *_unpack(argument)
                self._unpacked[place] = known
            types += known[1]
            values += known[2]
        native = self._loaded.get(types) or self._load(types, arguments)
        result, fault = _RESULTS[self.returns](), c_void_p()
        if status := native(byref(result), byref(fault), *values):
            raise RuntimeError(f"{self.__name__}: the compiled code came back with status {status}")
        return None if self.returns == "None" else result.value

    def _load(self, types: str, arguments: tuple[Any, ...]) -> Native:
        """The function for arguments of these types, out of the cache or compiled now."""
        with _compiling:
            address = self.library.cache.load(self.function, types, lambda: self._compile(arguments))
            of_c = (_NUMBERS[kind] for kind in types if kind in _NUMBERS)
            self._loaded[types] = CFUNCTYPE(c_int32, c_void_p, c_void_p, *of_c)(address)
        return self._loaded[types]

    def _compile(self, arguments: tuple[Any, ...]) -> tuple[str, bytes, bool]:
        """Symbol, object code, and whether another process can use it."""
        os.environ.pop("NUMBA_DISABLE_JIT", None)  # it serves to debug what Python can run: this it cannot
        # Here, not above: it imports numba, which takes a third of a second.
        from sim.queue.compiler.build import build

        return build(self.function, self.returns, self.library.options, self.library.parts, arguments)


def _unpack(argument: Any) -> tuple[str, tuple[Any, ...]]:
    """The type of an argument, and the numbers that compiled code takes for it; the type has a letter for each of them.

    An array travels as (owner, parent, size, item size, address, shape, strides); of a record only the size is part of
    the type, for the cache knows the sources.
    """
    if isinstance(argument, np.ndarray):
        if not argument.flags.c_contiguous:
            raise TypeError("compiled code takes arrays that are contiguous")
        numbers = (0, 0, argument.size, argument.itemsize, argument.ctypes.data, *argument.shape, *argument.strides)
        return f"[{argument.dtype.str.upper()}{'i' * len(numbers)}]", numbers
    if isinstance(argument, tuple):
        types, values = zip(*map(_unpack, argument), strict=True)
        return f"({''.join(types)})", sum(values, ())
    if isinstance(argument, float):  # NumPy's float64 is one
        return "f", (argument,)
    return ("u" if isinstance(argument, np.uint64) else "i"), (int(argument),)
