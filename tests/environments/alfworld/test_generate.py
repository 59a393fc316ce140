"""Generated households: reproducible, apart by split, and each can be won."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from environments.alfworld.games.generator import LIMIT_STEPS, has_look_alike, look_alikes, rooms
from environments.alfworld.games.household import Game, Household, TaskType
from environments.alfworld.games.sentences import sentences
from environments.alfworld.generate import families, generate
from environments.contract import Task, UserError
from tests.environments.alfworld.games.engine import searching, won_after

SPLITS = ("train", "test")


def game(task: Task) -> Game:
    return msgspec.convert(task.payload, Game)


@pytest.fixture(scope="module")
def tasks() -> dict[str, list[Task]]:
    return {split: list(generate(60, 7, split)) for split in SPLITS}


def test_every_payload_is_a_small_game_of_its_family(tasks: dict[str, list[Task]]) -> None:
    for task in tasks["train"] + tasks["test"]:
        assert game(task).goal.task == task.family
        assert len(msgspec.json.encode(task.payload)) < 10_000
    assert Counter(task.family for task in tasks["train"]) == dict.fromkeys(TaskType, 10)


def test_a_task_depends_on_seed_family_number_and_side_alone(tasks: dict[str, list[Task]]) -> None:
    whole = tasks["train"]
    assert [task for task in whole if task.family == "look_at_obj"] == list(generate(10, 7, "train", ["look_at_obj"]))
    assert msgspec.json.encode(whole[:12]) == msgspec.json.encode(list(generate(12, 7, "train")))
    assert [task.payload for task in generate(6, 7, "dev")] == [task.payload for task in tasks["test"][:6]]
    assert whole[0].payload != next(generate(1, 8, "train")).payload
    ids = [task.id for split in SPLITS for task in tasks[split]]
    assert len(set(ids)) == len(ids)


def places(household: Household) -> frozenset[str]:
    return frozenset(place.name for place in household.places)


def test_no_household_that_is_trained_on_is_like_one_that_measures(tasks: dict[str, list[Task]]) -> None:
    other = list(generate(60, 8, "test"))
    trained = {places(game(task).household) for task in tasks["train"]}
    measured = {places(game(task).household) for task in tasks["test"] + other}
    assert not trained & measured


def test_rooms_are_as_large_as_they_are_in_alfworld(tasks: dict[str, list[Task]]) -> None:
    households = [game(task).household for task in tasks["train"]]
    assert {household.room for household in households} == rooms().keys()
    assert all(len(household.places) >= 20 for household in households if household.room == "kitchen")


def test_something_can_be_taken_for_what_is_wanted(tasks: dict[str, list[Task]]) -> None:
    alike = 0
    for task in tasks["train"]:
        played = game(task)
        assert has_look_alike(played.household, played.goal.thing)
        groups = [group - {played.goal.thing} for group in look_alikes() if played.goal.thing in group]
        alike += any(thing.type in group for group in groups for thing in played.household.things)
    assert alike > len(tasks["train"]) / 2


def test_goals_are_told_in_alfworld_s_words_and_for_training_in_others_too(tasks: dict[str, list[Task]]) -> None:
    def in_its_words(task: Task) -> bool:
        goal = game(task).goal
        words = {"thing": goal.thing.lower(), "place": goal.place.lower(), "lamp": goal.lamp.lower()}
        return goal.text in [form.format(**words) for form in sentences()[goal.task].template]

    assert all(map(in_its_words, tasks["test"]))
    assert 0.3 < sum(map(in_its_words, tasks["train"])) / len(tasks["train"]) < 0.7
    assert not [task.id for task in tasks["train"] if " a e" in game(task).goal.text and not in_its_words(task)]


def test_families_are_the_six_types_and_no_other() -> None:
    assert families() == list(TaskType)
    with pytest.raises(UserError, match="did you mean 'pick_two_obj'"):
        list(generate(1, 1, "train", ["pick_two_objects"]))


@pytest.mark.usefixtures("textworld")
@pytest.mark.parametrize("family", ["pick_two_obj", "look_at_obj"])
def test_who_looks_in_likely_places_first_wins_within_the_limit(family: str) -> None:
    _is_won_in_time(next(generate(1, 5, "train", [family])))


@pytest.mark.slow
@pytest.mark.usefixtures("textworld")
@pytest.mark.timeout(600)
def test_more_of_them_are_won_within_the_limit() -> None:
    for task in [*generate(2 * len(families()), 3, "train"), *generate(len(families()), 3, "test")]:
        _is_won_in_time(task)


def _is_won_in_time(task: Task) -> None:
    assert 0 < won_after(game(task), searching(game(task))) <= LIMIT_STEPS, task.id
