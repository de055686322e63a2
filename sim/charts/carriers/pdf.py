"""Words in a PDF file: its document information, and a record as an attachment that any reader shows."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from sim.charts.carriers.words import DamagedError, packed, put

# of a document: they change what its pages show
_ACTIVE = ("/OpenAction", "/AA", "/AcroForm", "/OCProperties")
MOST_BYTES = 100_000_000  # of all that a page draws and uses, unpacked; a figure of ours has one million
ATTACHED = {"Record": "run.json"}  # texts that are attachments, by the name of the file


def write(content: bytes, words: Mapping[str, str]) -> bytes:
    """The file with further words."""
    from pypdf import PdfWriter
    from pypdf.generic import NameObject

    writer = PdfWriter(clone_from=BytesIO(content))
    about = {f"/{name}": text for name, text in words.items() if name not in ATTACHED}
    kept = {name: str(text) for name, text in (writer.metadata or {}).items()}
    writer.add_metadata({**kept, **about})
    for name, file in ATTACHED.items():
        if name in words:
            entry: Any = writer.add_attachment(file, packed(words[name])).pdf_object
            entry["/EF"]["/F"].get_object()[NameObject("/Filter")] = NameObject("/FlateDecode")
    writer.write(buffer := BytesIO())
    return buffer.getvalue()


def words(content: bytes) -> dict[str, str]:
    """All texts by name."""
    with _opened(content) as reader:
        found = {str(name).removeprefix("/"): str(text) for name, text in (reader.metadata or {}).items()}
        attached = reader.attachments
        for name, file in ATTACHED.items():
            for text in attached.get(file, []):
                put(found, name, text.decode("utf8", "replace"))
        return found


def picture(content: bytes) -> bytes:
    """Each page's size, its drawing and what that uses, decoded, in an order that does not hang on the file."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

    seen, left = set[int](), MOST_BYTES

    def parts(item: Any) -> Iterator[bytes]:
        if isinstance(item, IndirectObject):
            if item.idnum in seen:
                return
            seen.add(item.idnum)
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            for name in sorted(item):
                if name not in ("/Parent", "/Length", "/Filter", "/DecodeParms"):
                    yield str(name).encode()
                    yield from parts(item.raw_get(name))
            if isinstance(item, StreamObject):
                data = item.get_data()
                nonlocal left
                left -= len(data)
                if left < 0:
                    raise DamagedError(f"holds more than {MOST_BYTES / 1e6:g} MB of drawings")
                yield data
        elif isinstance(item, ArrayObject):
            for each in item:
                yield from parts(each)
        else:
            yield repr(item).encode()

    with _opened(content) as reader:
        drawn = [part for page in reader.pages for part in parts(page)]
        root: Any = reader.trailer["/Root"]
        acts = [part for name in _ACTIVE if name in root for part in (name.encode(), *parts(root.raw_get(name)))]
        names: Any = root.get("/Names", {})
        acts += parts(names.raw_get("/JavaScript")) if "/JavaScript" in names else []
        return b"\0".join([*drawn, *acts])


def swap(content: bytes, old: str, new: str) -> bytes:
    """The file with another text in the place of one."""
    return content.replace(old.encode("ascii"), new.encode("ascii"))


@contextmanager
def _opened(content: bytes) -> Iterator[Any]:
    """The file for reading; whatever is wrong with it is a DamagedError, and warnings about it are not printed."""
    from pypdf import PdfReader

    logger = logging.getLogger("pypdf")
    before = logger.level
    logger.setLevel(logging.CRITICAL)  # of those below it as well, which `disabled` would leave alone
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted:
            raise DamagedError("needs a password; save it without one to have it checked")
        yield reader
    except DamagedError:
        raise
    except Exception as error:  # a broken file breaks its reader in any way
        raise DamagedError(f"is no PDF that can be read: {error}") from None
    finally:
        logger.setLevel(before)
