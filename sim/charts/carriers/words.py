"""Words as they are packed into a file."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode

# What a seal is of: what we write that no program has a reason to change when it saves a file anew.
WORDS = (
    "Title", "Description", "Subject", "Keywords", "Source", "Changes", "Figure", "Run", "Record", "Drawn",
    "dc:title", "dc:description", "dc:source", "dc:identifier",
)  # fmt: skip
LONG = 100  # letters, beyond which a text is packed
MOST_BYTES = 20_000_000  # of a text, unpacked: a record has 50,000


class DamagedError(ValueError):
    """A file that is not whole; the message is one sentence without the name of the file."""


def put(found: dict[str, str], name: str, text: str) -> None:
    """Add a word to those that were found; DamagedError where one of ours stands there with another text already."""
    if name in WORDS and found.get(name, text) != text:
        raise DamagedError(f"holds the word {name} twice, and not the same")
    found[name] = text
    if sum(map(len, found.values())) > MOST_BYTES:
        raise DamagedError(f"holds words of more than {MOST_BYTES / 1e6:g} MB")


def packed(text: str) -> bytes:
    """A text in few bytes."""
    return zlib.compress(text.encode("utf8"), 9)


def unpacked(content: bytes) -> str:
    """The text of `packed`; DamagedError where it is none, or one that would fill the memory."""
    try:
        stream = zlib.decompressobj()
        text = stream.decompress(content, MOST_BYTES)
        if stream.unconsumed_tail:
            raise DamagedError(f"holds a text of more than {MOST_BYTES / 1e6:g} MB")
        return text.decode("utf8")
    except (zlib.error, UnicodeDecodeError):
        raise DamagedError("holds a packed text that cannot be unpacked") from None


def lettered(text: str) -> str:
    """A text packed into letters, for a file that holds no bytes."""
    return b64encode(packed(text)).decode("ascii")


def unlettered(text: str) -> str:
    """The text of `lettered`."""
    try:
        return unpacked(b64decode("".join(text.split()), validate=True))
    except ValueError as error:
        raise error if isinstance(error, DamagedError) else DamagedError("holds letters that are no text") from None
