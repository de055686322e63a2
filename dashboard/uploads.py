"""A scenario of the user's own: a safe name for it, and text of whatever origin read as a scenario."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from sim.scenario import Scenario, load

_LONGEST_NAME = 60


def safe_name(file_name: str) -> str:
    """The name of a file without its ending and without anything that a path or a spreadsheet would act on.

    >>> safe_name("../my plan.toml"), safe_name("=1+2.toml"), safe_name(".toml")
    ('my_plan', '1_2', 'scenario')
    """
    stem = Path(file_name.replace("\\", "/")).name.removesuffix(".toml")
    return re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_")[:_LONGEST_NAME] or "scenario"


def read_text(text: bytes, key: str) -> Scenario:
    """The scenario in a text; ScenarioError with every fault. Nothing of it stays on the disk."""
    with tempfile.TemporaryDirectory(prefix="heavypress-") as folder:
        path = Path(folder) / f"{key}.toml"
        path.write_bytes(text)
        return load(path)
