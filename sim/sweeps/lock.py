"""Whose folder it is: one sweep at a time, or several shards of it side by side.

The system frees a lock when its process ends, however it ends. On a file system without locks nothing is held: two
sweeps at once then do some work twice and write the same bytes.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sim.sweeps.problems import LedgerError

LOCK = ".lock"
Shard = tuple[int, int]  # the i-th of N, from 1


@contextmanager
def owned(folder: Path, shard: Shard | None = None, wait: bool = False) -> Iterator[None]:
    """Hold a folder, or a shard of it, as long as this lasts; `wait` for the owner, whom a LedgerError names else."""
    names = [(LOCK, fcntl.LOCK_EX if shard is None else fcntl.LOCK_SH)]
    if shard is not None:
        names.append((f"{LOCK}-{shard[0]}-of-{shard[1]}", fcntl.LOCK_EX))
    held: list[IO[str]] = []
    try:
        for name, kind in names:
            held.append(_open(folder / name))
            _take(held[-1], kind, folder, wait)
        _sign(held[-1])
        yield
    finally:
        for file in reversed(held):
            file.close()  # which frees it


def _open(path: Path) -> IO[str]:
    """The file of a lock."""
    try:
        return open(path, "a+", encoding="utf8")
    except OSError as error:
        raise LedgerError(f"{path.parent}: cannot be written: {error.strerror}") from None


def _take(file: IO[str], kind: int, folder: Path, wait: bool) -> None:
    """Lock a file."""
    try:
        fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            return  # a file system without locks
        who = " and ".join(_owners(folder)) or "another process"
        raise LedgerError(f"{folder}: {who} is at work on it; wait for it with --wait, or stop it") from None


def _sign(file: IO[str]) -> None:
    """Write into a lock whose it is."""
    about = {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S UTC}"}
    with suppress(OSError):  # a full disk
        file.truncate(0)
        file.write(json.dumps(about))
        file.flush()


def _owners(folder: Path) -> list[str]:
    """Who holds the locks of a folder that are held."""
    found = []
    for path in sorted(folder.glob(f"{LOCK}*")):
        with suppress(OSError, ValueError, KeyError, TypeError), open(path, encoding="utf8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                about = json.loads(file.read())
                found.append(f"process {about['pid']} on {about['host']} (since {about['since']})")
    return found
