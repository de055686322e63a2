"""What the documents name is there: modules, names in them, files, links, commands and their options."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
from functools import cache
from pathlib import Path

import pytest

from sim.cli import main
from sim.cli.commands import COMMANDS, Family, load_command

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "data/*.md", "notebooks/*.ipynb")
    for path in ROOT.glob(pattern)
)
PRESENT = [path for path in DOCUMENTS if path != "CHANGELOG.md"]  # which also names what is gone
FILES = re.compile(r"(?<![\w./-])(?:sim|dashboard|tests|docs|data|scenarios|notebooks)/[\w./*-]*")
DOTTED = re.compile(r"(?<![\w./-])(?:sim|dashboard|tests)(?:\.[A-Za-z_]\w*)+")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
COMMAND = re.compile(r"heavypress (?!--)([a-z]+)((?:[^`|#\n]|\\\n)*)")
FAMILIES = {name: family for name in COMMANDS if isinstance(family := load_command(name), Family)}
# what a recipe makes is not there yet
RECIPE = re.compile(r"^```(?:python|toml)\n# .*?^```$", re.DOTALL | re.MULTILINE)


@cache
def text(path: str) -> str:
    """What a document says, without the code of recipes."""
    written = (ROOT / path).read_text(encoding="utf8")
    if path.endswith(".ipynb"):
        return "\n".join("".join(cell["source"]) for cell in json.loads(written)["cells"])
    return RECIPE.sub("", written)


def is_there(dotted: str) -> bool:
    """True for a module, and for a name that a module binds or a method of one."""
    parts = dotted.split(".")
    for depth in range(len(parts), 0, -1):
        module = ROOT.joinpath(*parts[:depth])
        file = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
        if file.is_file() or module.is_dir():
            rest = parts[depth : depth + 1]
            return not rest or (file.is_file() and rest[0] in names(file))
    return False


def names(file: Path) -> set[str]:
    """Names that a module binds at its top level."""
    found = set[str]()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def complain(faults: list[str]) -> None:
    """Fail with all faults at once."""
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("path", PRESENT)
def test_files_and_folders_that_a_document_names_are_there(path: str) -> None:
    written = {name.rstrip("./") for name in FILES.findall(text(path))}
    complain([f"{path}: no {name}" for name in sorted(written) if not list(ROOT.glob(name))])


@pytest.mark.parametrize("path", PRESENT)
def test_modules_and_names_that_a_document_names_are_there(path: str) -> None:
    complain([f"{path}: no {name}" for name in sorted(set(DOTTED.findall(text(path)))) if not is_there(name)])


@pytest.mark.parametrize("path", DOCUMENTS)
def test_links_of_a_document_lead_somewhere(path: str) -> None:
    links = sorted(set(LINK.findall(text(path))))
    complain([f"{path}: no {link}" for link in links if not (ROOT / path).parent.joinpath(link).exists()])


def called(command: str, rest: str) -> tuple[str, ...]:
    """The words of a command: with that of its family, if it has one, be it named or usual."""
    if command not in FAMILIES or not (words := rest.split()) or words[0].startswith("-"):
        return (command,)
    family = FAMILIES[command]
    return command, words[0] if words[0] in family.commands or family.usual is None else family.usual.command


@cache
def help_of(*words: str) -> str:
    """What `heavypress COMMAND --help` prints; empty for a command that is not there."""
    printed, code = io.StringIO(), 0
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = main([*words, "--help"])
        except SystemExit as done:
            code = int(done.code or 0)
    return printed.getvalue() if code == 0 else ""


@pytest.mark.parametrize("path", DOCUMENTS)
def test_commands_that_a_document_shows_are_there_with_their_options(path: str) -> None:
    faults = []
    for command, rest in COMMAND.findall(text(path)):
        known = help_of(*called(command, rest))
        options = re.findall(r"(?<!\S)--[a-z][a-z-]*", rest)
        faults += [] if known else [f"{path}: no command {command}"]
        faults += [f"{path}: {command} has no {option}" for option in options if option not in known]
    complain(faults)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("sim.compare", True),
        ("sim.queue.logs", True),
        ("sim.queue.logs.read_log", True),
        ("sim.queue.logs.log_reader", False),
        ("sim.engine", False),
        ("sim.engine.queue", False),
    ],
)
def test_a_name_is_there_where_its_module_binds_it(name: str, there: bool) -> None:
    assert is_there(name) == there
