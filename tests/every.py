"""Many small cases as one test: each is judged, and all that fail are named together."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest


def every(names: str | tuple[str, ...], cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Like `pytest.mark.parametrize`, but one test: for hundreds of cases that take less than a test of their own does.

    names: of the arguments, one or several. cases: a value, several, or a `pytest.param` each. Fixtures are shared by
    all cases. Fails with a line for each case that failed: its values, where, and why.
    """
    single = isinstance(names, str)
    given = [names] if isinstance(names, str) else list(names)
    kept = [case.values if hasattr(case, "values") and hasattr(case, "id") else (case,) if single else tuple(case)
            for case in cases]  # fmt: skip

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def judged(**fixtures: Any) -> None:
            assert kept, "there are no cases"
            faults = []
            for values in kept:
                try:
                    test(**dict(zip(given, values, strict=True)), **fixtures)
                except (Exception, pytest.fail.Exception) as fault:
                    said = f"{type(fault).__name__} in line {_line(fault, test)}: {fault}"
                    faults.append(f"{', '.join(f'{value!r:.80}' for value in values)}: {said}")
            assert not faults, "\n".join([f"{len(faults)} of {len(kept)} cases failed", *faults])

        own = inspect.signature(test)
        fixtures = [each for name, each in own.parameters.items() if name not in given]
        judged.__signature__ = own.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return judged

    return decorate


def _line(fault: BaseException, test: Callable[..., None]) -> int | None:
    """The line of the test that failed, not that of what it called."""
    found, step = None, fault.__traceback__
    while step is not None:
        if step.tb_frame.f_code is inspect.unwrap(test).__code__:
            found = step.tb_lineno
        step = step.tb_next
    return found
