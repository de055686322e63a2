"""What a number depends on, as digests: the resolved scenario, the code and the data of the model.

Equal digests mean equal numbers. Code or data that moves nothing in a run may change its digest, never the reverse.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from sim.parameters import Parameters
from sim.scenario import Scenario
from sim.sources import declared, share

LENGTH = 16  # hexadecimal digits of a digest: of a thousand million runs two share one with a chance of 3 %
# What shows numbers and computes none: a chart or a command that changes leaves every number as it is.
_FACES = (
    "charts", "cli", "documents.py", "export.py", "packs", "releases", "reports", "signatures", "verification",
    "__main__.py",
)  # fmt: skip
_OF_SWEEPS = ("axes.py", "evaluation.py", "parts.py", "plan.py", "reader.py", "statistics.py")  # the rest keeps them
LIBRARIES = ("numpy", "scipy", "simpy", "numba", "pandas", "pyarrow")  # whose releases may move the last digit

DRAWING = ("matplotlib", "pillow", "pypdf", "segno")  # whose releases may move a pixel or a byte of a figure


def digest(*parts: str | bytes) -> str:
    """Digest of texts in their order; no two lists of texts share one by how they are cut."""
    total = sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()[:LENGTH]


@cache
def code_digest() -> str:
    """Digest of the source of the model, of the releases of what it computes with, and of what is declared anew."""
    root = Path(__file__).resolve().parents[1]
    found = [path for path in root.rglob("*.py") if _computes(path.relative_to(root).parts)]
    otherwise = [canonical(declared())] if declared() else []  # the edition of this process, where it has one
    return digest(json.dumps(versions(), sort_keys=True), *otherwise, *_contents(root, found))


@cache
def drawing_digest() -> str:
    """Digest of what decides how the numbers of a run are drawn: equal digests and runs have equal pictures."""
    root = Path(__file__).resolve().parents[1]
    releases = json.dumps({name: version(name) for name in DRAWING}, sort_keys=True)
    found = [path for path in (root / "charts").rglob("*.py") if "sweeps" not in path.parts]
    return digest(code_digest(), releases, *_contents(root, found))


def _computes(parts: tuple[str, ...]) -> bool:
    """Whether a file of the package, by its path, decides a number."""
    return parts[0] not in (*_FACES, "_share") and (parts[0] != "sweeps" or parts[-1] in _OF_SWEEPS)


@cache
def data_digest() -> str:
    """Digest of every file of `data/`, and of the storylines, which a name alone lays over a scenario."""
    roots = (share("data"), share("scenarios") / "storylines")
    return digest(*(part for root in roots for part in _contents(root, filter(Path.is_file, root.rglob("*")))))


@cache
def versions() -> dict[str, str]:
    """Releases of Python and of the libraries that numbers depend on, by name."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def _contents(root: Path, paths: Iterable[Path]) -> list[bytes]:
    """Name and content of each file, in the order of names; caches of compiled Python are none."""
    kept = sorted(path for path in paths if "__pycache__" not in path.parts)
    return [part for path in kept for part in (path.relative_to(root).as_posix().encode(), path.read_bytes())]


def resolved(scenario: Scenario) -> str:
    """Every value of a scenario that decides a number, defaults included, as canonical JSON.

    Titles, labels and sources are left out: they move nothing.
    """
    world = {name: group_text(group) for name, group in scenario.world.groups().items()}
    options = [[each.key, each.instrument.name, group_text(each.instrument)] for each in scenario.options]
    budget = [scenario.budget, scenario.currency, scenario.price_year, scenario.usd_per_currency]
    question = [str(scenario.start), scenario.horizon_years, scenario.yardstick, scenario.between]
    own = (
        [scenario.ranges] if scenario.ranges else []
    )  # where there are none, the digest is that of before there could be
    return canonical([world, options, budget, question, sorted(scenario.fixed), *own])


@lru_cache(maxsize=4096)
def group_text(group: Parameters) -> str:
    """The values of a group of parameters as canonical JSON; remembered, for most runs share most groups."""
    return canonical(group)


def canonical(value: Any) -> str:
    """A value as JSON that is the same for equal values, whatever their types."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as mappings, lists, texts and numbers; every number is a float, for 3 and 3.0 are equal.

    >>> plain((3, True, {"b": np.float64(0.5)}))
    [3.0, True, {'b': 0.5}]
    """
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, bool | np.bool_) or value is None:
        return None if value is None else bool(value)
    return float(value) + 0.0 if isinstance(value, int | float | np.number) else str(value)  # 0.0 for -0.0
