"""What is refused: a release that is not kept, or not whole."""

from __future__ import annotations


class ReleaseError(ValueError):
    """A release that is not kept, or not whole; the message is one sentence."""
