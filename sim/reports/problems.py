"""What a report is refused with."""

from __future__ import annotations


class ReportError(ValueError):
    """A report that cannot be made or written; the message is one sentence."""
