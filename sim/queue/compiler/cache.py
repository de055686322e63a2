"""Machine code on disk: a folder for each state of the sources, a file for each function."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree
from typing import Any

_KEPT_VERSIONS = 3  # of compiled code, beside the present one: somebody may be switching between branches
_COMPILERS = ("numba", "llvmlite", "numpy")
_OWN = Path(__file__).parent
_PRIVATE = 0o700
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def _user_folders() -> Iterator[Path]:
    """Where a user's own files go: the cache at home, if there is a home, and the folder of temporary files."""
    with suppress(RuntimeError):  # no home directory
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "heavypress"
    yield Path(tempfile.gettempdir()) / f"heavypress-{os.getuid()}"


def _is_private(folder: Path) -> bool:
    """Whether nobody else can put machine code there: it would run with the rights of whoever loads it."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & _OTHERS_WRITE


class Cache:
    """The compiled functions of one library."""

    def __init__(self, name: str, sources: list[Path], others: str) -> None:
        """Nothing is looked at yet; `others` is what the code depends on besides its sources."""
        self.name, self._sources, self._others = name, sources, others
        self._engines: list[Any] = []  # code lives as long as the engine that holds it

    @cached_property
    def folder(self) -> Path | None:
        """A folder that can be written to: beside the sources, else the user's alone; None where none is."""
        name = f"{self.name}-{self._digest()}"
        for parent, shared in ((_OWN / "__pycache__", False), *((each, True) for each in _user_folders())):
            try:
                parent.mkdir(mode=_PRIVATE if shared else 0o777, parents=True, exist_ok=True)
                if shared and not _is_private(parent):
                    continue
                (parent / name).mkdir(exist_ok=True)
                with tempfile.TemporaryFile(dir=parent / name):
                    return parent / name
            except OSError:
                continue
        return None

    def _digest(self) -> str:
        """Digest of all that the code depends on but the processor: our files, the compiler, and how it is asked."""
        digest = sha256(self._others.encode())
        for path in (*self._sources, *sorted(_OWN.glob("*.py"))):
            digest.update(path.read_bytes())
        versions = [version(name) for name in _COMPILERS] + [str(sys.implementation.cache_tag)]
        # numba's own settings change what it makes: NUMBA_OPT, NUMBA_CPU_NAME, ...
        settings = sorted((name, value) for name, value in os.environ.items() if name.startswith("NUMBA_"))
        digest.update(repr((versions, settings)).encode())
        return digest.hexdigest()[:16]

    def filled(self) -> bool:
        """Whether this version has been compiled on this machine; if not, the first run takes longer."""
        return self.folder is not None and any(self.folder.glob("*.o"))

    def load(self, function: Callable[..., Any], types: str, compiled: Callable[[], tuple[str, bytes, bool]]) -> int:
        """Address of a function for arguments of these types; `compiled` makes it where the cache has none."""
        # Here, not above: it takes forty milliseconds, and most processes run nothing that is compiled.
        from llvmlite import binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.get_host_cpu_name() + llvm.get_host_cpu_features().flatten()
        key = sha256(f"{function.__module__}.{function.__name__}({types}) on {machine}".encode()).hexdigest()[:16]
        name = f"{function.__name__}-{key}.o"
        symbol, code = self._read(name) or self._made(name, compiled)
        engine = llvm.create_mcjit_compiler(
            llvm.parse_assembly(""), llvm.Target.from_default_triple().create_target_machine(jit=True)
        )
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        self._engines.append(engine)
        return int(engine.get_function_address(symbol))

    def _made(self, name: str, compiled: Callable[[], tuple[str, bytes, bool]]) -> tuple[str, bytes]:
        """Symbol and code, compiled and kept."""
        symbol, code, portable = compiled()
        if portable and self.folder is not None:
            # a full disk, or another process that clears up at the same time, costs time and no result
            with suppress(OSError):
                if not self.filled():
                    self._forget_older(self.folder)
                self._write(self.folder / name, b"\n".join((symbol.encode(), code)))
        return symbol, code

    def _read(self, name: str) -> tuple[str, bytes] | None:
        """Symbol and code out of the cache, or None where they are not there as they were written."""
        try:
            written, _, content = ((self.folder or _OWN) / name).read_bytes().partition(b"\n")
        except OSError:
            return None
        if written != sha256(content).hexdigest().encode():
            return None
        symbol, _, code = content.partition(b"\n")
        return symbol.decode(), code

    def _write(self, path: Path, content: bytes) -> None:
        """Put a file in its place in one go: other processes may be reading."""
        handle, aside = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sha256(content).hexdigest().encode() + b"\n" + content)
            os.replace(aside, path)
        except OSError:
            Path(aside).unlink(missing_ok=True)
            raise

    def _forget_older(self, folder: Path) -> None:
        """Remove the compiled code of other versions from the cache, but for the latest few."""
        others = [path for path in folder.parent.glob(f"{self.name}-*") if path != folder]
        for path in sorted(others, key=lambda other: other.stat().st_mtime, reverse=True)[_KEPT_VERSIONS:]:
            rmtree(path, ignore_errors=True)
