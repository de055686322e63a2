"""The commands of `heavypress`: their table, how one is loaded when it is called, and what all have in common.

A command is declared with `@command(name, *examples)` in one of the modules of the table, and with options from
`sim.cli.options`. Only the module of the command that is called is imported, so that none pays for another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sim.formatting import join_words, nearest_name, short_repr, unknown_name
from sim.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

PROGRAM = "heavypress"
COMPLETION = "_HEAVYPRESS_COMPLETE"  # what shells set to ask for completions
WIDTH = 100  # of --help
_LAYOUT: dict[str, Any] = {"max_content_width": WIDTH, "show_default": True}


class Entry(NamedTuple):
    """Where a command is defined, below sim.cli, and what it does."""

    module: str
    about: str


COMMANDS = {
    "compare": Entry("comparison", "Compare the options of a scenario."),
    "report": Entry("reports", "Write the brief of a comparison for a reader: HTML, Word, PDF, or a workbook."),
    "rerun": Entry("records", "Run a recorded run again, and say whether the numbers are the same."),
    "export": Entry("packs", "Write a run as one zip file that can be cited and checked (docs/packs.md)."),
    "changelog": Entry(
        "releases", "Compare the headline of every shipped scenario between two releases: what moved, and why."
    ),
    "release": Entry("releases", "Keep what the results of this version rest on, and the results."),
    "verify": Entry("verification", "Check figures, tables and documents against the runs that they show."),
    "sign": Entry("signing", "Write copies of figures that carry the signature of an institution (C2PA)."),
    "timeline": Entry("comparison", "List what happens under one option, event by event."),
    "decide": Entry("decision", "Analyse a decision: what would change the answer, and what it is worth to know more."),
    "argue": Entry("arguments", "Switch each argument of the debate off and on, and report what changes."),
    "validate": Entry("validation", "Hold the model against published results, and report what agrees."),
    "waits": Entry("waits", "Explain the waits of a scenario's machines: how long, why, and what would halve them."),
    "surface": Entry("waits", "Simulate the response surface of the queue anew, in a quarter of an hour."),
    "immediacy": Entry("immediacy", "Price the waits of a machine run ever fuller, beside cloud credits."),
    "steelman": Entry("steelman", "Find the least contrived world in which an option is the best."),
    "mix": Entry("mix", "Say what each instrument of a portfolio contributes to it."),
    "sweep": Entry("sweeps", "Run many scenarios along axes, into a ledger that survives any interruption."),
    "stages": Entry("stages", "Say what it is worth to decide later: a second tranche, waiting, a pilot, a bridge."),
    "replay": Entry("logs", "Replay the log of a machine under the rules of your choice."),
    "calibrate": Entry("logs", "Fit the workload model to the log of a machine."),
    "check": Entry("scenarios", "Check a scenario file and report every fault at once."),
    "scenarios": Entry("scenarios", "List the scenarios that ship with the package."),
    "schema": Entry("scenarios", "Print the JSON schema of scenario files, for editors."),
    "params": Entry("scenarios", "Show the parameters: default, range, evidence, source."),
    "docs": Entry("scenarios", "Write the generated documents."),
    "dashboard": Entry("dashboard", "Open the dashboard in a browser."),
}


class RefusedError(ValueError):
    """A request that cannot be met; the message is one sentence."""


@contextmanager
def refused_as(prefix: str) -> Iterator[None]:
    """Raise RefusedError for a KeyError, whose message is a sentence, with the option that it is about before it."""
    try:
        yield
    except KeyError as error:
        raise RefusedError(f"{prefix}{error.args[0]}") from None


@contextmanager
def refuse_unwritable(path: Path | None) -> Iterator[None]:
    """Raise RefusedError where a file under `path` cannot be written."""
    try:
        yield
    except OSError as error:
        raise RefusedError(f"{error.filename or path}: cannot be written: {error.strerror}") from None


def usage_sentence(error: click.UsageError) -> str:
    """The sentence for what click refuses: the parameter first, then what is wrong with it."""
    if isinstance(error, click.BadParameter) and error.param is not None:
        option = isinstance(error.param, click.Option)
        name = error.param.opts[-1] if option else error.param.human_readable_name
        return f"{name} is missing" if isinstance(error, click.MissingParameter) else f"{name}: {error.message}"
    message = error.format_message()
    return message[:1].lower() + message[1:].rstrip(".")


class Argument(click.Argument):
    """A positional argument that `--help` explains."""

    section = "Arguments"

    def __init__(self, param_decls: Sequence[str], *, help: str, **settings: Any) -> None:
        """`help` is what click gives to options alone before its version 8.5."""
        super().__init__(param_decls, **settings)
        self.about = help

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Name and explanation."""
        return self.human_readable_name, self.about


class Option(click.Option):
    """An option that `--help` lists under `section`."""

    def __init__(self, param_decls: Sequence[str], *, section: str = "Options", **settings: Any) -> None:
        """Names and settings as click takes them."""
        super().__init__(param_decls, **settings)
        self.section = section


