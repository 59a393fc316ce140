"""Real sandboxes of both kinds; a kind that this machine cannot make is skipped with the reason."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from environments.contract import UserError
from environments.ownership import Owner
from environments.sandbox import bubblewrap_sandbox, docker_sandbox
from environments.sandbox.bubblewrap_sandbox import BubblewrapEngine
from environments.sandbox.docker_sandbox import DockerEngine
from environments.sandbox.sandbox import Engine, Sandbox
from environments.sandbox.settings import SandboxSettings

BACKENDS = [pytest.param("docker", marks=pytest.mark.docker), "bubblewrap"]
SETTINGS = SandboxSettings(max_processes=64, memory_mb=128, disk_mb=64, cpus=1.0, warm=2, max_starting=2)


def absent(backend: str) -> str:
    """Why this machine can't make sandboxes of this kind."""
    if backend == "docker":
        return docker_sandbox.engine_answers()
    return bubblewrap_sandbox.missing()


@pytest.fixture(scope="module")
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state directory of the tests' own: what they sweep is their own."""
    with pytest.MonkeyPatch.context() as patch:
        directory = tmp_path_factory.mktemp("state")
        patch.setenv("AGENTTUNING_STATE", str(directory))
        yield directory


@pytest.fixture(scope="module")
def owner(own_state: Path) -> Iterator[Owner]:
    claimed = Owner.claim()
    yield claimed
    claimed.release()


@pytest.fixture(params=BACKENDS, scope="module")
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if reason := absent(name):
        pytest.skip(f"no {name} sandboxes here: {reason}")
    return name


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(backend: str, owner: Owner) -> AsyncIterator[Engine]:
    made: Engine = DockerEngine(SETTINGS, owner) if backend == "docker" else BubblewrapEngine(SETTINGS, owner)
    try:
        await made.start()
    except UserError as error:
        pytest.skip(str(error))
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox(engine: Engine) -> AsyncIterator[Sandbox]:
    """A sandbox that the test may ruin."""
    made = await engine.create()
    yield made
    await made.remove()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(engine: Engine) -> Sandbox:
    """A sandbox for tests that leave nothing behind but shell variables."""
    return await engine.create()
