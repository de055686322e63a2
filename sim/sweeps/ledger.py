"""The ledger of a sweep: a folder of parts, each written aside, renamed and signed with its digest.

    DIR/manifest.json     what the sweep is, and what it is computed from
    DIR/sweep.toml        the sweep file; DIR/scenario.toml the scenario, with all that it extends
    DIR/parts/000001.parquet, 000001.json       a part and its entry: digest, runs, failures
    DIR/damaged/          parts whose bytes were not those of their entry
    DIR/results.parquet   all parts in one file, once there are all

A part without an entry, or with other bytes, counts as not there. Parts are the same whoever writes them, so that two
processes may write one.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from sim.comparison.identity import versions
from sim.formatting import short_repr
from sim.scenario import ScenarioError, load
from sim.scenario.files import as_toml, parse, table_text
from sim.scenario.problems import Problems
from sim.sweeps.parts import Identity, Part
from sim.sweeps.plan import Plan
from sim.sweeps.problems import LedgerError
from sim.sweeps.reader import read_plan
from sim.version import __version__

MANIFEST, SWEEP, SCENARIO, PARTS, DAMAGED = "manifest.json", "sweep.toml", "scenario.toml", "parts", "damaged"
RESULTS = "results.parquet"
FORMAT = 1  # of the folder
_BITS = 0o666  # of files, less what the user's mask takes


@dataclass(frozen=True)
class Entry:
    """What the ledger knows of a part: `digest` is that of its bytes, empty where it was given up for a `reason`."""

    digest: str
    runs: int
    failed: int
    rows: int
    reason: str = ""


@dataclass(frozen=True)
class Status:
    """How far a sweep is."""

    runs: int
    parts: int
    done_parts: int
    done_runs: int  # failures among them
    failed: int
    reasons: dict[str, int]  # runs in parts that were given up, by reason

    @property
    def complete(self) -> bool:
        """Whether every part is there, or was given up."""
        return self.done_parts == self.parts


class Ledger:
    """A folder that holds a sweep."""

    def __init__(self, folder: Path, plan: Plan, manifest: dict[str, Any]) -> None:
        """`plan` and `manifest` are those of the folder; see `opened` and `created`."""
        self.folder, self.plan, self.manifest = folder, plan, manifest
        self.identity = Identity(**manifest["identity"])

    # --- the folder ---

    @classmethod
    def created(cls, folder: Path, plan: Plan) -> Self:
        """The ledger of a plan in a folder, made where there is none; LedgerError for a folder with other contents."""
        if (folder / MANIFEST).is_file():
            found = cls.opened(folder)
            if found.identity.sweep != plan.digest:
                raise LedgerError(f"{folder}: {found._other(plan)}; name another folder")
            return found
        check_folder(folder)
        about = {
            "format": FORMAT, "title": plan.title, "key": plan.key, "scenario": plan.base.key, "runs": plan.runs,
            "parts": plan.parts, "runs_per_part": plan.runs_per_part, "identity": vars(Identity.of(plan)),
            "heavypress": __version__, "versions": versions(),
        }  # fmt: skip
        with writing(folder):
            (folder / PARTS).mkdir(parents=True, exist_ok=True)
            write(folder / SWEEP, table_text(plan.table).encode())
            write(folder / SCENARIO, as_toml(plan.base).encode())
            # the last: a folder without it is no ledger
            write(folder / MANIFEST, (json.dumps(about, indent=2) + "\n").encode())
        return cls(folder, plan, about)

    @classmethod
    def opened(cls, folder: Path) -> Self:
        """The ledger in a folder; LedgerError where there is none that can be read."""
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf8"))
            if manifest["format"] != FORMAT:
                raise LedgerError(f"{folder}: is of format {short_repr(manifest['format'])}, and this reads {FORMAT}")
            base = load(folder / SCENARIO)
            problems = Problems(str(folder / SWEEP))
            table = parse(folder / SWEEP)
            plan = read_plan(table, replace(base, key=manifest["scenario"]), manifest["key"], problems)
            return cls(folder, plan, manifest)
        except FileNotFoundError:
            raise LedgerError(
                f"{folder}: holds no sweep; begin one with: heavypress sweep FILE --out {folder}"
            ) from None
        except OSError as error:
            raise LedgerError(f"{folder}: cannot be read: {error.strerror}") from None
        except (ScenarioError, LedgerError):
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise LedgerError(f"{folder / MANIFEST}: is damaged ({error}); restore it or begin anew") from None

    def refuse_unless_current(self) -> None:
        """Raise LedgerError where parts computed now would not fit those that are there."""
        if (now := Identity.of(self.plan)) != self.identity:
            what = "code" if now.code != self.identity.code else "data" if now.data != self.identity.data else "values"
            made = f"version {self.manifest['heavypress']}, {what} {getattr(self.identity, what, self.identity.sweep)}"
            raise LedgerError(
                f"{self.folder}: was computed with other {what} ({made}) than this would be; go on with those, or run "
                "the sweep into another folder"
            )

    def _other(self, plan: Plan) -> str:
        """What distinguishes the sweep of the folder from a plan."""
        if self.plan.digest == plan.digest:  # what it was computed from is not what there is now
            return f"holds this sweep as other code or data computed it (version {self.manifest['heavypress']})"
        return f"holds another sweep, {short_repr(self.plan.title)} ({self.identity.sweep}), not {plan.digest}"

    # --- parts ---

    def path(self, number: int) -> Path:
        """The file of a part, whose number is from 0; files are numbered from 1."""
        return self.folder / PARTS / f"{number + 1:06}.parquet"

    def add(self, part: Part) -> None:
        """Keep a part; LedgerError where it cannot be written, with what is there left as it was."""
        with writing(self.folder):
            write(self.path(part.number), part.content)
            self._enter(part.number, Entry(part.digest, part.runs, part.failed, part.rows))

    def copy(self, other: Ledger, number: int, entry: Entry) -> None:
        """Keep a part of another ledger of the same sweep."""
        with writing(self.folder):
            if entry.digest:
                write(self.path(number), other.path(number).read_bytes())
            self._enter(number, entry)

    def give_up(self, number: int, reason: str) -> None:
        """Enter that the runs of a part could not be computed."""
        runs = len(self.plan.runs_of(number))
        with writing(self.folder):
            self._enter(number, Entry("", runs, runs, 0, reason))

    def _enter(self, number: int, entry: Entry) -> None:
        write(self.path(number).with_suffix(".json"), json.dumps(asdict(entry), sort_keys=True).encode())

    def entry(self, number: int) -> Entry | None:
        """The entry of a part; None where there is none that can be read."""
        try:
            return Entry(**json.loads(self.path(number).with_suffix(".json").read_text(encoding="utf8")))
        except (OSError, ValueError, TypeError):
            return None

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """The parts that have an entry, by number."""
        for number in range(self.plan.parts):
            if entry := self.entry(number):
                yield number, entry

    def missing(self, numbers: Iterable[int] | None = None) -> list[int]:
        """The parts, all or those of `numbers`, that are neither there nor given up; a damaged one is put aside."""
        wanted = range(self.plan.parts) if numbers is None else numbers
        return [number for number in wanted if not self._sound(number)]

    def failed(self) -> list[int]:
        """The parts in which runs failed."""
        return [number for number, entry in self.entries() if entry.failed]

    def _sound(self, number: int) -> bool:
        """Whether a part is there as it was written, or was given up."""
        entry, path = self.entry(number), self.path(number)
        if entry is not None and not entry.digest:
            return True
        if not path.is_file():
            return False
        if entry is not None and sha256(path.read_bytes()).hexdigest() == entry.digest:
            return True
        if entry is not None:  # without an entry it was broken off before it was signed
            self._put_aside(path)
        return False

    def _put_aside(self, path: Path) -> None:
        """Keep a damaged part for whoever wants to know what happened to it."""
        with writing(self.folder):
            (self.folder / DAMAGED).mkdir(exist_ok=True)
            path.replace(self.folder / DAMAGED / path.name)
            path.with_suffix(".json").unlink(missing_ok=True)

    @property
    def status(self) -> Status:
        """How far the sweep is, by the entries of its parts."""
        found = [entry for _, entry in self.entries()]
        reasons: dict[str, int] = {}
        for entry in found:
            if entry.reason:
                reasons[entry.reason] = reasons.get(entry.reason, 0) + entry.runs
        runs, failed = sum(entry.runs for entry in found), sum(entry.failed for entry in found)
        return Status(self.plan.runs, self.plan.parts, len(found), runs, failed, reasons)


def check_folder(folder: Path) -> None:
    """Raise LedgerError where a sweep cannot begin in a folder: it is a file, or holds something else."""
    if folder.exists() and not folder.is_dir():
        raise LedgerError(f"{folder}: is a file; name a folder")
    if folder.is_dir() and any(path.name not in (PARTS, SWEEP, SCENARIO) for path in _visible(folder)):
        raise LedgerError(f"{folder}: is not empty and holds no sweep; name another folder")


def _visible(folder: Path) -> list[Path]:
    """What a folder holds, but for locks and what was broken off while it was written."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def write(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all."""
    with written_aside(path) as aside:
        aside.write_bytes(content)


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A file under another name in the same folder, brought to the disk and renamed to `path` when this ends well."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        yield Path(name)
        os.fsync(handle)
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(handle, _BITS & ~mask)  # a temporary file is for its owner alone
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Let a rename reach the disk."""
    with suppress(OSError):  # some file systems know no folder as a file
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn errors of writing into one sentence: which folder, why, and what to do."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else f"cannot be written: {error.strerror}"
        more = f"; what is done is safe, make room and go on with: heavypress sweep resume {folder}"
        raise LedgerError(f"{folder}: {why}{more if full else ''}") from error
