"""What several commands ask for: a scenario with values on top, a seed, draws, a format."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from typing import Any

from sim.cli.refusals import RefusedError, integer

DEFAULT_SCENARIO = "nairr_us"
MOST_DRAWS = 20_000


def add_scenario(parser: argparse.ArgumentParser, optional: bool = False) -> None:
    """The scenario and its overrides."""
    count: dict[str, Any] = {"nargs": "?", "default": DEFAULT_SCENARIO} if optional else {}
    about = "file or name of a shipped scenario" + (f" (default {DEFAULT_SCENARIO})" if optional else "")
    parser.add_argument("scenario", metavar="SCENARIO", help=about, **count)
    parser.add_argument(
        "--set", action="append", default=[], metavar="GROUP.NAME=VALUE", dest="settings",
        help="override a value: cloud.price_usd=2.5, public_cluster.life_years=6, budget.total=1e9",
    )  # fmt: skip


def settings_of(pairs: Sequence[str]) -> dict[str, Any]:
    """`group.name=value` texts as a mapping; values are read as TOML, bare words as text.

    >>> settings_of(["cloud.price_usd=2.5", "queue.discipline=fcfs"])
    {'cloud.price_usd': 2.5, 'queue.discipline': 'fcfs'}
    """
    chosen: dict[str, Any] = {}
    for pair in pairs:
        path, equals, text = pair.partition("=")
        if not equals or not path.strip():
            raise RefusedError(f"--set {pair}: write it as group.name=value")
        try:
            chosen[path.strip()] = tomllib.loads(f"value = {text}")["value"]
        except (tomllib.TOMLDecodeError, RecursionError):
            chosen[path.strip()] = text.strip()
    return chosen


def add_sampling(parser: argparse.ArgumentParser) -> None:
    """Seed and draws."""
    parser.add_argument("--seed", type=integer(0, 2**63 - 1), default=1, metavar="S", help="random seed (default 1)")
    parser.add_argument(
        "--draws", type=integer(0, MOST_DRAWS), default=64, metavar="N",
        help="states of the world besides the central case (default 64)",
    )  # fmt: skip


def add_format(parser: argparse.ArgumentParser) -> None:
    """What to print."""
    parser.add_argument(
        "--format", choices=("table", "json", "csv", "markdown"), default="table", help="what to print (default table)"
    )
