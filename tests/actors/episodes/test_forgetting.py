"""Sessions whose questions are conversations of their own: the agent is shown the last one, the record has them all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from actors.episodes.episode import Assignment, Context, Opened, Player
from actors.episodes.journal import Journal
from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.llms.llm import Episode, Reply
from actors.llms.reference_llm import ReferenceLLM
from actors.records.store import Store
from actors.records.trajectory import Trajectory
from environments.contract import Status, Task
from environments.message import Message, Tool
from environments.mind2web.payload import read_payload
from environments.mind2web.session import Mind2WebSession
from environments.mind2web.settings import Settings
from environments.registry import registered


class Shown(ReferenceLLM):
    """The reference, which remembers what it was shown each time."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[list[Message]] = []

    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        self.shown.append(list(messages))
        return await super().reply(messages, episode, tools)


class Pages:
    """Opens Mind2Web's sessions here."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def open(self, task: Task, lease_id: str, apart: bool = False) -> Opened:
        return Opened(Mind2WebSession(read_payload(task), self._settings), lease_id)

    async def close(self, opened: Opened) -> None:
        await opened.session.close()


async def played(llm: Shown, tmp_path: Path, settings: Settings, limits: Limits) -> Trajectory:
    task = next(registered("mind2web").generate(1, 1, "train", ["task-shop"]))
    store = Store(str(tmp_path / "run"))
    store.create({"run_id": "run"})
    journal = Journal(store, 0.01)
    context = Context("run", "shown", {}, {}, limits, Retries(max_tries=1))
    trajectory, _ = await Player(llm, Pages(settings), journal, context).run(Assignment("e", task, 0, None))
    await journal.close()
    return trajectory


@pytest.mark.parametrize("segments", [None, 100])
async def test_the_agent_is_shown_the_last_question_whole_and_what_stood_before_the_first(
    tmp_path: Path, segments: int | None
) -> None:
    llm = Shown()
    trajectory = await played(llm, tmp_path, Settings(), Limits(history_segments=segments))
    assert (trajectory.status, trajectory.reward) == (Status.COMPLETED, 1.0)
    examples = trajectory.messages[:6]
    questions = [message for message in trajectory.messages[6:] if message.role == "user"]
    assert len(questions) > 5
    assert llm.shown == [[*examples, question] for question in questions]
    assert [turn.omitted_messages for turn in trajectory.turns] == [2 * before for before in range(len(questions))]


class Terse(Shown):
    """Says the same to every question."""

    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        return Reply("Answer: B.\nAction: CLICK")


async def test_the_same_answer_to_several_questions_is_no_repetition(tmp_path: Path) -> None:
    trajectory = await played(Terse(), tmp_path, Settings(demonstration=False), Limits(repeats=2))
    assert trajectory.status is Status.COMPLETED
    assert len(trajectory.turns) > 5


async def test_by_tools_the_question_that_answers_a_call_is_asked_as_one(tmp_path: Path) -> None:
    llm = Shown()
    trajectory = await played(llm, tmp_path, Settings(dialect="tools"), Limits())
    assert trajectory.reward == 1
    assert {message.role for message in trajectory.messages[2::2]} == {"tool"}
    assert [[message.role for message in shown] for shown in llm.shown] == [["user"]] * len(trajectory.turns)
