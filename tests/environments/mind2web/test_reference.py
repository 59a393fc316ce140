"""The reference plays what was recorded, and knows where it is from the last question alone."""

from __future__ import annotations

import pytest

from environments.contract import TaskFault
from environments.message import Message
from environments.mind2web.generate import families, generate
from environments.mind2web.grammar import parse
from environments.mind2web.opening import opening
from environments.mind2web.payload import read_payload
from environments.mind2web.reference import reply
from environments.mind2web.session import Mind2WebSession
from environments.mind2web.settings import Settings
from tests.environments.mind2web.small import step, task

SETTINGS = Settings(demonstration=False)


async def test_it_earns_1_where_it_is_shown_no_question_but_the_last() -> None:
    for each in generate(len(families()), 5, "train", families()):
        session = Mind2WebSession(read_payload(each), SETTINGS)
        feedback = await session.step(reply(each, session.opening))
        while not feedback.final:
            feedback = await session.step(reply(each, [Message("user", feedback.observation)]))
        assert feedback.reward == 1, each.id


async def test_it_tells_two_steps_on_the_same_page_apart_by_what_was_done() -> None:
    of = task(step(candidates="34"), step(candidates="34", positives=("4",), operation="TYPE", value="x"), mode="task")
    session = Mind2WebSession(read_payload(of), SETTINGS)
    feedback = await session.step(reply(of, session.opening))
    feedback = await session.step(reply(of, [Message("user", feedback.observation)]))
    assert feedback.reward == 1


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (step(candidates="34"), "Answer: B.\nAction: CLICK"),
        (
            step(candidates="34", positives=("4",), operation="SELECT", value="Five"),
            "Answer: C.\nAction: SELECT\nValue: Five",
        ),
        (step(candidates="45678", positives=()), "Answer: A."),
    ],
)
def test_its_thought_names_what_it_acts_on(of: object, said: str) -> None:
    whole = task(of, mode="round")  # type: ignore[arg-type]
    text = reply(whole, opening(whole, SETTINGS))
    thought, _, rest = text.removeprefix("Thought: ").partition("\n")
    assert rest == said
    assert ("the button 'Say" in thought) == (parse(text).letter != "A")


def test_a_task_without_a_reference_is_told() -> None:
    with pytest.raises(TaskFault, match="no reference"):
        reply(task().__class__(id="x", environment="mind2web", split="", source="", payload={}), [])
