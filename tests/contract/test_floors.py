"""The layers of the code: a module imports its own layer or a lower one, and no import goes round in a circle.

An import counts wherever it stands: at the top, inside a function or under TYPE_CHECKING. The one exception is the
package `sim` itself: Python runs it before any other module, so what it imports at the top counts, but its public
functions are the top of the product and may import anything when they are called.

The layer gives the role of a number declared there (an uncertainty under `mechanisms`, a lever under `instruments`),
and what a reader need not know: below the costs there is no pandas, no chart, no web page and no wall clock, and only
`scenario`, `logs` and `sources` open files.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.every import every

ROOT = Path(__file__).resolve().parents[2]

# From the ground up. A new top-level module of sim/ gets its layer here. The package itself is on top: its functions,
# called later, use all of them, and no module of sim imports it.
LAYERS = (
    (
        "ground",
        {"version", "units", "months", "parameters", "sources", "series", "streams", "progress"}
        | {"formatting", "labels", "processors"},
    ),
    ("queue", {"queue"}),
    ("mechanisms", {"mechanisms"}),
    ("calendar", {"calendar"}),
    ("instruments", {"instruments"}),
    ("scenario", {"scenario"}),
    ("costs", {"costs"}),
    ("waits", {"waits"}),
    ("what-if", {"what_if"}),
    ("outcomes", {"outcomes"}),
    ("comparison", {"comparison"}),
    ("sweeps", {"sweeps"}),
    ("decision", {"decision"}),
    ("charts", {"charts"}),
    ("export", {"export"}),
    ("packs", {"packs"}),
    ("reports", {"reports"}),
    ("releases", {"releases"}),
    ("signatures", {"signatures"}),
    ("verification", {"verification"}),
    ("arguments", {"arguments"}),
    ("validation", {"validation"}),
    ("faces", {"", "cli", "documents", "__main__"}),
)
LAYER_NAMES = tuple(name for name, _ in LAYERS)
COSTS = LAYER_NAMES.index("costs")

LIBRARIES_FROM_COSTS_UP = {"pandas", "matplotlib", "streamlit", "altair", "plotly", "rich"}
CLOCKS = {"time", "timeit"}  # modules
CLOCK_CALLS = {"now", "utcnow", "today"}  # of datetime and date
FILE_MODULES = {"shutil", "tempfile", "subprocess", "socket", "urllib", "http", "requests", "sqlite3", "pyarrow"}
FILE_CALLS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink", "touch"),
    *("loadtxt", "genfromtxt", "fromfile", "savetxt", "savez", "tofile", "memmap"),
}
KEEPS_CODE = {"sim.queue.compiler.cache"}  # compiled, for the next process
MAY_OPEN_FILES = {"sim.sources", "sim.scenario", "sim.queue.logs"}  # and everything from the costs up


class Import(NamedTuple):
    """One imported name: the module it comes from, and where."""

    module: str
    line: int


def module_name(path: Path) -> str:
    """'sim/queue/scheduler/plain.py' is sim.queue.scheduler.plain; a package is named without its `__init__`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(folder: str) -> dict[str, Path]:
    """Path of every module below a folder of the repository, by name."""
    return {module_name(path): path for path in sorted((ROOT / folder).rglob("*.py")) if "_share" not in path.parts}


MODULES = modules("sim")
EVERY_MODULE = MODULES | modules("dashboard")


