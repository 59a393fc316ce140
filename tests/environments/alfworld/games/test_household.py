"""A payload is read strictly: what is no game is refused with a reason."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.alfworld.games.household import Game

GAME: dict[str, Any] = {
    "household": {
        "room": "kitchen",
        "places": [{"name": "fridge 1"}, {"name": "countertop 1"}, {"name": "cabinet 1", "open": True}],
        "things": [{"name": "apple 1", "where": "countertop 1"}, {"name": "mug 2", "where": "cabinet 1"}],
    },
    "goal": {"task": "pick_cool_then_place", "thing": "Apple", "place": "CounterTop", "text": "put a cool apple there"},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The game with another value at `path`."""
    game = copy.deepcopy(GAME)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    at: Any = game
    for parent in parents:
        at = at[parent]
    at[last] = value
    return game


def test_a_game_is_the_same_after_it_was_written_and_read() -> None:
    game = msgspec.convert(GAME, Game)
    assert msgspec.to_builtins(game) == GAME
    assert msgspec.json.decode(msgspec.json.encode(game), type=Game) == game


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("household.places.0.name", "larder 1", "no type of ALFRED's"),
        ("household.places.0.name", "fridge 0", "a number of 1 to 999"),
        ("household.places.0.name", "fridge ١", "a number of 1 to 999"),
        ("household.places.0.name", "fridge 1000", "a number of 1 to 999"),
        ("household.places.0.name", "apple 2", "'apple 2' is no place"),
        ("household.things.0.name", "fridge 2", "'fridge 2' is no thing"),
        ("household.places.1.open", True, "'countertop 1' is open, but does not open"),
        ("household.things.0.where", "countertop 2", "'countertop 2', which is no place of the household"),
        ("household.things.0.name", "mug 2", "'mug 2' is there 2 times"),
        ("household.places", [{"name": f"cabinet {number}"} for number in range(1, 82)], "at most 80 places"),
        ("household.color", "red", "unknown field"),
        ("goal.task", "pick_and_eat", "Invalid enum value"),
        ("goal.thing", "Apples", "'Apples' is no type of things"),
        ("goal.thing", "Fridge", "'Fridge' is no type of things"),
        ("goal.thing", "Knife", "cannot be done with 'Knife'"),
        ("goal.thing", "Tomato", "the goal needs 1 of 'Tomato'"),
        ("goal.place", "Drawer", "a place that can hold 'Apple'"),
        ("goal.place", "DiningTable", "the goal needs a 'DiningTable', and the household has none"),
        ("goal.lamp", "DeskLamp", "no lamp"),
        ("goal.task", "look_at_obj", "needs a lamp and no place"),
        ("goal.task", "pick_and_place", "reached before the game begins"),
        ("goal.task", "pick_two_obj", "the goal needs 2 of 'Apple'"),
        ("goal.task", "pick_heat_then_place", "the goal needs a 'Microwave', and the household has none"),
        ("goal.sliced", True, "the goal needs a knife, and the household has none"),
        ("goal.text", "put #examineReceptacle.feedback# there", "a sentence of at most 200 letters"),
        ("goal.text", 'put "it" there', "a sentence of at most 200 letters"),
        ("goal.text", "put it\nthere", "a sentence of at most 200 letters"),
        ("goal.text", "", "a sentence of at most 200 letters"),
        ("goal.text", "a" * 201, "a sentence of at most 200 letters"),
    ],
)
def test_what_is_no_game_is_refused_with_its_reason(path: str, value: Any, said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.convert(changed(path, value), Game)


def test_two_things_in_two_places_are_not_yet_together() -> None:
    household = {
        "room": "kitchen",
        "places": [{"name": "shelf 1"}, {"name": "shelf 2"}],
        "things": [{"name": "mug 1", "where": "shelf 1"}, {"name": "mug 2", "where": "shelf 2"}],
    }
    goal = {"task": "pick_two_obj", "thing": "Mug", "place": "Shelf", "text": "put two mug in shelf"}
    msgspec.convert({"household": household, "goal": goal}, Game)
    household["things"] = [{"name": "mug 1", "where": "shelf 2"}, {"name": "mug 2", "where": "shelf 2"}]
    with pytest.raises(msgspec.ValidationError, match="reached before"):
        msgspec.convert({"household": household, "goal": goal}, Game)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(path=st.sampled_from(["household", "goal", "household.places", "household.things.0", "goal.text"]), value=_JSON)
def test_whatever_stands_in_a_payload_it_is_read_or_refused(path: str, value: Any) -> None:
    with contextlib.suppress(msgspec.ValidationError):
        msgspec.convert(changed(path, value), Game)
