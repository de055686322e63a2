"""The commands on scenario files: `check` and `scenarios`."""

from __future__ import annotations

import sys
from typing import Any

from sim.cli.commands import command
from sim.cli.options import scenario


@command("check", "check nairr_us", "check isambard_ai_uk --set cloud.price_usd=9")
@scenario
def check(scenario: str, settings: dict[str, Any]) -> None:
    """Print warnings and that the file is valid; ScenarioError where it is not."""
    from sim.formatting import format_count
    from sim.scenario import find, load

    loaded = load(scenario, settings)
    for warning in loaded.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    options, warnings = format_count(len(loaded.options), "option"), format_count(len(loaded.warnings), "warning")
    print(f"{find(scenario)}: valid; {options}, {warnings}")


@command("scenarios", "scenarios")
def scenarios() -> None:
    """Print names, titles and questions."""
    from sim.scenario import load, names

    for name in names():
        loaded = load(name)
        print(f"{name:<28} {loaded.title}\n{'':<28} {loaded.question}")
