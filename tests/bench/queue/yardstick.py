"""How far the kernel is from C++: the same algorithm on the same memory, compiled when asked for, and timed in turn.

The C++ version of `advance` takes the place of ours inside the same CompiledQueue, so that all else is the same, and
the time of both is that spent in their calls of `advance` alone.
"""

from __future__ import annotations

import ctypes
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from simpy import Environment

from sim.queue.disciplines.rules import Discipline
from sim.queue.kernel import clock, layout
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.schedules import Collector
from tests.bench.measuring import Line, undisturbed
from tests.bench.queue.problem_r import Problem, problem_r

MOST_TIMES = 1.3  # our time over that of C++
ROUNDS = 7
DISCIPLINES: tuple[Discipline, ...] = ("fcfs", "easy")
FLAGS = ("-O3", "-std=c++17", "-shared", "-fPIC")
RECORDS = {"Queue": layout.QUEUE, "Slot": layout.SLOT, "Arrival": layout.ARRIVAL, "Finished": layout.FINISHED}
KEYWORDS = {"static"}  # names of fields that mean something else in C++
TYPES = {"int64": "int64_t", "int32": "int32_t", "float64": "double"}

Call = Callable[[], int]
Advance = Callable[..., Call]
"""Makes a call out of the arguments of the kernel's `advance`."""


def header() -> str:
    """The records and constants of the kernel's layout as C++ has them."""
    lines = ["#include <cstdint>", "#pragma pack(push, 1)"]
    for name, record in RECORDS.items():
        lines.append(f"struct {name} {{")
        for field in record.names or ():
            kind = record[field]
            length = f"[{kind.shape[0]}]" if kind.shape else ""
            lines.append(f"    {TYPES[kind.base.name]} {field}{'_' if field in KEYWORDS else ''}{length};")
        lines += ["};", f'static_assert(sizeof({name}) == {record.itemsize}, "{name}");']
    lines.append("#pragma pack(pop)")
    numbers = {name: value for name, value in vars(layout).items() if name.isupper() and isinstance(value, int)}
    return "\n".join(lines + [f"constexpr int64_t {name} = {value};" for name, value in numbers.items()]) + "\n"


def compile_yardstick(compiler: str, folder: Path) -> Advance:
    """The C++ version of `advance`, which takes what ours takes."""
    (folder / "layout.h").write_text(header())
    library = folder / "yardstick.so"
    source = Path(__file__).with_name("yardstick.cpp")
    subprocess.run([compiler, *FLAGS, f"-I{folder}", str(source), "-o", str(library)], check=True)
    function = ctypes.CDLL(str(library)).advance
    function.restype, function.argtypes = ctypes.c_int64, [ctypes.c_void_p] * 5 + [ctypes.c_int64]

    def bound(
        queues: Any, slots: Any, store: Any, users: Any, accounts: Any, incoming: Any, finished: Any, until: int
    ) -> Call:
        return partial(function, *(array.ctypes.data for array in (queues, slots, store, incoming, finished)), until)

    return bound


def our_kernel() -> Advance:
    """The kernel's own `advance`."""
    return partial(partial, clock.advance)


class Stopwatch:
    """Stands in for `advance`, and adds up the processor time of the calls."""

    def __init__(self, advance: Advance) -> None:
        """Nothing yet."""
        self.advance, self.seconds = advance, 0.0

    def __call__(self, *arguments: Any) -> int:
        """One call; what it takes to look up addresses is not counted."""
        call = self.advance(*arguments)
        begun = time.process_time()
        answer = call()
        self.seconds += time.process_time() - begun
        return answer


@contextmanager
def driven_by(advance: Advance) -> Iterator[Stopwatch]:
    """Queues that are advanced by this function in place of the kernel's."""
    watch = Stopwatch(advance)
    with mock.patch.object(clock, "advance", watch):
        yield watch


def served(problem: Problem, discipline: Discipline, sink: Callable[[Any], object]) -> None:
    """One machine from its first job to its last."""
    env = Environment()
    rules = problem.rules(discipline)
    queue = CompiledQueue(env, rules=rules, pools=problem.pools, largest_gpus=problem.bounds()[0], sink=sink)  # type: ignore[arg-type]
    problem.befall(env, queue)
    queue.drain()


def seconds_of(advance: Advance, problem: Problem, discipline: Discipline) -> float:
    """Processor time of the calls of `advance` in one run."""
    with undisturbed(), driven_by(advance) as watch:
        served(problem, discipline, len)
    return watch.seconds


def schedule_of(advance: Advance, problem: Problem, discipline: Discipline) -> dict[str, Any]:
    """What became of every job."""
    collector = Collector()
    with driven_by(advance):
        served(problem, discipline, collector)
    return collector.columns(len(problem.jobs))


def time_yardstick(quick: bool) -> Iterator[Line]:
    """Both kernels in turn, first come first served and EASY, failures included."""
    compiler = shutil.which("g++") or shutil.which("c++")
    if compiler is None:
        yield Line("kernel against C++", "skipped", "no C++ compiler, neither g++ nor c++")
        return
    problem = problem_r(300_000 if quick else 3_000_000)
    ours = our_kernel()
    with tempfile.TemporaryDirectory() as folder:
        theirs = compile_yardstick(compiler, Path(folder))
        for discipline in DISCIPLINES:
            one, other = (schedule_of(advance, problem, discipline) for advance in (ours, theirs))
            same = all(np.array_equal(one[name], other[name]) for name in one)
            spent: list[tuple[float, float]] = []
            for _ in range(ROUNDS):
                spent.append((seconds_of(ours, problem, discipline), seconds_of(theirs, problem, discipline)))
            ratio = statistics.median(mine / yours for mine, yours in spent)
            what = f"kernel over C++, {discipline}, {len(problem.jobs):,} jobs of problem R"
            yield Line(what, f"{ratio:.2f} x", f"<= {MOST_TIMES} x", ratio <= MOST_TIMES)
            mine, yours = (1e6 * statistics.median(side) / len(problem.jobs) for side in zip(*spent, strict=True))
            yield Line("  a job, our kernel and C++", f"{mine:.3f}, {yours:.3f} us")
            yield Line("  the same schedule", "yes" if same else "no", "yes", same)
