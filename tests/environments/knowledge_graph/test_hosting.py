"""The environment as the rollouts use it: direct on its own node, hosted by the environment's process from another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from actors.service.environment_host import EnvironmentHost, OpenAnswer, OpenRequest, Pending
from environments.contract import Feedback
from environments.knowledge_graph.environment import KnowledgeGraph
from environments.knowledge_graph.generate import generate
from environments.knowledge_graph.reference import reply
from environments.knowledge_graph.settings import Settings
from environments.message import Message
from tests.environments.episodes import play
from tests.environments.knowledge_graph.players import reference


async def answer(host: EnvironmentHost, found: object) -> object:
    """The answer, waited for where it is pending."""
    return await host.wait(found.ticket) if isinstance(found, Pending) else found


@pytest.mark.parametrize(("node", "hosted"), [("here", False), ("elsewhere", True)])
async def test_an_episode_is_the_same_beside_the_environment_and_through_its_host(
    state: Path, node: str, hosted: bool
) -> None:
    environment = KnowledgeGraph(Settings(workers=1))
    host = EnvironmentHost(environment, node="here")
    (task,) = generate(1, 2, "train", ["both_near"])
    await host.start()
    try:
        opened = await answer(host, (await host.open([OpenRequest("one", task, "me", node)]))[0])
        assert isinstance(opened, OpenAnswer)
        assert (opened.opening is not None) == hosted
        session = None if hosted else await KnowledgeGraph(Settings()).connect(opened.lease, task)
        step = _through(host) if session is None else session.step
        messages = list(opened.opening or () if session is None else session.opening)
        for _ in range(15):
            messages.append(Message("assistant", reply(task, messages), loss=True))
            feedback = await step(messages[-1].content)
            if feedback.final:
                break
            messages.append(Message("user", feedback.observation))
        assert feedback.reward == 1.0
        if session is not None:
            await session.close()
        await host.close("one")
        assert environment.gauges()["open_sessions"] == 0
    finally:
        await host.stop()


def _through(host: EnvironmentHost) -> Callable[[str], Awaitable[Feedback]]:
    async def step(text: str) -> Feedback:
        feedback = await answer(host, (await host.step([("one", text)]))[0])
        assert isinstance(feedback, Feedback)
        return feedback

    return step


async def test_many_episodes_at_once_share_the_workers(state: Path) -> None:
    environment = KnowledgeGraph(Settings(workers=2))
    await environment.start()
    try:
        endings = await asyncio.gather(*(play(environment, task, reference) for task in generate(81, 4, "train")))
        assert [ending.reward for ending in endings] == [1.0] * 81
    finally:
        await environment.stop()