class _Explained(click.Command):
    """What commands and the program share: `--help` ends with examples, and every refusal is one sentence."""

    examples: tuple[str, ...] = ()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse with the nearest name what does not exist, and what is given twice."""
        if ctx.resilient_parsing:  # completion: half a line is no mistake
            return super().parse_args(ctx, args)
        try:
            given, _, order = self.make_parser(ctx).parse_args(list(args))
        except click.NoSuchOption as error:
            word = next((arg for arg in args if arg.startswith(error.option_name)), error.option_name)
            raise RefusedError(_unknown_option(self, ctx, word.partition("=")[0])) from None
        for param, times in Counter(order).items():
            if isinstance(param, click.Option):
                _refuse_repeated(param, times, given[param.name or ""], set(_flags(self)))
        return super().parse_args(ctx, args)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, in the words of the other options."""
        found = super().get_help_option(ctx)
        if found:
            found.help = "show this text"
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write arguments and options, section by section."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if record := param.get_help_record(ctx):
                sections.setdefault(getattr(param, "section", "Options"), []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, one a line."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


class Command(_Explained):
    """One command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse arguments beyond the last."""
        left = super().parse_args(ctx, args)
        if left and not ctx.resilient_parsing:
            raise RefusedError(f"{_called(ctx)}: unexpected argument {short_repr(left[0])}")
        return left


class Program(_Explained, click.Group):
    """`heavypress`: finds a command by its name and loads it."""

    examples = (
        "heavypress compare isambard_ai_uk",
        "heavypress compare --help",
        f'eval "$({COMPLETION}=bash_source heavypress)"  # completion; also zsh_source, fish_source',
    )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None where there is none."""
        return load_command(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name, command and the words that are left; RefusedError with the nearest name where there is none."""
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            raise RefusedError(unknown_name("command", args[0], COMMANDS))
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of the program and its commands; of the commands no module is loaded."""
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.about) for name, entry in COMMANDS.items()])


class Usual(NamedTuple):
    """The command of a family that is meant where none is named."""

    command: str
    takes: Callable[[str], bool]  # whether a word is one that the command is called with
    names: Callable[[], Iterable[str]]  # those that have a name


class Family(_Explained, click.Group):
    """Commands under one name. Where the first word is none of them, and `usual` takes it, `usual` is meant."""

    usual: Usual | None = None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse a line that names no command."""
        if not args and not ctx.resilient_parsing:
            raise RefusedError(f"{_called(ctx)}: no command; {ctx.command_path} --help lists them")
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, and what `usual` is called with."""
        from click.shell_completion import CompletionItem

        names = self.usual.names() if self.usual else ()
        found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
        return [*super().shell_complete(ctx, incomplete), *found]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name, command and the words that are left; RefusedError with the nearest name where there is none."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            if self.usual is None or not self.usual.takes(args[0]):
                names = self.usual.names() if self.usual else ()
                raise RefusedError(unknown_name(f"command of {ctx.info_name}", args[0], [*self.commands, *names]))
            args = [self.usual.command, *args]
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and the commands."""
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.help or "") for name, each in self.commands.items()])


def family(name: str, *examples: str, usual: Usual | None = None) -> Family:
    """The commands under a name of the table, to be added with `command(..., of=family)`."""
    built = Family(name, help=COMMANDS[name].about, context_settings=_LAYOUT)
    built.examples, built.usual = tuple(f"{PROGRAM} {example}" for example in examples), usual
    return built


@click.group(cls=Program, help="Public compute policy, simulated.", context_settings=_LAYOUT)
@click.version_option(__version__, message=f"{PROGRAM} %(version)s", help="show the version")
def program() -> None:
    """Do nothing: every command does its own work."""


def command(
    name: str, *examples: str, of: Family | None = None, about: str = ""
) -> Callable[[Callable[..., Any]], Command]:
    """Decorator for the function that runs a command; its help is the sentence of the table, and the examples.

    A command `of` a family has a sentence `about` it of its own.
    """

    def build(function: Callable[..., Any]) -> Command:
        built = click.command(
            name,
            cls=Command,
            help=about or COMMANDS[name].about,
            context_settings={"allow_extra_args": True, **_LAYOUT},
        )(function)
        built.examples = tuple(f"{PROGRAM} {example}" for example in examples)
        if of is not None:
            of.add_command(built)
        return built

    return build


def load_command(name: str) -> Command:
    """The command of a name in the table."""
    found: Command = getattr(import_module(f"sim.cli.{COMMANDS[name].module}"), name)
    return found


def _refuse_repeated(param: click.Option, times: int, given: Any, flags: set[str]) -> None:
    """RefusedError where an option is given twice, or the next one has become its value.

    One that may be repeated is given twice where two of its values name the same: `--set a=1 --set a=2`.
    """
    flag, values = param.opts[-1], map(str, given if param.multiple else [given])
    names = Counter(value.partition("=")[0].strip() for value in values)
    if swallowed := flags & set(names):
        raise RefusedError(f"{flag}: no value before {swallowed.pop()}")
    if times > 1 and not param.multiple:
        raise RefusedError(f"{flag} is given twice")
    if twice := [name for name, count in names.items() if count > 1]:
        raise RefusedError(f"{flag} {twice[0]} is given twice")


def _unknown_option(command: click.Command, ctx: click.Context, word: str) -> str:
    """Sentence for an option that does not exist: whose it is, or the nearest of this command, or of another."""
    others = {name: set(_flags(load_command(name))) for name in COMMANDS} | {PROGRAM: set(_flags(program))}
    missing = ("" if ctx.parent is None else f"{_called(ctx)}: ") + f"no option {short_repr(word)}"
    if owners := [name for name, flags in others.items() if word in flags]:
        return f"{missing}; it is an option of {join_words(owners)}"
    if near := nearest_name(word, _flags(command)):
        return f"{missing}; did you mean {near!r}?"
    if near := nearest_name(word, set().union(*others.values())):
        owner = next(name for name, flags in others.items() if near in flags)
        return f"{missing}; did you mean {near!r} of {owner}?"
    return f"{missing}; {ctx.command_path} --help lists them"


def _called(ctx: click.Context) -> str:
    """The command as it was called, without the program: 'compare', 'sweep run'."""
    return ctx.command_path.removeprefix(f"{PROGRAM} ")


def _flags(command: click.Command) -> Iterator[str]:
    """The options of a command as they are written."""
    return (flag for param in command.params if isinstance(param, click.Option) for flag in param.opts)
