"""A game as TextWorld plays it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from environments.alfworld.games.household import Game
from tests.environments.alfworld.games.engine import Engine, solution

PLACES = [
    {"name": "fridge 1"},
    {"name": "countertop 1"},
    {"name": "cabinet 1", "open": True},
    {"name": "sinkbasin 1"},
    {"name": "microwave 1"},
    {"name": "diningtable 1"},
]
THINGS = [
    {"name": "apple 1", "where": "countertop 1"},
    {"name": "apple 2", "where": "fridge 1"},
    {"name": "desklamp 1", "where": "diningtable 1"},
    {"name": "knife 1", "where": "countertop 1"},
    {"name": "mug 1", "where": "cabinet 1"},
]
GOALS: list[dict[str, Any]] = [
    {"task": "pick_and_place", "thing": "Apple", "place": "DiningTable", "text": "put a apple in diningtable"},
    {"task": "pick_clean_then_place", "thing": "Mug", "place": "Fridge", "text": "put a clean mug in fridge"},
    {"task": "pick_heat_then_place", "thing": "Apple", "place": "Fridge", "text": "put a hot apple in fridge"},
    {"task": "pick_cool_then_place", "thing": "Apple", "place": "Microwave", "text": "put a cool apple in microwave"},
    {"task": "look_at_obj", "thing": "Mug", "lamp": "DeskLamp", "text": "look at mug under the desklamp"},
    {"task": "pick_two_obj", "thing": "Apple", "place": "DiningTable", "text": "put two apple in diningtable"},
    {
        "task": "pick_heat_then_place",
        "thing": "Apple",
        "place": "CounterTop",
        "sliced": True,
        "text": "put a hot slice of apple in countertop",
    },
]


def game(goal: dict[str, Any]) -> Game:
    return msgspec.convert({"household": {"room": "kitchen", "places": PLACES, "things": THINGS}, "goal": goal}, Game)


def test_a_game_opens_with_the_room_and_the_goal(engine: Engine) -> None:
    state = engine.load(game(GOALS[2]))
    assert state.feedback == (
        "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. Looking quickly around you, you see a"
        " cabinet 1, a countertop 1, a diningtable 1, a fridge 1, a microwave 1, and a sinkbasin 1.\n\n"
        "Your task is to: put a hot apple in fridge."
    )


def test_a_game_is_won_by_hand(engine: Engine) -> None:
    said = engine.play(
        game(GOALS[2]),
        [
            "take apple 2 from fridge 1",
            "go to fridge 1",
            "open fridge 1",
            "take apple 2 from fridge 1",
            "go to cabinet 1",
            "move apple 2 to cabinet 1",
            "go to microwave 1",
            "heat apple 2 with microwave 1",
            "examine apple 2",
            "go to fridge 1",
            "move apple 2 to fridge 1",
        ],
    )
    assert said == [
        "Nothing happens.",
        "You arrive at fridge 1. The fridge 1 is closed.",
        "You open the fridge 1. The fridge 1 is open. In it, you see a apple 2.",
        "You pick up the apple 2 from the fridge 1.",
        "You arrive at cabinet 1. The cabinet 1 is open. In it, you see a mug 1.",
        "Nothing happens.",  # no apples in cabinets
        "You arrive at microwave 1. The microwave 1 is closed.",
        "You heat the apple 2 using the microwave 1.",
        "This is a hot apple 2.",
        "You arrive at fridge 1. The fridge 1 is open. In it, you see nothing.",
        "You move the apple 2 to the fridge 1.",
        "WON",
    ]


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal["text"])
def test_every_type_of_task_is_won_at_the_last_command_of_its_solution_and_no_earlier(
    engine: Engine, goal: dict[str, Any]
) -> None:
    played = game(goal)
    commands = solution(played)
    said = engine.play(played, commands)
    assert said[-1] == "WON"
    assert len(said) == len(commands) + 1
    assert "Nothing happens." not in said
