"""Headlines under any edition: each in a fresh process, which knows nothing of any other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sim.processors import processors
from sim.releases.editions import Edition
from sim.releases.numbers import Place, flat
from sim.releases.worker import PREFIX
from sim.sources import EDITION

SEED, DRAWS = 1, 128  # of the headline of shipped scenarios, as releases keep it
_PACKAGE = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from sim.releases.worker import main; main()"
_FEWEST = 4  # jobs that are worth another process
Job = Mapping[str, Any]  # as `sim.releases.worker.run` takes it


class UnrunnableError(ValueError):
    """Code that does not run on the data of another release; the message says what it raised."""


@dataclass(frozen=True)
class Found:
    """What a job came to."""

    numbers: Mapping[Place, float]
    digest: str  # of every total of every draw
    nested: Mapping[str, Any]  # the numbers as a record holds them


class Settings(NamedTuple):
    """How the headline of shipped scenarios is computed."""

    draws: int = DRAWS
    seed: int = SEED

    def job(self, scenario: str) -> Job:
        """The job of one of them."""
        return {"scenario": scenario, "draws": self.draws, "seed": self.seed}


def run(jobs: Mapping[str, Job], edition: Edition) -> dict[str, Found]:
    """What each job comes to under an edition. UnrunnableError where one of them cannot be run under it."""
    found, faults = attempt(jobs, edition)
    if faults:
        raise UnrunnableError(faults[0])
    return found


def attempt(jobs: Mapping[str, Job], edition: Edition) -> tuple[dict[str, Found], list[str]]:
    """What those jobs come to that can be run under an edition, and a sentence on each of the others."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        home = edition.written(Path(folder))
        parts = _parts(dict(jobs))
        with ThreadPoolExecutor(len(parts)) as pool:
            answers = list(pool.map(lambda part: _answers(part, home), parts))
    given = {name: answer for part in answers for name, answer in part.items()}
    every = {name: given[name] for name in jobs}
    faults = [f"{name}: {answer['error']}" for name, answer in every.items() if "error" in answer]
    found = {name: answer for name, answer in every.items() if "error" not in answer}
    return {name: Found(flat(each["results"]), each["digest"], each["results"]) for name, each in found.items()}, faults


def _parts(jobs: dict[str, Job]) -> list[dict[str, Job]]:
    """The jobs of each process."""
    many = max(1, min(processors(), len(jobs) // _FEWEST))
    return [dict(list(jobs.items())[first::many]) for first in range(many)]


def _answers(jobs: dict[str, Job], edition: Path) -> dict[str, dict[str, Any]]:
    """What a fresh process answers."""
    call = [sys.executable, "-c", _START, str(_PACKAGE), str(os.getpid())]
    text, environment = json.dumps(jobs, default=str), {**os.environ, EDITION: str(edition)}
    done = subprocess.run(call, input=text, env=environment, capture_output=True, text=True, check=False)
    out, err = (each.replace(f"{edition}/", "") for each in (done.stdout, done.stderr))  # whose name says nothing
    if done.returncode:
        last = (err.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        return {name: {"error": last} for name in jobs}
    answers: dict[str, dict[str, Any]] = json.loads(out)
    return answers


@contextmanager
def as_job(record: Mapping[str, Any]) -> Iterator[Job]:
    """A record as a job, for as long as its file is there."""
    with tempfile.TemporaryDirectory(prefix="heavypress-") as folder:
        path = Path(folder) / "run.json"
        path.write_text(json.dumps(record), encoding="utf8")
        yield {"record": str(path)}
