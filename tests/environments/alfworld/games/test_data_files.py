"""The tables of types agree with each other."""

from __future__ import annotations

import pytest

from environments.alfworld.expert.likely import UNLIKELY, likely
from environments.alfworld.games.facts import facts, type_of
from environments.alfworld.games.generator import look_alikes, rooms
from environments.alfworld.games.household import APPLIANCES, TaskType
from environments.alfworld.games.sentences import goal, sentences


def test_every_type_is_named_by_its_lower_case_and_is_a_place_or_a_thing() -> None:
    assert not facts().places & facts().things()
    for kind in facts().places | facts().things():
        assert type_of(f"{kind.lower()} 1") == kind
    for bearing in ("cleanable", "heatable", "coolable", "sliceable", "hollow"):
        assert getattr(facts(), bearing) <= facts().things()
    assert facts().openable <= facts().places


@pytest.mark.parametrize("name", ["bedroom", "livingroom", "bathroom", "kitchen"])
def test_a_room_has_what_its_tasks_need(name: str) -> None:
    room = rooms()[name]
    assert room.places.keys() <= facts().places
    assert room.things.keys() <= facts().things()
    for thing in room.things:
        assert any(
            likely(thing.lower(), place.lower()) > UNLIKELY
            for place in room.places
            if thing in facts().holds[place] or thing in facts().toggleable
        ), thing
    assert all(0 <= fewest <= most for fewest, most in [*room.places.values(), *room.things.values()])
    for task in room.tasks & APPLIANCES.keys():
        assert room.places[APPLIANCES[task]][0] > 0
    if TaskType.EXAMINE in room.tasks:
        assert any(room.things.get(lamp, (0, 0))[0] for lamp in facts().toggleable)


def test_a_kitchen_has_20_places_and_more() -> None:
    assert sum(fewest for fewest, _ in rooms()["kitchen"].places.values()) >= 20


def test_look_alikes_are_things() -> None:
    assert all(group <= facts().things() and len(group) > 1 for group in look_alikes())


def test_every_type_of_task_has_its_sentences_and_they_name_what_is_wanted() -> None:
    assert list(sentences()) == list(TaskType)
    for task, said in sentences().items():
        for form in [*said.template, *said.own, *said.sliced]:
            wish = {"lamp": "DeskLamp"} if task == TaskType.EXAMINE else {"place": "CounterTop"}
            text = goal(TaskType(task), form, thing="Apple", **wish).text
            assert "apple" in text
            assert wish.popitem()[1].lower() in text
