"""What a program can reach: a walk over the syntax trees of its modules, from some names on.

    python tests/reachability.py        # lists what neither the command, the Python API nor the dashboard reaches

A name of a module is used where reached code reads it, directly, through an import or as an attribute of a module. A
registry (a tuple, a dictionary) uses what stands in it. A method is used when its class is and reached code reads an
attribute of its name, be it of whatever object; `self.name` counts for the class and its relatives alone. Special
methods and those that override one of another library come with their class. Annotations use nothing.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import re
import symtable
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
BODY = ""  # stands for the statements that run when a module is imported
PRODUCT = ("sim", "dashboard")
ROOTS = (
    ("sim.cli", "main"),  # the command
    ("sim", "*"),  # the public Python API
    ("sim.sweeps.api", "SweepRun.query"),  # of what it returns, and no command has
    ("sim.what_if.results", "WhatIf.starts"),  # the same
    ("sim.sweeps.worker", "main"),  # what a process that computes is started with
    ("sim.releases.worker", "main"),  # the same
    ("sim.queue.logs", "*"),
    ("dashboard.app", BODY),
    ("sim.__main__", BODY),
)
# Modules that are kept although nothing reaches them yet, and why.
KEPT: dict[str, str] = {}

REGISTERING = re.compile(r"(^|\.)(command|group|register_\w+|infer_\w+|lower_\w+|type_callable|overload)$")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Name = tuple[str, str]  # module and name, `Class.method` for a method


class Uses(NamedTuple):
    """What a piece of code reads."""

    names: set[Name]
    attributes: set[str]  # of any object
    own: set[str]  # of `self` or `cls`
    whole: set[str]  # modules that are passed on as a value: whoever has one may read any of its names


@dataclass
class Class:
    """A class: its bases as written in its module, and its methods."""

    node: ast.ClassDef
    methods: dict[str, Function] = field(default_factory=dict)


class Module:
    """The names that a module binds, and what each of them stands for."""

    def __init__(self, name: str, source: str, *, package: bool = False) -> None:
        self.name, self.package = name, package
        self.tree = ast.parse(source)
        self.tables = symtable.symtable(source, name, "exec")
        self.imports: dict[str, Name] = {}  # alias: (module, name), or (module, BODY)
        self.bound: dict[str, list[ast.AST]] = defaultdict(list)
        self.classes: dict[str, Class] = {}
        self.body: list[ast.stmt] = []
        self._bind(self.tree.body)

    def _bind(self, statements: Iterable[ast.stmt]) -> None:
        """Sort the statements of a module by the names that they bind; the rest runs on import."""
        for node in statements:
            if isinstance(node, Function | ast.ClassDef):
                self.bound[node.name].append(node)
                if isinstance(node, ast.ClassDef):
                    methods = {item.name: item for item in node.body if isinstance(item, Function)}
                    self.classes[node.name] = Class(node, methods)
                if any(registers(decorator) for decorator in node.decorator_list):
                    self.body.append(ast.Expr(ast.Name(node.name, ast.Load())))
            elif isinstance(node, ast.Import | ast.ImportFrom):
                self.imports |= self.aliases(node)
                self.body.append(node)
            elif isinstance(node, ast.If | ast.Try | ast.With):
                self._bind(part for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt))
                self.body += [ast.Expr(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
                for handler in getattr(node, "handlers", []):
                    self._bind(handler.body)
            elif names := list(assigned(node)):
                for each in names:
                    self.bound[each].append(node)
            else:
                self.body.append(node)

    def aliases(self, node: ast.Import | ast.ImportFrom) -> dict[str, Name]:
        """What the names of an import stand for."""
        if isinstance(node, ast.Import):
            split = [(each.name if each.asname else each.name.partition(".")[0], each) for each in node.names]
            return {each.asname or module: (module, BODY) for module, each in split}
        here = self.name if self.package else self.name.rpartition(".")[0]
        above = here.split(".")[: len(here.split(".")) - node.level + 1] if node.level else []
        origin = ".".join(filter(None, [*above, node.module]))
        return {each.asname or each.name: (origin, each.name) for each in node.names}

    def homes(self, node: ast.Import | ast.ImportFrom) -> set[str]:
        """The modules that an import runs, if they are modules."""
        if isinstance(node, ast.Import):
            return {each.name for each in node.names}
        return {each for origin, name in self.aliases(node).values() for each in (origin, f"{origin}.{name}")}

    @cached_property
    def scopes(self) -> dict[tuple[str, int], symtable.SymbolTable]:
        """Scopes of functions by name and line."""

        def walk(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
            yield table
            for child in table.get_children():
                yield from walk(child)

        return {(table.get_name(), table.get_lineno()): table for table in walk(self.tables)}

    def local(self, node: ast.AST) -> set[str]:
        """Names that mean something else inside a function: its arguments and variables."""
        if not isinstance(node, Function):
            return set()
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        table = self.scopes.get((node.name, node.lineno)) or self.scopes.get((node.name, first))
        return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_local()} if table else set()


def registers(decorator: ast.expr) -> bool:
    """True for `@group.command(...)` and its like: who decorates keeps the function, and calls it by and by."""
    return isinstance(decorator, ast.Call) and bool(REGISTERING.search(ast.unparse(decorator.func)))


def assigned(node: ast.stmt) -> Iterator[str]:
    """The plain names to which a statement assigns; none where it also changes something else."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))


