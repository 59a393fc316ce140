"""A game as a problem of ALFWorld's PDDL domain, `alfred.pddl`.

Every place has a location of its own, so that the agent stands at one place at a time, and begins at none. Of
`canContain` only what the household's own types can need is told: a planner that reads all of it takes twice as long.
"""

from __future__ import annotations

from collections.abc import Iterator

from environments.alfworld.games.facts import facts
from environments.alfworld.games.household import Game, Goal, Household, TaskType

START = "loc_0"
_STATES = {TaskType.CLEAN: "isClean", TaskType.HEAT: "isHot", TaskType.COOL: "isCool"}
_TRAITS = {
    "cleanable": "cleanable",
    "heatable": "heatable",
    "coolable": "coolable",
    "sliceable": "sliceable",
    "toggleable": "toggleable",
    "hollow": "isReceptacleObject",
}
_NAMED_PLACES = {"SinkBasin", "Microwave", "Fridge"}  # which the domain itself names
_NAMED_THINGS = {"Knife", "ButterKnife"}


def problem(game: Game) -> str:
    """The PDDL text of a game."""
    household, goal = game.household, game.goal
    objects, facts_there = "\n    ".join(_objects(household)), "\n    ".join(_facts(household))
    return (
        "(define (problem household)\n  (:domain alfred)\n"
        f"  (:objects\n    {objects}\n  )\n"
        f"  (:init\n    (= (total-cost) 0)\n    {facts_there}\n  )\n"
        f"  (:goal {_goal(goal)})\n  (:metric minimize (total-cost))\n)\n"
    )


def _id(name: str) -> str:
    return name.replace(" ", "_")


def _things(household: Household) -> set[str]:
    return {thing.type for thing in household.things}


def _places(household: Household) -> set[str]:
    return {place.type for place in household.places}


def _objects(household: Household) -> Iterator[str]:
    yield f"agent1 - agent\n    {START} - location"
    for kind in sorted(_places(household) | _NAMED_PLACES):
        yield f"{kind}Type - rtype"
    for kind in sorted(_things(household) | _NAMED_THINGS):
        yield f"{kind}Type - otype"
    for number, place in enumerate(household.places, 1):
        yield f"{_id(place.name)} - receptacle\n    loc_{number} - location"
    for thing in household.things:
        yield f"{_id(thing.name)} - object"


def _facts(household: Household) -> Iterator[str]:
    yield f"(atLocation agent1 {START})"
    locations = {place.name: f"loc_{number}" for number, place in enumerate(household.places, 1)}
    for place in household.places:
        yield f"(receptacleType {_id(place.name)} {place.type}Type)"
        yield f"(receptacleAtLocation {_id(place.name)} {locations[place.name]})"
        if place.opens:
            yield f"(openable {_id(place.name)})"
        if place.open:
            yield f"(opened {_id(place.name)})"
    for thing in household.things:
        yield f"(objectType {_id(thing.name)} {thing.type}Type)"
        yield f"(inReceptacle {_id(thing.name)} {_id(thing.where)})"
        yield f"(objectAtLocation {_id(thing.name)} {locations[thing.where]})"
        for trait in _traits(thing.type):
            yield f"({trait} {_id(thing.name)})"
    for place_type in sorted(_places(household)):
        for kind in sorted(_things(household) & facts().holds[place_type]):
            yield f"(canContain {place_type}Type {kind}Type)"


def _traits(kind: str) -> Iterator[str]:
    known = facts()
    if kind not in known.toggleable:
        yield "pickupable"
    for trait, predicate in _TRAITS.items():
        if kind in getattr(known, trait):
            yield predicate


def _goal(goal: Goal) -> str:
    if goal.task is TaskType.EXAMINE:
        return (
            f"(exists (?o - object ?lamp - object ?r - receptacle ?l - location) (and (objectType ?o {goal.thing}Type)"
            f" (holds agent1 ?o) (objectType ?lamp {goal.lamp}Type) (isToggled ?lamp) (inReceptacle ?lamp ?r)"
            " (receptacleAtLocation ?r ?l) (atLocation agent1 ?l)))"
        )
    lying = [_lies("?o", goal)]
    variables = "?r - receptacle ?o - object"
    if goal.task is TaskType.PUT_TWO:
        lying += [_lies("?other", goal), "(not (= ?o ?other))"]
        variables += " ?other - object"
    return f"(exists ({variables}) (and (receptacleType ?r {goal.place}Type) {' '.join(lying)}))"


def _lies(name: str, goal: Goal) -> str:
    """That a thing is of the goal's type, in its state, and in the place `?r`."""
    states = [_STATES[goal.task]] if goal.task in _STATES else []
    states += ["isSliced"] if goal.sliced else []
    said = "".join(f" ({state} {name})" for state in states)
    return f"(objectType {name} {goal.thing}Type){said} (inReceptacle {name} ?r)"
