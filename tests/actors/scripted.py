"""An LLM that says what a test tells it to, and environments in this process: real parts, without Ray."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from actors.episodes.episode import Assignment, Context, Opened, Player
from actors.episodes.journal import Journal
from actors.llms.llm import LLM, Episode, Reply
from actors.records.store import Store
from actors.records.trajectory import Usage
from actors.service.llm_host import Exchange, LLMHost, Outcome
from environments.contract import DoubtfulFault, EnvironmentFault, Feedback, Kept, Session, Task
from environments.message import Message, Tool
from environments.practice.environment import PracticeSession
from environments.practice.settings import Settings
from environments.registry import registered

Script = Callable[[int, Episode], str | Exception]


class ScriptedLLM(LLM):
    """Says `script(n, episode)` as the n-th reply of an episode, and counts the calls."""

    def __init__(self, script: Script | None = None, delay_s: float = 0.0) -> None:
        self._script = script
        self._delay_s = delay_s
        self.calls = 0
        self.replies = 0

    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        self.calls += 1
        await asyncio.sleep(self._delay_s)
        turn = sum(message.loss is True for message in messages)
        said = (
            registered("practice").reference_reply(episode.task, messages)
            if self._script is None
            else self._script(turn, episode)
        )
        if isinstance(said, Exception):
            raise said
        self.replies += 1
        return Reply(said, usage=Usage(10, 0, 2, 0.01))


class PracticeWorlds:
    """Opens practice sessions here, which keep of replies what `kept` says. `faults` are raised, one for each session,
    when it reaches its turn (-1: when it opens)."""

    def __init__(self, faults: Sequence[tuple[int, Exception]] = (), kept: Kept = Kept()) -> None:  # noqa: B008
        self._faults = list(faults)
        self._kept = kept
        self.apart: list[bool] = []
        self.opened = 0
        self.closed = 0

    async def open(self, task: Task, lease_id: str, apart: bool = False) -> Opened:
        fault = self._faults.pop(0) if self._faults else None
        if fault is not None and fault[0] < 0:
            raise fault[1]
        self.apart.append(apart)
        self.opened += 1
        return Opened(_FaultySession(PracticeSession(task, Settings()), fault, self._kept), lease_id)

    async def close(self, opened: Opened) -> None:
        self.closed += 1
        await opened.session.close()


class _FaultySession(Session):
    def __init__(self, session: PracticeSession, fault: tuple[int, Exception] | None, kept: Kept) -> None:
        self.opening = session.opening
        self.kept = kept
        self._session = session
        self._fault = fault
        self._turn = 0

    async def step(self, reply: str) -> Feedback:
        if self._fault is not None and self._turn == self._fault[0]:
            fault, self._fault = self._fault[1], None
            raise fault
        self._turn += 1
        return await self._session.step(reply)

    async def close(self) -> None:
        await self._session.close()


def practice_task(rounds: int = 5, noise: bool = False) -> Task:
    return Task(
        f"practice-{rounds}-{noise}", "practice", "train", "generated", {"rounds": rounds, "noise": noise}, reference={}
    )


def broken() -> EnvironmentFault:
    return EnvironmentFault("the container is gone")


def doubtful(feedback: Feedback) -> DoubtfulFault:
    """A fault that was the agent's doing if the same reply meets one again: `feedback` is then what the reply led
    to.
    """
    return DoubtfulFault("the server died at a statement", feedback)


class LocalCluster:
    """LLM hosts in this process in place of Ray's actors.

    `starts` says what becomes of a slot's next starts: an error, or a delay.
    """

    failures = (ConnectionError, TimeoutError)

    def __init__(self, store: Store, context: Context, starts: Mapping[int, Sequence[Exception | float]]) -> None:
        self._store = store
        self._context = context
        self._starts = {number: list(fates) for number, fates in starts.items()}
        self._closing: list[asyncio.Task[None]] = []
        self.started = 0

    async def start_llm(self, name: str, number: int) -> LLMHost:
        self.started += 1
        fate = self._starts[number].pop(0) if self._starts.get(number) else 0.0
        if isinstance(fate, Exception):
            raise fate
        await asyncio.sleep(fate)
        player = Player(ScriptedLLM(), PracticeWorlds(), Journal(self._store, 0.01), self._context)
        return LLMHost(player, self._store.writer(0.01), concurrency=4)

    async def exchange(self, host: LLMHost, assignments: Sequence[Assignment]) -> Exchange:
        return await host.exchange(assignments)

    async def cancel(self, host: LLMHost) -> list[Outcome]:
        return await host.cancel()

    def discard(self, host: LLMHost, name: str) -> None:
        self._closing.append(asyncio.create_task(host.close()))
