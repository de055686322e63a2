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

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from sim.comparison.identity import digest, versions
from sim.formatting import short_repr
from sim.scenario import ScenarioError, load
from sim.scenario.files import as_toml, parse, table_text
from sim.scenario.model import Change
from sim.scenario.problems import Problems
from sim.sweeps.files import write, writing
from sim.sweeps.lock import beginning
from sim.sweeps.parts import Identity, Part
from sim.sweeps.plan import Plan
from sim.sweeps.problems import DamagedError, LedgerError
from sim.sweeps.reader import read_plan
from sim.version import __version__

MANIFEST, SWEEP, SCENARIO, PARTS, DAMAGED = "manifest.json", "sweep.toml", "scenario.toml", "parts", "damaged"
RESULTS = "results.parquet"
FORMAT = 1  # of the folder
_DAMAGED = "is damaged; repair it with its sweep file, which keeps what is done: heavypress sweep FILE --out {}"
SIGNED = "signed"  # the digest of the rest of a file of JSON
OWN = (MANIFEST, SWEEP, SCENARIO, PARTS, DAMAGED, RESULTS, "results.json")


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
        if (folder / MANIFEST).is_file() and (found := cls._of(folder, plan)):
            return found
        check_folder(folder)
        with writing(folder):
            (folder / PARTS).mkdir(parents=True, exist_ok=True)
        with beginning(folder), writing(folder):
            if (folder / MANIFEST).is_file() and (found := cls._of(folder, plan)):
                return found  # begun by another process meanwhile
            return cls._begun(folder, plan)

    @classmethod
    def _begun(cls, folder: Path, plan: Plan) -> Self:
        """Write what is there before the first part."""
        write(folder / SWEEP, table_text(plan.table).encode())
        write(folder / SCENARIO, as_toml(plan.base).encode())
        if _read_back(folder, plan.base.key, plan.key).digest != plan.digest:
            raise LedgerError(f"{folder}: this sweep cannot be read back from a file as it is; it would not resume")
        about = {
            "format": FORMAT, "title": plan.title, "key": plan.key, "scenario": plan.base.key, "runs": plan.runs,
            "parts": plan.parts, "runs_per_part": plan.runs_per_part, "identity": vars(Identity.of(plan)),
            "heavypress": __version__, "versions": versions(),
            "changes": [asdict(change) for change in plan.base.changes],
            "files": {name: _digest_of(folder / name) for name in (SWEEP, SCENARIO)},
        }  # fmt: skip
        # the last: a folder without it is no ledger
        write(folder / MANIFEST, (json.dumps(signed(about), indent=2) + "\n").encode())
        return cls(folder, plan, about)

    @classmethod
    def _of(cls, folder: Path, plan: Plan) -> Self | None:
        """The ledger of a plan in a folder that is one; None where its description is damaged and can be written anew.

        LedgerError for a folder of another sweep.
        """
        try:
            found = cls.opened(folder)
        except DamagedError:
            # parts are signed with what they were computed from: one that is of this sweep says that all are
            here = cls(folder, plan, {"identity": vars(Identity.of(plan))})
            if any(here.entries()) or not any((folder / PARTS).glob("*.json")):
                return None
            raise
        if found.identity.sweep != plan.digest:
            raise LedgerError(f"{folder}: {found._other(plan)}; name another folder")
        return found

    @classmethod
    def opened(cls, folder: Path) -> Self:
        """The ledger in a folder; LedgerError where there is none that can be read."""
        try:
            manifest = unsigned((folder / MANIFEST).read_bytes())
            if manifest["format"] != FORMAT:
                raise LedgerError(f"{folder}: is of format {short_repr(manifest['format'])}, and this reads {FORMAT}")
            for name, right in manifest["files"].items():
                if _digest_of(folder / name) != right:
                    raise DamagedError(f"{folder / name}: {_DAMAGED.format(folder)}")
            plan = _read_back(folder, manifest["scenario"], manifest["key"])
            changes = tuple(Change(**change) for change in manifest["changes"])  # the file holds but their results
            return cls(folder, replace(plan, base=replace(plan.base, changes=changes)), manifest)
        except FileNotFoundError:
            if (folder / MANIFEST).is_file():
                raise DamagedError(f"{folder}: has lost files; {_DAMAGED.format(folder)}") from None
            raise LedgerError(
                f"{folder}: holds no sweep; begin one with: heavypress sweep FILE --out {folder}"
            ) from None
        except OSError as error:
            raise LedgerError(f"{folder}: cannot be read: {error.strerror}") from None
        except (ScenarioError, LedgerError):
            raise
        except (ValueError, KeyError, TypeError):
            raise DamagedError(f"{folder / MANIFEST}: {_DAMAGED.format(folder)}") from None

    def refuse_unless_current(self) -> None:
        """Raise LedgerError where parts computed now would not fit those that are there."""
        if (now := Identity.of(self.plan)) != self.identity:
            what = "code" if now.code != self.identity.code else "data" if now.data != self.identity.data else "values"
            made = f"version {self.manifest['heavypress']}, {what} {getattr(self.identity, what, self.identity.sweep)}"
            raise LedgerError(
                f"{self.folder}: was computed with other {what} ({made}) than there are now; go on with that version, "
                "or run the sweep into another folder"
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
        """Keep a part; LedgerError where it cannot be written, or was computed from something else than the others."""
        if part.identity != self.identity:
            raise LedgerError(
                f"{self.folder}: the program or its data were changed while the sweep ran; what is done is safe, go on "
                f"with version {self.manifest['heavypress']} as it was, or run the sweep into another folder"
            )
        with writing(self.folder):
            self._write(part.number, part.content)
            self._enter(part.number, Entry(part.digest, part.runs, part.failed, part.rows))

    def copy(self, other: Ledger, number: int, entry: Entry) -> None:
        """Keep a part of another ledger of the same sweep."""
        with writing(self.folder):
            if entry.digest:
                self._write(number, other.path(number).read_bytes())
            self._enter(number, entry)

    def give_up(self, number: int, reason: str) -> Entry:
        """Enter that the runs of a part could not be computed; what is there of an earlier attempt stays."""
        if (there := self.entry(number)) and there.digest:
            return there
        runs = len(self.plan.runs_of(number))
        with writing(self.folder):
            return self._enter(number, Entry("", runs, runs, 0, reason))

    def _write(self, number: int, content: bytes) -> None:
        """Write a part that has no entry meanwhile, so that neither is ever held against the other of another time."""
        self.path(number).with_suffix(".json").unlink(missing_ok=True)
        write(self.path(number), content)

    def _enter(self, number: int, entry: Entry) -> Entry:
        content = json.dumps(signed(asdict(entry), self._seal(number)), sort_keys=True)
        write(self.path(number).with_suffix(".json"), content.encode())
        return entry

    def _seal(self, number: int) -> str:
        """What an entry is signed with: it is that of this part of this sweep and no other."""
        return f"{number} {self.identity.text()}"

    def entry(self, number: int) -> Entry | None:
        """The entry of a part; None where there is none that can be read."""
        try:
            content = self.path(number).with_suffix(".json").read_bytes()
            return Entry(**unsigned(content, self._seal(number)))
        except (OSError, ValueError, TypeError):
            return None

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """The parts that have an entry, by number."""
        for number in range(self.plan.parts):
            if entry := self.entry(number):
                yield number, entry

    def missing(self, numbers: Iterable[int] | None = None, put_aside: bool = True) -> list[int]:
        """The parts, all or those of `numbers`, that are neither there nor given up.

        A damaged one is put aside, which only the owner of the folder may do.
        """
        wanted = range(self.plan.parts) if numbers is None else numbers
        return [number for number in wanted if not self._sound(number, put_aside)]

    def failed(self) -> list[int]:
        """The parts in which runs failed."""
        return [number for number, entry in self.entries() if entry.failed]

    def content(self, number: int) -> bytes | None:
        """The bytes of a part as they were written; None where they are not there any more."""
        try:
            content, entry = self.path(number).read_bytes(), self.entry(number)
        except OSError:
            return None
        return content if entry is not None and sha256(content).hexdigest() == entry.digest else None

    def _sound(self, number: int, put_aside: bool) -> bool:
        """Whether a part is there as it was written, or was given up."""
        entry = self.entry(number)
        if entry is not None and (not entry.digest or self.content(number) is not None):
            return True
        if put_aside:
            self._put_aside(number)
        return False

    def _put_aside(self, number: int) -> None:
        """Keep a damaged part for whoever wants to know what happened; one that was never signed is overwritten."""
        path = self.path(number)
        entry = path.with_suffix(".json")
        if not entry.exists():
            return
        with writing(self.folder):
            (self.folder / DAMAGED).mkdir(exist_ok=True)
            for each in (path, entry):
                with suppress(FileNotFoundError):
                    each.replace(self.folder / DAMAGED / each.name)

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
    if folder.is_dir() and any(path.name not in OWN for path in _visible(folder)):
        raise LedgerError(f"{folder}: is not empty and holds no sweep; name another folder")


def _visible(folder: Path) -> list[Path]:
    """What a folder holds, but for locks and what was broken off while it was written."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def signed(about: dict[str, Any], seal: str = "") -> dict[str, Any]:
    """A mapping with the digest of all that it says, and of a seal that it does not show."""
    return {**about, SIGNED: digest(json.dumps(about, sort_keys=True), seal)}


def unsigned(content: bytes, seal: str = "") -> dict[str, Any]:
    """The mapping that was signed, from JSON; ValueError where it is not as it was."""
    about: Any = json.loads(content)
    if not isinstance(about, dict) or about.pop(SIGNED, None) != signed(about, seal)[SIGNED]:
        raise ValueError("is not as it was signed")
    return dict(about)


def _digest_of(path: Path) -> str:
    """Digest of a file."""
    return digest(path.read_bytes())


def _read_back(folder: Path, scenario: str, key: str) -> Plan:
    """The plan of a folder, from its own files alone."""
    base = replace(load(folder / SCENARIO), key=scenario)
    return read_plan(parse(folder / SWEEP), base, key, Problems(str(folder / SWEEP)))
