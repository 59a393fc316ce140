"""Whole episodes in real sandboxes: init, start, rounds, judging, limits, and the one clear line when something is
missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from environments.contract import EnvironmentFault, Feedback, Session, Status, Task, TaskFault, UserError
from environments.operating_system.environment import OperatingSystem, create
from environments.operating_system.payload import Check, Match, Payload, Script
from environments.operating_system.setup_failures import SetupFailure
from environments.registry import registered
from environments.sandbox import docker_sandbox
from tests.environments.operating_system.conftest import SETTINGS

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operating_system(backend: str, own_state: Path) -> AsyncIterator[OperatingSystem]:
    settings = SETTINGS.model_copy(
        update={
            "backend": backend,
            "command_silence_s": 1.0,
            "command_timeout_s": 2.0,
            "init_timeout_s": 1.0,
            "check_timeout_s": 5.0,
        }
    )
    made = create(settings)
    try:
        await made.start()
    except UserError as error:
        pytest.skip(str(error))
    yield made
    await made.stop()


class Episode:
    """A session of its own for one test, closed at its end."""

    def __init__(self, operating_system: OperatingSystem) -> None:
        self.environment = operating_system
        self.leases: list[Any] = []

    async def open(self, **fields: Any) -> Session:
        payload = Payload(**{"description": "How many?", "match": Match(answer="7"), **fields})
        task = Task("t", "operating_system", "test", "test", msgspec.to_builtins(payload))
        self.leases.append(await self.environment.lease(task, f"lease-{len(self.leases)}"))
        return await self.environment.connect(self.leases[-1], task)

    async def close(self) -> None:
        for lease in self.leases:
            await self.environment.release(lease)
            await self.environment.release(lease)


@pytest_asyncio.fixture(loop_scope="module")
async def episode(operating_system: OperatingSystem) -> AsyncIterator[Episode]:
    made = Episode(operating_system)
    yield made
    await made.close()
    assert operating_system.gauges()["sessions"] == 0


def bash(command: str) -> str:
    return f"Think: let us see.\n\nAct: bash\n\n```bash\n{command}\n```"


async def shown(session: Session, command: str) -> str:
    feedback = await session.step(bash(command))
    assert not feedback.final
    return feedback.observation


async def test_init_and_start_prepare_the_machine_and_the_shell_persists(episode: Episode) -> None:
    init = [
        Script("echo 6 > /n; echo 'cd /nowhere' >> /root/.bashrc; echo 'cd /nowhere' >> /root/.profile"),
        Script("open('/n', 'a').write('7\\n')", "python"),
    ]
    session = await episode.open(init=init, start="cd /usr; level=9")
    assert session.opening[-1].content.endswith("How many?")
    assert await shown(session, "cat /n; pwd; echo $level; false") == "The output of the OS:\n\n6\n7\n/usr\n9"
    assert await shown(session, "cd /var") == "The output of the OS is empty."
    assert (
        await shown(session, "pwd; tput setaf 1; printf '\\033[31mred\\033[0m\\a'")
        == "The output of the OS:\n\n/var\nred"
    )
    feedback = await session.step("Think: done.\n\nAct: answer( 7 )")
    assert (feedback.status, feedback.reward) == (Status.COMPLETED, 1.0)
    with pytest.raises(EnvironmentFault, match="has ended"):
        await session.step("Act: finish")


CHECKS = [Check("reference"), Check("checker", checker="integer-match")]
MADE = [Check("script", script=Script('test "$1" = None && test -e /made'))]


@pytest.mark.parametrize(
    ("replies", "fields", "status", "reward"),
    [
        (["Act: answer(8)"], {}, Status.COMPLETED, 0.0),
        (["Act: finish"], {}, Status.COMPLETED, 0.0),
        (["Act: answer(42)"], {"match": None, "checks": CHECKS, "example": Script("echo 42")}, Status.COMPLETED, 1.0),
        (["Act: answer(41)"], {"match": None, "checks": CHECKS, "example": Script("echo 42")}, Status.COMPLETED, 0.0),
        ([bash("touch /made"), "Act: finish"], {"match": None, "checks": MADE}, Status.COMPLETED, 1.0),
        ([bash("touch /made"), "I do not know"], {"match": None, "checks": MADE}, Status.INVALID_ACTION, 1.0),
        (["I do not know"], {"match": None, "checks": MADE}, Status.INVALID_ACTION, 0.0),
        ([bash("touch /made")] * 8, {"match": None, "checks": MADE}, Status.TASK_LIMIT, 1.0),
        ([bash("true")] * 8, {}, Status.TASK_LIMIT, 0.0),
    ],
)
async def test_endings_and_rewards(
    episode: Episode, replies: list[str], fields: dict[str, Any], status: Status, reward: float
) -> None:
    session = await episode.open(**fields)
    feedback = Feedback()
    for reply in replies:
        assert not feedback.final
        feedback = await session.step(reply)
    assert (feedback.status, feedback.reward) == (status, reward)


async def test_where_a_start_leaves_the_terminal_the_agent_finds_it(episode: Episode) -> None:
    init = [Script("useradd -m -s /bin/bash jack && echo 'export FROM=init' >> /home/jack/.profile")]
    session = await episode.open(init=init, start="su - jack\ncd /tmp")
    assert await shown(session, "whoami; pwd; echo $FROM") == "The output of the OS:\n\njack\n/tmp\ninit"
    assert await shown(session, "exit") == "The output of the OS:\n\nlogout"
    assert await shown(session, "whoami") == "The output of the OS:\n\nroot"


async def test_the_number_of_rounds_is_a_setting(backend: str, own_state: Path) -> None:
    made = create(SETTINGS.model_copy(update={"backend": backend, "rounds": 2, "warm": 0}))
    await made.start()
    episode = Episode(made)
    session = await episode.open()
    assert not (await session.step(bash("true"))).final
    assert (await session.step(bash("true"))).status is Status.TASK_LIMIT
    await episode.close()
    await made.stop()


async def test_a_silent_command_is_left_and_a_lost_shell_is_told_in_words(episode: Episode) -> None:
    session = await episode.open()
    assert await shown(session, "echo begun; sleep 50") == "The output of the OS:\n\nbegun"
    assert await shown(session, "\x03") == "The output of the OS is empty."
    assert "shell has ended" in await shown(session, "exit")
    assert "new login shell" in await shown(session, "echo on")
    assert (await shown(session, "yes")).endswith("[truncated because the output is too long]")


async def test_an_init_that_fails_again_in_a_fresh_sandbox_is_a_task_fault(episode: Episode) -> None:
    init = [Script("true"), Script("echo why >&2; exit 3")]
    with pytest.raises(SetupFailure, match="init script 1 ended with exit code 3: why"):
        await episode.open(init=init)
    with pytest.raises(TaskFault, match="init script 1 ended with exit code 3: why, in 2 fresh sandboxes"):
        await episode.open(init=init)


async def test_a_slow_init_is_the_environments_fault_until_it_is_slow_every_time(episode: Episode) -> None:
    for _ in range(2):
        with pytest.raises(SetupFailure, match="init script 0 did not end within 1 s"):
            await episode.open(init=[Script("sleep 60")])
    with pytest.raises(TaskFault, match="did not end within 1 s, in 3 fresh sandboxes"):
        await episode.open(init=[Script("sleep 60")])


async def test_a_disk_that_others_have_filled_is_the_environments_fault(
    episode: Episode, operating_system: OperatingSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await episode.open()
    (sandbox,) = operating_system._leased.values()
    monkeypatch.setattr("environments.operating_system.session.FULL_DISK_BYTES", 1 << 62)
    sandbox.own_disk = True
    assert await shown(session, "echo on") == "The output of the OS:\n\non"
    sandbox.own_disk = False
    with pytest.raises(EnvironmentFault, match="the disk under this sandbox is full"):
        await session.step(bash("echo on > /f"))


FILLED = "rm -f /usr/bin/perl; head -c 200000000 /dev/zero > /full"
OF_A_FULL_DISK = {
    "an image's program cannot be put back": Script("true"),
    "a check cannot be compiled": Script("int main(void) { return 0; }", "c"),
}


@pytest.mark.parametrize("check", OF_A_FULL_DISK.values(), ids=OF_A_FULL_DISK)
async def test_what_a_full_disk_keeps_from_being_judged_is_the_agents_fault_on_its_own_disk_alone(
    episode: Episode, backend: str, check: Script
) -> None:
    if backend == "docker":
        pytest.skip("a container that fills the disk is ended")
    session = await episode.open(match=None, checks=[Check("script", script=check)])
    await session.step(bash(FILLED if check.language == "bash" else FILLED.partition(";")[2]))
    sandbox = next(reversed(episode.environment._leased.values()))
    sandbox.own_disk = False
    with pytest.raises(EnvironmentFault, match="the disk under this sandbox is full"):
        await session.step("Act: finish")
    sandbox.own_disk = True
    feedback = await session.step("Act: finish")
    assert (feedback.status, feedback.reward) == (Status.COMPLETED, 0.0)
    assert ("No space left on device" in feedback.details.get("unjudgeable", "")) is (check.language == "bash")


async def test_a_judge_brings_its_own_programs(episode: Episode) -> None:
    session = await episode.open(match=None, checks=[Check("script", script=Script("test -e /made"))])
    await session.step(
        bash("cp /bin/true /usr/local/bin/bash; cp /bin/true /usr/bin/bash.new; mv -f /usr/bin/bash.new /usr/bin/bash")
    )
    feedback = await session.step("Act: finish")
    assert (feedback.reward, feedback.details["repaired"]) == (0.0, ["/usr/local/bin/bash", "/usr/bin/bash"])


async def test_a_machine_that_cannot_be_judged_is_the_agents_fault(episode: Episode) -> None:
    session = await episode.open(match=None, checks=[Check("script", script=Script("true"))])
    await session.step(bash("rm -rf /usr/lib"))
    feedback = await session.step("Act: finish")
    assert (feedback.status, feedback.reward) == (Status.COMPLETED, 0.0)
    assert "were changed or removed" in feedback.details["unjudgeable"]


async def test_an_agent_that_can_say_no_more_is_judged_by_what_it_did(episode: Episode) -> None:
    session = await episode.open(match=None, checks=MADE)
    await session.step(bash("touch /made"))
    ending = await session.end(Status.CONTEXT_LIMIT)
    assert (ending.status, ending.reward) == (Status.CONTEXT_LIMIT, 1.0)


HURRIED = Script("timeout 2 sleep 1.5 && test -e /made")
BUSY = Script("for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; timeout 2 sleep 9")


async def test_a_machine_that_stands_still_while_it_is_judged_is_played_again(episode: Episode, backend: str) -> None:
    """A check that the agent makes slow is its own fault: there the CPU is busy."""
    if backend != "docker":
        pytest.skip("only an engine can pause a sandbox")
    session = await episode.open(match=None, checks=[Check("script", script=HURRIED)])
    await session.step(bash("touch /made"))
    (sandbox,) = episode.environment._leased.values()
    client, container = docker_sandbox.connect(), getattr(sandbox, "container", "")
    judging = asyncio.create_task(session.step("Act: finish"))
    while "sleep 1.5" not in str(await asyncio.to_thread(client.top, container)):
        pass
    await asyncio.to_thread(client.pause, container)
    await asyncio.sleep(2.5)
    await asyncio.to_thread(client.unpause, container)
    client.close()
    with pytest.raises(EnvironmentFault, match="stood still for"):
        await judging
    slow = await episode.open(match=None, checks=[Check("script", script=BUSY)])
    assert (await slow.step("Act: finish")).reward == 0.0


async def test_a_disk_filler_ends_its_episode_or_reads_its_error(episode: Episode, backend: str) -> None:
    session = await episode.open()
    feedback = Feedback()
    for _ in range(8):
        feedback = await session.step(
            bash("for i in $(seq 20); do head -c 20000000 /dev/zero > /tmp/f$RANDOM; done; sleep 0.5")
        )
        if feedback.final:
            break
    assert feedback.status is Status.TASK_LIMIT
    assert feedback.reward == 0.0
    assert feedback.details.get("limit") == ("wrote more than 64 MiB" if backend == "docker" else None)


async def test_a_killed_container_is_the_environments_fault(
    episode: Episode, operating_system: OperatingSystem
) -> None:
    session = await episode.open()
    (sandbox,) = operating_system._leased.values()
    await sandbox.remove()
    with pytest.raises(EnvironmentFault):
        await session.step(bash("true"))


async def test_a_lease_is_idempotent_and_unknown_ones_are_refused(operating_system: OperatingSystem) -> None:
    task = Task("t", "operating_system", "test", "test", {"description": "d", "match": {"answer": "x"}})
    first, again = await operating_system.lease(task, "same"), await operating_system.lease(task, "same")
    assert first == again
    await operating_system.release(first)
    with pytest.raises(EnvironmentFault, match="not open here"):
        await operating_system.connect(first, task)
    with pytest.raises(TaskFault, match="description"):
        await operating_system.lease(msgspec.structs.replace(task, payload={}), "bad")
    await operating_system.healthy()


async def test_what_is_missing_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, backend: str) -> None:
    made = create(SETTINGS.model_copy(update={"backend": backend, "image": "no-such-image:0"}))
    with pytest.raises(UserError, match=r"python -m environments.operating_system.image build"):
        await made.start()
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    with pytest.raises(UserError, match="no Docker engine answers"):
        await create(SETTINGS.model_copy(update={"backend": "docker"})).start()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match=r"no Docker engine answers .*, and for bubblewrap 'bwrap' is not installed"):
        await create(SETTINGS.model_copy(update={"backend": "auto"})).start()


async def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="memory_gb"):
        registered("operating_system").settings_type.model_validate({"memory_gb": 4})
    with pytest.raises(ValueError, match="network"):
        registered("operating_system").settings_type.model_validate({"network": True})
