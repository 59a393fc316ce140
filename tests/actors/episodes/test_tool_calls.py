"""The loop where the agent calls tools: each call is observed, journalled and replayed for itself."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.episodes.episode import Assignment, Context, Opened, Player
from actors.episodes.journal import Journal, JournalledTurn, Replay, read_journal
from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.llms.llm import LLM, Episode, Reply
from actors.llms.reference_llm import ReferenceLLM
from actors.records.store import Store
from actors.records.trajectory import Trajectory, Usage
from environments.contract import Status, Task
from environments.message import Message, Tool, ToolCall
from environments.practice.environment import PracticeSession
from environments.practice.settings import Settings
from tests.actors.scripted import PracticeWorlds, practice_task


class ToolWorlds:
    """Practice sessions that offer their tool."""

    async def open(self, task: Task, lease_id: str, apart: bool = False) -> Opened:
        return Opened(PracticeSession(task, Settings(dialect="tools")), lease_id)

    async def close(self, opened: Opened) -> None:
        await opened.session.close()


class Calls(LLM):
    """Calls `say` with so many words a reply, by `script`, and counts how often it is asked."""

    def __init__(self, *script: Sequence[str]) -> None:
        self._script = script
        self.asked = 0
        self.offered: list[str] = []

    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        self.offered = [tool.name for tool in tools]
        turn = sum(message.loss is True for message in messages)
        self.asked += 1
        words = self._script[turn]
        calls = tuple(ToolCall(f"{turn}-{n}", "say", f'{{"what": "{word}"}}') for n, word in enumerate(words))
        return Reply("", "tool_calls", Usage(10, 0, 2, 0.01), tool_calls=calls)


async def played(store: Store, llm: LLM, replay: Replay | None = None, limits: Limits | None = None) -> Trajectory:
    journal = Journal(store, 0.01)
    context = Context("run", "calls", {}, {}, limits or Limits(), Retries(max_tries=1))
    trajectory, _ = await Player(llm, ToolWorlds(), journal, context).run(Assignment("e", practice_task(), 0, replay))
    await journal.close()
    return trajectory


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(str(tmp_path / "run"))
    store.create({"run_id": "run"})
    return store


SEVERAL = (("1", "2"), ("3",), ("4", "5", "done"))


async def test_each_call_of_a_reply_is_carried_out_and_answered_by_its_id(store: Store) -> None:
    llm = Calls(*SEVERAL)
    trajectory = await played(store, llm)
    assert (trajectory.status, trajectory.reward, llm.asked) == (Status.COMPLETED, 1.0, 3)
    assert llm.offered == ["say"]
    said = [(m.role, m.tool_call_id, m.content) for m in trajectory.messages if m.role == "tool"]
    assert said == [
        ("tool", f"{i}-{j}", f"I heard {n}.") for i, j, n in ((0, 0, 1), (0, 1, 2), (1, 0, 3), (2, 0, 4), (2, 1, 5))
    ]
    assert [turn.message for turn in trajectory.turns] == [1, 4, 6]
    journalled = read_journal(store, lambda _: True)["e"].turns
    assert [turn.observations for turn in journalled] == [
        ("I heard 1.", "I heard 2."),
        ("I heard 3.",),
        ("I heard 4.", "I heard 5."),
    ]


async def test_the_reference_plays_by_tools_what_it_plays_by_text(store: Store) -> None:
    trajectory = await played(store, ReferenceLLM())
    assert (trajectory.status, trajectory.reward) == (Status.COMPLETED, 1.0)
    own = [message for message in trajectory.messages if message.loss]
    assert [call.arguments for message in own for call in message.tool_calls] == [
        f'{{"what":"{word}"}}' for word in ("1", "2", "3", "4", "5", "done")
    ]
    assert len({call.id for message in own for call in message.tool_calls}) == 6


async def test_three_identical_calls_in_a_row_are_a_repetition_whatever_their_ids(store: Store) -> None:
    trajectory = await played(store, Calls(("1",), ("1",), ("1",), ("1",)), limits=Limits(repeats=3))
    assert (trajectory.status, trajectory.reward, len(trajectory.turns)) == (Status.REPETITION, 0.0, 3)


@settings(max_examples=15, deadline=None)
@given(turns=st.integers(0, 3), calls=st.integers(0, 2))
def test_an_episode_that_died_between_two_calls_goes_on_with_the_next(turns: int, calls: int) -> None:
    async def check(folder: str) -> None:
        store = Store(folder)
        store.create({"run_id": "run"})
        whole = await played(store, Calls(*SEVERAL))
        kept = read_journal(store, lambda _: True)["e"].turns[:turns]
        if kept:
            kept[-1] = JournalledTurn(kept[-1].reply, kept[-1].observations[:calls])
        llm = Calls(*SEVERAL)
        again = await played(store, llm, Replay(0, kept))
        assert again.messages == whole.messages
        assert (again.reward, llm.asked) == (1.0, 3 - turns)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(check(folder))


async def test_calls_that_nobody_offered_are_no_part_of_the_reply(store: Store) -> None:
    journal = Journal(store, 0.01)
    context = Context("run", "calls", {}, {}, Limits(), Retries(max_tries=1))
    player = Player(Calls(*SEVERAL), PracticeWorlds(), journal, context)
    trajectory, _ = await player.run(Assignment("e", practice_task(), 0))
    await journal.close()
    assert (trajectory.status, trajectory.reward) == (Status.VALIDATION_FAILED, 0.0)
    assert all(message.plain for message in trajectory.messages)
    assert read_journal(store, lambda _: True)["e"].turns[0].reply.tool_calls == ()


async def test_a_call_that_is_observed_differently_voids_the_play(store: Store) -> None:
    reply = Reply("", tool_calls=(ToolCall("0-0", "say", '{"what": "1"}'), ToolCall("0-1", "say", '{"what": "2"}')))
    trajectory = await played(store, Calls(*SEVERAL), Replay(0, [JournalledTurn(reply, ("I heard 1.", "Other."))]))
    assert (trajectory.status, trajectory.reward) == (Status.COMPLETED, 1.0)
    assert not any(turn.replayed for turn in trajectory.turns)
