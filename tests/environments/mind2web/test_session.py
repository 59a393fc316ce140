"""Episodes: questions that are conversations of their own, endings, and replies of any kind."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.contract import EnvironmentFault, Feedback, Said, Status, Task, TaskFault
from environments.message import ToolCall
from environments.mind2web.environment import create
from environments.mind2web.payload import read_payload
from environments.mind2web.session import Mind2WebSession
from environments.mind2web.settings import Settings
from tests.environments.mind2web.small import payload, step, task


def opened(of: Task, **settings: Any) -> Mind2WebSession:
    return Mind2WebSession(read_payload(of), Settings(demonstration=False, **settings))


async def said(session: Mind2WebSession, *replies: Said) -> Feedback:
    for reply in replies:
        feedback = await session.step(reply)
    return feedback


async def test_the_next_question_is_the_observation() -> None:
    session = opened(task())
    assert "Say 3" in session.opening[0].content
    feedback = await said(session, "Answer: D.\nAction: CLICK")
    assert not feedback.final
    assert "B. <button id=0> Say 6 </button>" in feedback.observation


async def test_an_ending_says_what_was_right_and_what_each_step_earned() -> None:
    feedback = await said(opened(task(step(candidates="34"))), "Answer: B.\nAction: CLICK")
    assert (feedback.status, feedback.reward) == (Status.COMPLETED, 1.0)
    assert feedback.details == {
        "expected": "CLICK on 3",
        "answer": "CLICK on 3",
        "steps": [{"element": True, "operation": 1.0, "reachable": True}],
        "unread_replies": 0,
    }


async def test_the_reward_of_a_task_is_the_mean_of_its_steps() -> None:
    session = opened(task(step(candidates="34"), step(candidates="34"), mode="task"))
    feedback = await said(session, "Answer: B.\nAction: CLICK", "Answer: C.\nAction: CLICK")
    assert feedback.reward == pytest.approx((1 + 0.5) / 2)


async def test_an_agent_that_never_says_a_letter_has_failed_to_answer() -> None:
    feedback = await said(opened(task()), "I do not know.", "C.\nAction: CLICK")
    assert (feedback.status, feedback.reward) == (Status.VALIDATION_FAILED, 0.0)
    assert feedback.details["unread_replies"] == 2


async def test_one_unread_reply_among_others_declines_as_in_agentbench() -> None:
    feedback = await said(opened(task()), "Answer: D.\nAction: CLICK", "…")
    assert (feedback.status, feedback.reward) == (Status.COMPLETED, 1.0)


async def test_an_agent_that_can_say_no_more_is_judged_by_the_steps_that_it_finished() -> None:
    session = opened(task(step(candidates="34"), step(), mode="task"))
    await said(session, "Answer: B.\nAction: CLICK", "Answer: D.\nAction: CLICK")
    feedback = await session.end(Status.CONTEXT_LIMIT)
    assert (feedback.status, feedback.reward) == (Status.CONTEXT_LIMIT, 0.5)


async def test_nothing_can_be_said_after_the_end() -> None:
    session = opened(task(mode="round"))
    await said(session, "Answer: A.")
    with pytest.raises(EnvironmentFault):
        await session.step("Answer: A.")


async def test_by_tools_one_call_answers_a_question() -> None:
    call = ToolCall("1", "answer", '{"letter": "B", "action": "CLICK", "value": ""}')
    feedback = await said(opened(task(step(candidates="34")), dialect="tools"), call)
    assert feedback.reward == 1


@pytest.mark.parametrize(
    "reply",
    [
        "Answer: B.\nAction: CLICK",
        ToolCall("1", "click", '{"letter": "B"}'),
        ToolCall("1", "answer", '{"letter": "B", "action": "CLICK"}'),
        ToolCall("1", "answer", '{"letter": "G", "action": "CLICK", "value": ""}'),
        ToolCall("1", "answer", "{"),
    ],
)
async def test_by_tools_text_and_bad_calls_are_replies_that_cannot_be_read(reply: Said) -> None:
    feedback = await said(opened(task(step(candidates="34")), dialect="tools"), reply)
    assert (feedback.status, feedback.reward) == (Status.VALIDATION_FAILED, 0.0)


@given(st.lists(st.text() | st.builds(ToolCall, st.text(), st.just("answer"), st.text()), min_size=3, max_size=3))
async def test_no_reply_raises(replies: list[Said]) -> None:
    session = opened(task(), dialect="tools")
    for reply in replies:
        if (await session.step(reply)).final:
            break


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({}, "missing required field"),
        ({**msgspec.to_builtins(payload()), "mode": "walk"}, "Invalid enum value"),
        ({**msgspec.to_builtins(payload()), "steps": []}, "has 0 steps"),
        (msgspec.to_builtins(payload(step(), step())), "has 2 steps, which mode 'step' does not play"),
        (
            msgspec.to_builtins(payload(msgspec.structs.replace(step(), page="<html>"))),
            "no XML",
        ),
    ],
)
async def test_a_payload_that_is_none_is_the_task_s_fault(content: dict[str, Any], told: str) -> None:
    bad = msgspec.structs.replace(task(), payload=content)
    environment = create(Settings())
    with pytest.raises(TaskFault, match=told):
        await environment.connect(await environment.lease(bad, "lease"), bad)
