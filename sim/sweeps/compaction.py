"""All parts of a ledger in one file, in the order of their numbers: what is read, mailed and compared.

It is written part by part, so that it needs no more memory than a few of them, and its bytes depend on nothing but
the parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sim.comparison.identity import digest
from sim.sweeps.files import write, writing, written_aside
from sim.sweeps.ledger import RESULTS, Ledger
from sim.sweeps.parts import IDENTITY, given_up_rows, schema
from sim.sweeps.problems import LedgerError

ROWS = 100_000  # of a group: enough to compress well, few enough to skip what a query does not want
_HELD = 500  # tables


def compact(ledger: Ledger) -> Path:
    """The file of all parts that are there, written where it is missing, damaged or older than a part."""
    path, parts = ledger.folder / RESULTS, parts_digest(ledger)
    if _current(path, parts):
        return path
    about = {IDENTITY: json.dumps({**vars(ledger.identity), "parts": parts}, sort_keys=True).encode()}
    columns = schema(ledger.plan).with_metadata(about)
    with writing(ledger.folder), written_aside(path) as aside:
        with pq.ParquetWriter(aside, columns, compression="zstd", write_page_checksum=True) as file:
            for table in _grouped(_tables(ledger)):
                file.write_table(table.cast(columns), row_group_size=max(table.num_rows, 1))
        aside.flush()
        aside.seek(0)
        signed = json.dumps({"digest": hashlib.file_digest(aside, "sha256").hexdigest(), "parts": parts})
    with writing(ledger.folder):
        write(path.with_suffix(".json"), signed.encode())
    return path


def parts_digest(ledger: Ledger) -> str:
    """Digest of the entries of all parts that are there."""
    return digest(*(f"{number} {entry.digest} {entry.reason}" for number, entry in ledger.entries()))


def _current(path: Path, parts: str) -> bool:
    """Whether a file is that of these parts, and as it was written."""
    try:
        signed = json.loads(path.with_suffix(".json").read_text(encoding="utf8"))
        return bool(signed["parts"] == parts and signed["digest"] == file_digest(path))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def file_digest(path: Path) -> str:
    """Digest of the bytes of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tables(ledger: Ledger) -> Iterator[pa.Table]:
    """The tables of the parts in their order."""
    for number, _ in ledger.entries():
        yield rows_of(ledger, number)


def rows_of(ledger: Ledger, number: int) -> pa.Table:
    """The rows of a part that is there; where it was given up a row a run, with the reason.

    LedgerError for a part that is not as it was written.
    """
    entry = ledger.entry(number)
    if entry is not None and not entry.digest:
        return given_up_rows(ledger.plan, number, entry.reason)
    if (content := ledger.content(number)) is None:
        path, folder = ledger.path(number), ledger.folder
        raise LedgerError(f"{path}: is damaged; compute it anew with: heavypress sweep resume {folder}")
    return pq.ParquetFile(BytesIO(content)).read(use_threads=False).replace_schema_metadata(None)


def _grouped(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Tables joined to at least ROWS rows each, but for the last."""
    held: list[pa.Table] = []
    rows = 0
    for table in tables:
        held.append(table)
        rows += table.num_rows
        if rows >= ROWS or len(held) >= _HELD:  # many small tables take far more memory than one
            held = [pa.concat_tables(held).combine_chunks()]
        if rows >= ROWS:
            yield from held
            held, rows = [], 0
    if held:
        yield pa.concat_tables(held).combine_chunks()
