"""The shop dies, the owner dies, everything is given back: nothing is scored wrongly and nothing is left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from environments.contract import EnvironmentFault, UserError
from environments.webshop.environment import WebShop
from environments.webshop.settings import Settings
from environments.webshop.shop.sessions import Visits
from tests.environments.episodes import episode, play
from tests.environments.webshop.players import a_task, act, reference

pytestmark = pytest.mark.asyncio(loop_scope="session")
TASK = a_task("two_options")
ROOT = Path(__file__).parents[3]


def _pid(environment: WebShop) -> int:
    assert environment.child is not None
    assert environment.child.pid is not None
    return environment.child.pid


def _gone(pid: int, within_s: float = 10) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def _left(state: Path) -> list[str]:
    return [path.name for path in state.iterdir() if path.is_dir() and not path.name.startswith("webshop-catalogue")]


async def test_a_killed_shop_is_a_fault_and_is_replaced_within_seconds(state: Path) -> None:
    environment = WebShop(Settings())
    await environment.start()
    try:
        lease = await environment.lease(TASK, "dies")
        session = await environment.connect(lease, TASK)
        os.kill(_pid(environment), signal.SIGKILL)
        with pytest.raises(EnvironmentFault, match="does not answer") as fault:
            await act(session, "search[lamp]")
        assert lease.secret not in str(fault.value)
        with pytest.raises(EnvironmentFault, match="does not answer"):
            await environment.lease(TASK, "too early")
        started = time.monotonic()
        await environment.healthy()
        assert time.monotonic() - started < 30
        with pytest.raises(EnvironmentFault):
            await act(session, "search[lamp]")
        await session.close()
        await session.close()
        await environment.release(lease)
        await environment.release(lease)
        assert (await play(environment, TASK, reference)).reward == 1.0
        assert environment.gauges() == {"open_sessions": 0.0, "shop_restarts": 1.0}
    finally:
        await environment.stop()
    assert _left(state) == []


async def test_release_leaves_nothing_and_may_be_repeated(environment: WebShop) -> None:
    lease = await environment.lease(TASK, "gone")
    session = await environment.connect(lease, TASK)
    await environment.release(lease)
    await environment.release(lease)
    with pytest.raises(EnvironmentFault, match="answers 404"):
        await act(session, "search[lamp]")
    await session.close()
    with pytest.raises(EnvironmentFault, match="answers 404"):
        await environment.connect(lease, TASK)


async def test_a_session_opens_on_an_instance_that_was_never_started(environment: WebShop) -> None:
    lease = await environment.lease(TASK, "elsewhere")
    session = await WebShop(Settings()).connect(lease, TASK)
    assert "Page 1" in await act(session, "search[lamp]")
    assert lease.secret not in str([message.content for message in session.opening])
    await session.close()
    await environment.release(lease)


async def test_a_full_shop_says_so(state: Path) -> None:
    environment = WebShop(Settings(max_sessions=1))
    await environment.start()
    try:
        lease = await environment.lease(TASK, "first")
        with pytest.raises(EnvironmentFault, match="all 1 sessions"):
            await environment.lease(TASK, "second")
        await environment.release(lease)
        await environment.release(await environment.lease(TASK, "second"))
    finally:
        await environment.stop()


async def test_sessions_that_nobody_uses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    from environments.webshop.payload import read_payload

    now = 1000.0
    monkeypatch.setattr("environments.webshop.shop.sessions.time.monotonic", lambda: now)
    visits = Visits(limit=2, ttl_s=10)
    goal = read_payload(TASK).goal
    first, second = visits.start(goal), visits.start(goal)
    assert first is not None
    assert second is not None
    assert visits.start(goal) is None
    now = 1008.0
    assert visits.get(first.id) is first
    now = 1012.0
    assert visits.get(second.id) is None
    assert visits.get(first.id) is first
    assert visits.start(goal) is not None
    assert [first.remember_search(text) for text in "aba"] == [0, 1, 0]
    assert [first.remember_search(str(number)) for number in range(300)][-1] is None


OWNER = """
import asyncio, json
from environments.webshop.environment import WebShop
from environments.webshop.settings import Settings
from tests.environments.webshop.players import a_task

