"""The environment under the host that every environment has: played directly on its own node, and through the host from
another.
"""

from __future__ import annotations

import pytest

from actors.service.environment_host import EnvironmentHost, OpenAnswer, OpenRequest
from environments.contract import Feedback
from environments.message import Message
from environments.webshop.environment import WebShop
from environments.webshop.reference import reply
from environments.webshop.settings import Settings
from tests.environments.webshop.players import a_task

pytestmark = pytest.mark.asyncio(loop_scope="session")
TASK = a_task("among_the_features")


async def test_an_episode_is_played_on_the_shops_node_and_from_another(state: object) -> None:
    host = EnvironmentHost(WebShop(Settings()), node="here")
    await host.start()
    try:
        for node in ("here", "there"):
            (answer,) = await host.open([OpenRequest(f"lease-{node}", TASK, "holder", node)])
            opened = answer if isinstance(answer, OpenAnswer) else await host.wait(f"lease-{node}")
            assert isinstance(opened, OpenAnswer)
            assert (opened.opening is None) == (node == "here")
            session = await WebShop(Settings()).connect(opened.lease, TASK) if opened.opening is None else None
            messages: list[Message] = list(opened.opening if session is None else session.opening)  # type: ignore[arg-type]
            for _ in range(10):
                messages.append(Message("assistant", reply(TASK, messages), loss=True))
                feedback = await (
                    _step(host, f"lease-{node}", messages) if session is None else session.step(messages[-1].content)
                )
                if feedback.final:
                    break
                messages.append(Message("user", feedback.observation))
            assert feedback.reward == 1.0
            if session is not None:
                await session.close()
        assert await host.close_all_of("holder") == 2
        assert host.gauges()["open_sessions"] == 0
    finally:
        await host.stop()


async def _step(host: EnvironmentHost, lease_id: str, messages: list[Message]) -> Feedback:
    (answer,) = await host.step([(lease_id, messages[-1].content)])
    feedback = answer if isinstance(answer, Feedback) else await host.wait(lease_id)
    assert isinstance(feedback, Feedback)
    return feedback
