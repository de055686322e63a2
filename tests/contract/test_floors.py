"""The floors of the house: a module imports its own floor or a lower one, and nothing goes round in circles.

The floor tells the role of a number declared there (an uncertainty under
`mechanisms`, a lever under `instruments`), and what a reader need not know:
below `compare` there is no pandas, no chart, no web page and no wall clock, and
only `scenario`, `logs` and `sources` open files.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]

# From the ground up. A new top-level module of sim/ gets its floor here. The package itself is on the ground: Python
# runs it before any other module, so it must need none of them; its functions, called later, may use all of them.
FLOORS = (
    ("ground", {"", "units", "parameters", "sources", "streams", "progress", "formatting"}),
    ("queue", {"queue"}),
    ("mechanisms", {"mechanisms"}),
    ("calendar", {"calendar"}),
    ("instruments", {"instruments"}),
    ("scenario", {"scenario"}),
    ("costs", {"costs"}),
    ("waits", {"waits"}),
    ("outcomes", {"outcomes"}),
    ("comparison", {"comparison"}),
    ("charts", {"charts"}),
    ("export", {"export"}),
    ("arguments", {"arguments"}),
    ("faces", {"cli", "documents", "__main__"}),
)
FLOOR_NAMES = tuple(name for name, _ in FLOORS)
COMPARE = FLOOR_NAMES.index("costs")

LIBRARIES_FROM_COMPARE_UP = {"pandas", "matplotlib", "streamlit", "altair", "plotly", "rich"}
CLOCKS = {"time", "timeit"}  # modules
CLOCK_CALLS = {"now", "utcnow", "today"}  # of datetime and date
FILE_MODULES = {"shutil", "tempfile", "subprocess", "socket", "urllib", "http", "requests", "sqlite3", "pyarrow"}
FILE_CALLS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink", "touch"),
    *("loadtxt", "genfromtxt", "fromfile", "savetxt", "savez", "tofile", "memmap"),
}
KEEPS_CODE = {"sim.queue.kernel.compiler"}  # compiled, for the next process
MAY_OPEN_FILES = {"sim.sources", "sim.scenario", "sim.queue.logs"}  # and everything from the costs up


class Import(NamedTuple):
    """One imported name: the module it comes from, where, and whether only type checkers see it."""

    module: str
    line: int
    for_hints_only: bool


def module_name(path: Path) -> str:
    """'sim/queue/scheduler/plain.py' is sim.queue.scheduler.plain; a package is named without its `__init__`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted((ROOT / "sim").rglob("*.py")) if "_share" not in path.parts}


@cache
def tree(module: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(MODULES[module].read_text(encoding="utf8"))


def room(module: str) -> str:
    """The top-level part of a module's name inside sim: 'sim.queue.scheduler.plain' is in 'engine'."""
    return [*module.split("."), ""][1]


def floor(module: str) -> int:
    """Height of a module of sim, 0 on the ground; a module of no known floor counts as the lowest."""
    return next((height for height, (_, rooms) in enumerate(FLOORS) if room(module) in rooms), 0)


def where(module: str, line: int = 1) -> str:
    """file:line, as editors understand it."""
    return f"{MODULES[module].relative_to(ROOT)}:{line}"


def typing_only(module: str) -> set[ast.AST]:
    """Nodes under `if TYPE_CHECKING:`."""
    blocks = (n for n in ast.walk(tree(module)) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test))
    return {node for block in blocks for child in block.body for node in ast.walk(child)}


def called_later(module: str) -> set[ast.AST]:
    """Nodes inside functions."""
    functions = (n for n in ast.walk(tree(module)) if isinstance(n, ast.FunctionDef))
    return {node for function in functions for node in ast.walk(function)}


def imports(module: str) -> Iterator[Import]:
    """Everything a module imports, also inside functions, with relative names spelt out.

    Of the package itself only what it needs in order to be imported.
    """
    hidden = typing_only(module)
    spared = hidden | called_later(module) if module == "sim" else set()
    package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree(module)):
        if node in spared:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            steps = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join(filter(None, [*steps, node.module]))
            # `from sim.engine import queue` means the module where there is one, else a name of the package
            names = [full if (full := f"{origin}.{a.name}") in MODULES else origin for a in node.names]
        else:
            continue
        yield from (Import(name, node.lineno, node in hidden) for name in names)