@cache
def tree(module: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(EVERY_MODULE[module].read_text(encoding="utf8"))


def part(module: str) -> str:
    """The top-level part of sim that a module is in: 'sim.queue.scheduler.plain' is in 'queue'."""
    return [*module.split("."), ""][1]


def layer(module: str) -> int:
    """Height of a module of sim, 0 on the ground; a module of no known layer counts as the lowest."""
    return next((height for height, (_, parts) in enumerate(LAYERS) if part(module) in parts), 0)


def where(module: str, line: int = 1) -> str:
    """file:line, as editors understand it."""
    return f"{EVERY_MODULE[module].relative_to(ROOT)}:{line}"


def not_at_import(module: str) -> set[ast.AST]:
    """Nodes inside functions, or under `if TYPE_CHECKING:`."""
    later = (
        node
        for node in ast.walk(tree(module))
        if isinstance(node, ast.FunctionDef) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    )
    return {inner for node in later for inner in ast.walk(node)}


def imports(module: str) -> Iterator[Import]:
    """Everything a module imports, wherever it stands, relative names in full."""
    package = module if EVERY_MODULE[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            steps = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join(filter(None, [*steps, node.module]))
            # `from sim.waits import machine` means the module where there is one, else a name of the package
            names = [full if (full := f"{origin}.{a.name}") in EVERY_MODULE else origin for a in node.names]
        else:
            continue
        yield from (Import(name, node.lineno) for name in names)


def calls(module: str) -> Iterator[tuple[str, str, int]]:
    """(name called, whole call as written, line) of every call: 'open' for `path.open()`."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, ast.unparse(node.func), node.lineno


def complain(faults: list[str]) -> None:
    """Fail with all faults at once."""
    assert not faults, "\n" + "\n".join(faults)


def test_every_part_of_sim_has_a_layer() -> None:
    known = {name for _, parts in LAYERS for name in parts}
    missing = [module for module in MODULES if part(module) not in known]
    complain([f"{where(module)}: give {module} a layer in {Path(__file__).name}" for module in missing])


@every("module", MODULES)
def test_a_module_imports_its_own_layer_or_a_lower_one(module: str) -> None:
    own = layer(module)
    complain(
        [
            f"{where(module, line)}: {LAYER_NAMES[own]} imports {name} of the higher layer {LAYER_NAMES[layer(name)]}"
            for name, line in imports(module)
            if name in MODULES and layer(name) > own
        ]
    )


QUEUE_NEEDS = {"sim.units", "sim.formatting"}  # neither knows anything of the model


@every("module", [module for module in MODULES if part(module) == "queue"])
def test_the_queue_could_be_published_alone(module: str) -> None:
    """It imports nothing else of sim, not inside functions and not for hints either."""
    complain(
        [
            f"{where(module, line)}: the queue imports {name}"
            for name, line in imports(module)
            if name.partition(".")[0] == "sim" and part(name) != "queue" and name not in QUEUE_NEEDS
        ]
    )


def test_no_module_beside_a_script_hides_one_of_python() -> None:
    """Streamlit puts the folder of its script in front of where Python looks, for its children too."""
    assert not {path.stem for path in (ROOT / "dashboard").glob("*.py")} & sys.stdlib_module_names


@every("module", MODULES)
def test_what_sim_imports_of_itself_exists(module: str) -> None:
    complain(
        [
            f"{where(module, line)}: imports {name}, which is not there"
            for name, line in imports(module)
            if name.partition(".")[0] == "sim" and name not in MODULES
        ]
    )


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of one circle of imports, in order; none where there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_import_goes_round_in_a_circle() -> None:
    graph = {
        module: {name for name, _ in imports(module) if name in EVERY_MODULE and name != module}
        for module in EVERY_MODULE
    }
    assert not circle(graph), "import cycle: " + " <- ".join(circle(graph))


def test_the_package_needs_its_version_alone_to_be_imported() -> None:
    """Python runs it before any other module of sim."""
    at_once = set(ast.walk(tree("sim"))) - not_at_import("sim")
    assert {node.module for node in at_once if isinstance(node, ast.ImportFrom)} & set(MODULES) == {"sim.version"}


def test_a_circle_is_found_wherever_the_import_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "top.py").write_text("from deep import x\n", encoding="utf8")
    for later in (
        "def f():\n    import top\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from top import y\n",
    ):
        (tmp_path / "deep.py").write_text(later, encoding="utf8")
        monkeypatch.setattr(f"{__name__}.EVERY_MODULE", {name: tmp_path / f"{name}.py" for name in ("top", "deep")})
        tree.cache_clear()
        graph = {module: {name for name, _ in imports(module)} & {"top", "deep"} for module in ("top", "deep")}
        tree.cache_clear()
        assert set(circle(graph)) == {"top", "deep"}


@every("module", MODULES)
def test_sim_imports_nothing_of_its_users(module: str) -> None:
    complain(
        [
            f"{where(module, line)}: sim imports {name}"
            for name, line in imports(module)
            if name.partition(".")[0] in {"dashboard", "notebooks", "tests"}
        ]
    )


BELOW_COSTS = [module for module in MODULES if layer(module) < COSTS and module != "sim.progress"]


@every("module", BELOW_COSTS)
def test_below_the_costs_there_is_no_table_chart_or_page(module: str) -> None:
    complain(
        [
            f"{where(module, line)}: imports {name}"
            for name, line in imports(module)
            if name.partition(".")[0] in LIBRARIES_FROM_COSTS_UP
        ]
    )


@every("module", BELOW_COSTS)
def test_below_the_costs_nothing_reads_the_wall_clock(module: str) -> None:
    clocks = [f"{where(module, line)}: imports {name}" for name, line in imports(module) if name in CLOCKS]
    looks = [
        f"{where(module, line)}: calls {written}()"
        for name, written, line in calls(module)
        if name in CLOCK_CALLS and written.split(".")[-2:-1] in (["datetime"], ["date"])
    ]
    complain(clocks + looks)


@every("module", [m for m in BELOW_COSTS if not m.startswith(tuple(MAY_OPEN_FILES)) and m not in KEEPS_CODE])
def test_below_the_costs_only_scenario_logs_and_sources_open_files(module: str) -> None:
    ways = [
        f"{where(module, line)}: imports {name}"
        for name, line in imports(module)
        if name.partition(".")[0] in FILE_MODULES
    ]
    opened = [
        f"{where(module, line)}: calls {written}()"
        for name, written, line in calls(module)
        if name in FILE_CALLS or written in {"np.load", "np.save", "numpy.load", "numpy.save", "tomllib.load"}
    ]
    complain(ways + opened)
