"""One agent takes the database server down, again and again: it ends so, and what plays beside it earns what it
earns.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from actors.episodes.episode import Assignment, Context, Opened, Player
from actors.episodes.journal import Journal
from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.llms.llm import Episode, Reply
from actors.llms.reference_llm import ReferenceLLM, ReferenceSettings
from actors.records.store import Store
from actors.service.environment_host import EnvironmentHost, Fault, OpenAnswer, OpenRequest, Pending
from environments.contract import Status, Task
from environments.database.environment import Database
from environments.database.generate import generate
from environments.database.server.choice import find_binary
from environments.database.settings import Settings
from environments.message import Message, Tool

SETTINGS = Settings(max_disk_mb=64, statement_timeout_s=30.0)
FILLS = ("CREATE TABLE b (x LONGTEXT)", "INSERT INTO b SELECT REPEAT('x', 1000000) FROM seq_1_to_100")


class HostedHere:
    """Sessions of one host in this process."""

    def __init__(self, host: EnvironmentHost, database: Database) -> None:
        self._host, self._database = host, database
        self.apart = 0

    async def open(self, task: Task, lease_id: str, apart: bool = False) -> Opened:
        self.apart += apart
        (answer,) = await self._host.open([OpenRequest(lease_id, task, "here", "", apart)])
        if isinstance(answer, Pending):
            answer = await self._host.wait(answer.ticket)
        if isinstance(answer, Fault):
            raise answer.error()
        assert isinstance(answer, OpenAnswer)
        return Opened(await self._database.connect(answer.lease, task), lease_id)

    async def close(self, opened: Opened) -> None:
        await opened.session.close()
        await self._host.close(opened.lease_id)


class OneIsEvil(ReferenceLLM):
    """Plays the reference, but in one task fills the disk."""

    evil = ""

    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        if episode.task.id != self.evil:
            return await super().reply(messages, episode, tools)
        done = sum(message.loss is True for message in messages)
        return Reply(
            f"Action: Operation\n```sql\n{FILLS[done]}\n```" if done < 2 else "Action: Answer\nFinal Answer: []"
        )


@pytest.mark.slow
@pytest.mark.skipif(find_binary(SETTINGS) is None, reason="no mariadbd or mysqld to start")
async def test_who_takes_the_server_down_ends_by_it_and_its_neighbours_earn_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = tempfile.TemporaryDirectory(prefix="at-", ignore_cleanup_errors=True)  # for the sockets in it
    monkeypatch.setenv("AGENTTUNING_STATE", short.name)
    store = Store(str(tmp_path / "run"))
    store.create({"schema_version": 1, "run_id": "run"})
    database = Database(SETTINGS)
    host = EnvironmentHost(database, "", upkeep_s=0.2)
    await host.start()
    journal = Journal(store, 0.05)
    context = Context("run", "reference", {}, {}, Limits(), Retries(first_pause_s=0.1))
    llm = OneIsEvil(ReferenceSettings(delay_s=0.3))
    tasks = list(generate(12, 11, "train"))
    llm.evil = tasks[3].id
    try:
        environments = HostedHere(host, database)
        player = Player(llm, environments, journal, context)
        played = await asyncio.gather(*(player.run(Assignment(f"e{n}", task, 0)) for n, task in enumerate(tasks)))
    finally:
        await journal.close()
        await host.stop()
        short.cleanup()
    endings = {one.trajectory.task_id: one.trajectory for one in played}
    evil = endings.pop(llm.evil)
    assert (evil.status, evil.reward, evil.tries) == (Status.TASK_LIMIT, 0.0, 2)
    assert evil.details["limit"] == "the database server: a statement ended it"
    assert {(one.status, one.reward) for one in endings.values()} == {(Status.COMPLETED, 1.0)}
    assert environments.apart >= 1
