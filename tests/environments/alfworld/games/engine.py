"""TextWorld's own engine, and what players who see everything, or look where things are likely, would type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from environments.alfworld.games.facts import type_of
from environments.alfworld.games.generator import search_order
from environments.alfworld.games.household import APPLIANCES, Game, TaskType, Thing
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
    """Commands that win `game`, of who knows where everything is."""
    household, target = game.household, game.goal.place

    def order(kind: str) -> list[str]:
        known = {thing.where for thing in household.things_of(kind)}
        return sorted(known, key=lambda name: (type_of(name) != target, name))

    return list(_commands(game, order))


def searching(game: Game) -> list[str]:
    """Commands that win `game`, of who looks where things are likely, one place after the other."""
    return list(_commands(game, lambda kind: [place.name for place in search_order(game.household, kind)]))


def _commands(game: Game, order: Callable[[str], list[str]]) -> Iterator[str]:
    """In the words of ALFWorld's own grammar (`move apple 1 to fridge 1`); things are looked for in their `order`."""
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

    def slice_one() -> Iterator[str]:
        knife = (household.things_of("Knife") + household.things_of("ButterKnife"))[0]
        thing = next(thing for place in order(goal.thing) for thing in lying(place))
        yield from go(knife.where)
        yield f"take {knife.name} from {knife.where}"
        yield from go(thing.where)
        yield f"slice {thing.name} with {knife.name}"
        yield from go(next(place.name for place in household.places if place.type in ("CounterTop", "DiningTable")))
        yield f"move {knife.name} to {at}"

    def lying(place: str) -> list[Thing]:
        return [thing for thing in household.things_of(goal.thing) if thing.where == place]

    if goal.sliced:
        yield from slice_one()
    missing = 2 if goal.task is TaskType.PUT_TWO else 1
    target = household.places_of(goal.place)[0].name if goal.place else ""
    for place in order(goal.thing):
        if not missing:
            break
        found = lying(place)[:missing]
        missing -= len(found)
        if not found or (place == target and goal.task is TaskType.PUT_TWO):
            yield from go(place)
            continue
        for thing in found:
            yield from go(place)
            yield f"take {thing.name} from {place}"
            if goal.task in APPLIANCES:
                yield from go(household.places_of(APPLIANCES[goal.task])[0].name)
                yield f"{VERBS[goal.task]} {thing.name} with {at}"
            if target:
                yield from go(target)
                yield f"move {thing.name} to {target}"
    if goal.lamp:
        lamp = household.things_of(goal.lamp)[0]
        for place in order(goal.lamp):
            yield from go(place)
            if place == lamp.where:
                yield f"use {lamp.name}"
                return
