"""C2PA signatures of figures: who vouches for the bytes of a file, which says nothing about its numbers.

Signing and reading need the optional extra `sign`; that a file carries a signature is seen without it.
"""

from __future__ import annotations

from sim.signatures.library import certificates
from sim.signatures.reading import Signature, read_signature
from sim.signatures.signing import Credentials, sign

__all__ = ["Credentials", "Signature", "certificates", "read_signature", "sign"]
