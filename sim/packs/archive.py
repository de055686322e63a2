"""Zip files: written the same to the last byte, and read without trusting them.

Whoever reads one that came by mail must not be led out of a folder, nor be made to fill the memory or the disk.
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from sim.formatting import escape, format_count, format_number, lower_first

MOST_BYTES = 256_000_000  # of an archive, and of all that it holds
MOST_FILES = 1_000
_BEGUN = (1980, 1, 1, 0, 0, 0)  # the first day that the format knows: no day that means anything
_MODE = stat.S_IFREG | 0o644
_UNIX = 3
_PACKED = (".png", ".pdf", ".gz", ".zip", ".parquet")  # nothing is gained by packing them again
_LEVEL = 9
_AT_ONCE = 1 << 20  # bytes
_DIRECTORY = 1 << 20  # bytes of names at most: Python holds all of them at once
_END = b"PK\x05\x06"
_END_BYTES, _LONGEST_COMMENT = 22, 65_535
_ENCRYPTED = 0x1
_LONGEST_NAME = 255


class ArchiveError(ValueError):
    """A zip file that cannot be trusted or read; the message is one sentence."""


def archive_bytes(files: Mapping[str, bytes]) -> bytes:
    """A zip of these contents by name, in the order of names; equal contents give equal bytes at any time."""
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name in sorted(files):
            entry = ZipInfo(name, _BEGUN)
            entry.create_system, entry.external_attr = _UNIX, _MODE << 16
            entry.compress_type = ZIP_STORED if name.endswith(_PACKED) else ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=_LEVEL)
    return content.getvalue()


def read_archive(
    source: Path | bytes, most_bytes: int = MOST_BYTES, most_files: int = MOST_FILES, name: str = "the archive"
) -> dict[str, bytes]:
    """Every file of a zip by name, in the order of the archive; folders are left out.

    `source` is a path or the content of a file, which sentences call `name`. The archive and its files have
    `most_bytes` each at most, so that the memory is bounded. Raises ArchiveError, in one sentence, for what is no zip,
    is damaged or encrypted, is larger or holds more, and where a name leads out of a folder, stands twice, or is no
    plain file.
    """
    origin = escape(str(source) if isinstance(source, Path) else name)
    try:
        return _read(_content(source, origin, most_bytes), origin, most_bytes, most_files)
    except NotImplementedError:
        raise ArchiveError(f"{origin}: is packed in a way that this program does not read") from None
    except (BadZipFile, zlib.error, EOFError, struct.error, ValueError, OverflowError, OSError, RuntimeError) as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError(f"{origin}: is damaged or cut short ({_why(error)})") from None


def _read(content: bytes, origin: str, most_bytes: int, most_files: int) -> dict[str, bytes]:
    """The files of an archive whose size is known to be possible."""
    _refuse_directory(content, origin, most_files)
    with ZipFile(BytesIO(content)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(archive.infolist()) > most_files:
            raise ArchiveError(f"{origin}: holds more than {format_count(most_files, 'file')}")
        for entry in entries:
            _refuse_entry(entry, origin)
        refuse_names([entry.filename for entry in entries], origin)
        if sum(entry.file_size for entry in entries) > most_bytes:
            raise _too_large(origin, most_bytes)
        found: dict[str, bytes] = {}
        for entry in entries:
            left = most_bytes - sum(map(len, found.values()))
            with archive.open(entry) as file:
                found[entry.filename] = _bounded(file, left, origin, most_bytes)
    return found


def _content(source: Path | bytes, origin: str, most_bytes: int) -> bytes:
    """The bytes of the archive itself, never more than are allowed."""
    if isinstance(source, bytes):
        content = source
    else:
        try:
            if not source.is_file():
                raise ArchiveError(f"{origin}: {'is no file' if source.exists() else 'no such file'}")
            with open(source, "rb") as file:
                content = file.read(most_bytes + 1)
        except OSError as error:
            raise ArchiveError(f"{origin}: cannot be read: {lower_first(error.strerror or 'unknown reason')}") from None
    if len(content) > most_bytes:
        raise _too_large(origin, most_bytes)
    return content


def _refuse_directory(content: bytes, origin: str, most_files: int) -> None:
    """ArchiveError where there is no directory of files, or one that would fill the memory when it is read."""
    at = content.rfind(_END, max(len(content) - _END_BYTES - _LONGEST_COMMENT, 0))
    if at < 0 or len(content) < at + _END_BYTES:
        what = "is damaged or cut short" if content.startswith(b"PK\x03\x04") else "is no zip file"
        raise ArchiveError(f"{origin}: {what}")
    count, size = (int.from_bytes(content[at + start : at + start + width], "little") for start, width in _SIZES)
    if count > most_files:
        raise ArchiveError(f"{origin}: holds more than {format_count(most_files, 'file')}")
    if size > _DIRECTORY:
        raise ArchiveError(f"{origin}: its list of files is larger than {format_number(_DIRECTORY)} bytes")


_SIZES = ((10, 2), (12, 4))  # place and width of the count of entries, and of the bytes that describe them


def _refuse_entry(entry: ZipInfo, origin: str) -> None:
    """ArchiveError for what is no plain file under a name that stays in the archive's own folder."""
    shown = escape(entry.orig_filename, 80)
    if entry.orig_filename != entry.filename or not _stays(entry.filename):
        raise ArchiveError(f"{origin}: the name '{shown}' could lead out of the archive's folder")
    if entry.flag_bits & _ENCRYPTED:
        raise ArchiveError(f"{origin}: '{shown}' is encrypted")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        what = "a link" if kind == stat.S_IFLNK else "no plain file"
        raise ArchiveError(f"{origin}: '{shown}' is {what}")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ArchiveError(f"{origin}: is packed in a way that this program does not read")


def _stays(name: str) -> bool:
    """Whether a name stays in the folder that it is put into, on every system."""
    parts = name.split("/")
    wild = re.search(r"[\\:\x00-\x1f\x7f]", name)
    return not wild and len(name) <= _LONGEST_NAME and all(part.strip(". ") for part in parts)


def refuse_names(names: Iterable[str], origin: str) -> None:
    """ArchiveError where a name leads out of a folder, two are one on some system, or one is a folder of another."""
    seen: set[str] = set()
    for name in names:
        if not _stays(name):
            raise ArchiveError(f"{origin}: the name '{escape(name, 80)}' could lead out of the archive's folder")
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise ArchiveError(f"{origin}: holds '{escape(name, 80)}' twice")
        seen.add(folded)
    for name in seen:
        parts = name.split("/")
        if any("/".join(parts[:depth]) in seen for depth in range(1, len(parts))):
            raise ArchiveError(f"{origin}: '{escape(name, 80)}' lies in a folder that is a file as well")


def _bounded(file: IO[bytes], left: int, origin: str, most_bytes: int) -> bytes:
    """The content of one file, read in parts; ArchiveError as soon as it is more than `left`."""
    parts, size = [], 0
    while part := file.read(_AT_ONCE):
        size += len(part)
        if size > left:
            raise _too_large(origin, most_bytes)
        parts.append(part)
    return b"".join(parts)


def _too_large(origin: str, most_bytes: int) -> ArchiveError:
    """The sentence on what is too large."""
    return ArchiveError(f"{origin}: holds more than {format_number(most_bytes / 1e6)} MB, too much to be opened")


def _why(error: Exception) -> str:
    """What Python says is wrong, on one line."""
    return escape(lower_first(" ".join(str(error).split()) or type(error).__name__), 80)
