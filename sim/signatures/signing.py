"""Signed copies of figures, by a certificate and a key that stay where they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from sim.charts.carriers import CARRIERS, FIGURE, RECORD, RUN, DamagedError, broken
from sim.export import UnwritableError
from sim.formatting import escape, join_words
from sim.signatures.library import INSTALL, LABEL, MOST_BYTES, bounded, carries_manifest, certificates, form_of, library
from sim.signatures.problems import SignatureError
from sim.sweeps import files as whole
from sim.version import __version__

_TYPES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
# What a chart is by the terms of the press: a picture of data, drawn by rules.
_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/dataDrivenMedia"
_KEY = re.compile(rb"-----BEGIN ((?:[A-Z]+ )*)PRIVATE KEY-----(.+?)-----END \1PRIVATE KEY-----\s*", re.DOTALL)
_NO_PASSWORD = "openssl pkcs8 -topk8 -nocrypt -in {} -out plain.pem"
_REFUSED = {  # what the library says, and whose fault it is
    "does not match the provided data or public key": "{key}: is not the key of the first certificate in {certificate}",
    "not valid at time of signing": "{certificate}: its first certificate is expired, or not valid yet",
    "self-signed": "{certificate}: its first certificate is signed by itself; that of the signer comes first, "
    "then those that vouch for it",
    "invalid signing credentials": "{key}: is no key for --alg {algorithm}",
    "http resolver": "--timestamp {timestamp}: nobody answers there",
    "HTTP error": "--timestamp {timestamp}: no time stamp came from there",
}


@dataclass(frozen=True)
class Credentials:
    """Who signs: chain and key as PEM, the files they are from, and where time stamps come from, None for none."""

    certificate: Path
    key: Path
    algorithm: str
    timestamp: str | None
    chain: str = field(repr=False)
    secret: bytes = field(repr=False)

    @classmethod
    def read(cls, certificate: Path, key: Path, algorithm: str = "es256", timestamp: str | None = None) -> Credentials:
        """From the files of a chain, the signer's certificate first, and of its key. Raises SignatureError.

        Of the chain only certificates are taken: a key in the same file would be written into what is signed.
        """
        if timestamp is not None and not timestamp.startswith(("http://", "https://")):
            raise SignatureError(f"--timestamp {escape(timestamp)}: is no address that begins with http:// or https://")
        return cls(certificate, key, algorithm, timestamp, certificates(certificate), _secret(key))


def _secret(path: Path) -> bytes:
    """The private key in a file; SignatureError, which shows nothing of it, where it cannot be used as it is."""
    found = _KEY.search(bounded(path))
    if found is None:
        raise SignatureError(f"{path}: holds no private key (PEM)")
    plain = _NO_PASSWORD.format(path)
    if b"ENCRYPTED" in found[1] or b"ENCRYPTED" in found[2]:
        raise SignatureError(f"{path}: needs a password; write the key without one for the time of signing: {plain}")
    if found[1]:
        raise SignatureError(f"{path}: is a key of an older form; write it in PKCS #8: {plain}")
    return found[0]


def sign(files: Sequence[Path], folder: Path, credentials: Credentials) -> list[Path]:
    """Write signed copies of figures into a folder; returns them. Nothing is written where one cannot be signed.

    Raises SignatureError, and UnwritableError for what cannot be written or is there already.
    """
    if folder.exists() and not folder.is_dir():
        raise UnwritableError(f"{folder}: is a file; name a folder")
    copies = [folder / path.name for path in files]
    for path, copy in zip(files, copies, strict=True):
        if copies.count(copy) > 1:
            raise UnwritableError(f"{path}: two of the files have this name; sign them into folders of their own")
        if copy.exists():
            raise UnwritableError(f"{copy}: is there already; name another folder with --out")
    contents = [signed(bounded(path, MOST_BYTES), path, credentials) for path in files]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for copy, content in zip(copies, contents, strict=True):
            whole.write(copy, content)
    except OSError as error:
        raise UnwritableError(f"{folder}: cannot be written: {error.strerror}") from None
    return copies


def signed(content: bytes, path: Path, credentials: Credentials) -> bytes:
    """The file of a figure, which sentences call `path`, with a signature. Raises SignatureError."""
    words = _words(content, path)
    c2pa = library()
    if c2pa is None:
        raise SignatureError(f"signing needs the optional extra sign: {INSTALL}")
    settings = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_after_sign": True}}
    form, out = _TYPES[form_of(content)], BytesIO()
    about = credentials.algorithm, credentials.chain.encode(), credentials.secret, credentials.timestamp
    try:
        signer, context = c2pa.Signer.from_info(c2pa.C2paSignerInfo(*about)), c2pa.Context.from_dict(settings)
        with signer, context, c2pa.Builder(_claims(words), context=context) as builder:
            builder.sign(signer, form, BytesIO(content), out)
    except c2pa.C2paError as error:
        raise SignatureError(_refusal(str(error), path, credentials)) from None
    return out.getvalue()


def _words(content: bytes, path: Path) -> dict[str, str]:
    """The words of a figure that may be signed; SignatureError for any other file."""
    form = form_of(content)
    if not form:
        raise SignatureError(f"{path}: is no PNG, SVG or PDF")
    try:
        words = CARRIERS[form].words(content)
        parts = set(broken(content, form)) & {"picture", "words"} if FIGURE in words else set()
    except DamagedError as error:
        raise SignatureError(f"{path}: {error}") from None
    if FIGURE not in words:
        raise SignatureError(f"{path}: is no figure of this program; it carries no words of ours")
    if parts:
        raise SignatureError(f"{path}: its {join_words(sorted(parts))} changed since it was written; verify says more")
    if carries_manifest(content):
        raise SignatureError(f"{path}: is signed already; sign the file as it was before")
    return words


def _claims(words: Mapping[str, str]) -> dict[str, Any]:
    """What is claimed of a figure: what it is, what made it, and of which run it is."""
    record = words.get(RECORD)
    ours = {
        "figure": words[FIGURE],
        "run": words.get(RUN),
        "record": record and f"sha256:{sha256(record.encode('utf8')).hexdigest()}",
    }
    actions = [{"action": "c2pa.created", "digitalSourceType": _SOURCE}]
    return {
        "claim_generator_info": [{"name": "Heavy Press", "version": __version__}],
        "title": words.get("Title", words[FIGURE]),
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": actions}},
            {"label": LABEL, "data": {name: text for name, text in ours.items() if text}},
        ],
    }


def _refusal(message: str, path: Path, credentials: Credentials) -> str:
    """The sentence for what the library refuses; it holds nothing of the key."""
    for says, sentence in _REFUSED.items():
        if says in message:
            return sentence.format(**vars(credentials))
    return f"{path}: cannot be signed: {escape(message)}"
