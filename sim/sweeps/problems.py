"""What is wrong with the folder or the run of a sweep, in one sentence."""

from __future__ import annotations


class LedgerError(ValueError):
    """A ledger that cannot be used or filled; the message is one sentence and says what to do."""


class DamagedError(LedgerError):
    """A ledger whose description is not as it was written."""
