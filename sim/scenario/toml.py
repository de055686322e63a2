"""A scenario written as TOML; reading what was written gives the same table, type by type, hence the same run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array

from sim.scenario.model import Scenario

_LONGEST_LIST = 80  # characters on one line


def as_toml(scenario: Scenario, comments: Iterable[str] = ()) -> str:
    """Text of the scenario as it stands: with all that it extends and all that was set, below lines of comment."""
    lines = "".join(f"# {' '.join(comment.split())}\n" for comment in comments)
    return f"{lines}\n{table_text(scenario.text)}".lstrip()


def table_text(table: Mapping[str, Any]) -> str:
    """Text of a table, with long lists an item a line, since readers refuse lines without end."""
    document = tomlkit.item(dict(table))
    _break_lists(document)
    return tomlkit.dumps(document)


def _break_lists(table: Mapping[str, Any]) -> None:
    """Write the long lists of a table, and of those in it, an item a line."""
    for value in table.values():
        if isinstance(value, Array):
            value.multiline(len(value.as_string()) > _LONGEST_LIST)
        for inner in value if isinstance(value, AoT) else [value]:
            if isinstance(inner, Mapping):
                _break_lists(inner)
