"""A run as a zip file: the same bytes for the same run, whoever makes it, when and where."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sim.comparison.results import Comparison
from sim.export import UnwritableError
from sim.packs import citations, crate, dictionary, readme
from sim.packs.archive import ArchiveError, archive_bytes, read_archive
from sim.packs.files import RECORD, File, result_files
from sim.scenario.records import FORM
from sim.sweeps import files as whole

SUFFIX = ".zip"
_CITED = {
    "citation.bib": ("The citation for BibTeX", citations.bibtex),
    "citation.csl.json": ("The citation as CSL-JSON, for citation processors", citations.csl),
    "citation.ris": ("The citation for reference managers", citations.ris),
    "CITATION.cff": ("The citation as a citation file", citations.cff),
}

_DESCRIBING = (
    File(dictionary.NAME, "The data dictionary: every file and column, a Frictionless Data Package", b""),
    File(crate.NAME, "How this pack came to be, for machines: a Process Run Crate", b""),
)


def pack(comparison: Comparison) -> bytes:
    """The zip of a run. Equal runs give equal bytes."""
    return archive_bytes(contents(comparison))


def contents(comparison: Comparison) -> dict[str, bytes]:
    """The files of the pack by name: `figures/`, `data/`, record, scenario, citations, and what describes them."""
    files = list(result_files(comparison))
    files += [File(name, about, made(comparison).encode("utf8")) for name, (about, made) in _CITED.items()]
    files.append(File(readme.NAME, "What a reader reads first", readme.readme(comparison, [*files, *_DESCRIBING])))
    files.append(replace(_DESCRIBING[0], content=dictionary.datapackage(comparison, files)))
    found = {file.name: file.content for file in files}
    return {**found, crate.NAME: crate.crate(comparison, files)}


def write(comparison: Comparison, path: Path) -> None:
    """Write the zip of a run as a whole or not at all; UnwritableError where `refuse_unless_ours` raises it."""
    refuse_unless_ours(path)
    content = pack(comparison)
    try:
        whole.write(path, content)
    except OSError as error:
        raise UnwritableError(f"{path}: cannot be written: {error.strerror}") from None


def refuse_unless_ours(path: Path) -> None:
    """Raise UnwritableError where no pack can be written, or something else would be lost."""
    if path.suffix != SUFFIX:
        raise UnwritableError(f"{path}: a pack is a zip file; name it so that it ends in {SUFFIX}")
    if path.is_dir():
        raise UnwritableError(f"{path}: is a folder; name a file")
    if not path.absolute().parent.is_dir():
        raise UnwritableError(f"{path}: {path.absolute().parent} is not a folder")
    if path.exists() and not _is_ours(path):
        raise UnwritableError(f"{path}: is there already and no pack of a run; name another file")


def _is_ours(path: Path) -> bool:
    """Whether a file is a pack that may be replaced."""
    with suppress(ArchiveError, KeyError, ValueError, AttributeError):
        found = read_archive(path)
        return crate.NAME in found and str(json.loads(found[RECORD]).get("schema")).startswith(FORM)
    return False
