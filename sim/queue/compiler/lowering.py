"""What the `primitives` are to numba: their types, and the code for them."""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model, type_callable
from numba.np.arrayobj import populate_array

from sim.queue.compiler.primitives import matrix, move, numbers, rows


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
