"""The bytes of a log: any file that can be opened without harm, unpacked as it is read, in chunks of whole lines."""

from __future__ import annotations

import copy
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from sim.formatting import format_number
from sim.queue.logs.problems import Faults, LogError

CHUNK_BYTES = 1 << 22
LONGEST_LINE = 1_000_000  # bytes
Progress = Callable[[int, int, str], None]
"""done, of, what: bytes read of the bytes there are."""

GZIP = b"\x1f\x8b"
_ANY_GZIP = 31  # zlib's window size for gzip with its check sums
_PACKED = {
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"\x04\x22\x4d\x18": "lz4",
}
# What is packed or binary and has another way out; where the mark stands, the mark, and what to say.
_BINARY = (
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook; save its sheet of jobs as CSV (UTF-8)"),
    (0, b"SQLite format 3\0", "is an SQLite database; write its table of jobs as CSV: sqlite3 -header -csv"),
    (0, b"ARROW1", "is an Arrow file; write the table as Parquet"),
    (0, b"\x89HDF", "is an HDF5 file; write its table of jobs as Parquet or CSV"),
    (257, b"ustar", "is a tar archive; unpack it with tar -xf, and name the log in it"),
)
_WORKBOOK = (b"[Content_Types].xml", b"opendocument.spreadsheet")  # names within a zip file
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


