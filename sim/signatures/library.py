"""The library that signs and reads, c2pa-python; loaded where a file needs it, for it takes a tenth of a second."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Any

from sim.formatting import lower_first
from sim.signatures.problems import SignatureError

INSTALL = "pip install 'heavypress[sign]'"
LABEL = "heavypress.figure"  # of the claims of our own
MOST_BYTES = 64_000_000  # of a figure
_MOST_PEM_BYTES = 1_000_000
_TYPE = bytes.fromhex("63327061 0011 0010 8000 00aa00389b71")  # of a manifest, as it stands in PNG and PDF files
_ELEMENT = b"<c2pa:manifest"  # in SVG files
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\s*", re.DOTALL)


def library() -> Any | None:
    """The module; None where the extra is not installed."""
    try:
        import c2pa
    except ImportError:
        return None
    return c2pa


def form_of(content: bytes) -> str:
    """png, pdf or svg, by what a file begins with; empty for any other."""
    if content.startswith(b"\x89PNG"):
        return "png"
    if content[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    return "svg" if content.lstrip()[:5] in (b"<?xml", b"<svg ") and b"<svg" in content[:4096] else ""


def carries_manifest(content: bytes) -> bool:
    """Whether a figure carries a C2PA manifest, by its mark."""
    form = form_of(content)
    return (_ELEMENT if form == "svg" else _TYPE) in content if form else False


def bounded(path: Path, most_bytes: int = _MOST_PEM_BYTES) -> bytes:
    """The content of a file; SignatureError where it cannot be read, or is larger than any of its kind."""
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise SignatureError(f"{path}: cannot be read: {lower_first(error.strerror or 'unknown reason')}") from None
    if len(content) > most_bytes:
        raise SignatureError(f"{path}: is larger than {most_bytes / 1e6:g} MB")
    return content


def certificates(path: Path) -> str:
    """The certificates in a file as PEM, and nothing else that it may hold. Raises SignatureError."""
    found = b"".join(_CERTIFICATE.findall(bounded(path)))
    if not found:
        raise SignatureError(f"{path}: holds no certificate (PEM)")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=found.decode("ascii"))
    except (ssl.SSLError, ValueError):
        raise SignatureError(f"{path}: holds a certificate that cannot be read") from None
    return found.decode("ascii")
