"""Job scripts for batch systems: every task computes a shard, and all fill one folder."""

from __future__ import annotations

import re
import shlex
import sys
from math import ceil
from pathlib import Path

from sim.sweeps.estimate import Estimate
from sim.sweeps.plan import Plan

_SPARE = 3  # times the estimate: nodes are slower than one thinks, and a task that is cut short is resumed
_LEAST_MINUTES = 10
_MEMORY_MIB = 1_500  # of a process


def slurm(plan: Plan, needs: Estimate, file: Path, out: Path, shards: int, workers: int) -> str:
    """An array of `shards` tasks with so many processes each; it may be submitted again until nothing is missing."""
    minutes = max(ceil(_SPARE * needs.seconds / 60 / shards / workers), _LEAST_MINUTES)
    folder, name = shlex.quote(str(out.absolute())), re.sub(r"[^\w.-]", "_", f"heavypress-{plan.key}")
    call = f"{shlex.quote(sys.executable)} -m sim sweep run {shlex.quote(str(file.absolute()))} --out {folder}"
    return f"""#!/bin/bash
# {plan.title}
# {plan.runs} runs in {plan.parts} parts. Submit with sbatch, again if tasks were cut short: what is done is skipped, so
# that nothing is lost or computed twice.
#SBATCH --job-name={name}
#SBATCH --array=1-{shards}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={workers}
#SBATCH --mem={_MEMORY_MIB * workers}M
#SBATCH --time={minutes // 60:02}:{minutes % 60:02}:00
#SBATCH --output={name}-%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
exec {call} \\
    --shard "$SLURM_ARRAY_TASK_ID/{shards}" --workers {workers} --yes --progress lines
"""
