"""Words in the chunks of a PNG file (ISO/IEC 15948): tEXt, zTXt and iTXt."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from io import BytesIO
from zlib import crc32

from sim.charts.carriers.words import LONG, DamagedError, packed, put, unpacked

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END, _PIXELS, _ANIMATION = b"IEND", b"IDAT", b"acTL"
_LATIN = "latin-1"
_USUAL_GAMMA = (45455).to_bytes(4, "big")  # that of sRGB, in hundred thousandths
_ORIENTATION = 0x112  # in EXIF; 1 is upright
MOST_PIXELS = 40_000_000  # of a figure, whose own at 300 dots per inch are 4,000,000


def chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and data of each chunk; DamagedError at the first that is cut off or has another check sum."""
    if not content.startswith(SIGNATURE):
        raise DamagedError("does not begin as a PNG file does")
    at, kind = len(SIGNATURE), b""
    while kind != _END:
        size = int.from_bytes(content[at : at + 4], "big")
        kind, data, check = content[at + 4 : at + 8], content[at + 8 : at + 8 + size], content[at + 8 + size :][:4]
        if len(check) < 4:
            raise DamagedError(f"is cut off: it ends after {len(content):,} bytes, before the end of its picture")
        if crc32(kind + data).to_bytes(4, "big") != check:
            raise DamagedError(f"is damaged between the bytes {at:,} and {at + 12 + size:,}")
        yield kind, data
        at += 12 + size
    if at != len(content):
        raise DamagedError(f"goes on for {len(content) - at:,} bytes after the end of its picture")


def write(content: bytes, words: Mapping[str, str]) -> bytes:
    """The file with further words before its pixels, where readers find them without reading all; long ones packed."""
    texts = [
        chunk(b"iTXt", name.encode(_LATIN) + b"\0\1\0\0\0" + packed(text))
        if len(text) > LONG or not text.isascii()
        else chunk(b"tEXt", name.encode(_LATIN) + b"\0" + text.encode(_LATIN))
        for name, text in words.items()
    ]
    parts = [(kind, chunk(kind, data)) for kind, data in chunks(content)]
    first = [kind for kind, _ in parts].index(_PIXELS)
    whole = [part for _, part in parts]
    return b"".join([SIGNATURE, *whole[:first], *texts, *whole[first:]])


def words(content: bytes) -> dict[str, str]:
    """All texts by name."""
    found: dict[str, str] = {}
    for kind, data in chunks(content):
        name, _, rest = data.partition(b"\0")
        if kind == b"tEXt":
            put(found, name.decode(_LATIN), rest.decode(_LATIN))
        elif kind == b"zTXt":
            put(found, name.decode(_LATIN), unpacked(rest[1:]))
        elif kind == b"iTXt":
            text = rest[2:].split(b"\0", 2)[-1]
            put(found, name.decode(_LATIN), unpacked(text) if rest[:1] == b"\1" else text.decode("utf8", "replace"))
    return found


def picture(content: bytes) -> bytes:
    """Size and pixels."""
    from PIL import Image

    parts = dict(chunks(content))  # with all check sums
    if _ANIMATION in parts:
        raise DamagedError("is animated, which figures of ours are not")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content)) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise DamagedError(f"has {opened.width} x {opened.height} pixels, more than {MOST_PIXELS:,}")
                shown = [repr(opened.size), *_shown_otherwise(parts), str(opened.getexif().get(_ORIENTATION, 1))]
                return "/".join(shown).encode() + opened.convert("RGBA").tobytes()
    except DamagedError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise DamagedError(f"holds a picture that cannot be read: {error}") from None


def _shown_otherwise(parts: Mapping[bytes, bytes]) -> list[str]:
    """What makes a viewer show the pixels darker, or wider than high; none of what other programs usually add."""
    gamma, size = parts.get(b"gAMA", _USUAL_GAMMA), parts.get(b"pHYs", b"")
    return [gamma.hex() if gamma != _USUAL_GAMMA else "", size.hex() if size[:4] != size[4:8] else ""]


def swap(content: bytes, old: str, new: str) -> bytes:
    """The file with another text in the place of one, in the chunks of texts."""
    swapped = [SIGNATURE]
    for kind, data in chunks(content):
        swapped.append(chunk(kind, data.replace(old.encode(), new.encode()) if kind in (b"tEXt", b"iTXt") else data))
    return b"".join(swapped)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk with its length and its check sum."""
    return len(data).to_bytes(4, "big") + kind + data + crc32(kind + data).to_bytes(4, "big")