async def main():
    environment = WebShop(Settings())
    await environment.start()
    lease = await environment.lease(a_task(), "left")
    session = await environment.connect(lease, a_task())
    print(json.dumps(environment.child.pid), flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("with_setpriv", [True, False])
async def test_after_kill_9_of_the_owner_a_sweep_removes_all(state: Path, tmp_path: Path, with_setpriv: bool) -> None:
    environment = {**os.environ, "AGENTTUNING_STATE": str(state)}
    if not with_setpriv:  # as where the kernel does not take the shop down with its parent
        (tmp_path / "bin").mkdir()
        environment["PATH"] = str(tmp_path / "bin")
    owner = await asyncio.to_thread(
        subprocess.Popen, [sys.executable, "-c", OWNER], stdout=subprocess.PIPE, env=environment, cwd=ROOT
    )
    assert owner.stdout is not None
    pid = json.loads(await asyncio.to_thread(owner.stdout.readline))
    assert await WebShop(Settings()).sweep() == 0, "what a living owner has stays"
    owner.kill()
    owner.wait()
    owner.stdout.close()
    if with_setpriv:
        assert await asyncio.to_thread(_gone, pid)
    assert await WebShop(Settings()).sweep() == (1 if with_setpriv else 2)
    assert await asyncio.to_thread(_gone, pid)
    assert await WebShop(Settings()).sweep() == 0
    assert _left(state) == []


async def test_what_stands_in_the_way_is_one_clear_line(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"the shop does not start: no catalogue at '.*nowhere'"):
        await WebShop(Settings(catalogue="nowhere")).start()
    with pytest.raises(UserError, match="no pipeline 'en_core_web_nowhere'"):
        await WebShop(Settings(noun_model="en_core_web_nowhere")).start()
    with pytest.raises(UserError, match=r"cannot listen on 192\.0\.2\.1:0"):
        await WebShop(Settings(bind="192.0.2.1")).start()
    with pytest.raises(UserError, match="AGENTTUNING_WEBSHOP_TOKEN does not hold the shop's token"):
        await WebShop(Settings(url="http://127.0.0.1:9")).start()
    monkeypatch.setenv("AGENTTUNING_WEBSHOP_TOKEN", "x")
    with pytest.raises(UserError, match=r"does not answer: .*; webshop\.url should name a shop that runs"):
        await WebShop(Settings(url="http://127.0.0.1:9")).start()
    with pytest.raises(ValueError, match="a shop's url looks like"):
        Settings(url="localhost:3000")
    assert _left(state) == []


async def test_an_environment_plays_in_somebody_elses_shop(
    environment: WebShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTTUNING_WEBSHOP_TOKEN", "wrong")
    with pytest.raises(UserError, match="answers 401; is it one, and is this its token"):
        await WebShop(Settings(url=environment._url())).start()
    monkeypatch.setenv("AGENTTUNING_WEBSHOP_TOKEN", environment._token)
    guest = WebShop(Settings(url=environment._url() + "/"))
    await guest.start()
    assert (await play(guest, TASK, reference)).reward == 1.0
    await guest.lease(TASK, "given back by stop")
    await guest.healthy()
    await guest.stop()
    async with episode(environment, TASK):
        assert (await environment._ask("GET", "/health"))[1]["sessions"] == 1


async def test_only_a_shop_on_the_loopback_is_bound_to_its_node() -> None:
    assert WebShop(Settings()).node_bound
    assert WebShop(Settings(url="http://localhost:3000")).node_bound
    assert not WebShop(Settings(bind="0.0.0.0")).node_bound
    assert not WebShop(Settings(url="http://shop.example:3000")).node_bound
