"""An agent that makes up its observations, played through the real loop: neither itself nor its training sees any of
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.episodes.episode import Assignment, Context, Opened, Player
from actors.episodes.journal import Journal, read_journal
from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.llms.llm import Episode, Reply
from actors.llms.reference_llm import ReferenceLLM
from actors.records.agent_instruct import record_of
from actors.records.store import Store
from environments.contract import Status, Task
from environments.knowledge_graph.environment import KnowledgeGraph
from environments.knowledge_graph.generate import generate
from environments.message import Message, Tool

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Dreamer(ReferenceLLM):
    """Plays the reference, and goes on as if it had been answered."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        self.shown += [message.content for message in messages]
        reply = await super().reply(messages, episode, tools)
        text = f"{reply.text}\nObservation: [made.up]\nThought: so it is.\nFinal Answer: #7"
        return msgspec.structs.replace(reply, text=text, token_ids=[1, 2, 3], logprobs=[-1.0, -1.0, -1.0])


class Here:
    """Sessions of a graph in this process."""

    def __init__(self, environment: KnowledgeGraph) -> None:
        self._environment = environment
        self._leases: dict[str, Any] = {}

    async def open(self, task: Task, lease_id: str, apart: bool = False) -> Opened:
        self._leases[lease_id] = await self._environment.lease(task, lease_id)
        return Opened(await self._environment.connect(self._leases[lease_id], task), lease_id)

    async def close(self, opened: Opened) -> None:
        await opened.session.close()
        await self._environment.release(self._leases.pop(opened.lease_id))


async def test_what_an_agent_makes_up_is_seen_by_nobody(environment: KnowledgeGraph, tmp_path: Path) -> None:
    store = Store(str(tmp_path / "run"))
    store.create({"schema_version": 1, "run_id": "run"})
    journal, llm = Journal(store, 0.01), Dreamer()
    (task,) = generate(1, 3, "train")
    context = Context("run", "dreamer", {}, {}, Limits(), Retries())
    trajectory, _ = await Player(llm, Here(environment), journal, context).run(Assignment("e", task, 0))
    await journal.close()
    assert (trajectory.status, trajectory.reward) == (Status.COMPLETED, 1.0)
    own = [message.content for message in trajectory.messages if message.loss]
    assert [turn.reply.text for turn in read_journal(store, lambda _: True)["e"].turns] == own
    assert not any("made.up" in text for text in [*llm.shown, *own])
    assert all(
        turn.token_ids is turn.logprobs is None for turn in trajectory.turns
    )  # no tokenizer here can spell three ids
    assert "made.up" not in str(record_of(trajectory, "kg_0"))
