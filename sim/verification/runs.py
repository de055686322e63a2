"""The runs behind what is verified: found by their ids, run again once, and drawn again once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sim import charts
from sim.charts.files import FORMATS
from sim.comparison.record import Rerun, parse, record_text, run_again
from sim.comparison.results import Comparison, run_id
from sim.comparison.run import compare
from sim.comparison.sample import Progress
from sim.comparison.verdict import LOOKS
from sim.scenario import ScenarioError, load, names
from sim.scenario.records import FORM
from sim.verification.analyses import Again, Analysed, analysed, held
from sim.verification.findings import VERIFIED

DECIDED = "decide/"  # before the name of a figure that `decide` draws
ID_DIGITS = 12
MOST_ALIKE = 4  # records of one id that are not the same; each is run


@dataclass
class Ran:
    """A run as it is now. `again`: how it compares with its record; None where it was found by its id alone."""

    now: Comparison
    text: str  # of the record
    again: Rerun | None
    seen: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)  # figures as pixels, once asked for
    _drawn: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False)

    @property
    def run(self) -> str:
        """The id that its record has."""
        return str(self.again.kept["run"]) if self.again else self.now.run_id

    @property
    def moved(self) -> bool:
        """Whether numbers of its record are others now."""
        return bool(self.again and self.again.moved)

    def figure(self, name: str, suffix: str) -> bytes | None:
        """A figure of the run as a file; None for a name that there is not."""
        key = (name, suffix)
        if key not in self._drawn:
            if name in charts.CHARTS:
                self._drawn[key] = FORMATS[suffix](charts.CHARTS[name](self.now), self.now, name)
            elif name.startswith(DECIDED):
                self._drawn |= _decided(self.now)
        return self._drawn.get(key)


def _decided(comparison: Comparison) -> dict[tuple[str, str], bytes]:
    """The figures of the decision that a comparison belongs to."""
    from sim.charts import decisions
    from sim.decision.case import Case
    from sim.decision.decision import Decision

    decision = Decision(Case.of(comparison.scenario, comparison.seed, comparison.draws, comparison.draw))
    with TemporaryDirectory() as folder:
        decisions.save(decision, Path(folder))
        return {(f"{DECIDED}{path.stem}", path.suffix[1:]): path.read_bytes() for path in Path(folder).iterdir()}


class Runs:
    """Records by the ids of their runs; each is run again once, however many figures it has."""

    def __init__(self, progress: Progress = lambda done, of, what: None, again: Again | None = None) -> None:
        """Known are the records of the shipped scenarios alone. `again`: who runs other commands than `compare`."""
        self._progress, self._again = progress, again
        self._analysed: dict[str, Analysed | None] = {}
        self._texts: dict[str, list[str]] = {}
        self._ran: dict[str, Ran] = {}

    def learn(self, text: str) -> str:
        """Take in the record in a text, and return its id; empty where it is none."""
        with suppress(ValueError, RecursionError):
            kept = json.loads(text)
            if isinstance(kept, dict) and str(kept.get("schema", "")).startswith(FORM):
                run = str(kept.get("run", ""))
                texts = self._texts.setdefault(run, [])
                texts += [text] if text not in texts and len(texts) < MOST_ALIKE else []
                return run
        return ""

    def texts_of(self, run: str) -> list[str]:
        """The records of an id, which may lack the appraisal profile; one alone, unless somebody changed some."""
        return [text for each, texts in self._texts.items() if _is_id(run, each) for text in texts]

    def of_record(self, text: str, where: str) -> Ran:
        """A record run again; ScenarioError, where it is one that cannot be, calls it `where`."""
        if text not in self._ran:
            kept, scenario = parse(text, where)
            again = run_again(kept, scenario, self._progress)
            self._ran[text] = Ran(again.now, text, again)
        return self._ran[text]

    def analysis(self, text: str, where: str) -> Analysed | None:
        """The record of another command than `compare` run again; None where it is none, or nobody here can run it."""
        if self._again is not None and text not in self._analysed:
            self._analysed[text] = analysed(text, where, self._again)
        return self._analysed.get(text)

    def analysis_of(self, run: str, where: str) -> Analysed | None:
        """The same of an id: of several records that are known the first that holds, else the first that can be run."""
        texts, found = self.texts_of(run), []
        for text in texts:
            with suppress(ScenarioError) if len(texts) > 1 else nullcontext():
                found += [each] if (each := self.analysis(text, where)) else []
        return next((each for each in found if held(each)[0] == VERIFIED), next(iter(found), None))

    def of_id(self, run: str, where: str) -> Ran | None:
        """The run of an id: of a record that is known, or of a shipped scenario as it is run by default."""
        if texts := self.texts_of(run):
            return self._best(texts, where)
        if run not in self._ran:
            for scenario, settings in _usual():
                if run_id(load(scenario), **settings)[:ID_DIGITS] == run[:ID_DIGITS]:
                    now = compare(load(scenario), progress=self._progress, **settings)
                    self._ran[run] = Ran(now, record_text(now), None)
                    break
        return self._ran.get(run)

    def _best(self, texts: list[str], where: str) -> Ran:
        """Of several records of one id the first that holds; ScenarioError where none can be run."""
        found: list[Ran] = []
        for text in texts:
            with suppress(ScenarioError) if len(texts) > 1 else nullcontext():
                found.append(self.of_record(text, where))
                if text == found[-1].now.cached(record_text):
                    return found[-1]
        return found[0] if found else self.of_record(texts[0], where)


def _usual() -> Iterator[tuple[str, dict[str, Any]]]:
    """The shipped scenarios with the settings that commands and page use by themselves."""
    for name in names():
        for draws in (*LOOKS, 0):
            for queue, fidelity in ((True, None), (True, "instant"), (False, None)):
                yield name, {"seed": 1, "draws": draws, "queue": queue, "fidelity": fidelity}


def why_not(error: ScenarioError) -> str:
    """Why a record cannot be run, as one sentence."""
    return "; ".join(error.faults)


def _is_id(run: str, whole: str) -> bool:
    """Whether an id names a run; a spreadsheet takes one of digits for a number, and writes it as one.

    >>> _is_id("6.08884752E+90", "608884752e82"), _is_id("12345678901", "012345678901"), _is_id("5e999", "6e9999999999")
    (True, True, False)
    """
    if run in (whole, whole[:ID_DIGITS]):
        return True
    with suppress(ValueError):
        ours, theirs = float(whole[:ID_DIGITS]), float(run)
        return isfinite(ours) and f"{ours:.15G}" == f"{theirs:.15G}"
    return False
