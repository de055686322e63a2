"""The habits that a machine can see: docstrings, hints, sizes, and no number without a declaration."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from statistics import median

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.every import every

ROOT = Path(__file__).resolve().parents[2]
MEDIAN_MODULE, LONGEST_MODULE = 120, 500
MEDIAN_FUNCTION, LONGEST_FUNCTION = 8, 50
MOST_SIBLINGS = 2  # modules of one folder whose names begin alike

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[str]:
    """Files of these folders, as paths from the root of the project."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes)
    return sorted(str(path.relative_to(ROOT)) for path in found if not {"_share", "__pycache__"} & set(path.parts))


SIM = files("sim")
CODE = [*SIM, *files("dashboard")]
WRITTEN = sorted(
    {*files("sim", "dashboard", "scenarios", "tests", "notebooks", "docs", suffixes=(".py", ".toml", ".md", ".ipynb"))}
    | {path.name for path in ROOT.glob("*.md")}
)


@cache
def tree(path: str) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse((ROOT / path).read_text(encoding="utf8"))


def complain(faults: list[str]) -> None:
    """Fail with all faults at once."""
    assert not faults, "\n" + "\n".join(faults)


# ---------------------------------------------------------------------------------------------- docstrings and hints


def definitions(path: str) -> Iterator[tuple[Definition, str, bool]]:
    """(node, qualified name, public) of classes and functions; what is inside a function is its own affair."""

    def visit(body: list[ast.stmt], prefix: str, public: bool) -> Iterator[tuple[Definition, str, bool]]:
        for node in body:
            if isinstance(node, Definition):
                seen = public and not node.name.startswith("_")
                yield node, prefix + node.name, seen
                if isinstance(node, ast.ClassDef):
                    yield from visit(node.body, f"{prefix}{node.name}.", seen)
            elif isinstance(node, ast.If | ast.Try):
                yield from visit(node.body, prefix, public)

    return visit(tree(path).body, "", True)


@cache
def documented_methods() -> dict[str, tuple[set[str], set[str]]]:
    """Class name -> (names of its bases, methods with a docstring), over the whole of sim."""
    classes = (node for path in SIM for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef))
    return {
        node.name: (
            {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases},
            {item.name for item in node.body if isinstance(item, Function) and ast.get_docstring(item)},
        )
        for node in classes
    }


def inherits_words(qualified: str) -> bool:
    """True for a method that overrides one with a docstring: help() shows the words of the base."""
    owner, _, method = qualified.rpartition(".")
    pending, seen = [owner.rpartition(".")[2]], set()
    while pending:
        bases, methods = documented_methods().get(name := pending.pop(), (set(), set()))
        if method in methods:
            return True
        seen.add(name)
        pending.extend(bases - seen)
    return False


@every("path", CODE)
def test_every_module_and_public_name_says_what_it_is(path: str) -> None:
    faults = [] if ast.get_docstring(tree(path)) else [f"{path}:1: the module has no docstring"]
    for node, name, public in definitions(path):
        setter = any(ast.unparse(d).endswith((".setter", "overload")) for d in node.decorator_list)
        if public and not (ast.get_docstring(node) or setter or inherits_words(name)):
            faults.append(f"{path}:{node.lineno}: {name} has no docstring")
    complain(faults)


@every("path", CODE)
def test_every_function_is_fully_hinted(path: str) -> None:
    faults = []
    for node in (n for n in ast.walk(tree(path)) if isinstance(n, Function)):
        given = node.args
        named = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        bare = [a.arg for a in named if a and a.annotation is None and a.arg not in {"self", "cls"}]
        bare += [] if node.returns else ["its result"]
        faults += [f"{path}:{node.lineno}: {node.name} has no type hint for {', '.join(bare)}"] if bare else []
    complain(faults)


# ------------------------------------------------------------------------------------------------------------- sizes


def lines(path: str) -> int:
    """Lines of a file."""
    return len((ROOT / path).read_text(encoding="utf8").splitlines())


def functions(path: str) -> Iterator[tuple[Function, int]]:
    """Functions of a file, also those within others, with their lines."""
    for node in (n for n in ast.walk(tree(path)) if isinstance(n, Function)):
        yield node, (node.end_lineno or node.lineno) - node.lineno + 1