class Source:
    """A log opened for reading; `head` is its beginning, unpacked, by which the format is recognised."""

    def __init__(self, path: Path, faults: Faults, progress: Progress | None = None) -> None:
        """Open the file; LogError where it is none, or packed in a way that is not read."""
        self.path, self.faults, self.origin = path, faults, str(path)
        self._progress = progress or (lambda done, of, what: None)
        self._done, self._size = 0, 0
        self._first_line = 1
        self._file = self._opened()
        self._blocks = self._unpacked()
        try:
            self._size = self._sized()
            self.head = next(self._blocks, b"")
            self._refuse_what_is_no_text()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def chunks(self) -> Iterator[tuple[int, bytes]]:
        """(number of the first line, whole lines each with its end) until the file ends.

        Where a packed file breaks off, the line in which it does is counted as cut short.
        """
        line, rest = self._first_line, self.head.removeprefix(BYTE_ORDER_MARK)
        for block in self._blocks:
            cut = rest.rfind(b"\n") + 1
            if not cut and len(rest) > LONGEST_LINE:
                raise LogError(
                    self.origin,
                    [f"line {format_number(line)} has more than {format_number(LONGEST_LINE)} bytes: no log"],
                )
            if cut:
                yield line, rest[:cut]
                line += rest.count(b"\n", 0, cut)
            rest = rest[cut:] + block
        if self.faults.broken:
            cut = rest.rfind(b"\n") + 1
            rest, partial = rest[:cut], rest[cut:]
            if partial:
                self.faults.add("cut_short", [line + rest.count(b"\n")])
        if rest:
            yield line, rest if rest.endswith(b"\n") else rest + b"\n"

    def whole(self) -> bytes:
        """All bytes at once, unpacked: for formats that have no lines."""
        return b"".join(chain([self.head.removeprefix(BYTE_ORDER_MARK)], self._blocks))

    def rewritten(self, header: str, blocks: Iterator[bytes]) -> Source:
        """The same source with other text: what a reader made out of its bytes. The header is line 0."""
        made = copy.copy(self)
        made.head, made._blocks, made._first_line = f"{header}\n".encode(), blocks, 0
        return made

    def _opened(self) -> BinaryIO:
        """The open file: never a folder, a device or a pipe."""
        try:
            self._refuse_other_than_file(os.stat(self.path).st_mode)
            # a pipe put in the file's place meanwhile is opened without waiting for a writer, and seen for what it is
            return os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
        except LogError:
            raise
        except (FileNotFoundError, NotADirectoryError):
            raise LogError(self.origin, ["no such file"]) from None
        except OSError as error:
            raise LogError(self.origin, [f"cannot be read: {(error.strerror or 'unknown').lower()}"]) from None
        except ValueError:
            raise LogError(self.origin, ["cannot be read: no path can hold these characters"]) from None

    def _sized(self) -> int:
        """Bytes of the open file; LogError where it is none or has none."""
        about = os.fstat(self._file.fileno())
        self._refuse_other_than_file(about.st_mode)
        if not about.st_size:
            raise LogError(self.origin, ["is empty"])
        return about.st_size

    def _refuse_other_than_file(self, mode: int) -> None:
        """LogError for what is no regular file."""
        if not stat.S_ISREG(mode):
            what = _KINDS.get(stat.S_IFMT(mode), "a device")
            raise LogError(self.origin, [f"is {what}; name a file (SWF, sacct, CSV or Parquet)"])

    def _refuse_what_is_no_text(self) -> None:
        """LogError for other encodings, other packings and binary files."""
        for mark, encoding in _MARKS.items():
            if self.head.startswith(mark):
                raise LogError(self.origin, [f"is saved as {encoding}; save it as plain UTF-8"])
        for place, mark, sentence in _BINARY:
            if self.head.startswith(mark, place):
                raise LogError(self.origin, [sentence])
        if self.head.startswith(b"PK") and any(name in self.head for name in _WORKBOOK):
            raise LogError(self.origin, ["is a workbook of Excel or Calc; save its sheet of jobs as CSV (UTF-8)"])
        for magic, packing in _PACKED.items():
            if self.head.startswith(magic):
                raise LogError(self.origin, [f"is packed with {packing}; unpack it, or pack it with gzip"])
        if not self.head:
            raise LogError(self.origin, [f"holds nothing: {self.faults.broken or 'the packed file is empty'}"])
        if not self.is_parquet and b"\0" in self.head:
            raise LogError(self.origin, ["is binary, no log in SWF, sacct, CSV or Parquet"])

    @property
    def is_parquet(self) -> bool:
        """True where the file begins as Parquet does."""
        return self.head.startswith(b"PAR1")

    # What comes out of the file, packed or not.

    def _raw(self) -> Iterator[bytes]:
        """Blocks as they stand in the file."""
        while True:
            try:
                block = self._file.read(CHUNK_BYTES)
            except OSError as error:
                raise LogError(self.origin, [f"cannot be read: {(error.strerror or 'unknown').lower()}"]) from None
            if not block:
                return
            self._done += len(block)
            self._progress(self._done, self._size, "reading the log")
            yield block

    def _unpacked(self) -> Iterator[bytes]:
        """Blocks of at most CHUNK_BYTES, unpacked where the file begins as gzip does."""
        raw = self._raw()
        first = next(raw, b"")
        if not first.startswith(GZIP):
            if first:
                yield first
            yield from raw
            return
        yield from self._inflated(first, raw)

    def _inflated(self, pending: bytes, raw: Iterator[bytes]) -> Iterator[bytes]:
        """The members of a gzip file, one after the other; LogError where one is damaged."""
        member = zlib.decompressobj(wbits=_ANY_GZIP)
        while True:
            if not pending and not member.eof:
                pending = next(raw, b"")
                if not pending:
                    self.faults.broken = "the gzip file ends early"
                    return
            try:
                block = member.decompress(pending, CHUNK_BYTES)
            except zlib.error:
                # its check sums are wrong or its bytes make no sense: what came out so far may be wrong as well
                raise LogError(self.origin, ["is a damaged gzip file"]) from None
            if block:
                yield block
            pending = member.unconsumed_tail
            if member.eof:
                # after a member comes another one, or padding, or the end
                pending = member.unused_data.lstrip(b"\0") or next(raw, b"").lstrip(b"\0")
                if not pending:
                    return
                member = zlib.decompressobj(wbits=_ANY_GZIP)
