"""Ledgers of sweeps as a page reads them: uploaded, or out of the operator's folder; held in memory, nothing written.

An uploaded one is foreign: how many points its axes have, and how large its parts are when they are unpacked, is known
before anything is enumerated or read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard import uploads, words
from dashboard.uploads import Files, UploadError
from sim.comparison.identity import digest
from sim.formatting import format_number, short_repr
from sim.packs.archive import ArchiveError
from sim.scenario import ScenarioError
from sim.scenario.files import parse
from sim.sweeps.compaction import parts_digest, rows_of
from sim.sweeps.ledger import MANIFEST, PARTS, SWEEP, Ledger, Status
from sim.sweeps.parts import Identity, schema
from sim.sweeps.problems import LedgerError
from sim.sweeps.results import SweepResults

VARIABLE = "HEAVYPRESS_SWEEPS"  # of the server's environment: a folder whose ledgers can be chosen by name
KINDS = (".toml", ".json", ".parquet")
MOST_BYTES = 20_000_000  # of an uploaded ledger, as it is and as its zip is inflated
MOST_FILES = 5_000
MOST_RUNS, MOST_PARTS, MOST_ROWS = 200_000, 20_000, 2_000_000
MOST_UNPACKED = 400_000_000  # bytes of all parts in memory
_FAULTS = (ScenarioError, LedgerError, UploadError, ArchiveError, pa.ArrowException, OSError, MemoryError, ValueError,
           KeyError, TypeError, NotImplementedError)  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """A ledger that was read: what it is called, how far it is, and its rows."""

    name: str
    results: SweepResults
    status: Status
    version: str  # of heavypress that computed it
    digest: str  # of the sweep and of all parts that are there
    current: bool  # whether code, data and values are those of now

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why runs failed and how many of them, the most frequent reason first."""
        counts = self.results.failures["reason"].value_counts(sort=True)
        return [(str(reason), int(count)) for reason, count in counts.items()]


# --- where they come from ---


def names() -> list[str]:
    """Names of the ledgers in the operator's folder; none where there is no such folder."""
    root = os.environ.get(VARIABLE, "").strip()
    if not root or not Path(root).is_dir():
        return []
    return sorted(path.parent.name for path in Path(root).glob(f"*/{MANIFEST}") if not path.parent.is_symlink())


def named(name: str) -> Opened:
    """A ledger of the operator's folder; UploadError, one sentence, for a name that is none or cannot be read."""
    if name not in names():
        raise UploadError(words.SWEEPS_GONE.format(name=short_repr(name)))
    return _in_sentences(lambda: _read(Path(os.environ[VARIABLE].strip()) / name, name), name)


def uploaded(given: Sequence[tuple[str, bytes]]) -> Opened:
    """A ledger in uploaded files or in a zip of its folder; UploadError, one sentence, where there is none."""
    name = uploads.together([name for name, _ in given])

    def read() -> Opened:
        files = _arranged(uploads.gathered(given, KINDS, MOST_BYTES, MOST_FILES))
        with uploads.folder_of(files) as folder:
            return _read(folder, name)

    return _in_sentences(read, name)


def _in_sentences(read: Any, name: str) -> Opened:
    """What was read; each fault of a foreign ledger as one UploadError without the path of a folder."""
    try:
        found: Opened = read()
    except (ScenarioError, LedgerError, UploadError, ArchiveError) as error:
        faults = error.faults if isinstance(error, ScenarioError) else [str(error)]
        raise UploadError(_without_folder("; ".join(faults), name)) from None
    except _FAULTS as error:
        raise UploadError(words.SWEEPS_DAMAGED.format(kind=type(error).__name__)) from None
    return found


def _without_folder(sentence: str, name: str) -> str:
    """A sentence in which the folder of the server is called by the name of what was opened."""
    root = os.environ.get(VARIABLE, "").strip()
    for path in (r"\S*heavypress-[a-z0-9_]{8}", *([re.escape(str(Path(root) / name))] if root else [])):
        sentence = re.sub(path, lambda _: name, sentence)
    return sentence.removeprefix(f"{name}: ")


