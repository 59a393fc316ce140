"""Episodes by the paper's harness, by the newer one, and by tools, in a real engine."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from environments.alfworld.environment import Alfworld
from environments.alfworld.reference import reply
from environments.alfworld.settings import Settings
from environments.conformance import opened, played
from environments.contract import EnvironmentFault, Status, Task, TaskFault
from environments.message import Message, ToolCall
from tests.environments.alfworld.homes import GOALS, a_task

pytestmark = pytest.mark.usefixtures("textworld")

FETCH = ("go to cabinet 2", "open cabinet 2", "take mug 1 from cabinet 2", "go to diningtable 1")


async def said(environment: Alfworld, *replies: str, task: Task | None = None) -> list[Any]:
    """What is said to each reply."""
    async with opened(environment, task or a_task()) as session:
        return [await session.step(text) for text in replies]


async def test_an_episode_is_told_in_agentbenchs_words(household: Alfworld) -> None:
    async with opened(household, a_task()) as session:
        assert session.opening[-1].content == (
            "Here is your task. You are in the middle of a room. Looking quickly around you, you see a cabinet 1, a"
            " cabinet 2, a countertop 1, a diningtable 1, a fridge 1, a garbagecan 1, a microwave 1, and a sinkbasin"
            " 1.\nYour task is to: put a mug in diningtable."
        )
        turns = [(await session.step(f"ACTION: {action}")).observation for action in FETCH]
        assert turns == [
            "The cabinet 2 is closed.",
            "You open the cabinet 2. The cabinet 2 is open. In it, you see a mug 1.",
            "You pick up the mug 1 from the cabinet 2.",
            "On the diningtable 1, you see a desklamp 1.",
        ]
        last = await session.step("THOUGHT: There it goes.\n ACTION: put mug 1 in/on diningtable 1\n")
    assert (last.status, last.reward) == (Status.COMPLETED, 1.0)
    assert last.details["answer"] == "You put the mug 1 in/on the diningtable 1."
    assert last.details["rounds"] == 5


async def test_a_reply_that_is_no_command_does_what_is_most_like_it(household: Alfworld) -> None:
    near, nothing, *_ = await said(household, "I will go to the fridge 1 now", "Sesame!")
    assert near.observation == "The fridge 1 is closed."
    assert nothing.observation == "Nothing happens."


async def test_a_worker_that_is_killed_costs_its_own_episode_a_try_and_no_more(household: Alfworld) -> None:
    lease = await household.lease(a_task(), "killed")
    session = await household.connect(lease, a_task())
    os.kill(lease.address["process"], signal.SIGKILL)
    with pytest.raises(EnvironmentFault, match="the engine died in 'step'"):
        await session.step("ACTION: look")
    await household.release(lease)
    again, *_ = await said(household, "ACTION: go to fridge 1")
    assert again.observation == "The fridge 1 is closed."


async def test_an_episode_ends_after_35_replies() -> None:
    environment = Alfworld(Settings(workers=1, spares=0))
    await environment.start()
    try:
        feedback = await said(environment, *[f"ACTION: look {n}" for n in range(35)])
    finally:
        await environment.stop()
    assert [one.final for one in feedback] == [False] * 34 + [True]
    assert (feedback[-1].status, feedback[-1].reward) == (Status.TASK_LIMIT, 0.0)


async def test_the_newer_harness_lists_the_actions_and_ends_at_a_reply_without_one() -> None:
    environment = Alfworld(Settings(workers=1, spares=0, harness="ab02", commands="move"))
    await environment.start()
    try:
        async with opened(environment, a_task()) as session:
            assert " AVAILABLE ACTIONS: go to cabinet 1\ngo to cabinet 2\n" in session.opening[-1].content
            there = await session.step("ACTION: go to countertop 1")
            assert there.observation.startswith(
                "You arrive at countertop 1. On the countertop 1, you see a apple 1, and a knife 1. AVAILABLE ACTIONS: "
            )
            assert there.observation.endswith("take knife 1 from countertop 1\n")
            last = await session.step("go to fridge 1")
        assert (last.status, last.reward) == (Status.INVALID_ACTION, 0.0)
    finally:
        await environment.stop()


async def test_a_call_of_the_tool_is_an_action_and_a_bad_one_costs_a_round() -> None:
    environment = Alfworld(Settings(workers=1, spares=0, dialect="tools"))
    await environment.start()
    try:
        async with opened(environment, a_task()) as session:
            assert [tool.name for tool in session.tools] == ["take_action"]
            there = await session.step(ToolCall("1", "take_action", '{"action": "go to fridge 1"}'))
            assert there.observation.startswith("The fridge 1 is closed. AVAILABLE ACTIONS: ")
            told = await session.step(ToolCall("2", "take_action", '{"deed": "look"}'))
            assert told.observation == "take_action needs 'action', a text. Call it again with it."
            assert (await session.step("Hm.")).observation == "No tool was called. Call one of the tools: take_action."
    finally:
        await environment.stop()


@pytest.mark.parametrize("commands", ["put", "move"])
async def test_the_expert_wins_a_task_of_each_type_twice_alike(commands: Any) -> None:
    environment = Alfworld(Settings(workers=1, spares=0, commands=commands))
    await environment.start()

    def expert(task: Task, messages: Any, tools: bool) -> Message:
        return Message("assistant", reply(task, messages), loss=True)

    try:
        for name in GOALS:
            first, second = [await played(environment, a_task(name), expert) for _ in range(2)]
            assert first == second
            assert first.earned == 1, (name, first)
    finally:
        await environment.stop()


async def test_a_game_that_is_not_on_this_machine_is_not_the_tasks_fault(household: Alfworld) -> None:
    payload = {"game": "train/pick_and_place-A-None-B-1/trial_1/game.tw-pddl"}
    with pytest.raises(EnvironmentFault, match=r"game\.tw-pddl' cannot be read .* is 'data' its folder\?"):
        await household.lease(Task("t", "alfworld", "train", "test", payload), "lease-1")


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({}, "missing required field"),
        ({"game": "../../etc/passwd"}, "is none of ALFWorld's"),
        ({"household": {"room": "x", "places": [{"name": "moon 1"}], "things": []}, "goal": {}}, "'moon 1' is no type"),
    ],
)
async def test_a_payload_that_is_no_game_is_told_in_one_line(
    household: Alfworld, payload: dict[str, Any], said: str
) -> None:
    with pytest.raises(TaskFault, match=said) as fault:
        await household.lease(Task("t", "alfworld", "train", "test", payload), "lease-1")
    assert "\n" not in str(fault.value)
