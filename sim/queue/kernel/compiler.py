"""How the compiled queue is compiled: two decorators, one primitive, and a cache that knows all files of the kernel.

numba keeps a compiled function next to its source and looks, when it is asked again, only at that one file: a change in
a part that an entry point calls from another file would go unnoticed. The cache of the kernel therefore lies in a
folder named after a digest of all its files.
"""

from __future__ import annotations

import operator
import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba import njit, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

Function = TypeVar("Function", bound=Callable[..., Any])

_KEPT_VERSIONS = 3  # of compiled code, beside the present one: somebody may be switching between branches
_COMPILED_TOO = ("ordering.py", "priority.py")  # formulas and constants of the plain queue

# Nothing in the kernel allocates, so nothing needs its references counted: telling the compiler makes it 1.4 times as
# fast. The option is not documented; where a later numba drops it, HEAVYPRESS_COUNT_REFERENCES=1 gives the same starts.
COUNT_REFERENCES = os.environ.get("HEAVYPRESS_COUNT_REFERENCES", "") == "1"
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}
if not COUNT_REFERENCES:
    _OPTIONS["_nrt"] = False
# Ways in that nobody takes would be a seventh of the work of the compiler.
_NOT_FOR_PYTHON: dict[str, Any] = {"no_cpython_wrapper": True}
_NOT_FOR_C: dict[str, Any] = {"no_cfunc_wrapper": True}


def _digest() -> str:
    """Digest of everything that the compiled code depends on: our files, the compiler, and how it is asked."""
    folder = Path(__file__).parent
    sources = [*sorted(folder.glob("*.py")), *(folder.parent / "disciplines" / name for name in _COMPILED_TOO)]
    text = b"".join(path.read_bytes() for path in sources)
    return sha256(text + numba.__version__.encode() + repr(sorted(_OPTIONS)).encode()).hexdigest()[:16]


def _cache_folder() -> str:
    """A folder for the compiled code that can be written to: beside the sources, else in the user's cache."""
    name = f"kernel-{_digest()}"
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "heavypress"
    for parent in (Path(__file__).parent / "__pycache__", user, Path(tempfile.gettempdir()) / "heavypress"):
        try:
            (parent / name).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=parent / name):
                return str(parent / name)
        except OSError:
            continue
    return ""


CACHE_FOLDER = _cache_folder()


def compiled_before() -> bool:
    """Whether this version of the kernel has been compiled on this machine; if not, the first run takes longer."""
    return bool(CACHE_FOLDER) and any(Path(CACHE_FOLDER).rglob("*.nbi"))


def forget_older() -> None:
    """Remove the compiled code of other versions from the cache, but for the latest few."""
    others = [path for path in Path(CACHE_FOLDER).parent.glob("kernel-*") if str(path) != CACHE_FOLDER]
    for path in sorted(others, key=lambda other: other.stat().st_mtime, reverse=True)[_KEPT_VERSIONS:]:
        rmtree(path, ignore_errors=True)


if CACHE_FOLDER and not compiled_before():
    forget_older()


def part(function: Function) -> Function:
    """Compile a function that only other compiled functions call."""
    compiled: Function = njit(function, **_OPTIONS, **_NOT_FOR_PYTHON, **_NOT_FOR_C)
    return compiled


def entry(function: Function) -> Function:
    """Compile a function that Python calls, and keep the result for the next process."""
    settings: Any = numba.config
    before = settings.CACHE_DIR
    try:
        settings.CACHE_DIR = CACHE_FOLDER or before
        compiled: Function = njit(function, cache=True, **_OPTIONS, **_NOT_FOR_C)
    finally:
        settings.CACHE_DIR = before
    return compiled


# To a type checker an intrinsic has the arguments of its maker, to those who call it only some of them.
_primitive: Any = intrinsic


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


@_primitive
def rows(typing_context: Any, array: Any) -> Any:
    """The records of an array, for quick access by a number from 0 on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.bitcast(data, context.get_value_type(signature.return_type))

    return Rows(array.dtype)(array), generate


@_primitive
def numbers(typing_context: Any, array: Any) -> Any:
    """The numbers of an array, for quick access by a number from 0 on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), generate


@_primitive
def move(typing_context: Any, store: Any, to: Any, start: Any, count: Any) -> Any:
    """Move `count` int64 numbers in `store` from place `start` to place `to`; the two may overlap (memmove)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte = ir.IntType(8).as_pointer()
        target = builder.bitcast(builder.gep(arguments[0], [arguments[1]]), byte)
        source = builder.bitcast(builder.gep(arguments[0], [arguments[2]]), byte)
        size = builder.mul(arguments[3], ir.Constant(arguments[3].type, 8))
        memmove = builder.module.declare_intrinsic("llvm.memmove", [byte, byte, ir.IntType(64)])
        builder.call(memmove, [target, source, size, ir.Constant(ir.IntType(1), 0)])
        return context.get_dummy_value()

    return types.void(store, types.int64, types.int64, types.int64), generate
