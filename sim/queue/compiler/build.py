"""How numba is asked for machine code, and what the `primitives` are to it: nobody else imports it."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from ctypes import CDLL
from types import FunctionType, ModuleType
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model, type_callable
from numba.np.arrayobj import populate_array

from sim.queue.compiler.primitives import CACHE_LINE, fetch, matrix, move, numbers, rows

Part = tuple[Callable[..., Any], dict[str, Any]]
"""A function that others call, and the options with which it is compiled."""

# Ways in that nobody takes: they would be a seventh of the work of the compiler, and need numba where they are loaded.
_NO_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_njit: Any = numba.njit  # its stubs do not know all of its options
_RETURNED = {"None": types.none, "int": types.int64, "float": types.float64}
_TO_WRITE = (1, 3, 1)  # of llvm.prefetch: to be written, near the processor, data
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
    given = tuple(map(_type_of, arguments))
    dispatcher.compile(given)
    compiled = dispatcher.overloads[given]
    if types.unliteral(compiled.signature.return_type) != _RETURNED[returns]:
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
    return types.float64 if isinstance(argument, float) else types.int64


def _stands_alone(library: Any) -> bool:
    """Whether the code calls nothing but what every process has: numba's helpers are not there without numba."""
    process = CDLL(None)
    called = [one.name for one in library._final_module.functions if one.is_declaration]
    return all(name.startswith("llvm.") or hasattr(process, name) for name in called)


# Memory by address: the types of the primitives, and the code for them.


class Rows(types.Type):
    """Records one after the other, known by where the first one lies.

    An array would do, but it travels as seven numbers and takes an index below zero to count from the end: both cost
    the kernel a third of its speed.
    """

    def __init__(self, record: types.Record) -> None:
        """Rows of one kind of record."""
        self.record = record
        super().__init__(name=f"Rows({record})")


@register_model(Rows)
class _RowsModel(models.PrimitiveModel):
    """One pointer."""

    def __init__(self, manager: Any, rows: Rows) -> None:
        """A pointer of the type by which numba knows a record."""
        super().__init__(manager, rows, ir.ArrayType(ir.IntType(8), rows.record.size).as_pointer())


@infer_global(operator.getitem)
class _RowOfRows(AbstractTemplate):
    """`rows[index]` is a record."""

    def generic(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The types of an access, or None where it is none of ours."""
        if isinstance(arguments[0], Rows) and isinstance(arguments[1], types.Integer):
            return signature(arguments[0].record, arguments[0], types.intp)
        return None


@lower_builtin(operator.getitem, Rows, types.Integer)
def _row(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """The record at an index that is sure to be there."""
    return builder.gep(arguments[0], [arguments[1]])


@type_callable(rows)
def _rows_type(context: Any) -> Any:
    return lambda array: Rows(array.dtype)


@lower_builtin(rows, types.Array)
def _rows_code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
    return builder.bitcast(data, context.get_value_type(signature.return_type))


@type_callable(numbers)
def _numbers_type(context: Any) -> Any:
    return lambda array: types.CPointer(array.dtype)


@lower_builtin(numbers, types.Array)
def _numbers_code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return context.make_array(signature.args[0])(context, builder, arguments[0]).data


@type_callable(move)
def _move_type(context: Any) -> Any:
    return lambda store, to, start, count: types.void


@lower_builtin(move, types.CPointer, types.Integer, types.Integer, types.Integer)
def _move_code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    store, to, start, count = (
        context.cast(builder, each, given, types.int64) if isinstance(given, types.Integer) else each
        for each, given in zip(arguments, signature.args, strict=True)
    )
    byte = ir.IntType(8).as_pointer()
    target = builder.bitcast(builder.gep(store, [to]), byte)
    source = builder.bitcast(builder.gep(store, [start]), byte)
    size = builder.mul(count, ir.Constant(count.type, 8))
    memmove = builder.module.declare_intrinsic("llvm.memmove", [byte, byte, ir.IntType(64)])
    builder.call(memmove, [target, source, size, ir.Constant(ir.IntType(1), 0)])
    return context.get_dummy_value()


@type_callable(fetch)
def _fetch_type(context: Any) -> Any:
    return lambda rows, index: types.void


@lower_builtin(fetch, Rows, types.Integer)
def _fetch_code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
    code = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
    prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], code)
    how = [ir.Constant(number, each) for each in _TO_WRITE]
    record = builder.bitcast(builder.gep(arguments[0], [arguments[1]]), byte)
    for begin in range(0, signature.args[0].record.size, CACHE_LINE):
        builder.call(prefetch, [builder.gep(record, [ir.Constant(number, begin)]), *how])
    return context.get_dummy_value()


@type_callable(matrix)
def _matrix_type(context: Any) -> Any:
    return lambda address, rows, columns: types.Array(types.float64, 2, "C")


@lower_builtin(matrix, types.Array, types.Integer, types.Integer)
def _matrix_code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    shape = [
        context.cast(builder, each, given, types.intp)
        for each, given in zip(arguments[1:], signature.args[1:], strict=True)
    ]
    first = context.make_array(signature.args[0])(context, builder, arguments[0]).data
    data = builder.load(builder.bitcast(first, ir.DoubleType().as_pointer().as_pointer()))
    item = context.get_constant(types.intp, 8)
    array = context.make_array(signature.return_type)(context, builder)
    strides = [builder.mul(item, shape[1]), item]
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=item, meminfo=None)
    return array._getvalue()
