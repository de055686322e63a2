"""A run as one file that can be cited and checked: charts, numbers, what they mean, and all that made them."""

from __future__ import annotations

from sim.packs.archive import ArchiveError, archive_bytes, read_archive
from sim.packs.pack import pack, refuse_unless_ours, write

__all__ = ["ArchiveError", "archive_bytes", "pack", "read_archive", "refuse_unless_ours", "write"]
