"""Nothing stands in the product that no command, no public function of Python and no page reaches.

What is there to check the product by, such as a slow and plain way to the same number, lives in `tests/`.
"""

from __future__ import annotations

import pytest

from tests.reachability import BODY, KEPT, Module, Program, unreachable


def test_every_function_class_and_method_is_reached() -> None:
    found = unreachable()
    assert not found, "no command, public function or page reaches\n" + "\n".join(found)


def test_what_is_kept_without_being_reached_says_why() -> None:
    assert all(why.strip() for why in KEPT.values())


def missed(root: str = "main", **sources: str) -> set[str]:
    """Names of a small program, a text a module, that a walk from `app.main` does not reach."""
    program = Program(
        {name.replace("__", "."): Module(name.replace("__", "."), text) for name, text in sources.items()}
    )
    program.reach(("app", root))
    return {name for _, _, name in program.unreachable()}


@pytest.mark.parametrize(
    ("claim", "source", "left"),
    [
        ("a call reaches, and what it calls", "def main(): a()\ndef a(): b()\ndef b(): ...\ndef c(): ...", {"c"}),
        ("a registry uses what stands in it", "def main(): ALL[0]()\nALL = (a,)\ndef a(): ...", set()),
        ("a registry that nobody reads uses nothing", "def main(): ...\nALL = (a,)\ndef a(): ...", {"a"}),
        ("a decorator is used", "def main(): a()\ndef deco(f): return f\n@deco\ndef a(): ...", set()),
        ("a variable of the same name is no use", "def main():\n    a = 1\n    return a\ndef a(): ...", {"a"}),
        ("an argument of the same name is no use", "def main(a): return a\ndef a(): ...", {"a"}),
        (
            "a name within a nested function is one",
            "def main():\n    def f(): return a()\n    return f\ndef a(): ...",
            set(),
        ),
        ("an annotation is no use", "def main(x: A) -> A: ...\nclass A: ...", {"A"}),
        ("who calls itself is not reached by that", "def main(): ...\ndef a(): a()", {"a"}),
        ("a protocol is there for annotations", "def main(x: A): ...\nclass A(Protocol): ...", set()),
        ("a command is kept by its group", "def main(): ...\n@main.command()\ndef a(): ...", set()),
        ("what runs on import is reached", "def main(): ...\nprint(a())\ndef a(): ...", set()),
    ],
)
def test_a_function_is_reached_where_reached_code_reads_its_name(claim: str, source: str, left: set[str]) -> None:
    assert missed(app=source) == left, claim


@pytest.mark.parametrize(
    ("claim", "source", "left"),
    [
        ("an attribute of any object", "def main(): A().f\nclass A:\n def f(self): ...\n def g(self): ...", {"A.g"}),
        ("a class that nobody makes", "def main(x): x.f\nclass A:\n def f(self): ...", {"A"}),
        ("special methods", "def main(): A()\nclass A:\n def __len__(self): return a()\ndef a(): ...", set()),
        (
            "self speaks of the class alone",
            "def main(): A().f(); B()\nclass A:\n def f(self): self.g()\n def g(self): ...\n"
            "class B:\n def g(self): ...",
            {"B.g"},
        ),
        (
            "and of its relatives",
            "def main(): B().f()\nclass A:\n def f(self): self.g()\nclass B(A):\n def g(self): ...",
            set(),
        ),
        (
            "who overrides a library is called by it",
            "from json import JSONEncoder as J\ndef main(): A()\nclass A(J):\n def default(self): ...\n def f(self): 0",
            {"A.f"},
        ),
        ("a name given as text", "def main(x): getattr(A(), 'f')\nclass A:\n def f(self): ...", set()),
        ("an attribute that is written, not read", "def main(x): x.f = A()\nclass A:\n def f(self): ...", {"A.f"}),
    ],
)
def test_a_method_is_reached_where_reached_code_reads_its_name(claim: str, source: str, left: set[str]) -> None:
    assert missed(app=source) == left, claim


@pytest.mark.parametrize(
    ("claim", "source", "left"),
    [
        ("by name", "from lib.part import a\ndef main(): a()", {"b"}),
        ("under another name", "from lib.part import a as f\ndef main(): f()", {"b"}),
        ("through its module", "from lib import part\ndef main(): part.a()", {"b"}),
        ("through the whole path", "import lib.part\ndef main(): lib.part.a()", {"b"}),
        ("where it is needed", "def main():\n    from lib.part import a\n    a()", {"b"}),
        ("by nobody", "from lib.part import a\ndef main(): ...", {"a", "b"}),
        ("through a list of modules", "from lib import part\nALL = [part]\ndef main(): ALL[0].a()", {"b"}),
        (
            "as a command that is loaded when it is called",
            "ALL = ('a',)\ndef main(n): return getattr(import_module(f'lib.{n}'), n)",
            {"b"},
        ),
        ("by a text that names it", "TABLE = {'x': 'lib.part:a'}\ndef main(): TABLE['x']", {"b"}),
    ],
)
def test_an_import_reaches_what_is_read_of_it(claim: str, source: str, left: set[str]) -> None:
    assert missed(app=source, lib="", lib__part="def a(): ...\ndef b(): ...") == left, claim


def test_an_import_runs_the_module() -> None:
    sources = {"app": "import lib", "lib": "def a(): ...\ndef b(): ...\nprint(a())"}
    assert missed(BODY, **sources) == {"b"}
