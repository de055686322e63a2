"""A what-if for people and for machines: a table in plain text, and a JSON document."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from sim.formatting import NO_VALUE, format_percent
from sim.queue.logs.report import AGAINST_THE_LOG, OVERLOADED, about, log_document, numbers, rules_document, rules_text
from sim.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from sim.version import __version__
from sim.what_if.cases import own_rules
from sim.what_if.frames import LOG
from sim.what_if.results import WhatIf

SCHEMA = "heavypress/what-if/1"
HEADS = (
    "policy", "GPUs", "jobs", "offered load", "wait median ({})", "p95 ({})", "mean ({})", "slowdown", "utilisation",
    "fragmentation", "jobs left out", "GPU-hours left out",
)  # fmt: skip
WAITS = ("wait_median_seconds", "wait_p95_seconds", "wait_mean_seconds")
THE_LOG = "the log itself"
_GAP = "  "
_OF_REPLAYS = ("left_out", "utilisation", "offered_load", "overloaded", "fragmentation")  # the log has none of these


def lines(found: WhatIf) -> list[str]:
    """What was read of the log, and the table of the replays, one line an entry."""
    rules = ["Rules: " + ", ".join(texts)] if (texts := _rules(found)) else []
    unit, seconds = unit_of(found)
    heads = [head.format(unit) for head in HEADS]
    room = " " * any(case.summary["overloaded"] for case in found.cases)
    rows = [_cells(dict(row), seconds, room) for row in found.table.to_dict("records")]
    tail = [] if THE_LOG in rows[-1] else ["The log does not record when its jobs started"]
    return [*about(found.log), *rules, *_aligned(_filled([heads, *rows])), *tail, *_legend(found), *notes(found)]


def unit_of(found: WhatIf) -> tuple[str, float]:
    """The unit of all waits of a table and its seconds: hours, or minutes where none is an hour."""
    longest = found.table[list(WAITS)].to_numpy(dtype=float).max()
    return ("h", SECONDS_PER_HOUR) if longest >= SECONDS_PER_HOUR else ("min", SECONDS_PER_MINUTE)


def _rules(found: WhatIf) -> list[str]:
    """The rules that were given, each with the policies under which it is in force, unless it is under all."""
    texts = []
    for name, value in found.rules.items():
        under = [policy for policy in found.policies if name in own_rules(policy, found.rules)]
        alone = f" ({', '.join(under)})" if len(under) < len(found.policies) else ""
        texts += [rules_text({name: value}) + alone] if under else []
    return texts


def _legend(found: WhatIf) -> list[str]:
    """What the figures of the table are of."""
    slowdown = f"Slowdown: mean bounded slowdown, tau {found.tau_seconds} s."
    if any(case.left_out.jobs for case in found.cases):
        return [f"{slowdown} Left out: jobs larger than the machine, and their share of what the log holds."]
    return [slowdown]


def notes(found: WhatIf) -> list[str]:
    """Sentences on how the figures are to be read."""
    growing = [OVERLOADED] if any(case.summary["overloaded"] for case in found.cases) else []
    return growing + ([AGAINST_THE_LOG] if LOG in set(found.table.policy) else [])


def _cells(row: dict[Any, Any], unit_seconds: float, room: str) -> list[str]:
    """A row of the table as texts; waits that grow with the log are marked, others have `room`."""
    itself = row["policy"] == LOG
    mark = "+" if not itself and row["overloaded"] else room
    return [
        THE_LOG if itself else row["policy"],
        "" if itself else f"{row['machine_gpus']:,}",
        f"{row['jobs']:,}",
        "" if itself else _fixed(row["offered_load"]),
        *(f"{_fixed(row[name] / unit_seconds)}{mark}" for name in WAITS),
        _fixed(row["bounded_slowdown_mean"]),
        "" if itself else format_percent(row["utilisation"]),
        "" if math.isnan(row["fragmentation"]) else format_percent(row["fragmentation"]),
        "" if itself else _left(row["left_out_jobs"], row["left_out_jobs_share"]),
        "" if itself else _left(row["left_out_gpu_hours"], row["left_out_gpu_hours_share"]),
    ]


def _fixed(number: float) -> str:
    """A number with two decimals."""
    return NO_VALUE if math.isnan(number) else f"{number:,.2f}"


def _left(number: float, share: float) -> str:
    """What is left out as number and share."""
    return f"{number:,.0f} ({format_percent(share)})" if number else "0"


def _filled(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows without the columns in which only the first has a word, such as fragmentation where nothing is packed."""
    kept = [number for number, cells in enumerate(zip(*rows, strict=True)) if any(cells[1:])]
    return [[row[number] for number in kept] for row in rows]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = ([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows)
    return [_GAP.join(text).rstrip() for text in texts]


def as_json(found: WhatIf) -> str:
    """The document: what was read, a replay each with its waits by class of size and its map, and the log itself."""
    document = {
        "schema": SCHEMA,
        "version": __version__,
        **log_document(found.log),
        "rules": rules_document(found.rules),
        "tau_seconds": found.tau_seconds,
        "replays": [_replay(found, case.policy, case.machine_gpus) for case in found.cases],
        "log_itself": _replay(found, LOG, None),
        "notes": notes(found),
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _replay(found: WhatIf, policy: str, gpus: int | None) -> dict[str, Any]:
    """One replay, or the log itself: its row of the table, and its rows of the other frames."""
    keys: dict[str, Any] = {"policy": policy, "machine_gpus": gpus}
    row, waits, cells = (_rows(frame, policy, gpus) for frame in (found.table, found.waits, found.cells))
    of_log = {"jobs": 0} if gpus is None else {}
    keys |= {} if gpus is None else {"rules": rules_document(own_rules(policy, found.rules))}
    return {**keys, **(row[0] if row else of_log), "waits": waits, "map": cells}


def _rows(frame: pd.DataFrame, policy: str, gpus: int | None) -> list[dict[str, Any]]:
    """The rows of a replay without its keys, and in those of the log without what only a replay has."""
    mine = frame[(frame.policy == policy) & (frame.machine_gpus.isna() if gpus is None else frame.machine_gpus == gpus)]
    kept = mine.drop(columns=["policy", "machine_gpus", "rules"])
    if gpus is None:
        kept = kept.drop(columns=[name for name in kept if str(name).startswith(_OF_REPLAYS)])
    records = kept.astype(object).where(kept.notna(), float("nan")).to_dict("records")
    return [{str(name): value for name, value in _known(record).items()} for record in records]


def _known(record: dict[Any, Any]) -> dict[Any, Any]:
    """A record whose missing numbers are null."""
    texts = {name: value for name, value in record.items() if isinstance(value, str)}
    return {**record, **numbers({name: value for name, value in record.items() if name not in texts})}
