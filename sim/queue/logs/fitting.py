"""What a machine is too small for: jobs larger than it are left out of a replay, and counted with their work."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from sim.formatting import format_amount, format_percent
from sim.queue.jobs import Flags
from sim.queue.logs.log import Log
from sim.queue.logs.problems import LogError
from sim.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class LeftOut:
    """Jobs of a log that a machine is too small for.

    jobs, gpu_hours: how many, and what they hold. jobs_share, gpu_hours_share: of all jobs that the log has accepted.
    """

    jobs: int = 0
    gpu_hours: float = 0.0
    jobs_share: float = 0.0
    gpu_hours_share: float = 0.0

    def numbers(self) -> dict[str, float]:
        """The four by name, as a summary has them."""
        return {f"left_out_{field.name}": getattr(self, field.name) for field in fields(self)}

    def text(self) -> str:
        """What does not fit in words, empty where everything does.

        >>> LeftOut(654, 1234.5, 0.023, 0.198).text()
        '654 jobs (2.3 %) with 19.8 % of the GPU-hours do not fit'
        """
        if not self.jobs:
            return ""
        verb = "does" if self.jobs == 1 else "do"
        jobs, work = format_percent(self.jobs_share), format_percent(self.gpu_hours_share)
        return f"{format_amount(self.jobs, 'job')} ({jobs}) with {work} of the GPU-hours {verb} not fit"


NOTHING = LeftOut()


def machine_size(log: Log, gpus: int | None) -> int:
    """GPUs of the machine: `gpus`, else what the log says; LogError where neither does."""
    if size := gpus or log.machine_gpus:
        return size
    held = f"its largest job holds {int(log.gpus.max(initial=0)):,} GPUs"
    raise LogError(log.source, [f"--gpus: the log does not give the size of the machine; {held}"])


def fitting(log: Log, gpus: int) -> tuple[Log, LeftOut]:
    """The jobs of a log that a machine of `gpus` GPUs can run, and what is left out; LogError where it can run none.

    The `faults` of the log returned count what is left out, with its lines; the log itself stays as it is.
    """
    if gpus < 1:
        raise LogError("--gpus", [f"{gpus}: a machine has at least 1 GPU"])
    large = log.gpus > gpus
    if not large.any():
        return log, NOTHING
    if large.all():
        held = f"the smallest of {format_amount(len(log), 'job')} holds {int(log.gpus.min()):,}"
        raise LogError(log.source, [f"no job fits on {format_amount(gpus, 'GPU')}: {held}"])
    kept = _only(log, ~large)
    kept.faults.add("does_not_fit", log.line[large])
    # in floats, for GPU-seconds of a long log of a large machine are beyond int64
    work = log.run_seconds.astype(np.float64) * log.gpus
    left = float(work[large].sum())
    return kept, LeftOut(
        jobs=int(large.sum()),
        gpu_hours=left / SECONDS_PER_HOUR,
        jobs_share=float(large.mean()),
        gpu_hours_share=left / float(work.sum()),
    )


def _only(log: Log, kept: Flags) -> Log:
    """The log with some of its jobs, and faults of its own."""
    columns = {field.name: getattr(log, field.name) for field in fields(log)}
    chosen: dict[str, Any] = {name: values[kept] for name, values in columns.items() if isinstance(values, np.ndarray)}
    return replace(log, **chosen, faults=log.faults.copy())
