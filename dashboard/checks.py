"""Work that the page of what this is hands to a worker: the model against the record, and a figure against its run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dashboard.worker import Task
from sim.comparison.identity import code_digest, data_digest, digest
from sim.comparison.sample import Progress
from sim.validation import Report, cases, validate

if TYPE_CHECKING:
    from sim.verification import Finding


def validation() -> Task:
    """Hold the model against every published result: the task finds a `Report`."""
    return Task(f"validation/{code_digest()}/{data_digest()}", validated)


def validated(progress: Progress) -> Report:
    """The verdict on every target."""
    return Report(validate(cases(), progress=progress))


def verification(name: str, content: bytes) -> Task:
    """Hold a figure, a table or a document against its run: the task finds a list of `Finding`."""
    about = digest(name, content, code_digest(), data_digest())
    return Task(f"verification/{about}", partial(verified, name, content))


def verified(name: str, content: bytes, progress: Progress) -> list[Finding]:
    """The findings on a file, by its content alone; nothing in it is executed, and nothing of it is written."""
    from sim.verification import examine  # reads Word and PDF: half a second that the first page need not wait for

    return examine(name, content, progress)
