"""What a command refuses: always one sentence, the same for every command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


class RefusedError(ValueError):
    """A request that cannot be met; the message is one sentence."""


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