@every("path", CODE)
def test_no_module_and_no_function_is_long(path: str) -> None:
    faults = [f"{path}:{n}: {n} lines, more than {LONGEST_MODULE}"] if (n := lines(path)) > LONGEST_MODULE else []
    complain(faults + [
        f"{path}:{node.lineno}: {node.name} has {length} lines, more than {LONGEST_FUNCTION}"
        for node, length in functions(path) if length > LONGEST_FUNCTION
    ])  # fmt: skip


def test_most_modules_are_short() -> None:
    assert median(lines(path) for path in SIM) <= MEDIAN_MODULE


def test_most_functions_are_short() -> None:
    assert median(length for path in SIM for _, length in functions(path)) <= MEDIAN_FUNCTION


def families(paths: list[str]) -> list[str]:
    """'folder: modules' of siblings whose names begin alike, up to the first underscore, where they are too many."""

    def start(path: Path) -> tuple[str, str]:
        return str(path.parent), path.stem.partition("_")[0]

    modules = (path for path in map(Path, paths) if not path.stem.startswith("_"))
    alike = (list(group) for _, group in groupby(sorted(modules, key=start), key=start))
    return [f"{g[0].parent}: {', '.join(path.stem for path in g)}" for g in alike if len(g) > MOST_SIBLINGS]


def test_siblings_with_a_common_prefix_are_a_folder() -> None:
    complain([f"{family} belong into a folder of that name" for family in families(CODE)])


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["sim/waits.py", "sim/waits_full.py", "sim/waits_cache.py"], ["sim: waits, waits_full, waits_cache"]),
        (["sim/waits.py", "sim/waits_full.py", "dashboard/waits_cache.py"], []),
        (["sim/waits/full.py", "sim/waits/cache.py", "sim/waits/table.py"], []),
        (["sim/__init__.py", "sim/__main__.py", "sim/_share.py"], []),
    ],
)
def test_a_family_is_three_modules_of_one_folder_that_begin_alike(paths: list[str], found: list[str]) -> None:
    assert families(paths) == found


