"""TextWorld's own engine, and what players who see everything, or look where things are likely, would type."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from environments.alfworld.games.generator import search_order
from environments.alfworld.games.household import APPLIANCES, Game, TaskType
from environments.alfworld.games.names import names
from environments.alfworld.games.problem import problem

VERBS = {TaskType.CLEAN: "clean", TaskType.HEAT: "heat", TaskType.COOL: "cool"}


class Engine:
    """One `PddlEnv`, which loads game after game: a new one for each would leak."""

    def __init__(self) -> None:
        from textworld import EnvInfos
        from textworld.envs.pddl import PddlEnv

        self.env = PddlEnv(EnvInfos(won=True, admissible_commands=True, facts=True))
        package = find_spec("alfworld")
        assert package is not None
        data = Path((package.submodule_search_locations or [""])[0], "data")
        self.domain, self.grammar = ((data / name).read_text() for name in ("alfred.pddl", "alfred.twl2"))

    def load(self, game: Game) -> Any:
        """The first state of a game."""
        grammar = self.grammar.replace("UNKNOWN GOAL", game.goal.text)
        return self.load_data({"pddl_domain": self.domain, "grammar": grammar, "pddl_problem": problem(game)})

    def load_data(self, data: dict[str, str]) -> Any:
        self.env.load(data)
        named = names(self.env._entity_infos)
        for info in self.env._entity_infos.values():
            info.name = named[info.id]
        return self.env.reset()

    def play(self, game: Game, commands: list[str]) -> list[str]:
        """What the game says to each command, with `WON` at the one that wins it."""
        self.load(game)
        said = []
        for command in commands:
            state, _, done = self.env.step(command)
            said.append(state.feedback)
            if done:
                return [*said, "WON"]
        return said


def won_after(game: Game, commands: list[str]) -> int:
    """How many of `commands` it takes to win a game in the environment's engine; 0 where one of them is not possible,
    or they do not win it.

    It takes a fraction of the time that `PddlEnv` does.
    """
    engine = fast_engine()
    engine.load(msgspec.to_builtins(game))
    for number, command in enumerate(commands, 1):
        turn = engine.step(command)
        if turn["command"] != command:
            return 0
        if turn["won"]:
            return number
    return 0


@cache
def fast_engine() -> Any:
    from environments.alfworld.engine import Engine

    return Engine("move", "")


def solution(game: Game) -> list[str]:
    """Commands that win `game`, in the words of ALFWorld's own grammar (`move apple 1 to fridge 1`)."""
    return list(_solution(game))


def _solution(game: Game) -> Iterator[str]:
    household, goal = game.household, game.goal
    opened = {place.name for place in household.places if place.open or not place.opens}
    at = ""

    def go(name: str) -> Iterator[str]:
        nonlocal at
        if name != at:  # where one is, one cannot go
            yield f"go to {name}"
        at = name
        if name not in opened:
            opened.add(name)
            yield f"open {name}"

    things = household.things_of(goal.thing)
    if goal.task is TaskType.EXAMINE:
        lamp = household.things_of(goal.lamp)[0]
        yield from go(things[0].where)
        yield f"take {things[0].name} from {things[0].where}"
        yield from go(lamp.where)
        yield f"use {lamp.name}"
        return
    target = household.places_of(goal.place)[0].name
    wanted = things[:1]
    if goal.task is TaskType.PUT_TWO:
        wanted = sorted(things, key=lambda thing: thing.where != target)[:2]
    if goal.sliced:
        knife = (household.things_of("Knife") + household.things_of("ButterKnife"))[0]
        yield from go(knife.where)
        yield f"take {knife.name} from {knife.where}"
        yield from go(things[0].where)
        yield f"slice {things[0].name} with {knife.name}"
        table = next(place for place in household.places if place.type in ("CounterTop", "DiningTable"))
        yield from go(table.name)
        yield f"move {knife.name} to {table.name}"
    for thing in wanted:
        if goal.task is TaskType.PUT_TWO and thing.where == target:
            continue
        yield from go(thing.where)
        yield f"take {thing.name} from {thing.where}"
        if goal.task in APPLIANCES:
            appliance = household.places_of(APPLIANCES[goal.task])[0].name
            yield from go(appliance)
            yield f"{VERBS[goal.task]} {thing.name} with {appliance}"
        yield from go(target)
        yield f"move {thing.name} to {target}"


def searching(game: Game) -> list[str]:
    """Commands that win `game` by looking for each thing where it is likely, one after another.

    Of what is hidden they use only what the agent would see at the place where it then stands. Nothing is sliced.
    """
    return list(_searching(game))


def _searching(game: Game) -> Iterator[str]:
    household, goal = game.household, game.goal
    opened = {place.name for place in household.places if place.open or not place.opens}
    at = ""

    def go(name: str) -> Iterator[str]:
        nonlocal at
        if name != at:
            yield f"go to {name}"
        at = name
        if name not in opened:
            opened.add(name)
            yield f"open {name}"

    wanted = 2 if goal.task is TaskType.PUT_TWO else 1
    there = {thing.name: thing.where for thing in household.things_of(goal.thing)}
    target = household.places_of(goal.place)[0].name if goal.place else ""
    for name in (place.name for place in search_order(household, goal.thing)):
        found = [thing for thing, where in there.items() if where == name]
        if at != name:
            yield from go(name)
        for thing in found[:wanted]:
            wanted -= 1
            if name == target and goal.task is TaskType.PUT_TWO:
                continue
            yield from go(name)
            yield f"take {thing} from {name}"
            if goal.task in APPLIANCES:
                at = household.places_of(APPLIANCES[goal.task])[0].name
                yield f"go to {at}"
                yield f"{VERBS[goal.task]} {thing} with {at}"
            if target:
                yield from go(target)
                yield f"move {thing} to {target}"
        if not wanted:
            break
    if goal.lamp:
        lamp = household.things_of(goal.lamp)[0]
        for name in (place.name for place in search_order(household, goal.lamp)):
            yield from go(name)
            if name == lamp.where:
                yield f"use {lamp.name}"
                return