def calls(module: str) -> Iterator[tuple[str, str, int]]:
    """(name called, whole call as written, line) of every call: 'open' for `path.open()`."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, ast.unparse(node.func), node.lineno


def complain(faults: list[str]) -> None:
    """Fail with all faults at once."""
    assert not faults, "\n" + "\n".join(faults)


def test_every_room_of_sim_has_a_floor() -> None:
    known = {name for _, rooms in FLOORS for name in rooms}
    homeless = [module for module in MODULES if room(module) not in known]
    complain([f"{where(module)}: give {module} a floor in {Path(__file__).name}" for module in homeless])


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_its_own_floor_or_a_lower_one(module: str) -> None:
    own = floor(module)
    complain(
        [
            f"{where(module, line)}: {FLOOR_NAMES[own]} imports {name} of the higher floor {FLOOR_NAMES[floor(name)]}"
            for name, line, _ in imports(module)
            if name in MODULES and floor(name) > own
        ]
    )


QUEUE_NEEDS = {"sim.units", "sim.formatting"}  # neither knows anything of the model


@pytest.mark.parametrize("module", [module for module in MODULES if room(module) == "queue"])
def test_the_queue_could_be_published_alone(module: str) -> None:
    """It imports nothing else of sim, not inside functions and not for hints either."""
    complain(
        [
            f"{where(module, line)}: the queue imports {name}"
            for name, line, _ in imports(module)
            if name.partition(".")[0] == "sim" and room(name) != "queue" and name not in QUEUE_NEEDS
        ]
    )


@pytest.mark.parametrize("module", MODULES)
def test_what_sim_imports_of_itself_exists(module: str) -> None:
    complain(
        [
            f"{where(module, line)}: imports {name}, which is not there"
            for name, line, _ in imports(module)
            if name.partition(".")[0] == "sim" and name not in MODULES
        ]
    )


def test_no_import_goes_round_in_a_circle() -> None:
    graph = {
        module: {name for name, _, for_hints_only in imports(module) if name in MODULES and not for_hints_only}
        for module in MODULES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("import cycle: " + " <- ".join(error.args[1]))


@pytest.mark.parametrize("module", MODULES)
def test_sim_imports_no_face(module: str) -> None:
    complain(
        [
            f"{where(module, line)}: sim imports {name}"
            for name, line, _ in imports(module)
            if name.partition(".")[0] in {"dashboard", "notebooks", "tests"}
        ]
    )


BELOW_COMPARE = [module for module in MODULES if floor(module) < COMPARE and module != "sim.progress"]


@pytest.mark.parametrize("module", BELOW_COMPARE)
def test_below_compare_there_is_no_table_chart_or_page(module: str) -> None:
    complain(
        [
            f"{where(module, line)}: imports {name}"
            for name, line, _ in imports(module)
            if name.partition(".")[0] in LIBRARIES_FROM_COMPARE_UP
        ]
    )


@pytest.mark.parametrize("module", BELOW_COMPARE)
def test_below_compare_nothing_reads_the_wall_clock(module: str) -> None:
    clocks = [f"{where(module, line)}: imports {name}" for name, line, _ in imports(module) if name in CLOCKS]
    looks = [
        f"{where(module, line)}: calls {written}()"
        for name, written, line in calls(module)
        if name in CLOCK_CALLS and written.split(".")[-2:-1] in (["datetime"], ["date"])
    ]
    complain(clocks + looks)


@pytest.mark.parametrize(
    "module", [m for m in BELOW_COMPARE if not m.startswith(tuple(MAY_OPEN_FILES)) and m not in KEEPS_CODE]
)
def test_below_compare_only_scenario_logs_and_sources_open_files(module: str) -> None:
    ways = [
        f"{where(module, line)}: imports {name}"
        for name, line, _ in imports(module)
        if name.partition(".")[0] in FILE_MODULES
    ]
    opened = [
        f"{where(module, line)}: calls {written}()"
        for name, written, line in calls(module)
        if name in FILE_CALLS or written in {"np.load", "np.save", "numpy.load", "numpy.save", "tomllib.load"}
    ]
    complain(ways + opened)
