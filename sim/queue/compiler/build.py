"""How numba is asked for machine code: with `lowering` the only module that imports it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from ctypes import CDLL
from types import FunctionType, ModuleType
from typing import Any

import numba
import numpy as np

import sim.queue.compiler.lowering  # noqa: F401, for what it registers

Part = tuple[Callable[..., Any], dict[str, Any]]
"""A function that others call, and the options with which it is compiled."""

# Ways in that nobody takes: they would be a seventh of the work of the compiler, and need numba where they are loaded.
_NO_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_njit: Any = numba.njit  # its stubs do not know all of its options
_RETURNED = {"None": numba.none, "int": numba.int64, "float": numba.float64}
_twins: dict[str, ModuleType] = {}
_compiled: dict[Any, Any] = {}


def build(
    function: Callable[..., Any], returns: str, options: dict[str, Any], parts: list[Part], arguments: tuple[Any, ...]
) -> tuple[str, bytes, bool]:
    """Symbol and object code of a function for arguments like these, and whether a process without numba can use it."""
    for part, how in parts:
        if part not in _compiled:
            _compiled[part] = _njit(_twin(part), **how, **_NO_WRAPPERS)
    dispatcher = _njit(_twin(function), **options, **_NO_WRAPPERS)
    _furnish()
    types = tuple(map(_type_of, arguments))
    dispatcher.compile(types)
    compiled = dispatcher.overloads[types]
    if numba.types.unliteral(compiled.signature.return_type) != _RETURNED[returns]:
        raise TypeError(f"{function.__name__} returns {compiled.signature.return_type}, not {returns}")
    symbol = compiled.fndesc.llvm_func_name
    compiled.library.get_pointer_to_function(symbol)  # the code is made when it is first asked for
    return symbol, compiled.library.serialize_using_object_code()[2][0], _stands_alone(compiled.library)


def _twin(function: Any) -> Any:
    """The function in a twin of its module.

    Compiled code must find other compiled functions under the names that it uses, where Python must find plain ones.
    """
    name = function.__module__
    scope = vars(_twins.setdefault(name, ModuleType(name)))
    return FunctionType(function.__code__, scope, function.__name__, function.__defaults__)


def _furnish() -> None:
    """Give the twins what is in their modules, with compiled functions for parts and twins for modules."""
    for name, twin in _twins.items():
        for key, value in vars(sys.modules[name]).items():
            if isinstance(value, FunctionType):
                value = _compiled.get(value, value)
            elif isinstance(value, ModuleType):
                value = _twins.get(value.__name__, value)
            vars(twin)[key] = value


def _type_of(argument: Any) -> Any:
    """numba's type of an argument, with numbers as `library` hands them over."""
    if isinstance(argument, np.ndarray | tuple | np.uint64):
        return numba.typeof(argument)
    return numba.float64 if isinstance(argument, float) else numba.int64


def _stands_alone(library: Any) -> bool:
    """Whether the code calls nothing but what every process has: numba's helpers are not there without numba."""
    process = CDLL(None)
    called = [one.name for one in library._final_module.functions if one.is_declaration]
    return all(name.startswith("llvm.") or hasattr(process, name) for name in called)
