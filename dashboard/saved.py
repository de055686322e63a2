"""A scenario as a file: what the user changed written down as TOML, and text of whatever origin read back.

Reading what was written gives the same table, type by type, hence the same run.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sim.scenario import Scenario, load

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_NAME = 60


def safe_name(file_name: str) -> str:
    """The name of a file without its ending and without anything that a path or a spreadsheet would act on.

    >>> safe_name("../my plan.toml"), safe_name("=1+2.toml"), safe_name(".toml")
    ('my_plan', '1_2', 'scenario')
    """
    stem = Path(file_name.replace("\\", "/")).name.removesuffix(".toml")
    return re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_")[:_LONGEST_NAME] or "scenario"


def read_text(text: bytes, key: str, settings: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario in a text; ScenarioError with every fault. Nothing of it stays on the disk."""
    with tempfile.TemporaryDirectory(prefix="heavypress-") as folder:
        path = Path(folder) / f"{key}.toml"
        path.write_bytes(text)
        return load(path, dict(settings or {}))


def written(scenario: Scenario, comments: tuple[str, ...] = ()) -> str:
    """The scenario as it stands, with all that it extends and all that was changed, as TOML."""
    lines = [f"# {' '.join(comment.split())}" for comment in comments]
    return "\n".join([*lines, *([""] if lines else []), *_table(scenario.text, "")]).rstrip() + "\n"


def _table(table: Mapping[str, Any], prefix: str) -> list[str]:
    """Values first, then the tables inside, then lists of tables: TOML knows no way back up."""
    values, inner, lists = [], [], []
    for name, value in table.items():
        path = prefix + _name(name)
        if isinstance(value, Mapping):
            inner += ["", f"[{path}]", *_table(value, f"{path}.")]
        elif isinstance(value, list | tuple) and value and all(isinstance(item, Mapping) for item in value):
            for item in value:
                lists += ["", f"[[{path}]]", *_table(item, f"{path}.")]
        else:
            values.append(f"{_name(name)} = {_value(value)}")
    return values + inner + lists


def _name(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    """One value; texts are escaped as TOML wants it, which is JSON's way and the delete character besides."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        items = [_value(item) for item in value]
        long = any(isinstance(item, str) for item in value)
        return "[\n" + "".join(f"  {item},\n" for item in items) + "]" if long else f"[{', '.join(items)}]"
    return repr(value)
