"""A part of a sweep as a file: a table in Parquet, the same to the last byte whoever computed it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from math import isnan
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from sim.comparison.identity import code_digest, data_digest
from sim.comparison.memory import CalendarMemory
from sim.sweeps.evaluation import Results, compute
from sim.sweeps.plan import Plan
from sim.sweeps.statistics import STATISTICS

DONE, FAILED = "done", "failed"
IDENTITY = b"heavypress"
LEADING = ("run", "number", "replication", "seed")  # before what the axes set
_WORDS = ("status", "reason", "option", "outcome", "unit")
_FLAGS = ("best", "close")


@dataclass(frozen=True)
class Identity:
    """What a part was computed from; parts of one ledger have the same."""

    sweep: str
    code: str
    data: str

    @staticmethod
    def of(plan: Plan) -> Identity:
        """That of the parts of a plan, computed here and now."""
        return Identity(plan.digest, code_digest(), data_digest())

    def text(self) -> str:
        """As JSON."""
        return json.dumps(vars(self), sort_keys=True)


class Part(NamedTuple):
    """A part that has been computed."""

    number: int
    content: bytes
    runs: int
    failed: int  # runs among them
    rows: int
    identity: Identity

    @property
    def digest(self) -> str:
        """Digest of the content: what its file must have."""
        return sha256(self.content).hexdigest()


def compute_part(plan: Plan, number: int, memory: CalendarMemory | None = None) -> Part:
    """A part of a plan, by its number from 0."""
    results = compute(plan, plan.runs_of(number), memory)
    table = as_table(plan, results)
    failed = sum(bool(result.reason) for result in results)
    identity = Identity.of(plan)
    return Part(number, encoded(table, identity, number), len(results), failed, table.num_rows, identity)


def schema(plan: Plan) -> pa.Schema:
    """The columns of a result: the run, what the axes set, then an option, an outcome and its statistics."""
    fixed = dict(zip(LEADING, (pa.string(), pa.int64(), pa.int32(), pa.int64()), strict=True))
    axes = {path: kind_of(values) for path, values in _columns_of_axes(plan).items()}
    words = dict.fromkeys(_WORDS, pa.string())
    numbers = {name: pa.bool_() if name in _FLAGS else pa.float64() for name in STATISTICS}
    return pa.schema(list({**fixed, **axes, **words, **numbers}.items()))


def _columns_of_axes(plan: Plan) -> dict[str, list[Any]]:
    """Every value that each path takes along its axis."""
    return {
        path: [point[column] for point in axis.points] for axis in plan.axes for column, path in enumerate(axis.paths)
    }


def kind_of(values: Sequence[Any]) -> pa.DataType:
    """The type of a column that holds these values; what is no number or switch is written as text."""
    if all(isinstance(value, bool) for value in values):
        return pa.bool_()
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return pa.float64() if numbers else pa.string()


def as_table(plan: Plan, results: Sequence[Results]) -> pa.Table:
    """The rows of runs in their order; a run that failed has one, with its reason."""
    columns = schema(plan)
    found: dict[str, list[Any]] = {name: [] for name in columns.names}
    for result in results:
        rows = len(result.rows["option"]) if result.rows else 1
        run = result.run
        same = {"run": result.key, "number": run.number, "replication": run.replication, "seed": run.seed}
        same |= {path: _cell(value, columns.field(path).type) for path, value in plan.values(run).items()}
        same |= {"status": FAILED if result.reason else DONE, "reason": result.reason}
        for name, column in found.items():
            column.extend([same[name]] * rows if name in same else result.rows.get(name, [None]))
    arrays = [_array(found[field.name], field) for field in columns]
    return pa.Table.from_arrays(arrays, schema=columns)


def _cell(value: Any, kind: pa.DataType) -> Any:
    """A value of an axis as its column holds it."""
    return json.dumps(value) if kind == pa.string() and not isinstance(value, str) else value


def _array(values: list[Any], field: pa.Field) -> pa.Array:
    """A column; what is no number is missing."""
    if field.type == pa.bool_() and field.name in _FLAGS:
        values = [None if value is None or isnan(value) else bool(value) for value in values]
    return pa.array(values, type=field.type, from_pandas=True)


def encoded(table: pa.Table, identity: Identity, number: int) -> bytes:
    """A table as Parquet, with what it was computed from in its metadata."""
    about = {IDENTITY: json.dumps({**vars(identity), "part": number}, sort_keys=True).encode()}
    buffer = BytesIO()
    pq.write_table(table.replace_schema_metadata(about), buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()


def given_up_rows(plan: Plan, number: int, reason: str) -> pa.Table:
    """The rows of a part that nobody could compute: one a run, with the reason."""
    return as_table(plan, [Results(run, "", {}, reason) for run in plan.runs_of(number)])