def statement_lines(path: str) -> int:
    """Lines of a file that hold code: neither blank, nor a comment alone, nor part of a docstring."""
    texts = [n for n in ast.walk(tree(path)) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
    prose = {line for n in texts for line in range(n.lineno, (n.end_lineno or n.lineno) + 1)}
    written = enumerate((ROOT / path).read_text(encoding="utf8").splitlines(), 1)
    return sum(bool(text.strip()) and not text.lstrip().startswith("#") and n not in prose for n, text in written)


def case_lines(path: str) -> int:
    """Lines of a wrong file of the gallery, blank ones and comments left out: each such file is a test case."""
    written = (ROOT / path).read_text(encoding="utf8", errors="replace").splitlines()
    return sum(bool(text.strip()) and not text.lstrip().startswith(("#", ";")) for text in written)


def test_there_is_at_least_a_line_of_test_for_every_line_of_code() -> None:
    """Lines of Python are counted alike on both sides; reference results and other data do not count."""
    code, tests = (sum(map(statement_lines, paths)) for paths in (SIM, files("tests")))
    cases = sum(map(case_lines, files("tests/refused", suffixes=(".toml", ".csv", ".swf", ".sacct"))))
    assert tests + cases >= code, f"{tests} lines of tests and {cases} of test cases for {code} lines of code"


# ------------------------------------------------------------------------------------------------------ notes to self

# Split, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\u2b1b\u2b1c\ufe0f\u200d]")


@every("path", WRITTEN)
def test_no_file_holds_a_note_to_self_or_an_emoji(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf8").splitlines()
    found = ((number, match) for number, line in enumerate(text, 1) for match in [UNFINISHED, EMOJI])
    complain([f"{path}:{number}: {m.group()!r}" for number, p in found if (m := p.search(text[number - 1]))])


# ------------------------------------------------------------------------------------------------- stray constants
#
# A number that could be otherwise is a parameter: it has a unit, a range, a grade and a source. One that could not is
# a true constant and has a name in sim/units.py. What is left for the bodies of the model:

ALLOWED = {
    **dict.fromkeys((0, 1, 2), "none, one, both; doubling and squaring"),
    0.5: "the middle",
    10: "decimal places, powers of ten",
    12: "months of a year",
    100: "per cent",
    **dict.fromkeys((1e3, 1e6, 1e9), "thousand, million, milliard: units of the reader"),
    **dict.fromkeys((1e-6, 1e-9, 1e-12), "numerically nothing"),
}
# Where a formula of a paper needs a number of its own: {file: {number: why}}.
EXCUSED: dict[str, dict[float, str]] = {
    "sim/mechanisms/inequality.py": {0.9: "the Palma ratio's own: the upper tenth", 0.4: "and the lower four tenths"},
    "sim/queue/schedules.py": {3: "columns of a change of capacity", 4: "columns of an interruption"},
    "sim/queue/simulate.py": {11: "a power of two: where compiled code begins to pay"},
    "sim/queue/workload/counter.py": {
        **dict.fromkeys((0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 30, 27, 31), "SplitMix64's own"),
        **dict.fromkeys((0.02425, 39.69683028665376, 220.9460984245205, 275.9285104469687), "Acklam's approximation"),
        **dict.fromkeys((138.3577518672690, 30.66479806614716, 2.506628277459239, 54.47609879822406), "the same"),
        **dict.fromkeys((161.5858368580409, 155.6989798598866, 66.80131188771972, 13.28068155288572), "the same"),
        **dict.fromkeys((0.007784894002430293, 0.3223964580411365, 2.400758277161838, 2.549732539343734), "the same"),
        **dict.fromkeys((4.374664141464968, 2.938163982698783, 0.007784695709041462, 0.3224671290700398), "the same"),
        **dict.fromkeys((2.445134137142996, 3.754408661907416), "the same"),
    },
    "sim/queue/surface/axes.py": {
        **dict.fromkeys((15, 3000, 1.5, 27, 4, 168, 0.1, 200), "ends of its axes: what was simulated"),
        **dict.fromkeys((0.3, 4.0, 1.6, 1.2, 0.4), "beginning of the load, and stretches: least cross-validated error"),
        **dict.fromkeys((8, 16), "nodes of a lattice"),
        1e-3: "a share of work below which answers do not differ",
    },
    "sim/queue/surface/functions.py": {
        **dict.fromkeys((0.03, 0.9), "smoothing: the least cross-validated error; and coverage of its own error"),
        64: "lattices kept in memory",
    },
    "sim/queue/workload/model.py": {
        365.0: "days: published means hold only with nearly all of the tail",
        **dict.fromkeys((8, 6), "powers of two, and scores beyond which a normal distribution has nothing"),
    },
    "sim/queue/workload/patience.py": {59: "a power of two that no sum of seconds passes"},
    "sim/queue/workload/generator.py": {16: "a power of two: jobs in a chunk"},
    "sim/queue/scheduler/events.py": {
        **dict.fromkeys((3, 4, 5), "priorities of SimPy's, only their order matters"),
    },
    "sim/queue/disciplines/rules.py": {
        870.0: "weight of f1, Carastan-Santos and de Camargo (2017)",
        **dict.fromkeys((0.1, 1e-15), "stand for a logarithm of nothing"),
    },
    "sim/queue/disciplines/priority.py": {
        **dict.fromkeys((7, 10_000), "Slurm: a week of age and of half-life; weights are a matter of scale"),
        **dict.fromkeys((60.0, 512), "exponents of numbers that are next to nothing and next to overflow"),
        **dict.fromkeys((0.6931471805599453, 0.2402265069591007, 0.05550410866482158), "series of a power of two"),
        **dict.fromkeys((0.009618129107628477, 0.0013333558146428441, 0.00015403530393381608), "the same"),
    },
}

DECLARING = re.compile(r"_*(param|choice|switch|series|Spec\b)")
# The numbers of the compiled queue are widths of memory; what it knows of the world it has from the plain one.
MODEL = [
    path
    for path in files("sim/mechanisms", "sim/calendar", "sim/queue", "sim/instruments")
    if not path.startswith(("sim/queue/compiler/", "sim/queue/kernel/", "sim/queue/logs/", "sim/queue/calibration/"))
]


def called(node: ast.expr) -> str:
    """The name of a function, also as `parameters.name` and `functools.name`; no method of an object, as rng.choice."""
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"parameters", "sim.parameters", "functools"}:
        return node.attr
    return getattr(node, "id", "")


def declares(node: ast.AST) -> bool:
    """True for `param(...)` and its kin, and for `partial(param, ...)`."""
    if not isinstance(node, ast.Call):
        return False
    made_of = node.args[0] if called(node.func) == "partial" and node.args else node.func
    return bool(DECLARING.match(called(made_of)))


@cache
def declaring_shorthands() -> frozenset[str]:
    """Names given to `partial(param, ...)` anywhere in sim: calls of them declare as well."""
    assignments = (n for path in SIM for n in ast.walk(tree(path)) if isinstance(n, ast.Assign | ast.AnnAssign))
    kept = (n for n in assignments if isinstance(n.value, ast.Call) and called(n.value.func) == "partial")
    targets = ([n.target] if isinstance(n, ast.AnnAssign) else n.targets for n in kept if n.value and declares(n.value))
    return frozenset(target.id for group in targets for target in group if isinstance(target, ast.Name))


def is_enum(node: ast.ClassDef) -> bool:
    """True for a list of kinds: its numbers are names, not quantities."""
    return any(called(base).endswith(("Enum", "Flag")) for base in node.bases)


def stray_numbers(path: str, node: ast.AST) -> Iterator[str]:
    """'file:line: number' of each number outside a declaration that no list allows."""
    if declares(node) or (isinstance(node, ast.Call) and called(node.func) in declaring_shorthands()):
        return
    if isinstance(node, ast.Constant) and type(node.value) in {int, float, complex}:
        if node.value not in ALLOWED and node.value not in EXCUSED.get(path, {}):
            yield f"{path}:{node.lineno}: {ast.unparse(node)}"
        return
    members = node.body if isinstance(node, ast.ClassDef) and is_enum(node) else []
    for child in ast.iter_child_nodes(node):
        if not (child in members and isinstance(child, ast.Assign)):
            yield from stray_numbers(path, child)


@every("path", MODEL)
def test_no_number_hides_in_the_model(path: str) -> None:
    complain([f"{fault} is neither declared nor allowed" for fault in stray_numbers(path, tree(path))])


def test_excuses_are_used_and_explained() -> None:
    for path, numbers in EXCUSED.items():
        present = {n.value for n in ast.walk(tree(path)) if isinstance(n, ast.Constant)}
        complain([f"{path}: {n} is excused but not there" for n, why in numbers.items() if n not in present or not why])


@pytest.mark.parametrize(
    ("code", "strays"),
    [
        ("x = y * 8760", ["8760"]),
        ("x = -3", ["3"]),
        ("def f(n=50): ...", ["50"]),
        ("x = param(7, 'GPU', low=3, high=9)", []),
        ("x = parameters.param(7, low=3)", []),
        ("x = partial(param, ceiling=70)", []),
        ("x = functools.partial(param, ceiling=70)", []),
        ("x = partial(print, 70)", ["70"]),
        ("x = rng.choice(70)", ["70"]),
        ("x = -1 + 0.5 * 1e6", []),
        ("class Kind(IntEnum):\n    ORDER = 3\n    def f(self): return 4", ["4"]),
        ("x = True", []),
        ("'''Prose with 42 in it.'''", []),
    ],
)
def test_the_walk_finds_numbers_and_spares_declarations(code: str, strays: list[str]) -> None:
    assert [fault.rpartition(" ")[2] for fault in stray_numbers("<example>", ast.parse(code))] == strays


# ----------------------------------------------------------------------------------------------------- what is needed


def pinned() -> dict[str, str]:
    """Version of each package in requirements.txt."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf8")
    return dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", text, flags=re.MULTILINE))


def declared() -> list[Requirement]:
    """What pyproject.toml asks for, in order to build, to run and to develop."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    project = settings["project"]
    optional = [text for texts in project["optional-dependencies"].values() for text in texts]
    wanted = [*settings["build-system"]["requires"], *project["dependencies"], *optional]
    return [Requirement(text) for text in wanted]


@pytest.mark.parametrize("wanted", declared(), ids=str)
def test_every_dependency_is_pinned_within_its_bounds(wanted: Requirement) -> None:
    version = pinned().get(canonicalize_name(wanted.name))
    assert version, f"{wanted.name} is not in requirements.txt"
    assert wanted.specifier.contains(version), f"{wanted} is pinned to {version}"


def test_requirements_in_names_what_pyproject_declares() -> None:
    lines = (ROOT / "requirements.in").read_text(encoding="utf8").splitlines()
    named = {canonicalize_name(line) for line in lines if line and not line.startswith("#")}
    assert named == {canonicalize_name(wanted.name) for wanted in declared()}


def test_the_version_is_the_same_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf8")
    assert f'\n__version__ = "{version}"\n' in (ROOT / "sim/version.py").read_text(encoding="utf8")
