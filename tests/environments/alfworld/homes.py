"""A small kitchen, and a task of each type in it."""

from __future__ import annotations

from typing import Any

from environments.contract import Task

_PLACES = [
    {"name": "countertop 1"},
    {"name": "fridge 1"},
    {"name": "microwave 1"},
    {"name": "sinkbasin 1"},
    {"name": "cabinet 1"},
    {"name": "cabinet 2"},
    {"name": "diningtable 1"},
    {"name": "garbagecan 1"},
]
_THINGS = [
    {"name": "apple 1", "where": "countertop 1"},
    {"name": "apple 2", "where": "fridge 1"},
    {"name": "mug 1", "where": "cabinet 2"},
    {"name": "knife 1", "where": "countertop 1"},
    {"name": "desklamp 1", "where": "diningtable 1"},
    {"name": "spoon 1", "where": "sinkbasin 1"},
]
_GOALS: dict[str, dict[str, Any]] = {
    "put": {"task": "pick_and_place", "thing": "Mug", "place": "DiningTable", "text": "put a mug in diningtable"},
    "clean": {
        "task": "pick_clean_then_place",
        "thing": "Mug",
        "place": "Cabinet",
        "text": "clean some mug and put it in cabinet",
    },
    "heat": {
        "task": "pick_heat_then_place",
        "thing": "Apple",
        "place": "GarbageCan",
        "text": "put a hot apple in garbagecan",
    },
    "cool": {
        "task": "pick_cool_then_place",
        "thing": "Apple",
        "place": "DiningTable",
        "text": "cool some apple and put it in diningtable",
    },
    "examine": {"task": "look_at_obj", "thing": "Mug", "lamp": "DeskLamp", "text": "look at mug under the desklamp"},
    "puttwo": {
        "task": "pick_two_obj",
        "thing": "Apple",
        "place": "DiningTable",
        "text": "put two apple in diningtable",
    },
    "slice": {
        "task": "pick_heat_then_place",
        "thing": "Apple",
        "place": "GarbageCan",
        "sliced": True,
        "text": "put a hot slice of apple in garbagecan",
    },
}
GOALS = tuple(_GOALS)


def a_task(name: str = "put") -> Task:
    """The task of one type in the kitchen."""
    household = {"room": "kitchen", "places": _PLACES, "things": _THINGS}
    payload = {"household": household, "goal": _GOALS[name]}
    return Task(f"home-{name}", "alfworld", "train", "test", payload, reference={})
