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
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import sleep
from typing import IO

from sim.sweeps.problems import LedgerError

LOCK = ".lock"
_SECONDS_BETWEEN, _TRIES = 0.1, 5  # of looks whether a lock is free
Shard = tuple[int, int]  # the i-th of N, from 1


@contextmanager
def owned(
    folder: Path, shard: Shard | None = None, wait: bool = False, stopped: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Hold a folder, or a shard of it, as long as this lasts.

    `wait` for the owner, until `stopped`, which is a KeyboardInterrupt; without it a LedgerError names the owner.
    """
    names = [(LOCK, fcntl.LOCK_EX if shard is None else fcntl.LOCK_SH)]
    if shard is not None:
        names.append((f"{LOCK}-{shard[0]}-of-{shard[1]}", fcntl.LOCK_EX))
    with ExitStack() as held:
        for name, kind in names:
            file = held.enter_context(_open(folder / name))  # to close it is to free it
            _take(file, kind, folder, wait, stopped)
        _sign(file)
        yield


@contextmanager
def beginning(folder: Path) -> Iterator[None]:
    """Be the only one who makes a ledger of a folder, as long as this lasts; others wait the moment it takes."""
    with _open(folder / f"{LOCK}-new") as file:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _open(path: Path) -> IO[bytes]:
    """The file of a lock."""
    try:
        return open(path, "a+b", buffering=0)
    except OSError as error:
        raise LedgerError(f"{path.parent}: cannot be written: {error.strerror}") from None


def _take(file: IO[bytes], kind: int, folder: Path, wait: bool, stopped: Callable[[], bool]) -> None:
    """Lock a file."""
    for attempt in count(1):
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                return  # a file system without locks
        if stopped():
            raise KeyboardInterrupt
        owners = _owners(folder)
        # without an owner it was one who looked for owners, for a moment
        if not wait and (owners or attempt == _TRIES):
            who = " and ".join(owners) or "another process"
            raise LedgerError(f"{folder}: {who} is at work on it; wait for it with --wait, or stop it")
        sleep(_SECONDS_BETWEEN)


def _sign(file: IO[bytes]) -> None:
    """Write into a lock whose it is."""
    about = {"pid": os.getpid(), "host": socket.gethostname(), "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S UTC}"}
    with suppress(OSError):  # a full disk
        file.truncate(0)
        file.write(json.dumps(about).encode())


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
