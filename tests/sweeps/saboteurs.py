"""Faults put into the processes of a command from outside, by a `sitecustomize` that Python imports as it starts."""

from __future__ import annotations

from pathlib import Path

from tests.sweeps.ledgers import ROOT

_IN_WORKERS = """
import os, signal, sys, time
if any("sim.sweeps.worker" in word for word in sys.orig_argv):
    import sim.sweeps.worker as worker
    computed = worker.compute_part

    def compute_part(plan, number, memory):
        {fault}
        return computed(plan, number, memory)

    worker.compute_part = compute_part
"""


def in_workers(folder: Path, fault: str) -> dict[str, str]:
    """An environment in which processes do this, a line of Python, before each part, whose `number` is from 0."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_IN_WORKERS.format(fault=fault), encoding="utf8")
    return {"PYTHONPATH": f"{folder}:{ROOT}"}
