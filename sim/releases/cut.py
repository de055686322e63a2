"""Cut a release: keep the edition of the program as it stands, its headline, and what moved since the last one."""

from __future__ import annotations

from pathlib import Path

from sim.releases import kept
from sim.releases.attribution import Progress
from sim.releases.changelog import NOW, changelog, present
from sim.releases.document import document
from sim.sources import share
from sim.version import __version__


def cut(root: Path | None = None, replace: bool = False, progress: Progress = lambda what: None) -> Path:
    """Write the folder of this version among the kept releases; returns it.

    ReleaseError where another content is kept under this version, unless it is to be replaced.
    """
    home = share("releases") if root is None else root
    side = present()
    before = [version for version in kept.versions(home) if kept.order(version) < kept.order(__version__)]
    found = document(changelog(before[-1], NOW, (), home, progress=progress)) if before else None
    if found:  # the newer side is this release
        found = {**found, "new": {**found["new"], "version": __version__}, "unnamed": [], "saved": []}
    files = kept.content_of(__version__, side.edition, side.results, found, **side.about)
    kept.write(home / __version__, files, replace)
    return home / __version__
