"""The expert wins from anywhere, sees only what it was told, and is what the demonstrations show."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

import pytest

from environments.alfworld.expert.home import Home
from environments.alfworld.expert.next_step import next_step
from environments.alfworld.expert.wanted import Wanted, wanted
from environments.alfworld.opening import NAMES, PROMPTS
from environments.alfworld.reference import reply
from environments.alfworld.tool_calls import reference
from environments.contract import Task
from environments.message import Message, arguments_of
from tests.environments.alfworld.homes import GOALS, a_task

if TYPE_CHECKING:
    from environments.alfworld.engine import Engine

TREE = "json_2.1.1/train/{}/trial_T1/game.tw-pddl"


def action_of(text: str) -> str:
    return text.rpartition("ACTION: ")[2]


def steps(engine: Engine, task: Task, begin: Callable[[list[str]], str], first: int, limit: int = 60) -> int | None:
    """The steps that the expert takes after `first` of somebody else's; None where it does not win."""
    turn = engine.load(task.payload)
    messages = [Message("user", turn["observation"])]
    for number in range(first + limit):
        said = f"ACTION: {begin(turn['actions'])}" if number < first else reply(task, messages)
        turn = engine.step(action_of(said))
        messages += [Message("assistant", said, loss=True), Message("user", turn["observation"])]
        if turn["won"]:
            return number + 1 - first
    return None


@pytest.mark.usefixtures("textworld")
@pytest.mark.parametrize("name", GOALS)
def test_it_goes_on_from_wherever_somebody_else_stopped(name: str) -> None:
    from environments.alfworld.engine import Engine

    for seed, commands in enumerate(("put", "move", "put")):
        draw = Random(seed)
        assert steps(Engine(commands, ""), a_task(name), draw.choice, 25) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize("commands", ["put", "move"])
@pytest.mark.parametrize("name", NAMES.values())
def test_the_demonstrations_do_what_it_does(name: str, commands: str) -> None:
    turns = json.loads((PROMPTS / f"demonstrations-{commands}.json").read_text())[name]
    sentence = turns[0].rpartition("Your task is to: ")[2]
    task = Task("shown", "alfworld", "train", "shown", {"game": TREE.format(FOLDERS[name])}, reference={})
    kind = wanted(task.payload)
    assert kind.thing in sentence
    assert (kind.place or kind.lamp) in sentence
    messages = []
    for number in range(0, len(turns) - 2, 2):
        messages.append(Message("user", turns[number]))
        assert action_of(reply(task, messages)) == action_of(turns[number + 1])
        messages.append(Message("assistant", turns[number + 1], loss=True))


def test_two_things_that_lie_in_two_places_of_the_wanted_kind_come_together() -> None:
    said = [
        "Looking quickly around you, you see a drawer 1, and a drawer 2.\nYour task is to: put two spoon in drawer."
    ]
    said += [f"The drawer {n} is open. In it, you see a spoon {n}." for n in (1, 2)]
    home = Home()
    for text in said:
        home.hear("", text)
    goal = Wanted("spoon", "drawer", number=2)
    assert next_step(home, goal).action == "take spoon 2 from drawer 2"
    home.hear("go to drawer 1", said[1])
    assert next_step(home, goal).action == "go to drawer 2"


FOLDERS = {
    "put": "pick_and_place_simple-KeyChain-None-Safe-323",
    "clean": "pick_clean_then_place_in_recep-Fork-None-Drawer-25",
    "heat": "pick_heat_then_place_in_recep-Plate-None-Fridge-7",
    "cool": "pick_cool_then_place_in_recep-WineBottle-None-Cabinet-17",
    "examine": "look_at_obj_in_light-WateringCan-None-DeskLamp-218",
    "puttwo": "pick_two_obj_and_place-SoapBar-None-Drawer-421",
}


def test_a_published_games_folder_says_what_is_wanted() -> None:
    assert wanted({"game": TREE.format(FOLDERS["puttwo"])}) == Wanted("soapbar", "drawer", number=2)
    assert wanted({"game": TREE.format(FOLDERS["examine"])}) == Wanted("wateringcan", lamp="desklamp")
    with pytest.raises(ValueError, match="does not say what is wanted"):
        wanted({"game": TREE.format("pick_and_place_simple")})


def test_what_the_game_says_becomes_a_picture() -> None:
    home = Home()
    home.hear(
        "", "You see. Looking quickly around you, you see a fridge 1, a shelf 2, and a shelf 1.\nYour task is to: x."
    )
    assert home.places == ["fridge 1", "shelf 2", "shelf 1"]
    home.hear("go to fridge 1", "The fridge 1 is closed.")
    assert (home.here, home.unseen("fridge 1")) == ("fridge 1", True)
    home.hear("open fridge 1", "You open the fridge 1. The fridge 1 is open. In it, you see a egg 2, and a mug 1.")
    assert home.inside["fridge 1"] == ["egg 2", "mug 1"]
    home.hear("take mug 1 from fridge 1", "You pick up the mug 1 from the fridge 1.")
    home.hear("cool mug 1 with fridge 1", "You cool the mug 1 using the fridge 1.")
    assert (home.held, home.states["mug 1"]) == ("mug 1", {"cold"})
    home.hear("heat mug 1 with microwave 1", "You heat the mug 1 using the microwave 1.")
    assert home.states["mug 1"] == {"hot"}
    home.hear("put mug 1 in/on shelf 1", "Nothing happens.")
    assert home.failed == {"put mug 1 in/on shelf 1"}
    home.hear("put mug 1 in/on shelf 2", "You put the mug 1 in/on the shelf 2.")
    assert (home.held, list(home.lying("mug"))) == ("", [("mug 1", "shelf 2")])


def test_a_reply_is_the_same_by_the_tool() -> None:
    said = reference("THOUGHT: I look for it.\nACTION: go to shelf 1")
    assert said.content == "I look for it."
    assert arguments_of(said.tool_calls[0]) == {"action": "go to shelf 1"}