def _arranged(files: Files) -> dict[str, bytes]:
    """The files of the ledger among these by their paths in its folder; parts that came without theirs get it."""
    homes = [PurePosixPath(name).parent for name in files if PurePosixPath(name).name == MANIFEST]
    if len(homes) != 1:
        raise UploadError(words.SWEEPS_NO_LEDGER if not homes else words.SWEEPS_SEVERAL.format(count=len(homes)))
    inside = {
        path.relative_to(homes[0]): content
        for name, content in files.items()
        if (path := PurePosixPath(name)).is_relative_to(homes[0])
    }
    return {
        str(PurePosixPath(PARTS) / path if re.fullmatch(r"\d{6,}\.(parquet|json)", str(path)) else path): content
        for path, content in inside.items()
    }


# --- reading ---


def _read(folder: Path, name: str) -> Opened:
    """The ledger in a folder, in which nothing is written."""
    _refuse_large(parse(folder / SWEEP) if (folder / SWEEP).is_file() else {})
    ledger = Ledger.opened(folder)
    if (parts := ledger.plan.parts) > MOST_PARTS:
        raise UploadError(words.SWEEPS_TOO_LARGE.format(what=format_number(parts), most=format_number(MOST_PARTS)))
    status, about = ledger.status, digest(ledger.identity.text(), parts_digest(ledger))
    return Opened(
        name, SweepResults(ledger.plan, _frame(ledger)), status, str(ledger.manifest["heavypress"]), about,
        Identity.of(ledger.plan) == ledger.identity,
    )  # fmt: skip


def _refuse_large(table: Mapping[str, Any]) -> None:
    """UploadError where a sweep file has more runs than a page can hold; they are not enumerated to know that."""
    axes = table.get("axis")
    sizes = [_points(axis) for axis in axes if isinstance(axis, dict)] if isinstance(axes, list) else []
    replications = table.get("replications", 1)
    runs = prod(sizes) * (replications if isinstance(replications, int) else 1)
    if runs > MOST_RUNS:
        raise UploadError(words.SWEEPS_TOO_LARGE.format(what=format_number(runs), most=format_number(MOST_RUNS)))


def _points(axis: Mapping[str, Any]) -> int:
    """How many points an axis has at most; 1 where it says nothing that is a number."""
    if isinstance(zipped := axis.get("zip"), list):
        return max([_points(each) for each in zipped if isinstance(each, dict)], default=1)
    reach = axis.get("range")
    ends = reach if isinstance(reach, dict) else {}
    numbers = [ends.get(each) for each in ("from", "to", "by")]
    counts = [axis.get("points"), ends.get("steps"), *(len(each) for each in axis.values() if isinstance(each, list))]
    if all(isinstance(each, int | float) for each in numbers) and numbers[2]:
        low, high, by = numbers
        counts.append(int(min(abs((high - low) / by), MOST_RUNS)) + 1)  # type: ignore[operator]
    return max([each for each in counts if isinstance(each, int) and not isinstance(each, bool)], default=1)


def _frame(ledger: Ledger) -> Any:
    """The rows of all parts that are there."""
    plan = ledger.plan
    most = len(plan.base.options) * len(plan.outcomes)
    if (rows := plan.runs * most) > MOST_ROWS:
        raise UploadError(words.SWEEPS_TOO_LARGE.format(what=format_number(rows), most=format_number(MOST_ROWS)))
    tables, unpacked = [], 0
    for number, entry in ledger.entries():
        if entry.digest and (content := ledger.content(number)) is not None:
            about = pq.ParquetFile(BytesIO(content)).metadata
            groups = [about.row_group(group) for group in range(about.num_row_groups)]
            unpacked += sum(group.total_byte_size for group in groups)
            if about.num_rows > len(plan.runs_of(number)) * most or unpacked > MOST_UNPACKED:
                raise UploadError(words.SWEEPS_PART.format(part=number + 1))
        tables.append(rows_of(ledger, number))
    columns = schema(plan)
    return (
        pa.concat_tables([table.cast(columns) for table in tables]) if tables else columns.empty_table()
    ).to_pandas()
