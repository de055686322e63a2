"""What a fresh process pays before the compiled queue answers: with compiled code at hand, and the first time ever."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measuring import Line

ROOT = Path(__file__).resolve().parents[3]
MOST_WARM_SECONDS, MOST_COLD_SECONDS = 0.8, 12.0
ROUNDS = 7
IMPORTS = "import numpy, simpy"
FIRST_RESULT = """
import sys
sys.path.insert(0, sys.argv[1])
from sim.queue.jobs import Jobs
from sim.queue.simulate import simulate
schedule = simulate(Jobs([0, 10], [9, 9], [10, 10], [4, 8]), gpus=8, engine="compiled")
assert schedule.wait_seconds.tolist() == [0, 0]
"""


def seconds_of(program: str, root: Path, **environment: str) -> float:
    """Processor time of a Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-I", "-c", program, str(root)], env=os.environ | environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def time_starts() -> Iterator[Line]:
    """A process that imports NumPy and SimPy only is taken off both."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(ROOT / "sim", root / "sim", ignore=shutil.ignore_patterns("__pycache__"))
        first = seconds_of(FIRST_RESULT, root, XDG_CACHE_HOME=folder)
        warm, plain = [], []
        for _ in range(ROUNDS):
            plain.append(seconds_of(IMPORTS, root))
            warm.append(seconds_of(FIRST_RESULT, root, XDG_CACHE_HOME=folder))
        least = statistics.median(plain)
        more = statistics.median(warm) - least
        cold = first - least
    what = "first result of a process, beyond importing NumPy and SimPy"
    yield Line(what, f"{more:.2f} s", f"< {MOST_WARM_SECONDS} s", more < MOST_WARM_SECONDS)
    yield Line("  the same with nothing compiled yet", f"{cold:.1f} s", f"< {MOST_COLD_SECONDS:.0f} s",
               cold < MOST_COLD_SECONDS)  # fmt: skip
