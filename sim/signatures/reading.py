"""What the signature of a file says, whether it holds, and what vouches for who made it.

A signature never enters the verdict on a figure, nor the verdict the signature: they are about different things.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from sim.formatting import escape, lower_first
from sim.signatures.library import INSTALL, LABEL, carries_manifest, form_of, library

VALID, EXPIRED, BROKEN, UNCHECKED = "valid", "expired", "broken", "not checked"
_UNTRUSTED, _TRUSTED, _EXPIRED = "signingCredential.untrusted", "signingCredential.trusted", "signingCredential.expired"
_WHY = {
    "assertion.dataHash": "the file changed since it was signed",
    "assertion.hashedURI": "its claims changed since it was signed",
    "claimSignature": "its claims or its signature changed since it was signed",
}  # by what the code of a failure begins with
_OFFLINE = {"remote_manifest_fetch": False, "ocsp_fetch": False}
_LONGEST = 80  # letters of a name that a certificate gives


@dataclass(frozen=True)
class Signature:
    """A signature. `state`: valid, expired, broken or not checked. `trusted`: None where no trust list was given, or
    where the signature is not valid. `figure`, `run`: what it was signed as. `about`: all of it as words."""

    state: str
    about: str
    signer: str = ""
    issuer: str = ""
    valid_until: str = ""  # ISO 8601, as the next
    time_stamp: str = ""
    trusted: bool | None = None
    figure: str = ""
    run: str = ""


def read_signature(content: bytes, anchors: str = "") -> Signature | None:
    """The signature of a PNG, SVG or PDF file; None where it carries none.

    anchors: certificates of those who are trusted, as PEM; empty: the signature is held against no list. Nothing is
    fetched from elsewhere.
    """
    if not carries_manifest(content):
        return None
    c2pa = library()
    if c2pa is None:
        return Signature(UNCHECKED, f"carries a C2PA signature, which is not checked: {INSTALL}")
    settings: dict[str, Any] = {"verify": {**_OFFLINE, "verify_trust": bool(anchors)}}
    settings |= {"trust": {"trust_anchors": anchors}} if anchors else {}
    try:
        context = c2pa.Context.from_dict(settings)
        with context, c2pa.Reader(form_of(content), BytesIO(content), context=context) as reader:
            label = (reader.get_active_manifest() or {}).get("label")
            manifests = json.loads(reader.crjson())["manifests"]
        return _read(next(each for each in manifests if each["label"] == label), bool(anchors))
    except (c2pa.C2paError, ValueError, KeyError, StopIteration):
        return Signature(BROKEN, "broken: it is damaged and cannot be read")


def _read(manifest: Mapping[str, Any], listed: bool) -> Signature:
    """The signature in a manifest; `listed`: whether it was held against a trust list."""
    signed, results = manifest.get("signature", {}), manifest["validationResults"]
    certificate, stamp = signed.get("certificateInfo", {}), signed.get("timeStampInfo", {})
    succeeded = {each["code"] for each in results.get("success", ())}
    failed = {each["code"]: str(each.get("explanation", "")) for each in results.get("failure", ())}
    faults = failed.keys() - {_UNTRUSTED}
    state = EXPIRED if faults == {_EXPIRED} else BROKEN if faults else VALID
    claims = manifest.get("assertions", {}).get(LABEL, {})
    found: dict[str, Any] = {
        "signer": _name(certificate.get("subject", {})),
        "issuer": _name(certificate.get("issuer", {})),
        "valid_until": str(certificate.get("validity", {}).get("notAfter", "")),
        "time_stamp": str(stamp.get("timestamp", "")) if "timeStamp.validated" in succeeded else "",
        "figure": _word(claims.get("figure", "")),
        "run": _word(claims.get("run", "")),
    }
    trusted = _TRUSTED in succeeded if listed and state == VALID else None
    if state == BROKEN:
        why = _why({code: failed[code] for code in faults})
        return Signature(state, f"broken: {why}; it names {found['signer']} as who signed it", **found)
    stamped = "timeStamp.trusted" in succeeded
    return Signature(state, _sentence(state, found, trusted, stamped), trusted=trusted, **found)


def _sentence(state: str, found: Mapping[str, str], trusted: bool | None, stamped: bool) -> str:
    """A signature that holds, in words."""
    what = " of run ".join(filter(None, (found["figure"], found["run"])))
    who = f"signed by {found['signer']} (issuer {found['issuer']}){f' as {what}' if what else ''}"
    until = found["valid_until"][:10]
    stamp = found["time_stamp"][:16].replace("T", " ")
    when = f", time stamp {stamp} UTC {'on' if stamped else 'not on'} a trust list" if stamp else ""
    if state == EXPIRED:
        return f"{who}, certificate expired on {until}{when}; no trusted time stamp says that it was signed before"
    listed = {
        None: "not checked against a trust list", True: "on the trust list given", False: "not on the trust list given",
    }  # fmt: skip
    return f"{who}, certificate valid until {until}, {listed[trusted]}{when}"


def _why(failed: Mapping[str, str]) -> str:
    """What is broken, by the codes of the library; what changed in the file comes before what follows from it."""
    for begins, why in _WHY.items():
        if any(code.startswith(begins) for code in failed):
            return why
    return lower_first(_word(next(iter(failed.values()))))


def _name(names: Mapping[str, Any]) -> str:
    """The name in a certificate, which may be anything."""
    return _word(names.get("CN") or names.get("O") or "nobody by name")


def _word(text: Any) -> str:
    """A word of others on one line that no terminal obeys."""
    return escape(str(text), _LONGEST)
