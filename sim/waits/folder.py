"""A folder of files that only save time: each is there as a whole or not at all, the least recently used goes first.

It must never be the reason why something fails: what cannot be read counts as missing, what cannot be written is not
kept. Threads and processes may share it.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

_PART = ".part"  # the ending of a file that is being written
_FINISHED_SECONDS = 600  # after which its writer has died


@dataclass(frozen=True)
class Folder:
    """Files of one ending in a folder, which need not exist yet."""

    path: Path
    suffix: str
    most_bytes: int  # of all of them

    def read(self, name: str) -> bytes | None:
        """What a file holds, which counts as used now; None where there is none that can be read."""
        path = self._at(name)
        try:
            found = path.read_bytes()
        except OSError:
            return None
        with suppress(OSError):
            os.utime(path)
        return found

    def write(self, name: str, content: bytes) -> None:
        """Write under another name first, then rename; delete what is too much."""
        part = None
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=self.path, prefix=".", suffix=_PART)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(part).replace(self._at(name))
            part = None
            self._evict()
        except OSError:
            pass  # a full or read-only disk costs time, not results
        finally:
            if part is not None:
                Path(part).unlink(missing_ok=True)

    def delete(self, name: str) -> None:
        """Delete a file that turned out to be damaged."""
        with suppress(OSError):
            self._at(name).unlink(missing_ok=True)

    def _at(self, name: str) -> Path:
        return self.path / (name + self.suffix)

    def _evict(self) -> None:
        """Delete the least recently used files until they are small enough together, and what was never finished."""
        files = []
        for path in self.path.glob("*" + self.suffix):
            with suppress(OSError):  # another process was faster
                state = path.stat()
                if S_ISREG(state.st_mode):
                    files.append((state.st_mtime_ns, state.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.most_bytes:
                break
            with suppress(OSError):  # it is not ours
                path.unlink(missing_ok=True)
                total -= size
        for path in self.path.glob(".*" + _PART):
            with suppress(OSError):
                if path.stat().st_mtime < time.time() - _FINISHED_SECONDS:
                    path.unlink()
