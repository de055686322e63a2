"""The command `heavypress`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from sim.cli.commands import COMPLETION, PROGRAM, program
from sim.cli.refusals import RefusedError, usage_sentence
from sim.cli.terminal import readable_output


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of one command: 0 done, 1 stale documents, 2 refused, 130 interrupted."""
    with readable_output():
        try:
            code = _run(sys.argv[1:] if arguments is None else list(arguments))
            sys.stdout.flush()
            return code
        except KeyboardInterrupt:
            print(f"{PROGRAM}: interrupted; nothing was written", file=sys.stderr)
            return 130
        except BrokenPipeError:
            # the reader of a pipe has had enough; keep Python from complaining when it closes stdout
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except _refusals() as error:
            print(f"{PROGRAM}: {error}", file=sys.stderr)
            return 2


def _run(arguments: list[str]) -> int:
    """Exit code of the command that the arguments name."""
    if instruction := os.environ.get(COMPLETION):
        from click.shell_completion import shell_complete

        return shell_complete(program, {}, PROGRAM, COMPLETION, instruction)
    if not arguments:
        raise RefusedError(f"no command; {PROGRAM} --help lists them")
    try:
        with program.make_context(PROGRAM, arguments) as context:
            return program.invoke(context) or 0
    except click.exceptions.Exit as ended:  # --help and --version
        return ended.exit_code
    except click.UsageError as error:
        raise RefusedError(usage_sentence(error)) from None


def _refusals() -> tuple[type[Exception], ...]:
    """Errors whose message is for the user; loaded when something is raised, for a command that succeeds needs none."""
    from sim.export.output_dir import UnwritableError
    from sim.queue.logs.problems import LogError
    from sim.scenario.problems import ScenarioError

    return RefusedError, ScenarioError, UnwritableError, LogError
