"""The table of starts: one row a job, written so that a reader never sees half of it."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from sim.queue.logs.problems import LogError
from sim.queue.logs.replay import Replay

COLUMNS = ("id", "submit", "start", "end", "gpus")
_ROWS = 1 << 18  # written at once
_FAST = 3  # compression that costs little time


def refuse_unwritable(path: Path, log: str | Path) -> None:
    """LogError where the table cannot go: before the work is done, not after."""
    if not path.name.endswith((".csv", ".csv.gz")):
        raise LogError(str(path), ["--out: the name must end in .csv or .csv.gz"])
    if path.exists() and not path.is_file():
        raise LogError(str(path), ["--out: is no file; name one"])
    if path.exists() and Path(log).exists() and path.samefile(log):
        raise LogError(str(path), ["--out: is the log itself"])
    if not path.absolute().parent.is_dir():
        raise LogError(str(path), ["--out: the folder does not exist"])


def write_starts(result: Replay, path: Path) -> None:
    """Write `id, submit, start, end, gpus` in order of submission, in the log's own names and seconds."""
    import pyarrow as pa
    from pyarrow import csv

    log, plain = result.log, csv.WriteOptions(include_header=False)
    with _atomic(path) as file:
        file.write(",".join(COLUMNS).encode() + b"\n")
        for begin in range(0, len(log), _ROWS):
            rows = slice(begin, begin + _ROWS)
            ids = log.id[rows]
            columns: list[Any] = [pa.array(ids if ids.dtype.kind == "i" else ids.tolist())]
            for values in (log.submit_seconds, result.start_seconds, result.end_seconds, log.gpus):
                columns.append(pa.array(values[rows]))
            csv.write_csv(pa.table(columns, names=list(COLUMNS)), file, plain)


@contextmanager
def _atomic(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when everything in it is written, packed where the name says so."""
    target = path.absolute()
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            if target.name.endswith(".gz"):
                # no name and no date inside: the same schedule gives the same bytes
                with gzip.GzipFile("", "wb", _FAST, file, mtime=0) as packed:
                    yield cast(BinaryIO, packed)
            else:
                yield file
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)
    except OSError as error:
        raise LogError(str(path), [f"--out: cannot be written: {(error.strerror or 'unknown').lower()}"]) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
