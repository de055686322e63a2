"""Pictures in office documents, with the text that stands for them."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from posixpath import dirname, join, normpath
from xml.etree.ElementTree import Element, ParseError

from sim.packs.archive import read_archive

MEDIA = re.compile(r"(^|/)(media|Pictures)/[^/]+$", re.IGNORECASE)
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")  # what they begin with
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FRAMES = {"inline", "anchor", "pic", "graphicFrame"}  # what holds a picture and its alternative text
_THUMBNAIL = "docProps/"  # where a program keeps a small picture of the first page
_DATA = re.compile(r"""\ssrc\s*=\s*["']?data:image/[a-z+]+;base64,([A-Za-z0-9+/=\s]+)""", re.IGNORECASE)


def pictures(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes, str]]:
    """Name, content and alternative text of each picture of a document, in its order of names."""
    beside = _alternatives(files)
    for name, content in sorted(files.items()):
        # wherever it lies: a document may show a picture out of any folder
        shown = content.startswith(PICTURES) or b"<svg" in content[:4096].lower()
        if MEDIA.search(name) or (shown and not name.startswith(_THUMBNAIL)):
            yield name, content, beside.get(name, "")


def elsewhere(files: Mapping[str, bytes]) -> bool:
    """Whether a document links to pictures that are not in it."""
    trees = (_tree(content) for name, content in files.items() if name.endswith(".rels"))
    links = (node for root in trees if root is not None for node in root.iter())
    return any(node.get("TargetMode") == "External" and node.get("Type", "").endswith("/image") for node in links)


def _alternatives(files: Mapping[str, bytes]) -> dict[str, str]:
    """The alternative text of each picture, by its name in the document."""
    found: dict[str, str] = {}
    for name in files:
        links = _links(files, name)
        root = _tree(files[name]) if links else None
        for frame in root.iter() if root is not None else ():
            if frame.tag.rpartition("}")[2] not in _FRAMES:
                continue
            inside = list(frame.iter())
            text = " ".join(filter(None, (node.get("descr") or node.get("title") for node in inside)))
            for target in (node.get(f"{_RELATION}embed", "") for node in inside):
                if target in links and text:
                    found.setdefault(links[target], text)
    return found


def _links(files: Mapping[str, bytes], name: str) -> dict[str, str]:
    """What the relations of a part lead to, by their ids; none where it has none."""
    folder = dirname(name)
    root = _tree(files.get(f"{folder}/_rels/{name.rpartition('/')[2]}.rels".lstrip("/"), b""))
    if root is None:
        return {}
    return {
        node.get("Id", ""): normpath(join(folder, node.get("Target", ""))).lstrip("/")
        for node in root
        if node.get("TargetMode") != "External"
    }


def _tree(content: bytes) -> Element | None:
    """An XML tree; None where there is none, or one that is not harmless."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(content)
        return root
    except (ParseError, DefusedXmlException, ValueError):
        return None


def paragraphs(content: bytes) -> Iterator[str]:
    """The paragraphs of the body of a Word document, those of cells among them."""
    root = _tree(read_archive(content).get("word/document.xml", b""))
    for node in root.iter(f"{_WORD}p") if root is not None else ():
        yield "".join(part.text or "" for part in node.iter(f"{_WORD}t"))


def drawings(page: str) -> Iterator[tuple[str, bytes]]:
    """Place and content of each drawing and picture inside a page of the web."""
    lower = page.lower() if len(page.lower()) == len(page) else page  # names of elements are so in any case
    start, end, number = lower.find("<svg"), 0, 0
    while start >= 0 and (end := lower.find("</svg>", start)) >= 0:
        number += 1
        yield f"drawing {number}", page[start : end + len("</svg>")].encode("utf8")
        start = lower.find("<svg", end)
    for number, found in enumerate(_DATA.finditer(page), 1):
        with suppress(ValueError):
            yield f"picture {number}", b64decode("".join(found[1].split()))
