"""How a pack came to be, for machines: `ro-crate-metadata.json`, a Process Run Crate of version 0.5.

It names no day and nobody who ran it: neither decides a number, and equal runs are equal files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sim.charts.sheet import printable
from sim.comparison.record import command
from sim.comparison.results import Comparison
from sim.packs.citations import AUTHOR, LICENCE_TITLE, LICENCE_URL, PROGRAM, dated, long, project_url, title
from sim.packs.files import SCENARIO, File
from sim.version import __version__

NAME = "ro-crate-metadata.json"
CRATE = "https://w3id.org/ro/crate/1.1"
PROCESS = "https://w3id.org/ro/wfrun/process/0.5"
_CONTEXT = [f"{CRATE}/context", "https://w3id.org/ro/terms/workflow-run/context"]
_ANSWERED = "http://schema.org/CompletedActionStatus"


def crate(comparison: Comparison, files: Sequence[File]) -> bytes:
    """The run as an action: by this program, of scenario and settings, with the files as its results."""
    settings, tool, author = _settings(comparison), _tool(), {"@id": "#contributors"}
    licence = {"@id": LICENCE_URL}
    action = {
        "@id": f"#run-{comparison.run_id}", "@type": "CreateAction", "name": f"Run {comparison.run_id}",
        "description": command(comparison, SCENARIO), "instrument": _link(tool), "actionStatus": _ANSWERED,
        "object": [{"@id": SCENARIO}, *map(_link, settings)],
        "result": [{"@id": file.name} for file in files if file.name != SCENARIO],
    }  # fmt: skip
    root = {
        "@id": "./", "@type": "Dataset", "name": title(comparison), "description": printable(comparison.answer.text),
        "datePublished": dated(), "license": licence, "author": author, "conformsTo": {"@id": PROCESS},
        "creditText": long(comparison), "identifier": comparison.run_id, "mentions": _link(action),
        "hasPart": [{"@id": file.name} for file in files],
    }  # fmt: skip
    graph = [
        {"@id": NAME, "@type": "CreativeWork", "conformsTo": {"@id": CRATE}, "about": {"@id": "./"}},
        root, action, tool, *settings, *(_file(file) for file in files),
        {"@id": PROCESS, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        {**author, "@type": "Organization", "name": AUTHOR},
        {**licence, "@type": "CreativeWork", "name": LICENCE_TITLE},
    ]  # fmt: skip
    return (json.dumps({"@context": _CONTEXT, "@graph": graph}, indent=2, ensure_ascii=False) + "\n").encode("utf8")


def _link(entity: dict[str, Any]) -> dict[str, str]:
    """A reference to another entity."""
    return {"@id": entity["@id"]}


def _tool() -> dict[str, Any]:
    """This program."""
    address = project_url()
    found = {"@type": "SoftwareApplication", "name": PROGRAM, "softwareVersion": __version__}
    return {"@id": address or f"#heavypress-{__version__}", **found, **({"url": address} if address else {})}


def _settings(comparison: Comparison) -> list[dict[str, Any]]:
    """What the run was given besides its scenario."""
    by = comparison.profile
    values = {
        "seed": comparison.seed, "draws": comparison.draws, "draw": comparison.draw, "sequence": comparison.sequence,
        "queue": comparison.queue, "fidelity": comparison.fidelity, "profile": by.name if by else None,
    }  # fmt: skip
    given = {name: value for name, value in values.items() if value is not None}
    return [
        {"@id": f"#{name}", "@type": "PropertyValue", "name": name, "value": value} for name, value in given.items()
    ]


def _file(file: File) -> dict[str, Any]:
    """One file, with size and digest."""
    return {
        "@id": file.name, "@type": "File", "name": file.about, "encodingFormat": file.media,
        "contentSize": str(len(file.content)), "sha256": sha256(file.content).hexdigest(),
    }  # fmt: skip
