"""Words in an SVG file: the elements of Dublin Core that it has, and one of our own for a record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError, canonicalize, tostring
from xml.sax.saxutils import escape, quoteattr

from sim.charts.carriers.words import LONG, DamagedError, lettered, put, unlettered

NAMESPACE = "urn:heavypress:figure"
_TAG = f"{{{NAMESPACE}}}word"
_SVG = "{http://www.w3.org/2000/svg}"
_PURL = "{http://purl.org/dc/elements/1.1/}"
_TEXTS = {"title": "Title", "desc": "Description"}
_AT = "</metadata>"
_IDLE = (
    f"{{{NAMESPACE}}}",
    _PURL,
    "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}",
    "{http://creativecommons.org/ns#}",
    "{http://c2pa.org/manifest}",
)
_STYLESHEET = re.compile(rb"<\?xml-stylesheet[^>]{0,2000}")
MOST_BYTES = 20_000_000  # of a drawing, whose tree takes ten times as many


def write(content: bytes, words: Mapping[str, str]) -> bytes:
    """The file with further words at the end of its metadata; long ones are packed."""
    added = [
        f'  <word xmlns="{NAMESPACE}" name={quoteattr(name)} packed="zlib">{lettered(text)}</word>\n'
        if len(text) > LONG
        else f'  <word xmlns="{NAMESPACE}" name={quoteattr(name)}>{escape(text)}</word>\n'
        for name, text in words.items()
    ]
    return re.sub(f" *{_AT}", lambda _: f"{''.join(added)} {_AT}", content.decode("utf8"), count=1).encode("utf8")


def words(content: bytes) -> dict[str, str]:
    """All texts by name: title and description, those of Dublin Core, and our own."""
    root = _root(content)
    found: dict[str, str] = {}
    for name, ours in _TEXTS.items():
        if (element := root.find(f"{_SVG}{name}")) is not None:
            found[ours] = element.text or ""
    for element in root.iter():
        if element.tag == _TAG:
            text = element.text or ""
            put(found, element.get("name", ""), unlettered(text) if element.get("packed") else text)
        elif element.tag.startswith(_PURL):
            found[f"dc:{element.tag.removeprefix(_PURL)}"] = " ".join("".join(element.itertext()).split())
    return found


def picture(content: bytes) -> bytes:
    """The drawing in canonical form (C14N 2.0) without its words, but with all that works from among them.

    A style or a script is obeyed wherever it stands, in metadata as well.
    """
    root = _root(content)
    active = _STYLESHEET.findall(content)
    for tag in (f"{_SVG}metadata", *(f"{_SVG}{name}" for name in _TEXTS)):
        for element in root.findall(tag):
            inside = (each for each in list(element.iter())[1:] if not each.tag.startswith(_IDLE))
            active += [repr((each.tag, sorted(each.attrib.items()), each.text)).encode("utf8") for each in inside]
            root.remove(element)
    try:
        drawing = canonicalize(tostring(root, encoding="unicode"), strip_text=True).encode("utf8")
    except RecursionError:
        raise DamagedError("is no drawing that can be read: its parts lie too deep in one another") from None
    return b"\0".join([drawing, *active])


def swap(content: bytes, old: str, new: str) -> bytes:
    """The file with another text in the place of one."""
    return content.replace(old.encode("utf8"), new.encode("utf8"))


def _root(content: bytes) -> Element:
    """The tree; DamagedError where it is none, or not harmless."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    if len(content) > MOST_BYTES:
        raise DamagedError(f"is larger than {MOST_BYTES / 1e6:g} MB, too much for a drawing of ours")
    try:
        root: Element = fromstring(content)
    except (ParseError, ValueError, LookupError) as error:
        kind = "uses entities, which drawings of ours do not" if isinstance(error, DefusedXmlException) else f"{error}"
        raise DamagedError(f"is no drawing that can be read: {kind}") from None
    if root.tag != f"{_SVG}svg":
        raise DamagedError("is no drawing")
    return root