def code(node: ast.AST) -> Iterator[ast.AST]:
    """A piece of code without its annotations and, of a class, without the methods."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            method = isinstance(node, ast.ClassDef) and name == "body" and isinstance(child, Function)
            if method:
                for decorator in child.decorator_list:
                    yield from code(decorator)
            elif isinstance(child, ast.AST):
                yield from code(child)


class Program:
    """Modules by name, and what of them can be reached."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules
        self.reached: set[Name] = set()
        self.attributes: set[str] = set()
        self.own: dict[Name, set[str]] = defaultdict(set)  # attributes that the methods of a class read of `self`
        self.whole: set[str] = set()
        self._todo: list[Name] = []

    # ------------------------------------------------------------------------------------------------- names

    def resolve(self, name: Name) -> Name | None:
        """Where a name is bound in the end, through imports; None for what is not of these modules."""
        for _ in range(len(self.modules) + 1):
            module, what = name
            known = self.modules.get(module)
            if known and (what == BODY or what in known.bound):
                return name
            if known and what in known.imports and known.imports[what] != name:
                name = known.imports[what]
            else:
                return (f"{module}.{what}", BODY) if f"{module}.{what}" in self.modules else None
        return None

    def uses(self, module: Module, node: ast.AST) -> Uses:
        """What a piece of code reads, the names resolved."""
        names, attributes, own, whole = set[Name](), set[str](), set[str](), set[str]()
        owners = {each.value for each in code(node) if isinstance(each, ast.Attribute)}
        inner = [n for n in code(node) if isinstance(n, ast.Import | ast.ImportFrom)]
        near = {alias: to for each in inner for alias, to in module.aliases(each).items()}
        hidden = module.local(node) - set(near)

        def origin(each: ast.AST) -> Name | None:
            """The binding that `name` or `module.name` stands for."""
            if isinstance(each, ast.Name):
                return None if each.id in hidden else self.resolve(near.get(each.id, (module.name, each.id)))
            if isinstance(each, ast.Attribute) and (base := origin(each.value)) and base[1] == BODY:
                return self.resolve((base[0], each.attr))
            return None

        texts = set[str]()
        for each in code(node):
            if found := origin(each):
                names.add(found)
                whole |= {found[0]} if found[1] == BODY and each not in owners else set()
            elif isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load):
                mine = isinstance(each.value, ast.Name) and each.value.id in ("self", "cls")
                (own if mine else attributes).add(each.attr)
            elif isinstance(each, ast.Call) and ast.unparse(each.func).endswith(("getattr", "attrgetter")):
                texts |= (known := self._texts(module, each))
                names |= {(sub, text) for sub in self._loaded(each) for text in known & set(self.modules[sub].bound)}
            elif isinstance(each, ast.Constant) and isinstance(each.value, str):
                names |= (named := self._named(each.value))
                whole |= {name for name, what in named if what == BODY}
        names |= {to for each in inner for home in module.homes(each) if (to := self.resolve((home, BODY)))}
        return Uses(names, attributes | texts, own, whole)

    def _texts(self, module: Module, call: ast.Call) -> set[str]:
        """Names that `getattr` may be given: the one it names, else every text of the module."""
        given = [each.value for each in call.args if isinstance(each, ast.Constant)]
        nodes = [] if given else [n.value for n in ast.walk(module.tree) if isinstance(n, ast.Constant)]
        return {text for text in given or nodes if isinstance(text, str) and text.isidentifier()}

    def _loaded(self, call: ast.Call) -> set[str]:
        """Modules of the package that `getattr(import_module(f"package.{name}"), ...)` may load."""
        parts = [each.values[0] for each in ast.walk(call) if isinstance(each, ast.JoinedStr)]
        packages = tuple(str(each.value) for each in parts if isinstance(each, ast.Constant) and each.value)
        return {name for name in self.modules if packages and name.startswith(packages)}

    def _named(self, text: str) -> set[Name]:
        """What a text such as 'sim.cli.waits:instant' names: a table of things that are imported when needed."""
        if not re.fullmatch(r"\w+(\.\w+)+(:\w+)?", text):
            return set()
        module, _, what = text.partition(":")
        last = module.rpartition(".")
        return {to for name in ((module, what), (last[0], last[2])) if (to := self.resolve(name))}

    # ------------------------------------------------------------------------------------------------- the walk

    def reach(self, *roots: Name) -> None:
        """Walk from these names; '*' stands for what a module lists in `__all__`, for want of it for all names."""
        for module, name in roots:
            for each in self._public(module) if name == "*" else [name]:
                if to := (module, each) if "." in each else self.resolve((module, each)):
                    self._add(to)
        while True:
            while self._todo:
                self._follow(self._todo.pop())
            for found in (*self._methods(), *self._of_modules()):
                self._add(found)
            if not self._todo:
                return

    def _public(self, module: str) -> list[str]:
        """What a module lists in `__all__`, or all of its names."""
        bound = self.modules[module].bound
        lists = [node.value for node in bound.get("__all__", []) if isinstance(node, ast.Assign)]
        return [name for each in lists for name in ast.literal_eval(each)] if lists else list(bound)

    def _add(self, name: Name) -> None:
        """Take a name as reached, and its module and the packages around it as run."""
        parts = name[0].split(".")
        around = (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        for each in (name, *((module, BODY) for module in around if module in self.modules)):
            if each not in self.reached:
                self.reached.add(each)
                self._todo.append(each)

    def _follow(self, name: Name) -> None:
        """Everything that a reached name uses is reached."""
        module = self.modules[name[0]]
        owner, _, method = name[1].partition(".")
        if name[1] == BODY:
            nodes: list[ast.AST] = [*module.body]
        elif method:
            nodes = [module.classes[owner].methods[method]]
        else:
            nodes = [*module.bound[name[1]]]
        for node in nodes:
            found = self.uses(module, node)
            self.attributes |= found.attributes
            self.own[(name[0], owner)] |= found.own
            self.whole |= found.whole
            for each in found.names:
                self._add(each)

    def _methods(self) -> Iterator[Name]:
        """Methods of reached classes that run by themselves or that reached code may call."""
        classes = [(m, c) for m, c in self.reached if c in self.modules[m].classes]
        families = self._families(classes)
        for module, name in classes:
            relatives = families[(module, name)]
            called = self.attributes.union(*(self.own[each] for each in relatives))
            foreign = set().union(*(self._foreign(each) for each in relatives))
            for method in self.modules[module].classes[name].methods:
                if method in called or method in foreign or re.fullmatch(r"__\w+__", method):
                    yield module, f"{name}.{method}"

    def _of_modules(self) -> Iterator[Name]:
        """Names of modules that are passed on as a value, as `room.OUTCOMES` of each room of a list."""
        for module in self.whole:
            yield from ((module, name) for name in self.attributes & set(self.modules[module].bound))

    def _bases(self, name: Name) -> list[tuple[Name | None, str]]:
        """The bases of a class: what they resolve to, and how they are written."""
        module = self.modules[name[0]]
        bases = module.classes[name[1]].node.bases
        return [(next(iter(self.uses(module, base).names), None), ast.unparse(base)) for base in bases]

    def _families(self, classes: list[Name]) -> dict[Name, set[Name]]:
        """Each class with those above and below it: a method may be called for any of them."""
        families: dict[Name, set[Name]] = {name: {name} for name in classes}
        for name in classes:
            for base in (b for b, _ in self._bases(name) if b in families and b is not None):
                joined = families[name] | families[base]
                for member in joined:
                    families[member] = joined
        return families

    def _foreign(self, name: Name) -> set[str]:
        """Methods of the bases that other libraries define, which call them by name."""
        names = set[str]()
        for base, written in self._bases(name):
            root, _, rest = written.partition("[")[0].partition(".")
            module, what = self.modules[name[0]].imports.get(root, ("builtins", root))
            if base is None and module not in ("typing", "abc", "enum"):
                found: object = builtins if module == "builtins" else importlib.import_module(module)
                for part in filter(None, [what, *rest.split(".")]):
                    found = getattr(found, part, None)
                names |= set(dir(found))
        return names

    # ------------------------------------------------------------------------------------------------- what is left

    def unreachable(self) -> Iterator[tuple[str, int, str]]:
        """(module, line, name) of functions, classes and methods that the walk did not reach."""
        for module in self.modules.values():
            for name, nodes in module.bound.items():
                node = nodes[0]
                if not isinstance(node, Function | ast.ClassDef) or only_a_type(node):
                    continue
                if (module.name, name) not in self.reached:
                    yield module.name, node.lineno, name
                elif isinstance(node, ast.ClassDef):
                    methods = module.classes[name].methods.items()
                    missed = ((n, m) for n, m in methods if (module.name, f"{name}.{n}") not in self.reached)
                    yield from ((module.name, method.lineno, f"{name}.{n}") for n, method in missed)


def only_a_type(node: ast.AST) -> bool:
    """True for a class that is there for annotations: a protocol or a typed dictionary."""
    written = [ast.unparse(base).partition("[")[0] for base in node.bases] if isinstance(node, ast.ClassDef) else []
    return any(base.endswith(("Protocol", "TypedDict")) for base in written)


def read(root: Path, *folders: str) -> Program:
    """The program of the modules in these folders."""
    modules = {}
    for path in sorted(path for folder in folders for path in (root / folder).rglob("*.py")):
        if not {"_share", "__pycache__"} & set(path.parts):
            parts = path.relative_to(root).with_suffix("").parts
            package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if package else parts)
            modules[name] = Module(name, path.read_text(encoding="utf8"), package=package)
    return Program(modules)


def unreachable() -> list[str]:
    """'path:line: name' of everything in the product that nothing reaches."""
    program = read(ROOT, *PRODUCT)
    program.reach(*(root for root in ROOTS if root[0] in program.modules), *((module, "*") for module in KEPT))
    paths = {name: name.replace(".", "/") + "/__init__" * module.package for name, module in program.modules.items()}
    found = ((paths[module], line, name) for module, line, name in program.unreachable() if module not in KEPT)
    return [f"{path}.py:{line}: {name}" for path, line, name in sorted(found)]


if __name__ == "__main__":
    print(*unreachable(), sep="\n")
