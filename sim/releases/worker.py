"""A fresh process that computes headlines, for `sim.releases.runs`: with the edition that HEAVYPRESS_EDITION names."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Any

from sim.comparison.record import headline, read, results_digest, settings_of
from sim.comparison.results import Comparison, Fidelity
from sim.comparison.run import compare
from sim.mechanisms.appraisal import profile
from sim.releases.marks import margin
from sim.scenario import load
from sim.scenario.reader import with_settings
from sim.sources import EDITION

FIDELITY: Fidelity = "instant"  # of the headline of shipped scenarios: waits come from the table and take no time
MARGIN = "margin"  # the option of a number that is no option's own: how far the first of the question is ahead
PREFIX = "heavypress-"  # of the name of a folder with an edition
PATIENCE_SECONDS = 10.0  # with removing what was left
LOOK_SECONDS = 0.5  # between looks at whether the process that asks is still there


def main() -> None:
    """Answer each job of standard input, a JSON object by name, with its headline or with a sentence.

    The arguments are the folder of the program and the number of the process that asks.
    """
    watch = Thread(target=_end_with, args=(int(sys.argv[2]),), daemon=True)
    watch.start()
    out, sys.stdout = sys.stdout, sys.stderr  # whatever else is printed is no answer
    try:
        jobs: dict[str, dict[str, Any]] = json.load(sys.stdin)
        json.dump({name: _answer(job) for name, job in jobs.items()}, out)
        out.flush()
    except (OSError, ValueError):  # nobody asks any more, or nobody reads
        watch.join(PATIENCE_SECONDS)
        raise


def _end_with(parent: int) -> None:
    """End as soon as the process that asks does; where it was killed, nobody else removes the folder of the edition."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    edition = Path(os.environ.get(EDITION, "."))
    if edition.name.startswith(PREFIX) and edition.parent == Path(tempfile.gettempdir()):
        shutil.rmtree(edition, ignore_errors=True)
    os._exit(1)


def _answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """What a job comes to; anything that code may raise on data that it was not written for is its answer too."""
    try:
        found = run(job)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".replace("\n", " ")}
    numbers: dict[str, Any] = headline(found)
    if job.get(MARGIN) and (ahead := margin(found)):
        numbers[MARGIN] = {ahead.outcome: {"value": ahead.value}}
    return {"results": numbers, "digest": results_digest(found)}


def run(job: Mapping[str, Any]) -> Comparison:
    """The comparison of a job: a shipped `scenario` with `draws` and `seed`, or the `record` of a run by its path.

    A scenario can have `settings` by path, 'fixed' and 'ranges' among them, and be run with another `draw`, with
    `queue` false, and by an appraisal `profile`; with `margin` the answer holds that of its question, too.
    """
    if "record" in job:
        kept, scenario = read(Path(job["record"]))
        return compare(scenario, **settings_of(kept))
    scenario, by, queue = load(job["scenario"]), job.get("profile"), job.get("queue", True)
    if settings := job.get("settings"):
        scenario = with_settings(scenario, settings)
    return compare(
        scenario, seed=job["seed"], draws=job["draws"], draw=job.get("draw", "headline"), queue=queue,
        fidelity=FIDELITY if queue else None, profile=profile(by) if by else None,
    )  # fmt: skip
