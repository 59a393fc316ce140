"""What to do next: a function of what has been seen and what is wanted, from wherever somebody else has left things."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from environments.alfworld.expert.home import Home, kind_of
from environments.alfworld.expert.likely import holds, likely, opens
from environments.alfworld.expert.wanted import Treatment, Wanted

KNIVES = ("knife", "butterknife")


class Why(StrEnum):
    """What a step is for; a thought is worth its words where this changes."""

    SEARCH = "search"
    FETCH = "fetch"
    TREAT = "treat"
    BRING = "bring"
    BRING_SECOND = "bring_second"
    LIGHT = "light"
    LAY_ASIDE = "lay_aside"
    CUT = "cut"
    LOST = "lost"


class Step(NamedTuple):
    """An action, what for, and what it is about: a thing or a kind of things, and a place."""

    action: str
    why: Why
    thing: str = ""
    place: str = ""


def next_step(home: Home, wanted: Wanted) -> Step:
    """The next step towards what is wanted."""
    if wanted.sliced:
        step = _towards_a_slice(home, wanted)
        if step is not None:
            return step
    if not home.held:
        return _fetch(home, wanted)
    if kind_of(home.held) != wanted.thing:
        return _lay_aside(home)
    if wanted.lamp:
        return _light(home, wanted)
    if wanted.treatment is not None and wanted.treatment.state not in home.states[home.held]:
        return _treat(home, wanted.treatment)
    return _bring(home, wanted)


def _fetch(home: Home, wanted: Wanted) -> Step:
    """Take one of what is wanted, the nearest to being done; where none is known, look for one."""
    done = _target(home, wanted) if wanted.number > 1 else ""
    known = [(thing, place) for thing, place in home.lying(wanted.thing) if place != done]
    return _take(home, known, wanted) or _search(home, [wanted.thing])


def _take(home: Home, known: Iterable[tuple[str, str]], wanted: Wanted) -> Step | None:
    """Take one of the things that are known, or go where it is; None where there is none to take."""
    possible = [(thing, place) for thing, place in known if f"take {thing} from {place}" not in home.failed]
    if not possible:
        return None
    state = wanted.treatment.state if wanted.treatment is not None else ""
    thing, place = min(
        possible,
        key=lambda one: (state not in home.states[one[0]], one[1] != home.here, one[1] in home.closed),
    )
    return _at(home, place, Step(f"take {thing} from {place}", Why.FETCH, thing, place), opened=True)


def _search(home: Home, kinds: Sequence[str]) -> Step:
    """Look into the place where one of some kinds is most likely to be, for what it costs to look."""
    unseen = [place for place in home.places if home.unseen(place)]
    if not unseen:
        return Step("look", Why.LOST, kinds[0])
    place = max(unseen, key=lambda one: _worth(home, one, kinds))
    return _at(home, place, Step(f"examine {place}", Why.SEARCH, kinds[0], place), opened=True)


def _worth(home: Home, place: str, kinds: Sequence[str]) -> float:
    kind = kind_of(place)
    steps = (place != home.here) + (opens(kind) and (place != home.here or place in home.closed))
    return sum(likely(thing, kind) for thing in kinds) / max(steps, 1)


def _treat(home: Home, treatment: Treatment) -> Step:
    place = _some(home, treatment.place)
    step = Step(f"{treatment.verb} {home.held} with {place}", Why.TREAT, home.held, place)
    return _at(home, place, step) if place else Step("look", Why.LOST, treatment.place)


def _bring(home: Home, wanted: Wanted) -> Step:
    place = _target(home, wanted)
    if not place:
        return Step("look", Why.LOST, wanted.place)
    others = [thing for thing in home.inside.get(place, ()) if kind_of(thing) == wanted.thing]
    return _put(home, place, Why.BRING_SECOND if others and wanted.number > 1 else Why.BRING)


def _target(home: Home, wanted: Wanted) -> str:
    """The place for what is wanted: of those of the kind the one that holds most of it, then the nearest."""
    places = [one for one in home.places if kind_of(one) == wanted.place and _put_action(home, one) not in home.failed]

    def holding(place: str) -> int:
        return sum(kind_of(thing) == wanted.thing for thing in home.inside.get(place, ()))

    def convenience(place: str) -> tuple[int, ...]:
        """Where some of it lies already, it does not matter where one stands: or one would walk to and fro."""
        there = holding(place)
        return there, not there and place == home.here, not home.unseen(place), place not in home.closed

    return max(places, key=convenience, default="")


def _light(home: Home, wanted: Wanted) -> Step:
    known = list(home.lying(wanted.lamp))
    if not known:
        return _search(home, [wanted.lamp])
    lamp, place = min(known, key=lambda one: one[1] != home.here)
    return _at(home, place, Step(f"use {lamp}", Why.LIGHT, lamp, place))


def _lay_aside(home: Home) -> Step:
    """Put down what is in the way: here, else where it came from, else in any place for it."""
    kind = kind_of(home.held)
    places = [one for one in home.places if _put_action(home, one) not in home.failed]

    def convenience(place: str) -> tuple[bool, ...]:
        fits = holds(kind_of(place), kind) or place == home.taken_from
        closed = place in home.closed or (home.unseen(place) and opens(kind_of(place)))
        return fits, place == home.here, not closed, place == home.taken_from

    place = max(places, key=convenience, default="")
    return _put(home, place, Why.LAY_ASIDE) if place else Step("look", Why.LOST, kind)


def _towards_a_slice(home: Home, wanted: Wanted) -> Step | None:
    """Cut as many of what is wanted as are needed; None where that is done, or where it is yet to be found."""
    cut = [thing for thing, states in home.states.items() if "sliced" in states and kind_of(thing) == wanted.thing]
    if len(cut) >= wanted.number and home.held in ("", *cut):
        return None
    uncut = [one for one in home.lying(wanted.thing) if one[0] not in cut]
    if len(cut) >= wanted.number or (home.held and kind_of(home.held) not in KNIVES):
        return _lay_aside(home)
    if not home.held:
        knives = [one for kind in KNIVES for one in home.lying(kind)]
        return _take(home, knives, Wanted("knife")) or _search(home, KNIVES)
    if not uncut:
        return _search(home, [wanted.thing])
    thing, place = uncut[0]
    return _at(home, place, Step(f"slice {thing} with {home.held}", Why.CUT, thing, place))


def _put(home: Home, place: str, why: Why) -> Step:
    return _at(home, place, Step(_put_action(home, place), why, home.held, place), opened=True)


def _put_action(home: Home, place: str) -> str:
    """In the words of the game's grammar."""
    return f"move {home.held} to {place}" if home.arrives else f"put {home.held} in/on {place}"


def _at(home: Home, place: str, step: Step, opened: bool = False) -> Step:
    """The step itself where one stands at its place (and that is open), else what comes before it."""
    if home.here != place:
        return step._replace(action=f"go to {place}")
    return step._replace(action=f"open {place}") if opened and place in home.closed else step


def _some(home: Home, kind: str) -> str:
    """A place of a kind, the one here before others."""
    return max((one for one in home.places if kind_of(one) == kind), key=lambda one: one == home.here, default="")
