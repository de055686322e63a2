"""What signing is refused with."""

from __future__ import annotations


class SignatureError(ValueError):
    """A file that cannot be signed, or a key, certificate or trust list of no use; the message is one sentence."""
