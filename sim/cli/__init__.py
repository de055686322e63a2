"""The command `heavypress`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import click

from sim.cli.commands import COMPLETION, PROGRAM, RefusedError, program, usage_sentence
from sim.cli.terminal import readable_output

# Matrices are small here: more threads of linear algebra win nothing, and wait by spinning on a core others need.
THREADS = {"OPENBLAS_NUM_THREADS": "1"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of one command: 0 done, 1 stale documents, 2 refused, 130 interrupted."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the command
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 (for as long as the process lasts)
    for name, count in THREADS.items():  # read when NumPy is loaded, which no command has done yet
        os.environ.setdefault(name, count)
    with readable_output():
        try:
            code = _run(sys.argv[1:] if arguments is None else list(arguments))
            sys.stdout.flush()
            return code
        except KeyboardInterrupt:
            return _stop("interrupted; nothing was written", 130)
        except OSError as error:
            if error.filename is not None:  # no stream
                raise
            # nothing more can be printed; keep Python from complaining when it closes the stream
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            leaves = isinstance(error, BrokenPipeError)  # the reader of a pipe has had enough
            return 0 if leaves else _stop(f"the output cannot be written: {error.strerror}")
        except RefusedError as error:
            return _stop(error)
        except _refusals() as error:
            return _stop(error)


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


def _stop(why: object, code: int = 2) -> int:
    """The exit code, once the reason is on standard error."""
    with suppress(OSError):  # the exit code says it too
        print(f"{PROGRAM}: {why}", file=sys.stderr, flush=True)
    return code


def _refusals() -> tuple[type[Exception], ...]:
    """Errors of the model whose message is for the user; loaded when one is raised, for nothing else needs them."""
    from sim.decision.case import UndecidableError
    from sim.export import UnwritableError
    from sim.queue.logs.problems import LogError
    from sim.releases.problems import ReleaseError
    from sim.reports.problems import ReportError
    from sim.scenario.problems import ScenarioError
    from sim.signatures.problems import SignatureError
    from sim.sweeps.problems import LedgerError

    usual = ScenarioError, LedgerError, UndecidableError, UnwritableError, LogError, ReleaseError, ReportError
    return *usual, SignatureError
