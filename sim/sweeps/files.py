"""Files that are there as a whole or not at all: written under another name, on the disk before they get their own.

A process that is killed meanwhile leaves that other name behind. It holds a lock on it as long as it lives, so that
whoever comes later knows which of them nobody writes any more.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedRandom
from pathlib import Path
from secrets import token_hex

from sim.sweeps.problems import LedgerError

_MARK = ".part"


def write(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all."""
    with written_aside(path) as file:
        file.write(content)


@contextmanager
def written_aside(path: Path) -> Iterator[BufferedRandom]:
    """A file of another name in the same folder, brought to the disk and renamed to `path` when this ends well."""
    file = _begun(path.parent)
    aside = Path(file.name)
    try:
        yield file
        file.flush()
        os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
    finally:
        with suppress(OSError):  # what a full disk did not take
            file.close()
    _settle(path.parent)


def _begun(folder: Path) -> BufferedRandom:
    """A new file, locked."""
    while True:
        file = open(folder / f".{token_hex(8)}{_MARK}", "x+b")  # noqa: SIM115 (closed by its user)
        with suppress(OSError):  # a file system without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.path.exists(file.name):
            return file
        file.close()  # swept away before it was locked


def sweep_up(folder: Path) -> None:
    """Remove the files that processes were writing in a folder when they ended."""
    for aside in folder.glob(f".*{_MARK}"):
        with suppress(OSError), open(aside, "rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            aside.unlink()


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
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        why = "the disk is full" if full else f"cannot be written: {error.strerror or error}"
        more = f"; what is done is safe, make room and go on with: heavypress sweep resume {folder}"
        raise LedgerError(f"{folder}: {why}{more if full else ''}") from error
