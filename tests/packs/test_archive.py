"""Zip files are written the same to the last byte, and what could harm who reads one is refused in one sentence."""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tracemalloc import get_traced_memory, start, stop
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sim.packs import ArchiveError, archive_bytes, read_archive

NAMES = some.text("abcXYZ09_-. é中", min_size=1, max_size=12).filter(lambda name: name.strip(". "))


def zipped(*entries: tuple[str | ZipInfo, bytes], compression: int = ZIP_DEFLATED) -> bytes:
    """A zip of these entries in their order, whatever their names."""
    with ZipFile(content := BytesIO(), "w", compression) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return content.getvalue()


def special(mode: int) -> ZipInfo:
    """An entry of another kind than a file."""
    entry = ZipInfo("way")
    entry.create_system, entry.external_attr = 3, mode << 16
    return entry


def flagged(content: bytes) -> bytes:
    """The same zip, said to be encrypted in both places."""
    local, central = content.find(b"PK\x03\x04"), content.find(b"PK\x01\x02")
    marked = bytearray(content)
    marked[local + 6] |= 1
    marked[central + 8] |= 1
    return bytes(marked)


def renamed(content: bytes, old: bytes, new: bytes) -> bytes:
    """The same zip with another name of the same length in it."""
    assert len(old) == len(new)
    return content.replace(old, new)


def understated(size: int, said: int) -> bytes:
    """A zip whose file unpacks to `size` zeros and claims to have `said`."""
    content = bytearray(zipped(("zeros", bytes(size))))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.find(mark) + at
        content[place : place + 4] = struct.pack("<I", said)
    return bytes(content)


@given(some.dictionaries(NAMES, some.binary(max_size=300), max_size=6))
def test_what_is_written_is_read_back_and_written_the_same(files: dict[str, bytes]) -> None:
    folded = {name.casefold() for name in files}
    content = archive_bytes(files)
    assert content == archive_bytes(dict(reversed(files.items())))
    if len(folded) == len(files):
        assert read_archive(content) == files


def test_every_entry_has_the_same_day_and_rights() -> None:
    with ZipFile(BytesIO(archive_bytes({"b.csv": b"1", "a.png": b"2"}))) as archive:
        first, second = archive.infolist()
    assert [first.filename, second.filename] == ["a.png", "b.csv"]
    assert first.date_time == second.date_time == (1980, 1, 1, 0, 0, 0)
    assert first.external_attr >> 16 == second.external_attr >> 16 == stat.S_IFREG | 0o644


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a climber": (lambda: zipped(("../x", b"")), "could lead out of"),
    "a climber in the middle": (lambda: zipped(("a/../../x", b"")), "could lead out of"),
    "an absolute name": (lambda: zipped(("/etc/x", b"")), "could lead out of"),
    "a drive": (lambda: zipped(("C:x", b"")), "could lead out of"),
    "a backslash": (lambda: zipped(("..\\x", b"")), "could lead out of"),
    "a name of dots and spaces": (lambda: zipped((".. /x", b"")), "could lead out of"),
    "a line break in a name": (lambda: zipped(("a\nb", b"")), r"the name 'a\\nb' could lead out of"),
    "a name that ends early": (lambda: renamed(zipped(("a_b", b"")), b"a_b", b"a\0b"), "could lead out of"),
    "a long name": (lambda: zipped(("a" * 300, b"")), "could lead out of"),
    "a link": (lambda: zipped((special(stat.S_IFLNK | 0o777), b"/etc/passwd")), "'way' is a link"),
    "a device": (lambda: zipped((special(stat.S_IFCHR | 0o666), b"")), "'way' is no plain file"),
    "a name twice": (lambda: renamed(zipped(("a", b"1"), ("b", b"2")), b"b", b"a"), "holds 'a' twice"),
    "a name in two cases": (lambda: zipped(("Run.json", b"1"), ("run.json", b"2")), "holds 'run.json' twice"),
    "a name in two forms": (lambda: zipped(("\xe9", b"1"), ("e\u0301", b"2")), "twice"),
    "a file that is a folder": (lambda: zipped(("a", b"1"), ("a/b", b"2")), "lies in a folder that is a file"),
    "a secret": (lambda: flagged(zipped(("a", b"1" * 50))), "'a' is encrypted"),
    "many files": (lambda: zipped(*((f"{n}", b"") for n in range(21))), "holds more than 20 files"),
    "a bomb that says so": (lambda: zipped(("zeros", bytes(200_000))), "holds more than 0.1 MB"),
    "two halves of a bomb": (lambda: zipped(("a", bytes(60_000)), ("b", bytes(60_000))), "holds more than 0.1 MB"),
    "a bomb that does not": (lambda: understated(200_000, 10), "is damaged or cut short"),
    "another packing": (lambda: zipped(("a", b"1" * 50), compression=ZIP_BZIP2), "is packed in a way that"),
    "a large file": (lambda: bytes(100_001), "holds more than 0.1 MB"),
    "nothing": (lambda: b"", "is no zip file"),
    "another file": (lambda: b"\x89PNG\r\n" * 20, "is no zip file"),
    "a cut file": (lambda: zipped(("a", b"1" * 50))[:60], "is damaged or cut short"),
    "a file without its beginning": (lambda: zipped(("a", zlib.compress(b"1" * 99)))[20:], "is damaged or cut short"),
    "a long list of names": (lambda: directory_of(2 << 20), "its list of files is larger than 1,048,576 bytes"),
}  # fmt: skip


def directory_of(size: int) -> bytes:
    """The end of a zip that says its list of files is so large."""
    content = bytearray(zipped(("a", b"")))
    content[-10:-6] = struct.pack("<I", size)
    return bytes(content)


@pytest.mark.parametrize("what", REFUSED)
def test_what_could_harm_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    made, sentence = REFUSED[what]
    (path := tmp_path / "pack.zip").write_bytes(made())
    for source, origin in ((path, str(path)), (path.read_bytes(), "mail.zip")):
        with pytest.raises(ArchiveError, match=sentence) as refusal:
            read_archive(source, most_bytes=100_000, most_files=20, name="mail.zip")
        assert str(refusal.value).startswith(origin) and "\n" not in str(refusal.value)


def test_any_bit_that_flips_in_a_file_is_noticed_or_harmless() -> None:
    files = {"run.json": b'{"run": 1}', "data/a.csv": b"a,b\n1,2\n" * 20}
    content = archive_bytes(files)
    for place in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << place % 8
        try:
            found = read_archive(bytes(flipped))
        except ArchiveError:
            continue
        # a name may change and the files of a pack are then others; what stands under a name is never other content
        assert all(files[name] == data for name, data in found.items() if name in files)


def test_a_bomb_does_not_fill_the_memory() -> None:
    bomb = understated(50_000_000, 900_000)
    start()
    with pytest.raises(ArchiveError):
        read_archive(bomb, most_bytes=1_000_000)
    most = get_traced_memory()[1]
    stop()
    assert most < 10_000_000


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no such file"):
        read_archive(tmp_path / "none.zip")
    with pytest.raises(ArchiveError, match="is no file"):
        read_archive(tmp_path)


def test_folders_are_left_out() -> None:
    assert read_archive(zipped(("a/", b""), ("a/b", b"1"))) == {"a/b": b"1"}
