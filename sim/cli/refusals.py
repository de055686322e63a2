"""What a command refuses, and the types of its arguments."""

from __future__ import annotations

import argparse
from typing import Any


class RefusedError(ValueError):
    """A request that cannot be met; the message is one sentence."""


def integer(low: int, high: int) -> Any:
    """An argument type: a whole number in a range, refused with one sentence."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return value

    return read
