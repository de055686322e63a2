"""Ledgers of the same sweep joined: parts that were computed apart, as on machines without a folder in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.sweeps.compaction import compact
from sim.sweeps.files import write, writing
from sim.sweeps.ledger import MANIFEST, PARTS, SCENARIO, SWEEP, Ledger, check_folder
from sim.sweeps.lock import owned
from sim.sweeps.problems import LedgerError


def merge(folders: Sequence[Path], out: Path) -> Ledger:
    """The ledger of all sound parts of these folders, in `out`, which may be one of them.

    Raises LedgerError for parts of another sweep, or of other code or data: their numbers do not belong together. A
    part that two folders have must have the same bytes in both.
    """
    ledgers = [Ledger.opened(folder) for folder in folders]
    first = ledgers[0]
    for other in ledgers[1:]:
        for what, word in (("code", "code"), ("data", "data"), ("sweep", "values")):
            ours, theirs = getattr(first.identity, what), getattr(other.identity, what)
            if ours != theirs and what == "sweep":
                raise LedgerError(f"{other.folder}: holds another sweep ({theirs}) than {first.folder} ({ours})")
            if ours != theirs:
                raise LedgerError(
                    f"{other.folder}: its {word} ({theirs}) differ from those of {first.folder} ({ours}); parts of "
                    "two versions do not belong together"
                )
    target = first if out.resolve() == first.folder.resolve() else _begun(out, first)
    with owned(out):
        for ledger in ledgers:
            _copy(ledger, target)
        compact(target)
    return target


def _begun(out: Path, first: Ledger) -> Ledger:
    """The ledger of the same sweep in another folder."""
    if (out / MANIFEST).is_file():
        found = Ledger.opened(out)
        if found.identity != first.identity:
            raise LedgerError(f"{out}: holds another sweep; name another folder")
        return found
    check_folder(out)
    with writing(out):
        (out / PARTS).mkdir(parents=True, exist_ok=True)
        for name in (SWEEP, SCENARIO, MANIFEST):
            write(out / name, (first.folder / name).read_bytes())
    return Ledger.opened(out)


def _copy(ledger: Ledger, target: Ledger) -> None:
    """The sound parts of a ledger into another."""
    left = set(ledger.missing(put_aside=False))  # the folder may be read-only, or in use
    for number, entry in ledger.entries():
        there = target.entry(number)
        if number in left or ledger is target or (there and (there.digest == entry.digest or not entry.digest)):
            continue
        if there and there.digest:
            raise LedgerError(f"{ledger.path(number)}: has other bytes than {target.path(number)}; compute one anew")
        target.copy(ledger, number, entry)
