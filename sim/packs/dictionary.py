"""The data dictionary of a pack: `datapackage.json`, a Data Package of the Frictionless standards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from sim.charts.sheet import printable
from sim.comparison.record import sources_of
from sim.comparison.results import Comparison
from sim.packs.citations import AUTHOR, LICENCE, LICENCE_TITLE, LICENCE_URL, dated, project_url, title
from sim.packs.columns import fields
from sim.packs.files import File
from sim.sources import is_assumption, resolve
from sim.version import __version__

NAME = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
APOSTROPHE = (
    "Texts that begin with = + - @ have an apostrophe before them, so that no spreadsheet takes them for a formula."
)


def datapackage(comparison: Comparison, files: Iterable[File]) -> bytes:
    """Every file with its size and digest, every column of a table with type, meaning and unit; licence and sources."""
    scenario = comparison.scenario
    found = {
        "$schema": PROFILE,
        "name": f"heavypress-{comparison.run_id}",
        "title": title(comparison),
        "description": f"{printable(scenario.question)} {printable(comparison.answer.text)}",
        "version": __version__,
        "created": f"{dated()}T00:00:00Z",
        "run": comparison.run_id,
        "contributors": [{"title": AUTHOR, "roles": ["author"]}],
        "licenses": [{"name": LICENCE, "title": LICENCE_TITLE, "path": LICENCE_URL}],
        **({"homepage": project_url()} if project_url() else {}),
        "sources": list(_sources(comparison)),
        "resources": [_resource(file) for file in files],
    }
    return (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode("utf8")


def _sources(comparison: Comparison) -> Iterator[dict[str, str]]:
    """The sources of exactly the parameters that were used, and those that the scenario names; no assumption is one."""
    texts = [*comparison.scenario.sources, *sources_of(comparison.scenario)]
    cited = (line for text in texts if not is_assumption(text) for line in resolve(text))
    for line in dict.fromkeys(cited):
        words, _, last = line.rpartition(" ")
        linked = last.startswith(("https://", "http://"))
        yield {"title": words, "path": last} if linked else {"title": line}


def _resource(file: File) -> dict[str, Any]:
    """One file; a table with what its columns mean."""
    found = {
        "name": file.name.lower().replace("/", "_").replace(".", "_"), "title": file.about, "path": file.name,
        "format": file.suffix, "mediatype": file.media, "bytes": len(file.content),
        "hash": f"sha256:{sha256(file.content).hexdigest()}",
    }  # fmt: skip
    if file.frame is None:
        return found
    schema = {"fields": fields(file.stem, file.frame), "missingValues": [""]}
    return found | {"type": "table", "encoding": "utf-8", "description": APOSTROPHE, "schema": schema}
