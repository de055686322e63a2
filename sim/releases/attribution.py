"""Why a headline is another one: each change between two editions made alone, and what is left for the code.

Code of old is not here, so the new code runs on both editions. Of a number that was `then` and is `now`

    now - then = (what each change moves when it alone is made in the old edition, summed)
               + (what the changes move together beyond that)
               + (what is left: the code, with the libraries that it computes with)

The last is what the new code gives on the old edition less what the old code gave there; where the new numbers were
made by other code than this, what differs between them and this code's counts as code as well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, nan

from sim.releases.differences import Change, concerns, differences, with_changes
from sim.releases.editions import Edition
from sim.releases.numbers import Numbers, Place, is_moved, moved
from sim.releases.runs import Job, attempt, run

CODE, TOGETHER = "code", "together"
OLD_EDITION = "this code on the old edition"  # what is run first
Progress = Callable[[str], None]
Headlines = Mapping[str, Numbers]  # by scenario


@dataclass(frozen=True)
class Cause:
    """One cause of what moved. `effects`: by how much it moves each number; not a number where one side has none."""

    kind: str  # 'data', 'parameter', 'scenario', 'together' or 'code'
    words: str
    effects: Mapping[Place, float]
    change: Change | None = None

    def share(self, place: Place, attribution: Attribution) -> float:
        """Its part of the movement of a number: 1 is all of it, below 0 it moves it back; not a number without one."""
        whole = attribution.now.get(place, nan) - attribution.then.get(place, nan)
        return self.effects.get(place, 0.0) / whole if whole else nan


@dataclass(frozen=True)
class Attribution:
    """A headline then and now, and the causes of what moved, those that move most numbers first."""

    then: Numbers
    now: Numbers
    causes: tuple[Cause, ...]
    missing: str = ""  # why causes could not be told apart, in a sentence

    @property
    def moved(self) -> list[Place]:
        """The places of the numbers that moved."""
        return moved(self.then, self.now)

    def by_code(self) -> list[Place]:
        """Where no change of data, parameter or scenario accounts for all of what moved."""
        found = {place for cause in self.causes if cause.kind == CODE for place in cause.effects}
        return [place for place in self.moved if self.missing or place in found]


@dataclass(frozen=True)
class Sides:
    """Two editions, and the headlines that were made on them, by scenario."""

    old: Edition
    new: Edition
    then: Headlines
    now: Headlines
    code: str  # what differs in code and libraries, in words


def attributed(
    sides: Sides, jobs: Mapping[str, Job], here: Headlines | None = None, progress: Progress = lambda what: None,
    there: Headlines | None = None,
) -> dict[str, Attribution]:  # fmt: skip
    """The attribution of each job whose numbers moved.

    `here`: what this code gives on the new edition, where that is known: `now`, where this code made it; `there`: what
    it gives on the old one.
    """
    if there is None:
        progress(OLD_EDITION)
    old = there if there is not None else _numbers(jobs, sides.old)
    new = here if here is not None else _numbers(jobs, sides.new)
    search = _Search(sides, jobs, old, new, differences(sides.old, sides.new), progress)
    alone = search.alone([name for name in jobs if moved(old[name], new[name])])
    left = {name: each for name, each in alone.items() if _together(old[name], new[name], each)}
    joint = search.taken_out(left)
    return {
        name: Attribution(
            sides.then[name], sides.now[name],
            tuple(_causes(sides, name, old[name], new[name], alone.get(name, {}), joint.get(name, ()))),
        )
        for name in jobs
    }  # fmt: skip


def _numbers(jobs: Mapping[str, Job], edition: Edition) -> Headlines:
    """The headlines of jobs under an edition."""
    return {name: found.numbers for name, found in run(jobs, edition).items()}


@dataclass(frozen=True)
class _Search:
    """Finds the changes that move something: lists of changes that move nothing are looked at no further."""

    sides: Sides
    jobs: Mapping[str, Job]
    old: Headlines  # of this code on the two editions
    new: Headlines
    changes: list[Change]
    progress: Progress

    def alone(self, names: Collection[str]) -> dict[str, dict[Change, Numbers]]:
        """By scenario the changes that move it when they alone are made in the old edition, and its numbers then."""
        found: dict[str, dict[Change, Numbers]] = {name: {} for name in names}
        self._halve(self.changes, names, self.old, frozenset(), found)
        return found

    def taken_out(self, alone: Mapping[str, Collection[Change]]) -> dict[str, dict[Change, Numbers]]:
        """By scenario the changes that move something only together with others, besides those that do `alone`.

        There are none where all that do alone make the new numbers; else they move it when they are taken out of those.
        """
        numbers = self._with(frozenset(change for each in alone.values() for change in each), list(alone))
        names = [name for name in alone if name not in numbers or moved(self.new[name], numbers[name])]
        found: dict[str, dict[Change, Numbers]] = {name: {} for name in names}
        changes = [change for change in self.changes if not all(change in alone[name] for name in names)]
        self._halve(changes, found, self.new, frozenset(self.changes), found)
        return found

    def _halve(
        self, changes: list[Change], names: Collection[str], start: Headlines, base: frozenset[Change],
        found: dict[str, dict[Change, Numbers]],
    ) -> None:  # fmt: skip
        """Note the changes of a list that move something when they alone join `base`, or leave it."""
        editions = (self.sides.old, self.sides.new)
        names = [name for name in names if any(concerns(each, name, editions) for each in changes)]
        if not names or not changes:
            return
        numbers = self._with(base.symmetric_difference(changes), names)
        # what cannot be run so is looked at in smaller lists
        names = [name for name in names if name not in numbers or moved(start[name], numbers[name])]
        if len(changes) > 1:
            middle = len(changes) // 2
            for half in (changes[:middle], changes[middle:]):
                self._halve(half, names, start, base, found)
            return
        for name in names:
            if name in numbers or base:  # a change without which nothing runs takes part in what they move together
                found[name][changes[0]] = numbers.get(name, {})

    def _with(self, made: frozenset[Change], names: Collection[str]) -> Headlines:
        """The headlines with some changes made, of the scenarios that this code can run on such a mixture."""
        if not made or len(made) == len(self.changes):
            return self.new if made else self.old
        self.progress(next(iter(made)).words if len(made) == 1 else f"{len(made)} changes together")
        edition = with_changes(self.sides.old, self.sides.new, made)
        found, _ = attempt({name: self.jobs[name] for name in names}, edition)
        return {name: each.numbers for name, each in found.items()}


def _effects(before: Numbers, after: Numbers) -> dict[Place, float]:
    """By how much one set of numbers moved each that it moved."""
    return {place: after.get(place, nan) - before.get(place, nan) for place in moved(before, after)}


def _together(old: Numbers, new: Numbers, alone: Mapping[Change, Numbers]) -> dict[Place, float]:
    """What changes move together, beyond what each moves alone."""
    effects = [_effects(old, numbers) for numbers in alone.values()]
    found = {}
    for place in dict.fromkeys([*old, *new]):
        then, now = old.get(place, nan), new.get(place, nan)
        each = [effect[place] for effect in effects if place in effect]
        appears = isfinite(then) != isfinite(now) and bool(each)  # one of them makes the number, or takes it away
        left = now - then - sum(each)
        if not appears and (is_moved(then, now) or each) and _is_much(left, [then, now, *each]):
            found[place] = left
    return found


def _is_much(left: float, of: Iterable[float]) -> bool:
    """Whether what is left of some numbers is more than rounding; where there is no number, it is."""
    return not isfinite(left) or is_moved(left, 0.0, max(abs(value) for value in of))


def _causes(
    sides: Sides, name: str, old: Numbers, new: Numbers, alone: Mapping[Change, Numbers], joint: Iterable[Change]
) -> Iterable[Cause]:  # fmt: skip
    """The causes of what moved in one scenario; the changes first, by how many numbers each moves."""
    single = [Cause(change.kind, change.words, _effects(old, numbers), change) for change, numbers in alone.items()]
    yield from sorted(single, key=lambda cause: -len(cause.effects))
    if together := _together(old, new, alone):
        members = list(dict.fromkeys([*alone, *joint]))
        yield Cause(TOGETHER, " with ".join(f"{each.name} {each.part}".strip() for each in members), together)
    if code := _by_code(sides.then[name], sides.now[name], old, new):
        yield Cause(CODE, sides.code, code)


def _by_code(then: Numbers, now: Numbers, old: Numbers, new: Numbers) -> dict[Place, float]:
    """What code moves: what it gives on the old edition less what was given there, and the same of the new one."""
    before, after = _effects(then, old), _effects(new, now)
    found = {}
    for place in dict.fromkeys([*before, *after]):
        effects = [each[place] for each in (before, after) if place in each]
        if _is_much(sum(effects), [then.get(place, 0.0), *effects]):
            found[place] = sum(effects)
    return found
