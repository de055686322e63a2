"""The replays of a what-if: one reading of the log, and a case for each policy on each size of machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from sim.formatting import format_amount, unknown_name
from sim.queue.disciplines.rules import Discipline
from sim.queue.jobs import Integers
from sim.queue.logs.effects import idle_faults, in_force, unknown_rules
from sim.queue.logs.fitting import LeftOut, fitting
from sim.queue.logs.log import Log
from sim.queue.logs.problems import LogError
from sim.queue.logs.replay import TAU_SECONDS, checked_rules, replay
from sim.queue.logs.report import rules_text

POLICIES = get_args(Discipline)

Step = Callable[[int, int, str], None]
"""Called before each replay: how many are done, of how many, and which one is next."""


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """One replay: a policy on a machine.

    log: the jobs that fit. left_out: those that do not. summary: as a single replay has it. Arrays are [job] of `log`.
    """

    policy: str
    machine_gpus: int
    log: Log
    left_out: LeftOut
    summary: dict[str, float]
    start_seconds: Integers
    end_seconds: Integers

    def __repr__(self) -> str:
        """The replay in a short line."""
        return f"<{type(self).__name__} {self.name}>"

    @property
    def name(self) -> str:
        """What is replayed in words: 'easy on 512 GPUs'."""
        return f"{self.policy} on {format_amount(self.machine_gpus, 'GPU')}"


@dataclass(frozen=True, eq=False, repr=False)
class Cases:
    """A log under several policies and sizes; `cases` are by size as asked for, and by policy within a size.

    log: every job that was accepted. rules: what all policies were given, as keywords of `simulate`.
    """

    log: Log
    cases: tuple[Case, ...]
    rules: dict[str, Any]
    tau_seconds: int = TAU_SECONDS

    def __repr__(self) -> str:
        """The what-if in a short line: how many replays, and of which log."""
        return f"<{type(self).__name__} of {format_amount(len(self.cases), 'replay')}: {self.log!r}>"

    @property
    def name(self) -> str:
        """The name of the log's file."""
        return self.log.name

    @property
    def policies(self) -> list[str]:
        """The policies, as asked for."""
        return list(dict.fromkeys(case.policy for case in self.cases))

    @property
    def sizes(self) -> list[int]:
        """GPUs of the machines, as asked for."""
        return list(dict.fromkeys(case.machine_gpus for case in self.cases))

    def rules_of(self, policy: str) -> str:
        """The rules beside it that are in force under a policy, in words."""
        return rules_text(own_rules(policy, self.rules))

    @property
    def own_gpus(self) -> int:
        """The size that titles speak of: that of the log's own machine where it is replayed, else the first."""
        return self.log.header_gpus if self.log.header_gpus in self.sizes else self.sizes[0]

    def on(self, gpus: int) -> list[Case]:
        """The cases on a machine of this size."""
        return [case for case in self.cases if case.machine_gpus == gpus]


def replayed(
    log: Log, policies: Sequence[str], gpus: Sequence[int], tau_seconds: int, progress: Step, rules: dict[str, Any]
) -> tuple[Case, ...]:
    """The cases of a what-if, see `what_if`."""
    refuse_choice(policies, gpus, rules)
    given = [checked_rules(discipline=policy, **own_rules(policy, rules)) for policy in policies]
    fitted = [(size, *fitting(log, size)) for size in gpus or [log.machine_gpus or _unknown_size(log)]]
    planned = [(size, jobs, left, own) for size, jobs, left in fitted for own in given]
    cases = []
    for done, (size, jobs, left, own) in enumerate(planned):
        progress(done, len(planned), f"{own['discipline']} on {format_amount(size, 'GPU')}")
        result = replay(jobs, size, tau_seconds=tau_seconds, **own)
        summary = {**result.summary(), **left.numbers()}
        cases.append(Case(own["discipline"], size, jobs, left, summary, result.start_seconds, result.end_seconds))
    return tuple(cases)


def _unknown_size(log: Log) -> int:
    """Raise the error for a machine of unknown size."""
    replay(log)
    return 0


def own_rules(policy: str, rules: dict[str, Any]) -> dict[str, Any]:
    """The rules that a policy looks at.

    >>> own_rules("fcfs", {"order": "per_event", "backfill_depth": 9})
    {'order': 'per_event'}
    """
    found = in_force({"discipline": policy, **rules})
    return {name: value for name, value in found.items() if name != "discipline"}


def refuse_choice(policies: Sequence[str], gpus: Sequence[int], rules: dict[str, Any]) -> None:
    """LogError with every fault of the choice; see `choice_faults`. Rules that are None are not given."""
    faults = choice_faults(policies, gpus, rules)
    if faults:
        raise LogError("replay", faults)
    for policy in policies:
        checked_rules(discipline=policy, **own_rules(policy, rules))


def choice_faults(policies: Sequence[str], gpus: Sequence[int], rules: dict[str, Any]) -> list[str]:
    """What is wrong with the choice of policies, sizes and rules, a sentence each.

    >>> choice_faults(["easy", "fcsf"], [8, 8], {})
    ["no policy 'fcsf'; did you mean 'fcfs'?", '8 GPUs are given twice']
    """
    faults = [unknown_name("policy", name, POLICIES) for name in policies if name not in POLICIES]
    faults += [] if policies else ["no policy is named"]
    faults += ["discipline: is given as one of the policies"] if "discipline" in rules else []
    faults += [f"policy {name!r} is given twice" for name in _repeated(policies)]
    faults += [f"{format_amount(size, 'GPU')} are given twice" for size in _repeated(gpus)]
    faults += unknown_rules(rules)
    return faults or idle_faults(policies, rules)


def _repeated(values: Iterable[Any]) -> Iterator[Any]:
    """Values that stand further up already, each once."""
    seen: dict[Any, int] = {}
    for value in values:
        seen[value] = seen.get(value, 0) + 1
    return (value for value, times in seen.items() if times > 1)
