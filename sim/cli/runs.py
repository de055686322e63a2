"""The run that a command is about: of a scenario with the options of `compare`, or one whose record is given."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sim.cli.commands import RefusedError
from sim.cli.options import appraisal, as_needed, optional_scenario, overlaid, run_or_scenario, stacked, varied
from sim.cli.waits import ALL_JOBS, cache_of, report_compilation, simulated_waits
from sim.formatting import join_words, unknown_name

if TYPE_CHECKING:
    from sim.comparison.results import Comparison, Fidelity
    from sim.mechanisms.appraisal import Profile
    from sim.mechanisms.sampling import Drawn, Sequence
    from sim.progress import Bar

RECORD = "run.json"  # that of sim.export
_OF_ANY_RUN = {"scenario", "no_cache"}  # options that a record leaves open

# What is compared, and how it is drawn: the options of every command that runs a comparison for its result.
_how = stacked(as_needed, varied("headline"), overlaid, appraisal, simulated_waits)
compared = stacked(optional_scenario, _how)
compared_or_recorded = stacked(run_or_scenario, _how)


@contextmanager
def ran(
    scenario: str,
    settings: dict[str, Any],
    seed: int,
    draws: int | None,
    sequence: Sequence,
    draw: Drawn,
    storyline: str | None,
    profile: str | None,
    fidelity: Fidelity | None,
    no_queue: bool,
    no_cache: bool,
) -> Iterator[tuple[Comparison, Bar]]:
    """The comparison that the options of `compared` ask for, and the bar of its progress, as long as there is work."""
    from sim.comparison.run import compare as run
    from sim.progress import Bar
    from sim.scenario.storylines import load_under

    by = _profile(profile)
    if sequence == "latin" and draws is None:
        raise RefusedError("--sequence latin: say how many --draws, for none can be added to a Latin hypercube")
    loaded = load_under(scenario, settings, storyline)
    if not no_queue and fidelity != "instant":
        report_compilation(ALL_JOBS)
    with Bar() as bar:
        yield run(
            loaded, seed=seed, draws=draws, draw=draw, sequence=sequence, queue=not no_queue, fidelity=fidelity,
            profile=by, progress=bar.show, store=cache_of(no_cache), final=True,
        ), bar  # fmt: skip


def _profile(name: str | None) -> Profile | None:
    """The appraisal profile of a name; None without one."""
    from sim.mechanisms.appraisal import profile, profiles

    if name is not None and name not in profiles():
        raise RefusedError(f"--profile: {unknown_name('appraisal profile', name, profiles())}")
    return None if name is None else profile(name)


@contextmanager
def ran_or_recorded(*, of: set[str], **asked: Any) -> Iterator[tuple[Comparison, Bar]]:
    """The same for `compared_or_recorded`: a recorded run, run again with its own settings, where one is named.

    of: parameters of the command that are about what is written, and so go with any run.
    """
    record = _record_of(asked["scenario"])
    if record is None:
        with ran(**asked) as found:
            yield found
        return
    _refuse_own(asked["scenario"], of)
    with _again(record, asked["no_cache"]) as found:
        yield found


def _record_of(named: str) -> Path | None:
    """The record that is meant; None where a scenario is."""
    path = Path(named)
    if path.suffix == ".zip":
        raise RefusedError(f"{named}: is a zip file; unpack it, and name its {RECORD}")
    return path / RECORD if path.is_dir() else path if path.suffix == ".json" else None


def _refuse_own(named: str, of: set[str]) -> None:
    """RefusedError where options would change a run whose record is given."""
    context = click.get_current_context()
    own = (param for param in context.command.params if param.name and param.name not in _OF_ANY_RUN | of)
    typed = ParameterSource.COMMANDLINE
    if given := [param.opts[-1] for param in own if context.get_parameter_source(param.name or "") is typed]:
        raise RefusedError(f"{named}: is a run with settings of its own; leave out {join_words(given)}")


@contextmanager
def _again(record: Path, no_cache: bool) -> Iterator[tuple[Comparison, Bar]]:
    """A recorded run, run again; where it is not the same any more, a line says so."""
    from sim.comparison.record import rerun, sentences
    from sim.progress import Bar

    with Bar() as bar:
        found = rerun(record, bar.show, cache_of(no_cache))
        if found.moved or found.now.run_id != found.kept["run"]:
            print("\n".join(sentences(found)), file=sys.stderr)
        yield found.now, bar
